"""What a run leaves behind: spikes and traces in memory, in files, and as other libraries' objects."""

import csv

import numpy as np
import pytest

from networks import add_ballast, raster, same_bits
from neuromem import io
from neuromem.engine import Recorder, Simulation, simulate
from neuromem.errors import StoreError
from neuromem.network import IF_curr_exp, Network, SpikeSourceArray, SpikeSourcePoisson


def network():
    net = add_ballast(Network(0.5))
    net.population("in", 3, SpikeSourceArray([0.0, 1.0, 1.5, 7.0], [1, 0, 2, 1]))
    net.population("noise", 9, SpikeSourcePoisson(300.0))
    net.population("out", 2, IF_curr_exp(v_thresh=-64.0), {"v": [-64.5, -66.0]})
    net.project("in", "out", weight=4.0)
    net.probe("out", "v")
    net.probe("out", "i_e", every=1.5, ids=[1])
    net.probe("in->out", "weight", every=4.0, ids=[0, 5])
    return net


@pytest.fixture
def result():
    return simulate(network(), 12.0, seed=1)


# ---- conventions


def test_spikes_are_sorted_by_time_then_id(result):
    assert raster(result, "in") == [(0, 1), (2, 0), (3, 2), (14, 1)]
    for name, spikes in result.spikes.items():
        assert raster(result, name) == sorted(raster(result, name)), name
        assert spikes.times.dtype == np.float64
        assert spikes.ids.dtype == np.int64
        assert len(spikes) == spikes.times.size == spikes.ids.size
    assert result.spikes["in"].times.tolist() == [0.0, 1.0, 1.5, 7.0]
    assert result.spikes["in"].train(1).tolist() == [0.0, 7.0]


def test_a_spike_in_step_k_has_time_k_dt():
    net = add_ballast(Network(0.1))
    net.population("in", 1, SpikeSourceArray(np.arange(40) * 0.1))
    assert simulate(net, 4.0).spikes["in"].times.tolist() == [k * 0.1 for k in range(40)]


def test_a_sample_at_time_t_is_the_state_before_step_t(result):
    trace = result.traces["out.v"]
    assert trace.times.tolist() == [k * 0.5 for k in range(24)]  # none at the end of the run
    assert trace.values[0].tolist() == [-64.5, -66.0]
    assert trace.ids.tolist() == [0, 1]
    assert trace.unit == "mV"
    current = result.traces["out.i_e"]
    assert current.times.tolist() == [0.0, 1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5]
    assert current.ids.tolist() == [1]
    decay = np.exp(-0.5 / 5.0)  # arrivals at the end of steps 1, 3 and 4, seen from steps 2, 4 and 5 on
    assert current.values[0, 0] == 0.0
    assert current.values[1, 0] == pytest.approx(4.0 * decay)
    assert current.values[2, 0] == pytest.approx(4.0 * decay**4 + 4.0 * decay**2 + 4.0 * decay)
    weights = result.traces["in->out.weight"]
    assert weights.values.tolist() == [[4.0, 4.0]] * 3
    assert weights.unit == "nA"
    assert weights.ids.tolist() == [0, 5]


@pytest.mark.parametrize("chunk", [1, 5, 24])
def test_samples_do_not_depend_on_the_split_of_a_run(result, chunk):
    simulation = Simulation(network(), seed=1)
    while simulation.step < 24:
        simulation.run_steps(min(chunk, 24 - simulation.step))
    assert same_bits(simulation.result(), result)


def test_rates(result):
    rates = result.rates()
    assert rates["in"] == pytest.approx(4 / 3 / 0.012)
    assert rates["ballast array"] == 0.0
    assert set(rates) == set(result.spikes)


def test_recording_a_population_twice_records_it_once():
    assert raster(simulate(network(), 12.0, record=["in", "in"]), "in") == [(0, 1), (2, 0), (3, 2), (14, 1)]


def test_more_spikes_than_fit_between_two_visits():
    net = add_ballast(Network(1.0))
    net.population("p", 300, SpikeSourcePoisson(1000.0))
    spikes = simulate(net, 600.0).spikes["p"]
    assert spikes.ids.tolist() == list(range(300)) * 600
    assert (np.diff(spikes.times) >= 0).all()


# ---- the recorder alone, as an emulator feeds it


def test_recorder_takes_one_step_or_one_per_id():
    recorder = Recorder({"a": 5, "b": 1}, 0.1)
    recorder.write(3, [4, 1], "a")
    recorder.write(np.array([4, 5]), np.array([0, 2], np.int32), "a")
    recorder.write(6, [], "b")
    steps, ids = recorder.steps_and_ids("a")
    assert steps.tolist() == [3, 3, 4, 5]
    assert ids.tolist() == [4, 1, 0, 2]
    assert recorder.spikes()["a"].times.tolist() == [3 * 0.1, 3 * 0.1, 4 * 0.1, 5 * 0.1]
    assert len(recorder.spikes()["b"]) == 0
    recorder.clear()
    assert len(recorder.spikes()["a"]) == 0
    recorder.close()


def test_recorder_keeps_what_it_was_given():
    """A caller that reuses its buffer does not change what was recorded."""
    recorder, ids, steps = Recorder({"a": 5}, 1.0), np.array([1, 2]), np.array([7, 8])
    recorder.write(steps, ids, "a")
    ids[:], steps[:] = 0, 0
    assert recorder.steps_and_ids("a")[1].tolist() == [1, 2]
    assert recorder.steps_and_ids("a")[0].tolist() == [7, 8]


# ---- files


def test_streamed_file_holds_what_memory_holds(tmp_path, result):
    path = tmp_path / "spikes.h5"
    streamed = simulate(network(), 12.0, seed=1, path=path)
    assert same_bits(streamed, result)
    on_disk = io.read_spikes(path)
    assert set(on_disk) == set(result.spikes)
    for name, (times, ids) in on_disk.items():
        np.testing.assert_array_equal(times, result.spikes[name].times)
        np.testing.assert_array_equal(ids, result.spikes[name].ids)
    assert io.load(path, "spikes").tree["attributes"]["seed"] == 1


def test_streaming_some_populations(tmp_path):
    streamed = simulate(network(), 12.0, seed=1, path=tmp_path / "s.h5", record=["in"])
    assert list(streamed.spikes) == ["in"]
    assert list(io.read_spikes(tmp_path / "s.h5")) == ["in"]


def test_a_failed_stream_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Simulation, "_sample", fail)
    with pytest.raises(KeyboardInterrupt):
        simulate(network(), 12.0, path=tmp_path / "s.h5")
    with pytest.raises(ValueError, match="duration"):
        simulate(network(), 12.3, path=tmp_path / "s.h5")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        simulate(network(), 12.0, path=tmp_path / "file" / "s.h5")


def test_hdf5(tmp_path, result):
    result.to_hdf5(tmp_path / "r.h5")
    for name, (times, ids) in io.read_spikes(tmp_path / "r.h5").items():
        np.testing.assert_array_equal(times, result.spikes[name].times)
        np.testing.assert_array_equal(ids, result.spikes[name].ids)
    assert io.load(tmp_path / "r.h5").tree["attributes"] == {"duration_ms": 12.0, "seed": 1, "status": "saturated"}


def test_npz(tmp_path, result):
    result.to_npz(tmp_path / "r.npz")
    with np.load(tmp_path / "r.npz") as arrays:
        assert arrays["duration"] == 12.0
        assert arrays["dt"] == 0.5
        assert arrays["seed"] == 1
        for name, spikes in result.spikes.items():
            np.testing.assert_array_equal(arrays[f"spikes/{name}/times"], spikes.times)
            np.testing.assert_array_equal(arrays[f"spikes/{name}/ids"], spikes.ids)
        for name, trace in result.traces.items():
            for part in ("times", "values", "ids"):
                np.testing.assert_array_equal(arrays[f"traces/{name}/{part}"], getattr(trace, part))
    assert [path.name for path in tmp_path.iterdir()] == ["r.npz"]


def test_csv(tmp_path, result):
    result.to_csv(tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    with open(folder / "spikes.csv") as file:
        rows = list(csv.DictReader(file))
    for name, spikes in result.spikes.items():
        mine = [(float(row["time_ms"]), int(row["id"])) for row in rows if row["population"] == name]
        assert mine == list(zip(spikes.times.tolist(), spikes.ids.tolist(), strict=True)), name
    assert len(rows) == sum(map(len, result.spikes.values()))
    tables = sorted(path.name for path in folder.glob("*.csv") if path.name != "spikes.csv")
    assert len(tables) == 3
    with open(folder / "out.v.csv") as file:
        header, *samples = csv.reader(file)
    assert header == ["time_ms", "0", "1"]
    np.testing.assert_array_equal(np.array(samples, float)[:, 1:], result.traces["out.v"].values)
    np.testing.assert_array_equal(np.array(samples, float)[:, 0], result.traces["out.v"].times)


def test_csv_keeps_names_apart(tmp_path):
    """Commas and quotes in a name do not break a row, and no trace overwrites another."""
    net = add_ballast(Network(1.0))
    net.population('a, "b"', 1, SpikeSourceArray([1.0]))
    for name in ("a b", "a_b"):
        net.population(name, 1, IF_curr_exp(), {"v": -60.0 if name == "a b" else -61.0})
        net.probe(name, "v")
    simulate(net, 3.0).to_csv(tmp_path)
    with open(tmp_path / "spikes.csv") as file:
        assert list(csv.reader(file)) == [["population", "time_ms", "id"], ['a, "b"', "1.0", "0"]]
    assert len(list(tmp_path.glob("a*.csv"))) == 2


def test_places_that_cannot_be_written(tmp_path, result):
    (tmp_path / "file").write_text("")
    for write in (result.to_csv, result.to_npz, result.to_hdf5):
        with pytest.raises(StoreError, match="file"):
            write(tmp_path / "file" / "inside")


@pytest.mark.foreign
def test_neo(result):
    pytest.importorskip("neo")
    block = result.to_neo()
    (segment,) = block.segments
    trains = {(t.annotations["population"], t.annotations["neuron"]): t for t in segment.spiketrains}
    assert set(trains) == {(name, int(i)) for name, s in result.spikes.items() for i in s.ids}
    for (name, neuron), train in trains.items():
        np.testing.assert_array_equal(train.rescale("ms").magnitude, result.spikes[name].train(neuron))
        assert float(train.t_stop.rescale("ms")) == 12.0
    signals = {signal.name: signal for signal in segment.analogsignals}
    for name, trace in result.traces.items():
        np.testing.assert_array_equal(signals[name].magnitude, trace.values)
        np.testing.assert_allclose(signals[name].times.rescale("ms").magnitude, trace.times)
        assert signals[name].dimensionality.string == trace.unit

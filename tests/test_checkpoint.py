"""A run that is stopped anywhere goes on to the same bits, and a checkpoint is whole or refused."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import psutil
import pytest

import neuromem.engine.wiring as wiring
from networks import add_ballast, same_bits
from neuromem import io
from neuromem.engine import Simulation, Status, run_long
from neuromem.errors import StoreError, UsageError
from neuromem.network import (
    FixedProbability,
    IF_curr_delta,
    Network,
    Normal,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
    save_network,
)

STEPS = 1000


def busy(update=None, order="pynn"):
    """A small network with everything that a checkpoint has to keep."""
    net, jump = add_ballast(Network(0.1, order)), 0.8
    cell = IF_curr_delta(cm=20.0, v_rest=0.0, v_thresh=20.0, v_reset=10.0, tau_refrac=2.0)
    net.population("array", 3, SpikeSourceArray([3.0, 30.0, 50.0, 55.0, 99.0], [0, 1, 2, 0, 1]))
    net.population("poisson", 20, SpikeSourcePoisson(50.0))
    net.population("E", 300, cell)
    net.population("I", 80, cell)
    rule = None if update is None else SpikePairSTDP(a_plus=0.01, a_minus=0.01, w_max=2 * jump, update=update)
    net.project("E", "E", FixedProbability(0.1), weight=jump, delay=1.5, plasticity=rule)
    net.project("E", "I", FixedProbability(0.1), weight=Normal(jump, 0.1), delay=Normal(1.5, 0.5))
    net.project("I", "E", FixedProbability(0.1), weight=4.0, delay=0.3, receptor="inhibitory")
    net.project("poisson", "I", weight=0.1)
    net.project("array", "E", weight=1.0)
    for name in "EI":
        net.poisson(name, rate=5000.0, weight=jump)
    net.current("ballast driven", [1.0, 40.0, 60.0], [1.0, 2.0, 0.0])
    net.probe("E", "v", 5.0, [1, 2])
    net.probe("E->E", "weight", 20.0, [0, 5])
    return net


def digest(simulation):
    """SHA-256 of all spikes, samples, state and weights."""
    simulation.flush()
    content = hashlib.sha256()
    for name, population in simulation.network.populations.items():
        content.update(b"".join(array.tobytes() for array in simulation.recorder.steps_and_ids(name)))
        for variable in () if population.is_source else population.neuron.model.state:
            content.update(simulation.state(name, variable).tobytes())
    for name in simulation.network.projections:
        content.update(simulation.weights(name).tobytes())
    for trace in simulation.result().traces.values():
        content.update(trace.times.tobytes() + trace.values.tobytes())
    return content.hexdigest()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("update", "fit"), [(None, 0), ("immediate", 1 << 22), ("immediate", 0), ("deferred", 0)])
def test_a_checkpoint_changes_nothing(tmp_path, monkeypatch, update, fit, dtype):
    monkeypatch.setattr(wiring, "COLUMNS_FIT", fit)
    net = busy(update)
    whole = Simulation(net, seed=3, dtype=dtype)
    whole.run_steps(STEPS)
    assert whole.spike_counts()["E"] > 100
    for threads, at in zip((1, 2, 3, 2), (0, 1, 499, 999), strict=True):
        first = Simulation(net, seed=3, dtype=dtype, threads=threads)
        first.run_steps(at)
        first.save(tmp_path / "c.h5")
        second = Simulation.load(tmp_path / "c.h5", threads=4 - threads)
        for simulation in (first, second):
            simulation.run_steps(STEPS - at)
            assert digest(simulation) == digest(whole), (threads, at)
        assert second.spike_counts() == whole.spike_counts()


def test_a_checkpoint_moves_between_the_schedules_of_learning(tmp_path, monkeypatch):
    net = busy("immediate")
    whole = Simulation(net)
    whole.run_steps(STEPS)
    monkeypatch.setattr(wiring, "COLUMNS_FIT", 0)
    first = Simulation(net)
    first.run_steps(400)
    first.save(tmp_path / "c.h5")
    monkeypatch.undo()
    second = Simulation.load(tmp_path / "c.h5")
    second.run_steps(STEPS - 400)
    assert digest(second) == digest(whole)


def test_fed_spikes_and_new_weights_are_kept(tmp_path):
    def prepared():
        simulation = Simulation(busy())
        simulation.run_steps(100)
        simulation.feed("array", [5, 700], [2, 2])
        simulation.set_weights("E->I", 0.5)
        return simulation

    whole = prepared()
    whole.save(tmp_path / "c.h5")
    whole.run_steps(STEPS)
    again = Simulation.load(tmp_path / "c.h5")
    assert (again.weights("E->I") == 0.5).all()
    again.run_steps(STEPS)
    assert digest(again) == digest(whole)


def test_a_stream_goes_on_where_the_checkpoint_was(tmp_path):
    """Also when the run went on after it, and died."""
    net = busy()
    whole = Simulation(net, path=tmp_path / "whole.h5")
    whole.run_steps(STEPS)
    whole.recorder.close()
    first = Simulation(net, path=tmp_path / "parts.h5")
    for _ in range(3):
        first.run_steps(150)
        first.save(tmp_path / "c.h5")
    first.run_steps(100)
    first.recorder.to_tree()  # a later segment, of which the checkpoint knows nothing
    first.recorder.close(RuntimeError())
    second = Simulation.load(tmp_path / "c.h5")
    second.run_steps(STEPS - 450)
    second.recorder.close()
    assert same_bits(second.result(), whole.result())
    assert sorted(os.listdir(tmp_path)) == ["c.h5", "parts.h5", "whole.h5"]
    with pytest.raises(StoreError, match="part-000000 is missing; without it"):
        Simulation.load(tmp_path / "c.h5")


# ---- long runs


def test_ctrl_c_saves_and_a_later_run_ends_the_same(tmp_path):
    net, told, before = busy("immediate"), [], signal.getsignal(signal.SIGINT)
    whole = Simulation(net)
    whole.run_steps(STEPS)

    def progress(done, total, what):
        told.append((done, total))
        if done > 300 and len(told) < 10**6:
            signal.raise_signal(signal.SIGINT)

    first = Simulation(net)
    first.pace.steps = 64
    status = run_long(first, 100.0, checkpoint=tmp_path / "c.h5", every=10.0, progress=progress)
    assert status is Status.INTERRUPTED
    assert 300 < first.step < STEPS
    assert signal.getsignal(signal.SIGINT) is before
    second = Simulation.load(tmp_path / "c.h5")
    assert run_long(second) is Status.FINISHED
    assert second.step == STEPS
    assert digest(second) == digest(whole)
    assert [total for _, total in told] == [STEPS] * len(told)


def test_status(tmp_path):
    def ran(weight, refractory=0.0):
        net = add_ballast(Network(1.0))
        net.population("in", 1, SpikeSourceArray(np.arange(50.0)))
        net.population("out", 1, IF_curr_delta(tau_refrac=refractory))
        net.project("in", "out", weight=weight)
        simulation = Simulation(net)
        simulation.run(60.0)
        return simulation.status

    assert ran(0.0) is Status.SILENT
    assert ran(100.0) is Status.SATURATED
    assert ran(5.0) is Status.FINISHED
    broken = Simulation(busy())
    broken.plan.neurons.state[0] = np.nan
    assert broken.result().status is Status.NOT_FINITE


# ---- damage


@pytest.fixture(scope="module")
def file_kinds(tmp_path_factory):
    """One small file of each kind that this package writes while it runs networks: name -> reader."""
    folder = tmp_path_factory.mktemp("kinds")
    net = Network(1.0)
    net.population("in", 1, SpikeSourceArray([1.0]))
    net.population("out", 2, IF_curr_delta())
    net.project("in", "out", weight=20.0)
    save_network(net, folder / "network.h5")
    simulation = Simulation(net)
    simulation.run_steps(5)
    simulation.save(folder / "checkpoint.h5")
    simulation.result().to_hdf5(folder / "spikes.h5")
    return folder


@pytest.mark.parametrize("kind", ["network", "checkpoint", "spikes"])
def test_every_damage_is_noticed(file_kinds, tmp_path, kind):
    """64 truncations and 1,000 flipped bits: a typed error, never other data."""
    content = bytearray((file_kinds / f"{kind}.h5").read_bytes())
    path, rng = tmp_path / "damaged.h5", np.random.default_rng(5)
    bits = rng.integers(0, 8 * len(content), 1000).tolist()
    variants = [content[:length] for length in np.linspace(0, len(content) - 1, 64).astype(int)]
    for variant in variants:
        path.write_bytes(variant)
        with pytest.raises(StoreError, match="damaged.h5"):
            io.load(path)
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.raises(StoreError, match="damaged.h5"):
            io.load(path)
        content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    assert io.load(path).kind == kind


def test_a_checkpoint_of_another_kind_is_refused(file_kinds, tmp_path):
    with pytest.raises(StoreError, match="holds network, not checkpoint"):
        Simulation.load(file_kinds / "network.h5")
    io.save(tmp_path / "c.h5", "checkpoint", {"recorded": {}})
    with pytest.raises(StoreError, match="incomplete or inconsistent"):
        Simulation.load(tmp_path / "c.h5")
    with pytest.raises(UsageError, match="threads"):
        Simulation.load(file_kinds / "checkpoint.h5", threads=0)


def test_kills_at_random_moments_leave_a_checkpoint_that_loads(tmp_path):
    """50 SIGKILLs of a process that does nothing but save: the file is always a whole one."""
    code = """
    import os, sys
    from neuromem.engine import Simulation
    from neuromem.network import *
    net = Network(1.0)
    net.population("in", 500, SpikeSourcePoisson(50.0))
    net.population("out", 500, IF_curr_delta())
    net.project("in", "out", FixedProbability(0.1), weight=1.0, plasticity=SpikePairSTDP())
    simulation = Simulation(net)
    if os.path.exists(sys.argv[1]):
        simulation = Simulation.load(sys.argv[1])
    while True:
        if os.fork() == 0:
            print("ready", flush=True)
            while True:
                simulation.run_steps(1)
                simulation.save(sys.argv[1])
        os.wait()
    """
    path, rng = tmp_path / "c.h5", np.random.default_rng(0)
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        last = -1
        try:
            for _ in range(50):
                assert parent.stdout.readline() == "ready\n"
                while not path.exists():
                    time.sleep(0.005)
                time.sleep(rng.uniform(0.0, 0.05))
                (child,) = psutil.Process(parent.pid).children()
                child.kill()
                tree = io.load(path, "checkpoint").tree
                assert tree["step"] >= 1
                last = max(last, tree["step"])
        finally:
            parent.kill()
    assert last >= 1
    for leftover in tmp_path.glob(".tmp-*"):
        leftover.unlink()
    assert os.listdir(tmp_path) == ["c.h5"]


@pytest.mark.slow
def test_a_long_run_does_not_grow(tmp_path):
    """A million steps with streamed spikes: memory stays within 5 MB."""
    net = Network(1.0)
    net.population("in", 10, SpikeSourcePoisson(20.0))
    net.population("out", 10, IF_curr_delta(tau_refrac=2.0))
    net.project("in", "out", weight=8.0, plasticity=SpikePairSTDP(w_max=10.0))
    simulation = Simulation(net, path=tmp_path / "s.h5")
    simulation.run_steps(100_000)
    process = psutil.Process()
    before = process.memory_info().rss
    simulation.run_steps(1_000_000)
    grown = process.memory_info().rss - before
    simulation.recorder.close()
    assert simulation.spike_counts()["in"] > 200_000
    assert grown < 5e6, grown

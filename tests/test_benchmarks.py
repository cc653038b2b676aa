"""The benchmarks: what is run and reported, at smoke size; never how long it takes."""

import hashlib
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from neuromem.cli import main
from neuromem.errors import UsageError
from neuromem.experiments.benchmarks import (
    circuits,
    compare,
    engines,
    environments,
    microcircuit,
    nearest_code,
    networks,
    process,
    run,
    table,
    tasks,
    temporal_memory,
    training,
)

SMOKE = {"n": 1000, "seconds": 0.05}
KEYS = {
    "engine", "n", "synapses", "simulated_s", "build_s", "run_s", "cpu_run_s", "peak_rss_mb", "rate_hz",
    "syn_events_per_s", "spikes_sha256",
}  # fmt: skip


@pytest.fixture(scope="module")
def smoke():
    """One run of CUBA."""
    return run.run("cuba", **SMOKE)


# --- what is simulated ---


def test_cuba_is_the_published_benchmark():
    task = tasks.task("cuba", 4000)
    excitation, inhibition = task["projections"]
    assert [p["size"] for p in task["populations"]] == [3200, 800]
    assert (excitation["p"], excitation["weight"], inhibition["weight"]) == (0.02, 1.62, 9.0)
    assert tasks.synapses(task) == 320_000


def test_brunel_has_twice_the_threshold_rate_and_stdp_is_the_same_network_with_a_rule():
    brunel, stdp = tasks.task("brunel", 12_500), tasks.task("stdp", 12_500)
    (poisson,) = {tuple(p["poisson"].items()) for p in brunel["populations"]}
    assert dict(poisson) == pytest.approx({"count": 1000, "rate": 20.0, "weight": 0.1})
    assert brunel["projections"][1]["weight"] == pytest.approx(0.5)
    assert tasks.synapses(brunel) == tasks.synapses(stdp) == 15_625_000
    (rule,) = [p["stdp"] for p in stdp["projections"] if p["stdp"]]
    assert rule == pytest.approx({"w_max": 0.2, "a_plus": 0.002, "a_minus": 0.0021, "tau": 20.0})
    assert stdp["populations"] == brunel["populations"]


def test_the_microcircuit_has_the_published_size():
    task = microcircuit.microcircuit(77_169)
    assert sum(p["size"] for p in task["populations"]) == 77_169
    assert tasks.synapses(task) == pytest.approx(298.88e6, rel=1e-4)
    assert microcircuit.current(0.15) == pytest.approx(0.08781, rel=1e-4)
    assert [p["offset"] for p in task["populations"]] == [0.0] * 8
    assert task["projections"][0]["weight_sd"] == pytest.approx(0.008781, rel=1e-3)


def test_a_smaller_microcircuit_keeps_mean_and_variance_of_its_input():
    full, small = microcircuit.microcircuit(77_169), microcircuit.microcircuit(7717)

    def moments(task, i):
        size, tau = task["populations"][i]["size"], 0.5
        poisson = task["populations"][i]["poisson"]
        mean = task["populations"][i]["offset"]
        mean += 1e-3 * tau * poisson["count"] * poisson["rate"] * poisson["weight"]
        variance = poisson["count"] * poisson["rate"] * poisson["weight"] ** 2
        for p in task["projections"]:
            if p["post"] == i:
                events = p["total"] / size * microcircuit.PUBLISHED_RATES[p["pre"]]
                mean += 1e-3 * tau * events * p["weight"] * (-1 if p["inhibitory"] else 1)
                variance += events * p["weight"] ** 2
        return mean, variance

    for i in range(8):
        assert moments(small, i) == pytest.approx(moments(full, i), rel=0.02)


@pytest.mark.parametrize("name", ["cuba", "brunel", "stdp", "microcircuit"])
def test_our_network_has_the_synapses_of_its_task(name):
    task = tasks.task(name, 1000)
    network = networks.build(task)
    sizes = {key: p.size for key, p in network.populations.items()}
    expected = sum(p.connector.expected(sizes[p.pre], sizes[p.post]) for p in network.projections.values())
    assert expected == pytest.approx(tasks.synapses(task), rel=1e-4)
    assert json.loads(json.dumps(task)) == task


def test_the_arrays_for_a_peer_hold_every_synapse_of_ca3():
    network, when, ids = circuits.recall(20, 0.1, seed=0)
    task, arrays = circuits.as_arrays(network, when, ids)
    sizes = {key: p.size for key, p in network.populations.items()}
    expected = sum(p.connector.expected(sizes[p.pre], sizes[p.post]) for p in network.projections.values())
    assert sum(a.size for key, a in arrays.items() if "weight" in key) == expected
    assert sum(p["size"] for p in task["populations"]) == arrays["v_rest"].size == arrays["pre_1"].max() + 20 + 784 + 1


# --- one run of ours ---


def test_a_run_reports_what_it_did(smoke):
    assert set(smoke) >= KEYS
    assert (smoke["engine"], smoke["n"], smoke["simulated_s"]) == ("neuromem", 1000, 0.05)
    assert smoke["synapses"] == pytest.approx(80_000, rel=0.02)
    assert smoke["rate_hz"] == pytest.approx(smoke["spikes"] / 1000 / 0.05)
    events = smoke["syn_events_per_s"] * smoke["run_s"]
    assert events == pytest.approx(smoke["spikes"] * smoke["synapses"] / 1000, rel=0.02)
    assert smoke["bytes_per_synapse"] is None
    assert smoke["peak_rss_mb"] > 10


def test_runs_repeat_and_seeds_differ(smoke):
    assert run.run("cuba", **SMOKE)["spikes_sha256"] == smoke["spikes_sha256"]
    assert run.run("cuba", **SMOKE, threads=2)["spikes_sha256"] == smoke["spikes_sha256"]
    assert run.run("cuba", **SMOKE, seed=1)["spikes_sha256"] != smoke["spikes_sha256"]


def test_the_digest_is_of_sorted_pairs_of_all_populations():
    network = networks.build(tasks.task("cuba", 1000))
    spikes = {"E": (np.array([3, 5]), np.array([7, 1])), "I": (np.array([3]), np.array([2]))}
    pairs = np.array([[3, 7], [3, 802], [5, 1]], "<i8")
    assert run.digest(network, spikes) == hashlib.sha256(pairs.tobytes()).hexdigest()


def test_the_last_line_of_the_command_is_json(capsys, smoke):
    arguments = ["bench", "cuba", "--n", "1000", "--seconds", "0.05"]
    assert main([*arguments, "--json"]) == 0
    only = capsys.readouterr().out
    assert only.count("\n") == 1
    assert json.loads(only)["spikes_sha256"] == smoke["spikes_sha256"]
    assert main([*arguments, "--dtype", "float32", "--threads", "2"]) == 0
    *shown, last = capsys.readouterr().out.splitlines()
    assert "rate_hz" in "\n".join(shown)
    assert (json.loads(last)["dtype"], json.loads(last)["threads"]) == ("float32", 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bench", "cuda"], "there is no benchmark 'cuda'; there are cuba, brunel"),
        (["bench", "cuba", "--n", "999"], "--n of cuba must be at least 1000, not 999"),
        (["bench", "microcircuit", "--n", "80000"], "at most 77169"),
        (["bench", "cuba", "--seconds", "0"], "--seconds must be above 0"),
        (["bench", "cuba", "--seconds", "nan"], "--seconds must be above 0"),
        (["bench", "ca3", "--seconds", "0.0005"], "must be a multiple of 0.001, the time step"),
        (["bench", "cuba", "--dtype", "float16"], "'float16'"),
        (["compare", "cuda"], "there is no benchmark 'cuda'"),
    ],
)
def test_a_wrong_command_is_one_sentence(capsys, arguments, said):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


# --- other processes ---


def python(code):
    return [process.sys.executable, "-c", code]


def test_a_measured_process_answers_with_its_last_line():
    answer = process.measure(python("import json, sys; print('x'); print(json.dumps(json.load(sys.stdin)))"), {"a": 1})
    assert answer.pop("whole_s") > 0
    assert answer.pop("whole_cpu_s") >= 0
    assert answer == {"a": 1}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (python("raise SystemExit('no such model')"), "no such model"),
        (python("raise SystemExit(3)"), "status 3"),
        (python("print('hello')"), "printed no JSON but 'hello'"),
        (python("import time; time.sleep(60)"), "took more than 0.5 s"),
        (["/no/such/program"], "cannot be started"),
    ],
)
def test_a_process_that_fails_says_why(command, reason):
    assert reason in process.measure(command, longest=0.5 if "sleep" in command[-1] else 60.0)["failed"]


def test_a_peer_that_cannot_be_installed_leaves_its_reason_and_nothing_else(tmp_path, monkeypatch):
    def fail(peer, place, python):
        place.mkdir(parents=True)
        raise subprocess.CalledProcessError(1, ["pip"], stderr="noise\nERROR: no matching distribution\n")

    monkeypatch.setattr(environments, "_make", fail)
    found = environments.environment("nest", tmp_path)
    assert (found.python, found.missing) == (None, "it cannot be installed: ERROR: no matching distribution")
    assert [path.name for path in tmp_path.iterdir()] == ["nest.lock"]


def test_a_peer_wanted_by_two_runs_at_once_is_made_once(tmp_path, monkeypatch):
    made = []

    def make(peer, place, python):
        made.append(peer)
        python.parent.mkdir(parents=True)
        time.sleep(0.2)  # so that both runs would be here
        python.touch()

    monkeypatch.setattr(environments, "_make", make)
    with ThreadPoolExecutor(2) as runs:
        found = list(runs.map(lambda _: environments.environment("nest", tmp_path), range(2)))
    assert made == ["nest"]
    assert found[0] == found[1] == environments.Environment(tmp_path / "nest" / "bin" / "python")


def test_brian2_needs_a_compiler(tmp_path, monkeypatch):
    monkeypatch.setattr(environments.shutil, "which", lambda name: None)
    assert environments.environment("brian2", tmp_path).missing == "no C++ compiler was found"


def test_a_run_that_does_not_fit_in_memory_is_not_started(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "available_mb", lambda: 1000.0)
    bench = engines.Bench("microcircuit", 77_169, 1.0, tmp_path, {})
    assert bench.run("nest", 0) == {"failed": "needs about 16 GB of memory"}


def test_a_peer_gets_the_task_and_its_answer_gets_our_keys(tmp_path, monkeypatch):
    """Brian2 and NEST are played by a script that reads its job as theirs do."""
    asked = []

    def measure(command, job):
        asked.append((command[1:3], job))
        return {"engine": "NEST", "synapses": 2_000_000, "spikes": [40, 10], "grown_mb": 84.0, "run_s": 2.0}

    here = environments.Environment(process.Path(process.sys.executable))
    monkeypatch.setattr(engines.process, "measure", measure)
    answer = engines.Bench("cuba", 1000, 0.05, tmp_path, {"nest": here}).run("nest", 3)
    ((flag, script), job) = asked[0]
    assert (flag, process.Path(script).is_file()) == ("-P", True)
    assert (job["task"], job["seed"], job["warm_up"]) == (tasks.task("cuba", 1000), 3, 0.2)
    assert answer["rate_hz"] == pytest.approx(50 / 1000 / 0.05)
    assert answer["rates_hz"] == pytest.approx({"E": 1.0, "I": 1.0})
    assert answer["bytes_per_synapse"] == pytest.approx(42.0)


# --- side by side ---


def test_a_comparison_without_peers_leaves_blanks(tmp_path):
    case = compare.Case("cuba", 1000, 0.05, 2, ("ours-f32", "nest"))
    record = compare.compare(tmp_path, None, cases=[case], first_repeats=0)
    (done,) = json.loads((tmp_path / "results.json").read_text())["cases"]
    assert [run["seed"] for run in done["runs"]["ours-f32"]] == [0, 1]
    assert (done["runs"]["nest"], done["failed"]) == ([], {"nest": "left out"})
    page = (tmp_path / "results.md").read_text()
    assert "| NEST | 1 | f64 |  |  |  |  |  |  |  |  |" in page
    assert "- NEST, f64, 1 thread: left out (CUBA 1,000)" in page
    assert page == table.markdown(record)
    assert record["machine"]["triad_gb_per_s"] > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.json", "results.md"]


def measured(seed, time, **others):
    """A run as an engine reports it."""
    return {
        "seed": seed, "run_s": 2 * time, "cpu_run_s": time, "simulated_s": 0.5, "build_s": 1.0, "compile_s": None,
        "synapses": 2_000_000, "spikes": 500, "rate_hz": 10.0 + seed, "bytes_per_synapse": 2.5, "peak_rss_mb": 100.0,
        "version": "1", "rates_hz": dict.fromkeys(microcircuit.NAMES, 1.0), **others,
    }  # fmt: skip


@pytest.fixture
def case():
    """A case of three rounds in which the machine was slow once, and one peer failed after two."""
    runs = {
        "ours-f32": [measured(0, 1.0), measured(1, 4.0), measured(2, 1.0)],
        "ours-f64": [measured(0, 2.0)],
        "ours-f32-2": [measured(0, 0.5)],
        "brian2-cpp": [measured(0, 3.0, settings="-O3"), measured(1, 12.0), measured(2, 4.0)],
        "brian2-cpp-2": [measured(0, 5.0)],
        "nest": [measured(1, 80.0, settings="hpc"), measured(2, 10.0)],
    }
    return {"name": "microcircuit", "n": 2000, "seconds": 0.5, "runs": runs, "failed": {"nest": "took too long"}}


def test_ratios_are_medians_over_rounds(case):
    assert table.ratio(case, "ours-f32", "brian2-cpp") == 3.0
    assert table.ratio(case, "ours-f32", "nest") == 15.0
    assert table.ratio(case, "ours-f64", "brian2-cpp") == 1.5
    assert table.ratio(case, "ours-f32-2", "brian2-cpp-2") == 10.0
    assert table.ratio(case, "ours-f32", "brian2-cython") is None


def test_the_page_shows_every_engine_and_what_is_missing(case):
    machine = {"processor": "P", "cores": 2, "memory_gb": 8.0, "system": "S", "python": "3", "triad_gb_per_s": 10.0}
    versions = {"neuromem": "0", "numba": "0", "numpy": "2"}
    times = {"cold_s": 4.0, "cold_cpu_s": 3.0, "warm_s": 1.0, "warm_cpu_s": 0.5}
    record = {
        "machine": machine | {"scatter_g_per_s": 1.5},
        "versions": versions,
        "cases": [case],
        "first": {"ours-f64": times, "nest": {"failed": "left out"}, "imports": times | {"cold_cpu_s": 0.5}},
    }
    page = table.markdown(record)
    assert "| Microcircuit 2,000 | 2 M | 2 | 2.5 | 3.0x | 1.5x | 10.0x | 15.0x |" in page
    assert "| NEST | 1 | f64 | 90 | 15.0x | 1.00 | 0.0 | 2.5 | 100 |" in page
    assert "| 11.50 ± 0.71 |" in page
    assert "| neuromem | 4.00 | 1.00 | 6.0 | 1.0 |" in page
    assert "| NEST |  |  |  |  |" in page
    assert "| NEST, published | 0.903 | 2.965 |" in page
    assert "- Brian2 C++ 1: -O3 (Microcircuit 2,000)" in page
    assert "- NEST, f64, 1 thread: took too long (Microcircuit 2,000)" in page


def test_cases_are_chosen_by_name():
    assert {case.name for case in compare.select([], False)} == set(tasks.USUAL)
    assert {case.name for case in compare.select([], True)} == set(tasks.USUAL)
    assert [case.n for case in compare.select(["cuba"], False)] == [4000, 10_000, 40_000, 100_000]
    with pytest.raises(UsageError, match="no benchmark 'x'"):
        compare.select(["x"], False)


# --- the scripts for the peers, where Brian2 is installed ---


def test_brian2_recalls_in_ca3_with_the_same_spikes(brian2, tmp_path):
    from neuromem.experiments.benchmarks.peers import brian2_ca3

    network, when, ids = circuits.recall(12, 0.1, seed=0)
    task, arrays = circuits.as_arrays(network, when, ids)
    np.savez(tmp_path / "arrays.npz", **arrays)
    theirs, monitor, synapses = brian2_ca3.build(task | {"arrays": str(tmp_path / "arrays.npz")})
    theirs.run(100 * brian2.ms)
    ours = circuits.open_circuit("ca3", 12, 0.1)
    ours.run(100.0)
    assert sum(map(len, synapses)) == sum(run.synapse_counts(ours).values())
    pairs, first = [], 0
    for name, population in ours.network.populations.items():
        if not population.is_source:
            steps, neurons = ours.recorder.steps_and_ids(name)
            pairs += zip(steps.tolist(), (neurons + first).tolist(), strict=True)
            first += population.size
    steps = np.rint(monitor.t / brian2.ms).astype(int).tolist()
    assert len(pairs) > 100
    assert sorted(pairs) == sorted(zip(steps, np.array(monitor.i).tolist(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stdp", "microcircuit"])  # between them they use all of the script
def test_brian2_runs_the_same_networks(brian2, name):
    from neuromem.experiments.benchmarks.peers import brian2_network

    brian2.seed(1)
    task = tasks.task(name, 1000)
    theirs, monitor, synapses = brian2_network.build(task)
    theirs.run(30 * brian2.ms)
    assert sum(map(len, synapses)) == pytest.approx(tasks.synapses(task), rel=0.02)
    ours = circuits.open_circuit(name, 1000, 0.03)
    ours.run(30.0)
    spikes = sum(ours.recorder.steps_and_ids(p)[0].size for p in ours.network.populations)
    if name != "microcircuit":  # it hardly fires in the time that a test has
        assert monitor.num_spikes == pytest.approx(spikes, rel=0.3)


def test_steps_of_a_temporal_memory_are_timed_after_its_segments_are_used():
    spans = temporal_memory.measure(columns=64, cells=4, active=4, segments=40, steps=60, span=5)
    assert [span.begin for span in spans] == [12, 24, 48, 55]
    assert all(span.median > 0 and span.cycle > 0 for span in spans)


def test_training_steps_are_timed_in_turns():
    times = training.measure(hidden=8, steps=3, batch=4, rounds=2, repeats=1)
    assert len(times["neuromem"]) == 2
    assert set(times) <= {"neuromem", "snntorch"}


def test_the_search_for_the_nearest_code_is_timed_beside_a_copy():
    found = nearest_code.measure(codes=50, units=64, active=8, queries=(1, 3), threads=1, rounds=2)
    assert list(found) == ["copy", 1, 3]
    assert all(rate > 0 for rate in found.values())

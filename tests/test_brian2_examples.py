"""Brian2's own examples, translated: the same spikes, one by one; with noise, the same statistics.

The files are fetched from Brian2's source distribution (`tests/foreign/brian2_source.py`); without them every test here
is skipped. Chosen as `pytest -m "brian2 and foreign" tests/test_brian2_examples.py`.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import neuromem
from neuromem.bridges.runs import Run
from neuromem.network.items import Population

sys.path.insert(0, str(Path(__file__).parent / "foreign"))
from brian2_examples import EXAMPLES
from brian2_harness import run_example
from brian2_source import examples

pytestmark = [pytest.mark.brian2, pytest.mark.foreign, pytest.mark.slow]

TRACE = 1e-6
"""Largest difference of traces, relative to their range, where nothing spikes: rounding, over some thousand steps."""
SURE = 200
"""Steps for which a recurrent network has the same spikes before rounding may tell."""
SEEDS = 12
SIGMAS = 5.0


@pytest.fixture(scope="module")
def folder():
    """The examples of Brian2."""
    pytest.importorskip("brian2")
    try:
        return examples()
    except OSError as error:
        pytest.skip(f"Brian2's examples are not here: {error}")


def translated(network, namespace):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of monitors that hold more than probes
        return neuromem.from_brian2(network, namespace)


def with_given_spikes(network, spikes):
    """The network with the trains that Brian2 drew in place of its Poisson groups."""
    for name, population in network.populations.items():
        if name.startswith("poissongroup"):
            source = neuromem.SpikeSourceArray(*spikes[name])
            network.populations[name] = Population(name, population.size, source, {})
    return network


def as_run(ran, result):
    spikes = {name: (np.rint(times / result.dt).astype(np.int64), ids) for name, (times, ids) in ran.spikes.items()}
    return Run(result.dt, round(result.duration / result.dt), spikes, {})


QUIET = [example for example in EXAMPLES if (example.quiet or not example.noisy)]
NOISY = [example for example in EXAMPLES if example.noisy]


@pytest.mark.parametrize("example", QUIET, ids=lambda example: example.name)
def test_an_example_does_the_same_as_in_brian2(example, folder, record_property):
    ran = run_example(folder, example, translated, quiet=True)
    network = with_given_spikes(ran.handed, ran.spikes) if example.given else ran.handed
    result = neuromem.simulate(network, example.duration)
    for (_, variable), (times, values, _) in ran.traces.items():
        for name, trace in result.traces.items():
            if not example.spikes and name.endswith(f".{variable}") and trace.values.shape == values.shape:
                np.testing.assert_allclose(trace.times, times, atol=1e-9)
                scale = np.abs(trace.values).max() / np.abs(values).max()  # Brian2's are in SI units
                assert np.abs(trace.values / scale - values).max() < TRACE * np.abs(values).max()
    if not example.spikes:
        assert ran.traces
        return
    found = neuromem.compare(result, as_run(ran, result))
    record_property("first_difference", None if found.first is None else found.first.step)
    assert found.both > 3
    if example.recurrent and found.first is not None:
        assert found.first.step > SURE, found
        assert found.only_a == pytest.approx(found.only_b, rel=0.2, abs=20)
    else:
        assert found.first is None, found


def statistics(spikes, sources):
    """(log of the number of spikes, coefficient of variation of intervals) over the groups that are no sources."""
    count, gaps = 0, []
    for name, (times, ids) in spikes.items():
        if name in sources:
            continue
        count += len(times)
        order = np.lexsort((times, ids))
        gaps.append(np.diff(np.asarray(times)[order])[np.diff(np.asarray(ids)[order]) == 0])
    gaps = np.concatenate(gaps)
    return np.log(count), gaps.std() / gaps.mean() if gaps.size > 20 else 0.0


@pytest.mark.parametrize("example", NOISY, ids=lambda example: example.name)
def test_an_example_with_noise_has_the_same_statistics(example, folder):
    ran = run_example(folder, example, translated)
    sources = {name for name, population in ran.handed.populations.items() if population.is_source}
    runs = [neuromem.simulate(ran.handed, example.duration, seed=seed) for seed in range(SEEDS)]
    ours = np.array([statistics({k: (s.times, s.ids) for k, s in run.spikes.items()}, sources) for run in runs])
    brian2s = np.array(statistics(ran.spikes, sources))
    spread = ours.std(axis=0, ddof=1) * np.sqrt(1.0 + 1.0 / SEEDS) + 1e-3
    assert (np.abs(brian2s - ours.mean(axis=0)) < SIGMAS * spread).all(), (brian2s, ours.mean(axis=0), spread)

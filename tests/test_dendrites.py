"""Neurons with active dendrites: their dynamics, the theory of segments in spikes, what segments learn, the memory."""

import math

import numpy as np
import pytest
from scipy import stats

from neuromem import Network, SpikeSourceArray, simulate
from neuromem.codes import Codes
from neuromem.errors import NeuromemError
from neuromem.models import DendriticMemory, Segments
from neuromem.network import AllToAll, FromArrays, active_dendrites
from neuromem.network.tree import from_tree, to_tree
from neuromem.theory import sdr


def one_neuron(inputs, order="pynn", segments=1, dt=0.1, **changes):
    """A neuron with its inputs' spikes (ms, source); each source has one synapse onto each segment."""
    net = Network(dt=dt, order=order)
    times, ids = np.array(inputs, float).reshape(-1, 2).T
    net.population("in", 8, SpikeSourceArray(times, ids.astype(int)))
    given = {"threshold": 3, "plateau": 10.0, "current": 0.5, "soma": {"tau_m": 20.0, "cm": 1.0}}
    active_dendrites(net, "cell", 1, segments, **given | changes)
    net.project("in", "cell_segments", AllToAll(), weight=1.0)
    net.probe("cell", "v")
    net.probe("cell", "i_d")
    return net


@pytest.mark.parametrize("order", ["pynn", "spinnaker"])
def test_a_plateau_lasts_as_long_as_stated(order):
    """Three inputs in one step start it, two do not; the soma charges for 100 steps by the exact exponential."""
    net = one_neuron([(1.0, 0), (1.0, 1), (20.0, 0), (20.0, 1), (20.0, 2)], order)
    result = simulate(net, 60.0)
    current = result.traces["cell.i_d"].values[:, 0]
    assert result.spikes["cell_segments"].times.tolist() == [20.1]
    assert (current > 0).sum() == {"pynn": 100, "spinnaker": 99}[order]  # sampled between steps
    assert set(np.unique(current)) == {0.0, 0.5}
    v = result.traces["cell.v"].values[:, 0] + 65.0
    charged = 20.0 * 0.5 * (1 - math.exp(-10.0 / 20.0))
    assert v.max() == pytest.approx(charged, rel=1e-9)
    peak = int(v.argmax())
    assert v[peak + 50] == pytest.approx(charged * math.exp(-5.0 / 20.0), rel=1e-9)


def test_inputs_add_up_within_the_window_only():
    spread = [(1.0, 0), (2.0, 1), (3.0, 2)]
    assert simulate(one_neuron(spread, window=2.0), 20.0).spikes["cell_segments"].times.size == 0
    assert simulate(one_neuron(spread, window=50.0, threshold=2), 20.0).spikes["cell_segments"].times.size == 1


def test_plateaus_that_begin_together_add_up_and_none_begins_during_one():
    volleys = [(t, i) for t in (1.0, 5.0, 30.0) for i in range(3)]
    result = simulate(one_neuron(volleys, segments=3), 60.0)
    assert result.spikes["cell_segments"].times.tolist() == [1.1] * 3 + [30.1] * 3
    assert result.traces["cell.i_d"].values.max() == 1.5
    assert (result.traces["cell.i_d"].values > 0).sum() == 200


def test_a_predicted_neuron_fires_first():
    """The same proximal input: the neuron in a plateau is the earlier one."""
    net = Network(dt=0.1)
    net.population("proximal", 1, SpikeSourceArray([20.0], [0]))
    net.population("distal", 3, SpikeSourceArray([10.0] * 3, [0, 1, 2]))
    active_dendrites(net, "cell", 2, 1, threshold=3, plateau=50.0, current=0.4)
    net.project("distal", "cell_segments", FromArrays([0, 1, 2], [0, 0, 0]), weight=1.0)
    net.project("proximal", "cell", AllToAll(), weight=8.0)
    spikes = simulate(net, 60.0).spikes["cell"]
    first = [spikes.times[spikes.ids == i].min() for i in (0, 1)]
    assert first[0] < first[1]
    assert from_tree(to_tree(net)) == net


def recognised(segments, patterns, threshold):
    """Which segments have a plateau at each pattern, bool (patterns, segments), on spiking neurons."""
    net = Network(dt=1.0)
    gap = 40.0
    which, unit = np.nonzero(patterns)
    net.population("in", patterns.shape[1], SpikeSourceArray(gap * which, unit))
    active_dendrites(net, "cell", len(segments), 1, threshold=threshold, plateau=5.0, window=1.0)
    segment, pre = np.nonzero(segments)
    net.project("in", "cell_segments", FromArrays(pre, segment), weight=1.0)
    found = simulate(net, gap * len(patterns), record=["cell_segments"]).spikes["cell_segments"]
    out = np.zeros((len(patterns), len(segments)), bool)
    out[np.rint(found.times // gap).astype(int), found.ids] = True
    return out


def test_spiking_neurons_follow_the_theory():
    """False positives and false negatives, and pattern by pattern what counting says."""
    n, a, s, theta, count = 200, 40, 20, 8, 120
    codes, segments = Codes.random(count, n, a, seed=1), Codes.random(count, n, s, seed=2)
    found = recognised(segments.patterns, codes.patterns, theta)
    assert np.array_equal(found, codes.overlap(segments) >= theta)
    assert stats.binomtest(int(found.sum()), count**2, sdr.false_positive(n, a, s, theta)).pvalue > 1e-4
    own, noisy = codes.subsample(s), codes.corrupt(24, 0)
    missed = int((~np.diag(recognised(own.patterns, noisy.patterns, theta))).sum())
    assert stats.binomtest(missed, count, sdr.false_negative(a, s, theta, 24)).pvalue > 1e-4


def test_segments_learn_what_comes_again_and_forget_noise():
    """Units that are always there are kept; those of a single presentation are pruned, and free their places."""
    core, distal = Codes.random(1, 300, 20, seed=3).patterns[0], Segments(2, 300, width=60, decrement=0.1)
    noise = Codes.random(12, 300, 20, seed=4).patterns
    for row in noise:
        distal.learn([0], core | row, new=30)
    assert (distal.permanence[0, core] == 1.0).all()
    assert 0 < (distal.permanence[0] > 0).sum() <= 60
    assert not distal.permanence[1].any()
    for _ in range(10):
        distal.learn([0], core)
    assert np.array_equal(distal.strong[0], core)
    assert recognised(distal.strong, np.stack([core, noise[0]]), 15).tolist() == [[True, False], [False, False]]
    for _ in range(20):
        distal.punish([0], core, 0.05)
    assert not distal.permanence.any()


def test_segments_refuse_and_keep():
    distal = Segments(2, 10)
    distal.learn([0], np.ones(10, bool), new=4)
    before = distal.permanence.copy()
    for call in (
        lambda: distal.learn([2], np.ones(10, bool)),
        lambda: distal.learn([0, 0], np.ones(10, bool)),
        lambda: distal.learn([0], np.ones(9, bool)),
        lambda: distal.learn([0], np.full(10, np.nan)),
        lambda: distal.learn([0], np.ones(10, bool), new=-1),
        lambda: distal.punish([0], np.ones(10, bool), 2.0),
        lambda: Segments(2, 10, initial=0.0),
    ):
        with pytest.raises(NeuromemError):
            call()
    assert np.array_equal(distal.permanence, before)


@pytest.mark.parametrize(
    "changes",
    [{"threshold": 0}, {"plateau": 0.05}, {"plateau": -1.0}, {"current": -1.0}, {"window": 0.0}, {"segments": 0}]
    + [{"soma": {"plateau": 3.0}}, {"soma": {"tau": 3.0}}, {"threshold": np.ones(5)}],
)
def test_bad_dendrites_are_refused_and_add_nothing(changes):
    net = Network()
    with pytest.raises(NeuromemError):
        active_dendrites(net, "cell", 2, **{"segments": 3, "threshold": 4} | changes)
    assert net == Network()


def votes(memory, fragment):
    """Plateaus of each key, by counting."""
    strong = memory.weights()["distal"].values >= 0.5
    enough = np.maximum(1, np.ceil(memory.threshold * strong.sum(axis=1)))
    return ((strong & fragment).sum(axis=1) >= enough).reshape(memory.capacity, -1).sum(axis=1)


def test_the_memory_answers_with_whom_most_segments_recognise():
    """Every recall is what counting plateaus gives; a fragment of a third more than half is enough."""
    stored = Codes.random(12, 300, 30, seed=5)
    memory = DendriticMemory(300, 12, segments=4, synapses=15, seed=6)
    memory.store(stored.patterns)
    for lost, right in ((8, 12), (13, 8)):
        fragments = stored.corrupt(lost, seed=7).patterns
        recall = memory.recall(fragments)
        for fragment, keys in zip(fragments, recall.keys, strict=True):
            most = votes(memory, fragment)
            assert keys.tolist() == (np.flatnonzero(most == most.max()).tolist() if most.max() else [])
        assert (recall.patterns == stored.patterns).all(axis=1).sum() >= right
    assert (np.diff(np.unique(recall.steps)) >= 2).all()


def test_out_plays_the_winner():
    memory = DendriticMemory(60, 5, seed=1)
    patterns = Codes.random(5, 60, 8, seed=9).patterns
    memory.store(patterns)
    net = memory.to_network()
    events = np.flatnonzero(patterns[3])
    tree = to_tree(net)
    tree["populations"]["In"]["neuron"] |= {"times": np.zeros(events.size), "ids": events}
    result = simulate(from_tree(tree), float(memory.longest_recall))
    assert sorted(set(result.spikes["Out"].ids.tolist())) == events.tolist()
    assert set(result.spikes["Cell"].ids.tolist()) == {3}

"""The published CA3 network, spike for spike, against a timing table, a plain twin and the authors' figures."""

import numpy as np
import pytest

from neuromem import simulate
from neuromem.models import CA3Memory
from neuromem.models.ca3_published import CONTENT_TO_CUE, CUE_TO_CONTENT, INTERNAL
from neuromem.network.tree import from_tree, to_tree

POPULATIONS = ("In", *INTERNAL, "Out")


# Schedules: (kind, step, cue, bits), and the three published experiments


def learn(at, cue, bits):
    return ("learn", at, cue, tuple(bits))


def by_cue(at, cue):
    return ("cue", at, cue, ())


def by_content(at, bits):
    return ("content", at, None, tuple(bits))


def inputs(operations, m):
    """(step, neuron) on In."""
    spikes = []
    for kind, at, cue, bits in operations:
        who = [m + b for b in bits] + ([] if cue is None else [cue])
        spikes += [(at + k, i) for k in range(3 if kind == "learn" else 1) for i in who]
    return spikes


def functional():
    operations = [learn(0, 0, (0, 1, 8, 9)), learn(10, 4, (1, 5, 6)), learn(20, 3, (4, 5, 6)), by_cue(30, 0)]
    operations += [by_content(40, (6,)), by_content(50, (0, 4)), learn(60, 3, (1, 3, 4, 8)), by_cue(70, 3)]
    return 5, 10, [*operations, by_content(80, (6,))], 90


def stress():
    once = [tuple(j for j in range(10) if (i + 1) >> j & 1) for i in range(5)]
    complement = [tuple(j for j in range(10) if j not in bits) for bits in once]
    calls = []
    for contents in (once, complement, once):
        calls += [(learn, i, contents[i]) for i in range(5)] + [(by_cue, i) for i in range(5)]
        calls += [(by_content, (j,)) for j in range(10)]
    return 5, 10, [call[0](14 * k, *call[1:]) for k, call in enumerate(calls)], 851


GRID = (0, 5, 1, 3, 0, 3, 4, 5, 0, 5, 4, 3, 2, 4, 4, 3)


def grid_map():
    queries = ((1, 2, 4), (3,), (5,), (0,))
    operations = [learn(7 * i, i, (state,)) for i, state in enumerate(GRID)]
    return 16, 6, operations + [by_content(112 + 6 * k, q) for k, q in enumerate(queries)], 140


EXPERIMENTS = {"functional": functional(), "stress": stress(), "map": grid_map()}


def timetable(m, operations):
    """Population -> set of (step, neuron) by the published stage timings; a dict plays the memory."""
    fired = {name: set() for name in POPULATIONS}
    stored = {}

    def put(name, step, neurons):
        fired[name] |= {(step, i) for i in neurons}

    fired["In"] = set(inputs(operations, m))
    for kind, at, cue, bits in operations:
        if kind == "learn":
            for t in (at, at + 2):
                for name, later in (("S1Cue", 1), ("S2Cue", 3), ("MergeCue", 4), ("Out", 5)):
                    put(name, t + later, [cue])
                for name, later in (("S1Cont", 1), ("S2Cond", 2), ("S2Cont", 3), ("MergeCont", 4)):
                    put(name, t + later, bits)
                put("S2Int", t + 2, [0])
                put("Out", t + 5, [m + b for b in bits])
            old = set(stored.get(cue, ())) - set(bits)  # recalled by the cue's first spike, erased by its second
            for name, later in (("S1Cont", 2), ("S2Cond", 3), ("S2Cont", 4), ("MergeCont", 5)):
                put(name, at + later, old)
            put("Out", at + 6, [m + b for b in old])
            stored[cue] = bits
        elif kind == "cue":
            found = stored.get(cue, ())
            for name, later in (("S1Cue", 1), ("S2Cue", 3), ("MergeCue", 4), ("Out", 5)):
                put(name, at + later, [cue])
            for name, later in (("S1Cont", 2), ("MergeCont", 5)):
                put(name, at + later, found)
            put("S2Int", at + 3, [0] if found else [])
            put("Out", at + 6, [m + b for b in found])
        else:
            found = [c for c, content in stored.items() if set(content) & set(bits)]
            for name, later in (("S1Cont", 1), ("S2Cond", 2), ("S2Cont", 3), ("MergeCont", 4)):
                put(name, at + later, bits)
            put("S2Int", at + 2, [0])
            put("S2Cue", at + 4, found)
            put("MergeCue", at + 5, found)
            put("Out", at + 5, [m + b for b in bits])
            put("Out", at + 6, found)
    return fired


def twin(m, n, spikes, steps, a_plus=6.0, a_minus=6.0):
    """The published network by plain loops: population -> set of (step, neuron)."""
    slow, fast = (0.27, 3.0, -57.0), (0.14, 0.5, -57.0)
    cells = {"S1Cue": (m, slow), "S1Cont": (n, slow), "S2Cond": (n, fast), "S2Int": (1, fast), "S2Cue": (m, fast)}
    cells |= {"S2Cont": (n, slow), "MergeCue": (m, slow), "MergeCont": (n, slow), "Out": (m + n, (0.27, 3.0, -57.5))}
    both, cue, content = np.eye(m + n), np.eye(m), np.eye(n)
    others = -6.0 * n * (1 - cue)
    wires = [("In", "S1Cue", 6 * both[:, :m], 1), ("In", "S1Cont", 6 * both[:, m:], 1)]
    wires += [("S1Cue", "S1Cont", np.zeros((m, n)), 1), ("S2Cont", "S2Cue", np.zeros((n, m)), 1)]  # these two learn
    wires += [("S1Cue", "S2Cue", 6 * cue, 2), ("S1Cue", "S2Cue", others, 3), ("S2Cue", "S2Cue", others, 2)]
    wires += [("S1Cue", "S2Cond", np.full((m, n), -6.0), 2), ("S1Cont", "S2Cond", 9 * content, 1)]
    wires += [("S1Cont", "S2Int", np.full((n, 1), 6.0), 1), ("S2Int", "S2Cond", np.full((1, n), 2.0), 1)]
    wires += [("S2Cond", "S2Cont", 6 * content, 1), ("S1Cue", "MergeCue", 6 * cue, 3)]
    wires += [("S1Cont", "MergeCont", 6 * content, 3), ("S2Cue", "MergeCue", 6 * cue, 1)]
    wires += [("S2Cont", "MergeCont", 6 * content, 1), ("MergeCue", "Out", 6 * both[:m], 1)]
    wires += [("MergeCont", "Out", 6 * both[m:], 1)]
    q, fade = 0.3 * (1 - np.exp(-1 / 0.3)), np.exp(-1 / 0.3)
    state = {name: [np.full(k, -60.0), np.zeros(k), np.zeros(k), np.zeros(k, int)] for name, (k, _) in cells.items()}
    arriving = {name: np.zeros((steps + 4, 2, k)) for name, (k, _) in cells.items()}
    fired = {name: set() for name in POPULATIONS}
    before = [{} for _ in wires]  # per learning wire: neuron -> (last pre step, trace)
    posts = {"S1Cont": [[] for _ in range(n)], "S2Cue": [[] for _ in range(m)]}  # (step, trace)
    for t in range(steps):
        now = {"In": sorted({i for step, i in spikes if step == t})}
        for name, (_, (cm, tau, threshold)) in cells.items():
            v, excite, inhibit, wait = state[name]
            excite += q * arriving[name][t, 0]
            inhibit += q * arriving[name][t, 1]
            rest = -60.0 + tau / cm * (excite - inhibit)
            ready = wait == 0
            v[ready] = (rest - (rest - v) * np.exp(-1 / tau))[ready]
            wait[~ready] -= 1
            spiking = ready & (v >= threshold)
            v[spiking], wait[spiking] = -60.0, 1
            excite *= fade
            inhibit *= fade
            now[name] = np.flatnonzero(spiking).tolist()
        for name, who in now.items():
            fired[name] |= {(t, i) for i in who}
        for w, (pre, post, weight, delay) in enumerate(wires):
            for i in now[pre]:
                if w in (2, 3):
                    last, trace = before[w].get(i, (None, 0.0))
                    for j, history in enumerate(posts[post]):
                        for step, _ in history if last is not None else ():
                            if last < step + 1 <= t:
                                weight[i, j] += a_plus * trace * np.exp(-(step + 1 - last) / 3)
                                weight[i, j] = min(6.0, weight[i, j])
                        done = [(step, o) for step, o in history if step + 1 <= t]
                        if done:
                            weight[i, j] -= a_minus * done[-1][1] * np.exp(-(t - done[-1][0] - 1) / 3)
                            weight[i, j] = max(0.0, weight[i, j])
                    before[w][i] = t, 1 + (0 if last is None else trace * np.exp(-(t - last) / 3))
                row = weight[i]
                arriving[post][t + delay] += np.maximum([row, -row], 0)
        for name, histories in posts.items():
            for j in now[name]:
                history = histories[j]
                history.append((t, 1 + (history[-1][1] * np.exp(-(t - history[-1][0]) / 3) if history else 0)))
    return fired


def as_sets(raster):
    return {name: set(map(tuple, pairs.tolist())) for name, pairs in raster.items()}


def replayed(m, n, operations, steps):
    return CA3Memory(m, n).replay(inputs(operations, m), steps)


def mismatching_steps(a, b):
    return len({step for name in a for step, _ in a[name] ^ b[name]})


# The published experiments


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_experiment_matches_the_timing_table_in_every_population(name):
    m, n, operations, steps = EXPERIMENTS[name]
    raster = replayed(m, n, operations, steps)
    assert set(raster) == set(POPULATIONS)
    expected = timetable(m, operations)
    for population, pairs in raster.items():
        assert pairs.dtype.kind == "i"
        assert pairs.shape == (len(pairs), 2)
        assert pairs.tolist() == sorted(map(list, expected[population])), population


def test_what_the_paper_reads_off_its_rasters():
    out = as_sets(replayed(*EXPERIMENTS["functional"]))["Out"]
    at = {t: sorted(i for s, i in out if s == t) for t in range(90)}
    assert at[35] == [0]
    assert at[36] == [5, 6, 13, 14]  # cue 0 -> {0, 1, 8, 9}
    assert (at[45], at[46]) == ([11], [3, 4])
    assert (at[55], at[56]) == ([5, 9], [0, 3])
    assert (at[75], at[76]) == ([3], [6, 8, 9, 13])
    assert (at[85], at[86]) == ([11], [4])
    out = as_sets(replayed(*EXPERIMENTS["map"]))["Out"]
    for t, query in ((112, (1, 2, 4)), (118, (3,)), (124, (5,)), (130, (0,))):
        places = [i for i, state in enumerate(GRID) if state in query]
        assert sorted(i for s, i in out if s == t + 6 and i < 16) == places


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_plain_twin_fires_the_same_spikes(name):
    m, n, operations, steps = EXPERIMENTS[name]
    assert as_sets(replayed(m, n, operations, steps)) == twin(m, n, inputs(operations, m), steps)


@pytest.mark.parametrize("seed", range(6))
def test_plain_twin_fires_the_same_spikes_on_random_input(seed):
    rng = np.random.default_rng(seed)
    m, n, steps = (3, 4, 120) if seed % 2 else (6, 9, 90)
    when, who = np.nonzero(rng.random((steps, m + n)) < 0.03 * (1 + seed))
    spikes = list(zip(when.tolist(), who.tolist()))
    assert as_sets(CA3Memory(m, n).replay(spikes, steps)) == twin(m, n, spikes, steps)


def simulated(m, n, operations, steps, **changes):
    """The same schedule through the description and `simulate`, with another STDP rule; dict of sets."""
    tree = to_tree(CA3Memory(m, n).to_network(plastic=True))
    for name in (CUE_TO_CONTENT, CONTENT_TO_CUE):
        assert tree["projections"][name]["plasticity"]["type"] == "SpikePairSTDP"
        tree["projections"][name]["plasticity"] |= changes
    when, who = np.array(sorted(set(inputs(operations, m)))).T
    tree["populations"]["In"]["neuron"] |= {"times": when * 1.0, "ids": who}
    spikes = simulate(from_tree(tree), float(steps)).spikes
    return {name: set(zip(train.times.astype(int).tolist(), train.ids.tolist())) for name, train in spikes.items()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (0, 0, 0)),
        ({"a_plus": 36.0, "a_minus": 36.0}, (13, 60, 12)),  # A multiplied by w_max, as NEST and PyNN read it
        ({"a_minus": 3.0}, (3, 39, 0)),
        ({"a_plus": 5.6, "a_minus": 5.6}, (0, 0, 0)),
        ({"a_plus": 6.4, "a_minus": 6.4}, (0, 0, 0)),
    ],
)
def test_rasters_are_as_sensitive_to_the_rule_as_the_recordings(changes, expected):
    changed = [simulated(*experiment, **changes) for experiment in EXPERIMENTS.values()]
    right = [as_sets(replayed(*experiment)) for experiment in EXPERIMENTS.values()]
    assert tuple(map(mismatching_steps, changed, right)) == expected


# Structure


@pytest.mark.parametrize(("m", "n"), [(5, 10), (16, 6), (1, 1), (7, 2)])
def test_counts_of_neurons_and_synapses(m, n):
    memory = CA3Memory(m, n)
    network = memory.to_network(plastic=True)
    sizes = {name: population.size for name, population in network.populations.items()}
    assert sum(sizes[name] for name in INTERNAL) == 3 * m + 4 * n + 1
    assert sizes["In"] == sizes["Out"] == m + n
    size = {p.name: p.connector.expected(sizes[p.pre], sizes[p.post]) for p in network.projections.values()}
    internal = sum(size[p.name] for p in network.projections.values() if {p.pre, p.post} <= set(INTERNAL))
    assert internal == 3 * m * n + 2 * m * (m - 1) + 3 * m + 6 * n
    assert sum(size[p.name] for p in network.projections.values() if p.plasticity) == 2 * m * n
    assert memory.counts.potential == 2 * m * n
    assert not any(p.plasticity for p in memory.to_network().projections.values())


def spikes_inside(raster, first=0):
    return sum(int((raster[name][:, 0] >= first).sum()) for name in INTERNAL)


@pytest.mark.parametrize(("k", "q"), [(1, 1), (3, 2), (10, 10)])
def test_spikes_per_operation(k, q):
    m, n = 4, 10
    memory = CA3Memory(m, n)
    contents = np.zeros((3, n), bool)
    contents[0, :k], contents[1, :1], contents[2, -1] = True, True, True
    assert spikes_inside(memory.record_learn(0, contents[0])) == 8 + 8 * k
    memory.store(contents)
    cue = memory.replay([(0, 0)], 20)
    assert spikes_inside(cue) == 4 + 2 * k
    bits = [m + b for b in range(q)]
    r = sum(contents[:, :q].any(axis=1))
    assert spikes_inside(memory.replay([(0, i) for i in bits], 20)) == 1 + 4 * q + 2 * r
    recall = memory.recall(np.arange(n) < q)
    assert recall.spikes == 1 + 4 * q + 2 * r + 4 + 2 * k
    assert recall.steps == 14


# How close operations may follow each other


def stress_scan(m, n, density, seed, spacing, overwrite):
    """Mean bit error of recall by cue and by each single content bit, after learning every cue."""
    rng = np.random.default_rng(seed)
    contents = rng.random((m, n)) < density
    gap, shorter = spacing
    sweeps = [contents, ~contents] if overwrite else [contents]
    taught = [(cue, np.flatnonzero(bits)) for sweep in sweeps for cue, bits in enumerate(sweep)]
    operations = [learn(gap * k, cue, bits) for k, (cue, bits) in enumerate(taught)]
    start = gap * len(taught)
    operations += [by_cue(start + shorter * c, c) for c in range(m)]
    operations += [by_content(start + shorter * (m + j), (j,)) for j in range(n)]
    out = as_sets(replayed(m, n, operations, operations[-1][1] + 15))["Out"]
    by_cues, by_bits = sweeps[-1].copy(), sweeps[-1].T.copy()
    for c in range(m):
        by_cues[c] ^= [(start + shorter * c + 6, m + j) in out for j in range(n)]
    for j in range(n):
        by_bits[j] ^= [(start + shorter * (m + j) + 6, c) in out for c in range(m)]
    return by_cues.mean(), by_bits.mean()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("density", [0.2, 0.5])
@pytest.mark.parametrize(("m", "n"), [(5, 10), (16, 16)])
def test_ten_steps_between_operations_are_safe(m, n, density, overwrite):
    for seed in range(3):
        assert stress_scan(m, n, density, seed, (10, 10), overwrite) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("m", "n", "density", "overwrite", "expected"),
    [
        (5, 10, 0.2, False, 0.02),
        (5, 10, 0.5, False, 0.19),
        (5, 10, 0.2, True, 0.54),
        (5, 10, 0.5, True, 0.28),
        (16, 16, 0.2, False, 0.03),
        (16, 16, 0.5, False, 0.23),
        (16, 16, 0.2, True, 0.61),
        (16, 16, 0.5, True, 0.30),
    ],
)
def test_the_published_spacing_harms_recall_by_content_only(m, n, density, overwrite, expected):
    errors = np.array([stress_scan(m, n, density, seed, (7, 6), overwrite) for seed in range(6)])
    assert (errors[:, 0] == 0).all()
    assert errors[:, 1].mean() == pytest.approx(expected, abs=0.01 + 0.05 * expected)


# Behaviour of the reference that its authors do not mention


def asked_later(m, n, spikes, questions):
    """Bits and cues of Out that answer each question (input neurons), asked 20 steps apart on the same network."""
    begin = 20 * (1 + max(step for step, _ in spikes) // 20)
    later = [(begin + 20 * k, i) for k, question in enumerate(questions) for i in question]
    out = as_sets(CA3Memory(m, n).replay([*spikes, *later], begin + 20 * len(questions)))["Out"]
    return [sorted(i for s, i in out if s == begin + 20 * k + 6) for k in range(len(questions))]


def test_unknown_cue_is_echoed_without_content():
    assert CA3Memory(5, 10).replay([(0, 2)], 20)["Out"].tolist() == [[5, 2]]


def test_two_cues_together_recall_the_union():
    spikes = inputs([learn(0, 0, (0, 1)), learn(14, 1, (1, 5)), learn(28, 2, (7,))], 3)
    assert asked_later(3, 8, spikes, [[0, 1]]) == [[3 + 0, 3 + 1, 3 + 5]]


@pytest.mark.parametrize("presented", [1, 2, 3])
def test_one_step_stores_a_fresh_memory_and_three_overwrite(presented):
    m, n = 2, 6
    fresh = [(k, i) for k in range(presented) for i in (0, m + 1, m + 4)]
    assert asked_later(m, n, fresh, [[0], [m + 1]]) == [[m + 1, m + 4], [0]]
    again = fresh + [(20 + k, i) for k in range(presented) for i in (0, m + 2)]
    assert (asked_later(m, n, again, [[0]]) == [[m + 2]]) == (presented == 3)


def test_cue_held_without_content_erases_one_direction_only():
    m, n = 2, 6
    spikes = inputs([learn(0, 0, (1, 4))], m) + [(20 + k, 0) for k in range(3)]
    assert asked_later(m, n, spikes, [[0], [m + 1], [m + 4]]) == [[], [0], [0]]


def test_cue_with_a_foreign_bit_for_one_step_writes_that_bit():
    m, n = 2, 6
    spikes = [*inputs([learn(0, 0, (1, 4))], m), (20, 0), (20, m + 2)]
    assert asked_later(m, n, spikes, [[0]]) == [[m + 1, m + 2, m + 4]]


def test_eighty_recalls_do_not_wear_the_memory():
    m, n = 5, 10
    operations = [learn(14 * c, c, bits) for c, bits in enumerate([(0, 1, 8, 9), (1, 5, 6), (4, 5, 6), (2,), (3, 7)])]
    operations += [by_cue(80 + 6 * k, k % m) for k in range(40)] + [
        by_content(320 + 6 * k, (k % n,)) for k in range(40)
    ]
    expected = timetable(m, operations)
    assert as_sets(replayed(m, n, operations, 580))["Out"] == expected["Out"]

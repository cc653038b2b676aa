"""Kernels alone against their naive twins, on hand-made arrays of 0, 1, 2, 7 and 64 neurons.

All of them also pass without the compiler: `make plain`.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config
from scipy import stats

import naive
import naive_draws
from compiled import doors
from handmade import OTHERS, TARGET, Two, no_chance, unlearned, wired
from networks import examples
from neuromem.engine.plan import count_thresholds
from neuromem.kernels import layout as at
from neuromem.network import OneShotHebb, SpikePairSTDP

pytestmark = pytest.mark.twin

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.sampled_from([0, 1, 2, 7, 64])
PARTS = st.sampled_from([1, 2])


def some(rng, n, p=0.5):
    """A random subset of the first n numbers."""
    return np.flatnonzero(rng.random(n) < p).tolist()


# ---- delivery


def delivered(two, sent):
    """What the twin's ring holds after `sent`, a list of (step, spiking, synapses)."""
    ring = np.zeros_like(two.neurons.ring).tolist()
    for step, spiking, synapses in sent:
        naive.deliver(ring, step, spiking, [(i, j + TARGET, w, d) for i, j, w, d in synapses])
    return ring


@examples(50)
@given(SEEDS, SIZES, PARTS, st.booleans(), st.integers(0, 40))
def test_arrive(seed, n, parts, one_weight, step):
    """What the spikes of one delay ago bring falls on the row of this step, in one order for any number of parts."""
    rng = np.random.default_rng(seed)
    two = Two(rng, n, parts, ring_slots=int(rng.choice([1, 12])))
    listed, synapses, _ = wired(rng, two, 3 * n, one_weight=one_weight, one_delay=True)
    delay = listed[0][3] if listed else 1
    spikes = {k: some(rng, n + 1) for k in range(step - 10, step + 1)}
    for k, pre in spikes.items():
        two.spike(k, pre, some(rng, n))
    doors.arrive(parts, step, 2, two.spiking, two.neurons, synapses)
    assert two.neurons.ring.tolist() == delivered(two, [(step - delay, spikes[step - delay], listed)])


@examples(50)
@given(SEEDS, SIZES, PARTS, st.booleans(), st.booleans(), st.integers(0, 40))
def test_send_all(seed, n, parts, one_weight, one_delay, step):
    rng = np.random.default_rng(seed)
    two = Two(rng, n, parts)
    listed, synapses, _ = wired(rng, two, 3 * n, one_weight=one_weight, one_delay=one_delay)
    sent = []
    for k in (step, step + 1, step + 2):
        pre = some(rng, n + 1)
        two.spike(k, pre, some(rng, n))
        doors.send_all(parts, k, 2, two.spiking, two.neurons, synapses)
        sent.append((k, pre, listed))
    assert two.neurons.ring.tolist() == delivered(two, sent)


@examples(20)
@given(SEEDS, st.sampled_from([1, 2, 7, 64, 300]), PARTS, st.sampled_from([1e-9, 0.02, 0.5, 1.0]))
def test_arrive_drawn(seed, n, parts, p):
    """Rows drawn at the spike are those of the twin, with the part's own targets in each part."""
    rng = np.random.default_rng(seed)
    two = Two(rng, n, parts)
    table, numbers = np.zeros((parts, at.PIECE_COLUMNS), np.int64), np.zeros((parts, at.PIECE_NUMBERS))
    for q in range(parts):
        two.piece(table, q)
    obj, weight, delay, step = naive_draws.CONNECT + 3, 0.625, 4, 6
    table[:, [at.STEPS, at.OBJECT_OF, at.PER_CHUNK]] = delay, obj, min(n, int(104 / p))
    numbers[:, at.SCALAR], numbers[:, at.SCALE] = weight, 0.0 if p == 1.0 else 1 / np.log1p(-p)
    types = (np.int64, np.uint16, np.float32, np.int64, np.uint16, np.uint32, float, np.int64, float)
    nothing = [np.zeros(0, t) for t in types]
    pre = sorted(rng.choice(n + 1, min(n + 1, 5), replace=False).tolist())
    two.spike(step - delay, pre, [])
    chance = no_chance(parts, room=n)
    doors.arrive_drawn(parts, step, seed, 2, two.spiking, two.neurons, at.Synapses(table, numbers, *nothing), chance)
    drawn = [(i, j, weight, delay) for i in pre for j in naive_draws.bernoulli_row(p, n, seed, obj, i)]
    assert two.neurons.ring.tolist() == delivered(two, [(step - delay, pre, drawn)])


# ---- sources


@examples(50)
@given(SEEDS, st.sampled_from([1, 2, 7, 64]))
def test_emit_array(seed, n):
    rng = np.random.default_rng(seed)
    pairs = sorted({(int(rng.integers(12)), int(rng.integers(n))) for _ in range(3 * n)})
    steps, ids = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    events = at.Events(steps, ids, np.zeros(1, np.int64), np.array([len(pairs)]))
    for step in range(12):
        out = np.full(n + 1, -1, np.int32)
        count = doors.emit_array(step, events, out)
        assert out[:count].tolist() == naive.emit_array(steps.tolist(), ids.tolist(), step)
        assert (out[count:] == -1).all()


@examples(30)
@given(SEEDS, st.sampled_from([0, 1, 2, 7, 64, 128, 150]), st.sampled_from([0, 128, 384]))
def test_emit_poisson(seed, n, offset):
    """The part of a population from neuron `offset` on; active from step 3 to step 8."""
    rng = np.random.default_rng(seed)
    table, p = np.zeros((2, at.SLICE_COLUMNS), np.int64), rng.uniform(0, 1, n)
    table[1, [at.FIRST, at.SIZE, at.START, at.STOP, at.OBJECT, at.OFFSET, at.CONSTANT]] = 1000, n, 3, 9, 5, offset, 2
    constants, room = np.concatenate([[9.0, 9.0], p]), np.zeros(128, np.uint32)
    for step in (2, 3, 8, 9, 2**33):
        table[1, at.STOP] = 9 if step < 10 else 2**40
        out = np.full(n + 1, -1, np.int32)
        count = doors.emit_poisson(1, step, seed, table, constants, room, out)
        active = step not in (2, 9)
        noise = naive_draws.emit_poisson(seed, 5, [0.0] * offset + p.tolist(), step) if active else []
        assert (out[:count] - 1000 + offset).tolist() == noise
        assert (out[count:] == -1).all()


@examples(30)
@given(SEEDS, st.sampled_from([0.0, 1e-9, 0.01, 2.0, 7.5, 300.0]), st.integers(0, 3), st.integers(0, 2**40))
def test_add_poisson(seed, mean, block, step):
    rng = np.random.default_rng(seed)
    chance, levels = no_chance(inputs=2), count_thresholds(mean)
    sure = int((levels == 0).sum())
    stream = naive_draws.NOISE + 7
    low, high = sorted(rng.integers(0, 600, 2))
    chance.table[1] = 3, 3 + levels.size - sure, sure, stream, low, high
    chance = chance._replace(threshold=np.concatenate([[0, 0, 0], levels[sure:], [0]]).astype(np.uint32))
    chance.weight[1] = weight = rng.uniform(0, 2)
    arrived = rng.uniform(0, 3, 128)
    want = [
        before + weight * naive_draws.poisson_number(naive_draws.word(seed, stream, 128 * block + i, step), mean)
        if low <= 128 * block + i < high
        else before
        for i, before in enumerate(arrived.tolist())
    ]
    doors.add_poisson(seed, 1, block, step, chance, arrived)
    assert arrived.tolist() == want


@pytest.mark.parametrize("mean", [0.0, 1e-9, 0.01, 2.0, 7.5, 300.0, 9999.5])
def test_poisson_thresholds(mean):
    """To within a unit of 2**-32, as many as are below 1."""
    got, want = count_thresholds(mean), np.array(naive_draws.poisson_levels(mean)[:-1], np.int64)
    assert got.dtype == np.int64
    shared = min(got.size, want.size)
    assert np.abs(got[:shared] - want[:shared]).max(initial=0) <= 1
    assert (np.concatenate([got[shared:], want[shared:]]) >= 2**32 - 2).all()


@pytest.mark.parametrize(
    ("sources", "p"), [(1, 0.004), (7, 0.3), (4000, 1e-4), (50, 0.0), (50, 1.0), (0, 0.5), (1, 1.0)]
)
def test_binomial_thresholds(sources, p):
    """As SciPy has them, to within a unit of 2**-32, as many as are below 1."""
    got = count_thresholds(p, sources)
    want = np.rint(stats.binom(sources, p).cdf(np.arange(got.size)) * 2.0**32)
    assert np.abs(got - want).max(initial=0) <= 1
    assert stats.binom(sources, p).cdf(got.size) * 2.0**32 >= 2**32 - 2


# ---- learning


@examples(80)
@given(SEEDS, st.integers(0, 30), st.integers(1, 12), st.sampled_from(["additive", "multiplicative"]))
def test_deferred_pair_rule(seed, count, delay, dependence):
    rng = np.random.default_rng(seed)
    posts = np.sort(rng.choice(60, count, replace=False)).tolist()
    previous = np.sort(rng.choice(40, 4, replace=False)).tolist()
    upto = int(rng.integers(previous[-1] + 1, 80))
    rule = SpikePairSTDP(7.0, 11.0, 0.2, 0.3, 0.5, 5.0, update="deferred", dependence=dependence)
    two = Two(rng, 1)
    plastic = unlearned(two, wired(rng, two, 1)[1], capacity=40)
    plastic.history_count[0], plastic.history_step[0, :count] = count, posts
    plastic.history_trace[0, :count] = [naive.fading(posts, s, 11.0) for s in posts]
    weight, trace = np.float32(rng.uniform(1, 5)), naive.fading(previous, previous[-1], 7.0)
    begin = int(rng.integers(previous[-1], upto + 1))
    up, down = doors.pair(weight, begin, previous[-1], trace, delay, upto, numbers_of(rule), plastic)
    want = naive.potentiated(float(weight), rule, 7.0, begin, upto, previous, posts, delay)
    assert naive.float32(up) == pytest.approx(want, rel=3e-7)
    want = naive.depressed(float(weight), rule, 11.0, upto, posts, delay)
    assert naive.float32(down) == pytest.approx(want, rel=3e-7)


def numbers_of(rule):
    """A row of Synapses.numbers, with a step of 1 ms."""
    numbers = np.zeros(at.PIECE_NUMBERS)
    numbers[[at.TAU_PLUS, at.TAU_MINUS, at.A_PLUS, at.A_MINUS]] = (
        rule.tau_plus,
        rule.tau_minus,
        rule.a_plus,
        rule.a_minus,
    )
    numbers[[at.W_MIN, at.W_MAX, at.SOFT]] = rule.w_min, rule.w_max, rule.dependence == "multiplicative"
    return numbers


class Learning:
    """40 steps of STDP by a kernel; `kind` as in `doors.learn`."""

    LONGEST = 9

    def __init__(self, seed, n, parts, kind, rule, capacity=2 * LONGEST + 1, past=12):
        self.rng = np.random.default_rng(seed)
        self.two, self.kind = Two(self.rng, n, parts), kind
        one_delay = bool(self.rng.integers(2))
        self.listed, self.synapses, self.chosen = wired(self.rng, self.two, 3 * n, one_delay=one_delay)
        self.synapses.numbers[:] = numbers_of(rule)
        self.synapses.weight[OTHERS["weight"] :] = np.clip(
            self.synapses.weight[OTHERS["weight"] :], rule.w_min, rule.w_max
        )
        self.plastic = unlearned(self.two, self.synapses, capacity, past)
        self.spikes = [(some(self.rng, n + 1, 0.2), some(self.rng, n, 0.2)) for _ in range(40)]
        self.arrived = []

    def run(self, looks=0.0):
        """All steps; with probability `looks` what waits is applied before a step. Returns self."""
        two = self.two
        for step, (pre, post) in enumerate(self.spikes):
            self.arrived.append(two.neurons.ring[step % 12].tolist())
            two.neurons.ring[step % 12] = 0.0
            if self.rng.random() < looks:
                self.settle(step)
            two.spike(step, pre, post)
            args = (two.spiking, two.neurons, self.synapses, self.plastic)
            doors.learn(self.kind, two.parts, step, self.LONGEST, *args)
        self.settle(len(self.spikes))
        return self

    def settle(self, step):
        for q in range(self.two.parts):
            posts = int(np.diff(self.two.cuts[1])[q])
            doors.settle(self.kind, q, step, self.LONGEST, posts, self.synapses, self.plastic)

    def weights(self):
        """In the order of `listed`."""
        return self.synapses.weight[OTHERS["weight"] :][np.argsort(self.chosen)].tolist()

    def twin(self, rule):
        """(weights, arrived) of the twin."""
        synapses, ring, arrived = (
            [[i, j, min(max(w, rule.w_min), rule.w_max), d] for i, j, w, d in self.listed],
            np.zeros((12, self.two.n + 3)).tolist(),
            [],
        )
        trains = [[] for _ in range(self.two.n + 1)], [[] for _ in range(self.two.n)]
        for step, (pre, post) in enumerate(self.spikes):
            arrived.append(ring[step % 12])
            ring[step % 12] = [0.0] * (self.two.n + 3)
            naive.learn_before(rule, 1.0, synapses, trains, step, pre, post)
            naive.deliver(ring, step, pre, [(i, j + TARGET, w, d) for i, j, w, d in synapses])
            naive.learn_after(rule, 1.0, synapses, trains, step, pre, post)
            for side, spiking in zip(trains, (pre, post)):
                for i in spiking:
                    side[i].append(step)
        return [naive.settled(rule, 1.0, synapse, trains, len(self.spikes)) for synapse in synapses], arrived


def random_stdp(seed, update):
    rng = np.random.default_rng(seed)
    tau, change = rng.uniform(1, 20, 2).tolist(), rng.uniform(0.05, 1, 2).tolist()
    return SpikePairSTDP(*tau, *change, w_min=0.25, w_max=3.5, update=update)


@examples(50)
@given(SEEDS, st.integers(0, 70), st.integers(0, 70), st.sampled_from([np.float32, np.float64]))
def test_all_traces_fade(seed, first, size, dtype):
    """The last of them too, whatever comes together in a vector; what is next to nothing becomes nothing."""
    traces = (10.0 ** np.random.default_rng(seed).uniform(-32, 2, first + size + 3)).astype(dtype)
    factor = dtype(0.75)
    want = traces.copy()
    for i in range(first, first + size):
        want[i] = traces[i] * factor if traces[i] * factor > dtype(1e-30) else 0.0
    doors.fade(traces, first, first + size, 0.75)
    assert traces.tolist() == want.tolist()


@examples(30)
@given(SEEDS, SIZES, PARTS, st.sampled_from([0, 1, 2]), st.sampled_from([0.0, 0.2]))
def test_learning_kernels(seed, n, parts, kind, looks):
    """Weights and what they send, step by step; bringing weights up to date in between changes nothing."""
    rule = random_stdp(seed, "deferred" if kind == 0 else "immediate")
    got = Learning(seed, n, parts, kind, rule).run(looks)
    weights, arrived = got.twin(rule)
    np.testing.assert_allclose(got.weights(), weights, rtol=3e-6)
    np.testing.assert_allclose(got.arrived, arrived, rtol=3e-6)


@examples(30)
@given(SEEDS, SIZES, PARTS, st.sampled_from([1, 3, 40]), st.sampled_from([3, 5, 50]))
def test_both_schedules_of_immediate_stdp_give_the_same_bits(seed, n, parts, capacity, past):
    """Columns at once, or rows when they are used next, whatever room there is for what waits."""
    rule = random_stdp(seed, "immediate")
    columns, rows = (
        Learning(seed, n, parts, kind, rule, capacity, past).run(looks) for kind, looks in ((1, 0.0), (2, 0.1))
    )
    assert columns.weights() == rows.weights()
    assert columns.arrived == rows.arrived


@examples(50)
@given(SEEDS, SIZES, st.sampled_from(["incoming", "outgoing"]), st.sampled_from([0.0, 0.5, 1.0]))
def test_one_shot_hebb(seed, n, over, exponent):
    rng = np.random.default_rng(seed)
    two = Two(rng, n)
    listed, synapses, _ = wired(rng, two, 2 * n)
    synapses.numbers[0, [at.TOTAL, at.EXPONENT]] = 3.0, exponent
    plastic = unlearned(two, synapses)
    pre, post = some(rng, n + 1), some(rng, n)
    two.spike(17, pre, post)
    want = naive.hebb(
        [w for *_, w, _ in listed], [pair[:2] for pair in listed], OneShotHebb(3.0, exponent, over), pre, post
    )
    doors.rewrite(over == "incoming", 17, two.spiking, two.neurons, synapses, plastic)
    assert synapses.weight[OTHERS["weight"] :].tolist() == want
    assert synapses.weight[: OTHERS["weight"]].tolist() == [99.0] * OTHERS["weight"]
    assert not two.spiking.now.any()


# ---- threads


@pytest.mark.skipif(config.DISABLE_JIT, reason="indivisible steps need the compiler")
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_nobody_leaves_a_meeting_before_the_last_has_come(threads):
    """Over many meetings, more threads than cores, and with one that comes late: the others yield, then sleep."""
    count = 300
    place, at_ = np.zeros(32, np.int64), np.zeros(threads, np.int64)
    with ThreadPoolExecutor(threads) as pool:
        early = [pool.submit(doors.rounds, k, threads, count, place, at_) for k in range(1, threads)]
        time.sleep(0.02)
        off = [doors.rounds(0, threads, count, place, at_), *(other.result() for other in early)]
    assert off == [0] * threads
    assert at_.tolist() == [count] * threads
    assert place[0] == count * threads
    assert not place[1:].any()

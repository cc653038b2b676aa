"""Who connects to whom: existence, order, and honest statistics of what is drawn. Seeds are fixed: no false alarms."""

import numpy as np
import pytest
from scipy import stats

from handmade import stored_delays
from networks import add_ballast
from neuromem.engine import Simulation
from neuromem.network import (
    AllButSelf,
    AllToAll,
    FixedInDegree,
    FixedProbability,
    FixedTotalNumber,
    FromArrays,
    Network,
    Normal,
    OneToOne,
    SpikeSourceArray,
)

ENOUGH = 1e-3  # smallest p-value of a single test
SMALL = (0.0, 5e-324, 1e-310, 1e-18, 1e-12)


def draw(connector, n_pre, n_post, seed=0, number=0):
    """(pre, post) of each synapse, after a check of what every connector promises."""
    start, post = connector.rows(n_pre, n_post, seed, number)
    assert len(start) == n_pre + 1
    assert start[0] == 0
    assert start[-1] == post.size
    assert (np.diff(start) >= 0).all()
    assert post.dtype == (np.uint16 if n_post <= 65536 else np.uint32)
    assert not post.size or post.max() < n_post
    pre, post = np.repeat(np.arange(n_pre), np.diff(start)), post.astype(np.int64)
    assert (np.diff(post)[np.diff(pre) == 0] >= 0).all()
    return pre, post


def fair(counts, expected, variance, freedom):
    """True if counts spread about what is expected as independent draws do, neither more nor less."""
    return ENOUGH < stats.chi2(freedom).cdf(((counts - expected) ** 2).sum() / variance) < 1 - ENOUGH


# ---- existence and order


@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (5, 1), (7, 4), (40, 64), (2, 70000)])
@pytest.mark.parametrize(
    "connector",
    [AllToAll(), AllButSelf(), *map(FixedProbability, (*SMALL, 0.3, 1.0)), *map(FixedInDegree, (0, 1))],
    ids=repr,
)
def test_every_pair_exists_once_at_most_and_in_order(connector, sizes):
    pre, post = draw(connector, *sizes)
    assert (np.diff(pre * sizes[1] + post) > 0).all()
    p = getattr(connector, "p", 1.0)
    if p in SMALL or p == 1.0:
        assert pre.size == connector.expected(*sizes)


def test_connectors_without_chance():
    assert list(zip(*draw(OneToOne(), 3, 3), strict=True)) == [(0, 0), (1, 1), (2, 2)]
    assert list(zip(*draw(AllButSelf(), 2, 3), strict=True)) == [(0, 1), (0, 2), (1, 0), (1, 2)]
    assert list(zip(*draw(AllButSelf(), 3, 2), strict=True)) == [(0, 1), (1, 0), (2, 0), (2, 1)]
    assert list(zip(*draw(AllToAll(), 2, 2), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    listed = FromArrays([2, 0, 2, 0], [1, 1, 0, 1])
    assert list(zip(*draw(listed, 3, 2), strict=True)) == [(0, 1), (0, 1), (2, 0), (2, 1)]
    assert listed.order().tolist() == [1, 3, 2, 0]


def test_a_tiny_probability_draws_nothing_in_many_rows():
    """Distances beyond 64 bits would come back as neighbours."""
    for p in SMALL:
        assert draw(FixedProbability(p), 30_000, 50)[0].size == 0


# ---- pairs with a probability


@pytest.mark.parametrize(("p", "sizes"), [(0.003, (120, 150)), (0.2, (300, 2000)), (0.9, (120, 150))])
def test_fixed_probability_degrees(p, sizes):
    """In and out, also where a row is drawn in several chunks."""
    pre, post = draw(FixedProbability(p), *sizes, seed=8)
    assert stats.binomtest(pre.size, sizes[0] * sizes[1], p).pvalue > ENOUGH
    for index, size, other in ((pre, *sizes), (post, *sizes[::-1])):
        assert fair(np.bincount(index, minlength=size), other * p, other * p * (1 - p), size)


def test_fixed_probability_pairs_are_independent():
    """Of rows, of columns, of seeds and of projections: any two share the squared probability."""
    p, n = 0.3, 600

    def matrix(seed=1, number=0):
        drawn = np.zeros((n, n), bool)
        drawn[draw(FixedProbability(p), n, n, seed, number)] = True
        return drawn

    one = matrix()
    for other, same in (
        (one[1:], one[:-1]),
        (one[:, 1:], one[:, :-1]),
        (one[:, 346:], one[:, :-346]),  # a chunk apart
        (matrix(seed=2), one),
        (matrix(seed=1 + 2**32), one),
        (matrix(number=1), one),
    ):
        assert stats.binomtest(int((other & same).sum()), same.size, p * p).pvalue > ENOUGH
    assert (matrix() == one).all()


def test_p_values_of_the_number_of_synapses_are_uniform():
    sizes = np.array([draw(FixedProbability(0.1), 40, 50, seed)[0].size for seed in range(200)])
    law = stats.binom(2000, 0.1)
    assert stats.kstest(law.cdf(sizes) - law.pmf(sizes) / 2, "uniform").pvalue > ENOUGH
    law = stats.binom(2000, 0.105)
    assert stats.kstest(law.cdf(sizes) - law.pmf(sizes) / 2, "uniform").pvalue < ENOUGH


# ---- a number into each neuron


def test_fixed_in_degree_is_fixed_and_fair():
    """Every neuron is chosen equally often, the last ones too; pairs of targets share the squared fraction."""
    pre, post = draw(FixedInDegree(6), 30, 4000)
    assert (np.bincount(post, minlength=4000) == 6).all()
    assert fair(np.bincount(pre, minlength=30), 800, 4000 * 0.2 * 0.8 * 30 / 29, 29)
    chosen = np.zeros((30, 4000), bool)
    chosen[pre, post] = True
    together = (chosen[:, 1:] & chosen[:, :-1]).sum(0)
    law = stats.hypergeom(30, 6, 6)
    seen = np.bincount(np.minimum(together, 4), minlength=5)
    assert stats.chisquare(seen, 3999 * np.array([*law.pmf(range(4)), law.sf(3)])).pvalue > ENOUGH
    pairs = chosen.astype(float) @ chosen.T  # each two neurons are chosen together equally often
    expected = 4000 * 6 * 5 / (30 * 29)
    assert stats.chi2(434).sf(((pairs[np.triu_indices(30, 1)] - expected) ** 2).sum() / expected) > ENOUGH
    assert draw(FixedInDegree(30), 30, 2)[0].tolist() == np.repeat(range(30), 2).tolist()


def test_fixed_in_degree_follows_the_seed_and_the_projection():
    one, again, seed, number = (
        draw(FixedInDegree(3), 40, 50, *key)[0].tolist() for key in ((1, 0), (1, 0), (2, 0), (1, 1))
    )
    assert one == again
    assert len({tuple(one), tuple(seed), tuple(number)}) == 3


# ---- a number in all


def test_fixed_total_number_is_multinomial_and_uniform():
    n, n_pre, n_post = 30_000, 60, 50
    pre, post = draw(FixedTotalNumber(n), n_pre, n_post, seed=5)
    assert pre.size == n
    assert stats.chisquare(np.bincount(pre, minlength=n_pre)).pvalue > ENOUGH
    assert stats.chisquare(np.bincount(post, minlength=n_post)).pvalue > ENOUGH
    pairs = np.bincount(pre * n_post + post, minlength=n_pre * n_post)
    assert ENOUGH < stats.chisquare(pairs).pvalue < 1 - ENOUGH  # several between the same two: a Poisson number
    assert pairs.max() > 20
    pre, far = draw(FixedTotalNumber(4000), 200, 65_536, seed=1)  # so many that none falls on another
    assert stats.kstest((far + 0.5) / 65_536, "uniform").pvalue > ENOUGH
    sizes = np.bincount(pre, minlength=200)
    ends = np.cumsum(sizes)[sizes > 1]
    sizes = sizes[sizes > 1]
    for level in ((far[ends - 1] + 0.5) / 65_536, 1 - (far[ends - sizes] + 0.5) / 65_536):
        assert stats.kstest(level**sizes, "uniform").pvalue > ENOUGH  # the largest and the smallest of a row


def test_fixed_total_number_follows_the_seed_and_the_projection():
    keys = [(1, 0), (2, 0), (1, 1)]
    drawn = [tuple(zip(*draw(FixedTotalNumber(50), 9, 9, *key), strict=True)) for key in keys]
    assert len(set(drawn)) == 3
    assert drawn[0] == tuple(zip(*draw(FixedTotalNumber(50), 9, 9, 1, 0), strict=True))
    sizes = [np.bincount(draw(FixedTotalNumber(50), 9, 9, *key)[0], minlength=9).tolist() for key in keys]
    assert sizes[0] != sizes[1]
    assert sizes[0] != sizes[2]


# ---- normal weights and delays


def drawn(weight, delay, dt=0.1, seed=3, connector=None, sizes=(100, 200)):
    """(weights, delays in steps) of a projection, in the connector's order."""
    net = add_ballast(Network(dt))
    net.population("in", sizes[0], SpikeSourceArray())
    net.population("out", sizes[1], net.populations["ballast exp"].neuron)
    net.project("in", "out", connector, weight=weight, delay=delay, name="drawn")
    simulation = Simulation(net, seed=seed)
    plan = simulation.plan
    if plan.synapses.stretch_delay.size == 0:
        return simulation.weights("drawn"), None
    found = stored_delays(plan.synapses, plan.pieces(1)[0])
    given = plan.stored[1].given
    return simulation.weights("drawn"), found if given is None else found[np.argsort(given)]


def test_normal_weights():
    """Against the law, cut off at the lowest value, which no draw is heaped at."""
    for law in (Normal(2.0, 0.25), Normal(0.3, 0.5, low=0.1)):
        weights = drawn(law, 0.1)[0]
        assert weights.dtype == np.float32
        assert weights.size == 20_000
        cut = stats.truncnorm((law.low - law.mean) / law.sd, np.inf, law.mean, law.sd)
        assert stats.kstest(weights, cut.cdf).pvalue > ENOUGH
        assert np.unique(weights).size > 19_900
        rows = weights.reshape(100, 200)
        assert stats.pearsonr(rows[1:].ravel(), rows[:-1].ravel()).pvalue > ENOUGH
        assert stats.pearsonr(rows[:, 1:].ravel(), rows[:, :-1].ravel()).pvalue > ENOUGH
    assert (drawn(Normal(0.7, 0.0), 0.1)[0] == np.float32(0.7)).all()
    assert (drawn(Normal(0.2, 0.0, low=0.5), 0.1, sizes=(2, 3))[0] == np.float32(0.5)).all()


def test_normal_delays():
    """In whole steps, each with the mass of its step, and at least the lowest, which is at least one step."""
    for law, lowest in ((Normal(1.5, 0.5), 1), (Normal(0.5, 0.4, low=0.25), 3)):
        delays = drawn(1.0, law)[1]
        assert delays.min() == lowest
        steps = np.arange(lowest, 40)
        mass = np.diff(stats.norm(law.mean / 0.1, law.sd / 0.1).cdf(np.arange(lowest - 0.5, 40)))
        enough = mass / mass.sum() * delays.size > 10
        seen, expected = np.bincount(delays, minlength=40)[steps][enough], mass[enough]
        assert stats.chisquare(seen, expected / expected.sum() * seen.sum()).pvalue > ENOUGH
    assert (drawn(1.0, Normal(0.0, 0.0))[1] == 1).all()
    assert (drawn(1.0, Normal(0.2, 0.0, low=0.25))[1] == 3).all()


def test_normal_weights_and_delays_are_independent():
    """Of each other, of the seed and of the projection; drawing one does not change the other."""
    weight, delay = Normal(2.0, 0.25), Normal(3.5, 0.5)
    weights, delays = drawn(weight, delay)
    assert stats.pearsonr(weights, delays).pvalue > ENOUGH
    assert (drawn(weight, 0.1)[0] == weights).all()
    assert (drawn(1.0, delay)[1] == delays).all()
    seed = drawn(weight, delay, seed=4)
    assert stats.pearsonr(seed[0], weights).pvalue > ENOUGH
    assert stats.pearsonr(seed[1], delays).pvalue > ENOUGH
    fine = drawn(weight, delay, dt=0.05)
    assert (fine[0] == weights).all()
    assert np.abs(fine[1] / 2 - delays).max() <= 0.75  # the same times, rounded to finer steps


def test_drawn_values_do_not_depend_on_the_order_in_which_synapses_are_listed():
    pre, post = np.divmod(np.arange(12), 4)
    other = np.random.default_rng(0).permutation(12)
    a, b = (
        drawn(Normal(2.0, 0.5), Normal(1.5, 0.5), connector=FromArrays(pre[k], post[k]), sizes=(3, 4))
        for k in (np.arange(12), other)
    )
    assert a[0][other].tolist() == b[0].tolist()
    assert a[1][other].tolist() == b[1].tolist()

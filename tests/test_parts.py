"""How a network is cut and laid out, how its synapses are found again, and how the engine paces itself."""

import numpy as np
import pytest

from handmade import stored_delays
from networks import add_ballast
from neuromem.engine import Simulation, pace, wiring
from neuromem.engine.arrays import ALIGNMENT, aligned, aligned_zeros
from neuromem.engine.parts import MOST_TARGETS, part_bounds
from neuromem.kernels import layout as at
from neuromem.network import (
    AllToAll,
    FixedInDegree,
    FixedProbability,
    FixedTotalNumber,
    FromArrays,
    IF_curr_exp,
    Network,
    Normal,
    OneShotHebb,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

# ---- parts


def sized(*sizes, targets=True, **project):
    """Neurons of these sizes, each projecting onto the next."""
    net = Network(1.0)
    for k, size in enumerate(sizes):
        net.population(f"p{k}", size, IF_curr_exp())
    for k in range(1, len(sizes) if targets else 0):
        net.project(f"p{k - 1}", f"p{k}", FromArrays([], []), **project)
    return net


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("sizes", [(1, 1), (255, 256), (257, 1000), (5000, 3), (3, 65_536), (3, 65_537), (1, 300_000)])
def test_parts_are_whole_blocks(sizes, threads):
    """They cover each population, are a multiple of the threads, and no part has more targets than 16 bits index."""
    bounds = part_bounds(sized(*sizes), threads)
    assert bounds.shape == (len(bounds), 2)
    assert (len(bounds) - 1) % threads == 0
    assert (bounds[0] == 0).all()
    assert bounds[-1].tolist() == list(sizes)
    assert (np.diff(bounds, axis=0) >= 0).all()
    inner = bounds[:-1]
    assert ((inner % at.BLOCK == 0) | (inner == bounds[-1])).all()
    assert np.diff(bounds[:, 1]).max() <= MOST_TARGETS
    assert len(bounds) - 1 == threads * -(-max(1, -(-sizes[1] // MOST_TARGETS)) // threads)
    for p, size in enumerate(sizes):  # as even as blocks allow
        blocks = np.diff(-(-bounds[:, p] // at.BLOCK))
        assert blocks.max() - blocks.min() <= 1, size


SHAPES = [(1000, np.float32), ((3, 7), np.float64), (0, np.int16), ((2, 0), np.uint32)]


@pytest.mark.parametrize(("shape", "dtype"), SHAPES)
def test_arrays_of_the_engine_begin_on_a_cache_line(shape, dtype):
    array = aligned_zeros(shape, dtype)
    assert (array.shape, array.dtype) == (np.zeros(shape).shape, dtype)
    assert array.size == 0 or array.ctypes.data % ALIGNMENT == 0
    assert not array.any()
    copy = aligned(np.arange(9).reshape(3, 3), dtype)
    assert copy.ctypes.data % ALIGNMENT == 0
    assert copy.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_sources_and_rules_that_need_one_place():
    """Trains given as data stay in the first part; one-shot Hebb keeps a network in one."""
    net = sized(1000, 1000)
    net.population("trains", 1000, SpikeSourceArray())
    net.population("poisson", 200_000, SpikeSourcePoisson())
    bounds = part_bounds(net, 3)
    assert bounds[:, 2].tolist() == [0, 1000, 1000, 1000]
    assert len(bounds) == 4  # sources are no targets, however many
    assert len(part_bounds(sized(1000, 1000, plasticity=OneShotHebb()), 3)) == 2
    assert len(part_bounds(sized(1000, 1000, plasticity=SpikePairSTDP()), 3)) == 4


# ---- synapses


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_weights_come_and_go_in_the_connectors_order(threads):
    """However they are stored: by part, source, delay and target; several between two neurons too."""
    rng = np.random.default_rng(0)
    n, count = 300, 500
    pre, post = rng.integers(0, 20, count), rng.integers(0, n, count)
    pre[:40], post[:40] = pre[40:80], post[40:80]
    net = add_ballast(Network(1.0))
    net.population("in", 20, SpikeSourceArray())
    net.population("out", n, IF_curr_exp())
    listed = FromArrays(pre, post)
    for name, connector, size in (("listed", listed, count), ("all", AllToAll(), 20 * n)):
        for delay in (1.0, rng.integers(1, 9, size) * 1.0):
            for rule in (None, SpikePairSTDP(w_max=6000.0)):
                label = f"{name} {np.ndim(delay)} {rule is None}"
                net.project("in", "out", connector, weight=np.arange(size), delay=delay, plasticity=rule, name=label)
    simulation = Simulation(net, threads=threads)
    assert simulation.plan.parts == threads
    for name in list(net.projections)[1:]:
        size = count if name.startswith("listed") else 20 * n
        assert simulation.weights(name).tolist() == list(range(size)), name
        simulation.set_weights(name, np.arange(size)[::-1] / 4)
        assert simulation.weights(name).tolist() == (np.arange(size)[::-1] / 4).tolist(), name


@pytest.mark.parametrize("connector", [FixedProbability(0.1), FixedInDegree(7), FixedTotalNumber(900)], ids=repr)
def test_drawn_synapses_do_not_depend_on_the_parts(connector):
    net = add_ballast(Network(1.0))
    net.population("in", 30, SpikeSourceArray())
    net.population("out", 800, IF_curr_exp())
    given = {"weight": Normal(2.0, 0.5), "delay": Normal(4.0, 1.0)}
    net.project("in", "out", connector, **given, name="drawn")
    whole, cut = (Simulation(net, threads=threads, seed=3) for threads in (1, 3))
    assert whole.weights("drawn").tobytes() == cut.weights("drawn").tobytes()
    (entry, *_), pieces = whole.plan.pieces(1), cut.plan.pieces(1)
    assert len(pieces) == 3

    def synapses(plan, piece):
        """Set of (pre, post, weight, delay)."""
        start = plan.synapses.row_start[piece[at.ROW] : piece[at.ROW] + piece[at.ROWS] + 1]
        size = start[-1] - start[0]
        columns = (
            np.repeat(np.arange(30), np.diff(start)),
            plan.synapses.target[start[0] : start[-1]] + piece[at.LOW],
            plan.synapses.weight[piece[at.WEIGHT] : piece[at.WEIGHT] + size],
            stored_delays(plan.synapses, piece),
        )
        return set(zip(*map(np.ndarray.tolist, columns), strict=True))

    parts = [synapses(cut.plan, piece) for piece in pieces]
    assert set.union(*parts) == synapses(whole.plan, entry)
    assert min(map(len, parts)) > 100
    assert not parts[0] & parts[1]


def test_a_schedule_is_chosen_by_the_number_of_plastic_synapses(monkeypatch):
    """Of the whole network, expected or exact."""

    def rules(fit):
        monkeypatch.setattr(wiring, "COLUMNS_FIT", fit)
        net = Network(1.0)
        net.population("in", 10, SpikeSourceArray())
        net.population("out", 50, IF_curr_exp())
        net.project("in", "out", FixedProbability(0.5), plasticity=SpikePairSTDP())  # 250 expected
        net.project("in", "out", AllToAll(), plasticity=SpikePairSTDP())
        net.project("in", "out", AllToAll())
        return Simulation(net).plan.synapses.table[:, [at.RULE, at.STREAMED]].tolist()

    assert rules(750) == [[at.IMMEDIATE, 0], [at.IMMEDIATE, 0], [at.STATIC, 0]]
    assert rules(749) == [[at.IMMEDIATE, 1], [at.IMMEDIATE, 1], [at.STATIC, 0]]


# ---- pace


def test_pace_doubles_and_halves_the_steps_per_call():
    """By the clock: calls of a tenth of a second at most, however long a step takes."""
    measured = pace.Pace(1)
    for _ in range(20):
        assert measured.next() == 1
        measured.measured(1, measured.steps, measured.steps * 1e-3)
    assert 25 <= measured.steps <= 100
    for _ in range(20):
        measured.measured(1, measured.steps, measured.steps * 1.0)
    assert measured.steps == 1
    measured.measured(1, 0, 0.0)
    measured.steps = 64
    measured.measured(1, 10, 1e-6)  # a call cut short says nothing
    assert measured.steps == 64


@pytest.mark.parametrize(("one", "many", "best"), [(1.0, 0.5, 3), (0.5, 1.0, 1)])
def test_pace_keeps_the_faster_number_of_threads(one, many, best):
    """And tries the other now and then, so that it finds out when the cores are free again."""
    measured = pace.Pace(3)

    def choices(count, cost):
        taken = []
        for _ in range(count):
            taken.append(measured.next())
            measured.measured(taken[-1], 10, 10 * cost[taken[-1]])
        return taken

    first = choices(200, {1: one, 3: many})
    assert set(first) == {1, 3}
    assert first.count(best) > 180
    later = choices(600, {1: many, 3: one})
    assert later[-100:].count(4 - best) > 85

"""The promise: same description, seed, dtype and version give the same bits, however the run is made.

For any number of threads, any splitting of run calls, any recording, either schedule of immediate STDP. Compared is the
SHA-256 of all there is: spikes, state, what is on its way, traces and weights.
"""

import hashlib

import numpy as np
import pytest

from networks import ORDERS, RULES, add_ballast, add_noise, random_network, raster, same_bits
from neuromem.engine import Simulation, pace, simulate, wiring
from neuromem.engine import simulation as engine
from neuromem.kernels import layout as at
from neuromem.network import (
    FixedInDegree,
    FixedProbability,
    FixedTotalNumber,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    Normal,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

STEPS = 1000
CASES = [("pynn", "float64"), ("spinnaker", "float64"), ("pynn", "float32"), ("brian2", "float32")]


@pytest.fixture(autouse=True)
def every_thread_runs(monkeypatch):
    """As many threads as asked for in every call, on however few cores."""
    monkeypatch.setattr(engine, "cores", lambda: 4)
    monkeypatch.setattr(pace.Pace, "next", lambda self: self.most)


def busy(order="pynn"):
    """A network in three blocks of neurons and more, with every kind of synapse and of noise but the one-shot rule."""
    rng = np.random.default_rng(5)
    net = add_ballast(Network(0.5, order))
    times = rng.choice(STEPS, 300, replace=False)
    net.population("array", 6, SpikeSourceArray(times * 0.5, rng.integers(0, 6, times.size)))
    net.population("poisson", 300, SpikeSourcePoisson(rng.uniform(0, 60, 300), start=20.0, duration=400.0))
    limits = {"v_rest": -65.0, "v_reset": -66.0, "v_thresh": -60.0, "tau_m": 8.0, "cm": 2.0, "tau_refrac": 2.0}
    net.population("exp", 600, IF_curr_exp(**limits, tau_syn_E=3.0), {"v": rng.uniform(-66, -61, 600)})
    net.population("mixed", 280, IF_curr_exp(**limits | {"tau_m": rng.uniform(5, 12, 280)}))
    net.population("delta", 400, IF_curr_delta(**limits))
    net.current("exp", [0.0, 90.0, 300.0], [0.2, 0.6, 0.1])
    net.current("exp", [50.0], [0.5], ids=[0, 260, 599])
    add_noise(net, "exp", means=(1.5, 0.01, 20.0), weights=(0.2, 2.0, 0.02))
    add_noise(net, "mixed", ("inhibitory",), (0.3,), (0.25,))
    now = SpikePairSTDP(12.0, 15.0, 0.06, 0.05, w_max=1.7)
    later = SpikePairSTDP(9.0, 17.0, 0.05, 0.045, w_max=1.3, update="deferred")
    pre, post = rng.integers(0, 400, 1800), rng.integers(0, 600, 1800)
    net.project("array", "exp", FixedProbability(0.2), weight=1.1, delay=1.0)
    net.project("array", "delta", FixedProbability(0.2, procedural=True), weight=4.0, delay=3.0)
    net.project("exp", "mixed", FixedInDegree(9), weight=Normal(1.3, 0.5), delay=Normal(3.0, 2.0))
    net.project("mixed", "delta", FixedTotalNumber(1800), weight=Normal(1.3, 0.5), delay=2.5)
    net.project(
        "delta", "exp", FromArrays(pre, post), weight=rng.uniform(0, 1, 1800), delay=rng.integers(1, 12, 1800) * 0.5
    )
    net.project("exp", "exp", FixedProbability(0.01), weight=0.5, delay=5.0, receptor="inhibitory")
    net.project("poisson", "exp", FixedProbability(0.05), weight=0.9, delay=1.5, plasticity=now)
    net.project("exp", "delta", FixedInDegree(12), weight=0.4, delay=Normal(4.0, 1.0), plasticity=now)
    net.project("poisson", "mixed", FixedProbability(0.05), weight=0.9, delay=2.0, plasticity=later)
    net.project("mixed", "mixed", FixedTotalNumber(800), weight=0.4, delay=Normal(4.0, 1.0), plasticity=later)
    return net


def fingerprint(simulation, spikes=True):
    """SHA-256 of each thing there is, by name, in an order that does not depend on how the network is cut."""
    network, plan, seen = simulation.network, simulation.plan, {"ring": [simulation.plan.neurons.ring]}
    for name, population in network.populations.items():
        if spikes:
            seen[f"{name} spikes"] = [np.array(raster(simulation.result(), name), np.int64)]
        for variable in () if population.is_source else (*population.neuron.model.state, "waiting"):
            seen[f"{name} {variable}"] = [simulation.state(name, variable)]
    for number, (name, projection) in enumerate(network.projections.items()):
        if not getattr(projection.connector, "procedural", False):
            seen[f"{name} weights"] = [simulation.weights(name)]
        for piece in plan.pieces(number) if projection.plasticity else ():
            rows = slice(piece[at.PLASTIC_ROW], piece[at.PLASTIC_ROW] + piece[at.ROWS])
            traces = plan.plastic.pre_trace[rows]  # every part has its own copy
            assert traces.tobytes() == seen.setdefault(f"{name} pre traces", [traces])[0].tobytes()
            after = seen.setdefault(f"{name} post traces", [])
            for post in range(piece[at.PLASTIC_POST], piece[at.PLASTIC_POST] + piece[at.HIGH] - piece[at.LOW]):
                waiting = slice(plan.plastic.history_count[post])
                after += [plan.plastic.post_trace[post : post + 1], plan.plastic.history_step[post, waiting]]
                after += [plan.plastic.history_trace[post, waiting]]
    return {
        name: hashlib.sha256(b"".join(map(np.ndarray.tobytes, arrays))).hexdigest() for name, arrays in seen.items()
    }


def ran(net, dtype="float64", splits=(STEPS,), **options):
    simulation = Simulation(net, seed=9, dtype=dtype, **options)
    for count in splits:
        simulation.run(count * net.dt)
    return simulation


@pytest.fixture(scope="module")
def references():
    """case -> (fingerprint, fingerprint without spikes, Result) of one run on one thread."""
    return {}


@pytest.fixture(params=CASES, ids=" ".join)
def case(request, references):
    """(network, dtype, and the three of its reference)."""
    order, dtype = request.param
    net = busy(order)
    if request.param not in references:
        simulation = ran(net, dtype)
        whole = fingerprint(simulation), fingerprint(simulation, spikes=False)
        references[request.param] = *whole, simulation.result()
    return net, dtype, *references[request.param]


# ---- the same bits


def test_the_reference_is_busy():
    """Everything takes part in the compared runs, or the comparisons would say little."""
    net = busy()
    before = ran(net, splits=())
    simulation = ran(net)
    spikes = simulation.result().spikes
    assert min(len(spikes[name]) for name in ("poisson", "exp", "mixed", "delta")) > 500
    for name, projection in net.projections.items():
        if projection.plasticity and before.weights(name).size:
            weights = simulation.weights(name)
            assert (weights != before.weights(name)).mean() > 0.3, name
            bound = projection.plasticity.w_max
            assert ((weights > 0) & (weights < bound)).mean() > 0.1, name


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_any_number_of_threads(case, schedule, threads):
    net, dtype, want, *_ = case
    simulation = ran(net, dtype, threads=threads)
    assert simulation.plan.parts == threads
    table = simulation.plan.synapses.table
    assert (table[table[:, at.RULE] == at.IMMEDIATE, at.STREAMED] == (schedule == "rows")).all()
    assert fingerprint(simulation) == want


@pytest.mark.parametrize(("splits", "threads"), [([100] * 10, 2), ([1, 0, 330, 7, 2, 600, 59, 1], 3)])
def test_any_splitting(case, schedule, splits, threads):
    net, dtype, want, *_ = case
    assert fingerprint(ran(net, dtype, splits, threads=threads)) == want


def test_stopping_at_spikes(case):
    """Runs that end when a population spikes: wherever that is, nothing is lost and nothing is done twice."""
    net, dtype, want, *_ = case
    simulation, stops = Simulation(net, seed=9, dtype=dtype, threads=2), 0
    while simulation.step < STEPS:
        stops += simulation.run_steps(STEPS - simulation.step, until="array")
    assert stops == len(simulation.result().spikes["array"])  # one spike in a step at most
    assert fingerprint(simulation) == want


@pytest.mark.parametrize(("record", "threads"), [(None, 2), (["mixed", "poisson"], 1), ("exp", 3)])
def test_any_recording(case, record, threads):
    """Of spikes: the state is the same, and so are the spikes that are recorded."""
    net, dtype, _, want, whole = case
    simulation = ran(net, dtype, record=record, threads=threads)
    assert fingerprint(simulation, spikes=False) == want
    for name, spikes in simulation.result().spikes.items():
        assert raster(simulation.result(), name) == raster(whole, name)
        assert len(spikes) > 0


def test_any_probing(case, schedule):
    """Weight probes apply what waits; what follows is the same to the last bit."""
    net, dtype, want, *_ = case
    for name, projection in net.projections.items():
        if not getattr(projection.connector, "procedural", False):
            net.probe(name, "weight", every=7.5)
    net.probe("exp", "v", every=1.5)
    simulation = ran(net, dtype, threads=2)
    assert fingerprint(simulation) == want
    assert len(simulation.result().traces["exp.v"].times) == 334


def test_learning_switched_off_for_a_while(monkeypatch):
    """What was learned until then is sent, and nothing of the pause is learned later: looked at or not, either way."""

    def paused(fit, threads, looks):
        monkeypatch.setattr(wiring, "COLUMNS_FIT", fit)
        simulation, seen = Simulation(net, seed=9, threads=threads), []
        for count, learning in ((300, True), (200, False), (150, False), (200, True)):
            simulation.learning = learning
            for _ in range(10):
                simulation.run_steps(count // 10)
                seen += [simulation.weights(name) for name in plastic if looks or not learning]
        return fingerprint(simulation), seen

    net = busy()
    plastic = [name for name, projection in net.projections.items() if projection.plasticity]
    want, seen = paused(1 << 22, 1, False)
    pause = np.array([np.concatenate(seen[k : k + len(plastic)]) for k in range(0, len(seen), len(plastic))])
    assert len(pause) == 20
    assert (pause == pause[0]).all()
    assert (np.concatenate([Simulation(net, seed=9).weights(name) for name in plastic]) != pause[0]).mean() > 0.3
    for options in ((1 << 22, 2, True), (-1, 1, False), (-1, 2, True)):
        assert paused(*options)[0] == want, options
    always = ran(net, splits=[850])
    assert fingerprint(always)["poisson->exp weights"] != want["poisson->exp weights"]


def test_a_description_is_not_changed_by_its_run():
    """Two runs of one network, weights given as arrays, learn the same."""
    net = Network(1.0)
    net.population("in", 2, SpikeSourceArray([1.0, 5.0, 9.0]))
    net.population("out", 1, IF_curr_delta(v_thresh=-64.0))
    for weight in (np.full((2, 1), 2.0), np.full((2, 1), 2.0, np.float32), 2.0):
        net.project("in", "out", weight=weight, plasticity=SpikePairSTDP(w_max=9.0), delay=1.0)
    first, second = (ran(net, splits=[20]) for _ in range(2))
    for name, projection in net.projections.items():
        assert (np.asarray(projection.weight) == 2.0).all()
        assert (first.weights(name) != 2.0).any()
    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize("order", ORDERS)
def test_the_one_shot_rule_too(order):
    """Networks with it are one part, whatever the threads."""
    net = random_network(11, order, 7, RULES, steps=100)
    want = simulate(net, 100 * net.dt, seed=5)
    assert same_bits(simulate(net, 100 * net.dt, seed=5, threads=4), want)
    for chunks in ([1] * 100, [0, 33, 0, 66, 1, 0]):
        simulation = Simulation(net, seed=5, record=["exp"])
        for count in chunks:
            simulation.run(count * net.dt)
        assert raster(simulation.result(), "exp") == raster(want, "exp")
        assert simulation.result().duration == pytest.approx(want.duration)


def test_parts_that_never_have_to_meet():
    """Without a projection the parts are held together by nothing but what is recorded."""
    net = Network(1.0)
    net.population("p", 600, SpikeSourcePoisson(100.0))
    want = simulate(net, 3000.0, seed=1)
    for threads in (2, 4):
        assert same_bits(simulate(net, 3000.0, seed=1, threads=threads), want)
    plan = Simulation(net, threads=2).plan
    assert plan.spiking.id.shape[0] >= 2 * plan.span  # one part may be a stretch of steps ahead of the other


def test_the_seed_matters():
    net = busy()
    want = ran(net, splits=[100]).result()
    for seed in (8, 9 + 2**40):
        other = simulate(net, 50.0, seed=seed)
        for name in ("poisson", "exp"):
            assert raster(other, name) != raster(want, name)


# ---- a population of more than 65,536


def test_a_population_that_no_16_bits_can_index():
    """Two parts on one thread: every neuron gets its own spike, and all bits are those of three threads."""
    size = 70_000
    rng = np.random.default_rng(2)
    net = add_ballast(Network(1.0))
    listed = np.unique(np.concatenate([[0, 65_535, 65_536, size - 1], rng.integers(0, size, 300)]))
    when = rng.integers(0, 10, listed.size)
    net.population("in", listed.size, SpikeSourceArray(when, range(listed.size)))
    net.population("out", size, IF_curr_delta(v_thresh=-50.0, tau_refrac=1.0))
    places = rng.permutation(listed.size)  # listed in no order, with delays of their own
    delay = rng.integers(1, 6, listed.size)
    net.project("in", "out", FromArrays(places, listed[places]), weight=20.0, delay=delay * 1.0, name="one")
    net.project("in", "out", FixedTotalNumber(5000), weight=Normal(0.2, 0.1), delay=3.0, name="drawn")
    net.project("in", "out", FixedProbability(0.01, procedural=True), weight=0.1, delay=4.0)
    net.project("out", "out", FixedTotalNumber(20_000), weight=0.1, delay=2.0, plasticity=SpikePairSTDP(w_max=2.0))
    whole = ran(net, splits=[25])
    assert whole.plan.parts == 2
    want = sorted(zip((when[places] + delay).tolist(), listed[places].tolist(), strict=True))
    assert raster(whole.result(), "out") == want
    threaded = ran(net, splits=[25], threads=3)
    assert threaded.plan.parts == 3
    assert fingerprint(threaded) == fingerprint(whole)
    assert threaded.weights("one").size == listed.size


# ---- relabelling and silence


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_relabelling_neurons_relabels_the_result(dtype, schedule):
    """Across parts, with parameters per neuron, and with weights whose sums are exact in any order.

    Learned weights are not; they go to neurons that spike for another reason.
    """
    rng = np.random.default_rng(3)
    n, synapses = 300, 2500
    new = rng.permutation(n)  # neuron i is called new[i]
    old = np.argsort(new)
    pre, post = rng.integers(0, n, (2, synapses))
    weight, delay = rng.integers(1, 9, synapses) / 8, rng.integers(1, 6, synapses) * 1.0
    drive = rng.integers(2, 12, n) / 4
    times, ids = np.unique(rng.integers(0, (60, n), (900, 2)), axis=0).T
    rules = {update: SpikePairSTDP(3.0, 4.0, 0.5, 0.4, w_max=2.0, update=update) for update in RULES[:2]}

    def run(label, drive, threads):
        net = add_ballast(Network(1.0))
        net.population("in", n, SpikeSourceArray(times, label[ids]))
        net.population("out", n, IF_curr_exp(tau_m=5.0, cm=np.full(n, 1.0), v_thresh=-60.0, i_offset=drive))
        net.population("taught", n, IF_curr_delta(v_rest=0.0, v_reset=0.0, v_thresh=1e5))
        add_noise(net, "out", ("inhibitory",))
        net.project("in", "out", FromArrays(label[pre], label[post]), weight=weight, delay=delay)
        net.project("out", "out", FromArrays(label[post], label[pre]), weight=weight / 8, delay=2.0)
        net.project("in", "taught", FromArrays(label, label), weight=1e6)
        for name, rule in rules.items():
            given = {"weight": weight, "delay": delay, "plasticity": rule, "name": name}
            net.project("out", "taught", FromArrays(label[pre], label[post]), **given)
        simulation = Simulation(net, threads=threads, dtype=dtype)
        simulation.run(80.0)
        return simulation

    a, b = run(np.arange(n), drive, 1), run(new, drive[old], 3)
    for name in ("out", "taught"):
        moved = sorted((step, int(new[i])) for step, i in raster(a.result(), name))
        assert moved == raster(b.result(), name)
        assert len(moved) > 200
    np.testing.assert_array_equal(a.state("out", "v"), b.state("out", "v")[new])
    for name in rules:
        np.testing.assert_array_equal(a.weights(name), b.weights(name))
        assert len(np.unique(a.weights(name))) > 100


def test_silence_changes_nothing(case):
    """A silent population added last, with synapses from and to it; its neurons and synapses are all there is more."""
    net, dtype, *_ = case
    want = ran(net, dtype, splits=[200])
    more = net.copy()
    more.population("silent", 200, IF_curr_exp())
    more.project("silent", "exp", FixedProbability(0.5), weight=9.0)
    more.project("exp", "silent", FixedInDegree(2), weight=1e-3, delay=7.0)
    more.project("silent", "mixed", FixedInDegree(2), weight=9.0, delay=Normal(3.0, 1.0), plasticity=SpikePairSTDP())
    got = ran(more, dtype, splits=[200], threads=2)
    for name, population in net.populations.items():
        assert raster(got.result(), name) == raster(want.result(), name)
        for variable in () if population.is_source else population.neuron.model.state:
            assert got.state(name, variable).tobytes() == want.state(name, variable).tobytes()
    for name, wires in net.projections.items():
        if not getattr(wires.connector, "procedural", False):
            assert got.weights(name).tobytes() == want.weights(name).tobytes()


@pytest.mark.parametrize("order", ORDERS)
def test_silent_neurons_change_nothing(order):
    """Before and after the others, in a population of more, and without the ballast: another compiled loop."""

    def run(ballast, extra, size):
        net = add_ballast(Network(1.0, order)) if ballast else Network(1.0, order)
        if extra == "before":
            net.population("silent", 3, IF_curr_exp())
        net.population("in", 2, SpikeSourceArray([1.0, 2.0, 7.0, 8.0], [0, 1, 0, 1]))
        net.population("out", size, IF_curr_exp(tau_m=5.0, v_thresh=-63.0))
        pairs = FromArrays([0, 1, 1], [0, 1, 0])
        net.project("in", "out", pairs, weight=6.0)
        net.probe("out", "v", ids=[0, 1])
        return simulate(net, 30.0)

    want = run(True, None, 2)
    assert len(want.spikes["out"]) > 3
    for given in ((True, "before", 2), (True, None, 200), (False, None, 2)):
        got = run(*given)
        assert raster(got, "out") == raster(want, "out"), given
        np.testing.assert_array_equal(got.traces["out.v"].values, want.traces["out.v"].values)


# ---- any checkpoint: the tests of `save` and `load` belong here, with `fingerprint` and `case`

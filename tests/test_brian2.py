"""The `pynn` order against Brian2, with connectivity, parameters, inputs and initial state shared.

Brian2 differs in three conventions, none of which is physics. Its refractory period counts from the start of the step
in which the neuron fires, so that `tau_refrac + dt` there is `tau_refrac` here. Its synapses run after its thresholds,
which makes no difference to currents, but jumps of the potential (delta synapses) are tested a step late: for those the
synapses are scheduled first, when they see the spikes of the step before, so that delays are one step shorter. And its
weights are doubles: they get our float32 ones.
"""

import numpy as np
import pytest

from neuromem import simulate
from neuromem.network import FromArrays, IF_curr_delta, IF_curr_exp, Network, SpikeSourceArray

DT = 0.1
MS = 1e-3

# Rates and not time constants, which Brian2's symbolic solver takes far longer to solve.
CURRENT = """
dv/dt = rate*(v_inf + resistance*(i_e - i_i) - v) : 1 (unless refractory)
di_e/dt = -rate_e*i_e : 1
di_i/dt = -rate_i*i_i : 1
resistance : 1 (constant)
rate_e : Hz (constant)
rate_i : Hz (constant)
"""
DELTA = "dv/dt = rate*(v_inf - v) : 1 (unless refractory)\n"
SHARED = """
v_inf : 1 (constant)
v_reset : 1 (constant)
v_thresh : 1 (constant)
rate : Hz (constant)
wait : second (constant)
"""


SOLUTIONS = {}


def exact(equations, variables=None, method_options=None):
    """Brian2's own exact solution of the equations, solved once: that takes seconds."""
    from brian2.stateupdaters import exact as solve

    key = str(equations)
    if key not in SOLUTIONS:
        SOLUTIONS[key] = solve(equations, variables, method_options)
    return SOLUTIONS[key]


def in_brian2(brian2, model, groups, wires, trains, duration):
    """Run groups of neurons in Brian2.

    groups: name -> dict of per-neuron parameters in ms, mV, nF, nA, with the initial `v`
    wires: (pre, post, pre ids, post ids, weights, delays in steps, receptor); pre "in" is the input
    trains: (times in steps, ids, size) of the input    Returns name -> set of (step, neuron).
    """
    second = brian2.second
    delta = model is IF_curr_delta
    clock = brian2.Clock(dt=DT * MS * second)
    schedule = ["start", "groups", "thresholds", "synapses", "resets", "end"]
    if delta:
        schedule[2:4] = ["synapses", "thresholds"]
    network = brian2.Network()
    network.schedule = schedule
    when, who, size = trains
    p = {key: np.concatenate([group[key] for group in groups.values()]) for key in next(iter(groups.values()))}
    every = brian2.NeuronGroup(  # one, because its equations are solved anew for each
        p["v"].size,
        (DELTA if delta else CURRENT) + SHARED,
        threshold="v >= v_thresh",
        reset="v = v_reset",
        refractory="wait",
        method=exact,
        clock=clock,
    )
    resistance = p["tau_m"] / p["cm"]
    every.v, every.v_reset, every.v_thresh = p["v"], p["v_reset"], p["v_thresh"]
    every.v_inf = p["v_rest"] + resistance * p["i_offset"]
    every.rate = 1 / (p["tau_m"] * MS * second)
    every.wait = (p["tau_refrac"] + DT) * MS * second
    if not delta:
        every.resistance = resistance
        every.rate_e, every.rate_i = 1 / (p["tau_syn_E"] * MS * second), 1 / (p["tau_syn_I"] * MS * second)
    monitor = brian2.SpikeMonitor(every)
    made = {"in": brian2.SpikeGeneratorGroup(size, who, when * DT * MS * second, clock=clock)}
    first = dict(zip(groups, np.cumsum([0, *(group["v"].size for group in groups.values())]).tolist()))
    for name, group in groups.items():
        made[name] = every[first[name] : first[name] + group["v"].size]
    synapses = []
    for pre, post, i, j, weight, delay, receptor in wires:
        sign = "+" if receptor == "excitatory" else "-"
        target = f"i_{receptor[0]}_post += w" if not delta else f"v_post {sign}= w*int(not_refractory_post)"
        wire = brian2.Synapses(made[pre], made[post], "w : 1 (constant)", on_pre=target, clock=clock)
        wire.connect(i=i, j=j)
        wire.w = weight.astype(np.float32).astype(float)
        wire.delay = (delay - delta) * DT * MS * second
        synapses.append(wire)
    network.add(made["in"], every, monitor, *synapses)
    network.run(duration * MS * second, namespace={})
    step, who = np.rint(np.asarray(monitor.t / second) / (DT * MS)).astype(int), np.asarray(monitor.i)
    found = {}
    for name, group in groups.items():
        here = (who >= first[name]) & (who < first[name] + group["v"].size)
        found[name] = set(zip(step[here].tolist(), (who[here] - first[name]).tolist()))
    return found


def in_neuromem(model, groups, wires, trains, duration):
    """The same, here."""
    network = Network(dt=DT, order="pynn")
    when, who, size = trains
    network.population("in", size, SpikeSourceArray(when * DT, who))
    for name, p in groups.items():
        parameters = {key: value for key, value in p.items() if key in model.parameters}
        network.population(name, p["v"].size, model(**parameters), initial={"v": p["v"]})
    for pre, post, i, j, weight, delay, receptor in wires:
        network.project(pre, post, FromArrays(i, j), weight=weight, delay=delay * DT, receptor=receptor)
    spikes = simulate(network, duration).spikes
    return {
        name: set(zip(np.rint(spikes[name].times / DT).astype(int).tolist(), spikes[name].ids.tolist()))
        for name in groups
    }


def neurons(size, rng):
    """Individual parameters of `size` neurons; refractory periods from none to 3 ms."""
    return {
        "v": rng.uniform(-66, -58, size),
        "v_rest": rng.uniform(-66, -64, size),
        "v_reset": rng.uniform(-70, -65, size),
        "v_thresh": rng.uniform(-56, -54, size),
        "i_offset": rng.uniform(0, 0.3, size),
        "tau_m": rng.uniform(8, 25, size),
        "cm": rng.uniform(0.2, 1.0, size),
        "tau_refrac": rng.choice([0.0, 0.1, 0.5, 2.0, 3.0], size),
        "tau_syn_E": rng.uniform(1, 7, size),
        "tau_syn_I": rng.uniform(2, 7, size),
    }


def random_wires(pre, post, sizes, chance, strength, receptor, rng):
    i, j = np.nonzero(rng.random((sizes[pre], sizes[post])) < chance)
    return pre, post, i, j, rng.uniform(0.1, 1, i.size) * strength, rng.integers(1, 60, i.size), receptor


def feed_forward(model, duration, seed):
    """Input -> A -> B, and input -> B, with excitation and inhibition, many weights and delays."""
    rng = np.random.default_rng(seed)
    sizes = {"in": 60, "A": 40, "B": 30}
    steps = round(duration / DT)
    when, who = np.nonzero(rng.random((steps, sizes["in"])) < 0.01)  # 100 per second each
    groups = {name: neurons(sizes[name], rng) for name in ("A", "B")}
    scale = 0.2 if model is IF_curr_exp else 1.2
    wires = [
        random_wires("in", "A", sizes, 0.4, scale, "excitatory", rng),
        random_wires("in", "A", sizes, 0.2, scale, "inhibitory", rng),
        random_wires("in", "B", sizes, 0.2, scale, "inhibitory", rng),
        random_wires("A", "B", sizes, 0.6, scale if model is IF_curr_exp else 2 * scale, "excitatory", rng),
        random_wires("A", "B", sizes, 0.2, scale, "inhibitory", rng),
    ]
    return model, groups, wires, (when, who, sizes["in"]), duration


def full_second(quick):
    return pytest.mark.parametrize("duration", [quick, pytest.param(1000.0, marks=pytest.mark.slow)])


@full_second(quick=100.0)
@pytest.mark.parametrize("model", [IF_curr_exp, IF_curr_delta], ids=repr)
def test_feed_forward_networks_fire_at_identical_times(brian2, model, duration):
    case = feed_forward(model, duration, seed=1)
    ours, theirs = in_neuromem(*case), in_brian2(brian2, *case)
    print({name: len(spikes) for name, spikes in ours.items()})
    for name, (low, high) in {"A": (5, 150), "B": (5, 150)}.items():
        rate = len(ours[name]) / case[1][name]["v"].size / (duration * MS)
        assert low < rate < high, "a network that tests something"
        assert ours[name] == theirs[name], name


# Recurrent networks

NEURONS, EXCITATORY, SEEDS = 400, 320, 10


def recurrent(duration):
    """Ten sparse balanced networks of 400 neurons side by side, after the CUBA benchmark of Brette et al. (2007)."""
    total = NEURONS * SEEDS
    cell = {"v_rest": -49.0, "v_reset": -60.0, "v_thresh": -50.0, "i_offset": 0.0, "tau_m": 20.0, "cm": 1.0}
    cell |= {"tau_refrac": 5.0, "tau_syn_E": 5.0, "tau_syn_I": 10.0}
    group = {key: np.full(total, value) for key, value in cell.items()}
    group["v"] = np.empty(total)
    wires = {"excitatory": [], "inhibitory": []}
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        here = slice(seed * NEURONS, (seed + 1) * NEURONS)
        group["v"][here] = rng.uniform(-60, -50, NEURONS)
        i, j = np.nonzero(rng.random((NEURONS, NEURONS)) < 0.2)
        delay = rng.integers(1, 20, i.size)
        for receptor, chosen in (("excitatory", i < EXCITATORY), ("inhibitory", i >= EXCITATORY)):
            wires[receptor].append((i[chosen] + here.start, j[chosen] + here.start, delay[chosen]))
    listed = []
    for receptor, weight in (("excitatory", 1.62 / 20), ("inhibitory", 9.0 / 20)):  # mV of the benchmark, in nA
        i, j, delay = (np.concatenate(part) for part in zip(*wires[receptor]))
        listed.append(("A", "A", i, j, np.full(i.size, weight), delay, receptor))
    nothing = (np.zeros(0, int), np.zeros(0, int), 1)
    return IF_curr_exp, {"A": group}, listed, nothing, duration


@full_second(quick=150.0)
def test_recurrent_networks_fire_at_the_same_rate(brian2, duration):
    case = recurrent(duration)
    ours, theirs = in_neuromem(*case)["A"], in_brian2(brian2, *case)["A"]
    early = round(20.0 / DT)
    assert {spike for spike in ours if spike[0] < early} == {spike for spike in theirs if spike[0] < early}
    rates = np.zeros((2, SEEDS))
    for row, spikes in zip(rates, (ours, theirs)):
        who = np.array([neuron for _, neuron in spikes])
        row += np.bincount(who // NEURONS, minlength=SEEDS) / NEURONS / (duration * MS)
    a, b = rates.mean(axis=1)
    shared = len(ours & theirs) / len(ours | theirs)
    print(f"{a:.3f} and {b:.3f} per second, {shared:.1%} of all spikes identical")
    assert 2 < b < 100, "a network that tests something"
    assert a == pytest.approx(b, rel=0.02)
    assert rates[0] == pytest.approx(rates[1], rel=0.1)

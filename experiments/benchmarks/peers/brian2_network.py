"""A task as Brian2 objects: one group for all neurons, one `Synapses` per kind of projection, a spike monitor.

Numbers are plain (mV, nA, ms); only times and rates carry units, as Brian2 wants it. Brian2 counts a refractory period
from the start of the step in which the neuron fires, so it gets dt more than the others; and it tests a jump of the
potential against the threshold one step after it arrived, so that delays of delta synapses are dt shorter. Poisson
input is `PoissonInput`, which took no more time than `run_regularly` with `poisson(...)`.
"""

import numpy as np

# Rates and not time constants, which Brian2's symbolic solver takes far longer to solve.
CURRENT = "dv/dt = (v_rest - v + resistance*({input}))*per_tau_m : 1 (unless refractory)\n"
DELTA = "dv/dt = (v_rest - v)*per_tau_m : 1 (unless refractory)\n"


def build(task):
    """Return (network, monitor, list of Synapses)."""
    global b2  # not at the top: our own environment, which checks and packs this file, need not have Brian2
    import brian2 as b2

    b2.defaultclock.dt = task["dt"] * b2.ms
    group = _neurons(task)
    bounds = np.cumsum([0, *(population["size"] for population in task["populations"])]).tolist()
    parts = [group[bounds[i] : bounds[i + 1]] for i in range(len(bounds) - 1)]
    made = []
    if any(projection["weight_sd"] for projection in task["projections"]):
        made = [_drawn(task, group)]
    else:
        for projection in task["projections"]:
            post = group if projection["post"] is None else parts[projection["post"]]
            made.append(_bernoulli(task, projection, parts[projection["pre"]], post))
    inputs = []
    for part, population in zip(parts, task["populations"]):
        given = population["poisson"]
        if given:
            target = _arrival(task, False)
            inputs.append(b2.PoissonInput(part, target, given["count"], given["rate"] * b2.Hz, weight=given["weight"]))
    monitor = b2.SpikeMonitor(group)
    return b2.Network(group, *made, *inputs, monitor), monitor, made


def _neurons(task):
    given = task["neuron"]
    names = {key: given[key] for key in ("v_rest", "v_thresh", "v_reset")}
    names["resistance"] = given["tau_m"] / given["cm"]
    names |= {f"per_{key}": 1 / (given[key] * b2.ms) for key in ("tau_m", "tau_syn_e", "tau_syn_i") if given[key]}
    offsets = [population["offset"] for population in task["populations"]]
    driven = " + offset" if any(offsets) else ""
    equations = DELTA
    if task["model"] == "curr_exp":
        if _one_current(task):
            equations = CURRENT.format(input="i_e" + driven) + "di_e/dt = -i_e*per_tau_syn_e : 1\n"
        else:
            equations = CURRENT.format(input="i_e - i_i" + driven)
            equations += "di_e/dt = -i_e*per_tau_syn_e : 1\ndi_i/dt = -i_i*per_tau_syn_i : 1\n"
    equations += "offset : 1 (constant)\n" if driven else ""
    equations += "pop : integer (constant)\n" if len(offsets) > 2 else ""
    rules = [projection["stdp"] for projection in task["projections"] if projection["stdp"]]
    if rules:
        equations += "drecent/dt = -recent*per_tau : 1\n"
        names["per_tau"] = 1 / (rules[0]["tau"] * b2.ms)
    sizes = [population["size"] for population in task["populations"]]
    group = b2.NeuronGroup(
        sum(sizes),
        equations,
        threshold="v >= v_thresh",
        reset="v = v_reset\nrecent += 1" if rules else "v = v_reset",
        refractory=(given["tau_refrac"] + task["dt"]) * b2.ms,
        method="exact",
        namespace=names,
        name="neurons",
    )
    if driven:
        group.offset = np.repeat(offsets, sizes)
    if len(offsets) > 2:
        group.pop = np.repeat(np.arange(len(sizes)), sizes)
    first = 0
    for population, size in zip(task["populations"], sizes):
        kind, low, high = population["v0"]
        text = f"{low} + {high - low}*rand()" if kind == "uniform" else f"{low} + {high}*randn()"
        if len({tuple(p["v0"]) for p in task["populations"]}) == 1:
            group.v = text
            break
        group[first : first + size].v = text
        first += size
    return group


def _one_current(task):
    """Whether both receptors decay alike, so that one variable does for both."""
    return task["neuron"]["tau_syn_e"] == task["neuron"]["tau_syn_i"]


def _arrival(task, inhibitory):
    """The variable that a spike adds to."""
    if task["model"] == "curr_delta":
        return "v"
    return "i_i" if inhibitory and not _one_current(task) else "i_e"


def _bernoulli(task, projection, pre, post):
    """Every pair with one probability, one weight, one delay."""
    target = _arrival(task, projection["inhibitory"])
    sign = "-" if projection["inhibitory"] and target != "i_i" else "+"
    late = task["dt"] if target == "v" else 0.0  # a jump after this step's threshold is tested in the next
    delay = (projection["delay"] - late) * b2.ms
    if projection["stdp"]:
        synapses = _plastic(projection, pre, post, target, delay)
    else:
        action = f"{target}_post {sign}= {projection['weight']}"
        synapses = b2.Synapses(pre, post, on_pre=action, delay=delay)
    synapses.connect(p=projection["p"])
    if projection["stdp"]:
        synapses.w = projection["weight"]
    return synapses


def _plastic(projection, pre, post, target, delay):
    """Pair STDP with one trace per neuron, as both time constants are the same: far less work than traces per synapse.

    Depression comes with the arrival of the spike, after the delay, so that each row is passed through once.
    """
    rule = projection["stdp"]
    return b2.Synapses(
        pre,
        post,
        "w : 1",
        on_pre=f"""{target}_post += w
        w = clip(w - a_minus*recent_post, 0, w_max)""",
        on_post="w = clip(w + a_plus*recent_pre, 0, w_max)",
        delay={"pre": delay},
        namespace={key: rule[key] for key in ("a_plus", "a_minus", "w_max")},
    )


def _drawn(task, group):
    """All projections in one object, weights and delays drawn for each synapse from tables by population.

    A pair is joined with probability total / (pre * post): the same number of synapses on average.
    """
    sizes = [population["size"] for population in task["populations"]]
    first = np.cumsum([0, *sizes])
    tables = {key: np.zeros((len(sizes), len(sizes))) for key in ("p", "weight", "weight_sd", "delay", "delay_sd")}
    for projection in task["projections"]:
        i, j = projection["pre"], projection["post"]
        tables["p"][i, j] = projection["total"] / (sizes[i] * sizes[j])
        tables["weight"][i, j] = projection["weight"] * (-1.0 if projection["inhibitory"] else 1.0)
        for key in ("weight_sd", "delay", "delay_sd"):
            tables[key][i, j] = projection[key]
    # A function of two whole numbers, which Brian2 has in the form of a value at a time for an index.
    tables = {f"of_{key}": b2.TimedArray(table, dt=1 * b2.second) for key, table in tables.items()}
    names = {**tables, "second": b2.second, "ms": b2.ms, "dt_ms": task["dt"]}
    synapses = b2.Synapses(
        group, group, "w : 1", on_pre=f"{_arrival(task, False)}_post += w", namespace=names, name="recurrent"
    )
    for j in range(len(sizes)):
        synapses.connect(j=f"k for k in sample({first[j]}, {first[j + 1]}, p=of_p(pop_pre*second, {j}))")
    where = "(pop_pre*second, pop_post)"
    synapses.w = f"of_weight{where} + of_weight_sd{where}*randn()"
    synapses.delay = f"clip(of_delay{where} + of_delay_sd{where}*randn(), dt_ms, 1000)*ms"
    return synapses

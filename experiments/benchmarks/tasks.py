"""The benchmarks as plain numbers, read by our builder and by the scripts of the peers alike.

A task is a dict that JSON can hold:

name         of the benchmark
n            what `--n` was: neurons (ca3: cues)
dt           ms
model        "curr_exp" (exponential currents, nA) or "curr_delta" (jumps of the potential, mV)
neuron       tau_m, cm, v_rest, v_thresh, v_reset, tau_refrac, tau_syn_e, tau_syn_i; ms, nF, mV
populations  list of {name, size, v0: [kind, a, b], offset: nA, poisson: None or {count, rate: 1/s each, weight}}
projections  list of {pre, post, p or total, weight, weight_sd, delay, delay_sd, inhibitory, stdp}
             pre       index of a population
             post      index of a population, or None for all
             p         every pair with this probability; or total: so many pairs, drawn with replacement
             weight    magnitude, with weight_sd a normal distribution that stays positive
             delay     ms, with delay_sd a normal distribution that is rounded to dt and at least dt
             stdp      None or {w_max, a_plus, a_minus, tau}: additive, all pairs, clamped to 0..w_max
"""

from neuromem.errors import UsageError

DT = 0.1
"""ms"""
WARM_UP = 0.2
"""Seconds of model time before timing starts."""
SMALLEST = 1000
"""Neurons (ca3: cues)."""
LONGEST = 1e4
"""Seconds of model time."""
EXCITATORY = 0.8
"""Fraction of the neurons of CUBA and Brunel's network."""


def cuba(n):
    """Current-based network of Vogels and Abbott (J. Neurosci. 25:10786, 2005), 80 synapses per neuron.

    Benchmark 2 of Brette et al. (J. Comput. Neurosci. 23:349, 2007) at 4,000 neurons; there 2 % of the pairs.
    """
    k = 80
    return {
        "name": "cuba",
        "n": n,
        "dt": DT,
        "model": "curr_exp",
        # cm = tau_m makes 1 nA worth 1 mV: dv/dt = (i_e - i_i - (v + 49)) / 20
        "neuron": _neuron(-49.0, -50.0, -60.0, 5.0) | {"tau_syn_e": 5.0, "tau_syn_i": 10.0},
        "populations": _two(n, ["uniform", -60.0, -50.0], None),
        "projections": [
            _projection(0, None, k / n, 1.62, DT),
            _projection(1, None, k / n, 9.0, DT, inhibitory=True),
        ],
    }


def brunel(n):
    """Balanced random network (Brunel, J. Comput. Neurosci. 8:183, 2000, model A) with Poisson input to each neuron."""
    degree = 0.1 * EXCITATORY * n
    weight = 0.1 * 1000 / degree
    rate = 2 * 20.0 / (weight * 0.02)  # twice the rate that alone would bring the mean potential to threshold
    poisson = {"count": round(degree), "rate": rate / round(degree), "weight": weight}
    return {
        "name": "brunel",
        "n": n,
        "dt": DT,
        "model": "curr_delta",
        "neuron": _neuron(0.0, 20.0, 10.0, 2.0),
        "populations": _two(n, ["uniform", 0.0, 20.0], poisson),
        "projections": [
            _projection(0, None, 0.1, weight, 1.5),
            _projection(1, None, 0.1, 5 * weight, 1.5, inhibitory=True),
        ],
    }


def stdp(n):
    """Brunel's network with additive all-to-all pair STDP on every excitatory to excitatory synapse."""
    task = brunel(n)
    (excitation, inhibition), weight = task["projections"], task["projections"][0]["weight"]
    a_plus = 0.01 * 2 * weight
    rule = {"w_max": 2 * weight, "a_plus": a_plus, "a_minus": 1.05 * a_plus, "tau": 20.0}
    projections = [excitation | {"post": 0, "stdp": rule}, excitation | {"post": 1}, inhibition]
    return task | {"name": "stdp", "projections": projections}


def task(name, n):
    """The task of a network benchmark of `n` neurons."""
    from neuromem.experiments.benchmarks.microcircuit import microcircuit

    return {"cuba": cuba, "brunel": brunel, "stdp": stdp, "microcircuit": microcircuit}[name](n)


USUAL = {"cuba": 4000, "brunel": 12_500, "stdp": 5000, "microcircuit": 77_169, "ca3": 1024}
"""Every benchmark, and its size when none is asked for."""
LARGEST = {"microcircuit": 77_169, "ca3": 8000}
"""The published circuit is scaled down, not up; there are so many digits to store."""


def check(name, n=None, seconds=1.0):
    """The size to use; UsageError for a benchmark, size or model time that cannot be run."""
    if name not in USUAL:
        raise UsageError(f"there is no benchmark {name!r}; there are {', '.join(USUAL)}")
    if not 0.0 < seconds <= LONGEST:
        raise UsageError(f"--seconds must be above 0 and at most {LONGEST:g}, not {seconds:g}")
    dt = 1.0 if name == "ca3" else DT
    if abs(seconds * 1000 / dt - round(seconds * 1000 / dt)) > 1e-6:
        raise UsageError(f"--seconds of {name} must be a multiple of {dt / 1000:g}, the time step, not {seconds:g}")
    if n is None:
        return USUAL[name]
    if not SMALLEST <= n <= LARGEST.get(name, n):
        most = f" and at most {LARGEST[name]}" if name in LARGEST else ""
        raise UsageError(f"--n of {name} must be at least {SMALLEST}{most}, not {n}")
    return n


def published_rates(name):
    """Population -> (mean rate in 1/s,) where rates have been published, else nothing."""
    from neuromem.experiments.benchmarks.microcircuit import NAMES, PUBLISHED_RATES

    return {key: (rate,) for key, rate in zip(NAMES, PUBLISHED_RATES, strict=True)} if name == "microcircuit" else {}


def synapses(task):
    """Expected number of synapses."""
    sizes = [population["size"] for population in task["populations"]]
    total = 0
    for projection in task["projections"]:
        pre, post = sizes[projection["pre"]], sum(sizes) if projection["post"] is None else sizes[projection["post"]]
        total += projection["total"] if projection["p"] is None else projection["p"] * pre * post
    return round(total)


def _neuron(v_rest, v_thresh, v_reset, tau_refrac):
    shared = {"tau_m": 20.0, "cm": 20.0, "tau_syn_e": None, "tau_syn_i": None}
    return {**shared, "v_rest": v_rest, "v_thresh": v_thresh, "v_reset": v_reset, "tau_refrac": tau_refrac}


def _two(n, v0, poisson):
    excitatory = round(EXCITATORY * n)
    sizes = {"E": excitatory, "I": n - excitatory}
    return [{"name": k, "size": size, "v0": v0, "offset": 0.0, "poisson": poisson} for k, size in sizes.items()]


def _projection(pre, post, p, weight, delay, inhibitory=False):
    return {
        "pre": pre,
        "post": post,
        "p": p,
        "total": None,
        "weight": weight,
        "weight_sd": 0.0,
        "delay": delay,
        "delay_sd": 0.0,
        "inhibitory": inhibitory,
        "stdp": None,
    }

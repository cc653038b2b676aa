"""Networks of Brian2 and what `from_brian2` makes of them: seconds of CPU per model second, one thread, side by side.

Run as ``python -m neuromem.experiments.benchmarks.translated``. Both run the same network, with the synapses that
Brian2 drew, in one process and in turns; Brian2 compiles its code beforehand (Cython if there is a C++ compiler, else
NumPy).
"""

import argparse
import time
import warnings
from statistics import median

ROUNDS = 5

CURRENTS = """
dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
dge/dt = -ge/(5*ms) : volt
dgi/dt = -gi/(10*ms) : volt
"""
HODGKIN_HUXLEY = """
dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK))/Cm : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dge/dt = -ge/(5*ms) : siemens
dgi/dt = -gi/(10*ms) : siemens
alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms : Hz
beta_m = 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV - v + VT)/(18*mV))/ms : Hz
beta_h = 4./(1 + exp((40*mV - v + VT)/(5*mV)))/ms : Hz
alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms : Hz
beta_n = 0.5*exp((10*mV - v + VT)/(40*mV))/ms : Hz
"""
TRACES = """
w : 1
dpre/dt = -pre/(20*ms) : 1 (event-driven)
dpost/dt = -post/(20*ms) : 1 (event-driven)
"""


def cuba(b):
    """Vogels and Abbott's benchmark with currents: 4,000 neurons, 320,000 synapses."""
    rules = {"threshold": "v > -50*mV", "reset": "v = -60*mV", "refractory": 5 * b.ms, "method": "exact"}
    cells = b.NeuronGroup(4000, CURRENTS, **rules, name="cells")
    cells.v = "-60*mV + rand()*10*mV"
    return _balanced(b, cells, "ge += 1.62*mV", "gi -= 9*mV")


def cobahh(b):
    """The same with conductances and Hodgkin-Huxley neurons [Brette et al. 2007, benchmark 3]."""
    area = 20000 * b.umetre**2
    space = {
        "Cm": 1 * b.uF / b.cm**2 * area,
        "gl": 5e-5 * b.siemens / b.cm**2 * area,
        "g_na": 100 * b.msiemens / b.cm**2 * area,
        "g_kd": 30 * b.msiemens / b.cm**2 * area,
        "El": -65 * b.mV,
        "EK": -90 * b.mV,
        "ENa": 50 * b.mV,
        "VT": -63 * b.mV,
        "Ee": 0 * b.mV,
        "Ei": -80 * b.mV,
    }
    rules = {"threshold": "v > -20*mV", "refractory": 3 * b.ms, "method": "exponential_euler"}
    cells = b.NeuronGroup(4000, HODGKIN_HUXLEY, **rules, namespace=space, name="cells")
    cells.v = "-65*mV + (5*randn() - 5)*mV"
    cells.ge = "(1.5*randn() + 4)*10*nS"
    cells.gi = "(12*randn() + 20)*10*nS"
    return _balanced(b, cells, "ge += 6*nS", "gi += 67*nS")


def stdp(b):
    """1,000 neurons driven by 1,000 Poisson sources through 200,000 synapses that learn [Song et al. 2000]."""
    sources = b.PoissonGroup(1000, rates=15 * b.Hz, name="sources")
    equations = "dv/dt = (ge*(0*mV - v) + (-74*mV - v))/(10*ms) : volt\ndge/dt = -ge/(5*ms) : 1"
    cells = b.NeuronGroup(1000, equations, threshold="v > -54*mV", reset="v = -60*mV", method="euler", name="cells")
    cells.v = "-74*mV + rand()*15*mV"
    on_pre = "ge += w\npre += 0.00045\nw = clip(w + post, 0, 0.045)"
    on_post = "post -= 0.0004725\nw = clip(w + pre, 0, 0.045)"
    learning = b.Synapses(sources, cells, TRACES, on_pre=on_pre, on_post=on_post, name="learning")
    learning.connect(p=0.2)
    learning.w = "rand()*0.045"
    return b.Network(sources, cells, learning)


def _balanced(b, cells, on_excitatory, on_inhibitory):
    excitatory = b.Synapses(cells, cells, on_pre=on_excitatory, name="excitatory")
    excitatory.connect("i < 3200", p=0.02)
    inhibitory = b.Synapses(cells, cells, on_pre=on_inhibitory, name="inhibitory")
    inhibitory.connect("i >= 3200", p=0.02)
    return b.Network(cells, excitatory, inhibitory)


NETWORKS = {"CUBA": (cuba, 500.0), "COBAHH": (cobahh, 100.0), "STDP": (stdp, 500.0)}
"""Name -> (what makes the network, ms of model time in a round)."""


def measure(make, duration):
    """({engine: seconds of CPU per model second, one per round}, wall seconds to the end of the first model second)."""
    import brian2 as b

    from neuromem import Simulation, from_brian2

    b.seed(1)
    b.start_scope()
    b.defaultclock.dt = 0.1 * b.ms
    theirs = make(b)
    began = time.perf_counter()
    ours = from_brian2(theirs)
    runs = {dtype: Simulation(ours, seed=1, dtype=dtype, record=None) for dtype in ("float64", "float32")}
    runs["float64"].run(1000.0)
    first = time.perf_counter() - began
    theirs.run(50 * b.ms)
    runs["float32"].run(50.0)
    each = {"Brian2": lambda: theirs.run(duration * b.ms)} | {
        f"neuromem {dtype}": lambda run=run: run.run(duration) for dtype, run in runs.items()
    }
    found = {engine: [] for engine in each}
    for _ in range(ROUNDS):
        for engine, advance in each.items():
            start = time.process_time()
            advance()
            found[engine].append((time.process_time() - start) / duration * 1000.0)
    return found, first


def main():
    """Measure and print a table."""
    from rich.console import Console
    from rich.table import Table

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", choices=[[], *NETWORKS], help="default: all")
    chosen = parser.parse_args().networks or NETWORKS
    columns = ("network", "Brian2, s", "float64, s", "faster", "float32, s", "faster", "first model second, s")
    table = Table(*columns, title="CPU seconds per model second, medians")
    for name in chosen:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, first = measure(*NETWORKS[name])
        theirs, double, single = (median(found[engine]) for engine in found)
        ratios = [
            median(a / b for a, b in zip(found["Brian2"], ours, strict=True)) for ours in list(found.values())[1:]
        ]
        cells = (theirs, double, ratios[0], single, ratios[1], first)
        table.add_row(name, *(f"{value:.3g}" for value in cells))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

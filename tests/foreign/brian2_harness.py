"""Runs an example of Brian2 up to its first `run`, hands its network to a function, then lets Brian2 go on for a while.

The function sees the network as it stands before that run: whatever connectivity, weights, delays and initial values
Brian2 drew are in it. Afterwards every group's spikes are there, recorded by monitors of our own.
"""

import contextlib
import sys
import warnings
from dataclasses import dataclass

import numpy as np


@dataclass
class Ran:
    """What an example did."""

    handed: object  # what the function returned
    spikes: dict  # group -> (times in ms, ids), float64 and int64
    traces: dict  # (monitor, variable) -> (times in ms, values in SI units (samples, ids), ids)
    namespace: dict  # of the example
    seconds: float  # that Brian2 took for the run


class _Enough(Exception):
    """Ends the example."""


def run_example(folder, example, hand, *, seed=1, quiet=False, duration=None):
    """Run it; `hand(network, namespace)` is called with the live network. Returns a Ran."""
    text = (folder / example.path).read_text(encoding="utf-8")
    for old, new in (*example.replace, *(example.quiet if quiet else ())):
        if old not in text:
            raise ValueError(f"{example.path} does not hold {old!r} any more")
        text = text.replace(old, new)
    return run_text(text, hand, duration or example.duration, name=example.path, seed=seed)


def run_text(text, hand, duration, *, name="<text>", seed=1):
    """Run a script of Brian2, given as text; see `run_example`."""
    import brian2
    import matplotlib

    matplotlib.use("Agg")
    space = {"__name__": "__main__", "_ran_by_a_test": True}
    result = []
    original = brian2.Network.run

    def run(network, *args, namespace=None, **kwargs):
        result.append(_hand_over(brian2, network, hand, namespace or _namespace(), duration, original))
        raise _Enough

    np.random.seed(seed)  # noqa: NPY002, TID251 - Brian2's examples draw from it
    brian2.start_scope()
    brian2.seed(seed)
    brian2.prefs.codegen.target = "numpy"
    brian2.defaultclock.dt = 0.1 * brian2.ms
    brian2.Network.run = run
    try:
        with warnings.catch_warnings(), contextlib.suppress(_Enough), contextlib.redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            exec(compile(text, name, "exec"), space)
    finally:
        brian2.Network.run = original
    if not result:
        raise ValueError(f"{name} never ran a network")
    result[0].namespace = space
    return result[0]


def _namespace():
    """Names around the example's call of `run`."""
    frame = sys._getframe()
    while "_ran_by_a_test" not in frame.f_globals:
        frame = frame.f_back
    return {**frame.f_globals, **frame.f_locals}


def _hand_over(brian2, network, hand, namespace, duration, run):
    import time

    objects = {item for item in network.sorted_objects if hasattr(item, "name")}
    monitors = {}
    groups = (brian2.NeuronGroup, brian2.PoissonGroup, brian2.SpikeGeneratorGroup)
    named = sorted((item for item in network.objects if isinstance(item, groups)), key=lambda item: item.name)
    handed = hand(network, namespace)
    for group in named:
        if "spike" in group.events:
            monitors[group.name] = brian2.SpikeMonitor(group, name=f"test_of_{group.name}")
            network.objects.add(monitors[group.name])
    began = time.perf_counter()
    run(network, duration * brian2.ms, namespace=namespace)
    seconds = time.perf_counter() - began
    spikes = {name: (np.array(m.t_) * 1e3, np.array(m.i, np.int64)) for name, m in monitors.items()}
    traces = {}
    for monitor in objects:
        if type(monitor).__name__ == "StateMonitor":
            for variable in monitor.record_variables:
                values = np.array(monitor.variables[variable].get_value())
                traces[monitor.name, variable] = np.array(monitor.t_) * 1e3, values, np.array(monitor.record)
    return Ran(handed, spikes, traces, {}, seconds)

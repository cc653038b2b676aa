"""`compare`: where two runs part, the state of both there, and why, as far as what they recorded tells."""

from dataclasses import dataclass

import numpy as np

from neuromem.bridges.causes import cause_of
from neuromem.bridges.runs import as_run
from neuromem.errors import UsageError


@dataclass(frozen=True)
class Parting:
    """The first spike that only one of two runs has; `in_a` says which. A source's spikes count as others do."""

    step: int
    population: str
    neuron: int
    in_a: bool


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two runs share, and where they part.

    Attributes
    ----------
    first : Parting or None
        The earliest difference; within a step by population, in the order of `a`, then neuron.
    both, only_a, only_b : int
        Spikes of both, and of one only, up to the end of the shorter run.
    states : dict of str to (float, float)
        "population.variable" -> its value in `a` and in `b` before the step of the first difference, for the neuron in
        question, as far as both have probes of it.
    cause : str
        "order", "rounding", "refractoriness", "normalisation", "state", or "" if nothing that was recorded tells.
    evidence : str
        What it was concluded from, in one sentence.
    dt : float
        ms.
    steps : int
        How many were compared.
    """

    first: Parting | None
    both: int
    only_a: int
    only_b: int
    states: dict
    cause: str
    evidence: str
    dt: float
    steps: int

    @property
    def same(self):
        """True if both have the same spikes, and the same final state where both are simulations or checkpoints."""
        return self.first is None and not self.cause

    @property
    def share(self):
        """2 * both / (spikes of a + spikes of b), and 1 if neither spiked."""
        total = 2 * self.both + self.only_a + self.only_b
        return 2.0 * self.both / total if total else 1.0

    def __str__(self):
        if self.first is None:
            said = f"The same {self.both:,} spikes in {self.steps * self.dt:g} ms."
            return f"{said} {self.evidence}" if self.cause else said
        first = self.first
        has, lacks = ("a", "b") if first.in_a else ("b", "a")
        when = f"step {first.step} ({first.step * self.dt:g} ms)"
        lines = [f"{first.population} neuron {first.neuron} spikes in {when} in {has}, not in {lacks}."]
        lines[0] += f" They share {self.share:.4%} of their spikes."
        lines += [f"  {name}: {x:.17g} in a, {y:.17g} in b" for name, (x, y) in self.states.items()]
        lines.append(f"Likely cause: {self.cause}. {self.evidence}" if self.cause else f"Cause: {self.evidence}")
        return "\n".join(lines)


def compare(a, b, *, network=None):
    """Find the first spike in which two runs differ, and why.

    Parameters
    ----------
    a, b
        Results of `simulate`, emulated runs, simulations, paths of checkpoints, or of Brian2 a network that has run,
        its monitors, or a dict of them.
    network : Network, optional
        What `a` ran. With it, causes are also found by trial: it runs again up to the first difference with another
        order of operations, another refractory period, or a state that differs by rounding.

    Returns
    -------
    Comparison
        `print` it for a text of a few lines.

    Raises
    ------
    UsageError
        If they have no recorded population in common, or time steps that differ.
    """
    a, b = as_run(a, "compare"), as_run(b, "compare")
    names = [name for name in a.spikes if name in b.spikes]
    if not names:
        raise UsageError(
            f"compare: no population is recorded in both; a has {', '.join(a.spikes) or 'none'}, "
            f"b has {', '.join(b.spikes) or 'none'}"
        )
    if abs(a.dt - b.dt) > 1e-9 * a.dt:
        raise UsageError(f"compare: time steps differ, {a.dt:g} ms in a and {b.dt:g} ms in b")
    steps = min(a.steps, b.steps)
    first, both, only_a, only_b = first_parting(a, b, names, steps)
    if first is None:
        cause, evidence = _end_states(a, b)
        return Comparison(None, both, 0, 0, {}, cause, evidence, a.dt, steps)
    cause, evidence = cause_of(a, b, first, steps, network if network is not None else a.network)
    return Comparison(first, both, only_a, only_b, _states(a, b, first), cause, evidence, a.dt, steps)


def first_parting(a, b, names, steps):
    """(Parting or None, spikes of both, of a only, of b only) over the named populations, up to a step."""
    both, lone, found = 0, [0, 0], []
    for order, name in enumerate(names):
        ours, theirs = (_pairs(run, name, steps, a.only.get(name), b.only.get(name)) for run in (a, b))
        shared = np.intersect1d(ours, theirs)
        both += shared.size
        for k, spikes in enumerate((ours, theirs)):
            only = np.setdiff1d(spikes, shared)
            lone[k] += only.size
            if only.size:
                step, neuron = divmod(int(only.min()), 1 << 32)
                found.append((step, order, neuron, Parting(step, name, neuron, k == 0)))
    first = min(found, key=lambda item: item[:3])[3] if found else None
    return first, both, *lone


def _pairs(run, name, steps, *limits):
    """Spikes as sorted int64 numbers, step * 2**32 + neuron, of the neurons that both recorded."""
    when, ids = run.spikes[name]
    keep = when < steps
    for limit in limits:
        if limit is not None:
            keep &= np.isin(ids, limit)
    return np.sort((when[keep] << 32) + ids[keep])


def _states(a, b, first):
    """Probed variables of the neuron before the step, of both runs."""
    found = {}
    for name in a.traces:
        if name.rpartition(".")[0] == first.population and name in b.traces:
            pair = tuple(_value(run.traces[name], first.step * run.dt, first.neuron) for run in (a, b))
            if None not in pair:
                found[name] = pair
    return found


def _value(trace, time, neuron):
    column = np.flatnonzero(trace.ids == neuron)
    row = np.flatnonzero(np.abs(trace.times - time) < 1e-6)
    return float(trace.values[row[0], column[0]]) if column.size and row.size else None


def _end_states(a, b):
    """What differs at the end of two simulations that spiked the same."""
    if a.steps != b.steps:
        return "", ""
    for name in a.state:
        if name in b.state and a.state[name].shape == b.state[name].shape:
            off = np.flatnonzero(
                ~((a.state[name] == b.state[name]) | (np.isnan(a.state[name]) & np.isnan(b.state[name])))
            )
            if off.size:
                x, y = a.state[name][off[0]], b.state[name][off[0]]
                return (
                    "state",
                    f"But {name} of neuron {off[0]} is {x:.17g} in a and {y:.17g} in b after {a.steps} steps.",
                )
    return "", ""

"""Why two runs part: what their traces and spikes show, and what happens if the network is changed and runs again.

Every cause is concluded from evidence, which is said with it; without any, no cause is named.
"""

import numpy as np

ROUNDED = 1e-5
"""Largest difference, relative to the range of a trace, that counts as rounding: float32 over some ten steps."""
INTERVALS = 20
"""Fewest intervals between spikes from which a shortest interval means something."""
FOLLOWING = 200
"""Spikes after the first difference that are looked at for a common shift."""
MOST = 0.8
"""Share of them that has to be shifted alike."""
NUDGE = 1e-12
"""Relative change of the initial state that stands for rounding when a network is run again."""


def cause_of(a, b, first, steps, network):
    """The likeliest cause of the first difference, and the evidence: two texts."""
    checks = (_by_trial, _by_refractory_traces, _by_scale, _by_rounding, _by_intervals, _by_shift)
    for check in checks:
        found = check(a, b, first, steps, network)
        if found:
            return found
    shared = [name for name in a.traces if name in b.traces]
    more = "the state of that neuron" if not shared else "more of the state"
    return "", f"nothing recorded tells; probe {more} in both runs, or give compare the network that ran."


# ---- what traces show


def _common(a, b, first):
    """Traces that both have of the neuron: (name, times, values of a, values of b), up to the first difference."""
    for name, ours in a.traces.items():
        theirs = b.traces.get(name)
        if theirs is None or name.rpartition(".")[0] != first.population:
            continue
        columns = [np.flatnonzero(trace.ids == first.neuron) for trace in (ours, theirs)]
        if not all(column.size for column in columns):
            continue
        when = [np.rint(trace.times / a.dt).astype(np.int64) for trace in (ours, theirs)]
        shared, left, right = np.intersect1d(*when, return_indices=True)
        keep = shared <= first.step
        x, y = ours.values[left[keep], columns[0][0]], theirs.values[right[keep], columns[1][0]]
        if keep.sum() > 1:
            yield name, shared[keep], np.asarray(x, np.float64), np.asarray(y, np.float64)


def _by_rounding(a, b, first, steps, network):
    """The state agrees up to rounding until the step of the spike."""
    worst, began, names = 0.0, None, []
    for name, when, x, y in _common(a, b, first):
        difference = np.abs(x - y)
        scale = max(np.ptp(x), np.abs(x).max(), 1e-300)
        worst, names = max(worst, difference.max() / scale), [*names, name]
        off = np.flatnonzero(difference > 0)
        if off.size:
            began = int(when[off[0]]) if began is None else min(began, int(when[off[0]]))
    if not names or worst > ROUNDED:
        return None
    if began is None:
        return None
    return (
        "rounding",
        f"Until then {', '.join(names)} of that neuron agree to {worst:.1e} of their range; "
        f"they differ since step {began}.",
    )


def _by_scale(a, b, first, steps, network):
    """The state moves by a constant factor more in one run."""
    for name, _, x, y in _common(a, b, first):
        x, y = x - x[0], y - y[0]
        if not np.any(x) or not np.any(y):
            continue
        factor = float(x @ y / (x @ x))
        residual = np.abs(y - factor * x).max() / np.abs(y).max()
        if abs(factor - 1.0) > 1e-3 and residual < 1e-3:
            return "normalisation", f"{name} of that neuron moves {factor:.6g} times as far in b as in a."
    return None


def _by_refractory_traces(a, b, first, steps, network):
    """After the last spike that both have, the state is held for another number of steps."""
    last = _last_shared(a, b, first)
    if last is None:
        return None
    for name, when, x, y in _common(a, b, first):
        after = when > last
        held = [_held(values[after]) for values in (x, y)]
        if min(held) > 1 and held[0] != held[1] and after.sum() > max(held):
            return (
                "refractoriness",
                f"After its spike in step {last}, {name} rests for {held[0]} samples in a and for {held[1]} in b.",
            )
    return None


def _held(values):
    """How many samples at the beginning are the same."""
    moved = np.flatnonzero(values != values[0])
    return int(moved[0]) if moved.size else values.size


# ---- what spikes show


def _last_shared(a, b, first):
    trains = [run.spikes[first.population] for run in (a, b)]
    own = [when[(ids == first.neuron) & (when < first.step)] for when, ids in trains]
    shared = np.intersect1d(*own)
    return int(shared[-1]) if shared.size else None


def _by_intervals(a, b, first, steps, network):
    """The neuron fires again sooner than any neuron of its population ever does in the other run."""
    last = _last_shared(a, b, first)
    if last is None:
        return None
    gap = first.step - last
    other = b if first.in_a else a
    shortest, count = _shortest_interval(other, first.population)
    mine, _ = _shortest_interval(a if first.in_a else b, first.population)
    if count < INTERVALS or gap >= shortest or mine >= shortest:
        return None
    has, lacks = ("a", "b") if first.in_a else ("b", "a")
    return (
        "refractoriness",
        f"It fires again after {gap} steps; the shortest of {count:,} intervals is {shortest} steps in {lacks} "
        f"and {mine} in {has}.",
    )


def _shortest_interval(run, population):
    when, ids = run.spikes[population]
    order = np.lexsort((when, ids))
    gaps = np.diff(when[order])[np.diff(ids[order]) == 0]
    return (int(gaps.min()), gaps.size) if gaps.size else (np.iinfo(np.int64).max, 0)


def _by_shift(a, b, first, steps, network):
    """From there on most spikes of one run come a step earlier or later than those of the other."""
    when, ids = a.spikes[first.population]
    later = when >= first.step
    mine = ((when << 32) + ids)[later][:FOLLOWING]
    theirs = (b.spikes[first.population][0] << 32) + b.spikes[first.population][1]
    if mine.size < 2:
        return None
    for shift in (1, -1, 2, -2):
        share = np.isin(mine + (shift << 32), theirs).mean()
        same = np.isin(mine, theirs).mean()
        if share > MOST and share > same:
            said = f"{abs(shift)} step{'s' if abs(shift) > 1 else ''} {'later' if shift > 0 else 'earlier'}"
            return "order", f"Of the next {mine.size} spikes of a in {first.population}, {share:.0%} come {said} in b."
    return None


# ---- what a changed network does


def _by_trial(a, b, first, steps, network):
    """Run the network again with one thing changed: the first change that gives b's spikes up to there."""
    if network is None:
        return None
    for cause, said, changed in _changes(network):
        try:
            agrees = changed is not None and _gives(changed, b, first, a.seed)
        except (ValueError, ArithmeticError):  # the change is none that this network can take
            continue
        if agrees:
            return cause, f"It does what b did {said}."
    return None


def _changes(network):
    """(cause, what was changed, changed network)."""
    from neuromem.network.orders import ORDERS

    for order in ORDERS:
        if order != network.order:
            yield (
                "order",
                f"with the order of operations {order!r} in place of {network.order!r}",
                _ordered(network, order),
            )
    for sign, word in ((1, "longer"), (-1, "shorter")):
        yield "refractoriness", f"with refractory periods one step {word}", _refractory(network, sign * network.dt)
    for sign in (1, -1):
        yield (
            "rounding",
            f"if every initial state differs by {sign * NUDGE:g} of itself",
            _nudged(network, sign * NUDGE),
        )


def _gives(network, b, first, seed):
    """Whether the network has the spikes of b in every step up to the first difference."""
    from neuromem.bridges.parting import first_parting
    from neuromem.bridges.runs import as_run
    from neuromem.engine import simulate

    names = [name for name in b.spikes if name in network.populations]
    run = as_run(simulate(network, (first.step + 1) * network.dt, seed=seed, record=names), "compare")
    return first_parting(run, b, names, first.step + 1)[0] is None


def _ordered(network, order):
    changed = _bare(network)
    changed.order = order
    least = network.dt * (0 if order == "brian2" else 1)
    if any(
        np.min(p.delay) < least
        for p in network.projections.values()
        if not hasattr(p.delay, "mean") or np.ndim(p.delay)
    ):
        return None
    known = all(p.is_source or order in p.neuron.model.integrate for p in network.populations.values())
    return changed if known else None


def _refractory(network, change):
    from neuromem.network.celltype import Neuron
    from neuromem.network.network import Population

    changed, any_ = _bare(network), False
    for name, population in network.populations.items():
        parameters = {} if population.is_source else population.neuron.parameters
        if "tau_refrac" in parameters:
            values = np.maximum(np.asarray(parameters["tau_refrac"]) + change, 0.0)
            neuron = Neuron(
                population.neuron.model, {**parameters, "tau_refrac": values if values.ndim else float(values)}
            )
            changed.populations[name] = Population(name, population.size, neuron, population.initial)
            any_ = True
    return changed if any_ else None


def _nudged(network, change):
    from neuromem.network.network import Population

    changed = _bare(network)
    for name, population in network.populations.items():
        if population.is_source:
            continue
        start = {v: population.neuron.parameters[p] for v, p in population.neuron.model.initial.items()}
        initial = {v: np.asarray(x, np.float64) * (1.0 + change) for v, x in {**start, **population.initial}.items()}
        initial = {v: x if x.ndim else float(x) for v, x in initial.items()}
        changed.populations[name] = Population(name, population.size, population.neuron, initial)
    return changed


def _bare(network):
    copy = network.copy()
    copy.probes = []
    return copy

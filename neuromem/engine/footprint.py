"""How much memory a network will need, estimated from its description before anything is allocated."""

import numpy as np

from neuromem.engine.plan import HISTORY, LONGEST_SPAN
from neuromem.engine.wiring import COLUMNS_FIT
from neuromem.errors import FitError
from neuromem.network.check import check_network
from neuromem.network.plasticity import OneShotHebb
from neuromem.network.random import Normal

WORTH_CHECKING = 1 << 28
"""Bytes from which on the machine is asked how much it has."""


def footprint(network, dtype="float64", threads=1):
    """Bytes that running a network takes, by what they hold; recorded spikes are not among them.

    Parameters
    ----------
    network : Network
    dtype : "float64" or "float32"
        Of the state.
    threads : int

    Returns
    -------
    dict of str to int
        "neurons", "spikes in flight", "synapses", "learning" and, needed only while building, "building".
    """
    check_network(network, "footprint")
    real = np.dtype(dtype).itemsize
    neurons = flight = synapses = learning = building = 0
    longest = max((_longest(projection.delay, network.dt) for projection in network.projections.values()), default=1)
    plastic = sum(
        p.connector.expected(network.populations[p.pre].size, network.populations[p.post].size)
        for p in network.projections.values()
        if p.plasticity is not None
    )
    sent = any(p.plasticity is not None or _varies(p.delay) for p in network.projections.values())
    for population in network.populations.values():
        flight += (longest + LONGEST_SPAN) * population.size * 4
        if not population.is_source:
            model = population.neuron.model
            rows = len(model.state) + 2 + len(model.receptors) * (longest + 1 if sent else 1)
            neurons += population.size * real * (rows + (0 if population.neuron.homogeneous else 12))
    for projection in network.projections.values():
        if getattr(projection.connector, "procedural", False):
            continue
        sizes = [network.populations[side].size for side in (projection.pre, projection.post)]
        count = projection.connector.expected(*sizes)
        weighted = _varies(projection.weight) or projection.plasticity is not None
        each = 2 + 4 * weighted
        stretches = _stretches(count, sizes[0] * threads, _different(projection.delay, network.dt))
        synapses += count * each + (sizes[0] + 1) * 8 * threads * (2 if stretches else 1) + 6 * stretches
        cut = threads > 1 or sizes[1] > 1 << 16
        building = max(building, count * ((4 if cut else 0) + 8 * (cut and each > 2) + 16 * (stretches > 0)))
        rule, columns = projection.plasticity, False
        if projection.model is not None:
            model = projection.model.model
            columns = bool(model.on_post)
            learning += count * (real * len(model.variables) + 8 * ("elapsed" in model.text))
        elif isinstance(rule, OneShotHebb):
            columns = rule.over == "incoming"
        elif rule is not None:
            columns = rule.update == "immediate" and plastic <= COLUMNS_FIT
            history = 0 if columns else 2 if rule.update == "immediate" else 8 + real
            learning += sizes[0] * 3 * 8 * threads + sizes[1] * (24 + HISTORY * history)
        learning += count * (4 + (2 if sizes[0] <= 1 << 16 else 4)) * columns
        building = max(building, count * 24 * columns)
    return {
        "neurons": neurons,
        "spikes in flight": flight,
        "synapses": synapses,
        "learning": learning,
        "building": building + (synapses if len(network.projections) > 1 else 0),
    }


def check_fits(network, dtype, threads):
    """Raise FitError if the network needs more memory than there is now."""
    needs = footprint(network, dtype, threads)
    total = sum(needs.values())
    if total < WORTH_CHECKING:
        return
    import psutil

    free = psutil.virtual_memory().available
    if total > free:
        largest = max(needs, key=needs.get)
        raise FitError(
            f"network: needs about {_size(total)} of memory, most of it for {largest} ({_size(needs[largest])}), but "
            f"{_size(free)} is free; make it smaller, or use FixedProbability(p, procedural=True), which stores nothing"
        )


def _varies(value):
    return isinstance(value, Normal) or np.ndim(value) > 0


def _stretches(count, rows, delays):
    """Expected stretches of one delay in that many rows, whose synapses have one of so many delays each."""
    if not rows or not delays:
        return 0
    return int(rows * delays * (1.0 - (1.0 - 1.0 / delays) ** (count / rows)))


def _different(delay, dt):
    """How many delays a projection has, as many as an even spread of them would have; 0 for one that all share."""
    if isinstance(delay, Normal):
        return int(2.0 * np.sqrt(np.pi) * delay.sd / dt) + 1
    return np.unique(delay).size if np.ndim(delay) else 0


def _longest(delay, dt):
    longest = delay.mean + 6.0 * delay.sd if isinstance(delay, Normal) else np.max(delay, initial=dt)
    return int(longest / dt) + 1


def _size(count):
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"

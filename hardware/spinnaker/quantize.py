"""A description becomes the integers that the chip holds, with what that loses."""

import math

import numpy as np

from neuromem.engine import check_seed
from neuromem.errors import FitError
from neuromem.hardware.spinnaker import fixed, shifts
from neuromem.hardware.spinnaker.chip import ChipNetwork, ChipPopulation, ChipProjection, ChipRule
from neuromem.hardware.spinnaker.limits import ATOMS_PER_CORE, LARGEST_SHIFT, RECEPTOR_BITS, RING_BITS, ROW_WORDS
from neuromem.hardware.spinnaker.loss import loss_report
from neuromem.hardware.spinnaker.refuse import refusals
from neuromem.network.check import steps
from neuromem.network.inputs import SpikeSourceArray
from neuromem.network.network import RECEPTORS
from neuromem.network.wires import wires

PARAMETERS = ("v_rest", "v_reset", "v_thresh", "i_offset", "tau_m", "cm", "tau_refrac", "tau_syn_E", "tau_syn_I")


def quantize(network, seed=0, ring_shifts=None):
    """Return the ChipNetwork.

    Parameters
    ----------
    network : Network
    seed : int
        Of random connectors.
    ring_shifts : dict of str to (int, int), optional
        Population -> shifts of its excitatory and inhibitory receptor; default `shifts.finest_shift`.

    Raises
    ------
    FitError
        Naming everything that has no counterpart.
    """
    found = refusals(network)
    if found:
        raise FitError("SpiNNaker: " + "; ".join(found))
    seed, dt = check_seed(seed), fixed.accum(network.dt, "Network", "dt")
    listed = list_synapses(network, seed)
    populations, parts = {}, {}
    for population in network.populations.values():
        if population.is_source:
            populations[population.name] = _source(population, network.dt)
            continue
        incoming = [projection for projection in network.projections.values() if projection.post == population.name]
        looks = {
            receptor: [look(network, p, listed[p.name]) for p in incoming if p.receptor == receptor]
            for receptor in RECEPTORS
        }
        parts[population.name] = looks
        chosen = (ring_shifts or {}).get(population.name) or tuple(
            shifts.finest_shift(looks[receptor], network.dt) for receptor in RECEPTORS
        )
        if max(chosen) > LARGEST_SHIFT:
            raise FitError(
                f"SpiNNaker: {population.name}: its weights add up to 2**{max(chosen)} nA in one step and the ring "
                f"buffer shift is {LARGEST_SHIFT} at most; use smaller weights"
            )
        per_core = neurons_per_core(population.size, [(p, listed[p.name]) for p in incoming])
        longest = max((int(np.max(listed[p.name].delay, initial=1)) for p in incoming), default=1)
        populations[population.name] = _neurons(
            population, network.dt, dt, chosen, delay_slots(population.size, per_core, longest), per_core, incoming
        )
    projections = {
        name: _projection(projection, listed[name], populations[projection.post])
        for name, projection in network.projections.items()
    }
    chip = ChipNetwork(network, seed, populations, projections, _currents(network), None)
    object.__setattr__(chip, "loss", loss_report(chip, listed, parts))
    _check_plastic_delays(chip)
    return chip


def list_synapses(network, seed):
    """Wires of every projection, by name."""
    listed = {}
    for number, (name, p) in enumerate(network.projections.items()):
        sizes = [network.populations[side].size for side in (p.pre, p.post)]
        listed[name] = wires(p, number, *sizes, seed, network.dt)
    return listed


def bits(count):
    """Bits that sPyNNaker reserves for `count` values: at least one."""
    return max(1, math.ceil(math.log2(count))) if count > 1 else int(count)


def delay_slots(size, per_core, longest):
    """Slots of a population's ring buffers: as many as its delays need, as far as neurons and receptors leave room."""
    room = RING_BITS - bits(min(size, per_core)) - RECEPTOR_BITS
    return min(1 << bits(longest), 1 << room)


def neurons_per_core(size, incoming):
    """Most neurons of a population on one core: halved until no row of synapses is longer than the chip can load."""
    per_core = ATOMS_PER_CORE
    while per_core > 1:
        words = max((row_words(projection, listed, per_core) for projection, listed in incoming), default=0)
        if words <= ROW_WORDS:
            break
        per_core //= 2
    return per_core


def row_words(projection, listed, per_core):
    """Length in words, without header, of the longest row onto one core."""
    if listed.post.size == 0:
        return 0
    cores = int(listed.post.max()) // per_core + 1
    row = np.repeat(np.arange(listed.start.size - 1), np.diff(listed.start))
    longest = int(np.bincount(row * cores + listed.post // per_core).max())
    if projection.plasticity is None:
        return longest
    return 2 + 2 * ((longest + 1) // 2)


def look(network, projection, listed):
    """What the rule of shifts looks at in a projection."""
    rule = projection.plasticity
    post = network.populations[projection.post].size
    delay = np.asarray(listed.delay) * network.dt
    return shifts.arriving(projection.name, listed.post, listed.weight, delay, post, rule.w_max if rule else None)


def _source(population, dt):
    source = population.neuron
    if not isinstance(source, SpikeSourceArray):
        return ChipPopulation(population.name, population.size, np.zeros((0, 13), np.int64))
    when = np.atleast_1d(steps(source.times, dt, population.name, "times"))
    order = np.lexsort((source.ids, when))
    return ChipPopulation(
        population.name, population.size, np.zeros((0, 13), np.int64), steps=when[order], ids=source.ids[order]
    )


def _neurons(population, dt_ms, dt, chosen, slots, per_core, incoming):
    name, neuron = population.name, population.neuron
    raw = {key: fixed.accum(neuron.parameters[key], name, key) for key in PARAMETERS}
    initial = {"v": raw["v_rest"], "i_e": 0, "i_i": 0}
    initial |= {key: fixed.accum(value, name, f"initial {key}") for key, value in population.initial.items()}
    rows = 1 if neuron.homogeneous else population.size
    columns = {key: np.broadcast_to(value, rows).tolist() for key, value in raw.items()}
    constants = np.array([_constants({key: columns[key][k] for key in columns}, dt, chosen) for k in range(rows)])
    plastic = next((p.plasticity for p in incoming if p.plasticity is not None), None)
    rule = None if plastic is None else _rule(plastic, dt_ms, name)
    return ChipPopulation(name, population.size, constants, raw, initial, chosen, slots, per_core, rule)


def _constants(p, dt, chosen):
    """What a core computes from one neuron's parameters: the columns REST to SHIFT_I."""
    resistance, decay = fixed.membrane(p["tau_m"], p["cm"], dt)
    refractory = fixed.refractory_steps(p["tau_refrac"], dt)
    current = [*fixed.synapse(p["tau_syn_E"], dt), *fixed.synapse(p["tau_syn_I"], dt)]
    return [p["v_rest"], p["v_reset"], p["v_thresh"], p["i_offset"], resistance, decay, refractory, *current, *chosen]


def _rule(rule, dt_ms, owner):
    raw = {key: fixed.accum(getattr(rule, key), owner, key) for key in ("w_min", "w_max", "a_plus", "a_minus")}
    multiplicative = rule.dependence == "multiplicative"
    plus, minus = (fixed.decay_table(tau, dt_ms) for tau in (rule.tau_plus, rule.tau_minus))
    return ChipRule(**raw, multiplicative=multiplicative, plus=plus, minus=minus, described=rule)


def _projection(projection, listed, post):
    receptor = RECEPTORS.index(projection.receptor)
    raw = fixed.weights(listed.weight, post.shifts[receptor])
    plastic = projection.plasticity is not None
    if plastic:
        raw = np.broadcast_to(raw, listed.post.shape)
    return ChipProjection(
        projection.name,
        projection.pre,
        projection.post,
        listed.start,
        listed.post.astype(np.int32),
        raw.astype(np.uint16) if raw.ndim else int(raw),
        listed.delay,
        None if listed.order is None else np.argsort(listed.order),
        receptor,
        plastic,
    )


def _check_plastic_delays(chip):
    for projection in chip.projections.values():
        slots = chip.populations[projection.post_population].slots
        if projection.plastic and np.max(projection.delay, initial=0) >= slots:
            raise FitError(
                f"SpiNNaker: {projection.name}: a plastic delay of {np.max(projection.delay)} steps does not fit the "
                f"{slots} delay slots of {projection.post_population}, which hold {slots - 1}; use a shorter delay"
            )


def _currents(network):
    """Step currents as (step, population, level of each neuron), sorted by step."""
    changes = []
    for name in dict.fromkeys(current.population for current in network.currents):
        mine = [current for current in network.currents if current.population == name]
        starts = [np.atleast_1d(steps(current.times, network.dt, name, "times")) for current in mine]
        for step in np.unique(np.concatenate(starts)).tolist():
            level = np.zeros(network.populations[name].size, np.int64)
            for current, start in zip(mine, starts, strict=True):
                latest = np.searchsorted(start, step, side="right") - 1
                if latest >= 0:
                    amount = fixed.accum(current.amplitudes[latest], f"StepCurrent into {name}", "amplitudes")
                    level[slice(None) if current.ids is None else current.ids] += amount
            changes.append((step, name, level))
    return tuple(sorted(changes, key=lambda change: change[0]))

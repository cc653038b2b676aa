"""Where compartments would lie: populations cut into equal slices, slices packed onto cores, and what each core holds.

An estimate by the published limits; the vendor's compiler may pack better. What a network computes does not depend on
it.
"""

from dataclasses import dataclass, field

import numpy as np

from neuromem.hardware.loihi import features, limits
from neuromem.hardware.loihi.synapses import listed
from neuromem.hardware.reports import Use
from neuromem.network import Normal
from neuromem.network.check import steps

WEIGHT_BITS = 8


@dataclass
class Core:
    """One core: its slices as (population, first, last + 1), and what they take."""

    slices: list = field(default_factory=list)
    compartments: int = 0
    in_axons: int = 0
    bits: int = 0
    out_axons: int = 0
    configs: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Slice:
    """Neurons first to last - 1 of a population, and what they take of a core."""

    population: str
    first: int
    last: int
    compartments: int
    in_axons: int
    bits: int
    sources: dict  # pre population -> its neurons that have synapses here, bool
    configs: dict


def place(network, seed, generation):
    """Cut and pack a network; returns a list of Core."""
    wires = {name: listed(network, name, seed) for name in network.projections}
    slices = []
    for population in network.populations.values():
        if not population.is_source:
            slices += _cut(network, population, wires, generation)
    cores = _pack(slices, generation)
    _axons(network, cores, slices)
    return cores


def uses(network, cores, generation):
    """The Use of each limited resource at its fullest place."""
    count = limits.CORES_PER_CHIP * limits.CHIPS[generation]
    found = [
        Use("chips", -(-len(cores) // limits.CORES_PER_CHIP), limits.CHIPS[generation]),
        Use("cores", len(cores), count),
    ]
    rows = [
        ("compartments per core", limits.COMPARTMENTS[generation], lambda core: core.compartments),
        ("in-axons per core", limits.IN_AXONS, lambda core: core.in_axons),
        ("out-axons per core", limits.OUT_AXONS, lambda core: core.out_axons),
        ("synapse memory bits per core", limits.SYNAPSE_BITS[generation], lambda core: core.bits),
        ("compartment configurations per core", limits.COMPARTMENT_CONFIGS, lambda core: core.configs["decays"]),
        ("threshold configurations per core", limits.THRESHOLD_CONFIGS, lambda core: core.configs["thresholds"]),
        ("synapse configurations per core", limits.SYNAPSE_CONFIGS, lambda core: core.configs["synapses"]),
    ]
    for resource, limit, amount in rows:
        if cores:
            worst = max(range(len(cores)), key=lambda c: amount(cores[c]))
            found.append(Use(resource, int(amount(cores[worst])), limit, _where(worst, cores[worst])))
    return [*found, *_registers(network, generation)]


def _registers(network, generation):
    """Delay slots and refractory counts, at the population or projection that takes most."""
    slots, where = 1, ""
    for projection in network.projections.values():
        if not isinstance(projection.delay, Normal):
            own = features.own_delay(network, network.populations[projection.post])
            most = int(np.max(steps(projection.delay, network.dt, projection.name, "delay", least=1), initial=1)) + own
            if most > slots:
                slots, where = most, projection.name
    counts = {
        name: 1 + int(np.max(steps(p.neuron.parameters["tau_refrac"], network.dt, name, "tau_refrac")))
        for name, p in network.populations.items()
        if not p.is_source
    }
    worst = max(counts, key=counts.get, default="")
    return [
        Use("delay slots", slots, limits.DELAY_TOP + 1, where),
        Use("refractory count", counts.get(worst, 1), features.refractory_top(generation), worst),
    ]


def _where(number, core):
    names = list(dict.fromkeys(name for name, _, _ in core.slices))
    return f"core {number}: {', '.join(names[:3])}{' and others' if len(names) > 3 else ''}"


def _cut(network, population, wires, generation):
    """As few equal slices of a population as keep the limits of a core, if any number does."""
    pieces = max(1, -(-population.size // limits.COMPARTMENTS[generation]))
    while True:
        bounds = np.linspace(0, population.size, pieces + 1).astype(int)
        slices = [_slice(network, population, wires, a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
        if pieces == population.size or all(_holds([s], generation) for s in slices):
            return slices
        worst = max(_fullness(s, generation) for s in slices)
        pieces = min(population.size, max(pieces + 1, int(pieces * min(worst, 8.0))))


def _slice(network, population, wires, first, last):
    sources, bits = {}, 0
    second = features.second_current(network, population)
    into = [p for p in network.projections.values() if p.post == population.name]
    for p in into:
        listed_ = wires[p.name]
        mine = (listed_.target >= first) & (listed_.target < last)
        fan = np.bincount(listed_.source[mine], minlength=network.populations[p.pre].size)
        delays = int(np.ptp(listed_.delay[mine]) > 0) if mine.any() else 0
        per_synapse = WEIGHT_BITS + int(last - first - 1).bit_length() + 6 * delays
        bits += _memory(fan, per_synapse)
        sources[p.pre] = sources.get(p.pre, np.zeros(fan.size, bool)) | (fan > 0)
    axons = sum(int(seen.sum()) for seen in sources.values())
    values = {k: np.broadcast_to(v, population.size)[first:last] for k, v in population.neuron.parameters.items()}
    decays = np.array([values[name] for name in values if name.startswith("tau")])
    gap = values["v_thresh"] - values["v_reset"]
    configs = {
        "decays": np.unique(decays, axis=1).shape[1],
        "thresholds": np.unique(gap).size,
        "synapses": len({(p.name, p.receptor) for p in into}),
    }
    return Slice(population.name, first, last, (last - first) * (1 + second), axons, bits, sources, configs)


def _memory(fan, per_synapse):
    """Bits of the synapses of sources with these fan-outs: blocks of up to 64, each in whole words."""
    full, rest = np.divmod(fan, limits.BLOCK_SYNAPSES)

    def words(count):
        return -(-(limits.BLOCK_HEAD_BITS + count * per_synapse) // limits.WORD_BITS)

    total = full * words(limits.BLOCK_SYNAPSES) + np.where(rest > 0, words(rest), 0)
    return int(total.sum()) * limits.WORD_BITS


def _fullness(piece, generation):
    """How many times over the limits of a core a slice is, at its fullest."""
    return max(
        piece.compartments / limits.COMPARTMENTS[generation],
        piece.in_axons / limits.IN_AXONS,
        piece.bits / limits.SYNAPSE_BITS[generation],
        piece.configs["decays"] / limits.COMPARTMENT_CONFIGS,
        piece.configs["thresholds"] / limits.THRESHOLD_CONFIGS,
    )


def _holds(slices, generation):
    """True if a core can hold these slices together."""
    return (
        sum(s.compartments for s in slices) <= limits.COMPARTMENTS[generation]
        and sum(s.in_axons for s in slices) <= limits.IN_AXONS
        and sum(s.bits for s in slices) <= limits.SYNAPSE_BITS[generation]
        and sum(s.configs["decays"] for s in slices) <= limits.COMPARTMENT_CONFIGS
        and sum(s.configs["thresholds"] for s in slices) <= limits.THRESHOLD_CONFIGS
        and sum(s.configs["synapses"] for s in slices) <= limits.SYNAPSE_CONFIGS
    )


def _pack(slices, generation):
    """Put each slice on the first core that holds it."""
    packed = []
    for piece in slices:
        room = next((held for held in packed if _holds([*held, piece], generation)), None)
        if room is None:
            packed.append([piece])
        else:
            room.append(piece)
    cores = []
    for held in packed:
        core = Core([(s.population, s.first, s.last) for s in held])
        core.compartments, core.bits = sum(s.compartments for s in held), sum(s.bits for s in held)
        core.in_axons = sum(s.in_axons for s in held)
        core.configs = {key: sum(s.configs[key] for s in held) for key in ("decays", "thresholds", "synapses")}
        cores.append(core)
    return cores


def _axons(network, cores, slices):
    """Count out-axons: one for each neuron and each core on which it has synapses."""
    home = {(s.population, s.first): s for s in slices}
    into = [[home[name, first] for name, first, _ in core.slices] for core in cores]
    for core in cores:
        for name, first, last in core.slices:
            for there in into:
                seen = np.zeros(network.populations[name].size, bool)
                for piece in there:
                    if name in piece.sources:
                        seen |= piece.sources[name]
                core.out_axons += int(seen[first:last].sum())

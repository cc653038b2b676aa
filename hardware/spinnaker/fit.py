"""Does a network fit? Cores, chips, memory, routing and delays, placed in order of the description, and refusals."""

import math
from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import FitError
from neuromem.hardware.reports import FitReport, Use
from neuromem.hardware.spinnaker import limits
from neuromem.hardware.spinnaker.chip import ChipNetwork
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.hardware.spinnaker.refuse import refusals

HEADER_WORDS = 3
"""Of a row of synapses in SDRAM."""
NEURON_BYTES = 200
"""SDRAM of a neuron: parameters, state, recording."""
NOTES = (
    "Cores are placed in order of the description, 16 to a chip; sPyNNaker's placer may spread them further.",
    "Router entries are one per source core with a target or a source on the chip, before compression and without "
    "spikes that only pass through.",
    "Cores that only receive synapses, which sPyNNaker adds for very many synapses, are not counted.",
)


@dataclass
class Core:
    """A stretch of a population on one core."""

    population: str
    first: int
    stop: int
    sdram: int = 0
    sources: set = field(default_factory=set)


def fit(network, seed=0):
    """Compare a network, or a ChipNetwork, with the chip; returns a FitReport."""
    if isinstance(network, ChipNetwork):
        return fit_of(network)
    refused = refusals(network)
    if refused:
        return FitReport("spinnaker", refused=tuple(refused))
    try:
        return fit_of(quantize(network, seed))
    except FitError as error:
        return FitReport("spinnaker", refused=(str(error).removeprefix("SpiNNaker: "),))


def fit_of(chip):
    """The FitReport of a ChipNetwork."""
    cores, delay_cores = place(chip), delay_extensions(chip)
    total = len(cores) + sum(delay_cores.values())
    chips = [cores[k : k + limits.CORES_PER_CHIP] for k in range(0, len(cores), limits.CORES_PER_CHIP)]
    memory = [sum(core.sdram for core in group) for group in chips]
    entries = [len(set().union(*(core.sources for core in group))) for group in chips]
    most_chips = math.ceil(total / limits.CORES_PER_CHIP)
    atoms = sum(population.size for population in chip.populations.values())
    uses = [
        Use("cores", total, limits.MOST_CHIPS * limits.CORES_PER_CHIP, f"chips: {most_chips}"),
        Use("chips", most_chips, limits.MOST_CHIPS, f"boards: {math.ceil(most_chips / limits.CHIPS_PER_BOARD)}"),
        Use("SDRAM per chip", max(memory, default=0), limits.SDRAM_PER_CHIP, _where(chips, memory)),
        Use("router entries per chip", max(entries, default=0), limits.ROUTER_ENTRIES, _where(chips, entries)),
        Use("key space", atoms, 1 << limits.KEY_BITS - limits.COLOUR_BITS),
        _row(chip),
        *_delays(chip, delay_cores),
    ]
    return FitReport("spinnaker", tuple(uses), (), NOTES)


def place(chip):
    """Cores of all populations, with the SDRAM and the source cores of each."""
    cores = {
        name: [
            Core(name, first, min(first + population.per_core, population.size))
            for first in range(0, population.size, population.per_core)
        ]
        for name, population in chip.populations.items()
    }
    numbers = {id(core): k for k, core in enumerate(core for group in cores.values() for core in group)}
    for name, group in cores.items():
        for core in group:
            core.sdram = NEURON_BYTES * (core.stop - core.first)
            if any(projection.pre == name for projection in chip.projections.values()):
                core.sources.add(numbers[id(core)])
    for projection in chip.projections.values():
        rows = projection.start.size - 1
        row = np.repeat(np.arange(rows), np.diff(projection.start))
        for core in cores[projection.post_population]:
            mine = row[(projection.post >= core.first) & (projection.post < core.stop)]
            if mine.size == 0:
                continue
            longest = int(np.bincount(mine).max())
            words = 2 + 2 * math.ceil(longest / 2) if projection.plastic else longest
            core.sdram += 4 * rows * (words + HEADER_WORDS)
            per_core = chip.populations[projection.pre].per_core
            core.sources |= {numbers[id(cores[projection.pre][k])] for k in np.unique(mine // per_core)}
    return [core for group in cores.values() for core in group]


def delay_extensions(chip):
    """Delay-extension cores by source population: for delays that do not fit the ring buffers of their targets."""
    needed = {}
    for projection in chip.projections.values():
        slots = chip.populations[projection.post_population].slots
        if np.max(projection.delay, initial=0) > slots and projection.post.size:
            pre = chip.populations[projection.pre]
            needed[projection.pre] = math.ceil(pre.size / pre.per_core)
    return needed


def _where(chips, values):
    """The populations on the fullest chip."""
    if not chips:
        return ""
    return ", ".join(dict.fromkeys(core.population for core in chips[int(np.argmax(values))]))


def _row(chip):
    """The longest row of synapses onto one core; halving the neurons per core has its end at one."""
    longest, where = 0, ""
    for projection in chip.projections.values():
        if projection.post.size:
            per_core = chip.populations[projection.post_population].per_core
            cores = int(projection.post.max()) // per_core + 1
            row = np.repeat(np.arange(projection.start.size - 1), np.diff(projection.start))
            count = int(np.bincount(row * cores + projection.post // per_core).max())
            words = 2 + 2 * math.ceil(count / 2) if projection.plastic else count
            longest, where = max((longest, where), (words, projection.name))
    return Use("words in a row of synapses", longest, limits.ROW_WORDS, where)


def _delays(chip, delay_cores):
    """Delay slots of the ring buffer that is fullest, and counters of the delay extension that is."""
    longest = [(int(np.max(p.delay, initial=1)), p) for p in chip.projections.values() if p.post.size]
    if not longest:
        return
    steps, projection = max(longest, key=lambda pair: pair[0])
    if not delay_cores:
        yield Use("delay slots", steps, chip.populations[projection.post_population].slots, projection.name)
        return
    counters = [
        ((1 << (steps - 1).bit_length()) * min(chip.populations[p.pre].size, limits.ATOMS_PER_CORE), p.name)
        for steps, p in longest
        if p.pre in delay_cores
    ]
    yield Use("delay counters", *max(counters)[:1], limits.DELAY_COUNTERS, max(counters)[1])

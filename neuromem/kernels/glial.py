"""Working memory of Gordleeva et al. 2021: Izhikevich neurons on a grid, and astrocytes that each cover 4 x 4 of them.

Neurons are numbered by rows. Astrocyte (j, k) covers rows 3 j to 3 j + 3 and columns 3 k to 3 k + 3, so neighbours
share a border. Neurons count time in ms, glutamate and astrocytes in s; concentrations are in uM.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.calcium import advance
from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import CODE, one_word
from neuromem.kernels.poisson import poisson

NOISE = CODE + 7
SILENT = -8.0
"""mV below which a presynaptic neuron releases less than exp(-40) of what it can: nothing that float64 would add."""


class Numbers(NamedTuple):
    """What the model is made of; times in steps. `neuromem.models.glial_network` says what each is."""

    dt: float
    a: float
    b: float
    c: float
    d: float
    peak: float
    most: float
    g: float
    gain: float
    slope: float
    clearance: float
    release: float
    level: float
    crowd: int
    ip3_drive: float
    driven: int
    calcium: float
    together: int
    window: int
    watch: int
    effect: int
    calcium_flux: float
    ip3_flux: float
    noise: float
    pulse: int
    pause: float


class Cells(NamedTuple):
    """Neurons, flat."""

    v: np.ndarray  # mV
    u: np.ndarray
    opened: np.ndarray  # sum over presynaptic neurons of what they release
    glutamate: np.ndarray
    high: np.ndarray  # whether there is much of it
    noise: np.ndarray  # current of the pulse that goes on, 0 between pulses
    pulses: np.ndarray  # how many there have been
    begins: np.ndarray  # step of the next
    ends: np.ndarray  # step at which the last ends


class Astrocytes(NamedTuple):
    """Astrocytes, (rows, columns)."""

    calcium: np.ndarray
    h: np.ndarray
    ip3: np.ndarray
    flux: np.ndarray  # (2, rows, columns): calcium and IP3 from neighbours, per s
    high: np.ndarray  # neurons covered with much glutamate
    spikes: np.ndarray  # neurons covered that spike in this step
    together: np.ndarray  # last step in which enough did
    driven: np.ndarray  # IP3 is produced up to this step
    effect: np.ndarray  # synapses are stronger up to this step


@inner
def cover(i, columns, counts, amount):
    """Add to the counts of the one, two or four astrocytes that cover neuron i."""
    row, column = i // columns, i % columns
    for j in range(max(0, (row - 1) // 3), min(row // 3, counts.shape[0] - 1) + 1):
        for k in range(max(0, (column - 1) // 3), min(column // 3, counts.shape[1] - 1) + 1):
            counts[j, k] += amount


@inner
def transmit(cells, targets, numbers):
    """opened_j += 1 / (1 + exp(-v_i / slope)) over all synapses i -> j, `targets` (neurons, synapses)."""
    for i in range(cells.v.size):
        if cells.v[i] > SILENT:
            s = 1.0 / (1.0 + math.exp(-cells.v[i] / numbers.slope))
            for j in targets[i]:
                cells.opened[j] += s


@inner
def noise(i, step, seed, cells, numbers):
    """The noise of neuron i now: pulses of random amplitudes, Poisson numbers of steps from one to the next."""
    if step == cells.ends[i]:
        cells.noise[i] = 0.0
    if step == cells.begins[i]:
        k = 2 * cells.pulses[i] + 1
        cells.noise[i] = numbers.noise * (2.0 * share(one_word(seed, NOISE, i, k)) - 1.0)
        cells.pulses[i] += 1
        cells.ends[i] = step + numbers.pulse
        cells.begins[i] = step + 1 + int(poisson(numbers.pause, share(one_word(seed, NOISE, i, k + 1))))
    return cells.noise[i]


@inner
def share(word):
    """A random word as a number between 0 and 1."""
    return (word + 0.5) / 4294967296.0


@inner
def step_neurons(step, seed, applied, cells, astrocytes, columns, numbers):
    """Izhikevich's neurons, Euler; one on a border takes its gain from the astrocyte below or to the right of it."""
    rows, width = astrocytes.effect.shape
    for row in range(3 * rows + 1):
        above = astrocytes.effect[min(row // 3, rows - 1)]
        for column in range(columns):
            i = row * columns + column
            g = numbers.g + (numbers.gain if step < above[min(column // 3, width - 1)] else 0.0)
            received = -g * cells.v[i] * cells.opened[i]
            current = min(applied[i] + received + noise(i, step, seed, cells, numbers), numbers.most)
            spike = step_neuron(i, current, cells, numbers)
            step_glutamate(i, spike, columns, cells, astrocytes, numbers)


@inner
def step_neuron(i, current, cells, numbers):
    """One Euler step of neuron i, v first; returns whether it is at a spike's peak, from which it is reset next."""
    v, u = cells.v[i], cells.u[i]
    if v >= numbers.peak:
        v, u = numbers.c, u + numbers.d
    v += numbers.dt * (0.04 * v * v + 5.0 * v + 140.0 + current - u)
    cells.u[i] = u + numbers.dt * numbers.a * (numbers.b * v - u)
    cells.v[i] = min(v, numbers.peak)
    cells.opened[i] = 0.0
    return v >= numbers.peak


@inner
def step_glutamate(i, spike, columns, cells, astrocytes, numbers):
    """Glutamate of neuron i, and what the astrocytes above it see of it and of its spikes."""
    released = numbers.release if spike else 0.0
    now = cells.glutamate[i] + 0.001 * numbers.dt * (released - numbers.clearance * cells.glutamate[i])
    cells.glutamate[i] = now
    if (now >= numbers.level) != cells.high[i]:
        cells.high[i] = not cells.high[i]
        cover(i, columns, astrocytes.high, 1 if cells.high[i] else -1)
    if spike:
        cover(i, columns, astrocytes.spikes, 1)


@inner
def diffuse(astrocytes, numbers):
    """Flux from the neighbours: c times the sum of differences to them."""
    rows, columns = astrocytes.calcium.shape
    for j in range(rows):
        for k in range(columns):
            calcium = ip3 = 0.0
            for dj, dk in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                if 0 <= j + dj < rows and 0 <= k + dk < columns:
                    calcium += astrocytes.calcium[j + dj, k + dk] - astrocytes.calcium[j, k]
                    ip3 += astrocytes.ip3[j + dj, k + dk] - astrocytes.ip3[j, k]
            astrocytes.flux[0, j, k] = numbers.calcium_flux * calcium
            astrocytes.flux[1, j, k] = numbers.ip3_flux * ip3


@inner
def step_astrocytes(step, cells, astrocytes, numbers):
    """IP3 where enough neurons have released, calcium, and stronger synapses where neurons spike together."""
    diffuse(astrocytes, numbers)
    rows, columns = astrocytes.calcium.shape
    for j in range(rows):
        for k in range(columns):
            if astrocytes.high[j, k] >= numbers.crowd:
                astrocytes.driven[j, k] = step + numbers.driven
            drive = numbers.ip3_drive if step < astrocytes.driven[j, k] else 0.0
            now = astrocytes.calcium[j, k], astrocytes.h[j, k], astrocytes.ip3[j, k]
            fluxes = astrocytes.flux[0, j, k], drive + astrocytes.flux[1, j, k]
            calcium, h, ip3 = advance(now, fluxes, 0.001 * numbers.dt)
            astrocytes.calcium[j, k], astrocytes.h[j, k], astrocytes.ip3[j, k] = calcium, h, ip3
            if astrocytes.spikes[j, k] >= numbers.together:
                astrocytes.together[j, k] = step
            astrocytes.spikes[j, k] = 0
            near = step - astrocytes.together[j, k] <= numbers.window
            if step % numbers.watch == 0 and calcium > numbers.calcium and near:
                astrocytes.effect[j, k] = step + numbers.effect


@entry
def run(start, steps, seed, applied, cells, astrocytes, targets, numbers, columns, spikes):
    """Run from step `start` with a constant current per neuron; counts spikes, int64 (neurons,), of these steps."""
    for step in range(start, start + steps):
        transmit(cells, targets, numbers)
        step_neurons(step, seed, applied, cells, astrocytes, columns, numbers)
        step_astrocytes(step, cells, astrocytes, numbers)
        for i in range(cells.v.size):
            spikes[i] += cells.v[i] >= numbers.peak

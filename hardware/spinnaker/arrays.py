"""Lays the integers of a ChipNetwork out in the arrays of `neuromem.kernels.spinnaker_layout`."""

import numpy as np

from neuromem.kernels import spinnaker_layout as at


def cells_and_learning(chip, first, total):
    """Cells and Learning of all populations."""
    populations = list(chip.populations.values())
    table = np.zeros((len(populations), 7), np.int64)
    state = {name: np.zeros(total, np.int32) for name in ("v", "i_e", "i_i")}
    constants, rules, decays, posts, places = [np.zeros((0, at.CONSTANTS), np.int64)], [], [np.zeros(0, np.int64)], 0, 0
    for row, population in zip(table, populations, strict=True):
        begin = first[population.name]
        row[[at.FIRST, at.SIZE, at.NEURONS]] = begin, population.size, not population.is_source
        row[[at.LEARNS, at.RULE]] = at.NONE, 0
        for name, value in population.initial.items():
            state[name][begin : begin + population.size] = value
        row[[at.CONSTANT, at.STRIDE]] = sum(map(len, constants)), len(population.constants) > 1
        constants.append(population.constants)
        rule = population.rule
        if rule is not None:
            row[[at.LEARNS, at.RULE]] = posts, len(rules)
            posts += population.size
            bounds = (rule.w_min, rule.w_max, rule.a_plus, rule.a_minus, rule.multiplicative)
            tables = (places, rule.plus.size, places + rule.plus.size, rule.minus.size)
            rules += [(*bounds, *tables, shift) for shift in population.shifts]
            decays += [rule.plus, rule.minus]
            places += rule.plus.size + rule.minus.size
    longest = max((int(np.max(p.delay, initial=1)) for p in chip.projections.values()), default=1)
    cells = at.Cells(
        table,
        *state.values(),
        np.zeros(total, np.int32),
        np.zeros(total, np.int64),
        np.concatenate(constants),
        np.zeros((longest + 1, 2, total), np.uint16),
    )
    rows = sum(p.start.size - 1 for p in chip.projections.values() if p.plastic)
    learning = at.Learning(
        np.array(rules, np.int64).reshape(-1, 10),
        np.concatenate(decays),
        np.zeros((posts, at.HISTORY), np.int32),
        np.zeros((posts, at.HISTORY), np.int32),
        np.zeros(posts, np.int32),
        np.full(posts, -1, np.int32),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int32),
    )
    return cells, learning


def wires(chip, first):
    """Wires of all projections."""
    names = list(chip.populations)
    table = np.full((len(chip.projections), at.WIRE_COLUMNS), at.NONE, np.int64)
    starts, targets, weights, delays = ([np.zeros(0, kind)] for kind in (np.int64, np.int32, np.uint16, np.uint16))
    rows = synapses = weighted = delayed = plastic = 0
    for row, p in zip(table, chip.projections.values(), strict=True):
        row[[at.PRE, at.POST, at.RECEPTOR]] = names.index(p.pre), names.index(p.post_population), p.receptor
        row[[at.ROW, at.ROWS, at.SYNAPSE]] = rows, p.start.size - 1, synapses
        row[at.SCALAR] = 0
        starts.append(p.start + synapses)
        targets.append(p.post + np.int32(first[p.post_population]))
        rows, synapses = rows + p.start.size, synapses + p.post.size
        if np.ndim(p.weight):
            row[at.WEIGHT] = weighted
            weights.append(p.weight)
            weighted += p.post.size
        else:
            row[at.SCALAR] = p.weight
        if np.ndim(p.delay):
            row[at.OWN_DELAY] = delayed
            delays.append(p.delay)
            delayed += p.post.size
        else:
            row[at.DELAY] = p.delay
        if p.plastic:
            row[at.PLASTIC] = plastic
            plastic += p.start.size - 1
    return at.Wires(table, *(np.concatenate(arrays) for arrays in (starts, targets, weights, delays)))

"""Arrays of a `TemporalMemory`: made empty, and what a file keeps of them."""

import numpy as np

from neuromem.errors import UsageError
from neuromem.kernels import dendrites
from neuromem.kernels import synapse_lists as lists
from neuromem.kernels.synapse_lists import AFTER, BEFORE, EARLIER, LATER, NONE, OWNER, SIZE

_SMALLEST_POOL = 1 << 16


def empty_segments(segments, cells):
    """No segment yet: all are free, in ascending order."""
    number = np.zeros(dendrites.NUMBERS, np.int64)
    number[[dendrites.LEAST, dendrites.MOST]] = NONE
    table = np.zeros((segments, 8), np.int64)
    table[:, [OWNER, BEFORE, LATER, EARLIER]] = NONE
    table[:, AFTER] = np.append(np.arange(1, segments), NONE)
    heat = np.zeros((segments, 2), np.uint32)
    heat[:, lists.KEY] = np.arange(segments)
    return dendrites.Segments(number, table, heat, np.full(cells, NONE, np.int32), np.zeros(cells, np.int32))


def empty_activity(segments, columns, cells):
    """Nothing going on."""
    return dendrites.Activity(
        np.zeros((2, cells), np.int64),
        np.zeros((2, cells), np.int64),
        np.zeros((2, cells), np.uint8),
        np.zeros((2, segments), np.int32),
        np.full((2, columns), NONE, np.int32),
        np.zeros((2, segments), np.int32),
        np.zeros(columns, np.int64),
        np.zeros(columns, np.uint8),
        np.zeros(cells, np.int64),
        np.zeros(cells, np.int64),
        np.zeros(dendrites.WORDS, np.uint32),
    )


def empty_synapses(segments, width, cells):
    """No synapse yet."""
    table, free = np.zeros((cells, 4), np.int32), np.full(lists.REST + 1, NONE, np.int32)
    table[:, lists.ROOM], free[lists.REST] = NONE, 0
    cell, permanence = np.zeros(segments * width, np.int32), np.zeros(segments * width, np.float32)
    return lists.Synapses(cell, permanence, table, np.zeros(_SMALLEST_POOL, np.int32), free)


def packed(rule, segments, activity, synapses, arriving):
    """The synapses with their lists laid anew, in a larger pool if less than half of this one would be left."""
    number, end = segments.number, lists.lay(rule, segments, synapses)
    winners = activity.winners[number[dendrites.TURN], : number[dendrites.WINNERS]]
    room = int(synapses.lists[winners, lists.COUNT].sum()) + (winners.size << lists.SMALLEST)
    learning = int(number[dendrites.ACTIVE]) + arriving
    needed = 2 * end + 4 * (room + learning * min(winners.size, rule.grown))
    if needed >= 1 << 31:
        raise UsageError("TemporalMemory: too many synapses for its lists; lower max_segments or max_synapses")
    if synapses.pool.size < needed:
        synapses = synapses._replace(pool=np.zeros(min(2 * needed, (1 << 31) - 1), np.int32))
    number[dendrites.GENERATION] = 0
    lists.fill(end, rule, segments, synapses)
    return synapses


def to_tree(segments, activity, synapses, width):
    """What is learned and what is going on; of a segment's places for synapses those in use."""
    number, used = segments.number, _used(segments.table[:, SIZE], width)
    turn = number[dendrites.TURN]
    return {
        "segments": {"number": number.copy(), "table": segments.table.copy(), "first": segments.first.copy()},
        "synapses": {name: getattr(synapses, name)[used] for name in ("cell", "permanence")},
        "active": activity.active[turn, : number[dendrites.CELLS]].copy(),
        "winners": activity.winners[turn, : number[dendrites.WINNERS]].copy(),
        "dead": np.flatnonzero(segments.owned == dendrites.DEAD),
    }


def from_tree(tree, rule, segments, activity, synapses):
    """Fill empty arrays from `to_tree`; returns the synapses. Raises ValueError for what does not fit together."""
    number, table, cells, dead = segments.number, segments.table, segments.first.size, np.asarray(tree["dead"])
    for name in ("number", "table", "first"):
        target, given = getattr(segments, name), np.asarray(tree["segments"][name])
        _require(given.shape == target.shape and given.dtype == target.dtype, f"segments.{name}")
        target[...] = given
    limits = {OWNER: cells, SIZE: rule.width + 1} | dict.fromkeys((AFTER, BEFORE, LATER, EARLIER), len(table))
    for column, limit in limits.items():
        _require(_within(table[:, column], NONE, limit), "segments.table")
    owner, size = table[:, OWNER], table[:, SIZE]
    _require(_within(segments.first, NONE, len(table)), "segments.first")
    _require(_within(number[[dendrites.FREE, dendrites.LEAST, dendrites.MOST]], NONE, len(table)), "segments.number")
    _require((size[owner == NONE] == 0).all() and (size >= 0).all(), "segments.table")
    segments.owned[...] = np.bincount(owner[owner != NONE], minlength=cells)
    _require(_within(dead, 0, cells) and not segments.owned[dead].any(), "dead")
    segments.owned[dead] = dendrites.DEAD
    used = _used(size, rule.width)
    for name in ("cell", "permanence"):
        given = np.asarray(tree["synapses"][name])
        _require(given.shape == (int(size.sum()),), f"synapses.{name}")
        getattr(synapses, name)[used] = given
    _require(_within(synapses.cell[used], 0, cells), "synapses.cell")
    turn = number[dendrites.TURN]
    _require(turn in (0, 1), "segments.number")
    number[[dendrites.CELLS_BEFORE, dendrites.WINNERS_BEFORE, dendrites.ACTIVE]] = 0
    for name, column in (("active", dendrites.CELLS), ("winners", dendrites.WINNERS)):
        given = np.asarray(tree[name])
        _require(given.size == number[column] <= cells and _within(given, 0, cells), name)
        getattr(activity, name)[turn, : given.size] = given
    activity.is_active[turn, tree["active"]] = 1
    return packed(rule, segments, activity, synapses, 0)


def _used(size, width):
    """Places in use, bool (segments * width,)."""
    return (np.arange(width)[None, :] < size[:, None]).ravel()


def _within(values, low, high):
    return bool(((values >= low) & (values < high)).all())


def _require(fits, name):
    if not fits:
        raise ValueError(f"{name} does not fit")

"""Arrays of a `TemporalMemory`: made empty, and what a file keeps of them."""

import numpy as np

from neuromem.kernels import dendrites
from neuromem.kernels import synapse_lists as lists
from neuromem.kernels.synapse_lists import NONE

_LISTS = ("number", "owner", "after", "before", "first", "owned", "later", "earlier", "used", "born")
_SMALLEST_POOL = 1 << 16


def empty_segments(segments, cells):
    """No segment yet: all are free, in ascending order."""
    number = np.zeros(dendrites.NUMBERS, np.int64)
    number[[dendrites.LEAST, dendrites.MOST]] = NONE
    after = np.arange(1, segments + 1, dtype=np.int32)
    after[-1] = NONE

    def none(size):
        return np.full(size, NONE, np.int32)

    return dendrites.Segments(
        number,
        none(segments),
        after,
        none(segments),
        none(cells),
        np.zeros(cells, np.int32),
        none(segments),
        none(segments),
        np.zeros(segments, np.int64),
        np.zeros(segments, np.int64),
        np.zeros(segments, np.int32),
    )


def empty_activity(segments, columns, cells):
    """Nothing going on."""
    return dendrites.Activity(
        *(np.zeros(cells, np.int32) for _ in range(3)),
        np.zeros(cells, np.uint8),
        np.zeros(cells, np.uint8),
        np.zeros(cells, np.int64),
        np.zeros(segments, np.int32),
        np.zeros(segments, np.int32),
        np.full(columns, NONE, np.int32),
        np.zeros(segments, np.int32),
        np.full(columns, NONE, np.int32),
        np.zeros(segments, np.int32),
        np.zeros(columns, np.uint8),
        np.zeros(cells, np.int32),
        np.zeros(dendrites.WORDS, np.uint32),
        np.zeros(cells, np.uint8),
    )


def empty_synapses(segments, width, cells):
    """No synapse yet."""
    free = np.full(63, NONE, np.int64)
    free[62] = 0
    return lists.Synapses(
        np.zeros(segments * width, np.int32),
        np.zeros(segments * width, np.float32),
        np.zeros(segments * width, np.int32),
        np.zeros(segments, np.int32),
        np.zeros(cells, np.int64),
        np.zeros(cells, np.int32),
        np.full(cells, NONE, np.int8),
        np.zeros(_SMALLEST_POOL, np.int64),
        free,
    )


def to_tree(segments, activity, synapses, width):
    """What is learned and what is going on; of a segment's places for synapses those in use."""
    number, used = segments.number, _used(synapses.size, width)
    return {
        "segments": {name: getattr(segments, name).copy() for name in _LISTS},
        "synapses": {
            "size": synapses.size.copy(),
            **{name: getattr(synapses, name)[used] for name in ("cell", "permanence", "place")},
        },
        "active": activity.active[: number[dendrites.CELLS]].copy(),
        "winners": activity.winners[: number[dendrites.WINNERS]].copy(),
        "dead": np.flatnonzero(activity.dead),
    }


def from_tree(tree, rule, segments, activity, synapses):
    """Fill empty arrays from `to_tree`; returns the synapses. Raises ValueError for what does not fit together."""
    cells, width = activity.dead.size, rule.width
    for name in _LISTS:
        target, given = getattr(segments, name), np.asarray(tree["segments"][name])
        _require(given.shape == target.shape and given.dtype == target.dtype, f"segments.{name}")
        target[...] = given
    limits = {"owner": cells, "first": segments.owner.size}
    limits |= dict.fromkeys(("after", "before", "later", "earlier"), segments.owner.size)
    for name, limit in limits.items():
        _require(_within(getattr(segments, name), NONE, limit), f"segments.{name}")
    size = np.asarray(tree["synapses"]["size"])
    _require(size.shape == synapses.size.shape and _within(size, 0, width + 1), "synapses.size")
    synapses.size[...] = size
    used = _used(size, width)
    for name in ("cell", "permanence", "place"):
        given = np.asarray(tree["synapses"][name])
        _require(given.shape == (int(size.sum()),), f"synapses.{name}")
        getattr(synapses, name)[used] = given
    pre, place = synapses.cell[used], synapses.place[used]
    _require(_within(pre, 0, cells), "synapses.cell")
    synapses.count[...] = np.bincount(pre, minlength=cells)
    order = np.lexsort((place, pre))
    begin = np.concatenate([[0], np.cumsum(synapses.count)[:-1]])
    _require(np.array_equal(place[order], np.arange(pre.size) - begin[pre[order]]), "synapses.place")
    room = 2 * pre.size + (cells << lists.SMALLEST)
    synapses = synapses._replace(pool=np.zeros(max(_SMALLEST_POOL, 2 * room), np.int64))
    lists.pack(width, rule.connected, synapses)
    for name, column, listed in (
        ("active", dendrites.CELLS, activity.active),
        ("winners", dendrites.WINNERS, activity.winners),
    ):
        given = np.asarray(tree[name])
        _require(given.size == segments.number[column] <= listed.size and _within(given, 0, cells), name)
        listed[: given.size] = given
    activity.is_active[tree["active"]] = 1
    activity.dead[np.asarray(tree["dead"], np.int64)] = 1
    return synapses


def _used(size, width):
    """Places in use, bool (segments * width,)."""
    return (np.arange(width)[None, :] < size[:, None]).ravel()


def _within(values, low, high):
    return bool(((values >= low) & (values < high)).all())


def _require(fits, name):
    if not fits:
        raise ValueError(f"{name} does not fit")

"""`Mac`: one macrocolumn, the arrays of its three pathways and its clock."""

from typing import NamedTuple

import numpy as np

from neuromem.errors import CapacityError
from neuromem.kernels import macrocolumn, sparsey, sparsey_chance
from neuromem.kernels.bits import packed, words
from neuromem.kernels.sparsey import Signals
from neuromem.models.sparsey_checks import seed_of
from neuromem.models.sparsey_rules import CodeSelection
from neuromem.network.check import count, numbers

U, H, D = range(3)
"""Pathways: from below, from the mac's own code a step before, from above."""

CHANGING = ("weights", "filled", "frozen", "last", "stiffness")
"""Arrays of a pathway that learning changes."""

PAIRS, SINGLES = ((1, 1, 0), (0, 1, 1), (1, 0, 1)), ((0, 1, 0), (1, 0, 0), (0, 0, 1))


class Found(NamedTuple):
    """Codes of a batch: winner int32 (B, cms), -1 while idle; G float64 (B,), familiarity; rivals float64 (B,)."""

    winner: np.ndarray
    G: np.ndarray
    rivals: np.ndarray


class Mac:
    """A macrocolumn of `cms` competitive modules of `units` binary units.

    Parameters
    ----------
    inputs, above : int
        Sources of U and of D (0: no such pathway).
    recurrent : bool
        Whether the mac's own code of the step before is a source (H).
    cms, units : int
    selection : CodeSelection
    saturation : float
        A unit whose synapses of a pathway are set to more than this share learns no more there.
    permanence : Permanence, optional
        Default: what is learned stays.
    reach : tuple of 3 ints, optional
        Of the sources of U, H and D, those that exist; default: all. The rest fills up words.
    seed, number : int
        Of random words; macs of one system have different numbers.
    """

    def __init__(
        self, inputs, cms, units, *, above=0, recurrent=False, selection=None, saturation=1.0, permanence=None,
        reach=None, seed=0, number=0, owner="Mac",
    ):  # fmt: skip
        self.cms, self.units = count(cms, owner, "cms", least=1), count(units, owner, "units", least=1)
        self.total, self.owner = self.cms * self.units, owner
        self.saturation = numbers(saturation, owner, "saturation", low=0.0, high=1.0, scalar=True)
        self.selection = CodeSelection() if selection is None else selection
        self.permanence, self.now, self.recurrent = permanence, 0, bool(recurrent)
        own = self.total if recurrent else 0
        self.sources = (count(inputs, owner, "inputs", least=1), own, count(above, owner, "above"))
        self.reach = self.sources if reach is None else reach
        self.paths = tuple(self._pathway(p, size) for p, size in enumerate(self.sources))
        self._rule, self._number = self.selection.rule(self.cms, self.units), number
        self._seed = np.uint64(seed_of(seed, owner))
        bend = self.selection.constants[0]
        sizes = (self.total, self.total, self.total, self.cms)
        self._space = sparsey.Space(*(np.zeros(size) for size in sizes), np.full(1, bend))

    def _pathway(self, which, sources):
        """Everything at its beginning: no synapse set."""
        reach = self.reach[which] - (self.units if which == H and sources else 0)
        lasting = (0, 0) if self.permanence is None else (sources, self.total)
        ages, values = (np.zeros((1, 1), np.int32), np.ones((1, 1))) if not lasting[1] else self.permanence.table
        return macrocolumn.Pathway(
            np.zeros((words(sources), self.total), np.uint64),
            np.zeros(self.total, np.int32),
            np.zeros(self.total, np.uint8),
            np.full(lasting, macrocolumn.NEVER, np.int32),
            np.zeros(lasting, np.uint8),
            ages,
            values,
            1 if self.permanence is None else self.permanence.wait,
            int(self.saturation * reach),
            int(which == H),
        )

    @property
    def frozen(self):
        """Whether no unit can learn from below any more."""
        return bool(self.paths[U].frozen.all())

    def freeze(self):
        """End the critical period of all units in all pathways."""
        for path in self.paths:
            path.frozen[:] = 1
            if path.stiffness.size:
                path.stiffness[path.last != macrocolumn.NEVER] = len(path.ages) - 1

    def silent(self, which, batch=1):
        """Signals of a pathway without active sources."""
        return Signals(np.zeros((batch, words(self.sources[which])), np.uint64), np.zeros(batch), np.zeros((batch, 0)))

    def pixels(self, bits):
        """Inputs from below, bool (B, inputs), as what U brings."""
        return Signals(packed(bits), self.selection.norm(bits.sum(axis=1)), np.zeros((len(bits), 0)))

    def learn(self, u, h=None, d=None):
        """Choose and store a code for each frame, one after another; Signals in, Found out."""
        if self.frozen:
            raise CapacityError(
                f"{self.owner}: its critical period is over, nothing more can be learned; make a new one"
            )
        found = self._present(u, h, d, True, True)
        self.now += len(u.x)
        return found

    @property
    def room(self):
        """Frames that can surely be learned before all units are frozen, as each freezes at most one per module."""
        if self.paths[U].limit >= self.reach[U] and not self.frozen:
            return np.inf
        return -(-int((self.paths[U].frozen == 0).sum()) // self.cms)

    def learn_most(self, u, h=None, d=None):
        """As `learn`, up to the frame in which the last unit freezes; Found has a row for each frame learned."""
        if self.frozen or self.room >= len(u.x):
            return self.learn(u, h, d)
        done, found = 0, []
        while done < len(u.x) and not self.frozen:
            rows = slice(done, min(done + self.room, len(u.x)))
            found.append(self.learn(*(_rows(s, rows) for s in (u, h, d))))
            done = rows.stop
        return Found(*(np.concatenate(a) for a in zip(*found)))

    def learn_in_turn(self, u, d=None):
        """As if one frame came after another: none learned while nothing is seen; recognised once all units froze."""
        seen = np.flatnonzero(u.norm > 0)
        out = Found(np.full((len(u.x), self.cms), -1, np.int32), np.zeros(len(u.x)), np.ones(len(u.x)))
        learned = self.learn_most(_rows(u, seen), None, _rows(d, seen))
        rest = seen[len(learned.G) :]
        recognised = self.recognise(_rows(u, rest), None, _rows(d, rest))
        for rows, found in ((seen[: len(learned.G)], learned), (rest, recognised)):
            for to, values in zip(out, found):
                to[rows] = values
        return out

    def associate(self, u, winner):
        """Let a code that persists learn what is active below now: winner int32 (1, cms)."""
        frames = (u, self.silent(H), self.silent(D))
        codes = sparsey.Codes(np.ascontiguousarray(winner, np.int32), np.zeros(1), np.zeros(1))
        sparsey.associate(self.paths, self._rule, self.now, frames, codes)
        self.now += 1

    def codes_as_signals(self, which, winner, rivals, source=None):
        """Codes of macs as what a pathway brings: int (macs, cms) of a frame, or (B, macs, cms) and rivals (B, macs).

        Each code fills whole words; idle ones are empty, as are those of macs that send nothing because too many
        hypotheses compete in them. Sums are divided by the number of winners, without those of the unit's own module
        in H.
        """
        source = self if source is None else source
        winner, rivals = np.asarray(winner), np.asarray(rivals)
        winner, rivals = (winner[None], rivals[None]) if winner.ndim == 2 else (winner, rivals)
        batch, macs, cms = winner.shape
        strength = source.selection.strength(rivals)
        winner = np.where(strength[:, :, None] > 0, winner, -1)
        x = code_bits(winner.reshape(batch * macs, cms), source.units)
        strength = np.repeat(strength, x.shape[1], axis=1)
        norm = (winner[:, :, 0] >= 0).sum(axis=1) * float(cms - 1 if which == H else cms)
        plain = (strength == 1).all()
        return Signals(x.reshape(batch, -1), norm, np.zeros((batch, 0)) if plain else strength)

    def draw(self, u, h=None, d=None):
        """The code that `learn` would choose, and store, for each frame if it came next; nothing changes."""
        return self._present(u, h, d, True, False)

    def recognise(self, u, h=None, d=None):
        """The most familiar code for each frame, with back-off over the pathways if the selection says so."""
        u, h, d = self._whole(u, h, d)
        luck = self._luck(False, (u, h, d))
        best = self._present(u, h, d, False, False, luck)
        for enough, masks in zip(self.selection.back_off or (), (PAIRS, SINGLES)):
            for mask in masks:
                low = enough > best.G
                if self.selection.back_off_to == "seen" and not mask[U]:
                    low &= u.norm == 0
                if not low.any():
                    continue
                other = self._present(*(_muted(s, on) for s, on in zip((u, h, d), mask)), False, False, luck)
                better = low & (other.G > best.G)
                best = Found(*(_chosen(better, b, a) for a, b in zip(best, other)))
        return best

    def _present(self, u, h, d, drawn, learning, luck=None):
        u, h, d = self._whole(u, h, d)
        batch, luck = len(u.x), self._luck(drawn, (u, h, d)) if luck is None else luck
        codes = sparsey.Codes(np.zeros((batch, self.cms), np.int32), np.zeros(batch), np.zeros(batch))
        # the arrays to compute in are this call's own, so that recognising is safe on many threads
        space = (
            self._space
            if learning
            else sparsey.Space(*(np.empty_like(a) for a in self._space[:-1]), self._space.ratchet)
        )
        mode = sparsey.LEARN if learning else sparsey.DRAW if drawn else sparsey.RECOGNISE
        sparsey.present(self.paths, space, self._rule, self.now, mode, luck, (u, h, d), codes)
        return Found(*codes)

    def _whole(self, *frames):
        """Silent signals where there are none."""
        return tuple(self.silent(p, len(frames[U].x)) if s is None else s for p, s in enumerate(frames))

    def _luck(self, drawn, frames):
        """Random numbers of the steps to come, or, for ties, of the frames; float64 (B, cms)."""
        batch = len(frames[U].x)
        if drawn:
            names = np.arange(self.now, self.now + batch).astype(np.uint64)
        else:
            names = np.zeros(batch, np.uint64)
            for signals in frames:
                sparsey_chance.digests(signals.x, names)
        luck = np.empty((batch, self.cms))
        sparsey_chance.numbers(names, np.uint64(2 * self._number + 1 - drawn), self._seed, drawn, luck)
        return luck

    def set_bits(self, which=U, first=0):
        """The synapses of a pathway, from source `first` on, as they count now, bool (total, sources - first)."""
        path, sources, word = self.paths[which], self.sources[which], first // 64
        if not path.last.size:
            return unpacked(path.weights[word:].T, sources - 64 * word)[:, first - 64 * word :]
        last, stiffness = path.last[first:], path.stiffness[first:]
        lasts = (self.now - last.astype(np.int64) < path.ages[:, -1][stiffness]) | (stiffness == len(path.ages) - 1)
        return (lasts & (last != macrocolumn.NEVER)).T

    def state(self):
        """Everything that learning changes, by name; copies."""
        state = {f"{p}.{name}": getattr(path, name).copy() for p, path in enumerate(self.paths) for name in CHANGING}
        return state | {"now": self.now, "ratchet": self._space.ratchet.copy()}

    def restore(self, state):
        """Take the state of an equal mac."""
        for p, path in enumerate(self.paths):
            for name in CHANGING:
                getattr(path, name)[...] = state[f"{p}.{name}"]
        self.now = int(state["now"])
        self._space.ratchet[...] = state["ratchet"]


def _rows(signals, rows):
    """Some frames of a batch, or None."""
    return signals and Signals(*(a[rows] for a in signals))


def _muted(signals, on):
    return signals if on else signals._replace(norm=np.zeros_like(signals.norm))


def _chosen(which, a, b):
    """Rows of a where `which`, else of b."""
    return np.where(which.reshape((-1,) + (1,) * (a.ndim - 1)), a, b)


def code_bits(winner, units):
    """Codes int (B, cms), -1 for idle modules, as bits uint64 (B, words(cms * units))."""
    winner = np.asarray(winner)
    batch, cms = winner.shape
    bits = np.zeros((batch, words(cms * units)), np.uint64)
    unit = winner.astype(np.int64) + units * np.arange(cms)
    row, column = np.nonzero(winner >= 0)
    unit = unit[row, column]
    np.bitwise_or.at(bits, (row, unit // 64), np.uint64(1) << (unit % 64).astype(np.uint64))
    return bits


def unpacked(rows, n):
    """uint64 (B, words(n)) as bool (B, n)."""
    folded = np.ascontiguousarray(rows.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(folded, axis=1, count=n, bitorder="little").astype(bool)

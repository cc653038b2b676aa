"""`SparseyHierarchy`: levels of macrocolumns with receptive fields, for images and for sequences of frames."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from neuromem.errors import CapacityError, PatternError, UsageError
from neuromem.kernels.bits import packed, words
from neuromem.models.sparsey import enough, known
from neuromem.models.sparsey_checks import (
    codes_of,
    episode_of,
    frames_of,
    labels_of,
    level_of,
    seed_of,
    sides,
    switch,
    voting_of,
)  # fmt: skip
from neuromem.models.sparsey_levels import Level, fields, parents
from neuromem.models.sparsey_mac import D, Found, H, Mac, Signals, U
from neuromem.network.check import count, numbers


class Episode(NamedTuple):
    """What a hierarchy made of T frames: per level, winner int32 (T, macs, cms), -1 while idle, and G (T, macs)."""

    winner: list
    G: list


class _State(NamedTuple):
    """What is going on in a level: codes int32 (macs, cms), their age in frames, rivals and G float64 (macs,)."""

    winner: np.ndarray
    age: np.ndarray
    rivals: np.ndarray
    G: np.ndarray


class SparseyHierarchy:
    """Levels of macs, each seeing part of the level below; it learns every episode of frames in one pass.

    In a frame a mac chooses its code from the pixels or codes below it (U), its own code of the frame before (H) and
    the codes of the macs above it, of the frame before (D); it keeps it for the level's persistence, during which its
    winners go on learning what happens below. Labels are a further field of units, one per class. Its synapses with the
    winners, both ways, are set whenever the two are active together: from above (D) the label takes part in choosing a
    code while it is learned, and the winners of a code vote for the classes that they have met.

    Parameters
    ----------
    shape : tuple of 2 ints
        Rows and columns of a frame.
    levels : list of Level
        From below.
    classes : int
        Labels, 0 for none.
    channels : int
        Binary values per pixel.
    feedback : bool
        Whether levels have D synapses from the one above.
    voting : tuple of int, optional
        Levels whose codes are labelled, 0 the lowest; default: the highest.
    agreement : float
        Share of winners, of all macs that see a pixel, that must know it for it to be recalled; above 0.
    seed, threads : int
        Threads share the macs when images are learned; results do not depend on it.

    References
    ----------
    G. J. Rinkus, Front. Comput. Neurosci. 8:160 (2014). That labels take part in choosing codes is ours.
    """

    def __init__(
        self, shape, levels, *, classes=0, channels=1, feedback=True, voting=None, agreement=1.0, seed=0, threads=1
    ):
        owner = "SparseyHierarchy"
        self.shape, self.classes = sides(shape, owner, "shape"), count(classes, owner, "classes")
        self.channels = count(channels, owner, "channels", least=1)
        self.agreement = numbers(agreement, owner, "agreement", above=0.0, high=1.0, scalar=True)
        self.threads, self.seed = count(threads, owner, "threads", least=1), seed_of(seed, owner)
        given = isinstance(levels, (list, tuple)) and len(levels) > 0
        if not given or not all(isinstance(level, Level) for level in levels):
            raise UsageError(f"{owner}.levels: a list of Level is expected, got {levels!r}")
        self.levels, self.voting = list(levels), voting_of(voting, len(levels))
        switch(feedback, owner, "feedback")
        self.macs, self._below, self._above, side = [], [], [], self.shape
        for i, level in enumerate(self.levels):
            self._below.append(fields(side, level, i))
            side = level.grid
        for i, _level in enumerate(self.levels):
            higher = parents(self._below[i + 1], len(self._below[i])) if feedback and i + 1 < len(self.levels) else None
            self._above.append(higher or [()] * len(self._below[i]))
            self.macs.append([self._mac(i, m) for m in range(len(self._below[i]))])
        self.reset()

    def _mac(self, i, m):
        """Sources of U are pixels or the codes of macs below, whole words each; of D, macs above, then labels."""
        level = self.levels[i]
        lower = self.levels[i - 1].total if i else 0
        inputs = 64 * words(lower) * len(self._below[i][m]) if i else len(self._below[i][m]) * self.channels
        higher = self.levels[i + 1].total if self._above[i][m] else 0
        driven = self.classes if i in self.voting else 0
        reach = (lower * len(self._below[i][m]) if i else inputs, level.total, higher * len(self._above[i][m]) + driven)
        number = sum(len(macs) for macs in self.macs) + m
        return Mac(
            inputs, level.cms, level.units, above=64 * words(higher) * len(self._above[i][m]) + driven,
            recurrent=level.recurrent, selection=level.selection, saturation=level.saturation, reach=reach,
            permanence=level.permanence, seed=self.seed, number=number, owner=f"SparseyHierarchy level {i} mac {m}",
        )  # fmt: skip

    def reset(self):
        """Forget what was going on, not what was learned: the next frame begins an episode."""
        self._states = [
            _State(
                np.full((len(macs), level.cms), -1), np.zeros(len(macs), int), np.ones(len(macs)), np.zeros(len(macs))
            )
            for level, macs in zip(self.levels, self.macs)
        ]

    @property
    def frozen(self):
        """Whether the critical period of every mac is over."""
        return all(mac.frozen for macs in self.macs for mac in macs)

    def freeze(self):
        """End the critical period of every mac: what was learned is safe from now on, and learning raises."""
        for macs in self.macs:
            for mac in macs:
                mac.freeze()

    def learn(self, episodes, labels=None):
        """Learn episodes, bool (B, T, h, w) or a list of (T, h, w), or images (B, h, w), each once, in this order.

        labels : int (B,), optional
            Classes, 0 to classes - 1.
        Raises PatternError for frames or labels that do not fit, CapacityError when the critical periods of all macs
        are over; nothing is learned then. A mac whose period is over recognises while others learn.
        """
        episodes, still = frames_of(episodes, self.shape, self.channels, "episodes")
        labels = labels_of(labels, len(episodes), self.classes)
        if self.frozen:
            raise CapacityError(
                "SparseyHierarchy: the critical periods of all macs are over, nothing can be learned; make a new one"
            )
        if still:
            self._images(episodes, labels, learning=True)
            return
        for frames, label in zip(episodes, labels):
            self.reset()
            for frame in frames:
                self._step(frame, label, learning=True)

    def recognise(self, frames):
        """The codes of one episode, bool (T, h, w), and how familiar they are; returns an Episode."""
        frames = episode_of(frames, self.shape, self.channels, "frames")
        self.reset()
        found = [self._step(frame, -1, learning=False) for frame in frames]
        return Episode(*([np.stack([s[i][k] for s in found]) for i in range(len(self.levels))] for k in (0, 3)))

    def votes(self, episodes):
        """Votes for every class, int64 (B, classes): modules whose winner has met the class, over all frames.

        A frame in which a code persists counts again.
        """
        episodes, still = frames_of(episodes, self.shape, self.channels, "episodes")
        if still:
            found = self._images(episodes, np.full(len(episodes), -1), learning=False)
            return sum(self._ballots(mac, f.winner) for i in self.voting for mac, f in zip(self.macs[i], found[i]))
        out = np.zeros((len(episodes), self.classes), np.int64)
        for b, frames in enumerate(episodes):
            self.reset()
            for frame in frames:
                self._step(frame, -1, learning=False)
                for i in self.voting:
                    for mac, code in zip(self.macs[i], self._states[i].winner):
                        out[b] += self._ballots(mac, code[None])[0]
        return out

    def codes(self, images, level=-1):
        """Codes of images, bool (B, h, w): int32 (B, macs * cms) of one level, -1 while idle."""
        level = level_of(level, len(self.levels))
        images, still = frames_of(images, self.shape, self.channels, "images")
        if not still:
            raise PatternError("codes: images are expected, an array (B, h, w); recognise takes episodes")
        found = self._images(images, np.full(len(images), -1), learning=False)[level]
        return np.concatenate([f.winner for f in found], axis=1)

    def classify(self, episodes):
        """The class with most `votes` for each episode, over all frames, int64 (B,); the smallest of equal ones."""
        if self.classes == 0:
            raise UsageError("SparseyHierarchy.classify: it was made without classes; give it classes and labels")
        return self.votes(episodes).argmax(axis=1)

    def replay(self, prompt, steps):
        """Go on from the frames of `prompt`, bool (T, h, w), by H and D alone; bool (steps, h, w[, channels]).

        Recall of a sequence from its beginning, or from any place in it.
        """
        steps = count(steps, "replay", "steps")
        prompt = episode_of(prompt, self.shape, self.channels, "prompt")
        self.reset()
        for frame in prompt:
            self._step(frame, -1, learning=False)
        out = [enough(self._expected(), self.agreement) for _ in range(steps)]
        return np.array(out).reshape(len(out), *self._frame)

    def predict(self, frames):
        """What is expected after each frame of an episode, bool (T, h, w), before the next is seen.

        By H and D alone, as in `replay`, from the codes that the frames so far have led to. float64 (T, h, w), with
        channels if there are several: `support` of the next frame, 0 where nothing was recognised.
        """
        frames = episode_of(frames, self.shape, self.channels, "frames")
        self.reset()
        out = []
        for frame in frames:
            seen = self._step(frame, -1, learning=False)
            out.append(self._expected())
            self._states = seen
        return np.array(out)

    def _expected(self):
        """`support` of the next frame if nothing is seen; the state moves on to it."""
        return self._support(self._step(None, -1, learning=False)[0].winner)

    def support(self, winner):
        """How much codes of the lowest level, int (macs, cms), -1 while idle, speak for each pixel; of a frame's shape.

        Of the winners of all macs that see it and are active, the share that have a synapse from it, 0 to 1. Raises
        PatternError for other codes.
        """
        lowest = self.levels[0]
        return self._support(codes_of(winner, (len(self.macs[0]), lowest.cms), lowest.units, "winner"))

    def _support(self, winner):
        met, seen = np.zeros((2, self.shape[0] * self.shape[1], self.channels))
        for mac, below, code in zip(self.macs[0], self._below[0], winner):
            met[below] += known(mac, code[None])[0].reshape(-1, self.channels)
            seen[below] += mac.cms * (code[0] >= 0)
        return (met / np.maximum(seen, 1)).reshape(self._frame)

    def read(self, winner):
        """The frame of codes of the lowest level: pixels whose `support` is `agreement` or more, bool."""
        return enough(self.support(winner), self.agreement)

    @property
    def _frame(self):
        """The shape of a frame."""
        return (*self.shape, self.channels) if self.channels > 1 else self.shape

    @property
    def weight_count(self):
        """Synapses there could be."""
        return sum(mac.total * sum(mac.reach) for macs in self.macs for mac in macs)

    def _step(self, frame, label, learning):
        """One frame (None: nothing is seen) through all levels."""
        before = self._states
        self._states = list(before)
        for i, level in enumerate(self.levels):
            old = before[i]
            new = _State(*(a.copy() for a in old))
            for m, mac in enumerate(self.macs[i]):
                u = self._from_below(frame, i, m)
                if old.winner[m, 0] >= 0 and old.age[m] + 1 < level.persistence:
                    new.age[m] += 1
                    if learning and not mac.frozen:
                        mac.associate(u, old.winner[m][None])
                    continue
                h = mac.codes_as_signals(H, [old.winner[m]], [old.rivals[m]]) if level.recurrent else None
                d = self._from_above(before, i, m, label)
                licensed = u.norm[0] > 0 or frame is None
                found = self._present(mac, u, h, d, learning) if licensed else None
                new.winner[m], new.G[m], new.rivals[m] = (a[0] for a in found) if found else (-1, 0.0, 1.0)
                new.age[m] = 0
            self._states[i] = new
        return self._states

    @staticmethod
    def _present(mac, u, h, d, learning):
        return mac.learn(u, h, d) if learning and not mac.frozen else mac.recognise(u, h, d)

    def _from_below(self, frame, i, m):
        """U of a mac: the pixels of its field, or the codes of the macs in it."""
        mac, below = self.macs[i][m], self._below[i][m]
        if i:
            lower = self._states[i - 1]
            return mac.codes_as_signals(U, lower.winner[below], lower.rivals[below], self.levels[i - 1])
        if frame is None:
            return mac.silent(U)
        return mac.pixels(frame.reshape(-1, self.channels)[below].reshape(1, -1))

    def _from_above(self, before, i, m, label):
        """D of a mac: the codes of the macs above it, one frame ago, and the label."""
        mac, above = self.macs[i][m], list(self._above[i][m])
        given = self._label_signal(mac, np.array([label])) if i in self.voting else mac.silent(D)
        if not above:
            return given
        higher = before[i + 1]
        codes = mac.codes_as_signals(D, higher.winner[above], higher.rivals[above], self.levels[i + 1])
        words_above = codes.x.shape[1]
        given.x[:, :words_above] |= codes.x
        strength = codes.strength
        if strength.size:
            strength = np.hstack([strength, np.ones((1, given.x.shape[1] - words_above))])
        return Signals(given.x, given.norm + codes.norm, strength)

    def _label_signal(self, mac, labels, awake=True):
        bits = np.zeros((len(labels), mac.sources[D]), bool)
        told = np.flatnonzero((labels >= 0) & awake)
        bits[told, mac.sources[D] - self.classes + labels[told]] = True
        return Signals(packed(bits), bits.any(axis=1).astype(float), np.zeros((len(labels), 0)))

    def _ballots(self, mac, codes):
        """Modules of each code that have met a class, int64 (B, classes)."""
        met = mac.set_bits(D, mac.sources[D] - self.classes)
        active = codes[:, 0] >= 0
        units = np.where(active[:, None], codes, 0) + mac.units * np.arange(mac.cms)
        return met[units].sum(axis=1) * active[:, None]

    def _images(self, images, labels, learning):
        """Episodes of one frame have no past: a level sees all before the next one does; Found per level, mac."""
        found = []
        for i in range(len(self.levels)):

            def one(m, i=i):
                mac, below = self.macs[i][m], self._below[i][m]
                if i:
                    winner = np.stack([found[i - 1][k].winner for k in below], axis=1)
                    rivals = np.stack([found[i - 1][k].rivals for k in below], axis=1)
                    u = mac.codes_as_signals(U, winner, rivals, self.levels[i - 1])
                else:
                    u = mac.pixels(images[:, below].reshape(len(images), -1))
                d = self._label_signal(mac, labels, u.norm > 0) if i in self.voting and self.classes else None
                if not learning or mac.frozen:
                    return mac.recognise(u, None, d)
                return _learned(mac, u, d)

            with ThreadPoolExecutor(self.threads) as pool:
                found.append(list(pool.map(one, range(len(self.macs[i])))))
        return found


def _learned(mac, u, d):
    """Frames learned as if one after another: none while nothing is seen; recognised once all units are frozen."""
    seen = np.flatnonzero(u.norm > 0)
    out = Found(np.full((len(u.x), mac.cms), -1, np.int32), np.zeros(len(u.x)), np.ones(len(u.x)))
    part = mac.learn_most(_rows(u, seen), None, _rows(d, seen))
    rest = seen[len(part.G) :]
    pieces = ((seen[: len(part.G)], part), (rest, mac.recognise(_rows(u, rest), None, _rows(d, rest))))
    for rows, found in pieces:
        for to, values in zip(out, found):
            to[rows] = values
    return out


def _rows(signals, rows):
    return signals and Signals(*(a[rows] for a in signals))

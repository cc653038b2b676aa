"""`Wiring`: the macs of a hierarchy, what reaches each of them, and the frames that they go through."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from neuromem.kernels.bits import packed, words
from neuromem.models.sparsey_levels import fields, parents
from neuromem.models.sparsey_mac import D, H, Mac, Signals, U


class _State(NamedTuple):
    """What is going on in a level: codes int32 (macs, cms), their age in frames, rivals and G float64 (macs,)."""

    winner: np.ndarray
    age: np.ndarray
    rivals: np.ndarray
    G: np.ndarray


class Wiring:
    """Of `SparseyHierarchy`, which sets `shape`, `levels`, `classes`, `channels`, `voting`, `seed` and `threads`."""

    def _wire(self, feedback):
        """Make the macs, from below, and find who sees whom."""
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
                return mac.learn_in_turn(u, d)

            with ThreadPoolExecutor(self.threads) as pool:
                found.append(list(pool.map(one, range(len(self.macs[i])))))
        return found

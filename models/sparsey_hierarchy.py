"""`SparseyHierarchy`: levels of macrocolumns with receptive fields, for images and for sequences of frames."""

from typing import NamedTuple

import numpy as np

from neuromem.errors import CapacityError, PatternError, StoreError, UsageError
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
)
from neuromem.models.sparsey_levels import Level
from neuromem.models.sparsey_reading import enough, known
from neuromem.models.sparsey_wiring import Wiring
from neuromem.network.check import count, numbers


class Episode(NamedTuple):
    """What a hierarchy made of T frames: per level, winner int32 (T, macs, cms), -1 while idle, and G (T, macs)."""

    winner: list
    G: list


class SparseyHierarchy(Wiring):
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

    Raises
    ------
    DescriptionError, UsageError

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
        self.feedback = switch(feedback, owner, "feedback")
        self._wire(self.feedback)

    @property
    def frozen(self):
        """Whether the critical period of every mac is over."""
        return all(mac.frozen for macs in self.macs for mac in macs)

    def __repr__(self):
        macs = " + ".join(str(len(macs)) for macs in self.macs)
        return f"SparseyHierarchy(shape={self.shape}: {macs} macs, {self.classes} classes)"

    def save(self, path):
        """Write the hierarchy to an HDF5 file, atomically; StoreError if that fails."""
        from neuromem import io

        names = ("classes", "channels", "feedback", "agreement", "seed", "threads")
        parameters = {"shape": list(self.shape), "voting": list(self.voting), **{n: getattr(self, n) for n in names}}
        levels = {str(i): level.to_plain() for i, level in enumerate(self.levels)}
        macs = {f"{i} {m}": mac.state() for i, macs in enumerate(self.macs) for m, mac in enumerate(macs)}
        io.save(path, "sparsey_hierarchy", {"parameters": parameters, "levels": levels, "macs": macs})

    @classmethod
    def load(cls, path):
        """Read a hierarchy from its file; it learns on as the one that was saved. StoreError for any other file."""
        from neuromem import io

        tree = io.load(path, "sparsey_hierarchy").tree
        try:
            levels = [Level.from_plain(tree["levels"][str(i)]) for i in range(len(tree["levels"]))]
            model = cls(levels=levels, **tree["parameters"])
            for i, macs in enumerate(model.macs):
                for m, mac in enumerate(macs):
                    mac.restore(tree["macs"][f"{i} {m}"])
        except (KeyError, ValueError, TypeError) as error:
            raise StoreError(f"{path}: the hierarchy in it is incomplete or inconsistent ({error})") from None
        return model

    def freeze(self):
        """End the critical period of every mac: what was learned is safe from now on, and learning raises."""
        for macs in self.macs:
            for mac in macs:
                mac.freeze()

    def learn(self, episodes, labels=None):
        """Learn episodes, each once, in this order. A mac whose critical period is over recognises while others learn.

        Parameters
        ----------
        episodes : bool array, shape (B, T, h, w), or list of B of shape (T, h, w); or images, shape (B, h, w)
            Each shape with the channels at its end, if there are several.
        labels : int array, shape (B,), optional
            Classes, 0 to classes - 1.

        Raises
        ------
        PatternError, CapacityError
            For frames or labels that do not fit, and when the critical periods of all macs are over before; nothing is
            learned then.
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
        """The codes of one episode, and how familiar they are.

        Parameters
        ----------
        frames : bool array, shape (T, h, w[, channels])

        Returns
        -------
        Episode

        Raises
        ------
        PatternError
        """
        frames = episode_of(frames, self.shape, self.channels, "frames")
        self.reset()
        found = [self._step(frame, -1, learning=False) for frame in frames]
        return Episode(*([np.stack([s[i][k] for s in found]) for i in range(len(self.levels))] for k in (0, 3)))

    def votes(self, episodes):
        """Votes for every class: modules whose winner has met the class, added over all frames.

        A frame in which a code persists counts again.

        Parameters
        ----------
        episodes
            As `learn` takes.

        Returns
        -------
        int64 array, shape (B, classes)

        Raises
        ------
        PatternError
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
        """Codes of images in one level.

        Parameters
        ----------
        images : bool array, shape (B, h, w[, channels])
        level : int
            0 the lowest, -1 the highest.

        Returns
        -------
        int32 array, shape (B, macs * cms)
            Winner of each module, -1 while its mac is idle.

        Raises
        ------
        PatternError, UsageError
        """
        level = level_of(level, len(self.levels))
        images, still = frames_of(images, self.shape, self.channels, "images")
        if not still:
            raise PatternError("codes: images are expected, an array (B, h, w); recognise takes episodes")
        found = self._images(images, np.full(len(images), -1), learning=False)[level]
        return np.concatenate([f.winner for f in found], axis=1)

    def classify(self, episodes):
        """The class with most `votes` for each episode, over all frames; the smallest of equal ones.

        Parameters
        ----------
        episodes
            As `learn` takes.

        Returns
        -------
        int64 array, shape (B,)

        Raises
        ------
        PatternError, UsageError
        """
        if self.classes == 0:
            raise UsageError("SparseyHierarchy.classify: it was made without classes; give it classes and labels")
        return self.votes(episodes).argmax(axis=1)

    def replay(self, prompt, steps):
        """Recall a sequence from its beginning, or from any place in it: go on by H and D alone.

        Parameters
        ----------
        prompt : bool array, shape (T, h, w[, channels])
        steps : int
            Frames to recall.

        Returns
        -------
        bool array, shape (steps, h, w[, channels])

        Raises
        ------
        PatternError, DescriptionError
        """
        steps = count(steps, "replay", "steps")
        prompt = episode_of(prompt, self.shape, self.channels, "prompt")
        self.reset()
        for frame in prompt:
            self._step(frame, -1, learning=False)
        out = [enough(self._expected(), self.agreement) for _ in range(steps)]
        return np.array(out).reshape(len(out), *self._frame)

    def predict(self, frames):
        """What is expected after each frame of an episode, before the next is seen.

        By H and D alone, as in `replay`, from the codes that the frames so far have led to.

        Parameters
        ----------
        frames : bool array, shape (T, h, w[, channels])

        Returns
        -------
        float64 array, shape (T, h, w[, channels])
            `support` of the next frame, 0 where nothing was recognised.

        Raises
        ------
        PatternError
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

"""`GlialWorkingMemory`: patterns held for seconds by the calcium of astrocytes above a layer of spiking neurons."""

import math
from dataclasses import asdict

import numpy as np

from neuromem.errors import UsageError
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models.checks import described, number, weight_arrays, whole
from neuromem.models.glial_network import REST, GlialNetwork, GlialParameters
from neuromem.patterns import as_patterns

LEARN, CUE = 80.0, 8.0
"""Currents of a pattern that is learned and of one that is asked for."""
SHOWN, APART = 200.0, 100.0
"""ms for which a pattern is shown to be learned, and until the next."""
SETTLE = 600.0
"""ms after a batch, in which calcium rises."""
ASKED, READ = 150.0, 250.0
"""ms for which a cue is shown, and for which spikes are counted."""
RESTING = np.array(REST)[:, None, None]
FIELDS = {"calcium": (2.0, "uM"), "h": (1.0, ""), "ip3": (50.0, "uM")}
"""What astrocytes keep, with bounds of how far it can be from rest."""


class GlialWorkingMemory(AssociativeMemory):
    """Working memory of Gordleeva et al. 2021: astrocytes remember where there was activity, no synapse does.

    A pattern that is shown strongly makes neurons release glutamate, and the astrocytes above them produce IP3, so that
    their calcium rises for seconds. Where calcium is high and neurons spike together, an astrocyte makes the synapses
    below it stronger: a weak cue with wrong units then excites the units of what was learned, and few others. `respond`
    gives that image; `recall` names the stored pattern that it is nearest to, from a directory of what was stored.
    Neither tells what it learned apart from parts of several patterns: that is for the cue to say.

    Model time passes in `store` and in `wait`, and what is stored fades in it; neurons are at rest in between.
    Forgetting a key and storing it anew bring astrocytes to rest and show them what remains again, by ascending key.

    Parameters
    ----------
    n : int
        Units of a pattern.
    capacity : int
        Places in the directory.
    shape : (int, int), optional
        Rows and columns in which units lie; near to a square if not given.
    patch : int
        Each unit is patch x patch neurons.
    threshold : float
        A unit that spikes more often than this in 250 ms, as a mean over its neurons, is part of the image.
    similarity : float
        Least similarity of an image to a stored pattern that counts as recalled, see `similarity`.
    parameters : GlialParameters, optional
    seed : int
        Of the wiring and of the noise, which is the same in every recall.

    Raises
    ------
    UsageError

    References
    ----------
    Gordleeva et al., Frontiers in Cellular Neuroscience 15:631485 (2021). Directory, keys, patches, forgetting and the
    rule that names a pattern are ours.
    """

    def __init__(
        self, n=6241, capacity=8, shape=None, patch=1, threshold=18.0, similarity=0.7, parameters=None, seed=0
    ):
        self.n = whole("GlialWorkingMemory.n", n, 1, 250_000)
        self.capacity = whole("GlialWorkingMemory.capacity", capacity, 1)
        self.patch = whole("GlialWorkingMemory.patch", patch, 1, 100)
        self.shape = _shape(self.n, shape)
        self.threshold = number("GlialWorkingMemory.threshold", threshold, 0.0, 1e6, "a number of at least 0")
        self.similarity = number("GlialWorkingMemory.similarity", similarity, 0.5, 1.0, "a number from 0.5 to 1")
        size = [max(1, -(-(length * self.patch - 1) // 3)) for length in self.shape]
        self.network = GlialNetwork(*size, parameters=parameters, seed=seed)
        self._held = np.zeros((self.capacity, self.n), bool)
        self._astrocytes = np.zeros((3, *size))

    def __repr__(self):
        return described(self)

    def store(self, patterns, keys=None):
        """See `AssociativeMemory.store`; 300 ms of model time for each pattern and 600 ms after the last."""
        patterns = self._stored_patterns(patterns)
        keys = self._new_keys(len(patterns), keys)
        self.forget(keys)
        self._show(patterns)
        self._held[keys] = patterns
        return keys

    def forget(self, keys):
        """See `AssociativeMemory.forget`; what remains is learned again from rest."""
        keys = self._check_keys(keys)
        if self._held[keys].any():
            self._held[keys], self._astrocytes[...] = False, 0.0
            self._show(self.patterns)

    def wait(self, duration):
        """Let some ms of model time pass, float of at least 0; what is stored fades.

        Raises
        ------
        UsageError
        """
        duration = number("GlialWorkingMemory.wait: duration", duration, 0.0, 1e9, "ms of at least 0")
        if self.keys.size:
            self._begin()
            self.network.run(duration)
            self._astrocytes[...] = self.network.astrocytes - RESTING

    def _show(self, patterns):
        """Learn patterns, bool (B, n), one after the other."""
        if len(patterns):
            self._begin()
            for pattern in patterns:
                self.network.run(SHOWN, LEARN * self._spread(pattern))
                self.network.run(APART)
            self.network.run(SETTLE)
            self._astrocytes[...] = self.network.astrocytes - RESTING

    def _begin(self):
        """Neurons at rest, astrocytes as they are."""
        self.network.begin(self._astrocytes + RESTING)

    def _spread(self, pattern):
        """A pattern, bool (n,), as neurons, float64."""
        units, neurons = np.zeros(self.shape[0] * self.shape[1]), np.zeros(self.network.shape)
        units[: self.n] = pattern
        image = np.kron(units.reshape(self.shape), np.ones((self.patch, self.patch)))
        neurons[: image.shape[0], : image.shape[1]] = image
        return neurons

    def _read(self, spikes):
        """Spikes of neurons as means over units, float64 (n,)."""
        rows, columns = (length * self.patch for length in self.shape)
        blocks = spikes[:rows, :columns].reshape(self.shape[0], self.patch, self.shape[1], self.patch)
        return blocks.mean(axis=(1, 3)).ravel()[: self.n]

    def respond(self, fragments):
        """Show fragments, bool (B, n) or (n,), each to the memory as it is, for 150 ms.

        Returns
        -------
        float64 ndarray, shape (B, n) or (n,)
            How often each unit spiked in 250 ms, the mean over its neurons.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        responses = np.array([self._ask(fragment)[0] for fragment in fragments]).reshape(fragments.shape)
        return responses[0] if single else responses

    def _ask(self, fragment):
        """(response, number of spikes) of one fragment."""
        self._begin()
        spikes = self.network.run(ASKED, CUE * self._spread(fragment)) + self.network.run(READ - ASKED)
        return self._read(spikes), int(spikes.sum())

    def recall(self, fragments):
        """Recall from fragments, bool (B, n) or (n,).

        `keys` are the stored patterns to which the image is similar enough, nearest first; `converged` is False where
        there are none.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        used, stored = self.keys, self.patterns
        keys, spikes, out = [], np.zeros(len(fragments), np.int64), np.zeros(fragments.shape, bool)
        for k, fragment in enumerate(fragments):
            response, spikes[k] = self._ask(fragment)
            near = np.array([similarity(response > self.threshold, pattern) for pattern in stored])
            order = np.argsort(-near, kind="stable")
            order = order[near[order] >= self.similarity]
            keys.append(used[order])
            out[k] = stored[order[0]] if order.size else False
        found = np.array([key.size > 0 for key in keys], bool)
        steps = np.full(len(keys), round(READ / self.network.parameters.dt), np.int64)
        recall = Recall(keys, out, found, steps, spikes)
        return recall.first() if single else recall

    def weights(self):
        """`directory` float32 (capacity, n), 0 or 1; `calcium`, `h`, `ip3` float64, how far from rest."""
        arrays = {"directory": WeightArray(self._held.astype(np.float32), 0.0, 1.0, binary=True)}
        for (name, (most, unit)), values in zip(FIELDS.items(), self._astrocytes):
            arrays[name] = WeightArray(values.copy(), -most, most, signed=True, unit=unit)
        return arrays

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`; entries of 1/2 or more are on, levels within bounds."""
        values = weight_arrays(self, weights)
        memory = GlialWorkingMemory(**self._parameters())
        memory._held[...] = values["directory"] >= 0.5
        memory._astrocytes[...] = [
            np.clip(values[name], -rest, most) for rest, (name, (most, _)) in zip(REST, FIELDS.items())
        ]
        return memory

    @property
    def counts(self):
        """Entries of the directory that are on and concentrations that are not at rest; 64 bits for each of these."""
        existing = np.count_nonzero(self._held) + np.count_nonzero(self._astrocytes)
        size = self._astrocytes.size
        return Counts(int(existing), self._held.size + size, self._held.size + 64 * size)

    @property
    def keys(self):
        """Places in use, int64."""
        return np.flatnonzero(self._held.any(axis=1))

    @property
    def patterns(self):
        """Stored patterns of `keys`, bool (len(keys), n), from the directory."""
        return self._held[self.keys]

    def _parameters(self):
        own = {name: getattr(self, name) for name in ("n", "capacity", "shape", "patch", "threshold", "similarity")}
        return own | {"parameters": self.network.parameters, "seed": self.network.seed}

    def _tree(self):
        plain = self._parameters() | {"shape": list(self.shape), "parameters": asdict(self.network.parameters)}
        return {"parameters": plain, "held": self._held.copy(), "astrocytes": self._astrocytes.copy()}

    @classmethod
    def _from_tree(cls, tree):
        given = dict(tree["parameters"])
        memory = cls(**given | {"parameters": GlialParameters(**given["parameters"])})
        memory._held[...], memory._astrocytes[...] = tree["held"], tree["astrocytes"]
        return memory


def similarity(image, pattern):
    """Mean of the shares of a pattern's units, and of all others, that an image, bool (n,), has right: 1/2 by chance.

    A pattern of all units, which has no others, counts as if they were half right.
    """
    others = 1.0 - image[~pattern].mean() if not pattern.all() else 0.5
    return 0.5 * (image[pattern].mean() + others)


def _shape(n, shape):
    """Rows and columns for n units, as given or near to a square."""
    if shape is None:
        columns = math.isqrt(n - 1) + 1
        return -(-n // columns), columns
    try:
        rows, columns = shape
    except (TypeError, ValueError):
        raise UsageError(f"GlialWorkingMemory.shape: rows and columns are expected, got {shape!r}") from None
    shape = whole("GlialWorkingMemory.shape", rows, 1), whole("GlialWorkingMemory.shape", columns, 1)
    if shape[0] * shape[1] < n:
        raise UsageError(f"GlialWorkingMemory.shape: {rows} x {columns} is too small for {n} units")
    return shape

"""`DendriticMemory`: one neuron per memory, whose dendritic segments recognise samples of the pattern in spikes."""

import math

import numpy as np

from neuromem.engine import Simulation, check_seed
from neuromem.errors import UsageError
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models.checks import weight_arrays
from neuromem.models.segments import Segments
from neuromem.network import AllButSelf, FromArrays, IF_curr_delta, Network, SpikeSourceArray, active_dendrites
from neuromem.patterns import as_patterns

RHEOBASE = 0.8
"""What a plateau must be at least to fire a soma, in units of what one plateau is."""
LATENCY = 2.5
"""Membrane time constant over segments squared, ms: m and m + 1 plateaus fire the soma two steps apart or more."""
WINDOW = 2.0
"""ms in which a segment counts its active synapses."""


class DendriticMemory(AssociativeMemory):
    """A memory of neurons with active dendrites: learns in one shot, and answers with whom most segments recognise.

    Storing a pattern under a key grows, on each of that neuron's `segments`, synapses from `synapses` of the pattern's
    active units drawn at random. A segment starts an NMDA plateau when ceil(threshold * its synapses) of them are
    active; a neuron with more plateaus fires earlier, silences the others, and calls up its pattern. So a key answers
    to a fragment by chance with `theory.sdr.neuron_false_positive`, and misses one with the power `segments` of
    `theory.sdr.false_negative`.

    Parameters
    ----------
    n : int
        Units of a pattern.
    capacity : int, optional
        Places for patterns; n if not given.
    segments : int
        Of each neuron.
    synapses : int
        Of each segment, or as many as the pattern has active units.
    threshold : float
        Share of a segment's synapses, above 0, at most 1.
    seed : int
        Of which units a segment samples.

    Raises
    ------
    UsageError

    References
    ----------
    Ahmad and Hawkins, arXiv:1601.00720 (2016), for segments that sample; the memory itself is ours.
    """

    def __init__(self, n, capacity=None, *, segments=4, synapses=24, threshold=0.5, seed=0):
        capacity = n if capacity is None else capacity
        given = {"n": n, "capacity": capacity, "segments": segments, "synapses": synapses}
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise UsageError(f"DendriticMemory.{name}: a whole number of at least 1 is expected, got {value!r}")
            setattr(self, name, int(value))
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 < threshold <= 1:
            raise UsageError(f"DendriticMemory.threshold: a number above 0, at most 1, is expected, got {threshold!r}")
        self.threshold, self.seed = float(threshold), check_seed(seed)
        self._distal = Segments(self.capacity * self.segments, self.n, initial=1.0, seed=self.seed)
        self._content = np.zeros((self.capacity, self.n), np.float32)
        self._simulation = self._rest = None

    def __repr__(self):
        return f"DendriticMemory(n={self.n}, capacity={self.capacity}: {self.keys.size} stored)"

    def store(self, patterns, keys=None):
        """See `AssociativeMemory.store`."""
        patterns = self._stored_patterns(patterns)
        keys = self._new_keys(len(patterns), keys)
        self.forget(keys)
        for key, pattern in zip(keys.tolist(), patterns, strict=True):
            self._distal.events = key  # what is drawn depends on the key, not on what was stored before
            self._distal.learn(self._segments_of(key), pattern, new=self.synapses)
            self._content[key] = pattern
        return keys

    def forget(self, keys):
        """See `AssociativeMemory.forget`."""
        for key in np.unique(self._check_keys(keys)).tolist():
            self._distal.clear(self._segments_of(key))
            self._content[key] = 0.0
        self._simulation = None

    def _segments_of(self, key):
        return np.arange(key * self.segments, (key + 1) * self.segments)

    def recall(self, fragments):
        """Recall from fragments, bool (B, n) or (n,), each in a simulation of the network from rest.

        Returns
        -------
        Recall
            `keys` are those whose neurons fire first, in the same step; `steps` is when. `converged` is False where
            none does. `spikes` counts plateaus and somas.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        count = len(fragments)
        keys, patterns = [], np.zeros((count, self.n), bool)
        steps, spikes = np.zeros(count, np.int64), np.zeros(count, np.int64)
        for b, fragment in enumerate(fragments):
            found, steps[b], spikes[b] = self._run(np.flatnonzero(fragment))
            keys.append(found)
            if found.size:
                patterns[b] = self._content[found[0]] >= 0.5
        converged = np.array([found.size > 0 for found in keys], bool)
        recall = Recall(keys, patterns, converged, steps, spikes)
        return recall.first() if single else recall

    def _run(self, units):
        """Present active units; (keys that answer, steps, spikes)."""
        if self._simulation is None:
            self._simulation = Simulation(self.to_network(), seed=self.seed, record=["Cell", "Cell_segments"])
            self._rest = self._simulation.snapshot()
        simulation = self._simulation
        simulation.restore(self._rest)
        simulation.feed("In", np.zeros(units.size, np.int64), units)
        simulation.run_steps(self.longest_recall, until="Cell")
        _, cells = simulation.recorder.steps_and_ids("Cell")
        when, _ = simulation.recorder.steps_and_ids("Cell_segments")
        return np.sort(cells).astype(np.int64), simulation.step, cells.size + when.size

    @property
    def longest_recall(self):
        """Steps (ms of model time) after which nothing can answer any more."""
        return math.ceil(self._tau * math.log(1 / (1 - RHEOBASE))) + 4

    @property
    def _tau(self):
        return LATENCY * self.segments**2

    def to_network(self):
        """Return the network that recall runs: In, Cell with Cell_segments, and Out, which the winner calls up."""
        net, strong = Network(dt=1.0, order="pynn"), self._distal.strong
        tau = self._tau
        plateau, one = float(self.longest_recall), 15.0 / (RHEOBASE * tau)
        soma = {"tau_m": tau, "cm": 1.0, "tau_refrac": plateau, "tau_syn_I": plateau}
        thresholds = np.maximum(1, np.ceil(self.threshold * strong.sum(axis=1) - 1e-9))
        net.population("In", self.n, SpikeSourceArray())
        what = {"threshold": thresholds, "plateau": plateau, "current": one, "window": WINDOW, "soma": soma}
        active_dendrites(net, "Cell", self.capacity, self.segments, **what)
        net.population("Out", self.n, IF_curr_delta(tau_refrac=plateau))
        net.project("In", "Cell_segments", self._distal.connector)
        if self.capacity > 1:
            net.project("Cell", "Cell", AllButSelf(), weight=4 * self.segments * one, receptor="inhibitory")
        key, unit = np.nonzero(self._content >= 0.5)
        net.project("Cell", "Out", FromArrays(key, unit), weight=20.0)
        return net

    def weights(self):
        """Permanences: `distal`, float32 (capacity * segments, n), and `content`, float32 (capacity, n)."""
        given = {"distal": self._distal.permanence, "content": self._content}
        return {
            name: WeightArray(values.copy(), 0.0, 1.0, binary=bool(((values == 0) | (values == 1)).all()))
            for name, values in given.items()
        }

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`; a synapse transmits from 1/2 on."""
        memory, given = type(self)(**self._parameters()), weight_arrays(self, weights)
        memory._distal.permanence[...], memory._content[...] = given["distal"], given["content"]
        return memory

    def _parameters(self):
        names = ("n", "capacity", "segments", "synapses", "threshold", "seed")
        return {name: getattr(self, name) for name in names}

    @property
    def counts(self):
        """Synapses in use, all that could be, and their bits: each is there or not."""
        arrays = self._distal.permanence, self._content
        potential = sum(array.size for array in arrays)
        return Counts(sum(int(np.count_nonzero(array)) for array in arrays), potential, potential)

    @property
    def keys(self):
        """Keys in use, int64."""
        return np.flatnonzero((self._content >= 0.5).any(axis=1))

    @property
    def patterns(self):
        """Stored patterns of `keys`, bool (len(keys), n)."""
        return self._content[self.keys] >= 0.5

    def _tree(self):
        return {"parameters": self._parameters(), **{name: w.values for name, w in self.weights().items()}}

    @classmethod
    def _from_tree(cls, tree):
        return cls(**tree["parameters"]).with_weights({name: tree[name] for name in ("distal", "content")})

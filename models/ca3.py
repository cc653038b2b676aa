"""`CA3Memory`: a content-addressable memory in a spiking network, by the published rule or by competition."""

import os

import numpy as np

from neuromem.engine import Simulation, check_seed
from neuromem.errors import CapacityError, PatternError, UsageError
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models import ca3_competition, ca3_published
from neuromem.models.checks import array_of, weight_arrays
from neuromem.network.tree import from_tree, to_tree
from neuromem.patterns import as_patterns

RULES = ("any", "best")
HALF = ca3_published.PULSE / 2
"""A cue -> content weight above half a pulse is a stored bit."""
BYTES_PER_SYNAPSE = 30
"""While the network is compiled, its copies included."""


class CA3Memory(AssociativeMemory):
    """A spiking content-addressable memory: learns in one shot, recalls from any fragment, forgets.

    Every operation is a simulation of the network. Learning changes its synapses; recall leaves them as they are.

    Parameters
    ----------
    cues : int
        Number of memories it can hold; each is named by one cue, 0..cues-1.
    content : int
        Bits of a content.
    variant : "paper"
        The published architecture: one-hot cue index, plastic cue-content synapses both ways. It has no recurrent
        collaterals and no dentate gyrus.
    rule : "any" or "best"
        Recall by content. `any`: the published network, which returns every cue whose content shares an active bit with
        the fragment. `best`: cues compete, and the one with the largest overlap / sqrt(stored size) wins; see
        `neuromem.models.ca3_competition`.
    seed : int
        Recorded with the memory; the network itself is deterministic.

    Raises
    ------
    UsageError

    References
    ----------
    Casanueva-Morato et al., Neural Networks 178:106474 (2024).
    """

    def __init__(self, cues, content, variant="paper", rule="any", seed=0):
        for name, value in (("cues", cues), ("content", content)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise UsageError(f"CA3Memory.{name}: a whole number of at least 1 is expected, got {value!r}")
        if variant != "paper":
            raise UsageError(f'CA3Memory.variant: "paper" is the only one, got {variant!r}')
        if rule not in RULES:
            raise UsageError(f'CA3Memory.rule: "any" or "best" is expected, got {rule!r}')
        _check_room(int(cues), int(content))
        self.cues = self.capacity = int(cues)
        self.content = self.n = int(content)
        self.variant, self.rule, self.seed = variant, rule, check_seed(seed)
        self._circuit = ca3_published if rule == "any" else ca3_competition
        build = ca3_published.published_network if rule == "any" else ca3_competition.competition_network
        self._network = build(self.cues, self.n)
        self._forward = np.zeros((self.cues, self.n), np.float32)
        self._backward = np.zeros((self.n, self.cues), np.float32)
        self._learner = self._recaller = self._rest = None

    def __repr__(self):
        return f"CA3Memory(cues={self.cues}, content={self.n}, rule={self.rule!r}: {self.keys.size} stored)"

    # Learning and forgetting

    def learn(self, cue, bits):
        """Store `bits` (bool (content,), at least one active) under `cue`, in place of what it held.

        Raises
        ------
        CapacityError
            If the cue does not exist.
        PatternError
        """
        self.store(bits, keys=[cue])

    def store(self, patterns, keys=None):
        """See `AssociativeMemory.store`; keys are cues.

        A cue in use is pruned first. Overwriting by spikes alone, as published, leaves about half a pulse on old
        content -> cue synapses, and two of those answer for a content that is gone; `replay` shows it.
        """
        patterns = self._stored_patterns(patterns)
        keys = self._new_keys(len(patterns), keys)
        before = self._forward.copy(), self._backward.copy()
        try:
            self.forget(np.intersect1d(keys, self.keys))
            self._teach(keys, patterns)
        except BaseException:  # Ctrl-C, say: nothing is stored, nothing is lost
            self._forward, self._backward = before
            self._learner = self._recaller = None
            raise
        return keys

    def _teach(self, keys, patterns):
        """Present every pattern with its cue to the plastic network."""
        if self._learner is None:
            self._learner = Simulation(self._network, seed=self.seed, record=None)
            self._push(self._learner)
        rest = self._learner.snapshot() if self.rule == "best" else None
        for key, bits in zip(keys, patterns, strict=True):
            self._learner.feed("In", *self._presentation(key, bits))
            self._learner.run_steps(self._circuit.LEARN_STEPS)
            if rest is not None:  # its neurons take longer to come to rest than a user wants to wait
                self._learner.restore(rest)
        self._forward = self._learner.weights(self._circuit.CUE_TO_CONTENT).reshape(self.cues, self.n)
        self._backward = self._learner.weights(self._circuit.CONTENT_TO_CUE).reshape(self.n, self.cues)
        self._recaller = None

    def _presentation(self, cue, bits):
        """Input (steps, neurons) that teaches `bits` under `cue`."""
        active = np.concatenate([[cue], self.cues + np.flatnonzero(bits)])
        repeat = self._circuit.LEARN_INPUT
        return np.repeat(np.arange(repeat), active.size), np.tile(active, repeat)

    def forget(self, keys):
        """Prune the cues' plastic synapses in both directions.

        The paper forgets only by learning something else under the same cue.
        """
        keys = self._check_keys(keys)
        self._forward[keys] = 0.0
        self._backward[:, keys] = 0.0
        self._recaller = None
        if self._learner is not None:
            self._push(self._learner)

    def _push(self, simulation):
        simulation.set_weights(self._circuit.CUE_TO_CONTENT, self._forward)
        simulation.set_weights(self._circuit.CONTENT_TO_CUE, self._backward)

    # Recall

    def recall_by_cue(self, cue):
        """Return the content stored under `cue`, bool (content,); zeros for an unknown cue."""
        if isinstance(cue, bool) or not isinstance(cue, (int, np.integer)):
            raise CapacityError(f"CA3Memory: a cue is a whole number, got {cue!r}")
        if not 0 <= cue < self.cues:
            return np.zeros(self.n, bool)
        return self._content_of(cue)[0]

    def recall_by_content(self, bits):
        """Recall from fragments, bool (B, content) or (content,), by the memory's rule.

        The network is frozen and at rest before every fragment, so that recalls neither disturb each other nor the
        memory. The pattern is read out by the network itself: by a cue recall of the first key (`any`), or by the
        winner's completion (`best`).

        Returns
        -------
        Recall
            `converged` is False where no cue answered.
        """
        fragments, single = as_patterns(bits, self.n, "fragments")
        count = len(fragments)
        keys, patterns = [], np.zeros((count, self.n), bool)
        steps, spikes = np.zeros(count, np.int64), np.zeros(count, np.int64)
        one = self._recall_any if self.rule == "any" else self._recall_best
        for b, fragment in enumerate(fragments):
            found, patterns[b], steps[b], spikes[b] = one(self.cues + np.flatnonzero(fragment))
            keys.append(found)
        converged = np.array([found.size > 0 for found in keys], bool)
        recall = Recall(keys, patterns, converged, steps, spikes)
        return recall.first() if single else recall

    recall = recall_by_content

    def _recall_any(self, inputs):
        """One content recall, then a cue recall of the first match; (keys, pattern, steps, spikes)."""
        steps, ids, spikes = self._run(inputs)
        keys = np.unique(ids[(ids < self.cues) & (steps == ca3_published.ANSWER_STEP)])
        if keys.size == 0:
            return keys, np.zeros(self.n, bool), ca3_published.RECALL_STEPS, spikes
        pattern, more = self._content_of(keys[0])
        return keys, pattern, 2 * ca3_published.RECALL_STEPS, spikes + more

    def _recall_best(self, inputs):
        """One competition; (keys, pattern, steps, spikes)."""
        steps, ids, spikes = self._run(inputs)
        cues = ids < self.cues
        pattern = np.zeros(self.n, bool)
        if not cues.any():
            return np.zeros(0, np.int64), pattern, ca3_competition.RECALL_STEPS, spikes
        answered = steps[cues].min()
        pattern[ids[~cues & (steps >= answered)] - self.cues] = True
        return np.array(list(dict.fromkeys(ids[cues].tolist()))), pattern, answered + 1, spikes

    def _content_of(self, cue):
        """One cue recall; (bits, spikes)."""
        steps, ids, spikes = self._run(np.array([cue]))
        answered = steps[ids == cue].min(initial=ca3_competition.RECALL_STEPS)
        bits = np.zeros(self.n, bool)
        bits[ids[(ids >= self.cues) & (steps >= answered)] - self.cues] = True
        return bits, spikes

    def _run(self, inputs):
        """Present input neurons for one step to the frozen network at rest.

        Returns
        -------
        steps, ids : int64 arrays
            Spikes of Out in time order; the input is step 0.
        spikes : int
            Spikes of the internal populations.
        """
        if self._recaller is None:
            self._recaller = Simulation(self.to_network(), seed=self.seed)
            self._rest = self._recaller.snapshot()
        simulation = self._recaller
        simulation.restore(self._rest)
        simulation.feed("In", np.zeros(inputs.size, np.int64), inputs)
        self._circuit.run_recall(simulation)
        recorded = {name: simulation.recorder.steps_and_ids(name) for name in ("Out", *self._circuit.INTERNAL)}
        return *recorded["Out"], sum(recorded[name][0].size for name in self._circuit.INTERNAL)

    # Weights

    def weights(self):
        """Learned weights (nA): `cue_to_content` (cues, content) and `content_to_cue` (content, cues)."""
        pulse = ca3_published.PULSE
        strongest = pulse if self.rule == "any" else ca3_competition.evidence_scale(self.n)
        return {
            "cue_to_content": WeightArray(self._forward.copy(), 0.0, pulse, binary=self.rule == "best", unit="nA"),
            "content_to_cue": WeightArray(self._backward.copy(), 0.0, strongest, unit="nA"),
        }

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`."""
        memory = CA3Memory(self.cues, self.n, self.variant, self.rule, self.seed)
        given = weight_arrays(self, weights)
        memory._forward = given["cue_to_content"].astype(np.float32)
        memory._backward = given["content_to_cue"].astype(np.float32)
        return memory

    def with_rule(self, rule):
        """Return a memory of the other rule that has learned the same contents under the same cues, in spikes."""
        if rule == self.rule:
            return self
        memory = CA3Memory(self.cues, self.n, self.variant, rule, self.seed)
        keys = self.keys
        if keys.size:
            memory.store(self.patterns, keys)
        return memory

    @property
    def counts(self):
        """Plastic synapses: those in use, all, and bits of state (each holds a float32)."""
        existing = np.count_nonzero(self._forward) + np.count_nonzero(self._backward)
        potential = self._forward.size + self._backward.size
        return Counts(int(existing), potential, 32 * potential)

    @property
    def keys(self):
        """Cues in use, int64."""
        return np.flatnonzero((self._forward > HALF).any(axis=1))

    @property
    def patterns(self):
        """Stored contents of `keys`, bool (len(keys), content)."""
        return self._forward[self.keys] > HALF

    # The network, files and rasters

    def to_network(self, plastic=False):
        """Return the network with its learned weights.

        Parameters
        ----------
        plastic : bool
            Keep the learning rules. Default: frozen, the network that recall runs and that exports.
        """
        tree = to_tree(self._network)
        for name, weight in (
            (self._circuit.CUE_TO_CONTENT, self._forward),
            (self._circuit.CONTENT_TO_CUE, self._backward),
        ):
            tree["projections"][name]["weight"] = weight.copy()
            if not plastic:
                tree["projections"][name]["plasticity"] = {}
        return from_tree(tree)

    def replay(self, input_spikes, steps):
        """Run the plastic network from rest on a list of input spikes; the memory itself is left as it is.

        Parameters
        ----------
        input_spikes : sequence of (step, neuron)
            Spikes of `In`: neurons 0..cues-1 are cues, the rest content.
        steps : int
            Steps 0..steps-1 are run.

        Returns
        -------
        dict of str to int64 array, shape (k, 2)
            Population -> (step, neuron) of every spike, sorted by step, then neuron.

        Raises
        ------
        PatternError, UsageError
        """
        if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
            raise UsageError(f"replay.steps: a whole number of at least 0 is expected, got {steps!r}")
        events = array_of(list(input_spikes), "replay.input_spikes", "an array of pairs (step, neuron)")
        events = events.reshape(0, 2).astype(np.int64) if events.size == 0 else events
        if events.ndim != 2 or events.shape[1] != 2 or events.dtype.kind not in "iu":
            raise PatternError("replay.input_spikes: pairs of whole numbers (step, neuron) are expected")
        if events.size and (events.min() < 0 or events[:, 1].max() >= self.cues + self.n):
            last = self.cues + self.n - 1
            raise PatternError(f"replay.input_spikes: steps start at 0 and neurons run from 0 to {last}")
        events = np.unique(events, axis=0)
        simulation = Simulation(self.to_network(plastic=True), seed=self.seed)
        simulation.feed("In", events[:, 0], events[:, 1])
        simulation.run_steps(int(steps))
        return {name: np.column_stack(simulation.recorder.steps_and_ids(name)) for name in self._network.populations}

    def record_learn(self, cue, bits):
        """Return the raster of learning `bits` under `cue`, as `replay` does; nothing is learned."""
        (cue,) = self._check_keys(cue)
        (bits,) = self._stored_patterns(bits)
        when, who = self._presentation(cue, bits)
        return self.replay(np.column_stack([when, who]), self._circuit.LEARN_STEPS)

    def record_recall(self, bits):
        """Return the raster of recalling from one fragment, as `replay` does, up to its answer."""
        recall = self.recall_by_content(bits)
        who = self.cues + np.flatnonzero(np.asarray(bits).ravel())
        steps = int(recall.steps) + (ca3_competition.SETTLE_STEPS if self.rule == "best" else 0)
        return self.replay(np.column_stack([np.zeros_like(who), who]), steps)

    def _tree(self):
        parameters = {"cues": self.cues, "content": self.n, "variant": self.variant, "rule": self.rule}
        return {"parameters": parameters | {"seed": self.seed}, "network": to_tree(self.to_network(plastic=True))}

    @classmethod
    def _from_tree(cls, tree):
        memory = cls(**tree["parameters"])
        stored = tree["network"]["projections"]
        return memory.with_weights(
            {
                "cue_to_content": stored[memory._circuit.CUE_TO_CONTENT]["weight"],
                "content_to_cue": stored[memory._circuit.CONTENT_TO_CUE]["weight"],
            }
        )


def _check_room(cues, content):
    """Refuse a memory whose synapses cannot be held: cues x cues inhibitory ones and 2 cues x content plastic ones."""
    needed = BYTES_PER_SYNAPSE * (2 * cues * cues + 2 * cues * content)
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > available:
        raise CapacityError(
            f"CA3Memory: {cues:,} cues of {content:,} bits take about {needed / 1e9:,.0f} GB to build and this machine "
            f"has {available / 1e9:,.0f}; take fewer cues"
        )

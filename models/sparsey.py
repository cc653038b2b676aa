"""`Sparsey`: patterns stored in one trial each, superposed in sparse codes of a macrocolumn, recalled at fixed cost."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from neuromem.errors import CapacityError, PatternError
from neuromem.kernels.bits import packed
from neuromem.kernels.macrocolumn import NEVER
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models.sparsey_book import Book
from neuromem.models.sparsey_checks import codes_of, kind_of, weights_of
from neuromem.models.sparsey_mac import Mac, Signals, U, code_bits, unpacked
from neuromem.models.sparsey_reading import needed, read
from neuromem.models.sparsey_rules import CodeSelection, Permanence
from neuromem.network import check
from neuromem.patterns import as_patterns


class Sparsey(AssociativeMemory):
    """Episodic memory of superposed sparse codes (G. J. Rinkus, Front. Comput. Neurosci. 8:160, 2014).

    A pattern gets a code, one winner in each of `cms` modules of `units` binary units, chosen so that the more familiar
    the pattern, the more its code overlaps with those of similar ones; then the winners' synapses from the active
    inputs are set. Neither storing nor recognising looks at what is stored one by one.

    A recall reads the pattern from the synapses of the recalled code: an input is active where at least `agreement` of
    the winners have a synapse from it. Keys are ours: a key is a unit with a synapse from each winner of its code, and
    answers when exactly this code is recalled. Forgetting, too, is ours: synapses go that no other key's code needs.

    Parameters
    ----------
    inputs : int
        Length of a pattern.
    cms, units : int
        Competitive modules, and binary units in each.
    capacity : int, optional
        Places for keys; cms * units if not given. Synapses may be exhausted long before.
    selection : CodeSelection, optional
        How a code is chosen; see there for each disputed step.
    saturation : float
        A unit with more than this share of its synapses set learns no more: its critical period is over. What was
        learned first is safe then, and what comes later is known to fewer winners: lower `agreement` with it. Default:
        critical periods end by `freeze` only. (Ports of the author's program take 0.5.)
    permanence : Permanence, optional
        Lets synapses fade that are not strengthened again; each store is a step. Default: they stay.
    agreement : float
        Above 0, at most 1.
    seed : int
        Of the draws of codes, which depend on nothing else than it and how many patterns have been stored before.
    threads : int
        That share the fragments of a recall; results do not depend on it.

    Raises
    ------
    DescriptionError, UsageError
    """

    def __init__(
        self, inputs, cms, units, capacity=None, *, selection=None, saturation=1.0, permanence=None, agreement=1.0,
        seed=0, threads=1,
    ):  # fmt: skip
        kind_of(selection, CodeSelection, "Sparsey", "selection")
        kind_of(permanence, Permanence, "Sparsey", "permanence")
        self._mac = Mac(
            inputs, cms, units, selection=selection, saturation=saturation, permanence=permanence, seed=seed,
            owner="Sparsey",
        )  # fmt: skip
        self.n, self.cms, self.units, self.seed = int(inputs), self._mac.cms, self._mac.units, int(seed)
        self.capacity = self._mac.total if capacity is None else check.count(capacity, "Sparsey", "capacity", least=1)
        self.agreement = check.numbers(agreement, "Sparsey", "agreement", above=0.0, high=1.0, scalar=True)
        self.threads = check.count(threads, "Sparsey", "threads", least=1)
        self._book = Book(self.capacity, self.cms)

    def __repr__(self):
        return f"Sparsey(inputs={self.n}, cms={self.cms}, units={self.units}: {self._book.size} stored)"

    @property
    def selection(self):
        """How a code is chosen."""
        return self._mac.selection

    @property
    def frozen(self):
        """Whether the critical period of every unit is over; then nothing more can be stored."""
        return self._mac.frozen

    @property
    def codes(self):
        """The codes of `keys`, int32 (len(keys), cms): the winner of each module."""
        return self._book.codes[self._book.keys]

    def freeze(self):
        """End the critical period: what is stored is safe from now on, and storing raises CapacityError."""
        self._mac.freeze()

    def store(self, patterns, keys=None):
        """See `AssociativeMemory.store`; CapacityError also when the critical period is over, or ends within the batch.

        Patterns of which the selection's bounds make the mac stay idle are refused with a PatternError.
        """
        patterns = self._stored_patterns(patterns)
        keys = self._book.free(len(patterns)) if keys is None else self._new_keys(len(patterns), keys)
        signals = self._mac.pixels(patterns)
        idle = np.flatnonzero(signals.norm == 0)
        if idle.size:
            raise PatternError(
                f"patterns: pattern {idle[0]} has {patterns[idle[0]].sum()} active units, outside the selection's "
                "least and most, so the mac stays idle; widen them"
            )
        if self.frozen:
            raise CapacityError("Sparsey: its critical period is over, nothing more can be stored; make a new memory")
        overwritten = keys[self._book.used[keys]]
        codes, before = self._book.codes[overwritten], self._mac.state() if self._mac.room < len(patterns) else None
        self.forget(overwritten)
        winner = self._mac.learn_most(signals).winner
        if len(winner) < len(patterns):
            self._mac.restore(before)
            self._book.enter(overwritten, codes)
            raise CapacityError(
                f"Sparsey: only {len(winner)} of {len(patterns)} patterns fit before its critical period is over; "
                "store fewer, or raise saturation"
            )
        self._book.enter(keys, winner)
        return keys

    def recognise(self, fragments):
        """Return (code, familiarity): the most familiar code of each fragment, and how familiar it is.

        Parameters
        ----------
        fragments : bool array, shape (B, n) or (n,)

        Returns
        -------
        code : int32 array, shape (B, cms) or (cms,)
            Winner of each module; -1 when no input is active.
        familiarity : float64 array, shape (B,), or float
            G, 0 to 1. Near 1 it says that every module has a unit that knows these inputs, not that the code is right:
            in an overfull memory G stays 1.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        winner, G = self._found(fragments)
        return (winner[0], float(G[0])) if single else (winner, G)

    def recall(self, fragments):
        """See `AssociativeMemory.recall`; `keys` are those whose code is recalled exactly, in any number of modules."""
        fragments, single = as_patterns(fragments, self.n, "fragments")
        winner, _ = self._found(fragments)
        keys = [self._book.find(code) for code in winner]
        found = np.array([key.size > 0 for key in keys], bool)
        patterns = np.zeros((len(winner), self.n), bool)
        patterns[found] = self._read(winner[found])
        zeros = np.zeros(len(keys), np.int64)
        recall = Recall(keys, patterns, found, (winner[:, 0] >= 0).astype(np.int64), zeros)
        return recall.first() if single else recall

    def read(self, codes):
        """The inputs that enough winners of each code have a synapse from.

        codes : int array, shape (B, cms), winners 0 to units - 1, or -1 in all modules of a code: idle
        Returns bool (B, n). Raises PatternError.
        """
        return self._read(codes_of(codes, ("B", self.cms), self.units, "codes"))

    def forget(self, keys):
        """See `AssociativeMemory.forget`; the only operation that takes longer the more is stored.

        A winner of a code that goes keeps a synapse if a code that stays, and has this winner too, needs it: if all
        winners of that code have it whose critical period is not over, for these have learned all of its pattern. Where
        there are none such, the winners that are shared keep everything. `agreement` has no part in it. So no pattern
        that stays loses a synapse, and the more units are frozen, the less goes. A unit that nothing needs any more is
        as new, its critical period too, unless the critical periods of all are over: then nothing can be stored again.
        """
        keys = self._check_keys(keys)
        gone = np.unique(keys[self._book.used[keys]])
        if gone.size == 0:
            return
        codes = self._book.codes[gone]
        kept = self._book.codes[np.setdiff1d(self._book.keys, gone)]
        needs, path, reopens = needed(self._mac, kept), self._mac.paths[U], not self.frozen
        for q in range(self.cms):
            for k in np.unique(codes[:, q]):
                unit = q * self.units + k
                sharing = kept[:, q] == k
                bits = needs[sharing].any(axis=0)
                path.weights[:, unit] &= packed(bits[None])[0]
                path.filled[unit] = unpacked(path.weights[:, unit][None], self.n).sum()
                if reopens:
                    path.frozen[unit] &= sharing.any()
                if path.last.size:
                    path.last[~bits, unit], path.stiffness[~bits, unit] = NEVER, 0
        self._book.strike(gone)

    def nearest(self, fragments, count=1):
        """The stored items most similar to each fragment, by how many modules their codes share with its code.

        Parameters
        ----------
        fragments : bool array, shape (B, n) or (n,)
        count : int
            Items for each, at least 1.

        Returns
        -------
        keys : int64 array, shape (B, m) or (m,), m = min(count, stored)
            Best first, the smaller key of equal ones.
        shared : float64 array of that shape
            Share of the modules, 0 to 1.

        Raises
        ------
        PatternError, DescriptionError
        """
        count = check.count(count, "nearest", "count", least=1)
        fragments, single = as_patterns(fragments, self.n, "fragments")
        winner, _ = self._found(fragments)
        used = self.keys
        common = (winner[:, None, :] == self._book.codes[used][None]).mean(axis=2)
        order = np.argsort(-common, axis=1, kind="stable")[:, :count]
        keys, shared = used[order], np.take_along_axis(common, order, axis=1)
        return (keys[0], shared[0]) if single else (keys, shared)

    def similarity(self):
        """Share of modules in which the codes of any two `keys` agree, float64 (len(keys), len(keys))."""
        codes = self.codes
        return np.array([(code == codes).mean(axis=1) for code in codes]).reshape(len(codes), len(codes))

    def weights(self):
        """`U`, (cms * units, n), the synapses, and `keys`, (capacity, cms * units), of key units; float32, 0 or 1."""
        bits = code_bits(self._book.codes * self._book.used[:, None] - ~self._book.used[:, None], self.units)
        arrays = {"U": self._mac.set_bits(U), "keys": unpacked(bits, self._mac.total)}
        return {name: WeightArray(a.astype(np.float32), 0.0, 1.0, binary=True) for name, a in arrays.items()}

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`; a synapse is set from 1/2 on, a key's winners are its strongest."""
        shapes = {"U": (self._mac.total, self.n), "keys": (self.capacity, self._mac.total)}
        U_bits, key_values = weights_of(weights, shapes)
        memory = type(self)(**self._parameters())
        path = memory._mac.paths[U]
        path.weights[...] = packed(U_bits >= 0.5).T
        path.filled[...] = (U_bits >= 0.5).sum(axis=1)
        path.frozen[...] = (path.filled > path.limit) | (self._mac.paths[U].frozen > 0)
        if path.last.size:
            path.last[(U_bits >= 0.5).T] = self._mac.now
            path.stiffness[...] = self._mac.paths[U].stiffness
        memory._mac.now = self._mac.now
        memory._mac._space.ratchet[...] = self._mac._space.ratchet
        by_module = key_values.reshape(self.capacity, self.cms, self.units)
        used = np.flatnonzero((by_module.max(axis=2) >= 0.5).all(axis=1))
        memory._book.enter(used, by_module[used].argmax(axis=2).astype(np.int32))
        return memory

    @property
    def counts(self):
        """Synapses that are set, of inputs and of keys, and all there could be, a bit each."""
        potential = self._mac.total * (self.n + self.capacity)
        existing = int(self._mac.set_bits(U).sum()) + self._book.size * self.cms
        stamps = 40 * self._mac.total * self.n if self._mac.permanence else 0
        return Counts(existing, potential, potential + stamps)

    @property
    def keys(self):
        """Keys in use, int64, ascending."""
        return self._book.keys

    @property
    def patterns(self):
        """What the synapses of each key's code say, bool (len(keys), n)."""
        return self._read(self.codes)

    def _read(self, codes):
        return read(self._mac, codes, self.agreement)

    def _found(self, fragments):
        """(winner, G) of bool (B, n); threads take slices."""
        signals, slices = self._mac.pixels(fragments), min(self.threads, max(1, len(fragments)))
        if slices == 1:
            return self._mac.recognise(signals)[:2]
        edges = np.linspace(0, len(fragments), slices + 1).astype(int)
        pieces = [Signals(*(a[low:high] for a in signals)) for low, high in zip(edges[:-1], edges[1:])]
        with ThreadPoolExecutor(slices) as pool:
            found = list(pool.map(self._mac.recognise, pieces))
        return np.concatenate([f.winner for f in found]), np.concatenate([f.G for f in found])

    def _parameters(self):
        return {
            "inputs": self.n, "cms": self.cms, "units": self.units, "capacity": self.capacity,
            "selection": self._mac.selection, "saturation": self._mac.saturation,
            "permanence": self._mac.permanence, "agreement": self.agreement, "seed": self.seed,
            "threads": self.threads,
        }  # fmt: skip

    def _tree(self):
        parameters = self._parameters()
        parameters["selection"] = parameters["selection"].to_plain()
        parameters["permanence"] = None if self._mac.permanence is None else self._mac.permanence.to_plain()
        used = self.keys
        return {"parameters": parameters, "mac": self._mac.state(), "keys": used, "codes": self._book.codes[used]}

    @classmethod
    def _from_tree(cls, tree):
        given = dict(tree["parameters"])
        given["selection"] = CodeSelection(**given["selection"])
        if given["permanence"] is not None:
            given["permanence"] = Permanence(**given["permanence"])
        memory = cls(**given)
        memory._mac.restore(tree["mac"])
        memory._book.enter(np.asarray(tree["keys"]), np.asarray(tree["codes"], np.int32).reshape(-1, memory.cms))
        return memory

"""Who connects to whom. A connector gives the (pre, post) pairs of a projection, ordered by pre, then post."""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import count, indices, numbers

MOST_DRAWS = 1 << 22
"""Random numbers drawn at a time."""


@dataclass(frozen=True, eq=False)
class OneToOne:
    """Neuron i to neuron i; the populations must have equal size."""

    def check(self, name, n_pre, n_post):
        """Raise DescriptionError if the sizes do not fit."""
        if n_pre != n_post:
            raise DescriptionError(f"{name}: one-to-one needs populations of equal size, got {n_pre} and {n_post}")

    def pairs(self, n_pre, n_post, rng):
        """Return (pre, post) as int32 arrays."""
        index = np.arange(n_pre, dtype=np.int32)
        return index, index

    def expected(self, n_pre, n_post):
        """Number of synapses, expected where it is random."""
        return n_pre


@dataclass(frozen=True, eq=False)
class AllToAll:
    """Every neuron to every neuron; weights and delays may be arrays of shape (n_pre, n_post)."""

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def pairs(self, n_pre, n_post, rng):
        """Return (pre, post) as int32 arrays."""
        pre = np.repeat(np.arange(n_pre, dtype=np.int32), n_post)
        return pre, np.tile(np.arange(n_post, dtype=np.int32), n_pre)

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return n_pre * n_post


@dataclass(frozen=True, eq=False)
class AllButSelf:
    """Every neuron to every neuron of a different index."""

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def pairs(self, n_pre, n_post, rng):
        """Return (pre, post) as int32 arrays."""
        pre, post = AllToAll().pairs(n_pre, n_post, rng)
        other = pre != post
        return pre[other], post[other]

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return n_pre * n_post - min(n_pre, n_post)


@dataclass(frozen=True, eq=False)
class FixedProbability:
    """Every pair independently with probability `p`, drawn from the run's seed."""

    p: float

    def __post_init__(self):
        object.__setattr__(self, "p", numbers(self.p, "FixedProbability", "p", low=0.0, high=1.0, scalar=True))

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def pairs(self, n_pre, n_post, rng):
        """Return (pre, post) as int32 arrays; gaps between synapses are geometric, so no matrix is formed."""
        total = n_pre * n_post
        if self.p == 0.0 or total == 0:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        at = -1
        found = []
        while at < total:
            draw = min(int((total - at) * self.p * 1.02) + 100, MOST_DRAWS)
            gaps = np.minimum(rng.geometric(self.p, draw), total + 1)  # or a tiny p would overflow the sum
            places = at + np.cumsum(gaps)
            found.append(places)
            at = int(places[-1])
        places = np.concatenate(found)
        places = places[places < total]
        pre, post = np.divmod(places, n_post)
        return pre.astype(np.int32), post.astype(np.int32)

    def expected(self, n_pre, n_post):
        """Expected number of synapses."""
        return round(self.p * n_pre * n_post)


@dataclass(frozen=True, eq=False)
class FixedInDegree:
    """Every post neuron receives from exactly `k` different pre neurons, drawn from the run's seed."""

    k: int

    def __post_init__(self):
        object.__setattr__(self, "k", count(self.k, "FixedInDegree", "k"))

    def check(self, name, n_pre, n_post):
        """Raise DescriptionError if there are fewer than k pre neurons."""
        if self.k > n_pre:
            raise DescriptionError(f"{name}: an in-degree of {self.k} needs at least {self.k} neurons, got {n_pre}")

    def pairs(self, n_pre, n_post, rng):
        """Return (pre, post) as int32 arrays."""
        pre = np.empty((n_post, self.k), np.int32)
        for post in range(n_post):
            pre[post] = rng.choice(n_pre, self.k, replace=False)
        post = np.repeat(np.arange(n_post, dtype=np.int32), self.k)
        order = np.lexsort((post, pre.ravel()))
        return pre.ravel()[order], post[order]

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return self.k * n_post


@dataclass(frozen=True, eq=False)
class FromArrays:
    """Synapses listed one by one; several between the same two neurons are allowed.

    Parameters
    ----------
    pre, post : array_like of int, shape (k,)
        Neuron indices. Weights and delays of the projection are arrays of the same length, in the same order.
    """

    pre: object
    post: object

    def __post_init__(self):
        for side in ("pre", "post"):
            object.__setattr__(self, side, indices(getattr(self, side), "FromArrays", side).astype(np.int32))
        if self.pre.shape != self.post.shape:
            raise DescriptionError(
                f"FromArrays.post: one index per synapse is expected, got {self.post.size} for {self.pre.size} pre"
            )

    def check(self, name, n_pre, n_post):
        """Raise DescriptionError if an index does not exist."""
        for side, index, size in (("pre", self.pre, n_pre), ("post", self.post, n_post)):
            if index.size and index.max() >= size:
                raise DescriptionError(f"{name}: {side} index {index.max()} is outside a population of {size}")

    def pairs(self, n_pre, n_post, rng):
        """Return (pre, post) as int32 arrays in the order given; the engine sorts them."""
        return self.pre, self.post

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return self.pre.size


CONNECTORS = {c.__name__: c for c in (OneToOne, AllToAll, AllButSelf, FixedProbability, FixedInDegree, FromArrays)}

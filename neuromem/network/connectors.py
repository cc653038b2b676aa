"""Who connects to whom. A connector gives the synapses of a projection as rows, one per pre neuron.

`rows(n_pre, n_post, seed, number)` returns `(start, post)`: the targets of pre neuron i are
`post[start[i] : start[i + 1]]`, ascending. `number` is the projection's position in the network; with the seed it
keys the random connectors.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network import draws
from neuromem.network.check import count, indices, numbers


def index_type(size):
    """The smallest unsigned type that holds the indices of a population."""
    return np.uint16 if size <= 1 << 16 else np.uint32


@dataclass(frozen=True, eq=False)
class OneToOne:
    """Neuron i to neuron i; the populations must have equal size."""

    def check(self, name, n_pre, n_post):
        """Raise DescriptionError if the sizes do not fit."""
        if n_pre != n_post:
            raise DescriptionError(f"{name}: one-to-one needs populations of equal size, got {n_pre} and {n_post}")

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post)."""
        return np.arange(n_pre + 1), np.arange(n_pre, dtype=index_type(n_post))

    def expected(self, n_pre, n_post):
        """Number of synapses, expected where it is random."""
        return n_pre


@dataclass(frozen=True, eq=False)
class AllToAll:
    """Every neuron to every neuron; weights and delays may be arrays of shape (n_pre, n_post)."""

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post)."""
        return np.arange(n_pre + 1) * n_post, np.tile(np.arange(n_post, dtype=index_type(n_post)), n_pre)

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return n_pre * n_post


@dataclass(frozen=True, eq=False)
class AllButSelf:
    """Every neuron to every neuron of a different index."""

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post)."""
        _, post = AllToAll().rows(n_pre, n_post, seed, number)
        same = np.arange(min(n_pre, n_post)) * (n_post + 1)
        sizes = np.full(n_pre, n_post) - (np.arange(n_pre) < n_post)
        return np.concatenate([[0], np.cumsum(sizes)]), np.delete(post, same)

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return n_pre * n_post - min(n_pre, n_post)


@dataclass(frozen=True, eq=False)
class FixedProbability:
    """Every pair independently with probability `p`, drawn from the run's seed.

    Parameters
    ----------
    p : float
    procedural : bool
        Draw each row again at every spike instead of storing it: no memory, the same synapses. Only for static
        projections with one weight and one delay.
    """

    p: float
    procedural: bool = False

    def __post_init__(self):
        object.__setattr__(self, "p", numbers(self.p, "FixedProbability", "p", low=0.0, high=1.0, scalar=True))
        object.__setattr__(self, "procedural", bool(self.procedural))

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post)."""
        return draws.bernoulli(self.p, n_pre, n_post, seed, number, index_type(n_post))

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

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post)."""
        return draws.in_degree(self.k, n_pre, n_post, seed, number, index_type(n_post))

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return self.k * n_post


@dataclass(frozen=True, eq=False)
class FixedTotalNumber:
    """`n` synapses, each between a random pre and a random post neuron; several may join the same two."""

    n: int

    def __post_init__(self):
        object.__setattr__(self, "n", count(self.n, "FixedTotalNumber", "n"))

    def check(self, name, n_pre, n_post):
        """All sizes fit."""

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post)."""
        return draws.total_number(self.n, n_pre, n_post, seed, number, index_type(n_post))

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return self.n


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

    def rows(self, n_pre, n_post, seed, number):
        """Return (start, post), sorted by pre, then post; the engine asks `order` which synapse is which."""
        order = self.order()
        pre, post = (self.pre, self.post) if order is None else (self.pre[order], self.post[order])
        return np.searchsorted(pre, np.arange(n_pre + 1)), post.astype(index_type(n_post))

    def order(self):
        """Places of the synapses of `rows` in the arrays given; None if they were given in that order."""
        same = self.pre[1:] == self.pre[:-1]
        if ((self.pre[1:] > self.pre[:-1]) | (same & (self.post[1:] >= self.post[:-1]))).all():
            return None
        return np.lexsort((self.post, self.pre))

    def expected(self, n_pre, n_post):
        """Number of synapses."""
        return self.pre.size


RANDOM = (FixedProbability, FixedInDegree, FixedTotalNumber)
CONNECTORS = {c.__name__: c for c in (OneToOne, AllToAll, AllButSelf, *RANDOM, FromArrays)}

"""The memories that phase diagrams are drawn of: their axes, their sizes, and how a column of cells is simulated."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Axis(NamedTuple):
    """label(P) for the figure; end(P), where the axis ends by itself; whole: what a value is rounded to, by units."""

    label: Callable
    end: Callable
    whole: Callable | None = None

    def middles(self, count: int, end: float, parameters) -> np.ndarray:
        """(count,): the middles of equal cells from 0 to `end`; where they are rounded their ends, each once."""
        if self.whole is None:
            return (np.arange(count) + 0.5) * end / count
        return np.unique(self.whole((np.arange(count) + 1) * end / count, parameters))


@dataclass(frozen=True)
class System:
    """A model: axes by name, units by number of bodies, quick and not, what the colour says, one column of cells."""

    title: str
    quantity: str
    x: dict
    y: dict
    n: Callable
    small: Callable
    column: Callable


def _generator(point) -> np.random.Generator:
    return np.random.default_rng([point.parameters.seed, point.column, point.disorder])


def _patterns(rng, K: int, n: int) -> np.ndarray:
    patterns = rng.random((K, n)) < 0.5
    patterns[~patterns.any(axis=1), 0] = True  # a pattern has an active unit
    return patterns


def _settled(move, follow, state, T, p, replica) -> float:
    """Mean overlap after p.sweeps, over p.measured more; at T = 0 that of the state in which it ends."""
    move(state, T, p.sweeps, replica=replica)
    if T == 0:
        move(state, T, p.measured, replica=replica)
        return float(follow @ state.astype(int)) / len(state)
    total = 0.0
    for k in range(p.measured):
        move(state, T, 1, replica=replica, first=p.sweeps + k)
        total += float(follow @ state.astype(int))
    return total / (p.measured * len(state))


def _noisy(state, fraction, rng):
    """A copy with that fraction of spins flipped."""
    state = state.copy()
    state[rng.permutation(len(state))[: round(fraction * len(state))]] *= -1
    return state


def hopfield(point) -> np.ndarray:
    """Overlap with the pattern that the dynamics starts from, or from the pattern with noise at T = 0."""
    from neuromem.models import Hopfield

    p, rng = point.parameters, _generator(point)
    K = max(1, round(point.x * p.n ** (p.P - 1)))
    patterns = _patterns(rng, K, p.n)
    memory = Hopfield(p.n, p.P, capacity=K, seed=p.seed + 1000 * point.column + point.disorder)
    memory.store(patterns)
    start, found = np.where(patterns[0], 1, -1).astype(np.int8), []
    for row, y in enumerate(point.ys):
        state, T = (start.copy(), y) if p.y == "temperature" else (_noisy(start, y, rng), 0.0)
        found.append(memory.follow(state, T, p.sweeps + p.measured, replica=row)[p.sweeps :].mean())
    return np.array(found)


def dense_hebbian(point) -> np.ndarray:
    """Overlap with an archetype learned from M examples, of the state that it relaxes to at T = 0."""
    from neuromem.models import DenseHebbian

    p, found = point.parameters, []
    K = max(1, round(point.x * p.n ** (p.P - 1)))
    for row, y in enumerate(point.ys):
        patterns = _patterns(_generator(point), K, p.n)
        memory = DenseHebbian(p.n, p.P, K, M=p.M, r=float(1 / np.sqrt(1 + p.M * y)), seed=p.seed + point.disorder)
        memory.store(patterns)
        start = np.where(patterns[0], 1, -1).astype(np.int8)
        found.append(_settled(memory.sweep, start.astype(int), start.copy(), 0.0, p, row))
    return np.array(found)


def multitasking(point) -> np.ndarray:
    """Largest overlap of 3 patterns with that fraction of blanks, from the hierarchical state."""
    from neuromem.models import MultitaskingHopfield

    p, rng, K = point.parameters, _generator(point), 3
    patterns, relevant = _patterns(rng, K, p.n), rng.random((K, p.n)) >= point.x
    relevant[:, 0] = True  # none is blank altogether
    memory = MultitaskingHopfield(p.n, capacity=K, seed=p.seed + 1000 * point.column + point.disorder)
    memory.store(patterns, relevant=relevant)
    xi, found = np.where(patterns, 1, -1) * relevant, []
    start = np.ones(p.n, np.int8)
    for one in xi[::-1]:
        start[one != 0] = one[one != 0]
    for row, T in enumerate(point.ys):
        found.append(_settled(memory.sweep, xi[0], start.copy(), T, p, row))
    return np.array(found)


def sparse(point) -> np.ndarray:
    """Overlap P(on | 1) - P(on | 0) of the state that a pattern of f n active units relaxes to."""
    from neuromem import patterns as codes
    from neuromem.models import SparseHopfield

    p, found = point.parameters, []
    for f in point.ys:
        rng = _generator(point)
        active, K = max(1, round(f * p.n)), max(1, round(point.x * p.n))
        stored = codes.random_patterns(K, p.n, active, rng)
        memory = SparseHopfield(p.n, f, K, active, p.sweeps)
        memory.store(stored)
        V = stored[:1]
        for _ in range(p.sweeps):
            before, V = V, memory.update(V)
            if (before == V).all():
                break
        found.append(float(V[0][stored[0]].mean() - V[0][~stored[0]].mean()))
    return np.array(found)


CA3_ACTIVE, CA3_ASKED = 8, 10


def ca3(point) -> np.ndarray:
    """Fraction of memories that the spiking CA3 network recalls exactly from a fragment, of up to 10 asked."""
    from neuromem import patterns as codes
    from neuromem.models import CA3Memory

    p, rng = point.parameters, _generator(point)
    K = int(point.x)
    stored = codes.random_patterns(K, p.n, CA3_ACTIVE, rng)
    memory = CA3Memory(K, p.n, rule="best")
    memory.store(stored)
    asked, found = stored[rng.permutation(K)[:CA3_ASKED]], []
    for y in point.ys:
        if p.y == "fragment":
            cues = codes.keep(asked, y / CA3_ACTIVE, rng)
        else:
            cues = codes.flip(asked, y, rng)
        found.append(float((memory.recall(cues).patterns == asked).all(axis=1).mean()))
    return np.array(found)


def _spinodal(P):
    return {2: 0.16, 3: 0.17, 4: 0.045, 5: 0.0095, 6: 0.0017}.get(P, 2.0 / float(np.prod(range(1, P))) * 0.16)


def _load_label(P):
    return "load α = K/N" if P == 2 else f"load α = K/N$^{P - 1}$"


def _whole_patterns(values, p):
    return np.maximum(1, np.round(values))


_LOAD = Axis(_load_label, _spinodal)
_T = Axis(lambda P: "temperature T", lambda P: 1.4 if P == 2 else 0.6)

SYSTEMS = {
    "hopfield": System(
        "Hopfield network", "overlap m with the pattern it starts from", {"load": _LOAD},
        {"temperature": _T, "noise": Axis(lambda P: "fraction of spins flipped in the cue", lambda P: 0.5)},
        lambda P: {2: 1000, 3: 150, 4: 48}.get(P, 24), lambda P: {2: 300, 3: 60, 4: 32}.get(P, 16), hopfield,
    ),
    "dense-hebbian": System(
        "Hebbian learning from examples", "overlap m with the archetype", {"load": _LOAD},
        {"entropy": Axis(lambda P: "entropy of the data ρ = (1 − r²)/(M r²)", lambda P: 0.5)},
        lambda P: {2: 600, 3: 100}.get(P, 40), lambda P: {2: 200, 3: 40}.get(P, 24), dense_hebbian,
    ),
    "multitasking": System(
        "Multitasking network, 3 diluted patterns", "largest overlap m₁",
        {"dilution": Axis(lambda P: "dilution d", lambda P: 1.0)}, {"temperature": _T._replace(end=lambda P: 1.0)},
        lambda P: 2000, lambda P: 400, multitasking,
    ),
    "sparse": System(
        "Sparse covariance memory, f N winners", "overlap m",
        {"load": Axis(lambda P: "load α = K/N", lambda P: 1.4)},
        {"activity": Axis(lambda P: "activity f", lambda P: 0.3)},
        lambda P: 2000, lambda P: 400, sparse,
    ),
    "ca3": System(
        "Spiking CA3 memory", "fraction recalled exactly",
        {"load": Axis(lambda P: "memories stored K", lambda P: 160.0, _whole_patterns)},
        {
            "fragment": Axis(lambda P: f"active units shown, of {CA3_ACTIVE}", lambda P: CA3_ACTIVE, _whole_patterns),
            "noise": Axis(lambda P: "fraction of all units flipped", lambda P: 0.3),
        },
        lambda P: 64, lambda P: 64, ca3,
    ),
}  # fmt: skip
"""By the names that `neuromem phase` takes."""

"""The code selection algorithm of a macrocolumn: from inputs to one winner per module, and what the winners learn.

The steps are numbered as in G. J. Rinkus, Front. Comput. Neurosci. 8:160 (2014), Table 1.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.macrocolumn import learn, support
from neuromem.kernels.philox import philox

ANY, OPEN, FRESH = range(3)
"""Units that novel inputs are given to."""

EXACT_2014, ALTERNATE, STEEP_2010, RATCHET = range(4)
"""Forms of the V-to-mu transform, see `mu`."""

CACHE = 256
"""Places for values of mu that were computed already."""

_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


class Rule(NamedTuple):
    """Numbers of a mac that do not change: form, gm, gamma, chi and a to d enter `mu`; U, H and D are exponents."""

    cms: int
    units: int
    form: int
    gm: float
    gamma: float
    chi: float
    a: float
    b: float
    c: float
    d: float
    U: float
    H: float
    D: float
    rival: float  # units of larger V count as competing hypotheses
    recruit: int  # units that are drawn for their V only: 1, those that learn no more; 2, those that have learned
    seed: int
    number: int  # of the mac


class Frames(NamedTuple):
    """A batch of inputs: words uint64 (B, words), strengths float64 (B, words) or (B, 0), norms float64 (B,) or 0."""

    u: np.ndarray
    h: np.ndarray
    d: np.ndarray
    u_strength: np.ndarray
    h_strength: np.ndarray
    d_strength: np.ndarray
    u_norm: np.ndarray
    h_norm: np.ndarray
    d_norm: np.ndarray


class Space(NamedTuple):
    """Arrays to compute in: sums, V, mu float64 (total,), best (cms,), seen, known (CACHE,), ratchet (1,), a state."""

    sums: np.ndarray
    V: np.ndarray
    mu: np.ndarray
    best: np.ndarray
    seen: np.ndarray
    known: np.ndarray
    ratchet: np.ndarray


class Codes(NamedTuple):
    """What is found: winner int32 (B, cms), unit within its module, G float64 (B,), rivals float64 (B,), V float64."""

    winner: np.ndarray
    G: np.ndarray
    rivals: np.ndarray


@inner
def supports(paths, frames, b, rule, now, space):
    """Steps 2 to 4: V_i = U_i^U H_i^H D_i^D over the pathways that have active sources."""
    for i in range(space.V.size):
        space.V[i] = 1.0
    if frames.u_norm[b] > 0:
        support(paths[0], frames.u[b], frames.u_strength[b], frames.u_norm[b], rule.U, now, space)
    if frames.h_norm[b] > 0:
        support(paths[1], frames.h[b], frames.h_strength[b], frames.h_norm[b], rule.H, now, space)
    if frames.d_norm[b] > 0:
        support(paths[2], frames.d[b], frames.d_strength[b], frames.d_norm[b], rule.D, now, space)


@inner
def familiarity(rule, space):
    """Steps 7 and 8: the largest V of every module; G is their mean."""
    total = 0.0
    for q in range(rule.cms):
        best = 0.0
        for i in range(q * rule.units, (q + 1) * rule.units):
            best = max(best, space.V[i])
        space.best[q] = best
        total += best
    return total / rule.cms


@inner
def rivals(rule, space):
    """Step 5: how many hypotheses compete, units of V above `rival` per module, on average."""
    found = 0
    for i in range(space.V.size):
        found += space.V[i] > rule.rival
    return found / rule.cms


@inner
def mu(V, G, gain, rule, ratchet):
    """Step 10, with gain eta of step 9: 1 at V far below the bend, eta at V = 1."""
    if rule.form == EXACT_2014:
        return (gain - 1) / (1 + rule.a * math.exp(-rule.b * (V - rule.c))) ** rule.d + 1
    if rule.form == ALTERNATE:
        return (gain - 1) / (1 + (rule.a * math.exp(-rule.b * (V - rule.c))) ** rule.d) + 1
    if rule.form == STEEP_2010:
        return rule.a * G**rule.b / (1 + math.exp(-(rule.c * V + rule.d))) + 1
    return max(gain / (1 + math.exp(-rule.b * (V - ratchet))), 1.0)


@inner
def eta(G, rule):
    """Step 9: 1 + max(0, (G - gm) / (1 - gm))^gamma chi K."""
    return 1 + max(0.0, (G - rule.gm) / (1 - rule.gm)) ** rule.gamma * rule.chi * rule.units


@inner
def fill_mu(G, path, rule, space):
    """mu of every unit; a value of V that has been met is looked up."""
    gain = eta(G, rule)
    for k in range(CACHE):
        space.seen[k] = -1.0
    for i in range(space.V.size):
        V = space.V[i]
        k = int(V * 1021.0) % CACHE
        if space.seen[k] != V:
            space.seen[k] = V
            space.known[k] = mu(V, G, gain, rule, space.ratchet[0])
        space.mu[i] = space.known[k]
        if (rule.recruit == OPEN and path.frozen[i]) or (rule.recruit == FRESH and path.filled[i] > 0):
            space.mu[i] -= 1.0


@inner
def uniform(word0, word1):
    """A number in (0, 1) of 52 random bits."""
    return ((np.int64(word0) << 20 | np.int64(word1) >> 12) + 0.5) * 2.0**-52


@inner
def random_words(step, index, stream, seed):
    """Two random words of a stream for module `index` in a step."""
    step, seed = np.uint64(step), np.uint64(seed)
    w0, w1, _, _ = philox(
        np.uint32(step & _LOW),
        np.uint32(step >> _SHIFT),
        np.uint32(index),
        np.uint32(stream),
        np.uint32(seed & _LOW),
        np.uint32(seed >> _SHIFT),
    )
    return w0, w1


@inner
def draw(q, now, rule, space):
    """Steps 11 and 12 in learning: a unit of module q with probability mu_i / sum mu."""
    first = q * rule.units
    total = 0.0
    for i in range(first, first + rule.units):
        total += space.mu[i]
    w0, w1 = random_words(now, q, 2 * rule.number, rule.seed)
    if total <= 0:
        return np.int64(uniform(w0, w1) * rule.units)
    left = uniform(w0, w1) * total
    for k in range(rule.units):
        left -= space.mu[first + k]
        if left < 0:
            return k
    return rule.units - 1


@inner
def digest(x, start):
    """64 bits that depend on all bits of the words."""
    a, b = np.uint32(start & _LOW), np.uint32(start >> _SHIFT)
    for w in range(x.size):
        a, b, _, _ = philox(np.uint32(x[w] & _LOW), np.uint32(x[w] >> _SHIFT), a, b, np.uint32(w), np.uint32(0))
    return np.uint64(a) | np.uint64(b) << _SHIFT


@inner
def top(q, name, rule, space):
    """Step 12 in retrieval: the unit of largest V; of equal ones, any, by a random word that belongs to the input."""
    first, equal = q * rule.units, 0
    for i in range(first, first + rule.units):
        equal += space.V[i] == space.best[q]
    w0, _ = random_words(name, q, 2 * rule.number + 1, rule.seed)
    skip = np.int64(np.uint64(w0) * np.uint64(equal) >> _SHIFT)
    for k in range(rule.units):
        if space.V[first + k] == space.best[q]:
            if skip == 0:
                return k
            skip -= 1
    return 0


@inner
def select(b, now, drawn, path, frames, rule, space, codes):
    """One winner in every module."""
    if drawn:
        fill_mu(codes.G[b], path, rule, space)
    name = np.uint64(0)
    if not drawn:
        name = digest(frames.d[b], digest(frames.h[b], digest(frames.u[b], name)))
    for q in range(rule.cms):
        codes.winner[b, q] = draw(q, now, rule, space) if drawn else top(q, name, rule, space)


@inner
def adapt(paths, frames, b, now, rule, codes):
    """The winners' synapses from active sources are set, in every pathway that has some."""
    for q in range(rule.cms):
        i = q * rule.units + codes.winner[b, q]
        if frames.u_norm[b] > 0:
            learn(paths[0], frames.u[b], i, rule.units, now)
        if frames.h_norm[b] > 0:
            learn(paths[1], frames.h[b], i, rule.units, now)
        if frames.d_norm[b] > 0:
            learn(paths[2], frames.d[b], i, rule.units, now)


@inner
def turn_ratchet(rule, space):
    """The bend of the `RATCHET` form moves up by a hundredth of its way from a to c once V is above d on average."""
    total = 0.0
    for i in range(space.V.size):
        total += space.V[i]
    if total > rule.d * space.V.size:
        space.ratchet[0] = min(rule.c, space.ratchet[0] + (rule.c - rule.a) / 100)


@entry
def present(paths, space, rule, now, drawn, learning, frames, codes):
    """Frame by frame, choose a code and, when learning, store it; an inactive frame gets winners -1 and G = 0.

    now : step of the first frame; drawn : winners are drawn by mu, else those of largest V
    """
    for b in range(codes.G.size):
        if max(frames.u_norm[b], frames.h_norm[b], frames.d_norm[b]) <= 0:
            codes.winner[b] = -1
            codes.G[b] = codes.rivals[b] = 0.0
            continue
        supports(paths, frames, b, rule, now + b, space)
        codes.G[b] = familiarity(rule, space)
        codes.rivals[b] = rivals(rule, space)
        select(b, now + b, drawn, paths[0], frames, rule, space, codes)
        if learning:
            adapt(paths, frames, b, now + b, rule, codes)
            if rule.form == RATCHET:
                turn_ratchet(rule, space)


@entry
def associate(paths, rule, now, frames, codes):
    """Codes that are given, and persist, learn the frames of now."""
    for b in range(codes.G.size):
        adapt(paths, frames, b, now + b, rule, codes)

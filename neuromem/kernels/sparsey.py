"""The code selection algorithm of a macrocolumn: from inputs to one winner per module, and what the winners learn.

The steps are numbered as in G. J. Rinkus, Front. Comput. Neurosci. 8:160 (2014), Table 1.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.macrocolumn import learn, support

ANY, OPEN, FRESH = range(3)
"""Units that novel inputs are given to."""

EXACT_2014, ALTERNATE, STEEP_2010, RATCHET = range(4)
"""Forms of the V-to-mu transform, see `mu`."""

CACHE = 256
"""Places for values of mu that were computed already; a power of 2."""


class Rule(NamedTuple):
    """Numbers of a mac that do not change: form, gm, gamma, chi and a to d enter `mu`; powers of U, H, D."""

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
    powers: tuple
    rival: float  # units of larger V count as competing hypotheses
    recruit: int  # units that are drawn for their V only: 1, those that learn no more; 2, those that have learned


class Signals(NamedTuple):
    """What a pathway brings in a batch of B frames.

    x : uint64 (B, words), active sources
    norm : float64 (B,), what sums are divided by; 0 where the pathway is silent
    strength : float64 (B, words), by what the sources of a word are multiplied, or (B, 0) for 1
    """

    x: np.ndarray
    norm: np.ndarray
    strength: np.ndarray


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
    """What is found: winner int32 (B, cms), unit within its module, -1 while idle; G and rivals float64 (B,)."""

    winner: np.ndarray
    G: np.ndarray
    rivals: np.ndarray


@inner
def supports(paths, frames, b, rule, now, space):
    """Steps 2 to 4: V_i = U_i^U H_i^H D_i^D over the pathways that have active sources; whether there are any."""
    active = False
    for i in range(space.V.size):
        space.V[i] = 1.0
    for p in range(3):
        frame = frames[p]
        if frame.norm[b] > 0:
            active = True
            support(paths[p], frame.x[b], frame.strength[b], frame.norm[b], rule.powers[p], now, space)
    return active


@inner
def familiarity(rule, space):
    """Steps 7 and 8: the largest V of every module; G is their mean."""
    total = 0.0
    for q in range(rule.cms):
        best = 0.0
        for i in range(q * rule.units, (q + 1) * rule.units):
            best = space.V[i] if space.V[i] > best else best
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
        k = int(V * 1021.0) & (CACHE - 1)
        if space.seen[k] != V:
            space.seen[k] = V
            space.known[k] = mu(V, G, gain, rule, space.ratchet[0])
        space.mu[i] = space.known[k]
        if (rule.recruit == OPEN and path.frozen[i]) or (rule.recruit == FRESH and path.filled[i] > 0):
            space.mu[i] -= 1.0


@inner
def draw(q, luck, rule, space):
    """Steps 11 and 12 in learning: a unit of module q with probability mu_i / sum mu."""
    first = q * rule.units
    total = 0.0
    for i in range(first, first + rule.units):
        total += space.mu[i]
    if total <= 0:
        return np.int64(luck * rule.units)
    left = luck * total
    for k in range(rule.units):
        left -= space.mu[first + k]
        if left < 0:
            return k
    return rule.units - 1


@inner
def top(q, luck, rule, space):
    """Step 12 in retrieval: the unit of largest V; of equal ones, any. Without a branch that hangs on V."""
    first, equal, before, found = q * rule.units, 0, 0, 0
    for i in range(first, first + rule.units):
        equal += space.V[i] == space.best[q]
    skip = np.int64(luck * equal)
    for k in range(rule.units):
        same = space.V[first + k] == space.best[q]
        found += k * (same & (before == skip))
        before += same
    return found


@inner
def adapt(paths, frames, b, now, rule, codes):
    """The winners' synapses from active sources are set, in every pathway that has some."""
    for p in range(3):
        if frames[p].norm[b] > 0:
            for q in range(rule.cms):
                learn(paths[p], frames[p].x[b], q * rule.units + codes.winner[b, q], rule.units, now)


@inner
def turn_ratchet(rule, space):
    """The bend of the `RATCHET` form moves up by a hundredth of its way from a to c once V is above d on average."""
    total = 0.0
    for i in range(space.V.size):
        total += space.V[i]
    if total > rule.d * space.V.size:
        space.ratchet[0] = min(rule.c, space.ratchet[0] + (rule.c - rule.a) / 100)


@entry
def present(paths, space, rule, now, learning, luck, frames, codes):
    """Frame by frame, choose a code and, when learning, store it; an inactive frame gets winners -1 and G = 0.

    now : step of the first frame
    learning : 0, winners are those of largest V; 1, they are drawn by mu; 2, and they learn
    luck : float64 (B, cms), 0 to 1, which of equal units wins, or which is drawn
    frames : Signals of U, H, D
    """
    for b in range(codes.G.size):
        if not supports(paths, frames, b, rule, now + b, space):
            codes.winner[b] = -1
            codes.G[b] = codes.rivals[b] = 0.0
            continue
        codes.G[b] = familiarity(rule, space)
        codes.rivals[b] = rivals(rule, space)
        if learning:
            fill_mu(codes.G[b], paths[0], rule, space)
        for q in range(rule.cms):
            codes.winner[b, q] = draw(q, luck[b, q], rule, space) if learning else top(q, luck[b, q], rule, space)
        if learning == 2:
            adapt(paths, frames, b, now + b, rule, codes)
            if rule.form == RATCHET:
                turn_ratchet(rule, space)


@entry
def associate(paths, rule, now, frames, codes):
    """Codes that are given, and persist, learn the frames of now."""
    for b in range(codes.G.size):
        adapt(paths, frames, b, now + b, rule, codes)

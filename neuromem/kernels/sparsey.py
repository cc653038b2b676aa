"""The code selection algorithm of a macrocolumn: from inputs to one winner per module, and what the winners learn.

The steps are numbered as in G. J. Rinkus, Front. Comput. Neurosci. 8:160 (2014), Table 1.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.macrocolumn import learn, support
from neuromem.kernels.transfer import RATCHET, fill_mu

RECOGNISE, DRAW, LEARN = range(3)
"""Winners are those of largest V; or drawn by mu; or drawn, and they learn."""


class Rule(NamedTuple):
    """Numbers of a mac that do not change: form, gm, gamma, chi and a to d of step 10; powers of U, H, D."""

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
    """Arrays to compute in: sums, V, mu float64 (total,), best (cms,); ratchet (1,) is a state."""

    sums: np.ndarray
    V: np.ndarray
    mu: np.ndarray
    best: np.ndarray
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
    first, equal, met, found = q * rule.units, 0, 0, 0
    for i in range(first, first + rule.units):
        equal += space.V[i] == space.best[q]
    skip = np.int64(luck * equal)
    for i in range(first, first + rule.units):
        met += space.V[i] == space.best[q]
        found += met <= skip
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
def present(paths, space, rule, now, mode, luck, frames, codes):
    """Frame by frame, choose a code and, in mode LEARN, store it; an inactive frame gets winners -1 and G = 0.

    now : step of the first frame
    mode : RECOGNISE, DRAW or LEARN
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
        if mode != RECOGNISE:
            fill_mu(codes.G[b], paths[0], rule, space)
        for q in range(rule.cms):
            if mode == RECOGNISE:
                codes.winner[b, q] = top(q, luck[b, q], rule, space)
            else:
                codes.winner[b, q] = draw(q, luck[b, q], rule, space)
        if mode == LEARN:
            adapt(paths, frames, b, now + b, rule, codes)
            if rule.form == RATCHET:
                turn_ratchet(rule, space)


@entry
def associate(paths, rule, now, frames, codes):
    """Codes that are given, and persist, learn the frames of now."""
    for b in range(codes.G.size):
        adapt(paths, frames, b, now + b, rule, codes)

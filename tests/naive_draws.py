"""Dumb twins of everything random: words, connectors, normal weights and delays, Poisson numbers.

Nothing here is shared with `neuromem.kernels` or `neuromem.network.draws`; logarithms are those of `math`.
"""

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np

from neuromem.network import FixedInDegree, FixedProbability, FixedTotalNumber

MASK = 2**32 - 1
NOISE, CONNECT, WEIGHT, DELAY = 1 << 28, 2 << 28, 3 << 28, 4 << 28
"""First object of the streams of Poisson inputs, of connectors, of weights and of delays."""


def philox(counter, key):
    """Philox 4x32-10 [Salmon et al. 2011, section 3.3]: four words from a counter of four and a key of two."""
    c, k = list(counter), list(key)
    for _ in range(10):
        left, right = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(right >> 32) ^ c[1] ^ k[0], right & MASK, (left >> 32) ^ c[3] ^ k[1], left & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


@lru_cache(1 << 14)
def words(seed, obj, block, step):
    """The 128 words of a block: call g = 0..31 gives the words g, g + 32, g + 64 and g + 96."""
    key = [seed & MASK, seed >> 32]
    calls = [philox([step & MASK, step >> 32, 32 * block + g, obj], key) for g in range(32)]
    return [calls[i % 32][i // 32] for i in range(128)]


def word(seed, obj, index, step):
    """Word `index` of an object in a step."""
    return words(seed, obj, index // 128, step)[index % 128]


def unit(value):
    """A word as a number in (0, 1)."""
    return (value + 0.5) / 2**32


def emit_poisson(seed, obj, probabilities, step):
    """Sources whose draw lies below their probability; source i uses word i."""
    return [i for i, p in enumerate(probabilities) if unit(word(seed, obj, i, step)) < p]


# ---- Poisson numbers


@lru_cache(64)
def poisson_levels(mean):
    """The distribution function at 0, 1, 2, ..., in units of 2**-32, until it is 1 to within half a unit."""
    levels, total, k = [], 0, 0  # the sum in units of 2**-96, without rounding
    while not levels or levels[-1] < 2**32:
        chance = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) if mean > 0 else float(k == 0)
        total += int(math.ldexp(chance, 96))
        levels.append((total + 2**63) >> 64)
        k += 1
    return levels


def poisson_number(value, mean):
    """How many levels a word reaches."""
    return sum(value >= level for level in poisson_levels(mean))


def binomial_levels(sources, p):
    """The same of the law of how many of the sources spike, each with chance p."""
    levels, total = [], Fraction(0)
    for k in range(sources + 1):
        total += math.comb(sources, k) * Fraction(p) ** k * (1 - Fraction(p)) ** (sources - k)
        levels.append(round(total * 2**32))
    return levels


def input_number(value, mean, sources):
    """Spikes that a Poisson input brings, by its law."""
    levels = poisson_levels(mean) if sources is None else binomial_levels(sources, mean)
    return sum(value >= level for level in levels)


# ---- connectors


def rows(connector, n_pre, n_post, seed, number):
    """The targets of each pre neuron, a list of lists."""
    obj = CONNECT + number
    if isinstance(connector, FixedProbability):
        return [bernoulli_row(connector.p, n_post, seed, obj, row) for row in range(n_pre)]
    if isinstance(connector, FixedInDegree):
        chosen = [in_degree(connector.k, n_pre, seed, obj, post) for post in range(n_post)]
        return [[post for post in range(n_post) if pre in chosen[post]] for pre in range(n_pre)]
    if isinstance(connector, FixedTotalNumber):
        rng = np.random.Generator(np.random.Philox(key=(seed, obj)))
        sizes = rng.multinomial(connector.n, [1 / n_pre] * n_pre)
        return [uniform_row(int(size), n_post, seed, obj, row) for row, size in enumerate(sizes)]
    start, post = connector.rows(n_pre, n_post, seed, number)
    return [post[low:high].tolist() for low, high in zip(start[:-1], start[1:], strict=True)]


def bernoulli_row(p, n_post, seed, obj, row):
    """Targets with probability p: jumps of geometric length, anew in each chunk of about 104 expected targets."""
    if p == 0:
        return []
    width = min(n_post, int(104 / p) if p > 1e-12 else n_post)
    targets = []
    for chunk in range(-(-n_post // width)):
        end = min(n_post, (chunk + 1) * width)
        index, at = 8 * 128 * chunk, chunk * width - 1
        while True:
            u = unit(word(seed, obj, index, row))
            at += 1 if p == 1 else math.floor(math.log(u) / math.log1p(-p)) + 1
            if at >= end:
                break
            targets.append(at)
            index += 1
    return targets


def in_degree(k, n_pre, seed, obj, post):
    """k different pre neurons [Floyd in Bentley 1987]: each draw that is taken already gives the last possible one."""
    chosen = set()
    for j in range(k):
        last = n_pre - k + j
        high, low = (word(seed, obj, j // 64 * 128 + j % 64 + half, post) for half in (0, 64))
        pre = ((high << 32) + low) * (last + 1) >> 64
        chosen.add(last if pre in chosen else pre)
    return chosen


def uniform_row(size, n_post, seed, obj, row):
    """Sorted uniform targets: partial sums of exponential distances over the sum of one more."""
    sums = np.cumsum([-math.log(unit(word(seed, obj, j, row))) for j in range(size + 1)]).tolist()
    return [min(int(part / sums[-1] * n_post), n_post - 1) for part in sums[:-1]]


def normals(count, law, seed, obj, row, *, whole=False):
    """Normal numbers of one row [Box and Muller 1958], drawn again while below `law.low`, which is the 65th."""
    values, draw = [], 0
    for _ in range(count):
        for _ in range(64):
            u, v = (unit(word(seed, obj, draw // 64 * 128 + draw % 64 + half, row)) for half in (0, 64))
            value = law.mean + law.sd * math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)
            value = math.floor(value + 0.5) if whole else value
            draw += 1
            if value >= law.low:
                break
        values.append(max(value, law.low))
    return values

"""Plain twin of codes: sets of units, and the same random words."""

from naive_draws import word

CODE = 5 << 28
RANDOM, KEPT, LOST, GAINED = range(CODE, CODE + 4)


def chosen(seed, obj, step, units, count):
    """`count` of a list of units: each draw that is taken already gives the last possible one."""
    found = set()
    for k in range(count):
        last = len(units) - count + k
        unit = units[word(seed, obj, k, step) * (last + 1) >> 32]
        found.add(units[last] if unit in found else unit)
    return found


def random(count, n, active, seed):
    return [chosen(seed, RANDOM, r, list(range(n)), active) for r in range(count)]


def subsample(codes, count, seed):
    return [chosen(seed, KEPT, r, sorted(code), count) for r, code in enumerate(codes)]


def corrupt(codes, n, lost, gained, seed):
    kept = [chosen(seed, LOST, r, sorted(code), len(code) - lost) for r, code in enumerate(codes)]
    silent = [sorted(set(range(n)) - code) for code in codes]
    return [old | chosen(seed, GAINED, r, silent[r], gained) for r, old in enumerate(kept)]


def nearness(code, query, measure):
    """The larger, the nearer."""
    both = len(code & query)
    return {
        "overlap": both,
        "hamming": -len(code ^ query),
        "jaccard": both / max(1, len(code | query)),
        "cosine": both / max(1, len(code)) ** 0.5,
    }[measure]


def nearest(codes, query, measure):
    return max(range(len(codes)), key=lambda k: (nearness(codes[k], query, measure), -k))

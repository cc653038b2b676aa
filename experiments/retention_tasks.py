"""Tasks that ask for what was seen before: a function of each makes a batch, x (T, B, inputs) and y (T, B)."""

import numpy as np

HOLD = 3
"""Steps for which a symbol of the first three tasks is shown."""

NAMES, ANIMALS = ("anna", "boris", "clara", "dmitri"), ("goat", "heron", "ibex", "jay")
TOWNS, WORDS = ("kiel", "lund", "metz", "nice"), ("old", "proud", "quiet", "rare", "shy", "tame")
LETTERS = "\n abcdefghijklmnopqrstuvwxyz,."


def shown(symbols, kinds, hold=HOLD):
    """Input, float (T, B, kinds), of symbols (n, B) shown for `hold` steps each: sqrt(kinds) where it is; -1: nothing.

    Weights begin as small as 1/sqrt(kinds), so that the current is of the size of the threshold however many there are.
    """
    x = np.sqrt(kinds) * (symbols[:, :, None] == np.arange(kinds))
    return np.repeat(x, hold, axis=0)


def answers(y, hold=HOLD):
    """Answers (n, B) asked for at the last step of each symbol: (T, B), -1 elsewhere."""
    out = np.full((len(y) * hold, y.shape[1]), -1)
    out[hold - 1 :: hold] = y
    return out


def delayed_match(rng, items, p):
    """One of two symbols, a pause of `delay` steps, another: the same or not? Asked in three steps."""
    first = rng.integers(0, 2, items)
    same = rng.random(items) < 0.5
    second = np.where(same, first, 1 - first)
    pause = np.full((p.delay, items), -1)
    symbols = np.concatenate([np.tile(first, (HOLD, 1)), pause, np.tile(second, (HOLD, 1)), pause[:1], pause[:1]])
    y = np.full(symbols.shape, -1)
    y[-HOLD:] = same
    return shown(symbols, 2, 1), y, 2


def copy_with_lag(rng, items, p):
    """One of four symbols after another: which was it, `lag` symbols ago?"""
    symbols = rng.integers(0, 4, (p.lag + 6, items))
    y = np.full(symbols.shape, -1)
    y[p.lag :] = symbols[: -p.lag]
    return shown(symbols, 4), answers(y), 4


def parity(rng, items, p):
    """Bits: how many of the last `bits` were 1, even or odd?"""
    symbols = rng.integers(0, 2, (p.bits + 5, items))
    y = np.full(symbols.shape, -1)
    for k in range(p.bits - 1, len(symbols)):
        y[k] = symbols[k - p.bits + 1 : k + 1].sum(axis=0) % 2
    return shown(symbols, 2), answers(y), 2


def sentence(rng):
    """A sentence in which a name and an animal return after words that say nothing of them."""
    name, town, animal = (words[rng.integers(4)] for words in (NAMES, TOWNS, ANIMALS))
    one, two = rng.choice(WORDS, 2, replace=False)
    return f"{name} of {town} has a {animal}, {one} and {two}. the {animal} likes {name}.\n"


def text(rng, items, p):
    """Sentences of a small grammar of our own, a letter after another: the next letter."""
    rows = np.zeros((p.letters + 1, items), int)
    for b in range(items):
        line = ""
        while len(line) <= p.letters:
            line += sentence(rng)
        rows[:, b] = [LETTERS.index(c) for c in line[: p.letters + 1]]
    return shown(rows[:-1], len(LETTERS), 2), answers(rows[1:], 2), len(LETTERS)


TASKS = {
    "match": ("delayed match", delayed_match, 0.5),
    "copy": ("copy with lag", copy_with_lag, 0.25),
    "parity": ("parity", parity, 0.5),
    "text": ("text, next letter", text, 0.19),
}
"""Name -> (what figures call it, function (rng, items, p) -> (x, y, classes), share right by chance; text: blanks)."""

"""The dumb twin of spins in the fields of patterns that are any numbers."""

import math


def field(x, i, state, f):
    """Sum over patterns of x_i f(overlap without the spin), all overlaps counted anew."""
    total = 0.0
    for pattern in x:
        S = sum(value * s for value, s in zip(pattern, state))
        total += pattern[i] * f(S - pattern[i] * state[i])
    return total


def interpolated(table):
    """f from its values at 1 - n, 3 - n, .. n - 1."""
    n = len(table)

    def f(S):
        place = min(max((S + n - 1) / 2, 0), n - 1)
        k = min(int(place), max(n - 2, 0))
        return table[k] + (place - k) * (table[min(k + 1, n - 1)] - table[k])

    return f


def downhill(x, state, f, exponential=False):
    """One sweep; the new state."""
    state = list(state)
    for i in range(len(state)):
        law = f
        if exponential:
            largest = max(sum(value * s for value, s in zip(pattern, state)) for pattern in x)
            law = lambda S, largest=largest: math.exp(S - largest)  # noqa: E731
        if 2 * state[i] * field(x, i, state, law) < 0:
            state[i] = -state[i]
    return state

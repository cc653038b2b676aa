"""Steps 9 and 10 of the code selection algorithm: from the V of a mac's units to their weights mu in a draw.

No step branches on a V or looks one up: how long it takes does not tell what is stored.
"""

from neuromem.kernels.jit import inner
from neuromem.kernels.smooth import exp, times_power

EXACT_2014, ALTERNATE, STEEP_2010, RATCHET = range(4)
"""Forms of the V-to-mu transform."""

ANY, OPEN, FRESH = range(3)
"""Units that novel inputs are given to."""


@inner
def eta(G, rule):
    """Step 9: 1 + max(0, (G - gm) / (1 - gm))^gamma chi K."""
    return 1 + max(0.0, (G - rule.gm) / (1 - rule.gm)) ** rule.gamma * rule.chi * rule.units


@inner
def fill_mu(G, path, rule, space):
    """Step 10: mu of every unit, 1 at V far below the bend, eta at V = 1; less 1 where novel inputs are not to go."""
    gain = eta(G, rule)
    if rule.form == EXACT_2014:
        exact_2014(gain, rule, space)
    elif rule.form == ALTERNATE:
        alternate(gain, rule, space)
    elif rule.form == STEEP_2010:
        steep_2010(rule.a * G**rule.b, rule, space)
    else:
        ratchet(gain, rule, space)
    if rule.recruit == OPEN:
        for i in range(space.mu.size):
            space.mu[i] -= path.frozen[i] > 0
    elif rule.recruit == FRESH:
        for i in range(space.mu.size):
            space.mu[i] -= path.filled[i] > 0


@inner
def exact_2014(gain, rule, space):
    """(eta - 1) / (1 + a e^(-b (V - c)))^d + 1; `space.sums` is used up."""
    for i in range(space.mu.size):
        space.mu[i] = 1.0
        space.sums[i] = 1 + rule.a * exp(-rule.b * (space.V[i] - rule.c))
    times_power(space.mu, space.sums, rule.d)
    for i in range(space.mu.size):
        space.mu[i] = (gain - 1) / space.mu[i] + 1


@inner
def alternate(gain, rule, space):
    """(eta - 1) / (1 + (a e^(-b (V - c)))^d) + 1."""
    scale, slope = rule.a**rule.d, rule.b * rule.d
    for i in range(space.mu.size):
        space.mu[i] = (gain - 1) / (1 + scale * exp(-slope * (space.V[i] - rule.c))) + 1


@inner
def steep_2010(most, rule, space):
    """n / (1 + e^-(c V + d)) + 1 with n = a G^b."""
    for i in range(space.mu.size):
        space.mu[i] = most / (1 + exp(-(rule.c * space.V[i] + rule.d))) + 1


@inner
def ratchet(gain, rule, space):
    """max(eta / (1 + e^(-b (V - bend))), 1)."""
    for i in range(space.mu.size):
        space.mu[i] = max(gain / (1 + exp(-rule.b * (space.V[i] - space.ratchet[0]))), 1.0)

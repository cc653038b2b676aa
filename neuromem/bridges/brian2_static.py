"""Which synapses of Brian2 only add a weight that never changes: those are projections without a model.

Their code is statements ``x_post += weight`` (or ``-=``), where the weight is made of numbers, constants and parameters
of the synapses that nothing writes.
"""

import re

import numpy as np

from neuromem.bridges import brian2_text as text

_STATEMENT = re.compile(r"(\w+)\s*([-+])=\s*([^=].*)")


def jumps(wiring, targets):
    """What each pre spike adds: list of (pathway name, delay in steps, target variable, weight), or None.

    Parameters
    ----------
    wiring : Wiring
    targets : container of str
        Variables of the target group.

    Returns
    -------
    The weight is a quantity or number, or an array of them with one for each synapse. None if the synapses do more.
    """
    equations = [line for line in wiring.equations.splitlines() if line]
    if any(line.startswith("d") and "/dt" in line.split("=")[0] or "(summed)" in line for line in equations):
        return None
    if not wiring.pathways or any(pathway.side == "post" for pathway in wiring.pathways):
        return None
    formulas = [line for line in equations if "=" in line]
    statements = [(pathway, line) for pathway in wiring.pathways for line in pathway.code.splitlines()]
    found = []
    for pathway, line in statements:
        match = _STATEMENT.fullmatch(line)
        if match is None or formulas:
            return None
        target = match[1].removesuffix("_post")
        known = target in targets and match[1] not in wiring.values
        weight = _weight(match[3], wiring) if known else None
        if weight is None:
            return None
        found.append((pathway.name, pathway.delay, target, weight if match[2] == "+" else -weight))
    return found


def _weight(expression, wiring):
    """The value of an expression of constants and parameters of the synapses, or None if it holds anything else."""
    from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_UNITS

    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\b\d[\w.]*(e[-+]?\d+)?", " ", expression)))
    space = {}
    for word in words:
        for known in (wiring.values, wiring.outside, DEFAULT_CONSTANTS, DEFAULT_UNITS):
            if word in known:
                space[word] = _plain(known[word])
                break
        else:
            return None
        if callable(space[word]):
            return None
    value = eval(expression, {"__builtins__": {}}, space)  # numbers, units and arithmetic: every name was looked up
    return same_for_all(value)


def _plain(value):
    return value.value if type(value).__name__ == "Constant" else value


def same_for_all(value):
    """One value where all are the same."""
    flat = np.asarray(value)
    if flat.ndim == 0 or flat.size == 0:
        return value if flat.ndim == 0 else 0.0 * value.sum() if flat.dtype.kind == "f" else 0.0
    return value[0] if (flat == flat[0]).all() else value


def connector(wiring, n_pre, n_post):
    """The connector that lists these synapses: a named one where they are all pairs, or pair by pair."""
    from neuromem.network.connectors import AllToAll, FromArrays, OneToOne

    pre, post = wiring.pre, wiring.post
    if pre.size == n_pre * n_post and pre.size:
        every = np.arange(pre.size)
        if np.array_equal(pre, every // n_post) and np.array_equal(post, every % n_post):
            return AllToAll()
    if n_pre == n_post == pre.size and np.array_equal(pre, post) and np.array_equal(pre, np.arange(n_pre)):
        return OneToOne()
    return FromArrays(pre, post)


def adds_to(wiring):
    """Variables of the target, and of the source, that code or a sum of these synapses writes."""
    found = {"post": set(), "pre": set()}
    own = set(wiring.values) | {line.split("=")[0].strip() for line in wiring.equations.splitlines()}
    for pathway in wiring.pathways:
        for line in pathway.code.splitlines():
            name = re.match(r"\w+", line)[0]
            if name in own:
                continue
            side = "pre" if name.endswith("_pre") else "post"
            found[side].add(name.removesuffix(f"_{side}"))
    for line in text.summed_lines(wiring.equations):
        name = line.split("=")[0].strip()
        side = "pre" if name.endswith("_pre") else "post"
        found[side].add(name.removesuffix(f"_{side}"))
    return found["post"], found["pre"]

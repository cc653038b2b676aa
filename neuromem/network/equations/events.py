"""Event-driven equations: their exact solution over the time since a synapse was last updated."""

from neuromem.network.equations.exact import linear_system
from neuromem.network.equations.linear import quotient
from neuromem.network.equations.names import local
from neuromem.network.equations.place import fail
from neuromem.network.equations.system import finish


def event_driven(system):
    """Source lines that bring the variables from the last update to now, ``elapsed`` ms later.

    For dx/dt = A x + B: (x + B/A) exp(A elapsed) - B/A, as in Brian2; where variables depend on each other, the matrix
    exponential in closed form, by SymPy.

    Raises
    ------
    DescriptionError
        For equations that are not linear.
    """
    matrix, rest = linear_system(system, "event-driven")
    if any(set(row) - {v} for v, row in matrix.items()):
        return _coupled(system, matrix, rest)
    writer = system.stage()
    for v, row in matrix.items():
        x, slope = local(v), row.get(v)
        if slope is None:
            form, given = ("x + b * elapsed", {"b": rest[v]}) if rest[v] is not None else ("x", {})
            writer.assign(f"new_{v}", writer.formula(form, x=x, **given))
            continue
        # The library's exponential: of single numbers it is twice as fast as ours, which is made for loops.
        form, given = "x * math.exp(a * elapsed)", {"a": slope}
        if rest[v] is not None:
            form, given = "(x + r) * math.exp(a * elapsed) - r", given | {"r": quotient(rest[v], slope)}
        writer.assign(f"new_{v}", writer.formula(form, x=x, **given))
    return finish(writer.lines, matrix)


def _coupled(system, matrix, rest):
    from neuromem.network.equations.symbolic import flow

    first = next(iter(system.rates.values()))
    found = flow(matrix, rest, "elapsed", first.place)
    if found is None:
        raise fail(first, "these event-driven equations have no real solution in closed form; use (clock-driven)")
    writer = system.stage()
    for v, tree in found.items():
        writer.assign(f"new_{v}", writer.number(tree))
    return finish(writer.lines, matrix)

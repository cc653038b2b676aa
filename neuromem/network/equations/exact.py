"""Exact integration of linear equations: x(t + dt) = P x(t) + Q b, with what enters from outside held over the step.

For dx/dt = M x + b, P = exp(M dt) and Q is the integral of exp(M s) over the step; both come from one exponential of
an augmented matrix [Van Loan 1978, IEEE Trans. Autom. Control 23:395]. Only what is not zero by structure becomes a
constant of the loop. A coefficient that changes from step to step is possible for a variable that depends on no other.
"""

import ast
from dataclasses import dataclass

import numpy as np

from neuromem.network.equations.exponential import expm
from neuromem.network.equations.linear import REST, NotLinearError, depends, inputs, parts, refuse_not_linear
from neuromem.network.equations.names import local
from neuromem.network.equations.pieces import evaluate
from neuromem.network.equations.place import fail
from neuromem.network.equations.symbols import calls
from neuromem.network.equations.system import finish

SINGULAR = 1e-12
"""Determinant of a matrix of random coefficients, with rows scaled to 1, below which it is singular by structure."""
_MOVING = {"t", "t_in_timesteps"}


def exact(system):
    """Source of a step of linear equations by their exact solution."""
    matrix, rest = linear_system(system)
    variables = list(system.rates)
    changing = {v for v in variables if any(not system.pieces.is_constant(tree) for tree in matrix[v].values())}
    for v in changing:
        if set(matrix[v]) - {v} or any(v in matrix[w] for w in variables if w != v):
            raise fail(system.rates[v], "method 'exact' needs coefficients that do not change, but here one does")
    writer = system.stage()
    fixed = [v for v in variables if v not in changing]
    sources = {v: [] for v in variables}
    _fixed(system, fixed, matrix, rest, writer, sources)
    for v in sorted(changing, key=variables.index):
        sources[v] = [_changing(v, matrix[v][v], rest[v], writer, system.pieces)]
    for v in variables:
        writer.assign(f"new_{v}", " + ".join(sources[v]) or "zero")
    return finish(writer.lines, variables)


def linear_system(system, method="exact"):
    """({variable: {variable: coefficient}}, {variable: rest}) of a system that is linear and constant over a step."""
    if system.noises:
        raise system.refuse(f"method {method!r} cannot integrate noise; use 'euler', 'heun' or 'milstein'")
    matrix, rest = {}, {}
    for v, rate in system.rates.items():
        try:
            found = parts(rate, system.rates, system.pieces)
        except NotLinearError as error:
            raise refuse_not_linear(error, method) from None
        for tree in found.values():
            if depends(tree, _MOVING, system.pieces) or _random(tree, system.pieces):
                raise fail(rate, f"method {method!r} needs what does not change within a step, so neither t nor rand()")
        rest[v] = found.pop(REST, None)
        matrix[v] = {w: tree for w, tree in found.items() if not _zero(tree)}
    return matrix, rest


def _random(tree, pieces):
    from neuromem.network.equations.symbols import names

    inner = [pieces.definitions[name] for name in names(tree) if name in pieces.definitions]
    return bool(calls(tree) & {"rand", "randn", "poisson"}) or any(_random(each, pieces) for each in inner)


def _zero(tree):
    return isinstance(tree, ast.Constant) and tree.value == 0


def is_solvable(system):
    """Whether exact integration is the default: linear, constant over a step, and of a matrix that has an inverse."""
    from neuromem.errors import DescriptionError

    try:
        matrix, _ = linear_system(system)
    except DescriptionError:
        return False
    variables = list(system.rates)
    changing = [v for v in variables if any(not system.pieces.is_constant(tree) for tree in matrix[v].values())]
    if any(set(matrix[v]) - {v} or any(v in matrix[w] for w in variables if w != v) for v in changing):
        return False
    return not variables or not _singular(matrix, variables, system.pieces)


def _singular(matrix, variables, pieces):
    """Whether the matrix has no inverse, whatever its parameters are."""
    rng = np.random.default_rng(0)
    values = {name: rng.uniform(0.5, 1.5) for name in pieces.symbols}
    whole = np.zeros((len(variables), len(variables)))
    for k, v in enumerate(variables):
        for w, tree in matrix[v].items():
            changes = not pieces.is_constant(tree)
            whole[k, variables.index(w)] = rng.uniform(0.5, 1.5) if changes else evaluate(tree, pieces, values)
    scale = np.abs(whole).max(axis=1, keepdims=True)
    return bool((scale == 0).any() or abs(np.linalg.det(whole / scale)) < SINGULAR)


def _changing(v, slope, rest, writer, pieces):
    """x exp(a dt) + b dt (exp(a dt) - 1)/(a dt), for a coefficient that is another in every step."""
    x = local(v)
    writer.assign(f"slope_{v}", writer.number(slope))
    source = f"{x} * real(exp(slope_{v} * dt))"
    if rest is None:
        return source
    writer.assign(f"rise_{v}", f"slope_{v} * dt")
    gain = f"(real(expm1(rise_{v})) / rise_{v} if abs(rise_{v}) > real(1e-16) else one)"
    return writer.formula("s + b * dt * g", s=source, b=rest, g=gain)


def _fixed(system, variables, matrix, rest, writer, sources):
    """Terms of the variables whose coefficients are constants, and the constants."""
    if not variables:
        return
    pieces = system.pieces
    entering, constant = {}, {}
    for v in variables:
        if rest[v] is None:
            continue
        found, constant[v] = inputs(rest[v], pieces)
        for tree, factor in found:
            entering.setdefault(ast.dump(tree), (tree, {}))[1][v] = factor
    drives = {}
    for k, (tree, factors) in enumerate(entering.values()):
        source = writer.number(tree)
        if not source.isidentifier():
            writer.assign(pieces.taken.fresh(f"drive_{k + 1}"), source)
            source = writer.lines[-1].split(" = ")[0]
        drives[source] = factors
    constant = {v: tree for v, tree in constant.items() if tree is not None and not _zero(tree)}
    reach = _reach(matrix, variables)
    main = Propagator.make("", variables, matrix, drives, constant, reach, frozenset(), pieces)
    pieces.propagators.append(main)
    frozen = {v for v in variables if v not in system.held and reach[v] & system.held}
    kept = None
    if frozen:  # while others are held, these go their own way
        matrix = {v: {} if v in system.held else matrix[v] for v in variables}
        drives = {u: {v: f for v, f in factors.items() if v not in system.held} for u, factors in drives.items()}
        constant = {v: tree for v, tree in constant.items() if v not in system.held}
        kept = Propagator.make("held_", variables, matrix, drives, constant, _reach(matrix, variables), frozen, pieces)
        pieces.propagators.append(kept)
    for v in variables:
        terms = main.terms[v]
        if v in frozen:
            terms = [f"({' + '.join(terms) or 'zero'} if waiting == 0 else {' + '.join(kept.terms[v]) or 'zero'})"]
        sources[v] = terms


def _reach(matrix, variables):
    """Variable -> variables on which it depends, itself included, directly or through others."""
    reach = {v: {v, *matrix[v]} & set(variables) for v in variables}
    for _ in variables:
        for v in variables:
            reach[v] = set().union(*(reach[w] for w in reach[v]))
    return reach


@dataclass(frozen=True)
class Propagator:
    """The constants P (state to state), F (input to state) and C (of the constant part) of exact integration.

    Attributes
    ----------
    variables : list of str
    matrix, drives, constant
        Trees of M, of what multiplies each input, and of the constant part.
    names : dict of (kind, variable, column) to str
        Names in the source of those that are not zero by structure.
    terms : dict of str to list of str
        Variable -> the terms of its new value.
    """

    variables: list
    matrix: dict
    drives: dict
    constant: dict
    names: dict
    terms: dict
    pieces: object

    @classmethod
    def make(cls, prefix, variables, matrix, drives, constant, reach, only, pieces):
        """Name the constants and write the terms, of all variables or of `only` some."""
        names, terms = {}, {}
        for v in variables:
            terms[v] = []
            if only and v not in only:
                continue
            for w in variables:
                if w in reach[v]:
                    names["P", v, w] = pieces.taken.fresh(f"P_{prefix}{v}_{w}")
                    terms[v].append(f"{names['P', v, w]} * {local(w)}")
            for u, factors in drives.items():
                if reach[v] & set(factors):
                    names["F", v, u] = pieces.taken.fresh(f"F_{prefix}{v}_{u}")
                    terms[v].append(f"{names['F', v, u]} * {u}")
            if reach[v] & set(constant):
                names["C", v, None] = pieces.taken.fresh(f"C_{prefix}{v}")
                terms[v].append(names["C", v, None])
        return cls(variables, matrix, drives, constant, names, terms, pieces)

    def compute(self, values):
        """The constants for parameters `values` (inside, dt among them): {name: float or array (size,)}."""
        n = len(self.variables)
        place = {v: k for k, v in enumerate(self.variables)}
        rows = {("M", place[v], place[w]): tree for v in self.variables for w, tree in self.matrix[v].items()}
        rows |= {("B", place[v], u): tree for u, factors in self.drives.items() for v, tree in factors.items()}
        rows |= {("B", place[v], None): tree for v, tree in self.constant.items()}
        given = [np.asarray(evaluate(tree, self.pieces, values), np.float64) for tree in rows.values()]
        shape = np.broadcast_shapes(*(part.shape for part in given), ()) if given else ()
        table = np.stack([np.broadcast_to(part, shape).ravel() for part in given], -1) if given else np.zeros((1, 0))
        table, back = np.unique(table, axis=0, return_inverse=True)
        whole = np.zeros((len(table), 2 * n, 2 * n))
        whole[:, np.arange(n), n + np.arange(n)] = 1.0
        factors = {}
        for k, (kind, row, column) in enumerate(rows):
            if kind == "M":
                whole[:, row, column] = table[:, k]
            else:
                factors.setdefault(column, np.zeros((len(table), n)))[:, row] = table[:, k]
        finite = np.isfinite(whole).all(axis=(1, 2))
        step = np.full_like(whole, np.nan)
        step[finite] = expm(whole[finite] * float(values["dt"])) if finite.any() else step[finite]
        found = {}
        for (kind, v, column), name in self.names.items():
            if kind == "P":
                value = step[:, place[v], place[column]]
            else:
                value = np.einsum("kj,kj->k", step[:, place[v], n:], factors[column])
            value = value[back.ravel()].reshape(shape)
            found[name] = float(value) if not shape else value
        return found

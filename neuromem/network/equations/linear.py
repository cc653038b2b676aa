"""Takes expressions apart into what multiplies each of some variables, and the rest."""

import ast
import copy

import numpy as np

from neuromem.network.equations.pieces import evaluate
from neuromem.network.equations.place import fail
from neuromem.network.equations.symbols import SUBEXPRESSION, calls, names

REST = None
"""Key of the part that multiplies no variable."""
_PROBES = 4
_CURVED = 1e-6
"""Relative second difference above which a function is certainly not linear."""


class NotLinearError(Exception):
    """An expression that is not linear; `node` is the term at fault."""

    def __init__(self, node):
        super().__init__("not linear")
        self.node = node


def depends(node, variables, pieces):
    """Whether an expression, with its subexpressions, holds one of the variables."""
    return any(
        name in variables
        or (
            name in pieces.definitions
            and name not in variables
            and depends(pieces.definitions[name], variables, pieces)
        )
        for name in names(node, pieces.tables)
    )


def parts(node, variables, pieces, frozen=False):
    """Coefficient of each variable in an expression that is linear in them, and the rest: {variable or REST: tree}.

    By reading what is written; where that does not do, SymPy expands the expression, unless numbers tell beforehand
    that it is not linear. If `frozen`, functions of the variables count as constants.

    Raises
    ------
    NotLinearError
    """
    variables = frozenset(variables)

    def leaf(inner):
        return inner.id if isinstance(inner, ast.Name) and inner.id in variables else None

    def stuck(inner):
        if frozen and isinstance(inner, ast.Call):
            return {REST: inner}
        raise NotLinearError(inner)

    try:
        return _read(node, lambda inner: depends(inner, variables, pieces), leaf, stuck, pieces)
    except NotLinearError as error:
        if _curved(node, variables, pieces):
            raise
        from neuromem.network.equations.symbolic import expanded

        found = expanded(substituted(node, variables, pieces), variables)
        if found is None:
            raise error from None
        return found


def inputs(node, pieces):
    """What changes in an expression, with constant coefficients, and the constant rest: [(tree, coefficient)], rest."""
    trees = {}

    def stuck(inner):
        trees[ast.dump(inner)] = inner
        return {ast.dump(inner): number(1, inner)}

    found = _read(node, lambda inner: not pieces.is_constant(inner), lambda inner: None, stuck, pieces)
    return [(trees[key], part) for key, part in found.items() if key is not REST], found.get(REST)


def _read(node, touches, leaf, stuck, pieces):
    """Take a sum of products apart: `leaf` names what is looked for, `stuck` decides on what is no such sum."""
    if not touches(node):
        return {REST: node}
    if leaf(node) is not None:
        return {leaf(node): number(1, node)}

    def read(inner):
        return _read(inner, touches, leaf, stuck, pieces)

    match node:
        case ast.Name(id=chosen) if chosen in pieces.definitions:
            found = read(pieces.definitions[chosen])
            return {REST: node} if set(found) == {REST} else found
        case ast.UnaryOp(op=ast.USub()):
            return {key: negative(part) for key, part in read(node.operand).items()}
        case ast.UnaryOp(op=ast.UAdd()):
            return read(node.operand)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            left, right = read(node.left), read(node.right)
            if isinstance(node.op, ast.Sub):
                right = {key: negative(part) for key, part in right.items()}
            return {
                key: total(left[key], right[key]) if key in left and key in right else left.get(key, right.get(key))
                for key in [*left, *(key for key in right if key not in left)]
            }
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            left, right = read(node.left), read(node.right)
            if set(right) == {REST}:
                join = product if isinstance(node.op, ast.Mult) else quotient
                return {key: join(part, right[REST]) for key, part in left.items()}
            if set(left) == {REST} and isinstance(node.op, ast.Mult):
                return {key: product(left[REST], part) for key, part in right.items()}
        case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=1)):
            return read(node.left)
        case ast.BinOp(op=ast.Pow()) if set(read(node.left)) == set(read(node.right)) == {REST}:
            return {REST: node}
    return stuck(node)


def number(value, like):
    """A number as a tree that stands at the place of another."""
    return ast.copy_location(_placed(ast.Constant(value), like), like)


def _placed(node, like):
    node.place = like.place
    return ast.copy_location(node, like)


def _is(node, value):
    return isinstance(node, ast.Constant) and not isinstance(node.value, bool) and node.value == value


def negative(node):
    """-node"""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    return node if _is(node, 0) else _placed(ast.UnaryOp(ast.USub(), node), node)


def total(a, b):
    """a + b"""
    if _is(a, 0) or _is(b, 0):
        return b if _is(a, 0) else a
    if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub) and not isinstance(b, ast.UnaryOp):
        return _placed(ast.BinOp(b, ast.Sub(), a.operand), a)
    if isinstance(b, ast.UnaryOp) and isinstance(b.op, ast.USub):
        return _placed(ast.BinOp(a, ast.Sub(), b.operand), a)
    return _placed(ast.BinOp(a, ast.Add(), b), a)


def product(a, b):
    """a * b"""
    if _is(a, 0) or _is(b, 0):
        return number(0, a)
    if _is(a, 1) or _is(b, 1):
        return b if _is(a, 1) else a
    for one, other in ((a, b), (b, a)):
        if isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub) and _is(one.operand, 1):
            return negative(other)
    return _placed(ast.BinOp(a, ast.Mult(), b), a)


def quotient(a, b):
    """a / b"""
    if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub):
        return negative(quotient(a.operand, b))
    return number(0, a) if _is(a, 0) else _placed(ast.BinOp(a, ast.Div(), b), a)


def substituted(node, variables, pieces):
    """The expression with the subexpressions put in that depend on the variables."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, inner):
            symbol = pieces.symbols.get(inner.id)
            if symbol is None or symbol.kind != SUBEXPRESSION or inner.id in variables:
                return inner
            return substituted(pieces.definitions[inner.id], variables, pieces)

        def visit_Call(self, inner):
            inner.args = [self.visit(argument) for argument in inner.args]
            return inner

    return Put().visit(_copied(node))


def _copied(node):
    """A copy of a tree whose nodes know the same places."""
    memo = {id(inner.place): inner.place for inner in ast.walk(node) if hasattr(inner, "place")}
    return copy.deepcopy(node, memo)


def _curved(node, variables, pieces):
    """Whether an expression is certainly not linear in the variables, by its values at random points on a line."""
    whole = substituted(node, variables, pieces)
    if calls(whole) & {"rand", "randn", "poisson"} or any(call in pieces.symbols for call in calls(whole)):
        return False
    rng = np.random.default_rng(0)
    used = [name for name in names(whole) if name in pieces.symbols]
    for _ in range(_PROBES):
        values = {name: rng.uniform(0.5, 1.5) for name in used}
        ends = {name: rng.uniform(-1.5, 1.5) for name in variables}
        line = np.array([0.0, 0.5, 1.0])
        values |= {name: (1 - line) * rng.uniform(0.5, 1.5) + line * ends[name] for name in variables}
        y = np.asarray(evaluate(whole, pieces, values), np.float64) * np.ones(3)
        bend = abs(y[0] - 2 * y[1] + y[2])
        if np.isfinite(y).all() and bend > _CURVED * np.abs(y).max():
            return True
    return False


def refuse_not_linear(error, method):
    """The DescriptionError for an expression that a method cannot integrate because it is not linear."""
    return fail(error.node, f"method {method!r} needs linear equations, and this term is not linear")

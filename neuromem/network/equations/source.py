"""Expressions of a model as source of the compiled loop.

What needs parameters only is computed beforehand, in float64 (`Pieces.constant`); numbers and units are written as
``real(0.5)``, conditions become 0 or 1 where a number is needed, small powers become products.
"""

import ast
import re

from neuromem.network.equations import units
from neuromem.network.equations.functions import FUNCTIONS
from neuromem.network.equations.names import local
from neuromem.network.equations.symbols import NOISE, STATE, SUBEXPRESSION, TIMED, plain

LARGEST_PRODUCT = 8
"""Powers up to this one are written as products."""


def name(text):
    """A name or attribute as a tree."""
    return ast.parse(text, mode="eval").body


class Writer:
    """Writes expressions as source of the loop, each line of what they need before them.

    Parameters
    ----------
    pieces : Pieces
    renamed : dict of str to str
        State variable -> the name to read instead, for the stages of a method.
    shift : float
        Time of the stage after the step's start, in steps.
    suffix : str
        Put behind the names of subexpressions, so that stages do not clash.
    inline : bool
        Without lines of their own, for places that take one expression.
    """

    def __init__(self, pieces, renamed=None, shift=0.0, suffix="", inline=False):
        self.pieces = pieces
        self.renamed = renamed or {}
        self.shift = shift
        self.suffix = suffix
        self.inline = inline
        self.lines = []
        self._done = {}

    def number(self, node):
        """Source of an expression as a number."""
        return self._unparse(self.tree(node))

    def tree(self, node):
        """The same as a tree."""
        return self._number(node)

    def condition(self, node):
        """Source of an expression as a condition."""
        return self._unparse(self._condition(node))

    def assign(self, target, source):
        """Write the line ``target = source``."""
        self.lines.append(f"{target} = {source}")

    def forget(self):
        """Write subexpressions anew from here on, because a variable has changed."""
        self._done = {}

    def formula(self, form, **trees):
        """Source of a form such as "x + dt * f" with the trees of expressions, or names, in place of its letters."""
        given = {k: name(v) if isinstance(v, str) else self._number(v) for k, v in trees.items()}
        return self._unparse(_fill(form, **given))

    @staticmethod
    def _unparse(tree):
        return ast.unparse(ast.fix_missing_locations(tree))

    def _number(self, node):
        if self._is_logical(node):
            return _choice(self._condition(node))
        value = self.pieces.number(node)
        if value is not None:
            return _literal(value)
        if not isinstance(node, ast.Name) and self.pieces.is_constant(node):
            return name(self.pieces.constant(node))
        match node:
            case ast.Name():
                return self._name(node)
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, self._number(node.operand))
            case ast.Call():
                return self._call(node)
        if isinstance(node.op, ast.Pow):
            return self._power(node)
        left, right = self._number(node.left), self._number(node.right)
        if isinstance(node.op, ast.FloorDiv):
            return _fill("np.floor(x / y)", x=left, y=right)
        if isinstance(node.op, (ast.Mult, ast.Div)) and _is_one(right):
            return left  # as after ".../ms"
        if isinstance(node.op, ast.Mult) and _is_one(left):
            return right
        return ast.BinOp(left, node.op, right)

    def _is_logical(self, node):
        match node:
            case ast.Compare() | ast.BoolOp():
                return True
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Constant():
                return isinstance(node.value, bool)
            case ast.Name(id="True" | "False") if node.id not in self.pieces.symbols:
                return True
            case ast.Name():
                symbol = self.pieces.symbols.get(node.id)
                return symbol is not None and symbol.logical
        return False

    def _condition(self, node):
        match node:
            case ast.Compare():
                sides = [self._number(side) for side in (node.left, *node.comparators)]
                parts = [ast.Compare(a, [op], [b]) for a, op, b in zip(sides, node.ops, sides[1:])]
                return _joined(parts, ast.BitAnd())
            case ast.BoolOp():
                sign = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
                return _joined([self._condition(value) for value in node.values], sign)
            case ast.UnaryOp(op=ast.Not()):
                return ast.UnaryOp(ast.Not(), self._condition(node.operand))
            case ast.Constant(value=bool()):
                return node
            case ast.Name(id="not_refractory") if "not_refractory" in self.pieces.symbols:
                return name("waiting == 0")
            case ast.Name(id="True" | "False") if node.id not in self.pieces.symbols:
                return ast.Constant(node.id == "True")
            case ast.Name() if self._is_logical(node):
                symbol = self.pieces.symbols[node.id]
                if symbol.kind == SUBEXPRESSION and not self.pieces.is_constant(node):
                    return self._name(node)
                return ast.Compare(self._name(node), [ast.NotEq()], [name("zero")])
        return ast.Compare(self._number(node), [ast.NotEq()], [name("zero")])

    def _name(self, node):
        symbol, pieces = self.pieces.symbols[node.id], self.pieces
        if node.id in self.renamed:
            return name(self.renamed[node.id])
        if pieces.is_constant(node):
            return name(pieces.constant(node))
        if symbol.kind == STATE or symbol.kind == NOISE:
            return name(local(node.id))
        if symbol.kind == SUBEXPRESSION:
            return self._subexpression(node.id)
        if node.id == "t":
            return name("t") if not self.shift else name(f"t + {self.shift!r} * dt" if self.shift != 1 else "t + dt")
        return name(pieces.special.get(node.id, node.id))

    def _subexpression(self, chosen):
        definition = self.pieces.definitions[chosen]
        write = self._condition if self.pieces.symbols[chosen].logical else self._number
        if self.inline:
            return write(definition)
        if chosen not in self._done:
            source = self._unparse(write(definition))
            target = (
                self.pieces.special.get(chosen, local(chosen))
                if not self.suffix
                else self.pieces.taken.fresh(f"{chosen}{self.suffix}")
            )
            self.assign(target, source)
            self._done[chosen] = target
        return name(self._done[chosen])

    def _power(self, node):
        exponent = plain(node.right, self.pieces.symbols)
        if exponent is None or (exponent != 0.5 and (exponent % 1 or abs(exponent) > LARGEST_PRODUCT)):
            return _fill("math.pow(x, y)", x=self._number(node.left), y=self._number(node.right))
        base = self._number(node.left)
        if exponent == 0.5:
            return _fill("math.sqrt(x)", x=base)
        if exponent == 0:
            return name("one")
        base = self._once(base)
        product = base
        for _ in range(int(abs(exponent)) - 1):
            product = ast.BinOp(product, ast.Mult(), base)
        return product if exponent > 0 else ast.BinOp(name("one"), ast.Div(), product)

    def _once(self, tree):
        """A name for a tree that is used more than once."""
        if self.inline or isinstance(tree, ast.Name):
            return tree
        chosen = self.pieces.taken.fresh(f"part_{len(self.lines) + 1}")
        self.assign(chosen, self._unparse(tree))
        return name(chosen)

    def _call(self, node):
        function = node.func.id
        symbol = self.pieces.symbols.get(function)
        if symbol is not None and symbol.kind == TIMED:
            at = node.args[0]
            here = isinstance(at, ast.Name) and at.id == "t"
            table = name(local(function)) if here else self._lookup(local(function), at, symbol)
            scale = units.shown_scale(symbol.dimension)
            return table if scale == 1 else ast.BinOp(table, ast.Mult(), _literal(scale))
        if function == "rand":
            return name(self.pieces.uniform())
        if function == "randn":
            return name(self.pieces.normal())
        if function == "poisson":
            rate = self._number(node.args[0]) if node.args else name("one")
            return _fill("poisson(x, y)", x=rate, y=name(self.pieces.uniform()))
        if function == "int" and self._is_logical(node.args[0]):
            return _choice(self._condition(node.args[0]))
        form = FUNCTIONS[function].loop
        arguments = [self._number(argument) for argument in node.args]
        given = {
            letter: self._once(argument) if len(re.findall(rf"\b{letter}\b", form)) > 1 else argument
            for letter, argument in zip("xyz", arguments)
        }
        return _fill(form, **given)

    def _lookup(self, table, at, symbol):
        """The value of a TimedArray at another time than t; times are rounded as in Brian2."""
        row = f"min(max(np.int64(np.rint(x / timed_tick_{table}) / timed_ticks_{table}), 0), timed_last_{table})"
        row = f"{row} * apart + neuron" if symbol.columns else row
        return _fill(f"constants[timed_rows_{table} + {row}]", x=self._number(at))


def _literal(value):
    if value in (0.0, 1.0):
        return name("one" if value else "zero")
    if value in (float("inf"), float("-inf")):
        return name("real(np.inf)" if value > 0 else "-real(np.inf)")
    return name(f"real({value!r})")


def _is_one(tree):
    return isinstance(tree, ast.Name) and tree.id == "one"


def _choice(condition):
    return ast.IfExp(condition, name("one"), name("zero"))


def _joined(parts, sign):
    whole = parts[0]
    for part in parts[1:]:
        whole = ast.BinOp(whole, sign, part)
    return whole


def _fill(form, **given):
    """A form's tree with trees in place of its letters."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node):
            return given.get(node.id, node)

    return Put().visit(name(form))

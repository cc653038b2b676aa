"""Expressions of a model as source: of the compiled loop, or of NumPy.

In the loop, what needs parameters only is computed beforehand, in float64 (`Pieces.constant`); numbers and units are
written as ``real(0.5)``, conditions become 0 or 1 where a number is needed, small powers become products.
"""

import ast
import re

import numpy as np

from neuromem.network.equations import units
from neuromem.network.equations.functions import CONSTANTS, FUNCTIONS, RANDOM
from neuromem.network.equations.names import Taken, local
from neuromem.network.equations.place import fail
from neuromem.network.equations.symbols import (
    CONSTANT,
    NOISE,
    STATE,
    SUBEXPRESSION,
    TIMED,
    calls,
    is_number,
    names,
    plain,
)

LARGEST_PRODUCT = 8
"""Powers up to this one are written as products."""
_NUMPY = {"np": np} | {f"call_{name}": function.array for name, function in FUNCTIONS.items()}


def name(text):
    """A name or attribute as a tree."""
    return ast.parse(text, mode="eval").body


NEURON_NAMES = {"t_in_timesteps": "step", "i": "neuron", "N": "size", "i_ext": "i_ext"}
"""What the loop calls the special names of neurons."""


class Pieces:
    """What the pieces of one model share: its symbols, constants computed beforehand, and random numbers.

    Attributes
    ----------
    symbols : dict of str to Symbol
    definitions : dict of str to ast.expr
        The subexpressions.
    special : dict of str to str
        Special name -> what the loop calls it, where that is another.
    constants : dict of str to ast.expr
        Name in the source -> what it is computed from.
    propagators : list of Propagator
        Of exact integration: further constants.
    normals, uniforms : int
        How many random numbers of each kind a neuron needs.
    """

    def __init__(self, symbols, definitions, special=None):
        self.symbols = symbols
        self.special = NEURON_NAMES if special is None else special
        self.definitions = definitions
        self.constants = {}
        self.propagators = []
        self.normals = 0
        self.uniforms = 0
        self.taken = Taken(local(symbol) for symbol in symbols)
        self._constant = {}

    def is_constant(self, node):
        """Whether an expression depends on parameters, dt and numbers only."""
        return not (calls(node) & RANDOM or self._timed(node)) and all(self._settled(name) for name in names(node))

    @property
    def tables(self):
        """Names of the TimedArrays."""
        return {name for name, symbol in self.symbols.items() if symbol.kind == TIMED}

    def _timed(self, node):
        return bool(calls(node) & self.tables)

    def _settled(self, name):
        if name not in self._constant:
            symbol = self.symbols.get(name)
            if symbol is not None and symbol.kind == SUBEXPRESSION:
                self._constant[name] = self.is_constant(self.definitions[name])
            else:
                self._constant[name] = symbol is None or symbol.kind == CONSTANT
        return self._constant[name]

    def constant(self, node, wish=""):
        """Name in the source of what is computed beforehand: `wish`, or a number if it is no name itself."""
        if isinstance(node, ast.Name):
            chosen = "dt" if node.id == "dt" else local(node.id)
            self.constants.setdefault(chosen, node)
            return chosen
        for known, tree in self.constants.items():
            if ast.dump(tree) == ast.dump(node) and not wish:
                return known
        if not wish:
            wish = self.taken.fresh(f"const_{1 + sum(key.startswith('const_') for key in self.constants)}")
        self.constants[wish] = node
        return wish

    def number(self, node):
        """Value of an expression of numbers and units alone, or None."""
        if not all(is_number(name, self.symbols) for name in names(node)) or calls(node) & RANDOM or self._timed(node):
            return None
        return float(np.asarray(evaluate(node, self, {}), np.float64))

    def normal(self):
        """Name of a fresh standard normal number."""
        self.normals += 1
        return f"normal_{self.normals - 1}"

    def uniform(self):
        """Name of a fresh uniform number."""
        self.uniforms += 1
        return f"uniform_{self.uniforms - 1}"


def evaluate(node, pieces, values):
    """Value of an expression in NumPy; `values` are those of parameters and dt, inside."""
    with np.errstate(all="ignore"):
        return eval(array_source(node, pieces), {"__builtins__": {}} | _NUMPY, {f"n_{k}": v for k, v in values.items()})


def array_source(node, pieces):
    """An expression as NumPy source; names get the prefix n_, subexpressions are put in."""
    match node:
        case ast.Constant():
            return repr(node.value)
        case ast.Name():
            symbol = pieces.symbols.get(node.id)
            if symbol is not None and symbol.kind == SUBEXPRESSION:
                return array_source(pieces.definitions[node.id], pieces)
            if symbol is not None:
                return f"n_{node.id}"
            if node.id in CONSTANTS:
                return f"np.{node.id}" if node.id not in ("True", "False") else node.id
            return repr(units.named(node.id)[1])
        case ast.UnaryOp():
            inside = array_source(node.operand, pieces)
            sign = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op))
            return f"({sign}{inside})" if sign else f"np.logical_not({inside})"
        case ast.BoolOp():
            function = "np.logical_and" if isinstance(node.op, ast.And) else "np.logical_or"
            text = array_source(node.values[0], pieces)
            for value in node.values[1:]:
                text = f"{function}({text}, {array_source(value, pieces)})"
            return text
        case ast.Compare():
            sides = [array_source(side, pieces) for side in (node.left, *node.comparators)]
            parts = [f"({a} {_SIGNS[type(op)]} {b})" for a, op, b in zip(sides, node.ops, sides[1:])]
            return "(" + " & ".join(parts) + ")"
        case ast.Call():
            return f"call_{node.func.id}({', '.join(array_source(argument, pieces) for argument in node.args)})"
    sign = _SIGNS[type(node.op)]
    left, right = array_source(node.left, pieces), array_source(node.right, pieces)
    return f"(np.float64({left}) {sign} {right})" if sign == "**" else f"({left} {sign} {right})"


_SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


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
            table = name(local(function))
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


def refuse_random(node, what):
    """Raise DescriptionError if an expression draws random numbers where it cannot."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and inner.func.id in RANDOM:
            raise fail(inner, f"{inner.func.id}() cannot be used in {what}")

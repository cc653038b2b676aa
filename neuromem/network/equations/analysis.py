"""Checks a neuron model as a whole and writes its pieces."""

import ast

from neuromem.errors import DescriptionError
from neuromem.network.equations import units
from neuromem.network.equations.defaults import outside, timed
from neuromem.network.equations.integrate import integrate
from neuromem.network.equations.names import local
from neuromem.network.equations.pieces import Pieces
from neuromem.network.equations.place import Place, fail, parse
from neuromem.network.equations.source import Writer
from neuromem.network.equations.statements import check_statements, statements, write, written_names
from neuromem.network.equations.symbols import (
    CONSTANT,
    NOISE,
    NOISE_DIMENSION,
    SPECIALS,
    STATE,
    SUBEXPRESSION,
    Symbol,
    check,
    expect,
    names,
)
from neuromem.network.equations.syntax import DIFFERENTIAL, PARAMETER, equations
from neuromem.network.equations.syntax import SUBEXPRESSION as SUB
from neuromem.network.equations.system import System, split_noise


class Analysis:
    """A neuron model's text, understood: symbols, dimensions checked, and the sources of its pieces.

    Parameters
    ----------
    owner : str
        Name of the model.
    text, threshold, reset, refractory, regularly : as of `NeuronModel`
    parameters : dict
        Values of parameters.
    written : set of str
        Declared parameters that something outside writes to.

    Raises
    ------
    DescriptionError
    """

    def __init__(self, owner, text, threshold, reset, refractory, parameters, method, written, regularly):
        self.owner = owner
        self.equations = equations(text, owner)
        self.values = {name: timed(value) for name, value in parameters.items()}
        self.reset = statements(reset, owner, "reset")
        self.regular = [(statements(text, owner, "what runs regularly"), every) for text, every in regularly]
        self.refuse_flags({"event-driven", "clock-driven", "summed"}, "is for synapses")
        self.symbols = self._symbols(written)
        self.definitions = {e.name: e.tree for e in self.equations.values() if e.kind == SUB}
        self._check()
        pieces = self.pieces = Pieces(self.symbols, self.definitions)
        for name in self.renewed:  # evaluated once per step, then read as a variable
            pieces.definitions = {k: tree for k, tree in pieces.definitions.items() if k != name}
        self.method, self.integrate = self._integrate(method)
        self.threshold = self._threshold(threshold)
        self.refractory, self.leave = self._refractory(refractory)
        self.after = self._statements(self.reset, ["lastspike = t"] if "lastspike" in self.symbols else [])
        self.regular_sources = [(self._statements(found, guard=True), every) for found, every in self.regular]

    def of_kind(self, kind):
        """Equations of one kind."""
        return [equation for equation in self.equations.values() if equation.kind == kind]

    @property
    def held(self):
        """Variables that do not change while the neuron is refractory."""
        return tuple(e.name for e in self.of_kind(DIFFERENTIAL) if "unless refractory" in e.flags)

    @property
    def renewed(self):
        """Subexpressions that are evaluated once per step."""
        return [e.name for e in self.of_kind(SUB) if "constant over dt" in e.flags]

    @property
    def state(self):
        """State variable -> Symbol: differential equations first, then written parameters and what is renewed."""
        found = {e.name: self.symbols[e.name] for e in self.of_kind(DIFFERENTIAL)}
        found |= {name: symbol for name, symbol in self.symbols.items() if self._is_row(name, symbol)}
        return found

    def _is_row(self, name, symbol):
        return symbol.kind == STATE and (name in self.equations or name == "lastspike")

    def refuse_flags(self, flags, why):
        """Raise DescriptionError for a flag that this kind of model does not have."""
        for equation in self.equations.values():
            for flag in equation.flags:
                if flag in flags:
                    raise equation.error(f"the flag {flag!r} {why}", flag)

    def _symbols(self, written):
        """What every name stands for."""
        targets = set(written).union(*(written_names(found) for found in self._blocks()))
        symbols = dict(SPECIALS)
        kinds = {DIFFERENTIAL: STATE, SUB: SUBEXPRESSION, PARAMETER: CONSTANT}
        for e in self.equations.values():
            kind = kinds[e.kind]
            if "constant over dt" in e.flags or (e.kind == PARAMETER and e.name in targets):
                kind = STATE
            if e.kind == PARAMETER and kind == STATE and "constant" in e.flags:
                raise e.error(f"{e.name!r} is constant, but is written to", e.name)
            symbols[e.name] = Symbol(kind, e.dimension, e.logical)
        for name, value in self.values.items():
            if name in self.equations:
                if self.equations[name].kind != PARAMETER:
                    raise DescriptionError(f"{self.owner}.{name}: this is no parameter, but has an equation of its own")
                continue
            symbols[name], self.values[name] = outside(name, value, self.owner)
        return symbols | noise_symbols(self.equations)

    def _blocks(self):
        return [self.reset, *(found for found, _ in self.regular)]

    def _check(self):
        """Dimensions, names and loops of all equations."""
        for e in self.equations.values():
            if e.kind == SUB and e.logical:
                check(e.tree, self.symbols)
            elif e.kind == SUB:
                expect(e.tree, e.dimension, self._with_lastspike(e.tree), repr(e.name))
            elif e.kind == DIFFERENTIAL:
                rate = units.times(e.dimension, units.SECOND, -1)
                expect(e.tree, rate, self._with_lastspike(e.tree), e.left)
        order_definitions(self.definitions)
        for found in self._blocks():
            self.symbols |= check_statements(found, self.symbols)

    def _with_lastspike(self, tree):
        """The symbols, with the time of the last spike once it is used."""
        if "lastspike" in names(tree):
            self.symbols["lastspike"] = Symbol(STATE, units.SECOND)
        return self.symbols

    def _integrate(self, method):
        pieces = self.pieces
        first = Writer(pieces)
        for name in self.renewed:
            first.assign(local(name), first.number(self.definitions[name]))
        rates, noise = {}, {}
        for e in self.of_kind(DIFFERENTIAL):
            rates[e.name], noise[e.name] = split_noise(e.tree, pieces)
        system = System(self.owner, rates, noise, frozenset(self.held), pieces)
        method, lines = integrate(system, method) if rates else (method, [])
        return method, "\n".join([*first.lines, *lines]) or "pass"

    def _threshold(self, text):
        if text is None:
            return "False"
        return self._condition(self._parse(text, "threshold"), "threshold")

    def _parse(self, text, label):
        if not isinstance(text, str):
            raise DescriptionError(f"{self.owner}, {label}: text is expected, got {text!r}")
        return parse(Place(self.owner, label, " ".join(text.split())))

    def _condition(self, tree, label):
        dimension, logical = check(tree, self._with_lastspike(tree))
        if not logical:
            raise fail(tree, f"a condition is expected as {label}, but this is a number in {units.shown(dimension)}")
        return Writer(self.pieces, inline=True).condition(tree)

    def _refractory(self, given):
        """(what gives a fixed period, condition for staying refractory); the first in ms or as an expression."""
        if given is False or given is None:
            return 0.0, ""
        if hasattr(given, "get_best_unit"):
            value, dimension = units.inside(given)
            if dimension != units.SECOND:
                raise DescriptionError(f"{self.owner}, refractory: a time is expected, got {given}")
            return float(value), ""
        if not isinstance(given, (str, bool)):
            return float(given), ""
        tree = self._parse(str(given), "refractory")
        dimension, logical = check(tree, self._with_lastspike(tree))
        if logical:
            return 0.0, self._condition(tree, "refractory")
        if dimension != units.SECOND:
            raise fail(tree, f"a time or a condition is expected, but this is in {units.shown(dimension)}")
        if self.pieces.is_constant(tree):
            return tree, ""
        whole = self._parse(f"timestep(t - lastspike, dt) < timestep({tree.place.text}, dt)", "refractory")
        return 0.0, self._condition(whole, "refractory")

    def _statements(self, found, first=(), guard=False):
        writer = Writer(self.pieces)
        writer.lines += first
        write(found, writer, dict.fromkeys(self.held, "waiting == 0") if guard else None)
        return "\n".join(writer.lines) or "pass"


def noise_symbols(equations):
    """Symbols of the noises xi and xi_name that equations use.

    Raises
    ------
    DescriptionError
        If several use the bare xi: that would be the same noise in each.
    """
    found, first = {}, None
    for e in equations.values():
        for name, node in names(e.tree).items() if e.expression else ():
            if name == "xi" and first is not None:
                raise fail(
                    node, f"'xi' is used by {first.left} already; write xi_{e.name}, say, for a noise of its own"
                )
            first = e if name == "xi" else first
            if name == "xi" or name.startswith("xi_"):
                found[name] = Symbol(NOISE, NOISE_DIMENSION)
    return found


def order_definitions(definitions):
    """Raise DescriptionError if subexpressions need each other in a circle, naming it."""
    done, path = set(), []

    def visit(name):
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            tree = definitions[path[-1]]
            raise fail(names(tree)[name], f"an algebraic loop: {circle}; break it with a differential equation")
        if name in done:
            return
        path.append(name)
        for inner in names(definitions[name]):
            if inner in definitions:
                visit(inner)
        done.add(path.pop())

    for name in definitions:
        visit(name)


def is_tree(value):
    """Whether a value is still to be computed from parameters."""
    return isinstance(value, ast.AST)

"""Checks a synapse model between two neuron models and writes its pieces."""

import ast
import copy

from neuromem.errors import DescriptionError
from neuromem.network.equations import units
from neuromem.network.equations.analysis import noise_symbols, order_definitions
from neuromem.network.equations.defaults import outside, timed
from neuromem.network.equations.events import event_driven
from neuromem.network.equations.integrate import integrate
from neuromem.network.equations.linear import depends
from neuromem.network.equations.pieces import Pieces
from neuromem.network.equations.source import Writer
from neuromem.network.equations.statements import Statement, check_statements, statements, write, written_names
from neuromem.network.equations.symbols import (
    CONSTANT,
    OF_NEURON,
    SPECIAL,
    STATE,
    SUBEXPRESSION,
    Symbol,
    check,
    expect,
)
from neuromem.network.equations.syntax import DIFFERENTIAL, PARAMETER, equations
from neuromem.network.equations.syntax import SUBEXPRESSION as SUB
from neuromem.network.equations.system import System, split_noise
from neuromem.network.inputs import TimedArray

SPECIALS = {
    "t": Symbol(SPECIAL, units.SECOND),
    "dt": Symbol(CONSTANT, units.SECOND),
    "t_in_timesteps": Symbol(SPECIAL, units.NO_DIMENSION),
    "i": Symbol(SPECIAL, units.NO_DIMENSION),
    "j": Symbol(SPECIAL, units.NO_DIMENSION),
    "lastupdate": Symbol(SPECIAL, units.SECOND),
    "elapsed": Symbol(SPECIAL, units.SECOND),
}
"""Names that every synapse model knows; elapsed is the time since a synapse was last updated."""
LOOP_NAMES = {"t_in_timesteps": "step", "i": "index_pre", "j": "index_post"}
_CLOSED = ("j", "lastupdate", "elapsed", "delay")


class SynapseText:
    """A synapse model's text, read: equations and statements."""

    def __init__(self, owner, text, on_pre, on_post, parameters, method):
        self.owner, self.method = owner, method
        self.equations = equations(text, owner)
        self.values = {name: timed(value) for name, value in parameters.items()}
        self.on_pre = statements(on_pre, owner, "on_pre")
        self.on_post = statements(on_post, owner, "on_post")
        for e in self.equations.values():
            if e.name in _CLOSED:
                raise e.error(f"{e.name!r} means something else in synapses; choose another name", e.name)
            for flag in e.flags:
                if flag in ("unless refractory", "constant over dt"):
                    raise e.error(f"the flag {flag!r} is for neurons", flag)
            if {"event-driven", "clock-driven"} <= set(e.flags):
                raise e.error("an equation is either event-driven or clock-driven", "event-driven")
            if "summed" in e.flags and not e.name.endswith("_post"):
                raise e.error("what is summed goes into a variable of the post neuron, x_post", e.name)

    def of_kind(self, kind, flag=None):
        """Equations of one kind, with a flag."""
        found = [e for e in self.equations.values() if e.kind == kind]
        return found if flag is None else [e for e in found if flag in e.flags]


class SynapseAnalysis:
    """A synapse model between two neuron models: symbols, dimensions checked, and the sources of its pieces.

    Attributes
    ----------
    own : dict of str to Symbol
        Names of the synapse itself, as they are within.
    public : dict of str to str
        Such a name -> the user's, where that is another.
    values : dict
        Values of parameters and constants.
    on_pre, on_post, flow : str
    summed : dict of str to str
        Variable of the post neuron -> what is summed.

    Raises
    ------
    DescriptionError
    """

    def __init__(self, text, pre, post):
        self.text, self.owner, self.values = text, text.owner, dict(text.values)
        own = self._own()
        # A name of its own such as tau_post must not be taken for tau of the post neuron.
        self.inner = {name: f"{name}_" for name in own if name.endswith(("_pre", "_post"))}
        self.public = {inner: name for name, inner in self.inner.items()}
        self.own = {self.inner.get(name, name): symbol for name, symbol in own.items()}
        sums = text.of_kind(SUB, "summed")
        self.definitions = {self.inner.get(e.name, e.name): e.tree for e in text.of_kind(SUB) if e not in sums}
        self.outer = {}
        for model, side in ((pre, "pre"), (post, "post")):
            self._neuron(model, side)
        self.bare = {name.removesuffix("_post") for name in self.outer if _is_post(name)}
        self.symbols = SPECIALS | self.outer | self.own
        self.definitions = {name: self._resolved(tree) for name, tree in self.definitions.items()}
        order_definitions(self.definitions)
        blocks = [self._statements(found) for found in (text.on_pre, text.on_post)]
        self._check(blocks)
        computed = [name for name in self.definitions if name in self.outer]  # x_post is for what neurons have
        words = LOOP_NAMES | {name: "of_{2}_{0}".format(*name.rpartition("_")) for name in computed}
        self.pieces = Pieces(self.symbols, self.definitions, words)
        events = self._events()
        self.on_pre, self.on_post = (self._event(found, events) for found in blocks)
        self.flow = self._flow()
        self.summed = {e.name.removesuffix("_post"): self._summed(e) for e in sums}

    def _own(self):
        targets = written_names(self.text.on_pre) | written_names(self.text.on_post)
        found = {}
        for e in self.text.equations.values():
            kind = {DIFFERENTIAL: STATE, SUB: SUBEXPRESSION, PARAMETER: CONSTANT}[e.kind]
            if e.kind == PARAMETER and e.name in targets:
                if "constant" in e.flags:
                    raise e.error(f"{e.name!r} is constant, but is written to", e.name)
                kind = STATE
            if "summed" not in e.flags:
                found[e.name] = Symbol(kind, e.dimension, e.logical)
        for name, value in self.text.values.items():
            if name in self.text.equations:
                if self.text.equations[name].kind != PARAMETER:
                    raise DescriptionError(f"{self.owner}.{name}: this is no parameter, but has an equation of its own")
                continue
            found[name], self.values[name] = outside(name, value, self.owner)
        return found | noise_symbols(self.text.equations)

    def _neuron(self, model, side):
        """Make the names of a neuron known, as x_pre or x_post."""
        if model is None:
            return
        for name, unit in model.state.items():
            symbol = model.analysis.symbols[name] if hasattr(model, "analysis") else None
            dimension = symbol.dimension if symbol else units.parse(unit)[0]
            self.outer[f"{name}_{side}"] = Symbol(STATE, dimension, bool(symbol and symbol.logical))
        for name, rule in model.parameters.items():
            if f"{name}_{side}" not in self.outer and not isinstance(rule.default, TimedArray):
                self.outer[f"{name}_{side}"] = Symbol(OF_NEURON, units.parse(rule.unit)[0])
        if not hasattr(model, "analysis"):
            return
        found = model.analysis
        for name, tree in found.pieces.definitions.items():
            self.outer[f"{name}_{side}"] = found.symbols[name]
            self.definitions[f"{name}_{side}"] = _suffixed(tree, side, found)

    def _resolved(self, tree):
        """A tree in which bare names of the post neuron have got their suffix."""
        new = _copied(tree)
        for node in ast.walk(new):
            if isinstance(node, ast.Name):
                node.id = self._name(node.id)
        return new

    def _name(self, name):
        """What a name in the text stands for: one of the synapse's own, or without a suffix one of the post neuron."""
        if name in self.inner or name in self.own or name in SPECIALS:
            return self.inner.get(name, name)
        return f"{name}_post" if name in self.bare else name

    def _statements(self, found):
        """Statements with names resolved; their targets too."""
        resolved = []
        for each in found:
            target = self._name(each.target)
            if target in self.outer and self.outer[target].kind == OF_NEURON:
                problem = f"{each.target!r} is a constant of its neurons; list it among the `variables` of their model"
                raise each.place.error(problem, 0, len(each.target))
            resolved.append(Statement(target, each.operator, self._resolved(each.value), each.place))
        return resolved

    def _check(self, blocks):
        for e in self.text.equations.values():
            if e.kind == PARAMETER:
                continue
            tree = self._resolved(e.tree)
            if "summed" in e.flags:
                if e.name not in self.outer or self.outer[e.name].kind != STATE:
                    known = ", ".join(name for name in self.outer if _is_post(name)) or "none"
                    raise e.error(f"the post neuron has no variable {e.name!r}; there are {known}", e.name)
                expect(tree, self.outer[e.name].dimension, self.symbols, repr(e.name))
            if e.kind == SUB and e.logical:
                check(tree, self.symbols)
            else:
                rate = units.SECOND if e.kind == DIFFERENTIAL else units.NO_DIMENSION
                expect(tree, units.times(e.dimension, rate, -1), self.symbols, e.left)
        for found in blocks:
            self.symbols |= check_statements(found, self.symbols)

    def _system(self, chosen):
        rates, noise = {}, {}
        for e in chosen:
            name = self.inner.get(e.name, e.name)
            rates[name], noise[name] = split_noise(self._resolved(e.tree), self.pieces)
        return System(self.owner, rates, noise, frozenset(), self.pieces)

    def _events(self):
        """Source that brings the event-driven variables up to date."""
        chosen = self.text.of_kind(DIFFERENTIAL, "event-driven")
        moving = {self._name(e.name) for e in self.text.of_kind(DIFFERENTIAL) if e not in chosen} | set(self.outer)
        for e in chosen:
            if depends(self._resolved(e.tree), moving, self.pieces):
                raise e.error("an event-driven equation cannot depend on what changes between events", e.expression)
        return event_driven(self._system(chosen)) if chosen else []

    def _flow(self):
        """Source of a step of the clock-driven equations."""
        chosen = [e for e in self.text.of_kind(DIFFERENTIAL) if "event-driven" not in e.flags]
        driven = {self._name(e.name) for e in self.text.of_kind(DIFFERENTIAL, "event-driven")}
        for e in chosen:
            if depends(self._resolved(e.tree), driven, self.pieces):
                raise e.error("a clock-driven equation cannot depend on event-driven variables", e.expression)
        return "\n".join(integrate(self._system(chosen), self.text.method)[1]) if chosen else ""

    def _event(self, found, events):
        """Source of what a spike does."""
        if not found:
            return ""
        writer = Writer(self.pieces)
        writer.lines += events
        write(found, writer)
        return "\n".join(writer.lines)

    def _summed(self, equation):
        return Writer(self.pieces, inline=True).number(self._resolved(equation.tree))


def _is_post(name):
    return name.endswith("_post")


def _suffixed(tree, side, found):
    """A neuron's subexpression as it is named in a synapse."""
    new = _copied(tree)
    for node in ast.walk(new):
        if isinstance(node, ast.Name) and node.id in found.symbols and node.id not in ("t", "dt", "t_in_timesteps"):
            node.id = {"i": "i" if side == "pre" else "j"}.get(node.id, f"{node.id}_{side}")
    return new


def _copied(tree):
    memo = {id(node.place): node.place for node in ast.walk(tree) if hasattr(node, "place")}
    return copy.deepcopy(tree, memo)

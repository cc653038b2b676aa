"""`NeuronModel`: a neuron model from equations in Brian2's syntax."""

from types import MappingProxyType

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.celltype import CellType, Parameter, listed
from neuromem.network.check import numbers
from neuromem.network.equations import units
from neuromem.network.equations.analysis import Analysis, is_tree
from neuromem.network.equations.defaults import parameter, timed
from neuromem.network.equations.names import local
from neuromem.network.equations.pieces import evaluate
from neuromem.network.equations.symbols import CONSTANT, STATE, TIMED
from neuromem.network.equations.syntax import PARAMETER
from neuromem.network.neurons import built_in

LONG_AGO = -1e9
"""Time in ms of the last spike of a neuron that has not spiked yet."""
ORDERS = ("pynn", "brian2")
"""Orders of operations in which models from equations run."""


class NeuronModel(CellType):
    """A neuron model from equations; calling it with parameter values gives a `Neuron`.

    Parameters
    ----------
    equations : str
        In Brian2's syntax: ``dx/dt = expression : unit (flags)``, ``x = expression : unit (flags)`` and
        ``x : unit (flags)``. Units are checked. In expressions ``i_ext`` is the current of step currents.
    threshold : str, optional
        Condition for a spike.
    reset : str
        Statements that follow a spike, one per line or separated by ``;``.
    refractory : bool, float, str or quantity
        A time in ms, text such as "2*ms", a parameter's name, or a condition under which a neuron stays refractory.
    parameters : dict, optional
        Values of declared parameters and of constants that the text uses: numbers in the toolkit's units, text with
        units, quantities of Brian2, or a `TimedArray`. A call of the model can override each.
    method : str, optional
        "exact", "exponential_euler", "euler", "heun", "rk2", "rk4" or "milstein"; default: exact if the equations are
        linear with constant coefficients, else euler, or heun for multiplicative noise.
    receptors : dict of str to str, optional
        Receptor -> the variable that jumps by the weight of a spike, or with a minus sign before it by the negative of
        that; default: each variable under its own name.
    initial : dict, optional
        State variable -> its initial value, or the name of a parameter; others start at zero.
    regularly : list of (str, float), optional
        Statements that run at the start of every so many ms.
    variables : tuple of str
        Declared parameters to which synapses write, and which are state variables for that reason.
    signed : bool
        Whether weights may be negative.
    name : str

    Raises
    ------
    DescriptionError
        For what is not understood or does not fit, with carets under the term.

    Examples
    --------
    >>> lif = NeuronModel("dv/dt = (e - v)/tau : volt (unless refractory)", threshold="v > -50*mV", reset="v = e",
    ...                   refractory="2*ms", parameters={"e": "-60*mV", "tau": "20*ms"}, initial={"v": "e"})
    >>> lif.method
    'exact'
    """

    def __init__(
        self,
        equations,
        *,
        threshold=None,
        reset="",
        refractory=False,
        parameters=None,
        method=None,
        receptors=None,
        initial=None,
        regularly=(),
        variables=(),
        signed=True,
        name="NeuronModel",
    ):
        given = dict(parameters or {})
        initial, receptors = dict(initial or {}), dict(receptors) if receptors else None
        written = {*variables, *initial, *(target.removeprefix("-") for target in (receptors or {}).values())}
        found = Analysis(name, equations, threshold, reset, refractory, given, method, written, tuple(regularly))
        rows = found.state
        receptors = {row: row for row in rows if row != "lastspike"} if receptors is None else receptors
        adds = {receptor: (t.removeprefix("-"), -1 if t[:1] == "-" else 1) for receptor, t in receptors.items()}
        for receptor, (target, _) in adds.items():
            if target not in rows:
                raise DescriptionError(f"{name}.receptors[{receptor!r}]: no state variable called {target!r}")
        known = _parameters(name, found)
        starts = _initial(name, rows, initial, known, given)
        weights = {receptor: units.state_unit(rows[target].dimension) for receptor, (target, _) in adds.items()}
        super().__init__(
            name=name,
            equations=equations,
            parameters=MappingProxyType(known),
            state=MappingProxyType({row: units.state_unit(symbol.dimension) for row, symbol in rows.items()}),
            initial=MappingProxyType(starts),
            weight_unit=next(iter(weights.values()), "1"),
            constants=_Constants(found),
            receive={"pynn": _receive(adds, found.held)},
            integrate=dict.fromkeys(ORDERS, found.integrate),
            decay="",
            held=found.held,
            threshold=found.threshold,
            reset=found.after,
            receptors=tuple(receptors),
            adds=MappingProxyType(adds),
            signed=signed,
            weight_units=MappingProxyType(weights),
            leave=found.leave,
            regular=tuple(found.regular_sources),
            locals=MappingProxyType({n: local(n) for n in (*rows, *known) if local(n) != n}),
        )
        more = {
            "method": found.method,
            "text": {"threshold": threshold, "reset": reset, "refractory": refractory},
            "analysis": found,
            "recipe": (
                (equations,),
                {
                    **{"threshold": threshold, "reset": reset, "refractory": refractory, "parameters": given},
                    **{"method": method, "receptors": receptors, "initial": initial, "regularly": regularly},
                    **{"variables": variables, "signed": signed, "name": name},
                },
            ),
        }
        for key, value in more.items():
            object.__setattr__(self, key, value)

    def __call__(self, **values):
        values = {key: timed(value) for key, value in values.items()}
        for key, rule in self.parameters.items():
            if rule.default is None and values.get(key) is None:
                raise DescriptionError(
                    f"{self.name}.{key}: this parameter has no value; give one with the call, {self.name}({key}=...), "
                    "or in `parameters`"
                )
        return super().__call__(**values)

    def __reduce__(self):
        return (listed, (self.name,)) if built_in(self.name) is self else (_made, self.recipe)

    def refractory(self, parameters):
        """Refractory period in ms, a number or one per neuron."""
        fixed = self.analysis.refractory
        if not is_tree(fixed):
            return fixed
        period = evaluate(fixed, self.analysis.pieces, inside(self.analysis, parameters))
        return float(period) if np.ndim(period) == 0 else period

    def source(self, order="brian2"):
        """The model's pieces as readable text: constants computed beforehand, and the source of a step."""
        import ast

        if order not in self.integrate:
            raise DescriptionError(f"{self.name}: has no form for order {order!r}, but {', '.join(self.integrate)}")
        pieces = self.analysis.pieces
        lines = [f"# {self.name}, method {self.method}; computed once"]
        lines += [f"{key} = {ast.unparse(tree)}" for key, tree in pieces.constants.items() if key != ast.unparse(tree)]
        lines += [f"{key}" for each in pieces.propagators for key in each.names.values()]
        parts = {"every step": self.integrate[order], "spike when": self.threshold, "then": self.reset}
        parts |= {f"every {every} ms": source for source, every in self.regular}
        for title, source in parts.items():
            lines += [f"# {title}", source]
        return "\n".join(lines)


def _made(arguments, options):
    """A model from what it was made of: how one finds itself in another process."""
    return NeuronModel(*arguments, **options)


def inside(found, parameters):
    """Values of parameters, as of a `Neuron`, inside; what has none is NaN."""
    values = {}
    for name, symbol in found.symbols.items():
        if symbol.kind == CONSTANT and name != "dt":
            value = parameters.get(name)
            values[name] = np.nan if value is None else np.asarray(value)[()] * units.shown_scale(symbol.dimension)
    return values


class _Constants:
    """What the loop needs beside the state, computed once in float64."""

    def __init__(self, found):
        self.found = found

    def __call__(self, parameters, dt, order):
        pieces = self.found.pieces
        values = inside(self.found, parameters) | {"dt": float(dt)}
        computed = {"dt": float(dt)}
        for key, tree in pieces.constants.items():
            value = np.asarray(evaluate(tree, pieces, values), np.float64)
            computed[key] = value.item() if value.ndim == 0 else value
        for each in pieces.propagators:
            computed |= each.compute(values)
        return computed


def _parameters(owner, found):
    """All parameters of a model."""
    known = {}
    for name, symbol in found.symbols.items():
        declared = found.equations.get(name)
        if symbol.kind == TIMED or (symbol.kind == CONSTANT and name != "dt"):
            known[name] = parameter(name, found.values.get(name), units.shown(symbol.dimension), owner)
        elif symbol.kind == STATE and declared is not None and declared.kind == PARAMETER:
            value = found.values.get(name, 0.0)
            known[name] = parameter(name, value, units.state_unit(symbol.dimension), owner)
    return known


def _initial(owner, rows, initial, known, given):
    """State variable -> the parameter that is its initial value; adds such parameters to the known ones."""
    starts = {row: row for row in rows if row in known}
    if "lastspike" in rows:
        initial = {"lastspike": LONG_AGO} | initial
    for row, value in initial.items():
        if row not in rows:
            raise DescriptionError(f"{owner}.initial: no state variable called {row!r}; there are {', '.join(rows)}")
        if isinstance(value, str) and value in known:
            if known[value].unit != units.state_unit(rows[row].dimension):
                raise DescriptionError(
                    f"{owner}.initial[{row!r}]: a value in {units.state_unit(rows[row].dimension)} is expected, but "
                    f"{value!r} is in {known[value].unit}"
                )
            starts[row] = value
            continue
        chosen = row if row in known else f"initial_{row}"
        known[chosen] = Parameter(
            numbers(value, owner, f"initial[{row!r}]", unit=units.state_unit(rows[row].dimension)),
            units.state_unit(rows[row].dimension),
        )
        starts[row] = chosen
    return starts


def _receive(adds, held):
    """Source of what arrives; what is held while refractory does not take it."""
    lines = []
    for receptor, (target, sign) in adds.items():
        x = local(target)
        total = f"{x} {'+' if sign > 0 else '-'} in_{receptor}"
        lines.append(f"{x} = {x} if waiting != 0 else {total}" if target in held else f"{x} = {total}")
    return "\n".join(lines) or "pass"

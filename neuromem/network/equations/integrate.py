"""Integration methods: from differential equations to the source of one time step.

The formulas are those of Brian2's state updaters of the same names. All new values are computed from old ones. A
variable flagged (unless refractory) has a derivative of zero while its neuron is refractory: methods of several stages
see to it in each; at the end of the step the engine puts these variables back.
"""

import ast

from neuromem.network.equations.exact import exact, is_solvable
from neuromem.network.equations.linear import REST, NotLinearError, parts, refuse_not_linear
from neuromem.network.equations.names import local
from neuromem.network.equations.system import finish


def euler(system):
    """Forward Euler, with additive noise [Euler-Maruyama]: x + dt f + g dW."""
    if system.noises and not system.additive:
        raise system.refuse("method 'euler' needs noise that depends on no variable; use 'heun' or 'milstein'")
    writer = system.stage()
    system.increments(writer)
    for variable, rate in system.rates.items():
        form, given = _drift(variable, rate)
        for k, (xi, factor) in enumerate(system.noise[variable].items()):
            form += f" + g{k} * w{k}"
            given |= {f"g{k}": factor, f"w{k}": local(xi)}
        writer.assign(f"new_{variable}", writer.formula(form, **given))
    return finish(writer.lines, system.rates)


def exponential_euler(system):
    """Exponential Euler: each variable exactly, the others, and functions of it, held over the step.

    With dx/dt = A x + B: (x + B/A) exp(A dt) - B/A.
    """
    _without_noise(system, "exponential_euler")
    writer = system.stage()
    for variable, rate in system.rates.items():
        try:
            found = parts(rate, [variable], system.pieces, frozen=True)
        except NotLinearError as error:
            raise refuse_not_linear(error, "exponential_euler") from None
        x, slope, rest = local(variable), found.get(variable), found.get(REST)
        if slope is None:
            writer.assign(f"new_{variable}", writer.formula("x + dt * f", x=x, f=rest))
            continue
        if system.pieces.is_constant(slope):
            decay = _exponential(slope)
        else:
            writer.assign(f"slope_{variable}", writer.number(slope))
            slope, decay = f"slope_{variable}", f"real(exp(slope_{variable} * dt))"
        source = writer.formula("x * e", x=x, e=decay)
        if rest is not None:
            writer.assign(f"ratio_{variable}", writer.formula("b / a", b=rest, a=slope))
            source = writer.formula("(x + r) * e - r", x=x, r=f"ratio_{variable}", e=decay)
        writer.assign(f"new_{variable}", source)
    return finish(writer.lines, system.rates)


def _exponential(slope):
    """exp(slope * dt) as a tree of the user's kind, so that it is a constant as the slope is one."""
    form = ast.parse("exp(slope * dt)", mode="eval").body
    form.args[0].left = slope
    for node in ast.walk(form):
        node.place = slope.place
    return form


def rk2(system):
    """Midpoint method: k = dt f(x, t); x + dt f(x + k/2, t + dt/2)."""
    _without_noise(system, "rk2")
    first = _slopes(system, system.stage(), "k1")
    middle = _moved(system, "k1", "real(0.5) * ", "x2")
    second = system.stage(middle.names, 0.5, "_2")
    for variable, rate in system.rates.items():
        second.assign(f"new_{variable}", second.formula("x + dt * f", x=local(variable), f=rate))
    return finish([*first, *middle.lines, *second.lines], system.rates)


def rk4(system):
    """Classical Runge-Kutta method of fourth order."""
    _without_noise(system, "rk4")
    lines = _slopes(system, system.stage(), "k1")
    for number, (factor, shift) in enumerate((("real(0.5) * ", 0.5), ("real(0.5) * ", 0.5), ("", 1.0)), 2):
        moved = _moved(system, f"k{number - 1}", factor, f"x{number}")
        lines += moved.lines
        lines += _slopes(system, system.stage(moved.names, shift, f"_{number}"), f"k{number}")
    for v in system.rates:
        total = f"k1_{v} / real(6.0) + k2_{v} / real(3.0) + k3_{v} / real(3.0) + k4_{v} / real(6.0)"
        lines.append(f"new_{v} = {local(v)} + ({total})")
    return finish(lines, system.rates)


def heun(system):
    """Stochastic Heun method [Stratonovich]: x + dt f(x, t) + dW (g(x, t) + g(x + g dW, t + dt)) / 2.

    Without noise this is forward Euler, as in Brian2.
    """
    writer = system.stage()
    system.increments(writer)
    supports = {}
    for xi in system.noises:
        names, lines = {}, []
        for v in system.rates:
            if xi in system.noise[v]:
                names[v] = f"support_{v}_{local(xi)}"
                moved = writer.formula("x + g * w", x=local(v), g=system.noise[v][xi], w=local(xi))
                lines.append(f"{names[v]} = {system.held_back(v, moved, local(v))}")
        writer.lines += lines
        supports[xi] = system.stage(names, 1.0, f"_{local(xi)}")
    return _with_supports(system, writer, supports, " + real(0.5) * w{k} * (g{k} + h{k})")


def milstein(system):
    """Derivative-free Milstein method [Stratonovich], for noise of which each belongs to one variable."""
    for variable, found in system.noise.items():
        others = [v for v in system.noise if v != variable and set(system.noise[v]) & set(found)]
        if len(found) > 1 or others:
            raise system.refuse(
                f"method 'milstein' needs one noise per variable, and not the same; d{variable}/dt differs"
            )
    writer = system.stage()
    system.increments(writer)
    supports = {}
    for xi in system.noises:
        names = {}
        for v, rate in system.rates.items():
            form, given = _drift(v, rate)
            if xi in system.noise[v]:
                form, given = f"{form} + root_dt * g", given | {"g": system.noise[v][xi]}
            names[v] = f"support_{v}_{local(xi)}"
            writer.assign(names[v], system.held_back(v, writer.formula(form, **given), local(v)))
        supports[xi] = system.stage(names, 0.0, f"_{local(xi)}")
    term = " + g{k} * w{k} + (h{k} - g{k}) * (w{k} * w{k}) / (real(2.0) * root_dt)"
    return _with_supports(system, writer, supports, term)


def _with_supports(system, writer, supports, term):
    """New values from f, g and the noise at the supports."""
    later = {}
    for xi, stage in supports.items():
        for v in system.rates:
            if xi in system.noise[v]:
                later[v, xi] = stage.number(system.noise[v][xi])
        writer.lines += stage.lines
    for v, rate in system.rates.items():
        whole, given = _drift(v, rate)
        for k, (xi, factor) in enumerate(system.noise[v].items()):
            whole += term.format(k=k)
            given |= {f"g{k}": factor, f"w{k}": local(xi), f"h{k}": later[v, xi]}
        writer.assign(f"new_{v}", writer.formula(whole, **given))
    return finish(writer.lines, system.rates)


def _drift(variable, rate):
    """Form of x + dt f, and its letters."""
    if isinstance(rate, ast.Constant) and rate.value == 0:
        return "x", {"x": local(variable)}
    return "x + dt * f", {"x": local(variable), "f": rate}


class _moved:
    """Lines that compute the variables of a later stage, and their names."""

    def __init__(self, system, slope, factor, prefix):
        self.names = {v: f"{prefix}_{v}" for v in system.rates}
        self.lines = [
            f"{self.names[v]} = {system.held_back(v, f'{local(v)} + {factor}{slope}_{v}', local(v))}"
            for v in system.rates
        ]


def _slopes(system, writer, prefix):
    """Lines that compute dt f of all variables."""
    for v, rate in system.rates.items():
        writer.assign(f"{prefix}_{v}", writer.formula("dt * f", f=rate))
    return writer.lines


def _without_noise(system, method):
    if system.noises:
        raise system.refuse(f"method {method!r} cannot integrate noise; use 'euler', 'heun' or 'milstein'")


METHODS = {
    "exact": exact,
    "linear": exact,
    "euler": euler,
    "exponential_euler": exponential_euler,
    "rk2": rk2,
    "rk4": rk4,
    "heun": heun,
    "milstein": milstein,
}
"""Method name -> function(System) -> source lines of one step."""


def default_method(system):
    """The method that Brian2 takes if none is named: exact if it can be, else euler, with multiplicative noise heun."""
    if not system.noises and is_solvable(system):
        return "exact"
    return "euler" if system.additive else "heun"


def integrate(system, method):
    """(method, source lines) of one step of a system.

    Raises
    ------
    DescriptionError
        For an unknown method, or equations that it cannot integrate.
    """
    if method is None:
        method = default_method(system)
    if method not in METHODS:
        raise system.refuse(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    return method, METHODS[method](system)

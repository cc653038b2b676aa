"""Reads the text of equations, in Brian2's syntax.

A differential equation ``dx/dt = expression : unit (flags)``, a subexpression ``x = expression : unit (flags)`` or a
parameter ``x : unit (flags)``; ``#`` begins a comment, and an expression may go on in the next line.
"""

import ast
import re
from dataclasses import dataclass
from functools import cached_property

from neuromem.errors import DescriptionError
from neuromem.network.equations import units
from neuromem.network.equations.functions import FUNCTIONS
from neuromem.network.equations.place import Place, parse

DIFFERENTIAL, SUBEXPRESSION, PARAMETER = "differential equation", "subexpression", "parameter"
FLAGS = {
    DIFFERENTIAL: {"unless refractory", "event-driven", "clock-driven"},
    SUBEXPRESSION: {"constant over dt", "shared", "summed"},
    PARAMETER: {"constant", "shared"},
}
"""Flags that each kind of equation may have."""

_EQUATION = re.compile(
    r"""\s*(?P<left>[^=:]*?)\s*
        (?:=\s*(?P<expression>.*?)\s*)?
        :\s*(?P<unit>[^():]*?(?:\([^a-z)]*\)[^():]*?)*)\s*
        (?:\(\s*(?P<flags>[a-zA-Z][a-zA-Z_,\s-]*?)\s*\))?\s*$""",
    re.VERBOSE | re.DOTALL,
)
_DERIVATIVE = re.compile(r"d\s*([A-Za-z_]\w*)\s*/\s*dt")
_SPECIAL = {"t", "dt", "t_in_timesteps", "xi", "i", "N", "not_refractory", "refractory", "lastspike", "i_ext"}


@dataclass(frozen=True)
class Equation:
    """One equation of a model: its kind, name, expression, unit and flags, and the line on which it begins."""

    owner: str
    kind: str
    name: str
    expression: str
    unit: str
    flags: tuple[str, ...]
    line: int

    @property
    def left(self):
        """Its left side: "dv/dt" or "x"."""
        return f"d{self.name}/dt" if self.kind == DIFFERENTIAL else self.name

    @property
    def place(self):
        """What an error about the expression shows."""
        return Place(self.owner, f"{self.left} (line {self.line})", self.expression, f"{self.left} = ")

    @cached_property
    def tree(self):
        """The expression, parsed."""
        return parse(self.place)

    @cached_property
    def dimension(self):
        """Dimension of the variable."""
        return units.NO_DIMENSION if self.logical or self.unit == "integer" else units.parse(self.unit)[0]

    @property
    def logical(self):
        """Whether it is true or false rather than a number."""
        return self.unit == "boolean"

    def error(self, problem, term):
        """A DescriptionError that shows the whole equation, with carets under `term`."""
        middle = f" = {self.expression}" if self.kind != PARAMETER else ""
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        text = f"{self.left}{middle} : {self.unit}{flags}"
        start = text.rindex(term)
        return Place(self.owner, f"{self.left} (line {self.line})", text).error(problem, start, start + len(term))


def equations(text, owner):
    """Read a model's text: a dict of name to `Equation`, in the order in which they stand.

    Raises
    ------
    DescriptionError
        For what is not an equation, an unknown unit or flag, a name that is taken or means something else.
    """
    if not isinstance(text, str):
        raise DescriptionError(f"{owner}: equations are text, got {text!r}")
    found = {}
    for line, statement in _statements(text):
        equation = _equation(owner, line, statement)
        if equation.name in found:
            raise equation.error(f"{equation.name!r} is defined twice", equation.left)
        found[equation.name] = equation
    return found


def _statements(text):
    """(line, text) of each equation, comments removed and continued lines joined."""
    held, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].rstrip().rstrip("\\").strip()
        if not line:
            continue
        if held and _complete(held) and not re.fullmatch(r"\([a-zA-Z ,_-]+\)", line):
            yield first, held
            held = ""
        first = first if held else number
        held = f"{held} {line}" if held else line
    if held:
        yield first, held


def _complete(text):
    """Whether an equation is all there: it has its unit."""
    return bool(re.search(r":\s*\S", text))


def _equation(owner, line, text):
    match = _EQUATION.fullmatch(text)
    whole = Place(owner, f"line {line}", text)
    if match is None or not match["left"]:
        raise whole.error("an equation reads 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'")
    left, expression = match["left"], match["expression"]
    derivative = _DERIVATIVE.fullmatch(left)
    name = derivative[1] if derivative else left
    if not re.fullmatch(r"[A-Za-z_]\w*", name) or name.startswith("_") or _is_word(name):
        raise whole.error(f"{name!r} cannot be a name", 0, len(left))
    if name in _SPECIAL or name in FUNCTIONS or name.startswith("xi_"):
        raise whole.error(f"{name!r} means something else in equations; choose another name", 0, len(left))
    if derivative and not expression:
        raise whole.error("the right side is missing")
    kind = DIFFERENTIAL if derivative else SUBEXPRESSION if expression else PARAMETER
    flags = tuple(flag.strip() for flag in (match["flags"] or "").split(",") if flag.strip())
    equation = Equation(owner, kind, name, expression or "", match["unit"], flags, line)
    if equation.unit not in ("boolean", "integer") and units.parse(equation.unit) is None:
        raise equation.error(f"{equation.unit!r} is not a unit", equation.unit)
    for flag in flags:
        if flag not in FLAGS[kind]:
            known = ", ".join(sorted(FLAGS[kind]))
            raise equation.error(f"a {kind} has no flag {flag!r}; it may have {known}", flag)
    return equation


def _is_word(name):
    """Whether a name is a word of the language."""
    try:
        return not isinstance(ast.parse(name, mode="eval").body, ast.Name)
    except SyntaxError:
        return True

"""Statements - of a reset, of a synapse, of what runs regularly - as source."""

import ast
import re
from dataclasses import dataclass

from neuromem.errors import DescriptionError
from neuromem.network.equations import units
from neuromem.network.equations.names import local
from neuromem.network.equations.place import Place, fail, parse
from neuromem.network.equations.symbols import STATE, Symbol, check, expect, names

_STATEMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*(\+|-|\*\*|\*|//|/|%)?=(?!=)\s*(.*?)\s*")


@dataclass(frozen=True)
class Statement:
    """``target = value`` or, with an operator such as "+", ``target += value``."""

    target: str
    operator: str
    value: ast.expr
    place: Place

    @property
    def whole(self):
        """The new value of the target as one expression."""
        if not self.operator:
            return self.value
        old = ast.Name(self.target)
        node = ast.BinOp(old, ast.parse(f"0 {self.operator} 0", mode="eval").body.op, self.value)
        for new in (old, node):
            new.place = self.value.place
            new.lineno, new.col_offset, new.end_col_offset = 1, 0, len(new.place.text)
        return node

    @property
    def reads(self):
        """Names that it reads."""
        return set(names(self.value)) | ({self.target} if self.operator else set())


def statements(text, owner, label):
    """Read statements, one per line or separated by ``;``: a list of `Statement`.

    Raises
    ------
    DescriptionError
    """
    if not isinstance(text, str):
        raise DescriptionError(f"{owner}, {label}: statements are text, got {text!r}")
    found = []
    for line in re.split(r"[;\n]", re.sub(r"#.*", "", text)):
        line = line.strip()
        if not line:
            continue
        match = _STATEMENT.fullmatch(line)
        place = Place(owner, label, line)
        if match is None or not match[3]:
            raise place.error("a statement reads 'x = ...' or 'x += ...'")
        value = parse(Place(owner, label, match[3], line[: match.start(3)].lstrip()))
        found.append(Statement(match[1], match[2] or "", value, place))
    return found


def written_names(found):
    """Names that statements write to."""
    return {statement.target for statement in found}


def check_statements(found, symbols):
    """Check names and dimensions; returns the symbols with the temporary variables that the statements introduce.

    Raises
    ------
    DescriptionError
    """
    symbols = dict(symbols)
    for statement in found:
        target, value = statement.target, statement.value
        known = symbols.get(target)
        if known is None:
            if statement.operator:
                raise statement.place.error(f"undefined name {target!r}", 0, len(target))
            if units.named(target):
                raise statement.place.error(f"{target!r} is a unit", 0, len(target))
            symbols[target] = Symbol(STATE, *check(value, symbols))
            continue
        if known.kind != STATE:
            raise statement.place.error(f"{target!r} is a {known.kind} and cannot be written to", 0, len(target))
        if statement.operator in ("", "+", "-", "%"):
            expect(value, known.dimension, symbols, f"{target!r}")
        elif check(value, symbols)[0] != units.NO_DIMENSION:
            raise fail(value, f"{target!r} {statement.operator}= needs a plain number")
    return symbols


def write(found, writer, guard=None):
    """Write checked statements through a `Writer`, in their order.

    Parameters
    ----------
    found : list of Statement
    writer : Writer
    guard : mapping of str to str, optional
        Target -> condition without which it keeps its value.
    """
    for statement in found:
        symbol = writer.pieces.symbols.get(statement.target)
        source = writer.number(statement.whole)
        target = local(statement.target)
        if guard and statement.target in guard and symbol is not None:
            source = f"({source}) if {guard[statement.target]} else {target}"
        writer.assign(target, source)
        writer.forget()

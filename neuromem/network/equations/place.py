"""Where a term stands, so that an error can show it: parsed expressions remember their text."""

import ast
from dataclasses import dataclass

from neuromem.errors import DescriptionError


@dataclass(frozen=True)
class Place:
    """A piece of a user's text.

    Attributes
    ----------
    owner : str
        Name of the model.
    label : str
        What the piece is, e.g. "dv/dt (line 2)".
    text : str
        The expression or statement.
    prefix : str
        What stands before it where it is shown, e.g. "dv/dt = ".
    """

    owner: str
    label: str
    text: str
    prefix: str = ""

    def error(self, problem, start=None, end=None):
        """A DescriptionError that quotes the text, with carets under its characters start to end."""
        start = 0 if start is None else start
        end = len(self.text) if end is None else end
        carets = " " * (len(self.prefix) + start) + "^" * max(1, end - start)
        return DescriptionError(f"{self.owner}, {self.label}: {problem}\n    {self.prefix}{self.text}\n    {carets}")


_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.operator, ast.unaryop,
    ast.boolop, ast.cmpop, ast.Load,
)  # fmt: skip
_FORBIDDEN = (
    ast.MatMult, ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd, ast.Invert, ast.Is, ast.IsNot, ast.In,
    ast.NotIn,
)  # fmt: skip


def parse(place):
    """The expression of a place as a tree (`ast.expr`) whose nodes know their place.

    Raises
    ------
    DescriptionError
        If it is not an expression, or holds anything but numbers, names, calls, arithmetic, comparisons and logic.
    """
    if not place.text.isascii():
        at = next(k for k, letter in enumerate(place.text) if not letter.isascii())
        raise place.error(f"letter {place.text[at]!r} cannot be used in an expression", at, at + 1)
    try:
        tree = ast.parse(place.text, mode="eval").body
    except SyntaxError as error:
        at = min(max((error.offset or 1) - 1, 0), max(len(place.text) - 1, 0))
        raise place.error("this is not an expression", at, at + 1) from None
    for node in ast.walk(tree):
        node.place = place
        bad = not isinstance(node, _ALLOWED) or isinstance(node, _FORBIDDEN)
        bad = bad or (isinstance(node, ast.Constant) and not isinstance(node.value, (bool, int, float)))
        bad = bad or (isinstance(node, ast.Call) and (node.keywords or not isinstance(node.func, ast.Name)))
        if bad:
            shown = node if hasattr(node, "col_offset") else tree
            raise fail(
                shown, "only numbers, names, functions, + - * / // % **, comparisons, and, or, not are understood"
            )
    return tree


def fail(node, problem):
    """A DescriptionError that points at a node of a parsed expression."""
    return node.place.error(problem, node.col_offset, node.end_col_offset)


def written(node):
    """The user's text of a node."""
    return node.place.text[node.col_offset : node.end_col_offset]

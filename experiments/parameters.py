"""Parameters of an experiment: a frozen dataclass, and the text of `--set key=value` turned into its types."""

import math
import typing
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches

from neuromem.errors import UsageError

TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0"}
MOST_SEEDS = 2**63


def suggest(name: str, known: typing.Iterable[str]) -> str:
    """` Did you mean X?` for a near miss, else the list of what there is."""
    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"


def split_settings(settings: typing.Sequence[str]) -> dict[str, str]:
    """`["seed=3", "count=20"]` -> `{"seed": "3", "count": "20"}`; UsageError for text that is not key=value."""
    pairs: dict[str, str] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key:
            raise UsageError(f"--set takes key=value, for example --set seed=3, not {text!r}")
        if key in pairs:
            raise UsageError(f"parameter {key!r} is set twice")
        pairs[key] = value.strip()
    return pairs


def build(kind: type, settings: Mapping[str, object], owner: str):
    """An instance of the dataclass `kind`; text values are read as the type of their field.

    kind      frozen dataclass whose fields are int, float, bool, str or tuples of these
    settings  field name -> value, or its text as a user typed it
    owner     name of the experiment, for the errors
    """
    types = typing.get_type_hints(kind)
    known = [field.name for field in fields(kind)]
    values = {}
    for key, value in settings.items():
        if key not in known:
            raise UsageError(f"{owner} has no parameter {key!r}; {suggest(key, known)}")
        values[key] = _read(_text(value), types[key], f"parameter {key!r} of {owner}")
    if "seed" in values:
        require(0 <= values["seed"] < MOST_SEEDS, f"seed must be 0 to 2**63 - 1, not {values['seed']}")
    return kind(**values)


def _text(value: object) -> str:
    """A value as a user would type it, so that every way in is checked alike."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def type_name(hint: object) -> str:
    """`int`, `float`, `tuple of float`: the type of a field as a user reads it."""
    if typing.get_origin(hint) is tuple:
        return f"tuple of {type_name(typing.get_args(hint)[0])}"
    return getattr(hint, "__name__", str(hint))


def require(condition: bool, sentence: str) -> None:
    """Raise UsageError(sentence) unless the condition holds; for the checks of a Parameters class."""
    if not condition:
        raise UsageError(sentence)


def _read(text: str, hint: object, what: str):
    """One value of type `hint` from its text; tuples are written `0.1,0.25,0.5`."""
    if typing.get_origin(hint) is tuple:
        element = typing.get_args(hint)[0]
        parts = [part.strip() for part in text.strip("()[] ").split(",")]
        return tuple(_read(part, element, what) for part in parts if part)
    if hint is str:
        return text
    if hint is bool:
        if text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        raise UsageError(f"{what} is true or false, not {text!r}")
    try:
        value = hint(text)
    except ValueError:
        noun = "a whole number" if hint is int else "a number"
        raise UsageError(f"{what} is {noun}, not {text!r}") from None
    if hint is float and not math.isfinite(value):
        raise UsageError(f"{what} must be finite, not {text!r}")
    return value

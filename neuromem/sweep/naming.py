"""Names for functions and points: the same content has the same name, on every machine and in every run."""

import hashlib
import importlib
import inspect
import json
import sys
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, reduce
from importlib import metadata

import numpy as np

from neuromem.errors import UsageError

LONGEST_LABEL = 160


@dataclass(frozen=True)
class Task:
    """What is computed: a function by name, the digest of its code, and the version of neuromem.

    name  "module:qualified.name"; code  sha256 of its bytecode and constants, so that an edited function is another
    """

    name: str
    code: str
    version: str

    @classmethod
    def of(cls, function):
        """The task of a function; UsageError unless its module gives it back under its name."""
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
        if not callable(function):
            raise UsageError(f"sweep: a function is expected, got {function!r}")
        try:
            found = reduce(getattr, name.split("."), sys.modules[module])
        except (AttributeError, KeyError, TypeError):
            found = None
        if found is not function:
            raise UsageError(
                f"sweep: {name or function!r} cannot be found by its name; define it with def at the top level of a "
                "module, so that stored points and workers can refer to it"
            )
        return cls(f"{module}:{name}", code_digest(function), _version())

    @property
    def digest(self):
        """sha256 of all three, as hexadecimal text."""
        return hashlib.sha256(f"{self.name}\n{self.code}\n{self.version}".encode()).hexdigest()

    def key(self, text):
        """Name of a point, given its `canonical` text: 32 hexadecimal digits."""
        return hashlib.sha256(f"{self.digest}\n{text}".encode()).hexdigest()[:32]

    def load(self):
        """The function, imported here; UsageError when this machine has another one under that name."""
        function = _import(self.name)
        if (code_digest(function), _version()) != (self.code, self.version):
            raise UsageError(
                f"the worker has another version of {self.name} or of neuromem; install the same on all machines and "
                "start the workers again"
            )
        return function


@cache
def _version():
    return metadata.version("neuromem")


@cache
def _import(name):
    module, _, qualified = name.partition(":")
    try:
        return reduce(getattr, qualified.split("."), importlib.import_module(module))
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the worker cannot import {name} ({error}); put it where the workers find it") from None


def code_digest(function):
    """sha256 of what a function's own lines compile to; comments and places do not count. "" for compiled functions."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "" if code is None else hashlib.sha256(_code_text(code).encode()).hexdigest()


def _code_text(code):
    constants = []
    for value in code.co_consts:
        if inspect.iscode(value):
            constants.append(_code_text(value))
        else:
            constants.append(repr(sorted(map(repr, value)) if isinstance(value, frozenset) else value))
    return "\n".join([code.co_code.hex(), *code.co_names, *code.co_varnames, *code.co_freevars, *constants])


def canonical(point, what):
    """The content of a point as text: equal points, and only these, have equal text.

    Types count (1, 1.0, True and np.int8(1) differ, as do lists and tuples), the order of a dict's keys does not; every
    NaN is the same. Raises UsageError, which starts with `what`, for anything that has no plain content.
    """
    try:
        return json.dumps(_content(point, what), separators=(",", ":"))
    except RecursionError:
        raise UsageError(f"{what}: it is nested too deep; flatten it") from None


def _content(value, what):
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return ["int", hex(value)]
    if type(value) is float:
        return ["float", value.hex()]
    if isinstance(value, (np.generic, np.ndarray)) and np.asarray(value).dtype.kind in "biufcSU":
        array = np.asarray(value, order="C")
        kind = "array" if isinstance(value, np.ndarray) else "number"
        return [kind, array.dtype.str, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]
    if type(value) in (list, tuple):
        return [type(value).__name__, *(_content(item, what) for item in value)]
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise UsageError(f"{what}: the keys of a dict must be text, not {[*value][:5]!r}")
        return {key: _content(value[key], what) for key in sorted(value)}
    kind = type(value)
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: _content(getattr(value, field.name), what) for field in fields(value)}
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        inner = {name: _content(item, what) for name, item in value._asdict().items()}
    else:
        raise UsageError(
            f"{what}: a {kind.__name__} is not a plain value; use numbers, text, arrays, and tuples, lists, dicts or "
            "dataclasses of these"
        )
    return ["class", f"{kind.__module__}:{kind.__qualname__}", inner]


def label(point):
    """A point for reading: one line, cut where it gets long."""
    text = " ".join(repr(point).split())
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3]}..."

"""Sparsey: bad parameters, patterns and codes get one sentence, and change nothing."""

import numpy as np
import pytest

from neuromem.errors import NeuromemError, PatternError
from neuromem.models import CodeSelection, Permanence, Sparsey
from neuromem.theory import sparsey as theory
from sparsey_cases import filled


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("cms: a whole number of at least 1", lambda: Sparsey(10, 0, 5)),
        ("units: a whole number of at least 1", lambda: Sparsey(10, 5, 0)),
        ("inputs: a whole number of at least 1", lambda: Sparsey(0, 5, 5)),
        ("saturation", lambda: Sparsey(10, 5, 5, saturation=float("nan"))),
        ("agreement", lambda: Sparsey(10, 5, 5, agreement=0.0)),
        ("seed", lambda: Sparsey(10, 5, 5, seed=-1)),
        ("selection: a CodeSelection", lambda: Sparsey(10, 5, 5, selection="2014")),
        ("transfer: one of 2014", lambda: CodeSelection(transfer="2015")),
        ("nominal: how many", lambda: CodeSelection(normaliser="nominal")),
        ("exponents: 3 numbers", lambda: CodeSelection(exponents=(1, 1))),
        ("gm", lambda: CodeSelection(gm=1.0)),
        ("must rise", lambda: Permanence(ages=((3, 2, 1),), values=((1, 1, 1),))),
        ("must fall", lambda: Permanence(ages=((1, 2, 3),), values=((0.5, 1, 1),))),
        ("values", lambda: Permanence(ages=((1, 2, 3),), values=((1, 1),))),
        ("whole numbers", lambda: Permanence(ages=((1.5, 2, 3),), values=((1, 1, 1),))),
        (r"seed: a whole number below 2\*\*64", lambda: Sparsey(10, 5, 5, seed=2**64)),
        ("transfer: one of 2014", lambda: CodeSelection(transfer=["2014"])),
        ("power: most_competing to this power", lambda: CodeSelection(power=1e6)),
        ("back_off: familiarities, 0 to 1", lambda: CodeSelection(back_off=(2, 3))),
        ("back_off", lambda: CodeSelection(back_off=(0.5, -0.1))),
        ("count: a whole number of at least 1", lambda: Sparsey(10, 5, 5).nearest(np.ones(10), -1)),
        ("count: a whole number of at least 1", lambda: Sparsey(10, 5, 5).nearest(np.ones(10), 1.5)),
        ("count: a whole number of at least 1", lambda: Sparsey(10, 5, 5).nearest(np.ones(10), "a")),
        ("with_weights: a dict of U and keys", lambda: Sparsey(10, 5, 5).with_weights(None)),
        ("with_weights: a dict", lambda: Sparsey(10, 5, 5).with_weights([1, 2])),
        ("constants: four numbers", lambda: theory.mu(0.5, 0.5, 8, constants=(1, 2))),
        ("constants: a number", lambda: theory.mu(0.5, 0.5, 8, constants=(1, 2, "a", 4))),
        ("gm: less than 1", lambda: theory.mu(0.5, 0.5, 8, gm=1)),
        ("gm: a number", lambda: theory.mu(0.5, 0.5, 8, gm="a")),
        ("transfer: one of 2014", lambda: theory.mu(0.5, 0.5, 8, transfer=["2014"])),
    ],
)
def test_bad_parameters(message, call):
    with pytest.raises(NeuromemError, match=message):
        call()


@pytest.mark.parametrize("bad", [np.ones(143), np.full(144, np.nan), np.zeros(144), [], np.full(144, 2)])
def test_bad_patterns_change_nothing(bad):
    memory, patterns = filled(3)
    before, codes = memory._mac.state(), memory.codes
    with pytest.raises(PatternError):
        memory.store(bad)
    if len(bad):  # among good ones
        with pytest.raises(PatternError):
            memory.store([*patterns.astype(float), bad])
    after = memory._mac.state()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert np.array_equal(memory.codes, codes)


@pytest.mark.parametrize(
    "bad", [[[8] * 24], [[-2] * 24], [[-1] + [0] * 23], [[0.0] * 24], [[0] * 23], [0] * 24, [[0], [0, 1]], "a", None]
)
def test_codes_that_cannot_be_are_not_read(bad):
    memory, _ = filled(3)
    with pytest.raises(PatternError, match="codes: "):
        memory.read(bad)
    assert np.array_equal(memory.read(memory.codes.tolist()), memory.patterns)
    assert not memory.read([[-1] * 24]).any()


def test_patterns_outside_the_bounds_are_refused():
    memory = Sparsey(144, 4, 4, selection=CodeSelection(least=10, most=14))
    with pytest.raises(PatternError, match="stays idle"):
        memory.store(np.arange(144) < 20)
    code, G = memory.recognise(np.arange(144) < 20)
    assert (code == -1).all()
    assert G == 0

"""Units: names, powers and texts, against Brian2's where there are any, and the toolkit's units at the edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuromem.errors import DescriptionError
from neuromem.network import IF_curr_exp, NeuronModel, TimedArray
from neuromem.network.check import numbers
from neuromem.network.equations import units

SHOWN = ("ms", "mV", "nA", "nF", "uS", "MOhm", "um", "mM", "1", "K")
NAMES = """
volt mvolt mV amp nA pA uA farad pF uF nF siemens nS uS mS msiemens ohm Mohm kohm metre meter um cm mm umeter cmetre
gram kilogram kgram second ms us msecond hertz Hz kHz MHz molar mM mmolar uM kelvin coulomb pcoulomb joule watt pascal
newton cm2 meter2 umetre2 mm3 cmeter3 second2 mole tesla henry
"""


@pytest.mark.parametrize("name", SHOWN)
def test_the_toolkits_units_are_one_inside(name):
    assert units.parse(name)[1] == 1.0
    assert units.shown(units.parse(name)[0]) == name


def test_frequencies_are_given_in_1_per_s_and_held_in_1_per_ms():
    assert units.parse("Hz") == (units.HERTZ, 1e-3)
    assert units.parse("1/s") == (units.HERTZ, 1e-3)
    assert (units.shown(units.HERTZ), units.state_unit(units.HERTZ)) == ("1/s", "1/ms")
    model = NeuronModel("dx/dt = -rate*x : 1", parameters={"rate": "50*Hz"})
    assert model.parameters["rate"].default == 50.0
    assert model.constants({"rate": 50.0}, 0.1, "brian2")["P_x_x"] == pytest.approx(np.exp(-0.005), rel=1e-15)


@pytest.mark.brian2
@pytest.mark.parametrize("name", NAMES.split())
def test_names_are_those_of_brian2(brian2, name):
    if name not in vars(brian2):
        import brian2.units.allunits as everything
        import brian2.units.stdunits as standard

        theirs = getattr(everything, name, None) or getattr(standard, name)
    else:
        theirs = getattr(brian2, name)
    dimension, size = units.named(name)
    assert dimension == units.dimension_of(theirs)
    assert units.to_si(size, dimension) == pytest.approx(float(theirs), rel=1e-14)


@pytest.mark.brian2
@pytest.mark.parametrize("text", ["siemens/meter**2", "uF*cm**-2", "msiemens/cm**2", "second**-0.5", "volt**2/Hz"])
def test_texts_are_what_brian2_makes_of_them(brian2, text):
    theirs = eval(text, vars(brian2))
    value, dimension = units.quantity(text)
    ours, same = units.inside(theirs)
    assert dimension == same
    assert value == pytest.approx(float(ours), rel=1e-14)


@given(st.lists(st.integers(-3, 3), min_size=7, max_size=7), st.floats(1e-6, 1e6))
def test_a_number_goes_to_si_and_back(powers, value):
    dimension = units.dimension(**dict(zip(units._NAMES, powers)))
    assert units.to_inside(units.to_si(value, dimension), dimension) == pytest.approx(value, rel=1e-14)


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_the_shown_unit_is_a_text_of_the_same_dimension(powers):
    dimension = units.dimension(**dict(zip(units._NAMES, powers)))
    found, size = units.parse(units.shown(dimension))
    assert found == dimension
    assert size == pytest.approx(units.shown_scale(dimension))


def test_what_is_not_a_unit_is_none():
    for text in ("foo", "mV +", "1 mV", "f(3)", "mV**mV"):
        assert units.parse(text) is None
        assert units.quantity(text) is None
    assert units.quantity("mV + ms") is None
    assert units.quantity("1/0") is None


def test_text_with_units_is_taken_wherever_a_quantity_is():
    assert IF_curr_exp(tau_m="0.02*second", v_rest="-0.07*volt").parameters["tau_m"] == 20.0
    with pytest.raises(DescriptionError, match=r"IF_curr_exp.tau_m: a value in ms is expected, got 3\*mV"):
        IF_curr_exp(tau_m="3*mV")
    with pytest.raises(DescriptionError, match="a number or an array of numbers is expected, got 'x'"):
        numbers("x", "a", "b", unit="mV")
    with pytest.raises(DescriptionError, match="a number or an array of numbers is expected, got '3'"):
        numbers("3", "a", "b")


@pytest.mark.brian2
def test_any_quantity_of_brian2_is_converted(brian2):
    model = NeuronModel(
        "dv/dt = (E - v)*g/C : volt\ng : siemens/meter**2\nC : farad/meter**2",
        parameters={"E": -70 * brian2.mV, "g": 0.3 * brian2.msiemens / brian2.cm**2},
    )
    neuron = model(C=[1, 2] * brian2.uF / brian2.cm**2)
    assert model.parameters["g"].unit == "uS/um**2"
    values = model.constants(neuron.parameters, 0.1, "brian2")
    assert values["P_v_v"] == pytest.approx(np.exp([-0.03, -0.015]), rel=1e-14)
    with pytest.raises(DescriptionError, match=r"NeuronModel.C: a value in nF/um\*\*2 is expected, got 3. mV"):
        model(C=3 * brian2.mV)
    table = brian2.TimedArray([1, 2] * brian2.nA, dt=2 * brian2.ms)
    driven = NeuronModel("dv/dt = I(t)*R/ms : volt", parameters={"I": table, "R": "3*Mohm"})
    given_ = driven().parameters["I"]
    assert isinstance(given_, TimedArray)
    assert (given_.values.tolist(), given_.dt, given_.unit) == ([1.0, 2.0], 2.0, "nA")

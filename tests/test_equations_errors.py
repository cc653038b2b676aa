"""What models from equations refuse: each error names the equation and points at the term."""

import pytest

from neuromem.errors import DescriptionError
from neuromem.network import NeuronModel

LEAK = "dv/dt = -v/tau : volt\ntau : second"


def refused(text, **options):
    with pytest.raises(DescriptionError) as caught:
        NeuronModel(text, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "dv/dt = (Elx - v)/tau : volt",
            {"parameters": {"tau": "10*ms", "El": "3*mV"}},
            "NeuronModel, dv/dt (line 1): undefined name 'Elx'; did you mean 'El'?\n"
            "    dv/dt = (Elx - v)/tau\n"
            "             ^^^",
        ),
        (
            "\n# comment\ndv/dt = (-v +\n    3)/tau : volt\n",
            {"parameters": {"tau": "10*ms"}},
            "NeuronModel, dv/dt (line 3): '-v', a quantity in mV, is added to '3', a plain number\n"
            "    dv/dt = (-v + 3)/tau\n"
            "             ^^^^^^",
        ),
        (
            "dv/dt = -v/tau : volt",
            {"parameters": {"tau": "10*mV"}},
            "NeuronModel, dv/dt (line 1): dv/dt needs a quantity in mV/ms, but this is a plain number\n"
            "    dv/dt = -v/tau\n"
            "            ^^^^^^",
        ),
        (
            "x = y + 1 : 1\ny = 2*z : 1\nz = x : 1",
            {},
            "NeuronModel, z (line 3): an algebraic loop: x -> y -> z -> x; break it with a differential equation\n"
            "    z = x\n"
            "        ^",
        ),
        (
            "dv/dt = -v/tau : volt (unless refractroy)\ntau : second",
            {},
            "NeuronModel, dv/dt (line 1): a differential equation has no flag 'unless refractroy'; it may have "
            "clock-driven, event-driven, unless refractory\n"
            "    dv/dt = -v/tau : volt (unless refractroy)\n"
            "                           ^^^^^^^^^^^^^^^^^",
        ),
        (
            LEAK,
            {"threshold": "v > 3*mV", "reset": "v = 3"},
            "NeuronModel, reset: 'v' needs a quantity in mV, but this is a plain number\n    v = 3\n        ^",
        ),
    ],
)
def test_an_error_shows_the_equation_and_points_at_the_term(text, options, message):
    assert refused(text, **options) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dv/dt = exp(v)*mV/ms : volt", "'exp' takes a plain number, but this is a quantity in mV"),
        ("dv/dt = f(v) : volt", "there is no function 'f'; a user's own functions are not translated"),
        ("dx/dt = exp(x, 2)/ms : 1", "'exp' takes 1 argument"),
        ("dx/dt = exp/ms : 1", "'exp' is a function and needs its arguments"),
        ("dx/dt = clip(x, 0*mV, 1)/ms : 1", "'clip' needs a plain number here, but this is a quantity in mV"),
        ("dx/dt = timestep(x, 2)/ms : 1", "'timestep' takes a quantity in ms, but this is a plain number"),
        ("dv/dt = v**x/ms : volt\nx : 1", "'v' is a quantity in mV, so its exponent must be a number as such"),
        ("dx/dt = x**(3*mV)/ms : 1", "an exponent is a plain number, but this is a quantity in mV"),
        ("dx/dt = int(ms and x > 1)/ms : 1", "'ms' is in ms, but a condition is expected"),
        ("dx/dt = int(x > 3*mV)/ms : 1", "'x', a plain number, is compared with '3*mV', a quantity in mV"),
        ("dv/dt = v/ms - 3 : volt", "'3', a plain number, is subtracted from 'v/ms', a quantity in mV/ms"),
        ("dx/dt = [x]/ms : 1", "only numbers, names, functions, + - * / // % **, comparisons, and, or, not"),
        ("dx/dt = 'a' : 1", "only numbers, names, functions"),
        ("dx/dt = x.y : 1", "only numbers, names, functions"),
        ("dx/dt = x/ms + : 1", "this is not an expression"),
        ("dx/dt = x/µs : 1", "letter 'µ' cannot be used in an expression"),
        ("dx/dt = x/ms : foo", "'foo' is not a unit"),
        ("dx/dt = x/ms", "an equation reads 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'"),
        ("dx/dt : 1", "the right side is missing"),
        ("3x = 2 : 1", "'3x' cannot be a name"),
        ("lambda = 2 : 1", "'lambda' cannot be a name"),
        ("t : second", "'t' means something else in equations; choose another name"),
        ("exp : 1", "'exp' means something else in equations; choose another name"),
        ("x : 1\nx : 1", "x (line 2): 'x' is defined twice"),
        ("dx/dt = -x/ms : 1 (event-driven)", "the flag 'event-driven' is for synapses"),
        ("x = 3 : 1 (summed)", "the flag 'summed' is for synapses"),
        ("dx/dt = xi/ms**0.5 : 1\ndy/dt = xi/ms**0.5 : 1", "'xi' is used by dx/dt already; write xi_y, say"),
        ("dx/dt = sin(xi*ms**0.5)/ms : 1", "noise can enter as a factor of a term only"),
    ],
)
def test_equations_that_are_refused(text, message):
    assert message in refused(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": "v"}, "threshold: a condition is expected as threshold, but this is a number in mV"),
        ({"threshold": "v > 3"}, "threshold: 'v', a quantity in mV, is compared with '3', a plain number"),
        ({"threshold": 3}, "threshold: text is expected, got 3"),
        ({"reset": "q += 1"}, "reset: undefined name 'q'"),
        ({"reset": "v -> 0*mV"}, "reset: a statement reads 'x = ...' or 'x += ...'"),
        ({"reset": "v *= 2*mV"}, "reset: 'v' *= needs a plain number"),
        ({"reset": "mV = 3"}, "reset: 'mV' is a unit"),
        ({"reset": 3}, "reset: statements are text, got 3"),
        ({"refractory": "v"}, "refractory: a time or a condition is expected, but this is in mV"),
        ({"refractory": "3*tou"}, "refractory: undefined name 'tou'; did you mean 'tau'?"),
        ({"method": "foo"}, "there is no method 'foo'; there are exact, linear, euler"),
        ({"parameters": {"tau": "10*mV"}}, "NeuronModel.tau: a value in ms is expected, got 10*mV"),
        ({"parameters": {"tau": "fast"}}, "NeuronModel.tau: a number or an array of numbers is expected, got 'fast'"),
        ({"parameters": {"v": "10*mV"}}, "NeuronModel.v: this is no parameter, but has an equation of its own"),
        ({"parameters": {"f": abs}}, "NeuronModel.f: a user's own functions are not translated"),
        ({"parameters": {"exp": 3}}, "NeuronModel.exp: this name means something else in equations"),
        ({"initial": {"u": 3}}, "NeuronModel.initial: no state variable called 'u'; there are v"),
        ({"initial": {"v": "tau"}}, "NeuronModel.initial['v']: a value in mV is expected, but 'tau' is in ms"),
        ({"receptors": {"e": "u"}}, "NeuronModel.receptors['e']: no state variable called 'u'"),
        ({"regularly": [("v = 3", 1.0)]}, "what runs regularly: 'v' needs a quantity in mV"),
    ],
)
def test_options_that_are_refused(options, message):
    assert message in refused(LEAK, **options)


@pytest.mark.parametrize(
    ("text", "method", "message"),
    [
        ("dv/dt = -v**2/mV/tau : volt", "exact", "method 'exact' needs linear equations, and this term is not linear"),
        ("dv/dt = -v**2/mV/tau : volt", "exponential_euler", "method 'exponential_euler' needs linear equations"),
        ("dv/dt = -v/tau*sin(t/tau) : volt", "exact", "needs what does not change within a step, so neither t nor"),
        ("dv/dt = -v/tau + mV*xi/tau**.5 : volt", "exact", "method 'exact' cannot integrate noise"),
        ("dv/dt = -v/tau + mV*xi/tau**.5 : volt", "rk4", "method 'rk4' cannot integrate noise"),
        ("dv/dt = -v/tau + v*xi/tau**.5 : volt", "euler", "method 'euler' needs noise that depends on no variable"),
        ("dv/dt = (mV*xi_a + mV*xi_b)/tau**.5 : volt", "milstein", "method 'milstein' needs one noise per variable"),
    ],
)
def test_methods_refuse_what_they_cannot_integrate(text, method, message):
    assert message in refused(text, method=method, parameters={"tau": "10*ms"})


def test_a_parameter_without_a_value_is_asked_for():
    model = NeuronModel(LEAK, name="leak")
    with pytest.raises(DescriptionError, match=r"^leak.tau: this parameter has no value; give one with the call, leak"):
        model()
    assert model(tau="10*ms").parameters["tau"] == 10.0


def test_constants_that_are_written_to_are_refused():
    message = refused("x : 1 (constant)", reset="x += 1")
    assert "x (line 1): 'x' is constant, but is written to" in message
    assert "'y' is a subexpression and cannot be written to" in refused("y = 3 : 1", reset="y = 2")


def test_text_is_expected():
    assert refused(3) == "NeuronModel: equations are text, got 3"

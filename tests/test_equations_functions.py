"""Random numbers, TimedArrays, linear parts and methods of equation models, alone."""

import ast
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.linalg import expm

from compiled import doors
from equation_steps import Steps
from neuromem.network import NeuronModel, SynapseModel, TimedArray
from neuromem.network.equations import exponential


@pytest.mark.twin
@given(st.floats(0, 3000), st.floats(1e-9, 1 - 1e-9))
def test_poisson_numbers_are_the_quantiles_of_their_distribution(mean, uniform):
    out = np.zeros(1)
    doors.poisson_numbers(np.array([mean]), np.array([uniform]), out)
    below = stats.poisson.cdf(out[0] - 1, mean) if out[0] else 0.0
    assert below - 1e-9 <= uniform <= stats.poisson.cdf(out[0], mean) + 1e-9


@pytest.mark.twin
def test_poisson_numbers_of_no_mean_are_none():
    out = np.ones(3)
    doors.poisson_numbers(np.array([0.0, -1.0, np.nan]), np.full(3, 0.9), out)
    assert out.tolist() == [0.0, 0.0, 0.0]


def test_random_functions_have_numbers_of_their_own():
    model = NeuronModel(
        "dx/dt = (rand() - rand())/ms : 1",
        threshold="rand() < 0.5",
        reset="x = randn() + randn()*poisson(3*x)",
        regularly=[("x += rand()", 1.0)],
    )
    assert model.method == "euler"
    assert model.integrate["brian2"].splitlines()[0] == "new_x = x + dt * (uniform_0 - uniform_1)"
    assert model.threshold == "uniform_2 < real(0.5)"
    assert model.reset == "x = normal_0 + normal_1 * poisson(real(3.0) * x, uniform_3)"
    assert model.regular == (("x = x + uniform_4", 1.0),)


def test_timed_arrays_hold_their_values():
    table = TimedArray([[1.0, 2.0], [3.0, 4.0]], 0.5, "1/s")
    model = NeuronModel("dx/dt = rate(t, i) : 1", parameters={"rate": table})
    trace, _ = Steps(model(), 2, 0.1).run(12, "x")
    assert trace["x"][[5, 10, 11]] == pytest.approx(1e-3 * np.array([[0.5, 1.0], [2.0, 3.0], [2.3, 3.4]]))
    other, _ = Steps(model(rate=TimedArray([[0.0, 0.0]], 1.0, "1/s")), 2, 0.1).run(3, "x")
    assert (other["x"] == 0).all()


@pytest.mark.parametrize("text", ["rate(t)", "rate(2, i)", "rate(t - 1*ms)", "rate()", "rate(t, 1)", "rate"])
def test_timed_arrays_are_functions_of_time_and_neuron(text):
    with pytest.raises(ValueError, match="TimedArray"):
        NeuronModel(f"dx/dt = {text} : 1", parameters={"rate": TimedArray([[1.0, 2.0]], 0.5, "1/s")})


@pytest.mark.parametrize("columns", [False, True])
def test_timed_arrays_are_read_at_other_times(columns):
    """Before their beginning it is the first value, after their end the last; times are rounded to parts of a step."""
    values = np.arange(10.0, 18.0)
    table = TimedArray(np.stack([values, 2 * values], -1) if columns else values, 0.3)
    call = "rate(t - late, i)" if columns else "rate(t - late)"
    text = f"x = {call} : 1 (constant over dt)\ndlate/dt = speed : second\nspeed : 1"
    model = NeuronModel(text, parameters={"rate": table, "speed": 0.25}, initial={"late": "0.4*ms"})
    neuron = Steps(model(speed=[0.25, -0.5]), 2, 0.1, {"late": [0.4, 0.1]})
    trace, _ = neuron.run(40, "x", "late")
    for k in range(39):
        for i in range(2):
            at = k * 0.1 - trace["late"][k, i]
            row = min(max(int(np.rint(at / (0.3 / 32)) / 32), 0), 7)
            assert trace["x"][k + 1, i] == values[row] * (1 + columns * i)
    assert len(np.unique(trace["x"])) > 8


# Linear parts and the exact solution

COEFFICIENT = st.floats(-2, 2).filter(lambda x: abs(x) > 0.01)


@given(st.lists(COEFFICIENT, min_size=6, max_size=6), st.floats(0.05, 2))
def test_the_exact_solution_is_the_matrix_exponential(c, dt):
    text = """
    dx/dt = (-(a + 1)*x + b*(y - 2*x)/4 + c)/ms : 1
    dy/dt = (f - k*(x + y) + (y + g)/3)/ms : 1
    """
    names = dict(zip("abcfgk", c))
    model = NeuronModel(text, parameters=names, method="exact")
    m = np.array([[-(c[0] + 1) - c[1] / 2, c[1] / 4], [-c[5], -c[5] + 1 / 3]])
    b = np.array([c[2], c[3] + c[4] / 3])
    whole = np.zeros((3, 3))
    whole[:2, :2], whole[:2, 2] = m, b
    neuron = Steps(model(), 1, dt, {"x": 0.7, "y": -0.4})
    neuron.advance()
    step = expm(whole * dt)
    expected, rounding = (step @ [0.7, -0.4, 1.0])[:2], 1e-12 * max(1.0, np.abs(step).max())  # terms may cancel
    assert [neuron.state[0]["x"], neuron.state[0]["y"]] == pytest.approx(expected, rel=1e-12, abs=rounding)


def test_parameters_of_each_neuron_give_constants_of_each():
    model = NeuronModel("dx/dt = (y - x)/tau : 1\ndy/dt = -y/(3*ms) : 1\ntau : second", name="two")
    tau = np.array([2.0, 5.0, 2.0])
    constants = model.constants(model(tau=tau).parameters, 0.1, "pynn")
    assert constants["P_x_x"] == pytest.approx(np.exp(-0.1 / tau), rel=1e-14)
    assert np.ndim(constants["P_y_y"]) == 1
    assert "P_y_x" not in constants, "zero by structure"


def test_while_one_variable_is_held_the_others_go_on_without_it():
    text = "dx/dt = (3 - x)/ms : 1 (unless refractory)\ndy/dt = (x - y)/ms : 1"
    model = NeuronModel(text, threshold="x > 1", reset="x = 0.5", refractory="1*ms")
    assert model.method == "exact"
    neuron = Steps(model(), 1, 0.1, {"x": 0.99})
    neuron.advance()
    y = neuron.state[0]["y"]
    for step in range(9):
        assert neuron.state[0]["x"] == 0.5
        assert neuron.state[0]["y"] == pytest.approx(0.5 + (y - 0.5) * np.exp(-0.1 * step), rel=1e-12)
        neuron.advance()
    neuron.advance()
    assert neuron.state[0]["x"] > 0.5


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("dx/dt = -x/ms : 1", "exact"),
        ("dx/dt = -x*(1 + a)/ms + a/ms : 1\na : 1", "exact"),
        ("dx/dt = (x + 1)**2/ms - x**2/ms : 1", "exact"),
        ("dx/dt = 1/ms : 1", "euler"),
        ("dx/dt = (y - x)/ms : 1\ndy/dt = (x - y)/ms : 1", "euler"),
        ("dx/dt = -x**2/ms : 1", "euler"),
        ("dx/dt = -x/ms + sin(t/ms)/ms : 1", "euler"),
        ("dx/dt = -x/ms + I(t)/ms : 1", "exact"),
        ("dx/dt = -x/ms + rand()/ms : 1", "euler"),
        ("dx/dt = -x/ms + xi/ms**.5 : 1", "euler"),
        ("dx/dt = -x/ms + y*xi/ms**.5 : 1\ny = x : 1", "heun"),
    ],
)
def test_the_default_method_is_that_of_brian2(text, method):
    assert NeuronModel(text, parameters={"I": TimedArray([1.0], 1.0)}).method == method


def test_coefficients_that_are_written_to_are_followed():
    model = NeuronModel("dx/dt = -k*x/ms + c/ms : 1\nk : 1\nc : 1", variables=("k", "c"), method="exact")
    neuron = Steps(model(), 2, 0.1, {"x": 2.0, "k": [0.0, 4.0], "c": [3.0, 1.0]})
    neuron.advance()
    assert neuron.state[0]["x"] == pytest.approx(2.3, rel=1e-14)
    assert neuron.state[1]["x"] == pytest.approx(0.25 + 1.75 * np.exp(-0.4), rel=1e-14)


def test_events_of_coupled_variables_are_solved_in_closed_form():
    text = "da/dt = -a/(3*ms) : 1 (event-driven)\ndb/dt = (a - b)/(8*ms) : 1 (event-driven)"
    cell = NeuronModel("g : 1", variables=("g",))
    source = SynapseModel(text, on_pre="g += b").bind(None, cell).on_pre
    found = {"a": 0.7, "b": 0.2, "elapsed": 2.5, "g_post": 0.0, "real": float, "one": 1.0}
    import math

    exec(source, found | {"math": math, "exp": math.exp}, found)
    expected = expm(2.5 * np.array([[-1 / 3, 0], [1 / 8, -1 / 8]])) @ [0.7, 0.2]
    assert [found["a"], found["b"]] == pytest.approx(expected, rel=1e-13)
    assert found["g_post"] == found["b"]


def test_names_of_the_loop_stay_free():
    model = NeuronModel("dn/dt = (i_syn - n)/step : 1\nstep : second\ni_syn : 1", reset="n = 0", threshold="n > 1")
    assert dict(model.locals) == {"n": "n_", "step": "step_"}
    assert model.reset == "n_ = zero"
    assert model.integrate["brian2"].splitlines()[-1] == "n_ = new_n"


def test_sympy_is_not_imported_for_what_can_be_read():
    code = (
        "import sys; from neuromem.network import NeuronModel\n"
        "NeuronModel('dv/dt = (g - v)/tau : volt\\ndg/dt = -g/tau : volt', parameters={'tau': '5*ms'})\n"
        "NeuronModel('dv/dt = (v**2/mV - v)/tau : volt', parameters={'tau': '5*ms'})\n"
        "print([name for name in ('sympy', 'brian2', 'scipy.linalg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_source_can_be_read():
    model = NeuronModel("dv/dt = -v/tau : 1", parameters={"tau": "5*ms"}, threshold="v > 1", reset="v = 0", name="m")
    text = model.source()
    for line in ("# m, method exact; computed once", "P_v_v", "new_v = P_v_v * v", "v > one", "v = zero"):
        assert line in text.splitlines()
    ast.parse(text)


@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.sampled_from([1e-3, 0.1, 3.0, 40.0]))
def test_exponentials_are_those_of_scipy(seed, size, scale):
    matrices = scale * np.random.default_rng(seed).normal(size=(3, size, size))
    ours, theirs = exponential.expm(matrices), expm(matrices)
    assert np.abs(ours - theirs).max() <= 1e-10 * np.abs(theirs).max()
    assert exponential.expm(np.zeros((1, 2, 2))).tolist() == [[[1.0, 0.0], [0.0, 1.0]]]

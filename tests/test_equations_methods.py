"""Models from equations, stepped in plain Python, against Brian2: runs, and every method's step, near rounding."""

import math
import re

import numpy as np
import pytest

from equation_models import CASES
from equation_steps import Steps
from neuromem.network import NeuronModel
from neuromem.network.equations import functions, units

SIZE = 2
NEAR = 1e-9
"""Largest difference from Brian2, relative to the variable's largest value: rounding, grown over some hundred steps."""


def in_brian2(brian2, case, method, model):
    """(variable -> array (steps, SIZE), spikes as (step, neuron)) of Brian2, inside."""
    brian2.defaultclock.dt = case.dt * brian2.ms
    quantities = {k: quantity(brian2, v) for k, v in case.parameters.items()}
    group = brian2.NeuronGroup(
        SIZE,
        case.equations,
        threshold=case.threshold,
        reset=case.reset or None,
        refractory=case.refractory,
        method=method,
        namespace=quantities,
    )
    for name, value in case.initial.items():
        setattr(group, name, quantity(brian2, value) * (1 + 0.1 * np.arange(SIZE)))
    traces = brian2.StateMonitor(group, rows(model), record=True)
    network = brian2.Network(group, traces)
    spikes = brian2.SpikeMonitor(group) if case.threshold else None
    if spikes is not None:
        network.add(spikes)
    network.run(case.steps * case.dt * brian2.ms)
    found = {}
    for name in rows(model):
        found[name] = units.to_inside(np.asarray(getattr(traces, name)).T, model.analysis.symbols[name].dimension)
    fired = [(round(float(t / brian2.ms) / case.dt), int(i)) for t, i in zip(*_times(spikes))]
    return found, sorted(fired)


def _times(spikes):
    return ([], []) if spikes is None else (spikes.t, spikes.i)


def quantity(brian2, value):
    return eval(value, {"__builtins__": {}}, vars(brian2)) if isinstance(value, str) else value


def rows(model):
    """Variables that can be compared: Brian2 renews what is constant over dt before it is sampled."""
    return [name for name in model.state if name not in ("lastspike", *model.analysis.renewed)]


def built(case, method):
    return NeuronModel(
        case.equations,
        threshold=case.threshold,
        reset=case.reset,
        refractory=case.refractory,
        parameters=case.parameters,
        method=method,
    )


NOISY = [name for name, case in CASES.items() if "xi" in case.equations]


@pytest.mark.brian2
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", [name for name in CASES if name not in NOISY])
def test_a_model_does_what_it_does_in_brian2(brian2, name):
    case, method = CASES[name], CASES[name].methods[0]
    model = built(case, method)
    assert model.method == method
    initial = {k: inside(v) * (1 + 0.1 * np.arange(SIZE)) for k, v in case.initial.items()}
    ours, fired = Steps(model(), SIZE, case.dt, initial).run(case.steps, *rows(model))
    theirs, expected = in_brian2(brian2, case, method, model)
    for variable, trace in ours.items():
        scale = np.abs(theirs[variable]).max()
        assert np.isfinite(scale), variable
        assert np.abs(theirs[variable] - trace).max() <= NEAR * max(scale, 1e-300), variable
    assert fired == expected
    if case.threshold:
        assert fired, "a case that tests something"


# One step against the formula that Brian2 derives, which is text: units have their sizes inside in both


def inside(value):
    return units.quantity(value)[0] if isinstance(value, str) else value


def in_brian2s_words(brian2, case, method, start, t, noise):
    """One step of Brian2's own code for the equations, as numbers inside."""
    updater = getattr(brian2, method)
    equations = brian2.Equations(case.equations)
    code = re.sub(r"^(xi\w*) = .*$", r"\1 = dt**.5 * noise['\1']", updater(equations), flags=re.MULTILINE)
    names = {k: inside(v) for k, v in case.parameters.items()} | start
    names |= {k: getattr(np, k) for k in ("exp", "sqrt", "sin", "log", "tanh", "floor", "ceil", "clip", "sign", "pi")}
    names |= {"exprel": functions.exprel, "timestep": functions.timestep, "abs": abs, "int": int}
    names |= {"dt": case.dt, "t": t, "lastspike": -1e9, "noise": noise, "i": 0, "N": 1}
    for name in re.findall(r"[a-zA-Z]\w*", code + "".join(e.expr.code for e in equations.values() if e.expr)):
        if name not in names and units.named(name):
            names[name] = units.named(name)[1]
    for name in equations.subexpr_names:
        names.setdefault(name, 0.0)
    exec(code, names)
    return {v: names[v] for v in equations.diff_eq_names}


@pytest.mark.brian2
@pytest.mark.parametrize(
    ("name", "method"),
    [
        (name, m)
        for name, case in CASES.items()
        if "over dt" not in case.equations
        for m in case.methods
        if m != "exact"
    ],
)
def test_one_step_is_that_of_brian2(brian2, name, method):
    case = CASES[name]
    model = built(case, method)
    rng = np.random.default_rng(3)
    for t in (0.0, 12.5):
        start = {k: inside(case.initial.get(k, 0.3)) * rng.uniform(0.9, 1.1) for k in rows(model)}
        neuron = Steps(model(), 1, case.dt, start)
        neuron.step = round(t / case.dt)
        found = neuron.scope(0)
        drawn = re.findall(r"^(xi\w*) = root_dt \* (normal_\d)$", model.integrate["brian2"], re.MULTILINE)
        noise = {xi: found[normal] for xi, normal in drawn}
        exec(model.integrate["brian2"], found)
        expected = in_brian2s_words(brian2, case, method, start, t, noise)
        for variable, value in expected.items():
            assert found[model.local(variable)] == pytest.approx(value, rel=1e-11, abs=1e-13), variable
        assert len(expected) == len(model.analysis.of_kind("differential equation")) > 0


@pytest.mark.parametrize("multiplicative", [False, True])
def test_noise_has_the_mean_and_variance_of_theory(multiplicative):
    """dx/dt = -x/tau + s xi/sqrt(tau): variance s**2/2; dx/dt = s x xi (Stratonovich): log x has variance s**2 t."""
    if multiplicative:
        text, initial, steps = "dx/dt = 0.1*x*xi*ms**-0.5 : 1", {"x": 1.0}, 100
    else:
        text, initial, steps = "dx/dt = -x/(4*ms) + 3*xi*(4*ms)**-0.5 : 1", {}, 200
    model = NeuronModel(text)
    assert model.method == ("heun" if multiplicative else "euler")
    size, rng = 20_000, np.random.default_rng(0)
    found = {"real": float, "x": np.full(size, initial.get("x", 0.0)), **model.constants({}, 0.1, "brian2")}
    for _ in range(steps):
        found["normal_0"] = rng.standard_normal(size)
        exec(model.integrate["brian2"], found)
    x = found["x"]
    if multiplicative:
        x, variance = np.log(x), 0.01 * steps * 0.1
    else:
        variance = 4.5 / (1 - 0.1 / 8)  # of the recursion x (1 - dt/tau) + s sqrt(dt/tau) N
    assert abs(x.mean()) < 4 * math.sqrt(variance / size)
    assert abs(x.var() / variance - 1) < 4 * math.sqrt(2 / size)

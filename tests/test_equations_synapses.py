"""Synapse models from equations against Brian2, in one network of several kinds; their pieces and their errors."""

import numpy as np
import pytest

from neuromem import simulate
from neuromem.errors import DescriptionError
from neuromem.network import FromArrays, IF_curr_exp, Network, NeuronModel, SpikeSourceArray, SynapseModel

DT, STEPS, INPUTS, SIZE = 0.1, 600, 8, 3
NEAR = 1e-9

CELL = """
dv/dt = (g*(0*mV - v)*ms**-1*0.2 + drive - (v - El)/tau) : volt (unless refractory)
drive = 1.2*mV/ms : volt/second
dg/dt = -g/(5*ms) : 1
s : 1
y = 2*s : 1
"""
CELL_OPTIONS = {"threshold": "v > -50*mV", "reset": "v = -65*mV", "refractory": "2*ms"}
CELL_PARAMETERS = {"El": "-65*mV", "tau": "20*ms"}
START = {"v": "-60*mV"}

STDP = """
w : 1
dApre/dt = -Apre/(20*ms) : 1 (event-driven)
dApost/dt = -Apost/tau_post : 1 (event-driven)
"""
SHORT_TERM = """
w : 1
dx/dt = (1 - x)/tau_x : 1 (event-driven)
du/dt = -u/tau_u : 1 (event-driven)
"""
NMDA = """
w : 1
dr/dt = -r/(30*ms) + alpha*z*(1 - r) : 1 (clock-driven)
dz/dt = -z/(2*ms) : 1 (clock-driven)
s_post = w*r/(1 + exp(-0.062*v_post/mV)/3.57) : 1 (summed)
"""
COUPLED = """
da/dt = -a/(3*ms) : 1 (event-driven)
db/dt = (a - b)/(8*ms) : 1 (event-driven)
"""
KINDS = {
    "STDP": (
        STDP,
        "g += w; Apre += 0.05; w = clip(w + Apost, 0, 1)",
        "Apost -= 0.04; w = clip(w + Apre, 0, 1)",
        {"tau_post": "15*ms"},
    ),
    "short-term plasticity": (
        SHORT_TERM,
        "u += 0.3*(1 - u); g += w*u*x; x *= 1 - u",
        "",
        {"tau_x": "50*ms", "tau_u": "30*ms"},
    ),
    "NMDA": (NMDA, "z += 1; g += 0.1*(1 + y_post - int(i % 2 == j))", "", {"alpha": "0.5/ms"}),
    "coupled": (COUPLED, "g += b/2; a += 1", "b += exp(-(t - lastupdate)/ms)", {}),
}


def wires(rng):
    """Synapses from INPUTS to SIZE, in the order in which both sides list them."""
    return [ids.astype(int) for ids in np.nonzero(rng.random((INPUTS, SIZE)) < 0.7)]


def described(trains, weights):
    """Our network: a population for every kind of synapse."""
    cell = NeuronModel(CELL, parameters=CELL_PARAMETERS, initial=START, variables=("s",), **CELL_OPTIONS)
    network = Network(dt=DT, order="brian2")
    network.population("in", INPUTS, SpikeSourceArray(trains[0] * DT, trains[1]))
    for name, (equations, on_pre, on_post, parameters) in KINDS.items():
        i, j = wires(np.random.default_rng(1))
        model = SynapseModel(
            equations, on_pre=on_pre, on_post=on_post, parameters=parameters, method="euler", name=name
        )
        values = {"w": weights[: i.size]} if "w :" in equations else {}
        network.population(name, SIZE, cell)
        network.project("in", name, FromArrays(i, j), model=model(**values), delay=0.3)
        for variable in ("v", "g", "s"):
            network.probe(name, variable)
    return network


def in_brian2(brian2, trains, weights):
    """The same: name -> variable -> array (STEPS, SIZE)."""
    brian2.defaultclock.dt = DT * brian2.ms
    options = CELL_OPTIONS | {"refractory": 2 * brian2.ms}
    source = brian2.SpikeGeneratorGroup(INPUTS, trains[1], trains[0] * DT * brian2.ms)
    parts, monitors = [source], {}
    scope = vars(brian2)
    for name, (equations, on_pre, on_post, parameters) in KINDS.items():
        constants = {k: eval(v, {}, scope) for k, v in (CELL_PARAMETERS | parameters).items()}
        group = brian2.NeuronGroup(SIZE, CELL, method="euler", namespace=constants, **options)
        group.v = -60 * brian2.mV
        synapses = brian2.Synapses(
            source, group, equations, on_pre=on_pre, on_post=on_post or None, method="euler", namespace=constants
        )
        i, j = wires(np.random.default_rng(1))
        synapses.connect(i=i, j=j)
        synapses.pre.delay = 0.3 * brian2.ms
        if "w :" in equations:
            synapses.w = weights[: i.size]
        monitors[name] = brian2.StateMonitor(group, ["v", "g", "s"], record=True)
        parts += [group, synapses, monitors[name]]
    brian2.Network(*parts).run(STEPS * DT * brian2.ms)
    return {
        name: {"v": np.asarray(m.v).T * 1e3, "g": np.asarray(m.g).T, "s": np.asarray(m.s).T}
        for name, m in monitors.items()
    }


@pytest.mark.slow
@pytest.mark.brian2
def test_synapses_do_what_they_do_in_brian2(brian2):
    rng = np.random.default_rng(0)
    trains = np.nonzero(rng.random((STEPS, INPUTS)) < 0.01)
    weights = rng.uniform(0.2, 0.6, INPUTS * SIZE)
    traces = simulate(described(trains, weights), STEPS * DT).traces
    theirs = in_brian2(brian2, trains, weights)
    for name in KINDS:
        for variable in ("v", "g", "s"):
            ours, expected = traces[f"{name}.{variable}"].values, theirs[name][variable]
            assert np.abs(ours - expected).max() <= NEAR * np.abs(expected).max(), (name, variable)
        assert np.ptp(theirs[name]["v"]) > 10, "a case that tests something"


# Pieces


def pieces(equations="w : 1", post=None, pre=None, **options):
    return SynapseModel(equations, **options).bind(pre, post or NeuronModel(CELL, parameters=CELL_PARAMETERS))


def test_event_driven_variables_are_brought_up_to_date_before_the_statements():
    model = pieces(STDP, on_pre="g += w; Apre += 1", on_post="w = 2*w", parameters={"tau_post": "16*ms"})
    assert model.on_pre.splitlines() == [
        "new_Apre = Apre * math.exp(real(-0.05) * elapsed)",
        "new_Apost = Apost * math.exp(const_1 * elapsed)",
        "Apre = new_Apre",
        "Apost = new_Apost",
        "g_post = g_post + w",
        "Apre = Apre + one",
    ]
    assert model.on_post.splitlines()[-1] == "w = real(2.0) * w"
    assert model.constants({"w": 1.0, "tau_post": 16.0}, 0.1) == {"dt": 0.1, "const_1": -1 / 16}
    assert dict(model.variables) == {"w": "1", "Apre": "1", "Apost": "1"}


def test_names_are_the_synapses_own_first_and_then_the_post_neurons():
    model = pieces("s : 1", on_pre="g += s + v/mV + j - i + N_x*El/mV", parameters={"N_x": 2})
    assert model.on_pre == "g_post = g_post + (s_ + v_post + index_post - index_pre + N_x * El_post)"


def test_built_in_neurons_take_synapses_of_equations_too():
    model = pieces("w : amp", post=IF_curr_exp, pre=IF_curr_exp, on_pre="i_e += w*(v_pre > -50*mV)*rand()")
    assert model.on_pre == "i_e_post = i_e_post + w * (one if v_pre > real(-50.0) else zero) * uniform_0"


@pytest.mark.parametrize(
    ("equations", "options", "message"),
    [
        ("w : 1", {"on_pre": "h += w"}, "SynapseModel, on_pre: undefined name 'h'\n    h += w\n    ^"),
        ("w : volt", {"on_pre": "g += w"}, "on_pre: 'g_post' needs a plain number, but this is a quantity in mV"),
        ("w : 1", {"on_pre": "El = 3*mV"}, "'El' is a constant of its neurons; list it among the `variables`"),
        ("w : 1", {"on_pre": "y_post += w"}, "'y_post' is a subexpression and cannot be written to"),
        ("w : 1 (constant)", {"on_post": "w += 1"}, "w (line 1): 'w' is constant, but is written to"),
        ("dx/dt = -x**2/ms : 1 (event-driven)", {"on_pre": "x += 1"}, "needs linear equations, and this term is not"),
        ("dx/dt = -v_post/mV/ms : 1 (event-driven)", {"on_pre": "x += 1"}, "cannot depend on what changes between"),
        ("dx/dt = -x/ms : 1 (event-driven)\ndz/dt = x/ms : 1", {}, "cannot depend on event-driven variables"),
        ("q_post = 3 : 1 (summed)", {}, "the post neuron has no variable 'q_post'; there are v_post, g_post"),
        ("s = 3 : 1 (summed)", {}, "what is summed goes into a variable of the post neuron, x_post"),
        ("dx/dt = -x/ms : 1 (unless refractory)", {}, "the flag 'unless refractory' is for neurons"),
        ("j : 1", {}, "'j' means something else in synapses"),
        ("dx/dt = -x/ms : 1 (event-driven, clock-driven)", {}, "either event-driven or clock-driven"),
        ("w : 1", {"initial": {"u": 1}}, "SynapseModel.initial: no variable called 'u'"),
    ],
)
def test_errors_of_synapses_name_the_term(equations, options, message):
    with pytest.raises(DescriptionError) as caught:
        pieces(equations, **options)
    assert message in str(caught.value)


def test_a_parameter_without_a_value_is_asked_for():
    network = Network(dt=0.1, order="brian2")
    cell = NeuronModel(CELL, parameters=CELL_PARAMETERS | {"s": 0.5})
    for name in ("a", "b"):
        network.population(name, 2, cell)
    with pytest.raises(DescriptionError, match=r"STP.tau: this parameter has no value; give one with the call"):
        network.project("a", "b", model=SynapseModel("tau : second", on_pre="g += tau/ms", name="STP"))


def test_a_name_of_its_own_that_ends_like_one_of_a_neuron_is_its_own():
    model = pieces(
        "w_post : 1\ntau_post : second", on_pre="g += w_post*tau/tau_post; w_post = 2", initial={"w_post": 3}
    )
    assert model.on_pre.splitlines() == ["g_post = g_post + w_post_ * tau_post / tau_post_", "w_post_ = real(2.0)"]
    assert dict(model.locals) == {"w_post": "w_post_", "tau_post": "tau_post_"}
    assert model.constants({"w_post": 0.0, "tau_post": 7.0}, 0.1)["tau_post_"] == 7.0
    assert dict(model.initial) == {"w_post": "w_post"}

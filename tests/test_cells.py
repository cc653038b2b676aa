"""The built-in neurons that are defined by equations: against Brian2 on the same equations, and PyNN's names."""

import pickle
import re

import numpy as np
import pytest

import neuromem
from equation_models import Case
from equation_steps import Steps
from neuromem.network import neurons
from neuromem.network.cells import CELLS
from neuromem.network.tree import to_tree
from test_equations_methods import SIZE, in_brian2, rows

DRIVE = {
    "EIF_cond_exp_isfa_ista": {"g_e": 0.12, "g_i": 0.002},
    "HH_cond_exp": {"g_e": 0.3, "g_i": 0.01},
    "IF_cond_beta": {"x_e": 0.6, "x_i": 0.01},
    "IF_cond_exp": {"g_e": 0.2, "g_i": 0.01},
    "IF_cond_exp_nmda": {"g_e": 0.05, "g_i": 0.01, "x_n": 0.5},
    "IF_curr_alpha": {"x_e": 30.0, "x_i": 1.0},
    "Izhikevich": {"u": -30.0},
}
"""State at the start that makes a neuron spike."""
PYNN = {
    "IF_curr_alpha": "v_rest cm tau_m tau_refrac tau_syn_E tau_syn_I i_offset v_reset v_thresh",
    "IF_cond_exp": "v_rest cm tau_m tau_refrac tau_syn_E tau_syn_I e_rev_E e_rev_I v_thresh v_reset i_offset",
    "EIF_cond_exp_isfa_ista": (
        "cm tau_refrac v_spike v_reset v_rest tau_m i_offset a b delta_T tau_w v_thresh e_rev_E tau_syn_E e_rev_I "
        "tau_syn_I"
    ),
    "Izhikevich": "a b c d i_offset",
    "HH_cond_exp": (
        "gbar_Na gbar_K g_leak cm v_offset e_rev_Na e_rev_K e_rev_leak e_rev_E e_rev_I tau_syn_E tau_syn_I i_offset"
    ),
}
STEPS = 200


def start(cell):
    """Initial state: its own, and the drive."""
    values = {variable: cell.parameters[name].default for variable, name in cell.initial.items()}
    return values | DRIVE[cell.name]


def as_case(cell, method):
    """The cell as a user of Brian2 writes it: parameters as constants of the namespace."""
    text = "\n".join(line for line in cell.equations.splitlines() if re.search(r"^[^:]*=", line))
    text = re.sub(r"\bcm\b", "capacity", text)  # which is a centimetre to Brian2
    constants = {
        name.replace("cm", "capacity"): f"{p.default}*{units_of(p.unit)}" for name, p in cell.parameters.items()
    }
    initial = {v: f"{x}*{units_of(cell.state[v])}" for v, x in start(cell).items()}
    return Case(text, (method,), constants | {"i_ext": "0*nA"}, initial, steps=STEPS, **cell.text)


def units_of(unit):
    return {"mM": "mmolar"}.get(unit, unit)


@pytest.mark.brian2
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("cell", CELLS.values(), ids=repr)
def test_a_cell_does_what_its_equations_do_in_brian2(brian2, cell):
    exact = cell.method == "exact"  # which Brian2 solves in minutes: compared with rk4
    initial = {k: v * (1 + 0.1 * np.arange(SIZE)) for k, v in start(cell).items()}
    ours, fired = Steps(cell(), SIZE, 0.1, initial).run(STEPS, *rows(cell))
    method = "rk4" if exact else cell.method
    theirs, expected = in_brian2(brian2, as_case(cell, method), method, cell)
    for variable, trace in ours.items():
        scale = np.abs(theirs[variable]).max()
        assert np.abs(theirs[variable] - trace).max() <= (1e-3 if exact else 1e-9) * scale, variable
    assert fired == expected
    assert fired, "a case that tests something"


@pytest.mark.parametrize("name", PYNN)
def test_parameters_are_those_of_pynn(name):
    cell = getattr(neuromem, name)
    assert set(cell.parameters) - {p for p in cell.parameters if p.startswith("initial_")} == set(PYNN[name].split())
    assert cell.parameters["i_offset"].default == 0.0
    assert not cell.signed


def test_a_whole_receptor_peaks_at_the_weight():
    """Alpha functions peak at tau, differences of exponentials where their slopes are equal."""
    neuron = Steps(neuromem.IF_curr_alpha(tau_syn_E=2.0), 1, 0.1, {"x_e": 0.3})
    trace, _ = neuron.run(60, "i_e")
    assert trace["i_e"].max() == pytest.approx(0.3, rel=1e-12)
    assert trace["i_e"].argmax() == 20
    cell = neuromem.IF_cond_beta(tau_rise_E=1.0, tau_decay_E=4.0)
    trace, _ = Steps(cell, 1, 0.001, {"x_e": 0.3}).run(3000, "g_e")
    assert trace["g_e"].max() == pytest.approx(0.3, rel=1e-3)
    assert trace["g_e"].argmax() * 0.001 == pytest.approx(4 / 3 * np.log(4), abs=0.01)


def test_magnesium_blocks_at_rest():
    """Jahr and Stevens (1990), equation 4."""
    share = {v: 1 / (1 + np.exp(-0.062 * v) / 3.57) for v in (-60.0, 0.0)}
    for v, part in share.items():
        cell = neuromem.IF_cond_exp_nmda(v_rest=v, tau_m=1e9, v_thresh=1e3, e_rev_E=v + 1.0, tau_refrac=0.0)
        neuron = Steps(cell, 1, 1e-3, {"v": v, "g_n": 1.0})
        neuron.advance()
        assert neuron.state[0]["v"] - v == pytest.approx(1e-3 * part, rel=1e-3)


@pytest.mark.parametrize("cell", [neuromem.IF_curr_exp, neuromem.IF_curr_delta], ids=repr)
def test_the_models_with_a_form_of_their_own_do_what_their_equations_say(cell):
    """Their steps are closed forms written by hand; here they are integrated exactly from the text."""
    start = {"v": -60.0} | ({"i_e": 0.9, "i_i": 0.1} if "i_e" in cell.state else {})
    values = {"i_offset": 0.9, "tau_refrac": 2.0, "cm": 0.7}
    options = {"threshold": cell.threshold, "reset": cell.reset, "refractory": "tau_refrac", "method": "exact"}
    given = {name: rule.default for name, rule in cell.parameters.items()}
    made = neuromem.NeuronModel(cell.equations, parameters=given, **options)
    ours, fired = Steps(cell(**values), 1, 0.1, start).run(400, *cell.state)
    theirs, expected = Steps(made(**values), 1, 0.1, start).run(400, *cell.state)
    for variable, trace in ours.items():
        np.testing.assert_allclose(trace, theirs[variable], rtol=1e-10, atol=1e-12)
    assert fired == expected
    assert fired


def test_every_built_in_neuron_can_be_read():
    for name in (*neurons.MODELS, *neurons.CELLS):
        assert len(neurons.built_in(name).equations.splitlines()) > 1, name
    assert sorted(neurons.CELLS) == sorted(CELLS)


def test_built_in_neurons_are_stored_by_name(tmp_path):
    """Other models of equations are stored whole, also under such a name."""
    net = neuromem.Network(dt=0.1)
    for name in (*neurons.MODELS, *neurons.CELLS):
        net.population(name, 2, neurons.built_in(name))
    net.population("slow", 2, neuromem.IF_cond_exp(tau_m=[20.0, 40.0]))
    alike = neuromem.NeuronModel("dv/dt = -v/(5*ms) : volt", name="Izhikevich")
    net.population("alike", 2, alike)
    neuromem.save_network(net, tmp_path / "net.h5")
    again = neuromem.load_network(tmp_path / "net.h5")
    assert again == net
    for name, population in net.populations.items():
        model = again.populations[name].neuron.model
        assert (model is population.neuron.model) == (name != "alike")
        assert pickle.loads(pickle.dumps(population.neuron.model)).equations == model.equations
    assert again.populations["slow"].neuron.parameters["tau_m"].tolist() == [20.0, 40.0]
    tree = to_tree(net)["populations"]
    assert "definition" not in tree["slow"]["neuron"]
    assert "definition" in tree["alike"]["neuron"]


def test_weights_are_magnitudes():
    network = neuromem.Network(dt=0.1)
    network.population("in", 1, neuromem.SpikeSourceArray([1.0]))
    network.population("out", 1, neuromem.Izhikevich)
    with pytest.raises(neuromem.DescriptionError, match="is a magnitude"):
        network.project("in", "out", weight=-1.0)
    network.project("in", "out", weight=5.0, receptor="inhibitory")
    assert neuromem.Izhikevich.receive["pynn"].splitlines() == ["v = v + in_excitatory", "v = v - in_inhibitory"]

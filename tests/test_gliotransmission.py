"""Tripartite synapses: the same as in Brian2, with the authors' script and without; two forms of them; bad input."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from neuromem import Network, NeuronModel, SpikeSourceArray, simulate
from neuromem.errors import NeuromemError
from neuromem.experiments import astrocyte_gliotransmission as three
from neuromem.experiments import astrocyte_network as sheet
from neuromem.experiments import runner
from neuromem.network import AllToAll, FromArrays
from neuromem.network import gliotransmission as glia

NEAR = 1e-6


@pytest.fixture
def script():
    """The authors' example, up to where it plots, as it runs without a compiler and a style file."""
    pytest.importorskip("brian2")
    sys.path.insert(0, str(Path(__file__).parent / "foreign"))
    from brian2_source import examples

    try:
        path = examples() / "frompapers" / "Stimberg_et_al_2018" / "example_3_io_synapse.py"
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        pytest.skip(f"Brian2's examples are not here: {error}")
    text = text.partition("# Analysis and plotting")[0].replace(", report='text'", "")
    return re.sub(r"^(import plot_utils|set_device).*$", "", text, flags=re.MULTILINE)


@pytest.mark.slow
@pytest.mark.brian2
@pytest.mark.foreign
def test_three_synapses_do_what_they_do_in_the_authors_script(script):
    import brian2

    ours = simulate(three.described(three.Parameters()), 17_100.0).traces
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    space = {}
    try:
        exec(compile(script, "example_3", "exec"), space)
    finally:
        brian2.prefs.codegen.target = target
    theirs = space["ast_mon"], space["syn_mon"]
    for monitor, name, trace in (
        (theirs[0], "C", "astrocytes.C"), (theirs[0], "G_A", "astrocytes.G_A"), (theirs[1], "Y_S", "synapses.Y"),
    ):  # fmt: skip
        want = np.asarray(getattr(monitor, name)).T  # mM
        np.testing.assert_allclose(ours[trace].values, want, rtol=NEAR, atol=NEAR * want.max(), err_msg=name)
    at = 16_500 + three.SPIKES.astype(int) + 1
    for name in ("u_S", "x_S", "r_S"):
        want = np.asarray(getattr(theirs[1], name)).T[at]
        np.testing.assert_allclose(ours[f"synapses.{name}"].values[at], want, rtol=NEAR, err_msg=name)


@pytest.mark.brian2
def test_an_astrocyte_that_hears_and_is_coupled_does_what_it_does_in_brian2(brian2):
    """Our own text in both: two astrocytes, one of which hears much neurotransmitter, over releases of both."""
    steps, dt = 5000, 2.0
    net = Network(dt=dt, order="brian2")
    net.population("a", 2, glia.astrocyte_gchi(O_delta="1.2*umolar/second"))
    net.population(
        "n", 1, NeuronModel("dY_S/dt = (0.02*mmolar - Y_S)/(2*second) : mmolar\nG_A : mmolar", variables=("G_A",))()
    )
    glia.cover(net, "n", "a", [0], [0], heard=2.0, spoken=0.5)
    net.project("a", "a", FromArrays([0, 1], [1, 0]), model=glia.gap_junction())
    names = ("Gamma_A", "I", "C", "h", "x_A", "G_A")
    for name in names:
        net.probe("a", name)
    net.probe("n", "G_A")
    result = simulate(net, steps * dt)
    traces, spikes = in_brian2(brian2, dt, steps, names)
    assert np.bincount(result.spikes["a"].ids, minlength=2).min() >= 1
    assert result.spikes["a"].times.tolist() == pytest.approx((np.asarray(spikes.t) * 1000).tolist())
    for name in names:
        want = np.asarray(getattr(traces, name)).T
        got = result.traces[f"a.{name}"].values
        np.testing.assert_allclose(got, want, rtol=NEAR, atol=NEAR * np.abs(want).max(), err_msg=name)
    spoken, said = result.traces["n.G_A"].values[1:, 0], result.traces["a.G_A"].values[:-1, 0]
    np.testing.assert_allclose(spoken, 0.5 * said, rtol=1e-12)


def in_brian2(brian2, dt, steps, names):
    """(traces, spikes) of the same in Brian2."""
    brian2.defaultclock.dt = dt * brian2.ms
    rules, scope = glia.astrocyte_gchi.parameters, vars(brian2)
    given = {**glia._ASTROCYTE, "O_delta": "1.2*umolar/second"}
    constants = {k: eval(v, {}, dict(scope)) if isinstance(v, str) else v for k, v in given.items()}
    assert set(given) <= set(rules)
    a = brian2.NeuronGroup(
        2, glia.GCHI, threshold="C > C_Theta", refractory="C > C_Theta", method="rk4",
        reset="G_A += rho_e*G_T*U_A*x_A; x_A -= U_A*x_A",
        namespace={k: v for k, v in constants.items() if k not in ("I_bias", "F_ex")},
    )  # fmt: skip
    a.x_A, a.h, a.C, a.I = 1.0, 0.9, 0.01 * brian2.umolar, 0.01 * brian2.umolar
    n = brian2.NeuronGroup(1, "dY_S/dt = (0.02*mmolar - Y_S)/(2*second) : mmolar", method="exact")
    hear = brian2.Synapses(n, a, "Y_S_post = 2*Y_S_pre : mmolar (summed)")
    hear.connect(i=[0], j=[0])
    gap = brian2.Synapses(
        a, a, """gap = I_post - I_pre : mmolar
        J_coupling_post = -F/2*(1 + tanh((abs(gap) - I_Theta)/omega_I))*sign(gap) : mmolar/second (summed)""",
        namespace=constants | {"F": 0.09 * brian2.umolar / brian2.second},
    )  # fmt: skip
    gap.connect(i=[0, 1], j=[1, 0])
    traces, spikes = brian2.StateMonitor(a, names, record=True), brian2.SpikeMonitor(a)
    brian2.Network(a, n, hear, gap, traces, spikes).run(steps * dt * brian2.ms)
    return traces, spikes


def wired(text, parameters, variables, synapse):
    """20 sources onto two neurons under one astrocyte that releases soon."""
    rng = np.random.default_rng(3)
    times, ids = np.nonzero(rng.random((1200, 20)) < 0.02)
    net = Network(dt=1.0, order="brian2")
    cell = NeuronModel("dg_e/dt = -g_e/(5*ms) : siemens\n" + text, parameters=parameters, variables=variables)
    net.population("in", 20, SpikeSourceArray(times.astype(float), ids))
    net.population("n", 2, cell())
    net.population("a", 1, glia.astrocyte_gchi(initial_C="0.45*umolar", initial_I="1*umolar"))
    net.project("in", "n", AllToAll(), model=synapse(w="0.3*nS"))
    glia.cover(net, "n", "a", [0], [0], heard=0.05)
    for population, variable in (("n", "g_e"), ("n", "Y_S"), ("n", "G_A"), ("a", "Gamma_A")):
        net.probe(population, variable)
    return simulate(net, 1200.0)


@pytest.mark.slow
def test_synapses_under_one_astrocyte_may_share_their_receptors():
    """`covered_synapse` does what `tripartite_synapse` does, but that Y_S and receptors are seen a step earlier."""
    full = wired(glia.COVER, {}, ("G_A", "Y_S"), glia.tripartite_synapse)
    shared = wired(glia.SHARED, glia.SHARED_PARAMETERS, ("G_A",), glia.covered_synapse)
    assert full.spikes["a"].times.size == shared.spikes["a"].times.size == 1
    for name in ("n.g_e", "n.Y_S", "a.Gamma_A", "n.G_A"):
        one, two = (run.traces[name].values for run in (full, shared))
        assert one.max() > 0
        late = 1 if name == "n.Y_S" else 0
        np.testing.assert_allclose(one[late:], two[: one.shape[0] - late], atol=0.03 * one.max(), err_msg=name)
    last = full.traces["n.g_e"].values[600:].mean(axis=0)
    assert last[0] < 0.9 * last[1], "the covered neuron receives less"


def test_neighbours_of_a_sheet():
    pairs = set(zip(*sheet.neighbours(3, 4).tolist()))
    assert len(pairs) == 2 * (2 * 4 + 3 * 3)
    assert all({abs(a // 4 - b // 4), abs(a % 4 - b % 4)} == {0, 1} and (b, a) in pairs for a, b in pairs)


def test_gliotransmission_lowers_release_or_raises_it():
    found = runner.run("astrocyte-gliotransmission", quick=True)
    free, weak, strong = found["first_release_probability"]
    assert free == pytest.approx(0.6)
    assert max(weak, strong) < 0.2
    assert found["releases_of_the_astrocytes"] == [1, 1]
    assert found["second_over_first_release"][0] < 1 < found["second_over_first_release"][1]
    bound = found["receptors_bound_at_the_first_spike"]
    assert [free, weak, strong] == pytest.approx([0.6 * (1 - b) for b in bound], rel=1e-3)
    raised = runner.run("astrocyte-gliotransmission", {"transient": 4.0, "alpha": 1.0})
    assert min(raised["first_release_probability"][1:]) > 0.9


@pytest.mark.slow
def test_the_network_runs_at_small_size():
    p = {"rows": 8, "columns": 6, "seconds": 0.6, "p_factor": 5.0, "step": 0.2, "dt": 0.5}
    found = runner.run("astrocyte-network", p)
    assert found["excitatory_rate_during"] > found["excitatory_rate_before"]
    assert found["excitatory_synapses"] == pytest.approx(48 * 60 * 0.25, rel=0.2)
    assert found["largest_mean_calcium"] > 0
    assert found == {**runner.run("astrocyte-network", p), "seconds": found["seconds"]}


def unknown_to_synapses():
    """A parameter of a synapse is looked up when both sides are known."""
    net = Network(dt=0.1, order="brian2")
    net.population("in", 1, SpikeSourceArray([1.0]))
    net.population("n", 1, NeuronModel("g_e : siemens\n" + glia.COVER, variables=("g_e", "G_A", "Y_S"))())
    net.project("in", "n", model=glia.tripartite_synapse(Omega_q=1.0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: glia.astrocyte_gchi(C_Theta="1*mV"),
        unknown_to_synapses,
        lambda: runner.run("astrocyte-gliotransmission", {"alpha": 2.0}),
        lambda: runner.run("astrocyte-gliotransmission", {"bias": (1.0,)}),
        lambda: runner.run("astrocyte-network", {"p_factor": 6.0}),
        lambda: runner.run("astrocyte-network", {"dt": 0.3}),
    ],
)
def test_bad_values_are_refused(make):
    with pytest.raises(NeuromemError):
        make()


def test_cover_refuses_what_does_not_fit_and_changes_nothing():
    net = Network(dt=0.1, order="brian2")
    net.population("n", 2, NeuronModel(glia.COVER, variables=("G_A", "Y_S"))())
    net.population("a", 1, glia.astrocyte_gchi())
    net.population("deaf", 1, NeuronModel("v : volt", variables=("v",))())
    before = net.copy()
    for neurons, neuron, astrocyte in (("n", [0, 1], [0]), ("n", [0], [1]), ("n", [2], [0]), ("deaf", [0], [0])):
        with pytest.raises(NeuromemError):
            glia.cover(net, neurons, "a", neuron, astrocyte)
        assert net == before

"""`from_brian2`: what it makes of groups and synapses, and what it refuses, by name and all at once."""

import sys

import numpy as np
import pytest

import neuromem
from neuromem import DescriptionError, NotSupportedError
from neuromem.network import AllToAll, FromArrays, OneToOne


def test_groups_subgroups_and_weights_become_populations_and_projections(brian2):
    tau, jump = 10 * brian2.ms, 2 * brian2.mV  # found as names of the caller
    group = brian2.NeuronGroup(
        6, "dv/dt = -v/tau : volt", threshold="v > 10*mV", reset="v = 0*mV", method="exact", name="cells"
    )
    group.v = np.arange(6) * brian2.mV
    some = brian2.Synapses(group[:2], group[3:], on_pre="v += jump", delay=1 * brian2.ms, name="some")
    some.connect(i=[0, 1, 1], j=[0, 2, 1])
    each = brian2.Synapses(group, group, "w : volt", on_pre="v_post -= 2*w", name="each")
    each.connect(j="i")
    each.w = np.arange(6) * brian2.mV
    full = brian2.Synapses(group, group, on_pre="v += 1*mV", name="full")
    full.connect()
    net = neuromem.from_brian2(brian2.Network(group, some, each, full))
    assert net.order == "brian2"
    assert net.dt == 0.1
    np.testing.assert_allclose(net.populations["cells"].initial["v"], np.arange(6.0))
    assert list(net.projections) == ["each", "full", "some"]  # in the order in which Brian2 runs them
    wires = net.projections["some"].connector
    assert isinstance(wires, FromArrays)
    assert (wires.pre.tolist(), wires.post.tolist()) == ([0, 1, 1], [3, 5, 4])
    assert (net.projections["some"].weight, net.projections["some"].delay) == pytest.approx((2.0, 1.0))
    assert isinstance(net.projections["each"].connector, OneToOne)
    np.testing.assert_allclose(net.projections["each"].weight, -2.0 * np.arange(6), rtol=1e-7)
    assert isinstance(net.projections["full"].connector, AllToAll)
    assert float(tau) > float(jump)


def test_everything_without_a_translation_is_named_at_once(brian2):
    first = brian2.NeuronGroup(
        2, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact", name="first"
    )
    other = brian2.NeuronGroup(
        2, "dv/dt = (x - v)/(10*ms) : 1\nx : 1 (linked)", events={"peak": "v > 2"}, method="euler", name="other"
    )
    other.x = brian2.linked_var(first, "v")

    @brian2.network_operation(name="operation")
    def operation():
        pass

    slow = brian2.NeuronGroup(1, "v : 1", dt=1 * brian2.ms, name="slow")
    with pytest.raises(DescriptionError) as refused:
        neuromem.from_brian2(brian2.Network(first, other, operation, slow), {})
    said = str(refused.value)
    assert "4 things have no translation" in said
    assert "other: 'x : 1 (linked)' is linked to a variable of another group" in said
    assert "other: has an event 'peak' of its own, 'v > 2'" in said
    assert "operation: is a NetworkOperation" in said
    assert "slow: has a time step of 1. ms" in said


def test_a_users_own_function_is_named_with_the_equation(brian2):
    @brian2.check_units(x=1, result=1)
    def squash(x):
        return x / (1 + abs(x))

    group = brian2.NeuronGroup(1, "dv/dt = -squash(v)/(10*ms) : 1", method="euler", name="cells")
    with pytest.raises(
        DescriptionError, match=r"cells: 'squash' in '-squash\(v\)/\(10\*ms\)' is a function of one's own"
    ):
        neuromem.from_brian2(brian2.Network(group))


@pytest.mark.parametrize(("name", "order", "refused"), [("after", 0, True), ("after", 1, False), ("other", 0, False)])
def test_clock_driven_synapses_that_run_before_their_neurons_are_refused(brian2, name, order, refused):
    """Brian2 runs what is in one slot by name; here neurons come first."""
    cells = brian2.NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", method="euler", name="neurons")
    wires = brian2.Synapses(cells, cells, "dz/dt = (v_post - z)/(5*ms) : 1 (clock-driven)", method="euler", name=name)
    wires.connect()
    wires.state_updater.order = order
    network = brian2.Network(cells, wires)
    if refused:
        with pytest.raises(DescriptionError, match="after: its clock-driven equations read v_post of neurons before"):
            neuromem.from_brian2(network, {})
    else:
        assert list(neuromem.from_brian2(network, {}).projections) == [name]


def test_a_generator_with_a_period_begins_again(brian2):
    """The last spike lies in the last step of the period, and one source spikes in the first."""
    given = brian2.SpikeGeneratorGroup(
        3, [0, 2, 1, 0], [0.0, 0.3, 1.2, 1.9] * brian2.ms, period=2 * brian2.ms, name="given"
    )
    monitor = brian2.SpikeMonitor(given)
    theirs = brian2.Network(given, monitor)
    ours = neuromem.simulate(neuromem.from_brian2(theirs, {}), 9.0).spikes["given"]
    theirs.run(9 * brian2.ms)
    steps = np.rint(np.asarray(monitor.t / brian2.ms) / 0.1).astype(int)
    wanted = sorted(zip(steps.tolist(), np.asarray(monitor.i).tolist()))
    assert sorted(zip(np.rint(ours.times / 0.1).astype(int).tolist(), ours.ids.tolist())) == wanted
    assert len(wanted) == 18


def test_a_period_that_is_too_long_for_a_table_is_refused(brian2):
    given = brian2.SpikeGeneratorGroup(2000, [0], [0] * brian2.ms, period=6 * brian2.second, name="given")
    with pytest.raises(DescriptionError, match="given: a period of 60,000 steps of 2,000 sources takes a table"):
        neuromem.from_brian2(brian2.Network(given), {})


def test_without_brian2_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "brian2", None)
    for call in (neuromem.from_brian2, neuromem.to_brian2):
        with pytest.raises(NotSupportedError, match=r"install neuromem\[brian2\]"):
            call(neuromem.Network())

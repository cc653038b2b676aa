"""Descriptions: validated at once with messages that name the object, printable, equal to themselves after a file."""

import copy

import numpy as np
import pytest

from networks import random_network
from neuromem import io
from neuromem.errors import DescriptionError
from neuromem.network import (
    AllButSelf,
    AllToAll,
    FixedInDegree,
    FixedProbability,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    OneShotHebb,
    OneToOne,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
    StepCurrent,
)
from neuromem.network.tree import from_tree, to_tree

RULES = ("immediate", "deferred", "incoming", "outgoing")


def network():
    net = Network(1.0, "spinnaker")
    net.population("in", 3, SpikeSourceArray([1.0], [2]))
    net.population("out", 4, IF_curr_exp())
    net.population("jump", 3, IF_curr_delta())
    return net


def project(**options):
    return lambda net: net.project("in", "out", **{"name": "wires", **options})


def mistakes(name, *rows):
    """Parameters of a test: (identifier, words the message must hold, what is done)."""
    return [pytest.param(words, act, id=f"{name}-{number}") for number, (words, act) in enumerate(rows)]


NAN, INF = float("nan"), float("inf")
VALUES = mistakes(
    "value",
    ("Network.dt", lambda net: Network(0.0)),
    ("Network.dt", lambda net: Network(-1.0)),
    ("Network.dt", lambda net: Network(NAN)),
    ("Network.dt", lambda net: Network(INF)),
    ("Network.dt", lambda net: Network("1")),
    ("Network.dt", lambda net: Network(None)),
    ("Network.dt", lambda net: Network([1.0, 2.0])),
    ("Network.order", lambda net: Network(1.0, "nest")),
    ("Network.order", lambda net: Network(1.0, ["pynn"])),
    ("IF_curr_exp.*tau$|IF_curr_exp.*'tau'", lambda net: IF_curr_exp(tau=1.0)),
    ("IF_curr_exp.tau_m.*greater than 0", lambda net: IF_curr_exp(tau_m=0.0)),
    ("IF_curr_exp.cm", lambda net: IF_curr_exp(cm=-1.0)),
    ("IF_curr_exp.tau_syn_E", lambda net: IF_curr_exp(tau_syn_E=[1.0, 0.0])),
    ("IF_curr_exp.tau_refrac.*at least 0", lambda net: IF_curr_exp(tau_refrac=-1.0)),
    ("IF_curr_delta.v_rest.*finite", lambda net: IF_curr_delta(v_rest=NAN)),
    ("IF_curr_delta.v_rest", lambda net: IF_curr_delta(v_rest="low")),
    ("IF_curr_delta.v_reset.*v_thresh", lambda net: IF_curr_delta(v_reset=-50.0, v_thresh=-50.0)),
    ("IF_curr_exp.v_", lambda net: IF_curr_exp(v_reset=[-70.0] * 3, v_thresh=[-50.0] * 2)),
    ("SpikeSourceArray.times", lambda net: SpikeSourceArray([-1.0])),
    ("SpikeSourceArray.times", lambda net: SpikeSourceArray([NAN])),
    ("SpikeSourceArray.times", lambda net: SpikeSourceArray([[1.0], [2.0, 3.0]])),
    ("SpikeSourceArray", lambda net: SpikeSourceArray([[1.0, 2.0]])),
    ("SpikeSourceArray.ids", lambda net: SpikeSourceArray([1.0, 2.0], [0])),
    ("SpikeSourceArray.ids", lambda net: SpikeSourceArray([1.0], [-1])),
    ("SpikeSourceArray.ids", lambda net: SpikeSourceArray([1.0], [0.5])),
    ("SpikeSourceArray.ids", lambda net: SpikeSourceArray([1.0], [NAN])),
    ("SpikeSourcePoisson.rate", lambda net: SpikeSourcePoisson(-1.0)),
    ("SpikeSourcePoisson.rate", lambda net: SpikeSourcePoisson(INF)),
    ("SpikeSourcePoisson.start", lambda net: SpikeSourcePoisson(1.0, start=-1.0)),
    ("SpikeSourcePoisson.start", lambda net: SpikeSourcePoisson(1.0, start=[1.0, 2.0])),
    ("SpikeSourcePoisson.duration", lambda net: SpikeSourcePoisson(1.0, duration=-1.0)),
    ("StepCurrent into out.amplitudes", lambda net: StepCurrent("out", [0.0, 1.0], [1.0])),
    ("StepCurrent into out.amplitudes", lambda net: StepCurrent("out", [0.0], [NAN])),
    ("StepCurrent into out.times.*increase", lambda net: StepCurrent("out", [1.0, 1.0], [1.0, 2.0])),
    ("StepCurrent into out.times", lambda net: StepCurrent("out", [-1.0], [1.0])),
    ("StepCurrent into out.ids", lambda net: StepCurrent("out", [1.0], [1.0], [-1])),
    ("FixedProbability.p", lambda net: FixedProbability(1.1)),
    ("FixedProbability.p", lambda net: FixedProbability(-0.1)),
    ("FixedProbability.p", lambda net: FixedProbability(NAN)),
    ("FixedProbability.p", lambda net: FixedProbability([0.1, 0.2])),
    ("FixedInDegree.k", lambda net: FixedInDegree(-1)),
    ("FixedInDegree.k", lambda net: FixedInDegree(1.0)),
    ("FixedInDegree.k", lambda net: FixedInDegree(True)),
    ("FromArrays.post", lambda net: FromArrays([0, 1], [0])),
    ("FromArrays.pre", lambda net: FromArrays([-1], [0])),
    ("FromArrays.pre", lambda net: FromArrays([-0.5], [0])),
    ("FromArrays.pre", lambda net: FromArrays([NAN], [0])),
    ("FromArrays", lambda net: FromArrays([[0]], [[0]])),
    ("FromArrays.pre|pre index|wires", lambda net: project(connector=FromArrays([2**32], [0]))(net)),
    ("SpikePairSTDP.tau_plus", lambda net: SpikePairSTDP(tau_plus=0.0)),
    ("SpikePairSTDP.tau_minus", lambda net: SpikePairSTDP(tau_minus=[1.0, 2.0])),
    ("SpikePairSTDP.a_plus", lambda net: SpikePairSTDP(a_plus=-1.0)),
    ("SpikePairSTDP.w_max", lambda net: SpikePairSTDP(w_min=2.0, w_max=1.0)),
    ("SpikePairSTDP.update", lambda net: SpikePairSTDP(update="late")),
    ("OneShotHebb.total", lambda net: OneShotHebb(total=0.0)),
    ("OneShotHebb.exponent", lambda net: OneShotHebb(exponent=-1.0)),
    ("OneShotHebb.over", lambda net: OneShotHebb(over="both")),
)
POPULATIONS = mistakes(
    "population",
    ("population ''", lambda net: net.population("", 1, IF_curr_exp())),
    ("population 5", lambda net: net.population(5, 1, IF_curr_exp())),
    ("population 'a/b'", lambda net: net.population("a/b", 1, IF_curr_exp())),
    ("population 'a.b'", lambda net: net.population("a.b", 1, IF_curr_exp())),
    ("population out.*already", lambda net: net.population("out", 1, IF_curr_exp())),
    ("new.size", lambda net: net.population("new", 0, IF_curr_exp())),
    ("new.size", lambda net: net.population("new", 2.0, IF_curr_exp())),
    ("new.size", lambda net: net.population("new", True, IF_curr_exp())),
    ("new.neuron", lambda net: net.population("new", 1, "IF_curr_exp")),
    ("new.neuron", lambda net: net.population("new", 1, SpikeSourceArray)),
    ("new.tau_m.*2 neurons", lambda net: net.population("new", 2, IF_curr_exp(tau_m=[1.0, 2.0, 3.0]))),
    ("new.tau_refrac.*multiple", lambda net: net.population("new", 2, IF_curr_exp(tau_refrac=0.5))),
    ("new.ids.*3.*2", lambda net: net.population("new", 2, SpikeSourceArray([1.0], [3]))),
    ("new.times.*1.5 ms.*multiple", lambda net: net.population("new", 2, SpikeSourceArray([1.5]))),
    ("new.rate.*2 neurons", lambda net: net.population("new", 2, SpikeSourcePoisson([1.0]))),
    ("new.rate.*1000", lambda net: net.population("new", 2, SpikeSourcePoisson(1001.0))),
    ("new.start.*multiple", lambda net: net.population("new", 2, SpikeSourcePoisson(1.0, 0.5))),
    ("new.duration.*multiple", lambda net: net.population("new", 2, SpikeSourcePoisson(1.0, 0.0, 0.5))),
    ("new.initial.*'w'", lambda net: net.population("new", 2, IF_curr_exp(), {"w": 1.0})),
    ("new.initial.*'i_e'", lambda net: net.population("new", 2, IF_curr_delta(), {"i_e": 1.0})),
    ("new.initial.*'v'", lambda net: net.population("new", 2, SpikeSourceArray(), {"v": 1.0})),
    (r"new.initial\['v'\].*finite", lambda net: net.population("new", 2, IF_curr_exp(), {"v": NAN})),
    (r"new.initial\['v'\].*2 neurons", lambda net: net.population("new", 2, IF_curr_exp(), {"v": [1.0] * 3})),
)
PROJECTIONS = mistakes(
    "projection",
    ("nobody->out: unknown population 'nobody'.*in, out", lambda net: net.project("nobody", "out")),
    ("in->nobody: unknown population 'nobody'", lambda net: net.project("in", "nobody")),
    ("unknown population", lambda net: net.project(["in"], "out")),
    ("out->in: in is a spike source", lambda net: net.project("out", "in")),
    ("out: .*already", project(name="out")),
    ("a.b", project(name="a.b")),
    ("a/b", project(name="a/b")),
    ("5", project(name=5)),
    ("wires.receptor.*'gaba'", project(receptor="gaba")),
    ("wires.connector", project(connector="all")),
    ("wires.connector", project(connector=AllToAll)),
    ("wires: one-to-one.*3 and 4", project(connector=OneToOne())),
    ("wires: .*in-degree of 4", project(connector=FixedInDegree(4))),
    ("wires: pre index 3.*3", project(connector=FromArrays([3], [0]))),
    ("wires: post index 4.*4", project(connector=FromArrays([0], [4]))),
    ("wires.weight.*inhibitory", project(weight=-1.0)),
    ("wires.weight.*inhibitory", project(weight=np.full((3, 4), -1.0))),
    ("wires.weight.*finite", project(weight=NAN)),
    ("wires.weight.*finite", project(connector=FromArrays([0, 1], [0, 1]), weight=[1.0, INF])),
    ("wires.weight", project(weight=1e39)),
    ("wires.weight", project(connector=FromArrays([0, 1], [0, 1]), weight=[1.0, 1e39])),
    ("wires.weight", project(weight="strong")),
    ("wires.weight.*12 synapses", project(weight=np.ones(3))),
    ("wires.weight.*12 synapses", project(weight=np.ones((4, 3)))),
    ("wires.weight.*random", project(connector=FixedProbability(0.5), weight=np.ones(12))),
    ("wires.weight.*2 synapses", project(connector=FromArrays([0, 1], [0, 1]), weight=[1.0])),
    ("wires.weight.*9 synapses", project(connector=AllButSelf(), weight=np.ones(12))),
    ("wires.delay.*at least one step", project(delay=0.0)),
    ("wires.delay.*at least one step", project(delay=-1.0)),
    ("wires.delay: must be at least one step.*0.5 ms", project(delay=0.5)),
    ("wires.delay.*2.5 ms.*multiple", project(connector=FromArrays([0, 1], [0, 1]), delay=[1.0, 2.5])),
    ("wires.delay.*finite", project(delay=NAN)),
    ("wires.delay", project(delay=1e15)),
    ("wires.delay", project(delay=1e300)),
    ("wires.delay.*12 synapses", project(delay=np.ones(5))),
    ("wires.plasticity", project(plasticity="stdp")),
    ("wires.plasticity", project(plasticity=OneShotHebb)),
)
INPUTS_AND_PROBES = mistakes(
    "input",
    ("unknown population 'nobody'", lambda net: net.current("nobody", [0.0], [1.0])),
    ("StepCurrent into in.*spike source", lambda net: net.current("in", [0.0], [1.0])),
    ("StepCurrent into out.ids: 4 .* population of 4", lambda net: net.current("out", [0.0], [1.0], [4])),
    ("StepCurrent into out.times.*multiple", lambda net: net.current("out", [0.5], [1.0])),
    ("unknown population 'nobody'", lambda net: net.probe("nobody", "v")),
    ("probe of out: .*'w'", lambda net: net.probe("out", "w")),
    ("probe of jump: .*'i_e'", lambda net: net.probe("jump", "i_e")),
    ("probe of in: .*'v'", lambda net: net.probe("in", "v")),
    ("probe of wires: .*'v'", lambda net: (project()(net), net.probe("wires", "v"))),
    ("probe of out.every.*at least one", lambda net: net.probe("out", "v", every=0.0)),
    ("probe of out.every.*multiple", lambda net: net.probe("out", "v", every=1.5)),
    ("probe of out.every", lambda net: net.probe("out", "v", every=[1.0, 2.0])),
    ("probe of out.ids: 4 .* population of 4", lambda net: net.probe("out", "v", ids=[4])),
    ("probe of out.ids", lambda net: net.probe("out", "v", ids=[-1])),
    ("probe of out.ids", lambda net: net.probe("out", "v", ids=[0.5])),
    ("probe of wires.*12", lambda net: (project()(net), net.probe("wires", "weight", ids=[12]))),
    ("probe of out: v is already", lambda net: (net.probe("out", "v"), net.probe("out", "v", ids=[1]))),
)


@pytest.mark.parametrize(("words", "act"), VALUES + POPULATIONS + PROJECTIONS + INPUTS_AND_PROBES)
def test_a_mistake_is_one_sentence_that_names_its_object(words, act):
    net = network()
    before = to_tree(net)["projections"]
    with pytest.raises(DescriptionError, match=words) as caught:
        act(net)
    text = str(caught.value)
    assert "\n" not in text
    assert 15 < len(text) < 250
    assert to_tree(net)["projections"].keys() - {"wires"} == before.keys()


# ---- what is accepted


def test_accepted_forms():
    net = network()
    assert net.population("model", 1, IF_curr_exp).neuron.parameters["tau_m"] == 20.0
    assert net.project(net.populations["in"], net.populations["out"]).name == "in->out"
    assert net.project("in", "out").name == "in->out (2)"
    assert net.project("in", "out").name == "in->out (3)"
    assert net.project("in", "out", weight=np.ones((3, 4)), delay=np.ones(12)).weight.shape == (3, 4)
    assert net.project("in", "out", FromArrays(1, 2), weight=[3]).weight.tolist() == [3.0]
    assert net.project("out", "out", AllButSelf(), weight=np.ones(12)).weight.size == 12
    assert net.project("in", "out", delay=0.1 * 30).delay == pytest.approx(3.0)
    assert SpikeSourceArray.from_lists([]).times.size == 0
    assert SpikeSourceArray(5).times.tolist() == [5.0]
    net.current("out", 0.0, 1.0)
    net.probe("in->out (2)", "weight", every=5)


def test_a_default_name_avoids_populations_too():
    net = network()
    net.population("in->out", 1, IF_curr_exp())
    assert net.project("in", "out").name != "in->out"


def test_spike_lists():
    source = SpikeSourceArray.from_lists([[5.0, 1.0], [], [3.0, 1.0]])
    assert source.times.tolist() == [1.0, 1.0, 3.0, 5.0]
    assert source.ids.tolist() == [0, 2, 2, 0]


def test_a_description_does_not_share_the_callers_arrays():
    net = network()
    given = {name: np.ones(2, kind) for name, kind in (("weight", np.float32), ("delay", np.float64))}
    pre = np.array([0, 1], np.int32)
    times, tau = np.array([1.0, 2.0]), np.full(2, 5.0)
    net.project("in", "out", FromArrays(pre, [0, 1]), **given, name="wires")
    net.population("a", 2, SpikeSourceArray(times))
    net.population("b", 2, IF_curr_exp(tau_m=tau))
    before = copy.deepcopy(to_tree(net))
    for array in (*given.values(), pre, times, tau):
        array[:] = 7
    assert repr(to_tree(net)) == repr(before)


@pytest.mark.brian2
def test_quantities_of_brian2(brian2):
    ms, mV, nA, nF, Hz, uS = (getattr(brian2, name) for name in ("ms", "mV", "nA", "nF", "Hz", "uS"))
    net = Network(0.1 * ms)
    assert net.dt == pytest.approx(0.1)
    neuron = IF_curr_exp(v_thresh=-48.0 * mV, cm=0.5 * nF, tau_m=[9.0, 8.0] * ms, i_offset=300 * brian2.pA)
    assert neuron.parameters["v_thresh"] == pytest.approx(-48.0)
    assert neuron.parameters["tau_m"] == pytest.approx([9.0, 8.0])
    assert neuron.parameters["i_offset"] == pytest.approx(0.3)
    net.population("a", 2, neuron, {"v": -60 * mV})
    net.population("p", 2, SpikeSourcePoisson(40 * Hz, start=1 * ms))
    assert net.project("p", "a", weight=2 * nA, delay=1.5 * ms).delay == pytest.approx(1.5)
    with pytest.raises(DescriptionError, match="a->a.weight.*nA"):
        net.project("a", "a", weight=2 * mV)
    with pytest.raises(DescriptionError, match="IF_curr_exp.tau_m.*ms"):
        IF_curr_exp(tau_m=2 * uS)
    with pytest.raises(DescriptionError, match="FixedProbability.p"):
        FixedProbability(0.5 * ms)


# ---- equality, trees, files, tables


@pytest.mark.parametrize("order", ["pynn", "spinnaker"])
@pytest.mark.parametrize("size", [1, 7])
def test_a_network_is_itself_after_a_tree_and_a_file(tmp_path, order, size):
    net = random_network(size, order, size, RULES)
    net.probe("exp", "v", every=2 * net.dt, ids=[0])
    net.probe("array->exp", "weight")
    assert net == from_tree(to_tree(net))
    io.save(tmp_path / "net.h5", "network", to_tree(net))
    again = from_tree(io.load(tmp_path / "net.h5", "network").tree)
    assert again == net
    assert list(again.populations) == list(net.populations)
    assert list(again.projections) == list(net.projections)
    assert str(again) == str(net)
    assert net == copy.deepcopy(net)


CHANGES = [
    lambda net: net.population("new", 1, IF_curr_exp()),
    lambda net: net.project("in", "out"),
    lambda net: net.current("out", [1.0], [2.0]),
    lambda net: net.probe("out", "v"),
    lambda net: setattr(net, "dt", 0.5),
    lambda net: setattr(net, "order", "pynn"),
    lambda net: net.populations.update(out=Network(1.0).population("out", 4, IF_curr_exp(tau_m=9.0))),
    lambda net: net.populations.update(jump=Network(1.0).population("jump", 3, IF_curr_delta(), {"v": -60.0})),
    lambda net: net.populations.update({"in": Network(1.0).population("in", 3, SpikeSourceArray([2.0], [2]))}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_part_counts_for_equality(change):
    net = network()
    assert net == network()
    change(net)
    assert net != network()
    assert net != "network"
    with pytest.raises(TypeError):
        hash(net)


def test_the_order_of_populations_counts():
    a, b = Network(1.0), Network(1.0)
    for net, names in ((a, "xy"), (b, "yx")):
        for name in names:
            net.population(name, 1, IF_curr_exp())
    assert a != b


BROKEN = [
    ("lacks", lambda tree: tree.pop("dt")),
    ("lacks", lambda tree: tree["populations"]["out"].pop("neuron")),
    ("'Hodgkin'", lambda tree: tree["populations"]["out"]["neuron"].update(type="Hodgkin")),
    ("tau_x", lambda tree: tree["populations"]["out"]["neuron"].update(tau_x=1.0)),
    ("color", lambda tree: tree["populations"]["in"]["neuron"].update(color=1.0)),
    ("'Ring'", lambda tree: tree["projections"]["in->out"]["connector"].update(type="Ring")),
    ("'Oja'", lambda tree: tree["projections"]["in->out"]["plasticity"].update(type="Oja")),
    ("negative", lambda tree: tree["projections"]["in->out"].update(weight=-1.0)),
    ("nest", lambda tree: tree.update(order="nest")),
    ("populations", lambda tree: tree.update(populations=3)),
]


@pytest.mark.parametrize(("words", "damage"), BROKEN)
def test_a_damaged_tree_is_refused(words, damage):
    net = network()
    net.project("in", "out", plasticity=OneShotHebb())
    tree = copy.deepcopy(to_tree(net))
    damage(tree)
    with pytest.raises(DescriptionError, match=words):
        from_tree(tree)


def test_tables():
    net = network()
    net.population("cue [b]", 2, IF_curr_exp(tau_m=[5.0, 7.5], cm=0.25))
    net.project("in", "cue [b]", weight=np.arange(6.0).reshape(3, 2), delay=2.0, plasticity=OneShotHebb())
    net.project("in", "jump", FixedProbability(0.5), receptor="inhibitory", name="block")
    net.project("in", "out", FromArrays([], []), weight=[], delay=[])
    text = str(net)
    for words in (
        "dt 1 ms, order spinnaker",
        "cue [b]",
        "tau_m 5 to 7.5",
        "cm 0.25",
        "SpikeSourceArray",
        "0 to 5 nA",
        "1 mV",
        "OneShotHebb",
        "inhibitory",
        "block",
        "FixedProbability",
    ):
        assert words in text, words
    assert max(map(len, text.splitlines())) <= 140
    assert "population" in str(Network(0.1))
    assert repr(net) == "Network(dt=1, order='spinnaker': 4 populations, 3 projections)"

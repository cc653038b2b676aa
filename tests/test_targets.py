"""What all chips have in common: a spike agreement in every report, and one error for whatever cannot be done."""

import numpy as np
import pytest

from networks import raster
from neuromem import hardware, simulate
from neuromem.cli import main
from neuromem.errors import DescriptionError, FitError, NotSupportedError, StoreError, UsageError
from neuromem.models import CA3Memory, ModernHopfield
from neuromem.network import IF_curr_exp, Network, SpikeSourceArray
from neuromem.network.tree import save_network


@pytest.fixture(params=hardware.targets())
def chip(request):
    return hardware.target(request.param)


@pytest.fixture
def no_engine(monkeypatch):
    """The engine takes long to compile: here a chip is compared with itself."""
    for name in hardware.targets():
        monkeypatch.setattr("neuromem.hardware.comparison.simulate", hardware.target(name).emulate)


def pair(weight=1.0, **neuron):
    net = Network(1.0, "spinnaker")
    rng = np.random.default_rng(1)
    times = np.argwhere(rng.random((60, 5)) < 0.3)
    net.population("in", 5, SpikeSourceArray(times[:, 0], times[:, 1]))
    net.population("out", 8, IF_curr_exp(tau_refrac=2.0, v_reset=-66.0, **neuron))
    net.project("in", "out", weight=weight * rng.gamma(2.0, 2.0, (5, 8)), delay=rng.integers(1, 6, (5, 8)))
    return net


def test_every_loss_report_has_a_spike_agreement(chip):
    """Twice what both fired over what either did, of neurons only."""
    net = pair()
    loss = chip.quantize(net).loss
    engine, there = (set(raster(run(net, loss.compared_ms), "out")) for run in (simulate, chip.emulate))
    assert len(engine) > 20
    assert loss.compared_ms == 109.0  # the last input comes at 59 ms
    assert loss.spike_agreement == 2 * len(engine & there) / (len(engine) + len(there))
    assert chip.quantize(net, compared_ms=0.0).loss.spike_agreement is None


def test_a_network_that_stays_silent_agrees_and_says_so(chip, no_engine):
    net = pair(weight=0.0)
    loss = chip.quantize(net).loss
    assert loss.spike_agreement == 1.0
    assert "neither engine nor chip spiked: give the sources spikes to compare" in loss.notes


def test_a_memory_and_what_was_quantised_stand_for_a_network(chip, no_engine):
    memory = CA3Memory(3, 6)
    assert chip.check(memory).fits
    held = chip.quantize(memory, compared_ms=0.0)
    assert chip.check(held) == chip.check(memory)
    assert len(chip.emulate(held, 5.0).spikes["Out"]) == 0
    with pytest.raises(UsageError, match="a Network or a memory is expected, got 3"):
        chip.check(3)
    with pytest.raises(NotSupportedError):
        chip.check(ModernHopfield(8))


def empty(sources):
    net = Network(1.0)
    if sources:
        net.population("in", 3, SpikeSourceArray())
    return net


def huge():
    net = Network(1.0, "spinnaker")
    net.population("crowd", 10**9, IF_curr_exp())
    net.project("crowd", "crowd", weight=1.0)
    return net


HOPELESS = {
    "no populations": (lambda: empty(False), "network: has no neurons"),
    "sources only": (lambda: empty(True), "network: has no neurons"),
    "too large": (
        huge,
        r"crowd->crowd: 1,000,000,000,000,000,000 synapses take about .* GB of memory to list, and .* GB",
    ),
}


@pytest.mark.parametrize("case", HOPELESS)
def test_what_no_chip_can_take_is_refused_at_once(chip, case, tmp_path):
    make, words = HOPELESS[case]
    net = make()
    assert not chip.check(net).fits
    calls = (
        chip.require,
        chip.quantize,
        lambda n: chip.emulate(n, 5.0),
        lambda n: chip.export(n, tmp_path / "out", duration=5.0, force=True),
    )
    for call in calls:
        with pytest.raises(FitError, match=words):
            call(net)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("duration", [-1.0, 0.5, np.nan, np.inf, "long"])
def test_a_bad_duration_leaves_nothing(chip, duration, tmp_path, no_engine):
    with pytest.raises((UsageError, DescriptionError), match="duration"):
        chip.export(pair(), tmp_path / "out", duration=duration)
    assert list(tmp_path.iterdir()) == []


def test_a_weight_that_is_not_finite_is_refused_where_it_is_given():
    for bad in (np.nan, np.inf):
        with pytest.raises(DescriptionError, match="in->out.weight: must be finite"):
            pair(weight=bad)


def test_a_folder_that_is_no_export_is_never_replaced(chip, tmp_path, no_engine):
    """`--out .` with `--force` must not take away what lies there."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("all of it")
    with pytest.raises(StoreError, match="home exists already and is no export, so it is left alone"):
        chip.export(pair(), tmp_path / "home", duration=5.0, force=True)
    assert (tmp_path / "home" / "thesis.tex").read_text() == "all of it"


LATE = {
    "loihi": "late.delay: 5000 steps where 63 is the limit",
    "spinnaker": r"delay counters: 1,638,400 where 49,152 is the limit \(late\)",
}


def test_a_delay_past_the_limit_is_named_with_it(chip, tmp_path):
    net = Network(1.0, "spinnaker")
    net.population("in", 200, SpikeSourceArray())
    net.population("out", 1, IF_curr_exp())
    net.project("in", "out", delay=5000.0, name="late")
    with pytest.raises(FitError, match=LATE[chip.name]):
        chip.export(net, tmp_path / "out", duration=5.0)
    assert list(tmp_path.iterdir()) == []


def too_strong():
    net = Network(1.0, "spinnaker")
    net.population("in", 1, SpikeSourceArray([1.0]))
    net.population("out", 1, IF_curr_exp())
    net.project("in", "out", weight=1e30, name="strong")
    return net


def test_a_weight_that_no_register_holds_is_cut_and_counted_or_refused():
    loihi = hardware.target("loihi")
    (loss,) = loihi.quantize(too_strong(), compared_ms=0.0).loss.projections
    assert loss.saturated == 1
    assert loihi.emulate(too_strong(), 5.0).spikes["out"].times[0] == 2.0
    with pytest.raises(FitError, match=r"strong: 1 weights are cut at the largest that the chip holds \(strict\)"):
        loihi.emulate(too_strong(), 5.0, strict=True)
    with pytest.raises(
        FitError, match=r"out: its weights add up to 2\*\*100 nA in one step and the ring buffer shift is 31"
    ):
        hardware.target("spinnaker").emulate(too_strong(), 5.0)


# ---- the command


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_that_are_no_network_are_one_sentence(chip, folder, capsys):
    memory = CA3Memory(3, 6)
    memory.save("memory.h5")
    whole = (folder / "memory.h5").read_bytes()
    (folder / "cut.h5").write_bytes(whole[: len(whole) // 2])
    (folder / "note.h5").write_text("no memory")
    flat = ModernHopfield(8)
    flat.store(np.eye(8, dtype=bool)[:2])
    flat.save("flat.h5")
    before = sorted(folder.iterdir())
    for name in ("cut.h5", "note.h5", "flat.h5", "missing.h5"):
        assert main(["export", name, "--to", chip.name, "--out", "out"]) == 1
        said = capsys.readouterr()
        assert said.err.startswith("neuromem: ")
        assert said.err.count("\n") == 1
        assert "internal error" not in said.err
    assert sorted(folder.iterdir()) == before


def test_bad_commands_leave_nothing(chip, folder, capsys):
    save_network(pair(), "net.h5")
    save_network(empty(True), "empty.h5")
    before = sorted(folder.iterdir())
    for arguments, status, words in (
        (["net.h5", "--to", chip.name], 2, "needs FILE, --to and --out"),
        (["net.h5", "--to", "abacus", "--out", "out"], 2, "there is no target 'abacus'; there are loihi, spinnaker"),
        (["net.h5", "--to", chip.name, "--out", "net.h5", "--force"], 1, "net.h5 exists already and is no export"),
        (["net.h5", "--to", chip.name, "--out", ".", "--force"], 1, "is left alone"),
        (["net.h5", "--to", chip.name, "--out", "no/where/out"], 1, "cannot write no/where/out"),
        (["net.h5", "--to", chip.name, "--out", "net.h5/out"], 1, "cannot write net.h5/out"),
        (["net.h5", "--to", chip.name, "--out", "out", "--duration", "0.5"], 1, "duration"),
        (["net.h5", "--to", chip.name, "--out", "out", "--duration", "nan"], 2, "--duration"),
        (["empty.h5", "--to", chip.name, "--out", "out", "--force"], 1, "has no neurons"),
    ):
        assert main(["export", *arguments]) == status, arguments
        said = capsys.readouterr().err
        assert words in said, arguments
        assert said.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_the_list_names_every_limit(capsys):
    assert main(["export", "--list"]) == 0
    said = capsys.readouterr().out
    for name in hardware.targets():
        target = hardware.target(name)
        assert f"{name}: {target.title}" in said
        assert all(limit in said for limit in target.limits)

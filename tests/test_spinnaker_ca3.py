"""The published CA3 on SpiNNaker: the engine's rasters where nothing overflows, and the cause named where it does."""

import json

import numpy as np
import pytest

from neuromem.errors import FitError
from neuromem.hardware import target
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.hardware.spinnaker.run import emulate
from neuromem.io import read_spikes
from neuromem.kernels import spinnaker_layout as at
from neuromem.models import CA3Memory
from neuromem.models.ca3_published import CONTENT_TO_CUE, FAST, PULSE, published_network
from neuromem.network import Network, SpikeSourceArray
from neuromem.network.tree import from_tree, to_tree
from spinnaker_networks import with_input
from test_ca3 import EXPERIMENTS, GRID, by_content, by_cue, inputs, learn

CHIP = target("spinnaker")


def overwritten():
    """16 x 6: the published map, three of its cells changed, then asked for."""
    changed = (1, 6, 11)
    calls = [(learn, i, (state,)) for i, state in enumerate(GRID)]
    calls += [(learn, i, ((GRID[i] + 1) % 6,)) for i in changed]
    calls += [(by_cue, i) for i in changed] + [(by_content, (j,)) for j in range(6)]
    return 16, 6, [call[0](14 * k, *call[1:]) for k, call in enumerate(calls)], 14 * len(calls)


CASES = EXPERIMENTS | {"map, overwritten": overwritten()}


@pytest.mark.parametrize("name", CASES)
def test_ca3_learns_recalls_and_overwrites_with_the_engines_rasters(name):
    """Nothing overflows on the way: the emulation is strict."""
    cues, content, operations, steps = CASES[name]
    spikes = inputs(operations, cues)
    network = with_input(published_network(cues, content), spikes)
    result = CHIP.emulate(network, float(steps), strict=True)
    assert result.faults == ()
    for population, raster in CA3Memory(cues, content).replay(spikes, steps).items():
        got = result.spikes[population]
        np.testing.assert_array_equal(np.column_stack([got.times, got.ids]), raster)


def test_an_export_that_learns_holds_the_engines_rasters(tmp_path):
    cues, content, operations, steps = EXPERIMENTS["functional"]
    network = with_input(published_network(cues, content), inputs(operations, cues))
    done = CHIP.export(network, tmp_path / "out", duration=float(steps), explain=True)
    assert done.loss.spike_agreement == 1.0
    assert done.explanation.startswith("Engine and chip fire the same ")
    stored = read_spikes(tmp_path / "out" / "expected_spikes.h5")
    for population, raster in CA3Memory(cues, content).replay(inputs(operations, cues), steps).items():
        np.testing.assert_array_equal(np.column_stack(stored[population]), raster)


def reported(network, folder, duration):
    """(notes of loss.json, explanation.txt) of an export."""
    CHIP.export(network, folder, duration=duration, explain=True)
    loss = json.loads((folder / "loss.json").read_text())
    assert 0.0 < loss["spike_agreement"] < 1.0
    return loss["notes"], (folder / "explanation.txt").read_text()


def test_784_bits_diverge_by_an_overflow_that_the_report_names(tmp_path):
    """16 cues answer one bit at once, and each of them inhibits the others by 6 n = 4704 nA."""
    tree = to_tree(published_network(16, 784))
    weight = np.zeros((784, 16), np.float32)
    weight[5] = PULSE
    tree["projections"][CONTENT_TO_CUE]["weight"] = weight
    network = with_input(from_tree(tree), inputs([by_content(0, (5,))], 16))
    notes, explanation = reported(network, tmp_path / "out", 20.0)
    (fault,) = (note for note in notes if note.startswith("while emulated: "))
    assert "s16.15 registers wrapped, first in S2Cue neuron 0, step 6" in fault
    assert any(note.startswith("first difference: S2Cue neuron 0 spikes on the chip in step") for note in notes)
    assert "Why: s16.15 registers wrapped, first in S2Cue neuron 0 in step 6" in explanation


def test_more_than_fifteen_spikes_diverge_by_the_history_that_the_report_names(tmp_path):
    """A bit that 12 later memories share has fired more than 15 times when the first cue is used again."""
    operations = [learn(14 * i, i, (0, 1 + i)) for i in range(12)]
    operations += [by_cue(14 * 12, 0)]
    network = with_input(published_network(12, 16), inputs(operations, 12))
    notes, explanation = reported(network, tmp_path / "out", 14.0 * 13)
    (fault,) = (note for note in notes if note.startswith("while emulated: "))
    assert "plastic updates missed post spikes beyond the 15 that are remembered, first in S1Cont neuron 0" in fault
    assert any(note.startswith("first difference: S1Cont neuron 0 spikes on the engine") for note in notes)
    assert "Why: plastic updates missed post spikes beyond the 15 that are remembered" in explanation


def test_inhibition_of_784_bits_wraps_from_14_sources_on():
    """6 n = 4704 nA fits s16.15 thirteen times; the shift that 16 cues need lets it wrap instead of saturating."""
    for sources, wraps in ((13, False), (14, True)):
        net = Network(dt=1.0, order="spinnaker")
        net.population("in", sources, SpikeSourceArray(np.full(sources, 1.0), np.arange(sources)))
        net.population("out", 1, FAST)
        net.project("in", "out", weight=4704.0, receptor="inhibitory")
        chip = quantize(net, ring_shifts={"out": (0, 17)})
        faults = emulate(chip, 5.0).faults
        assert [fault.kind for fault in faults] == ([at.OVERFLOW] if wraps else [])
        if wraps:
            with pytest.raises(FitError, match=r"out: s16.15 registers wrapped, first neuron 0 in step 2 \(strict\)"):
                emulate(chip, 5.0, strict=True)

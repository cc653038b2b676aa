"""Why the first spike differs between the float engine and the chip, in words, and what would remove it.

Causes are found by trial: the engine runs again with the chip's order of operations, its weights, its parameters; the
first of these that makes it do what the chip did, is the cause.
"""

import numpy as np

from neuromem.engine import simulate
from neuromem.hardware.agreement import agreement, neurons
from neuromem.hardware.explain import smallest_change, with_order, with_parameter, with_parameters, with_weights
from neuromem.hardware.spinnaker.emulate import FAULT_NAMES, Emulation, emulate, with_trains
from neuromem.hardware.spinnaker.fixed import ONE, quantum
from neuromem.hardware.spinnaker.quantize import PARAMETERS, quantize
from neuromem.kernels import spinnaker_layout as at

NEVER = (1 << 31) - 1
"""A threshold that no register reaches."""


def explain(chip, engine, result, faults, compared, duration):
    """Say it.

    Parameters
    ----------
    chip : ChipNetwork
        With its sources' trains.
    engine, result : Result
        Of the float engine and of the emulator.
    faults : list of Fault
    compared : Agreement
    duration : float
        ms.

    Returns
    -------
    str
    """
    first = compared.first
    if first is None:
        said = f"Engine and chip fire the same {compared.both:,} spikes in {duration:g} ms."
        return "\n".join([said, *(f"On the chip {fault}; no spike depends on it." for fault in faults)])
    found = [f"First difference: {first}. They share {compared.share:.4%} of their spikes."]
    found.append(f"Why: {_cause(chip, first, faults)}.")
    gap = _gap(chip, first)
    side = "above" if gap >= 0 else "below"
    found.append(f"On the chip its membrane is {abs(gap) / ONE:.6g} mV {side} the threshold in that step.")
    found.append(_remedy(chip, first, gap, duration))
    return "\n".join(found)


def _cause(chip, first, faults):
    if chip.network.order != "spinnaker" and _as_on_chip(with_order(chip.network, "spinnaker"), chip, first):
        return (
            f"the order of operations; the network's is {chip.network.order}, while the chip adds what arrives as the "
            "mean over a step before it integrates; with Network(order='spinnaker') the engine does the same"
        )
    early = [fault for fault in faults if fault.step <= first.step]
    network = with_order(chip.network, "spinnaker") if chip.network.order != "spinnaker" else chip.network
    rounded = {name: _realised(chip, name) for name in chip.projections}
    own = [name for name, p in chip.projections.items() if p.post_population == first.population]
    for name in [*own, *(name for name in rounded if name not in own)]:
        if _as_on_chip(with_weights(network, {name: rounded[name]}), chip, first):
            step = _quantum(chip, name)
            return f"the weights of {name} are rounded to multiples of {step:.6g} nA; give it such weights"
    for fault in early:
        return f"{FAULT_NAMES[fault.kind]}, first in {fault.population} neuron {fault.neuron} in step {fault.step}"
    if _as_on_chip(with_weights(network, rounded), chip, first):
        return "weights are rounded, of several projections together"
    parameters = {
        name: {key: np.asarray(population.parameters[key]) / ONE for key in PARAMETERS if key != "tau_refrac"}
        for name, population in chip.populations.items()
        if not population.is_source
    }
    if _as_on_chip(with_parameters(with_weights(network, rounded), _plain(parameters)), chip, first):
        return "parameters are rounded to multiples of 2**-15 (loss.txt lists them)"
    return "the chip's arithmetic: states are cut to multiples of 2**-15 in every step, and decays are short numbers"


def _as_on_chip(network, chip, first):
    """True if the engine, given this network, does with the spike in question what the chip did."""
    bare = network.copy()
    bare.probes = []
    run = simulate(bare, (first.step + 1) * chip.dt, seed=chip.seed, record=[first.population])
    spikes = run.spikes[first.population]
    there = (np.rint(spikes.times / chip.dt) == first.step) & (spikes.ids == first.neuron)
    return bool(there.any()) == first.on_chip


def _realised(chip, name):
    """(pre, post, weight, delay) of a projection as the chip holds it; weights in the connector's order."""
    projection = chip.projections[name]
    pre = np.repeat(np.arange(projection.start.size - 1), np.diff(projection.start))
    weight = np.broadcast_to(np.asarray(projection.weight) * _quantum(chip, name), pre.shape)
    delay = np.broadcast_to(np.asarray(projection.delay) * chip.dt, pre.shape)
    if projection.order is not None:
        return (
            pre[projection.order],
            projection.post[projection.order],
            weight[projection.order],
            delay[projection.order],
        )
    return pre, projection.post, weight, delay


def _quantum(chip, name):
    projection = chip.projections[name]
    return quantum(chip.populations[projection.post_population].shifts[projection.receptor])


def _plain(parameters):
    return {
        name: {key: float(value) if np.ndim(value) == 0 else value for key, value in values.items()}
        for name, values in parameters.items()
    }


def _gap(chip, first):
    """Raw distance of the membrane from the threshold in the step of the difference, before any reset."""
    run = Emulation(chip, record=None)
    run.run(first.step)
    row = run.cells.table[list(run.first).index(first.population)]
    place = row[at.CONSTANT] + first.neuron * row[at.STRIDE]
    threshold = int(run.cells.constants[place, at.THRESHOLD])
    run.cells.constants[place, at.THRESHOLD] = NEVER
    run.run(1)
    return int(run.state(first.population, "v")[first.neuron]) - threshold


def _remedy(chip, first, gap, duration):
    """The smallest change of the threshold that makes both do the same up to that step."""

    def compared(change, until):
        network = with_parameter(chip.network, first.population, "v_thresh", change)
        network.probes = []
        changed = quantize(network, chip.seed)
        on_chip, _ = emulate(with_trains(changed, round(until / chip.dt)), until)
        return agreement(simulate(network, until, seed=chip.seed), on_chip, neurons(network))

    def removes(change):
        try:
            return compared(change, (first.step + 1) * chip.dt).first is None
        except ValueError:  # a threshold below the reset potential
            return False

    change = smallest_change(removes, (gap + (gap >= 0)) / ONE)
    if change is None:
        return "No change of v_thresh by as much removes it."
    after = compared(change, duration).first
    then = (
        "engine and chip then agree to the end"
        if after is None
        else f"the first difference is then in step {after.step}"
    )
    moved = "Raising" if change > 0 else "Lowering"
    return f"{moved} v_thresh of {first.population} by {abs(change):.6g} mV removes it: {then}."

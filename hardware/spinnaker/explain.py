"""What may make the chip spike otherwise than the float engine, and how close a membrane was to its threshold."""

import numpy as np

from neuromem.hardware.explain import rounded_weights, with_order, with_parameters, with_weights
from neuromem.hardware.spinnaker.emulate import FAULT_NAMES, Emulation
from neuromem.hardware.spinnaker.fixed import ONE, quantum
from neuromem.hardware.spinnaker.quantize import PARAMETERS
from neuromem.hardware.spinnaker.run import with_trains
from neuromem.kernels import spinnaker_layout as at

ADVICE = {
    at.SATURATED: "smaller weights, or fewer spikes in one step, keep the sum below",
    at.OVERFLOW: "more than 65536 nA or mV come together there; smaller weights, or fewer spikes in one step, avoid it",
    at.FORGOTTEN: "a pre spike before there are 16 post spikes lets the synapses learn in time",
}
NEVER = (1 << 31) - 1
"""A threshold that no register reaches."""


def candidates(chip, first, faults):
    """See `Target.candidates`."""
    network = chip.network
    if network.order != "spinnaker":
        network = with_order(network, "spinnaker")
        yield (
            f"the order of operations; the network's is {chip.network.order}, while the chip adds what arrives as the "
            "mean over a step before it integrates; with Network(order='spinnaker') the engine does the same",
            network,
        )
    rounded = {name: _realised(chip, name) for name in chip.projections}
    quanta = {name: f"{_quantum(chip, name):.6g} nA" for name in chip.projections}
    yield from rounded_weights(network, first.population, rounded, quanta)
    network = with_weights(network, rounded)
    yield "weights are rounded, of several projections together", network
    parameters = {
        name: {key: np.asarray(population.parameters[key]) / ONE for key in PARAMETERS if key != "tau_refrac"}
        for name, population in chip.populations.items()
        if not population.is_source
    }
    said = "parameters are rounded to multiples of 2**-15 (loss.txt lists them)"
    yield said, with_parameters(network, parameters)
    decaying = {name: values | _time_constants(chip, name) for name, values in parameters.items()}
    said = "the cores' own exponential makes decays a little too long or short (loss.txt lists them)"
    yield said, with_parameters(network, decaying)
    for fault in (fault for fault in faults if fault.step <= first.step):
        where = f"{fault.population} neuron {fault.neuron} in step {fault.step}"
        yield f"{FAULT_NAMES[fault.kind]}, first in {where}; {ADVICE[fault.kind]}", None


def _time_constants(chip, name):
    """Time constants (ms) that decay as a core does."""
    c = chip.populations[name].constants
    decays = {
        "tau_m": c[:, at.DECAY_M] / ONE,
        "tau_syn_E": c[:, at.DECAY_E] / 2.0**32,
        "tau_syn_I": c[:, at.DECAY_I] / 2.0**32,
    }
    values = {key: -chip.dt / np.log(decay) for key, decay in decays.items() if ((decay > 0.0) & (decay < 1.0)).all()}
    return {key: float(value[0]) if value.size == 1 else value for key, value in values.items()}


def gap(chip, first):
    """Raw distance of the membrane from the threshold in the step of the difference, before any reset."""
    run = Emulation(with_trains(chip, first.step + 1), record=None)
    run.run(first.step)
    row = run.cells.table[list(run.first).index(first.population)]
    place = row[at.CONSTANT] + first.neuron * row[at.STRIDE]
    threshold = int(run.cells.constants[place, at.THRESHOLD])
    run.cells.constants[place, at.THRESHOLD] = NEVER
    run.run(1)
    return int(run.state(first.population, "v")[first.neuron]) - threshold


def distance(raw):
    """A gap as a sentence."""
    side = "above" if raw >= 0 else "below"
    return f"On the chip its membrane is {abs(raw) / ONE:.6g} mV {side} the threshold in that step."


def change_by_gap(raw):
    """The change of a threshold (mV) that just crosses a gap."""
    return (raw + (raw >= 0)) / ONE


def _realised(chip, name):
    """(pre, post, weight, delay) of a projection as the chip holds it; weights in the connector's order."""
    projection = chip.projections[name]
    pre = np.repeat(np.arange(projection.start.size - 1), np.diff(projection.start))
    weight = np.broadcast_to(np.asarray(projection.weight) * _quantum(chip, name), pre.shape)
    delay = np.broadcast_to(np.asarray(projection.delay) * chip.dt, pre.shape)
    order = slice(None) if projection.order is None else projection.order
    return pre[order], projection.post[order], weight[order], delay[order]


def _quantum(chip, name):
    projection = chip.projections[name]
    return quantum(chip.populations[projection.post_population].shifts[projection.receptor])

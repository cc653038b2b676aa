"""What a population's equations become on a compartment, still in real numbers: decays, gains, thresholds.

Both orders of operations are linear recursions of the form

    u[t] = keep_u u[t-1] + a[t]      v[t] = keep_v v[t-1] + u[t] + bias

which is what a compartment computes, so that only rounding is lost. v is measured from the reset potential. In the
order `spinnaker` the current of step t includes what arrives in t; in `pynn` it does not, and every delay of a current
grows by one step.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.hardware.loihi import features
from neuromem.network import IF_curr_delta
from neuromem.network.check import steps


@dataclass(frozen=True, eq=False)
class Mapped:
    """Real-valued counterpart of a Group; arrays float64 (size,), potentials in mV.

    Attributes
    ----------
    keep_v : ndarray
        Share of the potential that is left after a step.
    keep_u : dict of str to ndarray
        The same of the current, by receptor.
    gain : dict of str to ndarray
        mV of `a` per unit of weight, by receptor.
    threshold, bias, start : ndarray
    pause : ndarray of int64
        Refractory steps.
    second : bool
        Inhibition has a current of its own.
    own_delay : int
        Steps that are added to every delay.
    """

    keep_v: np.ndarray
    keep_u: dict
    gain: dict
    threshold: np.ndarray
    bias: np.ndarray
    start: np.ndarray
    pause: np.ndarray
    second: bool
    own_delay: int


def mapped(network, population):
    """Return the Mapped form of a population whose features are all supported."""
    neuron, dt, size = population.neuron, network.dt, population.size
    values = neuron.parameters
    constants = neuron.model.constants(values, dt, network.order)
    leak = 1.0 - constants["decay_m"]
    resistance = np.divide(values["tau_m"], values["cm"])
    if neuron.model is IF_curr_delta:
        # What arrives is added before the leak in `spinnaker`, after it in `pynn`; it does not linger.
        gain = constants["decay_m"] if network.order == "spinnaker" else 1.0
        gains, keeps = dict.fromkeys("ei", gain), dict.fromkeys("ei", 0.0)
    else:
        keeps = {key: constants[f"decay_{key}"] for key in "ei"}
        if network.order == "spinnaker":
            gains = {key: resistance * leak * constants[f"mean_{key}"] for key in "ei"}
        else:
            gains = {key: constants[f"gain_{key}"] for key in "ei"}
    used = features.receptors(network, population.name)
    if used == {"inhibitory"}:
        keeps["e"] = keeps["i"]  # the only current is the inhibitory one
    drive = np.asarray(values["i_offset"]) + _constant_current(network, population)
    start = population.initial.get("v", values["v_rest"])
    return Mapped(
        _each(constants["decay_m"], size),
        {"excitatory": _each(keeps["e"], size), "inhibitory": _each(keeps["i"], size)},
        {"excitatory": _each(gains["e"], size), "inhibitory": _each(gains["i"], size)},
        _each(np.subtract(values["v_thresh"], values["v_reset"]), size),
        _each(resistance * leak * drive + leak * np.subtract(values["v_rest"], values["v_reset"]), size),
        _each(np.subtract(start, values["v_reset"]), size),
        _each(steps(values["tau_refrac"], dt, population.name, "tau_refrac"), size, np.int64),
        features.second_current(network, population),
        features.own_delay(network, population),
    )


def _constant_current(network, population):
    total = np.zeros(population.size)
    for current in network.currents:
        if current.population == population.name:
            total[slice(None) if current.ids is None else current.ids] += current.amplitudes[0]
    return total


def _each(value, size, dtype=np.float64):
    return np.array(np.broadcast_to(value, size), dtype)

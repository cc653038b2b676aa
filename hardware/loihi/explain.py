"""Why the first spike differs between the float engine and Loihi, in words, and what would remove it."""

from neuromem.engine import simulate
from neuromem.errors import NeuromemError
from neuromem.hardware.agreement import agreement, neurons
from neuromem.hardware.explain import change_that_helps, with_parameter
from neuromem.hardware.loihi.emulator import Emulator
from neuromem.hardware.loihi.quantize import quantized

WEIGHT_STEPS = 128
"""Quanta that a typical weight spans; sets errors of weights beside relative errors of parameters."""
LEAST = 1e-4
"""Share of the distance from reset to threshold that is tried first."""


def explain(held, faults, compared, duration):
    """Say it.

    Parameters
    ----------
    held : LoihiNetwork
    faults : tuple of str
        Registers that ran over.
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
    losses = [*_parameters(held, first.population), *_weights(held, first.population)]
    if losses:
        found.append(f"Largest loss there: {max(losses)[1]}.")
    found += [f"On the chip {fault}." for fault in faults]
    found.append(_remedy(held, first, duration))
    return "\n".join(found)


def _parameters(held, population):
    """(relative error, what it is) of the population's parameters."""
    for loss in held.loss.parameters:
        if loss.population == population and loss.asked:
            error = abs(loss.realised - loss.asked) / abs(loss.asked)
            yield error, f"{loss.parameter} is {loss.realised:.6g} {loss.unit} instead of {loss.asked:.6g}"


def _weights(held, population):
    for loss in held.loss.projections:
        if held.network.projections[loss.projection].post == population and loss.quantum:
            error = loss.max_error / (loss.quantum * WEIGHT_STEPS)
            yield error, f"weights of {loss.projection} are off by up to {loss.max_error:.3g} {loss.unit}"


def _remedy(held, first, duration):
    """The smallest change of the threshold found that makes both do the same up to that step."""
    network, dt = held.network, held.network.dt

    def compared(change, until):
        changed = with_parameter(network, first.population, "v_thresh", change)
        changed.probes = []
        emulator = Emulator(quantized(changed, held.seed, held.generation), seed=held.seed, record="all")
        emulator.run(until)
        return agreement(simulate(changed, until, seed=held.seed), emulator.result(), neurons(changed)).first

    def removes(change):
        try:
            return compared(change, (first.step + 1) * dt) is None
        except NeuromemError:  # a threshold below the reset potential, or one that no register holds
            return False

    parameters = network.populations[first.population].neuron.parameters
    span = float((parameters["v_thresh"] - parameters["v_reset"]).mean())
    change = change_that_helps(removes, LEAST * span)
    if change is None:
        return f"No change of v_thresh of {first.population} that was tried removes it."
    after = compared(change, duration)
    then = (
        "engine and chip then agree to the end"
        if after is None
        else f"the first difference is then in step {after.step}"
    )
    moved = "Raising" if change > 0 else "Lowering"
    return f"{moved} v_thresh of {first.population} by {abs(change):.6g} mV removes it: {then}."

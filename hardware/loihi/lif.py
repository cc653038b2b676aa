"""`emulate_lif`: one group of Loihi compartments, given by its registers."""

import numpy as np

from neuromem.errors import FitError, UsageError
from neuromem.hardware.loihi import limits
from neuromem.kernels import loihi as kernel


def emulate_lif(
    weights, input_spikes, *, du, dv, vth, bias_mant=0, bias_exp=0, weight_exp=0, delays=None, refractory=1
):
    """Run n recurrently connected LIF compartments in Loihi's integer arithmetic.

    Column t of the input is seen in step t, a neuron's spike of step t in step t + 1. See `neuromem.kernels.loihi` for
    the equations. Inputs and neurons are two groups of synapses, each with its own sign mode: weights of both signs
    within a group lose their lowest bit (towards minus infinity), as in Lava.

    Parameters
    ----------
    weights : array_like of int, shape (n_inputs + n, n)
        Mantissas, -255..255, or -256..254 and even in a group with both signs. Inputs' rows first, then the neurons'.
    input_spikes : array_like of 0/1, shape (steps, n_inputs)
    du, dv : int or (n,), 0..4095
        Decays of current and potential: (4095 - du) / 4096 and (4096 - dv) / 4096 of them remain.
    vth : int or (n,), 0..131071
        A neuron spikes when its potential exceeds vth * 64.
    bias_mant, bias_exp : int or (n,), -4096..4095 and 0..7
        Added to the potential: bias_mant * 2**bias_exp.
    weight_exp : int, -8..7
        Scales what arrives in a step, after it is summed; negative ones round down.
    delays : array_like of int, same shape as `weights`, 0..62
        Steps added to those above.
    refractory : int or (n,), 1..63
        The potential stays 0 for refractory - 1 steps after a spike.

    Returns
    -------
    spikes, u, v : int64 arrays of shape (steps, n)
        Current and potential are those after the reset.

    Raises
    ------
    UsageError
        For a shape or type that does not fit.
    FitError
        For a value that its register cannot hold.
    """
    events = _whole(input_spikes, "input_spikes", 0, 1, UsageError)
    if events.ndim != 2:
        raise UsageError(f"input_spikes: shape (steps, n_inputs) is expected, got {events.shape}")
    steps, n_inputs = events.shape
    table = _whole(weights, "weights", limits.MIXED_LOW, limits.WEIGHT_TOP)
    if table.ndim != 2 or table.shape[0] != n_inputs + table.shape[1]:
        raise UsageError(f"weights: {n_inputs} inputs and n neurons need shape ({n_inputs} + n, n), got {table.shape}")
    n = table.shape[1]
    table = np.concatenate([_signed(table[:n_inputs]), _signed(table[n_inputs:])])
    wait = np.zeros_like(table) if delays is None else _whole(delays, "delays", 0, limits.DELAY_TOP)
    if wait.shape != table.shape:
        raise UsageError(f"delays: the shape of weights, {table.shape}, is expected, got {wait.shape}")
    exponent = _whole(weight_exp, "weight_exp", limits.WEIGHT_EXP_LOW, limits.WEIGHT_EXP_TOP)
    if exponent.ndim:
        raise UsageError(f"weight_exp: one whole number is expected, got shape {exponent.shape}")

    def register(value, name, low, high):
        array = _whole(value, name, low, high)
        if array.shape not in ((), (1,), (n,)):
            raise UsageError(f"{name}: one value, or one for each of {n} neurons, is expected, got shape {array.shape}")
        return np.array(np.broadcast_to(array, n))

    exp = register(bias_exp, "bias_exp", 0, limits.BIAS_EXP_TOP)
    registers = kernel.Compartments(
        limits.DECAY_TOP - register(du, "du", 0, limits.DECAY_TOP),
        np.full(n, kernel.NONE),
        limits.DECAY_TOP + 1 - register(dv, "dv", 0, limits.DECAY_TOP),
        register(vth, "vth", 0, limits.THRESHOLD_TOP) << limits.ALIGN_BITS,
        register(bias_mant, "bias_mant", limits.BIAS_LOW, limits.BIAS_TOP) << exp,
        register(refractory, "refractory", 1, limits.REFRACTORY_TOP) - 1,
        np.array([max(0, -int(exponent))]),
    )
    source, target = np.nonzero(table)
    when, who = np.nonzero(events)
    wires = kernel.Wires(
        np.searchsorted(source, np.arange(n_inputs + n + 1)),
        target,
        table[source, target] << max(0, int(exponent)),
        wait[source, target],
        when,
        who,
    )
    state = rest(n, n, int(wires.delay.max(initial=0)))
    out_step, out_id = np.empty(n, np.int64), np.empty(n, np.int64)
    spikes, u, v = (np.zeros((steps, n), np.int64) for _ in range(3))
    for t in range(steps):
        _, count = kernel.advance(t, t + 1, False, registers, state, wires, out_step, out_id)
        spikes[t, out_id[:count]] = 1
        u[t], v[t] = state.u, state.v
    return spikes, u, v


def rest(compartments, currents, longest_delay):
    """The State before the first step: nothing flows, nothing is on its way."""
    return kernel.State(
        np.zeros(currents, np.int64),
        np.zeros(compartments, np.int64),
        np.zeros(compartments, np.int64),
        np.zeros((longest_delay + 2, currents), np.int64),
        np.zeros(1, np.int64),
        np.zeros(currents, np.int64),
        np.zeros(compartments, np.int64),
        np.zeros(3, np.int64),
    )


def _whole(value, name, low, high, error=FitError):
    """Return `value` as int64, or raise: UsageError if it is not whole, `error` if it is out of bounds."""
    try:
        array = np.asarray(value)
        numeric = array.dtype.kind in "biuf" or array.size == 0
    except ValueError:
        numeric = False
    if not numeric:
        raise UsageError(f"{name}: whole numbers are expected")
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.rint(array)).all()):
        raise UsageError(f"{name}: whole numbers are expected, but there are others among them")
    if array.size and (array.min() < low or array.max() > high):
        worst = array.min() if array.min() < low else array.max()
        raise error(f"{name}: the register holds {low} to {high}, got {worst:g}")
    return array.astype(np.int64)


def _signed(rows):
    """Mantissas as the chip holds them: those of a group with both signs lose their lowest bit."""
    if rows.size and rows.min() < 0 < rows.max():
        return (rows >> 1) << 1
    if rows.size and rows.min() < -limits.WEIGHT_TOP:
        raise FitError(f"weights: of one sign they are at most {limits.WEIGHT_TOP}, got {rows.min()}")
    return rows

"""`emulate_if_curr_exp`: one population as plain arrays, for comparing with other software."""

from dataclasses import replace

import numpy as np

from neuromem.errors import UsageError
from neuromem.hardware.spinnaker.emulate import Emulation
from neuromem.hardware.spinnaker.fixed import weights
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.hardware.spinnaker.shifts import arriving, largest_sum, shift_of
from neuromem.network import FromArrays, IF_curr_exp, Network, SpikeSourceArray
from neuromem.network.network import RECEPTORS


def emulate_if_curr_exp(rows, input_spikes, neuron_params, n, *, dt=1.0, ring_shifts=None):
    """Emulate `n` IF_curr_exp neurons on SpiNNaker, bit for bit.

    Parameters
    ----------
    rows : sequence of arrays (pre, post, weight_nA, delay_steps), or array of shape (synapses, 4)
        Pre ids 0..n_inputs-1 are inputs, n_inputs + i is neuron i. A negative weight goes to the inhibitory receptor.
    input_spikes : 0/1 array, shape (steps, n_inputs)
    neuron_params : dict of str to float or array of shape (n,)
        By PyNN's names; others take the model's defaults.
    n : int
    dt : float
        ms.
    ring_shifts : (int, int), optional
        Of the excitatory and inhibitory ring buffers; default sPyNNaker's own rule.

    Returns
    -------
    spikes : int64 ndarray, shape (steps, n)
    v : int64 ndarray, shape (steps, n)
        Raw s16.15, after the reset.

    Raises
    ------
    UsageError, DescriptionError, FitError
    """
    trains = np.asarray(input_spikes)
    if trains.ndim != 2 or (trains.size and not np.isin(trains, (0, 1)).all()):
        raise UsageError("emulate_if_curr_exp: input_spikes of shape (steps, inputs) that hold 0 and 1 are expected")
    pre, post, weight, delay = _columns(rows)
    inputs = trains.shape[1]
    if pre.size and (pre.min() < 0 or pre.max() >= inputs + n or post.min() < 0 or post.max() >= n):
        raise UsageError(f"emulate_if_curr_exp: pre ids run from 0 to {inputs + n - 1} and post ids from 0 to {n - 1}")
    net = Network(dt=dt, order="spinnaker")
    net.population("neurons", n, IF_curr_exp(**neuron_params))
    when, ids = np.nonzero(trains)
    if inputs:
        net.population("inputs", inputs, SpikeSourceArray(when * net.dt, ids))
    exact, looks = {}, {receptor: [] for receptor in RECEPTORS}
    for side, mine in (("inputs", pre < inputs), ("neurons", pre >= inputs)):
        for receptor, chosen in zip(RECEPTORS, (mine & (weight >= 0), mine & (weight < 0)), strict=True):
            if chosen.any():
                ends = FromArrays(pre[chosen] - (inputs if side == "neurons" else 0), post[chosen])
                given = {"weight": np.abs(weight[chosen]), "delay": delay[chosen] * net.dt}
                made = net.project(side, "neurons", ends, receptor=receptor, **given)
                exact[made.name] = given["weight"]  # the description rounds to float32
                looks[receptor].append(arriving(made.name, ends.post, given["weight"], given["delay"], n))
    if ring_shifts is None:
        ring_shifts = [shift_of(largest_sum(looks[receptor], net.dt)) for receptor in RECEPTORS]
    chip = quantize(net, ring_shifts={"neurons": _shifts(ring_shifts)})
    chip = _with_exact_weights(chip, exact)
    run = Emulation(chip, ["neurons"], [("neurons", "v", np.arange(n))])
    v = run.run(len(trains)).astype(np.int64)
    spikes = np.zeros((len(trains), n), np.int64)
    spikes[run.recorder.steps_and_ids("neurons")] = 1
    return spikes, v


def _with_exact_weights(chip, exact):
    """The same with weights that were not rounded to float32: projection -> nA (synapses,), in the order given."""
    projections = {}
    for name, projection in chip.projections.items():
        raw = weights(exact[name], chip.populations["neurons"].shifts[projection.receptor])
        stored = np.empty(raw.size, np.uint16)
        stored[np.arange(raw.size) if projection.order is None else projection.order] = raw
        projections[name] = replace(projection, weight=stored)
    return replace(chip, projections=projections)


def _columns(rows):
    """The four columns of `rows` as arrays."""
    columns = np.asarray(rows, np.float64) if isinstance(rows, np.ndarray) else rows
    if isinstance(columns, np.ndarray) and columns.ndim == 2 and columns.shape[1] == 4 and columns.shape[0] != 4:
        columns = columns.T
    if len(columns) != 4:
        raise UsageError("emulate_if_curr_exp: rows are four arrays: pre, post, weight_nA, delay_steps")
    pre, post, weight, delay = (np.atleast_1d(np.asarray(column, np.float64)) for column in columns)
    for name, column in zip(("pre", "post", "weight_nA", "delay_steps"), (pre, post, weight, delay), strict=True):
        if not np.isfinite(column).all():
            raise UsageError(f"emulate_if_curr_exp: {name} must be finite, but holds NaN or infinity")
        if name != "weight_nA" and (column != np.rint(column)).any():
            raise UsageError(f"emulate_if_curr_exp: {name} are whole numbers")
    if not pre.shape == post.shape == weight.shape == delay.shape:
        raise UsageError("emulate_if_curr_exp: pre, post, weight_nA and delay_steps differ in length")
    return pre.astype(np.int64), post.astype(np.int64), weight, delay


def _shifts(given):
    shifts = tuple(int(shift) for shift in given)
    if len(shifts) != 2 or min(shifts) < 0:
        raise UsageError(f"emulate_if_curr_exp: ring_shifts are two whole numbers from 0 on, got {given!r}")
    return shifts

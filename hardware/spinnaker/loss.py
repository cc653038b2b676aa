"""What quantisation loses: errors of weights per projection, realised constants per population."""

import numpy as np

from neuromem.hardware.reports import LossReport, ParameterLoss, ProjectionLoss
from neuromem.hardware.spinnaker import shifts
from neuromem.hardware.spinnaker.fixed import ONE, quantum
from neuromem.hardware.spinnaker.limits import ACCUM_LIMIT, LARGEST_WEIGHT
from neuromem.kernels import spinnaker_layout as at
from neuromem.network.network import RECEPTORS

_UNIT = 2.0**32


def loss_report(chip, listed, parts):
    """The LossReport of a ChipNetwork.

    Parameters
    ----------
    listed : dict of str to Wires
    parts : dict of str to dict
        Population -> receptor -> what arrives there, a list of `shifts.Arriving`.
    """
    projections = tuple(
        _projection(chip, projection, listed[name], parts) for name, projection in chip.projections.items()
    )
    parameters = tuple(loss for name in chip.populations for loss in _parameters(chip, name))
    scale = {
        f"{name} {receptor} (nA per unit)": quantum(population.shifts[k])
        for name, population in chip.populations.items()
        if not population.is_source
        for k, receptor in enumerate(RECEPTORS)
        if parts[name][receptor]
    }
    return LossReport(
        "spinnaker", projections, parameters, scale, notes=(*_notes(chip), *_finer(chip, parts), *_lasting(chip, parts))
    )


def _projection(chip, projection, listed, parts):
    post = chip.populations[projection.post_population]
    step = quantum(post.shifts[projection.receptor])
    looks = parts[projection.post_population][RECEPTORS[projection.receptor]]
    asked = np.asarray(listed.weight, np.float64)
    raw = np.asarray(projection.weight, np.int64)
    if projection.plastic and asked.ndim == 0:
        raw = raw[:1]
    error = np.abs(raw * step - asked)
    each = max(1, projection.post.size) if asked.ndim == 0 else 1
    count = projection.post.size
    own = next(look for look in looks if look.projection == projection.name)
    coarsest = shifts.coarsest(looks, chip.dt)
    return ProjectionLoss(
        projection.name,
        "nA",
        step,
        float(error.max(initial=0.0)) if count else 0.0,
        float(np.sqrt(np.mean(error**2))) if count and error.size else 0.0,
        count,
        zeroed=int(np.count_nonzero((raw == 0) & (asked > 0)) * each) if count else 0,
        saturated=int(np.count_nonzero(np.rint(asked / step) > LARGEST_WEIGHT) * each) if count else 0,
        overflow_bound=max(_burst(post, projection.receptor, looks)),
        coarsened_by=coarsest if coarsest != own.projection else "",
    )


def _burst(post, receptor, looks):
    """What all synapses of a receptor do in one step, over what the chip holds: its ring buffer, then its registers."""
    heaviest, c = shifts.heaviest(looks), post.constants
    mean, resistance = c[:, (at.INIT_E, at.INIT_I)[receptor]] / _UNIT, c[:, at.RESISTANCE] / ONE
    yield heaviest / min(ACCUM_LIMIT, LARGEST_WEIGHT * quantum(post.shifts[receptor]))
    yield heaviest * float((mean * np.maximum(1.0, resistance)).max()) / ACCUM_LIMIT


def _lasting(chip, parts):
    """Where registers would wrap if all synapses were used in every step."""
    for name, looks in parts.items():
        c = chip.populations[name].constants
        for k, receptor in enumerate(RECEPTORS):
            kept = c[:, (at.DECAY_E, at.DECAY_I)[k]] / _UNIT
            *_, burst = _burst(chip.populations[name], k, looks[receptor])
            top = burst / float(1.0 - kept.max())
            if top > 1.0:
                yield (
                    f"{name}: if all its {receptor} synapses were used in every step, what they drive would be "
                    f"{top:.3g} times what s16.15 holds, and wrap"
                )


def _parameters(chip, name):
    """Losses of a population's parameters and constants, each for its worst neuron."""
    population, asked = chip.populations[name], chip.network.populations[name]
    if population.is_source:
        return
    units = {key: rule.unit for key, rule in asked.neuron.model.parameters.items()}
    for key, raw in population.parameters.items():
        yield _worst(name, key, units[key], asked.neuron.parameters[key], np.asarray(raw) / ONE)
    p, c = asked.neuron.parameters, population.constants
    decays = (
        ("tau_m", c[:, at.DECAY_M] / ONE),
        ("tau_syn_E", c[:, at.DECAY_E] / _UNIT),
        ("tau_syn_I", c[:, at.DECAY_I] / _UNIT),
    )
    for key, decay in decays:
        with np.errstate(divide="ignore"):
            realised = np.where(decay > 0.0, -chip.dt / np.log(np.maximum(decay, 1e-300)), 0.0)
        yield _worst(name, f"{key} as a decay per step", "ms", p[key], realised)
    yield _worst(name, "tau_m / cm", "MOhm", np.divide(p["tau_m"], p["cm"]), c[:, at.RESISTANCE] / ONE)
    yield _worst(name, "refractory steps", "1", np.divide(p["tau_refrac"], chip.dt), c[:, at.REFRACTORY].astype(float))


def _worst(name, key, unit, asked, realised):
    asked, realised = np.broadcast_arrays(np.asarray(asked, np.float64), realised)
    k = np.unravel_index(np.argmax(np.abs(realised - asked)), asked.shape)
    return ParameterLoss(name, key, unit, float(asked[k]), float(realised[k]))


def _finer(chip, parts):
    """Where the ring buffers are shifted less than sPyNNaker would."""
    for name, looks in parts.items():
        for receptor, shift in zip(RECEPTORS, chip.populations[name].shifts, strict=True):
            own = shifts.own_shift(looks[receptor], chip.dt)
            if shift < own:
                yield (
                    f"{name}: run.py has its {receptor} weights held {1 << own - shift} times finer than sPyNNaker "
                    "would by itself, which expects larger sums than they can make"
                )


def _notes(chip):
    network = chip.network
    if network.order != "spinnaker":
        yield (
            f"The network's order of operations is {network.order}; the chip adds arrivals first and sees their mean "
            "over a step. Network(order='spinnaker') makes the engine do the same"
        )
    for name, population in chip.populations.items():
        for k, receptor in enumerate(RECEPTORS):
            if not population.is_source and population.shifts[k] > 15:
                yield (
                    f"{name}: the {receptor} ring buffer is shifted by {population.shifts[k]}: sums of "
                    f"{ACCUM_LIMIT} nA and more wrap s16.15 instead of saturating"
                )

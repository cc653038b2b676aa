"""From a description to integers: one scale per population, one exponent per projection, and what that loses."""

import numpy as np

from neuromem.engine import check_seed
from neuromem.errors import FitError
from neuromem.hardware.loihi import features, limits, scaling
from neuromem.hardware.loihi.mapping import mapped
from neuromem.hardware.loihi.registers import Connection, Group, LoihiNetwork
from neuromem.hardware.loihi.synapses import listed
from neuromem.hardware.reports import LossReport, ParameterLoss, ProjectionLoss

ALIGNED = scaling.ALIGNED
NEVER = 1e300
"""ms; JSON knows no infinity."""


def quantized(network, seed, generation):
    """Return the LoihiNetwork of a description.

    Raises
    ------
    FitError
        Naming every feature without counterpart.
    """
    seed = check_seed(seed)
    missing = features.refused(network, generation)
    if missing:
        raise FitError(f"Loihi {generation}: {'; '.join(missing)}")
    sequential = features.chain(network) is not None
    groups, connections, projections, parameters, notes = {}, {}, {}, [], []
    for population in network.populations.values():
        if population.is_source:
            continue
        into = [p for p in network.projections.values() if p.post == population.name]
        real = mapped(network, population)
        wires = {p.name: listed(network, p.name, seed) for p in into}
        sizes = {p.name: wires[p.name].weight * real.gain[p.receptor][wires[p.name].target] for p in into}
        demands = [scaling.demand(p.name, sizes[p.name]) for p in into]
        worst = scaling.bounds(real, population.size, [(p.receptor, wires[p.name].target, sizes[p.name]) for p in into])
        # a NetX file has no weight exponents
        top = 0 if sequential and scaling.needs_no_exponent(real, demands) else limits.WEIGHT_EXP_TOP
        scale = scaling.best_scale(real, demands, worst, top)
        groups[population.name] = group = _group(population, real, scale, generation)
        for p, asked in zip(into, demands, strict=True):
            connections[p.name] = _connection(p, wires[p.name], sizes[p.name], scale, real, top)
            projections[p.name] = _projection_loss(
                network, p, wires[p.name], connections[p.name], real.gain[p.receptor], scale, asked
            )
        strongest = max(demands, key=lambda asked: asked.strongest, default=None)
        parameters += _parameter_losses(network, population, real, group)
        bounds, more = overflow(group, [connections[p.name] for p in into])
        notes += more
        for p in into:
            projections[p.name] = _bounded(projections[p.name], bounds, connections[p.name], strongest)
    order = list(network.projections)
    loss = LossReport(
        f"Loihi {generation}",
        tuple(projections[name] for name in order),
        tuple(parameters),
        {f"{name}: raw potential per mV": group.scale for name, group in groups.items()},
        notes=tuple(notes),
    )
    return LoihiNetwork(network, seed, generation, groups, {name: connections[name] for name in order}, loss)


def decay_registers(keep_u, keep_v):
    """du and dv, the nearest that there are to keeping these shares of current and potential in a step."""
    unity = limits.DECAY_TOP + 1
    du = np.clip(np.rint(limits.DECAY_TOP - keep_u * unity), 0, limits.DECAY_TOP)
    dv = np.clip(np.rint(unity - keep_v * unity), 0, limits.DECAY_TOP)
    return du.astype(np.int64), dv.astype(np.int64)


def quantize_weights(magnitude, scale, exponent):
    """Mantissas, int64, of weights given in mV: the nearest, at most 255."""
    unit = ALIGNED << exponent
    return np.minimum(np.rint(magnitude * scale / unit), limits.WEIGHT_TOP).astype(np.int64)


def _group(population, real, scale, generation):
    du, dv = decay_registers(real.keep_u["excitatory"], real.keep_v)
    exponent = int(scaling.bias_exponent(np.abs(real.bias).max(initial=0.0), scale))
    bias = np.clip(np.rint(real.bias * scale / (1 << exponent)), limits.BIAS_LOW, limits.BIAS_TOP)
    start = np.clip(np.rint(real.start * scale), -limits.STATE_TOP, limits.STATE_TOP)
    return Group(
        population.name,
        population.size,
        scale,
        du,
        dv,
        scaling.threshold_mantissa(real.threshold, scale),
        bias.astype(np.int64),
        np.full(population.size, exponent),
        1 + real.pause,
        start.astype(np.int64),
        decay_registers(real.keep_u["inhibitory"], real.keep_v)[0] if real.second else None,
    )


def _connection(projection, wires, magnitude, scale, real, top):
    exponent = int(scaling.weight_exponent(magnitude.max(initial=0.0), scale, top))
    mantissa = quantize_weights(magnitude, scale, exponent)
    inhibitory = projection.receptor == "inhibitory"
    return Connection(
        projection.name,
        projection.pre,
        projection.post,
        wires.source,
        wires.target,
        -mantissa if inhibitory else mantissa,
        exponent,
        np.minimum(wires.delay - 1 + real.own_delay, limits.DELAY_TOP),
        wires.order,
        inhibitory and real.second,
    )


def _projection_loss(network, projection, wires, connection, gain, scale, asked):
    """The loss of weights and delays, without what depends on the other projections."""
    gains = gain[wires.target] * scale
    unit = ALIGNED << connection.weight_exp
    mantissa = np.abs(connection.weight)
    error = mantissa * unit / gains - wires.weight
    model = network.populations[projection.post].neuron.model
    saturated = np.rint(wires.weight * gains / unit) > limits.WEIGHT_TOP
    longest = features.longest_delay(network, network.populations[projection.post])
    return ProjectionLoss(
        projection.name,
        model.weight_unit,
        quantum=float(unit / (gains.min() if gains.size else gain.min() * scale)),
        max_error=float(np.abs(error).max(initial=0.0)),
        rms_error=float(np.sqrt(np.mean(error**2))) if error.size else 0.0,
        synapses=int(error.size),
        zeroed=int(((mantissa == 0) & (wires.weight > 0)).sum()),
        saturated=int(saturated.sum()),
        delays_clipped=int((wires.delay > longest).sum()),
    )


def _bounded(loss, bounds, connection, strongest):
    """Add what all projections of a population bring about together."""
    bound = bounds[1 if connection.second else 0]
    largest = int(np.abs(connection.weight).max(initial=0))
    coarse = largest < (limits.WEIGHT_TOP + 1) // 2 and (largest > 0 or loss.zeroed > 0)
    forced = strongest.name if coarse and strongest.name != loss.projection else ""
    return _with(loss, overflow_bound=bound, coarsened_by=forced)


def _with(loss, **changes):
    return ProjectionLoss(**(loss.__dict__ | changes))


def overflow(group, connections):
    """How far a group's registers can run over, from its integers alone.

    Returns
    -------
    (float, float), list of str
        For either current, the largest sum that can arrive in one step over the largest that it holds; and a sentence
        for each register that could run over if everything fired for ever, with how much it takes.
    """
    sums = np.zeros((2, 2, group.size), np.int64)  # by current, by sign
    single = np.zeros(2, np.int64)
    for c in connections:
        raw = np.abs(c.weight) << (c.weight_exp + limits.ALIGN_BITS)
        second = int(c.second)
        for sign, chosen in enumerate((c.weight > 0, c.weight < 0)):
            np.add.at(sums[second, sign], c.target[chosen], raw[chosen])
        single[second] = max(single[second], raw.max(initial=0))
    burst = sums.max(axis=(1, 2)) / limits.STATE_TOP
    decays = [group.du, group.du if group.du_second is None else group.du_second]
    unity = limits.DECAY_TOP + 1
    lasting = np.array([total * unity / (d + 1) for total, d in zip(sums, decays, strict=True)])
    notes = []
    for current in range(2):
        top = lasting[current].max()
        if top > limits.STATE_TOP:
            what = "u" if current == 0 else "the second u"
            most = int(limits.STATE_TOP // max(1, single[current]))
            notes.append(
                f"{group.name}: {what} leaves its 24 bits from {most + 1} simultaneous spikes on the strongest "
                f"synapses on, and is {top / limits.STATE_TOP:.3g} times what it holds if all fire in every step"
            )
    bias = group.bias_mant << group.bias_exp
    with np.errstate(divide="ignore", invalid="ignore"):
        down = lasting[:, 1].sum(axis=0) + np.maximum(0, -bias)
        depth = np.where(down > 0, down * unity / group.dv, 0.0).max()
    if depth > limits.STATE_TOP:
        notes.append(
            f"{group.name}: v is cut at its lower end if all inhibition comes in every step, "
            f"{depth / limits.STATE_TOP:.3g} times what it holds"
        )
    return (float(burst[0]), float(burst[1])), notes


def _parameter_losses(network, population, real, group):
    """Time constants, threshold and bias as asked and as held, for the worst neuron."""
    losses = []

    def add(name, unit, asked, realised):
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.abs(realised - asked) / np.maximum(np.abs(asked), 1e-300)
        worst = int(np.argmax(np.nan_to_num(off, nan=0.0, posinf=1e300)))
        losses.append(ParameterLoss(population.name, name, unit, float(asked[worst]), float(realised[worst])))

    unity = limits.DECAY_TOP + 1
    add(
        "tau_m",
        "ms",
        share_as_time_constant(real.keep_v, network.dt),
        share_as_time_constant((unity - group.dv) / unity, network.dt),
    )
    if population.neuron.model.weight_unit == "nA":
        used = features.receptors(network, population.name)
        for receptor, name in (("excitatory", "tau_syn_E"), ("inhibitory", "tau_syn_I")):
            if receptor in used:
                own = group.du_second if receptor == "inhibitory" and real.second else group.du
                add(
                    name,
                    "ms",
                    share_as_time_constant(real.keep_u[receptor], network.dt),
                    share_as_time_constant((limits.DECAY_TOP - own) / unity, network.dt),
                )
    add("v_thresh - v_reset", "mV", real.threshold, (group.vth * ALIGNED + 1) / group.scale)
    if np.any(real.bias):
        add("bias", "mV per step", real.bias, (group.bias_mant << group.bias_exp) / group.scale)
    return losses


def share_as_time_constant(keep, dt):
    """Time constant (ms) of a share that is left after one step; NEVER if nothing is lost."""
    with np.errstate(divide="ignore"):
        return np.minimum(np.abs(dt / np.log(keep)), NEVER)

"""What a simulation consists of at a moment, as a tree for a file, whatever the number of parts; and back.

Everything is kept by the name of its population or projection and in the order of its neurons or synapses, so a
checkpoint taken on one number of threads goes on, bit for bit, on another.
"""

import numpy as np

from neuromem.engine import general, weights
from neuromem.engine.parts import ringed, rows_of
from neuromem.engine.plan import row_index, waiting_of
from neuromem.kernels import layout as at
from neuromem.network.tree import check_listed, from_tree, to_tree

KIND = "checkpoint"


def to_checkpoint(simulation):
    """Return the tree; learning that waits is applied first, which changes nothing that follows."""
    plan = simulation.plan
    simulation.flush()
    check_listed(simulation.network)
    return {
        "network": to_tree(simulation.network),
        "seed": simulation.seed,
        "dtype": str(plan.neurons.state.dtype),
        "step": simulation.step,
        "goal": simulation.goal,
        "learning": simulation.learning,
        "record": list(simulation.recorder.sizes),
        "events": {name: {"steps": when, "ids": ids} for name, (when, ids) in simulation.events.items()},
        "populations": {name: _population(plan, simulation, name) for name in plan.index},
        "projections": {name: _projection(plan, simulation, name) for name in plan.projection_index},
        "samples": {
            name: {"steps": np.array(when, np.int64), "values": np.array(rows)}
            for name, (when, rows) in simulation.samples.items()
        },
        "recorded": simulation.recorder.to_tree(),
    }


def network_of(tree):
    """The network of a checkpoint."""
    return from_tree(tree["network"])


def restore(simulation, tree):
    """Put a freshly compiled simulation of the same network, seed and dtype into the state of a checkpoint."""
    plan = simulation.plan
    simulation.step, simulation._learning, simulation.goal = tree["step"], tree["learning"], tree["goal"]
    for name, kept in tree["populations"].items():
        _restore_population(plan, simulation, name, kept)
    for name, kept in tree["projections"].items():
        _restore_projection(plan, simulation, name, kept)
    for name, kept in tree["samples"].items():
        simulation.samples[name] = list(kept["steps"].tolist()), list(kept["values"])
    simulation.set_events({name: (kept["steps"], kept["ids"]) for name, kept in tree["events"].items()})
    simulation.flush()  # the streamed schedule notes from which step on its rows wait
    simulation.recorder.restore(tree["recorded"])


def _population(plan, simulation, name):
    row = plan.populations[plan.index[name]]
    when, who = _recent_spikes(plan, simulation.step, plan.index[name])
    kept = {"spike_steps": when, "spike_ids": who, "total": int(_totals(plan, name).sum())}
    if not simulation.network.populations[name].is_source:
        names = rows_of(simulation.network, name)
        kept["state"] = {v: plan.neurons.state[row_index(row, len(names), k)] for k, v in enumerate(names)}
        kept["waiting"] = waiting_of(plan, name).copy()
        kept["arriving"] = np.roll(_arriving(plan, simulation.network, name), -simulation.step, axis=0)
    return kept


def _restore_population(plan, simulation, name, kept):
    row, slots = plan.populations[plan.index[name]], plan.spiking.id.shape[0]
    bounds = plan.neurons.table[plan.index[name] :: len(plan.index)]
    for r, piece in zip(range(plan.index[name], len(plan.neurons.table), len(plan.index)), bounds, strict=True):
        low, high = piece[at.OFFSET], piece[at.OFFSET] + piece[at.SIZE]
        mine = (kept["spike_ids"] >= low) & (kept["spike_ids"] < high)
        for step in np.unique(kept["spike_steps"][mine]):
            ids = kept["spike_ids"][mine & (kept["spike_steps"] == step)] + row[at.FIRST]
            plan.spiking.id[step % slots, piece[at.FIRST] : piece[at.FIRST] + ids.size] = ids
            plan.spiking.count[step % slots, r] = ids.size
    _totals(plan, name)[:] = 0
    _totals(plan, name)[0] = kept["total"]
    if "state" in kept:
        names = rows_of(simulation.network, name)
        for k, variable in enumerate(names):
            plan.neurons.state[row_index(row, len(names), k)] = kept["state"][variable]
        waiting_of(plan, name)[:] = kept["waiting"]
        _arriving(plan, simulation.network, name)[:] = np.roll(kept["arriving"], simulation.step, axis=0)


def _totals(plan, name):
    return plan.spiking.total[plan.index[name] :: len(plan.index)]


def _arriving(plan, network, name):
    """What is to arrive at a population, real (slots, receptors, size): a view."""
    row, receptors = plan.populations[plan.index[name]], ringed(network, name)
    places = plan.neurons.ring[:, row[at.INPUT] : row[at.INPUT] + len(receptors) * row[at.PADDED]]
    return places.reshape(len(places), len(receptors), row[at.PADDED])[:, :, : row[at.SIZE]]


def _recent_spikes(plan, now, p):
    """(steps, local ids) of the spikes that may still be needed: those of the last `longest` steps."""
    slots, first = plan.spiking.id.shape[0], plan.populations[p, at.FIRST]
    steps, ids = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for step in range(max(0, now - plan.longest), now):
        for r in range(p, len(plan.neurons.table), len(plan.index)):
            begin = plan.neurons.table[r, at.FIRST]
            spiking = plan.spiking.id[step % slots, begin : begin + plan.spiking.count[step % slots, r]]
            steps.append(np.full(spiking.size, step))
            ids.append(spiking - first)
    return np.concatenate(steps), np.concatenate(ids).astype(np.int64)


_PRE = {
    at.DEFERRED: ("last_pre", "pre_trace"),
    at.IMMEDIATE: ("pre_trace",),
    at.HEBB_INCOMING: (),
    at.HEBB_OUTGOING: (),
}
_POST = {
    at.DEFERRED: ("history_count", "history_step", "history_trace"),
    at.IMMEDIATE: ("post_trace",),
    at.HEBB_INCOMING: (),
    at.HEBB_OUTGOING: (),
}


def _projection(plan, simulation, name):
    """Weights and the state of learning; nothing for a projection whose weights are those of the description."""
    number = plan.projection_index[name]
    pieces = plan.pieces(number)
    rule, plastic = int(pieces[0, at.RULE]), plan.plastic
    if rule >= at.GENERAL:
        return general.kept(plan, number)
    if rule not in _PRE:
        return {"weights": weights.read(plan, number)} if name in simulation.rewritten else {}
    rows = slice(pieces[0, at.PLASTIC_ROW], pieces[0, at.PLASTIC_ROW] + pieces[0, at.ROWS])
    posts = [_posts(plan, piece) for piece in pieces]
    return {
        "weights": weights.read(plan, number),
        **{field: getattr(plastic, field)[rows].copy() for field in _PRE[rule]},
        **{field: np.concatenate([getattr(plastic, field)[span] for span in posts]) for field in _POST[rule]},
    }


def _posts(plan, piece):
    return slice(piece[at.PLASTIC_POST], piece[at.PLASTIC_POST] + plan.neurons.table[piece[at.POST], at.SIZE])


def _restore_projection(plan, simulation, name, kept):
    if not kept:
        return
    number = plan.projection_index[name]
    if "variables" in kept:
        general.restore(plan, number, kept)
        return
    weights.replace(plan, number, kept["weights"])
    simulation.rewritten.add(name)
    begin, plastic = 0, plan.plastic
    for piece in plan.pieces(number):
        rule, posts = int(piece[at.RULE]), _posts(plan, piece)
        end = begin + posts.stop - posts.start
        for field in _PRE.get(rule, ()):
            getattr(plastic, field)[piece[at.PLASTIC_ROW] : piece[at.PLASTIC_ROW] + piece[at.ROWS]] = kept[field]
        for field in _POST.get(rule, ()):
            getattr(plastic, field)[posts] = kept[field][begin:end]
        begin = end
    if rule == at.DEFERRED:
        plastic.flushed[number :: len(plan.projection_index)] = simulation.step

"""What probes have sampled, as traces."""

import numpy as np

from neuromem.engine.recorder import Trace
from neuromem.network.check import indices


def check_probes(network, plan):
    """Check weight probes of random projections: only when compiled is it known which synapses there are."""
    for probe in network.probes:
        if probe.target in network.projections and probe.ids is not None:
            size = plan.stored[plan.projection_index[probe.target]].size
            indices(probe.ids, f"probe of {probe.target}", "ids", size)


def traces(network, samples):
    """Name of a probe -> Trace.

    samples : dict, name -> (steps, rows), each row float (number of ids,)
    """
    found = {}
    for probe in network.probes:
        when, rows = samples[probe.name]
        ids = np.arange(len(rows[0]) if rows else 0) if probe.ids is None else probe.ids
        values = np.array(rows) if rows else np.zeros((0, ids.size))
        found[probe.name] = Trace(np.array(when) * network.dt, values, ids, _unit(network, probe))
    return found


def _unit(network, probe):
    given = network.projections.get(probe.target)
    if given is not None and given.model is not None:
        return given.model.model.variables[probe.variable]
    if probe.variable == "weight":
        projection = network.projections[probe.target]
        return network.populations[projection.post].neuron.model.unit_of(projection.receptor)
    return network.populations[probe.target].neuron.model.state[probe.variable]

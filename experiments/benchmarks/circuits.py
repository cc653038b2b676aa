"""A benchmark as a simulation that is ready to run."""

import numpy as np

from neuromem.engine import Simulation
from neuromem.experiments.benchmarks import networks, tasks

CONTENT = 784
"""Bits of a content of the CA3 memory."""
SPACING = 14
"""Steps from one recall to the next."""
KEPT = 0.25
"""Fraction of a content that is shown."""


def open_circuit(name, n, seconds, *, threads=1, dtype="float64", seed=0):
    """The Simulation of a benchmark, with input for `seconds` of model time where it has any."""
    if name != "ca3":
        network = networks.build(tasks.task(name, n), seed)
        return Simulation(network, seed=seed, threads=threads, dtype=dtype)
    network, when, ids = recall(n, seconds, seed)
    simulation = Simulation(network, seed=seed, threads=threads, dtype=dtype)
    simulation.feed("In", when, ids)
    return simulation


def recall(cues, seconds, seed):
    """The published CA3 memory (rule `any`) with a handwritten digit under every cue, recalling from fragments.

    A quarter of the ink of one digit after the other is shown for one step, every 14 steps; the network is frozen and
    not put back to rest in between.

    Returns
    -------
    network : Network
    when, ids : int64 arrays
        Steps and neurons of the input `In`.
    """
    from neuromem import datasets, patterns
    from neuromem.models import CA3Memory
    from neuromem.models.ca3_published import PULSE

    contents = patterns.binarize(datasets.digits().x_train[:cues])
    memory = CA3Memory(cues, CONTENT, seed=seed)
    memory = memory.with_weights({"cue_to_content": PULSE * contents, "content_to_cue": PULSE * contents.T})
    steps = np.arange(0, round(seconds * 1000), SPACING)
    shown = patterns.keep(contents[np.arange(steps.size) % cues], KEPT, np.random.default_rng(seed))
    when, bit = np.nonzero(shown)
    return memory.to_network(), steps[when], cues + bit


def as_arrays(network, when, ids):
    """A network of the chip's order of operations as plain arrays, for a peer to run spike for spike.

    Neurons are counted through the populations that are no sources; weights are those that the step of arrival sees.

    Returns
    -------
    task : dict
        As in `tasks`: name, n, dt, and the populations' names and sizes.
    arrays : dict of str to array
        Per neuron v_rest, v_reset, v_thresh, resistance, decay_m, decay_s; the input's `when` and `ids`, its size;
        per delay d in steps the synapses `pre_d`, `post_d`, `weight_d` among neurons and `in_pre_d` ... from the input.
    """
    neurons = [population for population in network.populations.values() if not population.is_source]
    (source,) = [population for population in network.populations.values() if population.is_source]
    first = dict(zip([p.name for p in neurons], np.cumsum([0, *(p.size for p in neurons)]).tolist()))
    arrays = {"when": when, "ids": ids, "inputs": source.size}
    columns = {key: [] for key in ("v_rest", "v_reset", "v_thresh", "resistance", "decay_m", "decay_s")}
    for population in neurons:
        given = population.neuron.parameters
        constants = population.neuron.model.constants(given, network.dt, network.order)
        for key, column in columns.items():
            value = constants["decay_e"] if key == "decay_s" else constants[key]
            column.append(np.full(population.size, value, float))
    arrays |= {key: np.concatenate(column) for key, column in columns.items()}
    parts = {}
    for number, projection in enumerate(network.projections.values()):
        pre, post = network.populations[projection.pre], network.populations[projection.post]
        start, targets = projection.connector.rows(pre.size, post.size, 0, number)
        constants = post.neuron.model.constants(post.neuron.parameters, network.dt, network.order)
        sign = constants["mean_e"] if projection.receptor == "excitatory" else -constants["mean_i"]
        weight = np.broadcast_to(np.ravel(projection.weight), targets.shape) * sign
        sources = np.repeat(np.arange(pre.size), np.diff(start)) + (0 if pre.is_source else first[pre.name])
        kind = f"{'in_' if pre.is_source else ''}{{}}_{round(projection.delay / network.dt)}"
        for key, values in (("pre", sources), ("post", targets.astype(int) + first[post.name]), ("weight", weight)):
            parts.setdefault(kind.format(key), []).append(values)
    arrays |= {key: np.concatenate(values) for key, values in parts.items()}
    populations = [{"name": population.name, "size": population.size} for population in neurons]
    return {"name": "ca3", "dt": network.dt, "populations": populations}, arrays

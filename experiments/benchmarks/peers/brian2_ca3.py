"""A network of the SpiNNaker order of operations in Brian2, from plain arrays, step for step.

Synapses come first in a step, then the neurons, which integrate by the chip's arithmetic instead of an equation. Spikes
are seen by the synapses one step after they were fired, so that delays are one step shorter than their name.
"""

import numpy as np

UPDATE = """
v_inf = v_rest + resistance*i_syn
v = int(not_refractory)*(v_inf - (v_inf - v)*decay_m) + (1 - int(not_refractory))*v
i_syn *= decay_s
"""
MODEL = """
v : 1
i_syn : 1
v_rest : 1 (constant)
v_reset : 1 (constant)
v_thresh : 1 (constant)
resistance : 1 (constant)
decay_m : 1 (constant)
decay_s : 1 (constant)
"""


def build(task):
    """Return (network, monitor, list of Synapses)."""
    global b2  # not at the top: our own environment, which checks and packs this file, need not have Brian2
    import brian2 as b2

    dt = task["dt"] * b2.ms
    b2.defaultclock.dt = dt
    with np.load(task["arrays"]) as stored:
        arrays = dict(stored)
    group = b2.NeuronGroup(
        arrays["v_rest"].size,
        MODEL,
        threshold="v >= v_thresh and not_refractory",
        reset="v = v_reset",
        refractory=2 * dt,
        name="neurons",
    )
    for key in ("v_rest", "v_reset", "v_thresh", "resistance", "decay_m", "decay_s"):
        setattr(group, key, arrays[key])
    group.v = arrays["v_rest"]
    group.run_regularly(UPDATE, dt=dt, when="after_groups")
    source = b2.SpikeGeneratorGroup(int(arrays["inputs"]), arrays["ids"], arrays["when"] * dt, name="source")
    made = []
    for origin, start in ((group, ""), (source, "in_")):
        for steps in range(1, 10):
            if f"{start}pre_{steps}" in arrays:
                synapses = b2.Synapses(origin, group, "w : 1", on_pre="i_syn_post += w", delay=(steps - 1) * dt)
                synapses.connect(i=arrays[f"{start}pre_{steps}"], j=arrays[f"{start}post_{steps}"])
                synapses.w = arrays[f"{start}weight_{steps}"]
                made.append(synapses)
    monitor = b2.SpikeMonitor(group)
    network = b2.Network(group, source, *made, monitor)
    network.schedule = ["start", "synapses", "groups", "thresholds", "resets", "end"]
    return network, monitor, made

"""The cortical microcircuit of Potjans and Diesmann (Cereb. Cortex 24:785, 2014) as a task.

Four layers of excitatory and inhibitory neurons below 1 mm2 of cortex: 77,169 neurons, 299 million synapses, Poisson
background. Numbers as in NEST's example of the model, initial potentials as in its `optimized` choice. Smaller sizes
scale neurons and in-degrees alike; weights grow by 1/sqrt(scale) and a direct current replaces the mean input that is
lost (van Albada, Helias and Diesmann, PLoS Comput. Biol. 11:e1004490, 2015), so that rates are kept, correlations not.
"""

import math

import numpy as np

NAMES = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
PUBLISHED_RATES = (0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829)
"""Mean rates (1/s) of the populations in NEST's full-scale simulation."""
BACKGROUND = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
"""External afferents of a neuron, each at BACKGROUND_RATE."""
BACKGROUND_RATE = 8.0
PROBABILITY = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
"""Probability that a pair is joined at least once; rows are targets, columns sources."""
V0_MEAN = (-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43)
V0_SD = (5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48)
NEURON = {
    "tau_m": 10.0,
    "cm": 0.25,
    "v_rest": -65.0,
    "v_thresh": -50.0,
    "v_reset": -65.0,
    "tau_refrac": 2.0,
    "tau_syn_e": 0.5,
    "tau_syn_i": 0.5,
}
PSP, RELATIVE_SD = 0.15, 0.1
"""Peak of an excitatory postsynaptic potential (mV); spread of the weights."""
INHIBITION = 4.0
"""Strength of inhibition relative to excitation."""
DELAY = {False: 1.5, True: 0.75}
"""Mean delay (ms) of excitatory and of inhibitory synapses; half of it is the standard deviation."""


def microcircuit(n):
    """The task for about `n` neurons in all."""
    scale = n / SIZES.sum()
    sizes = np.maximum(1, np.rint(SIZES * scale)).astype(int)
    full = pairs(SIZES)
    total = np.rint(full * scale * scale).astype(int)
    weight = current(PSP)
    weights = np.tile(np.where(np.arange(8) % 2, INHIBITION, 1.0) * weight, (8, 1))
    weights[0, 2] *= 2  # L4E to L23E
    signed = weights * np.where(np.arange(8) % 2, -1.0, 1.0)
    recurrent = (signed * full / SIZES[:, None]) @ np.array(PUBLISHED_RATES)
    lost = recurrent + weight * BACKGROUND * BACKGROUND_RATE
    offset = 1e-3 * NEURON["tau_syn_e"] * (1 - math.sqrt(scale)) * lost
    stronger = 1 / math.sqrt(scale)
    populations = [
        {
            "name": NAMES[i],
            "size": int(sizes[i]),
            "v0": ["normal", V0_MEAN[i], V0_SD[i]],
            "offset": float(offset[i]),
            "poisson": {
                "count": max(1, round(BACKGROUND[i] * scale)),
                "rate": BACKGROUND_RATE,
                "weight": weight * stronger,
            },
        }
        for i in range(8)
    ]
    projections = [
        {
            "pre": j,
            "post": i,
            "p": None,
            "total": int(total[i, j]),
            "weight": float(weights[i, j] * stronger),
            "weight_sd": float(weights[i, j] * stronger * RELATIVE_SD),
            "delay": DELAY[bool(j % 2)],
            "delay_sd": DELAY[bool(j % 2)] / 2,
            "inhibitory": bool(j % 2),
            "stdp": None,
        }
        for j in range(8)
        for i in range(8)
        if total[i, j]
    ]
    return {
        "name": "microcircuit",
        "n": n,
        "dt": 0.1,
        "model": "curr_exp",
        "neuron": NEURON,
        "populations": populations,
        "projections": projections,
    }


def pairs(sizes):
    """Synapses (targets, sources) drawn with replacement so that a pair is joined with the given probability."""
    possible = np.outer(sizes, sizes).astype(float)
    return np.log1p(-PROBABILITY) / np.log1p(-1.0 / possible)


def current(psp):
    """Synaptic current (nA) whose potential peaks at `psp` (mV)."""
    tau_m, tau_s, cm = NEURON["tau_m"], NEURON["tau_syn_e"], NEURON["cm"]
    ratio = tau_m / tau_s
    shape = ratio ** (-tau_m / (tau_m - tau_s)) - ratio ** (-tau_s / (tau_m - tau_s))
    return psp / (tau_m * tau_s / (cm * (tau_s - tau_m)) * shape)

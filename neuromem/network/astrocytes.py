"""Astrocytes after Li and Rinzel as populations: calcium from IP3, and the slow inward current they send to neurons.

What arrives at an astrocyte raises its IP3; what leaves it is a current, so `slow_inward_current` is a synapse that
adds up currents in every step and waits for no spike. `tripartite` connects both along the synapses between neurons,
pooled per astrocyte.
"""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import count, numbers
from neuromem.network.connectors import FromArrays
from neuromem.network.equations.neuron import NeuronModel
from neuromem.network.equations.synapse import SynapseModel

astrocyte_lr_1994 = NeuronModel(
    """
dIP3/dt = (IP3_0 - IP3)/tau_IP3                                        : 1
dCa/dt = channel - pump + leak                                         : 1
dh/dt = k_IP3R*(Kd_inh*(IP3 + Kd_IP3_1)/(IP3 + Kd_IP3_2)*(1 - h) - Ca*h) : 1
Ca_ER = (Ca_tot - Ca)/ratio_ER_cyt                                     : 1
opened = IP3/(IP3 + Kd_IP3_1)*Ca/(Ca + Kd_act)*h                       : 1
channel = ratio_ER_cyt*rate_IP3R*opened**3*(Ca_ER - Ca)                : hertz
leak = ratio_ER_cyt*rate_L*(Ca_ER - Ca)                                : hertz
pump = rate_SERCA*Ca**2/(Km_SERCA**2 + Ca**2)                          : hertz
sic = SIC_scale*log(clip((Ca - SIC_th)*1000, 1, 1e9))                  : amp
tau_IP3 : second (constant)
rate_IP3R : hertz (constant)
rate_L : hertz (constant)
rate_SERCA : hertz (constant)
k_IP3R : hertz (constant)
SIC_scale : amp (constant)
Ca_tot : 1 (constant)
IP3_0 : 1 (constant)
Kd_IP3_1 : 1 (constant)
Kd_IP3_2 : 1 (constant)
Kd_act : 1 (constant)
Kd_inh : 1 (constant)
Km_SERCA : 1 (constant)
SIC_th : 1 (constant)
ratio_ER_cyt : 1 (constant)
""",
    parameters={
        **{"Ca_tot": 2.0, "IP3_0": 0.16, "Kd_IP3_1": 0.13, "Kd_IP3_2": 0.9434, "Kd_act": 0.08234, "Kd_inh": 1.049},
        **{"Km_SERCA": 0.1, "SIC_th": 0.19669, "SIC_scale": "1*pA", "ratio_ER_cyt": 0.185, "tau_IP3": 7142.0},
        **{"rate_IP3R": "0.006/ms", "rate_L": "0.00011/ms", "rate_SERCA": "0.0009/ms", "k_IP3R": "0.0002/ms"},
    },
    initial={"IP3": 0.16, "Ca": 0.073, "h": 0.793},
    receptors={"excitatory": "IP3"},
    method="rk4",
    name="astrocyte_lr_1994",
)
"""Astrocyte with IP3, calcium and slow inward current, equal to NEST's model of this name.

Concentrations are numbers of uM. A spike raises IP3 by its weight in uM (NEST: delta_IP3, 0.0002 uM, times the weight).
`sic` is SIC_scale ln(1000 (Ca - SIC_th)) where that is positive. There is no noise on calcium, without which it stays
within 0 and Ca_tot.

References
----------
Li and Rinzel, J. Theor. Biol. 166:461 (1994); Nadkarni and Jung, Phys. Rev. Lett. 91:268101 (2003).
"""

slow_inward_current = SynapseModel(
    "w : 1 (constant)\ni_sic_post = w*sic_pre : amp (summed)", parameters={"w": 1.0}, name="slow_inward_current"
)
"""Adds w times the slow inward currents of its astrocytes to `i_sic` of a neuron, in every step and without delay."""

POOLS = ("random", "block")


def pooled(i, j, n_post, astrocytes, *, share=1.0, size=1, pools="random", rng):
    """Draw the astrocyte of each synapse out of the pool of its post neuron.

    Parameters
    ----------
    i, j : int arrays, shape (k,)
        Pre and post neuron of each synapse.
    n_post, astrocytes : int
        Sizes of the populations.
    share : float
        Chance that a synapse has an astrocyte.
    size : int
        Astrocytes in the pool of a neuron, at most.
    pools : "random" or "block"
        Any astrocytes, or neighbours: neurons share out the astrocytes evenly in their order.
    rng : numpy.random.Generator

    Returns
    -------
    int64 (k,)
        Astrocytes; -1 where there is none.

    Raises
    ------
    DescriptionError
    """
    i, j = np.asarray(i, np.int64), np.asarray(j, np.int64)
    if i.shape != j.shape or i.ndim != 1:
        raise DescriptionError(f"pooled: one post neuron per pre neuron is expected, got {i.shape} and {j.shape}")
    n_post, astrocytes = count(n_post, "pooled", "n_post", least=1), count(astrocytes, "pooled", "astrocytes", least=1)
    size = count(size, "pooled", "size", least=1)
    share = numbers(share, "pooled", "share", low=0.0, high=1.0, scalar=True)
    if size > astrocytes:
        raise DescriptionError(f"pooled.size: pools of {size} need as many astrocytes, there are {astrocytes}")
    if j.size and (j.min() < 0 or j.max() >= n_post):
        raise DescriptionError(f"pooled.j: post neurons lie in 0..{n_post - 1}")
    if pools == "random":
        members = rng.permuted(np.tile(np.arange(astrocytes), (n_post, 1)), axis=1)[:, :size]
    elif pools == "block":
        first = np.arange(n_post) * astrocytes // n_post
        members = (first[:, None] + np.arange(size)) % astrocytes
    else:
        raise DescriptionError(f"pooled.pools: one of {', '.join(POOLS)} is expected, got {pools!r}")
    chosen = members[j, rng.integers(0, size, j.size)]
    return np.where(rng.random(j.size) < share, chosen, -1)


def tripartite(network, pre, post, astrocytes, i, j, owner, *, ip3=2e-4, sic=1.0, delay=None):
    """Connect neurons and astrocytes along synapses between neurons, which are a projection of their own.

    Every spike of a pre neuron raises IP3 once per synapse that its astrocyte covers; the astrocyte's current reaches
    each post neuron of such synapses once.

    Parameters
    ----------
    network : Network
        In the order "brian2".
    pre, post, astrocytes : str
        Populations; post neurons have a variable `i_sic` (`NeuronModel(..., variables=("i_sic",))`).
    i, j, owner : int arrays, shape (k,)
        Pre neuron, post neuron and astrocyte of each synapse, -1 for none, as of `pooled`.
    ip3 : float
        uM per spike and synapse.
    sic : float
        Weight of the current.
    delay : float, optional
        ms from a pre neuron to the astrocyte.

    Returns
    -------
    (Projection, Projection)
        Onto the astrocytes and from them.

    Raises
    ------
    DescriptionError
        Nothing is added then.
    """
    i, j, owner = (np.asarray(side, np.int64) for side in (i, j, owner))
    if not i.shape == j.shape == owner.shape:
        raise DescriptionError("tripartite: one pre neuron, post neuron and astrocyte per synapse are expected")
    covered = owner >= 0
    pairs = np.unique(np.column_stack([owner[covered], j[covered]]), axis=0)
    trial = network.copy()
    for target in (trial, network):  # the copy first, so that an error leaves the network as it was
        up = target.project(pre, astrocytes, FromArrays(i[covered], owner[covered]), weight=ip3, delay=delay)
        down = target.project(astrocytes, post, FromArrays(*pairs.T), model=slow_inward_current(w=sic))
    return up, down

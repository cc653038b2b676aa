"""The published CA3 content-addressable memory network, exactly.

Casanueva-Morato et al., Neural Networks 178:106474 (2024), sections 3 and 4. A cue is one-hot (one neuron per memory),
a content is any binary vector. There are no recurrent collaterals and no dentate gyrus in it: the name CA3 is the
authors'. Two structures learn with the same rule: cue -> content (recall by cue) and content -> cue (recall by
content). All populations step in the order of the SpiNNaker chip; weights are nA, delays ms (= steps).
"""

import numpy as np

from neuromem.network import (
    AllButSelf,
    AllToAll,
    FromArrays,
    IF_curr_exp,
    Network,
    OneToOne,
    SpikePairSTDP,
    SpikeSourceArray,
)

PULSE = 6.0
"""Weight (nA) at which one spike makes its target spike in the step of its arrival."""

_SHARED = {"v_rest": -60.0, "v_reset": -60.0, "tau_syn_E": 0.3, "tau_syn_I": 0.3, "tau_refrac": 1.0}
SLOW = IF_curr_exp(cm=0.27, tau_m=3.0, v_thresh=-57.0, **_SHARED)
FAST = IF_curr_exp(cm=0.14, tau_m=0.5, v_thresh=-57.0, **_SHARED)
OUTPUT = IF_curr_exp(cm=0.27, tau_m=3.0, v_thresh=-57.5, **_SHARED)
LEARNING = SpikePairSTDP(
    tau_plus=3.0, tau_minus=3.0, a_plus=6.0, a_minus=6.0, w_min=0.0, w_max=PULSE, update="deferred"
)

CUE_TO_CONTENT = "S1Cue->S1Cont"
CONTENT_TO_CUE = "S2Cont->S2Cue"
INTERNAL = ("S1Cue", "S1Cont", "S2Cond", "S2Int", "S2Cue", "S2Cont", "MergeCue", "MergeCont")

LEARN_INPUT = 3
"""Steps for which cue and content are presented; one or two would not overwrite what the cue held."""
LEARN_STEPS = 14
"""Steps from one learning operation to the next, as in the authors' test bench. The 7 that the paper states leave
errors in overlapping contents; 10 do not."""
RECALL_STEPS = 7
"""Steps after which a recall has been read out: query at Out 5 steps after the input, its answer at 6."""
ANSWER_STEP = 6


def published_network(cues, content):
    """Build the network for `cues` memories of `content` bits.

    Returns
    -------
    Network
        `In` and `Out` hold the cue first, then the content.
    """
    m, n = cues, content
    net = Network(dt=1.0, order="spinnaker")
    for name, size, neuron in (
        ("In", m + n, SpikeSourceArray()),
        ("S1Cue", m, SLOW),
        ("S1Cont", n, SLOW),
        ("S2Cond", n, FAST),
        ("S2Int", 1, FAST),
        ("S2Cue", m, FAST),
        ("S2Cont", n, SLOW),
        ("MergeCue", m, SLOW),
        ("MergeCont", n, SLOW),
        ("Out", m + n, OUTPUT),
    ):
        net.population(name, size, neuron)
    cue, bit = np.arange(m), np.arange(n)
    one, every, others = OneToOne(), AllToAll(), AllButSelf()

    net.project("In", "S1Cue", FromArrays(cue, cue), weight=PULSE, delay=1.0)
    net.project("In", "S1Cont", FromArrays(m + bit, bit), weight=PULSE, delay=1.0)
    net.project("S1Cue", "S1Cont", every, weight=0.0, delay=1.0, plasticity=LEARNING)
    net.project("S1Cue", "S2Cue", one, weight=PULSE, delay=2.0)
    net.project("S1Cue", "S2Cue", others, weight=PULSE * n, delay=3.0, receptor="inhibitory")
    net.project("S1Cue", "S2Cond", every, weight=PULSE, delay=2.0, receptor="inhibitory")
    net.project("S1Cont", "S2Cond", one, weight=9.0, delay=1.0)
    net.project("S1Cont", "S2Int", every, weight=PULSE, delay=1.0)
    net.project("S2Int", "S2Cond", every, weight=2.0, delay=1.0)
    net.project("S2Cond", "S2Cont", one, weight=PULSE, delay=1.0)
    net.project("S2Cont", "S2Cue", every, weight=0.0, delay=1.0, plasticity=LEARNING)
    net.project("S2Cue", "S2Cue", others, weight=PULSE * n, delay=2.0, receptor="inhibitory")
    net.project("S1Cue", "MergeCue", one, weight=PULSE, delay=3.0)
    net.project("S1Cont", "MergeCont", one, weight=PULSE, delay=3.0)
    net.project("S2Cue", "MergeCue", one, weight=PULSE, delay=1.0)
    net.project("S2Cont", "MergeCont", one, weight=PULSE, delay=1.0)
    net.project("MergeCue", "Out", FromArrays(cue, cue), weight=PULSE, delay=1.0)
    net.project("MergeCont", "Out", FromArrays(bit, m + bit), weight=PULSE, delay=1.0)
    return net


def run_recall(simulation):
    """Run one recall after its input was fed."""
    simulation.run_steps(RECALL_STEPS)

"""Content recall by competition: the one memory that fits a fragment best, then its full content, all in spikes.

Ours, on the cue-content idea of the published network. A fragment of k bits reaches every cue neuron i as the evidence
E_i = A * overlap_i / sqrt(size_i), because one-shot learning scales each cue's synapses to a constant sum of squares.
At the same moment the `Size` neurons, of which ceil(sqrt(k)) fire, inhibit all cues by A * ceil(sqrt(k)) >= E_i. The
inhibition decays faster than the evidence, so that cue i fires when

    exp(-t / tau) = overlap_i / sqrt(size_i k)        the cosine of fragment and stored content,

the best match first, after t = tau ln(1 / cosine) steps whatever the size of fragment and content (up to MARGIN, to
rounding sqrt(k) up, and to the threshold, which are the same for all cues). A cue that fires excites its own `Winner`
neuron and inhibits all others for the rest of the race, so that later cues come to nothing.
Cues that fire in the same step (scores equal to about one part in tau) are separated by delay: a cue inhibits the
winners above it one step sooner than those below, so that the lowest one wins. The winner calls up its content in
`Full`. Each cue fires once and then rests until all evidence has faded, `rest_steps`. A poor match may fire long after
the answer, so that a network that is not put back to rest takes the next fragment only `next_fragment` steps after the
last, 1.4 s for 784 bits; earlier, a cue may be at rest that should answer.

Learning happens in one step: content and cue are presented together, `Cont` and `Cue` (and, one step later, `Winner`
and `Full`) fire in the same step, and the one-shot Hebbian rule writes both directions anew. In a recall these pairs
never fire together, so that nothing is learned then.
"""

import math

import numpy as np

from neuromem.models.ca3_published import FAST, OUTPUT, PULSE, SLOW
from neuromem.network import (
    AllButSelf,
    AllToAll,
    FromArrays,
    IF_curr_exp,
    Network,
    OneShotHebb,
    OneToOne,
    SpikeSourceArray,
)

RECALL_STEPS = 250
"""Most steps that a recall may take."""
RACE_STEPS = 235
"""Steps of these in which the inhibition may decay until a cue fires."""
LEARN_INPUT = 1
LEARN_STEPS = 8
SETTLE_STEPS = 6
"""Steps after the first answer in which a second one would still appear."""

CUE_TO_CONTENT = "Winner->Full"
CONTENT_TO_CUE = "Cont->Cue"
INTERNAL = ("Cont", "Size", "Cue", "Winner", "Full")
COMPETING = ("Size", "Cue", "Winner")

THRESHOLD = 1.0
"""mV above rest at which a cue neuron fires."""
RESISTANCE = 20.0
"""MOhm of a cue neuron."""
WEAKEST = 40.0
"""Drive in thresholds of the weakest evidence there is: one bit of a content in which all bits are active."""
TAU_EVIDENCE = 100.0
"""ms. Shorter lets the network rest sooner but leaves less of the evidence at the end of the race."""
TAU_LATERAL = 60.0
"""ms, decay of the inhibition among winners."""
WEAK = 0.1
"""Currents and resistance of winners over those of other neurons; their threshold is WEAK**2 of the others. So what all
cues of a large memory send to one winner fits the registers of a chip, with 16 bits before the point."""
MARGIN = 1.02
"""Inhibition over evidence at a perfect match, so that even the best cue has to wait for the decay."""


def lift(neuron):
    """mV by which a weight of 1 nA lifts a resting neuron in the step of its arrival (dt = 1 ms)."""
    p = neuron.parameters
    mean_current = p["tau_syn_E"] * -math.expm1(-1.0 / p["tau_syn_E"])
    return p["tau_m"] / p["cm"] * -math.expm1(-1.0 / p["tau_m"]) * mean_current


def evidence_scale(content):
    """A, the weight (nA) of the only bit of a content: the drive is then never below WEAKEST thresholds."""
    return WEAKEST * THRESHOLD / RESISTANCE * math.sqrt(content)


def race_time_constant(content):
    """tau (ms): a cosine smaller by a factor of e takes this much longer.

    Chosen so that one bit of a full content, the smallest cosine of a true fragment, 1 / sqrt(content), still wins
    within RACE_STEPS, when the evidence has to exceed the inhibition by the threshold as well.
    """
    faded = math.exp(RACE_STEPS / TAU_EVIDENCE) / WEAKEST
    needed = math.log(MARGIN * math.sqrt(content)) - math.log1p(-faded)
    return RACE_STEPS / (needed + 0.05)


def rest_steps(content):
    """Steps in which even the strongest evidence fades below threshold; a cue that has fired rests for so long."""
    return math.ceil(TAU_EVIDENCE * math.log(WEAKEST * content))


def next_fragment(content):
    """Steps from one fragment to the next in a network that is not put back to rest: the latest a cue fires, and rests.

    Evidence of x times the weakest, x in 1..content, meets the strongest inhibition, MARGIN * content, after
    tau ln(MARGIN content / x) steps, and lasts above threshold for TAU_EVIDENCE ln(WEAKEST x).
    """
    tau, strongest = race_time_constant(content), math.log(MARGIN * content)
    x = max(0.0, (tau * strongest - TAU_EVIDENCE * math.log(WEAKEST)) / (tau + TAU_EVIDENCE))
    return math.ceil(tau * (strongest - x)) + rest_steps(content) + SETTLE_STEPS


def competition_network(cues, content):
    """Build the network for `cues` memories of `content` bits.

    Returns
    -------
    Network
        `In` and `Out` hold the cue first, then the content.
    """
    m, n = cues, content
    sizes = math.isqrt(n - 1) + 1
    scale = evidence_scale(n)
    tau_inhibition = 1.0 / (1.0 / race_time_constant(n) + 1.0 / TAU_EVIDENCE)
    racer = IF_curr_exp(
        v_rest=-60.0,
        v_reset=-60.0,
        v_thresh=-60.0 + THRESHOLD,
        tau_m=1.0,
        cm=1.0 / RESISTANCE,
        tau_refrac=float(rest_steps(n)),
        tau_syn_E=TAU_EVIDENCE,
        tau_syn_I=tau_inhibition,
    )
    slow = SLOW.parameters
    above_rest = WEAK**2 * (slow["v_thresh"] - slow["v_rest"])
    winner = IF_curr_exp(
        **(slow | {"cm": slow["cm"] / WEAK, "v_thresh": slow["v_rest"] + above_rest, "tau_syn_I": TAU_LATERAL})
    )
    # Size neuron j fires from j*j + 1 bits on, so that ceil(sqrt(k)) of them do.
    fast, bits = FAST.parameters, np.arange(sizes) ** 2 + 0.5
    counter = IF_curr_exp(**(fast | {"v_thresh": fast["v_rest"] + PULSE * lift(FAST) * bits}))
    net = Network(dt=1.0, order="spinnaker")
    for name, size, neuron in (
        ("In", m + n, SpikeSourceArray()),
        ("Cont", n, SLOW),
        ("Size", sizes, counter),
        ("Cue", m, racer),
        ("Winner", m, winner),
        ("Full", n, SLOW),
        ("Out", m + n, OUTPUT),
    ):
        net.population(name, size, neuron)
    cue, bit = np.arange(m), np.arange(n)
    one, every, others = OneToOne(), AllToAll(), AllButSelf()

    net.project("In", "Cont", FromArrays(m + bit, bit), weight=PULSE, delay=1.0)
    # Evidence and inhibition arrive together, two steps after the content.
    evidence = OneShotHebb(total=scale, exponent=0.5, over="incoming")
    net.project("Cont", "Cue", every, weight=0.0, delay=2.0, plasticity=evidence)
    net.project("Cont", "Size", every, weight=PULSE, delay=1.0)
    net.project("Size", "Cue", every, weight=MARGIN * scale, delay=1.0, receptor="inhibitory")
    # The teacher: naming a cue makes it fire at once. As strong as evidence, which it shares a receptor with on a chip.
    net.project("In", "Cue", FromArrays(cue, cue), weight=scale, delay=1.0)

    net.project("Cue", "Winner", one, weight=WEAK * PULSE, delay=1.0)
    silence = WEAK * PULSE * math.exp(RECALL_STEPS / TAU_LATERAL)  # still a pulse when the last cue may fire
    below = (cue[None, :] < cue[:, None])[cue[None, :] != cue[:, None]]
    wait = np.where(below, 2.0, 1.0)
    net.project("Cue", "Winner", others, weight=silence, delay=wait, receptor="inhibitory", name="Cue->others")
    completion = OneShotHebb(total=PULSE, exponent=0.0, over="outgoing")
    net.project("Winner", "Full", every, weight=0.0, delay=1.0, plasticity=completion)
    net.project("Cont", "Full", one, weight=PULSE, delay=1.0)
    net.project("Winner", "Out", FromArrays(cue, cue), weight=PULSE, delay=2.0)
    net.project("Full", "Out", FromArrays(bit, m + bit), weight=PULSE, delay=1.0)
    return net


def run_recall(simulation):
    """Run one recall after its input was fed: until a winner has answered, or the time is up."""
    if simulation.run_steps(RECALL_STEPS - SETTLE_STEPS, until="Winner"):
        simulation.run_steps(SETTLE_STEPS)

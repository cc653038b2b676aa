"""Three synapses that hear the same spikes: one alone, one under a weakly and one under a strongly driven astrocyte.

Open-loop gliotransmission as in Stimberg et al. (2019), figure 3: IP3 is drawn towards two levels, calcium crosses its
threshold, the astrocytes release, and the receptors of the synapses below change what spikes release afterwards.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

SPIKES = np.array([0, 50, 100, 150, 200, 300, 310, 320, 330, 340, 350, 360, 370, 380, 390, 400], float)  # ms
LABELS = ("no astrocyte", "weakly driven", "strongly driven")
AFTER = 600.0
QUICK: dict = {"transient": 4.0}


@dataclass(frozen=True)
class Parameters:
    """seed: recorded only; transient: s until the first spike; alpha: 0 lowers release and 1 raises it; bias: uM."""

    seed: int = 0
    transient: float = 16.5
    alpha: float = 0.0
    bias: tuple[float, ...] = (0.8, 1.25)

    def __post_init__(self):
        require(0.1 <= self.transient <= 1000, f"transient must be 0.1 to 1000 s, not {self.transient}")
        require(0 <= self.alpha <= 1, f"alpha must be 0 to 1, not {self.alpha}")
        require(len(self.bias) == 2, f"bias is two concentrations, not {len(self.bias)}")
        require(all(0 <= b <= 10 for b in self.bias), f"bias must be 0 to 10 uM, not {self.bias}")


def described(parameters: Parameters):
    """The network: a source, three neurons that only carry synapses, two astrocytes."""
    from neuromem.network import AllToAll, Network, NeuronModel, SpikeSourceArray
    from neuromem.network.gliotransmission import COVER, astrocyte_gchi, cover, tripartite_synapse

    net = Network(dt=1.0, order="brian2")
    carrier = NeuronModel("dg_e/dt = -g_e/(5*ms) : siemens" + COVER, variables=("G_A", "Y_S"), name="carrier")
    driven = {"I_bias": [f * 1e-3 for f in parameters.bias], "F_ex": "2*umolar/second"}
    net.population("source", 1, SpikeSourceArray(np.round(1000 * parameters.transient) + SPIKES))
    net.population("neurons", 3, carrier())
    net.population("astrocytes", 2, astrocyte_gchi(**driven, initial_I="0.4*umolar", initial_C="0*umolar"))
    net.project("source", "neurons", AllToAll(), model=tripartite_synapse(alpha=parameters.alpha), name="synapses")
    cover(net, "neurons", "astrocytes", [1, 2], [0, 1], heard=0.0)
    for variable in ("C", "G_A", "I"):
        net.probe("astrocytes", variable)
    for variable in ("u_S", "x_S", "r_S", "Y", "Gamma_S"):
        net.probe("synapses", variable)
    return net


def run(parameters: Parameters, progress) -> dict:
    """Traces of astrocytes (steps, 2) and synapses (steps, 3), concentrations in mM; u_S, x_S, r_S (spikes, 3)."""
    from neuromem import simulate

    net = described(parameters)
    start = round(1000 * parameters.transient)
    progress(0, 1, "three synapses")
    result = simulate(net, start + AFTER)
    traces = {name.rpartition(".")[2]: trace.values for name, trace in result.traces.items()}
    at = start + SPIKES.astype(int) + 1  # traces are of the beginning of a step
    return {
        **{name: traces[name] for name in ("C", "G_A", "I", "Gamma_S")},
        "Y": traces["Y"][start:],
        **{name: traces[name][at] for name in ("u_S", "x_S", "r_S")},
        "releases": np.bincount(result.spikes["astrocytes"].ids, minlength=2),
        "start": start,
    }


def headline(tree: dict) -> dict:
    """Per synapse: release probability at the first and last spike, what all spikes release, occupied receptors."""
    u, r, bound = (np.asarray(tree[name]) for name in ("u_S", "r_S", "Gamma_S"))
    return {
        "first_release_probability": u[0].tolist(),
        "last_release_probability": u[-1].tolist(),
        "released_by_all_spikes": r.sum(axis=0).tolist(),
        "second_over_first_release": (r[1] / r[0]).tolist(),
        "receptors_bound_at_the_first_spike": bound[int(tree["start"])].tolist(),
        "releases_of_the_astrocytes": np.asarray(tree["releases"]).tolist(),
    }


def plot(tree: dict) -> dict:
    """Left: astrocytes and receptors until the spikes; right: what the spikes release."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    colours, start = (MUTED, *draw.PALETTE[:2]), int(tree["start"])
    y = 1000 * np.asarray(tree["Y"])
    with draw.style():
        figure = new_figure(10.4, 5.4, layout="constrained")
        (calcium, probability), (transmitter, released), (bound, around) = figure.subplots(3, 2, sharex="col")
        t = np.arange(-start, 0) / 1000.0
        for ax, name, scale in ((calcium, "C", 1000), (transmitter, "G_A", 1000), (bound, "Gamma_S", 1)):
            values = scale * np.asarray(tree[name])[:start]
            for row, colour, label in zip(values.T, colours[-values.shape[1] :], LABELS[-values.shape[1] :]):
                ax.plot(t, row, color=colour, label=label)
            ax.set(xlim=(t[0], 0), ylim=(0, None))
        calcium.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
        for ax, name in ((probability, "u_S"), (released, "r_S")):
            for row, colour, label in zip(np.asarray(tree[name]).T, colours, LABELS):
                ax.plot(SPIKES, row, "o-", color=colour, markersize=3.5, linewidth=0.8, label=label)
            ax.set(ylim=(0, 1.02))
        for row, colour, label in zip(y.T, colours, LABELS):
            around.plot(np.arange(len(y)), row, color=colour, label=label)
        calcium.set_ylabel("calcium (µM)")
        transmitter.set_ylabel("gliotransmitter (µM)")
        bound.set(ylabel="receptors bound", xlabel="s before the first spike")
        probability.set_ylabel("release probability")
        released.set_ylabel("released share")
        around.set(ylabel="transmitter (µM)", xlabel="ms after it", xlim=(-10, AFTER), ylim=(0, None))
        around.legend(fontsize=8)
    return {"gliotransmission": figure}

"""A recurrent network of spiking neurons under a sheet of astrocytes, which hear its synapses and change their release.

The neuron-glia network of Stimberg et al. (2019), figure 6: 3,200 excitatory and 800 inhibitory neurons, 3,200
astrocytes coupled to their neighbours, 8 s of which 2 to 4 have a stronger input. Ours are the sheet, where every
excitatory neuron lies under an astrocyte of its own, which covers its excitatory synapses, and that synapses onto
inhibitory neurons are not covered. Equations and parameters are theirs; astrocytes take the network's time step, theirs
took 10 ms.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

INHIBITORY = 0.25  # of excitatory neurons
P_E, P_I = 0.05, 0.2
NEURON = """
dv/dt = (g_l*(E_l - v) + g_e*(E_e - v) + g_i*(E_i - v) + I_ex*stimulus(t))/C_m : volt (unless refractory)
dg_e/dt = -g_e/tau_e : siemens
dg_i/dt = -g_i/tau_i : siemens
"""
MEMBRANE = {
    **{"g_l": "9.99*nS", "E_l": "-60*mV", "E_e": "0*mV", "E_i": "-80*mV", "C_m": "198*pF", "tau_e": "5*ms"},
    **{"tau_i": "10*ms", "I_ex": "100*pA", "V_th": "-50*mV", "tau_r": "5*ms"},
}
QUICK: dict = {"rows": 16, "columns": 10, "seconds": 1.0, "dt": 0.5, "p_factor": 5.0, "step": 0.25}


@dataclass(frozen=True)
class Parameters:
    """rows x columns excitatory neurons, and as many astrocytes; seconds; dt in ms.

    p_factor          chance of a synapse, as a multiple of theirs
    step, stimulus    the input is so many times as strong from step to twice that, in s
    gliotransmission  whether astrocytes change release; alpha: 0 lowers it, 1 raises it
    """

    seed: int = 0
    rows: int = 64
    columns: int = 50
    seconds: float = 8.0
    dt: float = 0.1
    p_factor: float = 1.0
    step: float = 2.0
    stimulus: float = 1.2
    gliotransmission: bool = True
    alpha: float = 0.0

    def __post_init__(self):
        require(2 <= self.rows <= 1000 and 2 <= self.columns <= 1000, "rows and columns must be 2 to 1000")
        require(0.01 <= self.seconds <= 1000, f"seconds must be 0.01 to 1000, not {self.seconds}")
        require(self.dt in (0.05, 0.1, 0.2, 0.5), f"dt must be 0.05, 0.1, 0.2 or 0.5 ms, not {self.dt}")
        require(0 < self.p_factor * P_I <= 1, f"p_factor must be above 0 and up to {1 / P_I:g}, not {self.p_factor}")
        require(0.01 <= self.step <= 1000, f"step must be 0.01 to 1000 s, not {self.step}")
        require(0 <= self.stimulus <= 10, f"stimulus must be 0 to 10, not {self.stimulus}")
        require(0 <= self.alpha <= 1, f"alpha must be 0 to 1, not {self.alpha}")


def described(p: Parameters):
    """The network."""
    from neuromem.network import FromArrays, Network, NeuronModel, TimedArray
    from neuromem.network import gliotransmission as glia

    rng = np.random.default_rng(p.seed)
    excitatory = p.rows * p.columns
    inhibitory = round(INHIBITORY * excitatory)
    neurons = excitatory + inhibitory
    cell = NeuronModel(
        NEURON + glia.SHARED, threshold="v > V_th", reset="v = E_l", refractory="tau_r", method="euler",
        parameters=MEMBRANE | glia.SHARED_PARAMETERS | {"stimulus": TimedArray([1.0, p.stimulus, 1.0], 1000 * p.step)},
        variables=("G_A",), name="covered_neuron",
    )  # fmt: skip
    net = Network(dt=p.dt, order="brian2")
    ranges = {"v": (-60.0, 10.0), "g_e": (0.0, 5e-5), "g_i": (0.0, 1e-3)}
    begin = {name: low + width * rng.random(neurons) for name, (low, width) in ranges.items()}
    net.population("neurons", neurons, cell(), initial=begin)
    net.population("astrocytes", excitatory, glia.astrocyte_gchi(O_delta="1.2*umolar/second"))
    own, others = np.arange(excitatory), np.arange(excitatory, neurons)
    models = {"exc": glia.covered_synapse(w="0.05*nS", alpha=p.alpha), "inh": glia.bare_synapse(w="1*nS")}
    for (name, model), sources, chance in zip(models.items(), (own, others), (P_E, P_I)):
        i, j = np.nonzero(rng.random((sources.size, neurons)) < chance * p.p_factor)
        net.project("neurons", "neurons", FromArrays(sources[i], j), model=model, name=name)
    incoming = np.bincount(net.projections["exc"].connector.post, minlength=neurons)[:excitatory]
    heard = 1.0 / np.maximum(1, incoming)
    glia.cover(net, "neurons", "astrocytes", own, own, heard=heard, spoken=float(p.gliotransmission))
    net.project("astrocytes", "astrocytes", FromArrays(*neighbours(p.rows, p.columns)), model=glia.gap_junction())
    for variable in ("C", "Gamma_A"):
        net.probe("astrocytes", variable, every=10.0)
    net.probe("neurons", "Gamma_S", every=10.0, ids=own)
    return net


def neighbours(rows, columns):
    """Pairs of neighbours of a sheet, both ways: two int arrays."""
    at = np.arange(rows * columns).reshape(rows, columns)
    pairs = np.concatenate(
        [np.column_stack([a.ravel(), b.ravel()]) for a, b in ((at[1:], at[:-1]), (at[:, 1:], at[:, :-1]))]
    )
    return np.concatenate([pairs, pairs[:, ::-1]]).T


def run(parameters: Parameters, progress) -> dict:
    """Spikes of neurons, releases of astrocytes, and their means over time."""
    from neuromem import Simulation

    net = described(parameters)
    steps = max(1, round(20 * parameters.seconds))
    simulation = Simulation(net, seed=parameters.seed)
    for k in range(steps):
        progress(k, steps, f"{k * 0.05:.2f} of {parameters.seconds:g} s")
        simulation.run(1000 * parameters.seconds / steps)
    result = simulation.result()
    traces = {name.rpartition(".")[2]: trace.values for name, trace in result.traces.items()}
    spikes, releases = result.spikes["neurons"], result.spikes["astrocytes"]
    return {
        "excitatory": parameters.rows * parameters.columns,
        "neurons": net.populations["neurons"].size,
        "seconds_of_model_time": parameters.seconds,
        "step": parameters.step,
        "synapses": {name: int(net.projections[name].connector.pre.size) for name in ("exc", "inh")},
        "spikes": {"times": spikes.times, "ids": spikes.ids},
        "releases": {"times": releases.times, "ids": releases.ids},
        "calcium": 1000 * traces["C"][:, :200].astype(np.float32),
        "mean": {name: values.mean(axis=1) for name, values in traces.items()},
        "map": 1000 * traces["C"][-1].reshape(parameters.rows, parameters.columns),
    }


def rates(tree: dict, low: float, high: float):
    """Mean rates of excitatory and inhibitory neurons between two times in s, spikes per s."""
    times, ids = np.asarray(tree["spikes"]["times"]) / 1000.0, np.asarray(tree["spikes"]["ids"])
    within = ids[(times >= low) & (times < high)]
    excitatory, neurons = int(tree["excitatory"]), int(tree["neurons"])
    first = np.count_nonzero(within < excitatory)
    return first / excitatory / (high - low), (within.size - first) / (neurons - excitatory) / (high - low)


def headline(tree: dict) -> dict:
    """Rates before, during and after the stimulus, releases, and what astrocytes and receptors have come to."""
    step, end = float(tree["step"]), float(tree["seconds_of_model_time"])
    numbers: dict = {"excitatory_synapses": tree["synapses"]["exc"], "inhibitory_synapses": tree["synapses"]["inh"]}
    for name, low, high in (("before", 0, step), ("during", step, 2 * step), ("after", 2 * step, end)):
        if min(high, end) > low:
            excitatory, inhibitory = rates(tree, low, min(high, end))
            numbers[f"excitatory_rate_{name}"], numbers[f"inhibitory_rate_{name}"] = excitatory, inhibitory
    released = np.unique(np.asarray(tree["releases"]["ids"])).size
    numbers["releases"] = int(np.size(tree["releases"]["ids"]))
    numbers["astrocytes_that_released"] = released / int(tree["excitatory"])
    numbers["receptors_bound_at_the_end"] = float(np.asarray(tree["mean"]["Gamma_S"])[-1])
    numbers["largest_mean_calcium"] = 1000 * float(np.max(tree["mean"]["C"]))
    return numbers


def plot(tree: dict) -> dict:
    """Spikes of some neurons and releases of as many astrocytes; rates; calcium, receptors."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    excitatory, neurons = int(tree["excitatory"]), int(tree["neurons"])
    end, step = float(tree["seconds_of_model_time"]), float(tree["step"])
    times, ids = np.asarray(tree["spikes"]["times"]) / 1000.0, np.asarray(tree["spikes"]["ids"])
    released, who = np.asarray(tree["releases"]["times"]) / 1000.0, np.asarray(tree["releases"]["ids"])
    some = max(1, excitatory // 8)
    with draw.style():
        figure = new_figure(10.4, 6.2, layout="constrained")
        raster, rate, slow = figure.subplots(3, 1, sharex=True, height_ratios=(2.2, 1, 1))
        for shown, offset, colour, label in (
            ((times, ids, 0), 0, draw.PALETTE[0], "excitatory"),
            ((times, ids, excitatory), some, draw.PALETTE[1], "inhibitory"),
            ((released, who, 0), some + some // 4, draw.PALETTE[2], "releases of astrocytes"),
        ):
            t, i, first = shown
            most = some // 4 if first else some
            chosen = (i >= first) & (i < first + most)
            raster.plot(t[chosen], i[chosen] - first + offset, ".", color=colour, markersize=1.2, label=label)
        raster.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1, 0.97), ncols=3, markerscale=6)
        raster.set(ylabel="cell")
        bins = np.linspace(0, end, max(2, round(100 * end)) + 1)
        for low, high, colour in ((0, excitatory, draw.PALETTE[0]), (excitatory, neurons, draw.PALETTE[1])):
            counts = np.histogram(times[(ids >= low) & (ids < high)], bins)[0]
            rate.plot(bins[:-1], counts / (high - low) / np.diff(bins), color=colour, linewidth=0.8)
        rate.set(ylabel="spikes per s", ylim=(0, None))
        at = 0.01 * np.arange(len(tree["mean"]["C"]))
        slow.plot(at, 1000 * np.asarray(tree["mean"]["C"]), color=draw.PALETTE[2], label="calcium (µM)")
        slow.plot(at, np.asarray(tree["mean"]["Gamma_S"]), color=draw.PALETTE[4], label="receptors bound")
        slow.plot(at, np.asarray(tree["mean"]["Gamma_A"]), color=draw.PALETTE[3], label="astrocytes' receptors bound")
        slow.set(ylabel="mean", xlabel="s", ylim=(0, None), xlim=(0, end))
        slow.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 0.95), ncols=3)
        for ax in (raster, rate, slow):
            ax.axvspan(step, min(2 * step, end), color=MUTED, alpha=0.12, linewidth=0)
    return {"astrocyte_network": figure}

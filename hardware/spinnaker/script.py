"""The files that sPyNNaker runs: `run.py`, `spynnaker.cfg`, and `network.npz` with the arrays that they read."""

import numpy as np

from neuromem.hardware.spinnaker.fixed import ONE, quantum
from neuromem.hardware.spinnaker.quantize import PARAMETERS
from neuromem.network.network import RECEPTORS

CONFIGURATION = """\
# sPyNNaker reads this file in the folder that a script runs in.
[Machine]
# A virtual board maps the network and writes its data, without hardware. For a real one: virtual_board = False, and
# machine_name = its address, or spalloc_server and spalloc_user, or remote_spinnaker_url.
virtual_board = True
version = 5
machine_name = None
spalloc_server = None
remote_spinnaker_url = None
{scale}
[Mode]
mode = Debug

[Reports]
default_report_file_path = DEFAULT
write_network_graph = False
keep_dataspec_database = True
keep_data_database = True
write_text_specs = False
keep_json_files = True

[Java]
use_java = False
"""

HEAD = '''\
"""Runs a neuromem network on SpiNNaker with sPyNNaker; written by `neuromem export`.

`python run.py` maps it on the board that spynnaker.cfg names, runs it, and writes spikes.npz. On a real board it also
says how many spikes are those in network.npz, which the bit-exact emulator expects.
"""

import os
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
os.chdir(HERE)  # here lies spynnaker.cfg
if not (Path.home() / ".spynnaker.cfg").exists():  # without one sPyNNaker writes it and stops
    os.environ["HOME"] = tempfile.mkdtemp()
    (Path(os.environ["HOME"]) / ".spynnaker.cfg").touch()

import pyNN.spiNNaker as sim  # noqa: E402

DATA = np.load(HERE / "network.npz")
DT = {dt!r}  # ms
DURATION = {duration!r}  # ms


def given(name):
    """A parameter: one number, or one per neuron."""
    value = DATA[name]
    return float(value) if value.ndim == 0 else value.tolist()


def trains(name, size):
    """Spike times of each source, in ms."""
    times, ids = DATA[name + "/times"], DATA[name + "/ids"]
    if not times.size:  # sPyNNaker cannot make sources without any spike; this one comes after the end
        times, ids = np.array([DURATION + DT]), np.array([0])
    return [times[ids == i].tolist() for i in range(size)]


def neurons(name, size, **options):
    """A population of IF_curr_exp. `max_expected_summed_weight` fixes the shifts of its ring buffers."""
    keys = {parameters!r}
    cells = sim.IF_curr_exp(**{{key: given(f"{{name}}/{{key}}") for key in keys}})
    population = sim.Population(size, cells, label=name, **options)
    population.initialize(v=given(f"{{name}}/v"), isyn_exc=given(f"{{name}}/i_e"), isyn_inh=given(f"{{name}}/i_i"))
    population.record("spikes")
    return population


def project(name, pre, post, receptor, synapse):
    """A projection from its list of (pre, post, weight in nA, delay in ms)."""
    return sim.Projection(
        P[pre], P[post], sim.FromListConnector(DATA[name + "/synapses"]), synapse, receptor_type=receptor, label=name
    )


sim.setup(timestep=DT)
P = {{}}
'''

TAIL = """\
if __name__ == "__main__":
    sim.run(DURATION)
    found = {}
    for name, population in P.items():
        if name in NEURONS:
            for i, train in enumerate(population.get_data("spikes").segments[0].spiketrains):
                found.setdefault(name, []).extend((round(float(t) / DT), i) for t in train)
    sim.end()
    np.savez(HERE / "spikes.npz", **{name: np.array(sorted(pairs)) for name, pairs in found.items()})
    expected = {(name, *pair) for name in NEURONS for pair in DATA[name + "/expected"].tolist()}
    spikes = {(name, *pair) for name, pairs in found.items() for pair in pairs}
    if spikes:
        print(f"{len(spikes & expected)} of {len(spikes)} spikes are expected; {len(expected - spikes)} are missing")
    else:
        print(f"no spikes were recorded (a virtual board records none); {len(expected)} are expected")
"""


def configuration(dt):
    """Text of spynnaker.cfg; below 1 ms the board runs slower than real time."""
    factor = max(1, round(1.0 / dt))
    scale = f"time_scale_factor = {factor}" if factor > 1 else "# time_scale_factor = 1 is real time"
    return CONFIGURATION.format(scale=scale)


def script(chip, duration):
    """Text of run.py."""
    lines = [HEAD.format(dt=chip.dt, duration=duration, parameters=PARAMETERS)]
    for name, population in chip.populations.items():
        if population.is_source:
            source = f"sim.SpikeSourceArray(trains({name!r}, {population.size}))"
            lines.append(f"P[{name!r}] = sim.Population({population.size}, {source}, label={name!r})")
            continue
        options = f"max_expected_summed_weight={[0.75 * 2.0**shift for shift in population.shifts]!r}"
        if population.per_core < 256:
            options += f", neurons_per_core={population.per_core}"
        lines.append(f"P[{name!r}] = neurons({name!r}, {population.size}, {options})")
    neurons = [name for name, population in chip.populations.items() if not population.is_source]
    lines += [f"NEURONS = {neurons!r}", "", "S = {}"]
    lines += [_projection(chip, p) for p in chip.projections.values() if p.post.size]
    lines += list(_currents(chip))
    return "\n".join(lines) + "\n\n" + TAIL


def arrays(chip, result):
    """Content of network.npz: parameters, spike trains, synapses and expected spikes by name."""
    content = {}
    for name, population in chip.populations.items():
        if population.is_source:
            content[f"{name}/times"], content[f"{name}/ids"] = population.steps * chip.dt, population.ids
            continue
        for key in PARAMETERS:
            content[f"{name}/{key}"] = np.asarray(population.parameters[key]) / ONE
        for key, value in population.initial.items():
            content[f"{name}/{key}"] = np.asarray(value) / ONE
        spikes = result.spikes[name]
        when = np.rint(spikes.times / chip.dt).astype(np.int64)
        content[f"{name}/expected"] = np.column_stack([when, spikes.ids])
    for name, projection in chip.projections.items():
        if projection.post.size:
            step = quantum(chip.populations[projection.post_population].shifts[projection.receptor])
            rows = projection.rows(step)
            rows[:, 3] *= chip.dt
            content[f"{name}/synapses"] = rows
    return content


def _projection(chip, projection):
    synapse = "sim.StaticSynapse()"
    if projection.plastic:
        rule = chip.populations[projection.post_population].rule
        kind = "Multiplicative" if rule.multiplicative else "Additive"
        described = rule.described
        synapse = (
            "sim.STDPMechanism(\n"
            f"        timing_dependence=sim.SpikePairRule(tau_plus={described.tau_plus!r}, "
            f"tau_minus={described.tau_minus!r}, A_plus={rule.a_plus / ONE!r}, A_minus={rule.a_minus / ONE!r}),\n"
            f"        weight_dependence=sim.{kind}WeightDependence(w_min={rule.w_min / ONE!r}, "
            f"w_max={rule.w_max / ONE!r}),\n    )"
        )
    ends = f"{projection.pre!r}, {projection.post_population!r}, {RECEPTORS[projection.receptor]!r}"
    return f"S[{projection.name!r}] = project({projection.name!r}, {ends}, {synapse})"


def _currents(chip):
    """Step currents, one source per group of neurons with the same course."""
    for name in dict.fromkeys(name for _, name, _ in chip.currents):
        mine = [(step, level) for step, owner, level in chip.currents if owner == name]
        levels = np.array([level for _, level in mine])
        courses, member = np.unique(levels, axis=1, return_inverse=True)
        for k, course in enumerate(courses.T):
            if not course.any():
                continue
            ids = np.flatnonzero(np.ravel(member) == k).tolist()
            times, amplitudes = [step * chip.dt for step, _ in mine], (course / ONE).tolist()
            source = f"sim.StepCurrentSource(times={times!r}, amplitudes={amplitudes!r})"
            yield f"for i in {ids!r}:\n    P[{name!r}][i : i + 1].inject({source})"

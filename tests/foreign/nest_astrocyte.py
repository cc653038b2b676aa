"""Run by NEST's own Python: traces of astrocyte_lr_1994, and the slow inward current that it sends, as JSON."""

import json
import sys

import nest

given = json.load(sys.stdin)
nest.verbosity = nest.VerbosityLevel.ERROR
nest.resolution = given["dt"]
cell = nest.Create("astrocyte_lr_1994", params=given["parameters"])
spikes = nest.Create("spike_generator", params={"spike_times": given["spikes"]})
nest.Connect(spikes, cell, syn_spec={"weight": given["weight"], "delay": given["dt"]})
neuron = nest.Create("aeif_cond_alpha_astro")
nest.Connect(cell, neuron, syn_spec={"synapse_model": "sic_connection", "delay": given["dt"]})
traces = nest.Create("multimeter", params={"record_from": ["IP3", "Ca_astro", "h_IP3R"], "interval": given["dt"]})
current = nest.Create("multimeter", params={"record_from": ["I_SIC"], "interval": given["dt"]})
nest.Connect(traces, cell)
nest.Connect(current, neuron)
nest.Simulate(given["duration"])
found = {name: list(traces.events[name]) for name in ("IP3", "Ca_astro", "h_IP3R")}
with open(given["out"], "w") as file:
    json.dump(found | {"I_SIC": list(current.events["I_SIC"])}, file)

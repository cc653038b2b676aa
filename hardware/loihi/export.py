"""The files of an export: a Lava script with its data, a NetX file where the network is sequential."""

import json

import h5py
import numpy as np

from neuromem.hardware.loihi import features
from neuromem.hardware.loihi.script import RUN
from neuromem.hardware.stimulus import source_spikes
from neuromem.network.check import steps

NETX_BIAS_EXP = 6
"""NetX reads a bias as a mantissa with this exponent."""


def write_lava(folder, held, result):
    """Write `run.py` and `network.npz` into a folder.

    Parameters
    ----------
    folder : Path
    held : LoihiNetwork
    result : Emulated
        Of the emulator; says for how long, and what spikes are expected.
    """
    network = held.network
    total = steps(result.duration, network.dt, "export", "duration")
    arrays, sources, groups, connections = {}, [], [], []
    for name, (when, who) in source_spikes(network, total, held.seed).items():
        key = f"source{len(sources)}"
        sources.append({"name": name, "key": key, "size": network.populations[name].size})
        arrays[f"{key}/steps"], arrays[f"{key}/ids"] = when, who
    for name, group in held.groups.items():
        key = f"group{len(groups)}"
        groups.append({"name": name, "key": key, "size": group.size, "plain": plain(group)})
        for register in ("du", "dv", "vth", "bias_mant", "bias_exp", "refractory", "start"):
            arrays[f"{key}/{register}"] = getattr(group, register)
        arrays[f"{key}/du_second"] = group.du if group.du_second is None else group.du_second
        spikes = result.spikes[name]
        arrays[f"{key}/expected_steps"] = np.rint(spikes.times / network.dt).astype(np.int64)
        arrays[f"{key}/expected_ids"] = spikes.ids
    for c in held.connections.values():
        inhibitory = network.projections[c.name].receptor == "inhibitory"
        for chosen in _layers(c):
            key = f"connection{len(connections)}"
            connections.append(
                {
                    "name": c.name,
                    "key": key,
                    "pre": c.pre,
                    "post": c.post,
                    "n_pre": network.populations[c.pre].size,
                    "n_post": network.populations[c.post].size,
                    "weight_exp": c.weight_exp,
                    "sign": "INHIBITORY" if inhibitory else "EXCITATORY",
                    "second": c.second,
                }
            )
            for column in ("source", "target", "weight", "delay"):
                arrays[f"{key}/{column}"] = getattr(c, column)[chosen]
    about = {"steps": total, "dt_ms": network.dt, "sources": sources, "groups": groups, "connections": connections}
    np.savez_compressed(folder / "network.npz", about=json.dumps(about), **arrays)
    (folder / "run.py").write_text(RUN)


def plain(group):
    """True if Lava's own LIF holds the group: one decay and threshold for all, no refractory period, one current."""
    same = all(np.ptp(values) == 0 for values in (group.du, group.dv, group.vth))
    return bool(same and group.refractory.max() == 1 and group.du_second is None)


def _layers(connection):
    """Split synapses into sets without two between the same neurons, which a matrix could not hold; zeros are left out.

    Yields index arrays; a projection without synapses yields nothing.
    """
    used = np.flatnonzero(connection.weight)
    pair = connection.source[used] * (connection.target.max(initial=0) + 1) + connection.target[used]
    order = np.argsort(pair, kind="stable")
    first = np.searchsorted(pair[order], pair[order])
    turn = np.arange(pair.size) - first  # how many synapses of the same pair came before
    for number in range(int(turn.max(initial=-1)) + 1):
        yield np.sort(used[order[turn == number]])


def why_no_netx(held):
    """Why there is no NetX file, or "" if there can be one."""
    links = features.chain(held.network)
    if links is None:
        return "the network is not one source and a sequence of populations"
    for link in links:
        group, connection = held.groups[link.post], held.connections[link.name]
        if not plain(group) or group.start.any():
            return (
                f"{link.post} needs more than NetX describes (refractory period, several decays, or a first potential)"
            )
        if connection.weight_exp or len(list(_layers(connection))) > 1:
            return f"{link.name} needs a weight exponent or several synapses between two neurons"
        if ((group.bias_mant << group.bias_exp) % (1 << NETX_BIAS_EXP)).any():
            return f"{link.post}.bias_mant is no multiple of 2**{NETX_BIAS_EXP}"
    return ""


def write_netx(path, held, total):
    """Write the NetX HDF5 file of a sequential network, to be run for `total` steps."""
    network, links = held.network, features.chain(held.network)
    with h5py.File(path, "w") as file:
        size = network.populations[links[0].pre].size
        layer = file.create_group("layer/0")
        layer["type"], layer["shape"] = np.bytes_("input"), np.array([size, 1, 1])
        for number, link in enumerate(links, start=1):
            group, c = held.groups[link.post], held.connections[link.name]
            layer = file.create_group(f"layer/{number}")
            layer["type"], layer["shape"] = np.bytes_("dense"), np.array([group.size, 1, 1])
            layer["inFeatures"], layer["outFeatures"] = network.populations[link.pre].size, group.size
            for name, values in (("weight", c.weight), ("delay", c.delay)):
                matrix = np.zeros((group.size, network.populations[link.pre].size), np.int32)
                matrix[c.target, c.source] = values
                if name == "weight" or matrix.any():
                    layer[name] = matrix
            bias = (group.bias_mant << group.bias_exp) >> NETX_BIAS_EXP
            if bias.any():
                layer["bias"] = bias.astype(np.int32)
            neuron = layer.create_group("neuron")
            neuron["type"] = np.bytes_("CUBA")
            neuron["iDecay"], neuron["vDecay"] = int(group.du[0]) + 1, int(group.dv[0])
            neuron["vThMant"], neuron["refDelay"], neuron["gradedSpike"] = int(group.vth[0]), 1, 0
        simulation = file.create_group("simulation")
        simulation["Ts"], simulation["tSample"] = 1, total

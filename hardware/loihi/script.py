"""The text of `run.py`, which builds and runs an exported network in Lava: data in `network.npz`, code here."""

RUN = r'''"""Run this network in Lava's fixed-point simulation of Loihi, and compare with the expected spikes.

    python run.py [steps]      needs lava-nc (Python 3.10: pip install lava-nc==0.10.0)

Everything is in network.npz: the registers of each population, the synapses of each projection, the spikes of each
source, and the spikes that the emulator of neuromem says will come. Ends with 0 if they are the same.
"""

import json
import pathlib
import sys

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix

HERE = pathlib.Path(__file__).resolve().parent
REGISTERS = ("du", "dv", "vth", "bias_mant", "bias_exp", "refractory", "du_second")


class Program(AbstractProcess):
    """LIF neurons with registers of their own, a refractory count, and a second current: a neuron program."""

    def __init__(self, *, shape, first_v, **registers):
        super().__init__(shape=shape)
        self.a_in = InPort(shape=shape)
        self.a_second = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        for name in REGISTERS:
            setattr(self, name, Var(shape=shape, init=registers[name]))
        self.u = Var(shape=shape, init=0)
        self.u_second = Var(shape=shape, init=0)
        self.v = Var(shape=shape, init=first_v)
        self.waiting = Var(shape=shape, init=0)


@implements(proc=Program, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyProgram(PyLoihiProcessModel):
    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_second: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    du: np.ndarray = LavaPyType(np.ndarray, np.int32)
    dv: np.ndarray = LavaPyType(np.ndarray, np.int32)
    vth: np.ndarray = LavaPyType(np.ndarray, np.int32)
    bias_mant: np.ndarray = LavaPyType(np.ndarray, np.int32)
    bias_exp: np.ndarray = LavaPyType(np.ndarray, np.int32)
    refractory: np.ndarray = LavaPyType(np.ndarray, np.int32)
    du_second: np.ndarray = LavaPyType(np.ndarray, np.int32)
    u: np.ndarray = LavaPyType(np.ndarray, np.int32)
    u_second: np.ndarray = LavaPyType(np.ndarray, np.int32)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32)
    waiting: np.ndarray = LavaPyType(np.ndarray, np.int32)

    @staticmethod
    def decay(value, kept):
        value = value.astype(np.int64)
        return np.sign(value) * ((np.abs(value) * kept) >> 12)

    @staticmethod
    def wrap(value):
        return (value + (1 << 23)) % (1 << 24) - (1 << 23)

    def run_spk(self):
        arrived, second = self.a_in.recv().astype(np.int64), self.a_second.recv().astype(np.int64)
        self.u[:] = self.wrap(self.decay(self.u, 4095 - self.du) + (arrived << 6))
        self.u_second[:] = self.wrap(self.decay(self.u_second, 4095 - self.du_second) + (second << 6))
        v = self.decay(self.v, 4096 - self.dv) + self.u + self.u_second
        v = v + (self.bias_mant.astype(np.int64) << self.bias_exp)
        v = np.where(self.waiting > 0, 0, np.clip(v, 1 - (1 << 23), (1 << 23) - 1))
        self.waiting[:] = np.maximum(self.waiting - 1, 0)
        spikes = v > self.vth.astype(np.int64) << 6
        self.v[:] = np.where(spikes, 0, v)
        self.waiting[spikes] = self.refractory[spikes] - 1
        self.s_out.send(spikes)


def build(data, about, steps):
    """Return the processes by population: sources and neurons, connected."""
    processes = {}
    for source in about["sources"]:
        train = np.zeros((source["size"], steps), np.int32)
        when, who = data[source["key"] + "/steps"], data[source["key"] + "/ids"]
        train[who[when < steps], when[when < steps]] = 1
        processes[source["name"]] = RingBuffer(data=train)
    for group in about["groups"]:
        registers = {name: data[f"{group['key']}/{name}"].astype(np.int32) for name in REGISTERS}
        shape, first_v = (group["size"],), data[group["key"] + "/start"].astype(np.int32)
        if group["plain"]:
            one = {name: int(registers[name][0]) for name in ("du", "dv", "vth")}
            biases = {name: registers[name] for name in ("bias_mant", "bias_exp")}
            processes[group["name"]] = LIF(shape=shape, v=first_v, **one, **biases)
        else:
            processes[group["name"]] = Program(shape=shape, first_v=first_v, **registers)
    for c in about["connections"]:
        source, target, weight, delay = (data[f"{c['key']}/{k}"] for k in ("source", "target", "weight", "delay"))
        shape = (c["n_post"], c["n_pre"])
        weights = csr_matrix((weight, (target, source)), shape=shape, dtype=np.int32)
        mode = {"weight_exp": c["weight_exp"], "sign_mode": SignMode[c["sign"]], "num_weight_bits": 8}
        if delay.any():
            delays = csr_matrix((delay, (target, source)), shape=shape, dtype=int)
            synapses = DelaySparse(weights=weights, delays=delays, **mode)
        else:
            synapses = Sparse(weights=weights, **mode)
        post = processes[c["post"]]
        processes[c["pre"]].s_out.connect(synapses.s_in)
        synapses.a_out.connect(post.a_second if c["second"] else post.a_in)
    return processes


def main():
    data = np.load(HERE / "network.npz")
    about = json.loads(str(data["about"]))
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else about["steps"]
    processes = build(data, about, steps)
    monitors = {}
    for group in about["groups"]:
        monitors[group["name"]] = Monitor()
        monitors[group["name"]].probe(processes[group["name"]].s_out, steps)
    some = processes[about["groups"][0]["name"]]
    some.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    total = different = 0
    found = {}
    for group in about["groups"]:
        (record,) = monitors[group["name"]].get_data().values()
        got = record["s_out"].reshape(steps, group["size"]) != 0
        expected = np.zeros_like(got)
        when, who = data[group["key"] + "/expected_steps"], data[group["key"] + "/expected_ids"]
        expected[when[when < steps], who[when < steps]] = True
        found[group["name"]] = np.argwhere(got)
        total += int(expected.sum())
        different += int((got != expected).sum())
    some.stop()
    np.savez_compressed(HERE / "lava_spikes.npz", **found)
    print(f"{steps} steps, {total} spikes expected, {different} different")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
'''

"""Run by the interpreter of the environment that has lava-nc: LIF neurons in Lava's fixed-point simulation.

    python lava_peer.py given.npz out.npz

given: weights (n_inputs + n, n), delays (the same) or none, input_spikes (steps, n_inputs), du, dv, vth, bias_mant,
bias_exp, weight_exp. out: spikes, u, v, each (steps, n). The input is sent one step late in Lava, so that what is seen
in step t there is what `emulate_lif` sees in step t when its input starts with an empty step.
"""

import sys

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor


def synapses(weights, delays, exponent):
    """Weights (n_pre, n_post) as a Lava process."""
    if delays is not None and delays.any():
        return DelayDense(weights=weights.T, delays=delays.T, weight_exp=exponent, num_message_bits=0)
    return Dense(weights=weights.T, weight_exp=exponent, num_message_bits=0)


def main(given, out):
    case = dict(np.load(given))
    spikes, weights, exponent = case["input_spikes"], case["weights"], int(case["weight_exp"])
    steps, inputs = spikes.shape
    n = weights.shape[1]
    delays = case.get("delays")
    source = RingBuffer(data=spikes.T.astype(np.int32))
    one = {name: int(case[name]) for name in ("du", "dv", "vth")}
    biases = {name: np.broadcast_to(case[name], n).astype(np.int32) for name in ("bias_mant", "bias_exp")}
    neurons = LIF(shape=(n,), **one, **biases)
    forward = synapses(weights[:inputs], None if delays is None else delays[:inputs], exponent)
    back = synapses(weights[inputs:], None if delays is None else delays[inputs:], exponent)
    source.s_out.connect(forward.s_in)
    forward.a_out.connect(neurons.a_in)
    neurons.s_out.connect(back.s_in)
    back.a_out.connect(neurons.a_in)
    monitors = {}
    for name in ("s_out", "u", "v"):
        monitors[name] = Monitor()
        monitors[name].probe(getattr(neurons, name), steps)
    neurons.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    found = {}
    for name, monitor in monitors.items():
        (record,) = monitor.get_data().values()
        found["spikes" if name == "s_out" else name] = record[name].astype(np.int64)
    neurons.stop()
    np.savez(out, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What SpiNNaker's emulator costs beside the float engine: the published CA3, which learns and recalls.

    python -m neuromem.experiments.benchmarks.emulator_cost --cues 1024 --content 784 --rounds 3

Both run the same spikes by turns in one process; only ratios of CPU time within a round mean anything. Each runs one
step before the clock starts, so that nothing is compiled while it goes.
"""

import argparse
import time

import numpy as np

from neuromem.engine import Simulation
from neuromem.hardware.spinnaker.emulate import Emulation
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.models.ca3_published import LEARN_INPUT, LEARN_STEPS, RECALL_STEPS, published_network
from neuromem.network.tree import from_tree, to_tree

DENSITY = 0.15
"""Share of the content bits that a memory uses, about that of a digit's ink."""


def network(cues: int, content: int, memories: int):
    """(Network, steps): the published one with input that teaches so many memories and asks for each by its cue."""
    rng = np.random.default_rng(0)
    when, who = [], []
    for k in range(memories):
        active = np.concatenate([[k], cues + np.flatnonzero(rng.random(content) < DENSITY)])
        when += [
            np.repeat(k * LEARN_STEPS + np.arange(LEARN_INPUT), active.size),
            [memories * LEARN_STEPS + k * RECALL_STEPS],
        ]
        who += [np.tile(active, LEARN_INPUT), [k]]
    tree = to_tree(published_network(cues, content))
    tree["populations"]["In"]["neuron"].update(times=np.concatenate(when).astype(float), ids=np.concatenate(who))
    return from_tree(tree), memories * (LEARN_STEPS + RECALL_STEPS)


def cpu(run, steps: int) -> float:
    """CPU seconds of all steps but the first."""
    run(1)
    began = time.process_time()
    run(steps - 1)
    return time.process_time() - began


def measure(cues: int, content: int, memories: int, rounds: int) -> list[tuple[float, float]]:
    """CPU seconds of engine and emulator, a pair for each round."""
    net, steps = network(cues, content, memories)
    chip = quantize(net)
    return [(cpu(Simulation(net).run_steps, steps), cpu(Emulation(chip).run, steps)) for _ in range(rounds)]


def main() -> None:
    """Measure, and print a line for each round and the median ratio."""
    parser = argparse.ArgumentParser(description="What SpiNNaker's emulator costs beside the float engine.")
    parser.add_argument("--cues", type=int, default=1024)
    parser.add_argument("--content", type=int, default=784)
    parser.add_argument("--memories", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    pairs = measure(asked.cues, asked.content, asked.memories, asked.rounds)
    for engine, chip in pairs:
        print(f"engine {engine:.3f} s, emulator {chip:.3f} s, ratio {chip / engine:.2f}")
    print(f"median ratio {np.median([chip / engine for engine, chip in pairs]):.2f}")


if __name__ == "__main__":
    main()

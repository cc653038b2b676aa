"""Three sweeps of learn all, recall all, overwrite with the complement in the published CA3 network: 60 operations.

Experiment 2 of Casanueva-Morato et al., Neural Networks 178 (2024) 106474, after the memory test MemTest86. The
paper speaks of the highest possible rate, its test bench leaves 14 steps per operation: 14 is the default here.
"""

from dataclasses import dataclass

from neuromem.experiments import ca3_figure, ca3_protocol
from neuromem.experiments.ca3_protocol import Operation
from neuromem.experiments.parameters import require

CUES, CONTENT = 5, 10
STEPS_AFTER = 25  # the recording goes on this long after the last operation has begun: 851 steps in all
QUICK: dict = {"sweeps": 2}


@dataclass(frozen=True)
class Parameters:
    """seed: recorded only, the network draws nothing at random; spacing: steps from one operation to the next."""

    seed: int = 0
    sweeps: int = 3
    spacing: int = 14

    def __post_init__(self):
        require(self.seed >= 0, f"seed must be 0 or more, not {self.seed}")
        require(1 <= self.sweeps <= 1000, f"sweeps must be 1 to 1000, not {self.sweeps}")
        require(1 <= self.spacing <= 1000, f"spacing must be 1 to 1000 steps, not {self.spacing}")


def contents(sweep: int) -> list[tuple[int, ...]]:
    """What each cue stores: the number cue + 1 in binary, bit j on content neuron j; its complement in odd sweeps."""
    inverted = sweep % 2
    return [tuple(j for j in range(CONTENT) if ((cue + 1) >> j & 1) != inverted) for cue in range(CUES)]


def schedule(parameters: Parameters) -> list[Operation]:
    """Per sweep: 5 learns, 5 recalls by cue, 10 recalls by one content bit each."""
    steps: list[tuple] = []
    for sweep in range(parameters.sweeps):
        steps += [("learn", cue, bits) for cue, bits in enumerate(contents(sweep))]
        steps += [("cue", cue, ()) for cue in range(CUES)]
        steps += [("content", -1, (bit,)) for bit in range(CONTENT)]
    return [Operation(kind, parameters.spacing * i, cue, bits) for i, (kind, cue, bits) in enumerate(steps)]


def run(parameters: Parameters, progress) -> dict:
    """Play the schedule; 851 steps at the published settings."""
    operations = schedule(parameters)
    return ca3_protocol.play(operations, CUES, CONTENT, operations[-1].at + STEPS_AFTER, progress)


headline = ca3_protocol.headline
plot = ca3_figure.plot

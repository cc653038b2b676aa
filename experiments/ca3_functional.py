"""Learn, recall by cue, recall by content and overwrite in the published CA3 network: 9 operations on 5 x 10.

Experiment 1 of Casanueva-Morato et al., Neural Networks 178 (2024) 106474, with its own input schedule.
"""

from dataclasses import dataclass

from neuromem.experiments import ca3_figure, ca3_protocol
from neuromem.experiments.ca3_protocol import Operation
from neuromem.experiments.parameters import require

CUES, CONTENT = 5, 10
SEQUENCE = (
    ("learn", 0, (0, 1, 8, 9)),
    ("learn", 4, (1, 5, 6)),
    ("learn", 3, (4, 5, 6)),
    ("cue", 0, ()),
    ("content", -1, (6,)),
    ("content", -1, (0, 4)),
    ("learn", 3, (1, 3, 4, 8)),
    ("cue", 3, ()),
    ("content", -1, (6,)),
)
QUICK: dict = {}


@dataclass(frozen=True)
class Parameters:
    """seed: recorded only, the network draws nothing at random; spacing: steps from one operation to the next."""

    seed: int = 0
    spacing: int = 10

    def __post_init__(self):
        require(self.seed >= 0, f"seed must be 0 or more, not {self.seed}")
        require(1 <= self.spacing <= 1000, f"spacing must be 1 to 1000 steps, not {self.spacing}")


def schedule(parameters: Parameters) -> list[Operation]:
    """The nine operations, `spacing` steps apart."""
    return [Operation(kind, parameters.spacing * i, cue, bits) for i, (kind, cue, bits) in enumerate(SEQUENCE)]


def run(parameters: Parameters, progress) -> dict:
    """Play the schedule; 90 steps at the published spacing."""
    operations = schedule(parameters)
    return ca3_protocol.play(operations, CUES, CONTENT, operations[-1].at + max(parameters.spacing, 10), progress)


headline = ca3_protocol.headline
plot = ca3_figure.plot

"""A 4 x 4 grid map in the published CA3 network (16 x 6): learn each cell's state, then ask where a state is.

Experiment 3 of Casanueva-Morato et al., Neural Networks 178 (2024) 106474: the cue is the cell, the content is its
state one-hot (unknown, start, goal, free, path, obstacle); learns 7 steps apart, recalls by content 6 steps apart.
"""

from dataclasses import dataclass

from neuromem.experiments import ca3_figure, ca3_protocol
from neuromem.experiments.ca3_protocol import Operation
from neuromem.experiments.parameters import require

STATES = ("unknown", "start", "goal", "free", "path", "obstacle")
GRID = (0, 5, 1, 3, 0, 3, 4, 5, 0, 5, 4, 3, 2, 4, 4, 3)  # row by row
QUERIES = ((1, 2, 4), (3,), (5,), (0,))
STEPS_AFTER = 10  # the recording goes on this long after the last operation has begun: 140 steps in all
QUICK: dict = {}


@dataclass(frozen=True)
class Parameters:
    """seed: recorded only, the network draws nothing at random; spacings in steps, the shortest published ones."""

    seed: int = 0
    learn_spacing: int = 7
    recall_spacing: int = 6

    def __post_init__(self):
        require(self.seed >= 0, f"seed must be 0 or more, not {self.seed}")
        for name in ("learn_spacing", "recall_spacing"):
            value = getattr(self, name)
            require(1 <= value <= 1000, f"{name} must be 1 to 1000 steps, not {value}")


def schedule(parameters: Parameters) -> list[Operation]:
    """16 learns, one per cell, then the four queries: the route, the free cells, the obstacles, the unknown."""
    learns = [Operation("learn", parameters.learn_spacing * cell, cell, (state,)) for cell, state in enumerate(GRID)]
    start = parameters.learn_spacing * len(GRID)
    asks = [Operation("content", start + parameters.recall_spacing * i, -1, bits) for i, bits in enumerate(QUERIES)]
    return learns + asks


def run(parameters: Parameters, progress) -> dict:
    """Play the schedule; 140 steps at the published spacings."""
    operations = schedule(parameters)
    return ca3_protocol.play(operations, len(GRID), len(STATES), operations[-1].at + STEPS_AFTER, progress)


headline = ca3_protocol.headline
plot = ca3_figure.plot

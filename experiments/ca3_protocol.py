"""The protocol of the published CA3 memory: input schedules, and the output spikes each operation must give.

The expected output is worked out from the timing table alone, by a dictionary that plays the memory, so that it
shares nothing with the network under test:

    learn              cue and content, 3 consecutive steps   Out: cue and content at t+5 and t+7; of an old
                                                              content, the bits now being forgotten at t+6
    recall by cue      cue, 1 step                            Out: cue at t+5, its content at t+6
    recall by content  any content bits, 1 step               Out: the bits at t+5, every cue that shares one at t+6

The echo at t+6 is part of the published mechanism: the cue's first spike still recalls the old content, and that is
what lets its second spike depress the bits which the new content lacks.

Source: Casanueva-Morato et al., Neural Networks 178 (2024) 106474, sections 3 and 4.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

LEARN_STEPS = 3
FIRST_OUTPUT = 5  # steps from the first input spike of an operation to its first output spike
Spike = tuple[int, int]


@dataclass(frozen=True)
class Operation:
    """One operation on the memory, its first input spike in step `at`."""

    kind: str  # "learn", "cue" or "content"
    at: int
    cue: int = -1
    content: tuple[int, ...] = ()

    def __str__(self) -> str:
        bits = "{" + ",".join(map(str, self.content)) + "}"
        return {"learn": f"learn {self.cue}: {bits}", "cue": f"recall cue {self.cue}"}.get(
            self.kind, f"recall content {bits}"
        )


def input_spikes(operations: Iterable[Operation], cues: int) -> list[Spike]:
    """(step, neuron) on In for a schedule: neurons 0..cues-1 are cues, then come the content bits."""
    spikes = []
    for op in operations:
        neurons = ([op.cue] if op.cue >= 0 else []) + [cues + bit for bit in op.content]
        for step in range(op.at, op.at + (LEARN_STEPS if op.kind == "learn" else 1)):
            spikes += [(step, neuron) for neuron in neurons]
    return sorted(spikes)


def expected_output(operations: Iterable[Operation], cues: int) -> list[set[Spike]]:
    """For each operation the (step, neuron) that Out must fire, no more and no less."""
    stored: dict[int, tuple[int, ...]] = {}
    expected = []
    for op in operations:
        bits = [cues + bit for bit in op.content]
        first, second = op.at + 5, op.at + 6
        if op.kind == "learn":
            forgotten = set(stored.get(op.cue, ())) - set(op.content)
            stored[op.cue] = op.content
            spikes = {(step, neuron) for step in (op.at + 5, op.at + 7) for neuron in [op.cue, *bits]}
            spikes |= {(second, cues + bit) for bit in forgotten}
        elif op.kind == "cue":
            spikes = {(first, op.cue)} | {(second, cues + bit) for bit in stored.get(op.cue, ())}
        else:
            sharing = [cue for cue, content in stored.items() if set(content) & set(op.content)]
            spikes = {(first, neuron) for neuron in bits} | {(second, cue) for cue in sharing}
        expected.append(spikes)
    return expected


def check(operations: list[Operation], cues: int, output: np.ndarray) -> np.ndarray:
    """Spikes missing or too many on Out per operation, int array; spikes before the first count against it.

    output  (k, 2) int array of (step, neuron), as CA3Memory.replay returns it for "Out"
    An operation owns the output steps from its own first one up to that of the next operation.
    """
    expected = expected_output(operations, cues)
    starts = np.array([op.at + FIRST_OUTPUT for op in operations])
    observed: list[set[Spike]] = [set() for _ in operations]
    extra = np.zeros(len(operations), np.int64)
    for step, neuron in np.asarray(output).tolist():
        owner = max(int(np.searchsorted(starts, step, side="right")) - 1, 0)
        extra[owner] += (step, neuron) in observed[owner]  # the same spike twice is one too many
        observed[owner].add((step, neuron))
    return extra + [len(want ^ got) for want, got in zip(expected, observed, strict=True)]


def play(operations: list[Operation], cues: int, content: int, steps: int, progress: Callable) -> dict:
    """Run a schedule through a fresh published network; what was asked, what came out and what was wrong, as data."""
    from neuromem.models import CA3Memory

    progress(0, 1, "playing the schedule")
    memory = CA3Memory(cues, content, variant="paper", rule="any")
    spikes = memory.replay(input_spikes(operations, cues), steps)
    progress(1, 1, "playing the schedule")
    expected = sorted(set().union(*expected_output(operations, cues)))
    return {
        "cues": cues,
        "content": content,
        "steps": steps,
        "operations": {
            "at": np.array([op.at for op in operations]),
            "kind": [op.kind for op in operations],
            "text": [str(op) for op in operations],
            "mismatches": check(operations, cues, spikes["Out"]),
        },
        "expected": np.array(expected, np.int64).reshape(-1, 2),
        "spikes": {name: np.asarray(pairs) for name, pairs in spikes.items()},
    }


def headline(tree: dict) -> dict:
    """operations, operations_correct and mismatches: the numbers to quote."""
    wrong = np.asarray(tree["operations"]["mismatches"])
    internal = sum(len(pairs) for name, pairs in tree["spikes"].items() if name not in ("In", "Out"))
    return {
        "operations": len(wrong),
        "operations_correct": int(np.count_nonzero(wrong == 0)),
        "mismatches": int(wrong.sum()),
        "output_spikes": len(tree["spikes"]["Out"]),
        "internal_spikes": internal,
        "steps": int(tree["steps"]),
    }

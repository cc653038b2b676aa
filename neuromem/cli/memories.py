"""`neuromem store`, `recall` and `replay`: a memory in a file, used from the shell."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console

ROWS = Annotated[int, typer.Option("--rows", min=0, help="Most rows of the table to print; 0 prints them all.")]
MEMORY = Annotated[
    Path,
    typer.Argument(metavar="MEMORY", help="Memory file that `neuromem store` or `demo` wrote.", show_default=False),
]
INPUTS = "npz, npy, HDF5, or a folder of PNGs"


class Rule(enum.StrEnum):
    """How content recall decides between cues."""

    any = "any"
    best = "best"


def store(
    memory: Annotated[
        Path, typer.Argument(metavar="MEMORY", help="Memory file: made when new, else added to.", show_default=False)
    ],
    patterns: Annotated[
        Path, typer.Argument(metavar="PATTERNS", help=f"Patterns to learn: {INPUTS}.", show_default=False)
    ],
    rule: Annotated[
        Rule | None,
        typer.Option(help="Recall rule of a new memory; best if not given.", show_default=False, show_choices=True),
    ] = None,
    cues: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Most patterns a new memory can hold; if not given, twice as many as are stored now.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of a new memory.")] = 0,
) -> None:
    """Learn patterns into a memory file, new or existing.

    Each pattern is shown once. A memory that exists keeps what it holds and learns the new ones as well.

    \b
    Example:
      neuromem store digits.h5 patterns.npz --cues 200
    """
    from neuromem import patterns as codes
    from neuromem.errors import UsageError
    from neuromem.experiments.runner import output_folder

    found = codes.load(patterns)
    if len(found.patterns) == 0:
        raise UsageError(f"{patterns} holds no patterns; give at least one")
    from neuromem.models import CA3Memory, load  # here: a file that cannot be read is said without compiling anything

    with output_folder(memory.parent):
        if memory.exists():
            held = load(memory)
            if rule not in (None, getattr(held, "rule", None)) or cues not in (None, held.capacity):
                raise UsageError(
                    f"{memory} exists already, with room for {held.capacity} patterns{_by_rule(held)}; leave out "
                    "--rule and --cues to add to it, or choose another file name for a new memory"
                )
        else:
            room = cues or 2 * len(found.patterns)
            held = CA3Memory(room, found.patterns.shape[1], rule=(rule or Rule.best).value, seed=seed)
        before = len(held.keys)
        taken = set(map(int, held.keys)) & set([] if found.keys is None else map(int, found.keys))
        if taken:
            raise UsageError(f"{memory} already holds patterns under the keys {_few(sorted(taken))} of {patterns}")
        keys = held.store(found.patterns, found.keys)
        held.save(memory)
    noun = "pattern" if len(keys) == 1 else "patterns"
    console.say(f"learned {len(keys)} {noun} of {held.n} bits under the keys {_few([int(key) for key in keys])}")
    console.say(
        f"{'added to' if before else 'wrote'} {memory} ({console.size(memory)}): recall{_by_rule(held)}, "
        f"{len(held.keys)} of {held.capacity} cues in use"
    )
    console.say(f"next: {console.program()} replay {memory} --keep 0.25")


def recall(
    memory: MEMORY,
    fragments: Annotated[
        Path, typer.Argument(metavar="FRAGMENTS", help=f"Fragments to complete: {INPUTS}.", show_default=False)
    ],
    rule: Annotated[
        Rule | None, typer.Option(help="Recall rule to use instead of the memory's own.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for recalled.npz, .csv and .png.", show_default=False)
    ] = None,
    rows: ROWS = 20,
) -> None:
    """Complete fragments of patterns from a memory file.

    \b
    Example:
      neuromem recall digits.h5 fragments.npz --rule best --out out/recall
    """
    from contextlib import nullcontext

    from neuromem import patterns as codes
    from neuromem.cli import results
    from neuromem.errors import UsageError
    from neuromem.experiments.runner import output_folder

    held = _load(memory, rule)
    asked = codes.load(fragments)
    if len(asked.patterns) == 0:
        raise UsageError(f"{fragments} holds no fragments; give at least one")
    codes.as_patterns(asked.patterns, held.n, "fragments")
    with nullcontext() if out is None else output_folder(out) as folder:
        answer = held.recall(asked.patterns)
        table = results.recall_rows(asked.patterns, answer)
        written = [] if folder is None else results.write(folder, asked, answer, table)
    results.show(table, rows)
    known = sum(bool(len(keys)) for keys in answer.keys)
    console.say(f"{known} of {len(table)} fragments matched something stored{_by_rule(held)}")
    if written:
        console.say(f"wrote {out}: {', '.join(path.name for path in written)}")


def replay(
    memory: MEMORY,
    keep: Annotated[
        float, typer.Option(help="Fraction of each pattern's active units to show, above 0 up to 1.")
    ] = 0.25,
    seed: Annotated[int, typer.Option(min=0, help="Seed that draws the fragments.")] = 0,
    rule: Annotated[
        Rule | None, typer.Option(help="Recall rule to use instead of the memory's own.", show_default=False)
    ] = None,
    rows: ROWS = 20,
) -> None:
    """Play every stored pattern back from a fragment of it.

    \b
    Example:
      neuromem replay digits.h5 --keep 0.1 --seed 3
    """
    import numpy as np

    from neuromem import patterns as codes
    from neuromem.cli import results
    from neuromem.errors import UsageError

    if not 0 < keep <= 1:
        raise UsageError(f"--keep must lie above 0 and up to 1, not {keep:g}")
    held = _load(memory, rule)
    keys, stored = held.keys, held.patterns
    if len(keys) == 0:
        raise UsageError(f"{memory} holds no patterns yet; store some with `neuromem store {memory} PATTERNS`")
    fragments = codes.keep(stored, keep, np.random.default_rng(seed))
    answer = held.recall(fragments)
    table = results.recall_rows(fragments, answer, keys=keys, stored=stored)
    results.show(table, rows)
    exact = sum(row["exact"] for row in table)
    console.say(
        f"{exact} of {len(keys)} patterns came back exactly from {keep:.0%} of their active units"
        f"{_by_rule(held)} (seed {seed}): {np.mean(answer.steps):.0f} steps and {np.mean(answer.spikes):.0f} spikes "
        "per recall"
    )


def _load(path: Path, rule: Rule | None):
    """The memory in a file, reading by another rule when one is asked for."""
    from neuromem.errors import NotSupportedError
    from neuromem.models import load

    held = load(path)
    if rule is None or rule.value == getattr(held, "rule", None):
        return held
    if not hasattr(held, "with_rule"):
        raise NotSupportedError(f"{path} holds a {type(held).__name__}, which has no recall rules; leave out --rule")
    return held.with_rule(rule.value)


def _by_rule(held) -> str:
    """` by rule best`, or nothing for a memory without rules."""
    return f" by rule {held.rule}" if hasattr(held, "rule") else ""


def _few(keys: list[int]) -> str:
    """Keys for reading: 0 to 99, or the first of them."""
    if len(keys) > 2 and keys == list(range(keys[0], keys[-1] + 1)):
        return f"{keys[0]} to {keys[-1]}"
    return ", ".join(map(str, keys[:8])) + (f" and {len(keys) - 8} more" if len(keys) > 8 else "")

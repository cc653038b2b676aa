"""`neuromem demo`: real digits learned one-shot and recalled from fragments, with everything worth seeing on disk."""

from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console

EXPERIMENT = "ca3-digits"
PAUSE = 10  # steps of silence between the learn and the recall in spikes.h5


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for everything the demo writes.")] = Path("out/demo"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed that draws the digits and the fragments.")] = 0,
) -> None:
    """Learn 100 real digits, recall them from fragments.

    Writes a table, pictures, the memory, its spikes and a report into one folder.

    \b
    Example:
      neuromem demo --out out/demo --seed 1
    """
    from neuromem.experiments import runner

    with runner.output_folder(out), console.progress() as progress:
        result = runner.run(EXPERIMENT, {"seed": seed, "seeds": 1}, out=out, resume=True, progress=progress)
        progress(0, 1, "writing the memory, its spikes and the report")
        tree = _data(out)
        _write_memory(out, tree, result["parameters"])
        _write_spikes(out / "spikes.h5", tree, result)
        rows = _table(tree)
        _write_report(out, result, tree, rows)
    console.table(list(rows[0]), [row.values() for row in rows], title=f"{tree['count']} digits, recalled exactly")
    _say_what_next(out, result)


def _data(out: Path) -> dict:
    from neuromem import io
    from neuromem.experiments.runner import DATA

    return io.load(out / DATA, "experiment").tree["data"]


def _write_memory(out: Path, tree: dict, settings: dict) -> None:
    """memory.h5, and fragments.npz to recall from it: a quarter of the ink of each digit it holds."""
    import numpy as np

    from neuromem import patterns
    from neuromem.experiments import ca3_digits

    memory = ca3_digits.remembered(tree, settings)
    memory.save(out / "memory.h5")
    fragments = patterns.keep(memory.patterns, 0.25, np.random.default_rng(settings["seed"]))
    patterns.save(out / "fragments.npz", fragments, tuple(tree["shape"]))


def _write_spikes(path: Path, tree: dict, result: dict) -> None:
    """spikes.h5: one learn, a pause and one recall on one time axis, in the SONATA layout."""
    import numpy as np

    from neuromem import io

    phases = [tree["spikes_learn"], tree["spikes_recall"]]
    start = 1 + max(int(np.max(pairs[:, 0], initial=0)) for pairs in phases[0].values()) + PAUSE
    dt = 1.0  # ms, the step of the published network
    about = {"learn_at_ms": 0.0, "recall_at_ms": start * dt, "seed": result["parameters"]["seed"]}
    with io.SpikeWriter(path, {name: int(size) for name, size in tree["sizes"].items()}, dt, about) as writer:
        for offset, spikes in zip((0, start), phases, strict=True):
            for name, pairs in spikes.items():
                writer.append(name, (pairs[:, 0] + offset) * dt, pairs[:, 1])


def _table(tree: dict) -> list[dict]:
    """The table that is printed, written as CSV and shown in the report."""
    from neuromem.experiments import ca3_digits

    return [
        {
            "fragment shown": row["fragment"],
            "spiking memory": f"{row['memory_exact']}/{row['recalls']}",
            "cosine neighbour": f"{row['cosine_exact']}/{row['recalls']}",
            "raw overlap": f"{row['overlap_exact']}/{row['recalls']}",
            "steps": round(row["steps"]),
            "spikes": round(row["spikes"]),
        }
        for row in ca3_digits.table(tree)
    ]


def _write_report(out: Path, result: dict, tree: dict, rows: list[dict]) -> None:
    """table.csv and the self-contained report.html."""
    from neuromem import report
    from neuromem.cli import results
    from neuromem.experiments import ca3_digits

    results.write_csv(out / "table.csv", ca3_digits.table(tree))
    count, row = int(tree["count"]), ca3_digits.table(tree)[3]
    images = {name: (out / f"{name}.png").read_bytes() for name in ("fragments", "quality", "curve", "raster")}
    sections = [
        report.Section(
            "What it brings back",
            f"{count} handwritten digits were shown once each. Fragments of them bring the whole digit back; a recall "
            "counts when every one of its pixels is right.",
            figures=[(images["fragments"], "Original, fragment and recalled digit, for each kind of fragment.")],
        ),
        report.Section(
            "How well, beside two plain readers",
            "The same fragments go to a cosine nearest neighbour (overlap divided by the square root of the stored "
            "size) and to raw overlap; both look the patterns up as plain data, the memory decides in spikes.",
            figures=[
                (images["quality"], "Recalled exactly, per kind of fragment."),
                (images["curve"], "Recalled exactly, against the fraction of the ink that was shown."),
            ],
            tables=[report.Table(rows, f"Recalled exactly, of {count}; mean steps and internal spikes per recall.")],
        ),
        report.Section(
            "How it does it",
            f"{result['learned_synapses']:,} synapses were learned. The published network has a one-hot cue index and "
            "plastic synapses between cues and content both ways; it has no recurrent collaterals and no dentate "
            "gyrus. The rule `best` adds the competition between cues and the completion.",
            figures=[(images["raster"], "Every spike while one digit is learned and while it is recalled.")],
        ),
        report.Section("Try next", code=["\n".join(_next(out))]),
    ]
    summary = (
        f"A spiking memory learned {count} handwritten digits from one presentation each and completed "
        f"{row['memory_exact']} of {row['recalls']} exactly from a quarter of their ink."
    )
    highlights = [
        (f"{row['memory']:.0%}", "exact from 25 % of the ink"),
        (f"{result['steps_per_recall']:.0f}", "steps of 1 ms per recall"),
        (f"{result['spikes_per_recall']:.0f}", "spikes per recall"),
    ]
    title = f"{count} digits in a spiking CA3 memory"
    settings = {"experiment": result["experiment"], "seeds": result["seeds"], **result["parameters"]}
    report.write(out / "report.html", title, summary, sections, settings, highlights=highlights)


def _next(out: Path) -> list[str]:
    """Commands that go on from what the demo wrote."""
    import shlex

    memory, fragments, recall = (shlex.quote(str(out / name)) for name in ("memory.h5", "fragments.npz", "recall"))
    return [
        f"{console.program()} recall {memory} {fragments} --out {recall}",
        f"{console.program()} replay {memory} --keep 0.1",
        f"{console.program()} info {memory}",
        f"{console.program()} run ca3-stress",
        f"{console.program()} list",
    ]


def _say_what_next(out: Path, result: dict) -> None:
    from neuromem.cli.console import say, size

    about = {
        "report.html": "everything on one page; open it in a browser",
        "table.csv": "the table above with fractions and standard errors",
        "fragments.png": "original, fragment and recalled digits",
        "raster.png": "spikes of one learn and one recall",
        "quality.png": "recall per kind of fragment, beside two plain readers",
        "curve.png": "recall against the size of the fragment",
        "memory.h5": "the memory that holds the digits",
        "fragments.npz": "a quarter of the ink of each digit, to try on it",
        "spikes.h5": "the spikes of the raster (SONATA layout)",
        "data.h5": "all measured numbers",
        "result.json": "headline numbers, parameters, seeds, versions",
    }
    say(f"seed {result['parameters']['seed']}, {result['seconds']:.1f} s of learning and recalling; wrote")
    for name, text in about.items():
        if (out / name).exists():
            say(f"  {out / name!s:<{len(str(out)) + 15}} {size(out / name):>9}  {text}")
    say("try next")
    for command in _next(out):
        say(f"  {command}")

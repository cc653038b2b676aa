"""`neuromem bench` and `compare`: how fast, how big, and beside other simulators."""

import enum
import json
from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console


class Precision(enum.StrEnum):
    """Of neuron state."""

    float32 = "float32"
    float64 = "float64"


def bench(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="cuba, brunel, stdp, microcircuit or ca3.", show_default=False),
    ],
    n: Annotated[
        int | None,
        typer.Option(
            "--n", help="Neurons (ca3: cues), at least 1000; its usual size if not given.", show_default=False
        ),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Most threads to use.")] = 1,
    dtype: Annotated[Precision, typer.Option("--dtype", help="Of neuron state.")] = Precision.float64,
    seconds: Annotated[float, typer.Option("--seconds", help="Model time that is timed.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON line only.")] = False,
) -> None:
    """Run one benchmark network and say how long it took.

    0.2 s of model time pass before the clock starts, and nothing is compiled while it runs. The last line printed is
    one JSON object.

    \b
    Example:
      neuromem bench cuba --n 10000 --threads 2 --dtype float32
    """
    from neuromem.experiments.benchmarks import tasks

    tasks.check(name, n, seconds)  # a wrong command is said before the engine is loaded
    from neuromem.experiments.benchmarks.run import run

    measured = run(name, n, threads=threads, dtype=dtype.value, seconds=seconds, seed=seed)
    if not as_json:
        rows = [(key, _short(value)) for key, value in measured.items() if value is not None and key != "rates_hz"]
        console.table(["measured", "value"], rows, title=f"{name}, {measured['n']} neurons")
        published = tasks.published_rates(name)
        rates = [(key, rate, *published.get(key, ())) for key, rate in measured["rates_hz"].items()]
        console.table(["population", "rate (1/s)", *(["published, full size"] if published else [])], rates)
    console.say(json.dumps(measured))


def _short(value: object) -> object:
    """A number with as many digits as mean something."""
    return f"{value:.4g}" if isinstance(value, float) else value


def compare(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Benchmarks to run; all if none is given.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small networks, to see that it works.")] = False,
    repeats: Annotated[
        int | None, typer.Option("--repeats", min=1, help="Rounds of every case.", show_default=False)
    ] = None,
    without_peers: Annotated[
        bool, typer.Option("--without-peers", help="Run ours only; the rest stays blank.")
    ] = False,
    peers: Annotated[
        Path | None,
        typer.Option(
            "--peers", help="Folder of the peers' environments; in our cache if not given.", show_default=False
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for results.json and results.md.")] = Path("out/bench"),
) -> None:
    """Run the benchmarks side by side with Brian2 and NEST.

    The peers are installed into environments of their own when they are first needed. One that cannot be had leaves
    blanks in the table, and the reason is told.

    \b
    Example:
      neuromem compare cuba brunel --quick
    """
    from neuromem.experiments.benchmarks import compare as benchmarks
    from neuromem.experiments.benchmarks import table
    from neuromem.experiments.runner import output_folder

    cases = benchmarks.select(names or [], quick)
    if peers is None and not without_peers:
        from neuromem.engine.modules import cache_folder

        peers = cache_folder() / "peers"
    with output_folder(out):
        record = benchmarks.compare(
            out,
            None if without_peers else peers,
            cases=cases,
            repeats=repeats,
            first_repeats=1 if quick else 3,
            say=console.note,
        )
    console.say(table.markdown(record))
    console.say(f"wrote {out}: results.json, results.md")

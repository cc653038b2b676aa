"""`neuromem simulate`: run a network file for as long as it takes, and go on after an interruption."""

from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console


def simulate(
    network: Annotated[
        Path | None,
        typer.Argument(metavar="[NETWORK]", help="A network or memory file.", show_default=False),
    ] = None,
    duration: Annotated[
        float | None, typer.Option("--duration", help="Model time to run, in ms.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Spike file to write (HDF5, SONATA layout).", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Keys everything that is random.")] = 0,
    threads: Annotated[int, typer.Option("--threads", help="Most threads to use; never changes a result.")] = 1,
    dtype: Annotated[str, typer.Option("--dtype", help="float64 or float32.")] = "float64",
    record: Annotated[
        str | None,
        typer.Option("--record", help="Populations to record, separated by commas; all if not given."),
    ] = None,
    checkpoint_every: Annotated[
        float | None,
        typer.Option("--checkpoint-every", help="Save a checkpoint every so many ms of model time."),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", help="Go on from this checkpoint.", show_default=False)
    ] = None,
) -> None:
    """Run a network and write its spikes; Ctrl-C saves a checkpoint to go on from.

    The result is the same, bit for bit, for any number of threads and however often the run was interrupted.

    \b
    Examples:
      neuromem simulate network.h5 --duration 10000 --out spikes.h5 --checkpoint-every 1000
      neuromem simulate --resume spikes.h5.checkpoint
    """
    from neuromem.engine import Simulation, Status, run_long
    from neuromem.errors import UsageError

    if resume is not None:
        if network is not None or out is not None:
            raise UsageError("--resume: the checkpoint knows its network and output; leave NETWORK and --out away")
        simulation, saved = Simulation.load(resume, threads=threads), resume
    else:
        simulation, saved = _fresh(network, duration, out, seed, threads, dtype, record)
    try:
        with console.progress() as progress:
            status = run_long(simulation, duration, checkpoint=saved, every=checkpoint_every, progress=progress)
    except BaseException as error:
        simulation.recorder.close(error)
        raise
    if status is Status.INTERRUPTED:
        simulation.recorder.close(InterruptedError())
        now, goal = (count * simulation.network.dt for count in (simulation.step, simulation.goal))
        console.note(
            f"neuromem: interrupted at {now:g} of {goal:g} ms; go on with: "
            f"{console.program()} simulate --resume {saved}"
        )
        raise typer.Exit(130)
    simulation.recorder.close()
    saved.unlink(missing_ok=True)
    _report(simulation)


def _fresh(network, duration, out, seed, threads, dtype, record):
    from neuromem.engine import Simulation, footprint
    from neuromem.errors import UsageError
    from neuromem.network import load_network

    for value, name in ((network, "NETWORK"), (duration, "--duration"), (out, "--out")):
        if value is None:
            raise UsageError(f"simulate: {name} is missing; see {console.program()} simulate --help")
    described = load_network(network)
    needed = sum(footprint(described, dtype if dtype in ("float32", "float64") else "float64", threads).values())
    console.note(f"{network}: needs about {needed / 1e6:,.0f} MB of memory")
    names = "all" if record is None else [name.strip() for name in record.split(",")]
    simulation = Simulation(described, seed=seed, threads=threads, dtype=dtype, record=names, path=out)
    return simulation, out.with_name(f"{out.name}.checkpoint")


def _report(simulation):
    counts, seconds = simulation.spike_counts(), simulation.step * simulation.network.dt / 1000.0
    rows = [
        (name, population.size, counts[name], round(counts[name] / (population.size * seconds), 3) if seconds else 0.0)
        for name, population in simulation.network.populations.items()
    ]
    console.table(["population", "neurons", "spikes", "rate (1/s)"], rows)
    console.say(f"status: {simulation.status}, {seconds * 1000.0:g} ms, seed {simulation.seed}")
    console.say(f"wrote {simulation.recorder.path}")
    if simulation.network.probes:
        console.note("the network's probes are not in a spike file; record them from Python")

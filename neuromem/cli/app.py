"""The commands of `neuromem`, in the order in which a new user meets them."""

from typing import Annotated

import typer

from neuromem.cli import bench, demo, experiments, export, files, memories, phase, simulations
from neuromem.cli.guard import guarded, state

app = typer.Typer(
    name="neuromem",
    help="Spiking associative memories: store patterns one-shot, recall them from fragments, look inside.",
    epilog="Start with: neuromem demo. Every command explains itself: neuromem recall --help",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: a third of a second faster, and readable in a pipe
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"neuromem {version('neuromem')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options of every command."""
    state["debug"] = state["debug"] or debug


for _name, _command in {
    "demo": demo.demo,
    "store": memories.store,
    "recall": memories.recall,
    "replay": memories.replay,
    "simulate": simulations.simulate,
    "export": export.export,
    "run": experiments.run,
    "phase": phase.phase,
    "list": experiments.list_,
    "plot": experiments.plot,
    "info": files.info,
    "cite": files.cite,
    "warm": files.warm,
    "bench": bench.bench,
    "compare": bench.compare,
}.items():
    app.command(_name)(guarded(_command))

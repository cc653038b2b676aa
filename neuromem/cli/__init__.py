"""The `neuromem` command: one small file per group of commands, heavy imports only inside the commands."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; every failure is one sentence on stderr, never a traceback."""
    from neuromem.cli.guard import run_guarded

    return run_guarded(argv)

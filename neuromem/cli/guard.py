"""Failures become one sentence on stderr and an exit status: 2 for a wrong command, 1 for work that failed, 130 for
Ctrl-C, 141 when the reader of the output went away. `--debug` shows the traceback as well."""

import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence

FAILED, MISUSED, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141
state = {"debug": False}


def run_guarded(argv: Sequence[str] | None = None) -> int:
    """Parse and run a command line; `--debug` is understood anywhere before a `--`."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell starts us with Ctrl-C ignored
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    state["debug"] = "--debug" in options
    arguments = [a for a in options if a != "--debug"] + arguments[len(options) :]
    try:
        from neuromem.cli.app import app

        status = app(arguments or ["--help"], prog_name="neuromem", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except SystemExit as stop:  # typer's own way out when the reader of its help text is gone
        return stop.code if isinstance(stop.code, int) else FAILED
    except BaseException as error:  # this is the last door: nothing gets past it unexplained
        return report(error)


def guarded(command: Callable) -> Callable:
    """A command whose failures are reported and turned into an exit status."""

    @functools.wraps(command)
    def inner(*args, **kwargs):
        import typer

        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, SystemExit):
            raise
        except BaseException as error:
            raise typer.Exit(report(error)) from None

    return inner


def report(error: BaseException) -> int:
    """Say what went wrong on stderr and return the exit status."""
    text, status = sentence(error)
    if isinstance(error, OSError) and error.filename is None:
        _forget_stdout()  # it may be what failed: nothing more must be written to it at exit
    try:
        if state["debug"]:
            traceback.print_exception(error)
        print(f"neuromem: {' '.join(text.split())}", file=sys.stderr, flush=True)
    except OSError:
        pass  # stderr is gone too: the exit status has to do
    return status


def sentence(error: BaseException) -> tuple[str, int]:
    """The sentence and the exit status for an error."""
    from typer import Abort, BadParameter

    from neuromem.errors import NeuromemError, UsageError

    if isinstance(error, (KeyboardInterrupt, Abort)):
        return str(error) or "interrupted; nothing half-written was left behind", INTERRUPTED
    if isinstance(error, BadParameter.__mro__[1]):  # any wrong command line; its class has no public name
        return _usage(error), MISUSED
    if isinstance(error, UsageError):
        return str(error), MISUSED
    if isinstance(error, NeuromemError):
        return str(error), FAILED
    if isinstance(error, BrokenPipeError):
        return "whatever was reading the output closed it before the end", PIPE_CLOSED
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror or error or type(error).__name__}", FAILED
    if isinstance(error, MemoryError):
        return "not enough memory for this; try fewer patterns or a smaller memory", FAILED
    detail = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"internal error, please report it ({detail}); --debug shows the traceback", FAILED


def _usage(error) -> str:
    """A command line error with a pointer to the help that answers it."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else "neuromem"
    text = error.format_message().rstrip()
    return f"{text}{'' if text.endswith(('.', '?', '!')) else '.'} See {command} --help."


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ValueError:
        pass

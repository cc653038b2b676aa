"""The peers' own environments, made when they are first needed: each simulator with the packages that it wants."""

import fcntl
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PEERS = {
    # Brian2 2.9 does not import with NumPy 2.4. It compiles with setuptools, which venv brings only up to Python 3.11.
    "brian2": ("brian2==2.9.0", "numpy<2.4", "setuptools<81"),
    "nest": ("nest-simulator==3.10.0",),
}
IMPORTS = {"brian2": "brian2", "nest": "nest"}
LONGEST = 1800
"""Seconds that an installation may take."""


@dataclass(frozen=True)
class Environment:
    """A peer's interpreter, or the reason why there is none."""

    python: Path | None
    missing: str = ""


def environment(peer, folder):
    """Find or make the environment of a peer under `folder`.

    Returns
    -------
    Environment
        Never raises for a peer that cannot be had: the table then has a blank, and the reason below it.
    """
    place = Path(folder).absolute() / peer
    python, stamp = place / "bin" / "python", place / "installed.txt"
    wanted = "\n".join(PEERS[peer])
    if peer == "brian2" and shutil.which("g++") is None and shutil.which("c++") is None:
        return Environment(None, "no C++ compiler was found")
    try:
        with _alone(place):
            if not (stamp.is_file() and stamp.read_text() == wanted and python.exists()):
                try:
                    _make(peer, place, python)
                    stamp.write_text(wanted)
                except BaseException:
                    shutil.rmtree(place, ignore_errors=True)
                    raise
    except (OSError, subprocess.SubprocessError) as error:
        return Environment(None, f"it cannot be installed: {_reason(error)}")
    return Environment(python)


@contextmanager
def _alone(place):
    """A second run that wants the same environment waits here, and finds it made."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released with the file, however the process ends
        yield


def _make(peer, place, python):
    shutil.rmtree(place, ignore_errors=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q"]
    for command in (
        [sys.executable, "-m", "venv", place],
        [*pip, "install", *PEERS[peer]],
        [python, "-c", f"import {IMPORTS[peer]}"],
    ):
        command = list(map(str, command))
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=LONGEST, stdin=subprocess.DEVNULL)


def _reason(error):
    """The last line that a failed command wrote, or what the system said."""
    written = getattr(error, "stderr", None)
    lines = [line.strip() for line in written.splitlines() if line.strip()] if isinstance(written, str) else []
    return lines[-1] if lines else str(getattr(error, "strerror", None) or error)

"""The examples of Brian2's source distribution, from the package index: `python tests/foreign/brian2_source.py`.

They lie under .foreign/, which is no part of the project; another place: NEUROMEM_BRIAN2_EXAMPLES=/path/to/examples.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "2.9.0"
PLACE = Path(__file__).resolve().parents[2] / ".foreign" / f"brian2-{VERSION}"


def examples():
    """The folder of the examples, fetched if need be; raises OSError with the reason if they cannot be had."""
    named = os.environ.get("NEUROMEM_BRIAN2_EXAMPLES")
    folder = Path(named) if named else PLACE / "examples"
    if not folder.is_dir():
        if named:
            raise OSError(f"{named} is no folder")
        fetch()
    return folder


def fetch():
    """Download the source distribution and unpack its examples."""
    PLACE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PLACE.parent) as room:
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "-q", "--no-deps"]
        command += ["--no-binary", "brian2", f"brian2=={VERSION}", "--dest", room]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise OSError(f"pip could not download brian2 {VERSION}: {done.stderr.strip().splitlines()[-1:]}")
        with tarfile.open(next(Path(room).glob("*.tar.gz"))) as archive:
            archive.extractall(room, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        os.rename(Path(room) / f"brian2-{VERSION}", PLACE)


if __name__ == "__main__":
    print(examples())

"""An environment with lava-nc, which wants Python 3.10: `python tests/lava_environment.py` makes it under .peers/lava.

Then `pytest -m lava` compares with Lava. Another place: NEUROMEM_LAVA=/path/to/its/python.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WANTED = "lava-nc==0.10.0"
PLACE = Path(__file__).resolve().parent.parent / ".peers" / "lava"


def python():
    """The interpreter of the environment, or None."""
    found = Path(os.environ.get("NEUROMEM_LAVA", PLACE / "bin" / "python"))
    return found if found.exists() else None


def base():
    """A Python 3.10 of this machine, or None."""
    version = "import sys; print(sys.executable if sys.version_info[:2] == (3, 10) else '')"
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.10.*/bin/python"))
    for name in ("python3.10", "python3", *map(str, pyenv)):
        if shutil.which(name):
            told = subprocess.run([name, "-c", version], capture_output=True, text=True)
            if told.returncode == 0 and told.stdout.strip():
                return told.stdout.strip()
    return None


def make():
    """Make the environment; exits with a sentence if it cannot be had."""
    interpreter = base()
    if interpreter is None:
        sys.exit(f"{WANTED} needs Python 3.10, and none was found")
    subprocess.run([interpreter, "-m", "venv", PLACE], check=True)
    subprocess.run([PLACE / "bin" / "python", "-m", "pip", "install", "-q", WANTED], check=True)
    print(PLACE / "bin" / "python")


if __name__ == "__main__":
    make()

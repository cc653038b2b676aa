"""How the tests of the command line call it, and what they expect of every refusal."""

import csv
import subprocess
import sys

NEUROMEM = [sys.executable, "-W", "error", "-m", "neuromem.cli"]


COUNT, SHAPE = 6, (8, 8)


def shell(*arguments, **options):
    """Run the command as a user's shell does, its output in a pipe."""
    return subprocess.run([*NEUROMEM, *map(str, arguments)], capture_output=True, text=True, timeout=600, **options)


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def assert_one_sentence(err):
    assert err.startswith("neuromem: "), err
    assert err.endswith("\n"), err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    assert "internal error" not in err

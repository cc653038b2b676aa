"""The command line itself: help, version, the installed script."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ("demo", "store", "recall", "replay", "run", "list", "plot", "info", "warm", "bench", "compare")
COMMANDS += ("phase", "cite")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_an_example(call, command):
    status, out, err = call(command, "--help")
    assert (status, err) == (0, "")
    assert f"neuromem {command}" in out.partition("Example:")[2]


def test_help_names_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; from neuromem.cli import main; status = main(['--help']);"
        "heavy = {'numpy', 'numba', 'matplotlib', 'h5py', 'scipy', 'rich'} & set(sys.modules);"
        "sys.exit(status or (f'loaded {heavy}' if heavy else 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(command in done.stdout for command in COMMANDS)


def test_no_arguments_prints_the_help(call):
    status, out, err = call()
    assert (status, err) == (0, "")
    assert out.startswith("Usage: neuromem")


def test_version(call):
    status, out, _ = call("--version")
    assert status == 0
    assert out.startswith("neuromem ")
    assert out.count("\n") == 1


def test_the_installed_script_is_this_command():
    script = Path(sys.executable).with_name("neuromem")
    if not script.exists():
        pytest.skip("the package is not installed beside this Python")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("neuromem ")

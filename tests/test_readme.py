"""Every snippet of README.md and ARCHITECTURE.md runs: Python blocks in order in one folder, then the commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(document, language):
    """Contents of the fenced blocks of a language."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [body for kind, body in BLOCK.findall(text) if kind == language]


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md"])
def test_python_snippets_run(document, tmp_path):
    code = "\n".join(blocks(document, "python"))
    assert code, f"{document} has no Python snippet"
    (tmp_path / "snippets.py").write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "snippets.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_commands_run(tmp_path):
    """Lines that start with `$ neuromem`, after the Python snippets have written their files."""
    code = "\n".join(blocks("README.md", "python"))
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    commands = re.findall(r"^\$ neuromem (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    for command in commands:
        words = command.partition("#")[0].split()
        done = subprocess.run(
            [sys.executable, "-m", "neuromem.cli", *words], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, f"neuromem {command}: {done.stderr}"


def test_pictures_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).is_file(), picture

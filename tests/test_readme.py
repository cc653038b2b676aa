"""Every snippet of the documents runs: Python blocks in order in one folder, then the commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(document, language):
    """Contents of the fenced blocks of a language."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [body for kind, body in BLOCK.findall(text) if kind == language]


SMALLER = {"docs/brian2.md": {"N = 4000": "N = 400", "DURATION = 300.0": "DURATION = 40.0"}}
"""What is replaced in a document's snippets, so that they run in seconds."""


def snippets(document):
    return "\n".join(blocks(document, "python"))


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", *(page for page in PAGES if snippets(page))])
def test_python_snippets_run(document, tmp_path):
    code = snippets(document)
    assert code, f"{document} has no Python snippet"
    for words, others in SMALLER.get(document, {}).items():
        assert words in code
        code = code.replace(words, others)
    (tmp_path / "snippets.py").write_text(code, encoding="utf-8")
    strict = ["-W", "error", "-W", "ignore::DeprecationWarning"]  # Brian2 uses what its parser deprecates
    done = subprocess.run([sys.executable, *strict, "snippets.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def commands(document):
    """(words, lines that it prints) of every `$ neuromem` in a console block; dots stand for lines left out."""
    found = []
    for line in "\n$\n".join(blocks(document, "console")).splitlines():
        if line.startswith("$"):
            found.append((line[1:].partition("#")[0].split(), []))
        elif line.strip(" .") and found:
            found[-1][1].append(" ".join(line.split()))
    return [(words[1:], printed) for words, printed in found if words[:1] == ["neuromem"]]


def test_commands_run(tmp_path):
    """After the Python snippets have written their files; what is shown of their output is what they print."""
    code = snippets("README.md")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert commands("README.md")
    for words, printed in commands("README.md"):
        done = subprocess.run(
            [sys.executable, "-m", "neuromem.cli", *words], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, f"neuromem {' '.join(words)}: {done.stderr}"
        said = [" ".join(line.split()) for line in done.stdout.splitlines()]
        assert [line for line in printed if line not in said] == [], done.stdout


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", *PAGES])
def test_pictures_and_pages_that_are_named_exist(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    missing = [link for link in links if not (ROOT / document).parent.joinpath(link).exists()]
    assert missing == []
    assert document != "README.md" or any(link.endswith(".png") for link in links)

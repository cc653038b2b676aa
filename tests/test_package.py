"""The package as users get it: the wheel's modules and data, the guards of the mapped folders, rules on the source."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAPPED = ("models", "hardware", "experiments", "data")
SHIPPED = ("neuromem", *MAPPED)
LONGEST_FILE = 400  # lines
KERNEL_IMPORTS = {"numpy", "numba", "math", "typing"}
LLVM_IMPORTS = {"prefetch.py": {"llvmlite"}}  # Numba has no word of its own for it
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def installed_name(path: Path) -> str:
    """The place in the wheel of a file of the tree: models/ca3.py -> neuromem/models/ca3.py."""
    place = path.relative_to(ROOT).as_posix()
    return place if place.startswith("neuromem/") else f"neuromem/{place}"


def shipped_files(pattern: str) -> list[Path]:
    return sorted(path for folder in SHIPPED for path in (ROOT / folder).rglob(pattern))


SOURCES = shipped_files("*.py")
by_place = pytest.mark.parametrize("path", SOURCES, ids=installed_name)


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def checked(result: subprocess.CompletedProcess) -> str:
    assert result.returncode == 0, f"{result.args}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="session")
def copied_tree(tmp_path_factory) -> Path:
    """A copy of the tree without caches or build folders, so that building leaves nothing behind in the real one."""
    copy = tmp_path_factory.mktemp("tree")
    caches = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
    for folder in (*SHIPPED, "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=caches)
    shutil.copytree(ROOT / "typings", copy / "typings", symlinks=True)
    for file in ROOT.iterdir():
        if file.is_file():
            shutil.copy(file, copy)
    return copy


@pytest.fixture(scope="session")
def wheel(copied_tree, tmp_path_factory) -> Path:
    """The wheel that users get: built from the source distribution, not from the tree."""
    out = tmp_path_factory.mktemp("dist")
    checked(python("-m", "build", "--no-isolation", "--outdir", str(out), str(copied_tree), cwd=out))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def wheel_names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder that holds the wheel's content and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    pip = ("-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index", "--no-compile")
    checked(python(*pip, "--target", str(target), str(wheel), cwd=target))
    return target


# --- the wheel ---


def test_wheel_holds_exactly_the_modules_of_the_tree(wheel_names):
    assert {name for name in wheel_names if name.endswith(".py")} == {installed_name(path) for path in SOURCES}


def test_wheel_installs_one_import_name(wheel_names):
    assert {name.split("/")[0] for name in wheel_names} == {"neuromem"}


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("neuromem", "py.typed"),
        ("neuromem/plot", "*.mplstyle"),
        ("data", "*.npz"),
        ("data", "README.md"),
        ("data", "SHA256SUMS"),
    ],
)
def test_wheel_holds_the_data_files(wheel_names, folder, pattern):
    files = {installed_name(path) for path in (ROOT / folder).glob(pattern)}
    assert files, f"the tree has no {folder}/{pattern}"
    assert files <= wheel_names


def test_installed_wheel_imports_outside_the_tree(installed, tmp_path):
    script = f"""
import importlib, importlib.resources, pathlib
target = pathlib.Path({str(installed)!r})
names = [name for name in {sorted(map(installed_name, SOURCES))!r} if not name.endswith("__main__.py")]
for name in names:
    module = importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    assert target in pathlib.Path(module.__file__).parents, module.__file__
assert (importlib.resources.files("neuromem.data") / "SHA256SUMS").is_file()
assert [file for file in importlib.resources.files("neuromem.data").iterdir() if file.name.endswith(".npz")]
print(len(names))
"""
    # The installed folder comes before an editable install, whose finder is asked last.
    out = checked(python("-W", "error", "-c", script, cwd=tmp_path, PYTHONPATH=str(installed)))
    assert int(out) >= len(SHIPPED)


# --- the mapped folders ---


@pytest.mark.parametrize("folder", MAPPED)
def test_a_mapped_folder_refuses_its_bare_name(folder):
    result = python("-c", f"import {folder}", cwd=ROOT, PYTHONPATH="")
    assert result.returncode != 0
    assert f"ImportError: import neuromem.{folder}, not {folder}" in result.stderr


def test_typings_show_every_room():
    """`make links` remakes them; type checkers and the import linter see the package through these links."""
    view = ROOT / "typings" / "neuromem"
    rooms = {path.name for path in (ROOT / "neuromem").iterdir() if path.name not in ("__pycache__", ".DS_Store")}
    assert {path.name for path in view.iterdir()} == rooms | set(MAPPED), "run: make links"
    assert not [path.name for path in view.iterdir() if not path.exists()]


def lint_imports(tree: Path) -> subprocess.CompletedProcess:
    script = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    options = ("--config", "../pyproject.toml", "--no-cache")
    return python("-c", script, *options, cwd=tree / "typings")


@pytest.mark.parametrize(
    ("place", "line", "broken"),
    [
        ("models/uphill.py", "import neuromem.experiments.runner", "Imports go down BROKEN"),
        ("neuromem/network/uphill.py", "from neuromem import models", "Imports go down BROKEN"),
        ("neuromem/io/uphill.py", "import neuromem.kernels", "Imports go down BROKEN"),
        ("neuromem/kernels/uphill.py", "import scipy.special", "Kernels import NumPy, Numba and math only BROKEN"),
    ],
)
def test_an_import_that_goes_up_is_reported(copied_tree, tmp_path, place, line, broken):
    tree = tmp_path / "tree"
    shutil.copytree(copied_tree, tree, symlinks=True)
    (tree / place).write_text(line + "\n")
    result = lint_imports(tree)
    assert result.returncode != 0
    assert broken in result.stdout


def test_imports_go_down(copied_tree):
    checked(lint_imports(copied_tree))


# --- one version ---


def test_one_version_everywhere():
    import neuromem

    declared = PROJECT["project"]["version"]
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert neuromem.__version__ == declared
    assert version("neuromem") == declared
    assert citation is not None
    assert citation[1] == declared
    assert f"## [{declared}]" in (ROOT / "CHANGELOG.md").read_text()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def test_every_declared_dependency_is_pinned():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+]+", line) for line in lines)
    project = PROJECT["project"]
    declared = project["dependencies"] + sum(project["optional-dependencies"].values(), [])
    assert {normal(name) for name in declared} - {"neuromem"} <= {normal(line) for line in lines}


# --- rules on the source ---


@by_place
def test_source_keeps_the_rules(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        where = f"{path}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), f"{where}: assert is for tests; raise a typed error"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{where}: bare except"
        if isinstance(node, ast.Call):
            assert not any(word.arg == "fastmath" for word in node.keywords), f"{where}: fastmath changes results"
            assert not ast.unparse(node.func).endswith("random.seed"), f"{where}: global random state"


@pytest.mark.parametrize("path", sorted((ROOT / "neuromem" / "kernels").rglob("*.py")), ids=installed_name)
def test_kernels_import_numpy_numba_and_math_only(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not (node.level == 1 and path.parent.name == "kernels"):
            names = [f"{'.' * node.level}{node.module or ''}"]
        for name in names:
            if name.split(".")[0] in LLVM_IMPORTS.get(path.name, ()):
                continue
            own = name == "neuromem.kernels" or name.startswith("neuromem.kernels.")
            assert own or name.split(".")[0] in KERNEL_IMPORTS, f"{path}:{node.lineno} imports {name}"

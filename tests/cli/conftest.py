"""A memory that was stored once, and calls in this process."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import COUNT, SHAPE, assert_one_sentence

from neuromem import patterns
from neuromem.cli import main


@pytest.fixture
def call(capsys):
    """Run the command in this process: status, stdout, stderr."""

    def run(*arguments):
        status = main([str(a) for a in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def refused(call):
    """Run a command that must fail: its one sentence."""

    def run(*arguments, status=1):
        got, _, err = call(*arguments)
        assert got == status, err
        assert_one_sentence(err)
        return err

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with patterns.npz, fragments.npz and the memory.h5 that holds the patterns."""
    folder = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(5)
    stored = patterns.random_patterns(COUNT, SHAPE[0] * SHAPE[1], 16, rng)
    patterns.save(folder / "patterns.npz", stored, SHAPE)
    patterns.save(folder / "fragments.npz", patterns.keep(stored, 0.5, rng), SHAPE)
    assert main(["store", str(folder / "memory.h5"), str(folder / "patterns.npz")]) == 0
    return folder


@pytest.fixture
def work(made, tmp_path):
    """A copy of the made files that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "work"))

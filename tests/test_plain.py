"""The kernels and the engine without the compiler: the same source as plain Python, against the same twins."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="is what this would run")
def test_twins_agree_without_the_compiler():
    """What `make plain` runs. Plain Python looks at every index, and warns where whole numbers overflow."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-q", "-m", "twin", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    passed = re.search(r"(\d+) passed", result.stdout)
    assert passed is not None
    assert int(passed[1]) >= 30, result.stdout

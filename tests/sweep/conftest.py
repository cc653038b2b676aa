"""A folder in which points leave marks, and workers that are shared."""

import pytest

from neuromem.sweep import local


@pytest.fixture
def marks(tmp_path):
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def workers():
    """Two worker processes of a scheduler on this machine; a batch may outlive one of them."""
    before, local.ALLOWED_FAILURES = local.ALLOWED_FAILURES, 1
    with local.LocalWorkers(2) as pool:
        local.ALLOWED_FAILURES = before
        yield pool

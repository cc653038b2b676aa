"""Every memory, empty and half full."""

import numpy as np
import pytest

from contract.memories import FACTORIES, PLACES


@pytest.fixture(params=FACTORIES)
def empty(request):
    return FACTORIES[request.param]()


@pytest.fixture
def patterns():
    """Six patterns without a bit in common, in an order that is not that of their bits."""
    rng = np.random.default_rng(0)
    return rng.permutation(np.eye(PLACES, dtype=bool).repeat(4, axis=1))


@pytest.fixture
def half_full(empty, patterns):
    """The first three patterns under keys 4, 0 and 2."""
    empty.store(patterns[:3], keys=[4, 0, 2])
    return empty

"""How theory is compared with published values."""

import pytest


def near(value, digits=6):
    """As many digits as the value was given with."""
    return pytest.approx(value, abs=0.51 * 10**-digits)

"""Numbers and messages that the tests of patterns share."""

import numpy as np


def rng(seed=0):
    return np.random.default_rng(seed)


def sentence(error):
    text = str(error.value)
    assert "\n" not in text, text
    assert 20 < len(text) < 400, text
    return text

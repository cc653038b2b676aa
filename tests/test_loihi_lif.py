"""`emulate_lif` against a plain-Python reference, its conventions by hand, and its errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive_loihi import lif
from networks import examples
from neuromem.errors import FitError, UsageError
from neuromem.hardware.loihi import emulate_lif

pytestmark = pytest.mark.twin


def random_case(seed, n_in, n, steps, wild):
    """Registers and spikes; `wild` ones use the whole range, so that currents wrap and potentials are cut."""
    rng = np.random.default_rng(seed)
    scale = 127 if wild else rng.integers(1, 40)
    weights = 2 * rng.integers(-scale, scale + 1, (n_in + n, n)) * (rng.random((n_in + n, n)) < 0.7)
    if rng.random() < 0.3:
        weights[:n_in] = rng.integers(0, 256, (n_in, n))  # one sign: the lowest bit stays
    top = 4096 if wild else 2000
    registers = {
        "du": rng.integers(0, top, n),
        "dv": rng.integers(0, top, n),
        "vth": rng.integers(0, 131072 if wild else 500, n),
        "bias_mant": rng.integers(-4096, 4096, n) if wild else rng.integers(-50, 200, n),
        "bias_exp": rng.integers(0, 8, n),
        "weight_exp": int(rng.integers(-8, 8) if wild else rng.integers(-2, 2)),
        "delays": rng.integers(0, rng.choice([1, 3, 63]), (n_in + n, n)),
        "refractory": rng.integers(1, rng.choice([2, 6, 64]), n),
    }
    spikes = (rng.random((steps, n_in)) < rng.choice([0.05, 0.3, 0.9])).astype(int)
    return weights, spikes, registers


@examples(150)
@given(
    seed=st.integers(0, 2**32),
    n_in=st.sampled_from([0, 1, 2, 7]),
    n=st.sampled_from([0, 1, 2, 7, 20]),
    steps=st.sampled_from([0, 1, 2, 40]),
    wild=st.booleans(),
)
def test_every_bit_is_the_reference_s(seed, n_in, n, steps, wild):
    weights, spikes, registers = random_case(seed, n_in, n, steps, wild)
    got = emulate_lif(weights, spikes, **registers)
    plain = {name: np.asarray(value).tolist() for name, value in registers.items()}
    expected = lif(weights.tolist(), spikes.tolist(), **plain)
    for ours, theirs in zip(got, expected, strict=True):
        assert ours.shape == (steps, n)
        assert ours.dtype.kind == "i"
        assert ours.tolist() == np.array(theirs).reshape(steps, n).tolist()


def test_64_recurrent_neurons_for_300_steps():
    rng = np.random.default_rng(7)
    n_in, n, steps = 16, 64, 300
    weights = 2 * rng.integers(-60, 80, (n_in + n, n))
    spikes = (rng.random((steps, n_in)) < 0.1).astype(int)
    registers = {"du": [400] * n, "dv": [128] * n, "vth": [300] * n, "bias_mant": [3] * n, "bias_exp": [6] * n}
    got = emulate_lif(weights, spikes, **registers)
    still = {"weight_exp": 0, "delays": np.zeros_like(weights).tolist(), "refractory": [1] * n}
    expected = lif(weights.tolist(), spikes.tolist(), **registers, **still)
    assert got[0].sum() > 1000
    assert all((ours == np.array(theirs)).all() for ours, theirs in zip(got, expected, strict=True))


def test_conventions():
    """Input of step t counts in step t, a neuron's spike in the next one, a delay adds to either; v > 64 vth spikes."""
    spikes = np.zeros((8, 1), int)
    spikes[1] = 1
    weights = [[100, 0], [0, 50], [0, 0]]
    fired, u, v = emulate_lif(weights, spikes, du=4095, dv=0, vth=[99, 50])
    assert fired[:, 0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert u[:, 1].tolist() == [0, 0, 3200, 0, 0, 0, 0, 0]  # u decays at once
    assert v[:, 1].tolist() == [0, 0, *[3200] * 6]  # not above 50 * 64, and nothing leaks
    assert v[:, 0].tolist() == [0] * 8  # recorded after the reset
    late, _, _ = emulate_lif(weights, spikes, du=4095, dv=0, vth=[99, 49], delays=[[2, 0], [0, 3], [0, 0]])
    assert np.argwhere(late).tolist() == [[3, 0], [7, 1]]
    bursts, _, _ = emulate_lif([[0]], np.zeros((9, 0)), du=0, dv=0, vth=0, bias_mant=1, refractory=3)
    assert bursts[:, 0].tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 0]


def test_weights_of_both_signs_lose_their_lowest_bit():
    spikes = np.ones((1, 2), int)
    _, mixed, _ = emulate_lif([[3], [-3], [0]], spikes, du=0, dv=0, vth=100)
    _, one_sign, _ = emulate_lif([[3], [3], [0]], spikes, du=0, dv=0, vth=100)
    assert mixed.item() == 64 * (2 - 4)
    assert one_sign.item() == 64 * 6


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"weights": [[256], [0]]}, FitError, "weights: the register holds -256 to 255, got 256"),
        ({"weights": [[-256], [0]]}, FitError, "weights: of one sign they are at most 255, got -256"),
        ({"weights": [[0.5], [0]]}, UsageError, "weights: whole numbers"),
        ({"weights": [[np.nan], [0]]}, UsageError, "weights: whole numbers"),
        ({"weights": [[1, 2]]}, UsageError, r"weights: 1 inputs and n neurons need shape \(1 \+ n, n\)"),
        ({"delays": [[63], [0]]}, FitError, "delays: the register holds 0 to 62, got 63"),
        ({"delays": [0, 1]}, UsageError, "delays: the shape of weights"),
        ({"du": 4096}, FitError, "du: the register holds 0 to 4095, got 4096"),
        ({"dv": -1}, FitError, "dv: the register holds 0 to 4095, got -1"),
        ({"vth": 1 << 17}, FitError, "vth: the register holds 0 to 131071"),
        ({"bias_mant": 4096}, FitError, "bias_mant: the register holds -4096 to 4095"),
        ({"bias_exp": 8}, FitError, "bias_exp: the register holds 0 to 7"),
        ({"refractory": 0}, FitError, "refractory: the register holds 1 to 63"),
        ({"weight_exp": [1, 2]}, UsageError, "weight_exp: one whole number"),
        ({"vth": [1, 2]}, UsageError, "vth: one value, or one for each of 1 neurons"),
        ({"input_spikes": [[2]]}, UsageError, "input_spikes: the register holds 0 to 1"),
        ({"input_spikes": [1]}, UsageError, "input_spikes: shape"),
        ({"input_spikes": [[1], [1, 2]]}, UsageError, "input_spikes: whole numbers"),
        ({"du": "fast"}, UsageError, "du: whole numbers"),
    ],
)
def test_bad_input(change, error, words):
    given = {"weights": [[1], [0]], "input_spikes": [[1]], "du": 0, "dv": 0, "vth": 1} | change
    with pytest.raises(error, match=words):
        emulate_lif(given.pop("weights"), given.pop("input_spikes"), **given)

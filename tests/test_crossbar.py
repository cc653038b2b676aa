"""Crossbars: exact where devices are, noisy as devices are, Kirchhoff's laws, converters, no allocation, errors."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_crossbar as naive
from networks import examples
from neuromem.errors import NeuromemError, UsageError
from neuromem.hardware.resistive import Crossbar, Stuck, device, presets
from neuromem.hardware.resistive.wires import Relaxed, exact_currents
from neuromem.kernels import crossbar as kernels
from neuromem.kernels.philox import RESISTIVE, WORDS

HOUR = 3600.0
SIZES = st.sampled_from([1, 2, 7, 64, 130])


def drawn(outputs, inputs, seed=0, count=None):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(outputs, inputs)), rng.normal(size=inputs if count is None else (count, inputs))


# ---- kernels and their twins


@pytest.mark.twin
@examples(30)
@given(SIZES, SIZES, st.integers(1, 9), st.sampled_from([0, 3, 127]), st.booleans(), st.integers(0, 2**40))
def test_product_and_its_twin(n, m, rows, steps, noisy, seed):
    n, m = min(n, 64), min(m, 64)
    rng = np.random.default_rng(seed)
    x, W = rng.normal(size=n), rng.normal(size=(n, m))
    V = rng.random((n, m) if noisy else (0, 0)).astype(np.float32)
    S, out = np.empty(V.shape, np.uint8), rng.normal(size=m)
    unit = kernels.to_bytes(V, S) if noisy else 0.0
    assert np.abs(unit * S - np.sqrt(V)).max(initial=0) <= 0.5001 * unit
    chance, converter = np.array([seed, RESISTIVE + 8, 5]), np.array([2.0, steps, 0.5])
    expected, beyond = naive.product(
        x.tolist(), W.tolist(), (unit * S).tolist(), rows, seed, RESISTIVE + 8, 5, 2.0, steps, 0.5, out.tolist()
    )
    work, words = np.empty((3, -(-m // WORDS) * WORDS)), np.empty(WORDS, np.uint32)
    found = kernels.product(x, np.empty(n), W, S, unit, rows, chance, converter, work, words, out)
    assert found == beyond
    assert out == pytest.approx(expected, rel=1e-10, abs=1e-10)
    assert chance.tolist() == [seed, RESISTIVE + 8, 5]


@pytest.mark.twin
@examples(30)
@given(SIZES, st.sampled_from([0, 1, 3, 127]), st.sampled_from([0.0, 0.5, 2.0]), st.integers(0, 2**32))
def test_analogue_inputs_and_their_twin(n, steps, full, seed):
    x, out = np.random.default_rng(seed).normal(size=n), np.empty(n)
    used = kernels.to_analogue(x, steps, full, out)
    assert used == (full or np.abs(x).max())
    assert out == pytest.approx([naive.rounded(value, used, steps) for value in x])


@pytest.mark.twin
@examples(20)
@given(SIZES, SIZES, st.booleans(), st.integers(0, 2**32))
def test_power_drift_and_its_twin(n, m, noisy, seed):
    rng = np.random.default_rng(seed)
    g, nu, q = rng.random((3, n, m)) * [[[25.0]], [[0.1]], [[0.2]]]
    W, V = rng.random((n, m)), rng.random((n, m) if noisy else (0, 0))
    now = g * 180.0**-nu
    expected = W - 0.04 * now, V + (0.04 * now * q * 5.0) ** 2 if noisy else V
    kernels.power_drift(g, nu, q, np.log(180.0), 5.0, -1, 0.04, W, V)
    np.testing.assert_allclose(W, expected[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(V, expected[1], rtol=1e-12)


@pytest.mark.twin
@examples(20)
@given(st.integers(1, 7), st.integers(1, 7), st.sampled_from([0.1, 1.0, 100.0]), st.integers(0, 2**32))
def test_wires_obey_kirchhoff(n, m, ohm, seed):
    rng = np.random.default_rng(seed)
    G, volts = rng.random((n, m)) * 500, rng.normal(size=n)
    expected = naive.ladder(G, volts, 1e6 / ohm)
    assert exact_currents(G, volts, ohm) == pytest.approx(expected, rel=1e-9)
    found = Relaxed(n, m).currents(G, volts, ohm, np.empty(m))
    assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()


# ---- products


@examples(30)
@given(SIZES, SIZES, st.sampled_from(["pair", "offset"]), st.integers(1, 150), st.integers(0, 2**32))
def test_ideal_devices_give_the_exact_product(outputs, inputs, scheme, tile, seed):
    weights, x = drawn(outputs, inputs, seed, 3)
    crossbar = Crossbar(weights, "ideal", seed=seed, tile=(tile, tile), scheme=scheme)
    bound = 1e-12 * np.abs(weights).max() * np.abs(x).sum()
    assert np.abs(crossbar.matvec(x, t=HOUR) - x @ weights.T).max() <= bound
    assert np.abs(crossbar.matvec(x[0]) - weights @ x[0]).max() <= bound


def test_ideal_devices_at_full_size_to_1e_12():
    weights, x = drawn(1024, 1024)
    for scheme in ("pair", "offset"):
        found, exact = Crossbar(weights, "ideal", scheme=scheme).matvec(x), weights @ x
        assert np.abs(found - exact).max() <= 1e-12 * np.abs(exact).max()


@pytest.mark.parametrize("scheme", ["pair", "offset"])
@pytest.mark.parametrize("name", presets())
def test_one_seed_is_one_set_of_devices(name, scheme):
    weights, x = drawn(30, 40)
    a, b, c = (Crossbar(weights, name, seed=seed, scheme=scheme) for seed in (3, 3, 4))
    assert np.array_equal(a.weights(HOUR), b.weights(HOUR))
    assert np.array_equal(a.matvec(x), b.matvec(x))
    assert np.array_equal(a.matvec(x, HOUR), b.matvec(x, HOUR))
    a.matvec(x, 2 * HOUR)
    assert np.array_equal(a.weights(0.0), b.weights(0.0)), "readings at other times change no device"
    assert name == "ideal" or not np.array_equal(a.weights(), c.weights())
    small = Crossbar(weights, name, seed=3, scheme=scheme, tile=(7, 9))
    assert np.array_equal(small.weights(HOUR), a.weights(HOUR)), "nor do tiles"


@pytest.mark.parametrize(
    "overrides",
    [{}, {"stuck": Stuck(0.1, 0.1)}, {"reading": None}, {"drift": None}, {"levels": 8}],
    ids=lambda overrides: "+".join(overrides) or "as it is",
)
@pytest.mark.parametrize("scheme", ["pair", "offset"])
def test_weights_are_those_of_the_devices(scheme, overrides):
    """Compiled or not, what is multiplied with is what the devices say, to rounding and the bytes of deviations."""
    weights, x = drawn(20, 50)
    crossbar = Crossbar(weights, device("pcm-like", **overrides), seed=1, scheme=scheme)
    plus, minus = crossbar.devices
    span = 25.0 if scheme == "pair" else 12.5
    per_weight = np.abs(weights).max() / span
    expected = (plus.mean(HOUR) - minus.mean(HOUR)).T * per_weight
    np.testing.assert_allclose(crossbar.weights(HOUR), expected, rtol=1e-12, atol=1e-12)
    products = np.array([crossbar.matvec(x, HOUR) for _ in range(4000)])
    variance = (plus.noise(HOUR) ** 2 + minus.noise(HOUR) ** 2).T @ x**2 * per_weight**2
    error = np.sqrt(variance / 4000) + 1e-12
    assert np.abs((products.mean(axis=0) - expected @ x) / error).max() < 4.5
    np.testing.assert_allclose(products.var(axis=0), variance, rtol=0.12, atol=1e-12)


def test_noise_of_a_product_is_that_of_separate_readings():
    weights, x = drawn(8, 300)
    crossbar = Crossbar(weights, "pcm-like", seed=2)
    plus, minus = crossbar.devices
    rng, per_weight = np.random.default_rng(0), np.abs(weights).max() / 25.0
    read = [x @ (plus.read(HOUR, rng) - minus.read(HOUR, rng)) * per_weight for _ in range(2000)]
    products = [crossbar.matvec(x, HOUR) for _ in range(2000)]
    np.testing.assert_allclose(np.std(products, axis=0), np.std(read, axis=0), rtol=0.1)
    shift = np.abs(np.mean(products, axis=0) - np.mean(read, axis=0))
    assert (shift < 0.15 * np.std(read, axis=0)).all()


@pytest.mark.parametrize(
    ("name", "bins"),
    [
        ("pcm-like", {(0.9, 1.0): 0.0436, (0.0, 0.1): 0.0162}),
        ("pcm-joshi", {(0.9, 1.0): 0.0451, (0.4, 0.6): 0.0398, (0.0, 0.1): 0.0189}),
    ],
)
def test_weights_err_as_in_aihwkit_and_crosssim(name, bins):
    """Their deviations of 64 x 64 programmed weights by size, each from a few hundred: 3 to 4 % of chance."""
    weights = np.random.default_rng(0).uniform(-1, 1, (400, 400))
    weights[0, 0] = 1.0
    error = Crossbar(weights, device(name, reading=None, drift=None)).weights() - weights
    for (low, high), expected in bins.items():
        inside = (np.abs(weights) >= low) & (np.abs(weights) <= high)
        assert error[inside].std() == pytest.approx(expected, rel=0.09)


def test_one_reading_for_all_products():
    weights, x = drawn(8, 30, count=2)
    crossbar = Crossbar(weights, "pcm-like", seed=2, noise="once")
    first = crossbar.matvec(x, HOUR)
    np.testing.assert_array_equal(crossbar.matvec(x, HOUR), first)
    assert not np.array_equal(crossbar.matvec(x, 2 * HOUR), first)
    np.testing.assert_array_equal(crossbar.matvec(x, HOUR), first)
    assert not np.allclose(first, x @ crossbar.weights(HOUR).T, rtol=1e-6)


def test_a_batch_is_its_vectors_one_by_one():
    weights, x = drawn(20, 50, count=5)
    a, b = (Crossbar(weights, "pcm-like", seed=1, tile=(16, 8), adc_bits=8) for _ in range(2))
    assert np.array_equal(a.matvec(x, HOUR), np.array([b.matvec(row, HOUR) for row in x]))
    assert (a.reads, b.reads) == (5, 5)


def test_identical_devices_in_float32():
    weights, x = drawn(60, 70)
    single, double = (Crossbar(weights, "pcm-like", seed=1, dtype=kind) for kind in (np.float32, np.float64))
    found = single.matvec(x, HOUR)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, double.matvec(x, HOUR), rtol=1e-3, atol=1e-3)
    assert np.array_equal(single.weights(HOUR), double.weights(HOUR))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("bits", [None, 8])
def test_nothing_is_allocated_with_out(kind, bits):
    weights, x = drawn(256, 256, count=1)
    crossbar = Crossbar(weights, "pcm-like", dtype=kind, adc_bits=bits, dac_bits=bits, compensation=True)
    x, out = x[0].astype(kind), np.empty(256, kind)
    assert crossbar.matvec(x, HOUR, out=out) is out
    tracemalloc.start()
    crossbar.matvec(x, HOUR, out=out)
    crossbar.matvec(x, HOUR, out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes, "not as much as one vector"


# ---- converters, slices, compensation


def test_converters_round_and_clip():
    weights, x = drawn(12, 40)
    crossbar = Crossbar(weights, "ideal", tile=(10, 5), dac_bits=4, adc_bits=6, adc_range=3.0)
    given_x = np.array([naive.rounded(value, np.abs(x).max(), 7) for value in x])
    expected, beyond = np.zeros(12), 0
    for begin in range(0, 40, 10):
        sums = weights[:, begin : begin + 10] @ given_x[begin : begin + 10]
        beyond += (np.abs(sums) > 3.0).sum()
        expected += [naive.rounded(value, 3.0, 31) for value in sums]
    np.testing.assert_allclose(crossbar.matvec(x), expected, atol=1e-9)
    assert crossbar.clipped == beyond > 0
    unbounded = Crossbar(weights, "ideal", tile=(10, 5), adc_bits=6)
    unbounded.matvec(np.sign(x))
    assert unbounded.clipped == 0


def test_more_bits_are_nearer_to_the_product():
    weights, x = drawn(64, 256)
    errors = [
        np.abs(Crossbar(weights, "ideal", adc_bits=b, dac_bits=b).matvec(x) - weights @ x).max() for b in (4, 8, 12, 16)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.1


def test_an_input_range_clips_and_does_not_follow_the_vector():
    weights = np.eye(3)
    crossbar = Crossbar(weights, "ideal", dac_bits=8, input_range=1.0)
    np.testing.assert_allclose(crossbar.matvec([0.5, 2.0, -3.0]), [64 / 127, 1.0, -1.0])


@pytest.mark.parametrize(("slices", "bits"), [(1, 3), (2, 2), (4, 2), (3, 8)])
def test_slices_hold_rounded_weights(slices, bits):
    weights, x = drawn(15, 33)
    crossbar = Crossbar(weights, "ideal", slices=slices, slice_bits=bits)
    quantum = np.abs(weights).max() / (2 ** (slices * bits) - 1)
    rounded = np.rint(weights / quantum) * quantum
    np.testing.assert_allclose(crossbar.weights(), rounded, atol=1e-12)
    np.testing.assert_allclose(crossbar.matvec(x), rounded @ x, atol=1e-10)
    assert len(crossbar.devices) == 2 * slices


def test_slices_make_noise_smaller():
    """The digits that count most have few levels, far apart."""
    weights, x = drawn(64, 64)
    quiet = device("pcm-like", drift=None, reading=None)
    errors = [
        np.abs(Crossbar(weights, quiet, **kind).weights() - weights).mean()
        for kind in ({}, {"slices": 4, "slice_bits": 2})
    ]
    assert errors[1] < 1.2 * errors[0]


def test_compensation_makes_up_for_the_mean_of_drift():
    weights, x = drawn(100, 100)
    year = 365 * 86400.0
    plain, made_up = (Crossbar(weights, "pcm-like", seed=1, compensation=on) for on in (False, True))
    kept = np.abs(plain.weights(year)).sum() / np.abs(plain.weights(0)).sum()
    assert 0.4 < kept < 0.6
    assert np.abs(made_up.weights(year)).sum() == pytest.approx(np.abs(plain.weights(0)).sum())
    np.testing.assert_allclose(made_up.matvec(x, year), plain.matvec(x, year) / kept, rtol=1e-9)


# ---- wires


@pytest.fixture(scope="module")
def large():
    """Currents of 256 x 256 devices at 1 ohm per segment, exactly: two arrays, three inputs each."""
    rng = np.random.default_rng(0)
    volts = np.array([np.full(256, 0.2), np.where(rng.random(256) < 0.1, 0.2, 0.0), rng.uniform(-0.2, 0.2, 256)])
    arrays = [rng.uniform(0, 25, (256, 256)), np.full((256, 256), 25.0)]
    return [(G, v, exact) for G in arrays for v, exact in zip(volts, exact_currents(G, volts, 1.0))]


def test_relaxation_is_within_2_percent_of_the_exact_ladder(large):
    relaxed = Relaxed(256, 256)
    for G, volts, exact in large:
        found = relaxed.currents(G, volts, 1.0, np.empty(256))
        assert np.abs(found / exact - 1).max() < 0.02
        assert relaxed.turns < 20
    dropped = 1 - large[3][2].sum() / (large[3][1] @ large[3][0]).sum()
    assert 0.4 < dropped < 0.6, "and the drop is no small thing"


@pytest.mark.parametrize("scheme", ["pair", "offset"])
@pytest.mark.parametrize("ladder", ["fast", "exact"])
def test_a_crossbar_with_wires(scheme, ladder):
    weights, x = drawn(24, 40)
    tile = (16, 10)
    crossbar = Crossbar(weights, "ideal", tile=tile, wire_ohm=50.0, ladder=ladder, scheme=scheme)
    plus, minus = (devices.g for devices in crossbar.devices)
    scale = (25.0 if scheme == "pair" else 12.5) / np.abs(weights).max()
    expected = np.zeros(24)
    for begin in range(0, 40, 16):
        rows = slice(begin, begin + 16)
        for left in range(0, 24, 10):
            columns = slice(left, left + 10)
            expected[columns] += naive.ladder(plus[rows, columns], x[rows], 1e6 / 50) / scale
            shared = minus[rows, columns] if scheme == "pair" else minus[rows]
            expected[columns] -= naive.ladder(shared, x[rows], 1e6 / 50) / scale
    np.testing.assert_allclose(crossbar.matvec(x), expected, rtol=0, atol=1e-3 * np.abs(expected).max())
    assert np.abs(crossbar.matvec(x) - weights @ x).max() > 0.01
    thin = Crossbar(weights, "ideal", tile=tile, wire_ohm=1e-4, ladder=ladder, scheme=scheme)
    np.testing.assert_allclose(thin.matvec(x), weights @ x, rtol=1e-4, atol=1e-4)


def test_wires_and_noise_together():
    weights, x = drawn(10, 20)
    with_wires = Crossbar(weights, "pcm-like", seed=1, wire_ohm=1e-6)
    without = Crossbar(weights, "pcm-like", seed=1)
    np.testing.assert_allclose(with_wires.matvec(x, HOUR), without.matvec(x, HOUR), rtol=1e-3, atol=1e-3)


# ---- cost


def test_cost_adds_up_from_the_constants():
    weights = np.ones((4, 2))
    found = Crossbar(weights, "ideal", dac_bits=8, adc_bits=9).cost([1.0, -0.5])
    assert found.devices_J == pytest.approx(0.2**2 * (1 + 0.25) * 4 * 25e-6 * 100e-9)
    assert found.dac_J == pytest.approx(2 * 8 * 0.39e-12)
    assert found.adc_J == pytest.approx(4 * 2 * 1.67e-12)
    assert found.joules == pytest.approx(found.devices_J + found.dac_J + found.adc_J)
    assert found.seconds == pytest.approx(100e-9 + 4 / 1.2e9)
    sliced = Crossbar(weights, "ideal", slices=2, slice_bits=4, dac_bits=8, adc_bits=9).cost([1.0, -0.5])
    assert sliced.adc_J == pytest.approx(2 * found.adc_J)
    assert sliced.seconds == found.seconds


# ---- errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"weights": [[1.0, np.nan]]}, "input 1 is nan"),
        ({"weights": [1.0]}, "matrix"),
        ({"weights": [[1.0], [1.0, 2.0]]}, "equal length"),
        ({"weights": np.zeros((0, 3))}, "matrix"),
        ({"weights": [["a"]]}, "matrix"),
        ({"device": "flash"}, "flash"),
        ({"device": 7}, "device"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"tile": 256}, "tile"),
        ({"tile": (0, 3)}, "tile"),
        ({"adc_bits": 0}, "adc_bits"),
        ({"dac_bits": 0}, "dac_bits"),
        ({"adc_bits": 40}, "adc_bits"),
        ({"dac_bits": 2.5}, "dac_bits"),
        ({"slices": 2}, "slice_bits"),
        ({"slices": 5, "slice_bits": 8}, "31 bits"),
        ({"scheme": "triple"}, "scheme"),
        ({"ladder": "rope"}, "ladder"),
        ({"noise": "never"}, "noise"),
        ({"wire_ohm": -1}, "wire_ohm"),
        ({"wire_ohm": np.nan}, "wire_ohm"),
        ({"input_range": 0}, "input_range"),
        ({"adc_range": np.inf}, "adc_range"),
        ({"dtype": int}, "dtype"),
    ],
)
def test_bad_arguments_are_named(arguments, said):
    given_ = {"weights": np.eye(3), "device": "ideal", **arguments}
    with pytest.raises(NeuromemError, match=said):
        Crossbar(given_.pop("weights"), given_.pop("device"), **given_)


def test_bad_inputs_are_named():
    crossbar = Crossbar(np.eye(3), "pcm-like")
    for x in ([1.0], np.zeros((2, 4)), [np.nan] * 3, ["a"] * 3, [[1.0], [1.0, 2.0]], np.zeros((1, 1, 3)), [np.inf] * 3):
        with pytest.raises(NeuromemError, match=r"Crossbar\.x"):
            crossbar.matvec(x)
    for t in (-1, np.nan, "now"):
        with pytest.raises(UsageError, match="seconds since programming"):
            crossbar.matvec(np.ones(3), t)
    for out in (np.empty(2), np.empty(3, np.float32), [0.0] * 3, np.empty((1, 3))):
        with pytest.raises(NeuromemError, match=r"Crossbar\.out"):
            crossbar.matvec(np.ones(3), out=out)
    assert crossbar.reads == 0
    assert np.array_equal(crossbar.matvec(np.zeros((0, 3))), np.zeros((0, 3)))
    assert Crossbar(np.zeros((2, 2)), "pcm-like").matvec([1.0, 1.0]).shape == (2,)

"""Resistive devices: moments of their sources, one set per seed, faults, and errors that name the field."""

import math

import numpy as np
import pytest

from neuromem.errors import DataError, NeuromemError, PatternError, UsageError
from neuromem.hardware.resistive import Spread, Stuck, device, from_table, presets

DRAWS = 400_000
TIMES = (0.0, 25.0, 3600.0, 86400.0, 31_536_000.0)
YEAR = TIMES[-1]


def moments(values):
    return values.mean(), values.std()


def close(found, expected, share=0.01):
    assert found[0] == pytest.approx(expected[0], rel=share)
    assert found[1] == pytest.approx(expected[1], rel=share, abs=1e-12)


def grid(points=2001, reach=7.0):
    """Standard normal numbers and their weights."""
    z = np.linspace(-reach, reach, points)
    w = np.exp(-z * z / 2)
    return z, w / w.sum()


def clipped(mean, sd):
    """First two moments of max(0, N(mean, sd))."""
    a = mean / sd
    upper = 0.5 * (1 + np.vectorize(math.erf)(a / math.sqrt(2)))
    density = np.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    return mean * upper + sd * density, (mean**2 + sd**2) * upper + mean * sd * density


def pcm(g, t):
    """Mean and deviation of a reading by quadrature over what is drawn, from the published formulas."""
    x = g / 25.0
    z, w = grid(401)
    programmed = np.maximum(g + (0.26348 + 1.9650 * x - 1.1731 * x * x) * z, 0)
    mu = np.clip(-0.0155 * np.log(x) + 0.0244, 0.049, 0.1)
    sd = np.clip(-0.0125 * np.log(x) - 0.0059, 0.008, 0.045)
    keeps = ((t + 20) / 20) ** -np.abs(mu + sd * z)
    now = programmed[:, None] * keeps
    q = np.minimum(0.0088 / np.maximum((programmed / 25) ** 0.65, 1e-3), 0.2)[:, None]
    noise = now * q * math.sqrt(math.log((t + 20 + 250e-9) / 500e-9))
    first, second = clipped(now + 1e-12, noise + 1e-12)
    mean = w @ first @ w
    return mean, math.sqrt(w @ second @ w - mean**2)


@pytest.mark.parametrize("g", np.linspace(2.5, 25.0, 10))
def test_pcm_like_has_the_moments_of_its_formulas(g):
    rng = np.random.default_rng(int(10 * g))
    devices = device("pcm-like").program(np.full(DRAWS, g), rng)
    for t in TIMES:
        close(moments(devices.read(t, rng)), pcm(g, t))


@pytest.mark.parametrize(
    ("g", "programmed", "nu", "hour"),
    [(2.5, 0.448, 0.0602, (1.842, 0.410)), (10, 0.864, 0.0490, (7.758, 0.673)), (25, 1.055, 0.0490, (19.399, 1.148))],
)
def test_pcm_like_has_the_numbers_that_aihwkit_gave(g, programmed, nu, hour):
    rng = np.random.default_rng(3)
    noisy = device("pcm-like").program(np.full(DRAWS, float(g)), rng)
    assert noisy.g.std() == pytest.approx(programmed, rel=0.005)
    assert noisy.state.mean() == pytest.approx(nu, rel=0.005)
    exact = device("pcm-like", programming=None).program(np.full(DRAWS, float(g)), rng)
    close(moments(exact.read(3600.0, rng)), hour, 0.005)


@pytest.mark.parametrize(
    ("g", "programmed", "nu", "later"),
    [
        (0.0, (0.1047, 0.1535), (0.1003, 0.0441), ()),
        (5.0, (5.000, 0.6088), (0.0494, 0.0142), (4.803, 3.878, 3.331, 2.524)),
        (12.5, (12.502, 0.9514), (0.0490, 0.0080), (12.014, 9.700, 8.317, 6.253)),
        (25.0, (25.002, 1.0569), (0.0490, 0.0080), (24.032, 19.397, 16.629, 12.503)),
    ],
)
def test_pcm_like_has_the_table_of_200_000_samples(g, programmed, nu, later):
    rng = np.random.default_rng(4)
    devices = device("pcm-like").program(np.full(DRAWS, g), rng)
    close(moments(devices.g), programmed)
    close(moments(devices.state), nu)
    for t, mean in zip((25.0, 3600.0, 86400.0, YEAR), later):
        assert devices.read(t, rng).mean() == pytest.approx(mean, rel=0.002)


WAN = {
    1.0: (0.348, 16.030, -43.853, 45.393, -16.815),
    86400.0: (0.701, 22.086, -50.773, 47.095, -16.458),
    172800.0: (0.782, 20.274, -43.507, 37.062, -11.934),
}


@pytest.mark.parametrize("g", np.linspace(4.0, 40.0, 10))
def test_wan_relaxes_as_published_with_40_uS(g):
    rng = np.random.default_rng(int(g))
    devices = device("reram-wan2022").program(np.full(DRAWS, g), rng)
    sd = {t: sum(c * (g / 40) ** k for k, c in enumerate(row)) for t, row in WAN.items()}
    sd[0.0] = sd[1.0]
    middle = math.sqrt(86400.0)  # halfway between 1 s and a day in the logarithm
    sd[middle] = (sd[1.0] + sd[86400.0]) / 2
    for t, expected in sd.items():
        first, second = clipped(np.array([g]), np.array([expected]))
        close(moments(devices.read(t, rng)), (first[0], math.sqrt(second[0] - first[0] ** 2)))


def test_wan_scales_with_the_largest_conductance():
    """Another tool leaves the deviations as they are when the range changes."""
    rng = np.random.default_rng(0)
    half = device("reram-wan2022", g_max_uS=20.0).program(np.full(DRAWS, 10.0), rng).read(1.0, rng).std()
    full = device("reram-wan2022").program(np.full(DRAWS, 20.0), rng).read(1.0, rng).std()
    assert half == pytest.approx(full / 2, rel=0.01)
    assert full == pytest.approx(2.02, rel=0.01)


@pytest.mark.parametrize("g", np.linspace(15.0, 80.0, 10))
def test_cmo_decays_with_the_logarithm_of_time(g):
    rng = np.random.default_rng(int(g))
    devices = device("reram-cmo").program(np.full(DRAWS, g), rng)
    for t in (0.0, 1.0, *TIMES[2:]):
        programmed = 0.00081107 + 0.00106879 * g
        mean, variance = g, programmed**2
        if t:
            mean += -0.08900206 * math.log(t)
            variance += (0.04201137 * math.log(t) + 0.41183342) ** 2
            variance += (0.0277316483 * math.log10(mean)) ** 2 * math.log((t + 1e-6) / 2e-6)
        close(moments(devices.read(t, rng)), (mean, math.sqrt(variance)))


@pytest.mark.parametrize(
    ("name", "gs", "sd"),
    [
        ("pcm-joshi", np.linspace(2.5, 25, 10), lambda g: -0.00178767 * g * g + 0.07585724 * g + 0.28638599),
        ("rram-milo", np.linspace(50, 225, 10), lambda g: 4.782321 - 0.009107 * g),
        ("normal-independent", np.linspace(7, 25, 10), lambda g: 1.25),
        ("normal-proportional", np.linspace(1, 25, 10), lambda g: 0.1 * g),
        ("uniform-independent", np.linspace(7, 25, 10), lambda g: 1.25),
        ("uniform-proportional", np.linspace(1, 25, 10), lambda g: 0.1 * g),
        ("random-forming", np.linspace(0, 60, 10), lambda g: 5.0),
    ],
)
def test_devices_without_drift_have_their_deviation_at_all_times(name, gs, sd):
    rng = np.random.default_rng(1)
    for g in gs:
        devices = device(name).program(np.full(DRAWS, g), rng)
        mean = 20.0 if name == "random-forming" else g
        close(moments(devices.read(0.0, rng)), (mean, sd(g)))
        assert all(np.array_equal(devices.read(t, rng), devices.g) for t in TIMES[1:])


def test_joshi_has_the_numbers_that_crosssim_gave():
    law = device("pcm-joshi")
    found = law.programming.sd(np.array([25.0, 12.5, 0.25]), law)
    assert found == pytest.approx([1.0655, 0.9553, 0.3052], abs=2e-4)


def test_shapes_of_the_generic_noise():
    rng = np.random.default_rng(0)
    flat = device("uniform-independent").program(np.full(DRAWS, 10.0), rng).g - 10
    assert np.abs(flat).max() == pytest.approx(1.25 * math.sqrt(3), rel=1e-3)
    normal = device("normal-independent").program(np.full(DRAWS, 10.0), rng).g - 10
    assert (np.abs(normal) < 1.25).mean() == pytest.approx(0.6827, abs=0.003)


# ---- what a set of devices is


@pytest.mark.parametrize("name", presets())
def test_one_seed_is_one_set_of_devices(name):
    kind = device(name)
    target = np.linspace(kind.g_min_uS, kind.g_max_uS, 200).reshape(20, 10)
    a, b = (kind.program(target, np.random.default_rng(5)) for _ in range(2))
    for t in TIMES:
        assert np.array_equal(a.mean(t), b.mean(t))
        assert np.array_equal(a.read(t, np.random.default_rng(1)), b.read(t, np.random.default_rng(1)))
        assert (a.read(t, np.random.default_rng(2)) >= 0).all()
    assert np.array_equal(a.mean(0.0), kind.program(target, np.random.default_rng(5)).mean(0.0)), (
        "readings change nothing"
    )
    assert a.read(0.0, np.random.default_rng(1)).shape == target.shape


def test_only_readings_differ():
    devices = device("pcm-like").program(np.full(1000, 10.0), np.random.default_rng(0))
    rng = np.random.default_rng(1)
    readings = np.array([devices.read(3600.0, rng) for _ in range(400)])
    assert readings.mean(axis=0) == pytest.approx(devices.mean(3600.0), rel=0.02)
    assert readings.std(axis=0).mean() == pytest.approx(devices.noise(3600.0).mean(), rel=0.01)


def test_pcm_like_drifts_from_20_seconds_on():
    devices = device("pcm-like", reading=None).program(np.full(10, 20.0), np.random.default_rng(0))
    assert devices.mean(YEAR) == pytest.approx(devices.g * ((YEAR + 20) / 20) ** -devices.state)
    assert np.array_equal(devices.mean(0.0), devices.g)


def test_stuck_devices_stay():
    kind = device("pcm-like", stuck=Stuck(low=0.1, high=0.05), g_min_uS=0.5)
    devices = kind.program(np.full(DRAWS, 10.0), np.random.default_rng(0))
    for t in TIMES:
        g = devices.read(t, np.random.default_rng(1))
        assert (g == 0.5).mean() == pytest.approx(0.1, abs=0.002)
        assert (g == 25.0).mean() == pytest.approx(0.05, abs=0.002)
    more = device("pcm-like", stuck=Stuck(low=0.2, high=0.05)).program(np.full(DRAWS, 10.0), np.random.default_rng(0))
    assert (more.stuck[devices.stuck < 0] < 0).all(), "a larger share holds those of a smaller one"
    assert np.array_equal(more.g, devices.g), "and changes nothing else"


def test_spread_is_log_normal():
    kind = device("ideal", spread=Spread(device=0.3, cycle=0.4), g_max_uS=1000.0)
    logs = np.log(kind.program(np.full(DRAWS, 10.0), np.random.default_rng(0)).g / 10)
    close((logs.mean() + 1, logs.std()), (1.0, 0.5))


def test_levels_are_evenly_spaced():
    devices = device("ideal", levels=5).program(np.linspace(0, 25, 1001), np.random.default_rng(0))
    assert np.unique(devices.g).tolist() == [0.0, 6.25, 12.5, 18.75, 25.0]


def test_a_table_gives_back_what_was_measured():
    rng = np.random.default_rng(0)
    measured = np.sort(rng.gamma(4.0, [[0.5], [1.0], [3.0]], (3, 5000)), axis=1)
    kind = from_table("ours", [2.0, 4.0, 12.0], measured, drift=device("pcm-like").drift)
    for row, target in enumerate((2.0, 4.0, 12.0)):
        close(moments(kind.program(np.full(DRAWS, target), rng).g), moments(measured[row]))
    halfway = kind.program(np.full(DRAWS, 8.0), rng)
    close(moments(halfway.g), moments((measured[1] + measured[2]) / 2))
    assert halfway.mean(YEAR).mean() < 0.6 * halfway.g.mean()


def test_it_is_there_without_an_import_of_its_own():
    import neuromem

    assert neuromem.hardware.resistive.presets() == presets()
    with pytest.raises(AttributeError, match="nothing"):
        neuromem.hardware.nothing  # noqa: B018


# ---- errors


def test_bad_devices_are_refused_by_field():
    for field, value in {
        "g_min_uS": 30.0,
        "g_max_uS": -1.0,
        "levels": 1,
        "stuck": Stuck(0.7, 0.7),
        "spread": Spread(-1.0),
        "reading_scale": math.nan,
        "programming_scale": "much",
    }.items():
        with pytest.raises(UsageError, match=f"{field}|stuck"):
            device("pcm-like", **{field: value})
    with pytest.raises(UsageError, match="pcm_like"):
        device("pcm_like")
    with pytest.raises(UsageError, match="gmax"):
        device("pcm-like", gmax=4)


@pytest.mark.parametrize("g", [-1.0, math.nan, 26.0, "many", [[1.0], [1.0, 2.0]], math.inf])
def test_bad_targets_are_refused(g):
    with pytest.raises(PatternError, match="g_target_uS"):
        device("pcm-like").program(g, np.random.default_rng(0))


def test_bad_times_and_generators_are_refused():
    rng = np.random.default_rng(0)
    devices = device("pcm-like").program(np.ones(3), rng)
    for t in (-1.0, math.nan, math.inf, "later", None, True):
        with pytest.raises(UsageError, match="seconds since programming"):
            devices.read(t, rng)
    for call in (lambda: device("pcm-like").program(np.ones(3), 7), lambda: devices.read(0.0, None)):
        with pytest.raises(UsageError, match="rng"):
            call()


def test_bad_tables_are_refused():
    for targets, measured, said in (
        ([1.0, 2.0], [[1.0], [-2.0]], "row 1"),
        ([1.0, 1.0], [[1.0], [2.0]], "row 1"),
        ([1.0], [[1.0], [2.0]], "one row"),
        ([1.0, 2.0], [[1.0], [2.0, 3.0]], "equal length"),
        ([1.0, math.nan], [[1.0], [2.0]], "targets_uS: row 1"),
        ([1.0, 2.0], np.zeros((2, 0)), "one row"),
    ):
        with pytest.raises(DataError, match=said):
            from_table("ours", targets, measured)
    with pytest.raises(NeuromemError, match="g_min_uS"):
        from_table("ours", [1.0], [[1.0]])

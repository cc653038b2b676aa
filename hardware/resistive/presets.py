"""Kinds of devices by name, each with its source."""

from dataclasses import fields, replace

from neuromem.errors import UsageError
from neuromem.hardware.resistive.device import Device
from neuromem.hardware.resistive.drift import LogDecay, PowerDrift, Relaxation
from neuromem.hardware.resistive.forming import RandomForming
from neuromem.hardware.resistive.measured import table
from neuromem.hardware.resistive.programming import PolynomialNoise
from neuromem.hardware.resistive.reading import FlickerNoise, LogNoise

DAY = 86400.0
_T0, _T_READ = 20.0, 250e-9

_ALL = (
    Device("ideal", "none: what is read is what was written", 0.0, 25.0),
    Device(
        "pcm-like",
        "doped GST phase change memory, statistics of 1 million devices: Nandakumar et al., IEEE ICECS 2020, as in "
        "aihwkit 1.1.0, PCMLikeNoiseModel",
        0.0,
        25.0,
        programming=PolynomialNoise((0.26348, 1.965, -1.1731), reference_uS=None, fitted_uS=25.0),
        drift=PowerDrift(_T0, (0.0244, -0.0155), (0.049, 0.1), (-0.0059, -0.0125), (0.008, 0.045)),
        reading=FlickerNoise(0.0088, 0.65, 0.2, _T_READ, _T0),
    ),
    Device(
        "pcm-joshi",
        "phase change memory, programming error only: Joshi et al., Nature Communications 11:2473 (2020), as in "
        "CrossSim 3.2",
        0.25,
        25.0,
        programming=PolynomialNoise((0.28638599, 0.07585724, -0.00178767)),
    ),
    Device(
        "reram-wan2022",
        "RRAM, relaxation after 1 s, 1 day and 2 days, which includes programming: Wan et al., Nature 608:504 (2022), "
        "fitted in aihwkit 1.1.0",
        0.0,
        40.0,
        drift=Relaxation(
            (1.0, DAY, 2 * DAY),
            (
                (0.348, 16.030, -43.853, 45.393, -16.815),
                (0.701, 22.086, -50.773, 47.095, -16.458),
                (0.782, 20.274, -43.507, 37.062, -11.934),
            ),
            fitted_uS=40.0,
        ),
    ),
    Device(
        "reram-cmo",
        "CMO/HfOx RRAM, programmed to within 0.2 %: Falcone et al., in review, as in aihwkit 1.1.0, ReRamCMONoiseModel",
        9.0,
        88.199997,
        programming=PolynomialNoise((0.00081107, 0.00106879)),
        drift=LogDecay(-0.08900206, (0.41183342, 0.04201137)),
        reading=LogNoise(0.0277316483, 1e-6),
        window=True,
    ),
    Device(
        "rram-milo",
        "RRAM, IGVVA-100 programming: Milo et al., IRPS 2021, figure 4, as in CrossSim 3.2",
        50.0,
        225.0,
        programming=PolynomialNoise((4.782321, -0.009107)),
    ),
    Device(
        "normal-independent",
        "generic: 5 % of the largest conductance",
        0.0,
        25.0,
        programming=PolynomialNoise((0.05,), reference_uS=None, fitted_uS=1.0),
    ),
    Device("normal-proportional", "generic: 10 % of the target", 0.0, 25.0, programming=PolynomialNoise((0.0, 0.1))),
    Device(
        "uniform-independent",
        "generic: 5 % of the largest conductance, evenly distributed",
        0.0,
        25.0,
        programming=PolynomialNoise((0.05,), reference_uS=None, fitted_uS=1.0, shape="uniform"),
    ),
    Device(
        "uniform-proportional",
        "generic: 10 % of the target, evenly distributed",
        0.0,
        25.0,
        programming=PolynomialNoise((0.0, 0.1), shape="uniform"),
    ),
    Device(
        "random-forming",
        "generic: formed, not programmed; normal, 20 +- 5 uS, our choice",
        0.0,
        60.0,
        programming=RandomForming(20.0, 5.0),
    ),
)
PRESETS = {preset.name: preset for preset in _ALL}


def presets():
    """Return the names of all kinds of devices, sorted."""
    return sorted(PRESETS)


def device(name, **overrides):
    """Return a kind of device by name, with some of its fields set otherwise.

    Examples
    --------
    >>> device("pcm-like", drift=None, levels=16).g_max_uS
    25.0

    Raises
    ------
    UsageError
        For a name or field that does not exist, or a value that makes no sense.
    """
    if name not in PRESETS:
        raise UsageError(f"device: one of {', '.join(presets())} is expected, got {name!r}")
    known = [field.name for field in fields(Device)]
    for key in overrides:
        if key not in known:
            raise UsageError(f"device {name}: has no field {key!r}; there are {', '.join(known)}")
    return replace(PRESETS[name], **overrides)


def from_table(name, targets_uS, measured_uS, source="measured", **fields_):
    """Return a kind of device that is programmed to what was measured.

    Parameters
    ----------
    targets_uS : float array, shape (k,)
        uS, rising; the first and last are the range of targets.
    measured_uS : float array, shape (k, m)
        m repeated measurements of each, uS.
    fields_ :
        Further fields of `Device`, such as drift and reading.

    Raises
    ------
    DataError, UsageError
    """
    noise = table(targets_uS, measured_uS)
    low, high = float(noise.targets[0]), float(noise.targets[-1])
    return Device(name, source, low, high, **{"programming": noise, **fields_})

"""Experiments on resistive devices: small runs, their headlines, and parameters that make no sense."""

import numpy as np
import pytest

from neuromem.errors import DataError, UsageError
from neuromem.experiments import (
    lsm_device_random,
    lsm_zero_shot,
    recall_energy,
    recall_under_drift,
    recall_under_faults,
    runner,
)
from neuromem.experiments.benchmarks import crossbar
from neuromem.experiments.parameters import build
from neuromem.experiments.resistive_memories import exact, filled, kinds
from neuromem.learning.contrast import TwoViews
from neuromem.models import MEMORIES

MODULES = {
    "recall-under-drift": recall_under_drift,
    "recall-under-faults": recall_under_faults,
    "recall-energy": recall_energy,
    "lsm-device-random": lsm_device_random,
    "lsm-zero-shot": lsm_zero_shot,
}


def small(name, tmp_path, **settings):
    return runner.run(name, {**MODULES[name].QUICK, **settings}, out=tmp_path / "out")


def numbers(name, tmp_path, **settings):
    found = small(name, tmp_path, **settings)
    assert (tmp_path / "out" / "result.json").is_file()
    assert list((tmp_path / "out").glob("*.png"))
    return found


def test_every_kind_of_memory_takes_part():
    """But for the one that holds patterns for seconds only."""
    made = {type(make()).__name__ for make, _ in kinds().values()}
    assert set(MEMORIES) - made == {"GlialWorkingMemory"}
    for name in ("Willshaw", "Hopfield", "DenseHebbian"):
        memory, cues, patterns = filled(name, np.random.default_rng(0))
        assert exact(memory.recall(cues), patterns).mean() > 0.8


def test_drift_takes_what_a_fixed_threshold_needs(tmp_path):
    found = numbers("recall-under-drift", tmp_path)
    assert found["Hopfield_bits"] >= 90
    assert found["Willshaw_bits"] == 100
    assert found["Willshaw_first_plain"] >= 90
    assert found["Willshaw_last_plain"] == 0, "half of every weight is gone"
    assert found["Willshaw_last_compensated"] > 20
    assert found["Hopfield_last_plain"] >= 70, "signs do not drift"


def test_faults_take_bits_before_keys(tmp_path):
    found = numbers("recall-under-faults", tmp_path, memories="Hopfield,SparseHopfield", shares="0,0.1")
    assert found["Hopfield_exact_first"] >= 90
    for name in ("Hopfield", "SparseHopfield"):
        assert found[f"{name}_exact_last"] <= found[f"{name}_exact_first"]


def test_energy_is_that_of_the_products(tmp_path):
    found = numbers("recall-energy", tmp_path)
    assert found["overlap"] > 0.95
    assert found["times_less"] > found["times_less_smallest"] > 1
    assert sum(found[f"{part}_percent"] for part in ("devices", "dac", "adc")) == pytest.approx(100)


def test_random_devices_make_a_reservoir(tmp_path):
    found = numbers("lsm-device-random", tmp_path)
    assert min(found[f"linear_{kind}"] for kind in lsm_device_random.KINDS) > 65
    assert found["tested"] == 200


def test_classes_left_out_are_found_across_views(tmp_path):
    found = numbers("lsm-zero-shot", tmp_path, count="1000", epochs="12")
    assert found["unseen_gaussian"] > 60
    assert found["unseen_device"] > 60
    assert found["seen_gaussian"] > 30


def test_nmnist_is_taken_by_its_path(tmp_path):
    """Files in its layout, in which digit d is events in row d of the middle."""
    rng = np.random.default_rng(0)
    for part, count in (("Train", 8), ("Test", 3)):
        for digit in range(10):
            (tmp_path / part / str(digit)).mkdir(parents=True)
            for k in range(count):
                times = np.sort(rng.integers(0, 300_000, 120))
                rows = [bytes([9 + t % 16, 9 + digit, 128 | t >> 16, t >> 8 & 255, t & 255]) for t in times.tolist()]
                (tmp_path / part / str(digit) / f"{k:05}.bin").write_bytes(b"".join(rows))
    settings = {"path": tmp_path, "train": "7", "test": "2", "gain": "0.3", "steps": "50"}
    found = numbers("lsm-device-random", tmp_path, **settings)
    assert found["tested"] == 20
    assert found["linear_device"] > 80
    with pytest.raises(DataError, match="Train"):
        small("lsm-device-random", tmp_path / "other", path=tmp_path / "nothing")


def test_the_benchmark_times_all_ways():
    found = crossbar.ours(size=64, repeats=3)
    assert set(found) == {"same each", "same once", "new each"}
    assert all(seconds >= 0 for seconds in found.values())


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("recall-under-drift", {"times": "5,1"}),
        ("recall-under-drift", {"times": "-1"}),
        ("recall-under-drift", {"memories": "Elephant"}),
        ("recall-under-drift", {"device": "flash"}),
        ("recall-under-drift", {"seeds": "0"}),
        ("recall-under-faults", {"shares": "0,2"}),
        ("recall-under-faults", {"high": "-1"}),
        ("recall-energy", {"sizes": "1"}),
        ("recall-energy", {"load": "0"}),
        ("recall-energy", {"adc_bits": "0"}),
        ("recall-energy", {"time": "-1"}),
        ("lsm-device-random", {"rate": "2"}),
        ("lsm-device-random", {"neurons": "0"}),
        ("lsm-device-random", {"device": "flash"}),
        ("lsm-zero-shot", {"unseen": "8"}),
        ("lsm-zero-shot", {"unseen": "8,8"}),
        ("lsm-zero-shot", {"unseen": "8,12"}),
        ("lsm-zero-shot", {"temperature": "0"}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(name, settings):
    with pytest.raises(UsageError):
        build(MODULES[name].Parameters, settings, name)


# ---- contrastive projections


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    views = [rng.normal(size=(9, 5)), rng.normal(size=(9, 4))]
    made = TwoViews(size=3, epochs=1, batch=9, temperature=0.5).fit(*views)
    made.weights = [w.astype(float) for w in made.weights]
    gradients = made._gradients(views)[1]
    for w, g in zip(made.weights, gradients):
        for place in ((0, 0), (3, 2)):
            w[place] += 1e-6
            above = made._gradients(views)[0]
            w[place] -= 2e-6
            below = made._gradients(views)[0]
            w[place] += 1e-6
            assert g[place] == pytest.approx((above - below) / 2e-6, rel=1e-4, abs=1e-7)


def test_views_of_one_thing_are_brought_together():
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(1200, 4))
    x, y = (np.hstack([hidden @ rng.normal(size=(4, 10)), rng.normal(size=(1200, 10))]) for _ in range(2))
    made = TwoViews(size=8, epochs=40, rate=5e-3).fit(x[:1000], y[:1000])
    products = made.embed(0, x[1000:]) @ made.embed(1, y[1000:]).T
    assert (products.argmax(axis=1) == np.arange(200)).mean() > 0.5
    assert np.linalg.norm(made.embed(0, x), axis=1) == pytest.approx(1.0, abs=1e-5)

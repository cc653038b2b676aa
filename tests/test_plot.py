"""Pictures: what they contain and where it stands, not how their pixels look."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from neuromem import plot
from neuromem.errors import PatternError, UsageError
from neuromem.plot.canvas import FAINT, INK, MISSING, TILE, WRONG

SIZES = {"In": 884, "S1Cue": 100, "S2Int": 1, "S1Cont": 784}


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def spike_lines(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_raster_puts_each_spike_in_its_band_and_neuron_zero_on_top():
    ax = plot.raster({"a": ([1.0, 4.0], [0, 9]), "b": ([2.5], [3])}, sizes={"a": 10, "b": 10})
    lines = spike_lines(ax)
    assert list(lines) == ["a", "b"]
    np.testing.assert_array_equal(lines["a"].get_xdata(), [1.0, 4.0])
    (bottom, top), (a, b) = ax.get_ylim(), ax.get_yticks()
    first, last = lines["a"].get_ydata()
    assert top == 0 < first < a < last < (a + b) / 2 < lines["b"].get_ydata()[0] < bottom
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a  10", "b  10"]
    assert ax.get_xlabel() == "time (ms)"
    assert lines["a"].get_color() != lines["b"].get_color()


def test_raster_takes_pairs_spike_objects_and_step_arrays():
    steps = np.array([[3, 1], [5, 0]])
    ax = plot.raster({"pair": ([3, 5], [1, 0]), "object": SimpleNamespace(times=[3, 5], ids=[1, 0]), "steps": steps})
    for line in spike_lines(ax).values():
        np.testing.assert_array_equal(line.get_xdata(), [3, 5])
        assert np.argmax(line.get_ydata()) == 0


def test_raster_in_seconds_with_span_order_and_colours():
    spikes = {"a": ([1000.0], [0]), "b": ([500.0], [0]), "c": ([1.0], [0])}
    ax = plot.raster(
        spikes, order=["b", "a"], colours={"a": "red"}, span=(0, 2000), time_unit="s", events=[(250, "on")]
    )
    assert list(spike_lines(ax)) == ["b", "a"]
    assert spike_lines(ax)["b"].get_xdata() == [0.5]
    assert spike_lines(ax)["a"].get_color() == "red"
    assert ax.get_xlim() == (0, 2)
    assert ax.get_xlabel() == "time (s)"
    (note,) = [t for t in ax.texts if t.get_text() == "on"]
    assert note.xy[0] == 0.25


def test_raster_shows_silent_populations_and_nothing_at_all():
    ax = plot.raster({"a": ([], []), "b": ([1.0], [0])}, order=["a", "b", "c"], sizes={"c": 5})
    assert texts(ax.figure).count("silent") == 2
    assert len(spike_lines(ax)) == 3
    assert plot.to_png(plot.raster({}).figure).startswith(b"\x89PNG")


def test_raster_marks_shrink_as_spikes_get_many():
    rng = np.random.default_rng(0)
    sizes = []
    for count in (10, 1000, 100_000):
        ax = plot.raster({"a": (rng.random(count) * 1000, rng.integers(0, 4000, count))})
        line = spike_lines(ax)["a"]
        assert len(line.get_xdata()) == count
        sizes.append(line.get_markersize())
    assert sizes[0] > sizes[1] > sizes[2] > 0.3


@pytest.mark.parametrize("sizes", [(15, 5, 10, 10, 1, 5, 10, 5, 10, 15), (884, 100, 784, 784, 1, 100, 784)])
def test_raster_gives_every_name_room_for_a_line_of_text(sizes):
    named = {f"p{i}": n for i, n in enumerate(sizes)}
    figure = plot.raster({}, sizes=named, events=[(5, "a"), (5.1, "b")], span=(0, 10)).figure
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.axes[0].get_yticklabels()]
    assert all(upper.y0 > lower.y1 for upper, lower in zip(boxes[:-1], boxes[1:], strict=True))


@pytest.mark.parametrize("bad", [([1.0, 2.0], [0]), 3, ([[1.0]], [[0]]), "ab"])
def test_raster_refuses_spikes_it_cannot_read(bad):
    with pytest.raises(UsageError, match="'a'"):
        plot.raster({"a": bad})


def test_raster_refuses_unknown_names():
    with pytest.raises(UsageError, match="'z'"):
        plot.raster({"a": ([], [])}, order=["z"])
    with pytest.raises(UsageError, match="time_unit"):
        plot.raster({}, time_unit="h")
    with pytest.raises(UsageError, match="'a' has 3 neurons"):
        plot.raster({"a": ([1.0], [3])}, sizes={"a": 3})


def test_raster_event_texts_that_would_collide_stand_on_different_lines():
    ax = plot.raster({"a": ([0.0, 100.0], [0, 1])}, events=[(10, "a rather long text"), (11, "another"), (90, "far")])
    height = {t.get_text(): t.xyann[1] for t in ax.texts}
    assert height["another"] > height["a rather long text"] == height["far"]


def test_learn_and_recall_shares_bands_and_names_phases():
    rng = np.random.default_rng(0)
    learn = {name: np.column_stack([np.arange(3), rng.integers(0, n, 3)]) for name, n in SIZES.items()}
    recall = {"In": ([0.0], [883]), "S1Cont": ([249.0], [783]), "not drawn": ([1.0], [0])}
    figure = plot.learn_and_recall(learn, recall, SIZES, learn_events=[(0, "cue")], recall_events=[(249, "completed")])
    left, right = figure.axes
    assert isinstance(figure, Figure)
    assert [left.get_title(loc="left"), right.get_title(loc="left")] == ["learn", "recall from a fragment"]
    assert list(spike_lines(left)) == list(spike_lines(right)) == list(SIZES)
    np.testing.assert_array_equal(left.get_yticks(), right.get_yticks())
    gaps = np.diff(np.concatenate([[0], [e.get_ydata()[0] for e in left.lines if e.get_label().startswith("_")][:3]]))
    assert gaps.min() > 0.2 * gaps.max()  # one neuron still has a legible band beside 884
    assert {"cue", "completed"} <= set(texts(figure))
    assert right.get_xlim()[1] > 249
    assert left.get_xlim()[1] < 10


ORIGINAL = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0]], dtype=bool)
FRAGMENT = np.array([[1, 0, 0, 0, 0, 1], [0, 0, 0, 1, 0, 0]], dtype=bool)
RECALLED = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0]], dtype=bool)


def images(figure):
    return [np.asarray(i.get_array()) for i in figure.axes[0].images]


def test_strip_colours_every_kind_of_pixel():
    figure = plot.fragments(ORIGINAL, FRAGMENT, RECALLED, (2, 3))
    top, second, fragment, _, plain, wrong = images(figure)
    assert len(images(figure)) == 6
    assert top.shape == (2, 3, 3)
    expected = {(0, 0): INK, (0, 1): FAINT, (1, 2): WRONG, (1, 0): TILE}
    for at, colour in expected.items():
        np.testing.assert_allclose(fragment[at], to_rgb(colour))
    np.testing.assert_array_equal(plain, top)
    np.testing.assert_allclose([wrong[0, 2], wrong[1, 0], wrong[1, 1]], [to_rgb(c) for c in (WRONG, INK, MISSING)])
    assert not np.array_equal(second, wrong)
    shown = texts(figure)
    assert {"original", "fragment", "recalled", "\u2713", "\u2717 2 px"} <= set(shown)
    assert {"hidden", "not in the original", "missing from the recall"} <= set(shown)


def test_strip_explains_only_the_colours_it_uses():
    figure = plot.fragments(ORIGINAL, ORIGINAL, ORIGINAL, (2, 3))
    assert "as in the original" in texts(figure)
    assert not figure.axes[0].lines
    assert "" not in texts(figure)
    assert not {"hidden", "not in the original", "missing from the recall"} & set(texts(figure))


def test_strip_groups_titles_and_wraps_lines():
    many = np.repeat(ORIGINAL[:1], 6, axis=0)
    titles = ["top half hidden\n9 of 10"] * 2 + ["25 % of the ink"] * 2 + ["10 % of the ink"] * 2
    wide = plot.fragments(many, many, many, (2, 3), titles=titles)
    tall = plot.fragments(many, many, many, (2, 3), titles=titles, columns=4)
    assert " ".join(texts(wide)).count("9 of 10") == 1
    assert texts(wide).count("original") == 1
    assert texts(tall).count("original") == 2
    assert len(images(wide)) == len(images(tall)) == 18
    assert tall.get_figheight() > wide.get_figheight()
    lefts = sorted({i.get_extent()[0] for i in wide.axes[0].images})
    gaps = np.diff(lefts)
    assert len(lefts) == 6
    assert gaps[1] == gaps[3] > gaps[0] == gaps[2] == gaps[4]


def test_strip_pixels_are_whole_device_pixels_and_tiles_do_not_overlap():
    rng = np.random.default_rng(0)
    x = rng.random((14, 784)) < 0.2
    figure = plot.fragments(x, x, x, (28, 28))
    width, height = figure.get_size_inches() * figure.dpi
    boxes = {tuple(i.get_extent()) for i in figure.axes[0].images}
    assert len(boxes) == 42
    assert width <= 2000
    for left, right, bottom, top in boxes:
        assert (right - left) % 28 == 0
        assert (bottom - top) % 28 == 0
        assert 0 <= left < right <= width
        assert bottom < height
    lefts = sorted({b[0] for b in boxes})
    assert min(np.diff(lefts)) > 28


def test_strip_takes_one_pattern_and_marks_given_by_the_caller():
    assert "\u2713" in texts(plot.fragments(ORIGINAL[0], FRAGMENT[0], RECALLED[0], (2, 3)))
    figure = plot.fragments(ORIGINAL, FRAGMENT, RECALLED, (2, 3), correct=[False, True])
    marks = [t for t in texts(figure) if t.startswith(("\u2713", "\u2717"))]
    assert [m[0] for m in marks] == ["\u2717", "\u2713"]


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (2, 2)},
        {"recalled": RECALLED[:1]},
        {"fragments": FRAGMENT * 2},
        {"titles": ["one"]},
        {"correct": [True]},
        {"columns": 0},
        {"originals": np.empty((0, 6)), "fragments": np.empty((0, 6)), "recalled": np.empty((0, 6))},
    ],
)
def test_strip_refuses_what_does_not_fit(change):
    good = {"originals": ORIGINAL, "fragments": FRAGMENT, "recalled": RECALLED, "shape": (2, 3)}
    with pytest.raises(PatternError):
        plot.fragments(**(good | change))


def test_wilson_matches_the_published_example_and_stays_in_range():
    assert plot.wilson(81, 263) == pytest.approx((25.53, 36.62), abs=0.01)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert plot.wilson(0, 10)[0] == 0
    assert plot.wilson(10, 10)[1] == 100
    for bad in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(UsageError):
            plot.wilson(*bad)


def test_quality_draws_values_bars_and_labels():
    rows = [
        {"fragment": "top half hidden", "method": "ours", "correct": 99, "trials": 100},
        {"fragment": "top half hidden", "method": "cosine", "mean": 99.6, "error": 0.2},
        {"fragment": "10 % of the ink", "method": "ours", "mean": 91.0},
        {"fragment": "10 % of the ink", "method": "cosine", "mean": 94.0, "error": 1.0},
    ]
    ax = plot.recall_quality(rows)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["top half hidden", "10 % of the ink"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["ours", "cosine"]
    ours, cosine = ax.containers
    np.testing.assert_allclose(ours.lines[0].get_xdata(), [99, 91])
    low, high = plot.wilson(99, 100)
    np.testing.assert_allclose(ours.lines[2][0].get_segments()[0][:, 0], [low, high])
    np.testing.assert_allclose(cosine.lines[2][0].get_segments()[1][:, 0], [93, 95])
    assert np.all(ours.lines[0].get_ydata() < cosine.lines[0].get_ydata())
    assert texts(ax.figure) == ["99", "91", "99.6", "94"]
    assert ax.get_xlim()[0] < 91
    assert "(%)" in ax.get_xlabel()
    assert "95 % interval" in plot.recall_quality(rows[:1]).get_xlabel()
    assert "standard error" in plot.recall_quality(rows[3:]).get_xlabel()


@pytest.mark.parametrize(
    "rows", [[], [{"fragment": "a", "method": "m"}], [{"fragment": "a", "method": "m", "mean": 101}]]
)
def test_quality_refuses_bad_rows(rows):
    with pytest.raises(UsageError):
        plot.recall_quality(rows)


def test_curve_draws_mean_and_standard_error():
    values = np.array([[10.0, 50.0, 90.0], [20.0, 70.0, 100.0]])
    ax = plot.recall_curve(
        [1, 10, 100], {"ours": values, "pair": ([1, 2, 3], [1, 1, 1])[0], "given": ([5, 5, 5], [1, 2, 3])}
    )
    ours, _, given = ax.containers
    np.testing.assert_allclose(ours.lines[0].get_ydata(), [15, 60, 95])
    bars = np.array([s[:, 1] for s in ours.lines[2][0].get_segments()])
    np.testing.assert_allclose(bars[:, 1] - bars[:, 0], 2 * np.array([5, 10, 5]))
    np.testing.assert_allclose([np.ptp(s[:, 1]) for s in given.lines[2][0].get_segments()], [2, 4, 6])
    assert ax.get_xscale() == "log"
    assert list(ax.get_xticks()) == [1, 10, 100]
    assert ax.get_xlabel() == "ink kept (%)"
    assert ax.get_ylabel() == "recalled exactly (%)"


def test_equal_curves_are_all_seen():
    first, second = plot.recall_curve([1, 2], {"a": [5, 6], "b": [5, 6]}).containers
    assert first.lines[0].get_zorder() < second.lines[0].get_zorder()
    assert first.lines[0].get_linewidth() > second.lines[0].get_linewidth()
    assert first.lines[0].get_markersize() > second.lines[0].get_markersize()


def test_curve_linear_axis_chance_line_and_refusals():
    ax = plot.recall_curve([0, 100], {"ours": [1, 2]}, log=False, chance=1.0, xlabel="pixels shown (%)")
    assert ax.get_xscale() == "linear"
    assert ax.get_xlabel() == "pixels shown (%)"
    assert "chance" in texts(ax.figure)
    assert any(list(line.get_ydata()) == [1.0, 1.0] for line in ax.lines)
    for x, series in (([0, 1], {}), ([1, 2], {"a": [1]}), ([[1]], {}), ([1, np.nan], {})):
        with pytest.raises(UsageError):
            plot.recall_curve(x, series)


def test_functions_draw_into_the_axes_they_are_given():
    figure = Figure()
    for ax, draw in zip(
        figure.subplots(3),
        (
            lambda ax: plot.raster({"a": ([1.0], [0])}, ax),
            lambda ax: plot.recall_quality([{"fragment": "a", "method": "m", "mean": 5.0}], ax),
            lambda ax: plot.recall_curve([1, 2], {"a": [1, 2]}, ax),
        ),
        strict=True,
    ):
        assert draw(ax) is ax
    assert len(figure.axes) == 3


def test_style_is_put_back_and_nothing_stays_open():
    before = dict(mpl.rcParams)
    with plot.style():
        assert mpl.rcParams["axes.spines.top"] is False
        with plot.style():
            pass
        assert mpl.rcParams["axes.spines.top"] is False
    plot.to_png(plot.recall_curve([1, 2], {"a": [1, 2]}).figure)
    assert dict(mpl.rcParams) == before
    code = "import sys, neuromem.plot as p; p.to_png(p.raster({}).figure); sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


def test_pictures_are_repeatable_also_from_threads():
    before = dict(mpl.rcParams)

    def draw(_):
        return plot.to_png(plot.raster({"a": ([1.0, 2.0, 3.0], [0, 1, 2])}, events=[(1, "on")]).figure, dpi=60)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(draw, range(8)))) == 1
    assert dict(mpl.rcParams) == before


def test_save_writes_a_png(tmp_path):
    path = plot.save(plot.raster({}).figure, tmp_path / "a.png", dpi=50)
    assert path.read_bytes().startswith(b"\x89PNG\r\n")
    assert list(tmp_path.iterdir()) == [path]


def test_palette_keeps_its_colours_apart_for_all_eyes():
    """Neighbouring colours must differ in lightness or survive a deuteranope's view (Machado 2009, severity 1)."""
    deuteranope = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
    seen = np.array([to_rgb(c) for c in plot.PALETTE]) @ deuteranope.T
    for a, b in zip(seen[:-1], seen[1:], strict=True):
        assert np.linalg.norm(a - b) > 0.25
    assert list(plot.PALETTE) == _cycle()


def _cycle():
    with plot.style():
        return ["#" + c.lstrip("#") for c in mpl.rcParams["axes.prop_cycle"].by_key()["color"]]

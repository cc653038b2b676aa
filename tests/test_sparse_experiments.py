"""The experiments on sparse codes: their streams, their scores, and small runs whose outcome is known."""

import math

import numpy as np
import pytest

from neuromem.errors import UsageError
from neuromem.experiments import (
    anomaly,
    dendrite_accuracy,
    dendrite_correlation,
    dendrite_points,
    runner,
    sequence_memory,
)
from neuromem.experiments.dendrite_points import Point


def test_half_of_the_stream_can_be_predicted():
    numbers, known = sequence_memory.stream(sequence_memory.Parameters(elements=2000), switches=False)
    text = "".join(sequence_memory.LETTERS[k] if k < len(sequence_memory.LETTERS) else "." for k in numbers)
    assert set(text.split("....")) - {""} == set(sequence_memory.SEQUENCES)
    assert known.mean() == 0.5
    fresh = numbers[numbers >= len(sequence_memory.LETTERS)]
    assert np.unique(fresh).size == fresh.size
    assert {s[0] for s in sequence_memory.SEQUENCES} == {s[0] for s in sequence_memory.SWITCHED}


def test_sequences_change_where_they_should():
    p = sequence_memory.Parameters(elements=2000, switch=1000)
    before, after = (sequence_memory.stream(p, switches)[0] for switches in (False, True))
    assert np.array_equal(before[:1000], after[:1000])
    assert not np.array_equal(before[1000:], after[1000:])


def test_accuracy_is_the_share_that_came():
    """The share of what was predicted that came; nothing for nothing."""
    tree = {"predicted": [[40, 80, 10, 40, 0]], "came": [[40, 40, 10, 0, 0]]}
    assert sequence_memory.accuracy(tree).tolist() == [[1.0, 0.5, 1.0, 0.0, 0.0]]
    hits = np.zeros(1200, bool)
    hits[600:] = True
    assert sequence_memory.reached(hits, np.ones(1200, bool)) == 590
    assert sequence_memory.reached(hits[:700], np.ones(700, bool)) == -1
    curve, plain = sequence_memory.published_average(hits), np.zeros(1200)
    for k in range(1, 1200):
        plain[k] = 0.99 * plain[k - 1] + 0.01 * hits[k]
    assert curve[[0, 30, 700, 1199]] == pytest.approx(
        [plain[max(0, k - 59) : k + 1].mean() for k in (0, 30, 700, 1199)]
    )
    assert sequence_memory.average(hits)[[0, 599, 649, 800]].tolist() == [0.0, 0.0, 0.5, 1.0]


def test_a_high_order_memory_predicts_what_a_first_order_one_cannot():
    """A small memory comes close to its ceiling of a half, and a third of its cells can die."""
    p = sequence_memory.Parameters(elements=1600, death=1400, columns=512, cells=8, active=24, threshold=9)
    made = (sequence_memory.Run(p, "30% dead", 8, dead=0.3), sequence_memory.Run(p, "first order", 1))
    found = [sequence_memory.play(run) for run in made]
    high, first = sequence_memory.accuracy({name: [one[name] for one in found] for name in ("predicted", "came")})
    assert high[900:1400].mean() > 0.45
    assert high[1400:].mean() > 0.4
    assert first[900:].mean() < 0.4


def test_the_figure_is_drawn_from_the_data():
    runs = ["high order", "first order", "unharmed", "40% dead"]
    arrays = {name: np.ones((2, 4, 300)) for name in ("predicted", "came", "known")}
    tree = {"runs": runs, "switch": 150, "death": 150, **arrays}
    (figure,) = sequence_memory.plot(tree).values()
    assert len(figure.axes) == 2
    found = sequence_memory.headline(tree)
    assert (found["high_order_before"], found["high_order_before_error"]) == (100.0, 0.0)
    assert found["40_dead_loss"] == 0.0
    arrays["came"][1, 3, 150:] = 0.0  # in one of two repetitions nothing comes once cells are dead
    found, curve = sequence_memory.headline(tree), 100 * sequence_memory.published_average(arrays["came"])
    assert found["40_dead_after"] == found["40_dead_after_error"] == 50.0
    assert found["40_dead_loss"] == pytest.approx((curve[1, 2, 150:].min() - curve[1, 3, 150:].min()) / 2)


def test_faults_are_where_they_are_said_to_be():
    p = anomaly.Parameters(learning=1000, gap=200, faults=10, noise=0.0, long=500)
    values, begins = anomaly.signal(p)
    sound = values[:1000]
    np.testing.assert_allclose(sound[48:], sound[:-48], atol=1e-12)
    for kind, begin in zip(anomaly.FAULTS * 2, begins, strict=True):
        off = np.abs(values[begin : begin + 24] - values[begin - 48 : begin - 24])
        assert off.max() > 0.3 or kind == "noise", kind  # of no noise, ten times is none
        np.testing.assert_allclose(values[begin - 10 : begin], values[begin - 58 : begin - 48], atol=1e-12)
    stuck = begins[1]
    assert np.ptp(values[stuck : stuck + 24]) == 0


def test_likelihood_is_the_tail_of_a_normal_law():
    scores = np.random.default_rng(0).random(300)
    tails = anomaly.likelihood(scores, 4, 50)
    assert (tails[:54] == 1).all()
    for k in (54, 100, 299):
        before, recent = scores[k - 53 : k - 3], scores[k - 3 : k + 1].mean()
        z = (recent - before.mean()) / (before.std() / 2 + 1e-3)
        assert tails[k] == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)), rel=1e-9)


def test_alarms_are_counted_once_and_outside_faults():
    tails = np.ones((1, 2, 1000))
    tails[0, 0, [300, 301, 302, 520]] = 0.0  # one false alarm, one fault noticed
    tree = {"tails": tails, "begins": [[500, 800]], "threshold": 1e-5, "learning": 100}
    hits, false = anomaly.noticed(tree)
    assert hits.tolist() == [[[True, False]], [[False, False]]]
    np.testing.assert_allclose(false, [1000 / (900 - 4 * anomaly.ROOM), 0.0])


def test_a_memory_is_surprised_by_faults():
    """At the first sample of a fault, but for a sensor that sticks, which looks like a slow signal at first."""
    p = anomaly.Parameters(learning=2500, gap=150, faults=5)
    found = anomaly.repeat(p)
    surprise, begins = found["raw"][0], found["begins"]
    assert surprise[1500:2500].mean() < 0.25
    assert surprise[begins[[0, 2, 3, 4]]].mean() > 0.6


def point(kind, **what):
    given = {"n": 200, "a": 20, "s": 12, "theta": 3}
    return Point("", "", 0.0, kind, 7, 200, **given | what)


@pytest.mark.parametrize(
    "drawn",
    [
        point("match"),
        point("miss", theta=6, lost=10),
        point("input", patterns=3, theta=6),
        point("segment", patterns=3, theta=6),
        point("vectors", n=100, a=7, s=7, patterns=50),
        point("world", theta=6, patterns=3),
        point("spiking match"),
        point("spiking miss", theta=6, lost=10),
    ],
    ids=lambda drawn: drawn.kind,
)
def test_what_is_drawn_agrees_with_the_theory(drawn):
    found = dendrite_points.measure(drawn)
    assert 0.001 < found["expected"] < 0.999
    columns = {"kind": [drawn.kind], **{name: [value] for name, value in found.items()}}
    assert dendrite_accuracy.agreement({"points": columns})[0] > 1e-4


def test_sequence_memories_follow_the_formulas():
    """Segments are shared by many trials, so only to a few per cent."""
    noise = dendrite_points.measure(point("memory noise", n=1024, a=40, s=20, theta=12, lost=14, patterns=5))
    assert noise["hits"] / noise["trials"] == pytest.approx(noise["expected"], abs=0.06)
    union = dendrite_points.measure(point("memory union", n=1000, a=40, s=20, theta=15, patterns=10))
    assert union["hits"] / union["trials"] == pytest.approx(union["expected"], abs=0.03)
    size = dendrite_points.measure(point("memory size", n=1000, a=40, s=20, theta=10, patterns=5))
    assert size["hits"] / size["trials"] > 0.99


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("sequence-memory", {"elements": "10"}),
        ("sequence-memory", {"dead": "1.5"}),
        ("sequence-memory", {"active": "600"}),
        ("anomaly", {"gap": "10"}),
        ("anomaly", {"threshold": "0"}),
        ("anomaly", {"learning": "100"}),
        ("dendrite-accuracy", {"codes": "1"}),
    ],
)
def test_impossible_settings_are_refused(name, settings):
    with pytest.raises(UsageError):
        runner.run(name, settings)


def test_correlated_codes_have_their_size_and_correlation():
    """Assemblies of units that are active together; of units on their own there is none to speak of."""
    rng = np.random.default_rng(3)
    apart = dendrite_correlation.draw(3000, 100, 10, np.arange(100)[:, None], np.ones(100, int), rng)
    units = np.arange(100).reshape(20, 5)
    rows = dendrite_correlation.draw(3000, 100, 10, units, np.full(20, 5), rng)
    assert (rows.sum(axis=1) == 10).all()
    assert (apart.sum(axis=1) == 10).all()
    assert abs(dendrite_correlation.correlation(apart)) < 0.02
    pairs = np.corrcoef(rows, rowvar=False)
    mean = np.mean([pairs[i, j] for row in rows for i in np.flatnonzero(row) for j in np.flatnonzero(row) if i != j])
    assert dendrite_correlation.correlation(rows) == pytest.approx(mean, rel=1e-9)
    assert mean > 0.05


def test_assemblies_are_of_units_that_exist():
    units, sizes = dendrite_correlation.assemblies(50, 4, np.random.default_rng(1))
    assert set(sizes) == {4}
    assert ((units < 50).sum(axis=1) == 4).all()
    assert all(len(set(row[:4])) == 4 for row in units)
    assert 50 - 4 < sizes.sum() < 150
    mixed = {len(set(dendrite_correlation.assemblies(50, 0, np.random.default_rng(k))[1])) for k in range(40)}
    assert {1, 2} < mixed <= set(range(1, 8))

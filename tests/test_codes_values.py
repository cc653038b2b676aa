"""Codes as values, after what the public suites ask of their SDR: made, compared, thinned out, made noisy.

What these suites ask of buffers that are shared, changed in place and watched by callbacks does not arise: `Codes` are
never changed. Nor do they have dimensions: units are numbered through.
"""

import pickle

import numpy as np
import pytest

from neuromem.codes import Codes


@pytest.mark.parametrize(
    ("n", "units"),
    [
        (16, []),
        (16, list(range(16))),
        (30, [1, 29, 4, 5, 7]),
        (64, [63]),
        (65, [64, 0]),
        (1000, [0, 5, 50, 55, 500, 550, 555, 999]),
    ],
)
def test_lists_of_units_and_rows_of_bits_are_the_same_codes(n, units):
    """In any order, and also where a unit is listed twice; none, all, and the ends of words."""
    row = np.zeros((1, n), bool)
    row[0, units] = True
    codes = Codes.of_units([units], n)
    assert codes == Codes(row) == Codes(row[0]) == Codes(row.astype(float)) == Codes.of_units([units[::-1] * 2], n)
    assert np.flatnonzero(codes.patterns[0]).tolist() == sorted(units)
    assert codes.sizes.tolist() == [len(units)]
    assert codes.overlap(codes).tolist() == [[len(units)]]


def test_codes_keep_what_they_were_given():
    """Neither the array they are made of nor the one they are read into is theirs."""
    rows = np.eye(3, 70, dtype=bool)
    codes = Codes(rows)
    rows[:] = True
    codes.patterns[:] = True
    union = codes.union()
    union.bits[:] = 0
    codes[[0, 2]].bits[:] = 0
    assert codes == Codes(np.eye(3, 70, dtype=bool))


def test_sizes_grow_unit_by_unit():
    rows = np.tri(132, 131, -1, dtype=bool)
    codes = Codes(rows)
    assert codes.sizes.tolist() == list(range(132))
    assert codes.overlap(codes[-1]).ravel().tolist() == list(range(132))


def test_equality_is_that_of_widths_and_of_all_units():
    """Nothing equals anything else in the list, be it as wide and as large; everything equals itself, made anew."""
    made = [
        lambda: Codes(np.zeros((1, 9), bool)),
        lambda: Codes(np.zeros((1, 11), bool)),
        lambda: Codes(np.zeros((2, 9), bool)),
        lambda: Codes(np.zeros((0, 9), bool)),
        *(lambda u=u: Codes.of_units([u], 9) for u in ([2, 4, 6], [1, 4, 7], [1, 4, 8], [0], [3, 4, 6])),
        lambda: Codes.of_units([[0], [3, 4, 6]], 9),
        lambda: Codes.of_units([[3, 4, 6], [0]], 9),
    ]
    for i, one in enumerate(made):
        assert one() == pickle.loads(pickle.dumps(one()))  # as between the processes of a sweep
        for j, other in enumerate(made):
            assert (one() == other()) is (i == j)
            assert (one() != other()) is (i != j)
    assert Codes.of_units([[0]], 9) != [0]
    assert repr(made[-1]()) == "Codes(2 of 9 units)"


@pytest.mark.parametrize("active", [1, 250, 500, 750, 1000])
def test_random_codes_have_exactly_so_many_active_units(active):
    """The same from the same seed, others from another seed and from later on in the same."""
    codes = Codes.random(3, 1000, active, seed=77)
    assert (codes.sizes == active).all()
    assert codes == Codes.random(3, 1000, active, seed=77)
    if active < 1000:
        others = Codes.random(3, 1000, active, seed=78), Codes.random(3, 1000, active, seed=77, first=3)
        assert all(codes != other for other in others)


def test_noise_leaves_exactly_the_overlap_that_is_asked_for():
    """Methodically for every overlap, and with as many active units as before."""
    code = Codes.random(1, 1000, 100, seed=4)
    codes = Codes(np.repeat(code.patterns, 101, axis=0))
    noisy = codes.corrupt(np.arange(101), seed=44)
    assert noisy.overlap(code).ravel().tolist() == list(range(100, -1, -1))
    assert (noisy.sizes == 100).all()
    assert noisy == codes.corrupt(np.arange(101), seed=44)
    assert noisy[0] == code
    assert all(code.corrupt(50, seed=1) != code.corrupt(50, seed=seed) for seed in (2, 3))
    assert codes == Codes(np.repeat(code.patterns, 101, axis=0))  # the ones it was made of stay
    assert len({row.tobytes() for row in codes.corrupt(50, seed=5).patterns}) == 101  # each has chance of its own


def test_intersections_are_as_dense_as_chance_has_it():
    """Of two halves a quarter, of three an eighth; with nothing nothing, with everything the same."""
    a, b, c = (Codes.random(20, 1000, 500, seed=seed) for seed in range(3))
    assert (a & b).sizes.mean() == pytest.approx(250, abs=5)
    assert (a & b & c).sizes.mean() == pytest.approx(125, abs=5)
    none, every = Codes(np.zeros(1000, bool)), Codes(np.ones(1000, bool))
    assert (a & none) == Codes(np.zeros((20, 1000), bool)) == (none & a)
    assert (a & every) == a == (a | none)
    assert (a & b) == (b & a)

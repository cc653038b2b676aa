"""Which keys are free, and that finding one does not take a walk through the others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from networks import examples
from neuromem.models.sparsey_book import Book


@examples(50)
@given(st.lists(st.tuples(st.sampled_from(["free", "name", "strike"]), st.integers(0, 11), st.integers(1, 3))))
def test_free_keys_are_the_smallest(moves):
    """A plain list of keys in use, entered by order or by name, and struck."""
    book, used = Book(12, 2), []
    for move, key, count in moves:
        if move == "free" and count <= 12 - len(used):
            keys = book.free(count)
            assert keys.tolist() == [k for k in range(12) if k not in used][:count]
            assert np.array_equal(book.free(count), keys)
        elif move == "name" and key not in used:
            keys = np.array([key])
        elif move == "strike" and used:
            gone = used[: min(count, len(used))]
            book.strike(np.array(gone))
            used = used[len(gone) :]
            continue
        else:
            continue
        book.enter(keys, np.zeros((len(keys), 2), np.int32))
        used += keys.tolist()
    assert book.keys.tolist() == sorted(used)
    assert book.size == len(used)


class Watched(np.ndarray):
    """Counts how often it is looked at."""

    looks = 0

    def __getitem__(self, index):
        Watched.looks += 1
        return super().__getitem__(index)


def test_a_freed_key_is_given_again_without_a_look_at_the_others():
    book = Book(3000, 1)
    book.enter(np.arange(2990), np.zeros((2990, 1), np.int32))
    book.used = book.used.view(Watched)
    for key in (5, 2900, 5):
        book.strike(np.array([key]))
        Watched.looks = 0
        keys = book.free(1)
        assert keys.tolist() == [key]
        book.enter(keys, np.zeros((1, 1), np.int32))
        assert Watched.looks < 10
    assert book.free(1).tolist() == [2990]

"""Every memory: a file gives it back, and a network of it is one, or is refused by name."""

import pytest

from contract.memories import assert_same_recall, same, snapshot
from neuromem import io, simulate
from neuromem.errors import NotSupportedError, StoreError
from neuromem.memory import AssociativeMemory
from neuromem.network import Network


@pytest.mark.parametrize("stored", [0, 3])
def test_file_round_trip(empty, patterns, tmp_path, stored):
    empty.store(patterns[:stored])
    path = tmp_path / "memory.h5"
    path.write_bytes(b"something older")
    empty.save(path)
    loaded = AssociativeMemory.load(path)
    assert type(loaded) is type(empty)
    assert (loaded.n, loaded.capacity) == (empty.n, empty.capacity)
    assert same(snapshot(empty), snapshot(loaded))
    assert_same_recall(empty.recall(patterns), loaded.recall(patterns))
    keys = loaded.store(patterns[stored:])
    assert loaded.recall(patterns[stored]).keys.tolist() == [keys[0]]
    loaded.save(path)
    assert same(snapshot(AssociativeMemory.load(path)), snapshot(loaded))


def test_file_of_something_else_is_refused(half_full, tmp_path):
    path = tmp_path / "memory.h5"
    half_full.save(path)
    tree = io.load(path, "memory").tree
    io.save(path, "memory", tree | {"model": "Unheard"})
    with pytest.raises(StoreError, match="Unheard"):
        AssociativeMemory.load(path)
    io.save(path, "memory", {"model": tree["model"]})
    with pytest.raises(StoreError, match="incomplete"):
        AssociativeMemory.load(path)
    io.save(path, "patterns", tree)
    with pytest.raises(StoreError):
        AssociativeMemory.load(path)
    with pytest.raises(StoreError):
        AssociativeMemory.load(tmp_path / "none.h5")


def test_network_of_it_is_one_or_is_refused_by_name(half_full):
    try:
        network = half_full.to_network()
    except NotSupportedError:
        with pytest.raises(NotSupportedError, match=type(half_full).__name__):
            half_full.to_network()
        return
    assert isinstance(network, Network)
    before = snapshot(half_full)
    assert simulate(network, 10 * network.dt).status in ("finished", "silent")
    assert same(before, snapshot(half_full))
    assert network == half_full.to_network()

"""Sweeps on worker processes: the same bits, whatever happens to the workers."""

import os
import pickle
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweep_cases import WAYS, assert_same, points

import sweep_points as functions
from neuromem import sweep
from neuromem.errors import SweepError, UsageError
from neuromem.sweep import cluster, compute, local, naming
from sweep_points import Point


@given(st.floats(1e-9, 1e4), st.integers(1, 10**6), st.integers(1, 1000), st.floats(0, 1))
def test_a_batch_lasts_long_enough_and_not_too_long(seconds, waiting, slots, cost):
    wanted = compute.pace(cost)
    assert compute.SHORTEST <= wanted <= compute.LONGEST
    assert wanted in (compute.SHORTEST, compute.LONGEST) or cost / wanted == pytest.approx(compute.SHARE)
    size = compute.batch_size(seconds, waiting, slots, wanted)
    assert 1 <= size <= min(waiting, compute.MOST)
    assert size * seconds >= compute.SHORTEST * 0.999 or size in (waiting, compute.MOST)
    assert size == 1 or (size - 1) * seconds < wanted
    assert size == 1 or size <= -(-waiting // slots) or (size - 1) * seconds < compute.SHORTEST
    assert compute.batch_size(None, waiting, slots, wanted) == 1


def test_a_batch_ends_early_when_it_takes_long_and_at_a_failure():
    def outcomes(function, some, longest=60.0):
        return pickle.loads(compute.run_batch(naming.Task.of(function), pickle.dumps(some), longest))

    assert len(outcomes(functions.draw, points(3))) == 3
    got = outcomes(functions.fails, [Point(seed, folder="bug") for seed in range(5)])
    assert [outcome.failure is None for outcome in got] == [True, True, True, False]
    assert "KeyError" in got[-1].failure.trace
    assert outcomes(functions.fails, [Point(3, folder="interrupt")])[0].failure.kind == "KeyboardInterrupt"
    assert len(outcomes(functions.draw, points(3), 0.0)) == 1


def test_a_batch_that_killed_its_workers_is_tried_point_by_point():
    class KilledWorker(Exception):
        pass

    batches = cluster.Batches(None, None, [1, 2, 3], None)
    batches._waiting.clear()
    assert list(batches._blame([0, 2], KilledWorker())) == []
    assert list(batches._alone) == [0, 2]
    ((index, outcome),) = batches._blame([2], KilledWorker())
    assert index == 2
    assert "every worker that took it died" in outcome.failure.text


def test_workers_give_the_same_bits_as_this_process(workers, tmp_path):
    some = points(300)
    serial = sweep.map(functions.draw, some)
    assert_same(sweep.map(functions.draw, some, scheduler=workers.address, path=tmp_path), serial)
    assert_same(sweep.map(functions.draw, some, path=tmp_path), serial)


def test_a_worker_killed_in_mid_sweep_changes_nothing(workers, tmp_path, marks):
    some = points(12, wait=0.05, folder=str(marks))
    before = workers.pids()
    results = sweep.map(functions.dies_once, some, scheduler=workers.address, path=tmp_path / "kept")
    assert (marks / "died").exists()
    assert_same(results, sweep.map(functions.dies_once, some))
    deadline = time.monotonic() + 60
    while workers.pids() == before:  # and it is replaced
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("way", WAYS)
def test_a_point_that_fails_on_a_worker_is_named_alike(workers, tmp_path, way):
    some = [Point(seed, folder=way) for seed in range(5)]
    texts = []
    for settings in ({}, {"scheduler": workers.address}):
        with pytest.raises(WAYS[way][0]) as caught:
            sweep.map(functions.fails, some, path=tmp_path / str(len(settings)), **settings)
        texts.append(str(caught.value).partition(";")[0])
    assert texts[0] == texts[1]
    assert "On the worker" in caught.value.__notes__[0]


def test_a_worker_with_other_code_is_refused(workers, monkeypatch):
    monkeypatch.setattr(naming, "code_digest", lambda function: "edited here")
    with pytest.raises(UsageError, match="another version of sweep_points:draw"):
        sweep.map(functions.draw, points(1), scheduler=workers.address)


def test_workers_compute_on_one_thread_and_find_no_input_and_listen_at_home(workers):
    sockets = [psutil.Process(pid).net_connections("inet") for pid in (os.getpid(), *workers.pids())]
    assert {place.laddr.ip for place in sum(sockets, []) if place.status == "LISTEN"} == {"127.0.0.1"}
    with cluster.connected(workers.address) as client:
        assert set(client.nthreads().values()) == {1}
        numbers = client.run(lambda: [os.environ[f"{name}_NUM_THREADS"] for name in ("OMP", "NUMBA", "OPENBLAS")])
        assert list(numbers.values()) == [["1"] * 3] * len(numbers)
        assert set(client.run(lambda: os.read(0, 1)).values()) == {b""}


def test_a_point_that_kills_every_worker_ends_the_sweep(workers):
    with pytest.raises(SweepError, match="dies_always failed at point 0, .*every worker that took it died"):
        sweep.map(functions.dies_always, points(1), scheduler=workers.address)


def test_workers_with_more_threads_are_refused():
    import distributed

    options = {"processes": False, "scheduler_kwargs": local.NO_DASHBOARD}
    with (
        cluster.quiet(),
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, **options) as crowd,
        pytest.raises(UsageError, match="--nthreads 1"),
    ):
        sweep.map(functions.echo, [1], scheduler=crowd.scheduler_address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "tcp://"])
def test_a_scheduler_that_does_not_answer_is_said(monkeypatch, address):
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with pytest.raises(SweepError, match="no dask scheduler answers at"):
        sweep.map(functions.echo, [1], scheduler=address)


def test_workers_that_never_start_are_given_up(monkeypatch):
    monkeypatch.setattr(local, "DEATHS", 1)
    monkeypatch.setattr(local, "WORKER", ["-c", "import sys; sys.exit('no luck today')"])
    with pytest.raises(SweepError, match="die as soon as they start: no luck today"):
        sweep.map(functions.echo, [1, 2], workers=2)

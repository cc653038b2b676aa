"""Points on many workers by dask.distributed: batched, sent again when a worker dies, handed back as they finish."""

import contextlib
import importlib.util
import logging
import pickle
import queue
import time
import uuid
from collections import deque

from neuromem.errors import NotSupportedError, SweepError, UsageError
from neuromem.io.writer import hold_interrupt
from neuromem.sweep.compute import Failure, Outcome, batch_size, pace, run_batch

CONNECT = 20.0  # seconds to reach a scheduler and to find a worker there
WARM_UP = 20.0  # seconds that one worker gets to fill the cache of compiled kernels before the others start
AHEAD = 2  # batches per worker that are out at a time: one computes, one waits beside it
POLL = 0.5  # seconds


def check_dask():
    """NotSupportedError unless dask.distributed is installed; importing it takes seconds."""
    if importlib.util.find_spec("distributed") is None:
        raise NotSupportedError(
            "sweep: workers and schedulers need dask.distributed; install neuromem[dask], or leave both out"
        )


@contextlib.contextmanager
def quiet():
    """No word from dask in this block: workers that come and go are our business."""
    loggers = [
        logging.getLogger(name)
        for name in [*logging.root.manager.loggerDict]
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio")
    ]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


@contextlib.contextmanager
def connected(address, ours=False):
    """Yields a Client of the scheduler at `address`, `ours` if this process runs it; SweepError when there is none."""
    check_dask()
    import dask
    import distributed

    with quiet():
        try:
            with hold_interrupt() if ours else contextlib.nullcontext():
                client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SweepError(
                f"sweep: no dask scheduler answers at {address} ({error}); check the address, or start one with "
                "`dask scheduler`"
            ) from None
        try:
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TiB"}):
                yield client
        finally:
            client.close()


class Batches:
    """One sweep on the workers of a Client.

    client  distributed.Client; task  naming.Task; points  list
    local   LocalWorkers when the workers are ours, else None
    say     called with a sentence when there is nobody to compute
    """

    def __init__(self, client, task, points, local=None, say=None):
        self._client, self._task, self._points, self._local, self._say = client, task, points, local, say
        self._waiting, self._alone = deque(range(len(points))), deque()
        self._out, self._done = {}, queue.SimpleQueue()
        self._seconds, self._began = None, time.monotonic()
        self._slots, self._counted = 0, -float("inf")
        self._used, self._cost = None, 0.0  # CPU seconds of this process: in all, and for a batch on average
        self._name, self._sent = f"neuromem-{uuid.uuid4().hex}", 0

    def outcomes(self):
        """Yields (index of the point, Outcome) as they come; SweepError when workers or scheduler are lost."""
        try:
            while self._waiting or self._alone or self._out:
                self._send()
                try:
                    future = self._done.get(timeout=POLL)
                except queue.Empty:
                    if self._local is not None:
                        self._local.check()
                    continue
                yield from self._receive(future)
        finally:
            if self._out:
                with contextlib.suppress(Exception):
                    self._client.cancel([*self._out])

    def _send(self):
        """Keep the workers busy; at first only one of them, until it has compiled what all of them need."""
        slots = self._count_slots()
        most = AHEAD * slots
        if self._seconds is None and time.monotonic() - self._began < WARM_UP:
            most = 1
        wanted = pace(self._cost)
        while (self._alone or self._waiting) and len(self._out) < most:
            if self._alone:
                batch = [self._alone.popleft()]
            else:
                size = batch_size(self._seconds, len(self._waiting), max(slots, 1), wanted)
                batch = [self._waiting.popleft() for _ in range(size)]
            self._sent += 1
            payload = pickle.dumps([self._points[i] for i in batch], protocol=pickle.HIGHEST_PROTOCOL)
            key = f"{self._name}-{self._sent}"
            future = self._client.submit(run_batch, self._task, payload, 2 * wanted, key=key, pure=False)
            self._out[future] = batch
            future.add_done_callback(self._done.put)

    def _count_slots(self):
        """Workers there are; a scheduler's may come and go."""
        if self._local is not None:
            return self._local.count
        if time.monotonic() - self._counted > 2.0:
            threads = self._client.nthreads()
            crowded = sorted(place for place, count in threads.items() if count != 1)
            if crowded:
                raise UsageError(
                    f"sweep: the worker {crowded[0]} has {threads[crowded[0]]} threads; start workers with "
                    "`dask worker ADDRESS --nthreads 1 --nworkers N`"
                )
            self._slots, self._counted = len(threads), time.monotonic()
            if not threads:
                self._miss_workers()
        return self._slots

    def _miss_workers(self):
        if self._seconds is None and time.monotonic() - self._began > CONNECT:
            raise SweepError(
                f"sweep: the scheduler has no workers; start some with `dask worker {self._client.scheduler.address} "
                "--nthreads 1`"
            )
        if self._say is not None:
            self._say("no worker is there, waiting for one")

    def _receive(self, future):
        batch = self._out.pop(future)
        try:
            answer = future.result()
        except Exception as error:
            yield from self._blame(batch, error)
            return
        outcomes = pickle.loads(answer)
        future.release()
        if self._local is not None:
            self._local.alive()
        self._waiting.extendleft(reversed(batch[len(outcomes) :]))
        self._seconds = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
        self._used, before = time.process_time(), self._used
        self._cost += (self._used - before - self._cost) / 4 if before is not None else 0.0
        yield from zip(batch, outcomes)

    def _blame(self, batch, error):
        """A batch that killed its workers is tried point by point; a single point that does so ends the sweep."""
        kind = type(error).__name__
        if kind == "KilledWorker" and len(batch) > 1:
            self._alone.extend(batch)
            return
        if kind == "KilledWorker":
            said = "every worker that took it died; it needs more memory than there is, or crashes"
            yield batch[0], Outcome(None, Failure("KilledWorker", "SweepError", said, ""), 0.0)
            return
        if "Cancelled" in kind:
            raise SweepError("sweep: the connection to the scheduler was lost") from None
        raise SweepError(f"sweep: the workers cannot compute ({kind}: {error}); give them the same neuromem") from None

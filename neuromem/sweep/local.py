"""A scheduler in this process and worker processes on this machine, on the loopback interface only."""

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from neuromem.errors import SweepError
from neuromem.io.writer import hold_interrupt
from neuromem.sweep.cluster import check_dask, quiet
from neuromem.sweep.worker import SPARING

DEATHS = 10  # of each worker since a batch was last finished: then they cannot be started at all
ALLOWED_FAILURES = 5  # workers that may die with a batch before it is blamed
LOOPBACK = "127.0.0.1"
NO_DASHBOARD = {"dashboard": False, "dashboard_address": f"{LOOPBACK}:0"}  # it listens all the same: on any free port
POLL = 0.25  # seconds
WORKER = ("-P", "-m", "neuromem.sweep.worker")
ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM", "NUMEXPR")


class LocalWorkers:
    """Context manager around `count` worker processes; one that dies is replaced.

    module   name of the module that they will need, imported while they start; or None
    address  of the scheduler, once the block is entered
    We start the processes ourselves, where dask would import the caller's script in each of them again.
    """

    def __init__(self, count, module=None):
        self.count, self.address, self._module = count, None, module
        self._deaths = 0
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._exit = contextlib.ExitStack()
        self._processes = []

    def __enter__(self):
        check_dask()
        with contextlib.ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="neuromem-sweep-")))
            self._log = stack.enter_context(open(self._folder / "log", "a+b"))
            stack.callback(self._stop)
            self._processes += [self._start() for _ in range(self.count)]  # they import while we do
            import dask
            import distributed

            stack.enter_context(quiet())
            settings = {
                **SPARING,
                "temporary-directory": str(self._folder),
                "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
                "distributed.scheduler.worker-saturation": float("inf"),  # the next batch waits at the worker
                "distributed.scheduler.worker-ttl": None,  # computing may take long; a dead process is seen anyway
            }
            options = {"processes": True, "threads_per_worker": 1, "host": LOOPBACK, "scheduler_kwargs": NO_DASHBOARD}
            with dask.config.set(settings), hold_interrupt():  # a scheduler that is half started cannot be closed
                cluster = distributed.LocalCluster(n_workers=0, silence_logs=logging.CRITICAL, **options)
                stack.callback(cluster.close)
                stack.callback(self._stop)  # before the scheduler goes; also above, should it not start
            self.address = cluster.scheduler_address
            for process in self._processes:
                self._connect(process)
            watcher = threading.Thread(target=self._watch, daemon=True)
            watcher.start()
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._exit.close()

    def alive(self):
        """A batch has been finished: the workers do start."""
        self._deaths = 0

    def check(self):
        """SweepError when the workers die as soon as they are started."""
        if self._deaths > DEATHS * self.count:
            self._log.seek(0)
            last = self._log.read().decode(errors="replace").strip().splitlines()[-1:] or ["they say nothing"]
            raise SweepError(f"sweep: the worker processes die as soon as they start: {last[0]}")

    def pids(self):
        """Process ids of the workers."""
        with self._lock:
            return [process.pid for process in self._processes]

    def _start(self):
        environment = {**os.environ, **{f"{name}_NUM_THREADS": "1" for name in ONE_THREAD}}
        environment["PYTHONPATH"] = os.pathsep.join(place or os.getcwd() for place in sys.path)
        return subprocess.Popen(
            [sys.executable, *WORKER, str(self._folder), self._module or ""],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for us alone
        )

    def _connect(self, process):
        with contextlib.suppress(OSError):  # dead already: the watcher sees to it
            process.stdin.write(f"{self.address}\n".encode())
            process.stdin.flush()

    def _watch(self):
        while not self._leaving.wait(POLL):
            with self._lock:
                for i, process in enumerate(self._processes):
                    if not self._leaving.is_set() and process.poll() is not None:
                        self._deaths += 1
                        _bury(process)
                        self._processes[i] = self._start()
                        self._connect(self._processes[i])

    def _stop(self):
        """Kill the workers: whatever they still compute is not wanted."""
        self._leaving.set()
        with self._lock:
            for process in self._processes:
                process.kill()
            for process in self._processes:
                _bury(process)


def _bury(process):
    process.wait()
    with contextlib.suppress(OSError):
        process.stdin.close()

"""A worker process: one thread that computes points for the scheduler whose address comes first on its stdin.

    python -m neuromem.sweep.worker FOLDER MODULE     files of its own go to FOLDER; MODULE is imported at the start

It lives as long as that pipe: when its parent goes away, however that happens, the worker goes at once.
"""

import asyncio
import contextlib
import importlib
import os
import shutil
import sys
import threading

SPARING = {
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.tick.interval": "2s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "10s",
    "distributed.client.scheduler-info-interval": "10s",
}
"""What dask does besides computing, at its own pace: as set by default it takes about two percent of every core."""


def main():
    """Read the address, compute until the pipe is closed."""
    lifeline = os.fdopen(os.dup(0), "rb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the function of a sweep finds an empty stdin
    os.close(nothing)
    import dask
    from distributed import Worker  # takes seconds: meanwhile the parent starts the scheduler

    dask.config.set(SPARING)
    with contextlib.suppress(Exception):  # said when a point needs it
        importlib.import_module(sys.argv[2])
    address = _line(lifeline)
    threading.Thread(target=_leave_with, args=(lifeline,), daemon=True).start()
    asyncio.run(_serve(Worker, address, sys.argv[1]))


def _line(pipe):
    """The first line, read byte by byte; the process ends when there is none."""
    text = b""
    while not text.endswith(b"\n"):
        byte = pipe.read(1)
        if not byte:
            os._exit(0)
        text += byte
    return text.decode().strip()


def _leave_with(pipe):
    while pipe.read(1):
        pass
    shutil.rmtree(sys.argv[1], ignore_errors=True)  # the parent may have been killed
    os._exit(0)


async def _serve(kind, address, folder):
    options = {"nthreads": 1, "memory_limit": 0, "dashboard": False, "host": "127.0.0.1", "local_directory": folder}
    async with kind(address, **options) as worker:
        await worker.finished()


if __name__ == "__main__":
    main()

"""What this process holds in memory, and other processes run for one line of JSON."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

LONGEST = 3600.0
"""Seconds that one measured process may take."""


def resident_mb():
    """Resident memory of this process now, in MB; its peak where the system does not say."""
    return _status("VmRSS") or peak_mb()


def peak_mb():
    """Largest resident memory of this process so far, in MB.

    Not ru_maxrss where there is better: on Linux that starts with what the parent process held.
    """
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def available_mb():
    """Memory that new work can have, in MB."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1.024e-3
    except OSError:
        pass
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(command, given=None, environment=None, longest=LONGEST):
    """Run a command that prints JSON on its last line.

    Parameters
    ----------
    command : list of str
    given : dict, optional
        Written to its stdin as JSON.
    environment : dict, optional
        Added to this process's.

    Returns
    -------
    dict
        What it printed, and `whole_s` and `whole_cpu_s` from its start to its end, its children included. Or `failed`:
        why there is nothing.
    """
    began, used = time.perf_counter(), _children_cpu()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # so that what it started ends with it
        )
    except OSError as error:
        return {"failed": f"{command[0]} cannot be started: {error.strerror}"}
    try:
        out, err = process.communicate("" if given is None else json.dumps(given), longest)
    except subprocess.TimeoutExpired:
        _end(process)
        return {"failed": f"took more than {longest:g} s"}
    except BaseException:
        _end(process)
        raise
    whole = {"whole_s": time.perf_counter() - began, "whole_cpu_s": _children_cpu() - used}
    if process.returncode:
        return {"failed": _last_line(err) or f"ended with status {process.returncode}"}
    try:
        return json.loads(_last_line(out)) | whole
    except (ValueError, TypeError):
        return {"failed": f"printed no JSON but {_last_line(out)!r}"}


def _end(process):
    with_children = os.getpgid(process.pid)
    os.killpg(with_children, signal.SIGKILL)
    process.communicate()


def _children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _status(key):
    """A line of /proc/self/status in MB; None where there is no such file."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) * 1.024e-3
    except OSError:
        pass
    return None


def _last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""

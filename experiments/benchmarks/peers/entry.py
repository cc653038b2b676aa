"""Run one function of a script beside this one, in the interpreter of a peer: stdin is its job, stdout its answer.

A job is {task, seconds, warm_up, seed, threads, dtype, mode, folder, began}; `began` is the monotonic clock when the
process was started. The function gets the job and the `Meter` of this process.
"""

import importlib.util
import json
import os
import sys
import time
from pathlib import Path


class Meter:
    """Readings of clocks and memory at named moments: wall and CPU seconds, resident and peak memory in MB."""

    def __init__(self):
        self.at = {}

    def mark(self, name):
        """Take the readings now."""
        self.at[name] = {
            "wall": time.monotonic(),
            "cpu": time.process_time(),
            "resident": self._status("VmRSS"),
            "peak": self._status("VmHWM"),
        }

    def between(self, first, last, key="wall"):
        """Difference of a reading between two moments."""
        return self.at[last][key] - self.at[first][key]

    @staticmethod
    def _status(key):
        try:
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith(f"{key}:"):
                    return int(line.split()[1]) * 1.024e-3
        except OSError:
            pass
        return float("nan")


def main():
    """Run MODULE FUNCTION on the job; whatever the simulator prints goes to stderr."""
    module, function = sys.argv[1:]
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    meter = Meter()
    meter.mark("start")
    job = json.load(sys.stdin)
    place = Path(__file__).with_name(f"{module}.py")
    spec = importlib.util.spec_from_file_location(f"peer_{module}", place)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    json.dump(getattr(script, function)(job, meter), answer)
    answer.write("\n")
    answer.close()


if __name__ == "__main__":
    main()

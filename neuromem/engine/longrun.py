"""Runs for hours: checkpoints on the way, progress, and Ctrl-C that loses nothing."""

import signal
import threading
from contextlib import contextmanager

from neuromem.engine.simulation import Simulation
from neuromem.errors import UsageError
from neuromem.network.check import numbers, steps


def run_long(simulation, duration=None, *, checkpoint=None, every=None, progress=None):
    """Run to a goal, saving checkpoints; Ctrl-C finishes the step at hand, saves one and returns.

    Parameters
    ----------
    simulation : Simulation
    duration : float, optional
        ms from the start of the simulation; default: the goal that its checkpoint names.
    checkpoint : path-like, optional
        File to save to, replaced each time.
    every : float, optional
        ms of model time between checkpoints; default: only when interrupted.
    progress : callable(done, total, what), optional
        Told in steps how far it is.

    Returns
    -------
    Status

    Raises
    ------
    UsageError, StoreError
    """
    if not isinstance(simulation, Simulation):
        raise UsageError(f"run_long: a Simulation is expected, got {type(simulation).__name__}")
    dt = simulation.network.dt
    if duration is not None:
        duration = numbers(duration, "run_long", "duration", unit="ms", low=0.0, scalar=True)
        simulation.goal = steps(duration, dt, "run_long", "duration")
    goal = simulation.step if simulation.goal is None else simulation.goal
    interval = None
    if every is not None:
        every = numbers(every, "run_long", "every", unit="ms", scalar=True)
        interval = steps(every, dt, "run_long", "every", least=1)
    with _ctrl_c(simulation):
        while simulation.step < goal:
            stop = goal if interval is None else min(goal, (simulation.step // interval + 1) * interval)
            while simulation.step < stop and not simulation.interrupted:
                simulation.run_steps(min(stop - simulation.step, simulation.pace.steps))
                if progress is not None:
                    progress(simulation.step, goal, f"{simulation.step * dt:.0f} of {goal * dt:.0f} ms")
            due = interval is not None and simulation.step < goal
            if checkpoint is not None and (due or simulation.interrupted):
                simulation.save(checkpoint)
            if simulation.interrupted:
                break
    return simulation.status


@contextmanager
def _ctrl_c(simulation):
    """While inside, the first Ctrl-C asks the simulation to stop after its step; a second one is the ordinary one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number, frame):
        simulation.interrupt()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

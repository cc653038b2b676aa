"""The engine: a description becomes flat arrays and a compiled loop that runs them."""

from neuromem.engine import startup
from neuromem.engine.checks import check_seed
from neuromem.engine.footprint import footprint
from neuromem.engine.longrun import run_long
from neuromem.engine.one_run import simulate
from neuromem.engine.recorder import Recorder, Result, Spikes, Status, Trace
from neuromem.engine.simulation import Simulation
from neuromem.engine.warm import warm

startup.preload()

__all__ = [
    "Recorder",
    "Result",
    "Simulation",
    "Spikes",
    "Status",
    "Trace",
    "check_seed",
    "footprint",
    "run_long",
    "simulate",
    "warm",
]

"""What every test gets: pictures without a screen, repeatable hypothesis runs, no figure left open."""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")  # in the environment, so that subprocesses draw without a screen too

# No deadline: the first example of a compiled function pays for its compilation. The same examples on every run;
# HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def shared_loops(monkeypatch):
    """Networks with the ballast of `networks.py` share one compiled loop per order of operations."""
    plan = sys.modules.get("neuromem.engine.plan")
    if plan is not None:
        from networks import share_loop

        monkeypatch.setattr(plan, "load_loop", share_loop(plan.load_loop))


@pytest.fixture(params=["columns", "rows"])
def schedule(request, monkeypatch):
    """Immediate STDP by columns at once, or by rows when they are used next."""
    from neuromem.engine import wiring

    if request.param == "rows":
        monkeypatch.setattr(wiring, "COLUMNS_FIT", -1)
    return request.param


@pytest.fixture(autouse=True)
def no_figure_left_open():
    """Close what the test drew; pyplot is not imported for tests that draw nothing."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


# Brian2 2.9 calls pyparsing by its old names. Only a test's own mark comes after `-W error` on the command line.
BRIAN2_IGNORES = ["ignore::pyparsing.warnings.PyparsingDeprecationWarning"]


@pytest.fixture
def brian2():
    """Brian2 on its NumPy code (no C compiler needed). Take it from here: at the top of a file its import warns."""
    module = pytest.importorskip("brian2")
    module.prefs.codegen.target = "numpy"
    module.start_scope()
    module.defaultclock.dt = 0.1 * module.ms  # an example may have left another
    return module


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by marker
def pytest_collection_modifyitems(items):
    for item in items:
        if "brian2" in getattr(item, "fixturenames", ()):
            item.add_marker("brian2")
        if item.get_closest_marker("brian2"):
            for ignore in BRIAN2_IGNORES:
                item.add_marker(pytest.mark.filterwarnings(ignore))

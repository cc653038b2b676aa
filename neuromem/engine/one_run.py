"""`simulate`: one run of a network from start to end."""

from neuromem.engine.simulation import Simulation


def simulate(network, duration, *, seed=0, threads=1, dtype="float64", record="all", path=None):
    """Run a network from its initial state.

    Parameters
    ----------
    network : Network
    duration : float
        ms, a multiple of dt.
    seed, threads, dtype, record, path
        See `Simulation`.

    Returns
    -------
    Result
        `.spikes[population]` is a `Spikes` with `times` (ms; a spike in step k has time k * dt) and `ids`.

    Raises
    ------
    UsageError, DescriptionError, StoreError
    """
    simulation = Simulation(network, seed=seed, threads=threads, dtype=dtype, record=record, path=path)
    try:
        simulation.run(duration)
    except BaseException as error:
        simulation.recorder.close(error)
        raise
    simulation.recorder.close()
    return simulation.result()

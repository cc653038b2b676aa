"""Writes the files that sPyNNaker runs."""

import numpy as np

from neuromem.hardware.spinnaker import script
from neuromem.hardware.spinnaker.run import step_count, with_trains
from neuromem.network.inputs import SpikeSourcePoisson

POISSON_NOTE = (
    "{name}: exported as the spike trains that seed {seed} draws, so that what the chip does can be compared; "
    "SpikeSourcePoisson on the chip would draw others"
)


def write(folder, chip, result):
    """See `Target.write`."""
    chip = with_trains(chip, step_count(chip, result.duration))
    (folder / "run.py").write_text(script.script(chip, float(result.duration)), encoding="utf-8")
    (folder / "spynnaker.cfg").write_text(script.configuration(chip.dt), encoding="utf-8")
    with open(folder / "network.npz", "wb") as file:
        np.savez_compressed(file, **script.arrays(chip, result))
    return [
        POISSON_NOTE.format(name=name, seed=chip.seed)
        for name, population in chip.network.populations.items()
        if isinstance(population.neuron, SpikeSourcePoisson)
    ]

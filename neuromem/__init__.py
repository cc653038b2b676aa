"""neuromem: spiking associative memories, described once, run, stored and exported.

Names are imported when they are first used, so that ``import neuromem`` costs nothing.
"""

import importlib

_NAMES = {
    "neuromem.bridges": "compare from_brian2 to_standard_cells to_brian2",
    "neuromem.engine": "Recorder Result Simulation Spikes Status Trace footprint run_long simulate",
    "neuromem.errors": (
        "CapacityError DataError DescriptionError FitError NeuromemError NotSupportedError PatternError StoreError "
        "SweepError UsageError"
    ),
    "neuromem.memory": "AssociativeMemory Counts Recall WeightArray",
    "neuromem.network.cells": (
        "EIF_cond_exp_isfa_ista HH_cond_exp IF_cond_beta IF_cond_exp IF_cond_exp_nmda IF_curr_alpha Izhikevich"
    ),
    "neuromem.network.rules": (
        "MultiplicativePairSTDP NearestMultiplicativePairSTDP NearestPairSTDP NearestTripletSTDP PairSTDP RewardSTDP "
        "SynapseRule TripletSTDP TsodyksMarkramSynapse with_dopamine"
    ),
    "neuromem.network.astrocytes": "astrocyte_lr_1994 slow_inward_current tripartite",
    "neuromem.network.gliotransmission": "astrocyte_gchi covered_synapse gap_junction tripartite_synapse",
    "neuromem.network": (
        "AllButSelf AllToAll FixedInDegree FixedProbability FixedTotalNumber FromArrays IF_curr_delta IF_curr_exp "
        "IF_curr_exp_nmda NMDA_segment active_dendrites "
        "Network Neuron NeuronModel Normal OneShotHebb OneToOne PoissonInput Population Probe Projection "
        "SpikePairSTDP SpikeSourceArray SpikeSourcePoisson StepCurrent SynapseModel TimedArray load_network "
        "save_network"
    ),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}
_ROOMS = ("datasets", "engine", "errors", "experiments", "hardware", "io", "kernels", "memory", "models", "network")
_ROOMS += ("bridges", "codes", "encoders", "patterns", "plot", "report", "sweep", "theory")

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name):
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"neuromem.{name}")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("neuromem")
    else:
        raise AttributeError(f"module 'neuromem' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted([*__all__, *_ROOMS])

"""Installed as `neuromem.experiments`: one file is one published result, run by `neuromem run NAME`."""

if not __name__.startswith("neuromem."):
    raise ImportError(f"import neuromem.{__name__}, not {__name__}")

EXPERIMENTS = {
    "ca3-functional": "neuromem.experiments.ca3_functional",
    "ca3-stress": "neuromem.experiments.ca3_stress",
    "ca3-map": "neuromem.experiments.ca3_map",
    "ca3-digits": "neuromem.experiments.ca3_digits",
    "phase": "neuromem.experiments.phase",
    "transition": "neuromem.experiments.transition",
    "finite-size": "neuromem.experiments.finite_size",
    "hopfield-speed": "neuromem.experiments.hopfield_speed",
    "sequence-memory": "neuromem.experiments.sequence_memory",
    "anomaly": "neuromem.experiments.anomaly",
    "dendrite-accuracy": "neuromem.experiments.dendrite_accuracy",
    "sdr-similarity": "neuromem.experiments.sdr_similarity",
    "sparsey-mnist": "neuromem.experiments.sparsey_mnist",
    "sparsey-actions": "neuromem.experiments.sparsey_actions",
    "sparsey-capacity": "neuromem.experiments.sparsey_capacity",
    "sparsey-time": "neuromem.experiments.sparsey_time",
    "hlop-pmnist": "neuromem.experiments.hlop_pmnist",
    "hlop-split-fashion": "neuromem.experiments.hlop_split_fashion",
    "hlop-split-cifar": "neuromem.experiments.hlop_split_cifar",
    "forgetting-compare": "neuromem.experiments.forgetting_compare",
    "hlop-subspace": "neuromem.experiments.hlop_subspace",
    "astrocyte-li-rinzel": "neuromem.experiments.astrocyte_li_rinzel",
    "astrocyte-gliotransmission": "neuromem.experiments.astrocyte_gliotransmission",
    "astrocyte-network": "neuromem.experiments.astrocyte_network",
    "astrocyte-working-memory": "neuromem.experiments.astrocyte_working_memory",
    "recall-under-drift": "neuromem.experiments.recall_under_drift",
    "recall-under-faults": "neuromem.experiments.recall_under_faults",
    "recall-energy": "neuromem.experiments.recall_energy",
    "lsm-device-random": "neuromem.experiments.lsm_device_random",
    "lsm-zero-shot": "neuromem.experiments.lsm_zero_shot",
    "lmu-delay": "neuromem.experiments.lmu_delay",
    "elm-fit": "neuromem.experiments.elm_fit",
}

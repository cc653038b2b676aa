"""The memories that `contract` asks, and how to compare what they hold and recall."""

import numpy as np

from neuromem.models import (
    CA3Memory,
    DendriticMemory,
    DenseHebbian,
    GlialParameters,
    GlialWorkingMemory,
    Hopfield,
    ModernHopfield,
    MultitaskingHopfield,
    SparseHopfield,
    Sparsey,
    Willshaw,
)

N, PLACES = 24, 6
# A pattern of the contract is a row of four units; astrocytes keep their calcium to themselves, so that rows differ.
GLIA = GlialParameters(synapses=25, reach=2.0, together=5, calcium_flux=0.0, ip3_flux=0.0)

# One line per kind of memory: an empty one for patterns of N bits, with PLACES places if it counts them.
FACTORIES = {
    "CA3Memory any": lambda: CA3Memory(PLACES, N, rule="any"),
    "CA3Memory best": lambda: CA3Memory(PLACES, N, rule="best"),
    "DendriticMemory": lambda: DendriticMemory(N, PLACES),
    "Hopfield": lambda: Hopfield(N, P=4, capacity=PLACES, reach=0.2),  # P = 2 would confuse patterns so much alike
    "Hopfield sync": lambda: Hopfield(N, P=4, capacity=PLACES, dynamics="sync"),
    "ModernHopfield": lambda: ModernHopfield(N, PLACES),
    "DenseHebbian": lambda: DenseHebbian(N, P=4, capacity=PLACES, M=41, r=0.8, reach=0.2),
    "DenseHebbian unsupervised": lambda: DenseHebbian(
        N, P=4, capacity=PLACES, M=15, r=0.9, supervised=False, reach=0.2
    ),
    "MultitaskingHopfield": lambda: MultitaskingHopfield(N, P=4, capacity=PLACES, reach=0.2),
    "SparseHopfield": lambda: SparseHopfield(N, f=4 / N, capacity=PLACES),
    "Willshaw": lambda: Willshaw(N, PLACES),
    "Willshaw largest": lambda: Willshaw(N, PLACES, threshold="largest"),
    "GlialWorkingMemory": lambda: GlialWorkingMemory(N, PLACES, shape=(6, 4), patch=3, parameters=GLIA),
    "Sparsey": lambda: Sparsey(N, 16, 32, PLACES),
}


def snapshot(memory):
    """All a user can see of what is stored."""
    weights = {name: weight.values.copy() for name, weight in memory.weights().items()}
    return weights, memory.keys.copy(), memory.patterns.copy(), memory.counts


def same(a, b):
    weights = a[0].keys() == b[0].keys() and all(np.array_equal(a[0][name], b[0][name]) for name in a[0])
    return weights and np.array_equal(a[1], b[1]) and np.array_equal(a[2], b[2]) and a[3] == b[3]


def assert_same_recall(a, b):
    assert [keys.tolist() for keys in a.keys] == [keys.tolist() for keys in b.keys]
    for name in ("patterns", "converged", "steps", "spikes"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name

"""Theory of memories and of sparse codes: closed forms and saddle points. Needs NumPy and SciPy only.

Modules are imported when they are first used.

hopfield        pairwise and dense P-body memories: retrieval, spinodal, transition, glass, AT line, 1RSB
dataset         the same, learned from noisy examples, with and without a teacher
multitasking    diluted patterns, several retrieved at once
sparse          Tsodyks-Feigelman, Willshaw
exponential     exponentially many patterns
sdr             sparse distributed codes and dendritic segments: false matches and misses
sparsey         codes of a macrocolumn: how often a similar input gets the same units
normalisation   what a load and a temperature mean
"""

import importlib

__all__ = ["dataset", "exponential", "hopfield", "multitasking", "normalisation", "sdr", "sparse", "sparsey"]


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f"module 'neuromem.theory' has no attribute {name!r}")
    return importlib.import_module(f"neuromem.theory.{name}")


def __dir__():
    return list(__all__)

"""Theory of memories and of sparse codes: closed forms and saddle points. Needs NumPy and SciPy only.

hopfield        pairwise and dense P-body memories: retrieval, spinodal, transition, glass, AT line, 1RSB
dataset         the same, learned from noisy examples, with and without a teacher
multitasking    diluted patterns, several retrieved at once
sparse          Tsodyks-Feigelman, Willshaw
exponential     exponentially many patterns
sdr             sparse distributed codes and dendritic segments: false matches and misses
sparsey         codes of a macrocolumn: how often a similar input gets the same units
normalisation   what a load and a temperature mean
"""

from neuromem.theory import dataset, exponential, hopfield, multitasking, normalisation, sdr, sparse, sparsey

__all__ = ["dataset", "exponential", "hopfield", "multitasking", "normalisation", "sdr", "sparse", "sparsey"]

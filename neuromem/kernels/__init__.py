"""Compiled functions on arrays and scalars; they import numpy, numba and math only."""

"""How kernels are compiled: the one place that sets Numba's options.

`inner` kernels are called by other kernels only, so the wrappers that make a function callable from Python, most of the
compile time of a small one, are left out; `inlined` ones are so small, or have so many arguments, that a call would
cost more than they do. `spliced` ones are the parts of one long function: put into it before it is typed, they are not
compiled by themselves. `entry` kernels are called from Python. No kernel allocates, so none counts references. Floating
point is never relaxed: the same source gives the same bits.
"""

from numba import njit

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}

inner = njit(**_OPTIONS, no_cpython_wrapper=True)
entry = njit(**_OPTIONS)
inlined = njit(**_OPTIONS, no_cpython_wrapper=True, forceinline=True)
spliced = njit(**_OPTIONS, no_cpython_wrapper=True, inline="always")

"""Where the threads of a run meet: a barrier that spins for a moment, then yields, then sleeps.

A thread that waits for a busy core gives its own away instead of burning it.
"""

from numba.core import cgutils, types
from numba.extending import intrinsic

from neuromem.kernels.jit import inner

ARRIVED = 0
"""Place of the count of arrivals."""
SPINS, YIELDS, NAP = 2000, 100, 50
"""Looks before a thread yields its core, looks before it sleeps, and microseconds of sleep."""

_yield_core = types.ExternalFunction("sched_yield", types.int32())
_sleep = types.ExternalFunction("usleep", types.int32(types.uint32))


def _place(context, builder, array_type, array, index):
    """Pointer to one element of an array."""
    struct = context.make_array(array_type)(context, builder, array)
    return cgutils.gep_inbounds(builder, struct.data, index)


@intrinsic
def atomic_add(typing, array, index, value):
    """Add to an int64 element as one indivisible step; returns what it was before."""

    def generate(context, builder, signature, args):
        place = _place(context, builder, signature.args[0], args[0], args[1])
        return builder.atomic_rmw("add", place, args[2], "seq_cst")

    return types.int64(array, types.int64, types.int64), generate


@intrinsic
def atomic_load(typing, array, index):
    """Read an int64 element that another thread may be writing."""

    def generate(context, builder, signature, args):
        return builder.load_atomic(_place(context, builder, signature.args[0], args[0], args[1]), "seq_cst", 8)

    return types.int64(array, types.int64), generate


@inner
def meet(barrier, threads):
    """Return when all threads have come here; barrier: int64 (32,), zeros before the first meeting.

    The count of arrivals is never reset: meeting m is complete at m * threads arrivals.
    """
    arrived = atomic_add(barrier, ARRIVED, 1)
    goal = (arrived // threads + 1) * threads
    looks = 0
    while atomic_load(barrier, ARRIVED) < goal:
        looks += 1
        if looks > SPINS + YIELDS:
            _sleep(NAP)
        elif looks > SPINS:
            _yield_core()

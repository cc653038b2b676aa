"""Asks the memory for what will be read soon, so that it is in the cache by then; changes no result."""

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from neuromem.kernels.jit import inner

LINE = 64
"""Bytes that come together."""

LINES = 8
"""How many of a row are asked for; by then the processor has seen which way it goes."""


@intrinsic
def _prefetch(typing, array, index):
    """LLVM's prefetch of the cache line in which array[index] lies."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.PointerType(ir.IntType(8)), ir.IntType(32)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [place, number(0), number(3), number(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def _nothing(array, index):
    """What is done instead without the compiler."""


_ask = _nothing if config.DISABLE_JIT else _prefetch


@inner
def prefetch(array, low, high):
    """Ask for the first lines of elements low to high - 1."""
    step = LINE // array.itemsize
    for k in range(low, min(high, low + LINES * step), step):
        _ask(array, k)

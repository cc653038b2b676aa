"""Lets Numba look for BLAS without importing all of scipy.linalg, which takes longer than everything else at start-up.

When Numba loads its array functions, which every compilation needs, it imports `scipy.linalg.cython_blas` to learn
whether BLAS is there. Python would import the package scipy.linalg first, with all its modules; the extension needs
none of them. So Numba looks while a bare stand-in takes the package's place, and both are taken away again: a later
`import scipy.linalg` is the ordinary one.
"""

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def preload():
    """Load Numba's array functions, unless scipy.linalg is imported already or SciPy cannot be found."""
    name = "scipy.linalg"
    spec = find_spec("scipy")
    if name in sys.modules or spec is None or spec.origin is None:
        return
    package = ModuleType(name)
    package.__path__ = [str(Path(spec.origin).parent / "linalg")]
    sys.modules[name] = package
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        for module in (name, f"{name}.cython_blas"):
            sys.modules.pop(module, None)
        vars(sys.modules.get("scipy", package)).pop("linalg", None)

"""Keeps generated modules on disk, named by the hash of all that determines them, so that Numba's cache serves later
processes."""

import hashlib
import importlib.util
import os
import sys
import types
from functools import cache
from pathlib import Path

from neuromem.engine.codegen import source


def cache_folder():
    """Folder of generated modules and their compiled code; NEUROMEM_CACHE_DIR overrides the platform's cache folder."""
    chosen = os.environ.get("NEUROMEM_CACHE_DIR")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("neuromem")


@cache
def _kernel_digest():
    """Hash of the kernels' own source, because Numba's cache does not see a changed callee."""
    import numba

    import neuromem.kernels

    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted(Path(neuromem.kernels.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def load_loop(variants, models, features, dt):
    """Return the compiled-on-demand loop for these kinds of populations, synapse models and features."""
    text = source(variants, models, features, dt)
    name = "loop_" + hashlib.sha256((text + _kernel_digest()).encode()).hexdigest()[:20]
    return _load_module(name, text)


def _load_module(name, text):
    from neuromem.io import atomic_path

    qualified = f"neuromem_generated.{name}"
    if qualified in sys.modules:
        return sys.modules[qualified]
    path = cache_folder() / f"{name}.py"
    try:
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as temporary:
                temporary.write_text(text)
    except OSError:  # nowhere to write: compile in memory, anew in each process
        module = types.ModuleType(qualified)
        exec(compile(text.replace("cache=True, ", ""), name, "exec"), module.__dict__)
        return sys.modules.setdefault(qualified, module)
    spec = importlib.util.spec_from_file_location(qualified, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module  # before execution, or a second process cannot load the cached code
    spec.loader.exec_module(module)
    return module

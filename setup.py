"""Maps the top-level source folders into the one import package `neuromem`."""

from setuptools import find_packages, setup

FOLDERS = {
    "neuromem.models": "models",
    "neuromem.hardware": "hardware",
    "neuromem.experiments": "experiments",
    "neuromem.data": "data",
}

# Computed, not listed: a static list silently drops a new subpackage from the wheel.
packages = find_packages(include=["neuromem", "neuromem.*"])
for name, folder in FOLDERS.items():
    packages += [name, *(f"{name}.{sub}" for sub in find_packages(folder))]

setup(packages=packages, package_dir={"neuromem": "neuromem", **FOLDERS})

"""Resistive memory: devices with their noise, crossbars of them, and memories that live on them."""

from neuromem.hardware.resistive.crossbar import Crossbar
from neuromem.hardware.resistive.deploy import deploy
from neuromem.hardware.resistive.device import Device, ProgrammedDevices
from neuromem.hardware.resistive.faults import Spread, Stuck
from neuromem.hardware.resistive.forming import random_weights
from neuromem.hardware.resistive.presets import device, from_table, presets

__all__ = [
    "Crossbar",
    "Device",
    "ProgrammedDevices",
    "Spread",
    "Stuck",
    "deploy",
    "device",
    "from_table",
    "presets",
    "random_weights",
]

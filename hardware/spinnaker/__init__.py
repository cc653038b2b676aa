"""SpiNNaker 1: networks of IF_curr_exp as sPyNNaker runs them."""

from neuromem.hardware.spinnaker.single import emulate_if_curr_exp
from neuromem.hardware.spinnaker.target import SpiNNaker

__all__ = ["SpiNNaker", "emulate_if_curr_exp"]

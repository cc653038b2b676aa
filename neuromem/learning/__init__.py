"""Trainable spiking layers and their gradients, without an autograd framework.

from neuromem.learning import SGD, SpikingNetwork
network, descent = SpikingNetwork([784, 200, 10], gradient="bptt"), SGD(rate=0.1)
descent.step(network.weights, network.gradients(x, y).weights)
"""

from neuromem.learning.astro import AstroLIF, AstroNetwork
from neuromem.learning.dendritic import DendriticNetwork
from neuromem.learning.gradients import Gradients, Sides
from neuromem.learning.leaky import LeakyNetwork
from neuromem.learning.network import GRADIENTS, SpikingNetwork
from neuromem.learning.neurons import DSRLIF, LIF
from neuromem.learning.optimizers import SGD, Adam

__all__ = [
    "DSRLIF",
    "GRADIENTS",
    "LIF",
    "SGD",
    "Adam",
    "AstroLIF",
    "AstroNetwork",
    "DendriticNetwork",
    "Gradients",
    "LeakyNetwork",
    "Sides",
    "SpikingNetwork",
]

"""Neurons with active dendrites, as two populations: somas, and their distal segments, each a detector of its own.

A segment spikes once at the beginning of its plateau; a synapse of the receptor "dendritic" brings that to its soma,
where it is a current for the plateau's duration. So distal synapses are projections onto the segments, proximal ones
onto the somas, and everything that can be done with populations and projections can be done with both.
"""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import count, numbers
from neuromem.network.connectors import FromArrays
from neuromem.network.neurons import IF_curr_exp_nmda, NMDA_segment


def active_dendrites(network, name, size, segments, *, threshold, plateau=50.0, current=0.5, window=2.0, soma=None):
    """Add `size` neurons with `segments` distal segments each to a network.

    The populations are `name`, the somas, and `name` + "_segments"; segment j of neuron i is number i segments + j.

    Parameters
    ----------
    network : Network
    name : str
    size, segments : int
    threshold : int, or array of shape (size * segments,)
        Active synapses that start a plateau, where each has weight 1.
    plateau : float
        ms, a multiple of dt: how long it lasts; nothing else starts on the segment meanwhile.
    current : float
        nA into the soma during a plateau; plateaus that begin together add up, of others the largest counts.
    window : float
        ms, the time constant with which the count of active synapses fades.
    soma : dict, optional
        Parameters of `IF_curr_exp_nmda` other than the plateau.

    Returns
    -------
    (Population, Population)
        Somas and segments.

    Raises
    ------
    DescriptionError
        Nothing is added then.

    References
    ----------
    Hawkins and Ahmad, Front. Neural Circuits 10:23 (2016), section "Neuron model"; Major, Larkum and Schiller, Annu.
    Rev. Neurosci. 36:1 (2013), for the duration of plateaus.
    """
    size, segments = count(size, name, "size", least=1), count(segments, name, "segments", least=1)
    current = numbers(current, name, "current", unit="nA", low=0.0, scalar=True)
    if "plateau" in (soma or {}):
        raise DescriptionError(f"{name}.soma: give the plateau as an argument of its own")
    neuron = IF_curr_exp_nmda(**{**(soma or {}), "plateau": plateau})
    segment = NMDA_segment(threshold=threshold, tau=window, tau_refrac=plateau)
    label = f"{name}_segments"
    trial = network.copy()
    for target in (trial, network):  # the copy first, so that an error leaves the network as it was
        somas = target.population(name, size, neuron)
        detectors = target.population(label, size * segments, segment)
        owners = np.arange(size * segments)
        target.project(label, name, FromArrays(owners, owners // segments), weight=current, receptor="dendritic")
    return somas, detectors

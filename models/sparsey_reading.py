"""What the winners of codes know of the inputs of their mac: reading a code, and what must not be forgotten."""

import numpy as np

from neuromem.models.sparsey_mac import U, unpacked


def enough(share, agreement):
    """Whether a share of winners reaches `agreement`, rounding aside."""
    return share >= agreement - 1e-9


def known(mac, codes, which=U):
    """How many winners of each code, int (B, cms), have a synapse from each source; int64 (B, sources), 0 if idle."""
    bits, path, sources = mac.set_bits(which) if mac.permanence else None, mac.paths[which], mac.sources[which]
    out = np.zeros((len(codes), sources), np.int64)
    for b, code in enumerate(np.asarray(codes)):
        if code[0] >= 0:
            units = np.arange(mac.cms) * mac.units + code
            out[b] = (unpacked(path.weights[:, units].T, sources) if bits is None else bits[units]).sum(axis=0)
    return out


def read(mac, codes, agreement, which=U):
    """Sources that enough winners of codes int (B, cms) have synapses from: bool (B, sources)."""
    if mac.permanence or enough(1 - 1 / mac.cms, agreement):
        return enough(known(mac, codes, which) / mac.cms, agreement)
    out, path = np.zeros((len(codes), mac.sources[which]), bool), mac.paths[which]
    for b, code in enumerate(np.asarray(codes)):
        if code[0] >= 0:
            units = np.arange(mac.cms) * mac.units + code
            out[b] = unpacked(np.bitwise_and.reduce(path.weights[:, units], axis=1)[None], mac.sources[which])[0]
    return out


def needed(mac, codes):
    """The inputs that all winners of a code, int (B, cms), have a synapse from whose critical period is not over.

    These have learned every pattern of this code; all inputs if there are none. bool (B, inputs).
    """
    bits, open_ = mac.set_bits(U), mac.paths[U].frozen == 0
    out = np.ones((len(codes), mac.sources[U]), bool)
    for row, code in zip(out, codes):
        units = np.arange(mac.cms) * mac.units + code
        bits[units[open_[units]]].all(axis=0, out=row)
    return out

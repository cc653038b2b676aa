"""placeholder"""


def from_brian2(network=None, namespace=None):
    raise NotImplementedError

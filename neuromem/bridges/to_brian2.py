"""placeholder"""


def to_brian2(network):
    raise NotImplementedError

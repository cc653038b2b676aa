"""`attach`: a lateral circuit beside a linear layer of a PyTorch or snnTorch model."""

from neuromem.errors import UsageError


class Attached:
    """A circuit beside a layer, until `remove` is called; `learning` says whether it learns in training mode."""

    def __init__(self, circuit, layer):
        self.circuit, self.learning = circuit, True
        self._handles = [layer.register_forward_pre_hook(self._see), layer.weight.register_hook(self._project)]

    def remove(self):
        """Leave the layer as it was."""
        for handle in self._handles:
            handle.remove()

    def _see(self, layer, inputs):
        if layer.training and self.learning:
            x = inputs[0].detach()
            self.circuit.learn(x.reshape(-1, x.shape[-1]).cpu().numpy())

    def _project(self, gradient):
        return gradient.new_tensor(self.circuit.project(gradient.detach().cpu().numpy()))


def attach(circuit, layer):
    """Let a circuit learn from what a `torch.nn.Linear` is given, and project the gradients of its weights.

    In training mode each forward pass, in snnTorch each time step, is a batch for the circuit; `circuit.freeze()` ends
    a task. The rows of a weight gradient are sums of inputs, so projecting them is projecting the inputs. From the
    second task on, train nothing but weights: a bias, a threshold or a decay that changes is not protected.

    Parameters
    ----------
    circuit : HebbianProjection
        Linear, of as many inputs as the layer.
    layer : torch.nn.Linear

    Returns
    -------
    Attached

    Raises
    ------
    UsageError
    """
    shape = tuple(getattr(getattr(layer, "weight", None), "shape", ()))
    if len(shape) != 2 or shape[1] != circuit.n:
        raise UsageError(f"attach: a linear layer of {circuit.n} inputs is expected, got {layer!r}")
    if circuit.laterals != "linear":
        raise UsageError(
            f"attach: linear laterals are expected, got {circuit.laterals}, of which a sum is no sum of parts"
        )
    return Attached(circuit, layer)

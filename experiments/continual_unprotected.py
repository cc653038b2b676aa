"""The shape that all ways to learn one task after another have: begin a task, step by step, end it."""

from neuromem.learning import Sides


class Unprotected:
    """Gradient descent and nothing else.

    network : SpikingNetwork; optimizer : SGD or Adam; tasks : how many there will be; rng : its random numbers
    """

    def __init__(self, network, optimizer, tasks, rng):
        self.network, self.optimizer, self.tasks, self.rng = network, optimizer, tasks, rng

    def begin(self, number, task):
        """Before a task; the optimizer forgets what it gathered in the last one."""
        self.optimizer.reset()

    def sides(self, task):
        """What stands beside the network."""
        return Sides(allowed=task.allowed)

    def step(self, x, y, task):
        """Learn from a batch; returns its loss."""
        found = self.network.gradients(x, y, self.sides(task))
        self.optimizer.step(self.network.weights, found.weights)
        return found.loss

    def end(self, number, task):
        """After a task."""

    def predict(self, x, task):
        """Classes of test items."""
        return self.network.predict(x, task.allowed)

    def report(self):
        """Numbers to keep beside the accuracies."""
        return {}

"""What the experiments with tasks one after another have in common: their parameters, each named once."""

from dataclasses import dataclass

from neuromem.experiments.parameters import require


@dataclass(frozen=True)
class Learning:
    """What learns what, and how.

    seed      of the images, orders of pixels, weights and batches
    tasks     how many
    hidden, layers   neurons of each hidden layer, and how many of these
    epochs, batch    passes over each task's images, and images per step
    train, test      images of all classes; test = 0: 1,000 of the shipped digits, or all that there are
    folder    of a full set's files; empty: the shipped subset
    gradient  dsr, ottt or bptt; dendrites have dsr
    shares    of the dimensions that hlop and svd keep for the first task: of the input, of the layers above
    laterals  linear or spiking, of hlop; levels: spikes of a spiking lateral neuron at most
    rate, adam_rate  learning rates: of gradient descent, and of Adam, which dendrites use
    strength  of ewc
    per_class, decay  images that replay and rehearsal keep per task and class, and activations that rewiring keeps;
              rehearsal visits tasks ~ age^-decay
    winners, spread  with dendrites: share of neurons that fire, how nearly their gates begin open or shut
    density   with rewiring: share of the connections that are there
    """

    seed: int = 0
    tasks: int = 5
    hidden: int = 200
    layers: int = 2
    epochs: int = 10
    batch: int = 64
    train: int = 4000
    test: int = 0
    folder: str = ""
    gradient: str = "dsr"
    shares: tuple[float, ...] = (0.1, 0.25)
    laterals: str = "linear"
    levels: int = 40
    rate: float = 0.1
    adam_rate: float = 2e-3
    strength: float = 100.0
    per_class: int = 50
    decay: float = 1.0
    winners: float = 0.2
    spread: float = 20.0
    density: float = 0.4

    def __post_init__(self):
        from neuromem.learning import GRADIENTS

        for name in ("tasks", "hidden", "layers", "epochs", "batch", "train", "levels", "per_class"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, not {getattr(self, name)}")
        require(self.test >= 0, f"test must be 0 or more, not {self.test}")
        require(self.gradient in GRADIENTS, f"gradient is one of {', '.join(GRADIENTS)}, not {self.gradient!r}")
        require(self.laterals in ("linear", "spiking"), f"laterals are linear or spiking, not {self.laterals!r}")
        for name in ("rate", "adam_rate", "strength", "spread"):
            require(getattr(self, name) > 0, f"{name} must be above 0, not {getattr(self, name)}")
        require(len(self.shares) == 2 and all(0 < share < 1 for share in self.shares),
                f"shares are two numbers above 0 and below 1, not {self.shares}")  # fmt: skip
        require(self.decay >= 0, f"decay must be 0 or more, not {self.decay}")
        for name in ("winners", "density"):
            require(0 < getattr(self, name) <= 1, f"{name} must be above 0 and at most 1, not {getattr(self, name)}")


@dataclass(frozen=True)
class OneMethod(Learning):
    """As of `Learning`; method: none, hlop, svd (what Hebbian circuits could learn at best), ewc, replay, rehearsal,
    dendrites or rewiring."""

    method: str = "hlop"

    def __post_init__(self):
        super().__post_init__()
        check_method(self.method)


@dataclass(frozen=True)
class Split(OneMethod):
    """As of `OneMethod`; tasks: 5 or 2, of the ten classes; heads: own, the task is told, or shared; test = 0: all."""

    heads: str = "own"

    def __post_init__(self):
        super().__post_init__()
        check_split(self.tasks)
        require(self.heads in ("own", "shared"), f"heads are own or shared, not {self.heads!r}")


def check_method(method):
    """Refuse a method that there is not."""
    from neuromem.experiments.continual_methods import METHODS

    require(method in METHODS, f"method is one of {', '.join(METHODS)}, not {method!r}")


def check_split(tasks):
    """Refuse numbers of tasks that do not share out ten classes as hoped."""
    require(tasks in (2, 5), f"tasks must be 2 or 5, so that they have as many classes each, not {tasks}")

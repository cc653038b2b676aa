"""A liquid state machine whose random weights come from the forming of resistive devices, against Gaussian ones.

Digits are shown as spike trains to a fixed reservoir; readouts of its spike counts learn the classes. N-MNIST is taken
by the path of its folder, as published; without one, the shipped digits are shown as regular trains of their pixels.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"seeds": 1, "train": 600, "test": 200, "epochs": 3}
KINDS = ("gaussian", "device")


@dataclass(frozen=True)
class Parameters:
    """seeds: reservoirs of each kind; train, test: images, 0 all; device: a preset whose programming spreads.

    path: N-MNIST, the folder that holds Train and Test; then train and test count files per digit
    neurons, steps, rate, decay, gain, recurrent: of the reservoir and of what it is shown
    hidden, epochs: of the small network
    """

    seed: int = 0
    seeds: int = 5
    train: int = 0
    test: int = 0
    device: str = "random-forming"
    path: str = ""
    neurons: int = 200
    steps: int = 100
    rate: float = 1.0
    decay: float = 0.95
    gain: float = 0.05
    recurrent: float = 0.005
    hidden: int = 256
    epochs: int = 30

    def __post_init__(self):
        from neuromem.hardware.resistive import presets

        for name in ("seeds", "neurons", "steps", "hidden", "epochs"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, not {getattr(self, name)}")
        require(min(self.train, self.test) >= 0, "train and test must be 0 or more")
        require(0 < self.rate <= 1, f"rate must be above 0 and at most 1, not {self.rate}")
        require(self.device in presets(), f"device is one of {', '.join(presets())}, not {self.device!r}")


def run(parameters: Parameters, progress) -> dict:
    """linear and ann (kind, seed), accuracies on the test set; spikes (kind, seed), mean count; weights of a chip."""
    from neuromem.hardware.resistive import random_weights
    from neuromem.learning.readout import Ridge, SmallANN
    from neuromem.models import LiquidState

    p = parameters
    (train, y), (test, y_test) = shown(p)
    shapes = (train.inputs, p.neurons), (p.neurons, p.neurons)
    linear, ann, spikes = np.zeros((3, 2, p.seeds))
    for s in range(p.seeds):
        for k, kind in enumerate(KINDS):
            progress(2 * s + k, 2 * p.seeds, f"{kind}, seed {s}")
            seed, weights = p.seed + s, None
            if kind == "device":
                weights = [random_weights(p.device, shape, seed, number) for number, shape in enumerate(shapes)]
            reservoir = LiquidState(train.inputs, p.neurons, decay=p.decay, gain=p.gain, recurrent=p.recurrent,
                                    seed=seed, weights=weights)  # fmt: skip
            x, x_test = reservoir.run(train), reservoir.run(test)
            linear[k, s] = Ridge().fit(x, y).accuracy(x_test, y_test)
            ann[k, s] = SmallANN(hidden=p.hidden, epochs=p.epochs, seed=seed).fit(x, y).accuracy(x_test, y_test)
            spikes[k, s] = x.mean()
    drawn = random_weights(p.device, shapes[0], p.seed)
    return {"linear": linear, "ann": ann, "spikes": spikes, "weights": drawn, "tested": len(y_test),
            "shown": "N-MNIST" if p.path else "shipped digits"}  # fmt: skip


def shown(p):
    """((Trains, classes) of training, and of testing)."""
    from pathlib import Path

    from neuromem import datasets, events
    from neuromem.events import sets

    if p.path:
        parts = [sets.nmnist(Path(p.path) / part, n or None) for part, n in (("Train", p.train), ("Test", p.test))]
        return [(part.trains(p.steps, 300_000), part.y) for part in parts]
    images, rng = datasets.digits(), np.random.default_rng(p.seed)
    both = []
    for x, y, n in ((images.x_train, images.y_train, p.train), (images.x_test, images.y_test, p.test)):
        rows = np.sort(rng.permutation(len(y))[: n or len(y)])
        both.append((events.regular(events.shrunk(x[rows]), p.steps, p.rate), y[rows]))
    return both


def headline(tree: dict) -> dict:
    """Percent right, mean and standard deviation over seeds, of both readouts and kinds of weights."""
    numbers = {}
    for readout in ("linear", "ann"):
        for k, kind in enumerate(KINDS):
            values = 100 * np.asarray(tree[readout])[k]
            numbers[f"{readout}_{kind}"] = float(values.mean())
            numbers[f"{readout}_{kind}_sd"] = float(values.std(ddof=1)) if values.size > 1 else 0.0
        numbers[f"{readout}_difference"] = numbers[f"{readout}_device"] - numbers[f"{readout}_gaussian"]
    return {**numbers, "tested": int(tree["tested"])}


def plot(tree: dict) -> dict:
    """Accuracies of all seeds, and the distribution of the devices' weights."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    with draw.style():
        figure = new_figure(8.2, 3.6, layout="constrained")
        left, right = figure.subplots(1, 2)
        for r, readout in enumerate(("linear", "ann")):
            for k, kind in enumerate(KINDS):
                values = 100 * np.asarray(tree[readout])[k]
                place = r + 0.3 * (k - 0.5)
                left.plot(np.full(values.size, place), values, "os"[k], color=draw.PALETTE[k], alpha=0.6,
                          label=f"{kind} weights" if r == 0 else None)  # fmt: skip
                left.plot([place - 0.1, place + 0.1], [values.mean()] * 2, color=draw.PALETTE[k], lw=2)
        left.set_xticks([0, 1], ["ridge regression", "small network"])
        left.set(xlim=(-0.5, 1.5), ylabel="test digits right (%)", title=f"{tree['shown']}, {tree['tested']} tested")
        left.legend(loc="upper left")
        weights = np.asarray(tree["weights"]).ravel()
        right.hist(weights, 80, density=True, color=draw.PALETTE[1], alpha=0.5, label="pairs of formed devices")
        z = np.linspace(-4, 4, 200)
        right.plot(z, np.exp(-z * z / 2) / np.sqrt(2 * np.pi), color="black", lw=1, label="standard normal")
        right.set(xlabel="weight", ylabel="density", xlim=(-4, 4), ylim=(0, 0.56))
        right.legend(loc="upper center")
    return {"accuracy": figure}

"""Sets of images as tasks that come one after another: in ever new orders of pixels, or a few classes at a time."""

from dataclasses import dataclass

import numpy as np

from neuromem import datasets
from neuromem.errors import UsageError
from neuromem.experiments.parameters import require

SETS = {
    "pmnist": (datasets.digits, datasets.mnist, datasets.MNIST),
    "fashion": (datasets.fashion, datasets.fashion_mnist, datasets.FASHION_MNIST),
    "cifar": (None, datasets.cifar_10, datasets.CIFAR_10),
}
"""The shipped subset, if there is one; the full set by its folder; what is known of it."""

IMAGES = ("pmnist", "fashion-own", "fashion-shared", "cifar-own", "cifar-shared")
"""Orders of pixels; pairs of classes with heads of their own, or with one for all."""


@dataclass(frozen=True, eq=False)
class Task:
    """Images of a task, shared with others, and what is its own: which of them, their order of pixels, its classes.

    x_train, x_test float32 (N, n); y_train, y_test int; rows_train, rows_test the rows of them that belong to the task;
    order: int (n,), pixel k is order[k] of the image; allowed: bool (classes,) or None, the classes it chooses from.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    rows_train: np.ndarray
    rows_test: np.ndarray
    order: np.ndarray
    allowed: np.ndarray | None = None

    def train(self, rows):
        """(x, y) of some of its training items, numbered from 0."""
        rows = self.rows_train[rows]
        return self.x_train[rows][:, self.order], self.y_train[rows]

    def test(self, rows):
        """The same of its test items."""
        rows = self.rows_test[rows]
        return self.x_test[rows][:, self.order], self.y_test[rows]

    @property
    def items(self):
        """How many training items there are."""
        return len(self.rows_train)


def tasks_of(images, p, rng):
    """The tasks that `images`, one of IMAGES, and the parameters name."""
    require(images in IMAGES, f"images are one of {', '.join(IMAGES)}, not {images!r}")
    name, _, heads = images.partition("-")
    shipped, full, facts = SETS[name]
    if not p.folder and shipped is None:
        raise UsageError(f"{images} needs the folder of its files, folder=...; fetch them with: {facts.fetch}")
    found = full(p.folder) if p.folder else shipped()
    test = p.test or (1000 if name == "pmnist" and not p.folder else 0)
    data = drawn(found, facts, p.train, test, rng)
    return split(data, 10, p.tasks, heads) if heads else permuted(data, p.tasks, rng)


def drawn(images, facts, train, test, rng):
    """(x_train, y_train, x_test, y_test): so many of the images in random order, pixels with mean 0 and deviation 1."""
    for name, count, there in (("train", train, images.y_train), ("test", test, images.y_test)):
        require(count <= len(there), f"{name} must be at most {len(there)}, the images there are, not {count}; "
                "`folder` names that of a full set")  # fmt: skip
    rows = rng.permutation(len(images.y_train))[:train], rng.permutation(len(images.y_test))[: test or None]

    def scaled(x):
        x = (x / np.float32(255) - np.float32(facts.mean)) / np.float32(facts.std)  # of each colour, if there are any
        return x.reshape(len(x), -1).astype("f4", copy=False)

    return (
        scaled(images.x_train[rows[0]]),
        images.y_train[rows[0]],
        scaled(images.x_test[rows[1]]),
        images.y_test[rows[1]],
    )


def permuted(data, count, rng):
    """`count` tasks with the same images and classes; the pixels of all but the first are in an order of their own."""
    x, y, x_test, y_test = data
    orders = [np.arange(x.shape[1]), *[rng.permutation(x.shape[1]) for _ in range(count - 1)]]
    return [Task(x, y, x_test, y_test, np.arange(len(y)), np.arange(len(y_test)), order) for order in orders]


def split(data, classes, count, head):
    """`count` tasks of classes / count classes each: head "own", each chooses among its own classes (its name is told);
    "shared", all have the labels 0, 1, ..., and the task is not told."""
    x, y, x_test, y_test = data
    size, tasks = classes // count, []
    for k in range(count):
        rows, rows_test = (np.flatnonzero(labels // size == k) for labels in (y, y_test))
        allowed = None if head == "shared" else np.arange(classes) // size == k
        labels = (y % size, y_test % size) if head == "shared" else (y, y_test)
        tasks.append(Task(x, labels[0], x_test, labels[1], rows, rows_test, np.arange(x.shape[1]), allowed))
    return tasks

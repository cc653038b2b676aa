"""Tasks learned one after another by one network, and what is left of the earlier ones: the matrix and its measures."""

import time
from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.learning.threads import one_thread

TEST_BATCH = 500


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


def drawn(images, facts, train, test, rng):
    """(x_train, y_train, x_test, y_test): so many of the images in random order, pixels with mean 0 and deviation 1."""
    for name, count, there in (("train", train, images.y_train), ("test", test, images.y_test)):
        require(count <= len(there), f"{name} must be at most {len(there)}, the images there are, not {count}; "
                "`folder` names that of a full set")  # fmt: skip
    rows = rng.permutation(len(images.y_train))[:train], rng.permutation(len(images.y_test))[: test or None]

    def scaled(x):
        return ((x.reshape(len(x), -1) / np.float32(255) - np.float32(facts.mean)) / np.float32(facts.std)).astype("f4")

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


def accuracy(method, task):
    """Share of a task's test items that the method's network tells."""
    right = 0
    for start in range(0, len(task.rows_test), TEST_BATCH):
        x, y = task.test(np.arange(start, min(start + TEST_BATCH, len(task.rows_test))))
        right += int((method.predict(x, task) == y).sum())
    return right / len(task.rows_test)


def learn_in_turn(method, tasks, epochs, batch, rng, progress=lambda *a: None):
    """Learn the tasks one after another, each for `epochs` passes, and test after each.

    Returns {"accuracy_matrix": [i, j] of task j after learning task i, for j up to i + 1, NaN beyond; "untrained":
    accuracies before; "task_seconds": CPU seconds of learning each task; "loss": mean of each pass, (tasks, epochs)}.
    """
    with one_thread:
        return _in_turn(method, tasks, epochs, batch, rng, progress)


def _in_turn(method, tasks, epochs, batch, rng, progress):
    matrix = np.full((len(tasks), len(tasks)), np.nan)
    untrained = np.array([accuracy(method, task) for task in tasks])
    seconds, losses = [], []
    for i, task in enumerate(tasks):
        start, loss = time.process_time(), []
        method.begin(i, task)
        for epoch in range(epochs):
            progress(i * epochs + epoch, len(tasks) * epochs, f"task {i + 1}, pass {epoch + 1}")
            order, total = rng.permutation(task.items), 0.0
            for low in range(0, task.items, batch):
                rows = order[low : low + batch]
                total += method.step(*task.train(rows), task) * len(rows)
            loss.append(total / task.items)
        method.end(i, task)
        seconds.append(time.process_time() - start)
        losses.append(loss)
        for j in range(min(i + 2, len(tasks))):
            matrix[i, j] = accuracy(method, tasks[j])
    return {
        "accuracy_matrix": matrix,
        "untrained": untrained,
        "task_seconds": np.array(seconds),
        "loss": np.array(losses),
    }


def measures(matrix, untrained):
    """Percent: acc, the mean of the last row; bwt, the mean of A[last, i] - A[i, i]; fwt, of A[i - 1, i] - untrained.

    Both transfers are 0 for a single task. Lopez-Paz and Ranzato 2017.
    """
    A, n = np.asarray(matrix), len(matrix)
    later = np.arange(1, n)
    return {
        "acc": 100 * float(A[-1].mean()),
        "bwt": 100 * float((A[-1] - np.diag(A))[:-1].mean()) if n > 1 else 0.0,
        "fwt": 100 * float((A[later - 1, later] - np.asarray(untrained)[later]).mean()) if n > 1 else 0.0,
        "learned": 100 * float(np.diag(A).mean()),
    }

"""Tasks learned one after another by one network, and what is left of the earlier ones: the matrix and its measures."""

import time

import numpy as np

from neuromem.learning.threads import one_thread

TEST_BATCH = 500


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


def learned(p, images, method, progress):
    """Learn what `images` name (of `continual_tasks`) with a method and its parameters; what `headline` reads."""
    from neuromem.experiments.continual_methods import build
    from neuromem.experiments.continual_tasks import tasks_of

    rng = np.random.default_rng(p.seed)
    tasks = tasks_of(images, p, rng)
    one = build(method, p, tasks[0].x_train.shape[1], 10 if tasks[0].allowed is None else len(tasks[0].allowed), rng)
    found = learn_in_turn(one, tasks, p.epochs, p.batch, rng, progress)
    return {**found, "report": one.report(), "tested": len(tasks[0].rows_test), "method": method,
            "source": "the full set" if p.folder else "the shipped subset"}  # fmt: skip


def headline(tree: dict) -> dict:
    """Percent: acc, bwt, fwt, learned (after its own task); accuracy_matrix from 0 to 1; CPU seconds of learning."""
    report = {key: np.asarray(value).tolist() for key, value in tree["report"].items()}
    return {
        **measures(tree["accuracy_matrix"], tree["untrained"]), "accuracy_matrix": np.asarray(tree["accuracy_matrix"]),
        "cpu_seconds_learning": float(np.sum(tree["task_seconds"])), "tested_per_task": int(tree["tested"]), **report,
    }  # fmt: skip


def plot(tree: dict) -> dict:
    """The accuracy matrix, and the accuracy of each task as others are learned."""
    from neuromem.experiments.continual_figures import matrix_and_course

    return {"accuracy": matrix_and_course(tree, headline(tree))}

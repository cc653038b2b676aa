"""`Sweep`: where points are computed and kept, and the one way through which all of them go."""

import contextlib
import copy

from neuromem.errors import SweepError, UsageError
from neuromem.sweep.compute import compute
from neuromem.sweep.naming import Task, canonical, label
from neuromem.sweep.progress import Clock
from neuromem.sweep.store import Store, Writer


class Sweep:
    """Settings of a sweep, and `map`; see `neuromem.sweep.map` for what they mean.

    again  str, what to do to go on after a stop, as the end of a sentence
    """

    def __init__(
        self,
        path=None,
        *,
        workers=None,
        scheduler=None,
        progress=None,
        note=None,
        again="the same call goes on from there",
    ):
        if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
            raise UsageError(f"sweep: workers must be a whole number of at least 1, not {workers!r}")
        if scheduler is not None and (not isinstance(scheduler, str) or not scheduler):
            raise UsageError(f"sweep: scheduler must be an address such as tcp://host:8786, not {scheduler!r}")
        if workers is not None and scheduler is not None:
            raise UsageError("sweep: give workers or a scheduler, not both; a scheduler brings its own workers")
        self.path, self.workers, self.scheduler = path, workers, scheduler
        self._progress, self._note, self._again = progress, note, again
        self._kept = []

    def map(self, function, points):
        """Results of `function` for every point, in the order of the points; errors as `neuromem.sweep.map` says."""
        points = list(points)
        shared = self.scheduler is not None or (self.workers or 1) > 1
        task = Task.of(function) if shared or self.path is not None else None
        name = task.name.partition(":")[2] if task else getattr(function, "__qualname__", repr(function))
        texts = [canonical(point, f"point {i} of {name}, {label(point)}") for i, point in enumerate(points)]
        first = {}
        for i, text in enumerate(texts):
            first.setdefault(text, i)  # equal points are computed once
        store, results = None, {}
        if self.path is not None:
            store = Store(self.path, task)
            results = self._found(store, {task.key(text): text for text in first})
        todo = [i for text, i in first.items() if text not in results]
        clock = Clock(self._progress, len(first), len(results))
        clock.step(0)
        try:
            with Writer(store) as writer, self._computing(shared, function, task, points, todo, clock) as outcomes:
                for i, outcome in outcomes:
                    if outcome.failure is not None:
                        raise _Failed(i, outcome.failure)
                    writer.put(texts[i], outcome.result)
                    results[texts[i]] = outcome.result
                    clock.step()
        except _Failed as stop:
            place = f"{name} failed at point {stop.index}, {label(points[stop.index])}"
            raise stop.failure.error(place, self._ending(len(results), len(first), "; ")) from stop.failure.cause
        except SweepError as error:
            raise SweepError(f"{error}{self._ending(len(results), len(first), '; ')}") from error.__cause__
        except KeyboardInterrupt:
            raise KeyboardInterrupt(self._ending(len(results), len(first), "interrupted; ")) from None
        return [results[text] if first[text] == i else copy.deepcopy(results[text]) for i, text in enumerate(texts)]

    def forget(self):
        """Remove the stored points of all that `map` has computed or found: their results are safe elsewhere."""
        for store, keys in self._kept:
            store.remove(keys)
        self._kept.clear()

    def _found(self, store, texts):
        """{canonical text: result} of what is stored; texts  {key: canonical text} of what is wanted."""
        self._kept.append((store, set(texts)))
        found, sentences = store.load(set(texts), {kept.folder for kept, _ in self._kept})
        for sentence in sentences:
            if self._note is not None:
                self._note(sentence)
            if self._progress is not None:
                self._progress(len(found), len(texts), sentence)
        return {texts[key]: result for key, result in found.items()}

    @contextlib.contextmanager
    def _computing(self, shared, function, task, points, todo, clock):
        """Yields an iterator of (index, Outcome) in the order in which points finish; todo  indices of points."""
        if not shared or not todo:
            yield _in_process(function, points, todo, clock)
            return
        if task.name.startswith("__main__:"):
            raise UsageError(
                f"{task.name} is part of the script itself, which workers cannot import; move it to a module of its own"
            )
        from neuromem.sweep import cluster, local

        wanted = [points[i] for i in todo]
        with contextlib.ExitStack() as stack:
            ours = None
            if self.scheduler is None:
                count = min(self.workers, len(todo))
                clock.say(f"starting {count} workers")
                ours = stack.enter_context(local.LocalWorkers(count, task.name.partition(":")[0]))
            client = stack.enter_context(cluster.connected(self.scheduler or ours.address, ours is not None))
            clock.begin()
            outcomes = cluster.Batches(client, task, wanted, ours, clock.say).outcomes()
            stack.enter_context(contextlib.closing(outcomes))
            yield ((todo[i], outcome) for i, outcome in outcomes)

    def _ending(self, done, total, before):
        """What is stored and how to go on; empty when nothing is."""
        if self.path is None or not done:
            return ""
        return f"{before}{done} of {total} points are stored in {self.path}: {self._again}"


def _in_process(function, points, todo, clock):
    for i in todo:
        with clock.listening():
            outcome = compute(function, points[i])
        yield i, outcome


class _Failed(Exception):
    """A point without a result: its index and the Failure."""

    def __init__(self, index, failure):
        super().__init__(index)
        self.index, self.failure = index, failure

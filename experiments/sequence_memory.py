"""High-order sequences among random elements: what is predicted, after a change, and after cells have died.

The test of Hawkins and Ahmad, Front. Neural Circuits 10:23 (2016), section "Simulation results": five sequences of six
elements, XABCDE, YCBEAF, GHIJKL, WABCMN and ZDBCAE, come in random order, each followed by four random elements that
never come again. Five elements in ten can be predicted, if the first one is kept in mind: 50 % is the ceiling. From
element `switch` on, the first elements announce others. As there, an element's accuracy is the share of the predicted
columns that come, 0 where none was predicted; as in the scripts of that paper, only segments of bursting columns grow.

What the death of cells can do is chance: in the columns whose right cell died all others fire, and those that belong to
another context are as many as Binomial(active, dead (1 - dead)), 4 % of the time 15 or more of 40 with 40 % dead. Then
what follows in that context is predicted too, until the cells that take over have learned.
"""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep, tell

SEQUENCES = ("XABCDE", "YCBEAF", "GHIJKL", "WABCMN", "ZDBCAE")
SWITCHED = ("XCBEAF", "YABCDE", "GABCMN", "WHIJKL", "ZDHICF")
LETTERS = sorted(set("".join(SEQUENCES)))
MEASURED = ("predicted", "came", "anomaly")
"""Columns predicted; those of them that came; the anomaly score."""
WINDOW = 100
"""Elements over which accuracy is averaged, as in the paper."""
QUICK: dict = {"seeds": 2, "elements": 1500, "switch": 1200, "death": 1000, "dead": (0.4,)}


@dataclass(frozen=True)
class Parameters:
    """The stream and the memory, with the paper's values where it gives them.

    seed      of the elements, their order and the memory; of the first repetition
    seeds     repetitions, each with its own seed
    elements  of the stream; switch  the element at which sequences change; death  the one at which cells die
    noise     random elements after each sequence
    columns, cells, active, threshold  of the memory; one with a single cell per column, first order, is run beside it
    grow      whether segments that predicted correctly grow synapses too
    dead      fractions of cells that die, one run for each; these runs keep their sequences
    """

    seed: int = 0
    seeds: int = 5
    elements: int = 6000
    switch: int = 3000
    death: int = 3000
    noise: int = 4
    columns: int = 2048
    cells: int = 32
    active: int = 40
    threshold: int = 15
    grow: bool = False
    dead: tuple[float, ...] = (0.4, 0.5, 0.6, 0.75)

    def __post_init__(self):
        require(1 <= self.seeds <= 1000, f"seeds must be 1 to 1000, not {self.seeds}")
        require(WINDOW <= self.elements <= 10**6, f"elements must be {WINDOW} to 10**6, not {self.elements}")
        require(self.switch > 0, f"switch must be 1 or more, not {self.switch}")
        require(self.death > 0, f"death must be 1 or more, not {self.death}")
        require(0 <= self.noise <= 100, f"noise must be 0 to 100 elements, not {self.noise}")
        require(1 <= self.cells <= 255, f"cells must be 1 to 255, not {self.cells}")
        require(20 <= self.active <= self.columns // 4, f"active must be 20 to {self.columns // 4}, not {self.active}")
        require(1 <= self.threshold <= self.active, f"threshold must be 1 to {self.active}, not {self.threshold}")
        require(self.columns <= 1 << 16, f"columns must be at most {1 << 16}, not {self.columns}")
        require(all(0 < f < 1 for f in self.dead), f"dead must lie between 0 and 1, not {self.dead}")


@dataclass(frozen=True)
class Run:
    """One memory over the stream: cells per column, whether the sequences change, and the fraction that dies."""

    parameters: Parameters
    name: str
    cells: int
    switches: bool = False
    dead: float = 0.0


def runs(parameters: Parameters) -> list[Run]:
    """High order and first order with a change of sequences, high order without a change, and one run for each loss."""
    made = [
        Run(parameters, "high order", parameters.cells, switches=True),
        Run(parameters, "first order", 1, switches=True),
        Run(parameters, "unharmed", parameters.cells),
    ]
    return made + [Run(parameters, f"{f:.0%} dead", parameters.cells, dead=f) for f in parameters.dead]


def stream(parameters: Parameters, switches: bool) -> tuple[np.ndarray, np.ndarray]:
    """Element numbers, int64, letters first, then random elements, each once; and which of them can be predicted."""
    rng = np.random.default_rng(parameters.seed)
    numbers, known, fresh = [], [], len(LETTERS)
    while len(numbers) < parameters.elements:
        choice = int(rng.integers(len(SEQUENCES)))
        text = (SWITCHED if switches and len(numbers) >= parameters.switch else SEQUENCES)[choice]
        numbers += [LETTERS.index(letter) for letter in text]
        known += [False] + [True] * (len(text) - 1) + [False] * parameters.noise
        numbers += range(fresh, fresh + parameters.noise)
        fresh += parameters.noise
    return np.array(numbers[: parameters.elements]), np.array(known[: parameters.elements])


def play(run: Run) -> dict:
    """Feed the stream; MEASURED per element, which ones can be predicted, and how much was learned."""
    from neuromem.codes import Codes
    from neuromem.models import TemporalMemory

    p = run.parameters
    numbers, known = stream(p, run.switches)
    codes = Codes.random(int(numbers.max()) + 1, p.columns, p.active, p.seed)
    memory = TemporalMemory(
        p.columns,
        run.cells,
        activation_threshold=p.threshold,
        min_threshold=p.threshold,
        max_new_synapses=p.active,
        max_synapses=2 << (p.active - 1).bit_length(),
        max_segments=16 * p.columns,
        predicted_segment_decrement=0.01,
        grow_predicted=p.grow,
        seed=p.seed,
    )
    rows, found = codes.patterns, {name: np.zeros(len(numbers)) for name in MEASURED}
    for k, number in enumerate(numbers):
        if k % 500 == 0:
            tell(k, len(numbers), run.name)
        if run.dead and k == p.death:
            total = p.columns * run.cells
            rng = np.random.default_rng(p.seed + 1)
            memory.kill(rng.choice(total, round(run.dead * total), replace=False))
        expected, columns = memory.predicted_columns, np.flatnonzero(rows[number])
        found["came"][k] = rows[number, expected].sum()
        found["predicted"][k], found["anomaly"][k] = expected.size, memory.step(columns).anomaly
    return {**found, "known": known, "segments": memory.segment_count, "synapses": memory.synapse_count}


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """All runs; arrays are (seed, run, element)."""
    seeds = [parameters.seed + k for k in range(parameters.seeds)]
    points = [runs(replace(parameters, seed=seed, seeds=1)) for seed in seeds]
    found = (sweep or Sweep(progress=progress)).map(play, sum(points, []))
    names = (*MEASURED, "known", "segments", "synapses")
    arrays = {name: np.array([one[name] for one in found]) for name in names}
    return {
        "runs": [point.name for point in points[0]],
        "seeds": seeds,
        "switch": parameters.switch,
        "death": parameters.death,
        **{name: array.reshape(len(seeds), -1, *array.shape[1:]) for name, array in arrays.items()},
    }


def accuracy(tree: dict) -> np.ndarray:
    """Share of the predicted columns that came, 0 to 1: (seed, run, element)."""
    predicted, came = np.asarray(tree["predicted"]), np.asarray(tree["came"])
    return came / np.maximum(predicted, 1)


def average(hits: np.ndarray) -> np.ndarray:
    """Mean over the last WINDOW elements (fewer at the beginning), along the last axis."""
    total = np.cumsum(np.insert(hits.astype(float), 0, 0.0, axis=-1), axis=-1)
    first = np.maximum(np.arange(1, hits.shape[-1] + 1) - WINDOW, 0)
    return (total[..., 1:] - total[..., first]) / (np.arange(1, hits.shape[-1] + 1) - first)


def published_average(hits: np.ndarray) -> np.ndarray:
    """The curve of the paper's scripts: an exponential average that forgets 1 % per element, then a mean of 60."""
    decayed = 0.01 * hits.astype(float)
    for k in range(1, hits.shape[-1]):
        decayed[..., k] += 0.99 * decayed[..., k - 1]
    total = np.cumsum(np.insert(decayed, 0, 0.0, axis=-1), axis=-1)
    last = np.arange(1, hits.shape[-1] + 1)
    first = np.maximum(last - 60, 0)
    return (total[..., last] - total[..., first]) / (last - first)


def headline(tree: dict) -> dict:
    """Per run: accuracy just before the change (500 elements), just after it (200) and at the end (500), in %.

    Beside it the ceiling: the share of elements that can be predicted; the lowest point of the paper's curve from the
    change on; and the element after which 98 % of the ceiling is first held over 500 elements. For losses of cells, how
    far that lowest point is below the one of the unharmed memory. Means over seeds, with standard errors; the latest of
    the elements, -1 if it is never held.
    """
    hits, known = accuracy(tree), np.asarray(tree["known"])
    curves, names = 100 * published_average(hits), list(tree["runs"])
    numbers: dict = {"repetitions": len(hits)}

    def tell(name, values):
        numbers[name] = float(values.mean())
        numbers[f"{name}_error"] = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None

    for r, name in enumerate(names):
        change = int(tree["death" if "dead" in name else "switch"])
        label = name.replace(" ", "_").replace("%", "")
        spans = {
            "before": slice(max(0, change - 500), change),
            "after": slice(change, change + 200),
            "end": slice(-500, None),
        }
        for span, where in spans.items():
            if hits[:, r, where].size:
                tell(f"{label}_{span}", 100 * hits[:, r, where].mean(axis=1))
                numbers[f"{label}_{span}_ceiling"] = 100 * float(known[:, r, where].mean())
        if hits[:, r, change:].size:
            tell(f"{label}_lowest", curves[:, r, change:].min(axis=1))
            if "dead" in name:
                unharmed = curves[:, names.index("unharmed"), change:].min(axis=1)
                tell(f"{label}_loss", unharmed - curves[:, r, change:].min(axis=1))
        each = [reached(hits[k, r, :change], known[k, r, :change]) for k in range(len(hits))]
        numbers[f"{label}_reached"] = max(each) if min(each) >= 0 else -1
    return numbers


def reached(hits: np.ndarray, known: np.ndarray, span: int = 500) -> int:
    """First element after which `span` elements hold 98 % of their ceiling; -1 if none does."""
    hit, most = (np.cumsum(np.insert(x.astype(float), 0, 0.0)) for x in (hits, known))
    if hits.size < span:
        return -1
    good = hit[span:] - hit[:-span] >= 0.98 * (most[span:] - most[:-span])
    return int(np.argmax(good)) if good.any() else -1


def plot(tree: dict) -> dict:
    """The two panels of the paper's figure: learning and relearning, and the death of cells; bands are a deviation."""
    from neuromem import plot as draw
    from neuromem.plot import canvas

    with draw.style():
        figure = canvas.new_figure(10, 4.2, layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        curves, names = 100 * average(accuracy(tree)), list(tree["runs"])
        means, spread = curves.mean(axis=0), curves.std(axis=0)
        ceiling = 100 * float(np.asarray(tree["known"]).mean())
        panels = ((left, names[:2], "switch", "sequences change"), (right, names[2:], "death", "cells die"))
        for ax, shown, change, what in panels:
            ax.axhline(ceiling, color=canvas.MUTED, linewidth=1, linestyle=(0, (4, 3)))
            ax.axvline(int(tree[change]), color=canvas.RULE, linewidth=1.5, zorder=0)
            ax.annotate(what, (int(tree[change]), 1), xytext=(5, 0), textcoords="offset points", color=canvas.MUTED)
            for k, name in enumerate(shown):
                r, colour = names.index(name), draw.PALETTE[k % len(draw.PALETTE)]
                ax.plot(means[r], label=name, color=colour, linewidth=1.6)
                band = means[r] - spread[r], means[r] + spread[r]
                ax.fill_between(np.arange(means.shape[1]), *band, color=colour, alpha=0.2, linewidth=0)
            ax.set(xlabel="element of the stream", xlim=(0, means.shape[1]), ylim=(0, 1.25 * ceiling))
            ax.legend(loc="upper left", ncols=3, frameon=False)
        left.set_ylabel(f"predicted, % of the last {WINDOW} elements")
        left.annotate(
            "all that can be predicted", (means.shape[1], ceiling), xytext=(-4, 4), ha="right",
            textcoords="offset points", color=canvas.MUTED,
        )  # fmt: skip
        left.set_title("high-order sequences among random elements")
        right.set_title("death of cells")
    return {"accuracy": figure}

"""Real handwritten digits learned one-shot into a spiking CA3 memory and recalled from fragments.

Each seed draws its own digits and its own fragments. A recall counts when the recalled pattern equals the stored
original bit for bit. The same fragments go to two readers that hold the patterns as plain data: the cosine nearest
neighbour, and raw overlap (the most shared active units).
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from neuromem import datasets, patterns
from neuromem.experiments import ca3_digits_figures
from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep, tell

KINDS = {  # key -> (what a reader sees, fragments of patterns)
    "top_hidden": ("top half hidden", lambda p, shape, rng: patterns.hide(p, shape, "top")),
    "bottom_hidden": ("bottom half hidden", lambda p, shape, rng: patterns.hide(p, shape, "bottom")),
    "ink_50": ("50 % of the ink kept", lambda p, shape, rng: patterns.keep(p, 0.5, rng)),
    "ink_25": ("25 % of the ink kept", lambda p, shape, rng: patterns.keep(p, 0.25, rng)),
    "ink_10": ("10 % of the ink kept", lambda p, shape, rng: patterns.keep(p, 0.1, rng)),
    "ink_25_flip_5": (
        "25 % kept, 5 % of pixels flipped",
        lambda p, shape, rng: patterns.flip(patterns.keep(p, 0.25, rng), 0.05, rng),
    ),
}
INK = {0.5: "ink_50", 0.25: "ink_25", 0.1: "ink_10"}  # fractions that are also a kind: measured once, shown twice
READERS = ("memory", "cosine", "overlap")
EXAMPLES = 12
QUICK: dict = {"seeds": 2, "count": 20}


@dataclass(frozen=True)
class Parameters:
    """What to draw and how often.

    seed       of the first repetition; repetition i uses seed + i
    seeds      repetitions, each with its own digits and fragments
    count      digits stored in one memory
    rule       "best" (largest overlap / sqrt(stored size), completed) or "any" (published OR)
    threshold  pixels brighter than this fraction of full scale are ink
    fractions  of the ink kept, for the curve of recall quality against fragment size
    """

    seed: int = 0
    seeds: int = 10
    count: int = 100
    rule: str = "best"
    threshold: float = 0.5
    fractions: tuple[float, ...] = (0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0)

    def __post_init__(self):
        require(self.seed >= 0, f"seed must be 0 or more, not {self.seed}")
        require(1 <= self.seeds <= 1000, f"seeds must be 1 to 1000, not {self.seeds}")
        require(1 <= self.count <= 4000, f"count must be 1 to 4000 digits, not {self.count}")
        require(self.rule in ("any", "best"), f"rule must be any or best, not {self.rule!r}")
        require(0 < self.threshold < 1, f"threshold must lie between 0 and 1, not {self.threshold}")
        require(len(self.fractions) > 0, "fractions must name at least one fraction of the ink")
        require(all(0 < f <= 1 for f in self.fractions), f"fractions must lie in (0, 1], not {self.fractions}")


def draw(parameters: Parameters, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
    """`count` different binary digits drawn from the shipped set, bool (count, h*w), and the image shape."""
    images = datasets.digits().x_train
    some = images[rng.permutation(len(images))[: 2 * parameters.count]]
    binary = patterns.binarize(some, parameters.threshold)
    _, first = np.unique(binary, axis=0, return_index=True)
    require(len(first) >= parameters.count, f"threshold {parameters.threshold} leaves too few different digits")
    return binary[np.sort(first)[: parameters.count]], images.shape[1:]


def learn(parameters: Parameters, seed: int, stored: np.ndarray):
    """A new memory that holds the patterns, learned one by one."""
    from neuromem.models import CA3Memory

    memory = CA3Memory(len(stored), stored.shape[1], variant="paper", rule=parameters.rule, seed=seed)
    memory.store(stored)
    return memory


def remembered(tree: dict, settings: dict):
    """The memory of the first seed again, from the weights in the data."""
    from neuromem.models import CA3Memory

    count, n = int(tree["count"]), np.asarray(tree["originals"]).shape[1]
    blank = CA3Memory(count, n, variant="paper", rule=settings["rule"], seed=settings["seed"])
    return blank.with_weights(tree["weights"])


def read(memory, stored: np.ndarray, fragments: np.ndarray):
    """The memory's Recall and, per reader of READERS, which fragments gave their original exactly: bool (3, count)."""
    recall = memory.recall(fragments)
    guesses = patterns.cosine_nearest(fragments, stored), raw_overlap(fragments, stored)
    exact = [recall.patterns == stored, *(stored[guess] == stored for guess in guesses)]
    return recall, np.stack([hit.all(axis=1) for hit in exact])


def raw_overlap(fragments: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """Index of the stored pattern that shares most active units with each fragment; the first wins a tie."""
    return np.argmax(fragments.astype(np.float32) @ stored.astype(np.float32).T, axis=1)


@dataclass(frozen=True)
class Repetition:
    """One point of the sweep: the parameters of a single seed, and whether it supplies what the pictures show."""

    parameters: Parameters
    pictured: bool


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """Learn and recall for every seed; arrays are (reader, seed, kind) and (reader, seed, fraction)."""
    seeds = [parameters.seed + i for i in range(parameters.seeds)]
    points = [Repetition(replace(parameters, seed=seed, seeds=1), seed == parameters.seed) for seed in seeds]
    found = (sweep or Sweep(progress=progress)).map(repeat, points)
    return {
        "seeds": seeds,
        "readers": list(READERS),
        "kinds": list(KINDS),
        "labels": [label for label, _ in KINDS.values()],
        "count": parameters.count,
        "exact": np.stack([one["exact"] for one in found], axis=1),
        **{name: np.stack([one[name] for one in found]) for name in ("steps", "spikes", "converged")},
        "curve": {
            "fractions": np.array(parameters.fractions),
            "exact": np.stack([one["curve"] for one in found], axis=1),
        },
        **found[0]["pictures"],
    }


def repeat(point: Repetition) -> dict:
    """Learn and recall for one seed; arrays are (reader, kind), (kind) and (reader, fraction)."""
    parameters, kinds = point.parameters, list(KINDS)
    exact, curve = (np.zeros((len(READERS), n)) for n in (len(kinds), len(parameters.fractions)))
    steps, spikes, settled = np.zeros((3, len(kinds)))
    total, where = 1 + len(kinds) + len(parameters.fractions), f"seed {parameters.seed}"
    tell(0, total, f"{where}: learning {parameters.count} digits")
    rng = np.random.default_rng(parameters.seed)
    stored, shape = draw(parameters, rng)
    memory = learn(parameters, parameters.seed, stored)
    examples = []
    for k, kind in enumerate(kinds):
        tell(1 + k, total, f"{where}: {KINDS[kind][0]}")
        fragments = KINDS[kind][1](stored, shape, rng)
        recall, hits = read(memory, stored, fragments)
        exact[:, k] = hits.mean(axis=1)
        steps[k], spikes[k], settled[k] = (np.mean(x) for x in (recall.steps, recall.spikes, recall.converged))
        examples.append((fragments[:EXAMPLES], recall.patterns[:EXAMPLES]))
    for f, fraction in enumerate(parameters.fractions):
        if fraction in INK:
            curve[:, f] = exact[:, kinds.index(INK[fraction])]
            continue
        tell(1 + len(kinds) + f, total, f"{where}: {fraction:.0%} of the ink")
        curve[:, f] = read(memory, stored, patterns.keep(stored, fraction, rng))[1].mean(axis=1)
    pictures = _examples(memory, stored, shape, examples) if point.pictured else {}
    numbers = {"exact": exact, "steps": steps, "spikes": spikes, "converged": settled, "curve": curve}
    return {**numbers, "pictures": pictures}


def _examples(memory, stored: np.ndarray, shape: tuple[int, int], examples: list) -> dict:
    """What the pictures show: digits per kind of fragment, and the spikes of one learn and one recall; the weights."""
    from neuromem.models import CA3Memory

    fresh = CA3Memory(memory.cues, memory.n, variant="paper", rule=memory.rule)
    learned = fresh.record_learn(0, stored[0])
    return {
        "shape": list(shape),
        "originals": stored[:EXAMPLES],
        "fragments": np.stack([fragment for fragment, _ in examples]),
        "recalled": np.stack([recalled for _, recalled in examples]),
        "sizes": {name: int(p.size) for name, p in memory.to_network().populations.items()},
        "spikes_learn": learned,
        "spikes_recall": memory.record_recall(examples[list(KINDS).index("ink_25")][0][0]),
        "weights": {name: weight.values for name, weight in memory.weights().items()},
        "synapses": asdict(memory.counts),
    }


def table(tree: dict) -> list[dict]:
    """One row per kind of fragment: fraction recalled exactly and its standard error, per reader; steps and spikes."""
    exact, steps, spikes = (np.asarray(tree[name]) for name in ("exact", "steps", "spikes"))
    recalls = exact.shape[1] * int(tree["count"])
    rows = []
    for k, label in enumerate(tree["labels"]):
        row = {"fragment": label, "recalls": recalls}
        for r, reader in enumerate(tree["readers"]):
            row[reader] = float(exact[r, :, k].mean())
            row[f"{reader}_exact"] = round(row[reader] * recalls)
            row[f"{reader}_error"] = standard_error(exact[r, :, k], int(tree["count"]))
        rows.append({**row, "steps": float(steps[:, k].mean()), "spikes": float(spikes[:, k].mean())})
    return rows


def standard_error(fractions: np.ndarray, count: int) -> float:
    """Of the mean over seeds; with a single seed, binomial over its `count` recalls."""
    if len(fractions) > 1:
        return float(np.std(fractions, ddof=1) / np.sqrt(len(fractions)))
    return float(np.sqrt(fractions[0] * (1 - fractions[0]) / count))


def headline(tree: dict) -> dict:
    """exact_KIND and exact_KIND_error of the memory, cosine_KIND and overlap_KIND beside it, steps and spikes."""
    numbers: dict = {"patterns": int(tree["count"]), "recalls_per_kind": table(tree)[0]["recalls"]}
    for kind, row in zip(tree["kinds"], table(tree), strict=True):
        numbers[f"exact_{kind}"], numbers[f"exact_{kind}_error"] = row["memory"], row["memory_error"]
        numbers[f"cosine_{kind}"], numbers[f"overlap_{kind}"] = row["cosine"], row["overlap"]
    numbers["steps_per_recall"] = float(np.mean(tree["steps"]))
    numbers["spikes_per_recall"] = float(np.mean(tree["spikes"]))
    numbers["converged"] = float(np.mean(tree["converged"]))
    return {**numbers, "learned_synapses": int(tree["synapses"]["existing"])}


plot = ca3_digits_figures.plot

"""How reliably a dendritic segment recognises sparse codes: theory, chance drawn, sequence memories, spiking neurons.

The figures of Ahmad and Hawkins, "How do neurons operate on sparse distributed representations?" (arXiv:1601.00720), as
the authors' published scripts compute them: effect of n and s on false positives, noise, unions on the input and on
the segment, correlated inputs, the choice of the threshold, and noise, size and unions in a first-order sequence
memory.

Where these scripts are in error, this is what is right. Their plot of the effect of n draws the simulated lists of
a = 128, 256 and n/4 one place late (n + 200), and the comments call n/2 what the legend and the numbers say is n/4. The
notebook's "n = 2000, a = 40, s = 20, theta = 10" evaluates theta = 15; its "s = 16, theta = 8" is s = 64, theta = 12;
table 1C says n = 10,000, a = 300 for n = 100,000, a = 2000; "2 % sparsity" of n = 4000 uses a = 400. Formulas evaluated
without exact numbers lose all digits at 1e-21. The README's .1447 for theta = 4 is the union bound. The noise added to
sequences may bring back units that it has taken away. Formulas of unions put the mean size in the place of the size.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments import dendrite_figures, dendrite_points
from neuromem.experiments.dendrite_points import Point
from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep
from neuromem.theory import sdr

QUICK: dict = {"codes": 300, "sequences": 10, "worlds": 3}


@dataclass(frozen=True)
class Parameters:
    """What is drawn.

    codes      for each point, and as many segments, all compared
    sequences  learned by the memories
    worlds     of correlated codes, for each kind of segment; with 2000 codes, 20 neurons in each see 500 codes each
    """

    seed: int = 0
    codes: int = 2000
    sequences: int = 100
    worlds: int = 16

    def __post_init__(self):
        require(10 <= self.codes <= 10**5, f"codes must be 10 to 10**5, not {self.codes}")
        require(1 <= self.sequences <= 10**4, f"sequences must be 1 to 10**4, not {self.sequences}")
        require(1 <= self.worlds <= 10**4, f"worlds must be 1 to 10**4, not {self.worlds}")


def points(parameters: Parameters) -> list[Point]:
    """Everything that is drawn at random."""
    p, made = parameters, []

    def add(panel, label, x, kind, **what):
        made.append(Point(panel, label, float(x), kind, p.seed * 1000 + len(made), p.codes, **what))

    for a in (64, 128, 256, None):
        for n in (300, 500, 700, 900, 1300, 1900, 4900):
            add("n", _label(a), n, "match", n=n, a=a or n // 4, s=24, theta=12)
    for a, n in SIZES:
        for s in (2, 4, 6, 8, 12, 16, 24):
            add("s", f"a = {a}, n = {n:,}", s, "match", n=n, a=a, s=s, theta=s // 2)
    for theta in (8, 12, 16):
        for lost in (26, 38, 51, 64, 77, 90):
            add("noise", f"threshold {theta}", lost / 128, "miss", n=256, a=128, s=30, theta=theta, lost=lost)
            if theta == 12:
                add("noise", "spiking", lost / 128, "spiking miss", n=256, a=128, s=30, theta=theta, lost=lost)
    for n in (1000, 4000, 8000):
        for m in (2, 5, 10, 20, 30, 40):
            add("input", f"n = {n:,}", m, "input", n=n, a=30, s=20, theta=10, patterns=m)
    for n in (1000, 10_000, 20_000):
        for m in (1, 2, 3, 5, 10, 15, 20):
            add("segment", f"n = {n:,}", m, "segment", n=n, a=200, s=25, theta=15, patterns=m)
    for theta in (3, 4, 5, 6):
        add("vectors", "500 patterns, n = 100, 7 active", theta, "vectors", n=100, a=7, s=7, theta=theta, patterns=500)
    for n in (300, 340, 400):
        add("n", "spiking", n, "spiking match", n=n, a=64, s=24, theta=12)
    for theta in (8, 12, 16):
        for lost in (4, 8, 12, 16, 20, 24, 28):
            what = {"n": 2048, "a": 40, "s": 20, "theta": theta, "lost": lost, "patterns": p.sequences // 5 or 1}
            add("memory noise", f"threshold {theta}", lost / 40, "memory noise", **what)
    for n in (300, 400, 500, 600, 700, 900):
        add("memory size", "64 active", n, "memory size", n=n, a=64, s=20, theta=10, patterns=p.sequences)
    for n in (2000, 4000):
        for m in (1, 5, 10, 20, 30, 40, 50):
            add("memory union", f"n = {n:,}", m, "memory union", n=n, a=40, s=20, theta=15, patterns=m)
    for a, n in CORRELATED:
        for k in range(p.worlds):  # every other with assemblies of one size, so that all correlations occur
            size = 0 if k % 2 else 2 + k // 2 % 8
            add(
                "correlation",
                f"a = {a}, n = {n:,}",
                0,
                "world",
                n=n,
                a=a,
                s=5 * a // 8,
                theta=5 * a // 16,
                patterns=size,
            )
    return made


SIZES = ((32, 2000), (32, 4000), (128, 4000), (256, 8000), (512, 16_000), (4000, 16_000))
CORRELATED = ((32, 2000), (32, 4000), (64, 4000))


def _label(a):
    return "n/4 active" if a is None else f"{a} active"


def curves(parameters: Parameters) -> dict:
    """The formulas: panel -> label -> (x, probability)."""
    n, s, m = np.arange(300, 20_000, 200), np.arange(2, 31, 2), np.arange(1, 51)
    v = np.arange(0, 129)
    found: dict = {
        "n": {_label(a): (n, sdr.false_positive(n, a or n // 4, 24, 12)) for a in (64, 128, 256, None)},
        "s": {f"a = {a}, n = {k:,}": (s, sdr.false_positive(k, a, s, s // 2)) for a, k in SIZES},
        "noise": {f"threshold {t}": (v / 128, sdr.false_negative(128, 30, t, v)) for t in (8, 12, 16)},
        "input": {f"n = {k:,}": (m, sdr.union_false_positive(k, 30, 20, 10, m)) for k in (1000, 4000, 8000)},
        "segment": {
            f"n = {k:,}": (m[:20], sdr.union_false_positive(k, 200, 25, 15, m[:20], of="segment"))
            for k in (1000, 10_000, 20_000)
        },
        "threshold": {"median of 210 segments": _medians()},
        "vectors": {
            "500 patterns, n = 100, 7 active": (
                np.arange(1, 8),
                sdr.neuron_false_positive(100, 7, 7, np.arange(1, 8), 500),
            )
        },
    }
    lost, n = np.arange(0, 41), np.arange(250, 1001, 10)
    found["memory noise"] = {
        f"threshold {t}": (lost / 40, 1.0 - sdr.false_negative(40, 20, t, lost)) for t in (8, 12, 16)
    }
    jaccard = sdr.sequence_overlap(n, 64, 20, 10, parameters.sequences, dendrite_points.LENGTH)
    found["memory size"] = {"64 active": (n, jaccard)}
    m = np.arange(0, 51)
    found["memory union"] = {f"n = {k:,}": (m, sdr.union_size(k, 40, m) / k) for k in (2000, 4000)}
    return found


def _medians() -> tuple[np.ndarray, np.ndarray]:
    """Median false positive over 5 sizes, 6 sparsities and 7 sizes of segments, at every threshold."""
    n = np.array([1000, 5000, 9000, 13_000, 17_000])[:, None, None]
    a = np.round(n * np.arange(0.005, 0.031, 0.005)[None, :, None]).astype(int)
    s, theta = np.arange(20, 51, 5)[None, None, :], np.arange(1, 21)
    return theta, np.array([np.median(sdr.false_positive(n, a, s, int(t))) for t in theta])


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """Draw all points; `curves` holds the formulas, `points` one entry for each point, in columns."""
    wanted = points(parameters)
    found = (sweep or Sweep(progress=progress)).map(dendrite_points.measure, wanted)
    columns = {name: [getattr(point, name) for point in wanted] for name in ("panel", "label", "kind")}
    columns |= {"theta": np.array([point.theta for point in wanted])}
    columns |= {name: np.array([one[name] for one in found]) for name in ("x", "hits", "trials", "expected", "spread")}
    lines = {
        panel: {label: {"x": np.asarray(x), "y": np.asarray(y)} for label, (x, y) in lines.items()}
        for panel, lines in curves(parameters).items()
    }
    return {"curves": lines, "points": columns}


def agreement(tree: dict) -> np.ndarray:
    """Probability of each point's count, or one further off, if the exact theory holds; 1 where nothing is claimed.

    Counts are binomial, but for unions whose sizes vary so much that the count does too: that is tested as normal, with
    both variances, and correlated codes, which meet the same segments, with the variance from neuron to neuron.
    Sequence memories are left out: their segments are not independent.
    """
    from scipy import stats

    drawn = tree["points"]
    chances = np.ones(len(drawn["kind"]))
    for k, kind in enumerate(drawn["kind"]):
        hits, trials, expected = (float(drawn[name][k]) for name in ("hits", "trials", "expected"))
        shared, own = float(drawn["spread"][k]) ** 2, expected * (1.0 - expected) / trials
        if kind == "world":
            chances[k] = (
                2.0 * stats.norm.sf(abs(hits / trials - expected) / np.sqrt(shared)) if shared > 0 else hits == 0
            )
        elif shared > 0.01 * own:
            chances[k] = 2.0 * stats.norm.sf(abs(hits / trials - expected) / np.sqrt(shared + own))
        elif not kind.startswith("memory"):
            chances[k] = stats.binomtest(int(hits), int(trials), expected).pvalue
    return chances


def headline(tree: dict) -> dict:
    """How many points were drawn, how far they are from the theory, and the same for the sequence memories."""
    drawn, chances = tree["points"], agreement(tree)
    kinds = np.array([kind.partition(" ")[0] for kind in drawn["kind"]])
    panels = np.array(drawn["panel"])
    off = np.abs(np.asarray(drawn["hits"]) / np.asarray(drawn["trials"]) - np.asarray(drawn["expected"]))
    numbers: dict = {"points": int((kinds != "memory").sum()), "spiking_points": int((kinds == "spiking").sum())}
    numbers["smallest_p"] = float(chances.min())
    numbers["smallest_p_times_points"] = min(1.0, float(chances.min()) * numbers["points"])
    numbers["share_below_5_percent"] = float((chances[kinds != "memory"] < 0.05).mean())
    if (kinds == "spiking").any():
        numbers["smallest_p_of_spiking"] = float(chances[kinds == "spiking"].min())
    for panel in dict.fromkeys(panels[kinds != "memory"].tolist()):
        here = (panels == panel) & (kinds != "memory")
        numbers[f"{panel}_points"] = int(here.sum())
        numbers[f"{panel}_smallest_p_times_points"] = min(1.0, float(chances[here].min()) * int(here.sum()))
    for panel in ("memory noise", "memory size", "memory union"):
        numbers[f"{panel.replace(' ', '_')}_largest_difference"] = float(off[panels == panel].max())
    return numbers


plot = dendrite_figures.plot

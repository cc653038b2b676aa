"""Similar inputs get overlapping codes: draws against one stored item, beside the exact binomial law.

One item is stored in a fresh macrocolumn; inputs that share 0 to all of its active bits get a code drawn as in
learning. The number of modules in which the codes agree is Binomial(Q, p), with p in closed form; a chi-square test at
every overlap says whether the draws of all seeds agree with it.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

TRANSFERS = ("2014", "alternate", "2010")
QUICK: dict = {"seeds": 60}


@dataclass(frozen=True)
class Parameters:
    """inputs, active: bits of an input; cms, units: of the mac; seeds: fresh macs; exponent: of U."""

    seed: int = 0
    seeds: int = 1000
    inputs: int = 144
    active: int = 12
    cms: int = 24
    units: int = 8
    exponent: float = 1.0

    def __post_init__(self):
        require(1 <= self.seeds <= 100_000, f"seeds must be 1 to 100000, not {self.seeds}")
        require(self.active >= 2 and self.inputs >= 2 * self.active, "inputs must be at least twice active, active 2")
        require(self.cms >= 1 and self.units >= 2, "cms must be at least 1 and units at least 2")
        require(self.exponent > 0, f"exponent must be above 0, not {self.exponent}")


def run(parameters: Parameters, progress) -> dict:
    """shared (transfer, seed, overlap): modules in which the draw agrees with the stored code."""
    from neuromem.models.sparsey_mac import Mac
    from neuromem.models.sparsey_rules import CodeSelection

    p = parameters
    bits = np.arange(p.inputs)
    tests = np.array([(bits >= p.active - k) & (bits < 2 * p.active - k) for k in range(p.active + 1)])
    shared = np.zeros((len(TRANSFERS), p.seeds, p.active + 1), np.int64)
    for t, transfer in enumerate(TRANSFERS):
        selection = CodeSelection(transfer, exponents=(p.exponent, 1, 1))
        for s in range(p.seeds):
            if s % 50 == 0:
                progress(t * p.seeds + s, len(TRANSFERS) * p.seeds, f"transfer {transfer}")
            mac = Mac(p.inputs, p.cms, p.units, selection=selection, seed=p.seed + s)
            code = mac.learn(mac.pixels(bits[None] < p.active)).winner
            for k in range(p.active + 1):  # a call each: one draw of a step, not of the next ones
                shared[t, s, k] = (mac.draw(mac.pixels(tests[k][None])).winner == code).sum()
    sizes = {"cms": p.cms, "units": p.units, "active": p.active, "exponent": p.exponent}
    return {"shared": shared, **sizes, "seeds": [p.seed + s for s in range(p.seeds)]}


def law(tree: dict) -> np.ndarray:
    """Probability that a module agrees, (transfer, overlap)."""
    from neuromem.theory.sparsey import reuse

    active, units, exponent = int(tree["active"]), int(tree["units"]), float(tree["exponent"])
    return np.array([[reuse(k / active, units, exponent, transfer=t) for k in range(active + 1)] for t in TRANSFERS])


def p_values(tree: dict) -> np.ndarray:
    """Chi-square of the counts against the binomial law, cells of fewer than 5 merged; (transfer, overlap)."""
    from scipy.stats import binom, chisquare

    shared, cms, out = np.asarray(tree["shared"]), int(tree["cms"]), []
    for t, row in enumerate(law(tree)):
        for k, p in enumerate(row):
            expected = shared.shape[1] * binom.pmf(np.arange(cms + 1), cms, p)
            counts = np.bincount(shared[t, :, k], minlength=cms + 1)
            cell = np.minimum(np.cumsum(expected) // 5, expected.sum() // 5 - 1).clip(0).astype(int)
            merged = np.array([np.bincount(cell, values) for values in (counts, expected)])
            merged = merged[:, merged[1] > 0]
            out.append(chisquare(*merged).pvalue if merged.shape[1] > 1 else 1.0)
    return np.array(out).reshape(len(TRANSFERS), -1)


def headline(tree: dict) -> dict:
    """Smallest p of the chi-square tests and their number; the largest difference of means from Q p, in modules."""
    p, mean = p_values(tree), np.asarray(tree["shared"]).mean(axis=1)
    return {
        "tests": int(p.size),
        "smallest_p": float(p.min()),
        "largest_difference_in_modules": float(np.abs(mean - int(tree["cms"]) * law(tree)).max()),
        "shared_by_equal_inputs": float(mean[0, -1]),
        "shared_by_unrelated_inputs": float(mean[0, 0]),
    }


def plot(tree: dict) -> dict:
    """Mean number of modules shared against overlap, with the central 95 % of the binomial law."""
    from scipy.stats import binom

    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    shared, cms, active = np.asarray(tree["shared"]), int(tree["cms"]), int(tree["active"])
    with draw.style():
        figure = new_figure(7.2, 4.4, layout="constrained")
        ax = figure.add_subplot()
        for t, (transfer, row) in enumerate(zip(TRANSFERS, law(tree))):
            x, colour = np.arange(active + 1), draw.PALETTE[t]
            ax.fill_between(x, *binom.interval(0.95, cms, row), color=colour, alpha=0.13, linewidth=0)
            ax.plot(x, cms * row, color=colour, linewidth=1.5)
            mean = shared[t].mean(axis=0)
            ax.plot(x, mean, "os^"[t], color=colour, markersize=5.5, label=f"transfer “{transfer}”", clip_on=False)
        ax.axhline(cms / int(tree["units"]), color=MUTED, linestyle=":", linewidth=1)
        ax.annotate("chance", (active, cms / int(tree["units"])), (0, 4), textcoords="offset points", ha="right")
        ax.set(xlim=(0, active), ylim=(0, cms), xlabel=f"active inputs shared with the stored item (of {active})")
        ax.set_ylabel(f"modules shared with its code (of {cms})")
        ax.set_title("Dots: measured. Lines and bands: exact mean and central 95 %", fontsize=10)
        ax.legend(loc="upper left")
    return {"similarity": figure}

"""Actions of people, told from silhouettes by two levels of macrocolumns that saw every clip of the others once.

The clips are synthetic unless `path` names Weizmann's classification_masks.mat. Each fold leaves out one subject. Cells
are on or off; each frame's winners, of both levels, vote for the classes that they have met, and the votes of a clip's
frames are added. One nearest neighbour by equal cells gets the same frames, and each votes too. Also measured: how
familiar known clips, the same in another order, and those of the subject left out are; and what is expected before each
frame of known clips (a cell is where more winners know it on than off), beside the guess that nothing moves.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep, tell

QUICK: dict = {"folds": 1, "frames": 6, "units": 40}
KINDS = ("known clips", "their frames in another order", "clips of a new subject")


@dataclass(frozen=True)
class Parameters:
    """What is seen by what.

    path            of the file of masks; empty: synthetic clips
    first, folds    subject left out first, and how many are left out in turn
    frames          of each clip
    rows, columns   cells of a frame
    grid, field     macs per side of the lower level, and share of a side that each sees
    cms, units      modules of a lower mac (the upper has four times as many), and units in each; units = 0: half
                    of the frames learned
    exponent        of U in the lower level; 2 in the upper
    noise           share of the cells of tested clips that are flipped
    """

    seed: int = 0
    path: str = ""
    first: int = 0
    folds: int = 9
    frames: int = 12
    rows: int = 24
    columns: int = 20
    grid: int = 3
    field: float = 0.5
    cms: int = 4
    units: int = 0
    exponent: float = 8.0
    noise: float = 0.0

    def __post_init__(self):
        require(1 <= self.folds <= 9, f"folds must be 1 to 9, not {self.folds}")
        require(self.first >= 0, f"first must be at least 0, not {self.first}")
        require(self.frames >= 2, f"frames must be at least 2, not {self.frames}")
        require(self.rows >= 4 and self.columns >= 4, "rows and columns must be at least 4")
        require(self.grid >= 1 and self.cms >= 1 and self.units >= 0, "grid and cms must be 1 or more, units 0 or more")
        require(0 < self.field <= 1, f"field must be above 0, at most 1, not {self.field}")
        require(0 <= self.noise <= 0.5, f"noise must be 0 to 0.5, not {self.noise}")


def model(parameters, classes, units, seed):
    """Macs with overlapping fields, and one above them whose codes last two frames; both levels are labelled."""
    from neuromem.models import CodeSelection, Level, SparseyHierarchy

    p, side = parameters, parameters.grid

    def selection(exponent):
        return CodeSelection(exponents=(exponent, 0.5, 0.5), recruit="fresh", back_off=(0.9, 0.9))

    field = (-int(-p.rows * p.field // 1), -int(-p.columns * p.field // 1))
    levels = [
        Level((side, side), field, p.cms, units, selection=selection(p.exponent), saturation=0.6),
        Level((1, 1), (side, side), 4 * p.cms, units, persistence=2, recurrent=False, selection=selection(2.0),
              saturation=0.5),
    ]  # fmt: skip
    return SparseyHierarchy(
        (p.rows, p.columns), levels, classes=classes, channels=2, voting=(0, 1), agreement=0.6, seed=seed
    )


def clips_of(parameters):
    """(subjects, actions, frames by (subject, action), what they are): bool (frames, rows, columns) each.

    Of the clips of an action that a subject did twice, the first.
    """
    from neuromem.experiments import silhouettes

    p = parameters
    clips, split = silhouettes.load(p.path) if p.path else silhouettes.synthetic(p.seed), {}
    for name in sorted(clips):
        subject, _, action = name.partition("_")
        action = action if action in silhouettes.ACTIONS else action.rstrip("0123456789")  # lena_run1, lena_run2
        split.setdefault((subject, action), clips[name])
    actions = [a for a in silhouettes.ACTIONS if any(a == action for _, action in split)]
    frames = {n: silhouettes.centred(c, p.rows, p.columns, p.frames) for n, c in split.items() if n[1] in actions}
    require(len(frames) >= 2, f"{p.path} holds no clips named subject_action of at least two subjects")
    kind = f"clips of {Path(p.path).name}" if p.path else "synthetic silhouettes"
    return sorted({subject for subject, _ in frames}), actions, frames, kind


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """One fold per subject."""
    subjects, actions, _, kind = clips_of(replace(parameters, frames=2))
    left = range(parameters.first, min(parameters.first + parameters.folds, len(subjects)))
    require(len(subjects) > 1 and len(left) > 0, f"first must be below the number of subjects, {len(subjects)}")
    found = (sweep or Sweep(progress=progress)).map(fold, [replace(parameters, first=i, folds=1) for i in left])
    names = ("confusion", "neighbour", "familiarity", "foretold", "unchanged", "seconds")
    first = {name: found[0][name] for name in ("clip", "predicted", "clip_name", "units")}
    return {
        **{name: np.array([one[name] for one in found]) for name in names},
        "actions": actions, "kind": kind, "subjects": [subjects[i] for i in left], "noise": parameters.noise, **first,
    }  # fmt: skip


def fold(parameters: Parameters) -> dict:
    """One subject left out."""
    import time

    p, rng = parameters, np.random.default_rng((parameters.seed, parameters.first))
    subjects, actions, frames, _ = clips_of(p)
    left = subjects[p.first]
    learned = [name for name in frames if name[0] != left]
    learned = [learned[i] for i in rng.permutation(len(learned))]
    tested = [name for name in sorted(frames) if name[0] == left]
    units = p.units or max(1, len(learned) * p.frames // 2)
    seen = {name: frames[name] ^ (rng.random(frames[name].shape) < p.noise) for name in tested}

    def classes(names):
        return np.array([actions.index(action) for _, action in names])

    tell(0, 3, f"without {left}: learning {len(learned)} clips")
    start = time.process_time()
    taught = model(p, len(actions), units, p.seed + p.first)
    taught.learn([cells(frames[name]) for name in learned], classes(learned))
    seconds = time.process_time() - start
    tell(1, 3, f"without {left}: testing {len(tested)} clips")
    confusion = np.zeros((len(actions), len(actions)), np.int64)
    np.add.at(confusion, (classes(tested), taught.classify([cells(seen[name]) for name in tested])), 1)
    tell(2, 3, f"without {left}: familiarity and prediction")
    known = learned[:: max(1, len(learned) // len(tested))][: len(tested)]
    kinds = [[frames[n] for n in known], [frames[n][rng.permutation(p.frames)] for n in known], list(seen.values())]
    support = np.array([taught.predict(cells(frames[name]))[:-1] for name in known])
    expected, came = support[..., 0] > support[..., 1], np.array([frames[name] for name in known])
    return {
        "confusion": confusion,
        "neighbour": nearest(frames, learned, seen, classes(learned), len(actions)) == classes(tested),
        "familiarity": np.array([np.mean([familiar(taught, clip) for clip in clips], axis=0) for clips in kinds]),
        "foretold": jaccard(expected, came[:, 1:]), "unchanged": jaccard(came[:, :-1], came[:, 1:]),
        "seconds": seconds, "units": units,
        "clip": came[0], "predicted": expected[0], "clip_name": "_".join(known[0]),
    }  # fmt: skip


def cells(frames):
    """On and off, bool (T, rows, columns, 2)."""
    return np.stack([frames, ~frames], axis=-1)


def familiar(taught, clip):
    """G of every frame, mean over the macs of each level; (levels, T)."""
    return np.array([G.mean(axis=1) for G in taught.recognise(cells(clip)).G])


def jaccard(a, b):
    """Active cells that are in both, as a share of those in either; the mean over clips."""
    both, either = (x.reshape(len(a), -1).sum(axis=1) for x in (a & b, a | b))
    return float((both / np.maximum(either, 1)).mean())


def nearest(frames, learned, seen, classes, count):
    """Class of each clip of `seen` by the votes of its frames' nearest neighbours among all that were learned."""
    signs = np.concatenate([2.0 * frames[name].reshape(len(frames[name]), -1) - 1 for name in learned])
    owner, answers = np.repeat(classes, [len(frames[name]) for name in learned]), []
    for clip in seen.values():
        found = owner[((2.0 * clip.reshape(len(clip), -1) - 1) @ signs.T).argmax(axis=1)]
        answers.append(np.bincount(found, minlength=count).argmax())
    return np.array(answers)


def headline(tree: dict) -> dict:
    """accuracy over clips of subjects left out, error over folds; familiarity of the upper level; next frames."""
    right = np.array([np.trace(one) / one.sum() for one in np.asarray(tree["confusion"])])
    G = np.asarray(tree["familiarity"]).mean(axis=(0, 3))
    error = float(right.std(ddof=1) / np.sqrt(len(right))) if len(right) > 1 else None
    clips = int(np.asarray(tree["confusion"]).sum())
    return {
        "data": tree["kind"],
        "accuracy": float(np.trace(np.asarray(tree["confusion"]).sum(axis=0)) / clips), "accuracy_error": error,
        "nearest_neighbour_accuracy": float(np.mean(np.concatenate(list(tree["neighbour"])))), "clips": clips,
        "next_frame_jaccard": float(np.mean(tree["foretold"])), "unchanged_jaccard": float(np.mean(tree["unchanged"])),
        **{f"familiarity_{name}": float(G[k, 1]) for k, name in enumerate(("known", "reordered", "new_subject"))},
        "units_per_module": int(tree["units"]), "seconds_training": float(np.mean(tree["seconds"])),
    }  # fmt: skip


def plot(tree: dict) -> dict:
    """Confusions and familiarity; a known clip above what was expected before each of its frames."""
    from neuromem.experiments.sparsey_actions_figures import figures

    return figures(tree, headline(tree))

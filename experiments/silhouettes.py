"""Silhouettes of people in action: the Weizmann file of masks, and a generator of synthetic ones in the same layout.

`classification_masks.mat` of L. Gorelick et al. (IEEE TPAMI 29:2247, 2007) holds a struct `aligned_masks`, whose fields
are named subject_action and are arrays (rows, columns, frames). It has to be fetched from its publishers; the synthetic
clips are stick figures, drawn by us, and nothing measured on them is a result on Weizmann's data.
"""

from pathlib import Path

import numpy as np

from neuromem.errors import DataError

ACTIONS = ("bend", "jack", "jump", "pjump", "run", "side", "skip", "walk", "wave1", "wave2")
SUBJECTS = ("daria", "denis", "eli", "ido", "ira", "lena", "lyova", "moshe", "shahar")
ROWS, COLUMNS = 48, 40


def synthetic(seed=0, frames=20):
    """90 synthetic clips, 9 stick figures by 10 actions: dict subject_action -> bool (rows, columns, frames)."""
    rng, clips = np.random.default_rng(seed), {}
    for subject in SUBJECTS:
        body = {"height": rng.uniform(0.86, 1.0), "girth": rng.uniform(1.5, 2.4), "speed": rng.uniform(0.85, 1.2)}
        for action in ACTIONS:
            start, swing = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.15)
            phases = start + 2 * np.pi * body["speed"] * np.arange(frames) / 10
            drawn = [figure(*pose(action, phase, swing), body["height"], body["girth"]) for phase in phases]
            clips[f"{subject}_{action}"] = np.stack(drawn, axis=-1)
    return clips


def pose(action, phase, swing):
    """Lean of the trunk, angles of arms and legs from straight down (radians), and lift (share of the height)."""
    s, up = np.sin(phase) * swing, (1 - np.cos(phase)) / 2 * swing
    still, hang = (0.1, -0.1), (0.12, -0.12)
    return {
        "bend": (1.4 * up, (1.2 * up, 1.1 * up), still, 0.0),
        "jack": (0.0, (0.3 + 2.5 * up, -0.3 - 2.5 * up), (0.08 + 0.5 * up, -0.08 - 0.5 * up), 0.04 * up),
        "jump": (0.25, (0.9 * s, 0.8 * s), (0.35 * s + 0.2, 0.3 * s + 0.1), 0.14 * up),
        "pjump": (0.0, hang, still, 0.14 * up),
        "run": (0.3, (1.1 * s, -1.1 * s), (-0.95 * s, 0.95 * s), 0.03 * up),
        "side": (0.0, hang, (0.08 + 0.6 * up, -0.08 - 0.6 * up), 0.02 * up),
        "skip": (0.15, (0.8 * s, -0.8 * s), (0.9 * max(s, 0.0), -0.15), 0.12 * up),
        "walk": (0.05, (0.45 * s, -0.45 * s), (-0.45 * s, 0.45 * s), 0.0),
        "wave1": (0.0, (2.3 + 0.5 * s, -0.12), still, 0.0),
        "wave2": (0.0, (2.3 + 0.5 * s, -2.3 - 0.5 * s), still, 0.0),
    }[action]


def figure(lean, arms, legs, lift, height, girth):
    """A head on limbs that are thick lines, bool (rows, columns)."""
    y, x = np.mgrid[:ROWS, :COLUMNS].astype(float)
    size = 42 * height
    hip = np.array([ROWS - 3 - 0.47 * size - lift * size, COLUMNS / 2])
    neck = hip + 0.33 * size * np.array([-np.cos(lean), np.sin(lean)])
    head = neck + 0.1 * size * np.array([-np.cos(lean), np.sin(lean)])
    lines = [(hip, neck, 1.5 * girth)]
    lines += [(neck, neck + 0.36 * size * np.array([np.cos(a), np.sin(a)]), 0.8 * girth) for a in arms]
    lines += [(hip, hip + 0.46 * size * np.array([np.cos(a), np.sin(a)]), girth) for a in legs]
    seen = (y - head[0]) ** 2 + (x - head[1]) ** 2 < (0.075 * size) ** 2
    for start, end, width in lines:
        along = end - start
        share = (((y - start[0]) * along[0] + (x - start[1]) * along[1]) / (along @ along)).clip(0, 1)
        seen |= (y - start[0] - share * along[0]) ** 2 + (x - start[1] - share * along[1]) ** 2 < width**2
    return seen


def load(path):
    """Clips of a file in Weizmann's layout: dict subject_action -> bool (rows, columns, frames).

    Raises DataError for a file that cannot be read or holds no such struct.
    """
    from scipy.io import loadmat

    try:
        content = loadmat(Path(path), simplify_cells=True)
    except Exception as error:  # SciPy raises whatever the damage leads to
        raise DataError(f"{path} cannot be read as a MATLAB file ({type(error).__name__}); fetch it again") from error
    masks = content.get("aligned_masks")
    if not isinstance(masks, dict) or not masks:
        raise DataError(f"{path} holds no struct aligned_masks; give Weizmann's classification_masks.mat")
    clips = {name: np.asarray(array) for name, array in masks.items()}
    for name, array in clips.items():
        if array.ndim != 3 or "_" not in name or 0 in array.shape:
            raise DataError(f"{path}: {name} is no clip (rows, columns, frames) named subject_action; fetch it again")
    return {name: array > 0 for name, array in clips.items()}


def save(path, clips):
    """Write clips in Weizmann's layout."""
    from scipy.io import savemat

    savemat(path, {"aligned_masks": {name: array.astype(np.uint8) for name, array in clips.items()}})


def centred(clip, rows, columns, frames):
    """A clip as frames of rows x columns cells: its box around the middle, a cell active where half of it is covered.

    bool (h, w, T) -> bool (frames, rows, columns); the first frames, repeated from the beginning if there are too few.
    """
    clip = clip[:, :, np.arange(frames) % clip.shape[2]]
    y, x = (np.flatnonzero(clip.any(axis=axes)) for axes in ((1, 2), (0, 2)))
    if y.size == 0:
        return np.zeros((frames, rows, columns), bool)
    side = max((y[-1] - y[0] + 1) / rows, (x[-1] - x[0] + 1) / columns)
    grid = []
    for low, high, cells, limit in ((y[0], y[-1], rows, len(clip)), (x[0], x[-1], columns, clip.shape[1])):
        edges = (low + high + 1) / 2 + side * (np.arange(4 * cells) - 2 * cells + 0.5) / 4
        grid.append((np.floor(edges).astype(int), limit))
    inside = [(index >= 0) & (index < limit) for index, limit in grid]
    found = clip[np.ix_(*(index.clip(0, limit - 1) for index, limit in grid))]
    found = found & inside[0][:, None, None] & inside[1][None, :, None]
    return found.reshape(rows, 4, columns, 4, frames).mean(axis=(1, 3)).transpose(2, 0, 1) >= 0.5

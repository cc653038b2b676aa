"""The raster of a published CA3 experiment: every population, the operations marked, the score above."""

from itertools import groupby

MOST_ALONE = 4  # operations of one kind in a row that are still named one by one
PLURAL = {"learn": "learn", "cue": "recall by cue", "content": "recall by content"}


def plot(tree: dict) -> dict:
    """{"raster": Figure} from what `ca3_protocol.play` returned."""
    from neuromem import plot as draw
    from neuromem.experiments.ca3_protocol import headline

    score = headline(tree)
    ax = draw.raster(tree["spikes"], sizes=sizes(tree), span=(-1, int(tree["steps"])), events=events(tree))
    with draw.style():
        ax.figure.suptitle(
            f"{score['operations_correct']} of {score['operations']} operations correct, "
            f"{score['mismatches']} output spikes wrong"
        )
    return {"raster": ax.figure}


def sizes(tree: dict) -> dict[str, int]:
    """Neurons per population, in the order of the spikes."""
    cues, content = int(tree["cues"]), int(tree["content"])
    known = {"In": cues + content, "Out": cues + content, "S2Int": 1}
    return {name: known.get(name) or (cues if name.endswith("Cue") else content) for name in tree["spikes"]}


def events(tree: dict) -> list[tuple[float, str]]:
    """(time in ms, text) per operation; long runs of one kind share a mark, wrong ones are always named."""
    operations = tree["operations"]
    rows = list(zip(operations["kind"], operations["at"], operations["text"], operations["mismatches"], strict=True))
    marks = []
    for kind, group in groupby(rows, key=lambda row: row[0]):
        group = list(group)
        wrong = [(float(at), f"wrong: {text}") for _, at, text, count in group if count]
        if len(group) > MOST_ALONE:
            marks.append((float(group[0][1]), f"{PLURAL[kind]}, {len(group)} times"))
            marks += wrong if len(wrong) <= MOST_ALONE else [(wrong[0][0], f"{len(wrong)} wrong from here")]
        else:
            marks += [(float(at), ("wrong: " if count else "") + text) for _, at, text, count in group]
    return marks

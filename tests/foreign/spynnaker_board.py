"""Runs in sPyNNaker's environment: maps an export on the virtual board and prints what sPyNNaker made of it, as JSON.

    python spynnaker_board.py FOLDER [own]

With "own" the fixed ring buffer shifts are left out of run.py, so that sPyNNaker's own rule chooses them.
"""

import contextlib
import json
import re
import sqlite3
import struct
import sys
from pathlib import Path

folder = Path(sys.argv[1]).resolve()
source = (folder / "run.py").read_text()
if sys.argv[2:] == ["own"]:
    source, found = re.subn(r"max_expected_summed_weight=\[[^\]]*\]", "max_expected_summed_weight=None", source)
    assert found, "run.py fixes no shifts"
answer = {"shifts": {}, "get": {}, "regions": {}}  # regions: the words that would be loaded
with contextlib.redirect_stdout(sys.stderr):
    space = {"__name__": "run", "__file__": str(folder / "run.py")}
    exec(compile(source, "run.py", "exec"), space)
    space["sim"].run(space["DURATION"])
    for name in space["NEURONS"]:
        answer["shifts"][name] = [int(s) for s in space["P"][name]._vertex.get_ring_buffer_shifts()]
    for name, projection in space["S"].items():
        rows = projection.get(["weight", "delay"], format="list")
        answer["get"][name] = sorted([int(r[0]), int(r[1]), float(r[2]), float(r[3])] for r in rows)
    (database,) = folder.glob("reports/*/run_1/ds.sqlite3")
    placements = json.loads((database.parent / "json_files" / "placements.json").read_text())
    with contextlib.closing(sqlite3.connect(database)) as data:
        for place in placements:
            regions = data.execute(
                "select region_label, content from region where x = ? and y = ? and p = ? and content is not null"
                " and region_label in ('SynapseParams', 'SynBlocks')",
                [place[key] for key in "xyp"],
            ).fetchall()
            words = {label: struct.unpack(f"<{len(content) // 4}I", content) for label, content in regions}
            if words:
                answer["regions"][place["vertex_label"]] = words
    space["sim"].end()
print(json.dumps(answer))

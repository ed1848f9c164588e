#!/usr/bin/env python3
"""One edited, one inserted and one deleted row among a million are named, between files and from a manifest.

    edit.py AISPM [ROWS]
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main():
    aispm, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    r = random.Random(7)
    lines = [json.dumps({"id": i, "text": f"row {r.getrandbits(40):x}", "label": r.randrange(3)}) for i in range(rows)]
    with tempfile.TemporaryDirectory() as tmp:
        old, manifest, new = (Path(tmp) / n for n in ("old.jsonl", "old.manifest", "new.jsonl"))
        old.write_text("\n".join(lines) + "\n")
        subprocess.run([aispm, "data", "manifest", old, "-o", manifest, "-q"], check=True)
        at = {"edited": rows * 2 // 3, "inserted": rows // 3, "deleted": rows // 2}
        for what, row in at.items():
            changed = list(lines)
            if what == "edited":
                changed[row] = changed[row].replace("row ", "ROW ")
            elif what == "inserted":
                changed.insert(row, '{"id": -1, "text": "new", "label": 0}')
            else:
                del changed[row]
            new.write_text("\n".join(changed) + "\n")
            for before in (old, manifest):
                begun = time.monotonic()
                out = subprocess.run([aispm, "data", "diff", before, new, "--format", "json"], stdout=subprocess.PIPE)
                took = time.monotonic() - begun
                said = json.loads(out.stdout)
                expected = {"edited": [], "inserted": [], "deleted": [], what: [{"old": row, "new": row}] if what == "edited" else [row]}
                assert out.returncode == 1 and {k: said[k] for k in expected} == expected, said
                print(f"{what} row {row} of {rows} named, from {before.name} ({before.stat().st_size >> 20} MiB): {took:.1f} s, {len(out.stdout)} bytes")
        same = subprocess.run([aispm, "data", "diff", manifest, old], stdout=subprocess.PIPE)
        assert same.returncode == 0, same.stdout


if __name__ == "__main__":
    main()

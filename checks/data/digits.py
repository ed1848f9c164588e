#!/usr/bin/env python3
"""Label noise: scikit-learn's digits with five labels in a hundred flipped, over twenty seeds; cleanlab beside it.

Shares no code with the detector. Precision of at least .9 at a recall of at least .75, on average.

    digits.py AISPM [csv|parquet [SEEDS]]
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits


def flipped(labels, seed):
    r = np.random.default_rng(seed)
    rows = r.choice(len(labels), round(0.05 * len(labels)), replace=False)
    out = labels.copy()
    for i in rows:
        out[i] = (out[i] + r.integers(1, 10)) % 10
    return out, set(rows.tolist())


def write(path, x, y):
    names = [f"pixel_{i}" for i in range(x.shape[1])] + ["target"]
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table([*x.T, y], names=names), path)
        return
    with open(path, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(names)
        w.writerows([*row, label] for row, label in zip(x.tolist(), y.tolist()))


def ours(aispm, path):
    out = subprocess.run([aispm, "data", "check", path, "--format", "json", "--fail-on", "never", "-q"], stdout=subprocess.PIPE, check=True)
    report = json.loads(out.stdout)
    return {r for f in report["findings"] if f["rule"] == "dataset-label-noise" for r in f["evidence"]["rows"]}


def cleanlab(x, y):
    from cleanlab.filter import find_label_issues
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    p = cross_val_predict(KNeighborsClassifier(10, weights="distance"), x, y, cv=5, method="predict_proba")
    return set(np.flatnonzero(find_label_issues(y, p, n_jobs=1)).tolist())


def main():
    aispm, kind, seeds = sys.argv[1], (sys.argv[2:3] or ["csv"])[0], int((sys.argv[3:4] or ["20"])[0])
    x, y = load_digits(return_X_y=True)
    scores = {"aispm": [], "cleanlab": []}
    took = dict.fromkeys(scores, 0.0)
    with tempfile.TemporaryDirectory() as tmp:
        path = Path(tmp) / f"digits.{kind}"
        for seed in range(seeds):
            noisy, true = flipped(y, seed)
            write(path, x, noisy)
            for name, run in [("aispm", lambda: ours(aispm, path)), ("cleanlab", lambda: cleanlab(x, noisy))]:
                begun = time.monotonic()
                rows = run()
                took[name] += time.monotonic() - begun
                scores[name].append((len(true & rows) / max(len(rows), 1), len(true & rows) / len(true)))
        write(path, x, y)
        print(f"without flips: {len(ours(aispm, path))} of {len(y)} rows doubted")
    for name, all_scores in scores.items():
        s = np.array(all_scores)
        print(f"{name:9} {kind}: precision {s[:,0].mean():.3f} (worst {s[:,0].min():.3f}), recall {s[:,1].mean():.3f} (worst {s[:,1].min():.3f}), {took[name] / seeds:.2f} s a run")
    precision, recall = np.array(scores["aispm"]).mean(axis=0)
    sys.exit(0 if precision >= 0.9 and recall >= 0.75 else 1)


if __name__ == "__main__":
    main()

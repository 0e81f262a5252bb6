#!/usr/bin/env python3
"""What mc-knowledge computes, computed once more by other means: a random table of training dynamics and one of a path,
made with many ties; the ledger, means and deviations, Cliff's delta over all pairs, p-values over all divisions.

usage: knowledge.py PROGRAM FOLDER SEED
"""
import itertools
import math
import os
import random
import statistics
import subprocess
import sys
from fractions import Fraction

program, folder, seed = sys.argv[1:]
random.seed(int(seed))
N, EPOCHS, PERMUTATIONS = 24, 4, 20000
GRID = [Fraction(x, 8) for x in range(9)]  # means of these are exact, ties many
LABELS = ["a", "b"]
at = lambda name: os.path.join(folder, name)
examples = sorted(random.sample(range(100), N))
label = {i: random.choice(LABELS) for i in examples}
seen = {}
with open(at("dynamics"), "w") as f:
    print("epoch", "example", "label", "predicted", "loss", "p_label", "gold", "logits", sep="\t", file=f)
    for epoch in range(1, EPOCHS + 1):
        for i in examples:
            p, right = random.choice(GRID), random.random() < .6
            seen[epoch, i] = p, right
            predicted = label[i] if right else LABELS[1 - LABELS.index(label[i])]
            print(epoch, i, label[i], predicted, 1, f"{float(p):.9g}", LABELS.index(label[i]), "1,-1", sep="\t", file=f)
scored, times = examples[:18], [0, .25, .5, 1]
right = {}
with open(at("each"), "w") as f:
    print("point", "t", "task", "example", "label", "predicted", sep="\t", file=f)
    for point in (2, 0, 3, 1):  # points in another order than t
        for i in scored:
            right[point, i] = random.random() < .55
            predicted = label[i] if right[point, i] else LABELS[1 - LABELS.index(label[i])]
            print(point, f"{times[point]:.9g}", "x", i, label[i], predicted, sep="\t", file=f)


def table(*args):
    out = subprocess.run([program, *args], capture_output=True, text=True, check=True).stdout.splitlines()
    head = out[0].split("\t")
    return [dict(zip(head, line.split("\t"))) for line in out[1:]]


def is_near(text, value, bound=1e-8):
    assert (math.isnan(value) and text == "nan") or abs(float(text) - value) <= bound, (text, value)


p = {i: [seen[k, i][0] for k in range(1, EPOCHS + 1)] for i in examples}
hits = {i: [seen[k, i][1] for k in range(1, EPOCHS + 1)] for i in examples}
confidence = {i: sum(p[i]) / EPOCHS for i in examples}
variability = {i: statistics.pstdev(map(float, p[i])) for i in examples}

rows = table("--dynamics", at("dynamics"))
assert [int(r["example"]) for r in rows] == examples
for r, i in zip(rows, examples):
    is_near(r["confidence"], float(confidence[i]))
    is_near(r["variability"], variability[i])
    is_near(r["correctness"], sum(hits[i]) / EPOCHS)
    events = sum(a and not b for a, b in itertools.pairwise(hits[i])) if any(hits[i]) else -1
    assert int(r["forgetting"]) == events and r["label"] == label[i]


def mean(values):
    return float(sum(values) / len(values)) if values else math.nan


rows = table("--dynamics", at("dynamics"), "--permutations", str(PERMUTATIONS), at("each"))
assert [r["segment"] for r in rows] == ["0", "1", "2", "all"]
for r in rows:
    a, b = (0, 3) if r["segment"] == "all" else (int(r["segment"]), int(r["segment"]) + 1)
    assert (float(r["t_0"]), float(r["t_1"]), r["task"], int(r["n"])) == (times[a], times[b], "x", len(scored))
    group = {fate: [i for i in scored if (right[a, i], right[b, i]) == fate] for fate in itertools.product((True, False), repeat=2)}
    kept, gone = group[True, True], group[True, False]
    assert [int(r[c]) for c in ("kept", "forgotten", "learned", "never")] == [
        len(kept), len(gone), len(group[False, True]), len(group[False, False])]
    is_near(r["confidence_kept"], mean([confidence[i] for i in kept]))
    is_near(r["confidence_forgotten"], mean([confidence[i] for i in gone]))
    is_near(r["variability_kept"], mean([variability[i] for i in kept]))
    is_near(r["variability_forgotten"], mean([variability[i] for i in gone]))
    if not kept or not gone:
        assert r["p_value"] == r["cliffs_delta"] == "nan"
        continue
    pairs = [(confidence[i] > confidence[k]) - (confidence[i] < confidence[k]) for i in kept for k in gone]
    is_near(r["cliffs_delta"], sum(pairs) / len(pairs))
    values = [confidence[i] for i in gone + kept]
    total, n, m = sum(values), len(gone), len(kept)
    difference = lambda of_gone: (total - of_gone) / m - of_gone / n
    all_sums = [sum(c) for c in itertools.combinations(values, n)]
    observed = difference(sum(values[:n]))
    exact = sum(difference(s) >= observed for s in all_sums) / len(all_sums)
    # six deviations of what so many permutations drawn at random give
    is_near(r["p_value"], exact, 6 * math.sqrt(exact * (1 - exact) / PERMUTATIONS) + 1.1 / PERMUTATIONS)


def chosen(*args):
    return [int(x) for x in subprocess.run([program, *args], capture_output=True, text=True, check=True).stdout.split()]


alone = ("--dynamics", at("dynamics"), "--select")
assert chosen(*alone, "hard") == sorted(examples, key=lambda i: (confidence[i], i))
assert chosen(*alone, "easy", "-n", "5") == sorted(examples, key=lambda i: (-confidence[i], i))[:5]
assert chosen(*alone, "ambiguous") == sorted(examples, key=lambda i: (-round(variability[i], 11), i))
events = {i: sum(a and not b for a, b in itertools.pairwise(hits[i])) for i in examples}
assert chosen(*alone, "forgotten") == sorted((i for i in examples if events[i]), key=lambda i: (-events[i], i))
assert chosen(*alone, "never") == [i for i in examples if not any(hits[i])]
draws = chosen(*alone, "random", "--seed", "3")
assert sorted(draws) == examples and draws != examples
assert chosen(*alone, "random", "--seed", "3", "-n", "7") == draws[:7]
assert chosen(*alone, "random", "--seed", "4") != draws
for kind, fate in (("forgotten", (True, False)), ("learned", (False, True)), ("never", (False, False))):
    those = [i for i in scored if (right[0, i], right[3, i]) == fate]
    assert chosen(*alone, kind, at("each")) == sorted(those, key=lambda i: (confidence[i], i))
    assert chosen("--select", kind, "-n", "99", at("each")) == those

#!/usr/bin/env python3
"""The price of paths: an update of mc-curve beside one of mc-finetune, a sweep over a Bezier curve beside one over a line, a sweep over the
layers, and a verdict beside the sweep that it stands for and PyTorch's. Everything takes turns within a round.

Prints a table as run.py does, and on the same model and texts: MODEL, TRAIN, DEV, or random. Environment: BIN, ROUNDS (5), STEPS (30
updates after two that are not counted), PYTHON (whose torch and transformers are the peer)."""
import os

from common import BIN, about, env, has_python, measured, median, note, peer_rows, run, seconds_of_update, tool
from work import BATCH, Work

STEPS, WARM, POINTS, LAYER_POINTS = int(env("STEPS") or 30), 2, 26, 11


def updates(w):
    steps = ["-q", "--steps", STEPS + WARM, "--train", w.train, "--log", w.log]
    run(tool("mc-finetune", *steps, "-o", w.path), stdin=w.ends[0])
    note("update of mc-finetune", 1000 * seconds_of_update(w.log, WARM), "ms")
    _, memory = run(tool("mc-curve", *steps, "-o", w.curve, *w.ends))
    note("update of mc-curve, one bend, one t", 1000 * seconds_of_update(w.log, WARM), "ms")
    note("memory of mc-curve", memory[0], "MiB")


def sweeps(w):
    for what, args in (("a line", w.ends), ("a Bezier curve", [w.curve])):
        s, _ = run(tool("mc-interp", "-q", "-n", POINTS, *args), tool("mc-eval", "-q", w.dev), out=w.sweep)
        note(f"sweep over {what}", s, "s")
    groups = tool("mc-interp", "-q", "--by", "layer", "-n", LAYER_POINTS, *w.ends)
    s, _ = run(groups, tool("mc-eval", "-q", w.dev), out=w.sweep)
    note("sweep over layers, a point", s / (len(open(w.sweep).readlines()) - 1), "s")


def verdicts(w):
    for what, other in (("apart", w.ends[1]), ("near", w.near)):
        s, _ = run(["bash", "pipelines/verdict.sh", BIN, w.folder, w.ends[0], other, w.dev, ".95", "loss", "", "", ""])
        last = open(os.path.join(w.folder, "verdict.tsv")).read().splitlines()[-1].split("\t")
        note(f"verdict of ends {what}", s, "s")
        note(f"verdict of ends {what} ({last[8]}), cost", float(last[4]), "share of the sweep's examples x points")


def derive(with_peer):
    note("update of mc-curve over mc-finetune's", median("update of mc-curve, one bend, one t") / median("update of mc-finetune"), "ratio")
    note("sweep over a curve over one over a line", median("sweep over a Bezier curve") / median("sweep over a line"), "ratio")
    note("point of a sweep over layers over one of a line", POINTS * median("sweep over layers, a point") / median("sweep over a line"), "ratio")
    for what in ("apart", "near"):
        note(f"verdict of ends {what} over the sweep", median(f"verdict of ends {what}") / median("sweep over a line"), "ratio")
    if with_peer:
        note("peer sweep over ours", median("peer sweep over a line") / median("sweep over a line"), "ratio")


def prepared(folder, with_peer):
    w = Work(folder, (STEPS + WARM) * BATCH)
    at = lambda name: os.path.join(folder, name)
    w.folder, w.log, w.path, w.curve, w.near = folder, at("log.tsv"), at("path.st.gz"), at("curve.st.gz"), at("near.st.gz")
    w.ends = [at("a.st.gz"), at("b.st.gz")]
    for seed, end in enumerate(w.ends):
        run(tool("mc-finetune", "-q", "--new-head", "--seed", seed, "--lr", "1e-4", "--train", w.train, "--epochs", 1, "-o", end), stdin=w.model)
    run(tool("mc-finetune", "-q", "--seed", 9, "--lr", "1e-6", "--train", w.train, "--steps", 5, "-o", w.near), stdin=w.ends[0])
    if with_peer:
        for end in w.ends:
            run(tool("mc-export", end + ".hf", "-t", w.directory), stdin=end)
    about()

    def one_round():
        updates(w)
        sweeps(w)
        verdicts(w)
        if with_peer:
            for _, s in peer_rows("paths_peer.py", *[end + ".hf" for end in w.ends], w.dev, "--points", POINTS):
                note("peer sweep over a line", float(s), "s, its loop alone")
    return one_round, lambda: derive(with_peer)


with_torch = has_python("torch", "transformers")
measured(lambda folder: prepared(folder, with_torch), "" if with_torch else "PYTHON= has no PyTorch")

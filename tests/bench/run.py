#!/usr/bin/env python3
"""Speed, memory and scaling of whole processes, beside the matrix-product rate and a peer.

Prints a table: measure, value (the median of the rounds), unit, least, greatest. Everything takes turns within a
round, so that a machine that slows down slows all. Environment: BIN, RATE (the programs and gemm_rate), ROUNDS (5),
STEPS (60 updates of 32 examples); MODEL (a Hugging Face directory), TRAIN and DEV (text, TAB, label) or, without them,
a random model of MiniLM's shape on text of the synthetic language; PEER (a script) and PYTHON (to run it with):

  PEER eval  MODEL DEV   --pad sorted --dtype f32|bf16            prints examples=, examples_per_s= and rss_mib=
  PEER train MODEL TRAIN --pad sorted --dtype f32|bf16 --steps N
"""
import itertools
import os
import re
import statistics
import subprocess
import time

from common import PRECISIONS, PYTHON, about, env, forget, measured, median, note, rates, run, said, tool
from work import BATCH, Work

STEPS, POINTS = int(env("STEPS") or 60), 26
PEER = env("PEER")


def evaluate(w, precision):
    s, memory = run(tool("mc-eval", "-q", "--precision", precision, w.dev), stdin=w.model)
    note(f"evaluation {precision}", len(w.dev_lengths) / s, "examples/s")
    note(f"evaluation {precision} memory", memory[0], "MiB")


def train(w, precision):
    s, memory = run(tool("mc-finetune", "-q", "--precision", precision, "--steps", STEPS, "--train", w.train),
                    ["cat"], stdin=w.model, out=w.tuned)
    note(f"training {precision}", STEPS * BATCH / s, "examples/s")
    note(f"training {precision} memory", memory[0], "MiB")


def steps(w):
    """An update of tuning and one of a curve, without what a process does before the first and after the last."""
    for what, program, ends, stdin in (("tuning", "mc-finetune", [], w.model), ("a curve", "mc-curve", [w.model, w.tuned], os.devnull)):
        run(tool(program, "-q", "--steps", STEPS, "--train", w.train, "--log", w.log, *ends), stdin=stdin)
        with open(w.log) as log:
            at = [float(line.split("\t")[6]) for line in log.readlines()[1:]]
        note(f"step of {what}", statistics.median(b - a for a, b in itertools.pairwise(at)), "s")


def threads(w):
    for n in (1, 2):
        s, _ = run(tool("mc-eval", "-q", "--threads", n, w.dev), stdin=w.model)
        note(f"evaluation f32, {n} threads", s, "s")
        s, _ = run(tool("mc-finetune", "-q", "--threads", n, "--steps", STEPS, "--train", w.train), ["cat"],
                   stdin=w.model)
        note(f"training f32, {n} threads", s, "s")


def first_result(w):
    s, _ = run(tool("mc-tokenize", "-t", w.directory, "-o", w.ten_tokens, w.ten))
    t, _ = run(tool("mc-eval", "-q", w.ten_tokens), stdin=w.model)
    note("first result of ten sentences", s + t, "s")


def sweep(w):
    interp = tool("mc-interp", "-q", "-n", POINTS, w.model, w.tuned)
    s, memory = run(interp, tool("mc-eval", "-q", w.dev), out=w.sweep)
    note(f"sweep of {POINTS} points", s, "s")
    note("sweep memory, all processes", sum(memory), "MiB")
    t, _ = run(tool("mc-eval", "-q", *[f"t{i}={w.dev}" for i in range(POINTS)]), stdin=w.model)
    note(f"{POINTS} evaluations of one process", t, "s")
    note("sweep over evaluations", s / t, "ratio")


def peer(w, what, precision):
    data, extra = (w.dev_text, []) if what == "eval" else (w.train_text, ["--steps", str(STEPS)])
    command = [PYTHON, PEER, what, w.directory, data, "--pad", "sorted", "--dtype", precision, *extra]
    start = time.monotonic()
    text = said(command)
    whole = time.monotonic() - start
    value = lambda key: float(re.search(rf"\b{key}=([0-9.e+-]+)", text).group(1))
    ours = "evaluation" if what == "eval" else "training"
    note(f"peer {ours} {precision}", value("examples_per_s"), "examples/s, its loop alone")
    note(f"peer {ours} {precision} whole", value("examples") / whole, "examples/s, whole process")
    note(f"peer {ours} {precision} memory", value("rss_mib"), "MiB")


def peer_first_result(w):
    start = time.monotonic()
    subprocess.run([PYTHON, PEER, "eval", w.directory, w.ten], check=True, capture_output=True)
    note("peer first result of ten sentences", time.monotonic() - start, "s")


def one_round(w):
    rates()
    for precision in PRECISIONS:
        evaluate(w, precision)
        if PEER:
            peer(w, "eval", precision)
        train(w, precision)
        if PEER:
            peer(w, "train", precision)
    first_result(w)
    if PEER:
        peer_first_result(w)
    steps(w)
    threads(w)
    sweep(w)


def derive(w):
    """Shares and ratios, of medians."""
    dense, done = w.forward_gf(w.dev_lengths)
    train_dense, train_done = w.forward_gf(w.train_lengths)
    for what, factor, lengths, work in (("evaluation", 1, w.dev_lengths, (dense, done)),
                                        ("training", 3, w.train_lengths, (train_dense, train_done))):
        note(f"{what} work", factor * 1000 * work[0] / sum(lengths), "dense MF a token")
        for precision in PRECISIONS:
            per_example = [factor * x / len(lengths) for x in work]
            rate = median(f"{what} {precision}")
            note(f"{what} {precision} speed", rate * sum(lengths) / len(lengths), "tokens/s")
            for kind in ("sgemm", precision):
                top = median(f"products {kind} 128x384x384")
                note(f"{what} {precision} of {kind}, dense", rate * per_example[0] / top, "share")
                note(f"{what} {precision} of {kind}, really done", rate * per_example[1] / top, "share")
            if PEER:
                note(f"{what} {precision} over peer", rate / median(f"peer {what} {precision}"),
                     "ratio, our process to its loop")
                note(f"{what} {precision} over peer, whole", rate / median(f"peer {what} {precision} whole"),
                     "ratio of whole processes")
    note("step of a curve over one of tuning", median("step of a curve") / median("step of tuning"), "ratio")
    for what in ("evaluation", "training"):
        one, two = (median(f"{what} f32, {n} threads") for n in (1, 2))
        note(f"{what}, two threads over one", one / two, "ratio")


def about_work(w):
    name = os.path.basename(os.path.abspath(env("MODEL"))) if env("MODEL") else "random, MiniLM's shape"
    mean = lambda lengths: f"{sum(lengths) / len(lengths):.1f}"
    about(("model", name), ("tokens of an example", f"{mean(w.dev_lengths)} in evaluation, "
                            f"{mean(w.train_lengths)} in training"))


def prepared(folder):
    w = Work(folder, (STEPS + 8) * BATCH)
    about_work(w)
    evaluate(w, "f32")  # warm-up
    forget()
    return lambda: one_round(w), lambda: derive(w)


measured(prepared, "" if PEER else "PEER= names no script")

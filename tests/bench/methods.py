#!/usr/bin/env python3
"""The price of every tuning method: an update beside one of full tuning and beside PEFT in PyTorch, memory beside the size of the
delta, and a sweep over a path of deltas beside one of whole models. Everything takes turns within a round.

Prints a table as run.py does, and on the same model and texts: MODEL, TRAIN, DEV, or random. Environment: BIN, ROUNDS (5), STEPS (30
updates after two that are not counted), PYTHON (whose torch, transformers and peft are the peer)."""
import os

from common import about, env, has_python, measured, median, note, peer_rows, run, said, seconds_of_update, tool
from work import BATCH, Work

STEPS, WARM, POINTS = int(env("STEPS") or 30), 2, 26
METHODS = ("full", "adapter", "lora", "prefix", "bitfit", "head")
RANKS = (8, 264)  # whose memory is compared


def tune(w, method, out, *more):
    """An update's seconds, the first ones left out; the peak memory of the process."""
    _, memory = run(tool("mc-finetune", "-q", "--method", method, "--lr", "1e-4", "--steps", STEPS + WARM, "--train", w.few, "--log", w.log,
                         "-o", out, *more), stdin=w.model)
    return seconds_of_update(w.log, WARM), memory[0]


def ours(w):
    for m in METHODS:
        s, memory = tune(w, m, w.delta(m))
        note(f"{m}, update", 1000 * s, "ms")
        note(f"{m}, memory", memory, "MiB")
        note(f"{m}, written", os.path.getsize(w.delta(m)), "bytes")


def values(path):
    header, row = [line.split("\t") for line in said(tool("mc-info", "--tsv", path)).splitlines()]
    return int(row[header.index("values")])


def memory_of_ranks(w):
    """Memory above the base, a byte of the delta: gradient, two moments and the delta itself are four."""
    memory, size = [], []
    for rank in RANKS:
        memory.append(tune(w, "lora", w.delta("rank"), "--rank", rank, "--targets", "query,key,value,dense")[1])
        size.append(4 * values(w.delta("rank")))
    note("memory, a byte of a larger delta", (memory[1] - memory[0]) * 2**20 / (size[1] - size[0]), "bytes")


def peer(w):
    for method, ms in peer_rows("methods_peer.py", w.directory, w.few, "--steps", STEPS, "--warm", WARM, *METHODS):
        note(f"peer {method}, update", float(ms), "ms")


def sweep(w):
    for what, ends, base in (("models", "full", []), ("deltas", "lora", ["--base", w.model])):
        files = [w.delta(ends), w.delta(ends + "-other")]
        if not os.path.exists(files[1]):
            tune(w, ends, files[1], "--seed", 9)
        interp = tool("mc-interp", "-q", "-n", POINTS, *base, *files)
        run(interp, out=w.path)
        note(f"path of {POINTS} {what}", os.path.getsize(w.path) / 1e6, "MB")
        s, _ = run(interp, tool("mc-eval", "-q", *base, w.dev), out=w.sweep)
        note(f"sweep over {POINTS} {what}", s, "s")


def derive(with_peer):
    for m in METHODS[1:]:
        note(f"{m}, update over full tuning's", median(f"{m}, update") / median("full, update"), "ratio")
    for m in METHODS if with_peer else ():
        note(f"{m}, rate over peer", median(f"peer {m}, update") / median(f"{m}, update"), "ratio, update to update")
    note("sweep over deltas over that over models", median(f"sweep over {POINTS} deltas") / median(f"sweep over {POINTS} models"), "ratio")
    note("path of models over that of deltas", median(f"path of {POINTS} models") / median(f"path of {POINTS} deltas"), "ratio of sizes")


def prepared(folder, with_peer):
    w = Work(folder, (STEPS + WARM) * BATCH)
    w.log, w.path, w.few = (os.path.join(folder, name) for name in ("log.tsv", "path.st.gz", "few.tok.gz"))
    w.delta = lambda name: os.path.join(folder, f"{name}.st.gz")
    with open(w.train_text) as text, open(w.ten, "w") as few:  # as many as the updates take, so that both see the same
        few.writelines(line for line, _ in zip(text, range(w.n_train)))
    run(tool("mc-tokenize", "-t", w.directory, "-o", w.few, w.ten))
    lengths = w.lengths(w.few)
    about(("tokens of an example", f"{sum(lengths) / len(lengths):.1f} in training"))

    def one_round():
        ours(w)
        if with_peer:
            peer(w)
        sweep(w)
        memory_of_ranks(w)
    return one_round, lambda: derive(with_peer)


with_peft = has_python("torch", "transformers", "peft")
measured(lambda folder: prepared(folder, with_peft), "" if with_peft else "PYTHON= has no PEFT")

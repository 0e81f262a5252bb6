#!/usr/bin/env python3
"""Speed and memory of mc-tokenize --corpus, beside the tokenizers library on the same lines and processors.

Prints a table as run.py does. Environment: BIN, ROUNDS (5), CORPUS (plain text; without it text of the synthetic language),
MODEL (a Hugging Face directory; without it the synthetic language's tokenizers of each kind), PYTHON (with transformers,
for the peer).
"""
import os
import sys

from common import about, env, forget, has_python, measured, median, note, peer_rows, run, tool

PEER = has_python("transformers", "tokenizers")
LINES, TIMES = 20000, 16  # of the synthetic language, and how often they are repeated


def synthetic(path):
    run(tool("mc-synth", "--task", "sentiment", "--split", "train", "-n", LINES), ["cut", "-f", "1"], out=path + ".once")
    with open(path + ".once", "rb") as f, open(path, "wb") as out:
        out.write(f.read() * TIMES)


def one_round(directories, text, out):
    size = os.path.getsize(text) / 1e6
    for name, directory in directories:
        s, memory = run(tool("mc-tokenize", "-q", "-t", directory, "--corpus", "-o", out, text))
        note(f"{name} corpus", size / s, "MB/s")
        note(f"{name} corpus memory", memory[0], "MiB")
        if not PEER:
            continue
        (ids, seconds), = peer_rows("corpus_peer.py", directory, text)
        note(f"{name} peer", size / float(seconds), "MB/s, its loop alone")
        run(tool("mc-info", out), ["tail", "-n", "1"], out=out + ".list")
        if open(out + ".list").read().split()[-2] != ids:
            sys.exit(f"{name}: {ids} ids of the peer's are not ours")


def derive(directories):
    for name, _ in directories if PEER else ():
        note(f"{name} corpus over peer", median(f"{name} corpus") / median(f"{name} peer"), "ratio, our process to its loop")


def prepared(folder):
    text, out = env("CORPUS") or os.path.join(folder, "text"), os.path.join(folder, "out.tok.gz")
    if not env("CORPUS"):
        synthetic(text)
    directories = [(os.path.basename(os.path.abspath(env("MODEL"))), env("MODEL"))] if env("MODEL") else []
    for kind in () if directories else ("bert", "roberta", "t5"):
        directories.append((kind, os.path.join(folder, kind)))
        run(tool("mc-synth", "--tokenizer", directories[-1][1], "--kind", kind))
    about(("text", f"{os.path.basename(text)}, {os.path.getsize(text) / 1e6:.0f} MB"))
    run(tool("mc-tokenize", "-q", "-t", directories[0][1], "--corpus", "-o", out, text))  # warm-up
    forget()
    return lambda: one_round(directories, text, out), lambda: derive(directories)


measured(prepared, "" if PEER else "PYTHON= has no transformers")

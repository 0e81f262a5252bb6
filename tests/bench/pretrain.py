#!/usr/bin/env python3
"""The price of pre-training: updates of masked language modelling on a small BERT and one of BERT-base's shape, in turns with PyTorch, whose output
layer is at the masked positions too.

Prints a table as run.py does. CORPUS: a file of plain text, a document a line, and MODEL: a directory whose tokenizer is used; else the
synthetic language's, with a vocabulary of 30,522 rows. Environment: BIN, RATE, ROUNDS (5), STEPS (8 updates after two that are not counted),
ONLY (some of the shapes), PYTHON (whose torch and transformers are the peer)."""
import json
import os

from common import about, env, has_python, measured, median, note, peer_rows, rates, run, said, seconds_of_update, tool

STEPS, WARM, BATCH, SEQ, MASK = int(env("STEPS") or 8), 2, 32, 128, .15
SHAPES = {"small, H 256 x 4": {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024},
          "base, H 768 x 12": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}}
CHOSEN = [s for s in SHAPES if not env("ONLY") or s.split(",")[0] in env("ONLY").split()]
VOCAB = 30522


class Work:
    def __init__(self, folder):
        self.at = lambda name: os.path.join(folder, name)
        tokenizer, text = env("MODEL") or self.at("lang"), env("CORPUS") or self.at("text")
        if not env("MODEL"):
            run(tool("mc-synth", "--tokenizer", tokenizer))
        if not env("CORPUS"):
            run(tool("mc-synth", "--corpus", "-n", "200000"), out=self.at("lines"))
            with open(self.at("lines")) as lines, open(text, "w") as out:  # long documents: nearly all sequences are whole
                for i, line in enumerate(lines):
                    out.write(line.rstrip("\n") + ("\n" if i % 2000 == 1999 else " "))
        self.corpus = self.at("corpus.tok.gz")
        run(tool("mc-tokenize", "-q", "--corpus", "-t", tokenizer, "-o", self.corpus, text))
        for shape in CHOSEN:
            with open(self.config(shape), "w") as f:
                json.dump({"model_type": "bert", "vocab_size": VOCAB, "max_position_embeddings": 512, **SHAPES[shape]}, f)
            run(tool("mc-init", self.config(shape), "-o", self.model(shape)))

    def config(self, shape):
        return self.at(shape.split(",")[0] + ".json")

    def model(self, shape):
        return self.at(shape.split(",")[0] + ".st.gz")


def tokens_of_update(log):
    """The mean number of tokens of the updates that count: sequences at the end of a document are shorter."""
    rows = [[float(x) for x in line.split("\t")[5:7]] for line in open(log).read().splitlines()[1:]]
    return sum(rows[i][0] * (rows[i][1] - rows[i - 1][1]) for i in range(WARM, len(rows))) / (len(rows) - WARM)


def gf_of_update(shape, tokens, chosen):
    """Dense operations of an update in 1e9: forward, and twice that backward; in the last layer all but keys and values at chosen
    tokens alone."""
    c = SHAPES[shape]
    h, i, n = c["hidden_size"], c["intermediate_size"], c["num_hidden_layers"]
    layer = 2 * (4 * h * h + 2 * h * i) + 4 * h * SEQ
    last = tokens * 4 * h * h + chosen * (2 * (2 * h * h + 2 * h * i) + 4 * h * SEQ)
    return 3 * (tokens * (n - 1) * layer + last + chosen * 2 * h * (VOCAB + h)) / 1e9


def ours(w, shape):
    log = w.at("log.tsv")
    _, memory = run(tool("mc-pretrain", "-q", "--train", w.corpus, "--steps", STEPS + WARM, "--batch", BATCH, "--seq-len", SEQ, "--log", log, "-o",
                         w.at("out.st.gz")), stdin=w.model(shape))
    s, tokens = seconds_of_update(log, WARM), tokens_of_update(log)
    note(f"{shape}: tokens a second", tokens / s, "1/s")
    note(f"{shape}: memory", memory[0], "MiB")
    note(f"{shape}: products", gf_of_update(shape, tokens, MASK * tokens) / s, "GF/s")


def derive(with_peer):
    for shape in CHOSEN:
        k = SHAPES[shape]
        best = median(f"products f32 {nearest(k['hidden_size'])}")
        note(f"{shape}: share of the product rate", median(f"{shape}: products") / best, "share")
        if with_peer:
            note(f"{shape}: rate over peer", median(f"{shape}: tokens a second") / median(f"peer {shape}: tokens a second"), "ratio, update to update")


def nearest(hidden):
    return "128x768x768" if hidden >= 768 else "128x384x384"


def prepared(folder, with_peer):
    w = Work(folder)
    about(("update", f"{BATCH} sequences of {SEQ} tokens, {MASK:.0%} masked"), ("corpus", said(tool("mc-info", w.corpus)).splitlines()[-1].split(": ", 1)[-1]))

    def one_round():
        rates()
        for shape in CHOSEN:
            ours(w, shape)
            if with_peer:
                (_, s), = peer_rows("pretrain_peer.py", w.config(shape), "--steps", STEPS, "--warm", WARM, "--batch", BATCH, "--seq-len", SEQ, "--mask", MASK)
                note(f"peer {shape}: tokens a second", BATCH * SEQ / float(s), "1/s")
    return one_round, lambda: derive(with_peer)


with_torch = has_python("torch", "transformers")
measured(lambda folder: prepared(folder, with_torch), "" if with_torch else "PYTHON= has no transformers")

"""The table of a sweep read with pandas and with R: every column of the type that its name says, the same numbers as the tables that it is
made of.

  tables.py     BIN in the environment names the programs; R is Rscript, without which its part is skipped

Prints a line a check and ends with "N passed, N failed"."""
import os
import shutil
import subprocess
import tempfile

import pandas as pd

from pytorch import BIN, check_same, finish, sh

TEXT = ["condition", "method", "vary", "pair", "task", "metric", "verdict", "path", "notes", "group", "from", "to", "distance_of"]
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

# What R says of a table: a line a column with its class, then the mean of a column by condition.
IN_R = """
t <- read.delim(commandArgs(TRUE)[1])
for (name in names(t)) cat(name, class(t[[name]]), "\\n")
loss <- t[t$metric == "loss", ]
m <- tapply(loss$barrier_lin + loss$end_0_loss, loss$condition, mean)
for (name in names(m)) cat("mean", name, format(m[[name]], digits = 9), "\\n")
"""


def sweep(folder):
    """make path over two methods and two rates, on a small language."""
    lang = f"{folder}/lang"
    sh(f"{BIN}/mc-synth --tokenizer {lang}")
    for split, n in ("train", 300), ("dev", 120):
        sh(f"{BIN}/mc-synth --task sentiment --split {split} -n {n} > {folder}/{split}.tsv")
    sh(f"{BIN}/mc-init {lang}/config.json -t {lang} | {BIN}/mc-export -q {folder}/model -t {lang}")
    sh(f"make -C {TOP} --no-print-directory run-path TOOL={os.path.abspath(BIN)} MODEL={folder}/model TRAIN={folder}/train.tsv "
       f"DEV={folder}/dev.tsv OUT={folder}/out POINTS=3 METHOD='full lora' LR='1e-3 3e-3' PAIRS='1-2 1-3' BARRIER='--bootstrap 50' > {folder}/log 2>&1")
    return f"{folder}/out"


def in_pandas(out):
    t = pd.read_csv(f"{out}/sweep.tsv", sep="\t")
    check_same("rows: conditions x pairs x metrics", len(t) == 4 * 2 * 2)
    numbers = [c for c in t.columns if c not in TEXT]
    check_same("pandas: numbers are numbers", all(pd.api.types.is_numeric_dtype(t[c]) for c in numbers))
    check_same("pandas: what always has a value has it", not t[["lr", "batch", "epochs", "barrier_lin", "ci_high", "l2", "training_s", "path_s"]].isna().any().any())
    same = True
    for row in t.itertuples():
        folder = f"{out}/{row.condition}"
        path = pd.read_csv(f"{folder}/path-{row.pair}.tsv", sep="\t").set_index("t")
        heights = pd.read_csv(f"{folder}/barrier{'' if row.metric == 'loss' else '-metric'}.tsv", sep="\t")
        height = heights[heights.path.str.endswith(f"path-{row.pair}.tsv")].iloc[0]
        l2 = pd.read_csv(f"{folder}/distance.tsv", sep="\t").set_index("path").l2[row.pair]
        same &= row.end_0_accuracy == path.accuracy[0] and row.end_1_loss == path.loss[1]
        same &= row.barrier_lin == height.barrier_lin and row.verdict == height.verdict and row.l2 == l2
    check_same("pandas: every row is what the tables of its condition say", same)
    return t


def in_r(out, t):
    if not shutil.which("Rscript"):
        print("R: skipped (no Rscript)")
        return
    said = subprocess.run(["Rscript", "-e", IN_R, f"{out}/sweep.tsv"], capture_output=True, text=True, check=True).stdout
    words = [line.split() for line in said.splitlines()]
    kind = {w[0]: w[1] for w in words if w[0] != "mean"}
    check_same("R: all columns, by their names", list(kind) == list(t.columns))
    check_same("R: numbers are numbers, texts are texts", all((kind[c] in ("numeric", "integer")) == (c not in TEXT) or t[c].isna().all() for c in t.columns))
    loss = t[t.metric == "loss"]
    mean = (loss.barrier_lin + loss.end_0_loss).groupby(loss.condition).mean()
    seen = {w[1]: float(w[2]) for w in words if w[0] == "mean"}
    check_same("R: means by condition", set(seen) == set(mean.index) and all(abs(seen[c] - mean[c]) <= 1e-8 for c in seen))


def main():
    with tempfile.TemporaryDirectory() as folder:
        out = sweep(folder)
        in_r(out, in_pandas(out))


if __name__ == "__main__":
    finish(main)

"""What is worked out of evaluations against other implementations: temperatures against a fine grid, divergences from the first point
against scipy's Jensen-Shannon distance, clusters against scipy's average linkage.

  measures.py     BIN in the environment names the programs

Prints a line a check and ends with "N passed, N failed"."""
import random
import tempfile

import numpy as np
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import jensenshannon, squareform
from transformers import AutoModelForSequenceClassification

from pytorch import BIN, check, check_same, finish, said, sh


def table(path):
    """The columns of a table, as lists of cells by name."""
    rows = [line.split("\t") for line in open(path).read().splitlines()]
    return {name: [r[i] for r in rows[1:]] for i, name in enumerate(rows[0])}


def logits(directory, ids):
    model = AutoModelForSequenceClassification.from_pretrained(directory, dtype=torch.float64).eval()
    with torch.inference_mode():
        return np.array([model(input_ids=torch.tensor([x])).logits[0].numpy() for x in ids])


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def mean_loss(z, gold, t):
    z = z / t
    top = z.max(1, keepdims=True)
    return np.mean(np.log(np.exp(z - top).sum(1)) + top[:, 0] - z[np.arange(len(z)), gold])


def evaluations(w):
    """Two tuned models of three classes, the line between them, their logits in float64."""
    sh(f"""cd {w}
    {BIN}/mc-synth --tokenizer lang
    sed -e 's/"hidden_size": [0-9]*/"hidden_size": 32/' lang/config.json > config.json
    for s in train dev; do # every fifth is of a third class
        {BIN}/mc-synth --task sentiment --split $s -n 400 | awk -F '\\t' -v OFS='\\t' 'NR % 5 == 0 {{ $2 = "neither" }} 1' |
            {BIN}/mc-tokenize -q -t lang -o $s.tok.gz
    done
    {BIN}/mc-init config.json -t lang --labels neither,positive,negative --seed-init 1 -o start.st.gz
    for k in 1 2; do
        {BIN}/mc-finetune -q --train train.tok.gz --epochs 2 --lr 2e-3 --seed $k -o $k.st.gz < start.st.gz
        {BIN}/mc-export -t lang hf-$k < $k.st.gz
    done
    {BIN}/mc-interp -q --at 0,1 1.st.gz 2.st.gz | {BIN}/mc-eval --calibrate dev.tok.gz > path.tsv""")
    rows = [line.split("\t") for line in said(f"{BIN}/mc-info --ids {w}/dev.tok.gz").splitlines()]
    names = ["neither", "positive", "negative"]
    gold = np.array([names.index(r[0]) for r in rows])
    ids = [list(map(int, r[1].split())) for r in rows]
    return table(f"{w}/path.tsv"), [logits(f"{w}/hf-{k}", ids) for k in (1, 2)], gold


def temperatures(path, z, gold):
    for k in range(2):
        ours, loss = float(path["temperature"][k]), float(path["loss_cal"][k])
        grid = np.exp(np.linspace(np.log(ours) - 3, np.log(ours) + 3, 60001))
        least = min((mean_loss(z[k], gold, t), t) for t in grid)
        check(f"temperature of model {k}, beside the best of a grid", abs(np.log(ours / least[1])), 2e-4)
        check(f"calibrated loss of model {k}", abs(loss - least[0]), 1e-5)
        check(f"calibrated loss of model {k} over the loss", loss - float(path["loss"][k]), 0)


def divergences(path, z):
    p, q = (softmax(x) for x in z)
    want = np.mean([jensenshannon(a, b) ** 2 for a, b in zip(p, q)])
    check("divergence from the first point", abs(float(path["js_0"][1]) - want) / want, 1e-4)
    check_same("divergence of the first point", float(path["js_0"][0]) == 0)


def clusters(w):
    r = random.Random(3)
    for case in range(60):
        n, epsilon = r.randint(2, 14), r.choice([.05, .1, .2])
        centre = [r.random() * .4 for _ in range(n)]
        m = np.zeros((n, n))
        with open(f"{w}/barrier.tsv", "w") as f:
            f.write("task\tmetric\tbarrier_lin\tpath\tgroup\tfrom\tto\n")
            for i in range(n):
                for j in range(i + 1, n):
                    m[i, j] = m[j, i] = float("%.9g" % (abs(centre[i] - centre[j]) + r.random() * .05))
                    f.write(f"x\tloss\t{m[i, j]:.9g}\tp\t\t{i:08x}\t{j:08x}\n")
        sh(f"{BIN}/mc-matrix --epsilon {epsilon} {w}/barrier.tsv > {w}/matrix.tsv")
        ours = list(map(int, table(f"{w}/matrix.tsv")["cluster"]))
        theirs = fcluster(linkage(squareform(m), "average"), epsilon, "distance")
        number = {}
        want = [number.setdefault(c, len(number)) for c in theirs]
        if ours != want:
            check_same(f"clusters of {n} models at {epsilon}: {ours}, not {want}", False)
            return
    check_same("clusters of 60 random matrices", True)


def main():
    with tempfile.TemporaryDirectory() as w:
        path, z, gold = evaluations(w)
        temperatures(path, z, gold)
        divergences(path, z)
        clusters(w)


finish(main)

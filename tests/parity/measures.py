"""What is worked out of evaluations against other implementations: temperatures against a fine grid, divergences from the first point
against scipy's Jensen-Shannon distance, clusters against scipy's average linkage, intervals over pairs of ends against scipy's t tests and
jackknives written out.

  measures.py     BIN in the environment names the programs

Prints a line a check and ends with "N passed, N failed"."""
import random
import tempfile

import numpy as np
import torch
from scipy import stats
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import brentq
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


# --- intervals over pairs of ends: a condition is {(end, end): value}
def difference_of_means(a, b, out):
    """Of the paths that are not in out, {(condition, pair)}; None where a condition has none left."""
    left = [[v for pair, v in c.items() if (i, pair) not in out] for i, c in enumerate((a, b))]
    return None if not left[0] or (b and not left[1]) else np.mean(left[0]) - (np.mean(left[1]) if b else 0)


def jackknife(a, b):
    """The standard error over ends and its degrees; (nan, nan) where there are too few. b empty: of a alone."""
    if len(a) < 3 or (b and len(b) < 3):
        return np.nan, np.nan
    paths = {}
    for i, c in enumerate((a, b)):
        for pair in c:
            for end in pair:
                paths.setdefault(end, set()).add((i, pair))
    units = [frozenset(p) for p in paths.values()]
    if b or all(len(u) == 1 for u in units):
        units = list(dict.fromkeys(units))
    strata = {}
    for u in units:
        mean = difference_of_means(a, b, u)
        if mean is not None:
            strata.setdefault(frozenset(i for i, _ in u), []).append(mean)
    if any(sum(len(v) for k, v in strata.items() if i in k) < 3 for i in ((0, 1) if b else (0,))):
        return np.nan, np.nan
    if any(len(v) < 3 for v in strata.values()):
        strata = {None: [x for v in strata.values() for x in v]}
    part = [((len(v) - 1) / len(v) * sum((x - np.mean(v)) ** 2 for x in v), len(v) - 1) for v in strata.values()]
    total = sum(v for v, _ in part)
    return np.sqrt(total), np.floor(total ** 2 / sum(v * v / m for v, m in part) * (1 + 1e-12))


def half_width(confidence, s_run, degrees, s_ex):
    p = (1 + confidence) / 2
    return np.hypot(stats.t.ppf(p, degrees) * s_run, stats.norm.ppf(p) * s_ex)


def holm(p):
    order, out, most = np.argsort(p), np.empty(len(p)), 0
    for rank, i in enumerate(order):
        most = max(most, (len(p) - rank) * p[i])
        out[i] = min(1, most)
    return out


def write_pairs(path, conditions):
    with open(path, "w") as f:
        f.write("condition\tfrom\tto\tv\n")
        for name, c in conditions.items():
            for (a, b), v in c.items():
                f.write(f"{name}\t{a}\t{b}\t{v:.17g}\n")


def rows_by_condition(path):
    t = table(path)
    rows = [{k: v[i] for k, v in t.items()} for i in range(len(t["over"]))]
    return {(r["condition"], r["minus"]): {k: float(r[k]) for k in ("mean", "ci_low", "ci_high", "p", "p_holm", "s_run", "degrees", "s_ex")}
            for r in rows}


def largest_error(row, want):
    """Of numbers written with nine digits."""
    error = 0
    for k, v in want.items():
        if np.isnan(v) != np.isnan(row[k]):
            return np.inf
        if not np.isnan(v):
            error = max(error, abs(row[k] - v) / max(abs(v), 1e-3))
    return error


def expected(a, b, s_ex, confidence):
    s_run, degrees = jackknife(a, b)
    mean = difference_of_means(a, b, set())
    half = half_width(confidence, s_run, degrees, s_ex)
    want = {"mean": mean, "s_run": s_run, "degrees": degrees, "ci_low": mean - half, "ci_high": mean + half}
    if b:
        want["p"] = np.nan if np.isnan(s_run) else 1 - brentq(lambda c: half_width(c, s_run, degrees, s_ex) - abs(mean), 0, 1 - 1e-14,
                                                              xtol=1e-15)
    return want


def random_condition(r, mean):
    """Pairs of ends of several kinds; names of ends may be another condition's."""
    first = r.choice([0, 0, 2, 3, 10, 20])
    kind = r.randrange(5)
    if kind == 0:
        pairs = [(first + 2 * k, first + 2 * k + 1) for k in range(r.randint(2, 6))]
    elif kind == 1:
        pairs = [(first + i, first + j) for i in range(r.randint(3, 5)) for j in range(i)]
    elif kind == 2:
        pairs = [(i, 30 + first + j) for i in range(4) for j in range(i + 1, 4)]
    else:
        pairs = list({tuple(sorted(r.sample(range(first, first + 7), 2))) for _ in range(r.randint(2, 9))})
    return {(f"e{a}", f"e{b}"): r.gauss(mean, 1) for a, b in pairs}


def intervals_of_pairs(w):
    r, worst = random.Random(5), 0
    for case in range(60):
        conditions = {f"c{k}": random_condition(r, k * .8) for k in range(r.randint(1, 4))}
        confidence = r.choice([.9, .95, .99])
        write_pairs(f"{w}/pairs.tsv", conditions)
        sh(f"{BIN}/mc-barrier --over v --confidence {confidence} {w}/pairs.tsv > {w}/over.tsv")
        ours, names, p = rows_by_condition(f"{w}/over.tsv"), list(conditions), {}
        for i, a in enumerate(names):
            worst = max(worst, largest_error(ours[a, ""], expected(conditions[a], {}, 0, confidence)))
            for b in names[i + 1:]:
                want = expected(conditions[a], conditions[b], 0, confidence)
                worst = max(worst, largest_error(ours[a, b], want))
                p[a, b] = want["p"]
        tested = [k for k in p if not np.isnan(p[k])]
        for k, v in zip(tested, holm(np.array([p[k] for k in tested]))):
            worst = max(worst, largest_error(ours[k], {"p_holm": v}))
    check("intervals, p and Holm's correction of 60 random tables of pairs", worst, 1e-7)


def tests_of_scipy(w):
    r, worst, rounding = random.Random(6), 0, True
    for case in range(20):
        a = {(f"a{k}", f"b{k}"): r.gauss(0, 1) for k in range(r.randint(3, 8))}
        b = {(f"c{k}", f"d{k}"): r.gauss(1, 3) for k in range(r.randint(3, 8))}
        same = {pair: r.gauss(.5, 1) for pair in a}
        write_pairs(f"{w}/pairs.tsv", {"a": a, "b": b, "same": same})
        sh(f"{BIN}/mc-barrier --over v {w}/pairs.tsv > {w}/over.tsv")
        ours = rows_by_condition(f"{w}/over.tsv")
        x, y, z = (np.array(list(c.values())) for c in (a, b, same))
        one = stats.ttest_1samp(x, 0).confidence_interval()
        worst = max(worst, largest_error(ours["a", ""], {"ci_low": one.low, "ci_high": one.high}))
        paired = stats.ttest_rel(x, z)
        worst = max(worst, largest_error(ours["a", "same"], {"p": paired.pvalue, "degrees": paired.df,
                                                             "ci_low": paired.confidence_interval().low}))
        welch = stats.ttest_ind(x, y, equal_var=False)
        row = ours["a", "b"]
        rounding &= row["degrees"] == np.floor(welch.df)
        worst = max(worst, abs(row["mean"] / row["s_run"] - welch.statistic),
                    abs(row["p"] - 2 * stats.t.sf(abs(welch.statistic), np.floor(welch.df))))
    check("one-sample, paired and Welch's t tests of scipy", worst, 1e-6)
    check_same("Welch's degrees, rounded down", rounding)


def write_path(w, name, ends, height):
    """Tables of mc-eval, of a path whose examples have these heights in its middle and 0 at its ends."""
    n = len(height)
    with open(f"{w}/{name}.tsv", "w") as f, open(f"{w}/{name}.each.tsv", "w") as g:
        f.write("point\tt\ttask\tn\tloss\tfrom\tto\n")
        g.write("point\tt\ttask\texample\tloss\n")
        for point, t in enumerate((0, .5, 1)):
            loss = height if point == 1 else np.zeros(n)
            f.write(f"{point}\t{t}\tx\t{n}\t{loss.mean():.17g}\t{ends[0]}\t{ends[1]}\n")
            for i in range(n):
                g.write(f"{point}\t{t}\tx\t{i}\t{loss[i]:.17g}\n")


def intervals_of_heights(w):
    """With what the examples add: cross-fitted heights of two conditions on the same examples."""
    r, n, worst = np.random.default_rng(7), 150, 0
    half = np.array([(2654435769 * i % 2 ** 32) >> 31 for i in range(n)])
    six = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    for case, pairs in enumerate(([six, six], [six, [(i, j + 10) for i, j in six]], [six, [(i + 10, j + 10) for i, j in six]])):
        own = r.normal(0, .5, n)
        command, value, example = "", [{}, {}], [np.zeros(n), np.zeros(n)]
        for c in (0, 1):
            for k, (i, j) in enumerate(pairs[c]):
                height = 2 + .2 * c + r.normal(0, .1) + own * (1 + c) + r.normal(0, .3, n)
                write_path(w, f"{c}-{k}", (f"e{i}", f"e{j}"), height)
                value[c][f"e{i}", f"e{j}"] = (height[half == 0].mean() + height[half == 1].mean()) / 2
                example[c] += height / len(pairs[c])
                command += f" --per-example {w}/{c}-{k}.each.tsv {c}={w}/{c}-{k}.tsv"
        sh(f"{BIN}/mc-barrier --over xfit{command} > {w}/over.tsv")
        ours = rows_by_condition(f"{w}/over.tsv")
        for key, a, b, e in (("0", ""), value[0], {}, example[0]), (("1", ""), value[1], {}, example[1]), \
                (("0", "1"), value[0], value[1], example[0] - example[1]):
            s_ex = e.std(ddof=1) / np.sqrt(n)
            worst = max(worst, largest_error(ours[key], expected(a, b, s_ex, .95) | {"s_ex": s_ex}))
    check("intervals and p of cross-fitted heights, with the examples' error", worst, 1e-7)


def main():
    with tempfile.TemporaryDirectory() as w:
        path, z, gold = evaluations(w)
        temperatures(path, z, gold)
        divergences(path, z)
        clusters(w)
        intervals_of_pairs(w)
        tests_of_scipy(w)
        intervals_of_heights(w)


if __name__ == "__main__":
    finish(main)

"""Curves and mixtures that mc-curve trains against PyTorch: the gradient of every bend for the t in the log, two bends, several t a batch, batches
of an update; twenty updates again with those t; on tiny BERTs, RoBERTas, T5s and deltas of each method.

  curve.py     BIN and DUMP in the environment name the programs

Prints a line a check and ends with "N passed, N failed"."""
import json, math, re, shutil, tempfile
import torch
from delta import Case, reference, start
from pytorch import BIN, check, finish, follow, lr_factor, rows_of, sh, updates

STEPS, SIZE = 20, 10


def documents(path):
    """Metadata and tensors of every document of a stream."""
    sh(f"zcat {path} > {path}.plain")
    with open(f"{path}.plain", "rb") as f:
        rest = f.read()
    out = []
    while rest:
        n = int.from_bytes(rest[:8], "little")
        header = json.loads(rest[8:8 + n])
        meta, data = header.pop("__metadata__"), rest[8 + n:]
        out.append((meta, {k: torch.frombuffer(bytearray(data[a:b]), dtype=torch.float32).view(t["shape"])
                           for k, t in header.items() for a, b in [t["data_offsets"]]}))
        rest = data[max(t["data_offsets"][1] for t in header.values()):]
    return out


def weights(kind, n, t):
    """Those of n models at t."""
    if kind == "bezier":
        return [math.comb(n - 1, i) * t**i * (1 - t)**(n - 1 - i) for i in range(n)]
    return [max(0.0, 1 - abs(t * (n - 1) - i)) for i in range(n)]


class Point:
    """A model whose stored tensors are set for each call; `at` are those, by their names."""

    def __init__(self, m, stored):
        place = {id(p): k for k, p in m.named_parameters()}
        self.m, self.config, self.at = m, m.config, None
        self.place = {k: place[id(p)] for k, p in stored.items()}

    def __call__(self, **kw):
        return torch.func.functional_call(self.m, {self.place[k]: x for k, x in self.at.items()}, kwargs=kw)


def ends_of(c, method):
    """Two files, options for their base, and a model of PyTorch with the parameters that they store."""
    a, b = f"{c.d}/a.safetensors", f"{c.d}/b.safetensors"
    if method == "full":
        m = c.fresh()
        sh(f"{BIN}/mc-init --perturb 0.1 --seed-init 9 < {c.d}/base.st.gz | zcat > {b}; zcat {c.d}/base.st.gz > {a}")
        return a, b, "", Point(m, dict(m.named_parameters()))
    for path, seed in ((b, 2), (a, 1)):
        tensors = start(c, method, seed)
        shutil.copy(f"{c.d}/delta.safetensors", path)
    m, stored = reference(c, method, tensors)
    return a, b, f"--base {c.d}/base.st.gz", Point(m, stored)


class Run:
    """A command that trains, but for its rate; its log and its stream."""

    def __init__(self, c, method, options, batch, accum=1, per_batch=1):
        self.c, self.batch, self.accum, self.per_batch = c, batch, accum, per_batch
        a, b, base, self.point = ends_of(c, method)
        self.command = f"{BIN}/mc-curve -q {a} {b} {base} --train {c.data} --batch {batch} --accum {accum} --seed 7 --dropout 0 {options}"

    def train(self, options):
        sh(f"{self.command} {options} --log {self.c.d}/log.tsv > {self.c.d}/curve.st.gz")
        return documents(f"{self.c.d}/curve.st.gz")

    def loss(self, at, take):
        """Of one update; at(t) gives the stored tensors at t."""
        ts, passes = rows_of(f"{self.c.d}/log.tsv")[self.done][9].split(","), []
        for i in range(0, len(take), self.batch):
            for t in ts[len(passes):len(passes) + self.per_batch]:
                self.point.at = at(float(t))
                passes.append(self.c.losses(self.point, take[i:i + self.batch])[1])
        assert len(passes) == len(ts)
        self.done += 1
        return sum(p.sum() for p in passes) / sum(len(p) for p in passes)

    def follow(self, name, at, opt, lr, clip=1):
        def backward(take):
            loss = self.loss(at, take)
            loss.backward()
            return float(loss.detach())

        self.done = 0
        worst, norms = follow(f"{self.c.d}/log.tsv", opt, self.c.n(), STEPS, self.batch * self.accum, backward, clip,
                              lambda k: lr * lr_factor(k, STEPS, math.ceil(.06 * STEPS)))
        check(f"{name}: loss of {STEPS} updates", worst, 1e-4)
        check(f"{name}: gradient norms, relative", norms, 1e-3)

    def backward(self, at):
        """The gradient of the first update."""
        self.done = 0
        _, take = next(updates(self.c.n(), self.batch * self.accum, 1))
        self.loss(at, take).backward()


def compare(name, parts, whole):
    """Differences and sizes of parts of a gradient."""
    worst = max(float(apart) / (1e-4 * float(size) + 1e-6 * whole) for apart, size in parts)
    check(f"{name}: {len(parts)} gradients, worst share of the bound", worst, 1)


def check_curve(name, c, method, kind, bends, batch=SIZE, accum=1, per_batch=1, lr=1e-3):
    r = Run(c, method, f"--kind {kind} --bends {bends} --bend-init .02", batch, accum, per_batch)
    r.command += f" --t-per-batch {per_batch}"
    first = [t for _, t in r.train("--steps 1 --lr 0")]
    models = [{k: x.clone().requires_grad_(0 < i <= bends) for k, x in t.items()} for i, t in enumerate(first)]
    moved = [x for t in models[1:-1] for x in t.values()]

    def at(t):
        w = weights(kind, bends + 2, t)
        return {k: sum(a * m[k].double() for a, m in zip(w, models)).float() for k in first[0]}

    # gradients, off what a step of plain descent has moved
    after = [t for _, t in r.train("--steps 1 --lr 100 --optimizer sgd --schedule constant --warmup 0 --clip 0")]
    r.backward(at)
    got = [{k: (x.detach() - y[k]).double() / 100 for k, x in t.items()} for t, y in zip(models, after)]
    whole = math.sqrt(sum(float(x.grad.double().square().sum()) for x in moved))
    compare(f"{name}: bends", [((g[k] - x.grad.double()).norm(), x.grad.norm()) for t, g in list(zip(models, got))[1:-1]
                               for k, x in t.items()], whole)
    for x in moved:
        x.grad = None
    last = [t for _, t in r.train(f"--steps {STEPS} --lr {lr}")]
    same = all(torch.equal(x, y[k]) for i in (0, -1) for t, y in [(first[i], last[i])] for k, x in t.items())
    check(f"{name}: ends that have moved", not same, 0)
    r.follow(name, at, torch.optim.AdamW([{"params": moved, "rate": 1}], weight_decay=0), lr)


def group(by, name):
    """That of a tensor of a BERT; by tensor of any model."""
    layer = re.search(r"\.layer\.(\d+)\.", name)
    return name if by == "tensor" else f"layer.{layer[1]}" if layer else next(
        g for g, part in (("embeddings", "embeddings"), ("pooler", "pooler"), ("head", "classifier")) if part in name)


def check_mixture(name, c, method, by, lr=.05):
    r = Run(c, method, f"--kind mix --by {by} --mix-init .5 --seed-init 3", SIZE)
    of = lambda documents: {g: math.log(t / (1 - t)) for g, t in json.loads(documents[0][0]["mc.curve"])["weights"].items()}
    first = of(r.train("--steps 1 --lr 0"))
    w = {g: torch.tensor(x, dtype=torch.float64, requires_grad=True) for g, x in first.items()}
    a, b = (documents_of_plain(f"{c.d}/{end}.safetensors") for end in "ab")
    at = lambda _: {k: (x.double() + torch.sigmoid(w[group(by, k)]) * (b[k].double() - x.double())).float() for k, x in a.items()}
    check(f"{name}: groups that differ", len(set(w) ^ {group(by, k) for k in a}), 0)
    # the gradient is the closed form t (1 - t) sum (b - a) dL/dtheta, of which autograd has the last factor
    after = of(r.train("--steps 1 --lr 1 --optimizer sgd --schedule constant --warmup 0 --clip 0"))
    leaves = {k: x.detach().requires_grad_(True) for k, x in at(0).items()}
    r.backward(lambda _: leaves)
    t = {g: 1 / (1 + math.exp(-x)) for g, x in first.items()}
    whole, worst = math.sqrt(sum(float(x.grad.double().square().sum()) for x in leaves.values())), 0.0
    for g in w:
        mine = [k for k in a if group(by, k) == g]
        way = torch.cat([(b[k].double() - a[k].double()).flatten() for k in mine])
        grad = torch.cat([leaves[k].grad.double().flatten() for k in mine])
        share = t[g] * (1 - t[g])
        bound = share * float(way.norm()) * (1e-4 * float(grad.norm()) + 1e-6 * whole)  # what gradients of tensors may differ by
        worst = max(worst, abs(first[g] - after[g] - share * float(way @ grad)) / (bound + 1e-9))
    check(f"{name}: {len(w)} gradients of groups, worst share of the bound", worst, 1)
    last = of(r.train(f"--steps {STEPS} --lr {lr}"))
    r.follow(name, at, torch.optim.AdamW([{"params": list(w.values()), "rate": 1}], weight_decay=0), lr)
    # without the key biases, whose gradient is rounding alone: Adam makes full steps of it
    apart = max(abs(last[g] - float(x.detach())) for g, x in w.items() if not g.endswith("key.bias"))
    check(f"{name}: the groups' numbers after them", apart, 1e-3 * max(abs(last[g] - first[g]) for g in w))


def documents_of_plain(path):
    sh(f"gzip -c {path} > {path}.gz")
    return documents(f"{path}.gz")[0][1]


def main():
    torch.set_num_threads(1)  # what is multiplied is small
    for i, (name, methods) in enumerate((("BERT", ("full", "lora", "adapter", "prefix", "bitfit", "head")), ("RoBERTa", ("full",)),
                                         ("T5 1.0", ("full", "lora")), ("T5 1.1", ("full", "lora")))):
        for method in methods:
            with tempfile.TemporaryDirectory() as d:
                c = Case(name, d, 80 + i)
                what = f"{name}, {method}"
                if name == "BERT":
                    check_curve(f"{what}, one bend", c, method, "bezier", 1)
                check_curve(f"{what}, two bends, three t", c, method, "bezier", 2, per_batch=3)
                if what in ("BERT, full", "T5 1.0, lora"):
                    check_curve(f"{what}, chain, two batches of two t", c, method, "chain", 2, batch=8, accum=2, per_batch=2)
                check_mixture(f"{what}, mixture by tensor", c, method, "tensor")
                if what == "BERT, full":
                    check_mixture(f"{what}, mixture by layer", c, method, "layer")


if __name__ == "__main__":
    finish(main)

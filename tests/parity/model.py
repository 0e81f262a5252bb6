"""Models, training steps and exchange with transformers, against PyTorch in float32; --precision bf16 against
float32, and against PyTorch with the inputs of every linear map's products rounded.

  model.py [--model DIR --texts FILE]     BIN and DUMP in the environment name the programs

Random tiny BERTs and RoBERTas of several shapes; with --model also that directory, on the first lines of FILE. Prints a line a check
and ends with "N passed, N failed"."""
import argparse, contextlib, json, math, os, re, subprocess, sys, tempfile
import numpy as np

os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()

BIN, DUMP = os.environ["BIN"], os.environ["DUMP"]
passed = failed = 0


def check(name, value, bound):
    """value must be at most bound; not a number fails."""
    global passed, failed
    ok = bool(value <= bound)
    passed, failed = passed + ok, failed + (not ok)
    print(f"{'ok' if ok else 'FAILED':6} {name}: {value:.3g} (bound {bound:.3g})", flush=True)


def sh(command, **kw):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=True, **kw)


SHAPES = {
    "two layers": dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64),
    "one layer, one head": dict(hidden_size=24, num_hidden_layers=1, num_attention_heads=1, intermediate_size=40),
    "odd sizes, gelu_new": dict(hidden_size=21, num_hidden_layers=3, num_attention_heads=3, intermediate_size=37,
                                hidden_act="gelu_new"),
    "relu, one type, three labels": dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=6, intermediate_size=50,
                                         hidden_act="relu", type_vocab_size=1),
    "long sequences": dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=96,
                           max_position_embeddings=300),
    "RoBERTa": dict(kind="roberta", hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64),
    "RoBERTa, one layer, odd sizes, another padding": dict(kind="roberta", hidden_size=27, num_hidden_layers=1, num_attention_heads=3,
                                                           intermediate_size=41, pad_token_id=5, layer_norm_eps=1e-5),
    "RoBERTa, two types, three labels": dict(kind="roberta", hidden_size=48, num_hidden_layers=3, num_attention_heads=6,
                                             intermediate_size=50, type_vocab_size=2, hidden_act="gelu_new"),
}
KINDS = {"bert": (BertConfig, BertForSequenceClassification), "roberta": (RobertaConfig, RobertaForSequenceClassification)}


def random_model(d, shape, labels, seed):
    torch.manual_seed(seed)
    c = dict(vocab_size=97, max_position_embeddings=40, type_vocab_size=2, initializer_range=0.3)
    c.update(shape)
    config, model = KINDS[c.pop("kind", "bert")]
    c["id2label"] = {i: x for i, x in enumerate(labels)}
    c["label2id"] = {x: i for i, x in enumerate(labels)}
    m = model(config(**c))
    with torch.no_grad():
        for p in m.parameters():  # biases and norms off their starting values too
            p.add_(0.1 * torch.randn_like(p))
        e = m.base_model.embeddings  # padding rows too
        e.word_embeddings.weight[m.config.pad_token_id] = 0.5 * torch.randn(m.config.hidden_size)
    m.eval()
    m.save_pretrained(d)
    return m


def random_tokens(path, config, labels, n, seed):
    """A token set, one document of the format without its envelope."""
    g = np.random.default_rng(seed)
    limit = config.max_position_embeddings - (config.pad_token_id + 1 if config.model_type == "roberta" else 0)
    lens = g.integers(2, min(limit, 40) + 1, n)
    lens[0], lens[1] = limit, 2
    offsets = np.concatenate([[0], np.cumsum(lens)])
    ids = g.integers(1, config.vocab_size, offsets[-1])
    ids[3] = ids[offsets[5]] = config.pad_token_id  # a padding token in the text: attended, without gradient
    types = np.concatenate([(np.arange(k) >= k // 2) * (config.type_vocab_size > 1) for k in lens])
    y = g.integers(0, len(labels), n)
    y[:len(labels)] = np.arange(len(labels))
    names = sorted(labels)
    stored = np.array([names.index(labels[k]) for k in y])
    save_file({"ids": torch.tensor(ids, dtype=torch.int32), "offsets": torch.tensor(offsets, dtype=torch.int64),
               "types": torch.tensor(types, dtype=torch.uint8), "labels": torch.tensor(stored, dtype=torch.int32),
               "lines": torch.arange(1, n + 1, dtype=torch.int64)}, path,
              {"mc.format": "1", "mc.kind": "tokens", "mc.labels": json.dumps(names)})


def read_tokens(path, labels):
    """Examples of a token set: ids, types, label as an output of the model."""
    t = load_file(path)
    names = json.loads(safe_open(path, "pt").metadata()["mc.labels"])
    at = t["offsets"].tolist()
    return [(t["ids"][a:b].long(), t["types"][a:b].long(), labels.index(names[k]))
            for a, b, k in zip(at, at[1:], t["labels"].tolist())]


def forward(m, rows):
    """Logits and per-example losses, padded as a PyTorch user would."""
    width = max(len(r[0]) for r in rows)
    ids = torch.full((len(rows), width), m.config.pad_token_id)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for i, (a, b, _) in enumerate(rows):
        ids[i, :len(a)], types[i, :len(b)], mask[i, :len(a)] = a, b, 1
    y = torch.tensor([r[2] for r in rows])
    z = m(input_ids=ids, token_type_ids=types, attention_mask=mask).logits
    return z, torch.nn.functional.cross_entropy(z, y, reduction="none")


def check_gradients(name, m, got):
    ref = {k: p.grad.double() for k, p in m.named_parameters()}
    whole = math.sqrt(sum(float((g * g).sum()) for g in ref.values()))
    worst = 0.0
    for k, g in ref.items():
        d = float((got["grad." + k].double() - g).norm())
        worst = max(worst, d / (1e-4 * float(g.norm()) + 1e-6 * whole))
    check(f"{name}: {len(ref)} gradient tensors, worst share of the bound", worst, 1)


def check_model(name, d, m, labels, tok_file):
    rows = read_tokens(tok_file, labels)
    sh(f"{BIN}/mc-import {d} > {d}/m.st.gz; {DUMP} {d}/m.st.gz {tok_file} {d}/dump.safetensors")
    got = load_file(f"{d}/dump.safetensors")
    m.zero_grad()
    z, loss = forward(m, rows)
    loss.mean().backward()
    z, loss = z.detach(), loss.detach()
    check(f"{name}: logits", float((got["logits"] - z).abs().max()), 1e-5 * float(z.abs().max()))
    # one example's loss is as exact as its logits; the mean is held to the bound of a loss
    check(f"{name}: loss of every example", float((got["loss"] - loss.double()).abs().max()), 2e-5 * float(z.abs().max()))
    mean = float(loss.double().mean())
    check(f"{name}: mean loss", abs(float(got["loss"].mean()) - mean), 1e-6 * max(1, mean))
    check_gradients(name, m, got)
    r = sh(f"{BIN}/mc-eval {tok_file} < {d}/m.st.gz", capture_output=True, text=True).stdout.split("\n")[1].split("\t")
    check(f"{name}: mc-eval's loss", abs(float(r[4]) - mean), 1e-6 * max(1, mean))
    acc = float((z.argmax(-1) == torch.tensor([x[2] for x in rows])).double().mean())
    check(f"{name}: mc-eval's accuracy", abs(float(r[5]) - acc), 1e-9)


class RoundedLinear(torch.autograd.Function):
    """x W^T + b; the inputs of this product and of its gradients rounded to bfloat16, sums in float32."""

    @staticmethod
    def forward(ctx, x, w, b):
        x, w = (t.bfloat16().float() for t in (x, w))
        ctx.save_for_backward(x, w)
        ctx.biased = b is not None
        return x @ w.T + b if ctx.biased else x @ w.T

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        rounded = dy.bfloat16().float()
        rows = lambda t: t.reshape(-1, t.shape[-1])
        return rounded @ w, rows(rounded).T @ rows(x), rows(dy).sum(0) if ctx.biased else None


@contextlib.contextmanager
def rounded_linears():
    plain = torch.nn.Linear.forward
    torch.nn.Linear.forward = lambda self, x: RoundedLinear.apply(x, self.weight, self.bias)
    try:
        yield
    finally:
        torch.nn.Linear.forward = plain


def check_bf16(name, d, m, labels, tok_file):
    rows = read_tokens(tok_file, labels)
    sh(f"{DUMP} {d}/m.st.gz {tok_file} {d}/bf16.safetensors bf16")
    got = load_file(f"{d}/bf16.safetensors")
    loss = float(got["loss"].mean())
    with torch.no_grad():
        exact = float(forward(m, rows)[1].double().mean())
    check(f"{name}: bf16, mean loss against float32, relative", abs(loss - exact) / exact, 1e-2)
    with rounded_linears():
        m.zero_grad()
        z, each = forward(m, rows)
        each.mean().backward()
    # sums in another order round some inputs to the other neighbour: one-layer RoBERTas of PyTorch differ from themselves by up to
    # 5.6e-4 of the gradient and 4.1e-3 of the logits when their layer norms are computed in double
    logits, mean, gradient = (1e-5, 1e-6, 1e-4) if m.config.num_hidden_layers == 1 and m.config.model_type == "bert" else (2e-2, 1e-3, 1e-2)
    z, each = z.detach(), each.detach()
    check(f"{name}: bf16, logits against rounded products", float((got["logits"] - z).abs().max() / z.abs().max()), logits)
    check(f"{name}: bf16, mean loss against them", abs(loss - float(each.double().mean())), mean * max(1, exact))
    apart = whole = 0.0
    for k, p in m.named_parameters():
        apart += float((got["grad." + k].double() - p.grad.double()).square().sum())
        whole += float(p.grad.double().square().sum())
    check(f"{name}: bf16, gradient against theirs, relative", math.sqrt(apart / whole), gradient)


def layers_above(name, c):
    """Layers from a parameter's own to the top of its stack, one more than all for embeddings, none for what stands above."""
    t5 = c.model_type == "t5"
    depth = {"encoder": c.num_layers, "decoder": c.num_decoder_layers} if t5 else {"encoder": c.num_hidden_layers}
    layer = re.search(r"(encoder|decoder)\.(?:block|layer)\.(\d+)\.", name)
    if layer:
        return depth[layer[1]] - int(layer[2])
    return max(depth.values()) + 1 if "embeddings." in name or name == "shared.weight" else 0


def params_by_decay(m, wd, layer_decay=1.0, no_decay=()):
    """Groups of torch's optimizers; "rate" is the factor on a group's learning rate."""
    groups = {}
    for n, p in m.named_parameters():
        key = layer_decay ** layers_above(n, m.config), any(x in n for x in ("bias", "LayerNorm", "layer_norm", *no_decay))
        groups.setdefault(key, []).append(p)
    return [{"params": p, "rate": rate, "weight_decay": 0.0 if spared else wd} for (rate, spared), p in groups.items()]


def lr_factor(step, total, warmup):
    return step / warmup if step < warmup else max(0.0, (total - step) / max(1, total - warmup))


def updates(n, size, steps, seed=7):
    """The examples of every update, in the order that mc-finetune has; with the update's number."""
    done = epoch = 0
    while True:
        order = [int(x) for x in sh(f"{DUMP} order {seed} {epoch} {n}", capture_output=True, text=True).stdout.split()]
        epoch += 1
        for at in range(0, n, size):
            yield done, order[at:at + size]
            done += 1
            if done == steps:
                return


def log_of(path):
    return [x.split("\t") for x in open(path).read().split("\n")[1:-1]]


def check_steps(name, d, m, labels, tok_file, opts, batch, accum, lr, wd, warmup, clip, optimizer="adamw", steps=20, **by_name):
    """Twenty updates without dropout, in the order of examples that the tool has."""
    rows = read_tokens(tok_file, labels)
    sh(f"{BIN}/mc-finetune --train {tok_file} --steps {steps} --batch {batch} --accum {accum} --lr {lr} --seed 7 --dropout 0 "
       f"{opts} --log {d}/log.tsv < {d}/m.st.gz > {d}/tuned.st.gz")
    lines = log_of(f"{d}/log.tsv")
    opt = (torch.optim.AdamW if optimizer == "adamw" else torch.optim.SGD)(params_by_decay(m, wd, **by_name), lr=lr)
    worst = norms = 0.0
    for done, take in updates(len(rows), batch * accum, steps):
        total = 0.0
        for k in range(0, len(take), batch):
            _, loss = forward(m, [rows[i] for i in take[k:k + batch]])
            (loss.sum() / len(take)).backward()
            total += float(loss.sum().detach()) / len(take)
        norm = float(torch.nn.utils.clip_grad_norm_(m.parameters(), clip if clip else 1e30))
        for group in opt.param_groups:
            group["lr"] = lr * group["rate"] * (lr_factor(done, steps, warmup) if warmup is not None else 1)
        opt.step()
        opt.zero_grad()
        worst = max(worst, abs(float(lines[done][2]) - total))
        norms = max(norms, abs(float(lines[done][4]) - norm) / norm)
    check(f"{name}: loss of {steps} updates", worst, 1e-4)
    check(f"{name}: gradient norms, relative", norms, 1e-3)
    sh(f"zcat {d}/tuned.st.gz > {d}/tuned.safetensors")
    # without the key biases, whose gradient is rounding alone: Adam makes full steps of it
    mine, first = load_file(f"{d}/tuned.safetensors"), load_file(f"{d}/model.safetensors")
    apart = moved = 0.0
    for k, p in m.named_parameters():
        if not k.endswith("key.bias"):
            apart += float((mine[k] - p.detach()).double().square().sum())
            moved += float((first[k] - p.detach()).double().square().sum())
    check(f"{name}: weights after them, relative to the way they went", math.sqrt(apart / moved), 2e-3)


def check_exchange(name, d, m, labels, tok_file):
    """mc-export gives a directory that transformers loads; the payload is a file that safetensors opens."""
    rows = read_tokens(tok_file, labels)
    sh(f"rm -rf {d}/out; {BIN}/mc-export {d}/out < {d}/m.st.gz; {BIN}/mc-import {d}/out > {d}/again.st.gz")
    back = AutoModelForSequenceClassification.from_pretrained(f"{d}/out").eval()
    with torch.no_grad():
        check(f"{name}: logits of the exported directory", float((forward(back, rows)[0] - forward(m, rows)[0]).abs().max()), 0)
    check(f"{name}: exported label names", float(list(back.config.id2label.values()) != labels), 0)
    ids = [sh(f"{BIN}/mc-info --digest {d}/{f}", capture_output=True, text=True).stdout.split("\t")[0] for f in ("m.st.gz", "again.st.gz")]
    check(f"{name}: digest of import of export", float(ids[0] != ids[1]), 0)
    sh(f"zcat {d}/m.st.gz > {d}/plain.safetensors")
    with safe_open(f"{d}/plain.safetensors", "pt") as f:
        same = all(torch.equal(f.get_tensor(k), p) for k, p in m.named_parameters()) and f.metadata()["format"] == "pt"
    check(f"{name}: the payload in the safetensors library", float(not same), 0)
    for t, kind in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        sh(f"rm -rf {d}/half; {BIN}/mc-export {d}/half --dtype {t} < {d}/m.st.gz; {BIN}/mc-import {d}/half | zcat > {d}/half.safetensors")
        raw, wide = load_file(f"{d}/half/model.safetensors"), load_file(f"{d}/half.safetensors")
        same = all(torch.equal(raw[k], p.to(kind)) and torch.equal(wide[k], p.to(kind).float()) for k, p in m.named_parameters())
        check(f"{name}: --dtype {t}, out and in", float(not same), 0)


def tiny(seed=0):
    for i, (name, shape) in enumerate(SHAPES.items()):
        labels = ["no", "yes", "maybe"] if "three" in name else ["wrong", "right"]
        with tempfile.TemporaryDirectory() as d:
            m = random_model(d, shape, labels, seed + i)
            random_tokens(f"{d}/data.tok", m.config, labels, 60, seed + 100 + i)
            check_model(name, d, m, labels, f"{d}/data.tok")
            check_bf16(name, d, m, labels, f"{d}/data.tok")
            if i == 0 or "odd" in name or name == "RoBERTa":
                check_exchange(name, d, m, labels, f"{d}/data.tok")
            train = dict(d=d, labels=labels, tok_file=f"{d}/data.tok")
            recipes = {
                "plain AdamW": dict(opts="--schedule constant --warmup 0 --weight-decay 0 --clip 0", batch=16, accum=1, lr=1e-3,
                                    wd=0, warmup=None, clip=0),
                "AdamW, decay, warm-up, clipping": dict(opts="--warmup 0.2 --weight-decay 0.1 --clip 0.5", batch=16, accum=1, lr=1e-3,
                                                        wd=0.1, warmup=4, clip=0.5),
                "AdamW, accumulation": dict(opts="--schedule constant --warmup 0 --weight-decay 0.01 --clip 1", batch=8, accum=3,
                                            lr=1e-3, wd=0.01, warmup=None, clip=1),
                "AdamW, rates by layer": dict(
                    opts="--warmup 0.2 --weight-decay 0.1 --layer-decay 0.6 --no-decay query,word_emb", batch=16, accum=1, lr=3e-3, wd=0.1,
                    warmup=4, clip=1, layer_decay=0.6, no_decay=("query", "word_emb")),
                "SGD, rates by layer": dict(
                    opts="--schedule constant --warmup 0 --weight-decay 0.1 --clip 1 --optimizer sgd --layer-decay 0.5", batch=16, accum=1,
                    lr=1e-2, wd=0.1, warmup=None, clip=1, optimizer="sgd", layer_decay=0.5),
                "SGD": dict(opts="--schedule constant --warmup 0 --weight-decay 0.01 --clip 1 --optimizer sgd", batch=16, accum=1,
                            lr=1e-2, wd=0.01, warmup=None, clip=1, optimizer="sgd"),
            }
            for r, how in recipes.items():
                if i == 0 or name == "RoBERTa" or (i < 3 and r.startswith("AdamW,")):
                    fresh = AutoModelForSequenceClassification.from_pretrained(d).eval()
                    check_steps(f"{name}: {r}", m=fresh, **train, **how)


def real(model, texts):
    """A model that is given: the loss of a random head on real text, gradients, and twenty steps."""
    labels = sorted({x.rstrip("\n").split("\t")[-1] for x in open(texts, encoding="utf-8")})
    with tempfile.TemporaryDirectory() as d:
        sh(f"head -n 96 {texts} | {BIN}/mc-tokenize -t {model} --labels {','.join(labels)} | zcat > {d}/data.tok")
        sh(f"{BIN}/mc-import {model} --labels {','.join(labels)} --seed-init 1 > {d}/first.st.gz; {BIN}/mc-export {d}/dir < {d}/first.st.gz")
        m = AutoModelForSequenceClassification.from_pretrained(f"{d}/dir").eval()
        check_model("given model", f"{d}/dir", m, labels, f"{d}/data.tok")
        check_bf16("given model", f"{d}/dir", m, labels, f"{d}/data.tok")
        check_exchange("given model", f"{d}/dir", m, labels, f"{d}/data.tok")
        for r, how in {
            "plain AdamW": dict(opts="--schedule constant --warmup 0 --weight-decay 0 --clip 0", batch=8, accum=1, wd=0, warmup=None, clip=0),
            "AdamW, decay, warm-up, clipping": dict(opts="--warmup 0.2", batch=8, accum=1, wd=0.01, warmup=4, clip=1),
            "AdamW, accumulation": dict(opts="--schedule constant --warmup 0", batch=4, accum=2, wd=0.01, warmup=None, clip=1),
        }.items():
            fresh = AutoModelForSequenceClassification.from_pretrained(f"{d}/dir").eval()
            check_steps(f"given model: {r}", d=f"{d}/dir", m=fresh, labels=labels, tok_file=f"{d}/data.tok", lr=3e-5, **how)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--model")
    p.add_argument("--texts")
    o = p.parse_args()
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    print(f"PyTorch {torch.__version__}")
    tiny()
    if o.model and o.texts:
        real(o.model, o.texts)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)

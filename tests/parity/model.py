"""Models, training steps and exchange with transformers, against PyTorch in float32; --precision bf16 against
float32, and against PyTorch with the inputs of every linear map's products rounded.

  model.py [--model DIR --texts FILE]     BIN and DUMP in the environment name the programs

Random tiny BERTs and RoBERTas of several shapes; with --model also that directory, on the first lines of FILE. Prints a line a check
and ends with "N passed, N failed"."""
import argparse, json, tempfile
import numpy as np
import torch
from pytorch import (BIN, check, check_bf16, check_eval, check_halves, check_near, check_outputs, check_same, check_updates, digest, finish, largest,
                     params_by_decay, rows_of, said, sh)
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

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


def runner(m, rows):
    """Logits, loss of every example, and what an update minimises."""
    def run():
        z, each = forward(m, rows)
        return z, each, each.mean()
    return run


def check_model(name, d, m, labels, tok_file):
    rows = read_tokens(tok_file, labels)
    z, mean = check_outputs(name, d, tok_file, m, runner(m, rows))
    row = said(f"{BIN}/mc-eval {tok_file} < {d}/m.st.gz").split("\n")[1].split("\t")
    check_eval(f"{name}: mc-eval", row, mean, float((z.argmax(-1) == torch.tensor([x[2] for x in rows])).double().mean()))
    # sums in another order round some inputs to the other neighbour: one-layer RoBERTas of PyTorch differ from themselves by up to
    # 5.6e-4 of the gradient and 4.1e-3 of the logits when their layer norms are computed in double
    near = m.config.num_hidden_layers == 1 and m.config.model_type == "bert"
    bounds = dict(logits=1e-5, mean=1e-6, gradient=1e-4) if near else dict(logits=2e-2, mean=1e-3, gradient=1e-2)
    check_bf16(name, d, tok_file, m, runner(m, rows), **bounds)


def check_steps(name, d, labels, tok_file, wd, optimizer="adamw", layer_decay=1.0, no_decay=(), **how):
    m, rows = AutoModelForSequenceClassification.from_pretrained(d).eval(), read_tokens(tok_file, labels)
    opt = (torch.optim.AdamW if optimizer == "adamw" else torch.optim.SGD)(params_by_decay(m, wd, layer_decay, no_decay), lr=how["lr"])

    def backward(take):
        total = 0.0
        for k in range(0, len(take), how["batch"]):
            _, loss = forward(m, [rows[i] for i in take[k:k + how["batch"]]])
            (loss.sum() / len(take)).backward()
            total += float(loss.sum().detach()) / len(take)
        return total
    check_updates(name, d, tok_file, m, len(rows), opt, backward, **how)


def check_exchange(name, d, m, labels, tok_file):
    """mc-export gives a directory that transformers loads; the payload is a file that safetensors opens."""
    rows = read_tokens(tok_file, labels)
    sh(f"rm -rf {d}/out; {BIN}/mc-export {d}/out < {d}/m.st.gz; {BIN}/mc-import {d}/out > {d}/again.st.gz")
    back = AutoModelForSequenceClassification.from_pretrained(f"{d}/out").eval()
    with torch.no_grad():
        check(f"{name}: logits of the exported directory", largest(forward(back, rows)[0] - forward(m, rows)[0]), 0)
    check_same(f"{name}: exported label names", list(back.config.id2label.values()) == labels)
    check_same(f"{name}: digest of import of export", digest(f"{d}/m.st.gz") == digest(f"{d}/again.st.gz"))
    sh(f"zcat {d}/m.st.gz > {d}/plain.safetensors")
    with safe_open(f"{d}/plain.safetensors", "pt") as f:
        same = all(torch.equal(f.get_tensor(k), p) for k, p in m.named_parameters()) and f.metadata()["format"] == "pt"
    check_same(f"{name}: the payload in the safetensors library", same)
    check_halves(name, d, m)


def check_dynamics(name, d, labels, tok_file):
    """Training dynamics after every epoch: what the models saved there say in PyTorch, dropout off."""
    rows, epochs, size = read_tokens(tok_file, labels), 3, 16
    per_epoch = -(-len(rows) // size)
    sh(f"{BIN}/mc-finetune -q --train {tok_file} --epochs {epochs} --batch {size} --lr 3e-3 --dropout .1 --dynamics {d}/dynamics.tsv "
       f"--save-at {','.join(str(per_epoch * k) for k in range(1, epochs + 1))} < {d}/m.st.gz > {d}/epochs.st.gz")
    told = rows_of(f"{d}/dynamics.tsv")
    check_same(f"{name}: dynamics, rows", [(int(r[0]), int(r[1])) for r in told] == [(k, i) for k in range(1, epochs + 1) for i in range(len(rows))])
    for k in range(epochs):
        sh(f"rm -rf {d}/epoch; {BIN}/mc-pick {k} < {d}/epochs.st.gz | {BIN}/mc-export {d}/epoch")
        with torch.no_grad():
            z = forward(AutoModelForSequenceClassification.from_pretrained(f"{d}/epoch").eval(), rows)[0]
        mine = told[k * len(rows):(k + 1) * len(rows)]
        gold = torch.tensor([int(r[6]) for r in mine])
        log_p = z.log_softmax(-1).gather(1, gold[:, None])[:, 0]
        check_same(f"{name}: dynamics of epoch {k + 1}, labels", [labels[g] for g in gold] == [r[2] for r in mine] == [labels[x[2]] for x in rows])
        check_near(f"{name}: dynamics of epoch {k + 1}, logits", torch.tensor([[float(x) for x in r[7].split(",")] for r in mine]), z)
        # logits that are off by a move a log-probability by 2 a at most, and p by p (1 - p) of that
        off = 1e-5 * largest(z)
        check(f"{name}: dynamics of epoch {k + 1}, losses", largest(torch.tensor([float(r[4]) for r in mine]) + log_p), 2 * off)
        check(f"{name}: dynamics of epoch {k + 1}, probabilities", largest(torch.tensor([float(r[5]) for r in mine]) - log_p.exp()), off / 2)
        # where two logits are that near, either may be the greater
        two = z.topk(2).values
        sure = (two[:, 0] - two[:, 1] > 2 * off).tolist()
        check_same(f"{name}: dynamics of epoch {k + 1}, predictions",
                   all(labels[g] == r[3] for g, r, s in zip(z.argmax(-1), mine, sure) if s))


def tiny(seed=0):
    for i, (name, shape) in enumerate(SHAPES.items()):
        labels = ["no", "yes", "maybe"] if "three" in name else ["wrong", "right"]
        with tempfile.TemporaryDirectory() as d:
            m = random_model(d, shape, labels, seed + i)
            random_tokens(f"{d}/data.tok", m.config, labels, 60, seed + 100 + i)
            check_model(name, d, m, labels, f"{d}/data.tok")
            if i == 0 or "odd" in name or name == "RoBERTa":
                check_exchange(name, d, m, labels, f"{d}/data.tok")
            if i == 0 or name == "RoBERTa" or "three" in name:
                check_dynamics(name, d, labels, f"{d}/data.tok")
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
                    check_steps(f"{name}: {r}", **train, **how)


def real(model, texts):
    """A model that is given: the loss of a random head on real text, gradients, and twenty steps."""
    labels = sorted({x.rstrip("\n").split("\t")[-1] for x in open(texts, encoding="utf-8")})
    with tempfile.TemporaryDirectory() as d:
        sh(f"head -n 96 {texts} | {BIN}/mc-tokenize -t {model} --labels {','.join(labels)} | zcat > {d}/data.tok")
        sh(f"{BIN}/mc-import {model} --labels {','.join(labels)} --seed-init 1 > {d}/first.st.gz; {BIN}/mc-export {d}/dir < {d}/first.st.gz")
        m = AutoModelForSequenceClassification.from_pretrained(f"{d}/dir").eval()
        check_model("given model", f"{d}/dir", m, labels, f"{d}/data.tok")
        check_exchange("given model", f"{d}/dir", m, labels, f"{d}/data.tok")
        for r, how in {
            "plain AdamW": dict(opts="--schedule constant --warmup 0 --weight-decay 0 --clip 0", batch=8, accum=1, wd=0, warmup=None, clip=0),
            "AdamW, decay, warm-up, clipping": dict(opts="--warmup 0.2", batch=8, accum=1, wd=0.01, warmup=4, clip=1),
            "AdamW, accumulation": dict(opts="--schedule constant --warmup 0", batch=4, accum=2, wd=0.01, warmup=None, clip=1),
        }.items():
            check_steps(f"given model: {r}", d=f"{d}/dir", labels=labels, tok_file=f"{d}/data.tok", lr=3e-5, **how)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model")
    p.add_argument("--texts")
    o = p.parse_args()
    print(f"PyTorch {torch.__version__}")
    tiny()
    if o.model and o.texts:
        real(o.model, o.texts)


if __name__ == "__main__":
    finish(main, exact=True)

"""T5 against transformers in float32: logits, losses, gradients, updates by AdamW and Adafactor, scores of labels, written
text token by token, exchange of directories; --precision bf16 as model.py has it.

  t5.py     BIN and DUMP in the environment name the programs

Random tiny models of several shapes. Prints a line a check and ends with "N passed, N failed"."""
import json, math, os, tempfile
import numpy as np
import torch
from pytorch import (BIN, DUMP, check, check_bf16, check_eval, check_halves, check_outputs, check_same, check_updates, digest, finish, largest,
                     params_by_decay, rows_of, said, sh)
from safetensors.torch import load_file, save_file
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention
from transformers.optimization import Adafactor

SHAPES = {
    "T5 1.0": dict(d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4),
    "T5 1.1, heads wider than the model": dict(d_model=32, d_kv=20, d_ff=48, num_layers=3, num_decoder_layers=2, num_heads=3,
                                               feed_forward_proj="gated-gelu", untied=True),
    "T5 1.0, one layer, odd sizes, narrow heads": dict(d_model=27, d_kv=5, d_ff=33, num_layers=1, num_heads=3),
    "T5 1.1, tied and scaled, far positions": dict(d_model=24, d_kv=6, d_ff=40, num_layers=2, num_heads=4,
                                                   feed_forward_proj="gated-gelu", relative_attention_num_buckets=8,
                                                   relative_attention_max_distance=12),
    "T5 1.0, untied, deeper decoder": dict(d_model=40, d_kv=10, d_ff=70, num_layers=1, num_decoder_layers=3, num_heads=2,
                                           untied=True, decoder_start_token_id=3),
}
LABELS = ["no", "perhaps", "yes"]
VOCAB, END = 97, 1


def random_model(d, shape, seed):
    torch.manual_seed(seed)
    c = dict(vocab_size=VOCAB, decoder_start_token_id=0, dropout_rate=0.1)
    c.update(shape)
    untied = c.pop("untied", False)
    if untied:
        c["tie_word_embeddings"] = False
    m = T5ForConditionalGeneration(T5Config(**c))
    with torch.no_grad():
        if untied:
            m.lm_head.weight = torch.nn.Parameter(torch.randn_like(m.shared.weight))
        for p in m.parameters():
            p.add_(0.05 * torch.randn_like(p))
        if not untied and not m.config.scale_decoder_outputs:
            m.shared.weight.mul_(0.3)
    m.eval().save_pretrained(d)
    return m


def random_set(path, n, seed):
    """A labelled text-to-text token set, one document of the format without its envelope; with the pieces of a vocabulary."""
    g = np.random.default_rng(seed)
    lens = g.integers(1, 40, n)
    lens[:2] = 70, 1
    offsets = np.concatenate([[0], np.cumsum(lens)])
    of_label = [list(g.integers(2, VOCAB, k)) + [END] for k in (1, 6, 3)]
    y = g.integers(0, len(LABELS), n)
    y[:len(LABELS)] = np.arange(len(LABELS))
    flat = lambda lists: (torch.tensor(np.concatenate(lists), dtype=torch.int32),
                          torch.tensor(np.concatenate([[0], np.cumsum([len(x) for x in lists])]), dtype=torch.int64))
    targets, label_targets = flat([of_label[k] for k in y]), flat(of_label)
    pieces = b"".join((b"" if i < 3 else f"\u2581w{i}".encode()) + b"\0" for i in range(VOCAB))
    save_file({"ids": torch.tensor(g.integers(0, VOCAB, offsets[-1]), dtype=torch.int32),
               "offsets": torch.tensor(offsets, dtype=torch.int64), "types": torch.zeros(offsets[-1], dtype=torch.uint8),
               "labels": torch.tensor(y, dtype=torch.int32), "lines": torch.arange(1, n + 1, dtype=torch.int64),
               "target_ids": targets[0], "target_offsets": targets[1], "label_target_ids": label_targets[0],
               "label_target_offsets": label_targets[1], "pieces": torch.tensor(list(pieces), dtype=torch.uint8)}, path,
              {"mc.format": "1", "mc.kind": "tokens", "mc.labels": json.dumps(LABELS), "mc.decoder": "metaspace"})


def read_set(path):
    """Sources, targets, labels, targets of the labels."""
    t = load_file(path)
    cut = lambda a, b: [t[a][i:j].long() for i, j in zip(t[b].tolist(), t[b].tolist()[1:])]
    return cut("ids", "offsets"), cut("target_ids", "target_offsets"), t["labels"].tolist(), cut("label_target_ids", "label_target_offsets")


def forward(m, sources, targets):
    """Logits per example and negative log-likelihoods per token, padded as a PyTorch user would."""
    ids = torch.zeros(len(sources), max(map(len, sources)), dtype=torch.long)
    mask, want = torch.zeros_like(ids), torch.full((len(targets), max(map(len, targets))), -100)
    for i, (a, b) in enumerate(zip(sources, targets)):
        ids[i, :len(a)], mask[i, :len(a)], want[i, :len(b)] = a, 1, b
    z = m(input_ids=ids, attention_mask=mask, labels=want).logits
    nll = torch.nn.functional.cross_entropy(z.transpose(1, 2), want, reduction="none", ignore_index=-100)
    return [z[i, :len(b)] for i, b in enumerate(targets)], [nll[i, :len(b)] for i, b in enumerate(targets)]


def check_buckets():
    bad = 0
    for causal in (False, True):
        for n, far in ((32, 128), (8, 20), (7, 9), (64, 1000), (4, 3), (33, 129)):
            got = said(f"{DUMP} buckets {int(causal)} {n} {far} -2100 2100").split()
            want = T5Attention._relative_position_bucket(torch.arange(-2100, 2101), not causal, n, far)
            bad += sum(int(a) != b for a, b in zip(got, want.tolist())) + abs(len(got) - len(want))
    check("T5: buckets of 50,412 relative positions, differences", bad, 0)


def runner(m, sources, targets):
    """Logits of all tokens, loss of every example, and what an update minimises: the mean of all tokens."""
    def run():
        z, nll = forward(m, sources, targets)
        return torch.cat(z), torch.stack([x.mean() for x in nll]), torch.cat(nll).mean()
    return run


def check_model(name, d, m, path):
    sources, targets, _, _ = read_set(path)
    check_outputs(name, d, path, m, runner(m, sources, targets))
    check_bf16(name, d, path, m, runner(m, sources, targets))


def check_scores(name, d, m, path):
    sources, targets, y, of_label = read_set(path)
    row = said(f"{BIN}/mc-eval --per-example {d}/each.tsv {path} < {d}/m.st.gz").split("\n")[1].split("\t")
    each = rows_of(f"{d}/each.tsv")
    with torch.no_grad():
        sums = torch.stack([torch.stack([x.sum() for x in forward(m, sources, [t] * len(sources))[1]]) for t in of_label], 1).double()
    p = torch.softmax(-sums, 1)
    gold = torch.tensor(y)
    check(f"{name}: scores, probability of the label", max(abs(float(e[7]) - float(p[i, k])) for i, (e, k) in enumerate(zip(each, y))), 1e-5)
    check(f"{name}: scores, predicted labels that differ", sum(e[5] != LABELS[int(k)] for e, k in zip(each, sums.argmin(1))), 0)
    mean = float((sums[torch.arange(len(y)), gold] / torch.tensor([len(of_label[k]) for k in y])).mean())
    check_eval(f"{name}: scores, mc-eval", row, mean, float((sums.argmin(1) == gold).double().mean()))


def check_greedy(name, d, m, path, cached):
    sources, targets, _, _ = read_set(path)
    sh(f"{BIN}/mc-eval --decode greedy --max-new 18 --per-example {d}/each.tsv --outputs {d}/text.tsv -o {d}/t.tsv {path} < {d}/m.st.gz")
    rows, each = rows_of(f"{d}/text.tsv"), rows_of(f"{d}/each.tsv")
    differ = 0
    for a, r in zip(sources, rows):
        want = m.generate(input_ids=a[None], max_new_tokens=18, num_beams=1, do_sample=False, use_cache=cached)[0].tolist()
        differ += want != [int(x) for x in r[4].split()]
    check(f"{name}: greedy ids of {len(rows)} sources, differences", differ + abs(len(rows) - len(sources)), 0)
    with torch.no_grad():
        p = [math.exp(-float(x.sum())) for x in forward(m, sources, targets)[1]]
    check(f"{name}: greedy, probability of the gold target, relative", max(abs(float(e[7]) / q - 1) for e, q in zip(each, p)), 1e-3)


def check_steps(name, d, path, wd, optimizer="adamw", layer_decay=1.0, scale_parameter=False, relative_step=False, **how):
    m = T5ForConditionalGeneration.from_pretrained(d).eval()
    sources, targets, _, _ = read_set(path)
    groups = params_by_decay(m, wd, layer_decay)
    if optimizer == "adamw":
        opt = torch.optim.AdamW(groups, lr=how["lr"])
    else:
        opt = Adafactor(groups, lr=how["lr"], warmup_init=False, scale_parameter=scale_parameter, relative_step=relative_step)

    def backward(take):
        tokens, total = sum(len(targets[i]) for i in take), 0.0
        for k in range(0, len(take), how["batch"]):
            part = take[k:k + how["batch"]]
            nll = torch.cat(forward(m, [sources[i] for i in part], [targets[i] for i in part])[1]).sum() / tokens
            nll.backward()
            total += float(nll.detach())
        return total
    check_updates(name, d, path, m, len(sources), opt, backward, **how)


RECIPES = {
    "plain AdamW": dict(opts="--schedule constant --warmup 0 --weight-decay 0 --clip 0", batch=16, accum=1, lr=1e-3, wd=0, warmup=None, clip=0),
    "AdamW, decay, warm-up, clipping, accumulation": dict(opts="--warmup 0.2 --weight-decay 0.1 --clip 0.5", batch=8, accum=2, lr=1e-3,
                                                          wd=0.1, warmup=4, clip=0.5),
    "Adafactor": dict(opts="--optimizer adafactor --schedule constant --warmup 0 --weight-decay 0 --clip 0", batch=16, accum=1, lr=1e-3,
                      wd=0, warmup=None, clip=0, optimizer="adafactor"),
    "Adafactor, decay, warm-up, clipping, accumulation": dict(
        opts="--optimizer adafactor --warmup 0.2 --weight-decay 0.1 --clip 0.5", batch=8, accum=2, lr=3e-3, wd=0.1, warmup=4, clip=0.5,
        optimizer="adafactor"),
    "Adafactor, rates by layer": dict(
        opts="--optimizer adafactor --schedule constant --warmup 0 --weight-decay 0.1 --clip 1 --layer-decay 0.6", batch=16, accum=1,
        lr=3e-3, wd=0.1, warmup=None, clip=1, optimizer="adafactor", layer_decay=0.6),
    "Adafactor, scaled": dict(opts="--optimizer adafactor --adafactor-scale --schedule constant --warmup 0 --weight-decay 0.01 --clip 1",
                              batch=16, accum=1, lr=1e-2, wd=0.01, warmup=None, clip=1, optimizer="adafactor", scale_parameter=True),
    "Adafactor, scaled and relative": dict(opts="--optimizer adafactor --adafactor-scale --adafactor-relative --weight-decay 0 --clip 0",
                                           batch=16, accum=1, lr=None, wd=0, warmup=None, clip=0, optimizer="adafactor",
                                           scale_parameter=True, relative_step=True),
}


def check_exchange(name, d, m, path):
    """Export loads in transformers; other ways to store the same model are the same model."""
    sources, targets, _, _ = read_set(path)
    sh(f"rm -rf {d}/out; {BIN}/mc-export {d}/out < {d}/m.st.gz")
    back = T5ForConditionalGeneration.from_pretrained(f"{d}/out").eval()
    with torch.no_grad():
        a, b = (torch.cat(forward(x, sources, targets)[0]) for x in (m, back))
    check(f"{name}: logits of the exported directory", largest(a - b), 0)
    want, w = digest(f"{d}/m.st.gz"), load_file(f"{d}/model.safetensors")
    config = json.load(open(f"{d}/config.json"))
    untied = "lm_head.weight" in w
    old = dict(config, tie_word_embeddings=bool(m.config.scale_decoder_outputs))
    del old["scale_decoder_outputs"]
    copies = {k: w["shared.weight"].clone() for k in ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")}
    if not untied:
        copies["lm_head.weight"] = w["shared.weight"].clone()
    copies["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.zeros(config["relative_attention_num_buckets"], config["num_heads"])
    forms = {"its export": None, "the config of transformers 4": (old, w), "tied tensors stored": (config, {**w, **copies}),
             "the embedding under another name": (config, {**{k: v for k, v in w.items() if k != "shared.weight"}, **copies})}
    for what, form in forms.items():
        where = f"{d}/out"
        if form:
            where = f"{d}/form"
            sh(f"rm -rf {where}; mkdir {where}")
            json.dump(form[0], open(f"{where}/config.json", "w"))
            save_file(form[1], f"{where}/model.safetensors", {"format": "pt"})
        sh(f"{BIN}/mc-import {where} > {d}/again.st.gz")
        check_same(f"{name}: digest, {what}", digest(f"{d}/again.st.gz") == want)
    check_halves(name, d, m)
    m.save_pretrained(f"{d}/shards", max_shard_size="30KB")
    sh(f"{BIN}/mc-import {d}/shards > {d}/again.st.gz")
    shards = sum(f.startswith("model-") for f in os.listdir(f"{d}/shards"))
    check_same(f"{name}: digest of {shards} shards", digest(f"{d}/again.st.gz") == want)


def main():
    check_buckets()
    for i, (name, shape) in enumerate(SHAPES.items()):
        with tempfile.TemporaryDirectory() as d:
            m = random_model(d, shape, 10 + i)
            path = f"{d}/data.tok"
            random_set(path, 60, 300 + i)
            check_model(name, d, m, path)
            check_scores(name, d, m, path)
            # transformers' cache has as many layers as the encoder
            check_greedy(name, d, m, path, cached=m.config.num_decoder_layers <= m.config.num_layers)
            if i < 2 or i == 4:
                check_exchange(name, d, m, path)
            for r, how in RECIPES.items():
                if i < 2 or r == "Adafactor":
                    check_steps(f"{name}: {r}", d, path, **how)


if __name__ == "__main__":
    finish(main, exact=True)

"""mc-pretrain against transformers on tiny models: gradients of an update, 20 updates replayed from the trace, a loss of mc-eval, logits
after export; what is masked beside its binomial bounds, and spans beside an implementation of their own."""
import json, math, os, sys, tempfile

import torch
from pytorch import BIN, check, check_gradients, check_same, finish, lr_factor, params_by_decay, rows_of, said, sh
from safetensors.torch import load_file
from transformers import BertForMaskedLM, RobertaForMaskedLM, T5ForConditionalGeneration

ENCODER = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 80,
           "initializer_range": 0.1}
T5 = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0, "initializer_factor": 0.6}
MODELS = {
    "BERT": ("bert", BertForMaskedLM, ENCODER),
    "RoBERTa": ("roberta", RobertaForMaskedLM, {**ENCODER, "hidden_act": "relu"}),
    "T5 1.0": ("t5", T5ForConditionalGeneration, T5),
    "T5 1.1": ("t5", T5ForConditionalGeneration, {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}),
}
STEPS, BATCH, SEQ, LR, DECAY = 20, 12, 40, 2e-3, 0.05


def numbers(cell):
    return [int(x) for x in cell.split()]


def trace(path):
    """For every update the (input, target) of its sequences, which are numbered from 0."""
    steps = {}
    for step, sequence, ids, target in rows_of(path):
        at = steps.setdefault(int(step), [])
        assert int(sequence) == len(at)
        at.append((numbers(ids), numbers(target)))
    return [steps[k] for k in sorted(steps)]


def padded(rows, fill):
    width = max(map(len, rows))
    return torch.tensor([r + [fill] * (width - len(r)) for r in rows])


def loss_of(m, examples):
    """The mean over what is to be predicted, as transformers has it."""
    ids = padded([x for x, _ in examples], m.config.pad_token_id or 0)
    seen = padded([[1] * len(x) for x, _ in examples], 0)
    return m(input_ids=ids, attention_mask=seen, labels=padded([y for _, y in examples], -100)).loss


def chosen(examples):
    return sum(t != -100 for _, y in examples for t in y)


class Case:
    """A model at step 0, the corpus and what mc.corpus says of it."""

    def __init__(self, root, name):
        self.name, (self.kind, self.cls, shape) = name, MODELS[name]
        self.d = os.path.join(root, name.replace(" ", ""))
        os.makedirs(self.d)
        d, k = self.d, self.kind
        sh(f"{BIN}/mc-synth --tokenizer {d}/lang --kind {k}; {BIN}/mc-synth --corpus -n 600 > {d}/text;"
           f"{BIN}/mc-tokenize -q --corpus -t {d}/lang -o {d}/c.st.gz {d}/text")
        header = said(f"zcat {d}/c.st.gz | head -c 100000 | python3 -c 'import sys; b = sys.stdin.buffer.read(); "
                      "print(b[8:8 + int.from_bytes(b[:8], \"little\")].decode())'")
        self.about = json.loads(json.loads(header)["__metadata__"]["mc.corpus"])
        with open(f"{d}/config.json", "w") as f:
            json.dump({"model_type": k, "vocab_size": self.about["vocab"], **({"type_vocab_size": 1} if k == "roberta" else {}), **shape}, f)
        sh(f"{BIN}/mc-init {d}/config.json -t {d}/lang --seed-init 3 -o {d}/init.st.gz")

    def train(self, steps, options, saved):
        """A run without dropout; its models at 0 and at the end, as directories."""
        d = self.d
        sh(f"rm -rf {d}/0 {d}/1; {BIN}/mc-pretrain -q --train {d}/c.st.gz --dev {d}/c.st.gz --steps {steps} --batch {BATCH} --seq-len {SEQ} "
           f"--seed 5 --dropout 0 --save-at 0 --log {d}/log --trace {d}/trace {options} < {d}/init.st.gz > {d}/{saved}.st.gz;"
           f"for k in 0 1; do {BIN}/mc-pick $k < {d}/{saved}.st.gz | {BIN}/mc-export {d}/$k; done")
        return [self.cls.from_pretrained(f"{d}/{k}").eval() for k in (0, 1)]


def check_gradient(c):
    """A step of SGD at rate 1 is the gradient."""
    first, after = c.train(1, "--optimizer sgd --lr 1 --schedule constant --warmup 0 --clip 0 --weight-decay 0", "sgd")
    examples, = trace(f"{c.d}/trace")
    loss_of(first, examples).backward()
    moved = dict(after.named_parameters())
    got = {f"grad.{n}": p.detach().double() - moved[n].detach().double() for n, p in first.named_parameters()}
    check_gradients(f"{c.name}, one update", dict(first.named_parameters()), got)


def check_replay(c):
    first, after = c.train(STEPS, f"--lr {LR} --weight-decay {DECAY} --warmup .1 --clip 1", "adamw")
    opt = torch.optim.AdamW(params_by_decay(first, DECAY))
    worst, start = 0.0, {n: p.detach().clone() for n, p in first.named_parameters()}
    log = rows_of(f"{c.d}/log")
    for done, examples in enumerate(trace(f"{c.d}/trace")):
        opt.zero_grad()
        loss = loss_of(first, examples)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(first.parameters(), 1)
        for group in opt.param_groups:
            group["lr"] = LR * lr_factor(done, STEPS, math.ceil(.1 * STEPS)) * group["rate"]
        opt.step()
        worst = max(worst, abs(float(log[done][2]) - float(loss.detach())))
    check(f"{c.name}: loss of {STEPS} updates", worst, 1e-4)
    apart = moved = 0.0
    final = dict(after.named_parameters())
    for n, p in first.named_parameters():
        if not n.endswith("key.bias"):  # whose gradient is rounding alone: Adam makes full steps of it
            apart += float((final[n].detach() - p.detach()).double().square().sum())
            moved += float((start[n] - p.detach()).double().square().sum())
    check(f"{c.name}: weights after them, relative to the way they went", math.sqrt(apart / moved), 2e-3)
    d = c.d
    table = rows_of_text(said(f"{BIN}/mc-pick 1 < {d}/adamw.st.gz | {BIN}/mc-eval -q --seq-len {SEQ} c={d}/c.st.gz"))
    check(f"{c.name}: dev loss of the log is that of mc-eval", abs(float(log[-1][7]) - table["loss"]), 1e-6 * table["loss"])
    return after


def rows_of_text(text):
    head, row = (line.split("\t") for line in text.rstrip("\n").split("\n"))
    return {k: float(v) for k, v in zip(head, row) if k in ("loss", "n")}


def check_pooler(c):
    """What the loss does not reach stays."""
    d = c.d
    sh(f"for k in 0 1; do {BIN}/mc-pick $k < {d}/adamw.st.gz | zcat > {d}/$k.safetensors; done")
    a, b = (load_file(f"{d}/{k}.safetensors") for k in (0, 1))
    names = [n for n in a if "pooler" in n]
    check_same(f"{c.name}: the pooler stays", len(names) == 2 and all(torch.equal(a[n], b[n]) for n in names))
    check_same(f"{c.name}: the head moves", all(not torch.equal(a[n], b[n]) for n in a if n.startswith("cls.")))


def sigmas(found, n, share):
    """How far a count of n is from its share, in standard deviations."""
    return abs(found - n * share) / math.sqrt(n * share * (1 - share))


def check_masks(c, m):
    """Of 80,000 tokens: how many are chosen, what becomes of them; specials never are. Texts are known from their targets and what was
    left alone."""
    sh(f"{BIN}/mc-pretrain -q --train {c.d}/c.st.gz --steps 60 --batch 64 --seq-len {SEQ} --mask .2 --seed 9 --trace {c.d}/trace "
       f"< {c.d}/init.st.gz > /dev/null")
    special = set(c.about["special"])
    may = picked = masked = other = kept = 0
    bad = 0
    for examples in trace(f"{c.d}/trace"):
        for ids, target in examples:
            text = [t if t != -100 else x for x, t in zip(ids, target)]
            bad += text[:len(c.about["prefix"])] != c.about["prefix"] or text[-len(c.about["suffix"]):] != c.about["suffix"]
            bad += all(t == -100 for t in target)
            for x, t, was in zip(ids, target, text):
                may += was not in special
                picked += t != -100
                bad += t != -100 and was in special
                masked += t != -100 and x == c.about["mask"]
                kept += t != -100 and x == was
                other += t != -100 and x not in (was, c.about["mask"])
    # a sequence of which nothing was drawn has one: few here, and counted
    once = said_share(SEQ, .2, c)
    check(f"{c.name}: share chosen of {may}, in standard deviations", sigmas(picked, may, once), 4)
    check(f"{c.name}: share masked of {picked}", sigmas(masked, picked, .8), 4)
    check(f"{c.name}: share kept", sigmas(kept, picked, .1 + .1 / c.about["vocab"]), 4)
    check(f"{c.name}: share of other ids", sigmas(other, picked, .1 * (1 - 2 / c.about["vocab"])), 4)
    check_same(f"{c.name}: no special token is chosen, one token is of every sequence, prefix and suffix stand", bad == 0)


def said_share(seq, p, c):
    """Expected share chosen: p, and one of those sequences of which chance chose none."""
    special, may, none = set(c.about["special"]), 0, 0.0
    for examples in trace(f"{c.d}/trace"):
        for ids, target in examples:
            n = sum((t if t != -100 else x) not in special for x, t in zip(ids, target))
            may += n
            none += (1 - p) ** n
    return p + none / may


def check_spans(c):
    """Texts from their corrupted form, and the number and length of spans, by T5's rules in the words of another implementation."""
    density, mean = .3, 2.5
    sh(f"{BIN}/mc-pretrain -q --train {c.d}/c.st.gz --steps 30 --batch 32 --seq-len {SEQ} --mask {density} --span {mean} --seed 9 "
       f"--trace {c.d}/trace < {c.d}/init.st.gz > /dev/null")
    sentinels, end, bad, starts, n = c.about["sentinels"], c.about["suffix"], 0, 0, 0
    texts = corpus_of(c)
    for examples in trace(f"{c.d}/trace"):
        for ids, target in examples:
            assert ids[-len(end):] == end and target[-len(end):] == end
            body, answer = ids[:-len(end)], target[:-len(end)]
            spans, text = [], []
            for t in answer:
                if len(spans) < len(sentinels) and t == sentinels[len(spans)]:
                    spans.append([])
                else:
                    spans[-1].append(t)
            at = 0
            for x in body:
                if at < len(spans) and x == sentinels[at]:
                    text += spans[at]
                    at += 1
                else:
                    text.append(x)
            noise = min(max(round(len(text) * density), 1), len(text) - 1)
            count = max(round(noise / mean), 1)
            bad += at != len(spans) or sum(map(len, spans)) != noise or len(spans) != min(count, len(text) - noise)
            bad += any(not s for s in spans) or body[0] == sentinels[0] or any(a in sentinels and b in sentinels for a, b in zip(body, body[1:]))
            bad += tuple(text) not in texts
            n += 1
            starts += body[1] == sentinels[0]
    check(f"{c.name}: {n} sequences whose spans are not T5's", bad, 0)


def corpus_of(c):
    """The sequences of the corpus as texts, cut by the same rule in other words."""
    from common import parts, payload
    from safetensors.numpy import load
    t = load(payload(open(f"{c.d}/c.st.gz", "rb").read()))
    out = set()
    for ids in parts(t["ids"], t["offsets"]):
        while len(ids) >= 2:
            out.add(tuple(ids[:SEQ]))
            ids = ids[SEQ:]
    return out


def check_exchange(c, m):
    """The exported model has transformers' logits, and its own when it is imported again."""
    d = c.d
    keep = "" if c.kind == "t5" else "--keep-heads"
    sh(f"{BIN}/mc-import {keep} {d}/1 > {d}/again.st.gz; rm -rf {d}/2; {BIN}/mc-export {d}/2 < {d}/again.st.gz")
    twice = c.cls.from_pretrained(f"{d}/2").eval()
    check_same(f"{c.name}: exported, imported, exported", all(torch.equal(p, dict(twice.named_parameters())[n]) for n, p in m.named_parameters()))
    with open(f"{d}/1/config.json") as f:
        check_same(f"{c.name}: architectures", json.load(f)["architectures"] == [c.cls.__name__])
    loss = rows_of_text(said(f"{BIN}/mc-eval -q --seq-len {SEQ} c={d}/c.st.gz < {d}/again.st.gz"))
    before = rows_of_text(said(f"{BIN}/mc-pick 1 < {d}/adamw.st.gz | {BIN}/mc-eval -q --seq-len {SEQ} c={d}/c.st.gz"))
    check_same(f"{c.name}: loss after exchange", loss == before)


def main():
    with tempfile.TemporaryDirectory() as root:
        for name in MODELS:
            c = Case(root, name)
            check_gradient(c)
            m = check_replay(c)
            check_exchange(c, m)
            if c.kind == "bert":
                check_pooler(c)
            if c.kind == "t5":
                check_spans(c)
            else:
                check_masks(c, m)


if __name__ == "__main__":
    finish(main)

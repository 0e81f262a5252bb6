"""Deltas against PEFT (LoRA) and against adapters written here in PyTorch: logits, loss, gradients of what is trained, twenty
updates, folding; on tiny BERTs, RoBERTas and T5s.

  delta.py     BIN and DUMP in the environment name the programs

Prints a line a check and ends with "N passed, N failed"."""
import json, math, os, sys, tempfile
import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, T5ForConditionalGeneration
import model, t5
from model import BIN, DUMP, check, log_of, sh, updates

LABELS = ["wrong", "right"]
CASES = {"BERT": ("two layers", "query,value"), "RoBERTa": ("RoBERTa", "query,value,dense"), "T5 1.0": ("T5 1.0", "q,v"),
         "T5 1.1": ("T5 1.1, heads wider than the model", "q,k,v,o,wo")}


class Case:
    """A base, a token set, and both models' losses on it."""

    def __init__(self, name, d, seed):
        shape, self.targets = CASES[name]
        self.t5, self.d, self.data = name.startswith("T5"), d, f"{d}/data.tok"
        if self.t5:
            t5.random_model(d, t5.SHAPES[shape], seed)
            t5.random_set(self.data, 40, seed)
            self.sources, self.of, _, _ = t5.read_set(self.data)
        else:
            m = model.random_model(d, model.SHAPES[shape], LABELS, seed)
            model.random_tokens(self.data, m.config, LABELS, 40, seed)
            self.rows = model.read_tokens(self.data, LABELS)
        sh(f"{BIN}/mc-import {d} > {d}/base.st.gz")

    def fresh(self):
        kind = T5ForConditionalGeneration if self.t5 else AutoModelForSequenceClassification
        return kind.from_pretrained(self.d).eval()

    def n(self):
        return len(self.sources if self.t5 else self.rows)

    def losses(self, m, take):
        """Logits and the losses that a mean is of."""
        if self.t5:
            z, nll = t5.forward(m, [self.sources[i] for i in take], [self.of[i] for i in take])
            return torch.cat(z), torch.cat(nll)
        return model.forward(m, [self.rows[i] for i in take])


class Adapter(torch.nn.Module):
    """f + up(swish(down f)) behind a linear map."""

    def __init__(self, inner, down, up):
        super().__init__()
        self.inner, self.down, self.up = inner, torch.nn.Parameter(down), torch.nn.Parameter(up)
        self.weight = inner.weight  # T5 looks at its type

    def forward(self, x):
        f = self.inner(x)
        return f + torch.nn.functional.silu(f @ self.down.T) @ self.up.T


def with_adapters(m, tensors):
    """The model with the delta's adapters in place; its trained parameters by the delta's names."""
    ends = {".attention.output.dense": ".attention.output", ".output.dense": ".output", ".SelfAttention.o": "",
            ".EncDecAttention.o": "", ".DenseReluDense.wo": ""}
    m, trained = with_base_names(m, {k: t for k, t in tensors.items() if k.startswith("classifier.")})
    for name, module in list(m.named_modules()):
        end = next((e for e in ends if name.endswith(e)), None)
        if end is None:
            continue
        sublayer = name[:-len(end)] + ends[end]
        a = Adapter(module, tensors[f"{sublayer}.adapter.down.weight"].clone(), tensors[f"{sublayer}.adapter.up.weight"].clone())
        parent, _, child = name.rpartition(".")
        setattr(m.get_submodule(parent), child, a)
        trained.update({f"{sublayer}.adapter.down.weight": a.down, f"{sublayer}.adapter.up.weight": a.up})
    return m, trained


def with_lora(c, m, tensors, rank, alpha):
    kind = "SEQ_2_SEQ_LM" if c.t5 else "SEQ_CLS"
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=c.targets.split(","), task_type=kind,
                        exclude_modules=None if c.t5 else r".*classifier.*")
    p = get_peft_model(m, config).eval()
    set_peft_model_state_dict(p, tensors)
    plain = lambda k: k.replace(".default", "").replace(".modules_to_save", "")
    return p, {plain(k): x for k, x in p.named_parameters() if x.requires_grad}


def with_base_names(m, tensors):
    """The model with these tensors in place of its own, which alone are trained."""
    trained = {}
    for k, p in m.named_parameters():
        p.requires_grad_(k in tensors)
        if k in tensors:
            p.data.copy_(tensors[k])
            trained[k] = p
    return m, trained


def reference(c, method, tensors):
    m = c.fresh()
    if method == "lora":
        return with_lora(c, m, tensors, 3, 5)
    return with_adapters(m, tensors) if method == "adapter" else with_base_names(m, tensors)


def start(c, method, seed):
    """A delta that mc-finetune began, its weights moved off what they start from."""
    options = {"lora": f"--rank 3 --alpha 5 --targets {c.targets}", "adapter": "--bottleneck 5 --init-std 0.1"}.get(method, "")
    sh(f"{BIN}/mc-finetune -q --method {method} {options} --train {c.data} --steps 1 --lr 0 --warmup 0 --weight-decay 0 "
       f"< {c.d}/base.st.gz | zcat > {c.d}/begun.safetensors")
    tensors = load_file(f"{c.d}/begun.safetensors")
    with safe_open(f"{c.d}/begun.safetensors", "pt") as f:
        meta = f.metadata()
    g = torch.Generator().manual_seed(seed)
    tensors = {k: t + 0.1 * torch.randn(t.shape, generator=g) for k, t in tensors.items()}
    save_file(tensors, f"{c.d}/delta.safetensors", meta)
    return tensors


def check_delta(name, c, method, seed):
    tensors = start(c, method, seed)
    m, trained = reference(c, method, tensors)
    check(f"{name}: trained tensors that differ in name", len(set(trained) ^ set(tensors)), 0)
    sh(f"BASE={c.d}/base.st.gz {DUMP} {c.d}/delta.safetensors {c.data} {c.d}/dump.safetensors")
    got = load_file(f"{c.d}/dump.safetensors")
    z, each = c.losses(m, range(c.n()))
    each.mean().backward()
    check(f"{name}: logits", float((got["logits"] - z.detach()).abs().max()), 1e-5 * float(z.detach().abs().max()))
    whole = math.sqrt(sum(float(p.grad.double().square().sum()) for p in trained.values()))
    worst = 0.0
    for k, p in trained.items():
        apart = float((got["grad." + k].double() - p.grad.double()).norm())
        worst = max(worst, apart / (1e-4 * float(p.grad.double().norm()) + 1e-6 * whole))
    check(f"{name}: {len(trained)} gradient tensors, worst share of the bound", worst, 1)
    check_steps(name, c, method, tensors)
    if method in ("lora", "adapter"):
        check_rates(name, c, method, tensors)
    if method in ("lora", "bitfit", "head"):
        check_fold(name, c, z.detach())


def check_steps(name, c, method, tensors, steps=20, batch=10, lr=1e-3):
    m, trained = reference(c, method, tensors)
    sh(f"{BIN}/mc-finetune -q --base {c.d}/base.st.gz --train {c.data} --steps {steps} --batch {batch} --lr {lr} --seed 7 --dropout 0 "
       f"--schedule constant --warmup 0 --weight-decay 0 --log {c.d}/log.tsv < {c.d}/delta.safetensors > {c.d}/tuned.st.gz")
    lines = log_of(f"{c.d}/log.tsv")
    opt = torch.optim.AdamW(trained.values(), lr=lr, weight_decay=0)
    worst = 0.0
    for done, take in updates(c.n(), batch, steps):
        loss = c.losses(m, take)[1].mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), 1)
        opt.step()
        opt.zero_grad()
        worst = max(worst, abs(float(lines[done][2]) - float(loss.detach())))
    check(f"{name}: loss of {steps} updates", worst, 1e-4)


def check_rates(name, c, method, tensors, x=0.5, steps=20, batch=10, lr=3e-3):
    """Rates by layer: a delta's tensors go by the layers that they stand in."""
    m, trained = reference(c, method, tensors)
    sh(f"{BIN}/mc-finetune -q --base {c.d}/base.st.gz --train {c.data} --steps {steps} --batch {batch} --lr {lr} --seed 7 --dropout 0 --layer-decay {x} "
       f"--schedule constant --warmup 0 --weight-decay 0.1 --log {c.d}/log.tsv < {c.d}/delta.safetensors > {c.d}/tuned.st.gz")
    lines = log_of(f"{c.d}/log.tsv")
    config = c.fresh().config
    opt = torch.optim.AdamW([{"params": [p], "lr": lr * x ** model.layers_above(n, config), "weight_decay": 0 if "bias" in n else 0.1}
                             for n, p in trained.items()])
    worst = 0.0
    for done, take in updates(c.n(), batch, steps):
        loss = c.losses(m, take)[1].mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), 1)
        opt.step()
        opt.zero_grad()
        worst = max(worst, abs(float(lines[done][2]) - float(loss.detach())))
    check(f"{name}: loss of {steps} updates, rates by layer", worst, 1e-4)


def check_fold(name, c, z):
    sh(f"rm -rf {c.d}/whole; {BIN}/mc-fold --base {c.d}/base.st.gz {c.d}/delta.safetensors | {BIN}/mc-export {c.d}/whole")
    kind = T5ForConditionalGeneration if c.t5 else AutoModelForSequenceClassification
    m = kind.from_pretrained(f"{c.d}/whole").eval()
    with torch.no_grad():
        back = c.losses(m, range(c.n()))[0]
    check(f"{name}: logits of the folded model", float((back - z).abs().max()), 2e-5 * float(z.abs().max()))


def check_products(name, c, seed, t=.3):
    """A point of the line of products against the line between the ends' products, of two ranks and alphas."""
    ends = []
    for k, (rank, alpha) in enumerate([(3, 5), (2, 7)]):
        sh(f"{BIN}/mc-finetune -q --method lora --rank {rank} --alpha {alpha} --targets {c.targets} --train {c.data} --steps 1 --lr 0 "
           f"--warmup 0 --weight-decay 0 < {c.d}/base.st.gz | zcat > {c.d}/begun.safetensors")
        with safe_open(f"{c.d}/begun.safetensors", "pt") as f:
            meta = f.metadata()
        g = torch.Generator().manual_seed(seed + k)
        tensors = {n: x + 0.1 * torch.randn(x.shape, generator=g) for n, x in load_file(f"{c.d}/begun.safetensors").items()}
        save_file(tensors, f"{c.d}/end{k}.safetensors", meta)
        p, _ = with_lora(c, c.fresh(), tensors, rank, alpha)
        ends.append(dict(p.merge_and_unload().state_dict()))
    sh(f"{BIN}/mc-interp --space product --at {t} --base {c.d}/base.st.gz {c.d}/end0.safetensors {c.d}/end1.safetensors > {c.d}/p.st.gz; "
       f"{BIN}/mc-fold --base {c.d}/base.st.gz {c.d}/p.st.gz | zcat > {c.d}/p.safetensors")
    worst = 0.0
    for n, x in load_file(f"{c.d}/p.safetensors").items():
        want = (1 - t) * ends[0][n].double() + t * ends[1][n].double()
        worst = max(worst, float((x.double() - want).norm() / want.norm()))
    check(f"{name}: folded point of the products' line", worst, 2e-5)
    m = c.fresh()
    m.load_state_dict({n: (1 - t) * x + t * ends[1][n] if x.is_floating_point() else x for n, x in ends[0].items()})
    with torch.no_grad():
        z, each = c.losses(m, range(c.n()))
    sh(f"BASE={c.d}/base.st.gz {DUMP} {c.d}/p.st.gz {c.data} {c.d}/dump.safetensors")
    got = load_file(f"{c.d}/dump.safetensors")["logits"]
    check(f"{name}: its logits", float((got - z).abs().max()), 2e-5 * float(z.abs().max()))


def main():
    for i, name in enumerate(CASES):
        for method in ("lora", "adapter", "bitfit", "head"):
            if name.startswith("T5") and method in ("bitfit", "head"):
                continue
            with tempfile.TemporaryDirectory() as d:
                c = Case(name, d, 40 + i)
                check_delta(f"{name}, {method}", c, method, i)
                if method == "lora":
                    check_products(f"{name}, {method}", c, 70 + i)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
    print(f"{model.passed} passed, {model.failed} failed")
    sys.exit(model.failed > 0)

"""Deltas against PEFT (LoRA), transformers' cache (prefix) and adapters written here in PyTorch: logits, loss, gradients of what is trained, twenty
updates, folding; on tiny BERTs, RoBERTas and T5s.

  delta.py     BIN and DUMP in the environment name the programs

Prints a line a check and ends with "N passed, N failed"."""
import json, math, tempfile
import model
import torch
import t5
from peft import LoraConfig, PrefixEncoder, PrefixTuningConfig, get_peft_model, set_peft_model_state_dict
from pytorch import BIN, DUMP, check, check_gradients, check_near, finish, follow, largest, layers_above, rows_of, sh
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, T5ForConditionalGeneration
from transformers.cache_utils import DynamicCache, EncoderDecoderCache

LABELS, PREFIX = ["wrong", "right"], 7
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
            m.config.max_position_embeddings -= PREFIX  # there is room for one
            model.random_tokens(self.data, m.config, LABELS, 40, seed)
            self.rows = model.read_tokens(self.data, LABELS)
        sh(f"{BIN}/mc-import {d} > {d}/base.st.gz")

    def fresh(self, directory=None):
        kind = T5ForConditionalGeneration if self.t5 else AutoModelForSequenceClassification
        return kind.from_pretrained(directory or self.d).eval()

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


class Prefixed(torch.nn.Module):
    """A model with keys and values before those of its self-attention, of the decoder in a T5: what PEFT's prefix tuning does
    with a cache. (PEFT 0.21 itself finds no place for the cache in transformers 5's BERT and RoBERTa, and gives layer i of a T5
    the keys of layer 2 i.)"""

    def __init__(self, inner, prompt):
        super().__init__()
        self.inner, self.prompt, self.config = inner, torch.nn.Parameter(prompt), inner.config

    def rows(self):
        return self.prompt

    def forward(self, attention_mask, **kw):
        n, c = len(attention_mask), self.config
        heads = c.num_heads if c.model_type == "t5" else c.num_attention_heads
        n_layers = c.num_decoder_layers if c.model_type == "t5" else c.num_hidden_layers
        prompt = self.rows()
        p = prompt.view(len(prompt), n_layers, 2, heads, -1)
        layers = [tuple(p[:, i, kind].transpose(0, 1).expand(n, -1, -1, -1) for kind in (0, 1)) for i in range(p.shape[1])]
        cache = DynamicCache(layers)
        if c.model_type == "t5":
            return self.inner(attention_mask=attention_mask, cache=EncoderDecoderCache(cache, DynamicCache()), **kw)
        mask = torch.cat([torch.ones(n, len(prompt), dtype=attention_mask.dtype), attention_mask], 1)
        return self.inner(attention_mask=mask, cache=cache, **kw)


class Projected(Prefixed):
    """The same, its keys and values made by PEFT's encoder."""

    def __init__(self, inner, encoder):
        torch.nn.Module.__init__(self)
        self.inner, self.encoder, self.config = inner, encoder, inner.config

    def rows(self):
        return self.encoder(torch.arange(self.encoder.embedding.num_embeddings))


def check_projection(name, c, steps=20):
    """Twenty updates of a prefix that begins: what the encoder makes at the end is what is stored."""
    run = (f"{BIN}/mc-finetune -q --method prefix --prefix-len {PREFIX} --train {c.data} --steps {steps} --batch 10 --seed 7 --dropout 0 "
           f"--schedule constant --warmup 0 --weight-decay 0 --lr")
    sh(f"{run} 0 --checkpoint {c.d}/state --checkpoint-every 1 < {c.d}/base.st.gz > {c.d}/x; zcat {c.d}/state > {c.d}/state.safetensors")
    sh(f"{run} 1e-3 --log {c.d}/log.tsv < {c.d}/base.st.gz | zcat > {c.d}/tuned.safetensors")
    m, got = c.fresh(), load_file(f"{c.d}/tuned.safetensors")
    weights = first_document(f"{c.d}/state.safetensors")["weights"]
    head = [k for k in got if k != "prompt_embeddings"]
    m, trained = with_base_names(m, {k.removeprefix("base_model."): got[k] for k in head})
    config = PrefixTuningConfig(num_virtual_tokens=PREFIX, token_dim=m.config.hidden_size, encoder_hidden_size=24, prefix_projection=True,
                                num_layers=got["prompt_embeddings"].shape[1] // (2 * m.config.hidden_size))
    encoder = PrefixEncoder(config)
    trained = list(encoder.parameters()) + [trained[k.removeprefix("base_model.")] for k in head_order(c)]
    for p in trained:
        p.data, weights = weights[:p.numel()].view(p.shape).clone(), weights[p.numel():]
    check(f"{name}: floats left of the state", len(weights), 0)
    with torch.no_grad():
        e, a = encoder.embedding.weight, encoder.transform[0]
        sizes = [float(e.std()) - 1, largest(a.weight) * math.sqrt(m.config.hidden_size) - 1]
    check(f"{name}: the encoder begins as PyTorch draws it", max(map(abs, sizes)), 0.1)
    p = Projected(m, encoder)
    check_losses(f"{name}: loss of {steps} updates", c, p, torch.optim.AdamW(trained, lr=1e-3, weight_decay=0), steps, 10)
    rows = p.rows().detach()
    check_near(f"{name}: what is stored", got["prompt_embeddings"], rows, 1e-4)


def check_greedy(name, c, tensors, most=6):
    """Text written behind a prefix: its keys are there before any that a step keeps."""
    sh(f"{BIN}/mc-eval --base {c.d}/base.st.gz --decode greedy --max-new {most} --outputs {c.d}/text.tsv -o {c.d}/t.tsv {c.data} "
       f"< {c.d}/delta.safetensors")
    rows = rows_of(f"{c.d}/text.tsv")
    m, differ = with_prefix(c.fresh(), tensors)[0], 0
    for source, r in zip(c.sources, rows):
        ids = [m.config.decoder_start_token_id]
        with torch.no_grad():
            while len(ids) <= most and (len(ids) == 1 or ids[-1] != m.config.eos_token_id):
                z = m(input_ids=source[None], attention_mask=torch.ones_like(source)[None], decoder_input_ids=torch.tensor([ids])).logits
                ids.append(int(z[0, -1].argmax()))
        differ += ids != [int(x) for x in r[4].split()]
    check(f"{name}: greedy ids of {len(rows)} sources, differences", differ + abs(len(rows) - c.n()), 0)


def first_document(path):
    """The tensors of the first of several documents in a file."""
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        data = f.read(max(t["data_offsets"][1] for k, t in header.items() if k != "__metadata__"))
    return {k: torch.frombuffer(bytearray(data[t["data_offsets"][0]:t["data_offsets"][1]]), dtype=torch.float32)
            for k, t in header.items() if t.get("dtype") == "F32"}


def head_order(c):
    """The head's tensors in the order of the model."""
    return [] if c.t5 else [f"base_model.{k}" for k, _ in c.fresh().named_parameters() if k.startswith("classifier.")]


def with_prefix(m, tensors):
    head = {k.removeprefix("base_model."): t for k, t in tensors.items() if k != "prompt_embeddings"}
    m, trained = with_base_names(m, head)
    p = Prefixed(m, tensors["prompt_embeddings"].clone())
    return p, {"prompt_embeddings": p.prompt} | {f"base_model.{k}": x for k, x in trained.items()}


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
    if method == "prefix":
        return with_prefix(m, tensors)
    return with_adapters(m, tensors) if method == "adapter" else with_base_names(m, tensors)


def begun(c, options, seed, share, delta):
    """A delta that mc-finetune began, its weights moved off what they start from, as a file; its tensors."""
    sh(f"{BIN}/mc-finetune -q {options} --train {c.data} --steps 1 --lr 0 --warmup 0 --weight-decay 0 "
       f"< {c.d}/base.st.gz | zcat > {c.d}/begun.safetensors")
    with safe_open(f"{c.d}/begun.safetensors", "pt") as f:
        meta = f.metadata()
    g = torch.Generator().manual_seed(seed)
    tensors = {k: t + share * torch.randn(t.shape, generator=g) for k, t in load_file(f"{c.d}/begun.safetensors").items()}
    save_file(tensors, delta, meta)
    return tensors


def start(c, method, seed):
    options = {"lora": f"--rank 3 --alpha 5 --targets {c.targets}", "adapter": "--bottleneck 5 --init-std 0.1", "prefix": f"--prefix-len {PREFIX}"}.get(method, "")
    return begun(c, f"--method {method} {options}", seed, 0.1, f"{c.d}/delta.safetensors")


def check_delta(name, c, method, seed):
    tensors = start(c, method, seed)
    m, trained = reference(c, method, tensors)
    check(f"{name}: trained tensors that differ in name", len(set(trained) ^ set(tensors)), 0)
    sh(f"BASE={c.d}/base.st.gz {DUMP} {c.d}/delta.safetensors {c.data} {c.d}/dump.safetensors")
    got = load_file(f"{c.d}/dump.safetensors")
    z, each = c.losses(m, range(c.n()))
    each.mean().backward()
    check_near(f"{name}: logits", got["logits"], z.detach())
    check_gradients(name, trained, got)
    check_steps(name, c, method, tensors)
    if method == "prefix" and c.t5:
        check_greedy(name, c, tensors)
    if method in ("lora", "adapter"):
        check_rates(name, c, method, tensors)
    if method in ("lora", "bitfit", "head"):
        check_fold(name, c, z.detach())


def check_losses(name, c, m, opt, steps, batch):
    """The losses in the log beside those of the same updates in PyTorch."""
    def backward(take):
        loss = c.losses(m, take)[1].mean()
        loss.backward()
        return float(loss.detach())
    check(name, follow(f"{c.d}/log.tsv", opt, c.n(), steps, batch, backward, 1)[0], 1e-4)


def tune(c, options):
    """Updates of the delta, and their log."""
    sh(f"{BIN}/mc-finetune -q --base {c.d}/base.st.gz --train {c.data} {options} --seed 7 --dropout 0 --schedule constant --warmup 0 "
       f"--log {c.d}/log.tsv < {c.d}/delta.safetensors > {c.d}/tuned.st.gz")


def check_steps(name, c, method, tensors, steps=20, batch=10, lr=1e-3):
    m, trained = reference(c, method, tensors)
    tune(c, f"--steps {steps} --batch {batch} --lr {lr} --weight-decay 0")
    check_losses(f"{name}: loss of {steps} updates", c, m, torch.optim.AdamW(trained.values(), lr=lr, weight_decay=0), steps, batch)


def check_rates(name, c, method, tensors, x=0.5, steps=20, batch=10, lr=3e-3):
    """Rates by layer: a delta's tensors go by the layers that they stand in."""
    m, trained = reference(c, method, tensors)
    tune(c, f"--steps {steps} --batch {batch} --lr {lr} --layer-decay {x} --weight-decay 0.1")
    config = c.fresh().config
    opt = torch.optim.AdamW([{"params": [p], "lr": lr * x ** layers_above(n, config), "weight_decay": 0 if "bias" in n else 0.1}
                             for n, p in trained.items()])
    check_losses(f"{name}: loss of {steps} updates, rates by layer", c, m, opt, steps, batch)


def check_fold(name, c, z):
    sh(f"rm -rf {c.d}/whole; {BIN}/mc-fold --base {c.d}/base.st.gz {c.d}/delta.safetensors | {BIN}/mc-export {c.d}/whole")
    m = c.fresh(f"{c.d}/whole")
    with torch.no_grad():
        back = c.losses(m, range(c.n()))[0]
    check_near(f"{name}: logits of the folded model", back, z)


def check_products(name, c, seed, t=.3):
    """A point of the line of products against the line between the ends' products, of two ranks and alphas."""
    ends = []
    for k, (rank, alpha) in enumerate([(3, 5), (2, 7)]):
        options = f"--method lora --rank {rank} --alpha {alpha} --targets {c.targets}"
        tensors = begun(c, options, seed + k, 0.1, f"{c.d}/end{k}.safetensors")
        p, _ = with_lora(c, c.fresh(), tensors, rank, alpha)
        ends.append(dict(p.merge_and_unload().state_dict()))
    sh(f"{BIN}/mc-interp --space product --at {t} --base {c.d}/base.st.gz {c.d}/end0.safetensors {c.d}/end1.safetensors > {c.d}/p.st.gz; "
       f"{BIN}/mc-fold --base {c.d}/base.st.gz {c.d}/p.st.gz | zcat > {c.d}/p.safetensors")
    worst = 0.0
    for n, x in load_file(f"{c.d}/p.safetensors").items():
        want = (1 - t) * ends[0][n].double() + t * ends[1][n].double()
        worst = max(worst, float((x.double() - want).norm() / want.norm()))
    check(f"{name}: folded point of the products' line", worst, 1e-6)
    m = c.fresh()
    m.load_state_dict({n: (1 - t) * x + t * ends[1][n] if x.is_floating_point() else x for n, x in ends[0].items()})
    with torch.no_grad():
        z, each = c.losses(m, range(c.n()))
    sh(f"BASE={c.d}/base.st.gz {DUMP} {c.d}/p.st.gz {c.data} {c.d}/dump.safetensors")
    got = load_file(f"{c.d}/dump.safetensors")["logits"]
    check_near(f"{name}: its logits", got, z)


def main():
    for i, name in enumerate(CASES):
        for method in ("lora", "adapter", "prefix", "bitfit", "head"):
            if name.startswith("T5") and method in ("bitfit", "head"):
                continue
            with tempfile.TemporaryDirectory() as d:
                case = Case(name, d, 40 + i)
                check_delta(f"{name}, {method}", case, method, i)
                if method == "prefix" and "1.1" not in name:  # whose heads are wider than the model
                    check_projection(f"{name}, new prefix", case)
                if method == "lora":
                    check_products(f"{name}, {method}", case, 70 + i)


if __name__ == "__main__":
    finish(main)

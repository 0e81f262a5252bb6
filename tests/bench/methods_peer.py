"""Updates of every tuning method in PyTorch, by PEFT where it has the method: its loop alone, after a warm-up.

  methods_peer.py DIR TOKENS [--steps N] [--warm N] METHOD...

Batches of 32 of like length in a random order, AdamW fused, clipping. PEFT's prefix tuning finds no place for its cache in
transformers 5's BERT: its encoder is used, and the cache handed to the model. Prints a line each: method, TAB, milliseconds."""
import argparse
import time

import torch
from peft import LoraConfig, PrefixEncoder, PrefixTuningConfig, get_peft_model
from transformers import AutoModelForSequenceClassification
from transformers.cache_utils import DynamicCache

from peer import pad, read


class Adapter(torch.nn.Module):
    """f + up(swish(down f)) behind a linear map."""

    def __init__(self, inner, bottleneck):
        super().__init__()
        self.inner = inner
        self.down = torch.nn.Linear(inner.out_features, bottleneck, bias=False)
        self.up = torch.nn.Linear(bottleneck, inner.out_features, bias=False)

    def forward(self, x):
        f = self.inner(x)
        return f + self.up(torch.nn.functional.silu(self.down(f)))


class Prefixed(torch.nn.Module):
    def __init__(self, inner, n):
        super().__init__()
        c = self.config = inner.config
        self.inner, self.n = inner, n
        self.encoder = PrefixEncoder(PrefixTuningConfig(num_virtual_tokens=n, token_dim=c.hidden_size, encoder_hidden_size=24,
                                                        num_layers=c.num_hidden_layers, prefix_projection=True))

    def forward(self, attention_mask, **x):
        c, b = self.config, len(attention_mask)
        p = self.encoder(torch.arange(self.n)).view(self.n, c.num_hidden_layers, 2, c.num_attention_heads, -1).permute(1, 2, 3, 0, 4)
        cache = DynamicCache([tuple(kind.expand(b, -1, -1, -1) for kind in layer) for layer in p])
        mask = torch.cat([torch.ones(b, self.n, dtype=attention_mask.dtype), attention_mask], 1)
        return self.inner(attention_mask=mask, cache=cache, **x)


def train_alone(m, what):
    for name, p in m.named_parameters():
        p.requires_grad_(what(name))
    return m


def tuned(m, method):
    head = lambda name: name.startswith("classifier.")
    if method == "lora":
        return get_peft_model(m, LoraConfig(r=10, lora_alpha=16, target_modules=["query", "value"], task_type="SEQ_CLS"))
    if method == "adapter":
        train_alone(m, head)
        for name, module in list(m.named_modules()):
            if name.endswith(".output.dense"):
                m.get_submodule(name.rpartition(".")[0]).dense = Adapter(module, 12)
        return m
    if method == "prefix":
        return Prefixed(train_alone(m, head), 120)
    return train_alone(m, {"full": lambda name: True, "head": head,
                           "bitfit": lambda name: head(name) or name.endswith(".bias")}[method])


def batches(tokens, size):
    (ids, _, labels), _ = read(tokens)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    parts = [order[at:at + size] for at in range(0, len(order), size)]
    for i in torch.randperm(len(parts)).tolist():
        k = parts[i]
        mask = pad([torch.ones(len(ids[j]), dtype=torch.long) for j in k], 0)
        yield dict(input_ids=pad([ids[j] for j in k], 0), attention_mask=mask, labels=torch.tensor([labels[j] for j in k]))


def measure(o, method):
    torch.manual_seed(0)
    m = tuned(AutoModelForSequenceClassification.from_pretrained(o.dir), method).train()
    trained = [p for p in m.parameters() if p.requires_grad]
    opt, done = torch.optim.AdamW(trained, lr=1e-4, fused=True), 0
    for x in batches(o.tokens, 32):
        if done == o.warm:
            start = time.perf_counter()
        m(**x).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        opt.step()
        opt.zero_grad()
        done += 1
        if done == o.steps + o.warm:
            break
    return 1000 * (time.perf_counter() - start) / o.steps


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("tokens")
    p.add_argument("methods", nargs="+")
    p.add_argument("--steps", type=int, default=30)
    p.add_argument("--warm", type=int, default=2)
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    for method in o.methods:
        print(f"{method}\t{measure(o, method):.3f}", flush=True)


main()

"""Updates of masked language modelling in PyTorch: its loop alone, after a warm-up.

  pretrain_peer.py CONFIG [--steps N] [--warm N] [--batch B] [--seq-len L] [--mask P]

transformers' BERT on random ids of full sequences, masked as it collates them, its head at the masked positions alone; AdamW fused,
clipping. Prints a line: float32, TAB, seconds an update."""
import argparse
import time

import torch
from transformers import BertConfig, BertForMaskedLM


def batch(o, vocab):
    """ids with 80 % of what is chosen masked, 10 % another id; where they are; what stood there."""
    ids = torch.randint(1000, vocab, (o.batch, o.seq_len))
    chosen = torch.rand(ids.shape) < o.mask
    labels, u = ids[chosen], torch.rand(ids.shape)
    other = chosen & (u >= .8) & (u < .9)
    ids = ids.masked_fill(chosen & (u < .8), 103)
    ids[other] = torch.randint(vocab, (int(other.sum()),))
    return ids, chosen, labels


def main():
    p = argparse.ArgumentParser()
    p.add_argument("config")
    for name, kind, value in (("steps", int, 8), ("warm", int, 2), ("batch", int, 32), ("seq-len", int, 128), ("mask", float, .15), ("threads", int, 2)):
        p.add_argument("--" + name, type=kind, default=value)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    c = BertConfig.from_json_file(o.config)
    m = BertForMaskedLM(c).train()
    opt = torch.optim.AdamW(m.parameters(), lr=1e-4, fused=True)
    for done in range(o.warm + o.steps):
        if done == o.warm:
            start = time.perf_counter()
        ids, chosen, labels = batch(o, c.vocab_size)
        logits = m.cls(m.bert(input_ids=ids)[0][chosen])
        torch.nn.functional.cross_entropy(logits, labels).backward()
        torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
    print(f"float32\t{(time.perf_counter() - start) / o.steps:.5f}")


main()

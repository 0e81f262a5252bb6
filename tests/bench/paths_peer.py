"""A sweep over a line in PyTorch: its loop alone, after a warm-up.

  paths_peer.py DIR DIR TOKENS [--points N] [--threads N]

The two models are held; at every point their weights are interpolated in place and all examples evaluated, in batches of 32 sorted by
length, so that least is padded. Prints sweep, TAB, seconds."""
import argparse
import time

import torch
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging

from peer import pad, read

logging.set_verbosity_error()
logging.disable_progress_bar()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("a")
    p.add_argument("b")
    p.add_argument("tokens")
    p.add_argument("--points", type=int, default=26)
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    model, a, b = (AutoModelForSequenceClassification.from_pretrained(d).eval() for d in (o.a, o.a, o.b))
    (ids, _, labels), _ = read(o.tokens)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    batches = []
    for at in range(0, len(order), 32):
        k = order[at:at + 32]
        x = dict(input_ids=pad([ids[i] for i in k], 0),
                 attention_mask=pad([torch.ones(len(ids[i]), dtype=torch.long) for i in k], 0))
        batches.append((x, torch.tensor([labels[i] for i in k])))

    def evaluate():
        return sum(len(y) * float(model(**x, labels=y).loss) for x, y in batches) / len(ids)

    with torch.inference_mode():
        evaluate()
        start = time.monotonic()
        for point in range(o.points):
            for w, x, y in zip(model.parameters(), a.parameters(), b.parameters()):
                torch.lerp(x, y, point / (o.points - 1), out=w)
            evaluate()
        print(f"sweep\t{time.monotonic() - start:.3f}")


main()

"""What one would run in PyTorch instead, on the token sets of mc-tokenize: its loops alone, after a warm-up.

  peer.py DIR [--dtype f32|bf16] [--steps N] [--max-new N] WHAT=TOKENS...

DIR is a Hugging Face directory; WHAT is train or eval (loss of the targets, or of the label), score (every label's target, the
encoder run once for all) or generate (greedy decoding, the better of two sizes of batch). Batches are sorted by length, so
that least is padded. Prints a line for each: what, TAB, examples per second, TAB, peak memory so far in MiB."""
import argparse
import gzip
import itertools
import resource
import time

import torch
from safetensors.torch import load
from transformers import AutoConfig, AutoModelForSequenceClassification, T5ForConditionalGeneration
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()


def read(path):
    t = load(gzip.open(path).read())
    cut = lambda a, b: [t[a][i:j].long() for i, j in zip(t[b].tolist(), t[b].tolist()[1:])] if a in t else None
    rows = [cut("ids", "offsets"), cut("target_ids", "target_offsets"), t["labels"].tolist()]
    return rows, cut("label_target_ids", "label_target_offsets")


def pad(rows, value):
    out = torch.full((len(rows), max(map(len, rows))), value)
    for i, r in enumerate(rows):
        out[i, :len(r)] = r
    return out


class Peer:
    def __init__(self, o):
        self.o = o
        config = AutoConfig.from_pretrained(o.dir)
        self.t5, self.pad_id = config.model_type == "t5", config.pad_token_id
        self.model = (T5ForConditionalGeneration if self.t5 else AutoModelForSequenceClassification).from_pretrained(o.dir)
        self.cast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=o.dtype == "bf16")

    def open(self, what, tokens):
        self.what = what
        (self.ids, self.targets, self.labels), self.of_label = read(tokens)

    def batches(self, size):
        order = sorted(range(len(self.ids)), key=lambda i: len(self.ids[i]))
        for at in range(0, len(order), size):
            k = order[at:at + size]
            ids = pad([self.ids[i] for i in k], self.pad_id)
            mask = pad([torch.ones(len(self.ids[i]), dtype=torch.long) for i in k], 0)
            yield k, dict(input_ids=ids, attention_mask=mask)

    def loss(self, k, x):
        y = pad([self.targets[i] for i in k], -100) if self.t5 else torch.tensor([self.labels[i] for i in k])
        return self.model(**x, labels=y).loss

    def once(self, size, most=None):
        """The whole set, or its first batches, evaluated: examples."""
        n = 0
        for k, x in itertools.islice(self.batches(size), most):
            if self.what == "generate":
                self.model.generate(**x, max_new_tokens=self.o.max_new, num_beams=1, do_sample=False)
            elif self.what == "score":
                self.score(k, x)
            else:
                float(self.loss(k, x))
            n += len(k)
        return n

    def score(self, k, x):
        """Labels of a batch, one after the other, over the same encoder's output."""
        source = self.model.encoder(**x)
        sums = []
        for target in self.of_label:
            y = target.expand(len(k), -1).contiguous()
            z = self.model(encoder_outputs=source, attention_mask=x["attention_mask"], labels=y).logits
            sums.append(-torch.nn.functional.cross_entropy(z.transpose(1, 2), y, reduction="none").sum(1))
        return torch.stack(sums).argmax(0)

    def evaluate(self, size):
        self.model.eval()
        with torch.inference_mode(), self.cast:
            self.once(size, 2)
            start = time.perf_counter()
            return self.once(size) / (time.perf_counter() - start)

    def train(self, size):
        self.model.train()
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-5, fused=True)
        steps, n, start, warm = 0, 0, 0.0, 2
        while steps < self.o.steps + warm:
            for k, x in self.batches(size):
                if steps == warm:
                    n, start = 0, time.perf_counter()
                with self.cast:
                    loss = self.loss(k, x)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
                n, steps = n + len(k), steps + 1
                if steps == self.o.steps + warm:
                    break
        return n / (time.perf_counter() - start)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("what", nargs="+")
    p.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    p.add_argument("--steps", type=int, default=8)
    p.add_argument("--max-new", type=int, default=64)
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    peer = Peer(o)
    for task in o.what:
        what, tokens = task.split("=", 1)
        peer.open(what, tokens)
        sizes = (48, 96) if what == "generate" else (32,)
        rate = max((peer.train if what == "train" else peer.evaluate)(size) for size in sizes)
        print(f"{what}\t{rate:.3f}\t{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}", flush=True)


if __name__ == "__main__":
    main()

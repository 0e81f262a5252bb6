#!/usr/bin/env python3
"""How hard are the tasks of mc-synth? Accuracy on dev of bags of words (logistic regression on counts of words, and
of words and bigrams; of a pair, for each text by itself) and of the directory's small BERT from random weights.

  python tests/parity/synth_difficulty.py [--bin build/bin] [--train 3000] [--dev 1000] [--epochs 8] [TASK...]

Needs torch, transformers, numpy. One thread. Writes a table.
"""
import argparse
import os
import subprocess
import tempfile
import time

import torch
from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification

TASKS = ["sentiment", "sentiment-b", "inference", "inference-hard"]


def synth(a, *options):
    command = [os.path.join(a.bin, "mc-synth"), "--seed", str(a.seed), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def examples(a, task, split, n):
    lines = synth(a, "--task", task, "--split", split, "-n", str(n)).splitlines()
    return [(line.split("\t")[:-1], line.split("\t")[-1]) for line in lines]


def features(texts, bigrams):
    out = []
    for side, text in enumerate(texts):
        words = text.replace(",", " ,").replace(".", " .").split()
        out += [(side, w) for w in words]
        if bigrams:
            out += [(side, *two) for two in zip(words, words[1:])]
    return out


def counts(data, index, bigrams):
    x = torch.zeros(len(data), len(index))
    for i, (texts, _) in enumerate(data):
        for f in features(texts, bigrams):
            if f in index:
                x[i, index[f]] += 1
    return x


def bag_of_words(train, dev, y_train, y_dev, n_labels, bigrams):
    """The best of four strengths of L2, chosen on dev: an upper bound."""
    index = {}
    for texts, _ in train:
        for f in features(texts, bigrams):
            index.setdefault(f, len(index))
    x, x_dev = counts(train, index, bigrams), counts(dev, index, bigrams)
    best = 0.0
    for decay in (1e-4, 1e-3, 1e-2, 1e-1):
        w = torch.zeros(len(index), n_labels, requires_grad=True)
        b = torch.zeros(n_labels, requires_grad=True)
        solver = torch.optim.LBFGS([w, b], max_iter=100, line_search_fn="strong_wolfe")

        def closure():
            solver.zero_grad()
            loss = torch.nn.functional.cross_entropy(x @ w + b, y_train) + decay * w.square().sum()
            loss.backward()
            return loss

        solver.step(closure)
        best = max(best, ((x_dev @ w + b).argmax(1) == y_dev).double().mean().item())
    return best


def batches(tokenizer, data, y, size, order):
    for k in range(0, len(order), size):
        pick = order[k:k + size]
        columns = list(zip(*(data[i][0] for i in pick)))
        yield tokenizer(*[list(c) for c in columns], padding=True, return_tensors="pt"), y[pick]


def accuracy(model, tokenizer, dev, y_dev):
    model.eval()
    right = 0
    with torch.no_grad():
        for x, y in batches(tokenizer, dev, y_dev, 100, range(len(dev))):
            right += (model(**x).logits.argmax(1) == y).sum().item()
    return right / len(dev)


def transformer(a, directory, train, dev, y_train, y_dev, n_labels):
    torch.manual_seed(a.seed)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    config = AutoConfig.from_pretrained(directory, num_labels=n_labels)
    if a.dropout is not None:
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = a.dropout
    if a.init_range is not None:
        config.initializer_range = a.init_range
    model = BertForSequenceClassification(config)
    solver = torch.optim.AdamW(model.parameters(), lr=a.lr, weight_decay=0.01)
    steps = a.epochs * -(-len(train) // a.batch)
    warm = max(1, int(0.06 * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        solver, lambda k: min((k + 1) / warm, (steps - k) / (steps - warm)))
    spent, curve = 0.0, []
    for _ in range(a.epochs):
        start = time.monotonic()
        model.train()
        for x, y in batches(tokenizer, train, y_train, a.batch, torch.randperm(len(train)).tolist()):
            solver.zero_grad()
            model(**x, labels=y).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            solver.step()
            schedule.step()
        spent += time.monotonic() - start
        curve.append(accuracy(model, tokenizer, dev, y_dev))
    return curve, spent


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", default="build/bin")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--train", type=int, default=3000)
    p.add_argument("--dev", type=int, default=1000)
    p.add_argument("--epochs", type=int, default=8)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--dropout", type=float, help="default: the directory's")
    p.add_argument("--init-range", type=float, help="default: the directory's")
    p.add_argument("task", nargs="*", default=TASKS)
    a = p.parse_args()
    torch.set_num_threads(1)
    print("task\ttrain\twords\twords_bigrams\tbert\tbert_by_epoch\tbert_train_s")
    with tempfile.TemporaryDirectory() as directory:
        synth(a, "--tokenizer", directory)
        for task in a.task:
            train, dev = examples(a, task, "train", a.train), examples(a, task, "dev", a.dev)
            names = sorted({label for _, label in train})
            y_train, y_dev = (torch.tensor([names.index(label) for _, label in d]) for d in (train, dev))
            rest = (train, dev, y_train, y_dev, len(names))
            bags = [bag_of_words(*rest, bigrams) for bigrams in (False, True)]
            curve, spent = transformer(a, directory, *rest)
            print(f"{task}\t{a.train}\t{bags[0]:.3f}\t{bags[1]:.3f}\t{curve[-1]:.3f}\t"
                  f"{' '.join(f'{c:.3f}' for c in curve)}\t{spent:.1f}", flush=True)


if __name__ == "__main__":
    main()

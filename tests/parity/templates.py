#!/usr/bin/env python3
"""Compares the sources and targets of mc-tokenize with transformers' tokenizer on the filled-in strings.

usage: templates.py [--bin DIR] [TOKENIZER_DIR]...

Without a directory, trains a byte-level BPE of 600 pieces on text it makes up. Hostile texts, several templates, free
answers; and what --max-len leaves: a beginning of each text as the manual says, found by trying them all. Exits 1 on
any difference.
"""
import itertools
import random
import sys
import tempfile

from bpe import edited, made_up, prefix, reversed_merges, train, write
from common import Count, arguments, name_of, parts, tokenized
from ids import HOSTILE, soup
from transformers import AutoTokenizer

SOURCES = ["{1}", " [mnli] premise: {1} </s> hypothesis: {2}", "{2}{1}", "<s>{1}<mask> a {2} </s>", "{{{1}}} {2}: {1}"]
TARGETS = ["{label}", "<mask>{label}", " the {label} {{}}", "{label}{label}"]


def fill(template, one, two, label):
    """As str.format would, had it names that are numbers from 1."""
    return template.replace("{1}", "{0}").replace("{2}", "{1}").format(one, two, label=label)


def tokenize(binary, directory, rows, *options):
    """The set's tensors; sources and targets as lists."""
    t = tokenized(binary, directory, [dict(zip("abl", r)) for r in rows], "--text", "a,b", "--label", "l", *options)
    return t, parts(t["ids"], t["offsets"]), parts(t["target_ids"], t["target_offsets"])


class Check(Count):
    def __init__(self, binary):
        super().__init__()
        self.binary = binary

    def rows(self, what, rows, ok):
        self.report(what, (not good and f"{what}: {ascii(r)}" for r, good in zip(rows, ok, strict=True)))

    def whole(self, what, directory, tokenizer, rows):
        for source, target in itertools.product(SOURCES, TARGETS):
            t, ids, targets = tokenize(self.binary, directory, rows, "--source", source, "--target", target)
            labels = sorted({r[2] for r in rows}, key=str.encode)
            self.rows(f"{what}: {source} -> {target}", rows, [
                a == tokenizer(fill(source, x, y, "")).input_ids and b == tokenizer(fill(target, "", "", z)).input_ids
                for (x, y, z), a, b in zip(rows, ids, targets, strict=True)])
            self.rows(f"{what}: labels of {target}", labels, [
                a == tokenizer(fill(target, "", "", z)).input_ids
                for z, a in zip(labels, parts(t["label_target_ids"], t["label_target_offsets"]), strict=True)])

    def free(self, what, directory, tokenizer, rows):
        t, _, targets = tokenize(self.binary, directory, [(x, y, [z, z.upper(), "3"]) for x, y, z in rows], "--free")
        answers = parts(t["answers"], t["answer_offsets"])
        self.rows(f"{what}: free", rows, [
            a == tokenizer(z).input_ids and bytes(b) == "".join(w + "\0" for w in (z, z.upper(), "3")).encode()
            for (_, _, z), a, b in zip(rows, targets, answers, strict=True)])

    def shortened(self, what, directory, tokenizer, rows, room):
        for source in SOURCES:
            max_len = room + len(tokenizer(fill(source, "", "", "")).input_ids)
            _, ids, _ = tokenize(self.binary, directory, rows, "--source", source, "--target", "{label}", "--max-len", str(max_len))
            self.rows(f"{what}: {source} cut at {max_len}", rows, [
                is_cut(tokenizer, source, x, y, max_len, a) for (x, y, _), a in zip(rows, ids, strict=True)])


AHEAD = 16


def most(text, fits):
    """The lengths of beginnings that fit, when neither the next code point does nor more of the word behind."""
    ok = [fits(n) for n in range(len(text))]
    for n in range(len(text)):
        end = next((k for k in range(n + 1, len(text)) if text[k] in " \t\n"), len(text) - 1)
        if ok[n] and not any(ok[n + 1:min(end, n + AHEAD) + 1]):
            yield n


def is_cut(tokenizer, source, one, two, max_len, got):
    """Whether `got` is the whole, or what the rule allows to be left of it."""
    def ids(p, q):
        return tokenizer(fill(source, one[:p], two[:q], "")).input_ids

    def own(text):
        return len(tokenizer(text, add_special_tokens=False).input_ids)
    full = ids(len(one), len(two))
    if len(full) <= max_len:
        return got == full
    size = own(one), own(two) if "{2}" in source else 0
    half = (max_len - len(ids(0, 0))) // 2
    first = size[0] > size[1]  # the first is the longer
    longer, other = (one, two) if first else (two, one)

    def both(p, q):
        return ids(p, q) if first else ids(q, p)
    for q in [len(other)] if min(size) <= half else most(other, lambda n: own(other[:n]) <= half):
        if len(both(0, q)) > max_len:  # the other alone is too long in the string
            found = any(both(0, n) == got for n in most(other[:q], lambda n: len(both(0, n)) <= max_len))
        elif len(both(len(longer), q)) <= max_len:
            found = both(len(longer), q) == got
        else:
            found = any(both(n, q) == got for n in most(longer, lambda n: len(both(n, q)) <= max_len))
        if found:
            return True
    return False


def control(check, directory, j, root, rows):
    """The comparison must notice another order of merges, and a cut that is a code point short."""
    other = AutoTokenizer.from_pretrained(write(root, "control", {"tokenizer.json": edited(j, reversed_merges)}))
    _, ids, _ = tokenize(check.binary, directory, rows, "--source", "{1}")
    if all(a == other(r[0]).input_ids for r, a in zip(rows, ids)):
        sys.exit("control: merges in another order are said to agree")
    same = AutoTokenizer.from_pretrained(directory)
    if is_cut(same, "{1}", "a b c d e f g h", "", 6, same("a b c").input_ids):
        sys.exit("control: a text that was cut too short is said to agree")


def main():
    ap = arguments()
    ap.add_argument("directories", nargs="*")
    args = ap.parse_args()
    check = Check(args.bin)
    rng = random.Random(1)
    pieces = ["foo", " ", "bar", "x", "\u00e9t\u00e9", ".", "\u4e2d", "<mask>", "</s>", "_", "\t", "'s", "12", "\u00a0", "ka", "tor", "{1}", "{{", "}"]
    texts = [s for s in HOSTILE if len(s) < 300] + soup(rng, pieces, 400) + list(made_up(rng, 800))
    labels = ["no", "yes", "not at all", "\u00e9t\u00e9", "0.5", "{label}"]
    rows = [(rng.choice(texts), rng.choice(texts), rng.choice(labels)) for _ in range(1000)]
    short = [r for r in rows if len(r[0]) < 60 and len(r[1]) < 60][:120]
    with tempfile.TemporaryDirectory() as root:
        named = [(name_of(d), d) for d in args.directories]
        if not named:
            j = train(600, rng)
            named = [("600 pieces", write(root, "json", {"tokenizer.json": j})),
                     ("600 pieces, prefix", write(root, "prefix", {"tokenizer.json": edited(j, prefix), "tokenizer_config.json": {"add_prefix_space": True}}))]
            control(check, named[0][1], j, root, rows)
        for name, directory in named:
            tokenizer = AutoTokenizer.from_pretrained(directory)
            check.whole(name, directory, tokenizer, rows)
            check.free(name, directory, tokenizer, rows)
            for room in (0, 1, 9, 24):
                check.shortened(name, directory, tokenizer, short, room)
    return check.status("templates")


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compares the ids of mc-tokenize --corpus with those of transformers' AutoTokenizer without special tokens.

usage: corpus.py [--bin DIR] TOKENIZER_DIR FILE.tsv...

The texts of the files and hostile strings, a line each, all in one line, and as paragraphs of several lines; and what mc.corpus says of the
tokenizer. Exits 1 on any difference. Needs the packages transformers, tokenizers and safetensors.
"""
import json
import subprocess
import sys
import tempfile

from common import Count, arguments, parts, payload
from ids import HOSTILE, read_tsv, variant
from safetensors.numpy import load
from transformers import AutoTokenizer


def corpus(binary, directory, text, *options):
    """(metadata, [ids of a document]) of the corpus that a text becomes, which must be of one part."""
    p = subprocess.run([f"{binary}/mc-tokenize", "-t", directory, "--corpus", *options], input=text.encode(), capture_output=True)
    if p.returncode:
        sys.exit(f"{' '.join(p.args)}: {p.stderr.decode()}")
    raw = payload(p.stdout)
    t = load(raw)
    head = json.loads(raw[8:8 + int.from_bytes(raw[:8], "little")])
    return head["__metadata__"], parts(t["ids"], t["offsets"])


def theirs(tokenizer, texts):
    """What is left of them where those without an id are dropped."""
    return [x for x in tokenizer(texts, add_special_tokens=False)["input_ids"] if x]


def said(tokenizer):
    """What mc.corpus must say."""
    size = max(len(tokenizer), 1 + max(tokenizer.get_vocab().values()))
    empty = tokenizer("")["input_ids"]
    one = tokenizer("a")["input_ids"]
    inner = len(tokenizer("a", add_special_tokens=False)["input_ids"])
    before = next(i for i in range(len(one)) if one[:i] + one[i + inner:] == empty and one[i:i + inner] ==
                  tokenizer("a", add_special_tokens=False)["input_ids"])
    vocabulary, sentinels = tokenizer.get_vocab(), []
    while f"<extra_id_{len(sentinels)}>" in vocabulary:
        sentinels.append(vocabulary[f"<extra_id_{len(sentinels)}>"])
    return {"vocab": size, "mask": tokenizer.mask_token_id, "special": sorted(set(tokenizer.all_special_ids)),
            "prefix": empty[:before], "suffix": empty[before:], "sentinels": sentinels}


def main():
    ap = arguments()
    ap.add_argument("directory")
    ap.add_argument("files", nargs="+")
    args = ap.parse_args()
    tokenizer, count = AutoTokenizer.from_pretrained(args.directory), Count()
    rows = [r[0] for f in args.files for r in read_tsv(f)]
    strings = [s for s in HOSTILE if not any(c in s for c in "\n\r\0")]
    with tempfile.TemporaryDirectory() as root:
        unlimited = variant(args.directory, root, "given")
        for name, texts, joint, options in (
                ("lines", rows + strings, "\n", ()),
                ("a long line", [" ".join(rows * 6), rows[0]], "\n", ()),
                ("paragraphs", ["\n".join(rows[i:i + 3]) for i in range(0, len(rows), 3)], "\n\n", ("--document", "paragraph"))):
            about, got = corpus(args.bin, unlimited, joint.join(texts) + "\n", *options)
            want = theirs(tokenizer, texts)
            wrong = [(a, b) for a, b in zip(got, want) if a != b]
            print(f"{name}: {len(want)} documents, {len(wrong)} differ" + (f", {len(got)} of ours" if len(got) != len(want) else ""))
            for a, b in wrong[:5]:
                print(f"  {a[:20]} not {b[:20]}")
            count.compared += len(want)
            count.differ += len(wrong) + (len(got) != len(want))
    ours, want = json.loads(about["mc.corpus"]), said(tokenizer)
    for key in want:
        if ours[key] != want[key]:
            print(f"mc.corpus: {key} is {ours[key]}, not {want[key]}")
            count.differ += 1
    return count.differ > 0 or count.compared == 0


sys.exit(main())

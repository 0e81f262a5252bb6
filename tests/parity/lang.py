#!/usr/bin/env python3
"""Compares the ids of mc-tokenize with those of transformers' AutoTokenizer for a directory as mc-synth writes it.

usage: lang.py [--bin DIR] TOKENIZER_DIR FILE.tsv...

The lines of the files, hostile strings and cuts; and that the directory's config.json is a model's whose embeddings
have room for all ids. Exits 1 on any difference. Needs the packages transformers, tokenizers and safetensors.
"""
import sys
import tempfile

from common import arguments
from ids import HOSTILE, Check, read_tsv, variant
from transformers import AutoConfig, AutoTokenizer


def main():
    ap = arguments()
    ap.add_argument("directory")
    ap.add_argument("files", nargs="+")
    args = ap.parse_args()
    check = Check(args.bin)
    tokenizer, config = AutoTokenizer.from_pretrained(args.directory), AutoConfig.from_pretrained(args.directory)
    rows = [r for f in args.files for r in read_tsv(f)]
    with tempfile.TemporaryDirectory() as root:
        unlimited = variant(args.directory, root, "given")
        for name, texts in (("text", rows), ("strings", [(s,) for s in HOSTILE])):
            check.run(f"{config.model_type}: {name}", unlimited, tokenizer, texts)
            check.run(f"{config.model_type}: {name}", unlimited, tokenizer, texts, 9)
    fits = len(tokenizer) <= config.vocab_size < len(tokenizer) + 8
    print(f"{config.model_type}: {len(tokenizer)} tokens, vocab_size {config.vocab_size}")
    return not fits or check.differ > 0 or check.compared == 0


sys.exit(main())

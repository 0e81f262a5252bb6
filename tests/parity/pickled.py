#!/usr/bin/env python3
"""The command that mc-import gives for a pickled pytorch_model.bin converts it.

usage: pickled.py [--bin DIR]

A BERT, a RoBERTa and T5s with tied and untied embeddings are saved by torch.save and as safetensors; the first is refused,
converted as the refusal says, and is then the same model as the second. Exits 1 where it is not.
"""
import os
import shlex
import subprocess
import sys
import tempfile

import torch
from common import arguments
from transformers import (BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification, T5Config,
                          T5ForConditionalGeneration)

SMALL = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12, vocab_size=20)
T5 = dict(d_model=8, d_kv=4, d_ff=12, num_layers=1, num_heads=2, vocab_size=20, decoder_start_token_id=0)
MODELS = {
    "BERT": lambda: BertForSequenceClassification(BertConfig(**SMALL)),
    "RoBERTa": lambda: RobertaForSequenceClassification(RobertaConfig(**SMALL)),
    "T5, tied": lambda: T5ForConditionalGeneration(T5Config(**T5)),
    "T5, untied": lambda: T5ForConditionalGeneration(T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
}


def same(binary, make, work):
    """What is wrong, or nothing."""
    def read(d):
        p = subprocess.run([f"{binary}/mc-import", d, "-o", f"{work}/out"], capture_output=True, text=True)
        if p.returncode:
            return None, p.stderr
        return subprocess.run([f"{binary}/mc-info", "--digest", f"{work}/out"], capture_output=True, text=True).stdout.split()[0], ""

    torch.manual_seed(1)
    m = make()
    m.save_pretrained(f"{work}/want")
    pickled = f"{work}/pickled model"
    os.mkdir(pickled)
    m.config.save_pretrained(pickled)
    torch.save(m.state_dict(), f"{pickled}/pytorch_model.bin")
    want, said = read(f"{work}/want")
    if not want:
        return said
    got, said = read(pickled)
    if got or "convert them: python3 -c " not in said:
        return f"not refused as it should be: {said}"
    command = said.strip().split("convert them: ")[1].replace("python3", shlex.quote(sys.executable), 1)
    subprocess.run(["bash", "-c", command], check=True)
    got, said = read(pickled)
    return said or ("" if got == want else f"{got}, not {want}")


def main():
    o = arguments().parse_args()
    bad = 0
    for name, make in MODELS.items():
        with tempfile.TemporaryDirectory() as work:
            wrong = same(o.bin, make, work)
        print(f"pickled {name}: {wrong or 'the same model'}")
        bad += bool(wrong)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Files of torch.save give the stream that safetensors give, but for the provenance.

usage: pickled.py [--bin DIR]

A BERT, a RoBERTa and T5s with tied and untied embeddings are saved both ways, in three types; then with transposed views, parts of one
tensor, parameters, in shards, with names of before and a buffer, without CRCs, and in torch's old format, which is refused and saved anew
by the command that the refusal gives. Exits 1 where a stream differs.
"""
import collections
import gzip
import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

import torch
from common import arguments
from safetensors.torch import save_file
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
FILE = "pytorch_model.bin"


def transposed(t):
    return {k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in t.items()}


def parts(t):
    """Vectors that lie in one storage, every second number of it."""
    vectors = {k: v for k, v in t.items() if v.dim() == 1}
    both = torch.zeros(sum(v.numel() for v in vectors.values()), 2, dtype=next(iter(t.values())).dtype)
    out, at = dict(t), 0
    for k, v in vectors.items():
        out[k] = both[at:at + v.numel(), 1]
        out[k].copy_(v)
        at += v.numel()
    return out


def parameters(t):
    return collections.OrderedDict((k, torch.nn.Parameter(v)) for k, v in t.items())


def without_crc(t, path):
    torch.serialization.set_crc32_options(False)
    torch.save(t, path)
    torch.serialization.set_crc32_options(True)


def shards(t, path):
    names = list(t)
    index = {}
    for i in range(2):
        part = f"pytorch_model-{i + 1:05}-of-00002.bin"
        torch.save({k: t[k] for k in names[i::2]}, os.path.join(os.path.dirname(path), part))
        index.update({k: part for k in names[i::2]})
    with open(path + ".index.json", "w", encoding="utf-8") as f:
        json.dump({"metadata": {}, "weight_map": index}, f)


WAYS = {
    "as it is": torch.save,
    "transposed": lambda t, p: torch.save(transposed(t), p),
    "parts of one tensor": lambda t, p: torch.save(parts(t), p),
    "parameters": lambda t, p: torch.save(parameters(t), p),
    "with position_ids": lambda t, p: torch.save({**t, "encoder.position_ids": torch.arange(9).expand((1, -1))}, p),
    "to a stream": lambda t, p: torch.save(t, open(p, "wb")),
    "without CRCs": without_crc,
    "shards": shards,
    "pickle protocol 4": lambda t, p: torch.save(t, p, pickle_protocol=4),
    "old": lambda t, p: torch.save(t, p, _use_new_zipfile_serialization=False),
}


def read(binary, d):
    """A directory's stream but for its provenance, and what was said."""
    p = subprocess.run([f"{binary}/mc-import", d, "-o", f"{d}/out"], capture_output=True, text=True)
    if p.returncode:
        return None, p.stderr
    with gzip.open(f"{d}/out") as f:
        b = f.read()
    n, = struct.unpack("<Q", b[:8])
    h = json.loads(b[8:8 + n])
    h["__metadata__"].pop("mc.provenance")
    return (h, b[8 + n:]), ""


def saved_anew(d, said):
    """Runs the command of a refusal; what went wrong."""
    if "save it anew: python3 -c " not in said:
        return f"not refused as it should be: {said}"
    command = said.strip().split("save it anew: ")[1].replace("python3", shlex.quote(sys.executable), 1)
    subprocess.run(["bash", "-c", command], check=True)
    return ""


def same(binary, make, dtype, way, work):
    """What is wrong, or nothing."""
    torch.manual_seed(1)
    m = make().to(dtype)
    t = m.state_dict()
    for d in ("st", "it's"):
        os.mkdir(f"{work}/{d}")
        m.config.save_pretrained(f"{work}/{d}")
    save_file({k: v.clone() for k, v in t.items()}, f"{work}/st/model.safetensors", {"format": "pt"})
    pickled = f"{work}/it's"
    WAYS[way](t, f"{pickled}/{FILE}")
    want, said = read(binary, f"{work}/st")
    if not want:
        return said
    got, said = read(binary, pickled)
    if way == "old":
        wrong = "read, not refused" if got else saved_anew(pickled, said)
        if wrong:
            return wrong
        got, said = read(binary, pickled)
    return said or ("" if got == want else "another stream")


def main():
    o = arguments().parse_args()
    bad = 0
    for name, make in MODELS.items():
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            wrong = {}
            for way in WAYS:
                work = tempfile.mkdtemp()
                said = same(o.bin, make, dtype, way, work)
                shutil.rmtree(work)
                if said:
                    wrong[way] = said
            print(f"pickled {name}, {str(dtype)[6:]}: {wrong or f'the same stream, saved in {len(WAYS)} ways'}")
            bad += len(wrong)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())

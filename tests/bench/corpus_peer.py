"""The tokenizers library on plain text, a line a document, in batches on all processors: prints ids, TAB, seconds of its loop.

usage: corpus_peer.py --threads N DIRECTORY TEXT
"""
import argparse
import os
import time

BATCH = 10000


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--threads", type=int, required=True)
    p.add_argument("directory")
    p.add_argument("text")
    o = p.parse_args()
    os.environ.update(TOKENIZERS_PARALLELISM="true", RAYON_NUM_THREADS=str(o.threads), TRANSFORMERS_OFFLINE="1")
    from transformers import AutoTokenizer
    t = AutoTokenizer.from_pretrained(o.directory).backend_tokenizer
    t.no_truncation()
    t.no_padding()
    with open(o.text, encoding="utf8", newline="\n") as f:
        lines = f.read().split("\n")
    encode = getattr(t, "encode_batch_fast", t.encode_batch)  # without offsets, where it can
    n, start = 0, time.monotonic()
    for i in range(0, len(lines), BATCH):
        n += sum(len(x.ids) for x in encode(lines[i:i + BATCH], add_special_tokens=False))
    print(n, time.monotonic() - start, sep="\t")


main()

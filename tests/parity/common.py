"""What the comparisons of token ids share: their arguments, running mc-tokenize, counting what differs."""
import argparse
import itertools
import json
import os
import subprocess
import sys
import zlib

SHOWN = 5  # of the differences of one comparison


def arguments(dump=False):
    """A parser with the place of the programs, and of the one that shows what the library does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.environ.get("BIN", "build/bin"))
    if dump:
        parser.add_argument("--dump", default=os.environ.get("DUMP", "build/tests/dump"))
    return parser


def run_tokenizer(binary, directory, rows, *options):
    """mc-tokenize on rows, as JSON objects: the finished process."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return subprocess.run([f"{binary}/mc-tokenize", "-t", directory, "--format", "jsonl", *options], input=lines.encode(),
                          capture_output=True)


def tokenized(binary, directory, rows, *options):
    """The tensors of the set; what cannot be tokenized ends the run."""
    p = run_tokenizer(binary, directory, rows, *options)
    if p.returncode:
        sys.exit(f"{' '.join(p.args)}: {p.stderr.decode()}")
    return tensors(p.stdout)


def payload(stream):
    """What a gzip file of several members holds."""
    out = []
    while stream:
        member = zlib.decompressobj(31)
        out.append(member.decompress(stream) + member.flush())
        stream = member.unused_data
    return b"".join(out)


def tensors(stream):
    """The tensors of one document of ours."""
    from safetensors.numpy import load
    return load(payload(stream))


def name_of(directory):
    return os.path.basename(os.path.abspath(directory))


def parts(data, offsets):
    """A list for each range between two offsets."""
    return [data[a:b].tolist() for a, b in itertools.pairwise(offsets.tolist())]


def encoded(out):
    """transformers' answer as (ids, types) of each example; a tokenizer without types has zeros."""
    types = out.get("token_type_ids") or [[0] * len(x) for x in out["input_ids"]]
    return list(zip(out["input_ids"], types))


class Count:
    """How much was compared and how much of it differs."""

    def __init__(self):
        self.compared = self.differ = 0

    def report(self, what, wrong, verb="compared"):
        """wrong: for each thing that was compared nothing where it agrees, else a text that shows it."""
        n = bad = 0
        for text in wrong:
            n += 1
            if text:
                bad += 1
                if bad <= SHOWN:
                    print(f"  {text}")
        self.compared += n
        self.differ += bad
        print(f"{what}: {n} {verb}, {bad} differ", flush=True)

    def status(self, what):
        """Says the sums; an exit status."""
        print(f"{what}: {self.compared} compared, {self.differ} differ")
        return self.differ > 0 or self.compared == 0

#!/usr/bin/env python3
"""What a file or an option may cost: inputs of n, 2n and 4n parts, counted in instructions or in bytes of memory.

usage: cost.py DIRECTORY_OF_PROGRAMS [NAME...]     ends with a line "N passed, N failed"

Instructions are callgrind's, so that no processor's speed and no neighbour's load counts; what grows with the square of
n makes four times the step from 2n to 4n as from n to 2n, n log n a little over two. Bytes are the process's peak. Each
case also says how the program must end.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

BIN = os.path.abspath(sys.argv[1])
ONLY = sys.argv[2:]
WORK = tempfile.TemporaryDirectory()
D = WORK.name
ENV = {**os.environ, "MC_GEMM": "openblas", "OPENBLAS_NUM_THREADS": "1"}
MB = 1000 * 1000
CASES = []


def case(n, status, growth=None, most_mb=None):
    """growth: of the step from 2n to 4n over that from n to 2n; most_mb: of memory at 4n."""
    def add(fn):
        CASES.append((fn.__name__, fn, n, status, growth, most_mb))
        return fn
    return add


def path(name, data):
    p = f"{D}/{name}"
    os.makedirs(os.path.dirname(p), exist_ok=True)
    with open(p, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return p


def document(header, data=b""):
    j = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(j)) + j + data


# A process's peak counts what it was before exec too: a small one stands between.
BETWEEN = """import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
                     (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def run(command):
    """Status and peak memory in bytes."""
    p = subprocess.run([sys.executable, "-S", "-c", BETWEEN, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=ENV, check=True)
    return map(int, p.stdout.split())


def instructions(command):
    p = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={D}/out", *command], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV)
    return p.returncode, int(re.search(rb"Collected : (\d+)", p.stderr).group(1))


def tool(name, *args):
    return [f"{BIN}/{name}", "--threads", "1", *args]


def made(*args, to, stdin=None):
    with open(f"{D}/{to}", "wb") as f:
        subprocess.run(args, stdin=open(stdin, "rb") if stdin else subprocess.DEVNULL, stdout=f, stderr=subprocess.DEVNULL, check=True, env=ENV)
    return f"{D}/{to}"


subprocess.run([f"{BIN}/mc-synth", "--tokenizer", f"{D}/lang"], check=True)
MODEL = made(f"{BIN}/mc-init", f"{D}/lang/config.json", "-t", f"{D}/lang", "--labels", "negative,positive", to="model.st.gz")
TSV = made(f"{BIN}/mc-synth", "--task", "sentiment", "--split", "train", "-n", "40", to="train.tsv")
TOKENS = made(f"{BIN}/mc-tokenize", "-q", "-t", f"{D}/lang", TSV, to="train.tok.gz")
LORA = made(f"{BIN}/mc-finetune", "-q", "--method", "lora", "--train", TOKENS, "--steps", "1", to="lora.st.gz", stdin=MODEL)
RAW = subprocess.run(["gzip", "-dc", MODEL], stdout=subprocess.PIPE, check=True).stdout
HEADER = json.loads(RAW[8:8 + struct.unpack("<Q", RAW[:8])[0]])
DATA = RAW[8 + struct.unpack("<Q", RAW[:8])[0]:]


@case(100000, 1, growth=2.4, most_mb=40)
def header_of_objects(n):
    return tool("mc-info", path("x", document(b'{"a":[' + b"{}," * n + b"{}]}")))


@case(100000, 1, most_mb=40)
def header_of_members(n):
    return tool("mc-info", path("x", document(b"{" + b",".join(b'"%d":{}' % i for i in range(n)) + b"}")))


@case(2000, 0, growth=2.6)
def tensors(n):
    h = {"__metadata__": {"mc.format": "1"}}
    h.update({f"t{i}": {"dtype": "U8", "shape": [1], "data_offsets": [i, i + 1]} for i in range(n)})
    return tool("mc-info", path("x", document(h, bytes(n))))


@case(4000, 0, growth=2.6)
def metadata_keys(n):
    h = {**HEADER, "__metadata__": {**HEADER["__metadata__"], **{f"x{i}": "" for i in range(n)}}}
    return tool("mc-info", "--check", path("x", document(h, DATA)))


@case(4000, 0, growth=2.6)
def metadata_of_a_path(n):
    h = {**HEADER, "__metadata__": {**HEADER["__metadata__"], **{f"x{i}": "" for i in range(n)}}}
    x = path("x", document(h, DATA))
    return tool("mc-interp", "-n", "3", x, x)


@case(4000, 1, growth=2.6)
def tensors_of_a_delta(n):
    raw = subprocess.run(["gzip", "-dc", LORA], stdout=subprocess.PIPE, check=True).stdout
    k = struct.unpack("<Q", raw[:8])[0]
    h, d = json.loads(raw[8:8 + k]), raw[8 + k:]
    for i in range(n):
        h[f"x{i}"] = {"dtype": "F32", "shape": [1], "data_offsets": [len(d) + 4 * i, len(d) + 4 * i + 4]}
    return tool("mc-fold", "--base", MODEL, path("x", document(h, d + bytes(4 * n))))


@case(4000, 1, growth=2.6)
def names_of_shards(n):
    for name in ("config.json", "vocab.txt"):
        path(f"shards/{name}", open(f"{D}/lang/{name}", "rb").read())
    path("shards/model.safetensors.index.json", json.dumps({"weight_map": {f"t{i}": f"file-{i}" for i in range(n)}}))
    return tool("mc-import", f"{D}/shards")


@case(4000, 0, growth=2.6)
def added_tokens(n):
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"]
    path("added/vocab.txt", "\n".join(vocab) + "\n")
    path("added/tokenizer_config.json", json.dumps({"tokenizer_class": "BertTokenizer", "additional_special_tokens": [f"<{i}>" for i in range(n)]}))
    return tool("mc-tokenize", "-t", f"{D}/added", path("text", "<a<b<<<1><2>< a\tx\nb <3>\ty\n" * 20))


@case(1500, 2, growth=2.6)
def points(n):
    return tool("mc-interp", "--at", ",".join(str(i / n) for i in range(n)) + ",0", MODEL, MODEL)


@case(1500, 2, growth=2.6)
def steps_to_save_at(n):
    return tool("mc-finetune", "--train", TOKENS, "--save-at", ",".join(str(i) for i in range(n)) + ",0")


@case(1500, 2, growth=2.6)
def names_of_labels(n):
    return tool("mc-import", "--labels", ",".join(f"l{i}" for i in range(n)) + ",l0", f"{D}/lang")


@case(50000000, 1, most_mb=60)
def an_id_far_beyond(n):
    path("far/tokenizer.json", json.dumps({"added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {
        "type": "BertProcessing", "cls": ["a", 0], "sep": ["a", 0]}, "model": {"type": "WordPiece", "unk_token": "a", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": {"a": 0, "b": n}}}))
    return tool("mc-tokenize", "-t", f"{D}/far", TSV)


@case(100000, 1, growth=2.4, most_mb=80)
def row_of_objects(n):
    return tool("mc-tokenize", "-t", f"{D}/lang", path("x.jsonl", b'{"text":"a","label":"b","c":[' + b"{}," * n + b"0]}\n"))


@case(100000, 1, growth=2.4, most_mb=160)
def configuration_of_objects(n):
    path("config/config.json", b'{"model_type":"bert","c":[' + b"[]," * 4 * n + b"0]}")
    path("config/model.safetensors", document({}))
    return tool("mc-import", f"{D}/config")


@case(10, 1, growth=2.4)
def a_pattern_that_tries_everything(n):
    raw = subprocess.run(["gzip", "-dc", LORA], stdout=subprocess.PIPE, check=True).stdout
    path("peft/adapter_model.safetensors", raw)
    path("peft/adapter_config.json", json.dumps({"peft_type": "LORA", "task_type": "SEQ_CLS", "r": 10, "lora_alpha": 16, "modules_to_save": ["classifier"],
                                                 "target_modules": "(" * n + "(.*)*" + ")*" * n + "!"}))
    return tool("mc-import", "--base", MODEL, f"{D}/peft")


@case(20 * MB, 1, growth=2.4, most_mb=40)
def a_table_that_is_none(n):
    return tool("mc-barrier", path("x", b"x" * n))


@case(20 * MB, 1, growth=2.4, most_mb=40)
def a_table_of_other_columns(n):
    return tool("mc-barrier", path("x", b"a\tb\n" + b"1\t2\n" * (n // 4)))


@case(20 * MB, 1, growth=2.4, most_mb=40)
def numbers_that_are_none(n):
    return tool("mc-finetune", "--train", TOKENS, "--only", path("x", b"12345 is none\n" * (n // 14)))


@case(20 * MB, 1, growth=2.4, most_mb=40)
def numbers_of_one_example(n):
    return tool("mc-finetune", "--train", TOKENS, "--only", path("x", b"0" * n))


@case(200, 1, growth=2.6)
def tasks_of_a_table(n):
    head = "point\tt\ttask\tn\tloss\taccuracy\n"
    return tool("mc-barrier", path("x", head + "".join(f"{i}\t{t}\ttask-{k}\t9\t1\t1\n" for k in range(n * 10) for i, t in enumerate((0, .5, .25)))))


@case(1, 0, growth=2.4)
def provenance_of_midpoints(n):
    m = MODEL
    for k in range(4 * n):
        m = made(f"{BIN}/mc-interp", "--at", ".5", m, m, to=f"mid-{k}")
    return tool("mc-info", m)


def main():
    passed = failed = 0
    for name, fn, n, status, growth, most_mb in CASES:
        if ONLY and name not in ONLY:
            continue
        wrong, said = [], []
        if growth:
            counts = []
            for k in (n, 2 * n, 4 * n):
                rc, count = instructions(fn(k))
                counts.append(count)
                wrong += [f"status {rc}, not {status}"] if rc != status else []
            step = (counts[2] - counts[1]) / max(counts[1] - counts[0], 1)
            said.append(f"{counts[0] / 1e6:.1f}, {counts[1] / 1e6:.1f}, {counts[2] / 1e6:.1f} million instructions")
            # steps of under a hundredth of the whole are noise
            wrong += [f"a step {step:.1f} times the one before"] if step > growth and counts[2] - counts[1] > .01 * counts[0] else []
        if most_mb:
            rc, peak = run(fn(4 * n))
            said.append(f"{peak / MB:.0f} MB")
            wrong += [f"status {rc}, not {status}"] if rc != status else []
            wrong += [f"over {most_mb} MB"] if peak > most_mb * MB else []
        passed, failed = passed + (not wrong), failed + bool(wrong)
        print(f"{'FAILED ' if wrong else 'ok     '} {name}: {'; '.join(said + wrong)}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed == 0


sys.exit(main())

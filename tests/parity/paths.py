"""Points of mc-interp's paths against closed forms in float64: line, chain, slerp, plane and projections, random directions with
their generator, Bezier curves, groups, lengths. On random BERTs, RoBERTas, T5s and LoRAs.

  paths.py     BIN in the environment names the programs

Prints a line a check and ends with "N passed, N failed"."""
import gzip, json, math, struct, tempfile
import numpy as np
from pytorch import BIN, check, finish, rows_of, sh

MASK = 0xFFFFFFFF
ROUNDING = 1e-7  # of a sum that is rounded to float32 once, against the largest value of the tensor on the path
FLOAT32 = 4e-7  # of the line, which is computed in float32


def documents(path):
    """The documents of a stream as (metadata, {name: tensor in float64})."""
    with gzip.open(path) as f:
        b = f.read()
    out, i = [], 0
    while i < len(b):
        n, = struct.unpack("<Q", b[i:i + 8])
        head, i = json.loads(b[i + 8:i + 8 + n]), i + 8 + n
        meta, end, t = head.pop("__metadata__"), 0, {}
        for k, v in head.items():
            x, y = v["data_offsets"]
            t[k], end = np.frombuffer(b[i + x:i + y], "<f4").reshape(v["shape"]).astype(np.float64), max(end, y)
        i += end
        out.append((meta, t))
    return out


def place(d):
    return json.loads(d[0]["mc.curve"])


def flat(t):
    return np.concatenate([x.ravel() for x in t.values()])


def off(points, want):
    """The largest difference of a tensor, as a share of its largest value at any of the points."""
    return max(max(np.abs(p[1][k] - w[k]).max() for p, w in zip(points, want, strict=True)) / max(np.abs(w[k]).max() for w in want)
               for k in want[0] if any(w[k].any() for w in want))


def combine(models, weights):
    return {k: sum(w * m[k] for w, m in zip(weights, models)) for k in models[0]}


# --- random numbers: Philox4x32-10 and XXH32, as their papers have them

def philox(counter, key):
    c, k = [np.asarray(x, np.uint64) for x in counter], [int(x) for x in key]
    low, half = np.uint64(MASK), np.uint64(32)
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(b >> half) ^ c[1] ^ np.uint64(k[0]), b & low, (a >> half) ^ c[3] ^ np.uint64(k[1]), a & low]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def xxh32(b):
    p = [2654435761, 2246822519, 3266489917, 668265263, 374761393]
    turn = lambda x, r: (x << r | x >> (32 - r)) & MASK
    word = lambda i: int.from_bytes(b[i:i + 4], "little")
    i, n = 0, len(b)
    if n >= 16:
        v = [(p[0] + p[1]) & MASK, p[1], 0, -p[0] & MASK]
        for i in range(0, n - 15, 16):
            v = [turn((x + word(i + 4 * k) * p[1]) & MASK, 13) * p[0] & MASK for k, x in enumerate(v)]
        h, i = sum(turn(x, r) for x, r in zip(v, (1, 7, 12, 18))) & MASK, i + 16
    else:
        h = p[4]
    h = (h + n) & MASK
    while i + 4 <= n:
        h, i = turn((h + word(i) * p[2]) & MASK, 17) * p[3] & MASK, i + 4
    for x in b[i:]:
        h = turn((h + x * p[4]) & MASK, 11) * p[0] & MASK
    h = (h ^ h >> 15) * p[1] & MASK
    h = (h ^ h >> 13) * p[2] & MASK
    return h ^ h >> 16


def normals(seed, name, n):
    """Box-Muller on the four words of the element's block; 9 is the purpose of directions."""
    key = [int(x) for x in philox([seed & MASK, seed >> 32, 9, 0x6D637465], [0x746F6F6C, 0x73000001])[:2]]
    i = np.arange(n, dtype=np.uint64)
    zero = np.zeros_like(i)
    w = philox([i, zero, zero + np.uint64(xxh32(name.encode())), zero], key)
    u, v = [((w[k] << np.uint64(32) | w[k + 1]) >> np.uint64(11)).astype(np.float64) * 2.0**-53 for k in (0, 2)]
    return np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v)


def direction(model, seed):
    out = {}
    for k, x in model.items():
        z, axis = normals(seed, k, x.size).reshape(x.shape), -1 if x.ndim == 2 else None
        out[k] = z * np.linalg.norm(x, axis=axis, keepdims=True) / np.linalg.norm(z, axis=axis, keepdims=True)
    return out


# --- kinds

class Models:
    """Four models of one network, as files and as tensors."""

    def __init__(self, name, d, files, base=""):
        self.name, self.d, self.files, self.base = name, d, files, base
        self.m = [documents(f)[0][1] for f in files]

    def points(self, what, options, n):
        sh(f"{BIN}/mc-interp {self.base} {options} {' '.join(self.files[:n])} > {self.d}/p.st.gz")
        self.what = f"{self.name}, {what}"
        return documents(f"{self.d}/p.st.gz")

    def check(self, points, want, bound=ROUNDING):
        check(f"{self.what}: points", off(points, want), bound)

    def check_lengths(self, points):
        v, at = [flat(p[1]) for p in points], [place(p)["s"] for p in points]
        s = np.concatenate([[0], np.cumsum([np.linalg.norm(b - a) for a, b in zip(v, v[1:])])])
        check(f"{self.what}: lengths", np.abs(s - at).max() / s[-1], 1e-6)


def at_t(points):
    return [float(p[0]["mc.t"]) for p in points]


def slerp(a, b, t):
    na, nb = np.linalg.norm(a), np.linalg.norm(b)
    c = (a * b).sum() / (na * nb) if na * nb else 1
    if abs(c) > .9995:
        return (1 - t) * a + t * b
    w = math.acos(c)
    return (math.sin((1 - t) * w) * a + math.sin(t * w) * b) / math.sin(w)


def check_lines(x):
    for what, options in ("line", "-n 26"), ("line beyond its ends", "--from -0.5 --to 2 -n 6"):
        p = x.points(what, options, 2)
        x.check(p, [combine(x.m, (1 - t, t)) for t in at_t(p)], FLOAT32)
        x.check_lengths(p)
    p = x.points("slerp", "--kind slerp -n 9", 2)
    x.check(p, [{k: slerp(x.m[0][k], x.m[1][k], t) for k in x.m[0]} for t in at_t(p)])
    x.check_lengths(p)
    for n in (13, 3):
        p = x.points(f"chain of four, {n} points", f"--kind chain -n {n}", 4)
        hat = lambda t: [max(0, 1 - abs(3 * t - i)) for i in range(4)]
        x.check(p, [combine(x.m, hat(t)) for t in at_t(p)])
        x.check_lengths(p)


def check_curve(x):
    docs = documents_raw(x)
    sh(f"{BIN}/mc-interp {x.base} -n 9 {' '.join(docs)} > {x.d}/p.st.gz")
    x.what, p = f"{x.name}, Bezier curve of two bends", documents(f"{x.d}/p.st.gz")
    x.check(p, [combine(x.m, [math.comb(3, i) * t**i * (1 - t)**(3 - i) for i in range(4)]) for t in at_t(p)])
    x.check_lengths(p)


def documents_raw(x):
    """The four models as the documents of a curve."""
    out = []
    for i, path in enumerate(x.files):
        with gzip.open(path) as f:
            b = f.read()
        n, = struct.unpack("<Q", b[:8])
        head = json.loads(b[8:8 + n])
        head["__metadata__"] |= {"mc.role": "control" if 0 < i < 3 else "endpoint",
                                 "mc.curve": json.dumps({"kind": "bezier", "index": i, "count": 4, "from": "0a", "to": "0b"})}
        text = json.dumps(head).encode()
        text += b" " * (-len(text) % 8)
        out.append(f"{x.d}/curve{i}.safetensors")
        with open(out[-1], "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + b[8 + n:])
    return out


def check_plane(x):
    a, b, c, e = map(flat, x.m)
    u = b - a
    x_c = (c - a) @ u / (u @ u)
    v = c - a - x_c * u
    p = x.points("plane", f"--kind plane -n 4 --project {x.d}/feet.tsv", 4)
    want = [a + place(q)["x"] * u + place(q)["y"] * v for q in p]
    x.check([(None, {"all": flat(q[1])}) for q in p], [{"all": w} for w in want])
    d = e - a
    foot = d @ u / (u @ u), d @ v / (v @ v)
    want = [(0, 0, 0), (1, 0, 0), (x_c, 1, 0), (*foot, np.linalg.norm(d - foot[0] * u - foot[1] * v))]
    got = [[float(z) for z in row] for row in rows_of(f"{x.d}/feet.tsv")]
    check(f"{x.what}: projections", max(abs(g - w) for row, w3 in zip(got, want, strict=True) for g, w in zip(row[1:4], w3)), 1e-7)
    check(f"{x.what}: units", max(abs(row[4] / np.linalg.norm(u) - 1) + abs(row[5] / np.linalg.norm(v) - 1) for row in got), 1e-8)


def check_random(x):
    p = x.points("random direction", "--kind random --seed 7 -n 5", 1)
    d = direction(x.m[0], 7)
    x.check(p, [combine([x.m[0], d], (1, t)) for t in at_t(p)])
    p = x.points("two random directions", "--kind random --dims 2 --seed 8589934592 -n 3", 1)
    two = [direction(x.m[0], 2**33 + k) for k in (0, 1)]
    x.check(p, [combine([x.m[0], *two], (1, place(q)["x"], place(q)["y"])) for q in p])


def check_groups(x):
    line = x.points("line", "-n 3", 2)
    for by in "layer", "sublayer", "kind", "tensor":
        last = x.points(f"groups by {by}, growing", f"--by {by} --grow up -n 3", 2)[-3:]
        check(f"{x.what}: the last is the line", max(np.abs(flat(p[1]) - flat(q[1])).max() for p, q in zip(last, line)), 0)
        p = x.points(f"groups by {by}", f"--by {by} --at 0.5", 2)
        total = sum(flat(q[1]) - flat(x.m[0]) for q in p)
        check(f"{x.what}: their moves add up", np.abs(total - (flat(line[1][1]) - flat(x.m[0]))).max(), 0)


def families(d):
    sh(f"{BIN}/mc-synth --tokenizer {d}/bert; {BIN}/mc-synth --tokenizer {d}/roberta --kind roberta")
    with open(f"{d}/bert/vocab.txt") as f:
        n = len(f.readlines())
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 64}
    with open(f"{d}/bert.json", "w") as f:
        json.dump({"model_type": "bert", "vocab_size": n, "type_vocab_size": 2, **sizes}, f)
    with open(f"{d}/t5.json", "w") as f:
        json.dump({"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2, "vocab_size": 384,
                   "decoder_start_token_id": 0}, f)
    for name, config, options in (("BERT", f"{d}/bert.json", f"-t {d}/bert --labels negative,positive"),
                                  ("RoBERTa", f"{d}/roberta/config.json", f"-t {d}/roberta --labels no,yes"), ("T5", f"{d}/t5.json", "")):
        files = [f"{d}/{name}-{s}.st.gz" for s in range(4)]
        for s, path in enumerate(files):
            sh(f"{BIN}/mc-init {config} {options} --seed-init {s} -o {path}")
        yield Models(name, d, files)
    sh(f"{BIN}/mc-synth --task sentiment --split train -n 64 | {BIN}/mc-tokenize -t {d}/bert -o {d}/train.tok.gz 2> {d}/said")
    files = [f"{d}/lora-{s}.st.gz" for s in range(4)]
    for s, path in enumerate(files):
        sh(f"{BIN}/mc-finetune -q --method lora --train {d}/train.tok.gz --steps 4 --lr 1e-2 --seed {s} -o {path} < {d}/BERT-0.st.gz")
    yield Models("LoRA", d, files, f"--base {d}/BERT-0.st.gz")


def main():
    with tempfile.TemporaryDirectory() as d:
        for x in families(d):
            for part in check_lines, check_curve, check_plane, check_random, check_groups:
                part(x)


finish(main)

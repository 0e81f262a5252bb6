#!/usr/bin/env bash
# The programs under failing resources: calls that fail (faults.py) and SIGKILL (kills.py); ends with "N passed, N failed".
#   BIN=build/bin tests/faults/run.sh build/tests/faults.so [--full]
set -uo pipefail
cd "$(dirname "$0")/../.."
export BIN=$(cd "$BIN" && pwd)
shim=$1 full=${2:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# What the cases read, made by the programs themselves.
inputs() (
    set -e
    BATS_FILE_TMPDIR=$dir
    . tests/cli/common.bash
    fixture
    "$B/mc-interp" -n 3 -o "$F/path.st.gz" "$F/a.st.gz" "$F/b.st.gz"
    "$B/mc-interp" --by layer --at .5,1 -o "$F/groups.st.gz" "$F/a.st.gz" "$F/b.st.gz"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels negative,positive --seed-init 3 -o "$F/c.st.gz"
    "$B/mc-eval" --per-example "$F/each.tsv" -o "$F/path.tsv" "$F/dev.tok.gz" < "$F/path.st.gz"
    "$B/mc-barrier" -q -o "$F/barrier.tsv" "$F/path.tsv"
    "$B/mc-finetune" -q --train "$F/dev.tok.gz" --epochs 2 --lr 1e-2 --dynamics "$F/dynamics.tsv" -o "$F/x" < "$F/a.st.gz"
    "$B/mc-info" --digest "$F/a.st.gz" | awk -v OFS='\t' '{ print $1, "first" }' > "$F/names.tsv"
    "$B/mc-export" "$F/hf" < "$F/a.st.gz"
    gzip -dc "$F/base.st.gz" > "$F/plain.safetensors"
    gzip -c "$F/plain.safetensors" > "$F/plain.gz"
    seq 0 90 > "$F/only"
    "$B/mc-finetune" --train "$F/train.tok.gz" --batch 32 --steps 4 --save-at 1,2 --only "$F/only" --new-head \
        --checkpoint "$F/resume" --checkpoint-every 3 -o "$F/x" < "$F/a.st.gz"
    # deltas: a LoRA of two ranks, their path, an adapter
    for k in 1 2; do
        "$B/mc-finetune" --method lora --rank $k --train "$F/train.tok.gz" --steps 3 --seed $k -o "$F/lora-$k.st.gz" < "$F/a.st.gz"
    done
    "$B/mc-finetune" --method prefix --prefix-len 3 --train "$F/train.tok.gz" --steps 1 -o "$F/prefix.st.gz" < "$F/a.st.gz"
    "$B/mc-export" --peft --base "$F/a.st.gz" "$F/peft" < "$F/lora-1.st.gz"
    "$B/mc-interp" --base "$F/a.st.gz" --space product -n 3 -o "$F/product.st.gz" "$F/lora-1.st.gz" "$F/lora-2.st.gz"
    "$B/mc-finetune" --method adapter --train "$F/train.tok.gz" --steps 1 -o "$F/adapter.st.gz" < "$F/a.st.gz"
    python3 - "$F" <<'P'
import csv, gzip, json, os, struct, sys
f = sys.argv[1]
# the documents of a Bezier curve of one bend
for i, name in enumerate(("a", "c", "b")):
    b = gzip.open("%s/%s.st.gz" % (f, name)).read()
    n, = struct.unpack("<Q", b[:8])
    head = json.loads(b[8:8 + n])
    head["__metadata__"].update({"mc.role": "control" if i == 1 else "endpoint", "mc.curve": json.dumps(
        {"kind": "bezier", "index": i, "count": 3, "from": "0a", "to": "0b"})})
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open("%s/curve-%d" % (f, i), "wb") as o:
        o.write(struct.pack("<Q", len(text)) + text + b[8 + n:])
rows = [line.rstrip("\n").split("\t") for line in open(f + "/dev.tsv")]
with open(f + "/dev.jsonl", "w") as o:
    for text, label in rows:
        o.write(json.dumps({"text": text, "label": label}) + "\n")
with open(f + "/dev.csv", "w", newline="") as o:
    csv.writer(o, quoting=csv.QUOTE_ALL).writerows([["sentence", "gold"]] + rows)
# plain text: lines, of which one is encoded in pieces
texts = [text for text, label in rows]
with open(f + "/plain.txt", "w") as o:
    o.write("\n".join(texts[:20] + [" ".join(texts * 100)] + texts[20:]) + "\n")
# a byte-level BPE of bytes alone, for text to text
os.mkdir(f + "/bytes")
glyphs = [*map(chr, [*range(33, 127), *range(161, 173), *range(174, 256)]), *map(chr, range(256, 324))]
json.dump({p: i for i, p in enumerate(["<s>", "<pad>", "</s>", "<unk>", *glyphs, "<mask>"])}, open(f + "/bytes/vocab.json", "w"))
open(f + "/bytes/merges.txt", "w").write("#version: 0.2\n")
# the model without head as a directory of two shards
b = open(f + "/plain.safetensors", "rb").read()
n, = struct.unpack("<Q", b[:8])
head = json.loads(b[8:8 + n])
head.pop("__metadata__")
os.mkdir(f + "/shards")
where = {}
for k in range(2):
    name, at, parts, new = "model-%05d-of-00002.safetensors" % (k + 1), 0, [], {}
    for t in sorted(head)[k::2]:
        x, y = head[t]["data_offsets"]
        new[t] = dict(head[t], data_offsets=[at, at + y - x])
        at += y - x
        parts.append(b[8 + n + x:8 + n + y])
        where[t] = name
    text = json.dumps(new).encode()
    text += b" " * (-len(text) % 8)
    open(f + "/shards/" + name, "wb").write(struct.pack("<Q", len(text)) + text + b"".join(parts))
json.dump({"weight_map": where}, open(f + "/shards/model.safetensors.index.json", "w"))
# the model without head as torch.save writes it, one tensor transposed in its storage
sys.path.insert(0, "tests/cli")
sys.dont_write_bytecode = True
import torch_save
t = {k: [v["dtype"], v["shape"], b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]] for k, v in head.items()}
k = next(k for k, v in t.items() if v[1] == [16, 32])
flat = struct.unpack("<512f", t[k][2])
turned = struct.pack("<512f", *(flat[i * 32 + j] for j in range(32) for i in range(16)))
t[k] = torch_save.View(torch_save.Storage("F32", turned), [16, 32], [1, 16])
os.mkdir(f + "/torch")
torch_save.save(f + "/torch/pytorch_model.bin", t)
P
    for k in 0 1 2; do "$B/mc-pick" 0 < "$F/curve-$k"; done > "$F/curve.st.gz"
    cp "$F/config.json" "$F/torch/"
    cp "$F/config.json" "$F/shards/"
    cp "$F/lang/"* "$F/shards/" 2> /dev/null
    cp "$F/config.json" "$F/shards/config.json"
    # tokenizers of T5, one from a case of tests/bad
    "$B/mc-synth" --tokenizer "$F/t5" --kind t5
    mkdir "$F/spiece"
    python3 -c 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().split(b"\x1e", 4)[4])' \
        < tests/bad/spiece/ok > "$F/spiece/spiece.model"
    # corpora, and a model with the head of a masked language model
    head -n 20 "$F/plain.txt" | "$B/mc-tokenize" -q --corpus -t "$F/lang" -o "$F/corpus.tok.gz"
    head -n 20 "$F/plain.txt" | "$B/mc-tokenize" -q --corpus -t "$F/t5" -o "$F/t5.tok.gz"
    "$B/mc-pretrain" -q --train "$F/corpus.tok.gz" --steps 1 --seq-len 16 -o "$F/masked.st.gz" < "$F/base.st.gz"
    # numbers for labels, and a model for them
    sed 's/\t.*/\t0.5/' "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/lang" --regression -o "$F/stars.tok.gz"
    "$B/mc-finetune" --train "$F/stars.tok.gz" --steps 1 -o "$F/stars.st.gz" < "$F/base.st.gz"
    # text to text, in t2t/: its fixture, a path, directories of an untied model and of one with a tied tensor twice
    mkdir "$F/t2t" "$F/t2t/tied" "$F/t2t/twice"
    BATS_FILE_TMPDIR=$F/t2t
    fixture_t5
    "$B/mc-interp" --at 0,1 -o "$F/path.st.gz" "$F/a.st.gz" "$F/tuned.st.gz"
    "$B/mc-export" "$F/hf" -t "$F/t5" < "$F/a.st.gz"
    "$B/mc-export" "$F/tied/hf" < "$F/tied.st.gz"
    T=$F/twice F=$F/tied change 't["encoder.embed_tokens.weight"] = t["shared.weight"]'
)
inputs > "$dir/log" 2>&1 || { cat "$dir/log"; echo '0 passed, 1 failed'; exit 1; }

passed=0 failed=0
for t in faults kills; do
    python3 tests/faults/$t.py "$shim" "$dir" $full > >(tee "$dir/tap") 2>&1
    status=$?
    ok=$(grep -c '^ok ' "$dir/tap") bad=$(grep -c '^not ok ' "$dir/tap")
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi # it died before it could say so
    passed=$((passed + ok)) failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

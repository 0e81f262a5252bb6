#!/usr/bin/env bats
# mc-import of pytorch_model.bin: the same model as from safetensors, and files that are none of tensors alone.
load common

setup_file() {
    fixture
    export PYTHONPATH="$BATS_TEST_DIRNAME" PYTHONDONTWRITEBYTECODE=1
    "$B/mc-export" "$F/hf" -t "$F/lang" < "$F/a.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-import"; }

# A directory whose weights python code takes from t and puts into pytorch_model.bin.
torch_dir() { change "import torch_save as ts
$1
t.clear()"; }

# What is not the provenance of two streams, whose data must be the same bytes.
same_but_provenance() {
    python3 - "$1" "$2" << 'P'
import gzip, json, struct, sys
def read(f):
    b = gzip.open(f).read()
    n, = struct.unpack("<Q", b[:8])
    h = json.loads(b[8:8 + n])
    assert h["__metadata__"].pop("mc.provenance")
    return h, b[8 + n:]
sys.exit(read(sys.argv[1]) != read(sys.argv[2]))
P
}

# Refused in one line that names the file and every word: the code makes $T/hf/pytorch_model.bin of t.
refused() { # refused CODE WORD...
    local code="$1"
    shift
    torch_dir "$code"
    fails 1 "$T/hf/pytorch_model.bin: " "$@" -- line "'$I' '$T/hf' > '$T/x'"
}

@test "the same stream as from safetensors, of every type" {
    for type in f32 f16 bf16; do
        rm -rf "$T/st"
        "$B/mc-export" --dtype $type "$T/st" < "$F/a.st.gz"
        "$I" "$T/st" > "$T/want"
        cp "$T/st/model.safetensors" "$F/hf/model.safetensors"
        torch_dir 'ts.save(d + "/pytorch_model.bin", t)'
        [ ! -e "$T/hf/model.safetensors" ]
        "$I" "$T/hf" -t "$T/hf" > "$T/got"
        "$I" "$T/st" -t "$T/hf" > "$T/want"
        same_but_provenance "$T/got" "$T/want"
    done
    "$B/mc-export" "$T/f32" < "$F/a.st.gz"
    cp "$T/f32/model.safetensors" "$F/hf/model.safetensors"
    torch_dir 'ts.save(d + "/pytorch_model.bin", {k: ["F64", s, struct.pack("<%dd" % (len(b) // 4), *struct.unpack("<%df" % (len(b) // 4), b))] for k, (y, s, b) in t.items()}, order=None)'
    [ "$("$I" "$T/hf" | "$B/mc-info" --digest - | cut -f 1)" = "$(digests "$F/a.st.gz")" ]
}

@test "protocols, names of the archive, parameters, safetensors first, shards" {
    for how in 'protocol=3' 'protocol=4' 'protocol=5' 'root="pytorch_model"'; do
        torch_dir "ts.save(d + '/pytorch_model.bin', t, $how)"
        "$I" "$T/hf" > "$T/x"
        [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    done
    for state in '{}' '{"tag": 3, "of": "x", "n": None, "is": True}' '({"tag": -1}, None)' 'None' '(None, {"slot": "y"})'; do
        torch_dir "ts.write(d + '/pytorch_model.bin', ts.members({k: ts.parameter_with(ts.tensor(v), $state) for k, v in t.items()}))"
        [ "$("$I" "$T/hf" | "$B/mc-info" --digest - | cut -f 1)" = "$(digests "$F/a.st.gz")" ]
        torch_dir "ts.write(d + '/pytorch_model.bin', ts.members({k: ts.Parameter(ts.tensor_with(ts.tensor(v), $state)) for k, v in t.items()}))"
        [ "$("$I" "$T/hf" | "$B/mc-info" --digest - | cut -f 1)" = "$(digests "$F/a.st.gz")" ]
    done
    torch_dir 'ts.write(d + "/pytorch_model.bin", ts.members({k: ts.Parameter(ts.tensor(v)) for k, v in t.items()}))'
    [ "$("$I" "$T/hf" | "$B/mc-info" --digest - | cut -f 1)" = "$(digests "$F/a.st.gz")" ]
    change 'open(d + "/pytorch_model.bin", "w").write("x")'
    "$I" "$T/hf" > "$T/x"
    torch_dir '
k = list(t)
for i, some in enumerate([k[:5], k[5:]]): ts.save(d + "/pytorch_model-%d.bin" % i, {x: t[x] for x in some})
json.dump({"weight_map": {x: "pytorch_model-%d.bin" % (x not in k[:5]) for x in k}}, open(d + "/pytorch_model.bin.index.json", "w"))'
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    rm "$T/hf/pytorch_model-1.bin"
    fails 1 "$T/hf/pytorch_model-1.bin: cannot open" -- line "'$I' '$T/hf' > '$T/x'"
}

@test "views: transposed, parts of one storage, tied, buffers of whole numbers" {
    torch_dir '
def columns(v):
    (r, c), b = v[1], v[2]
    return ts.View(ts.Storage("F32", b"".join(b[4 * (i * c + j):4 * (i * c + j) + 4] for j in range(c) for i in range(r))), (r, c), (1, r))
w = {k: columns(v) if len(v[1]) == 2 else v for k, v in t.items()}
vectors = [k for k, v in t.items() if len(v[1]) == 1]
all = ts.Storage("F32", b"".join(t[k][2] for k in vectors))
first = 0
for k in vectors:
    w[k] = ts.View(all, t[k][1], first=first)
    first += t[k][1][0]
w["bert.embeddings.position_ids"] = ts.View(ts.Storage("I64", bytes(64 * 8)), (1, 64), (64, 1), more=(None,))
w["cls.predictions.decoder.weight"] = w["bert.embeddings.word_embeddings.weight"]
ts.save(d + "/pytorch_model.bin", w)'
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    # tensors without an order of their own: no numbers, one number along an axis
    torch_dir 't["cls.a"] = ["F32", [0, 3], b""]; t["cls.b"] = ["F32", [], b"0000"]
t["cls.c"] = ts.View(ts.Storage("F32", b"00000000"), (2, 1), (1, 77))
ts.save(d + "/pytorch_model.bin", t)'
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
}

@test "a T5's embeddings that share one storage; tensors that do not fit" {
    mkdir "$T/five"
    echo '{"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 384, "decoder_start_token_id": 0}' > "$T/t5.json"
    "$B/mc-init" "$T/t5.json" -o "$T/t5.st.gz"
    (F="$T/five"; "$B/mc-export" "$F/hf" < "$T/t5.st.gz"
        torch_dir '
shared = ts.tensor(t["shared.weight"])
for k in "shared", "encoder.embed_tokens", "decoder.embed_tokens", "lm_head": t[k + ".weight"] = shared
ts.save(d + "/pytorch_model.bin", t)')
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$T/t5.st.gz")" ]
    refused 't["bert.pooler.dense.bias"][0] = "I32"; ts.save(d + "/pytorch_model.bin", t)' bert.pooler.dense.bias I32
    refused 't["bert.stray"] = ["F32", [1], b"0000"]; ts.save(d + "/pytorch_model.bin", t)' bert.stray
    refused 't["bert.pooler.dense.bias"] = ["F32", [8], b"0000" * 8]; ts.save(d + "/pytorch_model.bin", t)' bert.pooler.dense.bias shape
    refused 't["bert.pooler.dense.bias"][2] = struct.pack("<16f", 0, float("nan"), *[0] * 14); ts.save(d + "/pytorch_model.bin", t)' 'element 1 is not finite'
}

@test "code is named and never run" {
    local made="$T/made"
    for call in "os.system, 'touch $made'" "exec, 'open(\"$made\", \"w\")'" "__import__, 'os'"; do
        for protocol in 2 3 4 5; do
            refused "ts.write(d + '/pytorch_model.bin', ts.members({'a': ts.Call($call)}, protocol=$protocol))" 'data.pkl: GLOBAL ' 'is not a tensor: nothing in a checkpoint is run'
        done
    done
    refused "ts.write(d + '/pytorch_model.bin', ts.members({'a': ts.Call(os.system, 'touch $made')}))" "data.pkl: GLOBAL 'posix system' is not a tensor"
    # after good tensors, as a key, as hooks, as an attribute, within a tensor, in INST; a class of torch that is none of these
    refused "t['z'] = ts.Call(os.system, 'touch $made'); ts.save(d + '/pytorch_model.bin', t)" "'posix system'"
    refused "ts.write(d + '/pytorch_model.bin', ts.members({ts.Call(os.system, 'touch $made'): ts.tensor(t['classifier.bias'])}))" "'posix system'"
    refused "t['z'] = ts.View(ts.Storage('F32', b'0000'), (1,), hooks=ts.Call(os.system, 'x')); ts.save(d + '/pytorch_model.bin', t)" "'posix system'"
    refused "v = ts.with_metadata((k, ts.tensor(x)) for k, x in t.items()); v._metadata = ts.Call(os.system, 'x'); ts.write(d + '/pytorch_model.bin', ts.members(v))" "'posix system'"
    refused "ts.write(d + '/pytorch_model.bin', ts.members((b'\x80\x02(iposix\nsystem\n.', {})))" "'posix system'"
    local z="ts.View(ts.Storage('U8', bytes(4)), (4,))" save="ts.save(d + '/pytorch_model.bin', t)"
    refused "t['z'] = ts.parameter_with($z, {'tag': {'k': 1}}); $save" z 'its attributes are more than numbers and texts'
    refused "t['z'] = ts.parameter_with($z, {'tag': $z}); $save" z 'its attributes are more'
    refused "t['z'] = ts.parameter_with($z, {3: 4}); $save" z 'its attributes are more'
    refused "t['z'] = ts.parameter_with($z, ({}, {}, {})); $save" z 'its attributes are more'
    refused "t['z'] = ts.tensor_with($z, {'tag': (1, 2)}); $save" z 'its attributes are more'
    refused "t['z'] = ts.parameter_with($z, {}, hooks={'k': 1}); $save" z 'it has hooks'
    refused "t['z'] = ts.parameter_with(5, {}); $save" z 'no tensor'
    refused "t['z'] = ts.parameter_with($z, {'tag': ts.Call(exec, 'x')}); $save" 'exec'
    refused "t['z'] = ts.tensor_with($z, {}, fn=ts.PARAMETER); $save" z 'no tensor'
    refused "t['z'] = ts.tensor_with($z, {}, cls=ts.CLASS['U8']); $save" z 'no tensor'
    refused "t['z'] = ts.Call(ts.named('torch._utils', '_rebuild_sparse_tensor', lambda *a: a), 1); ts.save(d + '/pytorch_model.bin', t)" "'torch._utils _rebuild_sparse_tensor'"
    refused "t['z'] = ts.View(ts.Storage('F32', b'0000', cls=ts.named('torch', 'ComplexFloatStorage', type('x', (), {}))), (1,)); ts.save(d + '/pytorch_model.bin', t)" "'torch ComplexFloatStorage'"
    refused "ts.write(d + '/pytorch_model.bin', ts.members((b'\x80\x02c\xff\x1b[2J\nsystem\n.', {})))" "GLOBAL '??[2J system'"
    [ ! -e "$made" ]
}

@test "opcodes and calls that tensors do not need" {
    pkl() { refused "ts.write(d + '/pytorch_model.bin', ts.members((b'$1', {})))" data.pkl: "${@:2}"; }
    pkl '\x80\x02ctorch\nFloatStorage\n)R.' 'byte 23: REDUCE' "'torch FloatStorage'"
    pkl '\x80\x02ccollections\nOrderedDict\n(K\x01tR.' 'byte' REDUCE
    pkl '\x80\x02K\x01)R.' 'byte 5: REDUCE'
    pkl '\x80\x02ctorch\nFloatStorage\n)\x81.' 'byte 23: opcode NEWOBJ'
    pkl '\x80\x02(o.' OBJ
    pkl '\x80\x02\x82\x01.' EXT1
    pkl '\x80\x02P1\n.' PERSID
    pkl '\x80\x02].' EMPTY_LIST
    pkl '\x80\x02\xff.' 0xff
    pkl '\x80\x02K\x01}b.' 'byte 5: BUILD'
    pkl '\x80\x02}q\x05.' memo
    pkl '\x80\x02h\x00.' memo
    pkl '\x80\x02r\xff\xff\xff\xff.' 'byte 2'
    pkl '\x80\x02t.' 'no mark'
    pkl '\x80\x02R.' 'too few'
    pkl '\x80\x02}}.' STOP
    pkl '\x80\x02}.}' follow
    pkl '\x80\x02}' cut
    pkl '\x80\x02X\xff\xff\xff\xffa.' cut
    pkl '\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.' cut
    pkl '\x80\x02\x8a\xffa.' '64 bits'
    pkl '\x80\x09}.' protocol
    pkl '\x80\x02K\x01.' 'no dict'
    pkl '\x80\x02}K\x01K\x02s.' 'name'
    pkl '\x80\x02}X\x01\x00\x00\x00aK\x02s.' 'tensor a: no tensor'
    pkl '\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.' 'tensor a: no tensor' # a dict in itself
}

@test "tensors that lie about themselves" {
    one() { refused "t['z'] = $1; ts.save(d + '/pytorch_model.bin', t)" 'data.pkl: tensor z: ' "${@:2}"; }
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (5,))' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (4,), first=1)' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (2, 2), (4, 1))' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (1 << 40,), (0,))' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (1 << 32, 1 << 32, 1 << 32), (0, 0, 0))' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (2,), ((1 << 62) + 1,))' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (0,), first=5)' 'within its storage'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (-1,), (1,))' 'size or stride'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (2,), (1, 1))' 'not made'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (1,) * 9)' 'sizes or strides'
    one 'ts.View(ts.Storage("F32", b"0000" * 4, n=5), (4,))' '16 bytes, not 5 elements of F32'
    one 'ts.View(ts.Storage("F32", b"0000" * 4, n=1 << 62), (4,))' '16 bytes'
    one 'ts.View(ts.Storage("F32", b"0000" * 4), (4,), hooks=ts.collections.OrderedDict(a=1))' hooks
    refused 't["z"] = ts.View(ts.Storage("F32", b"0000" * 4), (4,)); m = ts.members(ts.with_metadata((k, ts.tensor(v)) for k, v in t.items())); del m[[k for k in m if "/data/" in k][-1]]; ts.write(d + "/pytorch_model.bin", m)' 'tensor z: no data/'
    refused 'a = ts.tensor(t["classifier.bias"])
p, s = ts.dump({"a": a, "b": a}); ts.write(d + "/pytorch_model.bin", ts.members((p.replace(b"\x01\0\0\0b", b"\x01\0\0\0a"), s)))' 'tensor a: there twice'
    refused 'ts.save(d + "/pytorch_model.bin", {"a\nb": t["classifier.bias"]})' name
    refused 'ts.write(d + "/pytorch_model.bin", ts.members({"model": {k: ts.tensor(v) for k, v in t.items()}}))' 'tensor model: no tensor'
}

@test "archives that lie, formats that are others'" {
    refused 'ts.write(d + "/pytorch_model.bin", ts.members(t), ts.zipfile.ZIP_DEFLATED)' member compressed
    refused 'ts.save(d + "/pytorch_model.bin", t, order=b"big")' byteorder "'big'"
    refused 'ts.write(d + "/pytorch_model.bin", {"a/b": b"c"})' 'no data.pkl'
    refused 'ts.write(d + "/pytorch_model.bin", {"b": b"c"})' 'none of torch.save'
    refused 'ts.write(d + "/pytorch_model.bin", {})' 'no zip archive'
    edit() { refused "ts.save(d + '/pytorch_model.bin', t); f = d + '/pytorch_model.bin'; b = bytearray(open(f, 'rb').read()); e = len(b) - 22; c, = struct.unpack('<I', b[e + 16:e + 20])
$1
open(f, 'wb').write(b)" "${@:2}"; }
    edit 'b[c + 8] |= 1' encrypted
    edit 'b[6] |= 1' header
    edit 'b = b[:-1]' cut
    edit 'b = b[:len(b) // 2]' cut
    edit 'b = b[:30]' cut
    edit 'b[e + 12:e + 16] = b"\xff" * 4' directory
    edit 'b[e + 16:e + 20] = b"\xff" * 4' directory
    edit 'b[e + 10:e + 12] = b"\xff\xff"' directory
    edit 'b[e + 10] -= 1' 'more than its entries'
    edit 'b[c + 20:c + 28] = b"\xfe\xff\xff\xff" * 2' 'outside of the archive'
    edit 'b[c + 20:c + 28] = b"\xff" * 8' zip64
    edit 'b[c + 24] ^= 1' 'two sizes'
    edit 'b[c + 42:c + 46] = b"\xfe\xff\xff\xff"' 'outside of the archive'
    edit 'b[e + 4] = 1' parts
    edit 'i = b.index(b"archive/data/0", c); b[i + 13:i + 14] = b"1"' data/1
    edit 'i = b.rindex(b"archive/data/2", 0, c); b[i + 20] ^= 1' data/2 CRC
    edit 'b[60] ^= 32' data.pkl CRC
    # forty members one within the other, larger in sum than the file
    refused 'n, body, list = 40, b"0" * 4096, b""
for i in range(n):
    sizes = struct.pack("<IIIHH", 0, len(body), len(body), 4, 0)
    body = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 0, 0, 0) + sizes + b"a/%02d" % i + body
    list += b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 0, 0, 0) + sizes + struct.pack("<HHHII", 0, 0, 0, 0, 34 * (n - 1 - i)) + b"a/%02d" % i
open(d + "/pytorch_model.bin", "wb").write(body + list + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, len(list), len(body), 0))' 'larger than the file'
    refused 'ts.save(d + "/pytorch_model.bin", t, root="a\x1b")' 'name is no text'
    legacy='b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."'
    refused "open(d + '/pytorch_model.bin', 'wb').write($legacy)" 'before 1.6' 'python3 -c'
    refused 'open(d + "/pytorch_model.bin", "wb").write(ts.dump(t)[0])' 'a bare pickle'
    refused 'import tarfile
with tarfile.open(d + "/pytorch_model.bin", "w") as x: x.add(d + "/config.json", "tensors")' 'a tar archive'
    refused 'open(d + "/pytorch_model.bin", "w").write("version https://git-lfs.github.com/spec/v1\n")' 'Git LFS'
    refused 'open(d + "/pytorch_model.bin", "w").write("x")' 'another format'
    refused 'open(d + "/pytorch_model.bin", "w")' empty
    mkdir "$T/pipe"
    cp "$F/hf/config.json" "$T/pipe"
    mkfifo "$T/pipe/pytorch_model.bin"
    fails 1 'no regular file' -- "$I" "$T/pipe" -o "$T/x"
}

@test "zip64, and CRCs left out as torch can" {
    torch_dir '
m = ts.members(ts.with_metadata((k, ts.tensor(v)) for k, v in t.items()))
with ts.zipfile.ZipFile(d + "/pytorch_model.bin", "w") as z:
    for k, v in m.items():
        with z.open(ts.zipfile.ZipInfo(k), "w", force_zip64=True) as o: o.write(v)
f = d + "/pytorch_model.bin"
b = open(f, "rb").read()
c, = struct.unpack("<I", b[-6:-2])
out, at, n = b"", c, 0
while b[at:at + 4] == b"PK\1\2": # every size and place in the extra field, and no CRC
    name, extra, comment = struct.unpack("<HHH", b[at + 28:at + 34])
    size, = struct.unpack("<I", b[at + 24:at + 28])
    where, = struct.unpack("<I", b[at + 42:at + 46])
    head = bytearray(b[at:at + 46])
    head[16:20] = bytes(4)
    head[20:28] = head[42:46] * 0 + b"\xff" * 8
    head[42:46] = b"\xff" * 4
    head[30:32] = struct.pack("<H", 28 + 6)
    out += head + b[at + 46:at + 46 + name] + struct.pack("<HHH", 7, 2, 0) + struct.pack("<HHQQQ", 1, 24, size, size, where)
    at += 46 + name + extra + comment
    n += 1
end = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, n, n, len(out), c)
end += b"PK\6\7" + struct.pack("<IQI", 0, c + len(out), 1) + b"PK\5\6" + b"\xff" * 16 + b"\0\0"
open(f, "wb").write(b[:c] + out + end)'
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
}

@test "cut at every byte, every bit flipped: refused, or the same model" {
    torch_dir 'ts.save(d + "/pytorch_model.bin", {"a": t["classifier.bias"]}); import shutil; shutil.copy(d + "/pytorch_model.bin", d + "/whole")'
    fails 1 'tensor a' -- "$I" "$T/hf" -o "$T/x" # none of a BERT's
    python3 - "$I" "$T/hf" "$output" << 'P'
import subprocess, sys
tool, d, want = sys.argv[1:]
whole = open(d + "/whole", "rb").read()
def said(b):
    open(d + "/pytorch_model.bin", "wb").write(b)
    r = subprocess.run([tool, d, "-o", d + "/out"], capture_output=True, text=True)
    assert r.returncode == 1 and r.stderr.count("\n") == 1 and "pytorch_model.bin: " in r.stderr, (r.returncode, r.stderr)
    return r.stderr
for n in range(len(whole)): assert said(whole[:n]).strip() != want, n
for i in range(len(whole)):
    b = bytearray(whole)
    b[i] ^= 1 << i % 8
    said(b)
P
}

@test "little memory, whatever a small file claims" {
    ! ldd "$I" | grep -q 'libasan\|libtsan' || skip "a sanitizer takes the addresses of all memory"
    torch_dir '
ts.write(d + "/pytorch_model.bin", ts.members((b"\x80\x02" + b"(" * 100000 + b"X\xff\xff\xff\x7f", {})))'
    fails 1 cut -- bash -c "ulimit -v 400000; OPENBLAS_NUM_THREADS=1 '$I' --threads 1 '$T/hf' -o '$T/x'"
    torch_dir 's = ts.Storage("F32", b"0000" * 100)
t = {"cls.%d" % i: ts.View(s, (10, 10)) for i in range(3000)}
ts.save(d + "/pytorch_model.bin", t)'
    fails 1 'is missing' -- bash -c "ulimit -v 400000; OPENBLAS_NUM_THREADS=1 '$I' --threads 1 '$T/hf' -o '$T/x'"
}

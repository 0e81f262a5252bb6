# What the tests of programs share: a small language, models and token sets, made once for each file, and the ways to fail.

B="${BIN:-build/bin}"

# In $F: lang/ config.json base.st.gz (no head) a.st.gz b.st.gz (negative, positive) train.tok.gz dev.tok.gz
fixture() {
    export F="$BATS_FILE_TMPDIR"
    "$B/mc-synth" --tokenizer "$F/lang"
    local n
    n=$(wc -l < "$F/lang/vocab.txt")
    printf '{"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": %d, "max_position_embeddings": 64, "type_vocab_size": 2, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}' "$n" > "$F/config.json"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --seed-init 1 -o "$F/base.st.gz"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels negative,positive --seed-init 1 -o "$F/a.st.gz"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels negative,positive --seed-init 2 -o "$F/b.st.gz"
    "$B/mc-synth" --task sentiment --split train -n 96 | "$B/mc-tokenize" -t "$F/lang" --task mood -o "$F/train.tok.gz"
    "$B/mc-synth" --task sentiment --split dev -n 60 > "$F/dev.tsv"
    "$B/mc-tokenize" -t "$F/lang" --task mood -o "$F/dev.tok.gz" "$F/dev.tsv"
}

# In $F: t5/ (tokenizer) t5.json a.st.gz b.st.gz (version 1.1, random) v10.json tied.st.gz (version 1.0) tuned.st.gz (a.st.gz,
# until it writes labels) train.tok.gz train.tsv dev.tok.gz dev.tsv
fixture_t5() {
    export F="$BATS_FILE_TMPDIR"
    local sizes='"model_type": "t5", "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 384, "dropout_rate": 0.1, "decoder_start_token_id": 0'
    "$B/mc-synth" --tokenizer "$F/t5" --kind t5
    echo "{$sizes, \"feed_forward_proj\": \"gated-gelu\", \"tie_word_embeddings\": false}" > "$F/t5.json"
    echo "{$sizes}" > "$F/v10.json"
    "$B/mc-init" "$F/t5.json" -t "$F/t5" --seed-init 1 -o "$F/a.st.gz"
    "$B/mc-init" "$F/t5.json" -t "$F/t5" --seed-init 2 -o "$F/b.st.gz"
    "$B/mc-init" "$F/v10.json" -t "$F/t5" --seed-init 1 -o "$F/tied.st.gz"
    "$B/mc-synth" --task sentiment --split train -n 192 > "$F/train.tsv"
    "$B/mc-synth" --task sentiment --split dev -n 60 > "$F/dev.tsv"
    to_t5 -o "$F/train.tok.gz" "$F/train.tsv"
    to_t5 -o "$F/dev.tok.gz" "$F/dev.tsv"
    "$B/mc-finetune" --train "$F/train.tok.gz" --steps 120 --lr 1e-2 -q -o "$F/tuned.st.gz" < "$F/a.st.gz"
}

# mc-tokenize with the templates of T5's tests.
to_t5() { "$B/mc-tokenize" -t "$F/t5" --task mood --source '{1} <extra_id_0>' --target '<extra_id_0>{label}' "$@"; }

# one_line STATUS WORD... -- COMMAND...: it ends with the status and says one line, which holds every word
one_line() {
    local want="$1" words=() w
    shift
    while [ "$1" != -- ]; do words+=("$1"); shift; done
    shift
    run "$@"
    [ "$status" -eq "$want" ] || { echo "status $status, not $want: $output"; return 1; }
    [ "${#lines[@]}" -eq 1 ] || { echo "not one line: $output"; return 1; }
    for w in "${words[@]}"; do [[ "$output" == *"$w"* ]] || { echo "no '$w' in: $output"; return 1; }; done
}
# The same, and the line is a program's error.
fails() {
    one_line "$@" || return 1
    [[ "$output" == mc-*": error: "* ]] || { echo "$output"; return 1; }
}

# A shell line as one command, for pipes and redirections.
line() { bash -c "set -o pipefail; $1"; }

# --help on standard output with the options given, --version, an unknown option.
usual() { # usual TOOL OPTION...
    local tool="$B/$1" o
    shift
    "$tool" --help > "$BATS_TEST_TMPDIR/help" 2> "$BATS_TEST_TMPDIR/err"
    [ ! -s "$BATS_TEST_TMPDIR/err" ]
    for o in "$@" --threads -o; do
        grep -q -- "^  $o " "$BATS_TEST_TMPDIR/help" || { echo "--help lacks $o"; return 1; }
    done
    "$tool" --version | grep -q '^kernels: '
    run "$tool" --version
    [ "$status" -eq 0 ]
    fails 2 --nonsense -- "$tool" --nonsense
    fails 2 --threads -- "$tool" --threads 0
    fails 2 --threads -- "$tool" --threads x
    run bash -c "'$tool' --help > /dev/full 2> /dev/null"
    [ "$status" -eq 1 ]
}

# A command (shell text, its output on standard output) must fail into a full disk, and into a closed pipe without a line; -o leaves
# the old file.
no_room() { # no_room COMMAND
    local t="$BATS_TEST_TMPDIR"
    fails 1 "standard output" "cannot write" -- bash -c "$1 2>&1 > /dev/full"
    bash -c "set -o pipefail; { sleep .2; $1; echo \$? > '$t/rc'; } 2> '$t/err' | true" || true
    [ "$(cat "$t/rc")" -eq 1 ] || { echo "closed pipe: $(cat "$t/rc")"; return 1; }
    ! grep 'error' "$t/err" || return 1 # who reads no more knows why
    fails 1 /dev/full -- bash -c "$1 -o /dev/full"
    fails 1 no/such -- bash -c "$1 -o '$t/no/such/file'"
}

# A command that fails leaves the old output and nothing beside it.
keeps_old() { # keeps_old COMMAND
    local t="$BATS_TEST_TMPDIR/old"
    mkdir -p "$t"
    echo old > "$t/out"
    run bash -c "$1 -o '$t/out'"
    [ "$status" -ne 0 ]
    [ "$(cat "$t/out")" = old ]
    [ "$(ls "$t")" = out ] || { ls "$t"; return 1; }
}

digests() { "$B/mc-info" --digest "$@" | cut -f 1; }

# The bytes of the first document's metadata, a value by key.
meta() { # meta FILE KEY
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
print(json.loads(b[8:8 + n])["__metadata__"].get(sys.argv[1], "absent"))' "$2"
}

# $1 cut to $2 bytes fewer, as $3
cut_off() { head -c "-$2" "$1" > "$3"; }

no_time() { cut -f 6,7 --complement "$1"; } # a log without its times
# A tensor of a stream's first document: its type and shape, or nothing.
shape() { # shape FILE NAME
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
t = json.loads(b[8:8 + n]).get(sys.argv[1])
if t: print(t["dtype"], t["shape"])' "$2"
}
# Cell COLUMN of line ROW (the header is 1) of a table.
cell() { awk -F '\t' -v c="$2" -v r="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } NR == r { print $k }' "$1"; }
# near A B SHARE: numbers, and as near.
near() { awk -v a="$1" -v b="$2" -v s="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a == a + 0 && b == b + 0 && d <= s * (b < 0 ? -b : b)) }'; }
# same_rows SOME ALL N [SHARE]: each row of SOME is a row of ALL, by its first N cells; further cells are equal, or numbers as
# near as float32 sums of other numbers of rows are (SHARE of them, or of 1: 1e-5, as logits are).
same_rows() {
    awk -F '\t' -v n="$3" -v share="${4:-1e-5}" '
        { k = $1; for (i = 2; i <= n; i++) k = k FS $i }
        NR == FNR { all[k] = $0; next }
        !(k in all) { print "no row " k; bad = 1; exit }
        { rows++; cells = split(all[k], a)
          if (cells != NF) bad = 1
          for (i = n + 1; i <= NF; i++) {
              d = $i - a[i]; if (d < 0) d = -d
              size = $i < 0 ? -$i : $i; if (size < 1) size = 1
              if ($i != a[i] && !($i ~ /[0-9]$/ && a[i] ~ /[0-9]$/ && d <= share * size)) { print k ": " $i ", not " a[i]; bad = 1 }
          } }
        END { exit bad || !rows }' "$2" "$1"
}

# A copy of $F/hf in $T/hf whose tensors python code changes: a dict t of name -> [dtype, shape, bytes]; and of an adapter's directory
# the config, a dict c.
change() {
    rm -rf "$T/hf"
    cp -r "$F/hf" "$T/hf"
    python3 - "$T/hf" "$1" <<'P'
import json, os, struct, sys
d = sys.argv[1]
adapter = os.path.exists(d + "/adapter_config.json")
p = d + ("/adapter_model.safetensors" if adapter else "/model.safetensors")
c = json.load(open(d + "/adapter_config.json")) if adapter else {}
b = open(p, "rb").read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
h.pop("__metadata__", None)
t = {k: [v["dtype"], v["shape"], b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]] for k, v in h.items()}
def save(path, t):
    head, data = {}, b""
    for k, (ty, shape, raw) in t.items():
        head[k] = {"dtype": ty, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(head).encode()
    open(path, "wb").write(struct.pack("<Q", len(head)) + head + data)
os.remove(p)
exec(sys.argv[2])
if t: save(p, t)
if adapter: json.dump(c, open(d + "/adapter_config.json", "w"))
P
}

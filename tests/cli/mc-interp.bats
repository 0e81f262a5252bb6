#!/usr/bin/env bats
# mc-interp: the ends are the ends, points where asked, and pairs that are no pair.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-interp"; }

@test "usual duties" {
    usual mc-interp --kind -n --at --from --to --head --level --base
    no_room "'$I' -n 2 '$F/a.st.gz' '$F/b.st.gz'"
    keeps_old "'$I' '$F/a.st.gz' '$F/config.json'"
}

@test "bad usage exits 2" {
    for o in "-n 1" "-n x" "--kind nonsense" "--kind bezier" "--kind mix" "--head 2" "--from x" "--from nan" "--at 0,x" "--at 0,,1" \
        "--at 0 -n 3" "--at 0 --from 1" "--from 1" "- -"; do
        fails 2 -- "$I" $o
    done
}

@test "t = 0 and 1 are the ends" {
    "$I" -n 3 --level 0 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$F/a.st.gz")" ]
    [ "$(digests "$T/p" | sed -n 3p)" = "$(digests "$F/b.st.gz")" ]
    [ "$(digests "$T/p" | sort -u | wc -l)" -eq 3 ]
    [ "$("$B/mc-info" --tsv "$T/p" | cut -f 8 | tr '\n' ' ')" = "t 0 0.5 1 " ]
    cat "$F/a.st.gz" "$F/b.st.gz" | "$I" -n 3 | cmp - "$T/p"
    "$I" -n 3 - "$F/b.st.gz" < "$F/a.st.gz" | cmp - "$T/p"
}

@test "a model with itself, and a path turned round" {
    "$I" -n 4 "$F/a.st.gz" "$F/a.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sort -u)" = "$(digests "$F/a.st.gz")" ]
    "$I" --at 0.5 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "$I" --from 1 --to 0 -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/q"
    [ "$(digests "$T/q" | sed -n 2p)" = "$(digests "$T/p")" ]
    [ "$(digests "$T/q" | sed -n 1p)" = "$(digests "$F/b.st.gz")" ]
}

@test "--at, beyond the ends, and t that is nearly an end" {
    "$I" --at=-0.5,1e-13,1.0000000000001,1.5 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    [ "$("$B/mc-info" --tsv "$T/p" | cut -f 8 | tr '\n' ' ')" = "t -0.5 0 1 1.5 " ]
    [ "$(digests "$T/p" | sed -n 2p)" = "$(digests "$F/a.st.gz")" ]
    [ "$(digests "$T/p" | sed -n 3p)" = "$(digests "$F/b.st.gz")" ]
    "$I" --from -1 --to 2 -n 4 "$F/a.st.gz" "$F/b.st.gz" > "$T/q"
    [ "$("$B/mc-info" --tsv "$T/q" | cut -f 8 | tr '\n' ' ')" = "t -1 0 1 2 " ]
}

@test "fewer or more than two models, other kinds, damage" {
    fails 1 "two models" -- "$I" -o "$T/x" "$F/a.st.gz"
    fails 1 "more than two" -- "$I" -o "$T/x" "$F/a.st.gz" "$F/b.st.gz" "$F/a.st.gz"
    fails 1 dev.tok.gz tokens -- "$I" -o "$T/x" "$F/a.st.gz" "$F/dev.tok.gz"
    fails 1 "$T/none" -- "$I" -o "$T/x" "$F/a.st.gz" "$T/none"
    fails 1 "standard input" empty -- bash -c "'$I' -o '$T/x' < /dev/null"
    for k in 1 62 63 500; do
        cut_off "$F/b.st.gz" $k "$T/cut"
        fails 1 "$T/cut" -- "$I" -o "$T/x" "$F/a.st.gz" "$T/cut"
    done
    [ ! -e "$T/x" ]
}

@test "refused pairs, with the reason" {
    sed 's/"intermediate_size": 32/"intermediate_size": 24/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" -t "$F/lang" --labels negative,positive -o "$T/c.st.gz"
    fails 1 configurations -- "$I" -o "$T/x" "$F/a.st.gz" "$T/c.st.gz"
    "$B/mc-synth" --tokenizer "$T/lang" --seed 5
    n=$(wc -l < "$T/lang/vocab.txt")
    sed "s/\"vocab_size\": [0-9]*/\"vocab_size\": 5000/" "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" -t "$F/lang" --labels negative,positive -o "$T/c.st.gz"
    "$B/mc-init" "$T/c.json" -t "$T/lang" --labels negative,positive -o "$T/d.st.gz"
    fails 1 tokenizers -- "$I" -o "$T/x" "$T/c.st.gz" "$T/d.st.gz"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels no,yes -o "$T/c.st.gz"
    fails 1 'labels: negative, positive and no, yes;' --head -- "$I" -o "$T/x" "$F/a.st.gz" "$T/c.st.gz"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels no,perhaps,yes -o "$T/d.st.gz"
    fails 1 'labels: negative, positive and no, perhaps, yes;' --head -- "$I" -o "$T/x" "$F/a.st.gz" "$T/d.st.gz"
    # with one end's head they make a path, and its labels are that end's
    "$I" --head 1 -n 3 "$F/a.st.gz" "$T/d.st.gz" > "$T/p"
    [ "$(meta "$T/p" mc.labels)" = '["no","perhaps","yes"]' ]
    [ "$(digests "$T/p" | sed -n 3p)" = "$(digests "$T/d.st.gz")" ]
    "$I" --head 0 -n 3 "$F/a.st.gz" "$T/d.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n 1p)" = "$(digests "$F/a.st.gz")" ]
}

@test "labels in another order are matched by name" {
    "$B/mc-export" "$T/hf" < "$F/b.st.gz"
    python3 - "$T/hf" <<'P'
import json, struct, sys
d = sys.argv[1]
b = open(d + "/model.safetensors", "rb").read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
data = bytearray(b[8 + n:])
for k in ("classifier.weight", "classifier.bias"):
    x, y = h[k]["data_offsets"]
    m = (x + y) // 2
    data[x:y] = data[m:y] + data[x:m]
open(d + "/model.safetensors", "wb").write(b[:8 + n] + data)
c = json.load(open(d + "/config.json"))
c["id2label"] = {"0": "positive", "1": "negative"}
c["label2id"] = {"positive": 0, "negative": 1}
json.dump(c, open(d + "/config.json", "w"))
P
    "$B/mc-import" "$T/hf" -t "$F/lang" > "$T/turned"
    [ "$(digests "$T/turned")" != "$(digests "$F/b.st.gz")" ]
    "$I" -n 3 "$F/a.st.gz" "$T/turned" > "$T/p"
    "$I" -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/q"
    [ "$(digests "$T/p")" = "$(digests "$T/q")" ]
}

@test "same bytes for any number of threads; no path in the stream" {
    "$I" -n 5 --threads 1 --level 1 "$F/a.st.gz" "$F/b.st.gz" > "$T/1"
    for n in 2 4; do "$I" -n 5 --threads $n --level 1 "$F/a.st.gz" "$F/b.st.gz" | cmp - "$T/1"; done
    ! gzip -dc "$T/1" | grep -aq "$F" || return 1
}

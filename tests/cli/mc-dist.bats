#!/usr/bin/env bats
# mc-dist: distances of all pairs.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; D="$B/mc-dist"; }

@test "usual duties" {
    usual mc-dist --by --base
    no_room "'$D' '$F/a.st.gz' '$F/b.st.gz'"
    keeps_old "'$D' '$F/a.st.gz' '$F/config.json'"
    fails 2 --by -- "$D" --by nonsense
}

@test "columns, groups, pairs" {
    "$D" "$F/a.st.gz" "$F/b.st.gz" "$F/a.st.gz" > "$T/t"
    [ "$(head -n 1 "$T/t")" = "$(printf 'a\tb\tgroup\tn\tl2\trms\tcosine')" ]
    [ "$(sed 1d "$T/t" | cut -f 1,2 | uniq | tr '\t\n' ' ;')" = "0 1;0 2;1 2;" ]
    for g in embeddings layer.0 layer.1 pooler head; do grep -q "$(printf '^0\t1\t%s\t' $g)" "$T/t"; done
    # a model with itself: 0
    [ "$(awk '$1 == 0 && $2 == 2 && ($5 != 0 || $6 != 0)' "$T/t" | wc -l)" -eq 0 ]
    [ "$(awk '$1 == 0 && $2 == 1 && $3 == "layer.0" && $5 > 0' "$T/t" | wc -l)" -eq 1 ]
    for by in kind tensor; do [ "$("$D" --by $by "$F/a.st.gz" "$F/b.st.gz" | wc -l)" -gt 2 ]; done
}

@test "with a base: cosine of the updates" {
    "$B/mc-interp" --at=0.25,0.5,-0.5 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "$D" --base "$F/a.st.gz" "$T/p" > "$T/t"
    [ "$(awk -F '\t' 'NR > 1 && $3 == "layer.0" { printf "%.3f ", $7 }' "$T/t")" = "1.000 -1.000 -1.000 " ]
}

@test "refused" {
    fails 1 "two models" -- "$D" "$F/a.st.gz"
    fails 1 dev.tok.gz tokens -- "$D" "$F/a.st.gz" "$F/dev.tok.gz"
    cut_off "$F/b.st.gz" 62 "$T/cut"
    fails 1 "$T/cut" byte -- "$D" "$F/a.st.gz" "$T/cut"
    sed 's/"intermediate_size": 32/"intermediate_size": 24/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" --labels negative,positive -o "$T/c.st.gz"
    fails 1 configurations -- "$D" -o "$T/x" "$F/a.st.gz" "$T/c.st.gz"
}

@test "a distance that is not finite is refused" {
    "$B/mc-finetune" -q --method lora --steps 1 --train "$F/train.tok.gz" < "$F/a.st.gz" > "$T/l"
    zcat "$T/l" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
h, d = json.loads(b[8:8 + n]), bytearray(b[8 + n:])
for name, t in h.items():
    if "lora_" in name:
        i, k = t["data_offsets"]
        d[i:k] = struct.pack("<f", 1e25) * ((k - i) // 4)
sys.stdout.buffer.write(b[:8 + n] + bytes(d))' > "$T/large"
    "$B/mc-info" --check "$T/large"
    fails 1 'not finite' -- "$D" -o "$T/t" --base "$F/a.st.gz" "$T/large" "$T/l"
    [ ! -e "$T/t" ]
}

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

@test "--by sublayer: attention and feed-forward of every layer, of a T5's decoder cross-attention too" {
    groups() { "$D" --by "$1" "$2" "$3" | sed 1d | cut -f 3 | tr '\n' ' '; }
    [ "$(groups sublayer "$F/a.st.gz" "$F/b.st.gz")" = "embeddings layer.0.attention layer.0.ffn layer.1.attention layer.1.ffn pooler head all " ]
    # those of a layer are the layer
    [ "$("$D" --by sublayer "$F/a.st.gz" "$F/b.st.gz" | awk '$3 ~ /^layer.1/ { n += $4; s += $5 * $5 } END { printf "%d %.6g", n, sqrt(s) }')" = \
        "$("$D" "$F/a.st.gz" "$F/b.st.gz" | awk '$3 == "layer.1" { printf "%d %.6g", $4, $5 }')" ]
    echo '{"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 384, "decoder_start_token_id": 0}' > "$T/t5.json"
    for s in 1 2; do "$B/mc-init" "$T/t5.json" --seed-init $s -o "$T/t$s"; done
    [ "$(groups sublayer "$T/t1" "$T/t2")" = "embeddings encoder.0.attention encoder.0.ffn encoder.final decoder.0.attention decoder.0.cross decoder.0.ffn decoder.final all " ]
    "$B/mc-finetune" -q --method lora --steps 1 --train "$F/train.tok.gz" < "$F/a.st.gz" > "$T/l"
    "$D" --base "$F/a.st.gz" --by sublayer "$T/l" "$T/l" | grep -q "layer.0.attention"
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

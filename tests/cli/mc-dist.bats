#!/usr/bin/env bats
# mc-dist: distances of all pairs.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; D="$B/mc-dist"; }

@test "usual duties" {
    usual mc-dist --by --base --series
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

# A history trained from a.st.gz, saved at STEPS and at the end.
history() { # history STEPS FILE OPTION...
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --batch 8 --steps 12 --lr 1e-2 --save-at "$1" "${@:3}" < "$F/a.st.gz" > "$2"
}

@test "--series: each with the first and with the one before, as all pairs have them" {
    history 0,2,4,8 "$T/s"
    "$D" --series "$T/s" > "$T/t" 2> "$T/err"
    [ ! -s "$T/err" ]
    [ "$(head -n 1 "$T/t")" = "$(printf 'a\tb\tgroup\tn\tl2\trms\tcosine\tstep_a\tstep_b')" ]
    [ "$(sed 1d "$T/t" | cut -f 1,2,8,9 | uniq | tr '\t\n' ' ;')" = "0 1 0 2;0 2 0 4;1 2 2 4;0 3 0 8;2 3 4 8;0 4 0 12;3 4 8 12;" ]
    for by in layer sublayer kind tensor; do
        "$D" --series --by $by -o "$T/t" - < "$T/s"
        "$D" --by $by "$T/s" | awk -F '\t' '$1 == 0 || $2 == $1 + 1 || NR == 1' | sort > "$T/all"
        cut -f 1-7 "$T/t" | sort | diff - "$T/all"
    done
    # files one after the other; models without a step; two are a series
    [ "$("$D" --series "$F/a.st.gz" "$F/b.st.gz" | cut -f 1-7)" = "$("$D" "$F/a.st.gz" "$F/b.st.gz")" ]
    [ "$("$D" --series "$F/a.st.gz" "$F/b.st.gz" | sed 1d | cut -f 8,9 | sort -u)" = "$(printf 'nan\tnan')" ]
    "$D" --series --threads 3 "$T/s" | cmp - <("$D" --series "$T/s")
}

@test "--series tells of equal models, wherever they stand, and of a distance that falls" {
    history 0,2,4,8 "$T/s"
    local k
    for k in 0 1 2 3 4; do "$B/mc-pick" $k < "$T/s" > "$T/$k"; done
    "$D" --series "$T"/{0,1,2,1,3,1} 2> "$T/err" > "$T/t"
    grep -qx "mc-dist: models 1 and 3 are equal: digest $(digests "$T/1")" "$T/err"
    grep -qx "mc-dist: models 1 and 5 are equal: digest $(digests "$T/1")" "$T/err"
    grep -q '^mc-dist: model 3: its distance to model 0 falls, .* of model 2$' "$T/err"
    grep -q '^mc-dist: model 5: its distance to model 0 falls, .* of model 4$' "$T/err"
    [ "$(wc -l < "$T/err")" -eq 4 ]
    # one that is there twice in a row is equal and does not fall; the first once more falls to 0
    "$D" --series "$T/0" "$T/1" "$T/1" "$T/2" 2> "$T/err" > "$T/t"
    [ "$(cat "$T/err")" = "mc-dist: models 1 and 2 are equal: digest $(digests "$T/1")" ]
    [ "$(awk -F '\t' '$1 == 1 && $2 == 2 && $3 == "all" { print $5 }' "$T/t")" = 0 ]
    "$D" --series "$T/0" "$T/1" "$T/0" 2> "$T/err" > "$T/t"
    grep -q "models 0 and 2 are equal" "$T/err"
    grep -q "model 2: its distance to model 0 falls, 0 after " "$T/err"
    # another's checkpoint among them: what follows it falls
    "$D" --series "$T/0" "$T/1" "$F/b.st.gz" "$T/3" 2> "$T/err" > "$T/t"
    [ "$(cut -d , -f 1 "$T/err")" = "mc-dist: model 3: its distance to model 0 falls" ]
    "$D" -q --series "$T/0" "$T/1" "$T/0" 2> "$T/err" > "$T/t"
    [ ! -s "$T/err" ]
}

@test "--series of deltas: by what they store, or with a base by what they fold into" {
    history 2,4,8 "$T/lora" --method lora
    "$D" --series --base "$F/a.st.gz" "$T/lora" | cut -f 1-7 > "$T/t"
    diff <(sort "$T/t") <("$D" --base "$F/a.st.gz" "$T/lora" | awk -F '\t' '$1 == 0 || $2 == $1 + 1 || NR == 1' | sort)
    # over a base in the stream, which goes before them
    history 2,4,8 "$T/with" --method lora --with-base
    "$D" --series "$T/with" | cut -f 1-7 > "$T/t"
    diff <(sort "$T/t") <("$D" "$T/with" | awk -F '\t' '$1 == 0 || $2 == $1 + 1 || NR == 1' | sort)
    history 2,4,8 "$T/prefix" --method prefix --prefix-len 2
    "$D" --series --base "$F/a.st.gz" "$T/prefix" | cut -f 1-7 > "$T/t"
    diff <(sort "$T/t") <("$D" --base "$F/a.st.gz" "$T/prefix" | awk -F '\t' '$1 == 0 || $2 == $1 + 1 || NR == 1' | sort)
    fails 1 "--base FILE" -- "$D" --series "$T/lora"
    fails 1 "models 0 and 1" -- line "cat '$F/a.st.gz' '$T/with' | '$D' --series -o '$T/x'"
    fails 1 "model 1 is a delta of method prefix" "model 0" -- "$D" --series --base "$F/a.st.gz" "$F/a.st.gz" "$T/prefix"
    fails 1 "model 0 is a delta of method prefix" "model 4" -- "$D" --series -o "$T/x" --base "$F/a.st.gz" "$T/prefix" "$F/a.st.gz"
    [ ! -e "$T/x" ]
}

@test "--series refuses: one model alone, other shapes, a cut stream" {
    fails 1 "two models, 1 given" -- "$D" --series "$F/a.st.gz"
    sed 's/"intermediate_size": 32/"intermediate_size": 24/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" --labels negative,positive -o "$T/c.st.gz"
    fails 1 "models 0 and 2" configurations -- "$D" --series -o "$T/x" "$F/a.st.gz" "$F/b.st.gz" "$T/c.st.gz"
    cut_off "$F/b.st.gz" 62 "$T/cut"
    fails 1 "$T/cut" byte -- "$D" --series -o "$T/x" "$F/a.st.gz" "$T/cut"
    fails 1 dev.tok.gz tokens -- "$D" --series -o "$T/x" "$F/a.st.gz" "$F/dev.tok.gz"
    [ ! -e "$T/x" ]
    no_room "'$D' --series '$F/a.st.gz' '$F/b.st.gz'"
}

@test "--series holds three models, however many there are" {
    ! ldd "$D" | grep -q 'libasan\|libtsan' || skip "a sanitizer keeps what is given back"
    sed 's/"hidden_size": 16/"hidden_size": 512/; s/"intermediate_size": 32/"intermediate_size": 2048/' "$F/config.json" > "$T/c.json"
    for k in 1 2; do "$B/mc-init" "$T/c.json" --seed-init $k --level 0 -o "$T/$k"; done
    peak() { python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"; }
    local few many
    few=$(peak "$D" --threads 1 --series "$T/1" "$T/2" "$T/1")
    many=$(peak "$D" --threads 1 --series "$T/1" "$T/2" "$T/1" "$T/2" "$T/1" "$T/2" "$T/1" "$T/2")
    [ "$many" -lt $((few + 8192)) ] # a model has 27 MB
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

@test "directories of Hugging Face and PEFT stand for the models in them" {
    cd "$T"
    "$B/mc-export" dir-a < "$F/a.st.gz"
    "$B/mc-export" dir-b < "$F/b.st.gz"
    "$D" "$F/a.st.gz" "$F/b.st.gz" > streams
    "$D" dir-a dir-b | cmp - streams
    "$D" dir-a "$F/b.st.gz" | cmp - streams
    [ "$("$D" --series dir-a dir-b dir-a 2> /dev/null | wc -l)" -gt "$(wc -l < streams)" ]
    for seed in 1 2; do
        "$B/mc-finetune" -q --method lora --steps 2 --seed $seed --train "$F/train.tok.gz" < "$F/a.st.gz" > l$seed
        "$B/mc-export" --peft --base "$F/a.st.gz" peft-$seed < l$seed
    done
    "$D" --base "$F/a.st.gz" l1 l2 > streams
    "$D" --base dir-a peft-1 peft-2 | cmp - streams
    "$D" --base "$F/a.st.gz" peft-1 l2 | cmp - streams
    fails 1 peft-1 --base -- "$D" peft-1 peft-2
    fails 1 peft-1 delta -- "$D" --base peft-1 peft-1 peft-2
    mkdir empty
    fails 1 empty config.json -- "$D" empty dir-a
}

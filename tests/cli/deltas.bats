#!/usr/bin/env bats
# Deltas: a method's tensors over a base that is read once; from tuning to the barrier, and folded.
load common

own() { [ "$1" != prefix ] || echo "--prefix-len 5"; } # the model takes no more

setup_file() {
    fixture
    for m in lora adapter prefix bitfit head; do
        for s in 1 2; do "$B/mc-finetune" -q --method $m $(own $m) --train "$F/train.tok.gz" --epochs 3 --lr 1e-2 --seed $s -o "$F/$m-$s.st.gz" < "$F/a.st.gz"; done
    done
}
setup() { T="$BATS_TEST_TMPDIR"; E="$B/mc-eval"; N=("$B/mc-finetune" --train "$F/train.tok.gz" -q); }

loss() { cell <("$E" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$1") loss 2; }

@test "a delta holds what its method trains, and names its base and method" {
    [ "$("$B/mc-info" --tsv "$F/lora-1.st.gz" | sed -n 2p | cut -f 3,5)" = "$(printf 'delta\t10')" ]
    [ "$(shape "$F/lora-1.st.gz" base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight)" = "F32 [10, 16]" ]
    [ "$(shape "$F/lora-1.st.gz" base_model.model.bert.encoder.layer.1.attention.self.value.lora_B.weight)" = "F32 [16, 10]" ]
    [ "$(shape "$F/lora-1.st.gz" base_model.model.classifier.weight)" = "F32 [2, 16]" ]
    [ "$("$B/mc-info" --tsv "$F/adapter-1.st.gz" | sed -n 2p | cut -f 5)" = 10 ]
    [ "$(shape "$F/adapter-1.st.gz" bert.encoder.layer.0.attention.output.adapter.down.weight)" = "F32 [12, 16]" ]
    [ "$(shape "$F/adapter-1.st.gz" bert.encoder.layer.1.output.adapter.up.weight)" = "F32 [16, 12]" ]
    [ "$("$B/mc-info" --tsv "$F/prefix-1.st.gz" | sed -n 2p | cut -f 5)" = 3 ]
    [ "$(shape "$F/prefix-1.st.gz" prompt_embeddings)" = "F32 [5, 64]" ] # two layers, keys and values of 16
    [ "$(shape "$F/prefix-1.st.gz" base_model.classifier.weight)" = "F32 [2, 16]" ]
    [ "$(meta "$F/prefix-1.st.gz" mc.method)" = '{"name":"prefix","n":5}' ]
    [ "$("$B/mc-info" --tsv "$F/head-1.st.gz" | sed -n 2p | cut -f 5)" = 2 ]
    [ "$(meta "$F/lora-1.st.gz" mc.base)" = "$(digests "$F/a.st.gz")" ]
    [ "$(meta "$F/lora-1.st.gz" mc.method)" = '{"name":"lora","r":10,"alpha":16,"dropout":0,"targets":["query","value"]}' ]
    [ "$(meta "$F/adapter-1.st.gz" mc.method)" = '{"name":"adapter","bottleneck":12,"init_std":0.02}' ]
    [ "$(wc -c < "$F/lora-1.st.gz")" -lt "$(($(wc -c < "$F/a.st.gz") / 2))" ]
    "$B/mc-info" --check "$F/lora-1.st.gz" "$F/adapter-1.st.gz" "$F/prefix-1.st.gz" "$F/bitfit-1.st.gz"
}

@test "mc-info tells base and method" {
    local want='{"name":"head"}'
    "$B/mc-info" "$F/head-1.st.gz" > "$T/t"
    grep -qx "  base $(digests "$F/a.st.gz")" "$T/t"
    grep -qxF "  method $want" "$T/t"
    [ "$("$B/mc-info" --tsv "$F/head-1.st.gz" | sed 1d | cut -f 12,13)" = "$(digests "$F/a.st.gz")	$want" ]
    "$B/mc-info" "$F/a.st.gz" | grep -E '^  (base|method) ' && return 1
    [ "$("$B/mc-info" --tsv "$F/a.st.gz" | sed 1d | cut -f 11-)" = "$(digests "$F/a.st.gz")		" ]
    # one line and one cell, whatever stands there
    as_document 'm["mc.method"] = "{\t\"name\":\n\"head\" }"' < "$F/head-1.st.gz" > "$T/x"
    [ "$("$B/mc-info" --tsv "$T/x" | wc -l)" -eq 2 ]
    [ "$("$B/mc-info" --tsv "$T/x" | sed 1d | cut -f 13)" = '{\t"name":\n"head" }' ]
    "$B/mc-info" "$T/x" | grep -qxF '  method {\t"name":\n"head" }'
}

@test "every method learns; the loss falls below the base's" {
    for m in lora adapter prefix bitfit head; do
        "${N[@]}" --method $m $(own $m) --steps 30 --lr 1e-2 --warmup 0 --dropout 0 --log "$T/log" < "$F/a.st.gz" > "$T/x"
        awk -v what=$m 'NR == 2 { first = $3 } { last = $3 } END { if (!(last < first)) { print what, first, last; exit 1 } }' "$T/log"
    done
}

@test "before the first update a LoRA computes its base; threads and resuming do not matter" {
    "${N[@]}" --method lora --steps 6 --save-at 0,6 < "$F/a.st.gz" > "$T/x"
    "$B/mc-pick" 0 < "$T/x" > "$T/0"
    [ "$(loss "$T/0")" = "$(cell <("$E" "$F/dev.tok.gz" < "$F/a.st.gz") loss 2)" ]
    for m in adapter prefix; do
        M=("${N[@]}" --method $m $(own $m) --steps 6 --level 0)
        for n in 1 3; do "${M[@]}" --threads $n < "$F/a.st.gz" > "$T/$n"; done
        cmp "$T/1" "$T/3"
        "${M[@]}" --checkpoint "$T/c" --checkpoint-every 3 < "$F/a.st.gz" | cmp - "$T/1"
        "${M[@]}" --resume "$T/c" < "$F/a.st.gz" | cmp - "$T/1"
    done
}

@test "a delta on input is trained further, its method kept" {
    "${N[@]}" --base "$F/a.st.gz" --steps 3 < "$F/lora-1.st.gz" > "$T/x"
    [ "$(meta "$T/x" mc.method)" = "$(meta "$F/lora-1.st.gz" mc.method)" ]
    [ "$(meta "$T/x" mc.base)" = "$(digests "$F/a.st.gz")" ]
    [ "$(digests "$T/x")" != "$(digests "$F/lora-1.st.gz")" ]
    fails 2 --method lora -- line "'${N[0]}' --train '$F/train.tok.gz' -q -o '$T/y' --base '$F/a.st.gz' --method adapter < '$F/lora-1.st.gz'"
}

@test "the base comes from the stream or from --base, and must be the one" {
    "$B/mc-pick" 0 < "$F/lora-1.st.gz" | cat "$F/a.st.gz" - > "$T/s"
    [ "$(cell <("$E" "$F/dev.tok.gz" < "$T/s") loss 3)" = "$(loss "$F/lora-1.st.gz")" ]
    "${N[@]}" --method lora --steps 3 --with-base < "$F/a.st.gz" > "$T/both"
    [ "$("$B/mc-info" --tsv "$T/both" | cut -f 3,4 | sed 1d | tr '\n\t' '; ')" = "model base;delta point;" ]
    "$E" "$F/dev.tok.gz" < "$T/both" > "$T/t"
    [ "$(wc -l < "$T/t")" -eq 2 ] # the base is no point
    fails 1 "$(digests "$F/a.st.gz")" "--base" -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$F/lora-1.st.gz'"
    fails 1 "over the base" "$F/b.st.gz" -- line "'$E' -o '$T/x' --base '$F/b.st.gz' '$F/dev.tok.gz' < '$F/lora-1.st.gz'"
    [ ! -e "$T/x" ]
}

@test "a file whose name begins the words of an error is named all the same" {
    cp "$F/lora-1.st.gz" "$T/a"
    local b
    b=$(cd "$B" && pwd)
    fails 1 "error: a: document 0: a delta whose base" -- line "cd '$T' && '$b/mc-fold' -o x a"
    # and no file twice: the base of a delta is looked for in the delta's own file
    fails 1 "error: a: a delta, not a base" -- line "cd '$T' && '$b/mc-fold' -o x --base a a"
    fails 1 "error: a: document 0: l: a delta, not a base" -- line "cd '$T' && cp a l && '$b/mc-fold' -o x --base l a"
}

@test "what --base gives is one complete model, of whatever role; its kind is judged first" {
    "${N[@]}" --method lora --steps 3 --with-base -o "$T/both" < "$F/a.st.gz"
    for d in "$F/lora-1.st.gz" "$T/both"; do
        fails 1 "$d: a delta, not a base" -- "$B/mc-fold" --base "$d" -o "$T/x" "$F/lora-1.st.gz"
        fails 1 "$d: a delta, not a base" -- "$B/mc-dist" --base "$d" -o "$T/x" "$F/lora-1.st.gz" "$F/lora-2.st.gz"
    done
    fails 1 "more than one model" -- "$B/mc-fold" --base <(cat "$F"/{a,b}.st.gz) -o "$T/x" "$F/lora-1.st.gz"
    fails 1 tokens "not a model" -- "$B/mc-fold" --base "$F/dev.tok.gz" -o "$T/x" "$F/lora-1.st.gz"
    [ ! -e "$T/x" ]
    "$B/mc-pick" 0 < "$T/both" > "$T/base"
    [ "$("$B/mc-info" --tsv "$T/base" | sed 1d | cut -f 3,4)" = "$(printf 'model\tbase')" ]
    "$B/mc-fold" --base "$T/base" "$F/lora-1.st.gz" | digests - | grep -qx "$("$B/mc-fold" --base "$F/a.st.gz" "$F/lora-1.st.gz" | digests -)"
}

# The losses of a stream's models, one a line, to compare with those of its parts.
losses() { "$E" "$@" "$F/dev.tok.gz" | sed 1d | cut -f 5; }

@test "the base is any earlier one: those that deltas had, the first, the last, and of role base" {
    "${N[@]}" --method lora --steps 3 -o "$T/lb" < "$F/b.st.gz"
    a=$(losses < "$F/a.st.gz") b=$(losses < "$F/b.st.gz") la=$(loss "$F/lora-1.st.gz") lb=$(losses --base "$F/b.st.gz" < "$T/lb")
    [ "$(cat "$F"/{a,lora-1,b}.st.gz "$T/lb" "$F"/{lora-1,a,lora-2}.st.gz "$T/lb" | losses | tr '\n' ' ')" = "$a $la $b $lb $la $a $(loss "$F/lora-2.st.gz") $lb " ]
    "$B/mc-init" --perturb .1 -o "$T/c" "$F/a.st.gz"
    for k in 1 2 3 4; do # the first, however many come after it; a delta over the last before one over it
        for i in $(seq $k); do cat "$T/c"; done > "$T/many"
        [ "$(cat "$F/a.st.gz" "$T/many" "$F"/{b,lora-1}.st.gz "$T/lb" | losses | tail -n 2 | tr '\n' ' ')" = "$la $lb " ]
        [ "$(cat "$F/a.st.gz" "$T/many" "$F/b.st.gz" "$T/lb" "$F/lora-1.st.gz" | losses | tail -n 2 | tr '\n' ' ')" = "$lb $la " ]
    done
    "$B/mc-dist" "$F/a.st.gz" "$T/c" "$F/b.st.gz" "$F/b.st.gz" -o "$T/x" # no delta: nothing changes
    fails 1 "$(digests "$F/b.st.gz")" "or too far" --base -- line "cat '$F/a.st.gz' '$F/b.st.gz' '$T/many' '$T/lb' | '$E' -o '$T/y' '$F/dev.tok.gz'"
    [ ! -e "$T/y" ]
    # of role base: every one, and no point
    "${N[@]}" --method lora --steps 3 --with-base -o "$T/both" < "$F/b.st.gz"
    [ "$(cat "$T/both" "$F/a.st.gz" "$T/many" "$T/both" "$F/lora-1.st.gz" "$T/lb" | losses | tail -n 4 | tr '\n' ' ')" = "$(losses < "$T/c") $lb $la $lb " ]
    # whatever else it says
    "$B/mc-pick" 0 < "$T/both" | as_document 'm["mc.t"] = "0.5"' | "$B/mc-pick" 0 > "$T/on-path"
    [ "$(meta "$T/on-path" mc.t)" = 0.5 ]
    [ "$(cat "$T/on-path" "$T/lb" | losses)" = "$lb" ]
    as_document 'm["mc.role"] = "base"' < "$T/lb" > "$T/bad"
    fails 1 "not a base" -- line "'$E' -o '$T/y' '$F/dev.tok.gz' < '$T/bad'"
}

@test "one model: a delta behind its base is one; two models are two" {
    cat "$F"/{a,lora-1}.st.gz > "$T/s"
    "$B/mc-fold" "$T/s" | digests - | grep -qx "$("$B/mc-fold" --base "$F/a.st.gz" "$F/lora-1.st.gz" | digests -)"
    "$B/mc-export" --peft "$T/peft" < "$T/s"
    [ -s "$T/peft/adapter_model.safetensors" ]
    [ "$("${N[@]}" --steps 2 < "$T/s" | digests -)" = "$("${N[@]}" --steps 2 --base "$F/a.st.gz" < "$F/lora-1.st.gz" | digests -)" ]
    local fold="'$B/mc-fold' -o '$T/x'"
    for s in "a a lora-1" "a lora-1 lora-2" "a lora-1 a" "lora-1 a" "b lora-1"; do
        fails 1 "more than one model" mc-pick -- line "cat $(printf "'$F/%s.st.gz' " $s) | $fold --base '$F/a.st.gz'"
    done
    fails 1 "more than one model" mc-pick -- line "cat '$F/a.st.gz' '$F/b.st.gz' | $fold"
    fails 1 "is not before it" -- line "cat '$F/b.st.gz' '$F/lora-1.st.gz' | $fold"
    [ ! -e "$T/x" ]
}

@test "a base that was a point of a path, and a folded point of one, stand on no path" {
    "$B/mc-interp" --at .5 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "${N[@]}" --method lora --steps 3 --with-base < "$T/p" > "$T/both"
    for k in mc.t mc.curve; do [ "$(meta "$T/both" $k)" = absent ]; done
    "${N[@]}" --method lora --steps 3 < "$T/p" > "$T/d"
    "$E" --base "$T/p" "$F/dev.tok.gz" < "$T/d" > "$T/t"
    "$E" "$F/dev.tok.gz" < "$T/both" | cmp - "$T/t"
    "$B/mc-interp" --base "$F/a.st.gz" --at .5 "$F/lora-1.st.gz" "$F/lora-2.st.gz" | "$B/mc-fold" --base "$F/a.st.gz" > "$T/w"
    for k in mc.t mc.curve mc.base; do [ "$(meta "$T/w" $k)" = absent ]; done
    "${N[@]}" --method head --steps 3 < "$T/w" | cat "$T/w" - > "$T/s" # a base like any other
    [ "$("$E" "$F/dev.tok.gz" < "$T/s" | wc -l)" -eq 3 ]
}

@test "a path over deltas: its ends bit for bit, small, evaluated over one base, a barrier" {
    for m in lora adapter prefix bitfit head; do
        "$B/mc-interp" --base "$F/a.st.gz" -n 5 "$F/$m-1.st.gz" "$F/$m-2.st.gz" > "$T/p"
        for k in 0:1 4:2; do
            "$B/mc-pick" ${k%:*} < "$T/p" | digests - | grep -qx "$(digests "$F/$m-${k#*:}.st.gz")"
        done
        "$E" --base "$F/a.st.gz" --per-example "$T/each" "$F/dev.tok.gz" < "$T/p" > "$T/t"
        [ "$(cell "$T/t" loss 2)" = "$(loss "$F/$m-1.st.gz")" ]
        [ "$(cell "$T/t" loss 6)" = "$(loss "$F/$m-2.st.gz")" ]
        "$B/mc-barrier" --per-example "$T/each" "$T/t" | grep -q mood
    done
    local lora='{"name":"lora","r":10,"alpha":16,"dropout":0,"targets":["query","value"]}'
    fails 1 "different methods: $lora and {\"name\":\"adapter\",\"bottleneck\":12,\"init_std\":0.02}" -- "$B/mc-interp" --base "$F/a.st.gz" -o "$T/x" "$F/lora-1.st.gz" "$F/adapter-1.st.gz"
    [[ "$output" != *"--space"* ]]
    "${N[@]}" --method lora --rank 4 --steps 1 -o "$T/r4" < "$F/a.st.gz"
    fails 1 "other parameters: $lora and ${lora/10/4}" "--space product" -- "$B/mc-interp" --base "$F/a.st.gz" -o "$T/x" "$F/lora-1.st.gz" "$T/r4"
    "$B/mc-interp" --base "$F/a.st.gz" --space product -n 2 "$F/lora-1.st.gz" "$T/r4" | "$B/mc-info" --check
    "${N[@]}" --method lora --targets query --steps 1 -o "$T/query" < "$F/a.st.gz"
    fails 1 "other parameters" '"targets":["query"]' -- "$B/mc-interp" --base "$F/a.st.gz" -o "$T/x" "$F/lora-1.st.gz" "$T/query"
    [[ "$output" != *"--space"* ]] # their products stand beside other maps
    fails 1 "a complete model and a delta" -- "$B/mc-interp" --base "$F/a.st.gz" -o "$T/x" "$F/a.st.gz" "$F/lora-1.st.gz"
}

# A line of products: its ends, and, folded, the line between the folded ends, which stay in f0 and f1.
on_folded_line() { # on_folded_line END0 END1
    local p="$B/mc-interp --base $F/a.st.gz --space product" k
    $p -n 5 "$1" "$2" > "$T/p"
    "$B/mc-info" --check "$T/p"
    "$B/mc-pick" 0 < "$T/p" | digests - | grep -qx "$(digests "$1")"
    "$B/mc-pick" 4 < "$T/p" | digests - | grep -qx "$(digests "$2")"
    "$E" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$T/p" > "$T/t"
    "$B/mc-fold" --base "$F/a.st.gz" -o "$T/f0" "$1"
    "$B/mc-fold" --base "$F/a.st.gz" -o "$T/f1" "$2"
    "$B/mc-interp" -n 5 "$T/f0" "$T/f1" > "$T/q"
    "$E" "$F/dev.tok.gz" < "$T/q" > "$T/u"
    cmp <(cut -f 1-4 "$T/t") <(cut -f 1-4 "$T/u")
    for k in 2 3 4 5 6; do near "$(cell "$T/t" loss $k)" "$(cell "$T/u" loss $k)" 1e-6; done
    for k in 1 2 3; do
        "$B/mc-pick" $k < "$T/p" | "$B/mc-fold" --base "$F/a.st.gz" > "$T/m"
        "$B/mc-pick" $k < "$T/q" | cat "$T/m" - | "$B/mc-dist" > "$T/d"
        awk -F '\t' '$3 == "all" && !($5 < 1e-6 * $4 ^ .5) { print; exit 1 }' "$T/d"
    done
    [ "$(cell "$T/t" from 3)" = "$(digests "$1")" ]
    [ "$(cell "$T/t" to 3)" = "$(digests "$2")" ]
}

@test "a path of products: its ends bit for bit, between them the line of the folded models" {
    "${N[@]}" --method lora --rank 3 --alpha 7 --steps 9 --lr 1e-2 --seed 4 -o "$T/r3" < "$F/a.st.gz"
    on_folded_line "$F/lora-1.st.gz" "$F/lora-2.st.gz"
    on_folded_line "$F/lora-1.st.gz" "$T/r3"
    "$B/mc-pick" 0 < "$T/p" > "$T/0"
    [ "$(meta "$T/0" mc.method)" = "$(meta "$F/lora-1.st.gz" mc.method)" ]
    "$B/mc-pick" 2 < "$T/p" > "$T/2"
    [ "$(meta "$T/2" mc.method)" = '{"name":"lora","r":13,"alpha":13,"dropout":0,"targets":["query","value"]}' ]
    meta "$T/2" mc.curve | grep -q '"kind":"line","space":"product","index":2,"count":5'
    meta "$T/2" mc.provenance | grep -q 'mc-interp .* space=product '
    # beyond the ends too; tensors that move one by one do not go there
    for t in -0.2 0.5 1.5; do
        "$B/mc-interp" --base "$F/a.st.gz" --space product --at $t "$F/lora-1.st.gz" "$T/r3" > "$T/x"
        "$B/mc-interp" --at $t "$T/f0" "$T/f1" > "$T/y"
        near "$(loss "$T/x")" "$(loss "$T/y")" 1e-6
    done
    "$B/mc-interp" --base "$F/a.st.gz" --at .5 "$F/lora-1.st.gz" "$F/lora-2.st.gz" > "$T/x"
    "$B/mc-interp" --base "$F/a.st.gz" --at .5 --space product "$F/lora-1.st.gz" "$F/lora-2.st.gz" > "$T/y"
    for m in x y; do "$B/mc-fold" --base "$F/a.st.gz" < "$T/$m" > "$T/f$m"; done
    "$B/mc-dist" "$T/fx" "$T/fy" | awk -F '\t' '$3 == "all" && !($5 > 1e-2) { print; exit 1 }'
}

@test "a path of products: heads, its barrier and distances" {
    sed -e 's/positive$/good/' -e 's/negative$/bad/' "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/lang" -o "$T/d"
    "$B/mc-finetune" -q --method lora --rank 2 --new-head --train "$T/d" --steps 5 --lr 1e-2 -o "$T/h" < "$F/a.st.gz"
    fails 1 labels "--head 0" -- "$B/mc-interp" --base "$F/a.st.gz" --space product -o "$T/none" "$F/lora-1.st.gz" "$T/h"
    for h in 0 1; do
        "$B/mc-interp" --base "$F/a.st.gz" --space product --head $h -n 3 "$F/lora-1.st.gz" "$T/h" > "$T/p"
        [ "$h" = 0 ] && own=0 || own=2 # the end whose head it is stays as it is
        [ "$("$B/mc-pick" $own < "$T/p" | digests -)" = "$([ "$h" = 0 ] && digests "$F/lora-1.st.gz" || digests "$T/h")" ]
        "$B/mc-dist" --base "$F/a.st.gz" "$T/p" | awk -F '\t' '$3 == "head" && $5 != 0 { exit 1 }'
    done
    "${N[@]}" --method lora --rank 2 --new-head --steps 5 --lr 1e-2 -o "$T/h" < "$F/a.st.gz"
    "$B/mc-interp" --base "$F/a.st.gz" --space product -n 5 "$F/lora-1.st.gz" "$T/h" > "$T/p"
    "$E" --base "$F/a.st.gz" --per-example "$T/each" "$F/dev.tok.gz" < "$T/p" > "$T/t"
    "$B/mc-barrier" --per-example "$T/each" "$T/t" | grep -q mood
    [ "$("$B/mc-pick" t=.75 < "$T/p" | "$B/mc-info" --tsv | wc -l)" -eq 2 ]
    "${N[@]}" --method lora --steps 1 --with-base -o "$T/first" < "$F/a.st.gz"
    fails 1 "other parameters" --base -- "$B/mc-dist" -o "$T/none" "$T/first" "$T/p"
    [ ! -e "$T/none" ]
    "$B/mc-dist" --base "$F/a.st.gz" "$T/p" | cut -f 1-3 | grep -qx "$(printf '1\t3\tlayer.1')"
}

@test "a path of products: what has none is refused" {
    local p=("$B/mc-interp" --base "$F/a.st.gz" --space product -o "$T/x")
    fails 1 LoRA "end 0 is a delta of method adapter" -- "${p[@]}" "$F/adapter-1.st.gz" "$F/adapter-2.st.gz"
    fails 1 LoRA "end 1 is a delta of method bitfit" -- "${p[@]}" "$F/lora-1.st.gz" "$F/bitfit-2.st.gz"
    fails 1 LoRA "end 0 is a complete model" -- "${p[@]}" "$F/a.st.gz" "$F/b.st.gz"
    "${N[@]}" --method lora --targets key,value --steps 1 -o "$T/key" < "$F/a.st.gz"
    fails 1 "other maps" "layer.0.attention.self.query.weight" "in end 0" -- "${p[@]}" "$F/lora-1.st.gz" "$T/key"
    fails 1 "other maps" "layer.0.attention.self.query.weight" "in end 1" -- "${p[@]}" "$T/key" "$F/lora-1.st.gz"
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --method lora --steps 1 --with-base -o "$T/b" < "$F/b.st.gz"
    fails 1 "different bases" -- "${p[@]}" "$F/lora-1.st.gz" "$T/b"
    fails 2 --space -- "${p[@]}" --space weights "$F/lora-1.st.gz" "$F/lora-2.st.gz"
    [ ! -e "$T/x" ]
}

@test "mc-dist: stored tensors, and with --base what they fold into" {
    for m in lora bitfit; do for s in 1 2; do "$B/mc-fold" --base "$F/a.st.gz" -o "$T/$m-$s" "$F/$m-$s.st.gz"; done; done
    "${N[@]}" --method lora --steps 1 --with-base < "$F/a.st.gz" | cat - "$F/lora-1.st.gz" | "$B/mc-dist" | cut -f 1-3 > "$T/t"
    grep -qx "$(printf '0\t1\tlayer.1')" "$T/t"
    for m in lora bitfit; do
        "$B/mc-dist" --base "$F/a.st.gz" "$F/$m-1.st.gz" "$F/$m-2.st.gz" > "$T/t"
        "$B/mc-dist" --base "$F/a.st.gz" "$T/$m-1" "$T/$m-2" | cmp - "$T/t"
    done
    # one base, read once
    for m in lora bitfit; do
        "$B/mc-dist" --base "$F/a.st.gz" "$F/$m-1.st.gz" "$F/$m-2.st.gz" > "$T/t"
        "$B/mc-dist" --base - "$F/$m-1.st.gz" "$F/$m-2.st.gz" < "$F/a.st.gz" | cmp - "$T/t"
    done
    "$B/mc-dist" --base "$F/a.st.gz" "$F/adapter-1.st.gz" "$F/adapter-2.st.gz" > "$T/t" # no fold: what is stored
    [ "$(awk -F '\t' '$3 == "all" { print $4 }' "$T/t")" -eq "$((4 * 2 * 12 * 16 + 2 * 16 + 2))" ]
}

@test "mc-dist: what cannot be folded is named before a table begins; --base is advised where it helps" {
    local d=("$B/mc-dist") lora="$F/lora-1.st.gz" with m
    "${N[@]}" --method head --steps 1 --with-base < "$F/a.st.gz" | "$B/mc-pick" 0 > "$T/base" # of that role
    for m in adapter prefix; do
        for with in "$lora $F/$m-1.st.gz" "$F/$m-1.st.gz $lora" "$F/a.st.gz $F/$m-1.st.gz"; do
            fails 1 "a delta of method $m, which cannot be folded" -- "${d[@]}" --base "$F/a.st.gz" $with
            fails 1 different -- "${d[@]}" "$T/base" $with
            [[ "$output" != *--base* ]]
        done
    done
    fails 1 "different methods" -- "${d[@]}" --base "$F/a.st.gz" "$F/adapter-1.st.gz" "$F/prefix-1.st.gz"
    [[ "$output" != *--base* ]]
    for with in "$lora $F/head-1.st.gz" "$F/a.st.gz $lora"; do
        fails 1 "models 0 and 1" "different" "(--base FILE compares what they fold into)" -- "${d[@]}" "$T/base" $with
        "${d[@]}" --base "$F/a.st.gz" $with > "$T/t"
        grep -q "$(printf '^0\t1\tlayer.1\t')" "$T/t"
    done
    "$B/mc-init" --perturb .1 -o "$T/m" "$F/a.st.gz" # the first pair has a distance, but no row is written
    fails 1 "models 0 and 2" -- "${d[@]}" "$F/a.st.gz" "$T/m" "$lora"
}

@test "mc-fold: the whole model computes the same; what cannot be folded says why" {
    usual mc-fold --base --level
    for m in lora bitfit head; do
        "$B/mc-fold" --base "$F/a.st.gz" "$F/$m-1.st.gz" > "$T/$m"
        [ "$("$B/mc-info" --tsv "$T/$m" | sed -n 2p | cut -f 3,5)" = "$("$B/mc-info" --tsv "$F/a.st.gz" | sed -n 2p | cut -f 3,5)" ]
        [ "$(meta "$T/$m" mc.base)" = absent ]
        near "$(cell <("$E" "$F/dev.tok.gz" < "$T/$m") loss 2)" "$(loss "$F/$m-1.st.gz")" 1e-6
    done
    fails 1 prefix "belong to no token" -- "$B/mc-fold" --base "$F/a.st.gz" -o "$T/x" "$F/prefix-1.st.gz"
    fails 1 adapter "no linear map" -- "$B/mc-fold" --base "$F/a.st.gz" -o "$T/x" "$F/adapter-1.st.gz"
    fails 1 "nothing to fold" -- "$B/mc-fold" -o "$T/x" "$F/a.st.gz"
    fails 1 "fold it" -- line "'$B/mc-export' --base '$F/a.st.gz' '$T/dir' < '$F/lora-1.st.gz'"
    [ ! -e "$T/x" ]
    [ ! -e "$T/dir" ]
    no_room "'$B/mc-fold' --base '$F/a.st.gz' '$F/lora-1.st.gz'"
}

@test "a prefix: trained by way of its encoder, then as it is stored; what it takes of the positions" {
    "${N[@]/-q/-v}" --method prefix --prefix-len 5 --steps 2 < "$F/a.st.gz" 2> "$T/new" > "$T/x"
    grep -q " $((5 * 16 + 24 * 16 + 24 + 64 * 24 + 64 + 2 * 16 + 2)) parameters in 7 tensors" "$T/new"
    "${N[@]/-q/-v}" --base "$F/a.st.gz" --steps 2 < "$T/x" 2> "$T/again" > "$T/y"
    grep -q " $((5 * 64 + 2 * 16 + 2)) parameters in 3 tensors" "$T/again"
    [ "$(meta "$T/y" mc.method)" = '{"name":"prefix","n":5}' ]
    line "'${N[0]}' -q --method prefix --prefix-len 5 --steps 2 --seed-init 9 --train '$F/train.tok.gz' < '$F/a.st.gz'" | digests - > "$T/d"
    [ "$(cat "$T/d")" != "$(digests "$T/x")" ]
    fails 2 "--prefix-len 120" "takes 64 tokens" -- line "'${N[0]}' --train '$F/train.tok.gz' -o '$T/z' --method prefix < '$F/a.st.gz'"
    fails 1 "line " "the model takes 4" -- line "'${N[0]}' --train '$F/train.tok.gz' -o '$T/z' --method prefix --prefix-len 60 < '$F/a.st.gz'"
    [ ! -e "$T/z" ]
}

@test "resumed with its base and earlier documents before it, a stream is the same" {
    M=("${N[@]}" --method lora --steps 6 --save-at 0,2,4 --with-base --level 0)
    "${M[@]}" --checkpoint "$T/c" --checkpoint-every 3 < "$F/a.st.gz" > "$T/x"
    "${M[@]}" --resume "$T/c" < "$F/a.st.gz" | cmp - "$T/x"
    [ "$("$B/mc-info" --tsv "$T/x" | cut -f 3 | sed 1d | tr '\n' ' ')" = "model delta delta delta delta " ]
}

@test "options of another method, or of a delta that has its own, are refused" {
    R=("${N[0]}" --train "$F/train.tok.gz" -q -o "$T/x" --steps 1)
    for o in --rank=3 --alpha=2 --targets=query --bottleneck=3 --init-std=.1 --prefix-len=4; do
        fails 2 "${o%=*}" -- line "'${R[0]}' ${R[*]:1} $o < '$F/a.st.gz'"
        fails 2 "${o%=*}" -- line "'${R[0]}' ${R[*]:1} $o --method bitfit < '$F/a.st.gz'"
    done
    fails 2 --rank "--method lora" -- line "'${R[0]}' ${R[*]:1} --rank 3 --method adapter < '$F/a.st.gz'"
    fails 2 --rank "keeps its own" -- line "'${R[0]}' ${R[*]:1} --rank 3 --method lora --base '$F/a.st.gz' < '$F/lora-1.st.gz'"
    fails 2 --lora-dropout -- line "'${R[0]}' ${R[*]:1} --lora-dropout .1 < '$F/a.st.gz'"
    fails 2 --init-std -- line "'${R[0]}' ${R[*]:1} --init-std 0 --method adapter < '$F/a.st.gz'" # both maps 0: nothing would learn
    fails 2 --with-base -- line "'${R[0]}' ${R[*]:1} --with-base --method full < '$F/a.st.gz'"
    [ ! -e "$T/x" ]
    for p in 0 .5; do # that of a LoRA's dropout is not the network's
        "${N[@]}" --base "$F/a.st.gz" --steps 3 --dropout 0 --lora-dropout $p --seed-dropout 1 --log "$T/1" < "$F/lora-1.st.gz" > "$T/x"
        "${N[@]}" --base "$F/a.st.gz" --steps 3 --dropout 0 --lora-dropout $p --seed-dropout 2 --log "$T/2" < "$F/lora-1.st.gz" > "$T/y"
        [ "$(cut -f 3 "$T/1")" = "$(cut -f 3 "$T/2")" ] && same=0 || same=.5
        [ "$same" = "$p" ]
        meta "$T/x" mc.method | grep -q "\"dropout\":0*$p,"
    done
}

@test "a new head; targets that match nothing; a T5's deltas" {
    "${N[@]}" --method head --steps 1 < "$F/base.st.gz" > "$T/x" # the base has none
    [ "$(meta "$T/x" mc.labels)" = '["negative","positive"]' ]
    cell <("$E" --base "$F/base.st.gz" "$F/dev.tok.gz" < "$T/x") loss 2
    fails 2 --targets "query, key, value, dense" -- line "'${N[0]}' --train '$F/train.tok.gz' -q -o '$T/y' --method lora --targets q,v < '$F/a.st.gz'"
    for t in query,vlaue vlaue,query query,LayerNorm query,classifier query,elf.query; do
        local wrong="${t#query,}"
        fails 2 --targets "'${wrong%,query}' matches no linear map; there are query, key, value, dense" -- line "'${N[0]}' --train '$F/train.tok.gz' -q -o '$T/y' --method lora --targets $t < '$F/a.st.gz'"
    done
    for m in bitfit head; do fails 2 --seed-init "$m" -- line "'${N[0]}' --train '$F/train.tok.gz' -q -o '$T/y' --method $m --seed-init 3 < '$F/a.st.gz'"; done
    fails 2 --with-base -- line "'${N[0]}' --train '$F/train.tok.gz' -q -o '$T/y' --with-base < '$F/a.st.gz'"
    "$B/mc-synth" --tokenizer "$T/t5" --kind t5
    "$B/mc-init" "$T/t5/config.json" -t "$T/t5" -o "$T/m"
    "$B/mc-tokenize" -t "$T/t5" --target '{label}' -o "$T/d" "$F/dev.tsv"
    fails 2 --new-head -- line "'$B/mc-finetune' -q -o '$T/y' --method lora --new-head --train '$T/d' < '$T/m'"
    for m in lora adapter prefix; do
        "$B/mc-finetune" -q --method $m --train "$T/d" --steps 2 < "$T/m" > "$T/$m"
        "$E" --base "$T/m" "$T/d" < "$T/$m" > /dev/null
        "$E" --base "$T/m" --decode greedy --max-new 3 "$T/d" < "$T/$m" > /dev/null
    done
    [ "$("$B/mc-info" --tsv "$T/adapter" | sed -n 2p | cut -f 5)" = 20 ] # two in the encoder's layers, three in the decoder's
    [ "$("$B/mc-info" --tsv "$T/prefix" | sed -n 2p | cut -f 5)" = 1 ] # no head; before the decoder's own keys
    for m in bitfit head; do fails 2 "--method $m" -- line "'$B/mc-finetune' -q -o '$T/y' --method $m --train '$T/d' < '$T/m'"; done
    [ ! -e "$T/y" ]
}

# The document on standard input, with its metadata m and tensors t (name -> [dtype, shape, bytes]) changed by python code.
as_document() {
    gzip -dc | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
m = h.pop("__metadata__")
t = {k: [v["dtype"], v["shape"], b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]] for k, v in h.items()}
A, B = ("base_model.model.bert.encoder.layer.0.attention.self.query.lora_%s.weight" % x for x in "AB")
method = lambda **k: m.update({"mc.method": json.dumps({**json.loads(m["mc.method"]), **k})})
exec(sys.argv[1])
h, data = {"__metadata__": m}, b""
for k, (ty, shape, raw) in t.items():
    h[k] = {"dtype": ty, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
h = json.dumps(h).encode()
sys.stdout.buffer.write(struct.pack("<Q", len(h)) + h + data)' "$1"
}
change_delta() { as_document "$2" < "$1" > "$T/bad"; }

@test "a delta that is damaged is one line and no output: its method, its tensors, its base" {
    local evaluates="'$E' --base '$F/a.st.gz' -o '$T/x' '$F/dev.tok.gz' < '$T/bad'" folds="'$B/mc-fold' --base '$F/a.st.gz' -o '$T/x' '$T/bad'"
    local trains="'${N[0]}' --train '$F/train.tok.gz' -q --base '$F/a.st.gz' --steps 1 -o '$T/x' < '$T/bad'"
    wrong() { # wrong CODE WORD...
        change_delta "$F/lora-1.st.gz" "$1"
        shift
        for c in "$evaluates" "$folds" "$trains"; do fails 1 "$@" -- line "$c"; done
        [ ! -e "$T/x" ]
    }
    change_delta "$F/lora-1.st.gz" 'pass'
    line "$evaluates"
    rm "$T/x"
    wrong 'm["mc.method"] = "{\"name\": \"lora\""' mc.method "line 1"
    wrong 'm["mc.method"] = "[1]"' mc.method "no method"
    wrong 'm["mc.method"] = "a\nb" * 99999' mc.method
    wrong 'method(name="dora")' "'dora' is no method"
    wrong 'method(name=3)' mc.method
    wrong 'del m["mc.method"]' mc.method
    for k in r=0 'r="10"' r=2.5 alpha=0 'alpha="16"' dropout=1 'targets=[]' 'targets="query"' 'targets=[1]'; do
        wrong "method($k)" mc.method
    done
    wrong 'method(r=9)' "query.lora_A.weight is not ["
    wrong 't[A][1] = [16, 10]' "query.lora_A.weight is not ["
    wrong 't[B][1] = [160]' "query.lora_B.weight is not ["
    wrong 't[B][1] = [8, 20]' "query.lora_B.weight is not ["
    wrong 't[B][1] = [4, 4, 10]' "query.lora_B.weight" "no shape of"
    wrong 't[A][0], t[A][2] = "F16", t[A][2][:320]' "query.lora_A.weight is F16"
    wrong 'del t[B]' "no tensor $(meta_name B)"
    wrong 'del t[A]' "no tensor $(meta_name A)"
    wrong 'del t[A], t[B]' "no tensor $(meta_name A)"
    wrong 'method(targets=["query", "value", "key"])' "no tensor base_model.model.bert.encoder.layer.0.attention.self.key.lora_A.weight"
    wrong 'method(maps={"bert.encoder.layer.0.attention.self.key": {"r": 1, "alpha": 1}})' "mc.method: maps" "self.key'"
    wrong 'method(maps={"query": {"r": 1, "alpha": 1}})' "mc.method: maps" "'query'"
    wrong 'method(maps={"q" * 5000: {"r": 1, "alpha": 1}})' "mc.method: maps"
    wrong 'method(maps={A: {"r": 1, "alpha": 1}})' "mc.method: maps"
    wrong 't["extra.weight"] = t[A]' "extra.weight is none of a lora delta"
    wrong 't[A.replace("query", "key")] = t[A]' "key.lora_A.weight is none of a lora delta"
    wrong 't["base_model.model.classifier.weight"][1] = [16, 2]' classifier.weight "another shape"
    wrong 'm["mc.base"] = "0" * 32' "over the base" "$F/a.st.gz"
    for c in '"\\n"' '"0" * 31 + "g"' '"a" * 99999'; do wrong "m['mc.base'] = $c" "mc.base is no digest"; done
    wrong 'del m["mc.base"]' "names no base"
    wrong 'm["mc.config"] = json.dumps({**json.loads(m["mc.config"]), "hidden_act": "relu"})' "hidden_act=relu" "base's hidden_act=gelu"
    wrong 'm["mc.config"] = json.dumps({**json.loads(m["mc.config"]), "num_attention_heads": 4})' "num_attention_heads=4"
    gzip -dc "$F/lora-1.st.gz" | head -c -7 > "$T/bad"
    for c in "$evaluates" "$folds" "$trains"; do fails 1 -- line "$c"; done
    cut_off "$F/lora-1.st.gz" 60 "$T/bad"
    for c in "$evaluates" "$folds" "$trains"; do fails 1 -- line "$c"; done
    [ ! -e "$T/x" ]
    # other methods name their tensors
    change_delta "$F/adapter-1.st.gz" 'method(bottleneck=11)'
    fails 1 "adapter.down.weight is not [" -- line "$evaluates"
    change_delta "$F/adapter-1.st.gz" 'method(bottleneck="12")'
    fails 1 "bottleneck" -- line "$evaluates"
    change_delta "$F/adapter-1.st.gz" '[t.pop("bert.encoder.layer.1.output.adapter.%s.weight" % k) for k in ("down", "up")]'
    fails 1 "no tensor bert.encoder.layer.1.output.adapter.down.weight" -- line "$evaluates"
    change_delta "$F/bitfit-1.st.gz" 't["bert.pooler.dense.bias"][1] = [4, 4]'
    fails 1 "bert.pooler.dense.bias" "another shape" -- line "$evaluates"
    change_delta "$F/head-1.st.gz" 't["other"] = t["classifier.bias"]'
    fails 1 "other" -- line "$evaluates"
}
@test "a path of products: maps with ranks and alphas of their own, tensors that are stored whole" {
    change_delta "$F/lora-1.st.gz" '
b = t[B][2]
t[A][1], t[A][2] = [4, 16], t[A][2][:4 * 64]
t[B][1], t[B][2] = [16, 4], b"".join(b[i * 40:i * 40 + 16] for i in range(16))
method(maps={A[17:-14]: {"r": 4, "alpha": 9}}, rslora=True)
t["bert.pooler.dense.bias"] = ["F32", [16], struct.pack("<16f", *range(16))]'
    mv "$T/bad" "$T/own"
    change_delta "$F/lora-2.st.gz" 't["bert.pooler.dense.bias"] = ["F32", [16], bytes(64)]'
    mv "$T/bad" "$T/plain"
    on_folded_line "$T/own" "$T/plain"
    "$B/mc-pick" 1 < "$T/p" > "$T/1"
    meta "$T/1" mc.method | grep -q '"r":20,"alpha":20,.*"maps":{"bert.encoder.layer.0.attention.self.query":{"r":14,"alpha":14}}'
    meta "$T/1" mc.method | grep -q rslora && return 1
    [ "$(shape "$T/1" "$(meta_name A)")" = "F32 [14, 16]" ]
    fails 1 "different tensors" -- "$B/mc-interp" --base "$F/a.st.gz" --space product -o "$T/x" "$T/own" "$F/lora-2.st.gz"
}
meta_name() { echo "base_model.model.bert.encoder.layer.0.attention.self.query.lora_$1.weight"; }

@test "a checkpoint of a delta belongs to its base, its method and its input" {
    N+=(--method lora --steps 4)
    "${N[@]}" --checkpoint "$T/c" --checkpoint-every 2 < "$F/a.st.gz" > "$T/whole"
    fails 1 "another run" -- line "'${N[0]}' --train '$F/train.tok.gz' -q --method lora --steps 4 --resume '$T/c' -o '$T/x' < '$F/b.st.gz'"
    fails 1 "another run" -- line "'${N[0]}' --train '$F/train.tok.gz' -q --method adapter --steps 4 --resume '$T/c' -o '$T/x' < '$F/a.st.gz'"
    for o in '--rank 9' '--alpha 17' '--targets query'; do
        fails 1 "another run" -- line "'${N[0]}' --train '$F/train.tok.gz' -q --method lora $o --steps 4 --resume '$T/c' -o '$T/x' < '$F/a.st.gz'"
    done
    [ ! -e "$T/x" ]
    "${N[@]}" --resume "$T/c" < "$F/a.st.gz" > "$T/again"
    [ "$(digests "$T/again")" = "$(digests "$T/whole")" ]
}

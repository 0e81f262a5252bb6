#!/usr/bin/env bats
# make path: from directories and text to the barrier, for every kind of model and set.
load common

setup_file() {
    export F="$BATS_FILE_TMPDIR"
    local k
    for k in bert roberta t5; do
        "$B/mc-synth" --tokenizer "$F/$k" --kind $k
        sed -e 's/"\(hidden_size\|d_model\)": [0-9]*/"\1": 16/' -e 's/"\(num_hidden_layers\|num_layers\|num_decoder_layers\)": [0-9]*/"\1": 1/' "$F/$k/config.json" > "$F/$k.json"
        "$B/mc-init" "$F/$k.json" -t "$F/$k" --seed-init 1 | "$B/mc-export" "$F/model-$k" -t "$F/$k"
    done
    "$B/mc-synth" --task sentiment --split train -n 96 > "$F/train.tsv"
    "$B/mc-synth" --task sentiment --split dev -n 20 > "$F/dev.tsv"
    for k in train dev; do awk -F '\t' -v OFS='\t' '{ print $1, ($2 == "positive") + NR % 3 / 4 }' "$F/$k.tsv" > "$F/$k-stars.tsv"; done
}
setup() {
    command -v gnuplot > /dev/null || skip "gnuplot is not there"
    T="$BATS_TEST_TMPDIR"
    bin=$(cd "$B" && pwd)
    unset MAKEFLAGS MFLAGS MAKELEVEL
    cd "$BATS_TEST_DIRNAME/../.."
}

# path MODEL SETS VARIABLE=VALUE...: into $T/out, what it said in $T/said
path() {
    local model="$1" sets="$2"
    shift 2
    run=(make run-path TOOL="$bin" MODEL="$F/model-$model" TRAIN="$F/train$sets.tsv" DEV="$F/dev$sets.tsv" OUT="$T/out"
        POINTS=3 RECIPE='--epochs 1 --lr 1e-3' "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    [ "$(wc -l < "$T/out/path-1-2.tsv")" -eq 4 ]
    [ "$(wc -l < "$T/out/each-1-2.tsv")" -eq 61 ]
    for f in distance.tsv path.svg path.png train.svg train.png; do [ -s "$T/out/$f" ]; done
    [ "$(cell "$T/out/barrier.tsv" points 2)" = 3 ]
    [ "$(cell "$T/out/barrier.tsv" verdict 2)" = undecided ]
    cmp -s "$T/out/seed-1.st.gz" "$T/out/seed-2.st.gz" && return 1
    grep -q mc-finetune "$T/said"
    "${run[@]}" > "$T/again" 2>&1
    grep mc- "$T/again" && return 1 # all is there
    [ "$(tail -n 1 "$T/said" | grep -c 'barrier')" -eq 1 ]
}

# The same run again with other variables.
path_again() { "${run[@]}" "$@" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }; }

@test "BERT" { path bert ''; }
@test "RoBERTa, from heads of their own" { path roberta '' VARY=init; }
@test "regression" {
    path roberta -stars TOKENIZE=--regression
    [ "$(cell "$T/out/path-1-2.tsv" pearson 2)" != nan ]
}
@test "T5 by templates, two finished ones as well" {
    local t="--source '{1} <extra_id_0>' --target '<extra_id_0>{label}'"
    path t5 '' TOKENIZE="$t"
    [ "$(cell "$T/out/barrier.tsv" metric 2)" = loss ]
    for k in 1 2; do "$bin/mc-export" "$T/$k" -t "$F/t5" < "$T/out/seed-$k.st.gz"; done
    make run-path TOOL="$bin" A="$T/1" B="$T/2" DEV="$F/dev.tsv" OUT="$T/joined" POINTS=3 TOKENIZE="$t" > "$T/said" 2>&1
    cmp <(cut -f 1-15 "$T/joined/barrier.tsv") <(cut -f 1-15 "$T/out/barrier.tsv")
}
@test "T5 with free answers" {
    path t5 '' TOKENIZE=--free EVAL='--max-new 4' BARRIER='--metric token_f1'
    [ "$(cell "$T/out/barrier.tsv" metric 2)" = token_f1 ]
}
# A tuning method's deltas instead of whole models.
@test "adapters; a changed method, and nothing that it does not touch, is made again" {
    path bert '' METHOD=adapter RECIPE='--epochs 1 --lr 1e-2'
    "$bin/mc-info" --tsv "$T/out/seed-1.st.gz" | sed -n 2p | cut -f 3 | grep -qx delta
    cp "$T/out/base.st.gz" "$T/base"
    path bert '' METHOD=prefix RECIPE='--epochs 1 --lr 1e-2 --prefix-len 4'
    meta "$T/out/seed-1.st.gz" mc.method | grep -q prefix
    path bert '' METHOD=lora RECIPE='--epochs 1 --lr 1e-2'
    grep -q 'mc-finetune.*seed-2' "$T/said"
    grep -Eq 'mc-(import|tokenize)' "$T/said" && return 1
    cmp "$T/base" "$T/out/base.st.gz"
    meta "$T/out/seed-1.st.gz" mc.method | grep -q lora
    cp "$T/out/seed-1.st.gz" "$T/end"
    path_again METHOD=lora SPACE=product RECIPE='--epochs 1 --lr 1e-2' # the path alone
    grep -q 'mc-interp .*--space product' "$T/said"
    grep -Eq 'mc-(finetune|import|tokenize|dist)' "$T/said" && return 1
    cmp "$T/end" "$T/out/seed-1.st.gz"
}
@test "LoRA from other starts, of a model with its own head; of a T5" {
    "$bin/mc-init" "$F/bert.json" -t "$F/bert" --seed-init 1 --labels negative,positive | "$bin/mc-export" "$F/model-own" -t "$F/bert"
    path own '' METHOD=lora VARY=init
    ends=("$T/out/seed-1.st.gz" "$T/out/seed-2.st.gz")
    [ "$(meta "${ends[0]}" mc.base)" = "$(meta "${ends[1]}" mc.base)" ]
    "$bin/mc-dist" --by tensor --base "$T/out/base.st.gz" "${ends[@]}" | awk -F '\t' '/query/ { far += $5 } END { exit !(far > 0) }'
    run make run-path TOOL="$bin" MODEL="$F/model-own" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none" POINTS=3 METHOD=bitfit VARY=init
    [ "$status" -ne 0 ]
    [[ "$output" == *"--method bitfit draws nothing else"* ]]
    rm -r "$T/out"
    path t5 '' TOKENIZE="--source '{1} <extra_id_0>' --target '<extra_id_0>{label}'" METHOD=lora SPACE=product VARY=init
}
@test "what METHOD, SPACE and VARY may be is judged first" {
    for wrong in METHOD=none "METHOD=lora head" SPACE=weights VARY=seed SPACE=product "SPACE=product;METHOD=adapter"; do
        IFS=';' read -ra given <<< "$wrong"
        run make -n run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" "${given[@]}"
        [ "$status" -eq 2 ] || { echo "$wrong: $output"; return 1; }
        [[ "$output" != *mc-* && "$output" == *"${wrong%%=*}="* ]] || { echo "$wrong: $output"; return 1; }
    done
    run make -n run-path TOOL="$bin" A="$F/model-bert" B="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/out" METHOD=lora
    [ "$status" -eq 2 ] && [[ "$output" == *"METHOD=lora"* ]]
    [ ! -e "$T/out" ]
}
@test "T5 without a head to vary" {
    run make run-path TOOL="$bin" MODEL="$F/model-t5" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" TOKENIZE=--free VARY=init
    [ "$status" -ne 0 ]
    [[ "$output" == *"a text-to-text model has no head to draw"* ]]
}

@test "make methods: a rate of several, a row a seed, both pairs joined, LoRA's in both spaces" {
    methods() {
        make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" METHODS="lora head" \
            METHODS_SEEDS="1 2" METHODS_POINTS=3 METHODS_RECIPE='--steps 2 --batch 8' METHODS_RATES_lora='1e-3 1e-2' \
            METHODS_RATES_head=1e-2 "$@" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    }
    local M="$T/out/methods"
    methods
    [ "$(wc -l < "$M/lora.rate")" -eq 2 ]
    [ "$(cut -f 1-3 "$M/methods.tsv" | sed 1d | cut -f 1,3 | tr '\n\t' ' -')" = "lora-1 lora-2 head-1 head-2 " ]
    awk -F '\t' 'NF != 9 { print; exit 1 }' "$M/methods.tsv"
    [ "$(cut -f 16 "$M/barrier.tsv" | sed 's|.*/path-||; 1d' | tr '\n' ' ')" = "lora-same.tsv lora-other.tsv head-same.tsv head-other.tsv lora-product-same.tsv lora-product-other.tsv " ]
    grep -q '<svg' "$M/same.svg"
    grep -q '<svg' "$M/other.svg"
    methods
    grep -Eq 'mc-(finetune|interp|eval)' "$T/said" && return 1
    methods METHODS_RATES_head='1e-2 1e-1' # head's runs alone
    grep -q 'mc-finetune.*--method head' "$T/said"
    grep -q 'mc-finetune.*--method lora' "$T/said" && return 1
    run make run-methods MODEL="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/none"
    [ "$status" -eq 2 ] && [[ "$output" == *"TRAIN="* ]] && [ ! -e "$T/none" ]
}

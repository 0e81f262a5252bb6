#!/usr/bin/env bats
# make path: from directories and text to the barrier, for every kind of model and set.
load common
load pipelines

# path MODEL SETS VARIABLE=VALUE...: into $T/out, what it said in $T/said
path() {
    local model="$1" sets="$2"
    shift 2
    run=(make run-path TOOL="$bin" MODEL="$F/model-$model" TRAIN="$F/train$sets.tsv" DEV="$F/dev$sets.tsv" OUT="$T/out"
        POINTS=3 RECIPE='--epochs 1 --lr 1e-3' "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    [ "$(wc -l < "$T/out/path-1-2.tsv")" -eq 4 ]
    [ "$(wc -l < "$T/out/each-1-2.tsv")" -eq 61 ]
    for f in distance.tsv path.{svg,png,pdf} train.{svg,png,pdf}; do [ -s "$T/out/$f" ]; done
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
    # where ends were trained before, the page does not show that training as these ends'
    grep -q 'Training of the ends' "$T/out/report.html"
    make run-path TOOL="$bin" A="$T/1" B="$T/2" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 TOKENIZE="$t" > "$T/said" 2>&1
    grep 'Training of the ends' "$T/out/report.html" && return 1
    [ ! -e "$T/out/train.svg" ]
    [ -s "$T/out/seed-1.st.gz" ]
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
    for wrong in METHOD=none METHOD= "METHOD=lora soup" SPACE=weights VARY=seed VARY= SPACE=product "SPACE=product;METHOD=lora full" "SPACE=product;METHOD=adapter"; do
        IFS=';' read -ra given <<< "$wrong"
        run make -n run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" "${given[@]}"
        [ "$status" -eq 2 ] || { echo "$wrong: $output"; return 1; }
        [[ "$output" != *mc-* && "$output" == *"${wrong%%=*}="* ]] || { echo "$wrong: $output"; return 1; }
    done
    run make -n run-path TOOL="$bin" A="$F/model-bert" B="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/out" METHOD=lora
    [ "$status" -eq 2 ]
    [[ "$output" == *"METHOD=lora"* ]]
    [ ! -e "$T/out" ]
}
@test "T5 without a head to vary" {
    run make run-path TOOL="$bin" MODEL="$F/model-t5" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" TOKENIZE=--free VARY=init
    [ "$status" -ne 0 ]
    [[ "$output" == *"a text-to-text model has no head to draw"* ]]
}

@test "every variable's value is remembered: what depends on it is made again, and nothing else" {
    cp -r "$F/model-bert" "$T/m2"
    cp "$F/train.tsv" "$T/t1.tsv"
    head -n 64 "$F/train.tsv" > "$T/t2.tsv"
    cp "$F/dev.tsv" "$T/d1.tsv"
    tail -n 18 "$F/dev.tsv" > "$T/d2.tsv"
    touch -d 2020-01-01 "$T"/*.tsv "$T"/m2/*
    local out="$T/out"
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$T/t1.tsv" DEV="$T/d1.tsv" OUT="$out" POINTS=3
        RECIPE='--epochs 1 --lr 1e-3')
    "${run[@]}" > "$T/said" 2>&1
    local figures="path.svg path.png" curves="train.svg train.png" tokens="train.tok.gz dev.tok.gz"
    local heights="barrier.tsv barrier-metric.tsv sweep.tsv report.html"
    local scores="path-1-2.tsv each-1-2.tsv $figures $heights" distances="distance-1-2.tsv distance.tsv"
    local ends="seed-1.st.gz seed-1.log.tsv seed-1.dev seed-2.st.gz seed-2.log.tsv seed-2.dev $curves $distances $scores"
    remade "$out" "dev.tok.gz $scores" DEV="$T/d2.tsv"
    remade "$out" "train.tok.gz $ends" TRAIN="$T/t2.tsv"
    remade "$out" "base.st.gz $tokens $ends" MODEL="$T/m2"
    remade "$out" "base.st.gz $ends" LABELS=negative,positive
    remade "$out" "base.st.gz $ends" SEED_SHARED=3
    remade "$out" "$tokens $ends" TOKENIZE='--max-len 32'
    remade "$out" "$tokens $ends" TOKENIZER="$F/bert"
    remade "$out" "$ends" RECIPE='--epochs 1 --lr 2e-3'
    remade "$out" "$ends" METHOD=lora
    remade "$out" "$ends" VARY=all
    remade "$out" "$scores" POINTS=4
    remade "$out" "$scores" HEAD=0
    remade "$out" "$scores" EVAL='--examples 15'
    remade "$out" "$scores" ALSO_TRAIN=1
    remade "$out" "dev-other.tok.gz $scores" DEVS="other=$T/d2.tsv"
    remade "$out" "$heights $figures" BARRIER='--epsilon 0.5'
    remade "$out" "$figures report.html" TITLE='one: "two"'
    remade "$out" "$figures $curves report.html" WIDTH=85mm
    grep -q 'width="85mm"' "$out/path.svg"
    remade "$out" '' RUN='env LANG=C' V=1 # how, not what
    seq 0 49 > "$T/only.txt"
    remade "$out" "$ends" RECIPE="--steps 2 --lr 2e-3 --only $T/only.txt"
    seq 0 40 > "$T/only.txt" # a file that options name
    touch -d 2020-01-01 "$T/only.txt"
    remade "$out" "$ends"
    # the same names with other contents, the files still old
    cp -p "$T/d1.tsv" "$T/d2.tsv"
    remade "$out" "dev.tok.gz dev-other.tok.gz $scores"
    touch -d 2020-01-02 "$T/m2/config.json"
    remade "$out" "base.st.gz $ends" # the tokenizer is another directory's
    remade "$out" "seed-3.st.gz seed-3.log.tsv seed-3.dev path-1-3.tsv each-1-3.tsv $heights $figures $curves \
        distance-1-3.tsv distance.tsv" PAIRS='1-2 1-3'
    files_of "$out" > "$T/before"
    "${run[@]}" PAIRS=1-2 > "$T/said" 2>&1
    "${run[@]}" > "$T/said" 2>&1
    grep -q 'mc-[fite]' "$T/said" && return 1 # back again: only the tables and figures of all pairs
    [ "$(wc -l < "$out/distance.tsv")" -eq 3 ]
}
@test "another set to evaluate on never tunes again, and the figure names the set of each log" {
    path bert ''
    grep -q 'seed 1, dev: dev.tsv' "$T/out/train.svg"
    cp "$T/out/seed-1.st.gz" "$T/end"
    sed 's/negative$/positive/' "$F/dev.tsv" > "$T/<new> & 'it'.tsv"
    path_again DEV="$T/<new> & 'it'.tsv"
    grep -q mc-finetune "$T/said" && return 1
    cmp "$T/end" "$T/out/seed-1.st.gz"
    path_again DEV="$T/<new> & 'it'.tsv" PAIRS=1-3 # seed 3 is new, and its log has the new set
    grep -q 'mc-finetune.*seed-1' "$T/said" && return 1
    grep -q 'seed 1, dev: dev.tsv' "$T/out/train.svg"
    grep -q "seed 3, dev: &lt;new&gt; &amp; 'it'.tsv\|seed 3, dev: &lt;new> &amp; 'it'.tsv" "$T/out/train.svg"
}
@test "several sets in one pass, and the training set along the path" {
    head -n 10 "$F/dev.tsv" > "$T/few.tsv"
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" OUT="$T/out" POINTS=3 RECIPE='--steps 2')
    path_again DEV="$F/dev.tsv" DEVS="few=$T/few.tsv hard.2=$F/dev.tsv" ALSO_TRAIN=1
    [ "$(cut -f 1 "$T/out/barrier.tsv" | sed 1d | tr '\n' ' ')" = "dev few hard.2 train " ]
    [ "$(awk -F '\t' '$3 == "few" && NR > 1 { print $4 }' "$T/out/path-1-2.tsv" | sort -u)" = 10 ]
    [ "$(grep -c mc-eval "$T/said")" -eq 1 ]
    [ "$(grep -c "barrier 0\|barrier [0-9]" "$T/said")" -eq 4 ]
    path_again DEVS="few=$T/few.tsv" # the first is that of the logs, which stay
    grep -q mc-finetune "$T/said" && return 1
    [ "$(cut -f 1 "$T/out/barrier.tsv" | sed 1d)" = few ]
    "$bin/mc-export" "$T/1" -t "$F/bert" < "$T/out/seed-1.st.gz"
    make run-path TOOL="$bin" A="$T/1" B="$T/1" DEV="$F/dev.tsv" TRAIN="$F/train.tsv" ALSO_TRAIN=1 POINTS=2 OUT="$T/joined" > "$T/said" 2>&1
    [ "$(cut -f 1 "$T/joined/barrier.tsv" | sed 1d | tr '\n' ' ')" = "dev train " ]
    for wrong in "few" "=x" "few=" "few=$T/none.tsv" "few=$T/few.tsv few=$T/few.tsv" "dev=$T/few.tsv" "a,b=$T/few.tsv"; do
        refused DEVS "${run[@]}" OUT="$T/none" DEV="$F/dev.tsv" DEVS="$wrong"
    done
    refused DEVS "${run[@]}" OUT="$T/none" DEVS="train=$T/few.tsv" ALSO_TRAIN=1
    refused ALSO_TRAIN "${run[@]}" OUT="$T/none" DEV="$F/dev.tsv" ALSO_TRAIN=yes
}

# refused WORD COMMAND...: status 2, one line that holds WORD, no program is named and nothing is made in $T/none.
refused() {
    local word="$1"
    shift
    "$@" > "$T/said" 2>&1 && { echo "accepted: $*"; return 1; }
    [ "$(wc -l < "$T/said")" -eq 1 ] || { echo "$*"; cat "$T/said"; return 1; }
    grep -qF -- "$word" "$T/said" || { echo "$*"; cat "$T/said"; return 1; }
    grep -q 'mc-[a-z]* -' "$T/said" && { cat "$T/said"; return 1; }
    [ ! -e "$T/none" ] || { echo "made: $*"; return 1; }
}
@test "what is wrong is told in one line before anything runs" {
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none")
    refused DEV=nothere.tsv "${run[@]}" DEV=nothere.tsv
    refused TRAIN= "${run[@]}" TRAIN="$F"
    refused DEV=- "${run[@]}" DEV=-
    refused huggingface-cli "${run[@]}" MODEL=bert-base-uncased
    refused config.json "${run[@]}" MODEL="$T"
    refused TOKENIZER= "${run[@]}" TOKENIZER="$T/nowhere"
    refused POINTS=x "${run[@]}" POINTS=x
    refused POINTS=1 "${run[@]}" POINTS=1
    for n in 0 1 x; do
        refused DEMO_POINTS=$n make run-demo TOOL="$bin" DEMO="$T/none" DEMO_POINTS=$n
        refused MODELS_POINTS=$n make run-models TOOL="$bin" MO="$T/none" MODELS_POINTS=$n
        refused METHODS_POINTS=$n make run-methods "${run[@]:2}" METHODS_POINTS=$n
    done
    [ "$(sed -n 's/^methods := //p' pipelines/rules.mk)" = "$("$bin/mc-finetune" --help | sed -n 's/^  --method \([^ ]*\) .*/\1/p' | tr '|' ' ')" ]
    refused SEED_SHARED= "${run[@]}" SEED_SHARED=a
    refused HEAD=2 "${run[@]}" HEAD=2
    for p in 1 1-1 a-b 1-2-3 '1 - 2' ' ' -1-2 1- '1-2 1-2' '1-2 3-4 2-1' 1-01 '1-2 01-2' 00-1; do refused PAIRS= "${run[@]}" PAIRS="$p"; done
    refused RECIPE= "${run[@]}" RECIPE="--lr '1e-3"
    refused TITLE= "${run[@]}" TITLE=$'two\nlines'
    for p in 5cm wide '85 mm' -85 '$(shell id)' $'85mm\n'; do refused WIDTH= "${run[@]}" WIDTH="$p"; done
    refused A= "${run[@]}" A="$F/model-bert"
    refused MODEL= "${run[@]}" A="$F/model-bert" B="$F/model-bert"
    run=(make run-path TOOL="$bin" A="$F/model-bert" B="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/none")
    refused TRAIN= "${run[@]}" TRAIN="$F/train.tsv"
    refused LABELS= "${run[@]}" A="$F/dev.tsv" B="$F/dev.tsv" TOKENIZER="$F/bert" LABELS=a,b
    refused TOKENIZER= "${run[@]}" A="$F/dev.tsv" B="$F/dev.tsv"
    refused nowhere "${run[@]}" BASE="$T/nowhere"
    refused DEV= make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV=no.tsv OUT="$T/none"
    refused TOKENIZER= make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none" TOKENIZER=none
    refused 'a file, not a directory: the directory with tokenizer.json or vocab.txt is wanted' "${run[@]}" TOKENIZER="$F/bert/vocab.txt"
    refused METHODS= make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none" METHODS=lore
    refused METHODS_SEEDS= make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none" METHODS_SEEDS=1
    refused DEMO_PAIRS= make run-demo TOOL="$bin" DEMO="$T/none" DEMO_PAIRS=12
    refused DEMO_SAVE= make run-demo TOOL="$bin" DEMO="$T/none" DEMO_SAVE='0 x'
    refused DEMO_STEPS=5 make run-demo TOOL="$bin" DEMO="$T/none" DEMO_SAVE='0 9' DEMO_STEPS=5
    refused DEMO_STEPS= make run-demo TOOL="$bin" DEMO="$T/none" DEMO_STEP=5
    refused MODELS_KINDS= make run-models TOOL="$bin" MO="$T/none" MODELS_KINDS=bart
}
@test "options that a pipeline gives itself are refused, in every variable of options" {
    local text=(TRAIN="$F/train.tsv" DEV="$F/dev.tsv") of p v k
    run=(make TOOL="$bin" MODEL="$F/model-bert" OUT="$T/none")
    # gives GOAL VARIABLE OPTIONS...: each is not for you to give
    gives() {
        local goal="$1" name="$2" option
        for option in "${@:3}"; do
            option=${option%%[ =]*}
            refused "$name=" "${run[@]}" "${text[@]}" "run-$goal" "$name=$option x"
            refused "$option is not for you to give: make $goal sets it" "${run[@]}" "${text[@]}" "run-$goal" "$name=-q '$option'=x"
        done
    }
    for p in path q1 methods; do gives $p TOKENIZE -t --task -o; done
    for p in path q1; do
        gives $p EVAL --per-example --base -o
        gives $p BARRIER --per-example --over -o
    done
    gives path RECIPE --train --method --seed --seed-order --dev --log --checkpoint --summary -o
    refused '--metric is not for you to give' "${run[@]}" "${text[@]}" run-path METRIC=accuracy BARRIER='--metric loss'
    gives q1 Q1_RECIPE --train --method --lr --batch --seed
    gives q1 Q1_LONG --train --method
    gives q1 Q1_OPTIONS_lora --method --lr
    gives q1 Q1_CURVE --only --base --lr
    gives q1 Q1_MIX --kind --by --dev
    gives methods METHODS_RECIPE --train --method --lr --only --seed
    refused '--task is not for you to give: make paper sets it' make TOOL="$bin" MODEL="$F/model-t5" "${text[@]}" OUT="$T/none" -n paper TOKENIZE='--task x'
    refused '-o is not for you to give: make demo sets it' make TOOL="$bin" DEMO="$T/none" run-demo DEMO_RECIPE='-o x'
    refused '--dev is not for you to give: make models sets it' make TOOL="$bin" MO="$T/none" run-models MODELS_RECIPE_t5='--dev x'
    # words that only look like them
    "${run[@]}" "${text[@]}" -n run-path RECIPE='--optimizer sgd --lr-o 1' TOKENIZE="--source 'a -o b'" > /dev/null
}
@test "variables that no one reads are told, with the nearest" {
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none")
    refused 'PAIRS=' "${run[@]}" PAIR='1-2 3-4'
    refused 'WARMUP= is no variable of make path' "${run[@]}" WARMUP=.1
    refused 'RECIPE="--warmup ..."' "${run[@]}" WARMUP=.1
    refused 'TOKENIZE=' "${run[@]}" TOKENISE=--header
    refused 'SEED_SHARED=' "${run[@]}" SEEDS='1 2'
    refused METHODS_SEEDS "${run[@]}" METHODS_SEEDS='1 2'
    refused METHODS_POINTS= make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none" POINTS=3
    refused DEMO_PAIRS= make run-demo TOOL="$bin" DEMO="$T/none" PAIRS=1-2
    "${run[@]}" -n V=1 SAN=0 CC=gcc CFLAGS=-O1 > /dev/null
}
@test "the environment steers nothing" {
    # a fraction of the run, so that a variable that slips through is seen in the commands
    (for v in $(awk -F '\t' '$1 ~ /(^| )path( |$)/ { print $2 }' pipelines/variables.tsv); do export "$v=steered"; done
    [ "$RUN$SEED_SHARED$A" = steeredsteeredsteered ]
    make -n run-path TOOL="$bin" A="$F/model-bert" B="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/none"
    make -n run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv"
    make -n run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv"
    make -n run-demo TOOL="$bin"
    make -n run-models TOOL="$bin"
    export METHODS=steered METHODS_SEEDS=steered METHODS_RECIPE=steered METHODS_RATES_lora=steered DEMO_PAIRS=steered MODELS_INIT_t5=steered \
        MODELS_TOKENIZE_roberta=steered MODELS_KINDS=steered DEMO=steered MO=steered P=steered D=steered MT=steered TOOL=steered KIND_A=steered KIND_BASE=peft BASE_full=steered JOINS=steered
    make -n run-path A="$F/model-bert" B="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/none"
    make -n run-methods MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv"
    make -n run-demo
    make -n run-models) > "$T/said" 2>&1
    grep -n steered "$T/said" && return 1
    grep -q "mc-interp .* -n 26" "$T/said"
    B=x MODEL=m refused MODEL= make run-path TOOL="$bin" OUT="$T/none" DEV="$F/dev.tsv"
    [ ! -e "$T/none" ]
}
@test "files and directories of any name; names of labels, titles" {
    local odd="it's \"a\" \$HOME \$(touch mc-run-1) \`touch mc-run-2\` \$(shell touch mc-run-3) #%:;&|*[x] \\n ä" k
    mkdir "$T/$odd"
    cp -r "$F/model-bert" "$T/$odd/model "
    cp "$F/train.tsv" "$T/$odd/train.tsv"
    sed "s/positive\$/it's \$good/" "$F/dev.tsv" > "$T/$odd/dev .tsv"
    sed "s/positive\$/it's \$good/" "$F/train.tsv" > "$T/$odd/train.tsv"
    run=(make run-path TOOL="$bin" MODEL="$T/$odd/model " TRAIN="$T/$odd/train.tsv" DEV="$T/$odd/dev .tsv" OUT="$T/out" POINTS=3
        RECIPE='--steps 2' LABELS="negative,it's \$good" TITLE="$odd <b> {/=9 x}_2 @x")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    "${run[@]}" > "$T/again" 2>&1
    grep mc- "$T/again" && return 1
    [ "$(meta "$T/out/seed-1.st.gz" mc.labels)" = "[\"negative\",\"it's \$good\"]" ]
    python3 -c "import sys, xml.dom.minidom as m; t = m.parse(sys.argv[1]).toxml(); assert '{/=9 x}_2 @x' in t and '\$HOME' in t" "$T/out/path.svg"
    for k in 1 2; do "$bin/mc-export" "$T/$odd/$k" -t "$F/bert" < "$T/out/seed-$k.st.gz"; done
    "$bin/mc-init" "$F/bert.json" -t "$F/bert" --seed-init 1 -o "$T/$odd/base.st.gz"
    make run-path TOOL="$bin" A="$T/$odd/1" B="$T/out/seed-2.st.gz" BASE="$T/$odd/base.st.gz" DEV="$T/$odd/dev .tsv" OUT="$T/joined" POINTS=3 > "$T/said" 2>&1 ||
        { cat "$T/said"; return 1; }
    cmp <(cut -f 1-15 "$T/joined/barrier.tsv") <(cut -f 1-15 "$T/out/barrier.tsv")
    ! ls mc-run-* 2> /dev/null || return 1
}
@test "folders of results: = and , work, what make takes for its own is refused" {
    local o s="$T/src"
    tree "$s"
    for o in lr=3e-5 'lr=3e-5,bs=32' a,b 'out/x=1/y=2,' 'ü+@^~1'; do
        make -C "$s" run-path TOOL="$bin" A="$F/model-own" B="$F/model-own" DEV="$F/dev.tsv" OUT="$o" POINTS=3 > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
        [ "$(wc -l < "$s/$o/path-A-B.tsv")" -eq 4 ]
        [ "$(wc -l < "$s/$o/distance.tsv")" -eq 2 ]
        grep -q '</svg>' "$s/$o/path.svg"
    done
    refused OUT= make -C "$s" --no-print-directory run-path TOOL="$bin" A="$F/model-own" B="$F/model-own" DEV="$F/dev.tsv" OUT=/
    refused OUT= make -C "$s" --no-print-directory run-path TOOL="$bin" A="$F/model-own" B="$F/model-own" DEV="$F/dev.tsv" OUT='$(shell touch run)'
    [ ! -e "$s/run" ]
    for o in 'a b' 'a:b' "a'b" 'a%b' 'a#b' 'a$b' 'a$(b)' 'a"b' 'a\b' 'a;b' 'a|b' 'a&b' 'a*b' 'a?b' 'a[b' 'a`b' 'a(b)' 'a<b' 'a{b}' 'a!b' '~/x' -x $'a\tb' $'a\nb' $'a\x01b' ''; do
        refused OUT= make -C "$s" --no-print-directory run-path TOOL="$bin" A="$F/model-own" B="$F/model-own" DEV="$F/dev.tsv" OUT="$o"
    done
    refused OUT= make -C "$s" --no-print-directory run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT='a b'
    refused DEMO= make -C "$s" --no-print-directory run-demo TOOL="$bin" DEMO='a:b'
    refused MO= make -C "$s" --no-print-directory run-models TOOL="$bin" MO='a%b'
}
# A source tree of one small program in $1, to be built in no time.
tree() {
    mkdir -p "$1/tools" "$1/lib/nn" "$1/include/mc"
    cp -r Makefile pipelines plots "$1"
    cp -r tools/completion tools/debian tools/man.awk tools/mctools "$1/tools"
    echo 'int main(void) { return 0; }' > "$1/tools/mc-none.c"
    echo 'extern int mc_none; int mc_none;' > "$1/lib/nn/none.c"
    echo '' > "$1/lib/nn/kern_impl.c"
    echo '#define MC_VERSION "0"' > "$1/include/mc/cli.h"
}
@test "make -n lists what would run, makes and builds nothing; make -j2 warns of nothing" {
    local s="$T/src"
    tree "$s"
    run=(make -C "$s" TOOL="$bin" A="$F/model-own" B="$F/model-own" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 CFLAGS="-DX='a b'")
    "${run[@]}" -n path > "$T/said" 2>&1
    [ "$(grep -c 'mc-import' "$T/said")" -eq 2 ]
    grep -q 'mc-interp .*| *[^ ]*mc-eval' "$T/said"
    grep -q 'tools/mc-none.c' "$T/said" # it is not built yet
    [ ! -e "$T/out" ]
    [ ! -e "$s/build" ]
    "${run[@]}" -j2 path > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    grep -i 'jobserver\|warning' "$T/said" && return 1
    [ -x "$s/build/bin/mc-none" ]
    find "$s" "$T/out" | sort | xargs stat -c '%n %.9Y' > "$T/before"
    "${run[@]}" -n path > "$T/said" 2>&1
    grep 'mc-\|gcc\|gnuplot' "$T/said" && return 1
    "${run[@]}" -n POINTS=4 path > "$T/said" 2>&1
    grep -q mc-eval "$T/said"
    grep 'mc-import\|mc-dist\|gcc' "$T/said" && return 1
    make -C "$s" --no-print-directory -n all CFLAGS="-DX='a b'" > "$T/said" 2>&1
    [[ "$(cat "$T/said")" = "make: Nothing to be done for 'all'." ]]
    make -C "$s" --no-print-directory -n all CFLAGS=-DX=b > "$T/said" 2>&1 # other flags
    grep -q gcc "$T/said"
    find "$s" "$T/out" | sort | xargs stat -c '%n %.9Y' > "$T/after"
    cmp "$T/before" "$T/after"
    make -C "$s" --no-print-directory -n demo TOOL="$bin" CFLAGS="-DX='a b'" > "$T/said" 2>&1
    grep 'gcc\|make' "$T/said" && return 1
    grep -q mc-finetune "$T/said"
    [ ! -e "$s/out" ]
}
# A program of this name, which writes the half of its target and kills make.
killer() { # killer NAME TARGET COMMAND
    mkdir -p "$T/bin"
    cat > "$T/bin/$1" <<K
#!/bin/bash
printf half > '$2'
$3
p=\$PPID
while read -r _ name _ parent _ < "/proc/\$p/stat" && [ "\$name" != '(make)' ]; do p=\$parent; done
kill -9 "\$p"
K
    chmod +x "$T/bin/$1"
}
@test "half a file of a rule that was killed is not taken for the whole" {
    local name
    run=(make run-path MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 RECIPE='--steps 2')
    mkdir -p "$T/bin"
    for p in "$bin"/mc-*; do ln -s "$p" "$T/bin/"; done
    for name in mc-import=base.st.gz mc-tokenize=dev.tok.gz mc-finetune=seed-1.st.gz mc-eval=path-1-2.tsv mc-interp=each-1-2.tsv mc-barrier=barrier.tsv \
        mc-dist=distance-1-2.tsv awk=distance.tsv gnuplot=path.svg gnuplot=train.png; do
        rm -f "$T/bin/${name%%=*}"
        killer "${name%%=*}" "$T/out/${name#*=}" "$([[ "$name" == mc-* ]] || echo "printf half > '$T/out/${name#*=}.part'")"
        rc=0
        PATH="$T/bin:$PATH" "${run[@]}" TOOL="$T/bin" > "$T/said" 2>&1 || rc=$?
        [ "$rc" -eq 137 ] || { echo "$name: $rc"; cat "$T/said"; return 1; }
        rm "$T/bin/${name%%=*}"
        [ ! -e "$bin/${name%%=*}" ] || ln -s "$bin/${name%%=*}" "$T/bin/"
        [ "$(cat "$T/out/${name#*=}")" = half ] # newer than what it is made of
    done
    "${run[@]}" TOOL="$bin" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    grep -lx half "$T"/out/* && return 1
    ls "$T"/out/*.part && return 1
    make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/whole" POINTS=3 RECIPE='--steps 2' > /dev/null 2>&1
    for f in distance.tsv path-1-2.tsv each-1-2.tsv path.svg; do cmp "$T/out/$f" "$T/whole/$f"; done
}
@test "a stage that fails: why stands last, what was made stays, the log too" {
    run=(make run-path TOOL="$bin" A="$F/model-own" B="$F/model-t5" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3)
    "${run[@]}" > "$T/said" 2>&1 && return 1
    tail -n 2 "$T/said" | head -n 1 | grep -q '^mc-[a-z]*: error: '
    [ "$(tail -n 1 "$T/said" | grep -c '^make: .*Error')" -eq 1 ]
    # mc-interp is why, though mc-eval has lost its input
    "$bin/mc-init" "$F/bert.json" -t "$F/bert" --labels negative,other --seed-init 1 | "$bin/mc-export" "$T/other" -t "$F/bert"
    "${run[@]}" B="$T/other" > "$T/said" 2>&1 && return 1
    tail -n 2 "$T/said" | head -n 1 | grep -q '^mc-interp: error: '
    [ ! -e "$T/out/path-A-B.tsv" ]
    [ ! -e "$T/out/.path-A-B.said" ]
    # an open log
    make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/tuned" POINTS=3 RECIPE='--steps 200 --lr 1e30 --clip 0' > "$T/said" 2>&1 && return 1
    tail -n 2 "$T/said" | head -n 1 | grep -q '^mc-finetune: error: '
    grep 'Deleting' "$T/said" && return 1
    [ ! -e "$T/tuned/seed-1.st.gz" ]
    [ "$(wc -l < "$T/tuned/seed-1.log.tsv")" -ge 1 ]
    [ -n "$(tail -c 1 "$T/tuned/seed-1.log.tsv")" ] # how far it came; unfinished
    gnuplot -c plots/train.gp "$T/tuned/seed-1.log.tsv" "$T/log.svg"
    grep -q '</svg>' "$T/log.svg"
}
@test "finished models of every kind, joined with each other" {
    local t="$T/x" k pair
    mkdir "$t"
    "$bin/mc-import" "$F/model-own" -o "$t/base.st.gz"
    "$bin/mc-tokenize" -q -t "$F/bert" -o "$t/train" "$F/train.tsv"
    for k in 1 2; do
        "$bin/mc-finetune" -q --train "$t/train" --steps 3 --lr 1e-2 --seed $k < "$t/base.st.gz" > "$t/full$k.st.gz"
        "$bin/mc-finetune" -q --method lora --train "$t/train" --steps 3 --lr 1e-2 --seed $k < "$t/base.st.gz" > "$t/delta$k.st.gz"
        "$bin/mc-fold" --base "$t/base.st.gz" "$t/delta$k.st.gz" > "$t/fold$k.st.gz"
        "$bin/mc-export" "$t/dir$k" -t "$F/bert" < "$t/full$k.st.gz"
        "$bin/mc-export" "$t/peft$k" --peft --base "$t/base.st.gz" < "$t/delta$k.st.gz"
        cat "$t/base.st.gz" "$t/delta$k.st.gz" > "$t/both$k.st.gz"
        zcat "$t/full$k.st.gz" > "$t/plain$k.safetensors"
    done
    same() { # same A B WANT WANT [VARIABLE...]: the path from A to B is that from WANT to WANT
        local a="$1" b="$2" x="$3" y="$4"
        shift 4
        "$bin/mc-interp" -n 3 "$t/$x" "$t/$y" 2> /dev/null | "$bin/mc-eval" "dev=$t/dev" | cut -f 1-8 > "$T/want"
        make run-path TOOL="$bin" A="$t/$a" B="$t/$b" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 "$@" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
        cmp <(cut -f 1-8 "$T/out/path-A-B.tsv") "$T/want" || { echo "$a $b"; diff <(cut -f 1-8 "$T/out/path-A-B.tsv") "$T/want"; return 1; }
        make -n run-path TOOL="$bin" A="$t/$a" B="$t/$b" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 "$@" > "$T/again" 2>&1
        grep mc- "$T/again" && return 1
        [ "$(wc -l < "$T/out/distance.tsv")" -eq 2 ]
    }
    "$bin/mc-tokenize" -q -t "$F/bert" -o "$t/dev" "$F/dev.tsv"
    same dir1 dir2 full1.st.gz full2.st.gz
    same dir1 full2.st.gz full1.st.gz full2.st.gz
    same full1.st.gz dir2 full1.st.gz full2.st.gz
    same full1.st.gz plain2.safetensors full1.st.gz full2.st.gz TOKENIZER="$F/bert"
    same dir1 peft2 full1.st.gz fold2.st.gz BASE="$F/model-own"
    same peft1 dir2 fold1.st.gz full2.st.gz BASE="$t/base.st.gz"
    same peft1 full2.st.gz fold1.st.gz full2.st.gz BASE="$F/model-own"
    same both1.st.gz dir2 fold1.st.gz full2.st.gz
    same both1.st.gz both2.st.gz fold1.st.gz fold2.st.gz TOKENIZER="$F/bert"
    same delta1.st.gz dir2 fold1.st.gz full2.st.gz BASE="$F/model-own"
    "$bin/mc-init" "$F/bert.json" -t "$F/bert" --labels LABEL_0,LABEL_1 --seed-init 3 | "$bin/mc-export" "$t/unnamed" -t "$F/bert"
    make run-path TOOL="$bin" A="$t/unnamed" B="$t/full1.st.gz" LABELS=negative,positive DEV="$F/dev.tsv" OUT="$T/out" POINTS=2 > "$T/said" 2>&1
    grep 'stat:' "$T/said" && return 1
    # two deltas of one base stay deltas; their products move as what they fold into does
    make run-path TOOL="$bin" A="$t/peft1" B="$t/delta2.st.gz" BASE="$F/model-own" SPACE=product DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 > "$T/said" 2>&1
    "$bin/mc-interp" -n 3 "$t/fold1.st.gz" "$t/fold2.st.gz" | "$bin/mc-eval" "$t/dev" > "$T/want"
    for k in 2 3 4; do near "$(cell "$T/out/path-A-B.tsv" loss $k)" "$(cell "$T/want" loss $k)" 1e-5; done
    "$bin/mc-info" --tsv "$T/out/A.st.gz" | sed -n 2p | cut -f 3 | grep -qx delta
    refused BASE= make run-path TOOL="$bin" A="$t/peft1" B="$t/dir2" DEV="$F/dev.tsv" OUT="$T/none"
    refused 'PEFT' make run-path TOOL="$bin" MODEL="$t/peft1" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none"
    refused TOKENIZER= make run-path TOOL="$bin" A="$t/full1.st.gz" B="$t/full2.st.gz" DEV="$F/dev.tsv" OUT="$T/none"
    # a stream in MODEL's place, cut short
    make run-path TOOL="$bin" MODEL="$t/base.st.gz" TOKENIZER="$F/bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/tuned" POINTS=3 RECIPE='--steps 2' > "$T/said" 2>&1
    head -c 2000 "$t/full1.st.gz" > "$t/cut.st.gz"
    make run-path TOOL="$bin" A="$t/cut.st.gz" B="$t/dir2" DEV="$F/dev.tsv" OUT="$T/cut" > "$T/said" 2>&1 && return 1
    grep -q "error: .*cut.st.gz" "$T/said"
}
@test "a head that is missing, and one without names: the line says LABELS=, which mends it" {
    local k v
    cp -r "$F/model-own" "$T/unnamed"
    python3 - "$T/unnamed/config.json" <<'P'
import json, sys
c = json.load(open(sys.argv[1]))
del c["id2label"], c["label2id"]
json.dump(c, open(sys.argv[1], "w"))
P
    run=(make TOOL="$bin" DEV="$F/dev.tsv" OUT="$T/out" run-path)
    says() { # says TEXT VARIABLE=VALUE...: the run fails, no program says an error, and this is told
        "${run[@]}" "${@:2}" > "$T/said" 2>&1 && return 1
        grep -q 'mc-[a-z]*: error' "$T/said" && { cat "$T/said"; return 1; }
        [ "$(grep -cF "$1" "$T/said")" -eq 1 ] || { cat "$T/said"; return 1; }
    }
    says "make path: A=$F/model-bert has no head that gives labels: take a model that has one, or say LABELS=negative,positive" A="$F/model-bert" B="$F/model-own" POINTS=3
    says "make path: B=$T/unnamed: the outputs of its head have no names: say LABELS=negative,positive" A="$F/model-own" B="$T/unnamed" POINTS=3
    says "make path: MODEL=$T/unnamed: the outputs of its head have no names" MODEL="$T/unnamed" TRAIN="$F/train.tsv" RECIPE='--steps 1' POINTS=3
    "${run[@]}" A="$F/model-own" B="$T/unnamed" POINTS=3 LABELS=negative,positive > "$T/said" 2>&1
    [ -s "$T/out/path.svg" ]
    "${run[@]}" A="$F/model-own" B="$T/unnamed" POINTS=3 LABELS= HEAD=0 > "$T/said" 2>&1 # by the head that has names
    awk -F '\t' -v OFS='\t' '{ print $1, $2 == "positive" }' "$F/dev.tsv" > "$T/numbers.tsv"
    "${run[@]}" A="$T/unnamed" B="$T/unnamed" POINTS=3 DEV="$T/numbers.tsv" > "$T/said" 2>&1 # k meets the k-th output
    run=(make TOOL="$bin" DEV="$F/dev.tsv" OUT="$T/out" run-verdict)
    says "make verdict: A=$T/unnamed: the outputs of its head have no names" A="$T/unnamed" B="$F/model-own"
}
@test "CSV and JSONL by the ending of the name" {
    awk -F '\t' '{ gsub(/"/, "\"\"", $1); print "\"" $1 ",\"," $2 }' "$F/dev.tsv" > "$T/dev.CSV"
    awk -F '\t' '{ print "{\"text\": \"" $1 "\", \"label\": \"" $2 "\"}" }' "$F/train.tsv" > "$T/train.jsonl"
    path_of() { make run-path TOOL="$bin" MODEL="$F/model-bert" OUT="$T/out" POINTS=3 RECIPE='--steps 2' "$@" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }; }
    path_of TRAIN="$T/train.jsonl" DEV="$T/dev.CSV"
    "$bin/mc-tokenize" -q -t "$F/bert" -o "$T/t.tok" "$F/train.tsv"
    [ "$(digests "$T/out/train.tok.gz")" = "$(digests "$T/t.tok")" ]
    cp "$T/dev.CSV" "$T/dev.txt"
    path_of TRAIN="$T/dev.txt" DEV="$T/dev.txt" TOKENIZE='--format csv'
}

@test "lists of METHOD and LR: a condition each, with every pair, and one table of all" {
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3
        RECIPE='--epochs 2 --lr 9' METHOD='full lora' LR='1e-4 1e-3' PAIRS='1-2 2-3' BARRIER='--bootstrap 50')
    path_again
    local names="full_lr1e-4 full_lr1e-3 lora_lr1e-4 lora_lr1e-3" O="$T/out"
    for c in $names; do [ -s "$O/$c/seed-3.st.gz" ] && [ -s "$O/$c/train.svg" ]; done
    [ "$(cells "$O/sweep.tsv" condition | uniq | words_of)" = "$names" ]
    [ "$(cells "$O/sweep.tsv" pair condition full_lr1e-4 metric loss | words_of)" = "1-2 2-3" ]
    [ "$(cells "$O/sweep.tsv" metric condition lora_lr1e-3 pair 2-3 | words_of)" = "loss accuracy" ]
    [ "$(cells "$O/sweep.tsv" lr method full | sort -u | words_of)" = "1e-3 1e-4" ]
    [ "$(cells "$O/sweep.tsv" batch | sort -u)" = 32 ]
    [ "$(cells "$O/sweep.tsv" epochs | sort -u)" = 2 ]
    # what stands there is what the tables of the condition say
    local C="$O/lora_lr1e-3"
    [ "$(cells "$O/sweep.tsv" barrier_lin condition lora_lr1e-3 pair 2-3 metric loss)" = "$(cells "$O/barrier.tsv" barrier_lin condition lora_lr1e-3 path path-2-3.tsv)" ]
    [ "$(cells "$O/sweep.tsv" l2 condition lora_lr1e-3 pair 2-3 metric loss)" = "$(cells "$C/distance.tsv" l2 path 2-3)" ]
    [ "$(cells "$O/sweep.tsv" distance_of condition lora_lr1e-3 | sort -u)" = change ]
    [ "$(cells "$O/sweep.tsv" distance_of condition full_lr1e-3 | sort -u)" = weights ]
    [ "$(cells "$O/sweep.tsv" end_1_accuracy condition lora_lr1e-3 pair 2-3 metric loss)" = "$(cells "$C/path-2-3.tsv" accuracy t 1)" ]
    [ "$(cells "$O/sweep.tsv" path_s condition lora_lr1e-3 pair 2-3 metric loss)" = "$(cat "$C/.path-2-3.seconds")" ]
    [ "$(cells "$O/barrier.tsv" runs path all | words_of)" = "2 2 2 2" ]
    [ "$(cells "$O/barrier-metric.tsv" metric | sort -u)" = accuracy ]
    grep -q 'lora_lr1e-3, all 2 paths, dev: ends .*; 1 - accuracy: ' "$T/said"
    grep -q "<td>full_lr1e-4: seed-1.st.gz</td>" "$O/report.html"
    # one more rate: its conditions alone are made
    path_again LR='1e-4 1e-3 1e-2' METHOD=lora
    grep '/mc-finetune\|/mc-interp' "$T/said" | grep -v lr1e-2 | grep -q . && return 1
    [ "$(cells "$O/sweep.tsv" condition | uniq | words_of)" = "lora_lr1e-4 lora_lr1e-3 lora_lr1e-2" ]
    refused LR "${run[@]}" LR='1e-4 fast'
    refused LR "${run[@]}" LR='1e-4 1e-4'
    refused METHOD "${run[@]}" METHOD='full full'
    refused EPOCHS "${run[@]}" EPOCHS=2 RECIPE='--steps 3'
    refused LR "${run[@]}" LR='1e-4 0.0001'
    refused BATCH "${run[@]}" BATCH=1.5
    refused EPOCHS "${run[@]}" EPOCHS='1 0'
    for v in LR=1e-4 PAIRS=1-3 VARY=all METHOD=lora; do
        refused "${v%=*}" make run-path TOOL="$bin" A="$F/model-own" B="$F/model-own" DEV="$F/dev.tsv" OUT="$T/out" "$v"
    done
}
@test "from one condition to several and back: nothing is left of what is no more, but models and what was scored" {
    local O="$T/out" f
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$O" POINTS=3 RECIPE='--steps 2' BARRIER='--bootstrap 50')
    path_again
    mkdir "$O/lora_mine" # another run's
    touch "$O"/lora_mine/{sweep,barrier-metric}.tsv
    path_again METHOD='full head'
    [ "$(cd "$O" && ls -A | grep -E '^\.?(path-|each-|distance-|train\.)' | grep -v stamp)" = train.tok.gz ]
    for f in seed-1.st.gz lora_mine/sweep.tsv lora_mine/barrier-metric.tsv; do [ -e "$O/$f" ]; done
    for f in path-1-2.tsv each-1-2.tsv distance-1-2.tsv train.svg barrier.tsv; do [ -s "$O/head/$f" ]; done
    rm -r "$O/lora_mine"
    path_again METHOD='full head' # all is there
    grep mc- "$T/said" && return 1
    path_again METHOD=head
    for f in path-1-2.tsv each-1-2.tsv distance-1-2.tsv train.svg; do [ -s "$O/$f" ]; done
    for f in full head; do
        [ "$(cd "$O/$f" && ls | words_of)" = 'distance-1-2.tsv each-1-2.tsv path-1-2.tsv seed-1.dev seed-1.log.tsv seed-1.st.gz seed-2.dev seed-2.log.tsv seed-2.st.gz' ]
    done
    make -s run-report TOOL="$bin" OUT="$O" > "$T/said"
    grep -E 'Training of the ends of one condition|<td>(full|head): ' "$O/report.html" && return 1
    grep -q 'Training of the ends' "$O/report.html"
    path_again METHOD='full head' # what was scored is
    grep 'mc-\(finetune\|interp\)' "$T/said" && return 1
    grep -q '<td>head: seed-1.st.gz</td>' "$O/report.html"
}
@test "METRIC: the first is that of barrier.tsv and its verdict, the others stand beside it" {
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 RECIPE='--steps 2')
    path_again
    [ "$(cells "$T/out/barrier.tsv" metric)" = loss ]
    [ "$(cells "$T/out/barrier-metric.tsv" metric)" = accuracy ]
    cp "$T/out/barrier-metric.tsv" "$T/accuracy.tsv"
    path_again METRIC=accuracy
    cmp "$T/out/barrier.tsv" "$T/accuracy.tsv"
    [ "$(wc -l < "$T/out/barrier-metric.tsv")" -eq 1 ]
    path_again METRIC='accuracy loss'
    [ "$(cells "$T/out/barrier-metric.tsv" metric)" = loss ]
    grep -q mc-finetune "$T/said" && return 1
    refused METRIC "${run[@]}" METRIC=mcc
    refused 'decode greedy' "${run[@]}" METRIC='loss exact_match'
    refused METRIC "${run[@]}" METRIC='loss accuracy' TOKENIZE=--regression
}
@test "the model that trainings begin from is a directory, a stream, or a PEFT directory over its base, in every pipeline" {
    local m="$F/model-own" text=(TRAIN="$F/train.tsv" DEV="$F/dev.tsv")
    "$bin/mc-import" -o "$T/own.st.gz" "$m"
    "$bin/mc-tokenize" -t "$F/bert" -o "$T/train.tok.gz" "$F/train.tsv"
    "$bin/mc-finetune" -q --method lora --steps 2 --lr 1e-2 --train "$T/train.tok.gz" < "$T/own.st.gz" > "$T/lora.st.gz"
    "$bin/mc-export" --peft --base "$T/own.st.gz" "$T/peft" < "$T/lora.st.gz"
    "$bin/mc-fold" --base "$T/own.st.gz" "$T/lora.st.gz" > "$T/folded.st.gz"
    local whole=$("$bin/mc-info" --digest "$T/own.st.gz" | cut -f 3) folded=$("$bin/mc-info" --digest "$T/folded.st.gz" | cut -f 3)
    # base WANT FILE VARIABLE=VALUE...: the start that this makes has the digest
    base() {
        local want="$1" file="$2"
        shift 2
        rm -rf "$T/out"
        make "$T/out/$file" OUT="$T/out" TOOL="$bin" "$@" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
        [ "$("$bin/mc-info" --digest "$T/out/$file" | cut -f 3)" = "$want" ] || { echo "$file $*"; return 1; }
    }
    for kind in dir stream delta peft; do
        local given=() want=$whole
        case $kind in
        dir) given=(MODEL="$m") ;;
        stream) given=(MODEL="$T/own.st.gz" TOKENIZER="$F/bert") ;;
        delta) given=(MODEL="$T/lora.st.gz" BASE="$T/own.st.gz" TOKENIZER="$F/bert") want=$folded ;;
        peft) given=(MODEL="$T/peft" BASE="$m") want=$folded ;;
        esac
        base "$want" base.st.gz "${given[@]}" "${text[@]}"
        base "$want" methods/base.st.gz "${given[@]}" "${text[@]}"
        base "$want" q1/base.st.gz "${given[@]}" "${text[@]}"
    done
    # steps of a series
    mkdir "$T/mood"
    cp "$F/train.tsv" "$F/dev.tsv" "$T/mood"
    cp "$T/own.st.gz" "$T/step-20.st.gz"
    base "$whole" q2/start-20.st.gz SERIES="$T/step-20.st.gz" TASK1="$T/mood" TOKENIZER="$F/bert"
    run=(make run-path OUT="$T/none" TOOL="$bin" "${text[@]}")
    refused TOKENIZER "${run[@]}" MODEL="$T/own.st.gz"
    refused BASE "${run[@]}" MODEL="$T/peft"
    refused BASE "${run[@]}" MODEL="$T/peft" BASE="$T/peft"
    refused BASE "${run[@]}" MODEL="$m" BASE="$m"
    refused SERIES make run-q2 OUT="$T/none" TOOL="$bin" TASK1="$T/mood" SERIES="$T/own.st.gz" TOKENIZER="$F/bert"
}

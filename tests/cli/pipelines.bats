#!/usr/bin/env bats
# make demo, make models, make methods; and of all pipelines: tables joined by names, what stages say is for people, and an error is the
# last to be read.
load common
load pipelines

@test "make demo: a changed variable makes again what hangs on it, and nothing else" {
    local out="$T/out" c k
    declare -A line end curve
    for c in own sentiment-0 sentiment-4; do
        line[$c]="path-$c-1-2.tsv each-$c-1-2.tsv barrier-$c.tsv"
        curve[$c]="curve-$c-1-2.st.gz curve-$c-1-2.log.tsv path-curve-$c-1-2.tsv each-curve-$c-1-2.tsv barrier-curve-$c.tsv"
        end[$c]="${line[$c]} ${curve[$c]} distance-$c-1-2.tsv"
        for k in 1 2; do
            end[$c]+=" $c-$k.st.gz $c-$k.summary.tsv"
            [ $c = own ] || end[$c]+=" score-$c-$k.tsv"
        done
    done
    local walks="$(for c in "${!line[@]}"; do echo "path-curve-$c-1-2.tsv each-curve-$c-1-2.tsv barrier-curve-$c.tsv"; done)" scores="$(echo score-sentiment-{0,4}-{1,2}.tsv)"
    local page="heights.tsv found.said path.svg path.png curves-own.svg curves-steps.svg report.html" tables="barrier.tsv differences.tsv q2.tsv steps.svg"
    local all="ends.tsv distance.tsv $tables $page" series="series.st.gz series.log.tsv series.svg series.tsv series.said start-0.st.gz start-4.st.gz"
    local steps="${end[sentiment-0]} ${end[sentiment-4]}"
    run=(make run-demo TOOL="$bin" DEMO="$out" DEMO_PAIRS=1-2 DEMO_CORPUS=400 DEMO_STEPS=4 DEMO_SAVE=0 DEMO_PRETRAIN='--batch 8 --seq-len 24' DEMO_TRAIN=64 DEMO_DEV=20
        DEMO_POINTS=2 DEMO_RECIPE='--steps 2' DEMO_CURVE='--steps 1')
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    [ "$(tail -n 1 "$T/said")" = "the report: $out/report.html" ]
    remade "$out" ''
    remade "$out" "sentiment-dev.tok.gz ${line[*]} $walks $scores ends.tsv $tables $page" DEMO_DEV=24
    remade "$out" "${line[*]} $walks $tables $page" DEMO_POINTS=3
    grep -q '3 points each' "$out/report.html"
    remade "$out" "${curve[*]} heights.tsv found.said curves-own.svg curves-steps.svg report.html" DEMO_CURVE='--steps 2'
    remade "$out" "$series $steps ${all/curves-own.svg }" DEMO_PRETRAIN='--batch 8 --seq-len 24 --lr 1e-3' # which other starts have nothing of
    seq 0 49 > "$T/only.txt"
    remade "$out" "${end[*]} $all" DEMO_RECIPE="--steps 3 --only $T/only.txt"
    seq 0 40 > "$T/only.txt" # a file that options name
    touch -d 2020-01-01 "$T/only.txt"
    remade "$out" "${end[*]} $all"
    remade "$out" "sentiment-train.tok.gz curves ${end[*]} $all" DEMO_TRAIN=72
    remade "$out" "corpus.txt corpus.tok.gz held.tok.gz $series $steps ${all/curves-own.svg }" DEMO_CORPUS=500
    local more='' of
    for c in "${!line[@]}"; do
        of="$c-3.st.gz $c-3.summary.tsv path-$c-1-3.tsv each-$c-1-3.tsv distance-$c-1-3.tsv barrier-$c.tsv"
        more+=" $of ${curve[$c]//1-2/1-3}"
        [ $c = own ] || more+=" score-$c-3.tsv"
    done
    remade "$out" "own-start-3.st.gz $more $all" DEMO_PAIRS='1-2 1-3' # seed 3 is new
    remade "$out" "$(for c in "${!line[@]}"; do echo barrier-$c.tsv barrier-curve-$c.tsv; done) $all" DEMO_PAIRS=1-3
    rm "$out/lang/vocab.txt" "$out/lang/.config.json.stamp" # as a killed mc-synth leaves it
    "${run[@]}" > "$T/said" 2>&1 && [ -s "$out/lang/vocab.txt" ]
}
@test "make demo: the page tells what the run's tables do; a line that is not connected has a curve; make q2 beside it" {
    local out="$T/out" c
    run=(make -j2 run-demo TOOL="$bin" DEMO="$out" DEMO_PAIRS=1-2 DEMO_CORPUS=400 DEMO_STEPS=4 DEMO_SAVE=0 DEMO_PRETRAIN='--batch 8 --seq-len 24' DEMO_TRAIN=64
        DEMO_DEV=20 DEMO_POINTS=3 DEMO_RECIPE='--steps 2' DEMO_CURVE='--steps 1')
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    for c in 0 4; do grep -q "^sentiment, step $c: .* of 1 pairs connected.*; marked: " "$out/found.said"; done # two updates teach nothing
    grep -q '^random starts of their own: [01] of 1 pairs connected' "$out/found.said"
    while read -r c; do grep -qF "$c" "$out/report.html"; done < "$out/found.said"
    [ "$(grep -c '<svg' "$out/report.html")" -eq 5 ]
    # a curve for each line that is not connected, and for no other; chosen on examples it is not trained on
    diff <(awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            $at["path"] != "all" && $at["condition"] !~ /^curve-/ && $at["verdict"] != "connected" { print $at["path"] }' "$out/heights.tsv" | sort) \
        <(cd "$out" && printf '%s\n' path-curve-*.tsv | sed 's/curve-//' | sort)
    [ "$(cat "$out/curves/part.txt" "$out/curves/held.txt" | sort -n | words_of)" = "$(seq 0 63 | words_of)" ]
    grep -qF -- "mc-curve " "$T/said"
    grep -F -- "mc-curve " "$T/said" | grep -vF -- "--only '$out/curves/part.txt' --dev '$out/curves/held.tok.gz'" && return 1
    # demo and q2 on one command line
    mkdir "$T/mood"
    for c in train dev; do cp "$F/$c.tsv" "$T/mood/"; done
    make -n run-q2 run-demo "${run[@]:3}" CONFIG="$F/bert" CORPUS="$out/corpus.txt" TASK1="$T/mood" OUT="$T/both" Q2_STEPS=7 Q2_SAVE=0 > "$T/said" 2>&1
    [ "$(grep -o 'mc-pretrain .*--steps [0-9]*' "$T/said" | sed 's/.* //' | words_of)" = 7 ]
    [ "$(grep -c "mc-finetune .*$T/both/q2/mood-7-" "$T/said")" -eq 4 ]
}
@test "make models: a changed variable makes again what hangs on it, and nothing else" {
    local out="$T/out" k c
    declare -A start ends line sets inits
    for k in roberta t5; do
        start[$k]="$k-start-shared.st.gz $k-start-shared.log.tsv"
        sets[$k]="$k-start.tok.gz $k-train.tok.gz"
        inits[$k]="$k-start-0.st.gz $k-start-1.st.gz $k-start-2.st.gz"
        for c in $k-shared $k-random; do
            line[$k]+=" path-$c.tsv each-$c.tsv"
            ends[$k]+=" $c-1.st.gz $c-1.log.tsv $c-2.st.gz $c-2.log.tsv"
        done
        line[$k]+=" $k.svg barrier.tsv"
        ends[$k]+=" ${line[$k]}"
    done
    run=(make run-models TOOL="$bin" MO="$out" MODELS_TRAIN=32 MODELS_DEV=20 MODELS_POINTS=2 MODELS_RECIPE_t5='--steps 1'
        MODELS_RECIPE_roberta='--steps 1')
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    remade "$out" ''
    remade "$out" "roberta-dev.tok.gz t5-dev.tok.gz ${line[*]}" MODELS_DEV=24
    remade "$out" "${line[*]}" MODELS_POINTS=3
    remade "$out" barrier.tsv MODELS_KINDS=t5 # the other's files stay
    remade "$out" "${start[t5]} ${ends[t5]}" MODELS_RECIPE_t5='--steps 2'
    remade "$out" "${sets[t5]} t5-dev.tok.gz ${start[t5]} ${ends[t5]}" MODELS_TOKENIZE_t5="--source 'q: {1}' --target '<extra_id_0>{label}'"
    remade "$out" "${inits[t5]} ${start[t5]} ${ends[t5]}" MODELS_INIT_t5=-q
    remade "$out" barrier.tsv MODELS_KINDS=roberta # as of before those of t5
    remade "$out" "${start[roberta]} ${ends[roberta]}" MODELS_RECIPE_roberta='--steps 2'
    remade "$out" "${sets[roberta]} roberta-dev.tok.gz ${start[roberta]} ${ends[roberta]}" MODELS_TOKENIZE_roberta='--max-len 24'
    remade "$out" "${inits[roberta]} ${start[roberta]} ${ends[roberta]}" MODELS_INIT_roberta='--labels negative,positive -q'
    remade "$out" '' MODELS_RECIPE_t5='--steps 9' # of a kind that is not asked for
    remade "$out" "${sets[roberta]} ${start[roberta]} ${ends[roberta]}" MODELS_TRAIN=40
}
# methods VARIABLE=VALUE...: a small run into $T/out
methods() {
    run=(make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" METHODS="lora head"
        METHODS_SEEDS="1 2" METHODS_POINTS=3 METHODS_RECIPE='--steps 2 --batch 8' METHODS_RATES_lora='1e-3 1e-2' METHODS_RATES_head=1e-2 "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
}
@test "make methods: a rate of several, a row a seed, both pairs joined, LoRA's in both spaces" {
    local M="$T/out/methods" m
    methods
    [ "$(wc -l < "$M/lora.rate")" -eq 2 ]
    [ "$(cut -f 1-3 "$M/methods.tsv" | sed 1d | cut -f 1,3 | tr '\n\t' ' -')" = "lora-1 lora-2 head-1 head-2 " ]
    awk -F '\t' 'NF != 9 { print; exit 1 }' "$M/methods.tsv"
    [ "$(cut -f 16 "$M/barrier.tsv" | sed 's|.*/path-||; 1d' | tr '\n' ' ')" = "lora-same.tsv lora-other.tsv head-same.tsv head-other.tsv lora-product-same.tsv lora-product-other.tsv " ]
    for m in lora head lora-product; do grep -q ">$m<" "$M/same.svg" && grep -q ">$m<" "$M/other.svg"; done
    local line="barrier.tsv same.svg other.svg" joined="" end
    for end in lora-same lora-other head-same head-other lora-product-same lora-product-other; do joined+=" path-$end.tsv each-$end.tsv"; done
    remade "$M" ''
    remade "$M" "$joined $line" METHODS_POINTS=4
    end=''
    for m in 1 2 same; do end+=" head-$m.st.gz head-$m.summary.tsv"; done
    end+=" head-1.score.tsv head-2.score.tsv methods.tsv path-head-same.tsv each-head-same.tsv path-head-other.tsv each-head-other.tsv $line"
    remade "$M" "head-rate-1e-1.tsv head.rate $end" METHODS_RATES_head='1e-2 1e-1' # head's runs alone
    remade "$M" "dev.tok.gz lora-1.score.tsv lora-2.score.tsv head-1.score.tsv head-2.score.tsv methods.tsv $joined $line" DEV="$F/train.tsv"
    # lora's rate is chosen among one: lora's runs alone
    end=''
    for m in 1 2 same; do end+=" lora-$m.st.gz lora-$m.summary.tsv"; done
    end+=" lora-1.score.tsv lora-2.score.tsv methods.tsv path-lora-same.tsv each-lora-same.tsv path-lora-other.tsv each-lora-other.tsv \
        path-lora-product-same.tsv each-lora-product-same.tsv path-lora-product-other.tsv each-lora-product-other.tsv $line"
    remade "$M" "lora.rate $end" METHODS_RATES_lora=1e-2
    remade "$M" "methods.tsv barrier.tsv same.svg other.svg" METHODS=head
    remade "$M" "head-3.st.gz head-3.summary.tsv head-3.score.tsv methods.tsv" METHODS_SEEDS='1 2 3'
    end=''
    for m in 1 2 3 same; do end+=" head-$m.st.gz head-$m.summary.tsv"; done
    for m in 1 2 3; do end+=" head-$m.score.tsv"; done
    end+=" head.rate head-rate-1e-2.tsv head-rate-1e-1.tsv path-head-same.tsv each-head-same.tsv path-head-other.tsv each-head-other.tsv"
    remade "$M" "$end methods.tsv $line" METHODS_RECIPE='--steps 3 --batch 8'
    # the first two are other seeds now, so the ends that are the same but for the order are made again, and both lines
    remade "$M" "head-same.st.gz head-same.summary.tsv path-head-same.tsv each-head-same.tsv path-head-other.tsv each-head-other.tsv methods.tsv \
        $line" METHODS_SEEDS='2 3'
    run make run-methods MODEL="$F/model-bert" DEV="$F/dev.tsv" OUT="$T/none"
    [ "$status" -eq 2 ]
    [[ "$output" == *"TRAIN="* ]]
    [ ! -e "$T/none" ]
}
@test "make methods: a row is of its seed, whichever seeds there are" {
    local M="$T/out/methods" s
    methods METHODS=head METHODS_SEEDS='5 2 11' METHODS_POINTS=2
    [ "$(cut -f 3 "$M/methods.tsv" | sed 1d | tr '\n' ' ')" = "5 2 11 " ]
    for s in 5 2 11; do
        "$bin/mc-eval" --base "$M/base.st.gz" "$M/dev.tok.gz" < "$M/head-$s.st.gz" > "$T/score"
        [ "$(awk -F '\t' -v s=$s '$3 == s { print $5, $4, $7 }' "$M/methods.tsv")" = "$(cell "$T/score" loss 2) $(cell "$T/score" accuracy 2) $(wc -c < "$M/head-$s.st.gz")" ]
        [ "$(awk -F '\t' -v s=$s '$3 == s { print $6, $9 }' "$M/methods.tsv")" = "$(cell "$M/head-$s.summary.tsv" parameters 2) $(cell "$M/head-$s.summary.tsv" peak_mb 2)" ]
    done
    [ "$(cut -f 5 "$M/methods.tsv" | sort -u | wc -l)" -eq 4 ] # no two seeds alike
    meta "$M/head-2.st.gz" mc.provenance | grep -q 'seed-order=2'
    meta "$M/head-same.st.gz" mc.provenance | grep -q 'seed-init=5 .*seed-order=2' # another order than that of the first
}
@test "make methods: what is held out is a part of the examples, whatever the lines of the file are" {
    local M="$T/out/methods"
    { # a header, a row on three lines, quotes, commas
        echo 'label,sentence'
        awk -F '\t' '{ printf "%s,\"%s%s, \"\"so\"\"\"\n", $2, NR % 3 ? "" : "first\n\n", $1 }' "$F/train.tsv"
    } > "$T/train.csv"
    methods METHODS=head TRAIN="$T/train.csv" DEV="$T/train.csv" TOKENIZE=--header METHODS_POINTS=2
    "$bin/mc-info" --ids "$M/train.tok.gz" > "$T/all"
    [ "$(wc -l < "$T/all")" -eq 96 ]
    cmp <("$bin/mc-info" --ids "$M/held.tok.gz") <(awk 'NR % 8 == 0' "$T/all")
    [ "$(sort -n "$M/part.txt" "$M/held.txt" | uniq | wc -l)" -eq 96 ]
    [ "$(cell "$M/head-rate-1e-2.tsv" dev_accuracy 2)" = "$(cut -f 1 "$M/head.rate")" ]
}
# A table with its columns in another order, a column more and its rows behind each other in another order.
reordered() { # reordered FILE
    awk -F '\t' -v OFS='\t' '{ row = NR == 1 ? "more" : "7"; for (i = NF; i > 0; i--) row = row OFS $i }
        NR == 1 { print row; next } { rows[NR] = row } END { for (i = NR; i > 1; i--) print rows[i] }' "$1" > "$T/table"
    cat "$T/table" > "$1"
}
@test "tables are joined by names: seeds 2 and 3 have their own values, wherever rows and columns stand" {
    local M="$T/out/methods" s f
    methods METHODS=head METHODS_SEEDS='2 3' METHODS_POINTS=2 METHODS_RATES_head='1e-2 1e-1'
    for s in 2 3; do
        [ "$(awk -F '\t' -v s=$s '$3 == s { print $4, $5 }' "$M/methods.tsv")" = "$(cell "$M/head-$s.score.tsv" accuracy 2) $(cell "$M/head-$s.score.tsv" loss 2)" ]
        [ "$(awk -F '\t' -v s=$s '$3 == s { print $8 }' "$M/methods.tsv")" = "$(cell "$M/head-$s.summary.tsv" seconds 2)" ]
    done
    [ "$(sed 1d "$M/methods.tsv" | cut -f 5 | sort -u | wc -l)" -eq 2 ]
    cp "$M/methods.tsv" "$T/want"
    for f in "$M"/head-[23].score.tsv "$M"/head-[23].summary.tsv; do reordered "$f"; done
    remade "$M" methods.tsv
    cmp "$M/methods.tsv" "$T/want"
    cp "$M/head.rate" "$T/want"
    for f in "$M"/head-rate-*.tsv; do reordered "$f"; done
    touch -d 2020-01-01 "$M/head.rate"
    make run-methods "${run[@]:2}" "$M/head.rate" -o "$M/train.tok.gz" > "$T/said" 2>&1
    cmp "$M/head.rate" "$T/want"
    # a column that is nowhere is an error, not an empty cell, whichever row lacks it
    sed -i '1s/accuracy/accurate/' "$M/head-2.score.tsv"
    "${run[@]}" > "$T/said" 2>&1 && return 1
    grep -qx "row.awk: no column accuracy in .*head-2.summary.tsv" "$T/said"

    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/path" POINTS=3 RECIPE='--steps 2' PAIRS='1-2 1-3')
    "${run[@]}" > "$T/said" 2>&1
    cp "$T/path/distance.tsv" "$T/want"
    for f in "$T"/path/distance-*.tsv; do reordered "$f"; done
    remade "$T/path" 'distance.tsv sweep.tsv report.html'
    cmp "$T/path/distance.tsv" "$T/want"
}

@test "labels are words: 1 is not 1.0" {
    printf 'point\tt\ttask\texample\tlabel\tpredicted\tloss\n0\t0\tdev\ta\t1\t1.0\t.5\n0\t0\tdev\tb\t1\t1\t.5\n' > "$T/each"
    awk -v metric=accuracy -v path="$T/path" -f pipelines/join_looks.awk "$T/each" > "$T/joined"
    [ "$(cell "$T/path" accuracy 2)" = 0.5 ]
    printf 't\ttask\tloss\taccuracy\n0\tdev\t.5\t.5\n' > "$T/means"
    awk -v metric=loss,accuracy -v counted=accuracy -f plots/student.awk -f plots/path.awk "$T/means" "$T/each" > "$T/drawn" && cat "$T/drawn"
    # half of two examples are right, and their standard error is not 0
    awk -F '\t' '$1 == "0" { found = 1; ok = $5 == .5 && $6 < .5 && $7 > .5 } END { exit !(found && ok) }' "$T/drawn"
}

# A folder of programs, in $T/bin, and gnuplot: each says something before it goes on, or fails.
wrapped() { # wrapped COMMAND: what each does first
    local p
    mkdir -p "$T/bin"
    for p in "$bin"/mc-* "$(command -v gnuplot)"; do
        printf '#!/bin/bash\n%s\nexec %q "$@"\n' "$1" "$p" > "$T/bin/$(basename "$p")"
    done
    chmod +x "$T/bin"/*
}
@test "what stages say on stderr changes no result" {
    local methods=(METHODS=head METHODS_SEEDS='2 3' METHODS_POINTS=2) f
    methods "${methods[@]}"
    mv "$T/out" "$T/want"
    wrapped 'echo "loss 7 accuracy 7 barrier 7	7	7" >&2'
    for f in -q -v; do
        PATH="$T/bin:$PATH" methods "${methods[@]}" METHODS_RECIPE="--steps 2 --batch 8 $f" TOOL="$T/bin"
        grep -q 'loss 7 accuracy 7' "$T/said"
        cmp <(cut -f 1-7 "$T/out/methods/methods.tsv") <(cut -f 1-7 "$T/want/methods/methods.tsv")
        cmp <(cut -f 1-15 "$T/out/methods/barrier.tsv") <(cut -f 1-15 "$T/want/methods/barrier.tsv")
        for s in same.svg other.svg head.rate held.txt; do cmp "$T/out/methods/$s" "$T/want/methods/$s"; done
        rm -r "$T/out"
    done
    run=(make run-path MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3)
    "${run[@]}" TOOL="$bin" RECIPE='--steps 2' > "$T/said" 2>&1
    mv "$T/out" "$T/path"
    for f in -q -v; do
        PATH="$T/bin:$PATH" "${run[@]}" TOOL="$T/bin" RECIPE="--steps 2 $f" TOKENIZE=$f EVAL=$f BARRIER=$f > "$T/said" 2>&1
        for s in path-1-2.tsv each-1-2.tsv distance.tsv path.svg; do cmp "$T/out/$s" "$T/path/$s"; done
        cmp <(cut -f 1-15 "$T/out/barrier.tsv") <(cut -f 1-15 "$T/path/barrier.tsv")
        rm -r "$T/out"
    done
    grep -nE '2>&1|2> *>\(|\|&' pipelines/*.mk pipelines/*.awk plots/* | grep -v 'bash -nc' && return 1
    true
}

# said_last STAGE [JOBS]: of what make said, but for its own lines, the error is last, and with it the command that failed.
said_last() {
    grep -v '^make: \*\*\*' "$T/said" > "$T/lines"
    [ "$(tail -n 1 "$T/lines")" = "$1: error: broken" ] || { echo "$1 $2"; cat "$T/said"; return 1; }
    [ "$2" != -j1 ] || ! grep -q '^failed: ' "$T/lines" || return 1 # make has just named it
    grep -v '^mc-[a-z]*: \|: error: \|: still at work$' "$T/lines" | tail -n 1 | grep -q "$1 " || { echo "$1 $2: no command"; cat "$T/said"; return 1; }
}
@test "an error of a stage is the last thing that is read, with its command; with jobs too" {
    local stage jobs again=0
    # the others talk on while one has failed, but where -q is said
    wrapped '[ -z "$SLOW" ] || { sleep .4; [[ " $* " == *" -q "* ]] || echo "${0##*/}: still at work" >&2; }'
    for jobs in -j1 -j2; do
        rm -rf "$T/out"
        for stage in mc-import mc-tokenize mc-finetune mc-interp mc-eval mc-dist mc-barrier gnuplot; do
            rm -f "$T"/out/{barrier,distance}*.tsv "$T"/out/*.svg # made already, or not, while another failed
            cp "$T/bin/$stage" "$T/works"
            printf '#!/bin/bash\necho "%s: error: broken" >&2\nexit 1\n' $stage > "$T/bin/$stage"
            run=(make run-path "$jobs" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 RECIPE='--steps 2'
                PAIRS='1-2 1-3')
            SLOW=$([ $jobs = -j1 ] || echo 1) PATH="$T/bin:$PATH" "${run[@]}" TOOL="$T/bin" > "$T/said" 2>&1 && { echo "$stage $jobs: no error"; cat "$T/said"; return 1; }
            said_last $stage $jobs
            grep -q '^failed: ' "$T/said" && again=$((again + 1))
            cp "$T/works" "$T/bin/$stage"
        done
    done
    [ "$again" -ge 3 ] # others ended after one that failed
    "${run[@]}" TOOL="$bin" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    grep -q '^failed: ' "$T/said" && return 1 # that was another make's
    [ ! -e "$T/out/.failed" ]
    # of what only other pipelines have
    for stage in mc-init mc-synth; do
        cp "$T/bin/$stage" "$T/works"
        printf '#!/bin/bash\necho "%s: error: broken" >&2\nexit 1\n' $stage > "$T/bin/$stage"
        make run-demo -j2 TOOL="$T/bin" DEMO="$T/demo" DEMO_TRAIN=20 DEMO_DEV=20 > "$T/said" 2>&1 && return 1
        said_last $stage -j2
        cp "$T/works" "$T/bin/$stage"
    done
}
@test "a make that is ended ends its stages; with jobs too" {
    slow mc-finetune
    run=(make run-path MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/lr=1,bs=2" POINTS=3)
    ended 2 TERM -j2
    ended 1 TERM
    [ ! -e "$T/lr=1,bs=2/seed-1.st.gz" ]
    "${run[@]}" RECIPE='--steps 1' TOOL="$bin" > "$T/said" 2>&1
    # a pipe in a stage
    slow mc-interp mc-eval
    run+=(RECIPE='--steps 1' POINTS=2)
    ended 2 TERM
    [ "$(find "$T/lr=1,bs=2" -name '.path-1-2.tsv.stamp' | wc -l)" -eq 0 ]
    remade "$T/lr=1,bs=2" 'path-1-2.tsv each-1-2.tsv barrier.tsv barrier-metric.tsv sweep.tsv path.svg path.png report.html' TOOL="$bin"
}

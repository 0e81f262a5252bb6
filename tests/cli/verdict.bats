#!/usr/bin/env bats
# make verdict: the verdict of the full sweep for a part of its price, and no other.
load common
load pipelines

setup_file() { # two models of random starts of their own, a later state of the first, and 800 examples
    export F="$BATS_FILE_TMPDIR"
    local k
    "$B/mc-synth" --tokenizer "$F/bert"
    sed -e 's/"hidden_size": [0-9]*/"hidden_size": 16/' -e 's/"num_hidden_layers": [0-9]*/"num_hidden_layers": 1/' "$F/bert/config.json" > "$F/bert.json"
    "$B/mc-synth" --task sentiment --split train -n 4000 | "$B/mc-tokenize" -q -t "$F/bert" -o "$F/train.tok.gz"
    "$B/mc-synth" --task sentiment --split dev -n 800 > "$F/dev.tsv"
    for k in 1 2; do
        "$B/mc-init" "$F/bert.json" -t "$F/bert" --seed-init "$k" --labels negative,positive |
            "$B/mc-finetune" -q --train "$F/train.tok.gz" --epochs 12 --lr 1e-2 --seed "$k" -o "$F/end-$k.st.gz"
    done
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --steps 20 --lr 1e-4 --seed 3 -o "$F/end-3.st.gz" < "$F/end-1.st.gz"
}

# verdict OUT A B VARIABLE=VALUE...
verdict() {
    local out="$T/$1" a="$F/end-$2.st.gz" b="$F/end-$3.st.gz"
    shift 3
    run=(make run-verdict TOOL="$bin" A="$a" B="$b" TOKENIZER="$F/bert" DEV="$F/dev.tsv" OUT="$out" "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
}
sweep() { # sweep A B: the verdict of 26 points, and its height
    "$B/mc-tokenize" -q -t "$F/bert" -o "$T/dev.tok.gz" "$F/dev.tsv"
    "$B/mc-interp" -q "$F/end-$1.st.gz" "$F/end-$2.st.gz" | "$B/mc-eval" -q --per-example "$T/sweep.each" "$T/dev.tok.gz" > "$T/sweep"
    "$B/mc-barrier" -q --per-example "$T/sweep.each" "$T/sweep" | sed -n 2p | cut -f 8,15
}
last() { cell "$1/verdict.tsv" "$2" "$(wc -l < "$1/verdict.tsv")"; }

@test "a barrier at a tenth of the sweep, a connected path at a third, as the sweep says" {
    verdict apart 1 2
    [ "$(sweep 1 2 | cut -f 2)" = barrier ]
    [ "$(last "$T/apart" verdict)" = barrier ]
    awk -v c="$(last "$T/apart" of_sweep)" 'BEGIN { exit !(c > 0 && c <= .1) }'
    tail -n 1 "$T/said" | grep -qE '^barrier: height .* after [12] looks?; [0-9]+ examples x points, [0-9.]+ % of a sweep of 26 points'
    verdict near 1 3
    [ "$(sweep 1 3 | cut -f 2)" = connected ]
    [ "$(last "$T/near" verdict)" = connected ]
    awk -v c="$(last "$T/near" of_sweep)" 'BEGIN { exit !(c > .1 && c <= 1 / 3) }'
    # the looks as pipelines/verdict.tsv has them; none but the last decides
    [ "$(cut -f 2,3 "$T/near/verdict.tsv" | sed 1d | tr '\t\n' ' ;')" = "3 100;5 400;9 600;" ]
    [ "$(cut -f 9 "$T/near/verdict.tsv" | sed '1d;$d' | sort -u)" = undecided ]
    # what the ends are is said: two that have learnt nothing are connected, and that says nothing
    for k in 4 5; do "$B/mc-init" "$F/bert.json" -t "$F/bert" --seed-init "$k" --labels negative,positive -o "$F/end-$k.st.gz"; done
    verdict blank 4 5
    [ "$(last "$T/blank" notes | grep -c chance_0)" -eq 1 ]
    tail -n 1 "$T/said" | grep -q 'both ends no better than chance'
    # nothing is left over, and asked for again it is there
    [ "$(find "$T/near" -name ".verdict.*" -type d | wc -l)" -eq 0 ]
    verdict near 1 3
    grep mc- "$T/said" && return 1
    [ "$(tail -n 1 "$T/said" | cut -c 1-9)" = connected ]
}

@test "ended by a signal, with jobs or without: all that runs ends, nothing is left, the next make goes on" {
    slow mc-interp mc-eval
    local signal jobs i
    run=(make run-verdict A="$F/end-1.st.gz" B="$F/end-2.st.gz" TOKENIZER="$F/bert" DEV="$F/dev.tsv" OUT="$T/out")
    for jobs in '' -j2; do
        for signal in TERM term int hup; do # to make, as by kill; to all of it, as by ^C or a terminal that closes
            ended 2 $signal $jobs
            for i in {1..1200}; do [ -n "$(find "$T/out" -name '.verdict.*')" ] || break; sleep .05; done
            [ "$(cd "$T/out" && ls -A | grep -v failed | words_of)" = ".A.st.gz.stamp .B.st.gz.stamp .dev.tok.gz.stamp A.st.gz B.st.gz dev.tok.gz" ] || { ls -A "$T/out"; return 1; }
        done
    done
    mkdir "$T/out/.verdict.killed" # as kill -9 leaves it
    remade "$T/out" verdict.tsv TOOL="$bin"
    [ "$(last "$T/out" verdict)" = barrier ]
    [ "$(find "$T/out" -name '.verdict.*' -type d | wc -l)" -eq 0 ]
}

@test "looks add up: what is joined is what one run over all of it says" {
    "$B/mc-tokenize" -q -t "$F/bert" -o "$T/dev.tok.gz" "$F/dev.tsv"
    "$B/mc-interp" -q --at 0,0.5,1 -o "$T/three.st.gz" "$F/end-1.st.gz" "$F/end-2.st.gz"
    "$B/mc-interp" -q --at 0.25,0.75 -o "$T/two.st.gz" "$F/end-1.st.gz" "$F/end-2.st.gz"
    "$B/mc-eval" --examples 100 --per-example "$T/a.each" "$T/dev.tok.gz" < "$T/three.st.gz" > "$T/a"
    "$B/mc-eval" --examples 300 --after 100 --per-example "$T/b.each" "$T/dev.tok.gz" < "$T/three.st.gz" > "$T/b"
    "$B/mc-eval" --examples 300 --per-example "$T/c.each" "$T/dev.tok.gz" < "$T/two.st.gz" > "$T/c"
    awk -v metric=loss -v path="$T/path" -f pipelines/join_looks.awk "$T/a.each" "$T/b.each" "$T/c.each" > "$T/each"
    "$B/mc-interp" -q -n 5 "$F/end-1.st.gz" "$F/end-2.st.gz" | "$B/mc-eval" --examples 300 --per-example "$T/want.each" "$T/dev.tok.gz" > "$T/want"
    "$B/mc-barrier" -q --per-example "$T/each" "$T/path" | cut -f 1-15 > "$T/got.bar"
    "$B/mc-barrier" -q --per-example "$T/want.each" "$T/want" | cut -f 1-15 > "$T/want.bar"
    paste "$T/got.bar" "$T/want.bar" | awk -F '\t' 'NR == 2 { for (i = 3; i <= 14; i++) { d = $i - $(i + 15); if (d > 1e-6 || d < -1e-6) exit 1 }
        exit $15 != $30 || $3 != 5 }'
}

@test "one model twice: the height is 0, whichever look had an example first" {
    # losses whose sum hangs on their order
    rows() { awk -v t="$1" -v from="$2" -v step="$3" 'BEGIN { print "point\tt\ttask\texample\tlabel\tpredicted\tloss"
        for (i = from; i < 300; i += step) printf "0\t%s\tdev\t%d\tx\tx\t%.9g\n", t, i, sin(i) ^ 2 }'; }
    { rows 0 2 3; rows 1 2 3 | sed 1d; } > "$T/1.each"
    { rows 0 0 3; rows 1 0 3 | sed 1d; rows 0 1 3 | sed 1d; rows 1 1 3 | sed 1d; } > "$T/2.each"
    { rows .5 0 1; rows .25 0 1 | sed 1d; rows .75 0 1 | sed 1d; } > "$T/3.each"
    awk -v metric=loss -v path="$T/path" -f pipelines/join_looks.awk "$T/1.each" "$T/2.each" "$T/3.each" > "$T/each"
    [ "$(cut -f 4,5 "$T/path" | sed 1d | sort -u | wc -l)" -eq 1 ]
    [ "$(cut -f 1,2,4 "$T/path" | sed 1d | tr '\t\n' ' ;')" = "0 0 300;1 0.25 300;2 0.5 300;3 0.75 300;4 1 300;" ]
    "$B/mc-barrier" -q --per-example "$T/each" "$T/path" | sed -n 2p | cut -f 8-15 > "$T/heights"
    [ "$(tr '\t' ' ' < "$T/heights")" = "0 0 0 0 0 0 0 connected" ]
    verdict same 1 1
    [ "$(cut -f 6 "$T/same/verdict.tsv" | sed 1d | sort -u)" = 0 ]
    tail -n 1 "$T/said" | grep -q '^connected: height 0 \[0, 0\]'
}

@test "options: metric, confidence, epsilon; what changes is looked at again" {
    verdict out 1 2 METRIC=accuracy
    [ "$(last "$T/out" verdict)" = barrier ]
    verdict out 1 2 BARRIER='--epsilon 100'
    [ "$(last "$T/out" verdict)" = connected ]
    local narrow wide
    verdict out 1 2
    narrow=$(last "$T/out" ci_high)
    verdict out 1 2 VERDICT_CONFIDENCE=.99
    wide=$(last "$T/out" ci_high)
    awk -v n="$narrow" -v w="$wide" 'BEGIN { exit !(n < w) }'
}

@test "two LoRAs with BASE=; options and RUN are words of the shell, in quotes too" {
    local k
    for k in 1 2; do
        "$B/mc-finetune" -q --method lora --train "$F/train.tok.gz" --steps 10 --lr 1e-3 --seed "$k" -o "$F/end-lora$k.st.gz" < "$F/end-1.st.gz"
    done
    verdict out lora1 lora2 BASE="$F/end-1.st.gz" EVAL="--precision 'bf16'" BARRIER='--epsilon "0.5"' RUN="env 'NAME=two words'"
    [ "$(last "$T/out" verdict)" = connected ]
    "$B/mc-info" --tsv "$T/out/A.st.gz" | grep -q delta
    # the height is that of a sweep over the deltas, in bfloat16
    "$B/mc-tokenize" -q -t "$F/bert" -o "$T/dev.tok.gz" "$F/dev.tsv"
    "$B/mc-interp" -q --base "$F/end-1.st.gz" -n 9 "$F/end-lora1.st.gz" "$F/end-lora2.st.gz" |
        "$B/mc-eval" -q --base "$F/end-1.st.gz" --precision bf16 --examples "$(last "$T/out" examples)" "$T/dev.tok.gz" > "$T/sweep"
    [ "$(last "$T/out" points)" = 9 ]
    "$B/mc-barrier" -q "$T/sweep" | awk -F '\t' -v got="$(last "$T/out" barrier_lin)" 'NR == 2 { d = $8 - got; exit !(d < 1e-6 && d > -1e-6) }'
}

@test "refused before anything runs; a look that fails leaves no table" {
    refused() {
        local word="$1" v
        shift
        for v in "$@"; do
            run make run-verdict TOOL="$bin" A="$F/end-1.st.gz" B="$F/end-2.st.gz" TOKENIZER="$F/bert" DEV="$F/dev.tsv" OUT="$T/out" "$v"
            [ "$status" -eq 2 ]
            [[ "$output" == *"$word"* ]] || { echo "$v: $output"; return 1; }
        done
        [ ! -e "$T/out" ]
    }
    refused VERDICT_CONFIDENCE VERDICT_CONFIDENCE=1 VERDICT_CONFIDENCE=0 VERDICT_CONFIDENCE=x
    refused METRIC METRIC=mcc METRIC='loss accuracy' METRIC=loss_cal # a temperature is of all examples, a look has some of them
    for option in '--examples 5' --after=3 '--decode score --per-example x' --calibrate '-o x' "'-o' x"; do
        refused 'make verdict sets it' EVAL="$option"
        refused 'EVAL=' EVAL="$option"
    done
    for option in '--metric accuracy' '-q --confidence .9' --per-example=x '-o x'; do
        refused 'make verdict sets it' BARRIER="$option"
        refused "$(grep -oE -- '(--[mcp][a-z-]*|-o)' <<< "$option" | head -n 1) is not for you" BARRIER="$option"
    done
    for v in A= B= DEV=; do refused "$v is missing: make verdict needs A=dir B=dir DEV=file." "$v"; done
    run make run-verdict TOOL="$bin" DEV="$F/dev.tsv" OUT="$T/out"
    [[ "$output" == *"A= is missing: make verdict needs"* ]]
    refused 'POINTS= is no variable of make verdict' POINTS=3
    run make run-verdict TOOL="$bin" A="$F/end-1.st.gz" B="$F/end-2.st.gz" TOKENIZER="$F/bert" DEV="$F/dev.tsv" OUT="$T/out" EVAL='--decode beam'
    [ "$status" -ne 0 ]
    [[ "$output" == *"mc-eval: error"* ]]
    [ ! -e "$T/out/verdict.tsv" ]
    # of the two programs of a look the first one's error is the cause, and the last to be read
    "$B/mc-init" -q "$F/bert.json" -t "$F/bert" --labels good,bad -o "$T/other.st.gz"
    run make run-verdict TOOL="$bin" A="$F/end-1.st.gz" B="$T/other.st.gz" TOKENIZER="$F/bert" DEV="$F/dev.tsv" OUT="$T/out"
    [ "$status" -eq 2 ]
    [[ "$(grep -E '^mc-[a-z]*: error' <<< "$output" | tail -n 1)" == 'mc-interp: error: the ends have different labels'* ]]
    # so few examples decide nothing: all looks are taken
    head -n 99 "$F/dev.tsv" > "$T/few.tsv"
    verdict few 1 2 DEV="$T/few.tsv"
    [ "$(last "$T/few" verdict)" = undecided ]
    [ "$(last "$T/few" look)" = 4 ]
}

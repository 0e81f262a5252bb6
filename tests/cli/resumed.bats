#!/usr/bin/env bats
# A training of a pipeline that was killed goes on from its state, and ends with the bytes of one that was not.
load common
load pipelines

# $T/killing PROGRAM...: as RUN=, kills every training once, as soon as its state is there.
killing() {
    cat > "$T/killing" << 'E'
#!/bin/bash
state=$(sed -n "s/.* --checkpoint '\([^']*\)'.*/\1/p" <<< "$*")
{ [ -n "$state" ] && [ ! -e "$state.was-killed" ]; } || exec "$@"
nice -n 19 "$@" <&0 & # so that it does not end before it is killed
until [ -e "$state" ]; do
    kill -0 $! || exit 99 # it has ended before it could be killed
    sleep .002
done
kill -9 $! $(cat /proc/$!/task/$!/children)
touch "$state.was-killed"
wait $!
E
    chmod +x "$T/killing"
}
# $run in the end, with N trainings in FOLDER killed on the way: went_on FOLDER N
went_on() {
    local tries=0
    until "${run[@]}" RUN="$T/killing" CHECKPOINT_EVERY=.001 >> "$T/said" 2>&1; do
        tries=$((tries + 1))
        [ $tries -le "$2" ] || { cat "$T/said"; return 1; }
    done
    [ "$(find "$1" -name '.*.was-killed' | wc -l)" -eq "$2" ] || { cat "$T/said"; return 1; }
    find "$1" -name '.*.was-killed' -delete
    [ -z "$(find "$1" -name '.*.state*')" ] # they go with success
}
without() { # without TABLE COLUMN...: but for these columns
    local t="$1"
    shift
    awk -F '\t' -v drop=" $* " 'NR == 1 { for (i = 1; i <= NF; i++) out[i] = index(drop, " " $i " ") }
        { for (i = 1; i <= NF; i++) if (!out[i]) printf "%s\t", $i; print "" }' "$t"
}
same_files() { # same_files FOLDER FOLDER PATTERN
    local f n=0
    for f in "$1"/$3; do
        cmp "$f" "$2/${f##*/}"
        n=$((n + 1))
    done
    [ $n -gt 0 ]
}

@test "mc-finetune: models, logs and summaries are those of a run that nothing ended" {
    killing
    run=(make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" POINTS=2 RECIPE='--steps 500 --batch 8 --lr 1e-3' PAIRS='1-2')
    "${run[@]}" OUT="$T/whole" > "$T/said" 2>&1
    : > "$T/said"
    run+=(OUT="$T/out")
    went_on "$T/out" 2
    [ "$(grep -cE '^mc-finetune: .*/\.seed-[12]\.st\.gz\.state: goes on after step [1-9][0-9]* of 500$' "$T/said")" -eq 2 ]
    same_files "$T/whole" "$T/out" 'seed-*.st.gz'
    same_files "$T/whole" "$T/out" 'each-*.tsv'
    for k in 1 2; do
        cmp <(without "$T/whole/seed-$k.log.tsv" seconds tokens_per_s) <(without "$T/out/seed-$k.log.tsv" seconds tokens_per_s)
        [ "$(tail -c 1 "$T/out/seed-$k.log.tsv" | wc -l)" -eq 1 ]
        cut -f 7 "$T/out/seed-$k.log.tsv" | sed 1d | sort -gc # the time of both parts
    done
    # how a state is kept is not recorded: nothing is made again
    remade "$T/out" '' CHECKPOINT_EVERY=0
    sed "s|$T/whole|$T/out|g" "$T/whole/.seed-1.st.gz.stamp" | cmp - "$T/out/.seed-1.st.gz.stamp"
    grep -lE 'resume|state|checkpoint' "$T"/out/.*.stamp && return 1
    # summaries, and rows of them alone
    run=(make run-methods TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" METHODS=head METHODS_SEEDS='1 2' METHODS_POINTS=2
        METHODS_RECIPE='--steps 500 --batch 8' METHODS_RATES_head='1e-3 1e-2')
    "${run[@]}" OUT="$T/whole" > "$T/said" 2>&1
    run+=(OUT="$T/out")
    went_on "$T/out/methods" 5
    same_files "$T/whole/methods" "$T/out/methods" 'head-*.st.gz'
    for k in head-1.summary head-rate-1e-3; do
        cmp <(without "$T/whole/methods/$k.tsv" seconds peak_mb) <(without "$T/out/methods/$k.tsv" seconds peak_mb)
    done
    cmp "$T/whole/methods/head.rate" "$T/out/methods/head.rate"
}

@test "mc-curve: curves and mixtures; with jobs too" {
    killing
    run=(make run-q1 -j2 TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" PAIRS=1-2 ONLY='order curves layers' Q1_POINTS=2
        Q1_LAYER_POINTS=2 Q1_RECIPE='--steps 300' Q1_BATCH=8 Q1_CURVE='--steps 300 --dev-every 50' Q1_MIX='--steps 300 --lr .05 --dev-every 50'
        Q1_MIX_BY='layer kind' BARRIER='--epsilon 0')
    "${run[@]}" OUT="$T/whole" > "$T/said" 2>&1
    : > "$T/said"
    run+=(OUT="$T/out")
    went_on "$T/out/q1" 5
    for k in curve-order-1-2 mix-layer-1-2 mix-kind-1-2; do
        grep -qE "^mc-curve: .*/\.$k\.st\.gz\.state: goes on after step [1-9][0-9]* of 300$" "$T/said"
        cmp <(without "$T/whole/q1/$k.log.tsv" seconds tokens_per_s) <(without "$T/out/q1/$k.log.tsv" seconds tokens_per_s)
    done
    same_files "$T/whole/q1" "$T/out/q1" '*.st.gz'
}

@test "mc-pretrain: other steps that are saved begin anew, and every step gets its own name" {
    killing
    local s
    "$B/mc-synth" --corpus -n 2000 > "$T/text"
    mkdir "$T/task" "$T/config"
    cp "$F/train.tsv" "$F/dev.tsv" "$T/task/"
    cp "$F/bert"/* "$T/config/"
    cp "$F/bert.json" "$T/config/config.json"
    start() { make OUT="$T/out" TOOL="$bin" CONFIG="$T/config" CORPUS="$T/text" TASK1="$T/task" Q2_STEPS=300 \
        Q2_PRETRAIN='--batch 4 --seq-len 24' "$@" > "$T/said" 2>&1; }
    start "$T/out/q2/series.st.gz" Q2_SAVE='1 40' RUN="$T/killing" CHECKPOINT_EVERY=.001 && return 1
    [ -e "$T/out/q2/.series.st.gz.state" ]
    start "$T"/out/q2/start-{0,40,300}.st.gz Q2_SAVE='0 40' || { cat "$T/said"; return 1; }
    for s in 0 40 300; do "$B/mc-info" "$T/out/q2/start-$s.st.gz" | grep -qx "  step $s"; done
    [ "$("$B/mc-info" --digest "$T/out/q2/series.st.gz" | wc -l)" -eq 3 ]
}

@test "a state of another command, other inputs or another set, or a damaged one, is not taken: the training begins anew" {
    killing
    local what state first="--epochs 20 --batch 8 --lr 1e-3 --only $T/only.txt"
    end() { # end FOLDER VARIABLE=VALUE...: one end there
        local to="$1"
        shift
        make "$to/seed-1.st.gz" OUT="$to" TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" RECIPE="$first" "$@" > "$T/said" 2>&1
    }
    head -n 90 "$F/train.tsv" > "$T/train.tsv"
    head -n 19 "$F/dev.tsv" > "$T/dev.tsv"
    for what in RECIPE="--epochs 20 --batch 8 --lr 2e-3 --only $T/only.txt" TRAIN="$T/train.tsv" DEV="$T/dev.tsv" MODEL="$F/model-own" only damaged cut empty; do
        rm -rf "$T/out" "$T/whole"
        seq 0 49 > "$T/only.txt"
        end "$T/out" RUN="$T/killing" CHECKPOINT_EVERY=.001 && return 1
        state="$T/out/.seed-1.st.gz.state"
        [ -e "$state" ]
        [ ! -e "$T/out/seed-1.st.gz" ]
        case $what in
            only) seq 1 50 > "$T/only.txt" ;;
            damaged) printf '\1\2\3\4' | dd of="$state" bs=1 seek=5000 conv=notrunc 2> /dev/null ;;
            cut) truncate -s -100 "$state" ;;
            empty) : > "$state" ;;
        esac
        [[ $what == *=* ]] || what=POINTS=2
        end "$T/out" "$what" || { cat "$T/said"; return 1; }
        grep -q '^mc-finetune: .*/\.seed-1\.st\.gz\.state.*; the run begins anew$' "$T/said" || { echo "$what"; cat "$T/said"; return 1; }
        grep 'goes on after' "$T/said" && return 1
        end "$T/whole" "$what" CHECKPOINT_EVERY=0
        same_files "$T/whole" "$T/out" 'seed-1.st.gz'
        cmp <(without "$T/whole/seed-1.log.tsv" seconds tokens_per_s) <(without "$T/out/seed-1.log.tsv" seconds tokens_per_s)
        [ ! -e "$state" ]
    done
    for what in x -1 1.2.3 '1 2' ''; do
        run make run-path TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/none" CHECKPOINT_EVERY="$what"
        [ "$status" -eq 2 ]
        [[ "$output" == *"CHECKPOINT_EVERY="* ]]
        [ ! -e "$T/none" ]
    done
}

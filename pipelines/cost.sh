#!/usr/bin/env bash
# What is missing of make q1 and how long it would take, from a measured minute on this machine. Nothing of it is made.
#   cost.sh PROGRAMS WORK...
#
# WORK, a file that make q1 would make:
#   ends:FILE:METHOD:BATCH:long|half|     a training, by LONG's options or on half of the set
#   curves:FILE  mixtures:FILE            a training of a curve, of a mixture
#   lines:FILE:POINTS  layers:FILE:POINTS a path on DEV; one for every layer
#   scores:FILE  tests:FILE               a model on DEV and TEST; on TEST
#   models:FILE                           another model: its bytes
# In the environment: MODEL TRAIN DEV TEST TOKENIZER BATCH, and options as words of the shell: TOKENIZE RECIPE LONG CURVE MIX EVAL RUN,
# OPTIONS_METHOD of every method.
set -euo pipefail
shopt -s inherit_errexit
programs=$1 here=${0%/*}
shift
eval "tokenize=($TOKENIZE) recipe=($RECIPE) long=($LONG) curve=($CURVE) mix=($MIX) eval=($EVAL) run=($RUN)"
seconds=20 # of each measurement
work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT

# calculate EXPRESSION
calculate() { awk "BEGIN { printf \"%.17g\", $1 }"; }

# tokens NAME FILE: a token set; the number of its examples
tokens() {
    [ -n "$2" ] || { echo 0; return; }
    "$programs/mc-tokenize" -q -t "$TOKENIZER" "${tokenize[@]}" --task "$1" -o "$work/$1.tok.gz" -- "$2"
    "$programs/mc-info" --ids "$work/$1.tok.gz" | wc -l
}

# trained N BATCH OPTION...: the examples that a training with these options goes through, of a set of N
trained() {
    local n=$1 batch=$2 epochs=3 steps='' accum=1
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
            --epochs | --steps | --accum) printf -v "${1#--}" %s "${2:-}"; shift ;;
            --epochs=* | --steps=* | --accum=*) printf -v "$(expr "$1" : '--\([a-z]*\)')" %s "${1#*=}" ;;
        esac
        shift
    done
    if [ -n "$steps" ]; then calculate "$steps * $batch * $accum"; else calculate "$epochs * $n"; fi
}

# The options of an end but for how long it is trained: --epochs and --steps exclude each other.
lengthless=()
for ((i = 0; i < ${#recipe[@]}; i++)); do
    case ${recipe[i]} in
        --epochs | --steps) i=$((i + 1)) ;;
        --epochs=* | --steps=*) ;;
        *) lengthless+=("${recipe[i]}") ;;
    esac
done

# tune NAME METHOD STEPS OPTION...: a model; its seconds
tune() {
    local name=$1 method=$2 steps=$3 own=OPTIONS_$2
    shift 3
    eval "own=(${!own})"
    "${run[@]}" "$programs/mc-finetune" -q --method "$method" --train "$work/train.tok.gz" "${own[@]}" "${lengthless[@]}" --batch "$BATCH" \
        "$@" --steps "$steps" --summary "$work/summary.tsv" -o "$work/$name.st.gz" <"$work/base.st.gz"
    awk -v columns=seconds -f "$here/row.awk" "$work/summary.tsv"
}

# sweep EXAMPLES: the seconds of three points on that many of DEV
sweep() {
    local start
    start=$(date +%s.%N)
    "${run[@]}" "$programs/mc-interp" -q -n 3 "$work/first.st.gz" "$work/second.st.gz" |
        "${run[@]}" "$programs/mc-eval" -q "${eval[@]}" --examples "$1" --per-example "$work/each.tsv" -o "$work/path.tsv" "$work/dev.tok.gz"
    calculate "$(date +%s.%N) - $start"
}

# fill N SECONDS MOST: how many fill the time of a measurement if N take these seconds; N at least, MOST at most
fill() {
    awk -v n="$1" -v took="$2" -v most="$3" -v want="$seconds" 'BEGIN {
        k = int(n * want / (took + 1e-9))
        if (k > most) k = most
        print (k < n ? n : k)
    }'
}

# Measure: few at first, which tells how many fill the time.
"$programs/mc-import" -q -o "$work/base.st.gz" -- "$MODEL"
n_train=$(tokens train "$TRAIN") n_dev=$(tokens dev "$DEV") n_test=$(tokens test "$TEST")
took=$(tune first full 2 --seed 1)
steps=$(fill 2 "$took" $((n_train / BATCH + 1)))
took=$(tune second full "$steps" --seed 2)
train_rate=$(calculate "$(trained "$n_train" "$BATCH" "${recipe[@]}" --steps "$steps") / ($took + 1e-9)")
few=$((n_dev < 50 ? n_dev : 50))
took=$(sweep "$few")
many=$(fill "$few" "$took" "$n_dev")
took=$(sweep "$many")
sweep_rate=$(calculate "3 * $many / $took")
row_bytes=$(calculate "$(wc -c <"$work/each.tsv") / (3 * $many)")
layers=$("$programs/mc-dist" --by layer "$work/first.st.gz" "$work/second.st.gz" |
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["group"] != "all" { n++ } END { print n + 0 }')
declare -A bytes
bytes[full]=$(wc -c <"$work/second.st.gz")

# Every piece of work: kind, 1 if it is missing, examples of training, examples x points of paths, bytes.
for item in "$@"; do
    IFS=: read -r kind file first batch how <<<"$item"
    training=0 points=0 size=0
    case $kind in
        ends)
            options=("${recipe[@]}") n=$n_train
            [ "$how" != long ] || options+=("${long[@]}")
            [ "$how" != half ] || n=$((n_train / 2))
            training=$(trained "$n" "$batch" "${options[@]}")
            if [ -z "${bytes[$first]:-}" ]; then
                tune delta "$first" 1 >/dev/null
                bytes[$first]=$(wc -c <"$work/delta.st.gz")
            fi
            size=${bytes[$first]}
            ;;
        curves) training=$(trained $((n_train * 7 / 8)) "$BATCH" "${curve[@]}") size=$((3 * bytes[full])) ;; # two ends and a bend
        mixtures) training=$(trained $((n_train * 7 / 8)) "$BATCH" "${mix[@]}") size=${bytes[full]} ;;
        lines) points=$((first * n_dev)) ;;
        layers) points=$((layers * first * n_dev)) ;;
        scores) points=$((n_dev + n_test)) ;;
        tests) points=$n_test ;;
        models) size=${bytes[full]} ;;
    esac
    case $kind in lines | layers) size=$(calculate "$points * $row_bytes") ;; esac
    echo "$kind $([ -e "$file" ] && echo 0 || echo 1) $training $points $size"
done >"$work/pieces"
awk -v train_rate="$train_rate" -v sweep_rate="$sweep_rate" '
    !($1 in all) { order[++kinds] = $1 }
    { all[$1]++ }
    $2 { missing[$1]++; hours[$1] += ($3 / train_rate + $4 / sweep_rate) / 3600; bytes[$1] += $5 }
    function line(what, all, missing, hours, bytes) { printf "%-10s %6d %8d %9.2f %10.1f\n", what, all, missing, hours, bytes / 1e6 }
    END {
        printf "%-10s %6s %8s %9s %10s\n", "what", "all", "missing", "hours", "megabytes"
        for (i = 1; i <= kinds; i++) {
            k = order[i]
            line(k, all[k], missing[k], hours[k], bytes[k])
            sums[1] += all[k]; sums[2] += missing[k]; sums[3] += hours[k]; sums[4] += bytes[k]
        }
        line("together", sums[1], sums[2], sums[3], sums[4])
        printf "measured: %.4g examples a second in training, %.4g examples x points on paths", train_rate, sweep_rate
        print missing["curves"] ? "; curves at most: a line that is connected has none" : ""
    }' "$work/pieces"

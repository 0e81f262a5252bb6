#!/usr/bin/env bash
# Evaluation and training of a MiniLM-sized random model, as a share of the single-threaded matrix-product rate on all
# processors at once. Prints a table: measure, value, unit. Whole processes are timed, reading included; rate,
# evaluation and training take turns, and medians are shown.
#   BIN=build/bin RATE=build/tests/gemm_rate tests/bench/run.sh
# With PEER=SCRIPT (and PYTHON= to run it with) also the peer's rate, on the same model and text:
#   PEER train MODEL_DIR TRAIN.tsv --steps N      PEER eval MODEL_DIR DEV.tsv      each prints examples_per_s=...
set -euo pipefail
ROUNDS=${ROUNDS:-5} EVAL=${EVAL:-1600} STEPS=${STEPS:-20} BATCH=32
LAYERS=6 HIDDEN=384 HEADS=12 INTER=1536 VOCAB=30522
TRAIN=$((STEPS * BATCH))
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

row() { printf '%s\t%s\t%s\n' "$@"; }
median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
calc() { awk "BEGIN { printf \"%.4g\", $1 }"; }

# One to three sentences a line, labelled as the first: 8 to 60 tokens, as short reviews have.
texts() { # SPLIT LINES
    "$BIN/mc-synth" --task sentiment --split "$1" -n $((3 * $2)) |
        awk -F'\t' -v want="$2" 'made < want {
            if (left == 0) { left = 1 + made % 3; text = ""; label = $2 }
            text = text (text == "" ? "" : " ") $1
            if (--left == 0) { print text "\t" label; made++ }
        }'
}

# Dense floating-point operations of the forward pass over a token set, in GF: the maps of every layer at every token,
# and attention; backward is twice that. Then what is really done: the last layer needs keys and values alone at every
# token, and the rest at one position, which a share of the dense work credits as speed.
forward_gf() { # TOKENS
    "$BIN/mc-info" --ids "$1" | awk -F'\t' -v l=$LAYERS -v h=$HIDDEN -v i=$INTER '
        { n = split($2, id, " "); tokens += n; pairs += n * n }
        END {
            layer = 2 * (4 * h * h + 2 * h * i)
            dense = l * (tokens * layer + 4 * h * pairs)
            done = dense - (tokens - NR) * (layer - 4 * h * h) - 4 * h * (pairs - tokens)
            printf "%d %.6f %.6f\n", tokens, dense / 1e9, done / 1e9
        }'
}

timed() { # FILE COMMAND...: appends the seconds it takes
    local file=$1 start=$EPOCHREALTIME
    shift
    "$@"
    awk "BEGIN { print $EPOCHREALTIME - $start }" >>"$file"
}

evaluate() { "$BIN/mc-eval" -q "$dir/dev.tok.gz" <"$dir/model.st.gz" >"$dir/eval.out"; }
train() {
    "$BIN/mc-finetune" -q --train "$dir/train.tok.gz" --epochs 1 --batch $BATCH <"$dir/model.st.gz" |
        cat >"$dir/tuned.st.gz"
}

prepare() {
    "$BIN/mc-synth" --tokenizer "$dir/lang"
    cat >"$dir/config.json" <<END
{"model_type": "bert", "vocab_size": $VOCAB, "hidden_size": $HIDDEN, "num_hidden_layers": $LAYERS,
 "num_attention_heads": $HEADS, "intermediate_size": $INTER, "max_position_embeddings": 512}
END
    "$BIN/mc-init" "$dir/config.json" -t "$dir/lang" --labels negative,positive -o "$dir/model.st.gz" --level 0
    texts dev "$EVAL" >"$dir/dev.tsv"
    texts train "$TRAIN" >"$dir/train.tsv"
    for s in dev train; do "$BIN/mc-tokenize" -t "$dir/lang" -o "$dir/$s.tok.gz" <"$dir/$s.tsv"; done
    [ "$(wc -l <"$dir/dev.tsv")" = "$EVAL" ] && [ "$(wc -l <"$dir/train.tsv")" = "$TRAIN" ]
}

# NAME FILE DENSE_GF DONE_GF TOKENS EXAMPLES
report() {
    local s
    s=$(median "$2")
    row "$1 seconds" "$s" s
    row "$1 tokens" "$(calc "$5 / $s")" tokens/s
    row "$1 examples" "$(calc "$6 / $s")" examples/s
    row "$1 rate" "$(calc "$3 / $s")" GF/s
    row "$1 share" "$(calc "$3 / $s / $rate")" "of sgemm [128x384x384], dense work"
    row "$1 share done" "$(calc "$4 / $s / $rate")" "of sgemm [128x384x384], work really done"
}

# WHAT FILE EXAMPLES COMMAND...
peer() {
    local what=$1 file=$2 examples=$3 got
    shift 3
    got=$(${PYTHON:+"$PYTHON"} "$PEER" "$@" | grep -o 'examples_per_s=[0-9.e+-]*' | cut -d= -f2)
    row "peer $what examples" "$got" "examples/s, its loop alone"
    row "$what over peer" "$(calc "$examples / $(median "$file") / $got")" ratio
}

prepare
row measure value unit
row processor "$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || uname -m)" ""
row processors "$(nproc)" ""
row kernels "$("$BIN/mc-eval" --version | sed -n 's/^kernels: //p')" ""
read -r dev_tokens dev_gf dev_done < <(forward_gf "$dir/dev.tok.gz")
read -r train_tokens train_gf train_done < <(forward_gf "$dir/train.tok.gz")
train_gf=$(calc "3 * $train_gf") train_done=$(calc "3 * $train_done")
evaluate # warm-up
for ((i = 0; i < ROUNDS; i++)); do
    "$RATE" >"$dir/rate"
    awk 'NR == 1 { print $2 }' "$dir/rate" >>"$dir/narrow"
    awk 'NR == 2 { print $2 }' "$dir/rate" >>"$dir/wide"
    timed "$dir/eval" evaluate
    timed "$dir/train" train
done
rate=$(median "$dir/narrow")
row 'sgemm [128x384x384], one thread each' "$rate" GF/s
row 'sgemm [128x1536x384], one thread each' "$(median "$dir/wide")" GF/s
row 'forward work' "$(calc "$dev_gf / $dev_tokens * 1000")" MF/token
row 'forward and backward work' "$(calc "$train_gf / $train_tokens * 1000")" MF/token
row 'tokens of an example' "$(calc "$dev_tokens / $EVAL")" mean
report evaluation "$dir/eval" "$dev_gf" "$dev_done" "$dev_tokens" "$EVAL"
report training "$dir/train" "$train_gf" "$train_done" "$train_tokens" "$TRAIN"
if [ -n "${PEER:-}" ]; then
    "$BIN/mc-export" "$dir/hf" -t "$dir/lang" <"$dir/model.st.gz"
    peer evaluation "$dir/eval" "$EVAL" eval "$dir/hf" "$dir/dev.tsv"
    peer training "$dir/train" "$TRAIN" train "$dir/hf" "$dir/train.tsv" --steps "$STEPS"
else
    row peer skipped 'PEER= names no script'
fi

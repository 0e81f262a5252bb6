#!/usr/bin/env bash
# Parity with PyTorch, transformers and tokenizers, tables read with pandas and R, the tutorial; ends with a line "N passed, N failed".
# TEXTS: files of labelled text, MODEL: a Hugging Face directory, ROBERTA_TOKENIZER: one of RoBERTa's, T5_TOKENIZER: of
# T5's; without them those parts are skipped, and said to be.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
export BIN=$(cd "$BIN" && pwd) DUMP=$(readlink -f "$DUMP")
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Comparisons of ids, one to a processor: ids NAME COMMAND...; their output and verdicts come at the end, in order.
names=()
ids() {
    local n=${#names[@]}
    names+=("$1")
    shift
    [ "$(jobs -pr | wc -l)" -lt "$(nproc)" ] || wait -n || true
    { "$PYTHON" "$@" >"$work/$n.log" 2>&1; echo $? >"$work/$n.status"; } &
}
verdicts() {
    local n
    wait
    for n in "${!names[@]}"; do
        cat "$work/$n.log"
        verdict "ids, ${names[n]}" "$(cat "$work/$n.status")"
    done
}
# verdict WHAT STATUS: counts a comparison
verdict() {
    if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    echo "$1: $([ "$2" = 0 ] && echo equal || echo DIFFERENT)"
}

# Vocabularies trained on the spot, byte-level BPE and Unigram; SentencePiece itself differs from transformers, which is shown.
ids 'random directories' tests/parity/configs.py --bin "$BIN" -n 400
ids 'byte-level BPE' tests/parity/bpe.py --bin "$BIN" --quick
ids 'Unigram' tests/parity/unigram.py --bin "$BIN" --dump "$DUMP" --quick
# The synthetic language's own tokenizers and text; WordPiece with every hostile string and code point.
"$BIN/mc-synth" --task sentiment --split train -n 2000 >"$work/synth.tsv"
for kind in bert roberta t5; do "$BIN/mc-synth" --tokenizer "$work/$kind" --kind $kind; done
ids 'synthetic language' tests/parity/ids.py --bin "$BIN" --quick "$work/bert" "$work/synth.tsv"
for kind in roberta t5; do
    ids "synthetic language, $kind" tests/parity/lang.py --bin "$BIN" "$work/$kind" "$work/synth.tsv"
done
# The same text as a corpus.
for kind in bert roberta t5; do
    ids "corpora, $kind" tests/parity/corpus.py --bin "$BIN" "$work/$kind" "$work/synth.tsv"
done
# Text to text: sources and targets are what the tokenizer makes of the filled-in templates.
ids 'templates' tests/parity/templates.py --bin "$BIN"
# What is given.
if [ -n "$MODEL" ]; then
    ids 'given model' tests/parity/ids.py --bin "$BIN" --quick "$MODEL" $TEXTS
else
    echo 'ids, given model: skipped (MODEL= and TEXTS= give one)'
fi
if [ -n "${ROBERTA_TOKENIZER:-}" ]; then
    ids 'given byte-level BPE' tests/parity/bpe.py --bin "$BIN" "$ROBERTA_TOKENIZER"
else
    echo 'ids, given byte-level BPE: skipped (ROBERTA_TOKENIZER= gives one)'
fi
if [ -n "${T5_TOKENIZER:-}" ]; then
    ids 'given Unigram' tests/parity/unigram.py --bin "$BIN" --dump "$DUMP" "$T5_TOKENIZER"
else
    echo 'ids, given Unigram: skipped (T5_TOKENIZER= gives one)'
fi
verdicts

# Written answers against gold ones.
"$PYTHON" tests/parity/answers.py --dump "$DUMP"
verdict 'exact match and token F1' $?

# Files of torch.save, beside safetensors.
"$PYTHON" tests/parity/pickled.py --bin "$BIN"
verdict 'pickled weights' $?

# A script that counts for itself.
counted() {
    local line bad
    "$PYTHON" "$@" 2>"$work/err" | tee "$work/out"
    [ "${PIPESTATUS[0]}" = 0 ] || tail -n 20 "$work/err"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/out" | tail -n 1)
    if [ -n "$line" ]; then
        bad=${line#*passed, }
        passed=$((passed + ${line%% passed*})) failed=$((failed + ${bad%% failed*}))
    else
        failed=$((failed + 1)) # it died
    fi
}
first=${TEXTS%% *}
counted tests/parity/model.py ${MODEL:+--model "$MODEL"} ${first:+--texts "$first"}
counted tests/parity/t5.py
counted tests/parity/delta.py
counted tests/parity/curve.py
counted tests/parity/pretrain.py
counted tests/parity/exchange.py
counted tests/parity/paths.py
counted tests/parity/measures.py
counted tests/parity/tables.py
counted tests/parity/tutorial.py
[ -n "$MODEL" ] && [ -n "$first" ] || echo 'models: a given one skipped (MODEL= and TEXTS= give one)'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

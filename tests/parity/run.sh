#!/usr/bin/env bash
# Parity with PyTorch, transformers and tokenizers; ends with a line "N passed, N failed".
# TEXTS: files of labelled text, MODEL: a Hugging Face directory, ROBERTA_TOKENIZER: one of RoBERTa's, T5_TOKENIZER: of
# T5's; without them those parts are skipped, and said to be.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
export BIN=$(cd "$BIN" && pwd) DUMP=$(readlink -f "$DUMP")
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

verdict() { # NAME STATUS
    if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    echo "$1: $([ "$2" = 0 ] && echo equal || echo DIFFERENT)"
}

# The synthetic language's own tokenizer and text, with every hostile string and code point.
"$BIN/mc-synth" --tokenizer "$work/lang"
"$BIN/mc-synth" --task sentiment --split train -n 2000 >"$work/synth.tsv"
"$PYTHON" tests/parity/ids.py --bin "$BIN" --quick "$work/lang" "$work/synth.tsv"
verdict 'ids, synthetic language' $?
if [ -n "$MODEL" ]; then
    "$PYTHON" tests/parity/ids.py --bin "$BIN" --quick "$MODEL" $TEXTS
    verdict 'ids, given model' $?
else
    echo 'ids, given model: skipped (MODEL= and TEXTS= give one)'
fi

# The language's two other tokenizers, on its own text.
for kind in roberta t5; do
    "$BIN/mc-synth" --tokenizer "$work/$kind" --kind $kind
    "$PYTHON" tests/parity/lang.py --bin "$BIN" "$work/$kind" "$work/synth.tsv"
    verdict "ids, synthetic language, $kind" $?
done

# Byte-level BPE: vocabularies trained on the spot, and a given one.
"$PYTHON" tests/parity/bpe.py --bin "$BIN" --quick
verdict 'ids, byte-level BPE' $?
if [ -n "${ROBERTA_TOKENIZER:-}" ]; then
    "$PYTHON" tests/parity/bpe.py --bin "$BIN" "$ROBERTA_TOKENIZER"
    verdict 'ids, given byte-level BPE' $?
else
    echo 'ids, given byte-level BPE: skipped (ROBERTA_TOKENIZER= gives one)'
fi

# Unigram in the same way; SentencePiece itself differs from transformers, which is shown.
"$PYTHON" tests/parity/unigram.py --bin "$BIN" --dump "$DUMP" --quick
verdict 'ids, Unigram' $?
if [ -n "${T5_TOKENIZER:-}" ]; then
    "$PYTHON" tests/parity/unigram.py --bin "$BIN" --dump "$DUMP" "$T5_TOKENIZER"
    verdict 'ids, given Unigram' $?
else
    echo 'ids, given Unigram: skipped (T5_TOKENIZER= gives one)'
fi

# Text to text: sources and targets are what the tokenizer makes of the filled-in templates.
"$PYTHON" tests/parity/templates.py --bin "$BIN"
verdict 'ids, templates' $?

# Written answers against gold ones.
"$PYTHON" tests/parity/answers.py --dump "$DUMP"
verdict 'exact match and token F1' $?

# Pickled weights, by the command that mc-import gives.
"$PYTHON" tests/parity/pickled.py --bin "$BIN"
verdict 'pickled weights, converted' $?

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
[ -n "$MODEL" ] && [ -n "$first" ] || echo 'models: a given one skipped (MODEL= and TEXTS= give one)'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

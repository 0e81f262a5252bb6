#!/usr/bin/env bash
# Parity with PyTorch, transformers and tokenizers; ends with a line "N passed, N failed".
# TEXTS: files of labelled text, MODEL: a Hugging Face directory, ROBERTA_TOKENIZER: one of RoBERTa's; without them those
# parts are skipped, and said to be.
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

# Byte-level BPE: vocabularies trained on the spot, and a given one.
"$PYTHON" tests/parity/bpe.py --bin "$BIN" --quick
verdict 'ids, byte-level BPE' $?
if [ -n "${ROBERTA_TOKENIZER:-}" ]; then
    "$PYTHON" tests/parity/bpe.py --bin "$BIN" "$ROBERTA_TOKENIZER"
    verdict 'ids, given byte-level BPE' $?
else
    echo 'ids, given byte-level BPE: skipped (ROBERTA_TOKENIZER= gives one)'
fi

# Text to text: sources and targets are what the tokenizer makes of the filled-in templates.
"$PYTHON" tests/parity/templates.py --bin "$BIN" >"$work/out" || cat "$work/out"
verdict 'ids, templates' "${PIPESTATUS[0]}"

first=${TEXTS%% *}
"$PYTHON" tests/parity/model.py ${MODEL:+--model "$MODEL"} ${first:+--texts "$first"} 2>"$work/err" | tee "$work/out"
[ "${PIPESTATUS[0]}" = 0 ] || tail -n 20 "$work/err"
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/out" | tail -n 1)
if [ -n "$line" ]; then
    n=${line%% passed*} bad=${line#*passed, }
    passed=$((passed + n)) failed=$((failed + ${bad%% failed*}))
else
    failed=$((failed + 1)) # it died
fi
[ -n "$MODEL" ] && [ -n "$first" ] || echo 'models: a given one skipped (MODEL= and TEXTS= give one)'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

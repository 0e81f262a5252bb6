#!/usr/bin/env bash
# Parity with PyTorch, transformers and tokenizers, tables read with pandas and R, the tutorial: as many comparisons beside
# each other as there are processors; ends with a line "N passed, N failed".
# TEXTS: files of labelled text, MODEL: a Hugging Face directory, ROBERTA_TOKENIZER: one of RoBERTa's, T5_TOKENIZER: of
# T5's; without them those parts are skipped, and said to be.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
export BIN=$(cd "$BIN" && pwd) DUMP=$(readlink -f "$DUMP")
export OMP_NUM_THREADS=1 # PyTorch's threads keep a processor while they wait, which is another comparison's
. tests/jobs.bash
passed=0 failed=0
work=$(mktemp -d)
trap 'end_jobs; rm -rf "$work"' EXIT

# finished NAME LOG STATUS SECONDS: a comparison that counts for itself says "N passed, N failed" last; another is one.
finished() {
    local line ok bad
    cat "$2"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$2" | tail -n 1)
    ok=${line%% passed*} bad=${line#*passed, } bad=${bad%% failed*}
    if [ -z "$line" ]; then ok=$(($3 == 0)) bad=0; fi
    if [ "$3" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    passed=$((passed + ok)) failed=$((failed + bad))
    echo "== $1: $([ "$bad" = 0 ] && echo equal || echo DIFFERENT), $4 s"
}
# compare NAME SCRIPT ARGUMENTS...
compare() {
    job "$1" "$PYTHON" "tests/parity/$2.py" "${@:3}"
}

# The longest first, so that no processor waits for the last one.
"$BIN/mc-synth" --task sentiment --split train -n 2000 >"$work/synth.tsv"
for kind in bert roberta t5; do "$BIN/mc-synth" --tokenizer "$work/$kind" --kind $kind; done
# The synthetic language's own tokenizers and text; WordPiece with every hostile string and code point.
compare 'ids, synthetic language' ids --bin "$BIN" --quick "$work/bert" "$work/synth.tsv"
# Vocabularies trained on the spot, byte-level BPE and Unigram; SentencePiece itself differs from transformers, which is shown.
compare 'ids, byte-level BPE' bpe --bin "$BIN" --quick
compare 'ids, Unigram' unigram --bin "$BIN" --dump "$DUMP" --quick
# What is given.
if [ -n "$MODEL" ]; then
    compare 'ids, given model' ids --bin "$BIN" --quick "$MODEL" $TEXTS
else
    echo 'ids, given model: skipped (MODEL= and TEXTS= give one)'
fi
if [ -n "${ROBERTA_TOKENIZER:-}" ]; then
    compare 'ids, given byte-level BPE' bpe --bin "$BIN" "$ROBERTA_TOKENIZER"
else
    echo 'ids, given byte-level BPE: skipped (ROBERTA_TOKENIZER= gives one)'
fi
if [ -n "${T5_TOKENIZER:-}" ]; then
    compare 'ids, given Unigram' unigram --bin "$BIN" --dump "$DUMP" "$T5_TOKENIZER"
else
    echo 'ids, given Unigram: skipped (T5_TOKENIZER= gives one)'
fi
# Models, training and measures.
first=${TEXTS%% *}
[ -n "$MODEL" ] && [ -n "$first" ] || echo 'models: a given one skipped (MODEL= and TEXTS= give one)'
compare 'exchange' exchange
compare 'models' model ${MODEL:+--model "$MODEL"} ${first:+--texts "$first"}
for what in t5 delta curve pretrain paths measures tables tutorial; do compare "$what" $what; done
# Less long comparisons of ids: directories made at random, the language's other tokenizers, corpora, text to text.
compare 'ids, random directories' configs --bin "$BIN" -n 400
for kind in roberta t5; do
    compare "ids, synthetic language, $kind" lang --bin "$BIN" "$work/$kind" "$work/synth.tsv"
done
for kind in bert roberta t5; do
    compare "ids, corpora, $kind" corpus --bin "$BIN" "$work/$kind" "$work/synth.tsv"
done
compare 'ids, templates' templates --bin "$BIN"
# Written answers against gold ones; files of torch.save, beside safetensors.
compare 'exact match and token F1' answers --dump "$DUMP"
compare 'pickled weights' pickled --bin "$BIN"
all_jobs
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

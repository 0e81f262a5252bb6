#!/usr/bin/env bats
# Activations that mc-eval keeps over a sweep of groups: every row is that of its model alone, to the byte, and -v says what was
# saved.
load common

setup_file() {
    fixture
    export BERT="$F/bert" T5="$F/t5s"
    mkdir "$BERT" "$T5"
    mv "$F"/{a,b,dev.tok}.* "$BERT"
    "$B/mc-synth" --task sentiment --split dev -n 90 | tail -n 40 | "$B/mc-tokenize" -t "$F/lang" --task other -o "$F/other.tok.gz"
    for s in 1 2; do
        "$B/mc-finetune" -q --method lora --train "$F/train.tok.gz" --epochs 1 --lr 1e-2 --seed $s -o "$F/lora-$s.st.gz" < "$BERT/a.st.gz"
    done
    "$B/mc-synth" --tokenizer "$F/ro" --kind roberta
    echo '{"model_type": "roberta", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 951, "max_position_embeddings": 66, "type_vocab_size": 1, "pad_token_id": 1}' > "$F/ro.json"
    for s in 1 2; do "$B/mc-init" "$F/ro.json" -t "$F/ro" --labels negative,positive --seed-init $s -o "$F/ro-$s.st.gz"; done
    "$B/mc-tokenize" -t "$F/ro" --task mood -o "$F/ro-dev.tok.gz" "$F/dev.tsv"
    (
        fixture_t5
        mv "$F"/{a,b,tuned,dev.tok}.* "$T5"
    )
}
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-interp"; E="$B/mc-eval"; }

# The columns that a model alone has as well: js_0 is a distance from the first point.
own() { cut -f 2- "$1" | sed 's/\t[^\t]*$//'; }
saved() { sed -n 's/.*kept activations: \([0-9]*\) % of the work.*/\1/p' "$1"; }

# The points of a stream, evaluated together and each alone.
same() { # same STREAM ARGUMENT...
    local i n stream="$1"
    shift
    "$E" -v --threads 1 --per-example "$T/each" "$@" < "$stream" > "$T/table" 2> "$T/log"
    "$E" -v --threads 4 "$@" < "$stream" 2> "$T/log4" | cmp - "$T/table"
    [ "$(saved "$T/log")" = "$(saved "$T/log4")" ]
    n=$(tail -n 1 "$T/table" | cut -f 1)
    : > "$T/alone"
    for ((i = 0; i <= n; i++)); do
        "$B/mc-pick" $i --level 0 < "$stream" | "$E" "$@" > "$T/one"
        if [ $i = 0 ]; then cat "$T/one"; else tail -n +2 "$T/one"; fi >> "$T/alone"
    done
    cmp <(own "$T/table") <(own "$T/alone")
}

@test "BERT, two tasks: layers, sublayers, tensors, growing, from either end" {
    local o
    for o in "layer" "layer --rest 1" "layer --grow down --rest 1" "sublayer" "layer --grow up"; do
        "$I" -q --by $o -n 3 --level 0 "$BERT/a.st.gz" "$BERT/b.st.gz" > "$T/p"
        same "$T/p" "$BERT/dev.tok.gz" "$F/other.tok.gz"
        if [ "$o" = "layer --grow up" ]; then
            [ "$(saved "$T/log")" = 0 ] # the embeddings move at every point
        else
            [ "$(saved "$T/log")" -gt 0 ] || { echo "$o"; return 1; }
        fi
    done
    "$I" -q --by tensor -n 2 --level 0 "$BERT/a.st.gz" "$BERT/b.st.gz" > "$T/p"
    same "$T/p" --examples 20 "$BERT/dev.tok.gz"
    [ "$(saved "$T/log")" -gt 0 ]
}

@test "RoBERTa, T5 by the targets of labels" {
    "$I" -q --by layer -n 3 --level 0 "$F/ro-1.st.gz" "$F/ro-2.st.gz" > "$T/p"
    same "$T/p" "$F/ro-dev.tok.gz"
    [ "$(saved "$T/log")" -gt 0 ]
    "$I" -q --by layer -n 3 --level 0 "$T5/a.st.gz" "$T5/b.st.gz" > "$T/p"
    same "$T/p" "$T5/dev.tok.gz"
    [ "$(saved "$T/log")" -gt 30 ] # the encoder, while the decoder moves
}

@test "text that is written uses nothing kept" {
    "$I" -q --by layer -n 2 --level 0 "$T5/tuned.st.gz" "$T5/b.st.gz" > "$T/p"
    same "$T/p" --decode greedy --max-new 6 "$T5/dev.tok.gz"
    [ "$(saved "$T/log")" = 0 ]
}

@test "deltas over one base, in the stream or a file" {
    "$I" -q --by layer -n 3 --level 0 --base "$BERT/a.st.gz" "$F/lora-1.st.gz" "$F/lora-2.st.gz" > "$T/p"
    same "$T/p" --base "$BERT/a.st.gz" "$BERT/dev.tok.gz"
    [ "$(saved "$T/log")" -gt 0 ]
}

@test "a line: nothing is kept" {
    "$I" -q -n 5 --level 0 "$BERT/a.st.gz" "$BERT/b.st.gz" > "$T/p"
    same "$T/p" "$BERT/dev.tok.gz"
    [ "$(saved "$T/log")" = 0 ]
    grep -q '^mc-eval: kept activations: 0 % of the work of 5 models not done again$' "$T/log"
    "$E" -v "$BERT/dev.tok.gz" < "$BERT/a.st.gz" 2>&1 > /dev/null | grep -q '0 % of the work of 1 model not done again$'
    ! "$E" "$BERT/dev.tok.gz" < "$T/p" 2>&1 > /dev/null | grep kept || return 1 # only where details are asked for
}

#!/usr/bin/env bats
# mc-synth: the same bytes always, whole sets, a tokenizer that covers the language, and refusals.

setup() {
    S="${BIN:-build/bin}/mc-synth"
    T="$BATS_TEST_TMPDIR"
}

@test "--help and --version" {
    run "$S" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"--corpus"* && "$output" == *"--task"* && "$output" == *"--tokenizer"* ]]
    run "$S" --version
    [ "$status" -eq 0 ]
}

@test "bad usage exits 2 with one line" {
    for o in "" "--nonsense" "--corpus --vocab" "--task sentiment" "--task nonsense --split train" \
        "--task sentiment --split nonsense" "--corpus --split train" "--corpus -n 0" "--corpus -n x" "--vocab -n 5" \
        "--corpus --seed -1" "--corpus operand" "--tokenizer $T/d -o $T/x" "--vocab --kind t5" \
        "--tokenizer $T/d --kind gpt2"; do
        run "$S" $o
        [ "$status" -eq 2 ] || { echo "$o: $status"; false; }
        [ "${#lines[@]}" -eq 1 ]
        [[ "$output" == "mc-synth: error: "* ]]
    done
    [ ! -e "$T/d" ]
}

@test "shape of the sets" {
    for t in sentiment sentiment-b; do
        "$S" --task $t --split dev -n 500 > "$T/x"
        [ "$(awk -F '\t' 'NF == 2 && $1 ~ /^[a-z][a-z ,]*[a-z]\.$/' "$T/x" | wc -l)" -eq 500 ]
        [ "$(cut -f 2 "$T/x" | sort | uniq -c | tr -s ' \n' ' ')" = " 250 negative 250 positive " ]
    done
    for t in inference inference-hard; do
        "$S" --task $t --split test -n 600 > "$T/x"
        [ "$(awk -F '\t' 'NF == 3 && $1 $2 ~ /^[a-z .]*$/' "$T/x" | wc -l)" -eq 600 ]
        [ "$(cut -f 3 "$T/x" | sort | uniq -c | tr -s ' \n' ' ')" = " 200 contradiction 200 entailment 200 neutral " ]
    done
    "$S" --corpus -n 100 > "$T/x"
    [ "$(wc -l < "$T/x")" -eq 100 ]
    ! grep -q "$(printf '\t')" "$T/x" || return 1
}

@test "same seed same bytes, prefixes, other seed other bytes" {
    "$S" --task inference --split train -n 300 --seed 7 > "$T/a"
    "$S" --task inference --split train -n 300 --seed=7 -o "$T/b"
    cmp "$T/a" "$T/b"
    "$S" --task inference --split train -n 50 --seed 7 | cmp - <(head -n 50 "$T/a")
    "$S" --task inference --split train -n 300 --seed 8 > "$T/b"
    ! cmp -s "$T/a" "$T/b" || return 1
}

@test "the tokenizer directory is whole" {
    "$S" --tokenizer "$T/lang"
    [ "$(ls "$T/lang" | tr '\n' ' ')" = "config.json tokenizer.json tokenizer_config.json vocab.txt " ]
    "$S" --vocab | cmp - "$T/lang/vocab.txt"
    [ "$(head -n 5 "$T/lang/vocab.txt" | tr '\n' ' ')" = "[PAD] [UNK] [CLS] [SEP] [MASK] " ]
    [ -z "$(sort "$T/lang/vocab.txt" | uniq -d)" ]
    n=$(wc -l < "$T/lang/vocab.txt")
    grep -q "\"vocab_size\": $n," "$T/lang/config.json"
    # the pieces of tokenizer.json with their ids are the lines of vocab.txt
    sed -n '/"vocab": {/,/}/s/^ *"\(.*\)": \([0-9]*\),\{0,1\}$/\2 \1/p' "$T/lang/tokenizer.json" | cut -d ' ' -f 2 | cmp - "$T/lang/vocab.txt"
    if command -v python3 > /dev/null; then
        for f in config tokenizer tokenizer_config; do python3 -m json.tool "$T/lang/$f.json" > /dev/null; done
    fi
    "$S" --tokenizer "$T/lang" # again over itself
}

@test "tokenizers of other kinds" {
    "$S" --tokenizer "$T/bert" --kind bert
    "$S" --tokenizer "$T/lang"
    diff -r "$T/bert" "$T/lang" # the default
    "$S" --tokenizer "$T/roberta" --kind roberta
    [ "$(ls "$T/roberta" | tr '\n' ' ')" = "config.json merges.txt tokenizer.json tokenizer_config.json vocab.json " ]
    "$S" --tokenizer "$T/t5" --kind t5
    [ "$(ls "$T/t5" | tr '\n' ' ')" = "config.json tokenizer.json tokenizer_config.json " ]
    if command -v python3 > /dev/null; then
        for f in "$T"/roberta/*.json "$T"/t5/*.json; do python3 -m json.tool "$f" > /dev/null; done
    fi
    I="${BIN:-build/bin}/mc-tokenize" F="${BIN:-build/bin}/mc-info"
    "$S" --task inference --split dev -n 40 > "$T/text"
    for k in roberta t5; do
        "$I" -t "$T/$k" "$T/text" -o "$T/$k.tok.gz"
        "$F" --ids "$T/$k.tok.gz" > "$T/$k.ids"
        [ "$(wc -l < "$T/$k.ids")" -eq 40 ]
    done
    # the files that the JSON repeats give the same ids alone
    rm "$T/roberta/tokenizer.json"
    "$I" -t "$T/roberta" "$T/text" | "$F" --ids | cmp - "$T/roberta.ids"
    [ "$("$S" --tokenizer "$T/r2" --kind roberta --seed 1; cmp -s "$T/r2/vocab.json" "$T/roberta/vocab.json" || echo other)" = other ]
}

# WordPiece in a few lines: the longest piece first. Counts words without pieces and words cut to single letters.
@test "every word of corpus and tasks has pieces" {
    "$S" --vocab > "$T/vocab"
    {
        "$S" --corpus -n 3000
        for t in sentiment sentiment-b inference inference-hard; do
            "$S" --task $t --split train -n 500 | sed 's/\t[a-z]*$//'
        done
    } | tr '\t' ' ' | sed 's/[.,]/ &/g' > "$T/text"
    run awk 'NR == FNR { piece[$0] = 1; next }
        { for (i = 1; i <= NF; i++) {
            w = $i
            for (at = 1; at <= length(w); at += n) {
                for (n = length(w) - at + 1; n > 0 && !((at > 1 ? "##" : "") substr(w, at, n) in piece); n--);
                if (n == 0) { print "no piece: " w; exit 1 }
                if (n == 1 && w !~ /^[.,]$/) { print "a letter: " w; exit 1 }
                pieces++
            }
            words++
        } }
        END { if (!words) exit 1; print words, pieces }' "$T/vocab" "$T/text"
    [ "$status" -eq 0 ]
    read -r words pieces <<< "$output"
    [ "$pieces" -gt "$words" ] # some words have several
}

@test "no line is longer than the model takes" {
    for t in inference inference-hard; do
        "$S" --task $t --split train -n 2000 | sed 's/\t[a-z]*$//' | sed 's/[.,]/ &/g' |
            awk '{ n = 3; for (i = 1; i <= NF; i++) n += length($i) > 7 ? 3 : length($i) > 5 ? 2 : 1; if (n > 64) exit 1 }'
    done
    "$S" --corpus -n 5000 | sed 's/[.,]/ &/g' |
        awk '{ n = 2; for (i = 1; i <= NF; i++) n += length($i) > 7 ? 3 : length($i) > 5 ? 2 : 1; if (n > 64) exit 1 }'
}

@test "failures of writing" {
    run bash -c "'$S' --corpus 2>&1 > /dev/full"
    [ "$status" -eq 1 ]
    [[ "$output" == "mc-synth: error: "*"cannot write"* ]]
    run "$S" --corpus -o "$T/no/such/file"
    [ "$status" -eq 1 ]
    run "$S" --tokenizer "$T/no/such/dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$T/no/such/dir"* ]]
    touch "$T/file"
    run "$S" --tokenizer "$T/file"
    [ "$status" -eq 1 ]
    run bash -c "{ sleep .2; '$S' --corpus -n 100000; echo \$? > '$T/rc'; } 2> '$T/err' | head -n 1 > /dev/null; cat '$T/rc' '$T/err'"
    [ "$output" = 1 ]
}

#!/usr/bin/env bats
# The columns of every table are those that docs/manual.md lists, in their order.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; }

# The words between ` in the row of a table in the manual, but for what stands in brackets.
listed() { # listed TABLE
    awk -v name="| \`$1\` |" 'index($0, name) == 1 { print substr($0, length(name) + 1) }' docs/manual.md | sed 's/([^)]*)//g' |
        grep -o '`[^`]*`' | tr -d '`'
}
is_listed() { # is_listed TABLE FILE
    [ -n "$(listed "$1")" ] || { echo "the manual lists no $1"; return 1; }
    diff <(listed "$1") <(head -n 1 "$2" | tr '\t' '\n') || { echo "$1"; return 1; }
    awk -F '\t' 'NR == 1 { n = NF } NF != n { exit 1 } END { exit NR < 2 }' "$2" # and rows have as many cells
}

@test "mc-eval: the table, per example, what is written" {
    "$B/mc-eval" --per-example "$T/each" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    is_listed mc-eval "$T/t"
    is_listed --per-example "$T/each"
    "$B/mc-synth" --tokenizer "$T/t5" --kind t5
    echo '{"model_type": "t5", "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4, "vocab_size": 384, "decoder_start_token_id": 0}' > "$T/t5.json"
    "$B/mc-init" "$T/t5.json" -t "$T/t5" -o "$T/m.st.gz"
    head -n 4 "$F/dev.tsv" | "$B/mc-tokenize" -t "$T/t5" --source '{1}' --target '{label}' -o "$T/dev.tok.gz"
    "$B/mc-eval" --decode greedy --max-new 3 --outputs "$T/outputs" "$T/dev.tok.gz" < "$T/m.st.gz" > "$T/t"
    is_listed mc-eval "$T/t"
    is_listed --outputs "$T/outputs"
}

@test "mc-barrier and mc-dist" {
    "$B/mc-interp" -n 3 "$F/a.st.gz" "$F/b.st.gz" | "$B/mc-eval" "$F/dev.tok.gz" | "$B/mc-barrier" -q > "$T/t"
    is_listed mc-barrier "$T/t"
    printf 'from\tto\tx\na\tb\t1\nb\tc\t2\n' > "$T/pairs"
    "$B/mc-barrier" --over x "$T/pairs" > "$T/t"
    is_listed "mc-barrier --over" "$T/t"
    "$B/mc-dist" "$F/a.st.gz" "$F/b.st.gz" > "$T/t"
    is_listed mc-dist "$T/t"
    "$B/mc-dist" --series "$F/a.st.gz" "$F/b.st.gz" > "$T/t"
    is_listed "mc-dist --series" "$T/t"
}

@test "mc-finetune: log and summary" {
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --steps 2 --log "$T/log" --summary "$T/sum" < "$F/a.st.gz" > /dev/null
    is_listed "mc-finetune --log" "$T/log"
    is_listed "mc-finetune --summary" "$T/sum"
}

@test "mc-curve: log of a curve and of a mixture" {
    "$B/mc-curve" -q --train "$F/train.tok.gz" --steps 2 --log "$T/log" "$F/a.st.gz" "$F/b.st.gz" > /dev/null
    is_listed "mc-curve --log" "$T/log"
    "$B/mc-curve" -q --train "$F/train.tok.gz" --steps 2 --kind mix --by layer --log "$T/log" "$F/a.st.gz" "$F/b.st.gz" > /dev/null
    is_listed "mc-curve --log" "$T/log"
}

@test "mc-info" {
    "$B/mc-info" --tsv "$F/a.st.gz" > "$T/t"
    is_listed "mc-info --tsv" "$T/t"
}

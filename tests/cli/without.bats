#!/usr/bin/env bats
# mc-tokenize --without: rows whose texts are in other files stay out.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; }
rows() { "$B/mc-info" --ids "$1" | wc -l; }

@test "texts are known by their letters and digits" {
    printf 'A good day.\tx\nNaïve, all of it!\ty\n...\tx\n12 men\ty\nleft\tx\n' > "$T/in.tsv"
    printf 'a  GOOD-day\tz\nnaive all of it\tz\n???\tz\n' > "$T/known.tsv"
    printf '{"text": "12men", "label": "q"}\n' > "$T/known.jsonl"
    "$B/mc-tokenize" -t "$F/lang" --without "$T/known.tsv" --without "$T/known.jsonl" --labels x,y -o "$T/o" "$T/in.tsv" 2> "$T/said"
    grep -q '^mc-tokenize: 2 rows.*, 3 left out$' "$T/said"
    printf '...\tx\nleft\tx\n' | "$B/mc-tokenize" -q -t "$F/lang" --labels x,y -o "$T/p"
    [ "$("$B/mc-info" --ids "$T/o")" = "$("$B/mc-info" --ids "$T/p")" ]
    meta "$T/o" mc.provenance | grep -q ' left_out=3'
    "$B/mc-tokenize" -q -t "$F/lang" --without - -o "$T/o" "$T/in.tsv" < "$T/known.tsv"
    [ "$(rows "$T/o")" -eq 3 ]
}

@test "of pairs both texts count" {
    printf 'a\tb\tx\na\tc\tx\nab\td\tx\n' > "$T/in.tsv"
    printf 'A\tB.\ty\n' > "$T/known.tsv"
    "$B/mc-tokenize" -q -t "$F/lang" --without "$T/known.tsv" -o "$T/o" "$T/in.tsv"
    [ "$(rows "$T/o")" -eq 2 ]
}

@test "nothing left, files that cannot be read, standard input twice" {
    printf 'a\tx\nb\ty\n' > "$T/in.tsv"
    fails 1 "$T/in.tsv" "no row is left" -- "$B/mc-tokenize" -t "$F/lang" --without "$T/in.tsv" -o "$T/o" "$T/in.tsv"
    fails 1 "$T/none" -- "$B/mc-tokenize" -t "$F/lang" --without "$T/none" -o "$T/o" "$T/in.tsv"
    printf 'a\tx\nb\n' > "$T/bad.tsv"
    fails 1 "$T/bad.tsv: line 2" -- "$B/mc-tokenize" -t "$F/lang" --without "$T/bad.tsv" -o "$T/o" "$T/in.tsv"
    fails 2 "standard input" -- bash -c "'$B/mc-tokenize' -t '$F/lang' --without - -o '$T/o' < '$T/in.tsv'"
    fails 2 "standard input" -- bash -c "'$B/mc-tokenize' -t '$F/lang' --without - --without - -o '$T/o' '$T/in.tsv' < '$T/in.tsv'"
    fails 2 --without -- "$B/mc-tokenize" -t "$F/lang" --corpus --without "$T/in.tsv" -o "$T/o" "$T/in.tsv"
    [ ! -e "$T/o" ]
}

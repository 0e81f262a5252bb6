#!/usr/bin/env bats
# mc-pick: documents by number, step and t.
load common

setup_file() {
    fixture
    "$B/mc-interp" --at 0,0.25,0.5,1 -o "$F/path.st.gz" "$F/a.st.gz" "$F/b.st.gz"
    "$B/mc-finetune" --train "$F/train.tok.gz" --steps 4 --save-at 0,2 -q < "$F/a.st.gz" > "$F/steps.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; P="$B/mc-pick"; }

@test "usual duties" {
    usual mc-pick --level
    no_room "'$P' 0 < '$F/path.st.gz'"
    keeps_old "'$P' 9 < '$F/path.st.gz'"
    fails 2 -- "$P"
    for o in x -1 step=x step=-1 t=x t= 1.5 k=1; do fails 2 -- "$P" -- "$o"; done
}

@test "by number, by t, by step; the stream's order" {
    digests "$F/path.st.gz" > "$T/all"
    "$P" 3 1 < "$F/path.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(sed -n '2p;4p' "$T/all")" ]
    "$P" t=0.25 < "$F/path.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(sed -n 2p "$T/all")" ]
    "$P" 0 t=0 < "$F/path.st.gz" > "$T/x" # one document, once
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "$P" step=2 < "$F/steps.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/steps.st.gz" | sed -n 2p)" ]
    "$P" step=0 < "$F/steps.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "$P" 0 < "$F/dev.tok.gz" > "$T/x" # any kind
    [ "$(digests "$T/x")" = "$(digests "$F/dev.tok.gz")" ]
}

@test "not found, damage" {
    fails 1 "standard input" "no document 4" -- line "'$P' -o '$T/x' 4 < '$F/path.st.gz'"
    fails 1 "t=0.3" -- line "'$P' -o '$T/x' 0 t=0.3 < '$F/path.st.gz'"
    fails 1 "step=1" -- line "'$P' -o '$T/x' step=1 < '$F/path.st.gz'"
    cut_off "$F/path.st.gz" 62 "$T/cut"
    fails 1 "standard input" "byte" -- line "'$P' -o '$T/x' 0 < '$T/cut'"
    fails 1 "standard input" "byte" -- line "head -c 5000 '$F/path.st.gz' | '$P' -o '$T/x' 3"
    fails 1 empty -- line "'$P' -o '$T/x' 0 < /dev/null"
    [ ! -e "$T/x" ]
}

# The set of the lines with these numbers is the same as these examples of the whole set.
same_part() { # same_part TEXT OPTION...
    local text="$1"
    shift
    "$B/mc-tokenize" "$@" -q -o "$T/all.tok" "$text"
    printf '%s\n' 7 0 3 19 > "$T/only"
    "$P" --only "$T/only" < "$T/all.tok" > "$T/part.tok"
    sed -n '1p;4p;8p;20p' "$text" > "$T/part.txt"
    "$B/mc-tokenize" "$@" -q -o "$T/lines.tok" "$T/part.txt"
    cmp <("$B/mc-info" --ids "$T/part.tok") <("$B/mc-info" --ids "$T/lines.tok")
    "$B/mc-info" --check "$T/part.tok" > /dev/null
    seq 0 59 > "$T/only"
    "$P" --only "$T/only" < "$T/all.tok" > "$T/part.tok"
    [ "$(digests "$T/part.tok")" = "$(digests "$T/all.tok")" ]
}

@test "examples of a set of every kind, in its order" {
    same_part "$F/dev.tsv" -t "$F/lang"
    "$P" --only "$T/only" < "$F/dev.tok.gz" > "$T/x"
    [ "$(meta "$T/x" mc.task)" = mood ]
    meta "$T/x" mc.provenance | tail -n 1 | grep -q '^mc-pick .*only='
    head -n 1 "$T/only" | "$P" --only /dev/fd/3 3<&0 < "$F/dev.tok.gz" > "$T/x" # one, of one label: both names stay
    [ "$(meta "$T/x" mc.labels)" = "$(meta "$F/dev.tok.gz" mc.labels)" ]
    awk -F '\t' -v OFS='\t' '{ $2 = NR / 7; print }' "$F/dev.tsv" > "$T/numbers.tsv"
    same_part "$T/numbers.tsv" -t "$F/lang" --regression
    cut -f 1 "$F/dev.tsv" > "$T/texts.txt"
    same_part "$T/texts.txt" -t "$F/lang" --no-label
    "$B/mc-synth" --tokenizer "$T/t5" --kind t5
    same_part "$F/dev.tsv" -t "$T/t5" --source 'x {1} <extra_id_0>' --target '<extra_id_0>{label}'
    awk -F '\t' -v OFS='\t' '{ print $1, $2, NR % 2 ? $2 " too" : "and " $2 }' "$F/dev.tsv" > "$T/free.tsv"
    same_part "$T/free.tsv" -t "$T/t5" --free
}

@test "no such examples, no set, nothing and both asked for" {
    echo 60 > "$T/only"
    fails 1 "$T/only" "line 1" "60" -- line "'$P' --only '$T/only' -o '$T/x' < '$F/dev.tok.gz'"
    printf '1\n1\n' > "$T/only"
    fails 1 "line 2" twice -- line "'$P' --only '$T/only' -o '$T/x' < '$F/dev.tok.gz'"
    # longer than all numbers of the set together: a line of the beginning is at fault
    { seq 0 59; seq 0 9999; } > "$T/only"
    fails 1 "line 61" twice -- line "'$P' --only '$T/only' -o '$T/x' < '$F/dev.tok.gz'"
    printf '%020000d\n' 1 > "$T/only"
    fails 1 larger -- line "'$P' --only '$T/only' -o '$T/x' < '$F/dev.tok.gz'"
    fails 1 NUL -- line "'$P' --only /dev/zero -o '$T/x' < '$F/dev.tok.gz'"
    fails 1 no/file -- line "'$P' --only no/file -o '$T/x' < '$F/dev.tok.gz'"
    echo 1 > "$T/only"
    fails 1 -- line "'$P' --only '$T/only' -o '$T/x' < '$F/a.st.gz'"
    fails 2 --only -- "$P" --only "$T/only" 0
    fails 2 --only -- "$P"
    [ ! -e "$T/x" ]
    no_room "'$P' --only '$T/only' < '$F/dev.tok.gz'"
}

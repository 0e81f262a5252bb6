#!/usr/bin/env bats
# Manual pages: one of every program and pipeline, with every option and variable of its table; their examples run.
load common

setup_file() {
    export F="$BATS_FILE_TMPDIR"
    cd "$BATS_TEST_DIRNAME/../.."
    export M="$(cd "$B/.." && pwd)/man"
}
setup() {
    T="$BATS_TEST_TMPDIR"
    cd "$BATS_TEST_DIRNAME/../.."
    unset MAKEFLAGS MFLAGS MAKELEVEL SAN V ISAL ONEDNN
}

# The words in the first column of a page's list, without roff.
listed() { awk -v section="$2" '/^\.SH / { on = $2 == section; next } on && take { gsub(/\\f[BIR]|\\/, ""); print; take = 0 } on && /^\.TP/ { take = 1 }' "$M/$1.1"; }

# In the current folder, the files that examples name: tiny models, texts and tables.
prepared() {
    local k
    "$B/mc-synth" --tokenizer lang
    "$B/mc-synth" --tokenizer t5 --kind t5
    for k in lang t5; do
        sed -i -e 's/"\(hidden_size\|d_model\)": [0-9]*/"\1": 16/' -e 's/"\(num_hidden_layers\|num_layers\|num_decoder_layers\)": [0-9]*/"\1": 1/' $k/config.json
    done
    cp lang/config.json config.json
    "$B/mc-init" config.json -t lang --seed-init 1 | "$B/mc-export" minilm -t lang
    "$B/mc-init" t5/config.json -t t5 --seed-init 1 | "$B/mc-export" t5-model -t t5
    rm -r lang t5
    mv t5-model t5
    "$B/mc-import" minilm --labels negative,positive --seed-init 1 -o base.st.gz
    "$B/mc-synth" --task sentiment --split train -n 96 > train.tsv
    "$B/mc-synth" --task sentiment-b --split train -n 96 > target.tsv
    "$B/mc-synth" --task sentiment --split dev -n 104 > dev.tsv
    cp dev.tsv test.tsv
    awk -F '\t' -v OFS='\t' '{ print $1, $1, $2 }' dev.tsv > pairs.tsv
    mkdir sentiment
    cp train.tsv dev.tsv sentiment
    "$B/mc-synth" --corpus -n 300 > corpus.txt
    "$B/mc-tokenize" -q -t minilm train.tsv -o train.tok.gz
    "$B/mc-tokenize" -q -t minilm dev.tsv -o dev.tok.gz
    "$B/mc-tokenize" -q -t minilm --corpus corpus.txt -o corpus.st.gz
    for k in a b c; do "$B/mc-finetune" -q --train train.tok.gz --steps 2 --seed-order $RANDOM -o $k.st.gz < base.st.gz; done
    for k in a b; do "$B/mc-export" tuned-$k -t minilm < $k.st.gz; done
    "$B/mc-finetune" -q --train train.tok.gz --steps 2 --method lora --rank 4 -o lora.st.gz < base.st.gz
    "$B/mc-interp" -q -n 3 a.st.gz b.st.gz | "$B/mc-eval" -q --per-example each.tsv -o path.tsv dev.tok.gz
    "$B/mc-finetune" -q --train train.tok.gz --epochs 2 --dynamics dynamics.tsv < base.st.gz > /dev/null
}

@test "every program and pipeline has a page, and every page one of these" {
    (cd "$M" && ls | sed 's/\.1$//' | sort) > "$T/pages"
    { (cd "$B" && ls -d mc-* mctools) && tail -n +2 pipelines/goals.tsv | cut -f 1 | sed 's/^/mctools-/'; } | sort > "$T/wanted"
    diff "$T/pages" "$T/wanted"
}
@test "a page has the options that --options and --help have, with what they take and mean" {
    for p in "$B"/mc-*; do
        p=$(basename "$p")
        "$B/$p" --options > "$T/table"
        "$B/$p" --help > "$T/help"
        [ "$(head -n 1 "$T/table")" = "$(printf 'option\targument\ttype\tchoices\tdefault\tneeded\tagain\thelp')" ]
        awk -F '\t' 'NF != 8 || $8 == "" { exit 1 }' "$T/table"
        [ "$(listed "$p" OPTIONS | sed 's/ .*//; s/,//')" = "$(tail -n +2 "$T/table" | cut -f 1 | grep -vx -e -h)" ] || { echo "$p"; return 1; }
        [ "$(sed -n 's/^  \(-[^ ]*\) .*/\1/p' "$T/help")" = "$(tail -n +2 "$T/table" | cut -f 1)" ] || { echo "$p"; return 1; }
        grep -qF "$(head -n 1 "$T/help" | cut -d ' ' -f 2-5)" <(sed -n '/^\.SH NAME/,/^\.SH S/p' "$M/$p.1" | tr -d '\\')
    done
    "$B/mc-finetune" --options | grep -q "^--method		choice	full|adapter|lora|prefix|bitfit|head		0	0	"
    "$B/mc-finetune" --options | grep -q "^--train	FILE	file	*1	1	"
    "$B/mc-finetune" --options | grep -q "^--threads	N	whole			0	0	" # not this machine's number
    [ "$("$B/mc-fold" -h)" = "$("$B/mc-fold" --help)" ]
    fails 2 --options -- "$B/mc-fold" --options=1
    run bash -c "'$B/mc-fold' --options > /dev/full 2> /dev/null"
    [ "$status" -eq 1 ]
}
@test "a page has the variables of its pipeline" {
    for g in $(tail -n +2 pipelines/goals.tsv | cut -f 1); do
        [ "$(listed "mctools-$g" VARIABLES | sed 's/=.*//')" = "$(awk -F '\t' -v g="$g" 'NR > 1 && index(" " $1 " ", " " g " ") { print $2 }' pipelines/variables.tsv)" ] || { echo "$g"; return 1; }
    done
    [ "$(listed mctools VERBS | head -n -3)" = "$(tail -n +2 pipelines/goals.tsv | cut -f 1)" ]
}
@test "pages are clean roff, and name pages that are there" {
    for p in "$M"/*.1; do
        for s in $(sed -n 's/^\.BR \([^ ]*\) (1).*/\1/p' "$p" | tr -d '\\'); do [ -e "$M/$s.1" ] || { echo "$p: see $s"; return 1; }; done
        for s in NAME SYNOPSIS DESCRIPTION EXAMPLES 'EXIT STATUS' 'SEE ALSO'; do grep -qx "\.SH $s" "$p" || { echo "$p lacks $s"; return 1; }; done
    done
    if command -v mandoc > /dev/null; then
        run mandoc -T lint -W warning "$M"/*.1
        [ -z "$output" ] || { echo "$output"; return 1; }
    elif command -v groff > /dev/null; then
        for p in "$M"/*.1; do
            run groff -ww -man -Tutf8 -z "$p"
            [ -z "$output" ] || { echo "$p: $output"; return 1; }
        done
    else
        skip 'mandoc and groff are not there'
    fi
}

# What takes minutes on any files is said by -n, as far as it does not wait for what it has found.
slow_ones='^mctools (q1|q2|q3|demo|models|methods|paper) '
@test "the examples of every page run" {
    command -v gnuplot > /dev/null || skip 'gnuplot is not there'
    mkdir "$T/at"
    (cd "$T/at" && B=$(cd "$BATS_TEST_DIRNAME/../.." && cd "$B" && pwd) && prepared) > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    PATH="$(cd "$B" && pwd):$PATH"
    for f in docs/man/*.md; do
        rm -rf "$T/run"
        cp -a "$T/at" "$T/run"
        awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' "$f" | sed -E "/$slow_ones?/s/\$/ -n/" > "$T/examples"
        [ -s "$T/examples" ] || { echo "$f: no example"; return 1; }
        (cd "$T/run" && bash -euo pipefail "$T/examples") > "$T/said" 2>&1 || { echo "$f"; tail -n 5 "$T/said"; return 1; }
    done
}

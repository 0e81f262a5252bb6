# What the tests of make path, demo, models and methods share: tiny models and texts in $F, and runs that are asked for again with other
# variables.

setup_file() { # a head of its own in model-own, numbers for labels in *-stars.tsv
    export F="$BATS_FILE_TMPDIR"
    local k
    for k in bert roberta t5; do
        "$B/mc-synth" --tokenizer "$F/$k" --kind $k
        sed -e 's/"\(hidden_size\|d_model\)": [0-9]*/"\1": 16/' -e 's/"\(num_hidden_layers\|num_layers\|num_decoder_layers\)": [0-9]*/"\1": 1/' "$F/$k/config.json" > "$F/$k.json"
        "$B/mc-init" "$F/$k.json" -t "$F/$k" --seed-init 1 | "$B/mc-export" "$F/model-$k" -t "$F/$k"
    done
    "$B/mc-init" "$F/bert.json" -t "$F/bert" --seed-init 1 --labels negative,positive | "$B/mc-export" "$F/model-own" -t "$F/bert"
    "$B/mc-synth" --task sentiment --split train -n 96 > "$F/train.tsv"
    "$B/mc-synth" --task sentiment --split dev -n 20 > "$F/dev.tsv"
    for k in train dev; do awk -F '\t' -v OFS='\t' '{ print $1, ($2 == "positive") + NR % 3 / 4 }' "$F/$k.tsv" > "$F/$k-stars.tsv"; done
}
setup() {
    command -v gnuplot > /dev/null || skip "gnuplot is not there"
    T="$BATS_TEST_TMPDIR"
    bin=$(cd "$B" && pwd)
    unset MAKEFLAGS MFLAGS MAKELEVEL SAN V ISAL ONEDNN # what the make that runs the tests was given is not for those they run
    cd "$BATS_TEST_DIRNAME/../.."
}

# slow PROGRAM...: a folder of programs, in $T/bin, of which these tell their process in $T/pids and take a minute.
slow() {
    local p
    mkdir -p "$T/bin"
    for p in "$bin"/mc-*; do ln -sf "$p" "$T/bin/"; done
    for p in "$@"; do
        rm "$T/bin/$p"
        printf '#!/bin/bash\necho $$ >> "%s"\nsleep 60\nexec %q "$@"\n' "$T/pids" "$bin/$p" > "$T/bin/$p"
        chmod +x "$T/bin/$p"
    done
}
# ended N SIGNAL OPTION...: make, by $run, ends at once by a signal to it, or, by a word in small letters, to all that it runs, when N slow
# programs run; and so do these.
ended() {
    local n="$1" signal="$2" make p i
    shift 2
    rm -f "$T/pids"
    setsid env --default-signal=INT,HUP "${run[@]}" TOOL="$T/bin" "$@" > "$T/said" 2>&1 3>&- &
    make=$!
    for i in {1..1200}; do [ "$(cat "$T/pids" 2> /dev/null | wc -l)" -lt "$n" ] || break; sleep .05; done
    [ "$(wc -l < "$T/pids")" -eq "$n" ]
    kill -s "$signal" -- "$([ "$signal" = "${signal^^}" ] || echo -)$make"
    wait "$make" && return 1
    for p in $(cat "$T/pids"); do
        for i in {1..1200}; do runs "$p" || break; sleep .05; done
        runs "$p" && { kill "$p"; echo "$signal $*: $p runs on"; return 1; }
    done
    true
}
runs() { grep -qs '^State:.*[^Z] (' "/proc/$1/status"; } # not a process that none has waited for

words_of() { paste -sd ' ' -; }
# cells TABLE COLUMN [KEY VALUE]...: the cells of a column, of rows with these values
cells() {
    local table="$1" name="$2"
    shift 2
    awk -F '\t' -v name="$name" -v wanted="$(printf '%s\t' "$@")" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(wanted, want, "\t"); next }
        { for (i = 1; i < n; i += 2) if (want[i] != "" && $at[want[i]] != want[i + 1]) next; print $at[name] }' "$table"
}

# Another value of a variable, and files that are older than what was made of them.
files_of() { (cd "$1" && stat -c '%n %.9Y' -- *); }
# remade OUT WANT VARIABLE=VALUE...: the run of $run with these too, which stay, makes the files WANT again and no other.
# Of a figure WANT has the .svg; the .pdf beside it is made again with it.
remade() {
    local out="$1" want="$2" got
    shift 2
    files_of "$out" > "$T/before"
    run+=("$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    files_of "$out" > "$T/after"
    got=$(comm -13 <(sort "$T/before") <(sort "$T/after") | sed 's/ [^ ]*$//' | sort | tr '\n' ' ')
    want=$(tr ' ' '\n' <<< "$want" | sed 'p; s/\.svg$/.pdf/' | sort -u | grep . | tr '\n' ' ')
    [ "$got" = "$want" ] || { printf '%s\ngot  %s\nwant %s\n' "$*" "$got" "$want"; return 1; }
}

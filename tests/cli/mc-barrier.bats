#!/usr/bin/env bats
# mc-barrier: the answer of a path, and every table from which there must be none.

setup() {
    B="${BIN:-build/bin}/mc-barrier"
    T="$BATS_TEST_TMPDIR"
    head="point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep"
    {
        printf "$head\n"
        printf '0\t0\tx\t120\t1\t1\tnan\tnan\ta\tb\tnan\n'
        printf '1\t0.5\tx\t120\t3\t0.5\tnan\tnan\ta\tb\tnan\n'
        printf '2\t1\tx\t120\t2\t1\tnan\tnan\ta\tb\tnan\n'
    } > "$T/path.tsv"
    awk -v OFS='\t' 'BEGIN {
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        split("0 0.5 1", t); split("1 3 2", l)
        for (k = 1; k <= 3; k++) for (i = 0; i < 120; i++)
            print k - 1, t[k], "x", i, "p", k == 2 && i % 2 ? "q" : "p", l[k] + (i % 2 ? .25 : -.25) + (k == 2) * (i % 8 - 3.5) / 10, .5
    }' > "$T/each.tsv"
}

# Fails with status 1 and one line on stderr that holds every word given.
fails() { # fails WORD... -- COMMAND...
    local words=()
    while [ "$1" != -- ]; do words+=("$1"); shift; done
    shift
    run "$@"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" == "mc-barrier: error: "* ]]
    for w in "${words[@]}"; do [[ "$output" == *"$w"* ]] || { echo "no '$w' in: $output"; return 1; }; done
}

@test "--help and --version" {
    run "$B" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"--per-example"* && "$output" == *"--epsilon"* && "$output" == *"loss|accuracy"* ]]
    run "$B" --version
    [ "$status" -eq 0 ]
}

@test "bad usage exits 2 before anything is read" {
    for o in "--metric=mcc" "--metric nonsense" "--epsilon -1" "--epsilon x" "--confidence 1" "--confidence 0" \
        "--bootstrap 0" "--bootstrap 5" "--seed -1" "--nonsense" "--per-example"; do
        run "$B" $o
        [ "$status" -eq 2 ] || { echo "$o: $status"; false; }
    done
    run "$B" --per-example a --per-example b nofile.tsv
    [ "$status" -eq 2 ]
    run "$B" --per-example - -
    [ "$status" -eq 2 ]
    run "$B" - -
    [ "$status" -eq 2 ]
}

@test "columns and numbers" {
    run "$B" "$T/path.tsv"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "$(printf 'task\tmetric\tpoints\tloss_0\tloss_1\tloss_max\tt_max\tbarrier_lin\tbarrier_mean\tbarrier_max\tbarrier_mid\tconvexity_gap\tci_low\tci_high\tverdict\tpath\tnotes\tepsilon\tconfidence\tgroup\tfrom\tto\tn\txfit\tlength\tmean_t\tmean_s\truns\treach_0\treach_1\tband_c')" ]
    [ "${lines[1]}" = "$(printf 'x\tloss\t3\t1\t2\t3\t0.5\t1.5\t1.5\t1\t1.5\t1.5\tnan\tnan\t\t%s\tuneven\t0.02\t0.95\t\ta\tb\t120\tnan\tnan\t2.25\tnan\t1\tnan\tnan\tnan' "$T/path.tsv")" ]
    run "$B" --metric accuracy "$T/path.tsv"
    [ "${lines[1]}" = "$(printf 'x\taccuracy\t3\t0\t0\t0.5\t0.5\t0.5\t0.5\t0.5\t0.5\t0.5\tnan\tnan\t\t%s\t\t0.02\t0.95\t\ta\tb\t120\tnan\tnan\t0.25\tnan\t1\tnan\tnan\tnan' "$T/path.tsv")" ]
}

@test "interval and verdict with --per-example" {
    run "$B" --per-example "$T/each.tsv" "$T/path.tsv"
    [ "$status" -eq 0 ]
    read -r low high verdict <<< "$(cut -f 13-15 <<< "${lines[1]}")"
    awk -v l="$low" -v h="$high" 'BEGIN { exit !(l > 1.4 && l < 1.5 && h > 1.5 && h < 1.6) }'
    [ "$verdict" = barrier ]
    run "$B" --per-example "$T/each.tsv" --epsilon 2 "$T/path.tsv"
    [ "$(cut -f 15 <<< "${lines[1]}")" = connected ]
    run "$B" --per-example "$T/each.tsv" --metric accuracy "$T/path.tsv"
    [ "$status" -eq 0 ]
    read -r low high verdict <<< "$(cut -f 13-15 <<< "${lines[1]}")"
    awk -v l="$low" -v h="$high" 'BEGIN { exit !(l > .35 && l < .5 && h > .5 && h < .65) }'
    [ "$verdict" = barrier ]
}

@test "the k-th --per-example belongs to the k-th FILE" {
    cp "$T/path.tsv" "$T/two.tsv"
    run "$B" "$T/path.tsv" --per-example "$T/each.tsv" "$T/two.tsv"
    [ "$status" -eq 0 ]
    [ "$(cut -f 15 <<< "${lines[1]}")" = barrier ]
    [ "$(cut -f 15 <<< "${lines[2]}")" = "" ]
    [ "$(cut -f 16 <<< "${lines[2]}")" = "$T/two.tsv" ]
}

@test "standard input, by - and by no operand" {
    run bash -c "'$B' < '$T/path.tsv'"
    [ "$status" -eq 0 ]
    [ "$(cut -f 16 <<< "${lines[1]}")" = - ]
    run bash -c "'$B' -q - '$T/path.tsv' < '$T/path.tsv'"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 4 ]
    [ "$(cut -f 16 <<< "${lines[1]}")" = - ]
    run bash -c "'$B' --per-example - '$T/path.tsv' < '$T/each.tsv'"
    [ "$(cut -f 15 <<< "${lines[1]}")" = barrier ]
}

# ends LABELS RIGHT_0 RIGHT_1 LOSS_0 LOSS_1 [N]: tables of N (120) examples; LABELS: every so-many-th is p, others q; of each end the
# number right (those of the front), and every example's loss
ends() {
    awk -v OFS='\t' -v every="$1" -v r0="$2" -v r1="$3" -v l0="$4" -v l1="$5" -v n="${6:-120}" -v table="$T/ends.tsv" 'BEGIN {
        print "point", "t", "task", "n", "loss", "accuracy", "f1_macro", "mcc", "from", "to", "step" > table
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        for (k = 0; k < 3; k++) {
            loss = k == 2 ? l1 : k ? (l0 + l1) / 2 : l0; right = k == 2 ? r1 : r0
            print k, k / 2, "x", n, loss, right / n, "nan", "nan", "a", "b", "nan" > table
            for (i = 0; i < n; i++) { label = i % every ? "q" : "p"
                print k, k / 2, "x", i, label, i < right ? label : "other", loss, .5 }
        } }' > "$T/ends-each.tsv"
}
# notes ARGUMENT...: of the first row
notes() { "$B" -q "$@" --per-example "$T/ends-each.tsv" "$T/ends.tsv" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "notes") k = i } NR == 2 { print $k }'; }

@test "ends that have learnt nothing, and ends that differ, are noted" {
    ends 2 110 110 .2 .21
    [ "$(notes)" = "" ]
    ends 2 110 60 .2 .21 # as many right as the most frequent label has
    [ "$(notes)" = chance_1 ]
    [ "$(notes --metric accuracy)" = chance_1,uneven ]
    ends 2 61 110 .2 .21
    [ "$(notes)" = "" ]
    ends 3 80 81 .2 .21 # of which there are 40 and 80
    [ "$(notes)" = chance_0 ]
    ends 2 110 110 .69 .6931 # the entropy is ln 2
    [ "$(notes)" = "" ]
    ends 2 110 110 .69 .693147
    [ "$(notes)" = chance_1 ]
    ends 3 110 110 .63 .6366 # the entropy of 1/3 and 2/3 is .6365
    [ "$(notes)" = chance_1 ]
    ends 2 110 60 .2 7 # diverged
    [ "$(notes)" = chance_1,uneven ]
    ends 2 60 60 7 .6932
    [ "$(notes)" = chance_0,chance_1,uneven ]
    ends 2 110 110 .2 .225
    [ "$(notes)" = uneven ]
    [ "$(notes --epsilon .03)" = "" ]
    ends 1 120 120 .01 .01 # one label alone: nothing to learn
    [ "$(notes)" = chance_0,chance_1 ]
    ends 1000000 7 7 5 5 # free answers have no labels
    awk -F '\t' -v OFS='\t' 'NR > 1 { $5 = "" } 1' "$T/ends-each.tsv" > "$T/free" && mv "$T/free" "$T/ends-each.tsv"
    [ "$(notes)" = "" ]
}

@test "ends whose numbers are no nearer to the gold ones than their mean are noted" {
    # numbers LOSS_0 LOSS_1: 120 examples with gold numbers 1, 2, 3, whose variance is 2/3
    numbers() {
        ends 1 0 0 "$@"
        awk -F '\t' -v OFS='\t' '{ print $0, NR == 1 ? "score" : 0, NR == 1 ? "target" : 1 + $4 % 3 } ' "$T/ends-each.tsv" |
            awk -F '\t' -v OFS='\t' 'NR > 1 { $5 = $6 = "" } 1' > "$T/free" && mv "$T/free" "$T/ends-each.tsv"
    }
    numbers .66 .67
    [ "$(notes)" = chance_1 ]
    numbers .6667 .665
    [ "$(notes)" = chance_0 ]
    numbers .1 .1
    [ "$(notes)" = "" ]
    # a table alone: a correlation that is not above 0
    table() { printf "$head\tpearson\n0\t0\tx\t120\t.3\tnan\tnan\tnan\ta\tb\tnan\t%s\n1\t1\tx\t120\t.3\tnan\tnan\tnan\ta\tb\tnan\t%s\n" "$@" > "$T/t.tsv"; "$B" -q "$T/t.tsv" | sed -n 2p | cut -f 17; }
    [ "$(table .9 -.1)" = chance_1 ]
    [ "$(table 0 .01)" = chance_0 ]
    [ "$(table nan nan)" = "" ]
}

@test "notes are said on stderr after the table, but for -q, and never with a failure" {
    ends 2 110 60 .2 7
    "$B" --per-example "$T/ends-each.tsv" "$T/ends.tsv" > "$T/o" 2> "$T/err"
    [ "$(wc -l < "$T/err")" -eq 1 ]
    grep -q "^mc-barrier: $T/ends.tsv: task x: end 1 no better than chance .*uneven: 0.2 and 7 " "$T/err"
    "$B" -q --per-example "$T/ends-each.tsv" "$T/ends.tsv" 2> "$T/err" | cmp - "$T/o"
    [ ! -s "$T/err" ]
    fails /dev/full -- "$B" --per-example "$T/ends-each.tsv" "$T/ends.tsv" -o /dev/full
    ends 2 110 110 .2 .2
    "$B" --per-example "$T/ends-each.tsv" "$T/ends.tsv" 2> "$T/err" > "$T/o"
    [ ! -s "$T/err" ]
}

@test "without --per-example, the scores of the table show some ends at chance" {
    # table F1_0 MCC_0 F1_1 MCC_1
    table() {
        printf "$head\n0\t0\tx\t120\t.3\t.5\t%s\t%s\ta\tb\tnan\n1\t1\tx\t120\t.3\t.5\t%s\t%s\ta\tb\tnan\n" "$@" > "$T/t.tsv"
        "$B" -q "$T/t.tsv" | sed -n 2p | cut -f 17
    }
    [ "$(table .9 .8 .7 .1)" = "" ]
    [ "$(table .33 nan .7 -.1)" = chance_0,chance_1 ] # one label alone is predicted; worse than any
    [ "$(table .7 .4 .5 0)" = chance_1 ]
    [ "$(table nan nan nan nan)" = "" ] # numbers
}

@test "the verdict's line: epsilon, notes, and what would decide" {
    line() { awk -F '\t' -f "$BATS_TEST_DIRNAME/../../plots/notes.awk" -f "$BATS_TEST_DIRNAME/../../plots/verdict.awk" "$1"; }
    row() { # row POINTS LIN LOW HIGH EPSILON VERDICT NOTES
        printf 'task\tmetric\tpoints\tloss_0\tloss_1\tbarrier_lin\tci_low\tci_high\tverdict\tpath\tnotes\tepsilon\tconfidence\n' > "$T/b"
        printf 'x\tloss\t%s\t.2\t.3\t%s\t%s\t%s\t%s\tp\t%s\t%s\t.95\n' "$1" "$2" "$3" "$4" "$6" "$7" "$5" >> "$T/b"
        line "$T/b"
    }
    [ "$(row 3 .1 .05 .15 .02 barrier "")" = "p, x: ends 0.2 and 0.3, barrier 0.1 [0.05, 0.15], epsilon 0.02: barrier" ]
    [[ "$(row 3 .001 0 .01 .02 connected chance_0,chance_1,uneven)" == *"epsilon 0.02: connected; both ends no better than chance; ends uneven" ]]
    [[ "$(row 3 .01 0 .04 .02 undecided "")" == *"undecided (about 9.0 times as many examples would decide"* ]] # .03 must become .01
    [[ "$(row 3 .03 .01 .05 .02 undecided uneven)" == *"undecided (about 4.0 times as many examples would decide"*"; ends uneven" ]]
    [[ "$(row 3 .021 0 .05 .02 undecided "")" == *"undecided (about 841 times "* ]]
    [[ "$(row 3 .02 0 .05 .02 undecided "")" == *"too near epsilon"* ]]
    [[ "$(row 2 0 0 0 .02 undecided "")" == *"undecided (needs points between the ends)" ]]
    [[ "$(row 3 .001 0 .01 .02 undecided "")" == *"undecided (needs 100 examples or more)" ]]
    for k in accuracy exact_match token_f1; do
        row 3 .001 0 .01 .02 undecided "" > /dev/null
        [[ "$(sed "2s/loss/$k/" "$T/b" | line /dev/stdin)" == "p, x: 1 - $k: ends 0.2 and 0.3, "*"undecided (needs 149 examples or more)" ]]
    done
    # over pairs: no interval of two, and the notes of the paths counted
    row 3 .001 0 .01 .02 connected chance_0 > /dev/null
    { sed '1s/$/\truns/; 2s/$/\t1/' "$T/b"; sed '2s/$/\t1/; 2s/chance_0//' "$T/b" | tail -n 1; printf 'x\tloss\t3\t.2\t.3\t.01\tnan\tnan\tundecided\tall\t\t.02\t.95\t2\n'; } > "$T/all"
    [ "$(line "$T/all" | tail -n 1)" = "all 2 paths, x: ends 0.2 and 0.3, barrier 0.01, epsilon 0.02: undecided (an interval over pairs needs three, and three ends); 1 of 2 paths have an end no better than chance" ]
    printf 'task\tloss_0\tloss_1\tbarrier_lin\tverdict\tpath\nx\t.2\t.3\t.1\t\tp\n' > "$T/b" # an older table
    [ "$(line "$T/b")" = "p, x: ends 0.2 and 0.3, barrier 0.1" ]
    ends 2 110 60 .2 7
    "$B" -q --per-example "$T/ends-each.tsv" "$T/ends.tsv" > "$T/b"
    [[ "$(line "$T/b")" == *", epsilon 0.02: "*"; end 1 no better than chance; ends uneven" ]]
}

@test "same bytes for any number of threads, other draws for another seed" {
    one=$("$B" --threads 1 --per-example "$T/each.tsv" "$T/path.tsv")
    four=$("$B" --threads 4 --per-example "$T/each.tsv" "$T/path.tsv")
    [ "$one" = "$four" ]
    other=$("$B" --seed 5 --per-example "$T/each.tsv" "$T/path.tsv")
    [ "$one" != "$other" ]
}

@test "a table cut at any byte gives no result" {
    size=$(stat -c %s "$T/path.tsv")
    for ((k = 0; k < size; k++)); do
        head -c "$k" "$T/path.tsv" > "$T/cut.tsv"
        fails cut.tsv -- "$B" "$T/cut.tsv"
    done
}

@test "a per-example table cut at a line or within gives no result" {
    size=$(stat -c %s "$T/each.tsv")
    for k in 0 1 10 60 61 70 100 1000 $((size - 1)) $((size - 30)); do
        head -c "$k" "$T/each.tsv" > "$T/cut.tsv"
        fails cut.tsv -- "$B" --per-example "$T/cut.tsv" "$T/path.tsv"
    done
    head -n -1 "$T/each.tsv" > "$T/cut.tsv"
    fails cut.tsv "too few" path.tsv -- "$B" --per-example "$T/cut.tsv" "$T/path.tsv"
}

@test "refused tables, named with their place" {
    cut -f 1-4 "$T/path.tsv" > "$T/bad.tsv"
    fails bad.tsv "no column 'loss'" -- "$B" "$T/bad.tsv"
    sed '3s/\t3\t/\tnan\t/' "$T/path.tsv" > "$T/bad.tsv"
    fails bad.tsv "line 3" "column loss" -- "$B" "$T/bad.tsv"
    sed '3s/0\.5/0/' "$T/path.tsv" > "$T/bad.tsv"
    fails bad.tsv "line 3" twice -- "$B" "$T/bad.tsv"
    sed '$d' "$T/path.tsv" > "$T/bad.tsv"
    fails bad.tsv "t = 1" -- "$B" "$T/bad.tsv"
    fails nofile.tsv -- "$B" "$T/nofile.tsv"
}

@test "a per-example table of another run is refused, both files named" {
    sed '100s/\t0\.75\t/\t0.76\t/; 100s/\t1\.25\t/\t1.26\t/' "$T/each.tsv" > "$T/other.tsv"
    fails other.tsv path.tsv "t = 0" "mean loss" -- "$B" --per-example "$T/other.tsv" "$T/path.tsv"
    sed '200s/\tx\t/\ty\t/' "$T/each.tsv" > "$T/other.tsv"
    fails other.tsv path.tsv "line 200" -- "$B" --per-example "$T/other.tsv" "$T/path.tsv"
    sed 's/\t0\.5\tx/\t0.52\tx/' "$T/each.tsv" > "$T/other.tsv"
    fails other.tsv path.tsv "t = 0.52" -- "$B" --per-example "$T/other.tsv" "$T/path.tsv"
}

@test "a failure leaves the old output alone" {
    echo old > "$T/out.tsv"
    run "$B" -o "$T/out.tsv" "$T/path.tsv" "$T/nofile.tsv"
    [ "$status" -eq 1 ]
    [ "$(cat "$T/out.tsv")" = old ]
    [ "$(ls "$T" | grep -c 'out.tsv')" -eq 1 ]
    "$B" -o "$T/out.tsv" "$T/path.tsv"
    [ "$(wc -l < "$T/out.tsv")" -eq 2 ]
}

@test "/dev/full and a closed pipe are failures" {
    run bash -c "'$B' '$T/path.tsv' 2>&1 > /dev/full"
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write"* ]]
    run "$B" -o /dev/full "$T/path.tsv"
    [ "$status" -eq 1 ]
    run bash -c "{ sleep .2; '$B' '$T/path.tsv'; echo \$? > '$T/rc'; } 2> '$T/err' | true; cat '$T/rc' '$T/err'"
    [ "$output" = 1 ]
    run bash -c "{ sleep .2; '$B' -v '$T/path.tsv'; echo \$? > '$T/rc'; } 2> '$T/err' | true; cat '$T/rc' '$T/err'"
    [ "${lines[0]}" = 1 ]
    [[ "${lines[1]}" == "mc-barrier: error: standard output: cannot write: Broken pipe" ]]
}

@test "no name of a file or task forges a row or commands a terminal" {
    local n=$'for\tged\nname\x1b[2J\xc2\x9b\x9b.tsv'
    cp "$T/path.tsv" "$T/$n"
    cd "$T"
    case "$B" in /*) ;; *) B="$OLDPWD/$B" ;; esac
    "$B" -q --per-example each.tsv "$n" > out
    [ "$(wc -l < out)" -eq 2 ]
    awk -F '\t' 'NF != 31 { exit 1 }' out
    awk -F '\t' 'NR == 2 && $16 != "for\\tged\\nname\\u001b[2J\\u009b\\u009b.tsv" { exit 1 }' out
    for name in $'\x1b[2J' $'x\r' $'x\xc2\x9b' $'x\x9b' ''; do
        awk -F '\t' -v OFS='\t' -v name="$name" 'NR > 1 { $3 = name } 1' path.tsv > other.tsv
        fails 'line 2' task -- "$B" other.tsv
    done
}

# path FILE SEED FROM TO [GROUP]: FILE.tsv and FILE.each.tsv, 120 examples at three points, the height of every example drawn by SEED
path() {
    awk -v OFS='\t' -v seed="$2" -v from="$3" -v to="$4" -v groups="${5:-}" -v table="$T/$1.tsv" 'BEGIN {
        srand(seed)
        print "point", "t", "task", "n", "loss", "from", "to", "x", "y", "s", "group" > table
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        k = split(groups, group, ","); if (!k) { k = 1; group[1] = "" }
        for (g = 1; g <= k; g++) for (j = 0; j < 3; j++) {
            sum = 0; p = 3 * (g - 1) + j
            for (i = 0; i < 120; i++) {
                l = j == 1 ? g + rand() : 0; sum += l
                printf "%d\t%s\tx\t%d\t%s\tq\t%.17g\t.5\n", p, j / 2, i, i % 3 ? "q" : "r", l
            }
            printf "%d\t%s\tx\t120\t%.17g\t%s\t%s\tnan\tnan\t%s\t%s\n", p, j / 2, sum / 120, from, to, 3 * j, group[g] > table
        }
    }' > "$T/$1.each.tsv"
}
column() { # column NAME: its cells in the table on standard input
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }'
}

@test "groups are paths of their own; lengths and reach" {
    path g 1 a b layer.0,layer.1,head
    run "$B" --per-example "$T/g.each.tsv" --width .5 -o "$T/out" "$T/g.tsv"
    [ "$status" -eq 0 ]
    [ "$(column group < "$T/out" | paste -sd ' ')" = "layer.0 layer.1 head" ]
    [ "$(column length < "$T/out" | paste -sd ' ')" = "6 6 6" ]
    column barrier_lin < "$T/out" | awk '$1 < NR || $1 > NR + 1 { exit 1 }'
    # the maximum is in the middle for both halves: the cross-fitted height is the mean of their means
    paste <(column barrier_lin < "$T/out") <(column xfit < "$T/out") | awk '($1 - $2) ^ 2 > 1e-3 { exit 1 }'
    paste <(column loss_max < "$T/out") <(column reach_0 < "$T/out") <(column reach_1 < "$T/out") |
        awk '($2 - .25 / $1) ^ 2 > 1e-12 || ($3 - 1 + .25 / $1) ^ 2 > 1e-12 { exit 1 }'
    paste <(column mean_t < "$T/out") <(column mean_s < "$T/out") <(column loss_max < "$T/out") |
        awk '($1 - $2) ^ 2 > 1e-12 || ($1 - $3 / 2) ^ 2 > 1e-12 { exit 1 }'
    # a group that lacks a point
    grep -v $'^5\t' "$T/g.tsv" > "$T/cut.tsv"
    fails cut.tsv 'of group layer.1' 't = 1' -- "$B" "$T/cut.tsv"
    sed 's/^3\t/0\t/' "$T/g.tsv" > "$T/twice.tsv"
    fails twice.tsv 'line 5' 'point 0 is there twice' -- "$B" "$T/twice.tsv"
}

@test "two paths and more end in a row over all: means, and an interval over pairs that share ends" {
    local each=() tables=() k=0
    for pair in "a b" "a c" "b c"; do
        path "p$k" "$k" $pair
        each+=(--per-example "$T/p$k.each.tsv")
        tables+=("$T/p$k.tsv")
        k=$((k + 1))
    done
    "$B" "${each[@]}" -o "$T/out" "${tables[@]}"
    [ "$(wc -l < "$T/out")" -eq 5 ]
    [ "$(tail -n 1 "$T/out" | cut -f 16)" = all ]
    [ "$(column runs < "$T/out" | paste -sd ' ')" = "1 1 1 3" ]
    [ "$(column from < "$T/out" | paste -sd ' ')" = "a a b " ]
    [ "$(column notes < "$T/out" | tail -n 1)" = "" ]
    for name in barrier_lin xfit mean_t n; do
        column $name < "$T/out" | awk '{ v[NR] = $1 } END { d = (v[1] + v[2] + v[3]) / 3 - v[4]; exit d * d > 1e-16 * v[4] * v[4] }'
    done
    # without an end the path of the two others is left: q of 2 degrees, sqrt(2/3 of the squares); and the examples' error
    [ "$(column verdict < "$T/out" | tail -n 1)" = barrier ]
    paste <(column xfit < "$T/out" | paste -sd ' ') <(tail -n 1 "$T/out" | cut -f 13-14) | awk '{
        s = ($1 - $4) ^ 2 + ($2 - $4) ^ 2 + ($3 - $4) ^ 2; half = 4.30265272974946 * sqrt(2 / 3 * s)
        exit !($5 < $4 - half && $4 + half < $6 && $6 < $4 + sqrt(half ^ 2 + (1.96 * .06) ^ 2)) }'
    # two paths say nothing of others
    "$B" "${each[@]:0:4}" -o "$T/two" "${tables[@]:0:2}"
    [ "$(tail -n 1 "$T/two" | cut -f 13-15)" = "$(printf 'nan\tnan\tundecided')" ]
    # means without examples have no interval and no verdict
    "$B" -o "$T/three" "${tables[@]}"
    [ "$(tail -n 1 "$T/three" | cut -f 13-16)" = "$(printf 'nan\tnan\t\tall')" ]
    # one path has no row over all
    "$B" -o "$T/one" "$T/p0.tsv"
    [ "$(wc -l < "$T/one")" -eq 2 ]
}

@test "a row over all is of the same examples" {
    path p0 0 a b
    path p1 1 c d
    local m="$T/p0.tsv $T/p1.tsv --per-example $T/p0.each.tsv --per-example"
    sed 's/\t119\t/\t120\t/' "$T/p1.each.tsv" > "$T/other.each.tsv"
    fails p0.tsv p1.tsv 'other examples' 'number 119' -- "$B" $m "$T/other.each.tsv"
    awk -F '\t' -v OFS='\t' '$4 == 7 { $5 = "s" } 1' "$T/p1.each.tsv" > "$T/other.each.tsv"
    fails p0.tsv p1.tsv 'other examples' "label of number 7 is 'q' and 's'" -- "$B" $m "$T/other.each.tsv"
    sed 's/\t120\t/\t119\t/' "$T/p1.tsv" > "$T/fewer.tsv"
    fails p0.tsv fewer.tsv 'other examples' '120 and 119' -- "$B" "$T/p0.tsv" "$T/fewer.tsv"
}

@test "no example that is wrong proves little about rare ones" {
    awk -v OFS='\t' 'BEGIN { print "point", "t", "task", "n", "accuracy", "exact_match", "token_f1"
        for (j = 0; j < 3; j++) print j, j / 2, "x", 120, 1, 1, 1 }' > "$T/right.tsv"
    awk -v OFS='\t' 'BEGIN { print "point", "t", "task", "example", "label", "predicted", "exact_match", "token_f1"
        for (j = 0; j < 3; j++) for (i = 0; i < 120; i++) print j, j / 2, "x", i, "p", "p", 1, 1 }' > "$T/right.each.tsv"
    # .975 ^ 120 = .048, .976 ^ 120 = .054
    for pair in ".025 connected" ".024 undecided"; do
        set -- $pair
        for m in accuracy exact_match token_f1; do
            [ "$("$B" -q --metric "$m" --epsilon "$1" --per-example "$T/right.each.tsv" "$T/right.tsv" | column verdict)" = "$2" ]
        done
    done
}

@test "a row over several paths: a model with itself is refused among pairs, and is not among its like" {
    path_of() { printf 'point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep\n0\t0\tx\t4\t1\t.5\t.5\t0\t%s\t%s\tnan\n1\t1\tx\t4\t2\t.5\t.5\t0\t%s\t%s\tnan\n' $1 $2 $1 $2; }
    path_of a b > "$T/ab.tsv"
    path_of c c > "$T/cc.tsv"
    path_of d d > "$T/dd.tsv"
    fails "$T/cc.tsv: task x: both ends are one model, unlike those in $T/ab.tsv" -- "$B" -q "$T/ab.tsv" "$T/cc.tsv"
    fails "$T/cc.tsv: task x: both ends are one model, unlike those in $T/ab.tsv" -- "$B" -q "$T/cc.tsv" "$T/ab.tsv"
    "$B" -q "$T/cc.tsv" "$T/dd.tsv" | grep -q "$(printf '\tall')"
    "$B" -q "$T/cc.tsv" > /dev/null
}

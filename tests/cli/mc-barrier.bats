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
    [ "${lines[0]}" = "$(printf 'task\tmetric\tpoints\tloss_0\tloss_1\tloss_max\tt_max\tbarrier_lin\tbarrier_mean\tbarrier_max\tbarrier_mid\tconvexity_gap\tci_low\tci_high\tverdict\tpath')" ]
    [ "${lines[1]}" = "$(printf 'x\tloss\t3\t1\t2\t3\t0.5\t1.5\t1.5\t1\t1.5\t1.5\tnan\tnan\t\t%s' "$T/path.tsv")" ]
    run "$B" --metric accuracy "$T/path.tsv"
    [ "${lines[1]}" = "$(printf 'x\taccuracy\t3\t0\t0\t0.5\t0.5\t0.5\t0.5\t0.5\t0.5\t0.5\tnan\tnan\t\t%s' "$T/path.tsv")" ]
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
    run bash -c "'$B' - '$T/path.tsv' < '$T/path.tsv'"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    run bash -c "'$B' --per-example - '$T/path.tsv' < '$T/each.tsv'"
    [ "$(cut -f 15 <<< "${lines[1]}")" = barrier ]
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

#!/usr/bin/env bats
# mc-matrix: pairs as a matrix, clusters, names, and tables that are none of pairs.

load common

setup() {
    M="$B/mc-matrix"
    T="$BATS_TEST_TMPDIR"
}

# pairs FROM TO VALUE ...: a table of these pairs
pairs() {
    printf 'task\tmetric\tbarrier_lin\txfit\tpath\tgroup\tfrom\tto\n'
    while [ $# -gt 0 ]; do
        printf 'x\tloss\t%s\t%s\tp.tsv\t\t%s\t%s\n' "$3" "$3" "$1" "$2"
        shift 3
    done
}

@test "usage" {
    run "$M" --help
    [ "$status" -eq 0 ]
    for o in "" "--epsilon -1 x" "--nonsense x" "- -"; do
        run "$M" $o
        [ "$status" -eq 2 ] || { echo "$o: $status"; false; }
    done
}

@test "a matrix by hand: symmetric, 0 on the diagonal, nan where nothing was measured" {
    pairs aaaaaaaa0 bbbbbbbb0 .01 cccccccc0 aaaaaaaa0 .5 > "$T/b.tsv"
    run "$M" "$T/b.tsv"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "$(printf 'model\tcluster\taaaaaaaa\tbbbbbbbb\tcccccccc')" ]
    [ "${lines[1]}" = "$(printf 'aaaaaaaa\t0\t0\t0.01\t0.5')" ]
    [ "${lines[2]}" = "$(printf 'bbbbbbbb\t0\t0.01\t0\tnan')" ]
    [ "${lines[3]}" = "$(printf 'cccccccc\t1\t0.5\tnan\t0')" ]
    [ "$(pairs aaaaaaaa0 bbbbbbbb0 .01 | "$M" - | wc -l)" -eq 3 ]
    # several tables are one
    pairs bbbbbbbb0 cccccccc0 .02 > "$T/c.tsv"
    run "$M" "$T/b.tsv" "$T/c.tsv"
    [ "${lines[2]}" = "$(printf 'bbbbbbbb\t0\t0.01\t0\t0.02')" ]
}

@test "clusters: average linkage over measured pairs, cut at epsilon" {
    # a-b .01; then c to {a, b}: (.01 + .04) / 2 = .025; d is not measured against any of them, e only against d
    pairs a b .01 a c .01 b c .04 d e 0 > "$T/b.tsv"
    clusters() { "$M" "$@" "$T/b.tsv" | tail -n +2 | cut -f 1,2 | tr '\t' = | paste -sd ' '; }
    [ "$(clusters)" = "a=0 b=0 c=1 d=2 e=2" ]
    [ "$(clusters --epsilon .024)" = "a=0 b=0 c=1 d=2 e=2" ]
    [ "$(clusters --epsilon .025)" = "a=0 b=0 c=0 d=1 e=1" ]
    [ "$(clusters --epsilon .009)" = "a=0 b=1 c=2 d=3 e=3" ]
    [ "$(clusters --epsilon 0)" = "a=0 b=1 c=2 d=3 e=3" ]
    # numbered by first member in order of first appearance, whatever merges first
    pairs a b .5 c d .001 a e .01 > "$T/b.tsv"
    [ "$(clusters)" = "a=0 b=1 c=2 d=2 e=0" ]
}

@test "names" {
    pairs 0123456789a 0123456789b .1 0123456789a ffffffffff .2 > "$T/b.tsv"
    run "$M" "$T/b.tsv"
    [ "${lines[0]}" = "$(printf 'model\tcluster\t0123456789a\t0123456789b\tffffffff')" ]
    printf '0123456789b\tsecond one\n' > "$T/names"
    run "$M" --names "$T/names" "$T/b.tsv"
    [ "${lines[0]}" = "$(printf 'model\tcluster\t0123456789a\tsecond one\tffffffff')" ]
    printf '0123456789b\tsecond one\nabcdef\tof no pair\n' > "$T/names"
    fails 1 names 'line 2' 'abcdef, of no pair, is no model of the tables' -- "$M" --names "$T/names" "$T/b.tsv"
    printf '0123456789b\tx\n0123456789b\ty\n' > "$T/names"
    fails 1 names 'line 2' 'has a name already' -- "$M" --names "$T/names" "$T/b.tsv"
    printf '0123456789b\tx\n0123456789a\tx\n' > "$T/names"
    fails 1 'the same name, x' -- "$M" --names "$T/names" "$T/b.tsv"
    for line in 'no tab' $'xyz\tname' $'0123456789b\t' $'\tname' $'0123456789b\ta\tb' $'0123456789b\t\x1b[2J'; do
        printf '%s\n' "$line" > "$T/names"
        fails 1 names 'line 1' -- "$M" --names "$T/names" "$T/b.tsv"
    done
}

@test "rows over all and of groups are passed over, tasks chosen, columns by name" {
    {
        pairs a b .01
        printf 'x\tloss\t.9\t.7\tall\t\t\t\n'
        printf 'x\tloss\t.9\t.7\tp.tsv\tlayer.0\ta\tb\n'
    } > "$T/b.tsv"
    run "$M" "$T/b.tsv"
    [ "${lines[1]}" = "$(printf 'a\t0\t0\t0.01')" ]
    printf 'y\tloss\t.3\t.4\tp.tsv\t\ta\tb\n' >> "$T/b.tsv"
    fails 1 b.tsv 'line 5' 'task y' '--task' -- "$M" "$T/b.tsv"
    run "$M" --task y --value xfit "$T/b.tsv"
    [ "${lines[1]}" = "$(printf 'a\t0\t0\t0.4')" ]
    fails 1 'no pair of models of task z' -- "$M" --task z "$T/b.tsv"
    printf 'x\taccuracy\t.3\t.4\tp.tsv\t\ta\tc\n' >> "$T/b.tsv"
    fails 1 b.tsv 'line 6' 'metric accuracy' -- "$M" --task x "$T/b.tsv"
}

@test "refused: a pair twice, a model with itself, ends without digests, values that are none" {
    pairs a b .1 c d .1 b a .1 > "$T/b.tsv"
    fails 1 b.tsv 'line 4' 'twice' 'line 2' -- "$M" "$T/b.tsv"
    pairs a b .1 a a .1 > "$T/b.tsv"
    fails 1 b.tsv 'line 3' 'both ends' -- "$M" "$T/b.tsv"
    pairs a b .1 '' '' .1 > "$T/b.tsv"
    fails 1 b.tsv 'line 3' 'no digests' -- "$M" "$T/b.tsv"
    for v in nan inf x ''; do
        pairs a b "$v" > "$T/b.tsv"
        fails 1 b.tsv 'line 2' barrier_lin -- "$M" "$T/b.tsv"
    done
    pairs > "$T/b.tsv"
    fails 1 'no pair' -- "$M" "$T/b.tsv"
    pairs a b .1 | head -c -1 > "$T/b.tsv"
    fails 1 b.tsv -- "$M" "$T/b.tsv"
    pairs a b .1 | cut -f 1-7 > "$T/b.tsv"
    fails 1 b.tsv "no column 'to'" -- "$M" "$T/b.tsv"
    pairs a b .1 > "$T/b.tsv"
    fails 1 b.tsv "no column 'height'" -- "$M" --value height "$T/b.tsv"
    run bash -c "'$M' '$T/b.tsv' > /dev/full"
    [ "$status" -eq 1 ]
}

#!/usr/bin/env bash
# The verdict of a path for less than its sweep: the looks of verdict.tsv, each at more points or examples than the one before, until
# one of them decides.
#   verdict.sh PROGRAMS FOLDER A B SET CONFIDENCE METRIC OPTIONS-OF-INTERP OPTIONS-OF-EVAL OPTIONS-OF-BARRIER
#
# There are K looks, and each has the confidence 1 - (1 - P)/K, so that all of them together have P (Bonferroni). A look's examples lie in
# those of the next and so do its points: what was evaluated is not evaluated again. What is connected is said by looks that the table allows
# to, with points close enough for a narrow peak. Ends in FOLDER/verdict.tsv, a row a look.
set -euo pipefail
programs=$1 folder=$2 a=$3 b=$4 set=$5 confidence=$6 metric=$7
eval "interp=($8) eval=($9) barrier=(${10})" # words of the shell, with its quotes
rm -rf "$folder"/.verdict.* # of one that was killed
here=${0%/*} work=$(mktemp -d "$folder/.verdict.XXXXXX")
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT
n=$("$programs/mc-info" --ids "$set" | wc -l)
looks=$(($(wc -l <"$here/verdict.tsv") - 1))
each_confidence=$(awk -v p="$confidence" -v k="$looks" 'BEGIN { printf "%.17g", 1 - (1 - p) / k }')
start=$(date +%s.%N)

# evaluate NAME TS OPTION...: the values of examples at these t
evaluate() {
    local name=$1 at=$2
    shift 2
    # what the first of the two says is the cause, and comes last
    { "$programs/mc-interp" -q "${interp[@]}" --at "$at" "$a" "$b" 2>"$work/said" |
        "$programs/mc-eval" -q "${eval[@]}" "$@" --per-example "$work/$name.each" "$set" >"$work/$name.path"; } ||
        { cat "$work/said" >&2; false; }
}

# The t of POINTS points; those among POINTS that are not among BEFORE, which divides them, or are (1).
grid() {
    awk -v points="$1" -v before="$2" -v old="$3" 'BEGIN {
        step = before ? (points - 1) / (before - 1) : 0
        for (i = 0; i < points; i++) {
            is_old = step && i % step == 0
            if (is_old == old) printf "%s%.17g", (k++ ? "," : ""), i / (points - 1)
        }
    }'
}

printf 'look\tpoints\texamples\tcost\tof_sweep\tbarrier_lin\tci_low\tci_high\tverdict\tseconds\tloss_0\tloss_1\tnotes\n' >"$work/table"
points_before=0 examples_before=0 cost=0 look=0 verdict=undecided
while read -r points share connected; do
    look=$((look + 1))
    examples=$(awk -v n="$n" -v share="$share" 'BEGIN { k = int(n * share + .999999); if (k < 100) k = 100; print (k > n ? n : k) }')
    new=$(grid "$points" "$points_before" 0) old=$(grid "$points" "$points_before" 1)
    if [ -n "$old" ] && [ "$examples" -gt "$examples_before" ]; then
        evaluate "$look-old" "$old" --examples "$examples" --after "$examples_before"
        cost=$((cost + points_before * (examples - examples_before)))
    fi
    if [ -n "$new" ]; then
        evaluate "$look-new" "$new" --examples "$examples"
        cost=$((cost + (points - points_before) * examples))
    fi
    awk -v metric="$metric" -v path="$work/path.tsv" -f "$here/join_looks.awk" "$work"/*.each >"$work/each.tsv"
    "$programs/mc-barrier" -q "${barrier[@]}" --metric "$metric" --confidence "$each_confidence" --per-example "$work/each.tsv" \
        -o "$work/barrier.tsv" "$work/path.tsv"
    read -r lin low high verdict end_0 end_1 notes < <(awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { print $at["barrier_lin"], $at["ci_low"], $at["ci_high"], $at["verdict"], $at["loss_0"], $at["loss_1"], $at["notes"] }' "$work/barrier.tsv")
    [ "$verdict" = connected ] && [ "$connected" = no ] && verdict=undecided
    awk -v OFS='\t' -v look="$look" -v points="$points" -v examples="$examples" -v cost="$cost" -v n="$n" -v lin="$lin" -v low="$low" \
        -v high="$high" -v verdict="$verdict" -v start="$start" -v now="$(date +%s.%N)" -v ends="$end_0\t$end_1\t$notes" 'BEGIN {
        printf "%d\t%d\t%d\t%d\t%.4g\t%s\t%s\t%s\t%s\t%.1f\t%s\n", look, points, examples, cost, cost / (26 * n), lin, low, high, verdict, now - start, ends }' >>"$work/table"
    [ "$verdict" = undecided ] || break
    points_before=$points examples_before=$examples
done < <(tail -n +2 "$here/verdict.tsv")
mv -f "$work/table" "$folder/verdict.tsv"

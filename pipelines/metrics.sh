#!/usr/bin/env bash
# Heights of paths by further metrics, as one table of mc-barrier.
#   metrics.sh PROGRAMS FOLDER METRICS given|default [OPTION OF mc-barrier]... -- NAME...
# The paths are FOLDER/path-NAME.tsv with each-NAME.tsv. given: by these METRICS; default: by the task's, which is the accuracy, or of
# answers without labels the exact match; and by the loss; but by none that barrier.tsv has.
set -euo pipefail
programs=$1 folder=$2 metrics=$3 which=$4
shift 4
here=$folder # for awk, which takes NAME=VALUE for an assignment
[[ $here == /* ]] || here=./$here
options=() files=()
while [ "$1" != -- ]; do options+=("$1") && shift; done
shift
for name; do files+=(--per-example "$folder/each-$name.tsv" "$folder/path-$name.tsv"); done

# Whether every row of the first path has a value there.
has() {
    awk -F '\t' -v column="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
        at == 0 || $at == "nan" { bad = 1 } END { exit bad || NR < 2 }' "$here/path-$first.tsv"
}
first=$1
if [ "$which" = default ]; then
    had=$(awk -F '\t' 'NR == 2 { print $2 }' "$here/barrier.tsv")
    metrics=loss
    if has accuracy; then metrics+=' accuracy'; elif has exact_match; then metrics+=' exact_match'; fi
    metrics=$(tr ' ' '\n' <<< "$metrics" | grep -vx "$had" || true)
fi
head -n 1 "$folder/barrier.tsv"
for metric in $metrics; do
    "$programs/mc-barrier" -q "${options[@]}" --metric "$metric" "${files[@]}" | tail -n +2
done

#!/usr/bin/env bash
# Heights of paths by further metrics, as one table of mc-barrier.
#   metrics.sh PROGRAMS FOLDER METRICS given|default [OPTION OF mc-barrier]... -- NAME...
# The paths are FOLDER/path-NAME.tsv with each-NAME.tsv. given: by these METRICS; default: by the loss and the task's
# metric, but by none that barrier.tsv has.
set -euo pipefail
programs=$1 folder=$2 metrics=$3 which=$4 home=${0%/*}/..
shift 4
here=$folder # for awk, which takes NAME=VALUE for an assignment
[[ $here == /* ]] || here=./$here
options=() files=()
while [ "$1" != -- ]; do options+=("$1") && shift; done
shift
for name; do files+=(--per-example "$folder/each-$name.tsv" "$folder/path-$name.tsv"); done

if [ "$which" = default ]; then # those of the figure, but for correlations, which are no means over examples
    had=$(awk -F '\t' 'NR == 2 { print $2 }' "$here/barrier.tsv")
    metrics=$(awk -f "$home/plots/metric.awk" "$here/path-$1.tsv" | head -n 1 | tr ',' '\n' | grep -vx -e "$had" -e pearson -e spearman || true)
fi
head -n 1 "$folder/barrier.tsv"
for metric in $metrics; do
    "$programs/mc-barrier" -q "${options[@]}" --metric "$metric" "${files[@]}" | tail -n +2
done

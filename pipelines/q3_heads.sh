#!/usr/bin/env bash
# Variables for make q3, from the labels of its token sets: Q3_HEADS, `mix` where both ends have the same labels or write their answers, else `0 1`;
# Q3_OF_SOURCE and Q3_OF_TARGET, the sets of DEVS that the head of each end has all labels of: where labels overlap, a set may be in both.
#   q3_heads.sh FOLDER_OF_PROGRAMS FOLDER NAME...
set -euo pipefail
tool=$1 folder=$2
shift 2
labels() { "$tool/mc-info" --ids "$folder/$1.tok.gz" | cut -f 1 | LC_ALL=C sort -u; }
# Whether the ends write their answers, whatever the labels: a line has a third column then.
writes() { "$tool/mc-info" --ids "$folder/source.tok.gz" | awk -F '\t' '{ third = third || NF > 2 } END { exit !third }'; }
# within NAME LABELS: whether the set has no others
within() { [ -z "$(LC_ALL=C comm -23 <(labels "dev-$1") <(printf '%s\n' "$2"))" ]; }
source=$(labels source) target=$(labels target) of_source=() of_target=() heads='0 1'
if writes; then
    heads=mix of_source=("$@")
    set --
elif [ "$source" = "$target" ]; then
    heads=mix
fi
for name in "$@"; do
    answered=''
    if within "$name" "$source"; then of_source+=("$name") answered=1; fi
    if within "$name" "$target"; then of_target+=("$name") answered=1; fi
    if [ -z "$answered" ]; then
        echo "DEVS: $name has labels that neither SOURCE nor TARGET has" >&2
        exit 1
    fi
done
printf 'Q3_HEADS := %s\nQ3_OF_SOURCE := %s\nQ3_OF_TARGET := %s\n' "$heads" "${of_source[*]}" "${of_target[*]}"

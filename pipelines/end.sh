#!/usr/bin/env bash
# An end of a path of what A= or B= names, a PEFT directory or a stream, as TARGET. A delta stays one where the other end is a
# delta too and their base is given; else it is folded, so that whole models meet.
#   end.sh PROGRAMS TARGET MODEL OTHER BASE LABELS      OTHER, BASE (a stream) and LABELS may be empty
set -euo pipefail
programs=$1 target=$2 model=$3 other=$4 base=$5 labels=$6
part=$target.part
trap 'rm -f "$part"' EXIT

# delta or model: what the last document of a stream is, the others are its bases
kind() {
    if [ -d "$1" ]; then
        if [ -e "$1/adapter_config.json" ]; then echo delta; else echo model; fi
    elif [ -n "$1" ]; then
        "$programs/mc-info" --tsv -- "$1" |
            awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { kind = $at["kind"] } END { print kind }'
    fi
}

if [ -d "$model" ]; then
    "$programs/mc-import" --base "$base" ${labels:+--labels "$labels"} -o "$part" -- "$model"
else
    "$programs/mc-info" --check -- "$model" >/dev/null
    cp -- "$model" "$part"
fi
own=$(kind "$part") others=$(kind "$other")
if [ "$own" = delta ] && { [ -z "$base" ] || [ "$others" != delta ]; }; then
    "$programs/mc-fold" ${base:+--base "$base"} -o "$target" "$part"
else
    mv -f "$part" "$target"
fi

#!/usr/bin/env bash
# Judges, before anything is computed, whether what a head gives can be told by the labels of a token set: by name, or by number where its outputs
# have no names. Where LABELS= is what is missing, a line says so.
#   labels.sh PROGRAMS CALLED SET VARIABLE=DIR MODEL...      MODEL: the stream that was made of DIR
set -euo pipefail
tool=$1 called=$2 set=$3
shift 3
# labels FILE: as JSON, of its last document; nothing where it has none
labels() { "$tool/mc-info" -- "$1" | sed -n 's/^  labels //p' | tail -n 1; }
# Text without labels, and numbers, meet no names.
wanted=$(labels "$set")
[ -n "$wanted" ] || exit 0
numbers='^\[("[0-9]+",?)+\]$'
list=$(tr -d '[]"' <<<"$wanted")
while [ $# -gt 0 ]; do
    own=$(labels "$2")
    case $own,$1 in
    ,MODEL=*) ;; # a head is drawn when it is tuned
    ,*)
        echo "$called: $1 has no head that gives labels: take a model that has one, or say LABELS=$list, which draws one" >&2
        exit 1
        ;;
    '["LABEL_0"'*)
        if [[ ! $wanted =~ $numbers ]]; then
            echo "$called: $1: the outputs of its head have no names: say LABELS=$list, or these labels in the order of the outputs" >&2
            exit 1
        fi
        ;;
    esac
    shift 2
done

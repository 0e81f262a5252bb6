#!/usr/bin/env bash
# make's shell for its stages. Whatever ends it (make is told to end, a key, a terminal that closes): all that it runs ends too, so
# that nothing writes a file any more that the next make is to make.
#   stage.sh - -c COMMAND
#   stage.sh FOLDER -c COMMAND     of a make with jobs (-j)
#   stage.sh FOLDER --tell         from such a command
#
# With jobs, stages that run on beside one that failed talk after it; so that one leaves make's process, its command and what it said
# last in FOLDER/.failed, and a stage that ends later says them again.
set -euo pipefail
failed=$1/.failed
if [ "$2" = --tell ]; then
    [ -e "$failed" ] || exit 0
    make=$(awk '$1 == "PPid:" { print $2 }' "/proc/$PPID/status")
    if [ "$(head -n 1 "$failed")" = "$make" ]; then tail -n +2 "$failed" >&2; else rm -f "$failed"; fi
    exit
fi
command=$3 tee='' said=''

# stop PROCESS: it and all that it has started; what is stopped starts no more. Their numbers are in $stopped.
stop() {
    local child
    kill -STOP "$1" 2>/dev/null || return 0
    stopped+=("$1")
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do stop "$child"; done
}

ended() {
    local status=$? child stopped=()
    for child in $(cat "/proc/$$/task/$$/children" 2>/dev/null); do
        [ "$child" = "$tee" ] || stop "$child"
    done
    for child in "${stopped[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
    for child in "${stopped[@]}"; do kill -CONT "$child" 2>/dev/null || true; done
    [ -n "$tee" ] || exit "$status"
    exec 2>&3
    wait "$tee" 2>/dev/null || true
    if [ "$status" != 0 ]; then
        { printf '%s\n%s\n' "$PPID" "failed: $command"; tail -n 5 "$said"; } >"$failed" || true
    fi
    rm -f "$said"
    exit "$status"
}
trap ended EXIT
if [ "$1" != - ]; then
    said=$(mktemp)
    exec 3>&2 2> >(exec tee "$said" >&2)
    tee=$!
fi
eval "$command"

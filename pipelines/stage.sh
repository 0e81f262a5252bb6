#!/usr/bin/env bash
# make's shell for the stages of a make with jobs (-j). Stages that run on beside one that failed talk after it; so that one leaves
# make's process, its command and what it said last in FOLDER/.failed, and a stage that ends later says them again.
#   stage.sh FOLDER -c COMMAND
#   stage.sh FOLDER --tell         from such a command
set -euo pipefail
failed=$1/.failed
if [ "$2" = --tell ]; then
    [ -e "$failed" ] || exit 0
    make=$(awk '$1 == "PPid:" { print $2 }' "/proc/$PPID/status")
    if [ "$(head -n 1 "$failed")" = "$make" ]; then tail -n +2 "$failed" >&2; else rm -f "$failed"; fi
    exit
fi
command=$3 said=$(mktemp)

# Whatever ends the shell: what it runs ends too.
ended() {
    local status=$? child
    for child in $(cat "/proc/$$/task/$$/children" 2>/dev/null); do
        [ "$child" = "$tee" ] || kill "$child" 2>/dev/null || true
    done
    exec 2>&3
    wait "$tee" || true
    if [ "$status" != 0 ]; then
        { printf '%s\n%s\n' "$PPID" "failed: $command"; tail -n 5 "$said"; } >"$failed" || true
    fi
    rm -f "$said"
    exit "$status"
}
exec 3>&2 2> >(exec tee "$said" >&2)
tee=$!
trap ended EXIT
eval "$command"

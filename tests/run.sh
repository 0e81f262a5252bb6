#!/usr/bin/env bash
# Runs the library's tests and the programs' tests, as many files beside each other as there are processors; ends with a
# line "N passed, N failed".
#   BIN=build/bin [PROGRAMS=0] [BATS='FILE...'] [WITHOUT='NAME...'] tests/run.sh build/tests
# PROGRAMS=0: the library's alone, PROGRAMS=only: none of the library's; BATS: these files of the programs' tests; WITHOUT: not these
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
tests=$1
export BIN=$(cd "$BIN" && pwd) TOP=$top
export TSAN_OPTIONS=${TSAN_OPTIONS:-allocator_may_return_null=1 suppressions=$top/tests/analyze/tsan.txt}
export ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export CMOCKA_MESSAGE_OUTPUT=TAP
. tests/jobs.bash
passed=0 failed=0

# finished NAME LOG STATUS SECONDS: counts what the log says in TAP
finished() {
    local ok bad
    ok=$(grep -c '^ok ' "$2") || true
    bad=$(grep -c '^not ok ' "$2") || true
    if [ "$3" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi # it died before it could say so
    passed=$((passed + ok)) failed=$((failed + bad))
    printf '%-32s %3d passed, %d failed, %3d s\n' "$1" "$ok" "$bad" "$4"
    grep '^# *|' "$2" | sed 's/^# *|/   /' || true # what a test wants shown
    [ "$bad" = 0 ] || grep -v '^ok ' "$2"
}

for t in "$tests"/test_*; do
    [ -x "$t" ] && [ "${PROGRAMS:-1}" != only ] || continue
    job "$(basename "$t")" "$t"
done
for b in ${BATS:-tests/cli/*.bats}; do
    [ "${PROGRAMS:-1}" != 0 ] || break
    name=$(basename "$b" .bats)
    [[ " ${WITHOUT:-} " != *" $name "* ]] || continue
    job "$name.bats" bats --tap "$b"
done
all_jobs
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

#!/usr/bin/env bash
# What reads the code instead of running it: both compilers with warnings as errors, the order of layers, clang's analyzer,
# cppcheck.
# Ends with a line "N passed, N failed".   BUILD=build FLAGS='-std=c11 ...' tests/analyze/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.."
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

check() { # NAME COMMAND...: passes when it succeeds and says nothing
    local name=$1
    shift
    if "$@" >"$log" 2>&1 && [ ! -s "$log" ]; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        cat "$log"
    fi
}

strict() { # COMPILER
    make --no-print-directory -j"$(nproc)" CC="$1" CFLAGS='-O2 -Werror' BUILD="$BUILD/strict-$1" all run-test-programs |
        grep -vE '^(CC|LD|AR|COPY|MAN|TABLE) |: Nothing to be done for ' >&2
    [ "${PIPESTATUS[0]}" = 0 ]
}

analyzer() { # not tests/lib: it does not know that what cmocka asserts holds from there on
    find lib tools tests -path tests/lib -prune -o -name '*.c' -print |
        xargs -P "$(nproc)" -n 1 clang --analyze --analyzer-output text -Wno-unknown-pragmas $FLAGS -DMC_KERN=base
}

check 'gcc -Werror' strict gcc
check 'clang -Werror' strict clang
check "clang's analyzer" analyzer
check layers python3 tests/analyze/layers.py "$BUILD/strict-gcc"
check cppcheck cppcheck -q -j "$(nproc)" --std=c11 --enable=warning,portability,performance --inline-suppr \
    --suppressions-list=tests/analyze/cppcheck.txt --suppress=missingIncludeSystem -D__x86_64__ -DMC_KERN=base \
    -DMC_ISAL -DMC_ONEDNN -Iinclude lib tools tests
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

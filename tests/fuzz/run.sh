#!/usr/bin/env bash
# Fuzzes every target for TIME seconds; ends with a line "N passed, N failed". A target passes where
# nothing was found. What was found lies in OUT/found/TARGET; what was learnt, in OUT/corpus/TARGET.
#   TIME=60 [TARGET='stream model'] [JOBS=1] OUT=build/fuzz BIN=build/bin tests/fuzz/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.."
TIME=${TIME:-60} JOBS=${JOBS:-1}
TARGET=${TARGET:-$(FUZZ_TARGET= "$OUT/fuzz" 2>&1 | sed 's/.*: //')}
[ -d /dev/shm ] && [ -w /dev/shm ] && shm=/dev/shm || shm=${TMPDIR:-/tmp}
export TMPDIR=$(mktemp -d "$shm/mc-fuzz-run-XXXXXX") # files of a moment: in memory where it can be
trap 'rm -rf "$TMPDIR"' EXIT
asan=allocator_may_return_null=1:malloc_context_size=6:quarantine_size_mb=16
export ASAN_OPTIONS=${ASAN_OPTIONS:-$asan}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1} MC_KERNELS=base OPENBLAS_NUM_THREADS=1
passed=0 failed=0

tests/fuzz/seeds.sh "$OUT/seeds" || { echo 'the inputs to start from could not be made' >&2; exit 1; }

# An input may take 5 s and 1 GB.
one() {
    local t=$1 log="$OUT/log/$1" dict=table max=8192 cases=() more=()
    case $t in
    stream | header | model | delta | tokens | corpus | state) dict=doc max=32768 ;;
    import | config) dict=config ;;
    torch | pickle) dict=pickle ;;
    tokenizer | vocab | merges | spiece | template) dict=tok ;;
    esac
    mkdir -p "$OUT/found/$t" "$OUT/corpus/$t" "$OUT/log"
    [ -d "tests/bad/$t" ] && cases=("tests/bad/$t")
    [ "$JOBS" -gt 1 ] && more=(-fork="$JOBS")
    FUZZ_TARGET=$t "$OUT/fuzz" -max_total_time="$TIME" -timeout=5 -rss_limit_mb=1024 -max_len=$max \
        -dict="tests/fuzz/$dict.dict" -close_fd_mask=3 \
        -artifact_prefix="$OUT/found/$t/" \
        "${more[@]}" "$OUT/corpus/$t" "$OUT/seeds/$t" "${cases[@]}" >"$log" 2>&1
    local status=$?
    report "$t" "$log" $status
    return $status
}

# A line per target: executions, executions a second, edges covered, seconds.
report() {
    local last secs
    last=$(grep -E '^#[0-9]+.*cov: ' "$2" | tail -n 1)
    secs=$(sed -nE 's/^(Done .* in|INFO: fuzzed for) ([0-9]+) second.*/\2/p' "$2" | tail -n 1)
    printf '%-10s %9s runs %6s/s %6s edges %5s s  %s\n' "$1" "$(sed -E 's/^#([0-9]+).*/\1/' <<<"$last")" \
        "$(sed -E 's/.*exec\/s:? ([0-9]+).*/\1/' <<<"$last")" \
        "$(sed -E 's/.*cov: ([0-9]+).*/\1/' <<<"$last")" "${secs:-?}" \
        "$([ "$3" = 0 ] && echo 'nothing found' || echo "FOUND, see $2 and $OUT/found/$1")"
}

for t in $TARGET; do
    if one "$t"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

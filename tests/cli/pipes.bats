#!/usr/bin/env bats
# All programs at the ends of pipes and on full, read-only and contended directories: what dies, stops or is closed
# fails the pipeline, and nothing that is left looks whole.
load common

setup_file() {
    fixture
    "$B/mc-interp" -n 3 -o "$F/path.st.gz" "$F/a.st.gz" "$F/b.st.gz"
    "$B/mc-interp" -n 3 --level 0 "$F/a.st.gz" "$F/b.st.gz" > "$F/path0"
    "$B/mc-eval" --per-example "$F/each.tsv" -o "$F/path.tsv" "$F/dev.tok.gz" < "$F/path.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; }

# Runs a command, passes on N bytes of its output and kills it with SIGKILL: what it said until then, and no more.
dies_after() { # dies_after N COMMAND...
    local n=$1 pipe
    shift
    pipe=$(mktemp -u "$T/pipe.XXXXXX")
    mkfifo "$pipe"
    "$@" > "$pipe" 2> /dev/null 3>&- &
    { head -c "$n"; kill -9 $! 2> /dev/null; } < "$pipe" || true
}

# Commands that read standard input; they write standard output, or -o FILE.
readers() {
    cat << E
mc-tokenize -t $F/lang|$F/dev.tsv
mc-init --perturb 0.1|$F/a.st.gz
mc-finetune --train $F/train.tok.gz --steps 2|$F/a.st.gz
mc-curve --train $F/train.tok.gz --steps 2 - $F/b.st.gz|$F/a.st.gz
mc-interp -n 2|$F/path.st.gz.two
mc-eval $F/dev.tok.gz|$F/path.st.gz
mc-barrier|$F/path.tsv
mc-dist|$F/path.st.gz
mc-pick 1|$F/path.st.gz
mc-info --digest|$F/path.st.gz
E
}
# The others that write standard output, or -o FILE.
writers() {
    cat << E
mc-synth --vocab|/dev/null
mc-synth --task sentiment --split dev -n 9|/dev/null
mc-init $F/config.json|/dev/null
mc-import $F/hf|/dev/null
mc-tokenize -t $F/lang $F/dev.tsv|/dev/null
mc-interp -n 2 $F/a.st.gz $F/b.st.gz|/dev/null
mc-curve --train $F/train.tok.gz --steps 2 $F/a.st.gz $F/b.st.gz|/dev/null
mc-dist $F/a.st.gz $F/b.st.gz|/dev/null
mc-info $F/a.st.gz|/dev/null
E
}
each() { # each COMMAND...: with every line of readers and writers as $c (the command) and $in
    cat "$F/a.st.gz" "$F/b.st.gz" > "$F/path.st.gz.two"
    [ -d "$F/hf" ] || "$B/mc-export" "$F/hf" -t "$F/lang" < "$F/a.st.gz"
    local c in
    while IFS='|' read -r c in <&4; do
        c="$B/$c"
        "$@" || { echo "in: $c"; return 1; }
    done 4< <(readers; [ "$1" = empty_input ] || writers)
}

along() { # along STAGE...: what the last stage leaves, and its status, without pipefail
    bash -c "set +o pipefail; $1" > "$T/out" 2> "$T/err"
}

@test "a path whose mc-interp dies anywhere is no result" {
    local whole n
    export -f dies_after
    export B F T
    whole=$(wc -c < "$F/path0")
    # at the edges of documents, inside them, and with all but the end record
    for n in 0 1 100 $((whole / 3 - 20)) $((whole / 3)) $((whole / 2)) $((whole - 500)) $((whole - 62)) $((whole - 1)); do
        run along "dies_after $n '$B/mc-interp' -n 3 '$F/a.st.gz' '$F/b.st.gz' | '$B/mc-eval' '$F/dev.tok.gz' 2> /dev/null | '$B/mc-barrier'"
        [ "$status" -eq 1 ] || { echo "$n: status $status"; cat "$T/out" "$T/err"; return 1; }
        [ ! -s "$T/out" ]
        [ "$(wc -l < "$T/err")" -eq 1 ]
    done
    run along "dies_after $whole '$B/mc-interp' -n 3 '$F/a.st.gz' '$F/b.st.gz' | '$B/mc-eval' '$F/dev.tok.gz' | '$B/mc-barrier'"
    [ "$status" -eq 0 ]
    cut -f 1-15 "$T/out" | cmp - <("$B/mc-barrier" "$F/path.tsv" | cut -f 1-15)
}

@test "a path whose mc-eval dies anywhere is no result" {
    local n whole
    export -f dies_after
    export B F T
    whole=$(wc -c < "$F/path.tsv")
    for n in 0 1 $(awk '{ at += length($0) + 1; print at - 1; print at }' "$F/path.tsv") $((whole - 2)); do
        [ "$n" -lt "$whole" ] || continue
        run along "dies_after $n '$B/mc-eval' '$F/dev.tok.gz' < '$F/path.st.gz' | '$B/mc-barrier'"
        [ "$status" -eq 1 ] || { echo "$n: status $status"; cat "$T/out"; return 1; }
        [ ! -s "$T/out" ]
        [ "$(wc -l < "$T/err")" -eq 1 ]
    done
}

@test "mc-eval leaves its table open when anything fails, the end record or the values of every example" {
    cut_off "$F/path.st.gz" 62 "$T/cut"
    run bash -c "'$B/mc-eval' '$F/dev.tok.gz' < '$T/cut' 2> /dev/null > '$T/table'"
    [ "$status" -eq 1 ]
    cmp <(head -c "$(wc -c < "$T/table")" "$F/path.tsv") "$T/table" # rows as far as they go
    fails 1 newline -- "$B/mc-barrier" "$T/table"
    run bash -c "'$B/mc-eval' --per-example /dev/full '$F/dev.tok.gz' < '$F/path.st.gz' 2> /dev/null > '$T/table'"
    [ "$status" -eq 1 ]
    fails 1 "$T/table" -- "$B/mc-barrier" "$T/table"
}

@test "a path whose mc-barrier dies leaves no table" {
    mkfifo "$T/table"
    "$B/mc-barrier" < "$T/table" > "$T/out" 2> "$T/err" 3>&- &
    local p=$!
    {
        head -n 3 "$F/path.tsv" >&5
        kill -9 $p
        wait $p && return 1
    } 5> "$T/table" || [ $? -eq 137 ]
    [ ! -s "$T/out" ]
}

@test "a reader that stops early fails the writer" {
    local c
    for c in "mc-interp -n 40 $F/a.st.gz $F/b.st.gz" "mc-synth --corpus -n 50000" "mc-info --ids $F/train.tok.gz $F/train.tok.gz \
        $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz \
        $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz $F/train.tok.gz"; do
        bash -c "'$B/'$c 2> '$T/err' | head -c 100 > /dev/null; exit \${PIPESTATUS[0]}" && { echo "$c: no failure"; return 1; }
        [ ! -s "$T/err" ]
        bash -c "'$B/'$c -v 2> '$T/err' | head -c 100 > /dev/null; exit \${PIPESTATUS[0]}" && { echo "$c: no failure"; return 1; }
        grep -q 'error: standard output: cannot write: Broken pipe' "$T/err"
    done
}

@test "slow readers and writers change nothing" {
    local slow='import os, sys
n = 0
while True:
    b = os.read(0, 1 if n < 3000 else 4093)
    if not b: break
    n += len(b)
    while b: b = b[os.write(1, b):]'
    python3 -c "$slow" < "$F/path.st.gz" | "$B/mc-pick" --level 0 0 1 2 | python3 -c "$slow" | cmp - <("$B/mc-pick" --level 0 0 1 2 < "$F/path.st.gz")
    "$B/mc-tokenize" -t "$F/lang" --task mood --level 0 "$F/dev.tsv" > "$T/x"
    python3 -c "$slow" < "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/lang" --task mood --level 0 | cmp - "$T/x"
    python3 -c "$slow" < "$F/path.tsv" | "$B/mc-barrier" | cmp - <("$B/mc-barrier" < "$F/path.tsv")
}

empty_input() { fails 1 -- bash -c "$c < /dev/null 2>&1 > '$T/x'"; }
closed_input() {
    [ "$in" != /dev/null ] || return 0
    echo old > "$T/o"
    fails 1 "standard input" "cannot read" -- bash -c "$c -o '$T/o' <&-"
    [ "$(cat "$T/o")" = old ]
}
closed_output() { fails 1 "standard output" "cannot write" -- bash -c "$c < '$in' >&-"; }
closed_errors() {
    bash -c "$c < '$in' > '$T/x'" 2> /dev/null
    bash -c "$c -v -o '$T/y' < '$in' 2>&-"
    cmp <(contents "$T/x") <(contents "$T/y")
    run bash -c "$c -o '$T/no/such' < '$in' 2>&-"
    [ "$status" -eq 1 ]
    [ -z "$output" ]
}
contents() { gzip -dcf "$1"; } # a stream's level is that of where it goes

@test "empty standard input" { each empty_input; }
@test "standard input closed" { each closed_input; [ "$(ls "$T")" = o ]; }
@test "standard output closed" { each closed_output; }
@test "standard error closed" { each closed_errors; }

@test "a file does not take the place of a closed descriptor" {
    for close in '<&-' '>&-' '<&- >&-' '<&- >&- 2>&-'; do
        echo old > "$T/each"
        run bash -c "'$B/mc-eval' --per-example '$T/each' '$F/dev.tok.gz' < '$F/path.st.gz' $close"
        [ "$status" -eq 1 ]
        [ "$(cat "$T/each")" = old ]
        run bash -c "'$B/mc-finetune' --train '$F/train.tok.gz' --steps 2 --log '$T/each' < '$F/a.st.gz' $close"
        [ "$status" -eq 1 ]
        [ "$(cat "$T/each")" = old ] || cut -f 1 "$T/each" | cmp - <(printf 'step\n1\n2\n')
    done
    "$B/mc-finetune" -v --train "$F/train.tok.gz" --steps 2 --log "$T/log" -o "$T/x" < "$F/a.st.gz" 2>&-
    "$B/mc-info" --check "$T/x"
    [ "$(cut -f 1 "$T/log" | tr '\n' ' ')" = "step 1 2 " ]
}

# A directory of our own in memory, in a name space of our own: COMMAND runs in it, in a shell, and may mount.
mounted() {
    [ "$(id -u)" = 0 ] || skip "only root can mount"
    mkdir -p "$T/m"
    unshare -m true 2> /dev/null && unshare -m mount -t tmpfs none "$T/m" 2> /dev/null || skip "no mounting here"
    unshare -m bash -c "mount -t tmpfs -o size=64k none '$T/m' && cd '$T/m' && $1"
}

full_disk() {
    fails 1 "$T/m/o" "No space left" -- mounted "echo old > o; cat /dev/zero > filler 2> /dev/null; $c -o '$T/m/o' < '$in' || {
        s=\$?; [ \"\$(cat o)\" = old ] && [ \"\$(echo *)\" = 'filler o' ] && exit \$s; ls -la; exit 9; }"
}
read_only() {
    fails 1 "$T/m/o" "Read-only" -- mounted "echo old > o; mount -o remount,ro '$T/m'; $c -o '$T/m/o' < '$in'"
}
forbidden() { fails 1 "$T/ro/o" "Permission denied" -- bash -c "$c -o '$T/ro/o' < '$in'"; }

@test "a full disk" {
    mounted true
    each full_disk
    fails 1 "No space left" -- mounted "cat /dev/zero > filler 2> /dev/null; '$B/mc-export' '$T/m/hf' < '$F/a.st.gz' || {
        s=\$?; [ \"\$(echo *)\" = filler ] && exit \$s; ls -la; exit 9; }"
    fails 1 "No space left" -- mounted "cat /dev/zero > filler 2> /dev/null; '$B/mc-synth' --tokenizer '$T/m/lang' || {
        s=\$?; [ -z \"\$(find . -type f ! -name filler)\" ] && exit \$s; ls -la . lang; exit 9; }"
}

@test "a read-only file system" {
    mounted true
    each read_only
}

@test "a directory that may not be written" {
    [ "$(id -u)" != 0 ] || skip "root may write everywhere"
    mkdir -m 555 "$T/ro"
    each forbidden
}

@test "two writers of one target: one or the other, whole" {
    local n k
    for k in 1 2; do "$B/mc-init" --level 0 "$F/config.json" -t "$F/lang" --labels a,b --seed-init $k -o "$T/$k"; done
    mkdir "$T/d"
    for n in 1 2 3 4 5; do
        for k in 1 2 1 2; do
            "$B/mc-init" --level 0 "$F/config.json" -t "$F/lang" --labels a,b --seed-init $k -o "$T/d/x" 3>&- &
        done
        wait
        cmp -s "$T/d/x" "$T/1" || cmp "$T/d/x" "$T/2"
        [ "$(ls "$T/d")" = x ] || { ls "$T/d"; return 1; }
    done
}

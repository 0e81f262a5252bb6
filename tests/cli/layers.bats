#!/usr/bin/env bats
# The layers of the library run one way: the tree's own, and made-up trees in which one thing is wrong.
load common

setup() {
    T="$BATS_TEST_TMPDIR" L="$TOP/tests/analyze/layers.py"
    mkdir -p "$T/include/mc" "$T/tools" "$T/lib/base" "$T/lib/nn" "$T/lib/eval" "$T/lib/train" "$T/lib/tool"
    source_of lib/base/low.c 'int mc_low(void); int mc_low(void) { return 1; }'
    source_of lib/nn/high.c 'int mc_low(void); int mc_high(void); int mc_high(void) { return mc_low(); }'
    echo 'int mc_low(void);' > "$T/include/mc/low.h"
    echo '#include "mc/low.h"' > "$T/tools/mc-x.c"
}
# A source file, compiled where make would compile it.
source_of() { # source_of FILE TEXT
    echo "$2" > "$T/$1"
    mkdir -p "$T/build/$(dirname "$1")"
    gcc -I "$T/include" -c -o "$T/build/${1%.c}.o" "$T/$1"
}
# What is said of the made-up tree.
said() { (cd "$T" && python3 "$L"); }
wrong() { # wrong WORD...: one line is said, that holds the words
    run said
    [ "$status" -eq 1 ] && [ "${#lines[@]}" -eq 1 ] || { echo "$output"; return 1; }
    for w in "$@"; do [[ "$output" == *"$w"* ]] || { echo "no '$w' in: $output"; return 1; }; done
}

@test "the library: nothing calls or includes what does not stand below it" {
    cd "$TOP"
    run python3 "$L" "$(dirname "$BIN")"
    [ "$status" -eq 0 ] && [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "a tree in order has nothing said of it" {
    run said
    [ "$status" -eq 0 ] && [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "two files that call each other are named with what they call" {
    source_of lib/nn/a.c 'int mc_b(void); int mc_a(void); int mc_a(void) { return mc_b(); }'
    source_of lib/nn/b.c 'int mc_a(void); int mc_b(void); int mc_b(void) { return mc_a(); }'
    wrong circle: "lib/nn/a.c calls mc_b of lib/nn/b.c" "lib/nn/b.c calls mc_a of lib/nn/a.c"
}

@test "a circle of three files, by calls and by includes" {
    source_of lib/nn/a.c 'extern int mc_b; int *mc_a(void); int *mc_a(void) { return &mc_b; }'
    source_of lib/nn/b.c 'int mc_c(void); extern int mc_b; int mc_b; int mc_bb(void); int mc_bb(void) { return mc_c(); }'
    source_of lib/nn/c.c 'int *mc_a(void); int mc_c(void); int mc_c(void) { return *mc_a(); }'
    wrong circle: "a.c calls mc_b of" "b.c calls mc_c of" "c.c calls mc_a of"
    rm "$T"/lib/nn/[abc].c
    echo '#include "mc/two.h"' > "$T/include/mc/one.h"
    echo '#include "mc/one.h"' > "$T/include/mc/two.h"
    wrong circle: "one.h includes include/mc/two.h" "two.h includes include/mc/one.h"
}

@test "a folder that uses one above it, by a call or by a header" {
    source_of lib/base/up.c 'int mc_high(void); int mc_up(void); int mc_up(void) { return mc_high(); }'
    wrong upward: "lib/base/up.c (base) calls mc_high of lib/nn/high.c (nn)"
    rm "$T/lib/base/up.c"
    echo 'int mc_step(void);' > "$T/include/mc/train.h"
    source_of lib/train/step.c 'int mc_step(void); int mc_step(void) { return 1; }'
    source_of lib/eval/score.c '#include "mc/train.h"'
    wrong upward: "lib/eval/score.c (eval) includes include/mc/train.h (train)"
}

@test "the command line knows no model; a folder without a place in the order; programs and private headers" {
    mkdir -p "$T/lib/model" "$T/lib/other"
    source_of lib/model/m.c 'int mc_m(void); int mc_m(void) { return 1; }'
    source_of lib/tool/cli.c 'int mc_m(void); int mc_cli(void); int mc_cli(void) { return mc_m(); }'
    wrong upward: "lib/tool/cli.c (tool) calls mc_m"
    rm "$T/lib/tool/cli.c"
    source_of lib/other/o.c 'int mc_o(void); int mc_o(void) { return 1; }'
    wrong upward: "no other"
    rm "$T/lib/other/o.c"
    echo '#include "../lib/nn/op.h"' > "$T/tools/mc-x.c"
    wrong tool: "tools/mc-x.c includes ../lib/nn/op.h"
    echo '#include <zlib.h>' > "$T/tools/mc-x.c"
    wrong tool: zlib.h
}

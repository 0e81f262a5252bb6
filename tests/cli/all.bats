#!/usr/bin/env bats
# All programs: each has its row in README.md, its help names every option of its table, and a test of its own.
load common

setup() { cd "$BATS_TEST_DIRNAME/../.."; }

@test "every program has a row in README.md and a test" {
    for f in tools/mc-*.c; do
        t=$(basename "$f" .c)
        grep -qF "\`$t\`" README.md || { echo "README.md lacks $t"; return 1; }
        grep -lq -- "$t" tests/cli/*.bats || { echo "no test of $t"; return 1; }
        [ -x "$B/$t" ]
    done
}

@test "--help names every option, its examples and see also" {
    for f in tools/mc-*.c; do
        t=$(basename "$f" .c)
        "$B/$t" --help > "$BATS_TEST_TMPDIR/help"
        grep -q "^$t: " "$BATS_TEST_TMPDIR/help"
        grep -q "^usage: $t " "$BATS_TEST_TMPDIR/help"
        grep -q "^  .*$t " "$BATS_TEST_TMPDIR/help" || { echo "$t: no example"; return 1; }
        for o in $(sed -n 's/^ *{"\(-[-a-z]*\)", MC_OPT_.*/\1/p' "$f"); do
            grep -q -- "^  $o " "$BATS_TEST_TMPDIR/help" || { echo "$t --help lacks $o"; return 1; }
        done
        for s in $(sed -n 's/^see also: //p' "$BATS_TEST_TMPDIR/help" | tr -d ,); do
            [ -e "tools/$s.c" ] || [ -e "$s" ] || { echo "$t: see also $s"; return 1; }
        done
    done
}

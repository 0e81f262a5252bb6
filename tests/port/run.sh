#!/usr/bin/env bash
# Builds and tests the program as others will: another compiler, without the optional libraries, another BLAS, other locales
# and umasks, the tarball unpacked in a path with blanks, and on demand (VARIANT=package) as a Debian package. Ends with a line "N passed, N failed".
#   BUILD=build TARBALL=build/mctools-0.1.0.tar.gz [VARIANT='clang tarball package'] tests/port/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.."
top=$PWD out=$BUILD/port
unset MAKEFLAGS MFLAGS MAKELEVEL
passed=0 failed=0
# Of the programs' tests, those of files, tables, threads and both optional libraries; the tarball's are all.
export BATS='tests/cli/all.bats tests/cli/mc-synth.bats tests/cli/mc-info.bats tests/cli/mc-interp.bats'
BLAS=${BLAS:-/usr/lib/*/openblas-serial /usr/lib/*/openblas-openmp} # folders, as Debian's packages name them
mkdir -p "$out"

# count NAME STATUS LOG: a line, and what failed
count() {
    local line ok bad
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$3" | tail -n 1)
    ok=${line%% passed*} bad=${line##*, }
    bad=${bad%% failed}
    if [ -z "$line" ]; then ok=0 bad=1; fi # it did not come to its tests
    if [ "$2" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    passed=$((passed + ok)) failed=$((failed + bad))
    printf '%-34s %4d passed, %d failed %5d s\n' "$1" "$ok" "$bad" $((SECONDS - begun))
    [ "$bad" = 0 ] || grep -vE '^(CC|LD|AR|ok) | 0 failed$' "$3"
}

# variant NAME COMMAND...
variant() {
    local name=$1 log begun=$SECONDS
    shift
    log=$out/${name//[^A-Za-z0-9]/-}.log
    ("$@") >"$log" 2>&1 # a shell of its own: what it exports goes with it
    count "$name" $? "$log"
}

# built DIR WORD... [-- NOT...]: the flags that DIR was built with have all words and none of the others
built() {
    local flags want=1 have w
    flags=" $(cat "$1/flags") "
    shift
    for w in "$@"; do
        [ "$w" = -- ] && want=0 && continue
        [[ "$flags" == *" $w "* ]] && have=1 || have=0
        [ $have = $want ] || { echo "$w: $have, not $want, in$flags"; return 1; }
    done
}

# tests DIR VARIABLE=VALUE...: builds there and tests
tests() {
    local dir=$1
    shift
    make --no-print-directory -j"$(nproc)" BUILD="$dir" "$@" all run-test-programs &&
        make --no-print-directory BUILD="$dir" "$@" run-test
}

with_clang() { tests "$out/clang" CC=clang && built "$out/clang" clang -- gcc; }
without_both() { tests "$out/alone" ISAL=0 ONEDNN=0 && built "$out/alone" -- -DMC_ISAL -DMC_ONEDNN -lisal -ldnnl; }

# The same programs with another libopenblas.so.0.
other_blas() {
    export LD_LIBRARY_PATH=$1 MC_GEMM=openblas
    ldd "$BUILD/bin/mc-eval" | grep "libopenblas.so.0 => $1/" || return 1
    BATS='tests/cli/mc-eval.bats tests/cli/mc-finetune.bats' tests "$BUILD"
}

in_locale() {
    export LANG=$1 LC_ALL=$1
    BATS='tests/cli/mc-tokenize.bats tests/cli/mc-barrier.bats tests/cli/plots.bats' PROGRAMS=only tests "$BUILD"
}

under_umask() {
    umask "$1"
    rm -rf "$out/umask"
    mkdir "$out/umask"
    TMPDIR=$top/$out/umask PROGRAMS=only tests "$BUILD"
}

# What make says where packages are missing: without sudo one line with the command, with it that command alone.
# Stubs stand for the user and for sudo.
missing_packages() {
    local bin=$out/stubs ok=0 bad=0 lines
    rm -rf "$bin"
    mkdir -p "$bin"
    stub() { printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1" && chmod +x "$bin/$1"; }
    stub id 'echo 1000'
    stub apt-get 'exit 1'
    stub sudo 'exit 1'
    export PATH=$top/$bin:$PATH PKG_CONFIG_LIBDIR=/nowhere
    check() { if "$@"; then ok=$((ok + 1)); else bad=$((bad + 1)); cat "$bin/said"; fi; }
    says_so() {
        ! make --no-print-directory deps >/dev/null 2>"$bin/said" || return 1
        lines=$(grep -cv '^make: ' "$bin/said")
        [ "$lines" = 1 ] && grep -q "^missing: .*jansson.*: sudo sh -c 'apt-get update .* libjansson-dev" "$bin/said"
    }
    asks_sudo() {
        make --no-print-directory deps >/dev/null 2>"$bin/said" || return 1
        [ "$(head -n 1 "$bin/asked")" = '-n true' ] && grep -q '^sh -c apt-get update .* libjansson-dev' "$bin/asked"
    }
    check says_so
    stub sudo "printf '%s\\n' \"\$*\" >>'$top/$bin/asked'"
    check asks_sudo
    echo "$ok passed, $bad failed"
    [ $bad = 0 ]
}

# The tarball is the tree; unpacked where make and the shell have blanks and letters to stumble over, and no git.
tarball() {
    local dir="$top/$out/mit Leerzeichen äöü" name
    name=$(basename "$TARBALL" .tar.gz)
    rm -rf "$dir"
    mkdir -p "$dir"
    tar -xzf "$TARBALL" -C "$dir" || return 1
    (
        cd "$dir/$name" || exit 1
        unset BATS
        make --no-print-directory test || exit 1
        make --no-print-directory dist && cmp "build/$name.tar.gz" "$top/$TARBALL"
    )
}

# The package of make deb, unpacked as it will lie: its programs, its pages, a pipeline in a folder of the user's.
package() {
    local root=$top/$out/package at=$top/$out/package-user
    make --no-print-directory deb || return 1
    rm -rf "$root" "$at"
    mkdir "$at"
    dpkg-deb -x build/deb/mctools_*.deb "$root" || return 1
    (
        cd "$at" || exit 1
        PATH=$root/usr/bin:$PATH
        [ "$(command -v mctools)" = "$root/usr/bin/mctools" ] || exit 1
        ls "$root"/usr/share/man/man1/mctools-path.1.gz "$root/usr/share/bash-completion/completions/mc-eval" || exit 1
        mctools demo DEMO_CORPUS=2000 DEMO_STEPS=40 DEMO_SAVE='0 20' DEMO_TRAIN=200 DEMO_DEV=200 DEMO_RECIPE='--epochs 1' DEMO_PAIRS=1-2 DEMO_POINTS=3 || exit 1
        [ -s out/demo/report.html ]
    ) || return 1
    echo '1 passed, 0 failed'
}

has_locale() { locale -a 2>/dev/null | grep -ix "${1/UTF-8/utf8}" >/dev/null; }
skipped() { printf '%-34s skipped: %s\n' "$1" "$2"; }

for v in ${VARIANT:-clang alone blas locales umask missing tarball}; do
    case $v in
    clang) if command -v clang >/dev/null; then variant clang with_clang; else skipped clang 'not installed'; fi ;;
    alone) variant 'neither ISA-L nor oneDNN' without_both ;;
    blas)
        found=0
        for dir in $BLAS; do
            if [ -e "$dir/libopenblas.so.0" ]; then found=1 && variant "$(basename "$dir")" other_blas "$dir"; fi
        done
        [ $found = 1 ] || skipped 'another OpenBLAS' 'not installed'
        ;;
    locales)
        for l in tr_TR.UTF-8 de_DE.UTF-8; do
            if has_locale $l; then variant $l in_locale $l; else skipped $l 'not installed'; fi
        done
        ;;
    umask) variant 'umask 077' under_umask 077 ;;
    missing) if command -v apt-get >/dev/null; then variant 'packages missing' missing_packages; fi ;;
    tarball) variant 'tarball, in a path with blanks' tarball ;;
    package) if command -v apt-get >/dev/null; then variant 'Debian package' package; else skipped 'Debian package' 'not Debian'; fi ;;
    *) echo "no variant $v" >&2; exit 2 ;;
    esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

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

@test "docs/architecture.md: the folders of lib/ in the order of the layers; every file and header that it names is there" {
    local doc=docs/architecture.md order
    order=$(sed -n 's/^ORDER = "\(.*\)".split()$/\1/p' tests/analyze/layers.py)
    [ "$(sed -n 's/^| `lib\/\([a-z]*\)` .*/\1/p' $doc | tr '\n' ' ')" = "$order " ]
    [ "$(cd lib && printf '%s\n' */ | tr -d / | sort)" = "$(tr ' ' '\n' <<< "$order" | sort)" ]
    for f in $(grep -oE '`(lib|tests|tools|include|plots|pipelines)/[^` *]+`' $doc | tr -d '`' | grep -vE 'NAME|X\.[ch]'); do
        [ -e "$f" ] || { echo "$doc names $f"; return 1; }
    done
    for f in $(grep -oE '`(mc/)?[a-z_]+\.h`' $doc | tr -d '`'); do
        [ -e "include/mc/${f#mc/}" ] || { echo "$doc names $f"; return 1; }
    done
    for f in $(grep -rlE '^const struct mc_[a-z_]+ \*const mc_[a-z_]+\[\] = ' lib); do # every table of rows
        grep -qF "\`$f\`" $doc || { echo "$doc lacks the table $f"; return 1; }
    done
    grep -qF "($doc)" README.md
}

@test "tools have as many lines as docs/architecture.md allows at most" {
    local most
    most=$(sed -n 's/.*of at most \([0-9]*\) lines: a table of options.*/\1/p' docs/architecture.md)
    awk -v most="$most" 'FNR > most { print FILENAME ": more than " most " lines"; bad = 1; nextfile } END { exit bad || !most }' tools/mc-*.c
}

# Bash ends a test at a command that fails, but neither at `! a` nor at the first half of `a && b`.
@test "no check of a test is one that the shell passes over" {
    passed_over() { grep -nE '^ +(! |\[.* \]\]? && (\[|! ))' "$@" | grep -v '||'; }
    printf '    %s\n' '! a "$b"' '! a | b' '[ a ] && [ b ]' '[[ a && b ]] && ! c' > "$BATS_TEST_TMPDIR/x"
    [ "$(passed_over "$BATS_TEST_TMPDIR/x" | wc -l)" -eq 4 ]
    passed_over tests/cli/*.bats tests/cli/*.bash && return 1
    printf '    %s\n' '! a || return 1' '[[ a && b ]]' '[ a ] && return 1' > "$BATS_TEST_TMPDIR/x"
    [ -z "$(passed_over "$BATS_TEST_TMPDIR/x")" ]
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

@test "a family of kernels that is unknown, or not for this processor: refused before any input is read" {
    local v
    for v in MC_KERNELS=v5 MC_KERNELS=avx2 MC_GEMM=mkl MC_GEMM=oneDNN; do
        for c in "mc-eval nothere" "mc-finetune --train nothere" "mc-info --version" "mc-eval --version"; do
            fails 2 "${v%=*}" "${v#*=}" "$([ "${v%=*}" = MC_GEMM ] && echo 'openblas|onednn' || echo 'base|v3|v4')" -- env "$v" "$B/"$c
        done
        env "$v" "$B/mc-eval" --help > /dev/null
        env "$v" "$B/mc-synth" --vocab > /dev/null # it computes nothing
    done
    for v in base v3 v4; do # what the processor lacks is told, never replaced
        run env MC_KERNELS=$v "$B/mc-eval" --version
        if [ "$status" -eq 0 ]; then
            [[ "$output" == *"kernels: "*"+$v"* ]]
        else
            fails 2 "cannot run $v" -- env MC_KERNELS=$v "$B/mc-eval" nothere
        fi
    done
    "$B/mc-eval" --version | grep -q oneDNN || return 0
    fails 2 onednn AVX-512 -- env MC_GEMM=onednn ONEDNN_MAX_CPU_ISA=AVX2 "$B/mc-eval" nothere
    fails 2 onednn bfloat16 -- env MC_GEMM=onednn ONEDNN_MAX_CPU_ISA=AVX512_CORE "$B/mc-eval" --precision bf16 nothere
}

@test "outputs have the mode that the umask leaves, as by a redirection of the shell" {
    fixture
    cd "$BATS_TEST_TMPDIR"
    for u in 000 022 027 077; do
        rm -rf ./*
        umask $u
        true > redirected
        mkdir made
        "$B/mc-pick" 0 -o model.st.gz < "$F/a.st.gz"
        "$B/mc-eval" -o table.tsv --per-example each.tsv "$F/dev.tok.gz" < model.st.gz
        "$B/mc-finetune" --train "$F/train.tok.gz" --steps 1 --log log.tsv --checkpoint state.st.gz \
            --checkpoint-every 1 -o tuned.st.gz < model.st.gz
        "$B/mc-synth" --tokenizer lang
        "$B/mc-export" exported -t lang < model.st.gz
        [ "$(find . -type f | wc -l)" -ge 12 ]
        [ "$(find . -type f -printf '%m\n' | sort -u)" = "$(stat -c %a redirected)" ]
        [ "$(find . -mindepth 1 -type d -printf '%m\n' | sort -u)" = "$(stat -c %a made)" ]
    done
}

# The tables and texts that all programs make of one small job, into $1.
job() {
    mkdir "$1"
    cd "$1"
    "$B/mc-synth" --task sentiment --split dev -n 40 > texts
    printf '\304\260I\304\261i \303\204\303\237 1,5 2.5\tpositive\n' >> texts # where Turkish and German differ
    "$B/mc-tokenize" -t "$F/lang" --task mood -o data < texts
    "$B/mc-info" --ids data > ids
    "$B/mc-finetune" --train data --steps 2 --lr 1.5e-3 --save-at 0 -o tuned < "$F/a.st.gz"
    "$B/mc-interp" --at 0,0.25,.5,1 tuned | "$B/mc-eval" --per-example each -o path data
    "$B/mc-barrier" --epsilon 0.5 --bootstrap 200 --per-example each path > barrier
    "$B/mc-dist" tuned > distance
    "$B/mc-info" tuned > list
    "$B/mc-info" --tsv tuned > list.tsv
    "$B/mc-pick" t=0.5 < tuned > none 2> message || true
    cd ..
}

@test "the same bytes in every locale" {
    fixture
    cd "$BATS_TEST_TMPDIR"
    LC_ALL=C job C
    for l in tr_TR.UTF-8 de_DE.UTF-8; do # without them, this tests the names alone
        LC_ALL=$l job $l 2> warnings
        diff -r C $l
    done
}

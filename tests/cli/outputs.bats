#!/usr/bin/env bats
# Where outputs go: links, descriptors, modes, names that meet, names that cannot be; what is said on stderr; logs that grow.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; cd "$T" || exit; B=$(cd "$BATS_TEST_DIRNAME/../.." && cd "${BIN:-build/bin}" && pwd); }

pick() { "$B/mc-pick" 0 -o "$1" < "$F/a.st.gz"; }
is_a() { [ "$(digests "$1")" = "$(digests "$F/a.st.gz")" ]; }

@test "a symbolic link is written through: the end of the chain changes, no link does" {
    mkdir d
    echo old > d/real
    ln -s real d/one
    ln -s d/one two
    ln -s "$T/two" three
    pick three
    is_a d/real
    [ -L two ]
    [ -L d/one ]
    [ -L three ]
    [ "$(ls d)" = "$(printf 'one\nreal')" ]
    ln -s d/new dangling
    pick dangling
    [ -L dangling ]
    is_a d/new
    ln -s loop1 loop2
    ln -s loop2 loop1
    fails 1 loop1 -- line "'$B/mc-pick' 0 -o loop1 < '$F/a.st.gz'"
    [ -L loop1 ]
}

@test "folders: links are followed, a mode is kept, what cannot be is told before the model is read" {
    mkdir real
    mkdir -m 750 there
    ln -s real link
    ln -s link/../new dangling
    ln -s lang langs
    "$B/mc-export" link < "$F/a.st.gz"
    [ -L link ]
    [ -s real/model.safetensors ]
    "$B/mc-export" dangling/ < "$F/a.st.gz"
    [ -L dangling ]
    [ -s new/model.safetensors ]
    "$B/mc-export" there < "$F/a.st.gz"
    [ "$(stat -c %a there)" = 750 ]
    "$B/mc-synth" --tokenizer langs
    [ -L langs ]
    [ -s lang/config.json ]
    local long c
    long=$(printf 'x%.0s' {1..255})
    "$B/mc-export" "$long" < "$F/a.st.gz"
    [ -s "$long/config.json" ]
    mkfifo silent
    exec 7<> silent # nothing comes
    for c in "no/such" "real" "x$long" "./y -t '$F/none'" "'$F/dev.tsv'"; do
        fails 1 -- timeout 20 bash -c "'$B/mc-export' $c < silent"
    done
    fails 2 empty -- timeout 20 bash -c "'$B/mc-export' '' < silent"
    exec 7>&-
    ! ls | grep -q tmp || return 1
}

@test "descriptors are written straight: /dev/stdout, /dev/fd, /proc/self/fd, links to them" {
    local name
    ln -s /proc/self/fd/1 out
    for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 out; do
        pick "$name" > got
        is_a got
        { pick "$name"; pick "$name"; } > two # the place in the file is shared
        [ "$("$B/mc-info" --digest two | wc -l)" -eq 2 ]
        pick "$name" | cat > got
        is_a got
    done
    pick /dev/fd/7 7> got
    is_a got
    [ -L out ]
    [ -L /dev/stdout ]
    fails 1 /dev/fd/8 -- line "'$B/mc-pick' 0 -o /dev/fd/8 < '$F/a.st.gz'"
    fails 1 /dev/fd/8 writing -- line "'$B/mc-pick' 0 -o /dev/fd/8 < '$F/a.st.gz' 8< got"
    mkfifo pipe
    cat pipe > got &
    pick pipe
    wait $!
    is_a got
    [ -p pipe ]
}

@test "a target keeps its mode; one that may not be written is refused" {
    local mode
    for mode in 600 640 755; do
        echo old > x
        chmod $mode x
        pick x
        [ "$(stat -c %a x)" = $mode ]
    done
    is_a x
    umask 027
    rm x
    pick x
    [ "$(stat -c %a x)" = 640 ]
    [ "$(id -u)" = 0 ] && return 0
    chmod 400 x
    fails 1 "x: cannot write" -- line "'$B/mc-pick' 0 -o x < '$F/a.st.gz'"
}

@test "two spellings of one file are one file" {
    mkdir d
    touch d/there
    ln -s d/there link
    ln d/there hard
    ln -s d e
    local pair
    for pair in "x ./x" "x $T/x" "d/there link" "d/there e/there" "d/there hard" "d/new e/new" "d/new d/../d/new" "- /dev/stdout"; do
        fails 2 'two outputs' -- line "'$B/mc-eval' -o '${pair% *}' --per-example '${pair#* }' '$F/dev.tok.gz' < '$F/a.st.gz'"
    done
    fails 2 'two outputs' -- line "'$B/mc-finetune' --train '$F/train.tok.gz' --log x --checkpoint ./x --checkpoint-every 1 < '$F/a.st.gz'"
    fails 2 'two outputs' -- line "'$B/mc-finetune' --train '$F/train.tok.gz' --log x --summary d/../x < '$F/a.st.gz'"
    "$B/mc-eval" -q -o /dev/null --per-example /dev/null "$F/dev.tok.gz" < "$F/a.st.gz"
    "$B/mc-eval" -q -o y --per-example d/y "$F/dev.tok.gz" < "$F/a.st.gz"
}

@test "what cannot be created is told before any work" {
    local long name
    long=$(printf 'x%.0s' {1..256})
    for name in "$long" "d/x" "$F/dev.tsv/x" "$(printf 'd/%.0s' {1..3000})" .; do
        fails 1 "cannot create" -- line "'$B/mc-finetune' -o '$name' --train '$F/train.tok.gz' --steps 1000000 < '$F/a.st.gz'"
        fails 1 "cannot create" -- line "'$B/mc-finetune' --log '$name' --train '$F/train.tok.gz' --steps 1000000 < '$F/a.st.gz' > x"
    done
    pick "${long%x}" # 255 bytes are a name
    is_a "${long%x}"
    [ "$(ls | wc -l)" -eq 2 ] # that, and x
}

@test "a limit of a file's size is an error like a full disk" {
    run bash -c "ulimit -f 16; exec '$B/mc-pick' 0 -o x < '$F/a.st.gz'"
    [ "$status" -eq 1 ]
    [[ "$output" == "mc-pick: error: x: cannot write: "* ]]
    [ ! -e x ]
    run bash -c "ulimit -f 16; exec '$B/mc-pick' 0 < '$F/a.st.gz' > y"
    [ "$status" -eq 1 ]
    [[ "$output" == "mc-pick: error: standard output: cannot write: "* ]]
}

@test "a reader that left: status 1 and no line, with -v a line; of a file it is an error" {
    local c
    for c in "mc-pick 0 < '$F/a.st.gz'" "mc-eval '$F/dev.tok.gz' < '$F/a.st.gz'" "mc-info '$F/a.st.gz'" "mc-info -o /dev/stdout '$F/a.st.gz'" "mc-eval --help" "mc-tokenize --version"; do
        run bash -c "exec 3>&1; { sleep .2; '$B'/$c 2>&3; echo \$? > rc; } | true"
        [ "$(cat rc)" = 1 ]
        [ -z "$output" ] || { echo "$c: $output"; return 1; }
    done
    run bash -c "exec 3>&1; { sleep .2; '$B/mc-pick' -v 0 < '$F/a.st.gz' 2>&3; } | true"
    [ "$output" = "mc-pick: error: standard output: cannot write: Broken pipe" ]
    mkfifo p
    run bash -c "head -c 1 < p > one & '$B/mc-interp' -n 60 -o p '$F/a.st.gz' '$F/b.st.gz'" # more than a pipe holds
    [ "$status" -eq 1 ]
    [ "$output" = "mc-interp: error: p: cannot write: Broken pipe" ]
}

@test "mc-eval ends with its own error while its input is silent" {
    mkfifo in
    exec 7<> in
    "$B/mc-eval" "$F/dev.tok.gz" < in > /dev/full 2> err &
    local p=$! k
    cat "$F/a.st.gz" >&7 # and nothing more, no end either
    for k in {1..100}; do kill -0 $p 2> /dev/null || break; sleep .1; done
    ! kill -0 $p 2> /dev/null || { kill $p; return 1; }
    wait $p && return 1
    grep -q 'standard output: cannot write' err
    exec 7>&-
}

@test "the log grows in its place, and ends with a newline only after success" {
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --batch 8 --steps 12 --log log -o out < "$F/a.st.gz"
    [ -z "$(tail -c 1 log)" ]
    [ "$(wc -l < log)" -eq 13 ]
    head -n 1 log | grep -q '^step	epoch	loss	lr	grad_norm	tokens_per_s	seconds	dev_loss	dev_accuracy$'
    # killed on the way: rows, but no end; a resumed run writes it anew
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --batch 8 --steps 12 --save-at 0,1,2,3,4,5 --checkpoint c --checkpoint-every 4 \
        --log grown < "$F/a.st.gz" 2> /dev/null | head -c 200000 > /dev/null || true
    [ -n "$(tail -c 1 grown)" ]
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --batch 8 --steps 12 --save-at 0,1,2,3,4,5 --checkpoint c --checkpoint-every 4 \
        --resume c --log grown -o again < "$F/a.st.gz"
    [ "$(no_time grown)" = "$(no_time log)" ]
    # an error after the first rows
    fails 1 cannot -- line "'$B/mc-finetune' --train '$F/train.tok.gz' --steps 3 --log short < '$F/a.st.gz' > /dev/full"
    [ -n "$(tail -c 1 short)" ]
    # what is read is not written over
    cp "$F/train.tok.gz" t
    ln -s t link
    local o
    for o in "--train t --log t" "--train t --log link" "--train '$F/train.tok.gz' --dev t --log ./t" "--train '$F/train.tok.gz' --resume t --log t"; do
        fails 2 --log "is read" -- line "'$B/mc-finetune' $o < '$F/a.st.gz'"
        cmp t "$F/train.tok.gz"
    done
    cp "$F/a.st.gz" m
    fails 2 --log "is read" -- line "'$B/mc-finetune' --train t --log m < m"
    is_a m
}

@test "--summary: a table of one row; a line at the end of training" {
    "$B/mc-finetune" --train "$F/train.tok.gz" --dev "$F/dev.tok.gz" --batch 32 --epochs 2 --log log --summary s < "$F/a.st.gz" > x 2> err
    [ "$(head -n 1 s)" = "steps	epochs	loss	dev_loss	dev_accuracy	seconds	peak_mb	parameters	tensors" ]
    [ "$(wc -l < s)" -eq 2 ]
    [ "$(cell s steps 2)" = 6 ]
    [ "$(cell s epochs 2)" = 2 ]
    [ "$(cell s loss 2)" = "$(tail -n 1 log | cut -f 3)" ]
    [ "$(cell s dev_loss 2)" = "$(tail -n 1 log | cut -f 8)" ]
    [ "$(cell s dev_accuracy 2)" = "$(tail -n 1 log | cut -f 9)" ]
    "$B/mc-info" --tsv x > info
    [ "$(cell s parameters 2)" = "$(cell info values 2)" ]
    [ "$(cell s tensors 2)" = "$(cell info tensors 2)" ]
    grep -Eq '^mc-finetune: 6 steps, last loss [0-9.]+, dev loss [0-9.]+, dev accuracy [0-9.]+; [0-9.]+ s, peak memory [0-9.]+ MB$' err
    "$B/mc-finetune" --train "$F/train.tok.gz" --steps 1 < "$F/a.st.gz" 2>&1 > /dev/null | grep -Eq '^mc-finetune: 1 step, last loss [0-9.]+; '
    fails 1 /dev/full -- line "'$B/mc-finetune' -q --train '$F/train.tok.gz' --steps 1 --summary /dev/full < '$F/a.st.gz' > x"
}

@test "progress: a line that rewrites itself on a terminal, while no data go to one" {
    command -v script > /dev/null || skip "no script(1)"
    screen() { script -qec "$1" /dev/null < /dev/null; }
    screen "'$B/mc-finetune' --train '$F/train.tok.gz' --steps 2 -o x < '$F/a.st.gz'" > seen
    grep -q '2 of 2 steps' seen
    grep -q $'\r' seen
    screen "'$B/mc-finetune' -q --train '$F/train.tok.gz' --steps 2 -o x < '$F/a.st.gz'" > seen
    [ ! -s seen ]
    screen "'$B/mc-eval' '$F/dev.tok.gz' < '$F/a.st.gz'" > seen # the table is there
    ! grep -q 'per second' seen || return 1
    "$B/mc-finetune" --train "$F/train.tok.gz" --steps 2 -o x < "$F/a.st.gz" 2> seen
    ! grep -q 'per second' seen || return 1
}

@test "tables at a terminal are aligned, with what matters; into a file, a pipe or a descriptor they are TSV" {
    command -v script > /dev/null || skip "no script(1)"
    screen() { script -qec "$1" /dev/null < /dev/null | tr -d '\r'; }
    aligned() { # FILE: every line but the header is as long as the header's cells say, and no tab is there
        ! grep -q $'\t' "$1" || return 1
        [ "$(awk '{ print NF }' "$1" | sort -u | wc -l)" -eq 1 ]
    }
    "$B/mc-interp" -q -n 3 "$F/a.st.gz" "$F/b.st.gz" -o path.st.gz
    "$B/mc-eval" -q --per-example each.tsv "$F/dev.tok.gz" < path.st.gz > path.tsv
    screen "'$B/mc-eval' -q '$F/dev.tok.gz' < path.st.gz" > seen
    aligned seen
    [ "$(wc -l < seen)" -eq 4 ]
    head -n 1 seen | grep -Eq '^point +t +task +n +loss +accuracy'
    [ "$(awk 'NR > 1 { print $1, $5 }' seen)" = "$(awk -F '\t' 'NR > 1 { printf "%s %.4f\n", $1, $5 }' path.tsv)" ]
    screen "'$B/mc-barrier' -q --per-example each.tsv path.tsv" > seen
    [ "$(wc -l < seen)" -eq 2 ]
    head -n 1 seen | grep -Eq '^path .* barrier_lin +ci_low +ci_high .*verdict'
    ! grep -q convexity_gap seen || return 1
    screen "'$B/mc-dist' -q '$F/a.st.gz' '$F/b.st.gz'" > seen
    aligned seen
    screen "'$B/mc-interp' -n 3 '$F/a.st.gz' '$F/b.st.gz' | '$B/mc-eval' '$F/dev.tok.gz'" > seen # nothing rewrites a line between the rows
    ! grep -q 'per second' seen || return 1
    [ "$(grep -c '^    [012] ' seen)" -eq 3 ]
    screen "'$B/mc-eval' -q '$F/dev.tok.gz' < path.st.gz | cat" | cmp - path.tsv
    screen "'$B/mc-eval' -q -o /dev/stdout '$F/dev.tok.gz' < path.st.gz" | cmp - path.tsv
    # nothing is shown of a table that fails
    screen "'$B/mc-barrier' -q path.tsv none.tsv" > seen || true
    [ "$(cat seen)" = "mc-barrier: error: none.tsv: cannot open: No such file or directory" ]
}

@test "what a stranger's file says commands no terminal and forges no line" {
    python3 - forged <<'P'
import json, struct, sys
bad = "\x1b]0;t\x07\x9b2J\x85\r"
h = {"__metadata__": {"mc.format": "1", "mc.kind": "k" + bad, "mc.role": bad, "mc.t": "0\t1\nforged\trow", "mc.task": "a\nb", "mc.step": bad, "mc.labels": bad,
                      "mc.provenance": "one " + bad + "\ntwo\tthree"}, "w" + bad: {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}
j = json.dumps(h).encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(j)) + j + b"\0")
P
    local n=$'for\tged\nname'
    cp forged "$n"
    "$B/mc-info" forged > plain
    "$B/mc-info" -v forged > verbose
    "$B/mc-info" --tsv forged "$n" > rows
    "$B/mc-info" --digest forged "$n" > digests
    python3 - plain verbose rows digests <<'P'
import sys
for f in sys.argv[1:]:
    text = open(f, encoding="utf-8", newline="").read()
    assert not [c for c in text if c not in "\n\t" and (ord(c) < 32 or 127 <= ord(c) < 160)], f
P
    [ "$(wc -l < rows)" -eq 3 ]
    awk -F '\t' 'NF != 13 { exit 1 }' rows
    awk -F '\t' 'NF != 3 { exit 1 }' digests
    [ "$(wc -l < digests)" -eq 2 ]
    # names of files, where a lone byte of the second set commands a terminal too
    n=$'for\x1b[2J\nged: whole\x9b2J\u009b2J\u00e9'
    cp "$F/a.st.gz" "$n"
    [ "$("$B/mc-info" --check "$n" | wc -l)" -eq 1 ]
    "$B/mc-info" --check "$n" | grep -qF $'for\\u001b[2J\\nged: whole\\u009b2J\\u009b2J\u00e9: whole, 1 document'
    "$B/mc-eval" "$n" < "$F/a.st.gz" 2> said && false
    [ "$(wc -l < said)" -eq 1 ]
    LC_ALL=C grep -q $'[\x1b\x9b]' said && false
    grep -qF $'\u00e9' said
    grep -qF 'made by one \u001b]0;t\u0007\u009b2J\u0085\r' plain
    grep -qF 'made by two\tthree' plain
    [ "$("$B/mc-eval" "$F/dev.tok.gz" < forged 2>&1 | tr -d '\n' | tr -d '[:print:]' | wc -c)" -eq 0 ]
    # names of tasks and labels
    fails 2 --task -- line "'$B/mc-tokenize' -t '$F/lang' --task \$'a\\xc2\\x9bb' < '$F/dev.tsv'"
    fails 1 control -- line "printf 'good\\ta\\xc2\\x85b\\n' | '$B/mc-tokenize' -t '$F/lang'"
    fails 2 control -- line "'$B/mc-import' --labels \$'a,b\\xc2\\x80' '$F/lang'"
}

@test "mc-info --check looks into deltas" {
    "$B/mc-finetune" -q --method lora --steps 1 --train "$F/train.tok.gz" < "$F/a.st.gz" | zcat > l
    "$B/mc-info" --check l
    with() { # with CODE: the delta changed by python code: h the header, d the data
        python3 - l x "$1" <<'P'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
h, d = json.loads(b[8:8 + n]), bytearray(b[8 + n:])
m = h["__metadata__"]
exec(sys.argv[3])
j = json.dumps(h).encode()
open(sys.argv[2], "wb").write(struct.pack("<Q", len(j)) + j + bytes(d))
P
    }
    with 'd[40:44] = struct.pack("<f", float("nan"))'
    fails 1 document 'not finite' -- "$B/mc-info" --check x
    with 'm["mc.base"] = "x"'
    fails 1 document mc.base -- "$B/mc-info" --check x
    with 'del m["mc.base"]'
    fails 1 document mc.base -- "$B/mc-info" --check x
    with 'm["mc.method"] = "{}"'
    fails 1 document mc.method -- "$B/mc-info" --check x
}

@test "an output that is opened late is tried before any work; none but -o may be read" {
    local name
    cp "$F/train.tok.gz" train
    cp "$F/dev.tok.gz" dev
    ln -s train to-train
    for name in --summary '--checkpoint-every 1 --checkpoint'; do
        fails 1 'cannot create' -- line "'$B/mc-finetune' $name d/x --train train --steps 1000000 < '$F/a.st.gz' > x"
        fails 2 'is read' -- line "'$B/mc-finetune' $name train --train train --steps 1000000 < '$F/a.st.gz' > x"
        fails 2 'is read' -- line "'$B/mc-finetune' $name to-train --train ./train --steps 1000000 < '$F/a.st.gz' > x"
        fails 2 'is read' -- line "'$B/mc-finetune' $name dev --dev dev --train train --steps 1000000 < '$F/a.st.gz' > x"
    done
    fails 2 'is read' -- line "'$B/mc-eval' --per-example dev one=dev < '$F/a.st.gz'"
    fails 2 'is read' -- line "'$B/mc-eval' --outputs ./dev dev < '$F/a.st.gz'"
    mkfifo f
    for name in /dev/null /dev/stderr - f; do
        fails 2 -- line "'$B/mc-finetune' --checkpoint '$name' --checkpoint-every 1 -o x --train train --steps 1000000 < '$F/a.st.gz'"
    done
    for name in --log --summary '--checkpoint-every 1 --checkpoint'; do
        fails 2 'is empty' -- line "'$B/mc-finetune' $name '' -o x --train train --steps 1000000 < '$F/a.st.gz'"
    done
    for name in --dev --only --resume '--or-begin --resume'; do # and so of what is read
        fails 2 "${name##* }: the name is empty" -- line "'$B/mc-finetune' $name '' -o x --train train --steps 1000000 < '$F/a.st.gz'"
    done
    fails 2 '--train: the name is empty' -- "$B/mc-finetune" --train '' --steps 1
    fails 2 '--per-example: the name is empty' -- "$B/mc-barrier" --per-example '' table
    fails 2 '--base: the name is empty' -- "$B/mc-interp" --base= one two
    fails 2 '-t: the name is empty' -- "$B/mc-tokenize" -t ''
    fails 2 'operand 2 is empty: [FILE...]' -- "$B/mc-interp" one ''
    fails 2 'operand 1 is empty' -- "$B/mc-eval" ''
    fails 2 'is empty' -- line "'$B/mc-eval' --outputs '' dev < '$F/a.st.gz'"
    cmp train "$F/train.tok.gz"
    cmp dev "$F/dev.tok.gz"
    # "-" is standard output, whatever else bears that name
    mkdir -- -
    "$B/mc-finetune" -q --train train --steps 1 --log - -o x < "$F/a.st.gz" > log
    [ "$(wc -l < log)" -eq 2 ]
    "$B/mc-finetune" -q --train train --steps 1 --summary - -o x < "$F/a.st.gz" > summary
    [ "$(wc -l < summary)" -eq 2 ]
    # a run goes on in its own checkpoint
    "$B/mc-finetune" -q --train train --steps 4 --checkpoint c --checkpoint-every 2 -o x < "$F/a.st.gz"
    "$B/mc-finetune" -q --train train --steps 4 --checkpoint ./c --checkpoint-every 2 --resume c -o y < "$F/a.st.gz"
    "$B/mc-info" --check y
    # a read-only folder keeps its files from anyone but root
    [ "$(id -u)" = 0 ] && return 0
    mkdir closed
    chmod 500 closed
    for name in --summary '--checkpoint-every 1 --checkpoint'; do
        fails 1 'cannot create' -- line "'$B/mc-finetune' $name closed/x --train train --steps 1000000 < '$F/a.st.gz' > x"
    done
}

@test "what is not there is told while standard input is silent" {
    local call name
    mkfifo silent
    exec 7<> silent # open, and nothing in it
    cp "$F/a.st.gz" a
    for call in 'mc-interp -o d/x' 'mc-interp --base none -o x' 'mc-interp - none -o x' 'mc-interp none - -o x' 'mc-dist - none' 'mc-dist -o d/x' 'mc-dist --base none' \
        "mc-curve --train $F/train.tok.gz -o x - none" "mc-curve --train $F/train.tok.gz -o d/x - a" "mc-curve --train $F/train.tok.gz -o x none -" \
        'mc-fold -o d/x' 'mc-fold --base none -o x' 'mc-init --perturb 1 -o d/x' 'mc-init --perturb 1 --base none -o x' 'mc-barrier -o d/x' 'mc-barrier --per-example none' \
        'mc-barrier - none' 'mc-pick 0 -o d/x' 'mc-pick --only none -o x' "mc-eval --base none $F/dev.tok.gz" "mc-eval -o d/x $F/dev.tok.gz" \
        "mc-finetune --train $F/train.tok.gz --base none -o x" "mc-finetune --train $F/train.tok.gz --resume none -o x" "mc-finetune --train $F/train.tok.gz --only none -o x" \
        'mc-tokenize -t none -o x' "mc-tokenize -t $F/lang -o d/x" 'mc-info -o d/x'; do
        fails 1 cannot -- line "timeout 20 '$B/'$call < silent"
    done
    exec 7>&-
    [ "$(ls)" = $'a\nsilent' ]
}

#!/usr/bin/env bats
# Corpora: mc-tokenize --corpus, and what takes one, or refuses it.
load common.bash

setup_file() {
    fixture
    "$B/mc-synth" --tokenizer "$F/roberta" --kind roberta
    "$B/mc-synth" --tokenizer "$F/t5" --kind t5
    "$B/mc-synth" --task sentiment --split train -n 400 | cut -f 1 > "$F/lines"
    # paragraphs of one to four lines
    awk '{ print } NR % 4 == 0 || NR % 7 == 0 { print "" }' "$F/lines" > "$F/text"
}

setup() {
    K="$B/mc-tokenize" T="$BATS_TEST_TMPDIR"
}

corpus() { "$K" -t "$F/lang" --corpus -q "$@"; }
ids() { "$B/mc-info" --ids "$1" | cut -f 2; }

@test "ids are those of labelled text without the special tokens, for every kind of tokenizer" {
    local kind before behind
    for kind in lang roberta t5; do
        before=1 behind=1
        [ $kind != t5 ] || before=0
        "$K" -t "$F/$kind" --corpus -q < "$F/lines" > "$T/c"
        "$K" -t "$F/$kind" --no-label -q < "$F/lines" > "$T/l"
        diff <(ids "$T/c") <(ids "$T/l" | cut -d ' ' -f $((1 + before))- | rev | cut -d ' ' -f 2- | rev)
    done
    [ "$(meta "$T/c" mc.kind)" = tokens ]
    [ "$(meta "$T/c" mc.tokenizer)" = "$(meta "$T/l" mc.tokenizer)" ]
    [[ "$(meta "$T/c" mc.provenance)" == "mc-tokenize "*" corpus document=line tokenizer="*" input="* ]]
}

@test "mc.corpus: vocabulary, mask, special ids, what a text gets, sentinels" {
    corpus < "$F/lines" > "$T/c"
    [ "$(meta "$T/c" mc.corpus)" = "{\"vocab\":$(wc -l < "$F/lang/vocab.txt"),\"mask\":4,\"special\":[0,1,2,3,4],\"prefix\":[2],\"suffix\":[3],\"sentinels\":[]}" ]
    "$K" -t "$F/t5" --corpus -q < "$F/lines" > "$T/c"
    meta "$T/c" mc.corpus | python3 -c '
import json, sys
c = json.load(sys.stdin)
assert c["vocab"] == 384 and c["mask"] is None and c["prefix"] == [] and c["suffix"] == [1], c
assert c["sentinels"] == list(range(383, 283, -1)), c
assert c["special"] == [0, 1, 2] + list(range(284, 384)), c'
}

@test "the same bytes from a pipe and a file, for any number of threads" {
    corpus --level 1 "$F/text" > "$T/a"
    cat "$F/text" | corpus --level 1 --threads 1 > "$T/b"
    cmp "$T/a" "$T/b"
    (while IFS= read -r l; do echo "$l"; done < "$F/text") | corpus --level 1 --threads 3 > "$T/b"
    cmp "$T/a" "$T/b"
    corpus --document line -o "$T/b" "$F/text"
    cmp "$T/a" "$T/b"
}

@test "paragraphs: the lines between blank ones, as one text" {
    corpus --document paragraph < "$F/text" > "$T/c"
    python3 - "$F/text" > "$T/p" <<'P'
import sys
for p in open(sys.argv[1]).read().split("\n\n"):
    if p.strip(): print(p.strip().replace("\n", " "))
P
    "$K" -t "$F/lang" --corpus -q < "$T/p" > "$T/want" # BERT takes a newline for a space
    diff <(ids "$T/c") <(ids "$T/want")
    printf 'a b\r\nc\n \t \nd' | "$K" -t "$F/roberta" --corpus --document paragraph > "$T/c" 2> "$T/err"
    [[ "$(cat "$T/err")" == "mc-tokenize: 2 documents of "*" tokens, 1 part" ]]
}

@test "BOM, CRLF, empty documents; a text without any is an error" {
    printf 'good\nbad film\n' | corpus > "$T/a"
    printf '\xef\xbb\xbfgood\r\n\r\n   \nbad film' | corpus > "$T/b"
    diff <(ids "$T/a") <(ids "$T/b")
    printf '' > "$T/empty"
    fails 1 "$T/empty: no document" -- "$K" -t "$F/lang" --corpus "$T/empty"
    printf '\n \n\t\n' > "$T/blank"
    fails 1 "$T/blank: no document" -- "$K" -t "$F/lang" --corpus "$T/blank"
    keeps_old "'$K' -t '$F/lang' --corpus '$T/blank'"
}

@test "text that is none: line and byte; --skip-bad passes it over" {
    printf 'good\nbad \xff\nfilm\n' > "$T/bad"
    fails 1 "$T/bad: line 2: byte 5: not valid UTF-8" -- "$K" -t "$F/lang" --corpus "$T/bad"
    fails 1 "$T/bad: line 2: byte 5: not valid UTF-8" -- "$K" -t "$F/lang" --corpus --document paragraph "$T/bad"
    keeps_old "'$K' -t '$F/lang' --corpus '$T/bad'"
    printf 'good\nb\0d\nfilm\n' > "$T/nul"
    fails 1 "$T/nul: line 2: byte 2: a NUL byte" -- "$K" -t "$F/lang" --corpus "$T/nul"
    "$K" -t "$F/lang" --corpus --skip-bad "$T/bad" -o "$T/c" 2> "$T/err"
    grep -q '1 bad document skipped, the first: .*line 2: byte 5' "$T/err"
    diff <(ids "$T/c") <(printf 'good\nfilm\n' | corpus | "$B/mc-info" --ids | cut -f 2)
    printf '\xff\n\xfe\n' > "$T/all"
    fails 1 'line 1: byte 1: not valid UTF-8 (no document is good)' -- "$K" -t "$F/lang" --corpus --skip-bad "$T/all"
    gzip -c "$T/bad" > "$T/text.gz"
    fails 1 'compressed by gzip' -- "$K" -t "$F/lang" --corpus "$T/text.gz"
    fails 1 'cannot open' -- "$K" -t "$F/lang" --corpus "$T/none"
}

@test "options of labelled text are bad usage beside --corpus, and --document without it" {
    local o
    for o in '--max-len 9' '--format tsv' --header '--text a' '--label a' '--labels a,b' --no-label '--source {1}' \
        '--target {label}' --free --regression '--task x'; do
        fails 2 exclude -- "$K" -t "$F/lang" --corpus $o "$F/text"
    done
    fails 2 '--document is for --corpus' -- "$K" -t "$F/lang" --document line "$F/text"
    fails 2 --document -- "$K" -t "$F/lang" --corpus --document page "$F/text"
}

@test "parts: of at most 2^20 ids; a text with more ids than that, or a long one, is cut" {
    mkdir "$T/bytes" # byte-level BPE whose text gets a space before it
    echo '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "c": 7, "<mask>": 8}' > "$T/bytes/vocab.json"
    echo 'a b' > "$T/bytes/merges.txt"
    sed -i 's/"<mask>"/"ab": 8, "<mask>"/; s/"<mask>": 8/"<mask>": 9/' "$T/bytes/vocab.json"
    echo '{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}' > "$T/bytes/tokenizer_config.json"
    # 2^20 letters without a space: four pieces, an id for each letter and one for the space before a piece
    { echo ab; head -c 1048576 /dev/zero | tr '\0' c; echo; echo b; } | "$K" -t "$T/bytes" --corpus -o "$T/c" 2> "$T/err"
    [ "$(cat "$T/err")" = "mc-tokenize: 4 documents of 1048584 tokens, 3 parts, long documents cut at 1 place" ]
    [ "$("$B/mc-info" --tsv "$T/c" | cut -f 2 | tail -n 1)" = 2 ]
    ids "$T/c" | awk '{ print NF }' | diff - <(printf '2\n786435\n262145\n2\n')
    # a line of several pieces, cut between words, stays one document, with the ids of its words; so do lines around it
    yes 'b ab' | head -n 180000 | tr '\n' ' ' > "$T/long"
    for t in '' '--threads 1'; do
        { echo b; cat "$T/long"; echo; echo ab; } | "$K" -t "$T/bytes" --corpus -q $t > "$T/c"
        ids "$T/c" | awk '{ print NF }' | diff - <(printf '2\n720001\n2\n')
        [ "$(ids "$T/c" | sed -n 2p)" = "$(yes '6 5 6 8' | head -n 180000 | tr '\n' ' ')6" ]
    done
    # of more ids than a part may have: cut between two pieces
    { cat "$T/long" "$T/long"; } | "$K" -t "$T/bytes" --corpus -o "$T/c" 2> "$T/err"
    grep -q '2 documents of 1440001 tokens, 2 parts, long documents cut at 1 place' "$T/err"
    [ "$(ids "$T/c" | tr '\n' ' ')" = "$(yes '6 5 6 8' | head -n 360000 | tr '\n' ' ')6 " ]
}

@test "a long paragraph is cut before a space, and --skip-bad leaves out the bad piece" {
    mkdir "$T/bytes" # as above, with a piece for the newline
    echo '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "Ċ": 7, "ab": 8, "<mask>": 9}' > "$T/bytes/vocab.json"
    echo 'a b' > "$T/bytes/merges.txt"
    echo '{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}' > "$T/bytes/tokenizer_config.json"
    # byte 2^18 is a newline, before which a text of its own would get a space
    yes 'b ab' | head -n 180000 > "$T/lines"
    "$K" -q -t "$T/bytes" --corpus --document paragraph "$T/lines" -o "$T/c"
    [ "$(ids "$T/c")" = "6 $(yes '5 6 8 7' | head -n 179999 | tr '\n' ' ')5 6 8" ]
    # without any space: before other white space, whole words all the same
    tr ' ' '\t' < "$T/lines" | tr -d b > "$T/tabs"
    sed -i 's/"b": 5/"b": 10, "ĉ": 5/' "$T/bytes/vocab.json"
    "$K" -q -t "$T/bytes" --corpus --document paragraph "$T/tabs" -o "$T/c"
    [ "$(ids "$T/c" | tr ' ' '\n' | grep -c '^[45]$')" = 360000 ]
    # the second of four pieces is bad
    tr '\n' ' ' < "$T/lines" | head -c 800000 > "$T/bad"
    printf '\xff' | dd of="$T/bad" bs=1 seek=300000 conv=notrunc status=none
    for t in 1 2; do
        "$K" -t "$T/bytes" --threads $t --corpus --skip-bad "$T/bad" -o "$T/c" 2> "$T/err"
        grep -q '1 bad document skipped, the first: .*line 1: byte 300001: not valid UTF-8' "$T/err"
        ids "$T/c" | awk '{ print NF }' | diff - <(printf '209716\n220571\n')
    done
}

@test "memory does not grow with the text" {
    local peak=() n
    for n in 4 16; do
        for _ in $(seq $((n * 1000000 / $(stat -c %s "$F/lines")))); do cat "$F/lines"; done > "$T/text"
        peak+=("$(python3 - "$K" "$F/lang" "$T/text" <<'P'
import os, subprocess, sys
p = subprocess.Popen([sys.argv[1], "-t", sys.argv[2], "--corpus", "-q", sys.argv[3]], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(p.pid, 0)
assert status == 0
print(usage.ru_maxrss)
P
)")
    done
    echo "peaks: ${peak[*]} KiB"
    [ "${peak[1]}" -lt $((peak[0] + 8192)) ]
    [ "${peak[1]}" -lt 150000 ]
}

@test "mc-info: parts, documents and ids; --check; a part that is cut" {
    for _ in $(seq 300); do cat "$F/lines"; done > "$T/text"
    "$K" -t "$F/lang" --corpus -o "$T/c" "$T/text" 2> "$T/err"
    read -r _ docs _ _ ids _ parts _ < "$T/err"
    [ "$parts" -gt 1 ]
    "$B/mc-info" "$T/c" > "$T/list"
    [ "$(tail -n 1 "$T/list")" = "$T/c: corpus of $parts parts: $docs documents, $ids tokens" ]
    [ "$(grep -c '^  corpus: ' "$T/list")" = "$parts" ]
    "$B/mc-info" --check "$T/c" | grep -q ": whole, $parts documents"
    [ "$(ids "$T/c" | wc -l)" = "$docs" ]
    [ "$(ids "$T/c" | wc -w)" = "$ids" ]
    cut_off "$T/c" 100 "$T/cut"
    fails 1 "$T/cut" -- "$B/mc-info" --check "$T/cut"
    fails 1 "$T/cut" -- bash -c "'$B/mc-info' --ids '$T/cut' 2>&1 > /dev/null"
}

@test "a corpus where labelled text belongs: one line" {
    corpus < "$F/lines" > "$T/c"
    local what='a corpus (mc-tokenize --corpus), where labelled text belongs'
    fails 1 "$T/c: $what" -- bash -c "'$B/mc-finetune' --train '$T/c' < '$F/a.st.gz'"
    fails 1 "$T/c: $what" -- bash -c "'$B/mc-finetune' --train '$F/train.tok.gz' --dev '$T/c' < '$F/a.st.gz'"
    fails 1 "$T/c: $what" -- "$B/mc-curve" --train "$T/c" "$F/a.st.gz" "$F/b.st.gz"
}

@test "a full disk, a closed pipe, another output" { no_room "'$K' -t '$F/lang' --corpus '$F/text'"; }

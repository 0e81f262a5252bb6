#!/usr/bin/env bats
# mc-info: listing, digests, ids, and the check of a whole file.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-info"; }

@test "usual duties" {
    usual mc-info --check --digest --ids --tsv
    no_room "'$I' '$F/a.st.gz'"
    keeps_old "'$I' '$F/a.st.gz' '$F/config.json'"
    fails 2 exclude -- "$I" --check --ids "$F/dev.tok.gz"
}

@test "--digest: digest, file, index" {
    cat "$F/a.st.gz" "$F/b.st.gz" > "$T/two"
    run "$I" --digest "$T/two" "$F/b.st.gz"
    [ "${#lines[@]}" -eq 3 ]
    [[ "${lines[1]}" =~ ^[0-9a-f]{32}$'\t'"$T/two"$'\t'1$ ]]
    [ "${lines[1]%%$'\t'*}" = "${lines[2]%%$'\t'*}" ]
    # of contents: level and plain form do not matter
    gzip -dc "$F/b.st.gz" > "$T/plain.safetensors"
    [ "$(digests "$T/plain.safetensors")" = "$(digests "$F/b.st.gz")" ]
    "$B/mc-pick" --level 9 0 < "$F/b.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/b.st.gz")" ]
}

@test "--check" {
    run "$I" --check "$F/a.st.gz" "$F/dev.tok.gz"
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "$F/a.st.gz: whole, 1 document,"* ]]
    gzip -dc "$F/b.st.gz" > "$T/plain.safetensors"
    run "$I" --check "$T/plain.safetensors"
    [[ "$output" == *"vouch"* ]]
    for k in 1 62 63 1000; do
        cut_off "$F/a.st.gz" $k "$T/cut"
        fails 1 "$T/cut" -- "$I" --check "$T/cut"
    done
    fails 1 empty -- line "'$I' --check < /dev/null"
}

@test "--ids" {
    "$I" --ids "$F/dev.tok.gz" > "$T/ids"
    [ "$(cut -f 1 "$T/ids")" = "$(cut -f 2 "$F/dev.tsv")" ]
    [ "$(cut -f 2 "$T/ids" | grep -cE '^2 [0-9 ]+ 3$')" -eq 60 ]
    fails 1 a.st.gz -- "$I" --ids "$F/a.st.gz"
}

@test "--tsv and the listing" {
    [ "$("$I" --tsv "$F/a.st.gz" | head -n 1 | tr '\t' ' ')" = "file index kind role tensors values bytes t step task digest base method" ]
    "$I" "$F/a.st.gz" | grep -q "made by mc-init"
    "$I" -v "$F/a.st.gz" | grep -q "classifier.bias F32 \[2\]"
}

# Token sets of a byte-level BPE and of numbers.
sets() {
    mkdir "$T/bytes"
    echo '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "<mask>": 6}' > "$T/bytes/vocab.json"
    echo '#version: 0.2' > "$T/bytes/merges.txt"
    printf 'a\tb\nb\ta\n' | "$B/mc-tokenize" -t "$T/bytes" --target '{label}a' -o "$T/t2t"
    printf 'a\tb\tbb\n' | "$B/mc-tokenize" -t "$T/bytes" --free -o "$T/free"
    printf 'a\n' | "$B/mc-tokenize" -t "$T/bytes" --target '{label}' --no-label -o "$T/predict"
    printf 'a\t0.25\nb\t-3\n' | "$B/mc-tokenize" -t "$T/bytes" --regression -o "$T/numbers"
}

@test "text to text and regression: --ids, listing, --tsv, --check" {
    sets
    [ "$("$I" --ids "$T/t2t")" = $'b\t0 4 2\t0 5 4 2\na\t0 5 2\t0 4 4 2' ]
    [ "$("$I" --ids "$T/free")" = $'\t0 4 2\t0 5 2' ]
    [ "$("$I" --ids "$T/predict")" = $'\t0 4 2\t' ]
    [ "$("$I" --ids "$T/numbers")" = $'0.25\t0 4 2\n-3\t0 5 2' ]
    "$I" "$T/t2t" | grep -qx '  text to text: 2 examples, 6 tokens, 8 of targets'
    "$I" "$T/free" | grep -qx '  text to text: 1 example, 3 tokens, 3 of targets, free answers'
    "$I" "$T/predict" | grep -qx '  text to text: 1 example, 3 tokens, to predict'
    "$I" "$T/numbers" | grep -qx '  regression: 2 examples, 6 tokens'
    "$I" -v "$T/free" | grep -q 'answers U8 \[5\]'
    [ "$("$I" --tsv "$T/t2t" "$T/numbers" | cut -f 3,5 | tr '\n\t' ' :')" = "kind:tensors tokens:10 tokens:5 " ]
    "$I" --check "$T/t2t" "$T/free" "$T/predict" "$T/numbers"
}

@test "--check looks into token sets" {
    sets
    for x in t2t free predict numbers; do
        gzip -dc "$T/$x" > "$T/plain"
        "$I" --check "$T/plain"
        [ "$(digests "$T/plain")" = "$(digests "$T/$x")" ]
    done
    # a plain file does not vouch for its bytes: the first id, which is 0, made negative
    python3 - "$T/plain" << 'P'
import json, struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
n, = struct.unpack("<Q", b[:8])
at = 8 + n + json.loads(b[8:8 + n])["ids"]["data_offsets"][0]
b[at:at + 4] = b"\xff" * 4
open(sys.argv[1], "wb").write(b)
P
    fails 1 plain "token 0: id -1" -- "$I" --check "$T/plain"
}

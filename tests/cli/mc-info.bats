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
    [[ "${lines[0]}" == "$F/a.st.gz: whole, 1 documents"* ]]
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
    [ "$("$I" --tsv "$F/a.st.gz" | head -n 1 | tr '\t' ' ')" = "file index kind role tensors values bytes t step task digest" ]
    "$I" "$F/a.st.gz" | grep -q "made by mc-init"
    "$I" -v "$F/a.st.gz" | grep -q "classifier.bias F32 \[2\]"
}

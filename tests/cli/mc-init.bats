#!/usr/bin/env bats
# mc-init: random weights from a config, noise on a model.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-init"; }

@test "usual duties" {
    usual mc-init -t --labels --seed-init --perturb --level
    no_room "'$I' '$F/config.json'"
    keeps_old "'$I' '$F/dev.tsv'"
    fails 2 --labels UTF-8 -- "$I" "$F/config.json" --labels $'a,\xff'
    fails 2 --labels control -- "$I" "$F/config.json" --labels $'a,b\tc'
    for o in "" "--perturb -1 $F/a.st.gz" "--perturb x" "--perturb 1 --labels a,b $F/a.st.gz" "--seed-init -1 $F/config.json"; do
        fails 2 -- line "'$I' $o > '$T/x'"
    done
}

@test "the same bytes for a seed, others for another" {
    "$I" "$F/config.json" -t "$F/lang" --labels negative,positive --seed-init 1 --level 1 --threads 3 | cmp - "$F/a.st.gz"
    [ "$(digests "$F/a.st.gz")" != "$(digests "$F/b.st.gz")" ]
}

@test "--perturb" {
    "$I" --perturb 0 "$F/a.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "$I" --perturb 0.01 --seed-init 2 < "$F/a.st.gz" > "$T/x"
    "$I" --perturb 0.01 --seed-init 2 --level 1 "$F/a.st.gz" | cmp - "$T/x"
    "$B/mc-dist" "$F/a.st.gz" "$T/x" | awk 'NR > 1 && ($6 < .006 || $6 > .014) && $3 != "head" { exit 1 }'
}

@test "refused" {
    fails 1 "$T/none" -- line "'$I' '$T/none' > '$T/x'"
    echo '{"model_type": "gpt9"}' > "$T/c.json"
    fails 1 "$T/c.json" gpt9 -- line "'$I' '$T/c.json' > '$T/x'"
    sed 's/"vocab_size": [0-9]*/"vocab_size": 10/' "$F/config.json" > "$T/c.json"
    fails 1 tokenizer -- line "'$I' '$T/c.json' -t '$F/lang' > '$T/x'"
    cut_off "$F/a.st.gz" 62 "$T/cut"
    fails 1 "$T/cut" byte -- line "'$I' --perturb 1 '$T/cut' > '$T/x'"
    fails 1 tokens -- line "'$I' --perturb 1 '$F/dev.tok.gz' > '$T/x'"
}

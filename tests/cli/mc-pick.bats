#!/usr/bin/env bats
# mc-pick: documents by number, step and t.
load common

setup_file() {
    fixture
    "$B/mc-interp" --at 0,0.25,0.5,1 -o "$F/path.st.gz" "$F/a.st.gz" "$F/b.st.gz"
    "$B/mc-finetune" --train "$F/train.tok.gz" --steps 4 --save-at 0,2 -q < "$F/a.st.gz" > "$F/steps.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; P="$B/mc-pick"; }

@test "usual duties" {
    usual mc-pick --level
    no_room "'$P' 0 < '$F/path.st.gz'"
    keeps_old "'$P' 9 < '$F/path.st.gz'"
    fails 2 -- "$P"
    for o in x -1 step=x step=-1 t=x t= 1.5 k=1; do fails 2 -- "$P" -- "$o"; done
}

@test "by number, by t, by step; the stream's order" {
    digests "$F/path.st.gz" > "$T/all"
    "$P" 3 1 < "$F/path.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(sed -n '2p;4p' "$T/all")" ]
    "$P" t=0.25 < "$F/path.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(sed -n 2p "$T/all")" ]
    "$P" 0 t=0 < "$F/path.st.gz" > "$T/x" # one document, once
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "$P" step=2 < "$F/steps.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/steps.st.gz" | sed -n 2p)" ]
    "$P" step=0 < "$F/steps.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "$P" 0 < "$F/dev.tok.gz" > "$T/x" # any kind
    [ "$(digests "$T/x")" = "$(digests "$F/dev.tok.gz")" ]
}

@test "not found, damage" {
    fails 1 "standard input" "no document 4" -- line "'$P' -o '$T/x' 4 < '$F/path.st.gz'"
    fails 1 "t=0.3" -- line "'$P' -o '$T/x' 0 t=0.3 < '$F/path.st.gz'"
    fails 1 "step=1" -- line "'$P' -o '$T/x' step=1 < '$F/path.st.gz'"
    cut_off "$F/path.st.gz" 62 "$T/cut"
    fails 1 "standard input" "byte" -- line "'$P' -o '$T/x' 0 < '$T/cut'"
    fails 1 "standard input" "byte" -- line "head -c 5000 '$F/path.st.gz' | '$P' -o '$T/x' 3"
    fails 1 empty -- line "'$P' -o '$T/x' 0 < /dev/null"
    [ ! -e "$T/x" ]
}

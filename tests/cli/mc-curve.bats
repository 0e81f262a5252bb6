#!/usr/bin/env bats
# mc-curve: the stream it writes, the log, what chooses, resuming, deltas of every method, mixtures, and the ends that it refuses.
load common

setup_file() {
    fixture
    "$B/mc-finetune" --train "$F/train.tok.gz" --epochs 4 --lr 1e-2 -q -o "$F/fa.st.gz" < "$F/a.st.gz"
    "$B/mc-finetune" --train "$F/train.tok.gz" --epochs 4 --lr 1e-2 --seed 5 -q -o "$F/fb.st.gz" < "$F/b.st.gz"
}
setup() {
    T="$BATS_TEST_TMPDIR"
    C=("$B/mc-curve" --train "$F/train.tok.gz" --batch 16 --lr 1e-2 -q)
    N=("${C[@]}" "$F/fa.st.gz" "$F/fb.st.gz")
    Q=$(printf '%q ' "${N[@]}")
}

# The documents of a stream, a line each: role, step, mc.curve; with a key, its value instead of mc.curve.
documents() {
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
while b:
    n, = struct.unpack("<Q", b[:8])
    h = json.loads(b[8:8 + n])
    m = h.pop("__metadata__")
    print(m.get("mc.role", "point"), m.get("mc.step", "-"), m.get(sys.argv[1], "absent"))
    b = b[8 + n + max(t["data_offsets"][1] for t in h.values()):]' "${2:-mc.curve}"
}

# A tensor of every document, element by element: one line each.
tensor() { # tensor FILE NAME
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
while b:
    n, = struct.unpack("<Q", b[:8])
    h = json.loads(b[8:8 + n])
    h.pop("__metadata__")
    lo, hi = h[sys.argv[1]]["data_offsets"]
    print(*struct.unpack("<%df" % ((hi - lo) // 4), b[8 + n + lo:8 + n + hi]))
    b = b[8 + n + max(t["data_offsets"][1] for t in h.values()):]' "$2"
}

@test "usual duties" {
    usual mc-curve --train --dev --dev-every --dev-at --kind --bends --bend-init --t-per-batch --by --mix-init --with-base --epochs --steps --batch \
        --accum --lr --schedule --warmup --weight-decay --no-decay --layer-decay --clip --optimizer --dropout --seed --seed-init --seed-order \
        --seed-dropout --log --summary --checkpoint --checkpoint-every --checkpoint-seconds --resume --or-begin --only --level --base --precision
    ! "$B/mc-curve" --help | grep -E -- '--(method|new-head|save-at) ' || return 1
    "$B/mc-curve" --help | grep -A 1 -- '--weight-decay' | grep -q '(0)$'
    no_room "$Q --steps 1"
    keeps_old "$B/mc-curve --train '$F/train.tok.gz' '$F/fa.st.gz' '$F/dev.tok.gz'"
}

@test "bad usage exits 2, before a model is read" {
    local o
    for o in "--bends 0" "--bends 63" "--bend-init line" "--bend-init -1" "--bend-init nan" "--t-per-batch 0" "--kind line" "--dev-every 5" "--dev-at .5" \
        "--dev d --dev-every 0" "--dev d --dev-at 1.5" "--dev d --dev-at -.1" "--dev d --dev-at x" "--dev d --dev-at .5,.5" "--kind mix" \
        "--kind mix --by layers" "--by layer" "--mix-init 1" "--kind mix --by layer --mix-init -1" "--kind mix --by layer --bends 2" \
        "--kind mix --by layer --bend-init .1" "--kind mix --by layer --t-per-batch 2" "--dev d --kind mix --by layer --dev-at .5" \
        "--seed-init 1" "--bend-init 0 --seed-init 1" "--kind mix --by layer --seed-init 1" "--method lora" "--new-head" "--save-at 1" \
        "--steps 1 --epochs 1" third; do
        fails 2 -- "$B/mc-curve" --train "$F/train.tok.gz" "$F/config.json" "$F/config.json" $o # no models, which is found later
    done
    fails 2 -- "$B/mc-curve" --train "$F/train.tok.gz" "$F/fa.st.gz"
    fails 2 -- "$B/mc-curve" --train "$F/train.tok.gz" - -
    fails 2 --train -- "$B/mc-curve" "$F/fa.st.gz" "$F/fb.st.gz"
    fails 2 no-decay nosuch -- "${N[@]}" --no-decay nosuch --steps 1 -o "$T/x"
    fails 2 with-base -- "${N[@]}" --with-base --steps 1 -o "$T/x"
}

@test "the stream: end, bends, end; the ends are copies" {
    local d0 d1 kind n i
    d0=$(digests "$F/fa.st.gz") d1=$(digests "$F/fb.st.gz")
    for kind in bezier chain; do
        for n in 1 3; do
            "${N[@]}" --kind $kind --bends $n --steps 5 > "$T/c"
            {
                echo "endpoint 12 {\"kind\":\"$kind\",\"index\":0,\"count\":$((n + 2)),\"from\":\"$d0\",\"to\":\"$d1\"}"
                for ((i = 1; i <= n; i++)); do echo "control 5 {\"kind\":\"$kind\",\"index\":$i,\"count\":$((n + 2)),\"from\":\"$d0\",\"to\":\"$d1\"}"; done
                echo "endpoint 12 {\"kind\":\"$kind\",\"index\":$((n + 1)),\"count\":$((n + 2)),\"from\":\"$d0\",\"to\":\"$d1\"}"
            } > "$T/want"
            documents "$T/c" | diff - "$T/want"
            [ "$(digests "$T/c" | sed -n 1p)" = "$d0" ]
            [ "$(digests "$T/c" | tail -n 1)" = "$d1" ]
            [ "$(digests "$T/c" | sort -u | wc -l)" -eq $((n + 2)) ]
        done
    done
    "$B/mc-info" --check "$T/c"
    documents "$T/c" mc.t | awk '$3 != "absent" { exit 1 }'
    [ "$(documents "$T/c" mc.task | sort -u | cut -d ' ' -f 3 | tr '\n' ' ')" = "mood mood " ]
    documents "$T/c" mc.provenance | grep -c '^mc-curve 0.1.0 ' | grep -qx 5
    ! gzip -dc "$T/c" | grep -aq "$F" || return 1
    fails 1 -- "$B/mc-eval" "$F/dev.tok.gz" "$T/c" # no point is in it
}

@test "documents of two curves between the same ends are no curve; those of one are, in any order and however they come" {
    local k="is of another run of mc-curve than document 0"
    "${N[@]}" --bends 2 --steps 2 -o "$T/x"
    "${N[@]}" --bends 2 --steps 2 --seed 1 -o "$T/y"
    for i in 0 1 2 3; do
        "$B/mc-pick" $i < "$T/x" > "$T/x$i"
        "$B/mc-pick" $i < "$T/y" > "$T/y$i"
    done
    fails 1 "document 1 of the curve $k" -- "$B/mc-interp" -o "$T/p" "$T/x0" "$T/y1" "$T/x2" "$T/x3"
    fails 1 "document 3 of the curve $k" -- "$B/mc-interp" -o "$T/p" "$T/x0" "$T/x1" "$T/x2" "$T/y3"
    fails 1 "document 1 of the curve $k" -- line "cat '$T/y0' '$T/x1' '$T/x2' '$T/x3' | '$B/mc-interp' -o '$T/p'"
    "$B/mc-interp" -n 5 "$T/x" > "$T/p"
    "$B/mc-interp" -n 5 "$T/x2" "$T/x0" "$T/x3" "$T/x1" > "$T/q"
    [ "$(digests "$T/p")" = "$(digests "$T/q")" ]
    # a curve between models that are points of curves themselves
    "$B/mc-interp" --at .5 "$T/x" -o "$T/a"
    "$B/mc-interp" --at .5 "$T/y" -o "$T/b"
    "${C[@]}" --steps 1 "$T/a" "$T/b" | "$B/mc-interp" -n 3 > "$T/p"
    # what tells nothing of its run is taken
    for i in 0 1 2 3; do gzip -dc "$T/y$i" | sed 's/mc-curve 0/Mc-curve 0/' > "$T/z$i"; done
    "$B/mc-interp" -n 3 "$T/x0" "$T/z1" "$T/x2" "$T/z3" > "$T/p"
}

@test "bends begin on the segment; SD adds noise by --seed-init" {
    local w=classifier.weight
    "${N[@]}" --bends 3 --steps 1 --lr 0 > "$T/c"
    tensor "$T/c" $w | python3 -c '
import sys
v = [list(map(float, l.split())) for l in sys.stdin]
for k in range(5):
    for a, b, x in zip(v[0], v[4], v[k]):
        assert abs(a + k / 4 * (b - a) - x) <= 1e-7 * max(abs(a), abs(b)), (k, a, b, x)'
    "${N[@]}" --bends 3 --bend-init 0 --steps 1 --lr 0 > "$T/d"
    [ "$(digests "$T/c")" = "$(digests "$T/d")" ]
    "${N[@]}" --bends 2 --bend-init .1 --steps 1 --lr 0 > "$T/c"
    "${N[@]}" --bends 2 --bend-init .1 --steps 1 --lr 0 --seed-init 1 > "$T/d"
    [ "$(digests "$T/c" | sed -n 2p)" != "$(digests "$T/d" | sed -n 2p)" ]
    [ "$(digests "$T/c" | sed -n 1p)" = "$(digests "$T/d" | sed -n 1p)" ]
    tensor "$T/c" bert.embeddings.word_embeddings.weight | python3 -c '
import sys
v = [list(map(float, l.split())) for l in sys.stdin]
for k in (1, 2):
    d = [x - a - k / 3 * (b - a) for a, b, x in zip(v[0], v[3], v[k])]
    sd = (sum(x * x for x in d) / len(d)) ** .5
    assert .09 < sd < .11, sd'
}

@test "the log: columns of mc-finetune, then t; several t, batches of an update, a seed" {
    "${N[@]}" --epochs 2 --batch 40 --log "$T/log" > "$T/c"
    [ "$(head -n 1 "$T/log")" = "$(printf 'step\tepoch\tloss\tlr\tgrad_norm\ttokens_per_s\tseconds\tdev_loss\tdev_accuracy\tt')" ]
    [ "$(sed 1d "$T/log" | cut -f 1,2 | tr '\t\n' ' ;')" = "1 1;2 1;3 1;4 2;5 2;6 2;" ]
    sed 1d "$T/log" | cut -f 8,9 | awk '$1 != "nan" || $2 != "nan" { exit 1 }'
    sed 1d "$T/log" | cut -f 10 | awk '!($1 >= 0 && $1 < 1) { exit 1 }'
    [ "$(sed 1d "$T/log" | cut -f 10 | sort -u | wc -l)" -eq 6 ]
    "${N[@]}" --steps 3 --batch 40 --accum 3 --t-per-batch 2 --log "$T/2" > "$T/c" # an epoch of 96 is 40, 40 and 16
    [ "$(sed 1d "$T/2" | cut -f 10 | awk -F , '{ print NF }' | tr '\n' ' ')" = "6 6 6 " ]
    "${N[@]}" --steps 3 --batch 20 --accum 3 --log "$T/3" > "$T/c" # 60, then 36
    [ "$(sed 1d "$T/3" | cut -f 10 | awk -F , '{ print NF }' | tr '\n' ' ')" = "3 2 3 " ]
    "${N[@]}" --steps 3 --seed 1 --log "$T/4" > "$T/c"
    "${N[@]}" --steps 3 --seed-order 1 --log "$T/5" > "$T/c"
    "${N[@]}" --steps 3 --seed-dropout 1 --log "$T/6" > "$T/c"
    [ "$(cut -f 10 "$T/4")" = "$(cut -f 10 "$T/5")" ]
    [ "$(cut -f 10 "$T/4")" != "$(cut -f 10 "$T/6")" ]
    "${N[@]}" --kind mix --by layer --steps 3 --log "$T/7" > "$T/c"
    [ "$(cut -f 10 "$T/7" | tr '\n' ' ')" = "t nan nan nan " ]
}

@test "--dev: looked at before the first step, every N and after the last; the best is written" {
    local best
    "${N[@]}" --bends 2 --steps 25 --dev "$F/dev.tok.gz" --dev-every 10 --log "$T/log" > "$T/c" 2> "$T/err"
    [ "$(sed 1d "$T/log" | awk '$8 != "nan" && $9 != "nan" { printf "%s ", $1 }')" = "10 20 25 " ]
    "${C[@]}" "$F/fa.st.gz" "$F/fb.st.gz" --bends 2 --steps 1 --lr 0 --dev "$F/dev.tok.gz" --dev-every 10 --log "$T/0" > "$T/x"
    best=$({ sed -n 2p "$T/0" | awk '{ print $8, 0 }'; sed 1d "$T/log" | awk '$8 != "nan" { print $8, $1 }'; } | sort -g | head -n 1 | cut -d ' ' -f 2)
    [ "$(documents "$T/c" | sed -n 2,3p | cut -d ' ' -f 2 | sort -u)" = "$best" ]
    # nothing moves: the first look, not a later one as good
    documents "$T/x" | sed -n 2p | grep -q '^control 0 '
    # the looks are where --dev-at says: at an end the loss is the end's
    "${N[@]}" --steps 1 --dev "$F/dev.tok.gz" --dev-at 1 --log "$T/1" > "$T/x"
    [ "$(sed -n 2p "$T/1" | cut -f 8,9)" = "$("$B/mc-eval" "$F/dev.tok.gz" < "$F/fb.st.gz" | sed -n 2p | cut -f 5,6)" ]
    "${N[@]}" --steps 1 --dev "$F/dev.tok.gz" --dev-at 0,1 --log "$T/1" > "$T/x"
    near "$(cell "$T/1" dev_loss 2)" "$(for e in fa fb; do "$B/mc-eval" "$F/dev.tok.gz" < "$F/$e.st.gz" | sed -n 2p | cut -f 5; done | awk '{ s += $1 / 2 } END { print s }')" 1e-6
    # without a dev set the last state
    "${N[@]}" --steps 25 > "$T/x"
    documents "$T/x" | sed -n 2p | grep -q '^control 25 '
    # what chooses belongs to the run
    meta "$T/c" mc.provenance | grep -q " dev=[0-9a-f]\{32\}"
    "$B/mc-tokenize" -t "$F/lang" --no-label -o "$T/text" < <(cut -f 1 "$F/dev.tsv")
    fails 1 "no labels" -- "${N[@]}" --steps 1 --dev "$T/text" -o "$T/x"
}

@test "resumed: the same bytes and rows, with a dev set that has chosen an earlier state" {
    local k r more
    for more in "" "--dev $F/dev.tok.gz --dev-every 5" "--kind mix --by kind" "--kind mix --by kind --dev $F/dev.tok.gz --dev-every 5"; do
        r=("${N[@]}" --steps 23 --level 0 $more)
        [[ "$more" == *mix* ]] || r+=(--bends 2 --t-per-batch 2 --accum 2)
        "${r[@]}" --log "$T/1" > "$T/x"
        for k in 7 20; do
            rm -f "$T/state"
            "${r[@]}" --checkpoint "$T/state" --checkpoint-every $k --log "$T/2" > "$T/y"
            cmp "$T/x" "$T/y"
            "${r[@]}" --resume "$T/state" --log "$T/3" > "$T/y"
            cmp "$T/x" "$T/y"
            no_time "$T/3" | diff - <(no_time "$T/1")
        done
    done
    fails 1 "another run" -- "${r[@]}" --resume "$T/state" --seed 1 -o "$T/y"
    fails 1 "another run" -- "${C[@]}" "$F/fb.st.gz" "$F/fa.st.gz" --steps 23 --resume "$T/state" -o "$T/y"
    fails 1 "another run" -- "${N[@]}" --steps 23 --kind mix --by kind --dev "$F/train.tok.gz" --dev-every 5 --resume "$T/state" -o "$T/y"
}

@test "one thread and four, files and standard input: the same bytes" {
    for more in "--bends 2 --t-per-batch 2" "--kind chain" "--kind mix --by tensor"; do
        "${N[@]}" $more --steps 10 --threads 1 --level 0 > "$T/x"
        "${N[@]}" $more --steps 10 --threads 4 --level 0 | cmp - "$T/x"
    done
    "${C[@]}" - "$F/fb.st.gz" --steps 3 --level 0 < "$F/fa.st.gz" > "$T/x"
    "${C[@]}" "$F/fa.st.gz" - --steps 3 --level 0 < "$F/fb.st.gz" | cmp - "$T/x"
}

@test "the loss along the curve falls" {
    "${N[@]}" --epochs 15 --lr 3e-2 --dropout 0 --log "$T/log" > "$T/c"
    awk -F '\t' 'NR > 1 && NR <= 16 { a += $3 } { l[NR] = $3 } END { for (i = NR - 14; i <= NR; i++) b += l[i]; print a / 15, b / 15; exit !(b < .8 * a) }' "$T/log"
}

@test "labels in another order: the second end's head is matched to the first's" {
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels positive,negative --seed-init 9 -o "$T/p.st.gz"
    "${C[@]}" "$F/fa.st.gz" "$T/p.st.gz" --steps 1 --lr 0 > "$T/c"
    [ "$(documents "$T/c" mc.labels | cut -d ' ' -f 3 | sort -u)" = '["negative","positive"]' ]
    [ "$(tensor "$T/c" classifier.bias | sed -n 3p)" = "$(tensor "$T/p.st.gz" classifier.bias | awk '{ print $2, $1 }')" ]
    documents "$T/c" | grep -q "\"to\":\"$(digests "$T/p.st.gz")\""
    [ "$(tensor "$T/c" classifier.weight | sed -n 3p | wc -w)" -eq 32 ]
    [ "$(tensor "$T/c" classifier.weight | sed -n 3p | cut -d ' ' -f 1-16)" = "$(tensor "$T/p.st.gz" classifier.weight | cut -d ' ' -f 17-32)" ]
}

@test "deltas of every method, over a base that stands in front or in a file" {
    local m k more
    for m in "lora --rank 4" "adapter --bottleneck 4" "prefix --prefix-len 3" bitfit head; do
        for k in 1 2; do
            "$B/mc-finetune" --method $m --train "$F/train.tok.gz" --steps 8 --lr 1e-2 --seed $k -q -o "$T/d$k" < "$F/base.st.gz"
        done
        "$B/mc-finetune" --method $m --train "$F/train.tok.gz" --steps 8 --lr 1e-2 --seed 1 --with-base -q -o "$T/w1" < "$F/base.st.gz"
        "${C[@]}" "$T/d1" "$T/d2" --base "$F/base.st.gz" --bends 2 --t-per-batch 2 --steps 6 --log "$T/log" > "$T/c"
        [ "$(documents "$T/c" | cut -d ' ' -f 1 | tr '\n' ' ')" = "endpoint control control endpoint " ]
        [ "$(documents "$T/c" mc.method | cut -d ' ' -f 3- | sort -u)" = "$(meta "$T/d1" mc.method)" ]
        [ "$(documents "$T/c" mc.base | cut -d ' ' -f 3 | sort -u)" = "$(digests "$F/base.st.gz")" ]
        [ "$("$B/mc-info" --digest "$T/c" | cut -f 1 | sed -n '1p;4p')" = "$(digests "$T/d1" "$T/d2")" ]
        # the same with the base in the first file, and in front of the first delta
        "${C[@]}" "$T/w1" "$T/d2" --bends 2 --t-per-batch 2 --steps 6 > "$T/y"
        [ "$(digests "$T/y")" = "$(digests "$T/c")" ]
        cat "$F/base.st.gz" "$T/d1" | "${C[@]}" - "$T/d2" --bends 2 --t-per-batch 2 --steps 6 > "$T/y"
        [ "$(digests "$T/y")" = "$(digests "$T/c")" ]
        "${C[@]}" "$T/w1" "$T/d2" --with-base --steps 1 > "$T/y"
        [ "$(documents "$T/y" | cut -d ' ' -f 1 | tr '\n' ' ')" = "base endpoint control endpoint " ]
        "${C[@]}" "$T/w1" "$T/d2" --kind mix --by layer --steps 3 --dev "$F/dev.tok.gz" > "$T/y"
        "$B/mc-eval" --base "$F/base.st.gz" "$F/dev.tok.gz" < "$T/y" > "$T/t"
    done
}

@test "mixtures: a point between, by layer, kind and tensor" {
    local by
    for by in layer kind tensor; do
        "${N[@]}" --kind mix --by $by --steps 30 --lr 1e-1 > "$T/m"
        [ "$(documents "$T/m" | cut -d ' ' -f 1,2)" = "point 30" ]
        "$B/mc-dist" --by $by "$F/fa.st.gz" "$F/fb.st.gz" | sed 1d | cut -f 3 | grep -v '^all$' > "$T/groups"
        meta "$T/m" mc.curve | python3 -c '
import json, sys
c = json.load(sys.stdin)
assert c["kind"] == "mix" and c["by"] == sys.argv[1], c
assert list(c["weights"]) == open(sys.argv[2]).read().split()
assert all(0 < t < 1 for t in c["weights"].values()) and len(set(c["weights"].values())) > 1' $by "$T/groups"
        [[ "$(meta "$T/m" mc.curve)" == *"\"from\":\"$(digests "$F/fa.st.gz")\",\"to\":\"$(digests "$F/fb.st.gz")\""* ]]
    done
    t=$(meta "$T/m" mc.curve | python3 -c 'import json, sys; print(json.load(sys.stdin)["weights"]["classifier.bias"])')
    paste -d ' ' <(tensor "$F/fa.st.gz" classifier.bias) <(tensor "$F/fb.st.gz" classifier.bias) <(tensor "$T/m" classifier.bias) |
        awk -v t="$t" '{ for (i = 1; i <= 2; i++) { d = $i + t * ($(i + 2) - $i) - $(i + 4); if (d * d > 1e-14) exit 1 } }'
    # it begins in the middle, or where --mix-init puts it
    "${N[@]}" --kind mix --by layer --steps 1 --lr 0 > "$T/m"
    meta "$T/m" mc.curve | python3 -c 'import json, sys; assert set(json.load(sys.stdin)["weights"].values()) == {.5}'
    "${N[@]}" --kind mix --by tensor --mix-init 1 --seed-init 3 --steps 1 --lr 0 > "$T/m"
    meta "$T/m" mc.curve | python3 -c '
import json, math, sys
w = [math.log(t / (1 - t)) for t in json.load(sys.stdin)["weights"].values()]
assert .7 < (sum(x * x for x in w) / len(w)) ** .5 < 1.3'
    # its row in the table is a point of a path with ends
    "$B/mc-eval" "$F/dev.tok.gz" < "$T/m" | sed -n 2p | cut -f 9,10 | grep -q "$(digests "$F/fa.st.gz")"
}

@test "ends that are not two models of one network" {
    local k
    fails 1 nosuch -- "${C[@]}" "$T/nosuch" "$F/fb.st.gz" -o "$T/x"
    fails 1 "more than one model" -- "${C[@]}" <(cat "$F/fa.st.gz" "$F/fb.st.gz") "$F/fb.st.gz" -o "$T/x"
    fails 1 "more than one model" -- "${C[@]}" "$F/fa.st.gz" <(cat "$F/fa.st.gz" "$F/fb.st.gz") -o "$T/x"
    fails 1 "not a model" -- "${C[@]}" "$F/fa.st.gz" "$F/dev.tok.gz" -o "$T/x"
    "${N[@]}" --steps 1 > "$T/c"
    fails 1 "no model in it" -- "${C[@]}" "$T/c" "$F/fb.st.gz" -o "$T/x"
    sed 's/"hidden_size": 16/"hidden_size": 24/' "$F/config.json" > "$T/wide.json"
    "$B/mc-init" "$T/wide.json" -t "$F/lang" --labels negative,positive -o "$T/wide"
    fails 1 "different configurations" hidden_size -- "${C[@]}" "$F/fa.st.gz" "$T/wide" -o "$T/x"
    "$B/mc-synth" --tokenizer "$T/r" --kind roberta
    echo '{"model_type": "roberta", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 951, "max_position_embeddings": 66, "pad_token_id": 1, "type_vocab_size": 1}' > "$T/r.json"
    "$B/mc-init" "$T/r.json" -t "$T/r" --labels negative,positive -o "$T/other"
    fails 1 "different configurations" roberta -- "${C[@]}" "$F/fa.st.gz" "$T/other" -o "$T/x"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels bad,good -o "$T/named"
    fails 1 "different labels" bad negative -- "${C[@]}" "$F/fa.st.gz" "$T/named" -o "$T/x"
    ! grep -q -- --head <<< "$output" || return 1
    fails 1 "different labels" "no head" -- "${C[@]}" "$F/fa.st.gz" "$F/base.st.gz" -o "$T/x"
    fails 1 "no head" -- "${C[@]}" "$F/base.st.gz" "$F/base.st.gz" -o "$T/x"
    gzip -dc "$F/fb.st.gz" > "$T/b.safetensors"
    python3 - "$T/b.safetensors" <<'P'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
h["__metadata__"]["mc.tokenizer"] = "0" * 32
j = json.dumps(h).encode()
j += b" " * (-len(j) % 8)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(j)) + j + b[8 + n:])
P
    fails 1 "different tokenizers" -- "${C[@]}" "$F/fa.st.gz" "$T/b.safetensors" -o "$T/x"
    for k in "lora --rank 2" "lora --rank 3" adapter; do
        "$B/mc-finetune" --method $k --train "$F/train.tok.gz" --steps 1 -q -o "$T/${k// /}" < "$F/base.st.gz"
    done
    "$B/mc-finetune" --method lora --rank 2 --train "$F/train.tok.gz" --steps 1 -q --with-base -o "$T/elsewhere" < "$F/b.st.gz"
    C+=(--base "$F/base.st.gz")
    fails 1 "different methods" "other parameters" -- "${C[@]}" "$T/lora--rank2" "$T/lora--rank3" -o "$T/x"
    fails 1 "different methods" lora adapter -- "${C[@]}" "$T/lora--rank2" "$T/adapter" -o "$T/x"
    fails 1 "different bases" -- "${C[@]}" "$T/lora--rank2" "$T/elsewhere" -o "$T/x"
    fails 1 "different kinds" delta -- "${C[@]}" "$T/lora--rank2" "$F/fa.st.gz" -o "$T/x"
    [ ! -e "$T/x" ]
}

@test "a loss that is not finite, outputs that are inputs, a set of another kind" {
    fails 1 "step" "not finite" -- "${N[@]}" --steps 50 --lr 1e30 --warmup 0 --clip 0 -o "$T/x"
    [ ! -e "$T/x" ]
    cp "$F/fa.st.gz" "$T/end"
    fails 2 --log -- "${C[@]}" "$T/end" "$F/fb.st.gz" --steps 1 --log "$T/end" -o "$T/x"
    fails 2 --checkpoint -- "${C[@]}" "$F/fb.st.gz" "$T/end" --steps 1 --checkpoint "$T/end" --checkpoint-every 1 -o "$T/x"
    fails 2 --summary -- "${C[@]}" "$F/fb.st.gz" "$T/end" --steps 1 --summary "$T/end" -o "$T/x"
    cmp "$T/end" "$F/fa.st.gz"
    fails 1 -- "${C[@]}" "$F/fa.st.gz" "$F/fb.st.gz" --train "$F/fa.st.gz" -o "$T/x"
    "${N[@]}" --steps 1 --only <(seq 0 9) --batch 4 --epochs 1 > /dev/null 2>&1 && return 1 # both numbers of steps
    "${N[@]}" --only <(seq 0 9) --batch 4 --epochs 1 --log "$T/log" > "$T/x"
    [ "$(sed 1d "$T/log" | wc -l)" -eq 3 ]
}

@test "text to text: curves of models and of deltas" {
    local d="$T/t5"
    mkdir "$d"
    BATS_FILE_TMPDIR="$d" fixture_t5
    F="$d"
    C=("$B/mc-curve" --train "$d/train.tok.gz" --batch 16 --lr 1e-2 -q)
    "${C[@]}" "$d/a.st.gz" "$d/b.st.gz" --bends 2 --steps 5 --dev "$d/dev.tok.gz" --dev-every 2 --log "$T/log" > "$T/c"
    [ "$(digests "$T/c" | sed -n '1p;4p')" = "$(digests "$d/a.st.gz" "$d/b.st.gz")" ]
    "${C[@]}" "$d/tied.st.gz" "$d/tied.st.gz" --optimizer adafactor --bend-init .01 --bends 2 --t-per-batch 2 --steps 5 --level 0 > "$T/c" # rows of a tied table
    "${C[@]}" "$d/tied.st.gz" "$d/tied.st.gz" --optimizer adafactor --bend-init .01 --bends 2 --t-per-batch 2 --steps 5 --level 0 --threads 1 | cmp - "$T/c"
    "${C[@]}" "$d/a.st.gz" "$d/b.st.gz" --kind mix --by layer --steps 3 > "$T/m"
    meta "$T/m" mc.curve | grep -q '"decoder.1":0'
    fails 1 "different configurations" -- "${C[@]}" "$d/a.st.gz" "$d/tied.st.gz" -o "$T/x"
    for k in 1 2; do
        "$B/mc-finetune" --method lora --rank 2 --train "$d/train.tok.gz" --steps 4 --seed $k -q -o "$T/l$k" < "$d/a.st.gz"
    done
    "${C[@]}" "$T/l1" "$T/l2" --base "$d/a.st.gz" --bends 2 --steps 5 > "$T/c"
    [ "$(documents "$T/c" | cut -d ' ' -f 1 | tr '\n' ' ')" = "endpoint control control endpoint " ]
}

@test "a curve goes through mc-interp, mc-eval and mc-barrier, from a pipe as from a file" {
    "${N[@]}" --steps 6 --lr 1e-3 -o "$T/c"
    "$B/mc-interp" -q -n 5 "$T/c" -o "$T/points"
    cmp <("$B/mc-interp" -q -n 5 < "$T/c" | "$B/mc-info" --digest - | cut -f 1) <("$B/mc-info" --digest "$T/points" | cut -f 1)
    [ "$("$B/mc-info" --digest "$T/points" | sed -n '1p;5p' | cut -f 1)" = "$("$B/mc-info" --digest "$F/fa.st.gz" "$F/fb.st.gz" | cut -f 1)" ]
    "$B/mc-eval" "$F/dev.tok.gz" < "$T/points" > "$T/path.tsv"
    run "$B/mc-barrier" -q "$T/path.tsv"
    [ "$status" -eq 0 ]
    # bends that have not moved lie on the segment: a Bezier of these is the line, evenly walked
    "${N[@]}" --steps 2 --lr 0 --bends 2 | "$B/mc-interp" -q -n 5 -o "$T/still"
    "$B/mc-interp" -q -n 5 "$F/fa.st.gz" "$F/fb.st.gz" -o "$T/line"
    "$B/mc-eval" "$F/dev.tok.gz" < "$T/still" | cut -f 2,5 > "$T/got"
    "$B/mc-eval" "$F/dev.tok.gz" < "$T/line" | cut -f 2,5 > "$T/want"
    paste "$T/got" "$T/want" | awk 'NR > 1 { d = $2 - $4; if ($1 != $3 || d > 1e-5 || d < -1e-5) exit 1 }'
    [ "$(wc -l < "$T/got")" -eq 6 ]
}

@test "programs that want models say what a curve is for" {
    "${N[@]}" --steps 2 -o "$T/c"
    for c in "'$B/mc-eval' '$F/dev.tok.gz'" "'$B/mc-finetune' --train '$F/train.tok.gz'" "'$B/mc-export' '$T/hf'" "'$B/mc-dist' -"; do
        fails 1 'a curve, whose points mc-interp makes' -- line "$c < '$T/c' > '$T/x'"
    done
}

@test "a run that is refused leaves the log of an earlier one alone" {
    "${N[@]}" --steps 4 --checkpoint "$T/state" --checkpoint-every 2 --log "$T/log" -o "$T/c"
    cp "$T/log" "$T/kept"
    fails 1 "another run" -- "${N[@]}" --steps 4 --lr 1e-4 --resume "$T/state" --log "$T/log" -o "$T/x"
    cmp "$T/log" "$T/kept"
    fails 2 --with-base -- "${N[@]}" --steps 4 --with-base --log "$T/log" -o "$T/x"
    cmp "$T/log" "$T/kept"
}

#!/usr/bin/env bats
# mc-finetune: the log, the documents, resuming, and what must not be trained.
load common

setup_file() { fixture; }
setup() {
    T="$BATS_TEST_TMPDIR"
    N=("$B/mc-finetune" --train "$F/train.tok.gz" -q)
    Q=$(quoted "${N[@]}")
}

quoted() { printf '%q ' "$@"; } # a command as text of the shell

@test "usual duties" {
    usual mc-finetune --train --dev --epochs --steps --batch --accum --lr --schedule --warmup --weight-decay --no-decay --layer-decay --clip \
        --optimizer --adafactor-scale --adafactor-relative --method --dropout --new-head --seed --seed-init --seed-order --seed-dropout --log --save-at \
        --checkpoint --checkpoint-every --checkpoint-seconds --resume --or-begin --only --level --base --precision
    no_room "$Q --steps 1 < '$F/a.st.gz'"
    keeps_old "$Q --steps 1 < '$F/dev.tok.gz'"
}

@test "bad usage exits 2" {
    fails 2 --train -- line "'$B/mc-finetune' < '$F/a.st.gz' > '$T/x'"
    for o in "--epochs 1 --steps 1" "--epochs 0" "--steps 0" "--batch 0" "--accum 0" "--lr -1" "--lr nan" "--schedule step" \
        "--warmup 2" "--layer-decay 0" "--layer-decay 1.1" "--no-decay nosuch" "--no-decay query,," "--clip -1" "--dropout 1" "--optimizer adam" "--adafactor-scale" "--optimizer sgd --adafactor-relative" "--optimizer adafactor --adafactor-relative --lr 1" "--method prefix" "--method none" \
        "--seed -1" "--checkpoint '$T/c'" "--checkpoint-every 2" "--checkpoint-seconds 2" "--checkpoint '$T/c' --checkpoint-seconds 0" --or-begin "--save-at 1,x" "--save-at -1" "--seed-init 1" \
        "--steps 2 --save-at 3" operand; do
        fails 2 -- line "$Q $o < '$F/a.st.gz' > '$T/x'"
    done
}

@test "the log: columns, steps, epochs, dev in an epoch's last row" {
    "${N[@]}" --epochs 2 --batch 40 --dev "$F/dev.tok.gz" --log "$T/log" < "$F/a.st.gz" > "$T/x"
    [ "$(head -n 1 "$T/log")" = "$(printf 'step\tepoch\tloss\tlr\tgrad_norm\ttokens_per_s\tseconds\tdev_loss\tdev_accuracy')" ]
    [ "$(sed 1d "$T/log" | cut -f 1,2 | tr '\t\n' ' ;')" = "1 1;2 1;3 1;4 2;5 2;6 2;" ]
    [ "$(sed 1d "$T/log" | awk '$8 != "nan" && $9 != "nan" { printf "%s ", $1 }')" = "3 6 " ]
    [ "$(sed -n 2p "$T/log" | cut -f 4)" = 0 ] # the first step has factor 0
    # the dev columns are what mc-eval says of the model written
    [ "$(sed -n 7p "$T/log" | cut -f 8,9)" = "$("$B/mc-eval" "$F/dev.tok.gz" < "$T/x" | sed -n 2p | cut -f 5,6)" ]
    [ "$(meta "$T/x" mc.step)" = 6 ]
    [ "$(meta "$T/x" mc.task)" = mood ]
    ! gzip -dc "$T/x" | grep -aq "$F" || return 1
}

@test "--save-at: in order, the last one once" {
    "${N[@]}" --steps 4 --save-at 2,0,4 < "$F/a.st.gz" > "$T/x"
    [ "$("$B/mc-info" --tsv "$T/x" | cut -f 9 | tr '\n' ' ')" = "step 0 2 4 " ]
    [ "$(digests "$T/x" | sed -n 1p)" = "$(digests "$F/a.st.gz")" ]
    "${N[@]}" --steps 4 < "$F/a.st.gz" > "$T/y"
    [ "$(digests "$T/y")" = "$(digests "$T/x" | sed -n 3p)" ]
}

@test "learning rate 0 changes nothing; accumulation is a larger batch" {
    "${N[@]}" --steps 2 --lr 0 < "$F/a.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "${N[@]}" --steps 2 --batch 16 --accum 2 --log "$T/1" < "$F/a.st.gz" > "$T/x"
    "${N[@]}" --steps 2 --batch 32 --log "$T/2" < "$F/a.st.gz" > "$T/x"
    [ "$(sed -n 2p "$T/1" | cut -f 3)" = "$(sed -n 2p "$T/2" | cut -f 3)" ]
}

@test "rates by layer: 1 is none, a small one holds the lower layers; with every optimizer, and resumed" {
    "${N[@]}" --steps 3 --warmup 0 < "$F/a.st.gz" > "$T/x"
    "${N[@]}" --steps 3 --warmup 0 --layer-decay 1 < "$F/a.st.gz" > "$T/y"
    [ "$(digests "$T/x")" = "$(digests "$T/y")" ]
    meta "$T/x" mc.provenance | grep -q layer-decay && return 1
    meta "$T/y" mc.provenance | grep -q 'layer-decay=1 '
    for o in adamw adafactor sgd; do
        r=("${N[@]}" --steps 6 --batch 8 --warmup 0 --weight-decay 0.5 --lr 1e-2 --optimizer $o --layer-decay 0.01 --level 0)
        "${r[@]}" --checkpoint "$T/c" --checkpoint-every 4 < "$F/a.st.gz" > "$T/x"
        "${r[@]}" --resume "$T/c" < "$F/a.st.gz" | cmp - "$T/x"
        "$B/mc-dist" --by layer "$F/a.st.gz" "$T/x" > "$T/d"
        # of a rate of .01, 1e-4 and 1e-6 to the head's 1, decay included
        awk -F '\t' -v what=$o '{ moved[$3] = $6 }
            END { if (!(moved["embeddings"] < .03 * moved["layer.0"] && moved["layer.0"] < .03 * moved["layer.1"] && moved["layer.1"] < .03 * moved["head"] &&
                  moved["embeddings"] > 0)) { for (g in moved) print what, g, moved[g]; exit 1 } }' "$T/d"
    done
    fails 1 "another run" -- line "$Q --steps 6 --resume '$T/c' < '$F/a.st.gz' > '$T/y'"
}

@test "--no-decay: by parts of names, which must be there" {
    "${N[@]}" --steps 2 --lr 1e-3 --warmup 0 --dropout 0 --weight-decay 10 < "$F/a.st.gz" > "$T/x"
    "${N[@]}" --steps 2 --lr 1e-3 --warmup 0 --dropout 0 --weight-decay 10 --no-decay query.weight,word_emb < "$F/a.st.gz" > "$T/z"
    "$B/mc-dist" --by kind "$T/x" "$T/z" > "$T/d"
    awk -F '\t' '$3 ~ /query.weight|word_emb/ && $4 > 0 { n++; bad += !($6 > 2e-4) } END { exit !(n == 2 && !bad) }' "$T/d"
    awk -F '\t' '$3 ~ /position_embeddings/ { n++; bad += !($6 < 5e-5) } END { exit !(n == 1 && !bad) }' "$T/d"
    fails 2 "--no-decay" "'wordy'" -- line "$Q --steps 2 --no-decay query,wordy < '$F/a.st.gz' > '$T/u'"
    fails 2 "'query.weight'" -- line "$Q --steps 2 --method bitfit --no-decay query.weight < '$F/a.st.gz' > '$T/u'" # not trained
}

@test "heads: drawn where there is none, or by --new-head" {
    "${N[@]}" --steps 1 --seed-init 3 < "$F/base.st.gz" > "$T/x"
    [ "$(meta "$T/x" mc.labels)" = '["negative","positive"]' ]
    "${N[@]}" --steps 1 --seed-init 4 < "$F/base.st.gz" > "$T/y"
    [ "$(digests "$T/x")" != "$(digests "$T/y")" ]
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels x,y,z -o "$T/m"
    fails 1 train.tok.gz "'negative'" -- line "$Q --steps 1 < '$T/m' > '$T/x'"
    "${N[@]}" --steps 1 --new-head --seed-init 3 < "$T/m" > "$T/x"
    [ "$(meta "$T/x" mc.labels)" = '["negative","positive"]' ]
}

@test "a loss that is no number names the step; nothing is left" {
    mkdir "$T/d"
    fails 1 "step " "finite" -- line "$Q --steps 5 --lr 1e30 --clip 0 --warmup 0 --log '$T/d/log' -o '$T/d/x' < '$F/a.st.gz'"
    [ "$(ls "$T/d")" = log ] || { ls "$T/d"; false; }
    [ -n "$(tail -c 1 "$T/d/log")" ] # which has no last newline: it is not whole
}

@test "a rate of dropout just below 1" {
    "${N[@]}" --steps 2 --dropout 0.9999999999 < "$F/a.st.gz" > "$T/x"
    "$B/mc-info" --check "$T/x"
}

@test "refused input" {
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/lang" --no-label > "$T/un.tok"
    fails 1 "$T/un.tok" labels -- line "'$B/mc-finetune' --train '$T/un.tok' < '$F/a.st.gz' > '$T/x'"
    fails 1 a.st.gz -- line "'$B/mc-finetune' --train '$F/a.st.gz' < '$F/a.st.gz' > '$T/x'"
    fails 1 "standard input" tokens -- line "$Q < '$F/dev.tok.gz' > '$T/x'"
    fails 1 "standard input" empty -- line "$Q < /dev/null > '$T/x'"
    fails 1 "more than one" -- line "cat '$F/a.st.gz' '$F/b.st.gz' | $Q > '$T/x'"
    cut_off "$F/a.st.gz" 62 "$T/cut"
    fails 1 "standard input" byte -- line "$Q < '$T/cut' > '$T/x'"
    cut_off "$F/train.tok.gz" 80 "$T/cut"
    fails 1 "$T/cut" byte -- line "'$B/mc-finetune' --train '$T/cut' < '$F/a.st.gz' > '$T/x'"
}

@test "--only" {
    seq 0 95 > "$T/all"
    "${N[@]}" --steps 3 --only "$T/all" < "$F/a.st.gz" > "$T/x"
    "${N[@]}" --steps 3 < "$F/a.st.gz" > "$T/y"
    [ "$(digests "$T/x")" = "$(digests "$T/y")" ]
    printf '5\n17\n3\n' > "$T/some"
    "${N[@]}" --epochs 2 --batch 2 --only "$T/some" --log "$T/log" < "$F/a.st.gz" > "$T/x"
    [ "$(wc -l < "$T/log")" -eq 5 ]
    for bad in 96 -1 x 1.0 ""; do
        printf '0\n%s\n' "$bad" > "$T/some"
        fails 1 "$T/some: line 2" -- line "$Q --only '$T/some' < '$F/a.st.gz' > '$T/x'"
    done
    printf '4\n4\n' > "$T/some"
    fails 1 "$T/some: line 2" twice -- line "$Q --only '$T/some' < '$F/a.st.gz' > '$T/x'"
}

@test "same bytes for any number of threads" {
    for n in 1 2 4; do
        "${N[@]}" --steps 4 --batch 96 --save-at 1 --threads $n --log "$T/log$n" < "$F/a.st.gz" > "$T/x$n"
        cmp "$T/x$n" "$T/x1"
        cmp <(no_time "$T/log$n") <(no_time "$T/log1")
        "${N[@]}" --precision bf16 --steps 4 --batch 96 --threads $n < "$F/a.st.gz" > "$T/h$n"
        cmp "$T/h$n" "$T/h1"
    done
    [ "$(digests "$T/h1")" != "$(digests "$T/x1" | tail -n 1)" ]
    meta "$T/h1" mc.provenance | grep -q 'precision=bf16'
}

@test "killed and resumed: the same bytes, the same log" {
    local run=("${N[@]}" --steps 60 --batch 32 --save-at 0,3,30 --checkpoint "$T/c" --checkpoint-every 7)
    local text
    text=$(quoted "${run[@]}")
    "${run[@]}" --log "$T/log" < "$F/a.st.gz" > "$T/x"
    for k in 1 2; do
        rm -f "$T/c"
        "${run[@]}" --log "$T/log2" < "$F/a.st.gz" > "$T/y" 3>&- &
        local p=$! i
        for ((i = 0; i < 500; i++)); do [ -e "$T/c" ] && break; sleep .01; done
        sleep .0$k
        kill -9 $p 2> /dev/null || true
        wait $p || true
        "${run[@]}" --resume "$T/c" --log "$T/log2" < "$F/a.st.gz" > "$T/y"
        cmp "$T/x" "$T/y"
        cmp <(no_time "$T/log") <(no_time "$T/log2")
    done
    # again from its last checkpoint, with other threads, without --checkpoint
    "${N[@]}" --steps 60 --batch 32 --save-at 0,3,30 --threads 1 --resume "$T/c" < "$F/a.st.gz" | cmp - <("$B/mc-pick" 0 1 2 3 < "$T/x")
    fails 1 "$T/c" "another run" -- line "$text --seed 1 --resume '$T/c' < '$F/a.st.gz' > '$T/y'"
    fails 1 "$T/c" "another run" -- line "$text --resume '$T/c' < '$F/b.st.gz' > '$T/y'"
    fails 1 x -- line "$text --resume '$T/x' < '$F/a.st.gz' > '$T/y'"
    cut_off "$T/c" 62 "$T/cut"
    fails 1 "$T/cut" -- line "$text --resume '$T/cut' < '$F/a.st.gz' > '$T/y'"
    fails 1 "$T/none" -- line "$text --resume '$T/none' < '$F/a.st.gz' > '$T/y'"
}

@test "resumed with another --save-at: up to the checkpoint's step it is another run, behind that it is not" {
    local run=("${N[@]}" --batch 32 --steps 12) list text
    "${run[@]}" --save-at 1,4,9 --checkpoint "$T/c" --checkpoint-every 6 < "$F/a.st.gz" > "$T/x"
    for list in 1 4 1,4,6 0,1,4 2,3 ''; do
        text="$(quoted "${run[@]}") ${list:+--save-at $list} --resume '$T/c'"
        fails 1 "$T/c: " "another --save-at: of the steps up to 6 it has 1,4, this run asks for ${list:-none}" -- line "$text -o '$T/w' < '$F/a.st.gz'"
        [ ! -e "$T/w" ]
        line "$text --or-begin < '$F/a.st.gz'" > "$T/y"
        "${run[@]}" ${list:+--save-at $list} < "$F/a.st.gz" > "$T/z"
        cmp "$T/z" "$T/y"
    done
    for list in 1,4 1,4,9 1,4,8,11; do
        "${run[@]}" --save-at $list --resume "$T/c" < "$F/a.st.gz" > "$T/y"
        "${run[@]}" --save-at $list < "$F/a.st.gz" > "$T/z"
        cmp "$T/z" "$T/y"
    done
}

@test "--or-begin: from a checkpoint of this very run, else from the start, which is said" {
    local run=("$B/mc-finetune" --train "$F/train.tok.gz" --batch 32 --steps 12) dev="$F/dev.tok.gz" k
    "${run[@]}" --log "$T/log" --checkpoint "$T/c" --checkpoint-every 5 < "$F/a.st.gz" > "$T/x"
    # goes on: said; without --checkpoint FILE is left as it is
    "${run[@]}" --resume "$T/c" --or-begin --log "$T/log2" < "$F/a.st.gz" > "$T/y" 2> "$T/said"
    grep -qx "mc-finetune: $T/c: goes on after step 10 of 12" "$T/said"
    cmp "$T/x" "$T/y"
    cmp <(no_time "$T/log") <(no_time "$T/log2")
    # begins: nothing is there yet, which is not worth a word; then what was written by time
    "${run[@]}" --resume "$T/new" --or-begin --checkpoint "$T/new" --checkpoint-seconds .001 < "$F/a.st.gz" > "$T/y" 2> "$T/said"
    cmp "$T/x" "$T/y"
    grep -q begin "$T/said" && return 1
    "${run[@]}" --resume "$T/new" < "$F/a.st.gz" > "$T/y" 2> "$T/said"
    cmp "$T/x" "$T/y"
    grep -qE 'goes on after step [1-9]' "$T/said"
    # another run, another model, a set for the log, no checkpoint, a damaged one: no state of it is taken
    begins() { # begins FILE MODEL OPTION...
        local file="$1" model="$2"
        shift 2
        "${run[@]}" "$@" --log "$T/log2" --resume "$file" --or-begin < "$model" > "$T/y" 2> "$T/said"
        grep -q "^mc-finetune: $file.*; the run begins anew$" "$T/said"
        "${run[@]}" "$@" --log "$T/log3" < "$model" > "$T/z"
        cmp "$T/y" "$T/z"
        cmp <(no_time "$T/log2") <(no_time "$T/log3")
    }
    begins "$T/c" "$F/a.st.gz" --seed 1
    begins "$T/c" "$F/b.st.gz"
    begins "$T/c" "$F/a.st.gz" --dev "$dev"
    begins "$T/x" "$F/a.st.gz"
    for k in 62 9000; do cut_off "$T/c" $k "$T/cut"; begins "$T/cut" "$F/a.st.gz"; done
    { head -c 5000 "$T/c"; printf '\1\2\3\4'; tail -c +5005 "$T/c"; } > "$T/damaged"
    begins "$T/damaged" "$F/a.st.gz"
    : > "$T/empty"
    begins "$T/empty" "$F/a.st.gz"
    # rows of two dev sets, or with and without one, are no table: refused too where --or-begin is not given
    fails 1 "$T/c" "another --dev" -- line "$(quoted "${run[@]}") -q --dev '$dev' --resume '$T/c' -o '$T/y' < '$F/a.st.gz'"
    # the time of a run is that of its parts
    "${run[@]}" --resume "$T/c" --or-begin --summary "$T/sum" --log "$T/log2" < "$F/a.st.gz" > "$T/y"
    cut -f 7 "$T/log2" | sed 1d | sort -gc
    awk -v all="$(cell "$T/sum" seconds 2)" -v to="$(tail -n 1 "$T/log2" | cut -f 7)" 'BEGIN { exit !(all >= to) }'
}

#!/usr/bin/env bats
# Pre-training: mc-pretrain, mc-eval on a corpus, the head of masked language models in programs and directories.
load common.bash

setup_file() {
    fixture
    local k
    "$B/mc-synth" --corpus -n 500 > "$F/text"
    sed 's/"max_position_embeddings": 64/"max_position_embeddings": 40/; s/"bert"/"roberta"/' "$F/config.json" > "$F/roberta.json"
    echo '{"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 384, "decoder_start_token_id": 0}' > "$F/t5.json"
    for k in roberta t5; do "$B/mc-synth" --tokenizer "$F/$k" --kind $k; done
    sed -i "s/\"vocab_size\": [0-9]*/\"vocab_size\": 2000/" "$F/roberta.json"
    "$B/mc-init" "$F/roberta.json" -t "$F/roberta" -o "$F/r.st.gz"
    "$B/mc-init" "$F/t5.json" -t "$F/t5" -o "$F/t.st.gz"
    for k in lang roberta t5; do "$B/mc-tokenize" -q --corpus -t "$F/$k" -o "$F/$k.c.gz" "$F/text"; done
    head -n 60 "$F/text" | "$B/mc-tokenize" -q --corpus -t "$F/lang" -o "$F/few.c.gz"
    "$B/mc-pretrain" -q --train "$F/lang.c.gz" --steps 12 --batch 8 --seq-len 32 --lr 1e-3 --save-at 0,4 -o "$F/p.st.gz" < "$F/base.st.gz"
    "$B/mc-pick" 2 -o "$F/last.st.gz" < "$F/p.st.gz"
}

setup() { T="$BATS_TEST_TMPDIR"; }

pretrain() { "$B/mc-pretrain" -q --train "$F/lang.c.gz" --batch 8 --seq-len 32 --lr 1e-3 "$@" < "$F/base.st.gz"; }
column() { awk -F '\t' -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$1"; }
names() { zcat "$1" | python3 -c '
import json, sys
b = sys.stdin.buffer.read()
print("\n".join(k for k in json.loads(b[8:8 + int.from_bytes(b[:8], "little")]) if k != "__metadata__"))'; }

@test "options, a full disk, a closed pipe, an old file that stays" {
    usual mc-pretrain --train --dev --dev-every --steps --seq-len --mask --span --seed-mask --trace --save-at --checkpoint --resume
    no_room "'$B/mc-pretrain' -q --train '$F/few.c.gz' --steps 1 --seq-len 16 < '$F/base.st.gz'"
    keeps_old "'$B/mc-pretrain' -q --train '$F/few.c.gz' --steps 1 --seq-len 16 --mask 2 < '$F/base.st.gz'"
    "$B/mc-pretrain" --help > "$T/help"
    [ "$(grep -cE '^  --(epochs|only|new-head|method) ' "$T/help")" -eq 0 ]
}

@test "the loss falls, and models of every kind have their step and their head" {
    local k
    "$B/mc-pretrain" -q --train "$F/lang.c.gz" --batch 8 --seq-len 32 --lr 1e-2 --steps 60 --log "$T/log" --dev "$F/few.c.gz" --save-at 0,20 -o "$T/p" < "$F/base.st.gz"
    [ "$(column "$T/log" dev_loss | grep -vc nan)" -eq 2 ] # at the saves behind an update, and at the end
    awk -F '\t' 'NR == 2 { first = $3 } END { exit !($3 < first - .3) }' "$T/log"
    [ "$("$B/mc-info" "$T/p" | sed -n 's/^  step //p' | tr '\n' ' ')" = "0 20 60 " ]
    "$B/mc-info" --check "$T/p"
    names "$F/last.st.gz" | grep -c '^cls\.predictions\.' | grep -qx 5
    for k in roberta:r t5:t; do
        "$B/mc-pretrain" -q --train "$F/${k%:*}.c.gz" --steps 3 --batch 4 --seq-len 24 -o "$T/m" < "$F/${k#*:}.st.gz"
        "$B/mc-info" --check "$T/m"
    done
    "$B/mc-pretrain" -q --train "$F/roberta.c.gz" --steps 1 --batch 4 --seq-len 24 -o "$T/m" < "$F/r.st.gz"
    names "$T/m" | grep -c '^lm_head\.' | grep -qx 5
}

@test "provenance tells the options that count for the model: --span of a text-to-text one alone" {
    meta "$F/last.st.gz" mc.provenance | grep 'mc-pretrain .* mask=0.15 ' | grep -v 'span='
    "$B/mc-pretrain" -q --train "$F/t5.c.gz" --steps 1 --seq-len 24 < "$F/t.st.gz" > "$T/m"
    meta "$T/m" mc.provenance | grep -q 'mc-pretrain .* mask=0.15 span=3 '
    "$B/mc-pretrain" -q --train "$F/t5.c.gz" --steps 1 --seq-len 24 --span 2 < "$F/t.st.gz" > "$T/m"
    meta "$T/m" mc.provenance | grep -q 'mc-pretrain .* mask=0.15 span=2 '
}

@test "the same bytes for any number of threads, and after a resume" {
    pretrain --steps 12 --save-at 0,4 --threads 1 -o "$T/one"
    cmp <(zcat "$T/one") <(zcat "$F/p.st.gz")
    pretrain --steps 12 --save-at 0,4 --checkpoint "$T/c" --checkpoint-every 7 -o "$T/two"
    pretrain --steps 12 --save-at 0,4 --resume "$T/c" -o "$T/three"
    cmp <(zcat "$T/three") <(zcat "$F/p.st.gz")
    fails 1 "another run" -- line "'$B/mc-pretrain' -q --train '$F/lang.c.gz' --batch 8 --seq-len 32 --lr 1e-3 --mask .2 --steps 12 --save-at 0,4 --resume '$T/c' < '$F/base.st.gz' > /dev/null"
    # what is saved, and what the rows of the log tell of
    pretrain --steps 12 --save-at 0,4 --checkpoint "$T/c" --checkpoint-every 7 --dev "$F/few.c.gz" --dev-every 3 -o "$T/two"
    local p="'$B/mc-pretrain' -q --train '$F/lang.c.gz' --batch 8 --seq-len 32 --lr 1e-3 --steps 12 --resume '$T/c' -o '$T/x'" o
    fails 1 "another --save-at" -- line "$p --save-at 0,3 --dev '$F/few.c.gz' --dev-every 3 < '$F/base.st.gz'"
    for o in '' "--dev '$F/few.c.gz'" "--dev '$F/few.c.gz' --dev-every 2" "--dev '$F/lang.c.gz' --dev-every 3"; do
        fails 1 "$T/c: " "another --dev or --dev-every" -- line "$p --save-at 0,4 $o < '$F/base.st.gz'"
    done
    pretrain --steps 12 --save-at 0,4 --dev "$F/few.c.gz" --dev-every 3 --resume "$T/c" -o "$T/three"
    cmp <(zcat "$T/three") <(zcat "$F/p.st.gz")
}

@test "--seed-mask changes what is masked alone; --seed all of it" {
    pretrain --steps 2 --seed 1 --trace "$T/a" -o "$T/x"
    pretrain --steps 2 --seed 1 --seed-mask 1 --trace "$T/b" -o "$T/x"
    cmp "$T/a" "$T/b"
    pretrain --steps 2 --seed 1 --seed-mask 2 --trace "$T/b" -o "$T/x"
    cmp -s "$T/a" "$T/b" && return 1
    text() { awk -F '\t' 'NR > 1 { split($3, x, " "); n = split($4, y, " "); for (i = 1; i <= n; i++) printf "%s ", y[i] == -100 ? x[i] : y[i]; print "" }' "$1"; }
    cmp <(text "$T/a") <(text "$T/b")
    [ "$(head -n 1 "$T/a")" = "$(printf 'step\tsequence\tinput\ttarget')" ]
    [ "$(cut -f 1,2 "$T/a" | sed -n '2p;9p;10p;17p' | tr '\t\n' ' ,')" = "1 0,1 7,2 0,2 7," ]
}

@test "an epoch has every sequence once, in an order of its own" {
    local per
    "$B/mc-info" --ids "$F/few.c.gz" | cut -f 2 | awk '{ for (i = 1; i <= NF; i += 14) { n = 0; s = ""; for (k = i; k < i + 14 && k <= NF; k++) { s = s $k " "; n++ } if (n >= 2) print s } }' | sort > "$T/want"
    per=$(($(wc -l < "$T/want") / 8 + 1))
    "$B/mc-pretrain" -q --train "$F/few.c.gz" --batch 8 --seq-len 16 --steps $((2 * per)) --trace "$T/t" < "$F/base.st.gz" > /dev/null
    epoch() { awk -F '\t' -v from="$1" -v to="$2" 'NR > 1 && $1 > from && $1 <= to { split($3, x, " "); n = split($4, y, " "); for (i = 2; i < n; i++) printf "%s ", y[i] == -100 ? x[i] : y[i]; print "" }' "$T/t"; }
    diff <(epoch 0 $per | sort) "$T/want"
    diff <(epoch $per $((2 * per)) | sort) "$T/want"
    cmp -s <(epoch 0 $per) <(epoch $per $((2 * per))) && return 1
    cmp -s <(epoch 0 $per) "$T/want" && return 1
    true
}

@test "mc-eval on a corpus: points of a path, masks that stay, an example a sequence" {
    "$B/mc-eval" -q --seq-len 32 --per-example "$T/each" few="$F/few.c.gz" < "$F/p.st.gz" > "$T/table"
    [ "$(column "$T/table" task | sort -u)" = few ]
    [ "$(column "$T/table" accuracy | sort -u)" = nan ]
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { s[$at["point"]] += $at["loss"]; n[$at["point"]]++ }
        END { for (p in s) printf "%s %.6f\n", p, s[p] / n[p] }' "$T/each" | sort > "$T/means"
    paste <(column "$T/table" point) <(column "$T/table" loss) | awk '{ printf "%s %.6f\n", $1, $2 }' | diff - "$T/means"
    [ "$(column "$T/table" n | sort -u)" -eq "$(awk 'NR > 1' "$T/each" | wc -l | awk '{ print $1 / 3 }')" ]
    "$B/mc-eval" -q --seq-len 32 --threads 1 few="$F/few.c.gz" < "$F/p.st.gz" | cmp - "$T/table"
    "$B/mc-eval" -q --seq-len 32 --seed-mask 1 few="$F/few.c.gz" < "$F/p.st.gz" > "$T/other"
    [ "$(column "$T/other" loss)" != "$(column "$T/table" loss)" ]
    # two ends of it, and the barrier between
    for k in 1 2; do pretrain --steps 12 --seed $k > "$T/$k"; done
    "$B/mc-interp" -n 5 "$T/1" "$T/2" | "$B/mc-eval" -q --seq-len 32 --per-example "$T/each" few="$F/few.c.gz" > "$T/path"
    "$B/mc-barrier" --per-example "$T/each" "$T/path" > "$T/barrier"
    [ "$(column "$T/barrier" points)" -eq 5 ]
    # no head gives labels: --head keeps none, which is said
    "$B/mc-interp" --head 1 -n 5 "$T/1" "$T/2" 2> "$T/said" | "$B/mc-eval" -q --seq-len 32 few="$F/few.c.gz" | diff "$T/path" -
    grep -qx 'mc-interp: --head 1: the models have no head that gives labels: all of them moves' "$T/said"
    "$B/mc-interp" --head 1 -n 2 "$F/a.st.gz" "$F/b.st.gz" 2>&1 > "$T/x" | grep 'no head' && return 1
    "$B/mc-eval" -q --seq-len 24 t="$F/t5.c.gz" < "$F/t.st.gz" | awk -F '\t' 'NR == 2 { exit !($5 > 3 && $5 < 9) }'
}

@test "a tokenizer with a mask token and sentinels: masked, in training and in evaluation" {
    cp -r "$F/lang" "$T/both"
    rm -f "$T/both/tokenizer.json"
    sed -i "$(wc -l < "$T/both/vocab.txt")s/.*/<extra_id_0>/" "$T/both/vocab.txt"
    "$B/mc-tokenize" -q --corpus -t "$T/both" -o "$T/c.gz" < "$F/text"
    [[ "$(meta "$T/c.gz" mc.corpus)" == *'"sentinels":['[0-9]* ]]
    "$B/mc-init" "$F/config.json" -t "$T/both" | "$B/mc-pretrain" -q --train "$T/c.gz" --dev "$T/c.gz" --steps 1 --seq-len 32 --log "$T/log" -o "$T/m"
    [ "$(column "$T/log" dev_loss)" = "$("$B/mc-eval" -q --seq-len 32 "$T/c.gz" < "$T/m" | cut -f 5 | tail -n 1)" ]
}

@test "mc-eval: a corpus that the model does not take is told before any row, as mc-pretrain tells it" {
    local e="'$B/mc-eval' -q -o '$T/table'"
    "$B/mc-export" -q "$T/dir" < "$F/last.st.gz"
    "$B/mc-import" -q --keep-heads --labels negative,positive "$T/dir" > "$T/m"
    fails 2 "--seq-len 128: the model takes 64 tokens" -- line "$e '$F/dev.tok.gz' c='$F/few.c.gz' < '$T/m'"
    fails 2 "--seq-len 65: the model takes 64 tokens" -- line "$e --seq-len 65 '$F/few.c.gz' < '$F/last.st.gz'"
    "$B/mc-eval" -q --seq-len 64 "$F/few.c.gz" < "$F/last.st.gz" > /dev/null
    # more ids than the model has, of a tokenizer that nobody compares
    sed 's/"vocab_size": [0-9]*/"vocab_size": 50/' "$F/config.json" > "$T/small.json"
    "$B/mc-init" "$T/small.json" > "$T/small"
    local n
    n=$(wc -l < "$F/lang/vocab.txt")
    fails 1 "few.c.gz: its tokenizer has $n ids, the model 50" -- line "'$B/mc-pretrain' -q --steps 1 --seq-len 32 --train '$F/few.c.gz' < '$T/small'"
    fails 1 "few.c.gz: its tokenizer has $n ids, the model 50" -- line "$e --seq-len 32 '$F/few.c.gz' < '$T/small'"
    [ ! -e "$T/table" ]
    [ -z "$("$B/mc-eval" -q "$F/dev.tok.gz" c="$F/few.c.gz" < "$T/m" 2> /dev/null | tail -n +2)" ]
}

@test "a text-to-text model reads spans where the tokenizer has a mask token too, in training and in evaluation" {
    cp -r "$F/t5" "$T/both"
    sed -i 's/"eos_token"/"mask_token": "<extra_id_99>", "eos_token"/' "$T/both/tokenizer_config.json"
    "$B/mc-tokenize" -q --corpus -t "$T/both" -o "$T/c.gz" < "$F/text"
    meta "$T/c.gz" mc.corpus | grep -q '"mask":[0-9]'
    "$B/mc-init" "$F/t5.json" -t "$T/both" -o "$T/t5"
    "$B/mc-pretrain" -q --train "$T/c.gz" --dev "$T/c.gz" --steps 1 --seq-len 24 --log "$T/log" -o "$T/m" < "$T/t5"
    [ "$(column "$T/log" dev_loss)" = "$("$B/mc-eval" -q --seq-len 24 "$T/c.gz" < "$T/m" | cut -f 5 | tail -n 1)" ]
    # with the losses of the tokenizer that has none, whichever model comes first
    "$B/mc-tokenize" -q --corpus -t "$F/t5" -o "$T/plain.gz" < "$F/text"
    "$B/mc-init" "$F/t5.json" > "$T/t5"
    sed 's/"vocab_size": [0-9]*/"vocab_size": 400/' "$F/config.json" > "$T/config.json"
    "$B/mc-init" "$T/config.json" | "$B/mc-pretrain" -q --steps 1 --seq-len 24 --train "$T/c.gz" > "$T/bert"
    "$B/mc-eval" -q --seq-len 24 "$T/plain.gz" < "$T/t5" | cut -f 4,5 > "$T/want"
    "$B/mc-eval" -q --seq-len 24 "$T/c.gz" < "$T/bert" | cut -f 4,5 | tail -n 1 >> "$T/want"
    cat "$T/t5" "$T/bert" | "$B/mc-eval" -q --seq-len 24 "$T/c.gz" | cut -f 4,5 | diff "$T/want" -
    cat "$T/bert" "$T/t5" | "$B/mc-eval" -q --seq-len 24 "$T/c.gz" | cut -f 4,5 | sort | diff <(sort "$T/want") -
    "$B/mc-eval" -q --seq-len 24 --examples 3 "$T/c.gz" < "$T/t5" | cut -f 4 | grep -qx 3
}

@test "the head: its group, a tuned model without it, directories with and without it" {
    "$B/mc-dist" --by layer <("$B/mc-pick" 0 < "$F/p.st.gz") "$F/last.st.gz" > "$T/dist"
    grep -q "$(printf '\tmlm\t')" "$T/dist"
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --steps 1 < "$F/last.st.gz" > "$T/tuned"
    names "$T/tuned" | grep -q '^cls\.' && return 1
    names "$T/tuned" | grep -q '^classifier\.'
    "$B/mc-export" -q "$T/dir" < "$F/last.st.gz"
    grep -q BertForMaskedLM "$T/dir/config.json"
    "$B/mc-import" "$T/dir" > "$T/bare" 2> "$T/said"
    grep -q "BertForMaskedLM's: left out (--keep-heads keeps it" "$T/said"
    names "$T/bare" | grep -q '^cls\.' && return 1
    "$B/mc-import" -q --keep-heads "$T/dir" > "$T/kept"
    diff <(names "$T/kept") <(names "$F/last.st.gz")
    "$B/mc-import" -q --keep-heads --labels a,b "$T/dir" > "$T/both"
    names "$T/both" | grep -c '^cls\.\|^classifier\.' | grep -qx 7
    "$B/mc-export" -q "$T/classes" < "$T/both"
    grep -q BertForSequenceClassification "$T/classes/config.json"
    grep -qa 'cls\.predictions' "$T/classes/model.safetensors" && return 1
    [ "$("$B/mc-eval" -q --seq-len 32 "$F/few.c.gz" < "$T/kept" | cut -f 5)" = "$("$B/mc-eval" -q --seq-len 32 "$F/few.c.gz" < "$F/last.st.gz" | cut -f 5)" ]
}

@test "every method tunes a model that has the head, as it does one without" {
    "$B/mc-export" -q "$T/dir" < "$F/last.st.gz"
    "$B/mc-import" -q --keep-heads --labels negative,positive "$T/dir" > "$T/with"
    "$B/mc-import" -q --labels negative,positive "$T/dir" > "$T/without"
    values() { "$B/mc-finetune" -q --train "$F/train.tok.gz" --steps 2 "${@:2}" < "$1" > "$T/delta"
        "$B/mc-eval" -q --base "$1" "$F/dev.tok.gz" < "$T/delta"
        names "$T/delta"; }
    for m in full bitfit head adapter "prefix --prefix-len 4" lora "lora --targets query,dense"; do
        values "$T/with" --method $m > "$T/a"
        values "$T/without" --method $m | diff "$T/a" -
        grep -q 'cls\.' "$T/a" && { echo "$m has the head"; return 1; }
    done
    fails 2 "--targets: 'decoder'" -- line "'$B/mc-finetune' -q --method lora --targets decoder --train '$F/train.tok.gz' < '$T/with'"
}

@test "a delta over a model that has the head is scored on a corpus, and folded with the head where that is asked for" {
    loss() { "$B/mc-eval" -q --seq-len 32 "$@" "$F/few.c.gz" | cut -f 5 | tail -n +2; }
    local m k
    "$B/mc-export" -q "$T/dir" < "$F/last.st.gz"
    "$B/mc-import" -q --keep-heads --labels negative,positive "$T/dir" > "$T/with"
    "$B/mc-import" -q --labels negative,positive "$T/dir" > "$T/without"
    "$B/mc-pretrain" -q --train "$F/roberta.c.gz" --steps 1 --batch 4 --seq-len 24 < "$F/r.st.gz" > "$T/r"
    "$B/mc-synth" --task sentiment --split train -n 32 | "$B/mc-tokenize" -q -t "$F/roberta" -o "$T/r.tok.gz"
    for m in lora bitfit head adapter "prefix --prefix-len 4"; do
        for k in 1 2; do "$B/mc-finetune" -q --method $m --lr .01 --seed $k --train "$F/train.tok.gz" --steps 2 < "$T/with" > "$T/$k"; done
        "$B/mc-interp" -n 3 --base "$T/with" "$T/1" "$T/2" | loss --base "$T/with" > "$T/path"
        [ "$(head -n 1 "$T/path")" = "$(loss --base "$T/with" < "$T/1")" ]
        [ "$(tail -n 1 "$T/path")" = "$(loss --base "$T/with" < "$T/2")" ]
        [ "$(sort -u "$T/path" | wc -l)" -eq "$([ "$m" = head ] && echo 1 || echo 3)" ]
        case $m in adapter | prefix*) continue ;; esac
        "$B/mc-fold" --keep-heads --base "$T/with" "$T/1" > "$T/whole"
        loss < "$T/whole" | diff - <(head -n 1 "$T/path")
        names "$T/whole" | grep -c '^cls\.' | grep -qx 5
        "$B/mc-fold" --base "$T/with" "$T/1" > "$T/whole"
        names "$T/whole" | grep '^cls\.' && return 1
        meta "$T/whole" mc.provenance | grep 'mc-fold .*keep-heads' && return 1
    done
    [ "$(loss < "$T/with")" = "$(loss --base "$T/with" < "$T/1" > /dev/null; "$B/mc-finetune" -q --method head --train "$F/train.tok.gz" --steps 1 < "$T/with" | loss --base "$T/with")" ]
    "$B/mc-finetune" -q --method lora --train "$T/r.tok.gz" --steps 1 < "$T/r" > "$T/1"
    "$B/mc-eval" -q --seq-len 24 --base "$T/r" "$F/roberta.c.gz" < "$T/1" > "$T/table"
    # a base without it, and a model folded without it
    "$B/mc-finetune" -q --method lora --train "$F/train.tok.gz" --steps 1 < "$T/without" > "$T/1"
    fails 1 "the delta's base has no head of a masked language model" -- line "'$B/mc-eval' -q --seq-len 32 --base '$T/without' '$F/few.c.gz' < '$T/1'"
    "$B/mc-fold" --keep-heads --base "$T/without" "$T/1" 2> "$T/said" > "$T/whole"
    grep -q -- '--keep-heads: the base has no head' "$T/said"
    fails 1 "mc-fold --keep-heads" -- line "'$B/mc-eval' -q --seq-len 32 '$F/few.c.gz' < '$T/whole'"
}

@test "--keep-heads of a directory without the head says so, and mc-pretrain says that it draws one" {
    "$B/mc-export" -q "$T/dir" < "$F/base.st.gz"
    "$B/mc-import" --keep-heads "$T/dir" > "$T/m" 2> "$T/said"
    grep -q -- '--keep-heads: no head of a masked language model in it, so the model has none; mc-pretrain draws one' "$T/said"
    "$B/mc-pretrain" --train "$F/few.c.gz" --steps 1 --seq-len 32 --seed-init 5 < "$T/m" 2> "$T/said" > "$T/p"
    grep -q 'no head of a masked language model: drawn from --seed-init 5' "$T/said"
    "$B/mc-pretrain" --train "$F/few.c.gz" --steps 1 --seq-len 32 < "$T/p" 2> "$T/said" > /dev/null
    [ "$(grep -c 'drawn from' "$T/said")" -eq 0 ]
    "$B/mc-export" -q "$T/t5" < "$F/t.st.gz"
    "$B/mc-import" --keep-heads "$T/t5" 2> "$T/said" > /dev/null
    grep -q 'a t5 has no head of a masked language model' "$T/said"
}

@test "a config that says the output embedding is one of its own: not where there is the head, which has none" {
    local says='import json, sys; sys.exit(json.load(sys.stdin)["tie_word_embeddings"] is not (sys.argv[1] == "tied"))'
    sed 's/{/{"tie_word_embeddings": false, /' "$F/config.json" > "$T/config.json"
    "$B/mc-init" "$T/config.json" -t "$F/lang" > "$T/bare"
    meta "$T/bare" mc.config | python3 -c "$says" own
    "$B/mc-pretrain" -q --train "$F/few.c.gz" --steps 1 --seq-len 32 -o "$T/m" < "$T/bare"
    "$B/mc-export" -q "$T/dir" < "$T/m"
    python3 -c "$says" tied < "$T/dir/config.json"
    sed -i 's/"tie_word_embeddings": true/"tie_word_embeddings": false/' "$T/dir/config.json"
    "$B/mc-import" -q --keep-heads "$T/dir" -o "$T/kept"
    meta "$T/kept" mc.config | python3 -c "$says" tied
    "$B/mc-import" -q "$T/dir" -o "$T/left"
    meta "$T/left" mc.config | python3 -c "$says" own
}

@test "a tensor that the loss does not reach neither moves nor decays" {
    weights() { "$B/mc-pick" "$1" < "$F/p.st.gz" | zcat | python3 -c '
import hashlib, json, sys
b = sys.stdin.buffer.read()
n = int.from_bytes(b[:8], "little")
h = json.loads(b[8:8 + n])
for k in sorted(h):
    if sys.argv[1] in k:
        a, z = h[k]["data_offsets"]
        print(k, hashlib.sha1(b[8 + n + a:8 + n + z]).hexdigest())' "$2"; }
    diff <(weights 0 pooler) <(weights 2 pooler)
    weights 0 pooler | grep -c pooler | grep -qx 2
    cmp -s <(weights 0 cls.predictions.transform.dense) <(weights 2 cls.predictions.transform.dense) && return 1
    true
}

@test "a text with more spans than there are sentinels is refused before the first update" {
    { cat "$F/text"; tr '\n' ' ' < "$F/text"; } | "$B/mc-tokenize" -q --corpus -t "$F/t5" -o "$T/c"
    pretrain_t5() { "$B/mc-pretrain" -q --train "$T/c" --steps 1 --batch 1 "$@" < "$F/t.st.gz" > "$T/m"; }
    pretrain_t5 --seq-len 512
    fails 1 "$T/c: " spans sentinels -- pretrain_t5 --seq-len 4096
    [ ! -s "$T/m" ]
}

@test "refused: what is no corpus, a tokenizer without mask or sentinels, lengths, a delta, a pipe" {
    local p="'$B/mc-pretrain' -q --steps 1"
    fails 1 train.tok.gz "labelled text, where a corpus belongs" -- line "$p --train '$F/train.tok.gz' < '$F/base.st.gz'"
    fails 1 "dev.tok.gz: document 0: labelled text, where a corpus belongs" -- line "$p --train '$F/few.c.gz' --dev '$F/dev.tok.gz' --seq-len 32 < '$F/base.st.gz'"
    fails 1 few.c.gz corpus -- line "'$B/mc-finetune' -q --train '$F/few.c.gz' < '$F/base.st.gz'"
    fails 1 t5.c.gz tokenizer -- line "$p --train '$F/t5.c.gz' --seq-len 32 < '$F/base.st.gz'"
    "$B/mc-init" "$F/config.json" -t "$F/t5" -o "$T/b" 2> /dev/null || sed "s/\"vocab_size\": [0-9]*/\"vocab_size\": 384/" "$F/config.json" > "$T/c.json"
    [ -e "$T/b" ] || "$B/mc-init" "$T/c.json" -t "$F/t5" -o "$T/b"
    fails 1 t5.c.gz "no mask token" -- line "$p --train '$F/t5.c.gz' --seq-len 32 < '$T/b'"
    sed "s/\"vocab_size\": 384/\"vocab_size\": 2000/" "$F/t5.json" > "$T/t.json"
    "$B/mc-init" "$T/t.json" -t "$F/lang" -o "$T/t"
    fails 1 lang.c.gz "no sentinels" -- line "$p --train '$F/lang.c.gz' < '$T/t'"
    fails 2 --seq-len 65 64 -- line "$p --train '$F/few.c.gz' --seq-len 65 < '$F/base.st.gz'"
    fails 2 --seq-len "no room" -- line "$p --train '$F/few.c.gz' --seq-len 3 < '$F/base.st.gz'"
    fails 1 "read more than once" -- line "$p --train <(cat '$F/few.c.gz') < '$F/base.st.gz'"
    fails 2 "--train is given twice" -- line "$p --train '$F/few.c.gz' --train '$F/lang.c.gz' --seq-len 32 < '$F/base.st.gz'"
    fails 2 "--dev is given twice" -- line "$p --train '$F/few.c.gz' --dev '$F/few.c.gz' --dev '$F/lang.c.gz' --seq-len 32 < '$F/base.st.gz'"
    fails 2 "--dev is given twice" -- line "'$B/mc-finetune' -q --train '$F/train.tok.gz' --dev '$F/dev.tok.gz' --dev '$F/train.tok.gz' < '$F/base.st.gz'"
    fails 2 "--span is for text-to-text models" bert -- line "$p --train '$F/few.c.gz' --span 3 --seq-len 32 < '$F/base.st.gz'"
    fails 2 --steps -- line "'$B/mc-pretrain' --train '$F/few.c.gz' < '$F/base.st.gz'"
    fails 2 --save-at -- line "$p --train '$F/few.c.gz' --seq-len 32 --save-at 2 < '$F/base.st.gz'"
    fails 2 --seed-init -- line "$p --train '$F/few.c.gz' --seq-len 32 --seed-init 1 < '$F/last.st.gz'"
    fails 1 "no head of a masked language model" -- line "'$B/mc-eval' '$F/few.c.gz' --seq-len 32 < '$F/base.st.gz'"
    fails 1 "--outputs is for --decode greedy" -- line "'$B/mc-eval' --decode greedy --outputs '$T/outputs' t='$F/t5.c.gz' --seq-len 24 < '$F/t.st.gz'"
    echo 漢 漢 漢 | "$B/mc-tokenize" -q --corpus -t "$F/lang" -o "$T/unknown.c.gz"
    fails 1 unknown.c.gz "one of which may be masked" -- line "$p --train '$T/unknown.c.gz' --seq-len 32 < '$F/base.st.gz'"
    for o in log checkpoint summary; do
        fails 2 "two outputs go to" -- line "$p --train '$F/few.c.gz' --seq-len 32 --trace '$T/same' --$o '$T/same' $([ $o = checkpoint ] && echo --checkpoint-every 1) < '$F/base.st.gz'"
        [ ! -e "$T/same" ]
    done
    fails 1 few.c.gz corpus -- line "'$B/mc-curve' -q --train '$F/few.c.gz' '$F/a.st.gz' '$F/b.st.gz'"
    "$B/mc-finetune" -q --method lora --train "$F/train.tok.gz" --steps 1 < "$F/a.st.gz" > "$T/lora"
    fails 1 "document 0: a delta, where a complete model belongs" -- line "$p --train '$F/few.c.gz' --seq-len 32 < '$T/lora'"
    for m in lora head; do
        "$B/mc-finetune" -q --method $m --with-base --train "$F/train.tok.gz" --steps 1 < "$F/last.st.gz" > "$T/$m"
        fails 1 "document 1: a delta, where a complete model belongs (mc-fold --keep-heads makes one)" -- line "$p --train '$F/few.c.gz' --seq-len 32 -o '$T/m' < '$T/$m'"
        [ ! -e "$T/m" ]
    done
    # which of an adapter or a prefix makes none
    for m in adapter "prefix --prefix-len 4"; do
        "$B/mc-finetune" -q --method $m --with-base --train "$F/train.tok.gz" --steps 1 < "$F/last.st.gz" > "$T/delta"
        run bash -c "$p --train '$F/few.c.gz' --seq-len 32 < '$T/delta'"
        [ "$status" -eq 1 ]
        [[ "$output" == *"document 1: a delta, where a complete model belongs" ]] || { echo "$output"; return 1; }
    done
    to_t5 -o "$T/t5.tok.gz" <("$B/mc-synth" --task sentiment --split train -n 16)
    "$B/mc-finetune" -q --method lora --with-base --train "$T/t5.tok.gz" --steps 1 < "$F/t.st.gz" > "$T/t5.lora"
    fails 1 "a delta, where a complete model belongs" -- line "$p --train '$F/t5.c.gz' --seq-len 24 < '$T/t5.lora'"
    # folded it goes on, from the base's head
    "$B/mc-fold" --keep-heads < "$T/lora" > "$T/whole"
    "$B/mc-pretrain" --steps 1 --train "$F/few.c.gz" --seq-len 32 < "$T/whole" > "$T/m" 2> "$T/said"
    [ "$(grep -c 'drawn from' "$T/said")" -eq 0 ]
}

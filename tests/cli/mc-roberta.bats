#!/usr/bin/env bats
# All programs on a small RoBERTa; regression with it and with a BERT.
load common

setup_file() {
    fixture
    "$B/mc-synth" --tokenizer "$F/ro" --kind roberta
    echo '{"model_type": "roberta", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 951, "max_position_embeddings": 66, "type_vocab_size": 1, "pad_token_id": 1, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}' > "$F/ro.json"
    "$B/mc-init" "$F/ro.json" -t "$F/ro" --seed-init 1 -o "$F/ro-base.st.gz"
    "$B/mc-init" "$F/ro.json" -t "$F/ro" --labels negative,positive --seed-init 1 -o "$F/ro-a.st.gz"
    "$B/mc-init" "$F/ro.json" -t "$F/ro" --labels negative,positive --seed-init 2 -o "$F/ro-b.st.gz"
    "$B/mc-synth" --task sentiment --split train -n 96 > "$F/train.tsv"
    "$B/mc-tokenize" -t "$F/ro" --task mood -o "$F/ro-train.tok.gz" "$F/train.tsv"
    "$B/mc-tokenize" -t "$F/ro" --task mood -o "$F/ro-dev.tok.gz" "$F/dev.tsv"
    awk -F '\t' -v OFS='\t' '{ print $1, ($2 == "positive") + NR % 3 / 4 }' "$F/dev.tsv" > "$F/scores.tsv"
    "$B/mc-tokenize" -t "$F/ro" --task stars --regression -o "$F/ro-stars.tok.gz" "$F/scores.tsv"
    "$B/mc-tokenize" -t "$F/lang" --task stars --regression -o "$F/stars.tok.gz" "$F/scores.tsv"
}
setup() { T="$BATS_TEST_TMPDIR"; E="$B/mc-eval"; }

@test "mc-init, mc-export, mc-import: the same digest, halves, labels" {
    "$B/mc-export" "$T/hf" -t "$F/ro" < "$F/ro-a.st.gz"
    "$B/mc-import" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/ro-a.st.gz")" ]
    [ "$(meta "$T/x" mc.labels)" = '["negative","positive"]' ]
    [ "$(meta "$T/x" mc.tokenizer)" = "$(meta "$F/ro-a.st.gz" mc.tokenizer)" ]
    grep -q RobertaForSequenceClassification "$T/hf/config.json"
    [ "$(shape "$T/x" classifier.out_proj.weight)" = "F32 [2, 16]" ]
    [ "$(shape "$T/x" roberta.embeddings.position_embeddings.weight)" = "F32 [66, 16]" ]
    for d in f16 bf16; do
        "$B/mc-export" --dtype $d "$T/$d" < "$F/ro-a.st.gz"
        "$B/mc-import" "$T/$d" > "$T/$d.st.gz"
        near "$(cell <("$E" "$F/ro-dev.tok.gz" < "$T/$d.st.gz") loss 2)" "$(cell <("$E" "$F/ro-dev.tok.gz" < "$F/ro-a.st.gz") loss 2)" .01
    done
    # without a head: one by --labels, the same as drawn where it is trained
    "$B/mc-export" "$T/base" -t "$F/ro" < "$F/ro-base.st.gz"
    "$B/mc-import" "$T/base" --labels negative,positive --seed-init 5 > "$T/y"
    "$B/mc-finetune" --train "$F/ro-train.tok.gz" -q --steps 1 --lr 0 --seed-init 5 < "$F/ro-base.st.gz" > "$T/z"
    [ "$(digests "$T/y")" = "$(digests "$T/z")" ]
}

@test "mc-import: what RoBERTa's files hold besides, and what must not be there" {
    "$B/mc-export" "$F/hf" -t "$F/ro" < "$F/ro-a.st.gz"
    change 'for k in "lm_head.bias", "lm_head.dense.weight", "roberta.pooler.dense.weight", "roberta.embeddings.position_ids": t[k] = ["F32", [1], b"0000"]'
    "$B/mc-import" "$T/hf" -v > "$T/x" 2> "$T/err"
    [ "$(digests "$T/x")" = "$(digests "$F/ro-a.st.gz")" ]
    [ "$(grep -c ': dropped$' "$T/err")" -eq 4 ]
    change 't = {k.replace("roberta.", "", 1): v for k, v in t.items() if not k.startswith("classifier")}'
    "$B/mc-import" "$T/hf" | digests - | grep -qx "$(digests "$F/ro-base.st.gz")"
    change 'del t["classifier.dense.bias"]'
    fails 1 classifier.dense.bias missing -- "$B/mc-import" "$T/hf" -o "$T/x"
    change 't["bert.stray"] = ["F32", [1], b"0000"]'
    fails 1 bert.stray "roberta model" -- "$B/mc-import" "$T/hf" -o "$T/x"
    change 't["roberta.embeddings.word_embeddings.weight"][1] = [16, 951]'
    fails 1 roberta.embeddings.word_embeddings.weight shape -- "$B/mc-import" "$T/hf" -o "$T/x"
    change ''
    sed -i 's/"model_type": "roberta"/"model_type": "robertb"/' "$T/hf/config.json"
    fails 1 "$T/hf/config.json" "'robertb' is not known (known: bert, roberta, t5)" -- "$B/mc-import" "$T/hf" -o "$T/x"
}

@test "tuned: the loss falls, the same bytes for any number of threads" {
    for o in "adamw --lr 3e-3" "adafactor --lr 3e-3" "adafactor --adafactor-relative"; do
        "$B/mc-finetune" --train "$F/ro-train.tok.gz" -q --steps 60 --dropout 0 --optimizer $o --log "$T/log" < "$F/ro-base.st.gz" > "$T/x"
        awk -v o="$o" 'NR == 2 { first = $3 } { last = $3 } END { if (!(last < .95 * first)) { print o, first, last; exit 1 } }' "$T/log"
        for n in 1 4; do
            "$B/mc-finetune" --train "$F/ro-train.tok.gz" -q --steps 4 --optimizer $o --threads $n < "$F/ro-base.st.gz" > "$T/x$n"
        done
        cmp "$T/x1" "$T/x4"
    done
    # a checkpoint of one optimizer is none of another, and a run goes on from it
    local run=("$B/mc-finetune" --train "$F/ro-train.tok.gz" -q --steps 9 --optimizer adafactor --adafactor-scale)
    "${run[@]}" --checkpoint "$T/c" --checkpoint-every 4 < "$F/ro-base.st.gz" > "$T/x"
    "${run[@]}" --resume "$T/c" --threads 1 < "$F/ro-base.st.gz" > "$T/y"
    cmp "$T/x" "$T/y"
    fails 1 "$T/c" "another run" -- line "'$B/mc-finetune' --train '$F/ro-train.tok.gz' -q --steps 9 --resume '$T/c' < '$F/ro-base.st.gz' > '$T/y'"
}

@test "a path, its barrier and its distances" {
    "$B/mc-interp" -n 3 "$F/ro-a.st.gz" "$F/ro-b.st.gz" > "$T/p"
    [ "$(digests "$T/p" | sed -n '1p;3p')" = "$(digests "$F/ro-a.st.gz" "$F/ro-b.st.gz")" ]
    "$E" --per-example "$T/each" "$F/ro-dev.tok.gz" < "$T/p" > "$T/t"
    for m in loss accuracy; do "$B/mc-barrier" --metric $m --per-example "$T/each" "$T/t" | awk -F '\t' 'NR == 2 && $3 == 3 { ok = 1 } END { exit !ok }'; done
    for n in 1 4; do "$E" --threads $n "$F/ro-dev.tok.gz" < "$T/p" | cmp - "$T/t"; done
    "$E" --precision bf16 "$F/ro-dev.tok.gz" < "$T/p" > "$T/h"
    for r in 2 3 4; do near "$(cell "$T/h" loss $r)" "$(cell "$T/t" loss $r)" 1e-2; done
    "$B/mc-dist" "$T/p" | awk -F '\t' 'NR > 1 && $1 == 0 && $2 == 2 { printf "%s ", $3 }' | grep -qx 'embeddings layer.0 layer.1 head all '
    "$B/mc-info" --check "$F/ro-a.st.gz"
}

@test "too long for the positions behind the padding's, ids beyond the vocabulary" {
    sed 's/"max_position_embeddings": 66/"max_position_embeddings": 10/' "$F/ro.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" --labels negative,positive -o "$T/m"
    fails 1 mood "line " "tokens, the model takes 8" -- line "'$E' -o '$T/x' '$F/ro-dev.tok.gz' < '$T/m'"
    sed 's/"vocab_size": 951/"vocab_size": 900/' "$F/ro.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" --labels negative,positive -o "$T/m"
    fails 1 mood "line " "id 9" "the model has 900" -- line "'$E' -o '$T/x' '$F/ro-dev.tok.gz' < '$T/m'"
    sed 's/"max_position_embeddings": 66/"max_position_embeddings": 2/' "$F/ro.json" > "$T/c.json"
    fails 1 "$T/c.json" max_position_embeddings pad_token_id -- "$B/mc-init" "$T/c.json" -o "$T/x"
    fails 1 tokenizer -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$F/ro-a.st.gz'"
    [ ! -e "$T/x" ]
}

# stars SET BASE TOKENIZER: a head of one output, drawn, tuned, measured and joined to another.
stars() {
    local set="$F/$1" base="$F/$2" s
    for s in 1 2; do
        "$B/mc-finetune" --train "$set" --dev "$set" -q --steps 40 --lr 3e-3 --dropout 0 --seed-init $s --log "$T/log" < "$base" > "$T/x$s"
    done
    [ "$(meta "$T/x1" mc.labels)" = '["LABEL_0"]' ]
    [ "$(digests "$T/x1")" != "$(digests "$T/x2")" ]
    awk 'NR == 2 { first = $3 } { last = $3 } END { exit !(last < .8 * first) }' "$T/log"
    "$E" --per-example "$T/each" "$set" < "$T/x2" > "$T/t"
    [ "$(tail -n 1 "$T/log" | cut -f 8,9)" = "$(cell "$T/t" loss 2)	nan" ]
    cmp <(cut -f 2 "$F/scores.tsv" | awk '{ printf "%.9g\n", $1 }') <(sed 1d "$T/each" | cut -f 12)
    # the loss is the squared error; the columns are what the examples say
    awk -F '\t' 'NR == 1 { next }
        { d = ($11 - $12) ^ 2 - $7; if (d > 1e-5 || d < -1e-5 || $5 $6 != "" || $8 $9 $10 != "nannannan") bad = 1
          n++; x += $11; y += $12; xx += $11 ^ 2; yy += $12 ^ 2; xy += $11 * $12; s += $7 }
        END { printf "%.9g %.9g\n", s / n, (xy - x * y / n) / sqrt((xx - x * x / n) * (yy - y * y / n)); exit bad }' "$T/each" > "$T/want"
    near "$(cell "$T/t" loss 2)" "$(cut -d ' ' -f 1 "$T/want")" 1e-6 # of cells of nine digits
    near "$(cell "$T/t" pearson 2)" "$(cut -d ' ' -f 2 "$T/want")" 1e-5
    awk -v s="$(cell "$T/t" spearman 2)" 'BEGIN { exit !(s > .3 && s <= 1) }'
    [ "$(cut -f 6-8,12,13 "$T/t" | sed -n 2p)" = "$(printf 'nan\tnan\tnan\tnan\tnan')" ]
    "$B/mc-interp" -n 3 "$T/x1" "$T/x2" | "$E" --per-example "$T/each" "$set" > "$T/t"
    "$B/mc-barrier" --per-example "$T/each" "$T/t" > "$T/b"
    [ "$(cell "$T/b" points 2)" = 3 ]
    [ "$(cell "$T/b" verdict 2)" != "" ]
    fails 1 accuracy "line 2" -- "$B/mc-barrier" --metric accuracy "$T/t"
    # of texts alone, the outputs
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -t "$3" --no-label > "$T/un"
    "$E" --per-example "$T/un-each" "$T/un" < "$T/x1" > "$T/t"
    "$E" --per-example "$T/each" "$set" < "$T/x1" > "$T/t2"
    cmp <(cut -f 11 "$T/un-each") <(cut -f 11 "$T/each")
    [ "$(cut -f 5,12,14 "$T/t" | sed -n 2p)" = "$(printf 'nan\tnan\tnan')" ]
    # through a directory and back
    "$B/mc-export" "$T/hf" < "$T/x1"
    [ "$("$B/mc-import" "$T/hf" | digests -)" = "$(digests "$T/x1")" ]
}

@test "regression with RoBERTa" { stars ro-stars.tok.gz ro-base.st.gz "$F/ro"; }
@test "regression with BERT" { stars stars.tok.gz base.st.gz "$F/lang"; }

@test "regression where there is none, and the reverse" {
    "$B/mc-finetune" --train "$F/stars.tok.gz" -q --steps 1 < "$F/base.st.gz" > "$T/stars"
    for c in "'$E' -o '$T/x'" "'$B/mc-finetune' -q -o '$T/x' --train"; do
        fails 1 "regression data for a classifier" "mc-tokenize without" -- line "$c '$F/stars.tok.gz' < '$F/a.st.gz'"
        fails 1 "labelled data for a regression head" "mc-tokenize --regression" -- line "$c '$F/dev.tok.gz' < '$T/stars'"
    done
    fails 1 stars "heads of classes" -- line "'$E' --calibrate -o '$T/x' '$F/stars.tok.gz' < '$T/stars'"
    fails 1 "no head" -- line "'$E' -o '$T/x' '$F/stars.tok.gz' < '$F/base.st.gz'"
    fails 1 "stars.tok.gz: regression data for a classifier" -- line "'$B/mc-finetune' -q --train '$F/train.tok.gz' --dev '$F/stars.tok.gz' < '$F/a.st.gz' -o '$T/x'"
    fails 1 "$T/bad: line 2" "'many' is no number" -- line "printf 'a\t1\nb\tmany\n' > '$T/bad'; '$B/mc-tokenize' -t '$F/ro' --regression -o '$T/x' '$T/bad'"
    [ ! -e "$T/x" ]
    # a new head of the other kind
    "$B/mc-finetune" --train "$F/stars.tok.gz" -q --steps 1 --new-head < "$F/a.st.gz" > "$T/y"
    [ "$(shape "$T/y" classifier.weight)" = "F32 [1, 16]" ]
    "$B/mc-finetune" --train "$F/train.tok.gz" -q --steps 1 --new-head < "$T/stars" > "$T/y"
    [ "$(meta "$T/y" mc.labels)" = '["negative","positive"]' ]
}

@test "labels in another order: the outputs move, not whatever else has as many rows" {
    sed -e 's/"hidden_size": [0-9]*/"hidden_size": 2/' -e 's/"num_attention_heads": [0-9]*/"num_attention_heads": 1/' "$F/ro/config.json" > "$T/two.json"
    "$B/mc-init" "$T/two.json" -t "$F/ro" --labels negative,positive --seed-init 1 -o "$T/a"
    "$B/mc-init" "$T/two.json" -t "$F/ro" --labels positive,negative --seed-init 2 -o "$T/b"
    "$B/mc-tokenize" -q -t "$F/ro" -o "$T/dev" "$F/dev.tsv"
    "$B/mc-eval" "$T/dev" < "$T/b" > "$T/want"
    "$B/mc-interp" -q --at 0,1 "$T/a" "$T/b" | "$B/mc-eval" "$T/dev" > "$T/got"
    [ "$(tail -n 1 "$T/got" | cut -f 5-8)" = "$(tail -n 1 "$T/want" | cut -f 5-8)" ]
}

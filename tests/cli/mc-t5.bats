#!/usr/bin/env bats
# All programs on a small T5: from a configuration to the barrier, by scored labels, written text and free answers.
load common

setup_file() {
    fixture_t5
    "$B/mc-interp" -n 3 -o "$F/path.st.gz" "$F/a.st.gz" "$F/tuned.st.gz"
}
setup() {
    T="$BATS_TEST_TMPDIR"
    E="$B/mc-eval"
    N=("$B/mc-finetune" --train "$F/train.tok.gz" -q)
}

@test "mc-init: the output embedding is tied or not, weights by seed" {
    [ "$(shape "$F/a.st.gz" lm_head.weight)" = "F32 [384, 32]" ]
    [ -z "$(shape "$F/tied.st.gz" lm_head.weight)" ]
    [ "$(shape "$F/a.st.gz" encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight)" = "F32 [32, 4]" ]
    [ -z "$(shape "$F/a.st.gz" decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight)" ]
    [ "$(digests "$F/a.st.gz")" != "$(digests "$F/b.st.gz")" ]
    "$B/mc-init" "$F/t5.json" -t "$F/t5" --seed-init 1 --threads 3 | digests - | grep -qx "$(digests "$F/a.st.gz")"
    [ "$("$B/mc-init" "$F/t5/config.json" -t "$F/t5" | "$B/mc-info" --tsv | sed -n 2p | cut -f 3)" = model ]
}

@test "import of export is the model, tied or not; halves" {
    for m in a tied; do
        "$B/mc-export" "$T/$m" -t "$F/t5" < "$F/$m.st.gz"
        "$B/mc-import" "$T/$m" > "$T/$m.st.gz"
        [ "$(digests "$T/$m.st.gz")" = "$(digests "$F/$m.st.gz")" ]
        [ "$(meta "$T/$m.st.gz" mc.tokenizer)" = "$(meta "$F/$m.st.gz" mc.tokenizer)" ]
        [ "$(meta "$T/$m.st.gz" mc.labels)" = absent ]
        grep -q T5ForConditionalGeneration "$T/$m/config.json"
    done
    for d in f16 bf16; do
        "$B/mc-export" --dtype $d "$T/$d" < "$F/tuned.st.gz"
        "$B/mc-import" "$T/$d" -t "$F/t5" > "$T/$d.st.gz"
        [ "$(digests "$T/$d.st.gz")" != "$(digests "$F/tuned.st.gz")" ]
        "$B/mc-export" --dtype $d "$T/again" < "$T/$d.st.gz" # halves are halves
        cmp "$T/$d/model.safetensors" "$T/again/model.safetensors"
        rm -r "$T/again"
        near "$(cell <("$E" "$F/dev.tok.gz" < "$T/$d.st.gz") loss 2)" "$(cell <("$E" "$F/dev.tok.gz" < "$F/tuned.st.gz") loss 2)" .02
    done
}

@test "mc-info: tensors, configuration and token sets" {
    "$B/mc-info" "$F/a.st.gz" | grep -q 'model (point), 52 tensors'
    "$B/mc-info" --check "$F/a.st.gz" "$F/dev.tok.gz"
    "$B/mc-info" "$F/dev.tok.gz" > "$T/info"
    grep -q 'text to text: 60 examples' "$T/info"
    # ids, then those of the target: <extra_id_0> in both, </s> at both ends
    "$B/mc-info" --ids "$F/dev.tok.gz" > "$T/ids"
    [ "$(awk -F '\t' 'NF == 3 && $2 ~ / 383 1$/ && $3 ~ /^383 .* 1$/' "$T/ids" | wc -l)" -eq 60 ]
    cmp <(cut -f 1 "$T/ids") <(cut -f 2 "$F/dev.tsv")
    [ "$(cut -f 1,3 "$T/ids" | sort -u | wc -l)" -eq 2 ]
}

@test "mc-finetune: the loss falls, with AdamW and Adafactor" {
    for m in a tied; do
        for o in "--lr 3e-3 --warmup 0" "--optimizer adafactor --lr 3e-3 --warmup 0" "--optimizer adafactor --adafactor-scale --lr .1 --warmup 0" \
            "--optimizer adafactor --adafactor-scale --adafactor-relative"; do
            "${N[@]}" --steps 30 --dropout 0 $o --log "$T/log" --save-at 10 < "$F/$m.st.gz" > "$T/x"
            awk -v what="$m $o" 'NR == 2 { first = $3 } { last = $3 } END { if (!(last < .8 * first)) { print what, first, last; exit 1 } }' "$T/log"
            [ "$("$B/mc-info" --tsv "$T/x" | cut -f 9 | tr '\n' ' ')" = "step 10 30 " ]
            [ "$(shape "$T/x" lm_head.weight)" = "$(shape "$F/$m.st.gz" lm_head.weight)" ]
        done
    done
    # the rate of --adafactor-relative goes by the step alone
    [ "$(cell "$T/log" lr 2)" = 0.01 ]
    meta "$T/x" mc.provenance | grep -q 'optimizer=adafactor adafactor-scale adafactor-relative'
}

@test "mc-finetune: tokens of an update count, over batches too; dev columns; --lr 0" {
    "${N[@]}" --steps 3 --batch 16 --accum 2 --dropout 0 --log "$T/1" < "$F/a.st.gz" > "$T/x"
    "${N[@]}" --steps 3 --batch 32 --dropout 0 --dev "$F/dev.tok.gz" --log "$T/2" < "$F/a.st.gz" > "$T/y"
    for r in 2 3 4; do near "$(cell "$T/1" loss $r)" "$(cell "$T/2" loss $r)" 1e-6; done
    "$B/mc-dist" "$T/x" "$T/y" | awk -F '\t' 'NR > 1 && !($6 < 1e-6) { print; bad = 1 } END { exit bad }'
    "$E" "$F/dev.tok.gz" < "$T/y" > "$T/t"
    [ "$(cut -f 8,9 "$T/2" | tail -n 1)" = "$(cell "$T/t" loss 2)	$(cell "$T/t" accuracy 2)" ]
    "${N[@]}" --steps 2 --lr 0 < "$F/a.st.gz" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    # the mean over the tokens of all targets, not over examples, of which one is much longer here
    printf 'tiz\tpositive\ntiz\tgiz kavev bur zafisid pod ruvebir fumir\n' | to_t5 > "$T/two"
    "$B/mc-finetune" --train "$T/two" --steps 1 --dropout 0 -q --log "$T/log" < "$F/tuned.st.gz" > "$T/x"
    "$E" --decode greedy --per-example "$T/each" "$T/two" < "$F/tuned.st.gz" > "$T/t"
    local want
    want=$("$B/mc-info" --ids "$T/two" | cut -f 3 | awk 'NR == FNR { n[NR] = NF; next } FNR > 1 { split($0, c, "\t"); s += c[7] * n[FNR - 1]; k += n[FNR - 1] }
        END { printf "%.9g", s / k }' - "$T/each")
    near "$(cell "$T/log" loss 2)" "$want" 1e-6
    near "$(cell "$T/t" loss 2)" "$want" 1e-2 && false
    [ -n "$want" ]
}

@test "mc-finetune: the same bytes for any number of threads and either way of rounding" {
    for p in f32 bf16; do
        for n in 1 2 4; do
            "${N[@]}" --precision $p --optimizer adafactor --lr 1e-3 --steps 4 --batch 48 --save-at 1 --threads $n --log "$T/log$n" < "$F/a.st.gz" > "$T/x$n"
            cmp "$T/x$n" "$T/x1"
            cmp <(no_time "$T/log$n") <(no_time "$T/log1")
        done
        digests "$T/x1" | tail -n 1 >> "$T/all"
    done
    [ "$(sort -u "$T/all" | wc -l)" -eq 2 ]
}

@test "mc-finetune: killed and resumed, the same bytes, the same log" {
    local o
    for o in "--optimizer adamw" "--optimizer adafactor --adafactor-scale"; do
        local run=("${N[@]}" --steps 80 $o --lr 1e-3 --save-at 0,3,40 --checkpoint "$T/c" --checkpoint-every 7)
        "${run[@]}" --log "$T/log" < "$F/a.st.gz" > "$T/x"
        rm -f "$T/c"
        "${run[@]}" --log "$T/log2" < "$F/a.st.gz" > "$T/y" 3>&- &
        local p=$! i
        for ((i = 0; i < 500; i++)); do [ -e "$T/c" ] && break; sleep .01; done
        kill -9 $p 2> /dev/null || true
        wait $p || true
        "${run[@]}" --resume "$T/c" --log "$T/log2" < "$F/a.st.gz" > "$T/y"
        cmp "$T/x" "$T/y"
        cmp <(no_time "$T/log") <(no_time "$T/log2")
        fails 1 "$T/c" "another run" -- line "'$B/mc-finetune' -q --train '$F/train.tok.gz' --steps 80 --resume '$T/c' < '$F/a.st.gz' > '$T/y'"
    done
}

@test "mc-interp: the ends are the ends; tied and untied do not meet" {
    [ "$(digests "$F/path.st.gz" | sed -n '1p;3p')" = "$(digests "$F/a.st.gz" "$F/tuned.st.gz")" ]
    "$B/mc-interp" -n 2 "$F/a.st.gz" "$F/a.st.gz" | digests - | uniq | grep -qx "$(digests "$F/a.st.gz")"
    fails 1 "different configurations" -- "$B/mc-interp" -o "$T/x" "$F/a.st.gz" "$F/tied.st.gz"
}

@test "mc-eval: labels scored" {
    "$E" --per-example "$T/each" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/t"
    fails 1 "heads of classes" -- line "'$E' --calibrate -o '$T/x' '$F/dev.tok.gz' < '$F/tuned.st.gz'"
    "$E" --decode score --per-example "$T/each2" "$F/dev.tok.gz" < "$F/path.st.gz" | cmp - "$T/t"
    cmp "$T/each" "$T/each2"
    # loss: a mean over examples of means over tokens; accuracy; p_label of the labels' share; no text, no numbers
    awk -F '\t' 'FNR == 1 { next }
        NR == FNR { n[$1]++; loss[$1] += $7; right[$1] += $5 == $6; if ($6 !~ /^(negative|positive)$/ || ($8 > .5) != ($5 == $6)) bad = 1
            if ($9 $10 $11 $12 != "nannannannan") bad = 1; next }
        { rows++; d = loss[$1] / n[$1] - $5; e = right[$1] / n[$1] - $6
          if (n[$1] != $4 || d > 1e-6 || d < -1e-6 || e > 1e-6 || e < -1e-6 || $12 $13 $14 $15 != "nannannannan") bad = 1 }
        END { exit bad || rows != 3 }' "$T/each" "$T/t"
    cmp <(sed 1d "$T/each" | cut -f 5 | head -n 60) <(cut -f 2 "$F/dev.tsv")
    # the loss does not hang on how predictions are made, but for the rounding of sums over other numbers of rows
    same_rows <("$E" --decode greedy "$F/dev.tok.gz" < "$F/path.st.gz" | cut -f 1-5) <(cut -f 1-5 "$T/t") 4 1e-6
    "$E" --examples 20 --per-example "$T/some" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/u"
    same_rows "$T/some" "$T/each" 4
    [ "$(wc -l < "$T/some")" -eq 61 ]
}

@test "mc-eval: text written" {
    "$E" --decode greedy --max-new 16 --outputs "$T/out" --per-example "$T/each" "$F/dev.tok.gz" < "$F/tuned.st.gz" > "$T/t"
    [ "$(head -n 1 "$T/out")" = "$(printf 'point\tt\ttask\texample\tids\ttext')" ]
    [ "$(wc -l < "$T/out")" -eq 61 ]
    # from the start token through </s>, as the targets of the labels are; special tokens are not in the text
    "$B/mc-info" --ids "$F/dev.tok.gz" | cut -f 1,3 | sort -u > "$T/targets"
    awk -F '\t' 'NR == FNR { ids[$1] = "0 " $2; next } FNR > 1 { rows++; if ($6 in ids && ids[$6] != $5) bad = 1; known += $6 in ids }
        END { exit bad || rows != 60 || known < 50 }' "$T/targets" "$T/out"
    # predicted: the label whose text was written; p_label from the loss of the gold target
    paste <(cut -f 6 "$T/out") "$T/each" | awk -F '\t' 'NR > 1 { label = $1 ~ /^(negative|positive)$/ ? $1 : ""; if ($7 != label || $10 != ($6 == $7) || $11 != $10 || $12 $13 != "nannan") bad = 1
            p = exp(-$8 * 3); if ($9 / p > 1.00001 || $9 / p < .99999) bad = 1; right += $6 == $7 }
        END { printf "%.9g\n", right / 60; exit bad }' > "$T/right"
    [ "$(cell "$T/t" accuracy 2)" = "$(cat "$T/right")" ]
    [ "$(cell "$T/t" exact_match 2)" = "$(cat "$T/right")" ]
    [ "$(cell "$T/t" token_f1 2)" = "$(cat "$T/right")" ]
    # fewer tokens are the first of the same; without a label's text nothing is predicted
    for k in 1 2; do
        "$E" --decode greedy --max-new $k --outputs "$T/out$k" --per-example "$T/each$k" "$F/dev.tok.gz" < "$F/tuned.st.gz" > "$T/t$k"
        cmp <(cut -f 5 "$T/out" | cut -d ' ' -f 1-$((k + 1))) <(cut -f 5 "$T/out$k")
        [ "$k" = 2 ] || [ "$(sed 1d "$T/each$k" | cut -f 6 | sort -u)" = "" ] # the sentinel alone
        [ "$k" = 2 ] || [ "$(cell "$T/t$k" accuracy 2)" = 0 ]
        [ "$(cell "$T/t$k" loss 2)" = "$(cell "$T/t" loss 2)" ]
    done
    # a model that knows nothing writes until it must stop
    "$E" --decode greedy --max-new 5 --outputs "$T/out" --per-example "$T/each" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    [ "$(sed 1d "$T/out" | cut -f 5 | awk '$1 != 0 || NF > 6' | wc -l)" -eq 0 ]
    [ "$(cell "$T/t" exact_match 2)" = 0 ]
}

@test "mc-eval: same bytes for any number of threads; a subset's rows are those of all; bf16 is near" {
    local p n
    for p in f32 bf16; do
        for n in 1 2 4; do
            for d in score greedy; do
                o=(--precision $p --threads $n --decode $d --per-example "$T/e$d$n")
                [ $d = score ] || o+=(--outputs "$T/o$n")
                "$E" "${o[@]}" "$F/dev.tok.gz" "x=$F/train.tok.gz" < "$F/path.st.gz" > "$T/$d$n$p"
                cmp "$T/$d$n$p" "$T/${d}1$p"
                cmp "$T/e$d$n" "$T/e${d}1"
            done
            cmp "$T/o$n" "$T/o1"
        done
    done
    cmp -s "$T/score1f32" "$T/score1bf16" && false
    for r in 2 3 4 5 6 7; do near "$(cell "$T/score1bf16" loss $r)" "$(cell "$T/score1f32" loss $r)" 1e-2; done
    "$E" --decode greedy --outputs "$T/all" "$F/dev.tok.gz" < "$F/tuned.st.gz" > "$T/t"
    "$E" --decode greedy --examples 7 --outputs "$T/some" "$F/dev.tok.gz" < "$F/tuned.st.gz" > "$T/t"
    [ "$(wc -l < "$T/some")" -eq 8 ]
    [ -z "$(comm -23 <(sort "$T/some") <(sort "$T/all"))" ]
}

@test "mc-barrier on every mean over examples" {
    "$E" --decode greedy --max-new 16 --per-example "$T/each" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/t"
    for m in loss accuracy exact_match token_f1; do
        "$B/mc-barrier" --metric $m --per-example "$T/each" "$T/t" > "$T/b"
        [ "$(cell "$T/b" metric 2)" = $m ]
        [ "$(cell "$T/b" points 2)" = 3 ]
        [ "$(cell "$T/b" verdict 2)" = undecided ] # of 60 examples
    done
    # as heights: 1 - the column
    near "$(cell "$T/b" loss_1 2)" "$(awk -v x="$(cell "$T/t" token_f1 4)" 'BEGIN { print 1 - x }')" 1e-6
    fails 1 exact_match "line 2" -- "$B/mc-barrier" --metric exact_match <("$E" "$F/dev.tok.gz" < "$F/path.st.gz")
    # a path from a model to itself has none
    "$B/mc-interp" -n 3 "$F/tuned.st.gz" "$F/tuned.st.gz" | "$E" "$F/dev.tok.gz" | "$B/mc-barrier" | cut -f 8 | sed -n 2p | grep -qx 0
}

@test "mc-dist: encoder, decoder, embeddings, head" {
    "$B/mc-dist" "$F/a.st.gz" "$F/tuned.st.gz" > "$T/t"
    [ "$(sed 1d "$T/t" | cut -f 3 | tr '\n' ' ')" = "embeddings encoder.0 encoder.1 encoder.final decoder.0 decoder.1 decoder.final head all " ]
    "$B/mc-dist" "$F/tied.st.gz" "$F/tied.st.gz" > "$T/u"
    grep -q head "$T/u" && false
    [ "$(awk 'NR > 1 { n += $4 * ($3 == "all" ? -1 : 1) } END { print n + 0 }' "$T/t")" -eq 0 ]
    for by in kind tensor; do "$B/mc-dist" --by $by "$F/a.st.gz" "$F/tuned.st.gz" | awk 'END { exit NR < 5 }'; done
    "$B/mc-pick" t=0.5 < "$F/path.st.gz" | "$B/mc-dist" --base "$F/a.st.gz" "$F/tuned.st.gz" - |
        awk -F '\t' 'NR > 1 && !($7 > .999999) { print; bad = 1 } END { exit bad }'
}

@test "free answers: exact match and token F1, best of several" {
    local gold="$T/gold.tsv"
    # what the model writes, and what other answers count for
    "$E" --decode greedy --max-new 16 --outputs "$T/out" "$F/dev.tok.gz" < "$F/tuned.st.gz" > "$T/t"
    paste <(cut -f 1 "$F/dev.tsv" | head -n 4) <(cut -f 6 "$T/out" | sed -n 2,5p) | awk -F '\t' -v OFS='\t' '
        NR == 1 { print $1, "wrong", "The " toupper($2) "!" } # all of an answer: articles, case, punctuation
        NR == 2 { print $1, $2 " x y", "wrong" }              # one token of three: F1 1/2
        NR == 3 { print $1, "wrong", $2 " x", $2 " x y z" }   # the best of three: 2/3
        NR == 4 { print $1, "wrong" }' > "$gold"
    "$B/mc-tokenize" -t "$F/t5" --task qa --source '{1} <extra_id_0>' --target '<extra_id_0>{label}' --free -o "$T/qa.tok.gz" "$gold"
    "$E" --max-new 16 --per-example "$T/each" --outputs "$T/o" "$T/qa.tok.gz" < "$F/tuned.st.gz" > "$T/t" # greedy by default
    cmp <(sed -n 2,5p "$T/out" | cut -f 5,6) <(sed 1d "$T/o" | cut -f 5,6)
    [ "$(sed 1d "$T/each" | cut -f 9,10 | tr '\t\n' ' ;')" = "1 1;0 0.5;0 0.666666667;0 0;" ]
    [ "$(sed 1d "$T/each" | cut -f 5,6 | sort -u)" = "$(printf '\t')" ]
    [ "$(cell "$T/t" exact_match 2)" = 0.25 ]
    [ "$(cell "$T/t" token_f1 2)" = 0.541666667 ]
    [ "$(cell "$T/t" accuracy 2) $(cell "$T/t" mcc 2)" = "nan nan" ]
    [ "$(cell "$T/t" loss 2)" != nan ]
    "$B/mc-finetune" --train "$T/qa.tok.gz" --steps 3 --lr 1e-3 --log "$T/log" < "$F/tuned.st.gz" > "$T/x"
    "$B/mc-info" --check "$T/x"
    "$B/mc-interp" -n 3 "$F/tuned.st.gz" "$T/x" | "$E" --per-example "$T/each" "$T/qa.tok.gz" > "$T/t"
    for m in loss exact_match token_f1; do "$B/mc-barrier" --metric $m --per-example "$T/each" "$T/t" > "$T/b"; done
    [ "$(cell "$T/b" points 2)" = 3 ]
}

@test "two texts by a template, three labels, texts cut and not the template" {
    "$B/mc-synth" --task inference --split dev -n 30 > "$T/pairs.tsv"
    pairs() { "$B/mc-tokenize" -t "$F/t5" --task nli --source 'x: {1} <extra_id_0> y: {2}' --target '<extra_id_1>{label}' "$@" "$T/pairs.tsv"; }
    pairs > "$T/long"
    pairs --max-len 24 > "$T/short"
    "$B/mc-info" --ids "$T/short" | awk -F '\t' '{ n = split($2, id, " "); if (n > 24 || id[n] != 1 || $2 !~ / 383 / || $3 !~ /^382 .* 1$/) bad = 1 } END { exit bad || NR != 30 }'
    cmp <("$B/mc-info" --ids "$T/long" | cut -f 1,3) <("$B/mc-info" --ids "$T/short" | cut -f 1,3)
    "$B/mc-finetune" --train "$T/long" --dev "$T/short" -q --steps 4 --lr 1e-3 < "$F/a.st.gz" > "$T/x"
    "$E" --per-example "$T/each" "$T/long" "short=$T/short" < "$T/x" > "$T/t"
    [ "$(cut -f 3,4 "$T/t" | sed 1d | tr '\t\n' ' ;')" = "nli 30;short 30;" ]
    [ "$(sed 1d "$T/each" | cut -f 5 | sort -u | tr '\n' ' ')" = "contradiction entailment neutral " ]
}

@test "text to predict" {
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/t5" --task mood --source '{1} <extra_id_0>' --no-label > "$T/un.tok"
    "$E" --max-new 16 --outputs "$T/out" --per-example "$T/each" "$T/un.tok" < "$F/tuned.st.gz" > "$T/t"
    "$E" --decode greedy --max-new 16 --outputs "$T/out2" "$F/dev.tok.gz" < "$F/tuned.st.gz" > "$T/t2"
    cmp "$T/out" "$T/out2"
    [ "$(sed -n 2p "$T/t" | cut -f 3-8 | tr '\t' ' ')" = "mood 60 nan nan nan nan" ]
    [ "$(sed 1d "$T/each" | cut -f 5-12 | sort -u)" = "$(printf '\t\tnan\tnan\tnan\tnan\tnan\tnan')" ]
    fails 1 un.tok -- line "'$B/mc-finetune' --train '$T/un.tok' -q < '$F/a.st.gz' > '$T/x'"
}

@test "full disks and closed pipes" {
    no_room "'$E' --decode greedy --max-new 4 '$F/dev.tok.gz' < '$F/a.st.gz'"
    fails 1 /dev/full -- line "'$E' -o '$T/x' --decode greedy --max-new 4 --outputs /dev/full '$F/dev.tok.gz' < '$F/a.st.gz'"
    [ ! -e "$T/x" ]
    keeps_old "'$E' --decode greedy --max-new 4 --outputs '$T/no/such' '$F/dev.tok.gz' < '$F/a.st.gz'"
    cut_off "$F/path.st.gz" 62 "$T/cut"
    fails 1 "standard input" -- line "'$E' -o '$T/x' --decode greedy --max-new 4 --outputs '$T/o' '$F/dev.tok.gz' < '$T/cut'"
    [ ! -e "$T/x" ]
    [ ! -e "$T/o" ]
}

@test "mc-dist --by kind: the blocks of each stack together, its sublayers apart" {
    "$B/mc-dist" --by kind "$F/a.st.gz" "$F/b.st.gz" | cut -f 3 | sed 1d > "$T/kinds"
    [ -z "$(sort "$T/kinds" | uniq -d)" ]
    for k in shared.weight encoder.layer.0.SelfAttention.q.weight decoder.layer.0.SelfAttention.q.weight \
        decoder.layer.1.EncDecAttention.q.weight decoder.layer.2.layer_norm.weight encoder.final_layer_norm.weight lm_head.weight all; do
        grep -qxF "$k" "$T/kinds"
    done
}

@test "dynamics are scores of labels; several training sets are one" {
    head -n 40 "$F/train.tsv" > "$T/1.tsv"
    sed -n '41,$p' "$F/train.tsv" > "$T/2.tsv"
    for k in 1 2; do to_t5 -q -o "$T/$k" "$T/$k.tsv"; done
    run=("$B/mc-finetune" -q --epochs 2 --dropout 0 --lr 1e-3 --dynamics "$T/d")
    "${run[@]}" --train "$T/1" --train "$T/2" -o "$T/m" < "$F/a.st.gz"
    mv "$T/d" "$T/d1"
    "${run[@]}" --train "$F/train.tok.gz" -o "$T/m2" < "$F/a.st.gz"
    cmp "$T/d1" "$T/d"
    [ "$(digests "$T/m")" = "$(digests "$T/m2")" ]
    "$E" --per-example "$T/each" "$F/train.tok.gz" < "$T/m" > "$T/table"
    same_rows <(awk -F '\t' '$1 == 2 { print $2, $4, $5, $6 }' OFS='\t' "$T/d") <(awk -F '\t' 'NR > 1 { print $4, $6, $7, $8 }' OFS='\t' "$T/each") 2
    awk -F '\t' 'NR > 1 { split($8, x, ","); p = exp(x[$7 + 1]) / (exp(x[1]) + exp(x[2])); if (p - $6 > 1e-5 || $6 - p > 1e-5) exit 1 }' "$T/d"
    # a label that the sets write in different ways; answers that are no labels
    "$B/mc-tokenize" -q -t "$F/t5" --source '{1}' --target '<extra_id_0>not {label}' -o "$T/4" "$T/1.tsv"
    fails 1 "$T/4" "$T/1" "the target of label" -- bash -c "'$B/mc-finetune' -q --train '$T/1' --train '$T/4' < '$F/a.st.gz' > '$T/m'"
}

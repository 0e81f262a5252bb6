#!/usr/bin/env bats
# What is refused to a text-to-text model, and what it refuses: one line that names it, and nothing written.
load common

setup_file() {
    fixture_t5
    "$B/mc-export" "$F/hf" -t "$F/t5" < "$F/tied.st.gz"
    "$B/mc-export" "$F/hf-untied" -t "$F/t5" < "$F/a.st.gz"
    "$B/mc-synth" --tokenizer "$F/lang"
    "$B/mc-init" "$F/lang/config.json" -t "$F/lang" --labels negative,positive --seed-init 1 -o "$F/bert.st.gz"
    "$B/mc-init" "$F/lang/config.json" -t "$F/lang" --seed-init 1 -o "$F/bert-base.st.gz"
    "$B/mc-tokenize" -t "$F/lang" --task mood -o "$F/bert.tok.gz" "$F/dev.tsv"
    "$B/mc-tokenize" -t "$F/t5" --task mood -o "$F/labelled.tok.gz" "$F/dev.tsv"
    sed 's/\t.*/\t0.5/' "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/t5" --task mood --regression -o "$F/stars.tok.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; E="$B/mc-eval"; I="$B/mc-import"; }
teardown() { [ ! -e "$T/x" ] && [ ! -e "$T/o" ]; }

untied() { # the change is made to the model whose output embedding is its own
    mkdir -p "$T/from"
    cp -r "$F/hf-untied" "$T/from/hf"
    F="$T/from" change "$1"
}

@test "configurations" {
    for c in 's/"t5"/"t6"/;"t6" is not known (known: bert, roberta, t5)' 's/"d_kv": 8/"d_kv": 0/;d_kv' \
        's/gated-gelu/gated-selu/;gated-selu' 's/"num_heads": 4/"num_heads": 4.5/;num_heads' \
        's/"vocab_size": 384/"vocab_size": 384, "pad_token_id": 384/;pad_token_id' \
        's/"vocab_size": 384/"vocab_size": 384, "relative_attention_num_buckets": 2/;relative_attention_num_buckets' \
        's/"vocab_size": 384/"vocab_size": 384, "relative_attention_max_distance": 16/;relative_attention_max_distance' \
        's/"vocab_size": 384/"vocab_size": 384, "scale_decoder_outputs": "yes"/;scale_decoder_outputs'; do
        sed "${c%;*}" "$F/t5.json" > "$T/c.json"
        fails 1 "$T/c.json" "$(tr '"' "'" <<< "${c#*;}")" -- "$B/mc-init" "$T/c.json" -o "$T/x"
    done
    fails 1 "no labels" -- "$B/mc-init" "$F/t5.json" --labels a,b -o "$T/x"
    fails 1 "no labels" -- "$I" "$F/hf" --labels a,b -o "$T/x"
    "$B/mc-synth" --tokenizer "$T/ro" --kind roberta
    rm "$T/ro/tokenizer_config.json" # which would decide
    cp "$F/t5.json" "$T/ro/config.json"
    fails 1 "$T/ro/config.json" disagree "model type t5" -- "$B/mc-tokenize" -t "$T/ro" -o "$T/x" "$F/dev.tsv"
}

@test "tensors" {
    change 'del t["decoder.block.1.layer.2.layer_norm.weight"]'
    fails 1 decoder.block.1.layer.2.layer_norm.weight missing -- "$I" "$T/hf" -o "$T/x"
    change 'del t["shared.weight"]'
    fails 1 shared.weight missing -- "$I" "$T/hf" -o "$T/x"
    change 't["decoder.block.2.layer.0.layer_norm.weight"] = t["decoder.block.1.layer.0.layer_norm.weight"]'
    fails 1 decoder.block.2.layer.0.layer_norm.weight "t5 model" -- "$I" "$T/hf" -o "$T/x"
    change 't["encoder.final_layer_norm.bias"] = t["encoder.final_layer_norm.weight"]'
    fails 1 encoder.final_layer_norm.bias "t5 model" -- "$I" "$T/hf" -o "$T/x"
    change 't["encoder.block.0.layer.0.SelfAttention.q.weight"][1] = [16, 64]'
    fails 1 encoder.block.0.layer.0.SelfAttention.q.weight shape -- "$I" "$T/hf" -o "$T/x"
    change ''
    sed -i 's/"d_ff": 64/"d_ff": 48/' "$T/hf/config.json"
    fails 1 DenseReluDense.wi.weight shape config -- "$I" "$T/hf" -o "$T/x"
    change ''
    sed -i 's/"num_layers": 2/"num_layers": 3/' "$T/hf/config.json"
    fails 1 encoder.block.2 missing -- "$I" "$T/hf" -o "$T/x"
    change 't.clear(); open(d + "/pytorch_model.bin", "wb").write(b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")'
    fails 1 pytorch_model.bin "python3 -c" -- "$I" "$T/hf" -o "$T/x"
}

@test "tied tensors: dropped where equal, standing in where alone, refused or untied where they differ" {
    local shared='x = t["shared.weight"]; '
    for c in 't["encoder.embed_tokens.weight"] = t["decoder.embed_tokens.weight"] = x' 't["lm_head.weight"] = x' \
        't["encoder.embed_tokens.weight"] = x; del t["shared.weight"]' 't["lm_head.weight"] = x; del t["shared.weight"]'; do
        change "$shared$c"
        "$I" "$T/hf" > "$T/y"
        [ "$(digests "$T/y")" = "$(digests "$F/tied.st.gz")" ]
    done
    for n in encoder decoder; do
        change "$shared"'t["'$n'.embed_tokens.weight"] = [x[0], x[1], b"0000" + x[2][4:]]'
        fails 1 "$n.embed_tokens.weight differs from shared.weight" -- "$I" "$T/hf" -o "$T/x"
    done
    change 't["encoder.embed_tokens.weight"] = ["F32", [1], b"0000"]'
    fails 1 encoder.embed_tokens.weight shape -- "$I" "$T/hf" -o "$T/x"
    # an output embedding that differs is one, whatever the configuration says; logits are scaled as it says
    change "$shared"'t["lm_head.weight"] = [x[0], x[1], b"0000" + x[2][4:]]'
    "$I" "$T/hf" > "$T/y"
    [ "$(shape "$T/y" lm_head.weight)" = "F32 [384, 32]" ]
    meta "$T/y" mc.config | python3 -c 'import json, sys; c = json.load(sys.stdin); assert c["tie_word_embeddings"] is False and c["scale_decoder_outputs"] is True'
    "$B/mc-export" "$T/again" < "$T/y"
    [ "$("$I" "$T/again" | digests -)" = "$(digests "$T/y")" ]
    # one that is equal, or not there, is none; one that stands alone is not taken for the other
    untied 't["lm_head.weight"] = t["shared.weight"]'
    "$I" "$T/hf" > "$T/y"
    [ -z "$(shape "$T/y" lm_head.weight)" ]
    untied 'del t["lm_head.weight"]'
    [ "$("$I" "$T/hf" | digests -)" = "$(digests "$T/y")" ]
    meta "$T/y" mc.config | python3 -c 'import json, sys; c = json.load(sys.stdin); assert c["tie_word_embeddings"] is True and c["scale_decoder_outputs"] is False'
    untied 'del t["shared.weight"]'
    fails 1 shared.weight missing -- "$I" "$T/hf" -o "$T/x"
}

@test "data of another kind, for either" {
    for c in "'$E' -o '$T/x'" "'$B/mc-finetune' -q -o '$T/x' --train"; do
        fails 1 "labelled data for a text-to-text model" "mc-tokenize --target" -- line "$c '$F/labelled.tok.gz' < '$F/a.st.gz'"
        fails 1 "regression data for a text-to-text model" "mc-tokenize --target" -- line "$c '$F/stars.tok.gz' < '$F/a.st.gz'"
        fails 1 "text-to-text data for a classifier" "mc-tokenize without --target" -- line "$c '$F/dev.tok.gz' < '$F/bert.st.gz'"
        fails 1 "text-to-text data for a classifier" -- line "$c '$F/dev.tok.gz' < '$F/bert-base.st.gz'"
    done
    fails 1 "plain text data for a text-to-text model" -- line "cut -f 1 '$F/dev.tsv' | '$B/mc-tokenize' -q -t '$F/t5' --no-label > '$T/un'; '$E' -o '$T/x' '$T/un' < '$F/a.st.gz'"
    fails 1 "labelled.tok.gz: labelled data for a text-to-text model" -- line "'$B/mc-finetune' -q -o '$T/x' --train '$F/train.tok.gz' --dev '$F/labelled.tok.gz' < '$F/a.st.gz'"
    fails 1 "another tokenizer" -- line "echo 'a	b' | '$B/mc-tokenize' -q -t '$F/t5' --source '{1}' > '$T/d'; '$B/mc-synth' --tokenizer '$T/l' --kind t5 --seed 1; '$B/mc-init' '$F/t5.json' -t '$T/l' | '$E' -o '$T/x' '$T/d'"
}

@test "ids beyond the model's: of a text, a target, a label's target" {
    sed 's/384/383/' "$F/t5.json" > "$T/c.json" # <extra_id_0> is 383
    "$B/mc-init" "$T/c.json" -t "$F/t5" -o "$T/m" # that the tokenizer could give more is none
    tok() { printf 'tiz\tpositive\nvam\tnegative\n' | "$B/mc-tokenize" -t "$F/t5" --task mood -o "$T/d" "$@"; }
    for c in "'$E' -o '$T/x'" "'$B/mc-finetune' -q -o '$T/x' --train"; do
        tok --source '{1} <extra_id_0>'
        fails 1 "line 1: id 383, the model has 383" -- line "$c '$T/d' < '$T/m'"
        tok --target '<extra_id_0>{label}'
        fails 1 "line 1: id 383, the model has 383" -- line "$c '$T/d' < '$T/m'"
        tok --source '{1}'
        line "$c '$T/d' < '$T/m'"
        rm "$T/x"
    done
    # a label of the set that no row has
    tok --target '{label}' --labels 'positive,negative,<extra_id_0>'
    fails 1 mood "targets of its labels" "id 383, the model has 383" -- line "'$E' -o '$T/x' '$T/d' < '$T/m'"
}

@test "templates, targets and labels" {
    tok() { "$B/mc-tokenize" -t "$F/t5" -o "$T/x" "$@"; }
    for t in '{2}{label}' 'x' '{1}{label}' '{name}' '{label'; do fails 2 --target -- tok --target "$t" "$F/dev.tsv"; done
    for t in '{label}' '{3}' 'x' '{1}}'; do fails 2 --source -- tok --source "$t" "$F/dev.tsv"; done
    fails 1 "$F/dev.tsv: line 1" --max-target -- tok --target '{label}' --max-target 1 "$F/dev.tsv"
    # labels that the tokenizer takes for one
    printf 'tiz\tvam\nvam\t vam\n' > "$T/d"
    fails 1 "' vam' and 'vam'" "same target" -- tok --target '{label}' "$T/d"
    printf 'tiz\t\xe4\xb8\xad\nvam\t\xe6\x96\x87\n' > "$T/d" # neither is known
    fails 1 "same target" -- tok --target '{label}' "$T/d"
    printf 'tiz\tmany\n' > "$T/d"
    fails 1 "$T/d: line 1" "'many' is no number" -- tok --regression "$T/d"
}

@test "options: before a model is read, usage" {
    local n="'$B/mc-finetune' -q -o '$T/x' --train '$F/train.tok.gz' --steps 1"
    fails 2 --new-head "no head" -- line "$n --new-head < '$F/a.st.gz'"
    fails 2 --seed-init "no head" -- line "$n --seed-init 3 < '$F/a.st.gz'"
    fails 2 --adafactor-relative --lr -- line "$n --optimizer adafactor --adafactor-relative --lr 1e-3 < /dev/null"
    for o in adamw sgd; do
        fails 2 --adafactor-scale -- line "$n --optimizer $o --adafactor-scale < /dev/null"
        fails 2 --adafactor-relative -- line "$n --optimizer $o --adafactor-relative < /dev/null"
    done
    fails 2 --outputs greedy -- line "'$E' -o '$T/x' --decode score --outputs '$T/o' '$F/dev.tok.gz' < /dev/null"
    fails 1 mood --outputs greedy -- line "'$E' -o '$T/x' --outputs '$T/o' '$F/dev.tok.gz' < '$F/a.st.gz'"
    fails 1 mood --outputs greedy -- line "'$E' -o '$T/x' --outputs '$T/o' '$F/bert.tok.gz' < '$F/bert.st.gz'"
    fails 2 --decode -- "$E" --decode beam "$F/dev.tok.gz"
    fails 2 --adafactor-relative --schedule -- line "$n --optimizer adafactor --adafactor-relative --schedule cosine < /dev/null"
    fails 2 --adafactor-relative --warmup -- line "$n --optimizer adafactor --adafactor-relative --warmup .5 < /dev/null"
    for k in 0 -1 x 65537; do fails 2 --max-new -- "$E" --max-new $k "$F/dev.tok.gz"; done
}

@test "labels to score, where there are none" {
    for o in "--source {1} --no-label" --free; do
        line "'$B/mc-tokenize' -t '$F/t5' $o --task free -o '$T/d' <(cut -f 1-$([ "$o" = --free ] && echo 2 || echo 1) '$F/dev.tsv')"
        fails 1 free "no labels" -- line "'$E' -o '$T/x' --decode score '$T/d' < '$F/a.st.gz'"
    done
}

@test "a line does not join a tied and an untied model" {
    sed 's/"tie_word_embeddings": false/"tie_word_embeddings": true, "scale_decoder_outputs": false/' "$F/t5.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" -t "$F/t5" --seed-init 1 -o "$T/tied"
    [ -z "$(shape "$T/tied" lm_head.weight)" ]
    fails 1 "different tensors" -- "$B/mc-interp" -n 3 -o "$T/p" "$F/a.st.gz" "$T/tied"
    fails 1 "different tensors" -- "$B/mc-interp" -n 3 -o "$T/p" "$T/tied" "$F/a.st.gz"
    [ ! -e "$T/p" ]
}

@test "what is not finite is seen without gold too" {
    zcat "$F/a.st.gz" > "$T/a"
    python3 - "$T/a" decoder.final_layer_norm.weight <<'P'
import json, struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
n = struct.unpack("<Q", b[:8])[0]
x, y = json.loads(b[8:8 + n])[sys.argv[2]]["data_offsets"]
b[8 + n + x:8 + n + y] = struct.pack("<f", 3e38) * ((y - x) // 4)
open(sys.argv[1], "wb").write(b)
P
    cut -f 1 "$F/dev.tsv" | to_t5 --no-label -o "$T/d"
    fails 1 mood "not finite" -- line "'$E' -o '$T/x' '$T/d' < '$T/a'"
    fails 1 mood "line 1" "not finite" -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$T/a'"
    [ ! -e "$T/x" ]
}

@test "labels that are written alike, a set without its decoder, a dev set of another kind" {
    awk -F '\t' '{ print $1 "\t" (NR % 2 ? "\342\230\203vam" : "vam") }' "$F/dev.tsv" > "$T/tsv"
    "$B/mc-tokenize" -t "$F/t5" --task mood --target '{label}' -o "$T/d" "$T/tsv"
    line "'$E' '$T/d' < '$F/a.st.gz' > /dev/null"
    fails 1 mood "written alike" -- line "'$E' --decode greedy -o '$T/x' '$T/d' < '$F/a.st.gz'"
    zcat "$F/dev.tok.gz" | sed 's/"mc.decoder"/"no.decoder"/' | gzip > "$T/none"
    fails 1 mood "no decoder" -- line "'$E' --decode greedy -o '$T/x' '$T/none' < '$F/a.st.gz'"
    "$B/mc-synth" --tokenizer "$T/lang"
    "$B/mc-tokenize" -t "$T/lang" -o "$T/plain" "$F/dev.tsv"
    fails 1 "plain: " "labelled data for a text-to-text model" -- line "'$B/mc-finetune' --train '$F/train.tok.gz' --dev '$T/plain' --steps 1 --checkpoint '$T/c' --checkpoint-every 1 -o '$T/x' < '$F/a.st.gz'"
    [ ! -e "$T/c" ]
    [ ! -e "$T/x" ]
}

@test "models of one shape and other configurations are not computed alike" {
    sed 's/}$/, "scale_decoder_outputs": false}/' "$F/v10.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" -t "$F/t5" --seed-init 1 -o "$T/other"
    cat "$F/tied.st.gz" "$T/other" | "$E" "$F/dev.tok.gz" | cut -f 5 | sed 1d > "$T/both"
    for m in "$F/tied.st.gz" "$T/other"; do "$E" "$F/dev.tok.gz" < "$m" | cut -f 5 | sed 1d; done | cmp - "$T/both"
    [ "$(sort -u "$T/both" | wc -l)" -eq 2 ]
}

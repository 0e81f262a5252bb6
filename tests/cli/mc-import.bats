#!/usr/bin/env bats
# mc-import and mc-export: a directory and back, and directories that lie.
load common

setup_file() {
    fixture
    "$B/mc-export" "$F/hf" -t "$F/lang" < "$F/a.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-import"; X="$B/mc-export"; }

@test "usual duties" {
    usual mc-import --labels --seed-init --init-std -t --base --level
    usual mc-export -t --dtype --peft --base
    no_room "'$I' '$F/hf'"
    keeps_old "'$I' '$F/lang'"
    fails 2 -- "$I"
    fails 2 -- "$X"
    fails 2 -o -- "$X" -o "$T/x" "$T/y"
    fails 2 --dtype -- "$X" --dtype f8 "$T/y"
}

@test "import of export is the model" {
    "$I" "$F/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    [ "$(meta "$T/x" mc.labels)" = '["negative","positive"]' ]
    [ "$(meta "$T/x" mc.tokenizer)" = "$(meta "$F/a.st.gz" mc.tokenizer)" ]
    ! gzip -dc "$T/x" | grep -aq "$F" || return 1
    mkdir "$T/empty"
    "$X" "$T/empty" < "$F/a.st.gz"
    [ -e "$T/empty/model.safetensors" ]
    "$X" --dtype bf16 "$T/half" < "$F/a.st.gz"
    "$I" "$T/half" > "$T/y"
    [ "$(digests "$T/y")" != "$(digests "$T/x")" ]
}

@test "spiece.model alone is a tokenizer, and travels" {
    mkdir "$T/spm"
    # <pad>, </s>, <unk> of its type, two pieces with scores; the trainer's model_type and unk_id
    printf '\n\007\n\005<pad>\n\006\n\004</s>\n\011\n\005<unk>\030\002\n\013\n\004▁a\025\000\000\200\277\n\010\n\001b\025\000\000\000\300\022\005\030\001\300\002\002' > "$T/spm/spiece.model"
    echo '{"tokenizer_class": "T5Tokenizer", "extra_ids": 2}' > "$T/spm/tokenizer_config.json"
    cp "$F/hf/model.safetensors" "$F/hf/config.json" "$T/spm"
    "$I" "$T/spm" > "$T/x"
    [ "$(meta "$T/x" mc.tokenizer)" != "$(meta "$F/a.st.gz" mc.tokenizer)" ]
    [ -n "$(meta "$T/x" mc.tokenizer)" ]
    "$X" "$T/new" -t "$T/spm" < "$T/x"
    cmp "$T/spm/spiece.model" "$T/new/spiece.model"
    printf 'b a<extra_id_0>\tx\n' | "$B/mc-tokenize" -t "$T/new" | "$B/mc-info" --ids > "$T/ids"
    [ "$(cut -f 2 "$T/ids")" = "2 4 3 6 1" ]
    truncate -s -1 "$T/spm/spiece.model"
    fails 1 "$T/spm/spiece.model: byte " -- line "'$I' '$T/spm'"
    fails 1 "$T/spm/spiece.model: byte " -- line "'$X' '$T/other' -t '$T/spm' < '$T/x'"
    [ ! -e "$T/other" ]
}

@test "export refuses" {
    fails 1 "$F/hf" "not empty" -- line "'$X' '$F/hf' < '$F/a.st.gz'"
    "$B/mc-synth" --tokenizer "$T/lang"
    echo extra >> "$T/lang/vocab.txt"
    rm "$T/lang/tokenizer.json"
    fails 1 "$T/lang" -- line "'$X' '$T/new' -t '$T/lang' < '$F/a.st.gz'"
    fails 1 tokens -- line "'$X' '$T/new' < '$F/dev.tok.gz'"
    fails 1 "more than one" -- line "cat '$F/a.st.gz' '$F/b.st.gz' | '$X' '$T/new'"
    cut_off "$F/a.st.gz" 62 "$T/cut"
    fails 1 "standard input" byte -- line "'$X' '$T/new' < '$T/cut'"
    [ -z "$(ls "$T" | grep new)" ]
}

@test "import refuses tensors that do not fit" {
    change 'del t["bert.encoder.layer.0.output.dense.bias"]'
    fails 1 bert.encoder.layer.0.output.dense.bias -- line "'$I' '$T/hf' > '$T/x'"
    change 't["bert.stray"] = ["F32", [1], b"0000"]'
    fails 1 bert.stray -- line "'$I' '$T/hf' > '$T/x'"
    change 't["bert.pooler.dense.bias"] = ["F32", [8], b"0000" * 8]'
    fails 1 bert.pooler.dense.bias shape -- line "'$I' '$T/hf' > '$T/x'"
    change 't["bert.pooler.dense.bias"][0] = "I32"'
    fails 1 bert.pooler.dense.bias I32 -- line "'$I' '$T/hf' > '$T/x'"
    fails 1 --labels 2 -- line "'$I' '$F/hf' --labels a,b,c > '$T/x'"
    change 't.clear(); open(d + "/pytorch_model.bin", "wb").write(b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")'
    fails 1 pytorch_model.bin "python3 -c" -- line "'$I' '$T/hf' > '$T/x'"
    rm "$T/hf/pytorch_model.bin"
    fails 1 "$T/hf" model.safetensors -- line "'$I' '$T/hf' > '$T/x'"
    change ''
    head -c -5 "$F/hf/model.safetensors" > "$T/hf/model.safetensors"
    fails 1 "$T/hf/model.safetensors" -- line "'$I' '$T/hf' > '$T/x'"
}

@test "shards, bare and old names, a missing pooler" {
    change '
k = list(t); save(d + "/m-1.safetensors", {x: t[x] for x in k[:5]}); save(d + "/m-2.safetensors", {x: t[x] for x in k[5:]})
json.dump({"weight_map": {x: "m-1.safetensors" if x in k[:5] else "m-2.safetensors" for x in k}}, open(d + "/model.safetensors.index.json", "w"))
t.clear()'
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    rm "$T/hf/m-2.safetensors"
    fails 1 "$T/hf/m-2.safetensors" -- line "'$I' '$T/hf' > '$T/x'"
    change 't = {k.replace("bert.", "", 1).replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v for k, v in t.items()}'
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    change 't = {k: v for k, v in t.items() if "pooler" not in k}'
    fails 1 bert.pooler.dense.weight missing head -- line "'$I' '$T/hf' --seed-init 3 > '$T/x'" # a head over what was drawn
    change 't = {k: v for k, v in t.items() if "pooler" not in k and "classifier" not in k}'
    "$I" "$T/hf" --seed-init 3 > "$T/x" 2> "$T/err"
    grep -q 'bert.pooler.dense.weight: drawn from --seed-init 3' "$T/err"
    "$I" "$T/hf" --seed-init 4 > "$T/y"
    [ "$(digests "$T/x")" != "$(digests "$T/y")" ]
}

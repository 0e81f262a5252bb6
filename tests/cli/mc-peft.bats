#!/usr/bin/env bats
# Directories of PEFT: mc-export --peft and mc-import of one, a delta out and in; what a delta cannot say is refused by name.
load common

setup_file() {
    fixture
    for m in lora adapter bitfit head; do
        "$B/mc-finetune" -q --method $m --train "$F/train.tok.gz" --epochs 3 --lr 1e-2 --seed 1 -o "$F/$m.st.gz" < "$F/a.st.gz"
    done
    "$B/mc-export" --peft "$F/hf" --base "$F/a.st.gz" < "$F/lora.st.gz"
}
setup() {
    T="$BATS_TEST_TMPDIR"
    I=("$B/mc-import" --base "$F/a.st.gz")
    X=("$B/mc-export" --peft --base "$F/a.st.gz")
    Q=base_model.model.bert.encoder.layer.0.attention.self.query
}

# The directory changed by python code is refused with one line that has the words.
refused() { # refused WORD... -- CODE
    local words=()
    while [ "$1" != -- ]; do words+=("$1"); shift; done
    change "$2"
    fails 1 "${words[@]}" -- "${I[@]}" -o "$T/x" "$T/hf"
    [ ! -e "$T/x" ]
}
# A value of the config is refused by the name of its key.
refused_key() { refused "$1" adapter_config.json -- "c['$1'] = $2"; }
method() { meta "$1" mc.method; }

@test "import of export is the delta" {
    "${I[@]}" "$F/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/lora.st.gz")" ]
    [ "$(meta "$T/x" mc.labels)" = '["negative","positive"]' ]
    [ "$(meta "$T/x" mc.base)" = "$(digests "$F/a.st.gz")" ]
    [ "$(meta "$T/x" mc.tokenizer)" = "$(meta "$F/a.st.gz" mc.tokenizer)" ]
    cmp <(zcat "$T/x" | tail -c 5256) <(zcat "$F/lora.st.gz" | tail -c 5256) # all data
    meta "$T/x" mc.provenance | grep -q '^mc-import .* input='
    [ "$(ls "$F/hf")" = "$(printf 'adapter_config.json\nadapter_model.safetensors')" ]
    no_room "'$B/mc-import' --base '$F/a.st.gz' '$F/hf'"
    keeps_old "'$B/mc-import' --base '$F/b.st.gz' --labels x '$F/hf'"
}

@test "adapter_model.bin: the delta that safetensors give, which go first" {
    export PYTHONPATH="$BATS_TEST_DIRNAME" PYTHONDONTWRITEBYTECODE=1
    change 'import torch_save; torch_save.save(d + "/adapter_model.bin", t); t.clear()'
    "${I[@]}" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/lora.st.gz")" ]
    change 'open(d + "/adapter_model.bin", "w").write("x")'
    "${I[@]}" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/lora.st.gz")" ]
    rm "$T/x"
    refused "$T/hf/adapter_model.bin: data.pkl: GLOBAL 'posix system'" -- 'import torch_save as ts; t["z"] = ts.Call(os.system, "x"); ts.save(d + "/adapter_model.bin", t); t.clear()'
    refused "$T/hf/adapter_model.bin: tensor" "is not [10, 16]" -- 'import torch_save as ts; s = ts.Storage("F32", bytes(400)); k = list(t)[0]; t[k] = ts.View(s, (10, 10), (1, 10)); ts.save(d + "/adapter_model.bin", t); t.clear()'
}

@test "a delta of T5 out and in; targets are a set, and may be whole names" {
    "$B/mc-synth" --tokenizer "$T/t5" --kind t5
    "$B/mc-init" "$T/t5/config.json" -t "$T/t5" -o "$T/m"
    "$B/mc-tokenize" -t "$T/t5" --target '{label}' -o "$T/d" "$F/dev.tsv"
    local one=decoder.block.0.layer.1.EncDecAttention.k
    "$B/mc-finetune" -q --method lora --targets v,$one,q --lora-dropout .25 --train "$T/d" --steps 2 < "$T/m" > "$T/lora"
    fails 2 --targets twice -- line "'$B/mc-finetune' -q --method lora --targets v,v --train '$T/d' --steps 2 -o '$T/y' < '$T/m'"
    [ "$(method "$T/lora")" = '{"name":"lora","r":10,"alpha":16,"dropout":0.25,"targets":["'$one'","q","v"]}' ]
    "$B/mc-export" --peft --base "$T/m" "$T/out" -t "$T/t5" < "$T/lora"
    "$B/mc-import" --base "$T/m" "$T/out" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$T/lora")" ]
    grep -q SEQ_2_SEQ_LM "$T/out/adapter_config.json"
    fails 2 --labels -- "$B/mc-import" --base "$T/m" --labels a,b -o "$T/y" "$T/out"
}

@test "what is exported: dtype, tokenizer, nothing half-written; no such method, no such model" {
    "${X[@]}" "$T/half" --dtype bf16 < "$F/lora.st.gz"
    "${I[@]}" "$T/half" > "$T/x"
    [ "$(shape "$T/x" $Q.lora_A.weight)" = "F32 [10, 16]" ]
    [ "$(method "$T/x")" = "$(method "$F/lora.st.gz")" ]
    near "$(cell <("$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$T/x") loss 2)" \
        "$(cell <("$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$F/lora.st.gz") loss 2)" 1e-2
    "${X[@]}" "$T/tok" -t "$F/lang" < "$F/lora.st.gz"
    [ -e "$T/tok/vocab.txt" ]
    "${I[@]}" "$T/tok" -o "$T/y"
    for m in adapter bitfit head; do
        fails 1 "PEFT has no such method as $m" -- line "'$B/mc-export' --peft --base '$F/a.st.gz' '$T/dir' < '$F/$m.st.gz'"
    done
    fails 1 "complete model" --peft -- line "'$B/mc-export' --peft '$T/dir' < '$F/a.st.gz'"
    fails 1 "fold it" --peft -- line "'$B/mc-export' --base '$F/a.st.gz' '$T/dir' < '$F/lora.st.gz'"
    fails 1 "not empty" -- line "'$B/mc-export' --peft --base '$F/a.st.gz' '$T/tok' < '$F/lora.st.gz'"
    "$B/mc-synth" --tokenizer "$T/other" --kind roberta
    fails 1 tokenizer -- line "'$B/mc-export' --peft --base '$F/a.st.gz' '$T/dir' -t '$T/other' < '$F/lora.st.gz'"
    [ "$(ls -d "$T"/dir* 2> /dev/null)" = "" ]
}

@test "bases, labels and tokenizers that do not fit" {
    fails 2 --base adapter_config.json -- "$B/mc-import" -o "$T/x" "$F/hf"
    fails 2 --base adapter_config.json -- "${I[@]}" -o "$T/x" "$F/lang"
    fails 1 "$F/lora.st.gz: a delta, not a base" -- "$B/mc-import" --base "$F/lora.st.gz" -o "$T/x" "$F/hf"
    fails 2 --seed-init --base -- "${I[@]}" --seed-init 0 -o "$T/x" "$F/hf" # an adapter draws nothing
    fails 2 --init-std --base -- "${I[@]}" --init-std 3 -o "$T/x" "$F/hf"
    fails 1 "not a base" -- "$B/mc-import" --base <("$B/mc-finetune" -q --method head --with-base --train "$F/train.tok.gz" --steps 1 < "$F/a.st.gz") -o "$T/x" "$F/hf"
    fails 1 adapter_model.safetensors "$(digests "$F/a.st.gz")" "$(digests "$F/b.st.gz")" -- "$B/mc-import" --base "$F/b.st.gz" -o "$T/x" "$F/hf"
    "${X[@]}" --dtype f16 "$T/half" < "$F/lora.st.gz"
    fails 1 "$(digests "$F/a.st.gz")" -- "$B/mc-import" --base "$F/b.st.gz" -o "$T/x" "$T/half"
    change 'pass' # PEFT's own name no base
    "$B/mc-import" --base "$F/b.st.gz" "$T/hf" > "$T/y"
    [ "$(meta "$T/y" mc.base)" = "$(digests "$F/b.st.gz")" ]
    fails 1 "names 3" "2 outputs" -- "${I[@]}" --labels a,b,c -o "$T/x" "$F/hf"
    "${I[@]}" --labels no,yes "$F/hf" > "$T/y"
    [ "$(meta "$T/y" mc.labels)" = '["no","yes"]' ]
    change 'pass' # without metadata: the base's, or as transformers names them
    "${I[@]}" "$T/hf" > "$T/y"
    [ "$(meta "$T/y" mc.labels)" = '["negative","positive"]' ]
    "$B/mc-import" --base "$F/base.st.gz" "$T/hf" > "$T/y"
    [ "$(meta "$T/y" mc.labels)" = '["LABEL_0","LABEL_1"]' ]
    refused "3 outputs" --labels -- 't["base_model.model.classifier.weight"] = ["F32", [3, 16], bytes(192)]; t["base_model.model.classifier.bias"] = ["F32", [3], bytes(12)]'
    "${I[@]}" --labels a,b,c "$T/hf" > "$T/y"
    [ "$(shape "$T/y" base_model.model.classifier.weight)" = "F32 [3, 16]" ]
    change 'c["task_type"] = c["modules_to_save"] = None; [t.pop(k) for k in list(t) if "classifier" in k]'
    fails 1 head -- "$B/mc-import" --base "$F/base.st.gz" -o "$T/x" "$T/hf"
    "${I[@]}" "$T/hf" > "$T/y" # the head is the base's
    [ "$(shape "$T/y" base_model.model.classifier.weight)" = "" ]
    "$B/mc-synth" --tokenizer "$T/other" --kind roberta
    fails 1 tokenizer -- "${I[@]}" -t "$T/other" -o "$T/x" "$F/hf"
    [ ! -e "$T/x" ]
}

@test "ranks, alphas and scales of maps decide the function, and stay" {
    local m='{"name":"lora","r":10,"alpha":16,"dropout":0,"targets":["query","value"],"rslora":true,"maps":{"bert.encoder.layer.0.attention.self.query":{"r":3,"alpha":16},"bert.encoder.layer.1.attention.self.value":{"r":10,"alpha":2.5}}}'
    change 'c.update(use_rslora=True, target_modules=["value", "query"], rank_pattern={"0.attention.self.query": 3}, alpha_pattern={r"layer\.1\..*value": 2.5})
for k in "AB": v = t["base_model.model.bert.encoder.layer.0.attention.self.query.lora_%s.weight" % k]; v[1] = [3, 16] if k == "A" else [16, 3]; v[2] = v[2][:192]'
    "${I[@]}" "$T/hf" > "$T/x"
    [ "$(method "$T/x")" = "$m" ]
    "${X[@]}" "$T/out" < "$T/x"
    "${I[@]}" "$T/out" > "$T/y"
    [ "$(digests "$T/x")" = "$(digests "$T/y")" ]
    "$B/mc-fold" --base "$F/a.st.gz" "$T/x" > "$T/whole"
    local loss=$(cell <("$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$T/x") loss 2)
    near "$(cell <("$B/mc-eval" "$F/dev.tok.gz" < "$T/whole") loss 2)" "$loss" 1e-6
    change 'c["use_rslora"] = True'
    "${I[@]}" "$T/hf" > "$T/z"
    [ "$(cell <("$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$T/z") loss 2)" != "$(cell <("$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$F/lora.st.gz") loss 2)" ]
    "$B/mc-finetune" -q --base "$F/a.st.gz" --train "$F/train.tok.gz" --steps 2 < "$T/x" > "$T/t"
    [ "$(method "$T/t")" = "$m" ]
    "$B/mc-interp" --base "$F/a.st.gz" -n 3 "$T/x" "$T/t" | "$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" > "$T/path"
    [ "$(cell "$T/path" loss 2)" = "$loss" ]
    fails 1 "other parameters" -- "$B/mc-interp" --base "$F/a.st.gz" -o "$T/p" "$T/z" "$F/lora.st.gz"
}

@test "modules stored whole take the place of the base's, train and fold" {
    change 'c["modules_to_save"] += ["pooler", "word_embeddings"]
import array
t["base_model.model.bert.pooler.dense.weight"] = ["F32", [16, 16], array.array("f", [.01 * i for i in range(256)]).tobytes()]
t["base_model.model.bert.pooler.dense.bias"] = ["F32", [16], bytes(64)]
n = '"$(gzip -dc "$F/a.st.gz" | python3 -c 'import json, struct, sys; b = sys.stdin.buffer.read(); n, = struct.unpack("<Q", b[:8]); print(json.loads(b[8:8 + n])["bert.embeddings.word_embeddings.weight"]["shape"][0])')"'
t["base_model.model.bert.embeddings.word_embeddings.weight"] = ["F32", [n, 16], array.array("f", [.001 * (i % 77) for i in range(16 * n)]).tobytes()]'
    "${I[@]}" "$T/hf" > "$T/x"
    "$B/mc-fold" --base "$F/a.st.gz" "$T/x" > "$T/whole"
    near "$(cell <("$B/mc-eval" "$F/dev.tok.gz" < "$T/whole") loss 2)" "$(cell <("$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$T/x") loss 2)" 1e-6
    "${X[@]}" "$T/out" < "$T/x"
    "${I[@]}" "$T/out" > "$T/y"
    [ "$(digests "$T/x")" = "$(digests "$T/y")" ]
    "$B/mc-finetune" -q --base "$F/a.st.gz" --train "$F/train.tok.gz" --steps 30 --lr 1e-2 --warmup 0 --dropout 0 --log "$T/log" < "$T/x" > "$T/t"
    awk 'NR == 2 { first = $3 } { last = $3 } END { exit !(last < first) }' "$T/log"
    "$B/mc-dist" --by tensor --base "$F/a.st.gz" "$T/x" "$T/t" | awk -F '\t' '/word_embeddings/ { far = $5 } END { exit !(far > .01) }'
    # the rows that a batch touches belong to the tensor wherever the document has it; its gradient counts in the norm
    gzip -dc "$T/x" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
new, data = {"__metadata__": h.pop("__metadata__")}, b""
for k in sorted(h, key=lambda k: "embeddings" not in k):
    part = b[8 + n:][slice(*h[k]["data_offsets"])]
    new[k] = h[k] | {"data_offsets": [len(data), len(data) + len(part)]}
    data += part
head = json.dumps(new).encode()
head += b" " * (-len(head) % 8)
sys.stdout.buffer.write(struct.pack("<Q", len(head)) + head + data)' > "$T/first"
    for o in adamw adafactor; do
        for m in x first; do
            "$B/mc-finetune" -q --base "$F/a.st.gz" --train "$F/train.tok.gz" --steps 4 --lr 1e-2 --warmup 0 --dropout 0 --optimizer $o \
                --log "$T/log-$o-$m" < "$T/$m" > "$T/t-$m"
        done
        [ "$(cut -f 3 "$T/log-$o-x")" = "$(cut -f 3 "$T/log-$o-first")" ]
        [ "$(digests "$T/t-x")" = "$(digests "$T/t-first")" ]
    done
    near "$(cell "$T/log-adamw-x" grad_norm 2)" "$(cell "$T/log-adafactor-x" grad_norm 2)" 1e-6
}

@test "a prefix out and in; what does not fit its base" {
    "$B/mc-finetune" -q --method prefix --prefix-len 5 --train "$F/train.tok.gz" --steps 2 -o "$T/prefix" < "$F/a.st.gz"
    "${X[@]}" "$T/out" < "$T/prefix"
    "${I[@]}" "$T/out" > "$T/in"
    [ "$(digests "$T/in")" = "$(digests "$T/prefix")" ]
    [ "$(shape "$T/in" prompt_embeddings)" = "F32 [5, 64]" ]
    "$B/mc-eval" --base "$F/a.st.gz" "$F/dev.tok.gz" < "$T/in" > /dev/null
    mkdir "$T/f" && mv "$T/out" "$T/f/hf"
    local F="$T/f"
    refused num_virtual_tokens -- 'c["num_virtual_tokens"] = 0'
    refused "[4, 64]" -- 'c["num_virtual_tokens"] = 4'
    refused_key num_layers 3
    refused_key num_attention_heads 4
    refused_key token_dim 32
    refused_key num_transformer_submodules 2
    refused_key something_new 3
    refused "prompt_embeddings is missing" -- 'del t["prompt_embeddings"]'
    refused "classifier.bias is missing" modules_to_save -- 'del t["base_model.classifier.bias"]'
    refused stray -- 't["stray"] = ["F32", [1], bytes(4)]'
    change 'c["prefix_projection"] = True'
    "${I[@]}" "$T/hf" > "$T/y"
    [ "$(digests "$T/y")" = "$(digests "$T/prefix")" ]
}

@test "configs that a delta cannot say are refused by name" {
    refused_key use_dora True
    refused_key lora_bias True
    refused_key bias '"all"'
    refused_key bias '"lora_only"'
    refused_key init_lora_weights '"pissa_niter_4"'
    refused_key init_lora_weights '"olora"'
    refused_key init_lora_weights '"corda"'
    refused_key init_lora_weights '"lora_ga"'
    refused_key loftq_config '{"loftq_bits": 4}'
    refused_key target_parameters '["query.weight"]'
    refused_key layer_replication '[[0, 1]]'
    refused_key megatron_config '{"a": 1}'
    refused_key trainable_token_indices '[1]'
    refused_key alora_invocation_tokens '[1]'
    refused_key ensure_weight_tying True
    refused_key something_new 3
    refused_key r 0
    refused_key r '"4"'
    refused_key lora_alpha 0
    refused_key lora_dropout 1
    refused_key target_modules None
    refused_key target_modules '[1]'
    refused_key target_modules '"("'
    refused_key rank_pattern '{"query": 0}'
    refused_key rank_pattern '{"query": 2.5}'
    refused_key rank_pattern '[1]'
    refused_key alpha_pattern '{"(": 1}'
    refused IA3 -- 'c["peft_type"] = "IA3"'
    refused peft_type -- 'del c["peft_type"]'
    for v in True False None '"gaussian"' '"eva"'; do
        change "c.update(init_lora_weights=$v, fan_in_fan_out=True, something_new=[], megatron_core='megatron.core', peft_version='0.21')"
        "${I[@]}" "$T/hf" > "$T/y"
        [ "$(digests "$T/y")" = "$(digests "$F/lora.st.gz")" ]
    done
    printf '{' > "$T/hf/adapter_config.json"
    fails 1 adapter_config.json -- "${I[@]}" -o "$T/x" "$T/hf"
}

@test "a directory whose name begins the words of an error is named all the same" {
    change "del t['$Q.lora_B.weight']"
    mv "$T/hf" "$T/t"
    local b
    b=$(cd "$B" && pwd)
    fails 1 "error: t/adapter_model.safetensors: tensor " -- line "cd '$T' && '$b/mc-import' --base '$F/a.st.gz' -o x t"
}

@test "tensors that nothing explains, and those that are missing, are named" {
    refused "$Q.lora_B.weight is missing" adapter_model.safetensors -- "del t['$Q.lora_B.weight']"
    refused "$Q.lora_A.weight is missing" -- "del t['$Q.lora_A.weight']"
    refused "$Q.lora_A.weight is missing" target_modules -- "[t.pop('$Q.lora_%s.weight' % k) for k in 'AB']"
    refused "classifier.bias is missing" modules_to_save -- 'del t["base_model.model.classifier.bias"]'
    refused "pooler.dense.weight is missing" modules_to_save -- 'c["modules_to_save"].append("pooler")'
    refused "$Q.lora_A.weight" target_modules -- 'c["target_modules"] = ["value"]'
    refused "$Q.lora_A.weight" "[7, 16]" -- 'c["rank_pattern"] = {"query": 7}'
    refused "$Q.lora_B.weight" -- "t['$Q.lora_B.weight'][1] = [10, 16]"
    refused "$Q.lora_A.weight" -- "t['$Q.lora_A.weight'][1] = [160]"
    refused "$Q.lora_magnitude_vector" -- "t['$Q.lora_magnitude_vector'] = ['F32', [16], bytes(64)]"
    # as PEFT names what is within a module that is stored whole, if it is one of modules_to_save as well
    for k in modules_to_save.default.word_embeddings.weight word_embeddings.modules_to_save.weight word_embeddings.original_module.weight; do
        refused "embeddings.$k: of modules_to_save, one within another" -- "c['modules_to_save'].append('embeddings'); t['base_model.model.bert.embeddings.$k'] = ['F32', [1], bytes(4)]"
    done
    refused "lora_embedding_A" -- "t['base_model.model.bert.embeddings.word_embeddings.lora_embedding_A'] = ['F32', [10, 16], bytes(640)]"
    refused "$Q.base_layer.weight" -- "t['$Q.base_layer.weight'] = ['F32', [1], bytes(4)]"
    refused "$Q.bias: another shape" -- "t['$Q.bias'] = ['F32', [1], bytes(4)]"
    refused "$Q.weight" "has a LoRA" -- "t['$Q.weight'] = ['F32', [16, 16], bytes(1024)]"
    refused "model.stray" -- 't["model.stray"] = ["F32", [1], bytes(4)]'
    refused "no floating point" -- "t['$Q.lora_A.weight'][0] = 'I32'"
    refused adapter_model.bin "python3 -c" -- 't.clear(); open(d + "/adapter_model.bin", "wb").write(b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")'
    refused "no adapter_model.safetensors" -- 't.clear()'
    change pass
    truncate -s -1 "$T/hf/adapter_model.safetensors"
    fails 1 adapter_model.safetensors -- "${I[@]}" -o "$T/x" "$T/hf"
    # tied tensors
    echo '{"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2, "vocab_size": 384}' > "$T/t5.json"
    "$B/mc-init" "$T/t5.json" -o "$T/m"
    change 'c.update(task_type="SEQ_2_SEQ_LM", modules_to_save=["shared"]); t.clear(); t["base_model.model.shared.weight"] = ["F32", [1], bytes(4)]'
    fails 1 shared.weight tied -- "$B/mc-import" --base "$T/m" -o "$T/x" "$T/hf"
    change 'c.update(task_type="SEQ_2_SEQ_LM", modules_to_save=["lm_head"]); t.clear(); t["base_model.model.lm_head.weight"] = ["F32", [1], bytes(4)]'
    fails 1 lm_head.weight tied -- "$B/mc-import" --base "$T/m" -o "$T/x" "$T/hf"
    [ ! -e "$T/x" ]
}

@test "a delta that says more than its tensors is refused as input" {
    local f
    for f in '"maps":{"x":{"r":0,"alpha":1}}' '"maps":{"bert.encoder.layer.0.attention.self.query":{"r":4,"alpha":1}}'; do
        gzip -dc "$F/lora.st.gz" > "$T/plain"
        python3 - "$T/plain" "$f" <<'P'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
h["__metadata__"]["mc.method"] = h["__metadata__"]["mc.method"][:-1] + "," + sys.argv[2] + "}"
h = json.dumps(h).encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(h)) + h + b[8 + n:])
P
        fails 1 -- line "'$B/mc-eval' --base '$F/a.st.gz' -o '$T/x' '$F/dev.tok.gz' < '$T/plain'"
        fails 1 -- line "'$B/mc-fold' --base '$F/a.st.gz' -o '$T/x' < '$T/plain'"
    done
}

#!/usr/bin/env bats
# Directories as transformers and its users write them: heads of other tasks, names that are none, configurations that lack or
# contradict something; and what comes back out agrees with itself.
load common

setup_file() {
    fixture_t5
    "$B/mc-export" "$F/hf5" < "$F/tied.st.gz"
    fixture
    "$B/mc-export" "$F/hf" -t "$F/lang" < "$F/a.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; I="$B/mc-import"; X="$B/mc-export"; }

# config.json of a copy of $F/hf: python code changes a dict c.
config() { # config CODE [FROM]
    [ -d "$T/hf" ] || cp -r "${2:-$F/hf}" "$T/hf"
    python3 -c 'import json, sys
p = sys.argv[1] + "/config.json"
c = json.load(open(p))
exec(sys.argv[2])
json.dump(c, open(p, "w"))' "$T/hf" "$1"
}
# A key of a config.json, as JSON; absent.
key() { python3 -c 'import json, sys; c = json.load(open(sys.argv[1])); print(json.dumps(c[sys.argv[2]]) if sys.argv[2] in c else "absent")' "$1/config.json" "$2"; }
has_head() { [ -n "$(shape "$1" classifier.weight)" ]; }

@test "a head of another task is left out with a note, or drawn anew where labels are named" {
    local class
    for class in BertForTokenClassification BertForMultipleChoice BertForQuestionAnswering MyBertRanker; do
        config "c['architectures'] = ['$class']"
        "$I" "$T/hf" > "$T/x" 2> "$T/err"
        grep -q "its head is a $class's: left out" "$T/err"
        ! has_head "$T/x" || return 1
        "$I" "$T/hf" --labels negative,positive --seed-init 5 > "$T/y" 2> "$T/err"
        [ "$(meta "$T/y" mc.labels)" = '["negative","positive"]' ]
        [ "$(digests "$T/y")" != "$(digests "$F/a.st.gz")" ]
        "$X" "$T/out-$class" < "$T/y"
        [ "$(key "$T/out-$class" architectures)" = '["BertForSequenceClassification"]' ]
    done
    config "c['architectures'] = ['BertForSequenceClassification']"
    "$I" "$T/hf" 2> "$T/err" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    [ ! -s "$T/err" ]
}

@test "tensors of such heads stand outside the body: passed over; one of the body still is an error" {
    change 't["qa_outputs.weight"] = ["F32", [2, 16], bytes(128)]; t["qa_outputs.bias"] = ["F32", [2], bytes(8)]; del t["classifier.weight"], t["classifier.bias"]; [t.pop(k) for k in list(t) if "pooler" in k]'
    config "c['architectures'] = ['BertForQuestionAnswering']"
    "$I" -v "$T/hf" > "$T/x" 2> "$T/err"
    grep -q 'qa_outputs.weight: dropped' "$T/err"
    "$I" "$T/hf" > "$T/x" 2> "$T/err"
    grep -q "its head is a BertForQuestionAnswering's: left out" "$T/err"
    grep -q 'bert.pooler.dense.weight: drawn' "$T/err"
    change 't["bert.encoder.layer.2.output.dense.bias"] = ["F32", [16], bytes(64)]'
    config "c['architectures'] = ['BertForQuestionAnswering']"
    fails 1 bert.encoder.layer.2.output.dense.bias BertForQuestionAnswering -- line "'$I' -q '$T/hf' > '$T/x'"
}

@test "a file in a directory's place" {
    fails 1 "$F/a.st.gz" 'not a directory' -- "$I" "$F/a.st.gz"
    fails 1 "$F/dev.tsv" 'not a directory' -- "$I" "$F/dev.tsv" --labels a,b
    fails 1 "$F/a.st.gz" 'a tokenizer is a directory' -- "$B/mc-tokenize" -t "$F/a.st.gz" "$F/dev.tsv"
}

@test "a body of another class is refused by its name" {
    change 'del t["bert.encoder.layer.1.output.dense.bias"]'
    config "c['architectures'] = ['BertHalfModel']"
    fails 1 'layer.1.output.dense.bias is missing' BertHalfModel -- line "'$I' -q '$T/hf' > '$T/x'"
}

@test "problem_type: a head whose loss is another is left out" {
    config "c['problem_type'] = 'multi_label_classification'"
    "$I" "$T/hf" > "$T/x" 2> "$T/err"
    grep -q 'problem_type multi_label_classification, 2 outputs: left out' "$T/err"
    ! has_head "$T/x" || return 1
    config "c['problem_type'] = 'regression'"
    "$I" "$T/hf" --labels a,b,c > "$T/x" 2> "$T/err"
    grep -q 'problem_type regression, 2 outputs' "$T/err"
    "$X" "$T/out" < "$T/x"
    [ "$(key "$T/out" problem_type)" = '"single_label_classification"' ]
    config "c['problem_type'] = 'single_label_classification'"
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
}

@test "a new head rewrites problem_type, a new type of weights dtype and torch_dtype" {
    config "c.update(problem_type='single_label_classification', torch_dtype='bfloat16', dtype='float16')"
    awk -F '\t' '{ print $1 "\t" NR / 4 }' "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" --regression -o "$T/numbers"
    "$I" "$T/hf" | "$B/mc-finetune" -q --new-head --steps 1 --train "$T/numbers" > "$T/x"
    local d
    for d in f32:float32 f16:float16 bf16:bfloat16; do
        "$X" --dtype "${d%:*}" "$T/out-${d%:*}" < "$T/x"
        [ "$(key "$T/out-${d%:*}" problem_type)" = '"regression"' ]
        [ "$(key "$T/out-${d%:*}" torch_dtype)" = "\"${d#*:}\"" ]
        [ "$(key "$T/out-${d%:*}" dtype)" = "\"${d#*:}\"" ]
    done
}

@test "id2label: numbers and truth values are names, another count and a gap are told, a name twice is refused" {
    config "c['id2label'] = {'0': 7, '1': True}"
    "$I" "$T/hf" > "$T/x" 2> "$T/err"
    [ "$(meta "$T/x" mc.labels)" = '["7","true"]' ]
    [ ! -s "$T/err" ]
    config "c['id2label'] = {'0': 'a', '1': 'b', '2': 'c'}"
    "$I" "$T/hf" > "$T/x" 2> "$T/err"
    [ "$(meta "$T/x" mc.labels)" = '["LABEL_0","LABEL_1"]' ]
    grep -q 'id2label names 3, the head has 2 outputs' "$T/err"
    config "c['id2label'] = {'1': 'a', '2': 'b'}"
    "$I" "$T/hf" > "$T/x" 2> "$T/err"
    grep -q 'id2label does not name outputs 0 to 1' "$T/err"
    config "c['id2label'] = {'0': 'a', '1': 'a'}"
    fails 1 id2label --labels "'a'" -- line "'$I' '$T/hf' > '$T/x'"
    "$I" "$T/hf" --labels a,b > "$T/x"
}

@test "LABEL_k meets k, where all of a set's labels are numbers of outputs" {
    config "c['id2label'] = {'0': 'LABEL_0', '1': 'LABEL_1'}; c['label2id'] = {'LABEL_0': 0, 'LABEL_1': 1}"
    "$I" "$T/hf" > "$T/x"
    sed 's/negative$/0/; s/positive$/1/' "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" --task mood -o "$T/d"
    "$B/mc-eval" "$T/d" < "$T/x" > "$T/got"
    "$B/mc-eval" --per-example "$T/each" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/want"
    [ "$(cell "$T/got" loss 2)" = "$(cell "$T/want" loss 2)" ]
    [ "$(cell "$T/got" accuracy 2)" = "$(cell "$T/want" accuracy 2)" ]
    local names
    for names in 1:2 00:1 a:1; do
        sed "s/negative$/${names%:*}/; s/positive$/${names#*:}/" "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" -o "$T/d"
        fails 1 "LABEL_0, LABEL_1" "mc-import --labels" -- line "'$B/mc-eval' -o '$T/t' '$T/d' < '$T/x'"
    done
    # other names: both lists are told
    fails 1 "LABEL_0, LABEL_1" "negative, positive" "mc-import --labels" -- line "'$B/mc-eval' -o '$T/t' '$F/dev.tok.gz' < '$T/x'"
    printf 'film\tmeh\ngood\tyes\n' | "$B/mc-tokenize" -q -t "$F/lang" -o "$T/d"
    fails 1 "'meh'" "meh, yes" "negative, positive" -- line "'$B/mc-eval' -o '$T/t' '$T/d' < '$F/a.st.gz'"
}

@test "config.json without model_type: names of tensors tell, or --model-type" {
    config "del c['model_type']"
    "$I" "$T/hf" > "$T/x" 2> "$T/err"
    grep -q 'no model_type: bert' "$T/err"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    "$X" "$T/out" < "$T/x"
    [ "$(key "$T/out" model_type)" = '"bert"' ]
    change 't = {k.replace("bert.", "", 1): v for k, v in t.items()}' # BERT's and RoBERTa's alike
    config "del c['model_type']"
    fails 1 "$T/hf/config.json" --model-type -- line "'$I' '$T/hf' > '$T/x'"
    "$I" -q --model-type bert "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
    fails 2 --model-type -- "$I" --model-type gpt2 "$T/hf"
    fails 2 --model-type "$F/hf/config.json says bert" -- line "'$I' --model-type roberta '$F/hf'"
    rm -r "$T/hf"
    config "del c['model_type']" "$F/hf5"
    "$I" "$T/hf" 2> /dev/null > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/tied.st.gz")" ]
}

@test "T5: decoder_start_token_id out of generation_config.json, and always written" {
    config "c.pop('decoder_start_token_id', 0)" "$F/hf5"
    "$I" "$T/hf" > "$T/x"
    "$X" "$T/default" < "$T/x"
    [ "$(key "$T/default" decoder_start_token_id)" = 0 ]
    echo '{"decoder_start_token_id": 3}' > "$T/hf/generation_config.json"
    "$I" "$T/hf" > "$T/y"
    [ "$(digests "$T/y")" != "$(digests "$T/x")" ]
    "$X" "$T/other" < "$T/y"
    [ "$(key "$T/other" decoder_start_token_id)" = 3 ]
    config "c['decoder_start_token_id'] = 0" # config.json comes first
    "$I" "$T/hf" > "$T/y"
    [ "$(digests "$T/y")" = "$(digests "$T/x")" ]
    echo '{"decoder_start_token_id": 300000}' > "$T/hf/generation_config.json"
    config "del c['decoder_start_token_id']"
    fails 1 "$T/hf/generation_config.json" decoder_start_token_id -- line "'$I' '$T/hf' > '$T/x'"
    rm "$T/hf/generation_config.json"
    config "c['architectures'] = ['T5EncoderModel']"
    python3 - "$T/hf" <<'P'
import sys
p = sys.argv[1] + "/model.safetensors"
b = open(p, "rb").read()
open(p, "wb").write(b.replace(b'"decoder.final_layer_norm.weight"', b'"xecoder.final_layer_norm.weight"'))
P
    fails 1 xecoder.final_layer_norm.weight T5EncoderModel -- line "'$I' '$T/hf' > '$T/x'"
}

@test "values that are not finite: told at import, and by every program that reads them, before any work" {
    change 'import math, struct; x = t["bert.encoder.layer.1.output.dense.weight"]; x[2] = x[2][:400] + struct.pack("<f", math.nan) + x[2][404:]'
    fails 1 bert.encoder.layer.1.output.dense.weight "element 100 " finite -- line "'$I' '$T/hf' > '$T/x'"
    change 'import struct; x = t["classifier.bias"]; x[0] = "F64"; x[2] = struct.pack("<2d", 1, 1e300)'
    fails 1 classifier.bias "element 1 " float32 -- line "'$I' '$T/hf' > '$T/x'"
    change 'x = t["classifier.bias"]; x[0] = "BF16"; x[2] = b"\x00\x00\x80\x7f"'
    fails 1 classifier.bias "element 1 " -- line "'$I' '$T/hf' > '$T/x'"
    zcat "$F/a.st.gz" > "$T/bad"
    python3 - "$T/bad" <<'P'
import json, struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
n = struct.unpack("<Q", b[:8])[0]
at = 8 + n + json.loads(b[8:8 + n])["bert.encoder.layer.0.attention.self.key.weight"]["data_offsets"][0] + 4 * 7
b[at:at + 4] = struct.pack("<f", float("-inf"))
open(sys.argv[1], "wb").write(b)
P
    local c
    for c in "mc-finetune -q --train '$F/train.tok.gz' < '$T/bad'" "mc-interp '$T/bad' '$F/b.st.gz'" "mc-dist '$F/b.st.gz' '$T/bad'" \
        "mc-eval '$F/dev.tok.gz' < '$T/bad'" "mc-export '$T/new' < '$T/bad'" "mc-init --perturb .1 '$T/bad'"; do
        fails 1 bert.encoder.layer.0.attention.self.key.weight "element 7 " -- line "'$B'/$c > '$T/out'"
    done
}

@test "models that are not finite are not written" {
    fails 1 'tensor ' 'not finite' 't = 1e+39' -- line "'$B/mc-interp' --at 0,1e39 '$F/a.st.gz' '$F/b.st.gz' > '$T/x'"
    fails 1 'tensor ' 'not finite' -- line "'$B/mc-init' --perturb 3e38 '$F/a.st.gz' > '$T/x'"
    "$B/mc-finetune" -q --method lora --steps 1 --train "$F/train.tok.gz" < "$F/a.st.gz" > "$T/l"
    zcat "$T/l" > "$T/large"
    python3 - "$T/large" <<'P'
import struct, sys
b = open(sys.argv[1], "rb").read()
n = 8 + struct.unpack("<Q", b[:8])[0]
open(sys.argv[1], "wb").write(b[:n] + struct.pack("<f", 2e19) * ((len(b) - n) // 4))
P
    fails 1 'tensor ' 'not finite' -- line "'$B/mc-fold' --base '$F/a.st.gz' '$T/large' -o '$T/x'"
}

@test "one document and no more is what model.safetensors holds" {
    cp -r "$F/hf" "$T/hf"
    cat "$F/a.st.gz" "$F/b.st.gz" > "$T/hf/model.safetensors"
    fails 1 "$T/hf/model.safetensors" document mc-pick -- line "'$I' '$T/hf' > '$T/x'"
    cp "$F/a.st.gz" "$T/hf/model.safetensors"
    "$I" "$T/hf" > "$T/x"
    [ "$(digests "$T/x")" = "$(digests "$F/a.st.gz")" ]
}

@test "different configurations: which key, both values" {
    sed 's/"max_position_embeddings": 64/"max_position_embeddings": 64, "layer_norm_eps": 1e-5/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" -t "$F/lang" --labels negative,positive -o "$T/x"
    fails 1 layer_norm_eps=1e-12 layer_norm_eps=1e-05 -- line "'$B/mc-interp' '$F/a.st.gz' '$T/x' > '$T/y'"
    fails 1 layer_norm_eps=1e-12 layer_norm_eps=1e-05 -- line "'$B/mc-dist' '$F/a.st.gz' '$T/x' > '$T/y'"
    fails 1 model_type=t5 model_type=bert -- line "'$B/mc-interp' '$F/tied.st.gz' '$T/x' > '$T/y'"
}

@test "what is no directory, no stream, no token set: the message names the cure" {
    fails 1 bert-base-uncased "directory" "nothing is downloaded" -- "$I" bert-base-uncased
    fails 1 bert-base-uncased "directory" -- line "'$B/mc-tokenize' -t bert-base-uncased < '$F/dev.tsv'"
    fails 1 "$F/dev.tsv" text mc-tokenize -- line "'$B/mc-finetune' --train '$F/dev.tsv' < '$F/a.st.gz' > '$T/x'"
    fails 1 "$F/dev.tsv" text mc-tokenize -- line "'$B/mc-eval' '$F/dev.tsv' < '$F/a.st.gz' > '$T/x'"
    fails 1 "$F/hf" directory mc-import -- line "'$B/mc-interp' '$F/hf' '$F/hf' > '$T/x'"
    fails 1 "$F/dev.tok.gz" gzip "not a table" -- line "'$B/mc-barrier' '$F/dev.tok.gz'"
    fails 1 gzip mc-tokenize -- line "'$B/mc-tokenize' -t '$F/lang' < '$F/dev.tok.gz' > '$T/x'"
    printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 90868376\n' 0 > "$T/pointer"
    cp -r "$F/hf" "$T/hf"
    cp "$T/pointer" "$T/hf/model.safetensors"
    fails 1 "$T/hf/model.safetensors" "Git LFS" -- line "'$I' '$T/hf' > '$T/x'"
    cp "$T/pointer" "$T/hf/tokenizer.json"
    fails 1 "$T/hf/tokenizer.json" "Git LFS" -- line "'$B/mc-tokenize' -t '$T/hf' < '$F/dev.tsv' > '$T/x'"
    fails 1 "$T/pointer" "Git LFS" -- line "'$B/mc-tokenize' -t '$F/lang' '$T/pointer' > '$T/x'"
    fails 1 "$T/pointer" "Git LFS" -- line "'$B/mc-info' '$T/pointer'"
}

#!/usr/bin/env bash
# Inputs to start from, made by the programs out of a tiny fixture: DIR/TARGET/...
#   BIN=build/bin tests/fuzz/seeds.sh DIR
set -euo pipefail
dir=$1 B=${BIN:-build/bin}
rm -rf "$dir"
mkdir -p "$dir"/{stream,header,model,delta,tokens,corpus,state,tokenizer,vocab,merges,spiece,template,config,import,torch,pickle,tsv,csv,jsonl,barrier,matrix,knowledge,over,values,options}
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
mkdir "$w/lang"

# --- a language of a few pieces, a model of a few weights
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' a b c ab '##c' '##b' , 中 e > "$w/lang/vocab.txt"
echo '{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 8}' > "$w/lang/tokenizer_config.json"
cat > "$w/config.json" << 'END'
{"model_type": "bert", "hidden_size": 2, "num_hidden_layers": 1, "num_attention_heads": 1,
 "intermediate_size": 2, "vocab_size": 14, "max_position_embeddings": 8, "type_vocab_size": 2,
 "hidden_act": "gelu", "layer_norm_eps": 1e-12, "initializer_range": 0.02, "pad_token_id": 0,
 "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "classifier_dropout": null}
END
printf 'a b\tab c\tno\nb, 中\tc\tyes\na\t\tno\n' > "$w/pair.tsv"
printf 'a b\tno\nab c\tyes\n' > "$w/single.tsv"
"$B/mc-init" "$w/config.json" -t "$w/lang" --labels no,yes --seed-init 1 > "$w/a.st.gz"
"$B/mc-init" "$w/config.json" -t "$w/lang" --labels no,yes --seed-init 2 > "$w/b.st.gz"
"$B/mc-init" "$w/config.json" -t "$w/lang" --labels yes,no --seed-init 3 > "$w/c.st.gz"
"$B/mc-init" "$w/config.json" -t "$w/lang" > "$w/base.st.gz"
"$B/mc-tokenize" -t "$w/lang" --task mood < "$w/pair.tsv" > "$w/pair.tok.gz"
"$B/mc-tokenize" -t "$w/lang" < "$w/single.tsv" > "$w/single.tok.gz"
cut -f 1 "$w/single.tsv" | "$B/mc-tokenize" -t "$w/lang" --no-label > "$w/free.tok.gz"
mkdir "$w/bytes" # byte-level BPE, which joins pieces
echo '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "c": 7, "ab": 8, "<mask>": 9}' > "$w/bytes/vocab.json"
echo 'a b' > "$w/bytes/merges.txt"
"$B/mc-tokenize" -t "$w/bytes" --source 'c {1}' --target '<mask>{label}' --task mood < <(printf 'a b\ta\nab\tb\n') > "$w/t2t.tok.gz"
"$B/mc-tokenize" -t "$w/bytes" --free < <(printf 'a b\ta\nab\tb\tc a\n') > "$w/answers.tok.gz"
"$B/mc-tokenize" -t "$w/bytes" --target '{label}' --no-label < <(printf 'a b\nab\n') > "$w/predict.tok.gz"
"$B/mc-tokenize" -t "$w/lang" --regression < <(printf 'a b\t.5\nab\t-1e3\n') > "$w/numbers.tok.gz"
for n in 1 2; do # parts of a corpus, each a stream, and both in one
    printf 'a b\n\nab c, e\n' | "$B/mc-tokenize" -t "$w/lang" --corpus -q > "$w/part"
    gzip -dc "$w/part" >> "$dir/corpus/parts"
done
printf 'a b\nab\n' | "$B/mc-tokenize" -t "$w/bytes" --corpus -q > "$w/part"
gzip -dc "$w/part" > "$dir/corpus/bytes"
"$B/mc-interp" -n 3 "$w/a.st.gz" "$w/b.st.gz" > "$w/path.st.gz"
"$B/mc-finetune" --train "$w/single.tok.gz" --steps 2 --batch 2 --save-at 1 -q < "$w/a.st.gz" > "$w/tuned.st.gz"
for o in adamw sgd adafactor; do
    "$B/mc-finetune" --train "$w/single.tok.gz" --steps 3 --batch 2 --save-at 1 --optimizer $o -q --log "$w/log" \
        --checkpoint "$w/$o" --checkpoint-every 2 < "$w/a.st.gz" > "$w/done"
    gzip -dc "$w/$o" > "$dir/state/$o"
done
# deltas over the base of delta.c: the model's tensors with the weights that stand there
gzip -dc "$w/a.st.gz" | python3 -c '
import struct, sys
b = sys.stdin.buffer.read()
head = 8 + struct.unpack("<Q", b[:8])[0]
n = (len(b) - head) // 4
sys.stdout.buffer.write(b[:head] + struct.pack("<%df" % n, *((i * 37 % 101 - 50) / 128 for i in range(n))))' > "$w/under"
declare -A size=([lora]=--rank [adapter]=--bottleneck [prefix]=--prefix-len)
for m in lora adapter prefix bitfit head; do
    for k in 1 2; do
        "$B/mc-finetune" --method $m ${size[$m]:+${size[$m]} $k} --train "$w/single.tok.gz" --steps 2 --batch 2 --seed $k -q < "$w/under" |
            gzip -dc > "$dir/delta/$m-$k"
    done
    cat "$dir/delta/$m-1" "$dir/delta/$m-2" > "$dir/delta/$m"
done
"$B/mc-export" "$w/hf" < "$w/a.st.gz"
sed -e 's/"bert"/"roberta"/' -e 's/"pad_token_id": 0/"pad_token_id": 1/' "$w/config.json" > "$w/roberta.json"
t5='"model_type": "t5", "d_model": 2, "d_kv": 2, "d_ff": 3, "num_layers": 1, "num_heads": 2, "vocab_size": 10, "relative_attention_num_buckets": 4, "relative_attention_max_distance": 8, "decoder_start_token_id": 0, "layer_norm_epsilon": 1e-6, "dropout_rate": 0.1, "initializer_factor": 1.0'
echo "{$t5}" > "$w/t5.json"
echo "{$t5, \"num_decoder_layers\": 2, \"feed_forward_proj\": \"gated-gelu\", \"tie_word_embeddings\": false, \"scale_decoder_outputs\": false}" > "$w/t5-untied.json"
"$B/mc-init" "$w/roberta.json" --labels no,yes > "$w/roberta.st.gz"
for n in t5 t5-untied; do "$B/mc-init" "$w/$n.json" > "$w/$n.st.gz"; done

# --- streams, their payloads, their headers
for f in "$w"/*.gz; do
    n=$(basename "$f" .gz)
    cp "$f" "$dir/stream/$n.gz"
    gzip -dc "$f" > "$w/payload"
    case $n in *.tok) cp "$w/payload" "$dir/tokens/$n" ;; *) cp "$w/payload" "$dir/model/$n" ;; esac
    gzip -dc "$f" | gzip -n > "$dir/stream/$n.plain.gz"
    # the first header: what stands between the length and the data
    size=$(od -An -tu8 -N8 "$w/payload" | tr -d ' ')
    head -c "$((size + 8))" "$w/payload" | tail -c +9 > "$dir/header/$n"
done
"$B/mc-interp" -n 3 --level 1 "$w/a.st.gz" "$w/b.st.gz" > "$dir/stream/packed.gz"
cat "$w/a.st.gz" "$w/single.tok.gz" > "$dir/stream/two.gz"
cat "$dir/model/a.st" "$dir/model/c.st" > "$dir/model/two" # labels in another order
gzip -dc "$w/a.st.gz" > "$dir/stream/bare"

# --- directories: parts divided by 0x1e
sep() { printf '\036'; }
{ cat "$w/config.json"; sep; cat "$dir/header/a.st"; } > "$dir/import/a"
{ cat "$w/config.json"; sep; cat "$dir/header/base.st"; } > "$dir/import/base"
{
    cat "$w/config.json"; sep; cat "$dir/header/a.st"; sep
    echo '{"weight_map": {"x": "shard.safetensors"}}'
} > "$dir/import/sharded"
for n in roberta t5 t5-untied; do
    { cat "$w/$n.json"; sep; cat "$dir/header/$n.st"; } > "$dir/import/$n"
    cp "$w/$n.json" "$dir/config/$n"
done
{ cat "$w/t5.json"; sep; sed 's/"shared.weight"/"encoder.embed_tokens.weight"/' "$dir/header/t5.st"; } > "$dir/import/t5-tied"
cp "$w/config.json" "$dir/config/small"
cp "$w/hf/config.json" "$dir/config/labels"
{
    cat "$w/lang/vocab.txt"; sep; cat "$w/lang/tokenizer_config.json"; sep; cat "$w/config.json"
    sep; sep; sep; printf 'ab abc [MASK] 中é'
} > "$dir/vocab/files"
cat "$w/lang/vocab.txt" > "$dir/vocab/alone"
{
    cat "$w/lang/vocab.txt"; sep
    echo '{"added_tokens_decoder": {"4": {"content": "[MASK]", "lstrip": true, "special": true}}, "extra_special_tokens": ["<x>"]}'
    sep; sep
    echo '{"mask_token": {"content": "[MASK]", "lstrip": true}, "additional_special_tokens": ["<y>"]}'
    sep
    echo '{"<z>": 14}'
} > "$dir/vocab/added"
json=$(
    cat << 'END'
{"version": "1.0", "truncation": null, "padding": null,
 "added_tokens": [
  {"id": 1, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
  {"id": 2, "content": "[CLS]", "special": true}, {"id": 3, "content": "[SEP]", "special": true},
  {"id": 4, "content": "[MASK]", "lstrip": true, "special": true},
  {"id": 9, "content": "<x>", "single_word": true, "rstrip": true, "normalized": true, "special": false}],
 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
 "pre_tokenizer": {"type": "BertPreTokenizer"},
 "post_processor": POST,
 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
  "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "ab": 6, "##c": 7, "##b": 8}}}
END
)
class='{"added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 1, "content": "[UNK]", "special": true},
  {"id": 2, "content": "[CLS]", "special": true}, {"id": 3, "content": "[SEP]", "special": true},
  {"id": 4, "content": "[MASK]", "special": true}],
 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
 "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
  "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "ab": 6, "##c": 7, "##b": 8}}}'
{ echo "$class"; sep; echo '{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "mask_token": "[MASK]"}'; } > "$dir/tokenizer/class"
template='{"type": "TemplateProcessing",
  "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
  "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
  "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}'
bert='{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}'
echo "${json/POST/$template}" > "$dir/tokenizer/template"
{
    echo "${json/POST/$bert}"; sep
    echo '{"tokenizer_class": "PreTrainedTokenizerFast", "truncation_side": "left", "cls_token": "[CLS]"}'
    sep; echo '{"max_position_embeddings": 512}'; sep; sep; sep; printf 'abc <x> [MASK] 中é'
} > "$dir/tokenizer/bert"

bpe='"vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "ab": 7, "Ġab": 8, "Ã": 9, "<mask>": 10}'
merges='[["a", "b"], ["Ġ", "ab"]]'
roberta='"post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false}'
byte_level='"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}'
ends='{"id": 0, "content": "<s>", "special": true}, {"id": 1, "content": "<pad>", "special": true}, {"id": 2, "content": "</s>", "special": true},
 {"id": 3, "content": "<unk>", "special": true}, {"id": 10, "content": "<mask>", "lstrip": true, "special": true}'
i=0
while IFS='|' read -r source target one two; do
    printf '%s\036%s\036%s\036%s' "$source" "$target" "$one" "$two" > "$dir/template/$((i++))"
done << 'END'
{1}|{label}|ab abc|a
 a {1} </s> b{2}|<mask>{label}|abcabc ab|b a
{{{2}}}{1}|{label} {{|aé|ab
END

json="{\"added_tokens\": [$ends], \"normalizer\": null, $byte_level, $roberta, \"model\": {\"type\": \"BPE\", \"dropout\": null,
 \"unk_token\": null, \"fuse_unk\": false, $bpe, \"merges\": $merges}}"
{ echo "$json"; sep; sep; echo '{"model_type": "roberta", "max_position_embeddings": 12}'; sep; sep; sep; printf 'ab aab <mask>'; } > "$dir/tokenizer/bpe"
{
    echo "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\":
 \"'s|'t|'re|'ve|'m|'ll|'d| ?\\\\p{L}+| ?\\\\p{N}+| ?[^\\\\s\\\\p{L}\\\\p{N}]+|\\\\s+(?!\\\\S)|\\\\s+\"}, \"behavior\": \"Isolated\", \"invert\": false},
 {\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true, \"use_regex\": false}]}, $roberta,
 \"model\": {\"unk_token\": \"<unk>\", \"fuse_unk\": true, \"ignore_merges\": true, $bpe, \"merges\": [\"a b\", \"Ġ ab\"]}}"
    sep; echo '{"tokenizer_class": "PreTrainedTokenizerFast"}'
} > "$dir/tokenizer/bpe-sequence"
{
    echo "{$bpe}" | sed 's/"vocab": {\(.*\)}}/\1}/'; sep; printf '#version: 0.2\na b\nĠ ab\n'; sep
    echo '{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}'; sep
    echo '{"mask_token": {"content": "<mask>", "lstrip": true}}'; sep; sep; printf 'ab aab <mask>'
} > "$dir/merges/files"
{
    echo "{$bpe}" | sed 's/"vocab": {\(.*\)}}/\1}/'; sep; printf 'a b\nĠ ab\n'; sep; sep; sep; echo "$json"
} > "$dir/merges/both"

unigram='"model": {"type": "Unigram", "unk_id": 2, "byte_fallback": false, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0],
 ["▁", -2.5], ["▁a", -3], ["ab", -4], ["b", -5], ["<0x78>", -6], ["<extra_id_0>", 0]]}'
ends='{"id": 0, "content": "<pad>", "special": true}, {"id": 1, "content": "</s>", "special": true},
 {"id": 2, "content": "<unk>", "special": true}, {"id": 8, "content": "<extra_id_0>", "lstrip": true, "special": true}'
post='"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
 "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}},
  {"SpecialToken": {"id": "</s>", "type_id": 0}}], "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}}'
meta='{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}'
{
    echo "{\"added_tokens\": [$ends], \"normalizer\": null, \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [
 {\"type\": \"WhitespaceSplit\"}, $meta]}, $post, \"decoder\": $meta, $unigram}"
    sep; echo '{"tokenizer_class": "T5Tokenizer", "extra_ids": 1, "extra_special_tokens": [{"content": "<extra_id_0>", "lstrip": true}]}'
    sep; sep; sep; sep; printf 'ab x <extra_id_0>▁b'
} > "$dir/tokenizer/unigram"
{
    echo "{\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Strip\", \"strip_left\": false, \"strip_right\": true},
 {\"type\": \"Replace\", \"pattern\": {\"Regex\": \" {2,}\"}, \"content\": \"▁\"}]}, \"pre_tokenizer\": ${meta/always/first}, $post, ${unigram/false/true}}"
    sep; echo '{"tokenizer_class": "PreTrainedTokenizerFast"}'
} > "$dir/tokenizer/unigram-generic"
# <pad>, </s>, <unk> of its type, two pieces with scores; the trainer's model_type and unk_id
printf '{"extra_ids": 2}\036\036\036ab <extra_id_0>\036' > "$dir/spiece/small"
printf '\n\007\n\005<pad>\n\006\n\004</s>\n\011\n\005<unk>\030\002\n\013\n\004▁a\025\000\000\200\277\n\010\n\001b\025\000\000\000\300\022\005\030\001\300\002\002' >> "$dir/spiece/small"

# --- files of torch.save: storages that the target of the pickle alone has too
PYTHONPATH=tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - "$dir" << 'END'
import sys
import torch_save as ts
d = sys.argv[1]
store = lambda i, t: ts.Storage(t, bytes(range(48 >> i)), key=str(i))
f32, f16, u8 = store(0, "F32"), store(1, "F16"), store(3, "U8")
whole = ts.View(f32, (3, 4))
values = {
    "views": ts.with_metadata([("a", whole), ("b", ts.View(f32, (4, 3), (1, 4))), ("c", ts.View(f16, (2, 1, 2), (6, 99, 2), 1)), ("a.b", whole)]),
    "dict": {"a": ts.View(u8, (6,), more=(None,)), "b": ts.View(u8, ()), "c": ts.View(u8, (0, 7))},
    "parameter": {"a": ts.Parameter(ts.View(store(2, "I32"), (3,)))},
    "state": {"a": ts.parameter_with(ts.View(u8, (6,)), {"tag": 3, "of": "x"}), "b": ts.tensor_with(ts.View(u8, (2,)), ({"k": None}, None))},
    "code": {"a": ts.Call(exec, "x")},
}
for name, v in values.items():
    for protocol in 2, 4:
        m = ts.members(v, protocol=protocol)
        ts.write(f"{d}/torch/{name}-{protocol}", m)
        open(f"{d}/pickle/{name}-{protocol}", "wb").write(m["archive/data.pkl"])
END

# --- text and tables
for f in pair single; do cp "$w/$f.tsv" "$dir/tsv/$f"; done
printf 'y\ta\tb\nno\tx\ty z\n' > "$dir/tsv/header"
printf '\357\273\277a "q"\tno\r\nb\tyes\r\n' > "$dir/tsv/mark"
printf 'a,b,y\n"x, ""q""\n",z,no\r\nx,,yes\n' > "$dir/csv/header"
printf '"x, ""q""\n\n",no\r\nx,yes\n' > "$dir/csv/quotes"
printf '{"text": "a\\n\\u00e9", "label": "no"}\n{"label": -3, "text": "", "n": 99999999999999999999}\n' > "$dir/jsonl/text"
printf '{"a": "x", "b": "\\ud83d\\ude00", "y": "no"}\n{"a": "", "b": "z", "y": 1}\n' > "$dir/jsonl/pair"
"$B/mc-eval" --per-example "$w/each" mood="$w/single.tok.gz" < "$w/path.st.gz" > "$w/table"
cp "$w/table" "$dir/barrier/table"
{ cat "$w/table"; sep; cat "$w/each"; } > "$dir/barrier/both"
printf 'point\tt\ttask\tn\tloss\taccuracy\n0\t0\tq\t2\t1\t1\n1\t0.5\tq\t2\t2\t0.5\n2\t1\tq\t2\t1\t0\n\036point\tt\ttask\texample\tlabel\tpredicted\tloss\n0\t0\tq\t0\ta\ta\t1\n0\t0\tq\t1\tb\tb\t1\n1\t0.5\tq\t0\ta\ta\t2\n1\t0.5\tq\t1\tb\ta\t2\n2\t1\tq\t0\ta\tb\t1\n2\t1\tq\t1\tb\ta\t1\n' > "$dir/barrier/small"
{ printf 'point\tt\ttask\tn\tloss\tfrom\tto\tx\ty\ts\tgroup\n'; for g in a b; do printf '%d\t0\tq\t2\t1\taa\tbb\tnan\tnan\t0\t%s\n%d\t1\tq\t2\t2\taa\tbb\tnan\tnan\t1\t%s\n' $k $g $((k + 1)) $g; k=2; done; } > "$dir/barrier/groups"
{ printf 'task\tmetric\tbarrier_lin\tpath\tgroup\tfrom\tto\n'; printf 'q\tloss\t%s\tp\t\t%s\t%s\n' .01 aaaaaaaa0 bbbbbbbb0 .5 aaaaaaaa0 cccccccc0 .02 bbbbbbbb0 cccccccc0; printf 'q\tloss\t.1\tall\t\t\t\n'
    printf '\036aaaaaaaa0\tone\ncccccccc0\tthree\n'; } > "$dir/matrix/three"
printf 'point\tt\ttask\texample\tlabel\tpredicted\n' > "$w/ledger"
printf '%s\t%s\tq\t%s\t%s\t%s\n' 0 0 0 a a 0 0 2 b a 1 .5 0 a b 1 .5 2 b b 2 1 0 a a 2 1 2 b a >> "$w/ledger"
cp "$w/ledger" "$dir/knowledge/path"
{ cat "$w/ledger"; printf '\036epoch\texample\tlabel\tpredicted\tloss\tp_label\tgold\tlogits\n'
    printf '%s\t%s\t%s\t%s\t1\t%s\t%s\t1,-.5\n' 1 0 a a .5 0 1 2 b b .25 1 2 0 a b 1 0 2 2 b b 0 1; } > "$dir/knowledge/both"
cp "$dir/barrier/both" "$dir/barrier/small" "$dir/barrier/groups" "$dir/over"
for c in barrier_lin xfit; do
    printf 'condition\ttask\tmetric\t%s\tpath\tgroup\tfrom\tto\tn\n' $c
    printf '%s\tq\tloss\t%s\tp\t\t%s\t%s\t9\n' x .01 a b x .5 a c x .02 b c y .3 a b y .4 d e y .1 b c y .2 f b
    [ $c = xfit ] || printf '\036'
done > "$w/pairs"
cp "$w/pairs" "$dir/over/two"
sed 's/\x1e.*//;/\x1e/q' "$w/pairs" > "$dir/over/pairs"
i=0
for s in 0,.5,1 -1,1e-3,0.25 0,10,100 12 -9223372036854775808 1e308 +.5e-1 nan $'3\n1\n2\n'; do
    printf '%s' "$s" > "$dir/values/$((i++))"
done
printf '%s\n' -n 3 --any=-7 a --x .5 b --flag -- -c > "$dir/options/many"
printf '%s\n' --rate=0 --wide -1e300 --text 'a "b"' --choice chain --list x --list=y - > "$dir/options/more"
printf '%s\n' --threads 2 --level 9 --base f --precision f32 -q -v -o out > "$dir/options/common"
printf '%s\n' --help > "$dir/options/help"

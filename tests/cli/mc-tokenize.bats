#!/usr/bin/env bats
# mc-tokenize: the ids of a small tokenizer, the forms of input, and every way to fail.

setup() {
    B="${BIN:-build/bin}/mc-tokenize"
    T="$BATS_TEST_TMPDIR"
    D="$T/tok"
    mkdir "$D"
    # ids: [PAD] 0 [UNK] 1 [CLS] 2 [SEP] 3 [MASK] 4 good 5 bad 6 film 7 ##s 8 a 9 . 10 cafe 11 好 12 , 13
    printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' good bad film '##s' a . cafe 好 , > "$D/vocab.txt"
    echo '{"model_type": "bert", "max_position_embeddings": 12}' > "$D/config.json"
}

# The tensors of a token stream, one line per tensor: name, tab, numbers.
tensors() {
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
h = json.loads(b[8:8 + n])
h.pop("__metadata__", None)
for k in sorted(h):
    f = {"I32": "i", "I64": "q", "U8": "B", "F64": "d"}[h[k]["dtype"]]
    x, y = h[k]["data_offsets"]
    print(k, *[v for v, in struct.iter_unpack("<" + f, b[8 + n + x:8 + n + y])])'
}

meta() { # meta FILE KEY
    gzip -dc "$1" | python3 -c '
import json, struct, sys
b = sys.stdin.buffer.read()
n, = struct.unpack("<Q", b[:8])
print(json.loads(b[8:8 + n])["__metadata__"].get(sys.argv[1], "absent"))' "$2"
}

ids() { tensors "$1" | sed -n 's/^ids //p'; }

# Fails with the status and one line on stderr that holds every word given.
fails() { # fails STATUS WORD... -- COMMAND...
    local want="$1" words=()
    shift
    while [ "$1" != -- ]; do words+=("$1"); shift; done
    shift
    run "$@"
    [ "$status" -eq "$want" ] || { echo "status $status: $output"; return 1; }
    [ "${#lines[@]}" -eq 1 ] || { echo "$output"; return 1; }
    [[ "$output" == "mc-tokenize: error: "* ]]
    for w in "${words[@]}"; do [[ "$output" == *"$w"* ]] || { echo "no '$w' in: $output"; return 1; }; done
}

on() { printf "$1" > "$T/in"; shift; "$B" -t "$D" "$@" "$T/in" > "$T/out"; }

@test "--help and --version" {
    run "$B" --help
    [ "$status" -eq 0 ]
    for o in -t --max-len --format --header --text --label --labels --no-label --source --target --max-target --free \
        --regression --task --skip-bad --level; do
        [[ "$output" == *" $o "* ]] || { echo "$o"; return 1; }
    done
    run "$B" --version
    [ "$status" -eq 0 ]
}

@test "a single text: ids, types, labels, lines" {
    on 'Good films.\tpos\nCAF\xc3\x89 \xe5\xa5\xbd[MASK]xyz\tneg\n'
    run tensors "$T/out"
    [ "${lines[0]}" = "ids 2 5 7 8 10 3 2 11 12 4 1 3" ]
    [ "${lines[1]}" = "labels 1 0" ]
    [ "${lines[2]}" = "lines 1 2" ]
    [ "${lines[3]}" = "offsets 0 6 12" ]
    [ "${lines[4]}" = "types 0 0 0 0 0 0 0 0 0 0 0 0" ]
    [ "$(meta "$T/out" mc.labels)" = '["neg","pos"]' ]
    [ "$(meta "$T/out" mc.kind)" = tokens ]
    [ "$(meta "$T/out" mc.task)" = absent ]
}

@test "a pair, cut: the longer alone, else halves" {
    on 'good good good\tbad\tx\n' --max-len 6
    [ "$(ids "$T/out")" = "2 5 5 3 6 3" ]
    on 'good good good\tbad bad bad\tx\n' --max-len 8
    [ "$(ids "$T/out")" = "2 5 5 3 6 6 6 3" ]
    on 'good good\tbad bad\tx\n' --max-len 4
    [ "$(ids "$T/out")" = "2 3 6 3" ]
    [ "$(tensors "$T/out" | tail -1)" = "types 0 0 1 1" ]
}

@test "the same bytes for any number of threads, and no path in them" {
    on 'good\tx\nbad\ty\n' --threads 1
    cp "$T/out" "$T/one"
    "$B" -t "$D" --threads 4 --level 1 < "$T/in" | cmp - "$T/one"
    ! gzip -dc "$T/one" | grep -q "$T" || return 1
}

@test "provenance: options, digests; metadata of the task" {
    on 'good\tx\n' --task sst --max-len 5
    run meta "$T/out" mc.provenance
    [[ "$output" =~ ^mc-tokenize\ [0-9.]+\ max-len=5\ format=tsv\ task=sst\ tokenizer=[0-9a-f]{32}\ input=[0-9a-f]{32}$ ]]
    [ "$(meta "$T/out" mc.task)" = sst ]
    [[ "$output" == *"tokenizer=$(meta "$T/out" mc.tokenizer) "* ]]
}

@test "tokenizer.json and the same vocab.txt: the same digest and ids" {
    on 'Good films\tx\n'
    python3 - "$D" <<'P'
import json, sys
d = sys.argv[1]
v = {w.rstrip("\n"): i for i, w in enumerate(open(d + "/vocab.txt", encoding="utf-8"))}
special = [{"id": v[w], "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True} for w in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
json.dump({"version": "1.0", "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0}, "padding": None,
           "added_tokens": special,
           "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                          "strip_accents": None, "lowercase": True},
           "pre_tokenizer": {"type": "BertPreTokenizer"},
           "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
           "decoder": None,
           "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                     "max_input_chars_per_word": 100, "vocab": v}}, open(d + "/tokenizer.json", "w"))
P
    mv "$D/vocab.txt" "$T"
    "$B" -t "$D" --level 1 "$T/in" | cmp - "$T/out"

    # what transformers would resolve silently is refused
    echo '{"do_lower_case": false}' > "$D/tokenizer_config.json"
    fails 1 tokenizer_config.json tokenizer.json do_lower_case -- "$B" -t "$D" "$T/in"
    echo '{"model_max_length": 1000000000000000019884624838656, "mask_token": "[M]"}' > "$D/tokenizer_config.json"
    fails 1 tokenizer_config.json tokenizer.json '[M]' -- "$B" -t "$D" "$T/in"
    rm "$D/tokenizer_config.json"
    sed -i 's/"BertPreTokenizer"/"Whitespace"/' "$D/tokenizer.json"
    fails 1 "$D/tokenizer.json" 'pre_tokenizer Whitespace' -- "$B" -t "$D" "$T/in"
    sed -i 's/"WordPiece"/"Unigram"/' "$D/tokenizer.json"
    fails 1 "$D/tokenizer.json" 'Unigram' -- "$B" -t "$D" "$T/in"
    echo '{' > "$D/tokenizer.json"
    fails 1 "$D/tokenizer.json" 'line ' -- "$B" -t "$D" "$T/in"
    printf '{"a":%s' "$(printf '[%.0s' {1..5000})" > "$D/tokenizer.json"
    fails 1 "$D/tokenizer.json" -- "$B" -t "$D" "$T/in"
}

@test "tokenizer_config.json decides for vocab.txt" {
    echo '{"do_lower_case": false, "tokenizer_class": "BertTokenizer"}' > "$D/tokenizer_config.json"
    on 'Good good\tx\n'
    [ "$(ids "$T/out")" = "2 1 5 3" ]
    echo '{"tokenizer_class": "RobertaTokenizer"}' > "$D/tokenizer_config.json"
    fails 1 RobertaTokenizer "$D/tokenizer_config.json" -- "$B" -t "$D" "$T/in"
}

@test "extra_special_tokens as an object: its values are special tokens, empty it is absent" {
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": {"image": "<img>", "sound": {"content": "<snd>", "lstrip": true}}}' > "$D/tokenizer_config.json"
    on 'good<img>film <snd>\tx\n'
    [ "$(ids "$T/out")" = "2 5 14 7 15 3" ]
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": {}, "additional_special_tokens": ["<b>"]}' > "$D/tokenizer_config.json"
    on 'good<b>\tx\n'
    [ "$(ids "$T/out")" = "2 5 14 3" ]
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": {"a": "<a>"}, "additional_special_tokens": ["<b>"]}' > "$D/tokenizer_config.json"
    on 'good<b><a>\tx\n'
    [ "$(ids "$T/out")" = "2 5 15 14 3" ]
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": {}}' > "$D/tokenizer_config.json"
    echo '{"additional_special_tokens": ["<b>"]}' > "$D/special_tokens_map.json"
    on 'good<b>\tx\n'
    [ "$(ids "$T/out")" = "2 5 14 3" ]
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": {"a": 7}}' > "$D/tokenizer_config.json"
    fails 1 "$D/tokenizer_config.json" 'special token' -- on 'good\tx\n'
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": "<a>"}' > "$D/tokenizer_config.json"
    fails 1 "$D/tokenizer_config.json" -- on 'good\tx\n'
}

@test "tokens of one model under keys of their own, as transformers writes them beside the object" {
    local c
    for c in '"image_token": "<img>"' '"image_token": "<img>", "extra_special_tokens": {"image_token": "<img>"}' \
        '"image_token": "<img>", "model_specific_special_tokens": {"image_token": "<img>"}' \
        '"model_specific_special_tokens": {"x": "<img>"}, "add_bos_token": false, "extra_special_tokens": {}' \
        '"image_token": "<other>", "extra_special_tokens": {"image_token": "<img>"}'; do
        echo "{\"tokenizer_class\": \"BertTokenizer\", $c}" > "$D/tokenizer_config.json"
        on 'good<img>film\tx\n'
        [ "$(ids "$T/out")" = "2 5 14 7 3" ] || { echo "$c"; return 1; }
    done
    # its own key first, then the object's
    echo '{"tokenizer_class": "BertTokenizer", "extra_special_tokens": {"a": "<a>"}, "b_token": "<b>"}' > "$D/tokenizer_config.json"
    on 'good<b><a>\tx\n'
    [ "$(ids "$T/out")" = "2 5 14 15 3" ]
}

@test "added_tokens_decoder in any order of its ids" {
    local token='"lstrip": false, "rstrip": false, "single_word": false, "normalized": false, "special": true'
    local first="\"14\": {\"content\": \"<b>\", $token}" all
    all="\"3\": {\"content\": \"[SEP]\", $token}, \"0\": {\"content\": \"[PAD]\", $token}, \"2\": {\"content\": \"[CLS]\", $token}"
    for all in "$first, $all" "$all, $first"; do
        echo "{\"tokenizer_class\": \"BertTokenizer\", \"extra_special_tokens\": [\"<b>\", \"<c>\"], \"added_tokens_decoder\": {$all}}" \
            > "$D/tokenizer_config.json"
        on 'good<b><c>\tx\n'
        [ "$(ids "$T/out")" = "2 5 14 15 3" ] || { echo "$all"; ids "$T/out"; return 1; }
    done
}

@test "types of pairs: none where the class or model_input_names gives none, and another digest then" {
    local c with without
    types() { tensors "$T/out" | sed -n 's/^types //p'; }
    for c in '"tokenizer_class": "BertTokenizer"' '"tokenizer_class": "ElectraTokenizerFast"' '"do_lower_case": true' \
        '"tokenizer_class": "BertTokenizer", "model_input_names": ["input_ids", "token_type_ids"]'; do
        echo "{$c}" > "$D/tokenizer_config.json"
        on 'good\tbad\tx\n'
        [ "$(types)" = "0 0 0 1 1" ] || { echo "$c"; return 1; }
    done
    with=$(meta "$T/out" mc.tokenizer)
    for c in '"tokenizer_class": "DistilBertTokenizer"' '"tokenizer_class": "DistilBertTokenizerFast"' \
        '"tokenizer_class": "BertTokenizer", "model_input_names": ["input_ids", "attention_mask"]' \
        '"tokenizer_class": "BertTokenizer", "model_input_names": []'; do
        echo "{$c}" > "$D/tokenizer_config.json"
        on 'good\tbad\tx\n'
        [ "$(types)" = "0 0 0 0 0" ] || { echo "$c"; return 1; }
        without=$(meta "$T/out" mc.tokenizer)
        [ "$without" != "$with" ]
    done
}

@test "CSV: quotes, commas, newlines, CRLF; the line where a row begins" {
    on '"good, ""bad""\n.",x\r\nfilm,"y"\r\n' --format csv
    run tensors "$T/out"
    [ "${lines[0]}" = "ids 2 5 13 1 6 1 10 3 2 7 3" ]
    [ "${lines[2]}" = "lines 1 3" ]
    fails 1 'in: line 2' 'not closed' -- on 'good,x\n"bad,y\n' --format csv
    fails 1 'in: line 2' 'closing quote' -- on 'good,x\n"bad"c,y\n' --format csv
    fails 1 'in: line 1' quote -- on '5" film,x\nbad,y\n' --format csv
}

@test "JSON lines: keys" {
    on '{"s": "good", "l": 1}\n{"l": "b", "s": "bad\\u000a"}' --format jsonl --text s --label l
    run tensors "$T/out"
    [ "${lines[0]}" = "ids 2 5 3 2 6 3" ]
    [ "$(meta "$T/out" mc.labels)" = '["1","b"]' ]
    fails 1 'in: line 2' "no key 'text'" -- on '{"text":"a","label":"b"}\n{"label":"b"}\n' --format jsonl
    fails 1 'in: line 1' 'not JSON' -- on '{"text":"a",\n' --format jsonl
    fails 1 'in: line 1' 'no string' -- on '{"text":["a"],"label":"b"}\n' --format jsonl
    fails 1 'in: line 1' 'not JSON' -- on '{"text":"a\\u0000","label":"b"}\n' --format jsonl
}

@test "headers: --header, --text, --label; unknown and undeclared ones" {
    on 'id\tb\ta\tgold\n7\tbad\tgood\tx\n' --text a,b --label gold
    [ "$(ids "$T/out")" = "2 5 3 6 3" ]
    [ "$(tensors "$T/out" | sed -n 's/^lines //p')" = 2 ]
    on 'sentence\tlabel\ngood\tx\n' --header
    [ "$(ids "$T/out")" = "2 5 3" ]
    fails 1 'line 1' --header -- on 'sentence\tLabel\ngood\tx\n'
    fails 1 'line 1' "no column 'c'" -- on 'a\tlabel\ngood\tx\n' --text c
    fails 1 'no rows' -- on 'a\tlabel\n' --header
}

@test "headers: a column named label wherever it stands; what numbers rows is neither text nor label" {
    on 'a\tLabel\tb\ngood\tx\tbad\n' --header
    [ "$(ids "$T/out")" = "2 5 3 6 3" ]
    [ "$(meta "$T/out" mc.labels)" = '["x"]' ]
    on 'gold,a\nx,good\n' --format csv --text a --label gold
    [ "$(meta "$T/out" mc.labels)" = '["x"]' ]
    on 'a,b\ngood,x\n' --format csv --header # no label: the last
    [ "$(meta "$T/out" mc.labels)" = '["x"]' ]
    local name
    for name in '' id IDX Index guid 'Unnamed: 0' 'unnamed: 12'; do
        fails 1 'line 1' "'$name'" --text -- on "$name,a,label\n0,good,x\n" --format csv --header
        fails 1 'line 1' "'$name'" --text -- on "a,label,$name\ngood,x,0\n" --format csv --header
        fails 1 'line 1' "'$name'" --label -- on "a,$name\ngood,0\n" --format csv --header
        fails 1 'line 1' "'$name'" --text -- on "$name,a\n0,good\n" --format csv --header --no-label
        on "$name,a,label\n0,good,x\n" --format csv --text a
        [ "$(ids "$T/out")" = "2 5 3" ]
        on "a,$name\ngood,0\n" --format csv --text a --label "$name" # asked for by name
        [ "$(meta "$T/out" mc.labels)" = '["0"]' ]
    done
    fails 1 'line 1' 'two columns' --label -- on 'a,label,LABEL\ngood,x,y\n' --format csv --header
    fails 1 'line 1' "'label'" --text -- on 'a,label\ngood,x\n' --format csv --header --no-label
    fails 1 'line 1' --header -- on 'a,label,idx\ngood,x,0\n' --format csv
    fails 1 'line 1' --header -- on 'idx\tlabel\ta\n0\tx\tgood\n'
    on 'label\tgood\tx\n' # a text may be the word
    [ "$(ids "$T/out" | wc -w)" = 5 ]
}

@test "headers: other names of numbers are no texts, but may be labels" {
    local n
    for n in uid QID sent_id 'Pair ID' row_idx old_index __index_level_0__ level_0; do
        printf '%s,text,label\n0,good,x\n1,bad,y\n' "$n" > "$T/in"
        fails 1 "'$n' numbers the rows" --text -- "$B" -t "$D" --format csv --header "$T/in"
        "$B" -t "$D" --format csv --header --text text "$T/in" 2> "$T/err" > "$T/out"
        grep -q "text 'text', label 'label'" "$T/err"
    done
    printf 'text,class_id\ngood,0\nbad,1\n' | "$B" -t "$D" --format csv --header 2> "$T/err" > "$T/out"
    grep -q "label 'class_id': 0 1, 1 1" "$T/err"
}

@test "headers: what is named as labels is no text beside another label" {
    local h
    for h in text,label,label_text text,label,LABEL_id text,gold_label,label labels,text gold_label,text; do
        printf '%s\ngood,0,1\nbad,1,0\n' "$h" | cut -d, -f1-"$(tr , '\n' <<< "$h" | wc -l)" > "$T/in"
        fails 1 'line 1' 'would be text' --text --label -- "$B" -t "$D" --format csv --header "$T/in"
    done
    printf 'text,label,label_text\ngood,0,neg\nbad,1,pos\n' > "$T/in"
    fails 1 "'label' would be text" -- "$B" -t "$D" --format csv --header --label label_text "$T/in"
    "$B" -t "$D" --format csv --header --text text "$T/in" 2> "$T/err" > "$T/out"
    grep -q "2 rows, text 'text', label 'label': 0 1, 1 1; longest 3 tokens" "$T/err"
    printf 'text,labelled\ngood,0\nbad,1\n' | "$B" -t "$D" --format csv --header > "$T/out"
}

@test "decimals beside a number that is missing are no names either" {
    local none
    for none in nan NaN NA None -inf; do
        printf 'good\t0.5\nbad\t%s\n' "$none" > "$T/in"
        fails 1 --regression 0.5 -- "$B" -t "$D" "$T/in"
    done
    printf 'good\t1\nbad\tnone\n' | "$B" -t "$D" > "$T/out"
    printf 'good\t0.5\nbad\tworse\n' | "$B" -t "$D" > "$T/out"
    echo '{"text": "good", "label": 0.5}' > "$T/in"
    fails 1 --regression -- "$B" -t "$D" --format jsonl "$T/in"
}

@test "the format by the ending of the file's name; a file in another format is told" {
    printf 'good,x\n' > "$T/in.CSV"
    "$B" -t "$D" "$T/in.CSV" > "$T/out"
    [ "$(ids "$T/out")" = "2 5 3" ]
    [[ "$(meta "$T/out" mc.provenance)" == *"format=csv"* ]]
    local end
    for end in json jsonl ndjson; do
        printf '{"text": "good", "label": "x"}\n' > "$T/in.$end"
        "$B" -t "$D" "$T/in.$end" > "$T/out"
        [ "$(ids "$T/out")" = "2 5 3" ]
    done
    printf 'good,x\ty\n' > "$T/in.csv"
    "$B" -t "$D" --format tsv "$T/in.csv" > "$T/out"
    [ "$(ids "$T/out")" = "2 5 13 1 3" ]
    fails 1 'line 1' '--format csv' -- on 'good,x\n'
    fails 1 'line 1' '--format jsonl' -- on '{"text": "good", "label": "x"}\n'
}

@test "true and false of JSON lines are label names" {
    on '{"text": "good", "label": true}\n{"text": "bad", "label": false}\n' --format jsonl
    [ "$(meta "$T/out" mc.labels)" = '["false","true"]' ]
    fails 1 'line 1' 'no string' -- on '{"text": true, "label": "x"}\n' --format jsonl
}

@test "what was taken is told: rows, columns, labels with counts, the longest, how many were cut" {
    run on 'good film\tx\nbad\ty\ngood\tx\n'
    [ "$output" = "mc-tokenize: 3 rows, text column 1, label column 2: x 2, y 1; longest 4 tokens" ]
    run on 'b,a,gold\ngood,bad,x\n' --format csv --text a,b --label gold
    [ "$output" = "mc-tokenize: 1 row, text 'a', text 'b', label 'gold': x 1; longest 5 tokens" ]
    run on '{"s": "good bad film", "label": 3}\n' --format jsonl --text s --max-len 4
    [ "$output" = "mc-tokenize: 1 row, text 's', label 'label': 3 1; longest 4 tokens, 1 cut to 4" ]
    run on 'good\t1\nbad\t-2.5\n' --regression
    [ "$output" = "mc-tokenize: 2 rows, text column 1, number column 2: from -2.5 to 1, mean -0.75; longest 3 tokens" ]
    run on 'good\n' --no-label
    [ "$output" = "mc-tokenize: 1 row, text column 1; longest 3 tokens" ]
    run on "$(printf 'a\\tl%s\\n' 1 2 3 4 5 6 7 8 9 9)" # the most frequent of many
    [ "$output" = "mc-tokenize: 10 rows, text column 1, label column 2: l9 2, l1 1, l2 1, l3 1, l4 1, l5 1, l6 1, l7 1 and 1 more; longest 3 tokens" ]
    run on 'good\tx\n' -q
    [ -z "$output" ]
}

@test "numbers and texts are no names of classes, unless --labels lists them" {
    fails 1 "$T/in" --regression --labels -- on 'good\t0.5\nbad\t1\n'
    fails 1 --regression -- on 'good\t1e3\nbad\t2\n'
    on 'good\t1\nbad\t-2\n' # whole numbers are
    on 'good\t0.5\nbad\tx1\n' # and so is what is not all numbers
    on 'good\t0.0\nbad\t1.0\n' --labels 0.0,1.0
    local rows49 rows50
    rows49=$(for k in {1..49}; do printf 'a\\tname %d\\n' "$k"; done)
    rows50="${rows49}a\tname 50\n"
    on "$rows49"
    fails 1 '50 different labels in 50 rows' --regression -- on "$rows50"
    on "$(for k in {1..50}; do printf 'a\\tname %d\\n' $((k / 3)); done)"
}

@test "BOM, CRLF, empty text, no newline at the end" {
    on '\xef\xbb\xbfgood\tx\r\n\ty\n\xef\xbb\xbfbad\tz'
    run tensors "$T/out"
    [ "${lines[0]}" = "ids 2 5 3 2 3 2 6 3" ]
    [ "$(meta "$T/out" mc.labels)" = '["x","y","z"]' ]
}

@test "bad rows: one line with file and line; --skip-bad skips and tells" {
    fails 1 "$T/in: line 2" '1 column' -- on 'good\tx\nbad\n'
    fails 1 "$T/in: line 1" '4 columns' -- on 'a\tb\tc\td\n'
    fails 1 "$T/in: line 2" UTF-8 'byte 2' -- on 'good\tx\na\xff\tx\n'
    fails 1 "$T/in: line 1" UTF-8 -- on '\xed\xa0\x80\tx\n'
    fails 1 "$T/in: line 1" UTF-8 -- on '\xc0\xaf\tx\n'
    fails 1 "$T/in: line 1" NUL -- on 'a\0b\tx\n'
    fails 1 "$T/in: line 2" "'z'" --labels -- on 'good\tx\nbad\tz\n' --labels x,y
    fails 1 "$T/in: line 1" 'empty label' -- on 'good\t\n'
    fails 1 "$T/in: line 2" '13 tokens' 12 --max-len -- on 'a\tx\na a a a a a a a a a a\tx\n'
    run on 'good\tx\nbad\n\xff\tx\nfilm\ty\n' --skip-bad
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[0]}" == *"2 bad rows"*"in: line 2"* ]]
    [[ "${lines[1]}" == *"2 rows, "*"x 1, y 1"* ]]
    [ "$(ids "$T/out")" = "2 5 3 2 7 3" ]
    fails 1 "line 1" 'no row is good' -- on 'bad\n' --skip-bad
}

@test "--labels sorts by bytes and keeps labels that do not appear; --no-label" {
    on 'good\tb\n' --labels c,b,a
    [ "$(meta "$T/out" mc.labels)" = '["a","b","c"]' ]
    [ "$(tensors "$T/out" | sed -n 's/^labels //p')" = 1 ]
    on 'good\nbad\n' --no-label
    [ "$(meta "$T/out" mc.labels)" = absent ]
    ! tensors "$T/out" | grep -q ^labels || return 1
}

@test "empty input, a missing file, a missing or wrong directory" {
    fails 1 'standard input' 'no rows' -- "$B" -t "$D" < /dev/null
    fails 1 "$T/none" -- "$B" -t "$D" "$T/none"
    fails 1 "$T/none" -- "$B" -t "$T/none" /dev/null
    mkdir "$T/empty"
    fails 1 "$T/empty" -- "$B" -t "$T/empty" /dev/null
    : > "$D/vocab.txt"
    fails 1 "$D/vocab.txt" -- "$B" -t "$D" /dev/null
    printf 'a\n' > "$D/vocab.txt"
    fails 1 "$D/vocab.txt" '[UNK]' -- "$B" -t "$D" /dev/null
}

@test "bad usage exits 2, before anything is read" {
    fails 2 --nope -- "$B" --nope
    fails 2 -t -- "$B"
    fails 2 --max-len -- "$B" -t "$D" --max-len 0
    fails 2 --format -- "$B" -t "$D" --format xml
    fails 2 --no-label -- "$B" -t "$D" --no-label --labels a
    fails 2 --labels twice -- "$B" -t "$D" --labels a,a
    fails 2 --labels UTF-8 -- "$B" -t "$D" --labels $'a,\xff'
    fails 2 --labels control -- "$B" -t "$D" --labels $'a,b\tc'
    fails 2 --task UTF-8 -- "$B" -t "$D" --task $'a\xc3'
    fails 2 --text -- "$B" -t "$D" --text a,b,c
    fails 2 'special tokens' -- on 'good\tx\n' --max-len 2
    fails 2 operand -- "$B" -t "$D" a b
}

@test "/dev/full, a closed pipe, -o" {
    printf 'good\tx\n' > "$T/in"
    run bash -c "'$B' -t '$D' '$T/in' > /dev/full"
    [ "$status" -eq 1 ]
    [[ "$output" == "mc-tokenize: error: standard output"* ]]
    yes 'good film, a bad film	x' | head -200000 > "$T/big" || true
    run bash -c "set -o pipefail; '$B' -t '$D' '$T/big' 2> '$T/err' | true; exit \${PIPESTATUS[0]}"
    [ "$status" -eq 1 ]
    [ ! -s "$T/err" ]
    "$B" -t "$D" -o "$T/x.gz" "$T/in"
    "$B" -t "$D" --level 1 "$T/in" | cmp - "$T/x.gz"
    run "$B" -t "$D" -o "$T/x.gz" /dev/null
    [ "$status" -eq 1 ]
    "$B" -t "$D" --level 1 "$T/in" | cmp - "$T/x.gz" # the old file is still whole
    [ "$(ls "$T" | grep -c x.gz)" -eq 1 ]
}

# RoBERTa's tokenizer, as small: <s> 0 <pad> 1 </s> 2 <unk> 3, then pieces; Ġ stands for a space.
roberta() {
    D="$T/roberta"
    mkdir "$D"
    printf '%s' '{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a":4,"b":5,"Ġ":6,"Ã":7,"©":8,"ab":9,"Ġab":10,"<mask>":11}' > "$D/vocab.json"
    printf '%s\n' '#version: 0.2' 'a b' 'Ġ ab' > "$D/merges.txt"
    echo '{"model_type": "roberta", "max_position_embeddings": 14}' > "$D/config.json"
}

@test "byte-level BPE: ids, pairs, types all 0, the model's limit" {
    roberta
    on 'ab ab\xc3\xa9<mask>\tpos\n\tneg\n'
    run tensors "$T/out"
    [ "${lines[0]}" = "ids 0 9 10 7 8 11 2 0 2" ]
    [ "${lines[4]}" = "types 0 0 0 0 0 0 0 0 0" ]
    on 'ab ab ab\ta\tx\n' --max-len 7
    [ "$(ids "$T/out")" = "0 9 10 2 2 4 2" ]
    fails 1 "$T/in: line 1" '13 tokens' 12 --max-len -- on 'aaaaaaaaaaa\tx\n' # positions 0 and 1 are padding's
    fails 2 'special tokens' -- on 'a\tb\tx\n' --max-len 4
    echo '{"mask_token": {"content": "<mask>", "lstrip": true}, "add_prefix_space": true}' > "$D/tokenizer_config.json"
    on 'ab <mask>\tx\n'
    [ "$(ids "$T/out")" = "0 10 11 2" ]
}

@test "byte-level BPE: tokenizer.json says the same; what contradicts it is refused" {
    roberta
    on 'ab <mask> ab\tx\n'
    python3 - "$D" <<'P'
import json, sys
d = sys.argv[1]
v = json.load(open(d + "/vocab.json", encoding="utf-8"))
special = [{"id": v[w], "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True} for w in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
json.dump({"version": "1.0", "added_tokens": special, "normalizer": None,
           "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
           "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True,
                              "add_prefix_space": False},
           "model": {"type": "BPE", "dropout": None, "unk_token": None, "vocab": v,
                     "merges": [["a", "b"], ["\u0120", "ab"]]}}, open(d + "/tokenizer.json", "w"))
P
    "$B" -t "$D" --level 1 "$T/in" | cmp - "$T/out"
    echo 'a b' > "$D/merges.txt"
    fails 1 "$D/merges.txt" tokenizer.json -- "$B" -t "$D" "$T/in"
    rm "$D/merges.txt" "$D/vocab.json"
    "$B" -t "$D" --level 1 "$T/in" | cmp - "$T/out"
    echo '{"add_prefix_space": true}' > "$D/tokenizer_config.json"
    fails 1 tokenizer_config.json tokenizer.json add_prefix_space -- "$B" -t "$D" "$T/in"
    echo '{"tokenizer_class": "BertTokenizer"}' > "$D/tokenizer_config.json"
    fails 1 "$D/tokenizer_config.json" BertTokenizer -- "$B" -t "$D" "$T/in"
    rm "$D/tokenizer_config.json"
    sed -i 's/"type": "ByteLevel"/"type": "Punctuation"/' "$D/tokenizer.json"
    fails 1 "$D/tokenizer.json" 'pre_tokenizer Punctuation' -- "$B" -t "$D" "$T/in"
}

@test "byte-level BPE: files that are wrong" {
    roberta
    printf 'a b\na z\n' > "$D/merges.txt"
    fails 1 "$D/merges.txt: line 2" "'z'" -- "$B" -t "$D" /dev/null
    rm "$D/merges.txt"
    fails 1 "$D/merges.txt" -- "$B" -t "$D" /dev/null
    : > "$D/merges.txt"
    on 'ab\tx\n'
    [ "$(ids "$T/out")" = "0 4 5 2" ]
    sed -i 's/"b":5/"b":4/' "$D/vocab.json"
    fails 1 "$D/vocab.json: " "'a' and 'b' have one id, 4" -- "$B" -t "$D" /dev/null
    echo x > "$D/vocab.txt"
    fails 1 "$D" vocab.txt vocab.json -- "$B" -t "$D" /dev/null
}

part() { tensors "$T/out" | sed -n "s/^$1 //p"; } # part NAME: a tensor's numbers

@test "--source, --target: the filled-in string, one target for a label" {
    roberta
    on 'ab\tb\tb\n\ta\ta\na\t\tb\n' --source 'a{1}<mask> {{{2}' --target '<mask>{label}'
    [ "$(part ids)" = "0 4 9 11 6 5 2 0 4 11 6 4 2 0 4 4 11 6 2" ] # braces are no pieces of this vocabulary
    [ "$(part types)" = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0" ]
    [ "$(part labels)" = "1 0 1" ]
    [ "$(part target_ids)" = "0 11 5 2 0 11 4 2 0 11 5 2" ]
    [ "$(part target_offsets)" = "0 4 8 12" ]
    [ "$(part label_target_ids)" = "0 11 4 2 0 11 5 2" ]
    [ "$(part label_target_offsets)" = "0 4 8" ]
    [ "$(meta "$T/out" mc.decoder)" = byte-level ]
    # <s> <pad> </s> <unk> a b ...: special ones are empty; the space is the byte-level letter
    [ "$(part pieces)" = "0 0 0 0 97 0 98 0 196 160 0 195 131 0 194 169 0 97 98 0 196 160 97 98 0 0" ]
    run meta "$T/out" mc.provenance
    [[ "$output" == *' source="a{1}<mask> {{{2}" target=<mask>{label} '* ]]
    "${B%mc-tokenize}mc-info" --check "$T/out"
}

@test "text to text: what is not given" {
    roberta
    on 'ab\tb\n' --source ' {1}'
    [ "$(part ids) / $(part target_ids)" = "0 10 2 / 0 5 2" ]
    [[ "$(meta "$T/out" mc.provenance)" == *" target={label} "* ]]
    on 'ab\ta\tb\n' --target '{label}{label}' # a pair as ever
    [ "$(part ids) / $(part target_ids)" = "0 9 2 2 4 2 / 0 5 5 2" ]
    on 'ab\tb\n' --source '{1}' --labels 'b,a'
    [ "$(part label_target_ids)" = "0 4 2 0 5 2" ]
    # text to predict: pieces and nothing else
    on 'ab\nb\n' --no-label --source 'a{1}'
    [ "$(part ids)" = "0 4 9 2 0 9 2" ]
    [ -n "$(part pieces)" ]
    ! tensors "$T/out" | grep -q 'target\|label' || return 1
    # no text to text: as it was
    on 'ab\tb\n'
    ! tensors "$T/out" | grep -q 'target\|pieces' || return 1
}

@test "--max-len cuts texts, not the template; --max-target cuts nothing" {
    roberta
    on 'bbbb\tb\ta\n' --source 'a{1}<mask>{2}' --max-len 7
    [ "$(part ids)" = "0 9 5 5 11 5 2" ] # a and the first b are one piece
    on 'bbbb\tbbb\ta\n' --source '{1}<mask>{2}' --max-len 7
    [ "$(part ids)" = "0 5 5 11 5 5 2" ]
    on 'bbbb\tbbb\ta\n' --source '{1}<mask>{2}' --max-len 3
    [ "$(part ids)" = "0 11 2" ]
    fails 1 "$T/in: line 1" 'the template alone has 3 tokens' -- on 'b\tb\n' --source '<mask>{1}' --max-len 2
    fails 1 "$T/in: line 1" '13 tokens' --max-len -- on 'aaaaaaaaaa\tb\n' --source 'b{1}' # the model's limit
    on 'a\taaa\nb\tb\n' --source '{1}' --max-target 5
    [ "$(part target_ids)" = "0 4 4 4 2 0 5 2" ]
    fails 1 "$T/in: line 1" '5 tokens' --max-target -- on 'a\taaa\nb\tb\n' --source '{1}' --max-target 4
    run on 'a\taaa\nb\tb\n' --source '{1}' --max-target 4 --skip-bad
    [ "$status" -eq 0 ]
    [ "$(part target_ids)" = "0 5 2" ]
    fails 1 "label 'aaa'" --max-target -- on 'b\tb\n' --source '{1}' --max-target 4 --labels aaa,b
}

@test "labels with one target, a template for two texts, a tokenizer that joins nothing" {
    roberta
    fails 1 "'a' and 'ax'" 'same target' -- on 'b\tax\nb\ta\n' --source '{1}'
    fails 1 "$T/in: line 1" '{2}' -- on 'b\ta\n' --source '{2}'
    D="$T/tok"
    fails 1 "$D" WordPiece 'join pieces' -- on 'good\ta\n' --target '{label}'
    fails 1 "$D" WordPiece 'join pieces' -- on 'good\ta\n' --free
}

@test "--free: answers from the label on, the first trained on" {
    roberta
    on 'ab\ta\tbb\nb\tb\n' --free --target '<mask>{label}'
    [ "$(part ids) / $(part target_ids)" = "0 9 2 0 5 2 / 0 11 4 2 0 11 5 2" ]
    [ "$(part answers) / $(part answer_offsets)" = "97 0 98 98 0 98 0 / 0 5 7" ]
    ! tensors "$T/out" | grep -q label || return 1
    [ "$(meta "$T/out" mc.labels)" = absent ]
    on 'ab\ta\tb\tbb\n' --free --source '{2}{1}'
    [ "$(part ids) / $(part target_ids) / $(part answers)" = "0 4 9 2 / 0 5 2 / 98 0 98 98 0" ]
    on '{"text": "ab", "label": ["b", "a\\u00e9"]}\n{"text": "b", "label": "a"}\n' --free --format jsonl
    [ "$(part answers)" = "98 0 97 195 169 0 97 0" ]
    on 'q,gold\nab,b,a\nb,a\n' --free --format csv --text q --label gold
    [ "$(part answers)" = "98 0 97 0 97 0" ]
    fails 1 "$T/in: line 2" 'no answer' -- on 'a\tb\na\n' --free
    fails 1 "$T/in: line 1" 'empty answer' -- on 'a\tb\t\n' --free
    fails 1 "$T/in: line 1" 'no answer' -- on '{"text": "a", "label": []}\n' --free --format jsonl
    fails 1 "$T/in: line 1" 'tokens' --max-target -- on 'a\tbbb\tb\n' --free --max-target 4
}

@test "--regression: numbers for labels" {
    on 'good\t0.5\nbad\t-1e3\nfilm\t7\n' --regression
    [ "$(part values)" = "0.5 -1000.0 7.0" ]
    ! tensors "$T/out" | grep -q 'labels\|pieces' || return 1
    [ "$(meta "$T/out" mc.labels)" = absent ]
    on '{"text": "good", "label": 2.25}\n' --regression --format jsonl
    [ "$(part values)" = 2.25 ]
    for x in abc nan inf 0x10 1e999 1,5 '1 '; do
        fails 1 "$T/in: line 2" "'$x' is no number" -- on "good\\t1\\nbad\\t$x\\n" --regression
    done
    fails 1 "$T/in: line 1" 'empty label' -- on 'good\t\n' --regression
    run on 'good\tx\nbad\t1\n' --regression --skip-bad
    [ "$(part values)" = 1.0 ]
}

@test "templates and options that contradict each other: bad usage" {
    roberta
    for t in '' '{1' '{1}}' '}{1}' '{3}' '{}' '{label}' '{1} {label}' plain; do
        fails 2 --source -- "$B" -t "$D" --source "$t" /dev/null
    done
    for t in '' '{label' '{1}' '{2}{label}' 'x' '{label}}' '{labels}'; do
        fails 2 --target -- "$B" -t "$D" --target "$t" /dev/null
    done
    fails 2 --source UTF-8 -- "$B" -t "$D" --source $'{1}\xff' /dev/null
    fails 2 --max-target -- "$B" -t "$D" --max-target 4 /dev/null
    fails 2 --max-target -- "$B" -t "$D" --max-target 0 --free /dev/null
    for o in '--labels a' --no-label; do
        fails 2 --free -- "$B" -t "$D" --free $o /dev/null
        fails 2 --regression -- "$B" -t "$D" --regression $o /dev/null
    done
    for o in '--source {1}' '--target {label}' --free; do
        fails 2 --regression -- "$B" -t "$D" --regression $o /dev/null
    done
}

@test "a classifier takes neither text to text nor regression" {
    roberta
    printf '{"model_type": "bert", "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 4, "vocab_size": 14, "max_position_embeddings": 16}' > "$T/config.json"
    "${B%tokenize}init" "$T/config.json" --labels a,b --seed-init 1 -o "$T/model.st.gz"
    on 'ab\ta\nb\tb\n' --source '{1}'
    run "${B%tokenize}eval" "$T/out" < "$T/model.st.gz"
    [ "$status" -eq 1 ]
    [[ "${lines[-1]}" == "mc-eval: error: "*"text-to-text data for a classifier (mc-tokenize without --target"* ]]
    run "${B%tokenize}finetune" --train "$T/out" -q < "$T/model.st.gz"
    [ "$status" -eq 1 ]
    [[ "$output" == "mc-finetune: error: $T/out: text-to-text data for a classifier (mc-tokenize without --target"* ]]
    on 'ab\t1\nb\t2\n' --regression
    run "${B%tokenize}eval" "$T/out" < "$T/model.st.gz"
    [ "$status" -eq 1 ]
    [[ "${lines[-1]}" == "mc-eval: error: "*"regression data for a classifier (mc-tokenize without"* ]]
}

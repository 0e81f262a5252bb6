// Byte-level BPE of the language, as RoBERTa's, and a small RoBERTa to go with it. A word with the
// space before it is built from its left, a letter a merge; endings come last, so that none is
// taken out of a word. The first word of a text gets a space too.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer.h"

#define SPACE "\xc4\xa0" // the letter of the byte 0x20

static const char *const specials[] = {"<s>", "<pad>", "</s>", "<unk>"};
enum { SPECIALS = 4, BYTES = 256, WORD = 7 };

// --- the letters that stand for bytes

// Code point of the letter; the letters up to c that are not the byte itself are from 256 on.
static int letter_of(int byte) {
    int next = 256;
    for (int c = 0;; c++) {
        bool self = (c > ' ' && c < 0x7f) || (c > 0xa0 && c != 0xad);
        if (c == byte) return self ? c : next;
        next += !self;
    }
}

// As JSON has it: a letter of UTF-8 in at most two bytes.
static const char *letter_json(int byte, char buf[8]) {
    int c = letter_of(byte);
    if (c < 0x80)
        snprintf(buf, 8, c == '"' || c == '\\' ? "\\%c" : "%c", c);
    else
        snprintf(buf, 8, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
    return buf;
}

// --- merges

typedef int merge_fn(struct mc_buf *b, int i, const char *left, const char *right,
                     struct mc_error *e);

// Whether a word before number w begins with the first k letters of it.
static bool begun_before(const struct mc_synth *s, int w, int k) {
    for (int i = 0; i < w; i++)
        if (strncmp(s->word[i].text, s->word[w].text, (size_t)k) == 0) return true;
    return false;
}

// Calls fn for every merge, in order; their number.
static int each_merge(const struct mc_synth *s, merge_fn *fn, struct mc_buf *b, int *n,
                      struct mc_error *e) {
    *n = 0;
    for (int w = 0; w < s->n_words; w++)
        for (int k = 1; k <= (int)strlen(s->word[w].text); k++) {
            if (begun_before(s, w, k)) continue;
            char left[2 + WORD + 1], right[2] = {s->word[w].text[k - 1], 0};
            snprintf(left, sizeof left, SPACE "%.*s", k - 1, s->word[w].text);
            MC_TRY(fn(b, (*n)++, left, right, e));
        }
    for (int i = 0; i < ENDINGS; i++) {
        char left[2] = {s->ending[i][0], 0}, right[2] = {s->ending[i][1], 0};
        MC_TRY(fn(b, (*n)++, left, right, e));
    }
    return 0;
}

static int put_nothing(struct mc_buf *b, int i, const char *left, const char *right,
                       struct mc_error *e) {
    (void)b, (void)i, (void)left, (void)right, (void)e;
    return 0;
}

static int put_line(struct mc_buf *b, int i, const char *left, const char *right,
                    struct mc_error *e) {
    (void)i;
    return mc_buf_printf(b, e, "%s %s\n", left, right);
}

static int put_pair(struct mc_buf *b, int i, const char *left, const char *right,
                    struct mc_error *e) {
    return mc_buf_printf(b, e, "%s\n      [\"%s\", \"%s\"]", i ? "," : "", left, right);
}

static int put_piece(struct mc_buf *b, int i, const char *left, const char *right,
                     struct mc_error *e) {
    return mc_buf_printf(b, e, ",\n      \"%s%s\": %d", left, right, SPECIALS + BYTES + i);
}

// --- files

// Special tokens, bytes, what merges make, <mask>.
static int put_vocab(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    int n;
    char buf[8];
    for (int i = 0; i < SPECIALS; i++)
        MC_TRY(mc_buf_printf(b, e, "%s\n      \"%s\": %d", i ? "," : "", specials[i], i));
    for (int c = 0; c < BYTES; c++)
        MC_TRY(mc_buf_printf(b, e, ",\n      \"%s\": %d", letter_json(c, buf), SPECIALS + c));
    MC_TRY(each_merge(s, put_piece, b, &n, e));
    return mc_buf_printf(b, e, ",\n      \"<mask>\": %d", SPECIALS + BYTES + n);
}

static int vocab_json(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    MC_TRY(mc_buf_printf(b, e, "{"));
    MC_TRY(put_vocab(s, b, e));
    return mc_buf_printf(b, e, "\n}\n");
}

static int merges_txt(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    int n;
    MC_TRY(mc_buf_printf(b, e, "#version: 0.2\n"));
    return each_merge(s, put_line, b, &n, e);
}

static int tokenizer_json(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    int n;
    MC_TRY(each_merge(s, put_nothing, b, &n, e));
    MC_TRY(mc_buf_printf(b, e,
                         "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": "
                         "null,\n  \"added_tokens\": ["));
    for (int i = 0; i < SPECIALS; i++)
        MC_TRY(synth_put_special(b, i == 0, i, specials[i], false, e));
    MC_TRY(synth_put_special(b, false, SPECIALS + BYTES + n, "<mask>", true, e));
    MC_TRY(mc_buf_printf(
        b, e,
        "\n  ],\n  \"normalizer\": null,\n"
        "  \"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\": true, "
        "\"trim_offsets\": true, \"use_regex\": true},\n"
        "  \"post_processor\": {\"type\": \"RobertaProcessing\", \"sep\": [\"</s>\", 2], "
        "\"cls\": [\"<s>\", 0], \"trim_offsets\": true, \"add_prefix_space\": true},\n"
        "  \"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": "
        "true, \"use_regex\": true},\n"
        "  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": null,\n"
        "    \"continuing_subword_prefix\": \"\",\n    \"end_of_word_suffix\": \"\",\n"
        "    \"fuse_unk\": false,\n    \"byte_fallback\": false,\n    \"ignore_merges\": false,\n"
        "    \"vocab\": {"));
    MC_TRY(put_vocab(s, b, e));
    MC_TRY(mc_buf_printf(b, e, "\n    },\n    \"merges\": ["));
    MC_TRY(each_merge(s, put_pair, b, &n, e));
    return mc_buf_printf(b, e, "\n    ]\n  }\n}\n");
}

static int tokenizer_config(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    (void)s;
    return mc_buf_printf(
        b, e,
        "{\n  \"tokenizer_class\": \"RobertaTokenizer\",\n  \"add_prefix_space\": true,\n"
        "  \"model_max_length\": 64,\n  \"bos_token\": \"<s>\",\n  \"eos_token\": \"</s>\",\n"
        "  \"unk_token\": \"<unk>\",\n  \"sep_token\": \"</s>\",\n  \"pad_token\": \"<pad>\",\n"
        "  \"cls_token\": \"<s>\",\n"
        "  \"mask_token\": {\"__type\": \"AddedToken\", \"content\": \"<mask>\", \"lstrip\": true, "
        "\"normalized\": false, \"rstrip\": false, \"single_word\": false}\n}\n");
}

static int model_config(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    int n;
    MC_TRY(each_merge(s, put_nothing, b, &n, e));
    return mc_buf_printf(
        b, e,
        "{\n  \"architectures\": [\"RobertaForMaskedLM\"],\n  \"model_type\": \"roberta\",\n"
        "  \"vocab_size\": %d,\n  \"hidden_size\": 64,\n  \"num_hidden_layers\": 2,\n"
        "  \"num_attention_heads\": 4,\n  \"intermediate_size\": 256,\n  \"hidden_act\": "
        "\"gelu\",\n  \"hidden_dropout_prob\": 0.0,\n  \"attention_probs_dropout_prob\": 0.0,\n"
        "  \"max_position_embeddings\": 66,\n  \"type_vocab_size\": 1,\n"
        "  \"initializer_range\": 0.05,\n  \"layer_norm_eps\": 1e-05,\n  \"bos_token_id\": 0,\n"
        "  \"pad_token_id\": 1,\n  \"eos_token_id\": 2\n}\n",
        SPECIALS + BYTES + n + 1);
}

const struct synth_file synth_bpe[] = {
    {"vocab.json", vocab_json},         {"merges.txt", merges_txt},
    {"tokenizer.json", tokenizer_json}, {"tokenizer_config.json", tokenizer_config},
    {"config.json", model_config},      {NULL, NULL},
};

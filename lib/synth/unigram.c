// Unigram pieces of the language, as T5's, and a small T5 v1.1 to go with it.
#include <stdio.h>

#include "tokenizer.h"

#define SPACE "\xe2\x96\x81" // U+2581, a space in pieces

static const char *const specials[] = {"<pad>", "</s>", "<unk>"};
static const char *const marks[] = {SPACE, ",", "."};
enum { SPECIALS = 3, MARKS = 3, LETTERS = 26, SENTINELS = 100, ROUND = 8, TEXT = 32 };

static int n_pieces(const struct mc_synth *s) {
    return SPECIALS + MARKS + LETTERS + ENDINGS + s->n_words + LABELS + SENTINELS;
}

// Piece number i and its score: special tokens, marks, letters (so that every word of small letters
// has pieces), endings, words and labels with the space before them, sentinels from the last to the
// first.
// Fewer pieces are better: none of several is worth one.
static double piece(const struct mc_synth *s, int i, char buf[TEXT]) {
    const char *text = NULL;
    double score = 0;
    if (i < SPECIALS) {
        text = specials[i];
    } else if ((i -= SPECIALS) < MARKS) {
        text = marks[i];
        score = -4;
    } else if ((i -= MARKS) < LETTERS) {
        snprintf(buf, TEXT, "%c", 'a' + i);
        return -8;
    } else if ((i -= LETTERS) < ENDINGS) {
        text = s->ending[i];
        score = -6;
    } else if ((i -= ENDINGS) < s->n_words) {
        snprintf(buf, TEXT, SPACE "%s", s->word[i].text);
        return -5;
    } else if ((i -= s->n_words) < LABELS) {
        snprintf(buf, TEXT, SPACE "%s", synth_label[i]);
        return -5;
    } else {
        i -= LABELS;
    }
    if (text)
        snprintf(buf, TEXT, "%s", text);
    else
        snprintf(buf, TEXT, "<extra_id_%d>", SENTINELS - 1 - i);
    return score;
}

static int put_added(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    char buf[TEXT];
    for (int i = 0; i < SPECIALS; i++)
        MC_TRY(synth_put_special(b, i == 0, i, specials[i], false, e));
    for (int i = n_pieces(s) - SENTINELS; i < n_pieces(s); i++) {
        piece(s, i, buf);
        MC_TRY(synth_put_special(b, false, i, buf, false, e));
    }
    return 0;
}

static int tokenizer_json(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    char buf[TEXT];
    MC_TRY(mc_buf_printf(b, e,
                         "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": "
                         "null,\n  \"added_tokens\": ["));
    MC_TRY(put_added(s, b, e));
    MC_TRY(mc_buf_printf(
        b, e,
        "\n  ],\n  \"normalizer\": null,\n"
        "  \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": "
        "\"WhitespaceSplit\"}, {\"type\": \"Metaspace\", \"replacement\": \"" SPACE "\", "
        "\"prepend_scheme\": \"always\", \"split\": true}]},\n"
        "  \"post_processor\": {\n    \"type\": \"TemplateProcessing\",\n"
        "    \"single\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, {\"SpecialToken\": "
        "{\"id\": \"</s>\", \"type_id\": 0}}],\n"
        "    \"pair\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, {\"SpecialToken\": "
        "{\"id\": \"</s>\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"B\", \"type_id\": 0}}, "
        "{\"SpecialToken\": {\"id\": \"</s>\", \"type_id\": 0}}],\n"
        "    \"special_tokens\": {\"</s>\": {\"id\": \"</s>\", \"ids\": [1], \"tokens\": "
        "[\"</s>\"]}}\n  },\n"
        "  \"decoder\": {\"type\": \"Metaspace\", \"replacement\": \"" SPACE "\", "
        "\"prepend_scheme\": \"always\", \"split\": true},\n"
        "  \"model\": {\n    \"type\": \"Unigram\",\n    \"unk_id\": 2,\n    \"vocab\": ["));
    for (int i = 0; i < n_pieces(s); i++) {
        double score = piece(s, i, buf);
        MC_TRY(mc_buf_printf(b, e, "%s\n      [\"%s\", %.1f]", i ? "," : "", buf, score));
    }
    return mc_buf_printf(b, e, "\n    ],\n    \"byte_fallback\": false\n  }\n}\n");
}

static int tokenizer_config(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    (void)s;
    return mc_buf_printf(b, e,
                         "{\n  \"tokenizer_class\": \"T5Tokenizer\",\n  \"extra_ids\": %d,\n"
                         "  \"eos_token\": \"</s>\",\n  \"unk_token\": \"<unk>\",\n"
                         "  \"pad_token\": \"<pad>\"\n}\n",
                         SENTINELS);
}

static int model_config(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    return mc_buf_printf(
        b, e,
        "{\n  \"architectures\": [\"T5ForConditionalGeneration\"],\n  \"model_type\": \"t5\",\n"
        "  \"is_encoder_decoder\": true,\n  \"vocab_size\": %d,\n  \"d_model\": 64,\n"
        "  \"d_kv\": 16,\n  \"num_heads\": 4,\n  \"d_ff\": 128,\n  \"num_layers\": 2,\n"
        "  \"num_decoder_layers\": 2,\n  \"feed_forward_proj\": \"gated-gelu\",\n"
        "  \"tie_word_embeddings\": false,\n  \"relative_attention_num_buckets\": 32,\n"
        "  \"relative_attention_max_distance\": 128,\n  \"layer_norm_epsilon\": 1e-06,\n"
        "  \"dropout_rate\": 0.0,\n  \"initializer_factor\": 0.3,\n  \"pad_token_id\": 0,\n"
        "  \"eos_token_id\": 1,\n  \"decoder_start_token_id\": 0\n}\n",
        (n_pieces(s) + ROUND - 1) / ROUND * ROUND);
}

const struct synth_file synth_unigram[] = {
    {"tokenizer.json", tokenizer_json},
    {"tokenizer_config.json", tokenizer_config},
    {"config.json", model_config},
    {NULL, NULL},
};

// WordPiece of the language, as transformers writes it, and a small BERT to go with it.
#include <stdio.h>

#include "tokenizer.h"

static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
enum { SPECIALS = 5, PUNCTUATION = 2, LETTERS = 26 };

static int n_pieces(const struct mc_synth *s) {
    return SPECIALS + PUNCTUATION + 2 * LETTERS + ENDINGS + s->n_words;
}

// Piece number i: special tokens, punctuation, letters at the start and inside (so that every word
// of small letters has pieces), endings, words.
static const char *piece(const struct mc_synth *s, int i, char buf[8]) {
    if (i < SPECIALS) return specials[i];
    i -= SPECIALS;
    if (i < PUNCTUATION) return i ? "." : ",";
    i -= PUNCTUATION;
    if (i < 2 * LETTERS) {
        snprintf(buf, 8, "%s%c", i < LETTERS ? "" : "##", 'a' + i % LETTERS);
        return buf;
    }
    i -= 2 * LETTERS;
    if (i >= ENDINGS) return s->word[i - ENDINGS].text;
    snprintf(buf, 8, "##%s", s->ending[i]);
    return buf;
}

int mc_synth_vocab(const struct mc_synth *s, struct mc_buf *out, struct mc_error *e) {
    char buf[8];
    for (int i = 0; i < n_pieces(s); i++) MC_TRY(mc_buf_printf(out, e, "%s\n", piece(s, i, buf)));
    return 0;
}

static int tokenizer_json(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    char buf[8];
    MC_TRY(mc_buf_printf(b, e,
                         "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": "
                         "null,\n  \"added_tokens\": ["));
    for (int i = 0; i < SPECIALS; i++)
        MC_TRY(synth_put_special(b, i == 0, i, specials[i], false, e));
    MC_TRY(mc_buf_printf(
        b, e,
        "\n  ],\n"
        "  \"normalizer\": {\"type\": \"BertNormalizer\", \"clean_text\": true, "
        "\"handle_chinese_chars\": true, "
        "\"strip_accents\": null, \"lowercase\": true},\n"
        "  \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"},\n"
        "  \"post_processor\": {\n    \"type\": \"TemplateProcessing\",\n"
        "    \"single\": [{\"SpecialToken\": {\"id\": \"[CLS]\", \"type_id\": 0}}, {\"Sequence\": "
        "{\"id\": \"A\", "
        "\"type_id\": 0}}, {\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}}],\n"
        "    \"pair\": [{\"SpecialToken\": {\"id\": \"[CLS]\", \"type_id\": 0}}, {\"Sequence\": "
        "{\"id\": \"A\", "
        "\"type_id\": 0}}, {\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}}, {\"Sequence\": "
        "{\"id\": \"B\", "
        "\"type_id\": 1}}, {\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 1}}],\n"
        "    \"special_tokens\": {\n"
        "      \"[CLS]\": {\"id\": \"[CLS]\", \"ids\": [2], \"tokens\": [\"[CLS]\"]},\n"
        "      \"[SEP]\": {\"id\": \"[SEP]\", \"ids\": [3], \"tokens\": [\"[SEP]\"]}\n    }\n  },\n"
        "  \"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true},\n"
        "  \"model\": {\n    \"type\": \"WordPiece\",\n    \"unk_token\": \"[UNK]\",\n"
        "    \"continuing_subword_prefix\": \"##\",\n    \"max_input_chars_per_word\": 100,\n    "
        "\"vocab\": {"));
    for (int i = 0; i < n_pieces(s); i++)
        MC_TRY(mc_buf_printf(b, e, "%s\n      \"%s\": %d", i ? "," : "", piece(s, i, buf), i));
    return mc_buf_printf(b, e, "\n    }\n  }\n}\n");
}

static int tokenizer_config(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    (void)s;
    return mc_buf_printf(
        b, e,
        "{\n  \"tokenizer_class\": \"BertTokenizer\",\n  \"do_lower_case\": true,\n"
        "  \"do_basic_tokenize\": true,\n  \"strip_accents\": null,\n  \"tokenize_chinese_chars\": "
        "true,\n"
        "  \"model_max_length\": 64,\n  \"pad_token\": \"[PAD]\",\n  \"unk_token\": \"[UNK]\",\n"
        "  \"cls_token\": \"[CLS]\",\n  \"sep_token\": \"[SEP]\",\n  \"mask_token\": "
        "\"[MASK]\"\n}\n");
}

static int model_config(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e) {
    return mc_buf_printf(
        b, e,
        "{\n  \"architectures\": [\"BertForMaskedLM\"],\n  \"model_type\": \"bert\",\n  "
        "\"vocab_size\": %d,\n"
        "  \"hidden_size\": 64,\n  \"num_hidden_layers\": 2,\n  \"num_attention_heads\": 4,\n"
        "  \"intermediate_size\": 256,\n  \"hidden_act\": \"gelu\",\n  \"hidden_dropout_prob\": "
        "0.0,\n"
        "  \"attention_probs_dropout_prob\": 0.0,\n  \"max_position_embeddings\": 64,\n"
        "  \"type_vocab_size\": 2,\n  \"initializer_range\": 0.05,\n  \"layer_norm_eps\": 1e-12,\n"
        "  \"pad_token_id\": 0\n}\n",
        n_pieces(s));
}

const struct synth_file synth_wordpiece[] = {
    {"vocab.txt", mc_synth_vocab},
    {"tokenizer.json", tokenizer_json},
    {"tokenizer_config.json", tokenizer_config},
    {"config.json", model_config},
    {NULL, NULL},
};

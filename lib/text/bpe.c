// Byte-level BPE, as of GPT-2 and RoBERTa: its vocabulary and merges, from tokenizer.json or from
// vocab.json and merges.txt.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpe.h"
#include "mc/utf8.h"

static const char *const classes[] = {"RobertaTokenizer", NULL};
static const char *const model_types[] = {
    "roberta", "roberta-prelayernorm", "bart", "bridgetower", "clap", "data2vec-text",
    "ibert",   "longformer",           "lilt", "mega",        "mra",  NULL};

static void bpe_free(void *model) {
    struct bpe *b = model;
    if (!b) return;
    tok_vocab_release(&b->vocab);
    free(b->whole.slot);
    free(b->merge);
    pcre2_code_free(b->pattern);
    free(b);
}

static const struct tok_vocab *bpe_vocab(const void *model) {
    return &((const struct bpe *)model)->vocab;
}

static int32_t bpe_unknown(const void *model) { return ((const struct bpe *)model)->unk_id; }

static const char *bpe_default_special(const char *key) {
    static const char *const text[][2] = {{"bos_token", "<s>"},    {"eos_token", "</s>"},
                                          {"unk_token", "<unk>"},  {"sep_token", "</s>"},
                                          {"pad_token", "<pad>"},  {"cls_token", "<s>"},
                                          {"mask_token", "<mask>"}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (strcmp(key, text[i][0]) == 0) return text[i][1];
    return NULL;
}

// --- vocabulary and merges

static void make_glyphs(struct bpe *b) {
    uint32_t letter[256];
    tok_byte_letters(letter);
    for (int c = 0; c < 256; c++) {
        b->glyph[c][mc_utf8_write(letter[c], b->glyph[c])] = 0;
        b->byte[c] = tok_bpe_id(b, b->glyph[c], strlen(b->glyph[c]));
    }
}

static int make_merges(struct bpe *b, size_t n, struct mc_error *e) {
    if (n > 1 << 26) return mc_fail(e, MC_ERR_INPUT, "over %d merges", 1 << 26);
    uint32_t size = 16;
    while (size < 2 * n) size *= 2;
    if (!(b->merge = mc_new(size, sizeof *b->merge, e))) return MC_ERR_MEM;
    for (uint32_t i = 0; i < size; i++) b->merge[i].left = -1;
    b->mask = size - 1;
    return 0;
}

static int piece_id(const struct bpe *b, const char *s, size_t n, int32_t *id, struct mc_error *e) {
    *id = tok_bpe_id(b, s, n);
    if (*id >= 0) return 0;
    return mc_fail(e, MC_ERR_INPUT, "piece '%.*s' is not in the vocabulary", (int)(n < 60 ? n : 60),
                   s);
}

// Of a pair that stands twice the last counts.
static int add_merge(struct bpe *b, const char *left, size_t n_left, const char *right,
                     size_t n_right, int32_t rank, struct mc_error *e) {
    struct merge m = {.rank = rank};
    MC_TRY(piece_id(b, left, n_left, &m.left, e));
    MC_TRY(piece_id(b, right, n_right, &m.right, e));
    struct mc_buf both = {0};
    int rc = mc_buf_add(&both, left, n_left, e);
    if (rc == 0) rc = mc_buf_add(&both, right, n_right, e);
    if (rc == 0) rc = piece_id(b, both.p, both.n, &m.to, e);
    mc_buf_release(&both);
    if (rc == 0) *tok_merge_slot(b, m.left, m.right) = m;
    return rc;
}

// "left right"; lines of a version are none.
static int add_line(struct bpe *b, const char *s, size_t n, int32_t rank, struct mc_error *e) {
    static const char version[] = "#version";
    if (n >= sizeof version - 1 && memcmp(s, version, sizeof version - 1) == 0) return 0;
    const char *gap = memchr(s, ' ', n);
    size_t k = gap ? (size_t)(gap - s) : n;
    if (!gap || memchr(gap + 1, ' ', n - k - 1))
        return mc_fail(e, MC_ERR_INPUT, "not two pieces with a space between");
    return add_merge(b, s, k, gap + 1, n - k - 1, rank, e);
}

static int finish(struct bpe *b, struct mc_error *e) {
    int code;
    size_t at;
    b->pattern = pcre2_compile((PCRE2_SPTR)tok_gpt2_pattern, PCRE2_ZERO_TERMINATED, 0, &code, &at,
                               NULL);
    if (!b->pattern) return mc_fail(e, MC_ERR_MEM, "no memory");
    bool all = true;
    for (int c = 0; c < 256; c++) all = all && b->byte[c] >= 0;
    if (all) { // nothing is unknown
        b->unk_id = -1;
        b->fuse_unk = false;
    }
    return 0;
}

static int index_vocab(struct bpe *b, const char *where, struct mc_error *e) {
    if (b->vocab.n == 0) return mc_fail(e, MC_ERR_INPUT, "%s: a vocabulary without a piece", where);
    MC_TRY(tok_vocab_check_ids(&b->vocab, where, e));
    MC_TRY(tok_vocab_index(&b->vocab, &b->whole, "", e));
    make_glyphs(b);
    return 0;
}

// --- tokenizer.json

static int json_merges(struct bpe *b, const json_t *list, struct mc_error *e) {
    if (!json_is_array(list)) return mc_fail(e, MC_ERR_INPUT, "model.merges is no list");
    MC_TRY(make_merges(b, json_array_size(list), e));
    size_t i;
    json_t *o;
    json_array_foreach((json_t *)list, i, o) {
        const char *line = json_string_value(o), *left = json_string_value(json_array_get(o, 0)),
                   *right = json_string_value(json_array_get(o, 1));
        int rc;
        if (line)
            rc = add_line(b, line, strlen(line), (int32_t)i, e);
        else if (left && right && json_array_size(o) == 2)
            rc = add_merge(b, left, strlen(left), right, strlen(right), (int32_t)i, e);
        else
            rc = mc_fail(e, MC_ERR_INPUT, "no pair of pieces");
        if (rc < 0) return mc_fail_in(e, "model.merges: merge %zu", i + 1);
    }
    return 0;
}

// What only other tokenizers use must be absent, null, false, empty or 0.
static int refuse_set(const json_t *m, const char *key, struct mc_error *e) {
    const json_t *v = json_object_get(m, key);
    const char *s = json_string_value(v);
    if (!v || json_is_null(v) || json_is_false(v) || (s && !*s) ||
        (json_is_number(v) && json_number_value(v) == 0))
        return 0;
    return mc_fail(e, MC_ERR_INPUT, "model.%s is not supported", key);
}

static int json_model(struct bpe *b, const json_t *m, struct mc_error *e) {
    static const char *const foreign[] = {"dropout", "continuing_subword_prefix",
                                          "end_of_word_suffix", "byte_fallback"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        MC_TRY(refuse_set(m, foreign[i], e));
    MC_TRY(tok_json_bool(m, "fuse_unk", false, "model", &b->fuse_unk, e));
    MC_TRY(tok_json_bool(m, "ignore_merges", false, "model", &b->ignore_merges, e));
    MC_TRY(tok_vocab_json(&b->vocab, json_object_get(m, "vocab"), "model.vocab", e));
    MC_TRY(index_vocab(b, "model.vocab", e));
    const json_t *unk = json_object_get(m, "unk_token");
    const char *text = json_string_value(unk);
    b->unk_id = text ? tok_bpe_id(b, text, strlen(text)) : -1;
    if (text && b->unk_id < 0)
        return mc_fail(e, MC_ERR_INPUT, "the vocabulary lacks the unknown token '%s'", text);
    if (unk && !text && !json_is_null(unk))
        return mc_fail(e, MC_ERR_INPUT, "model.unk_token is no text");
    return json_merges(b, json_object_get(m, "merges"), e);
}

static int json_byte_level(struct bpe *b, const json_t *o, struct mc_error *e) {
    static const char where[] = "pre_tokenizer ByteLevel";
    bool prefix, trim;
    MC_TRY(tok_json_type("pre_tokenizer", o, "ByteLevel", e));
    if (!json_object_get(o, "add_prefix_space"))
        return mc_fail(e, MC_ERR_INPUT, "%s: no add_prefix_space", where);
    MC_TRY(tok_json_bool(o, "add_prefix_space", true, where, &prefix, e));
    MC_TRY(tok_json_bool(o, "trim_offsets", true, where, &trim, e)); // decides no id
    b->prefix = prefix ? PREFIX_TEXT : PREFIX_NONE;
    return tok_json_bool(o, "use_regex", true, where, &b->split, e);
}

// The split of ByteLevel, spelled out before it.
static int json_split(const json_t *o, struct mc_error *e) {
    bool invert;
    MC_TRY(tok_json_type("pre_tokenizer Sequence:", o, "Split", e));
    MC_TRY(tok_json_bool(o, "invert", false, "pre_tokenizer Split", &invert, e));
    const char *pattern = tok_json_str(json_object_get(o, "pattern"), "Regex"),
               *behavior = tok_json_str(o, "behavior");
    if (!pattern || strcmp(pattern, tok_gpt2_pattern) != 0)
        return mc_fail(e, MC_ERR_INPUT, "pre_tokenizer Split: only GPT-2's pattern is supported");
    if (invert || !behavior || strcmp(behavior, "Isolated") != 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "pre_tokenizer Split: only the behavior Isolated is supported");
    return 0;
}

static int json_pre_tokenizer(struct bpe *b, const json_t *o, struct mc_error *e) {
    const char *type = tok_json_str(o, "type");
    if (!type || strcmp(type, "Sequence") != 0) return json_byte_level(b, o, e);
    const json_t *list = json_object_get(o, "pretokenizers");
    size_t n = json_array_size(list);
    if (n < 1 || n > 2)
        return mc_fail(e, MC_ERR_INPUT,
                       "pre_tokenizer Sequence: only Split, ByteLevel is supported");
    if (n == 2) MC_TRY(json_split(json_array_get(list, 0), e));
    MC_TRY(json_byte_level(b, json_array_get(list, n - 1), e));
    if (n == 1) return 0;
    if (b->split)
        return mc_fail(e, MC_ERR_INPUT,
                       "pre_tokenizer Sequence: a ByteLevel that splits again is not supported");
    b->split = true;
    if (b->prefix == PREFIX_TEXT) b->prefix = PREFIX_WORD;
    return 0;
}

static int bpe_from_json(struct mc_tokenizer *t, const json_t *root, struct mc_error *e) {
    struct bpe *b = t->model = mc_new(1, sizeof *b, e);
    if (!b) return MC_ERR_MEM;
    const json_t *normalizer = json_object_get(root, "normalizer");
    if (normalizer && !json_is_null(normalizer)) {
        const char *type = tok_json_str(normalizer, "type");
        return mc_fail(e, MC_ERR_INPUT, "normalizer %s is not supported with a BPE model",
                       type ? type : "of no type");
    }
    MC_TRY(json_pre_tokenizer(b, json_object_get(root, "pre_tokenizer"), e));
    MC_TRY(json_model(b, json_object_get(root, "model"), e));
    return finish(b, e);
}

// --- vocab.json, merges.txt

static const char vocab_json[] = "vocab.json", merges_txt[] = "merges.txt";

static int file_vocab(struct bpe *b, const char *dir, struct mc_error *e) {
    char where[512];
    json_t *root;
    snprintf(where, sizeof where, "%s/%s", dir, vocab_json);
    MC_TRY(tok_json_load(dir, vocab_json, &root, e));
    int rc = tok_vocab_json(&b->vocab, root, where, e);
    json_decref(root);
    return rc < 0 ? rc : index_vocab(b, where, e);
}

static int read_lines(struct bpe *b, const struct mc_buf *text, struct mc_error *e) {
    size_t bad = mc_utf8_check(text->p, text->n), lines = 0;
    if (bad < text->n) return mc_fail(e, MC_ERR_INPUT, "byte %zu: not UTF-8 text", bad);
    for (size_t i = 0; i < text->n; i++) lines += text->p[i] == '\n';
    MC_TRY(make_merges(b, lines + 1, e));
    int32_t n = 0;
    for (size_t i = 0; i < text->n; n++) {
        const char *s = text->p + i, *end = memchr(s, '\n', text->n - i);
        size_t k = end ? (size_t)(end - s) : text->n - i;
        i += k + 1;
        if (end && k > 0 && s[k - 1] == '\r') k--;
        if (add_line(b, s, k, n, e) < 0) return mc_fail_in(e, "line %d", (int)n + 1);
    }
    return 0;
}

static int file_merges(struct bpe *b, const char *dir, struct mc_error *e) {
    struct mc_buf path = {0}, text = {0};
    int rc = mc_buf_printf(&path, e, "%s/%s", dir, merges_txt);
    if (rc == 0) rc = mc_buf_read_file(&text, path.p, (size_t)1 << 28, e);
    if (rc == 0 && (rc = read_lines(b, &text, e)) < 0) mc_fail_in(e, "%s", path.p);
    mc_buf_release(&path);
    mc_buf_release(&text);
    return rc;
}

// The flags of the class, from its configuration.
static int class_flags(struct bpe *b, const struct tok_config *c, struct mc_error *e) {
    char where[512];
    bool prefix;
    snprintf(where, sizeof where, "%s/tokenizer_config.json", c->dir);
    MC_TRY(tok_json_bool(c->tokenizer, "add_prefix_space", false, where, &prefix, e));
    b->prefix = prefix ? PREFIX_TEXT : PREFIX_NONE;
    b->split = true;
    b->unk_id = -1;
    return 0;
}

static int bpe_from_files(struct mc_tokenizer *t, const struct tok_config *c, struct mc_error *e) {
    struct bpe *b = t->model = mc_new(1, sizeof *b, e);
    if (!b) return MC_ERR_MEM;
    MC_TRY(class_flags(b, c, e));
    MC_TRY(file_vocab(b, c->dir, e));
    MC_TRY(file_merges(b, c->dir, e));
    return finish(b, e);
}

static int bpe_class_template(struct mc_tokenizer *t, const struct tok_config *c,
                              struct mc_error *e) {
    int32_t cls = 0, sep = 0;
    MC_TRY(tok_config_ends(t, c, &cls, &sep, e));
    return tok_template_roberta(t, cls, sep, e);
}

// --- digest

static int by_rank(const void *a, const void *b) {
    const struct merge *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static int digest_merges(const struct bpe *b, XXH3_state_t *h, struct mc_error *e) {
    struct merge *m = mc_new((size_t)b->mask + 1, sizeof *m, e);
    if (!m) return MC_ERR_MEM;
    size_t n = 0;
    for (size_t i = 0; i <= b->mask; i++)
        if (b->merge[i].left >= 0) m[n++] = b->merge[i];
    qsort(m, n, sizeof *m, by_rank);
    tok_digest_int(h, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        tok_digest_int(h, m[i].left);
        tok_digest_int(h, m[i].right);
    }
    free(m);
    return 0;
}

static int bpe_digest(const void *model, XXH3_state_t *h, struct mc_error *e) {
    const struct bpe *b = model;
    MC_TRY(tok_vocab_digest(&b->vocab, h, e));
    MC_TRY(digest_merges(b, h, e));
    const int64_t flag[] = {b->unk_id, b->fuse_unk, b->ignore_merges, b->split, b->prefix};
    for (size_t i = 0; i < sizeof flag / sizeof *flag; i++) tok_digest_int(h, flag[i]);
    return 0;
}

// --- files that contradict each other

static int disagree(const char *dir, const char *file, const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s/%s and tokenizer.json disagree%s%s", dir, file,
                   what ? ": " : "", what ? what : "");
}

static int same_part(const struct bpe *a, const struct bpe *b, bool merges, bool *same,
                     struct mc_error *e) {
    XXH3_state_t *h = XXH3_createState();
    if (!h) return mc_fail(e, MC_ERR_MEM, "no memory");
    XXH128_hash_t d[2];
    int rc = 0;
    for (int i = 0; i < 2 && rc == 0; i++) {
        const struct bpe *x = i ? b : a;
        XXH3_128bits_reset(h);
        rc = merges ? digest_merges(x, h, e) : tok_vocab_digest(&x->vocab, h, e);
        d[i] = XXH3_128bits_digest(h);
    }
    XXH3_freeState(h);
    if (rc == 0) *same = XXH128_isEqual(d[0], d[1]);
    return rc;
}

// vocab.json and merges.txt beside tokenizer.json: transformers does not read them, other programs
// would.
static int check_files(const struct bpe *b, const char *dir, struct mc_error *e) {
    if (!tok_has_file(dir, vocab_json)) return 0;
    struct bpe *k = mc_new(1, sizeof *k, e);
    if (!k) return MC_ERR_MEM;
    bool same;
    int rc;
    MC_TRY_DONE(file_vocab(k, dir, e));
    MC_TRY_DONE(same_part(b, k, false, &same, e));
    if (!same) MC_TRY_DONE(disagree(dir, vocab_json, NULL, e));
    if (!tok_has_file(dir, merges_txt)) goto done;
    MC_TRY_DONE(file_merges(k, dir, e));
    MC_TRY_DONE(same_part(b, k, true, &same, e));
    if (!same) rc = disagree(dir, merges_txt, NULL, e);
done:
    bpe_free(k);
    return rc;
}

static int bpe_check(struct mc_tokenizer *t, const struct tok_config *c, bool built,
                     struct mc_error *e) {
    const struct bpe *b = t->model;
    MC_TRY(check_files(b, c->dir, e));
    if (!built) return 0;
    struct bpe k = {0};
    MC_TRY(class_flags(&k, c, e));
    const char *what = NULL;
    if (b->prefix != k.prefix)
        what = "add_prefix_space (false where absent)";
    else if (!b->split)
        what = "use_regex (true for this class)";
    else if (b->unk_id >= 0)
        what = "model.unk_token (none for this class)";
    else if (b->ignore_merges)
        what = "ignore_merges (false for this class)";
    return what ? disagree(c->dir, "tokenizer_config.json", what, e) : 0;
}

const struct tok_kind tok_bpe = {
    .name = "BPE",
    .own_key = "merges",
    .vocab_file = vocab_json,
    .classes = classes,
    .model_types = model_types,
    .from_json = bpe_from_json,
    .from_files = bpe_from_files,
    .check = bpe_check,
    .class_template = bpe_class_template,
    .decoder = "byte-level",
    .default_special = bpe_default_special,
    .id = tok_bpe_id,
    .vocab = bpe_vocab,
    .unknown = bpe_unknown,
    .normalize = tok_bpe_normalize,
    .encode = tok_bpe_encode,
    .digest = bpe_digest,
    .free = bpe_free,
};

// WordPiece with BERT's normalizer and pre-tokenizer: clean, set Chinese characters apart, strip
// accents, lower case; cut at white space and around punctuation; then, word by word, the longest
// piece from the left.
#include <stdlib.h>
#include <string.h>

#include "mc/unicode.h"
#include "tok.h"

enum { SHORT_RUN = 32 }; // marks on one letter

struct wordpiece {
    struct tok_vocab vocab;
    struct tok_index whole, rest; // pieces that begin a word; continuations without their prefix
    char *prefix;                 // of continuations: "##"
    char *unk;
    int32_t unk_id;
    int64_t max_chars; // longer words are unknown
    bool clean, chinese, strip, lower;
};

static const char *const classes[] = {"BertTokenizer",       "DistilBertTokenizer",
                                      "MobileBertTokenizer", "ElectraTokenizer",
                                      "ConvBertTokenizer",   NULL};
static const char *const model_types[] = {"bert",    "distilbert", "mobilebert",
                                          "electra", "convbert",   NULL};

// --- vocabulary

static int finish(struct wordpiece *w, struct mc_error *e) {
    if (w->vocab.n == 0) return mc_fail(e, MC_ERR_INPUT, "a vocabulary without a piece");
    MC_TRY(tok_vocab_index(&w->vocab, &w->whole, "", e));
    MC_TRY(tok_vocab_index(&w->vocab, &w->rest, w->prefix, e));
    w->unk_id = tok_vocab_find(&w->vocab, &w->whole, w->unk, strlen(w->unk));
    if (w->unk_id < 0)
        return mc_fail(e, MC_ERR_INPUT, "the vocabulary lacks the unknown token '%s'", w->unk);
    return 0;
}

static void wp_free(void *model) {
    struct wordpiece *w = model;
    if (!w) return;
    free(w->whole.slot);
    free(w->rest.slot);
    free(w->prefix);
    free(w->unk);
    tok_vocab_release(&w->vocab);
    free(w);
}

static int32_t wp_id(const void *model, const char *s, size_t n) {
    const struct wordpiece *w = model;
    return tok_vocab_find(&w->vocab, &w->whole, s, n);
}

static const struct tok_vocab *wp_vocab(const void *model) {
    return &((const struct wordpiece *)model)->vocab;
}

static const char *wp_default_special(const char *key) {
    static const char *const text[][2] = {{"unk_token", "[UNK]"},
                                          {"sep_token", "[SEP]"},
                                          {"pad_token", "[PAD]"},
                                          {"cls_token", "[CLS]"},
                                          {"mask_token", "[MASK]"}};
    for (int i = 0; i < 5; i++)
        if (strcmp(key, text[i][0]) == 0) return text[i][1];
    return NULL;
}

static int32_t wp_unknown(const void *model) { return ((const struct wordpiece *)model)->unk_id; }

// --- reading

// null means: as lower case does
static int read_strip(const json_t *o, bool lower, const char *where, bool *strip,
                      struct mc_error *e) {
    const json_t *v = json_object_get(o, "strip_accents");
    *strip = lower;
    return !v || json_is_null(v) ? 0 : tok_json_bool(o, "strip_accents", false, where, strip, e);
}

static int read_normalizer(struct wordpiece *w, const json_t *o, struct mc_error *e) {
    MC_TRY(tok_json_type("normalizer", o, "BertNormalizer", e));
    MC_TRY(tok_json_bool(o, "clean_text", true, "normalizer", &w->clean, e));
    MC_TRY(tok_json_bool(o, "handle_chinese_chars", true, "normalizer", &w->chinese, e));
    MC_TRY(tok_json_bool(o, "lowercase", true, "normalizer", &w->lower, e));
    return read_strip(o, w->lower, "normalizer", &w->strip, e);
}

static int wp_from_json(struct mc_tokenizer *t, const json_t *root, struct mc_error *e) {
    struct wordpiece *w = t->model = mc_new(1, sizeof *w, e);
    if (!w) return MC_ERR_MEM;
    const json_t *m = json_object_get(root, "model");
    const char *unk = tok_json_str(m, "unk_token"),
               *prefix = tok_json_str(m, "continuing_subword_prefix");
    w->max_chars = 100;
    const json_t *max = json_object_get(m, "max_input_chars_per_word");
    if (max && !tok_json_int(max, 0, INT32_MAX, &w->max_chars))
        return mc_fail(e, MC_ERR_INPUT,
                       "model.max_input_chars_per_word is no number of characters");
    if (!(w->unk = mc_strdup(unk ? unk : "[UNK]", e)) ||
        !(w->prefix = mc_strdup(prefix ? prefix : "##", e)))
        return MC_ERR_MEM;
    MC_TRY(read_normalizer(w, json_object_get(root, "normalizer"), e));
    MC_TRY(tok_json_type("pre_tokenizer", json_object_get(root, "pre_tokenizer"),
                         "BertPreTokenizer", e));
    MC_TRY(tok_vocab_json(&w->vocab, json_object_get(m, "vocab"), "model.vocab", e));
    return finish(w, e);
}

// The flags of the class, from its configuration.
static int class_flags(struct wordpiece *w, const struct tok_config *c, struct mc_error *e) {
    char where[512];
    snprintf(where, sizeof where, "%s/tokenizer_config.json", c->dir);
    w->clean = true;
    w->max_chars = 100;
    MC_TRY(tok_json_bool(c->tokenizer, "do_lower_case", true, where, &w->lower, e));
    MC_TRY(tok_json_bool(c->tokenizer, "tokenize_chinese_chars", true, where, &w->chinese, e));
    return read_strip(c->tokenizer, w->lower, where, &w->strip, e);
}

// Without the white space at its end.
static size_t trimmed(const char *s, size_t n) {
    for (;;) {
        size_t i = n;
        if (i == 0) return 0;
        do i--;
        while (i > 0 && ((unsigned char)s[i] & 0xc0) == 0x80);
        uint32_t c;
        if (!mc_utf8_read(s + i, n - i, &c) || !(mc_cp_class(c) & MC_CP_SPACE)) return n;
        n = i;
    }
}

struct line {
    const char *s;
    size_t n;
    int32_t id;
};

static int by_text(const void *a, const void *b) {
    const struct line *x = a, *y = b;
    int c = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
    if (c == 0) c = (x->n > y->n) - (x->n < y->n);
    return c ? c : (x->id > y->id) - (x->id < y->id);
}

// A piece per line, its id the number of the line from 0; of a piece that stands twice the last
// counts.
static int read_lines(struct wordpiece *w, const struct mc_buf *text, const char *path,
                      struct mc_error *e) {
    size_t bad = mc_utf8_check(text->p, text->n), lines = 0;
    for (size_t i = 0; i < text->n; i++) lines += text->p[i] == '\n';
    if (bad < text->n || memchr(text->p, 0, text->n))
        return mc_fail(e, MC_ERR_INPUT, "%s: byte %zu: not UTF-8 text", path, bad);
    struct line *l = mc_new(lines + 1, sizeof *l, e);
    if (!l) return MC_ERR_MEM;
    int32_t n = 0;
    for (size_t i = 0; i < text->n && n < INT32_MAX - 1; n++) {
        const char *end = memchr(text->p + i, '\n', text->n - i);
        size_t k = end ? (size_t)(end - text->p) - i : text->n - i;
        l[n] = (struct line){text->p + i, trimmed(text->p + i, k), n};
        i += k + 1;
    }
    qsort(l, (size_t)n, sizeof *l, by_text);
    int rc = 0;
    for (int32_t i = 0; i < n && rc == 0; i++) {
        bool again = i + 1 < n && l[i].n == l[i + 1].n && memcmp(l[i].s, l[i + 1].s, l[i].n) == 0;
        if (!again) rc = tok_vocab_add(&w->vocab, l[i].s, l[i].n, l[i].id, e);
    }
    free(l);
    return rc;
}

static int wp_from_files(struct mc_tokenizer *t, const struct tok_config *c, struct mc_error *e) {
    struct wordpiece *w = t->model = mc_new(1, sizeof *w, e);
    if (!w) return MC_ERR_MEM;
    const char *unk = tok_config_special(c, t->kind, "unk_token");
    if (!unk) return mc_fail(e, MC_ERR_INPUT, "%s/tokenizer_config.json: no unk_token", c->dir);
    if (!(w->unk = mc_strdup(unk, e)) || !(w->prefix = mc_strdup("##", e))) return MC_ERR_MEM;
    MC_TRY(class_flags(w, c, e));
    struct mc_buf path = {0}, text = {0};
    int rc = mc_buf_printf(&path, e, "%s/vocab.txt", c->dir);
    if (rc == 0) rc = mc_buf_read_file(&text, path.p, (size_t)1 << 28, e);
    if (rc == 0) rc = read_lines(w, &text, path.p, e);
    if (rc == 0 && (rc = finish(w, e)) < 0) mc_fail_in(e, "%s", path.p);
    mc_buf_release(&path);
    mc_buf_release(&text);
    return rc;
}

static int wp_check(struct mc_tokenizer *t, const struct tok_config *c, bool built,
                    struct mc_error *e) {
    if (!built) return 0;
    const struct wordpiece *w = t->model;
    struct wordpiece k = {0};
    MC_TRY(class_flags(&k, c, e));
    const char *what = NULL, *unk = tok_config_special(c, t->kind, "unk_token");
    if (w->lower != k.lower)
        what = "lowercase and do_lower_case (true where absent)";
    else if (w->strip != k.strip)
        what = "strip_accents";
    else if (w->chinese != k.chinese)
        what = "handle_chinese_chars and tokenize_chinese_chars (true where absent)";
    else if (!w->clean)
        what = "clean_text (true for this class)";
    else if (w->max_chars != k.max_chars)
        what = "max_input_chars_per_word (100 for this class)";
    else if (strcmp(w->prefix, "##") != 0)
        what = "continuing_subword_prefix (## for this class)";
    else if (!unk || strcmp(unk, w->unk) != 0)
        what = "unk_token";
    if (!what) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s/tokenizer_config.json and tokenizer.json disagree: %s",
                   c->dir, what);
}

static int wp_class_template(struct mc_tokenizer *t, const struct tok_config *c,
                             struct mc_error *e) {
    int32_t cls = 0, sep = 0;
    MC_TRY(tok_config_ends(t, c, &cls, &sep, e));
    return tok_template_bert(t, cls, sep, e);
}

// --- normalizer

static int push_cp(struct mc_encoding *x, uint32_t c, struct mc_error *e) {
    if (x->n_cp == x->cap_cp) {
        size_t cap = x->cap_cp ? 2 * x->cap_cp : 256;
        uint32_t *p = mc_resize(x->cp, cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        x->cp = p;
        x->cap_cp = cap;
    }
    x->cp[x->n_cp++] = c;
    return 0;
}

static int push_decomposed(struct mc_encoding *x, uint32_t c, struct mc_error *e) {
    uint32_t to[MC_NFD_MAX];
    int n = mc_cp_nfd(c, to);
    for (int i = 0; i < n; i++) MC_TRY(push_cp(x, to[i], e));
    return 0;
}

// Sorts c[n], marks with their class above the code point, stably by class: by insertion where it
// is short, as nearly all are, else by merging halves; work[n].
static void sort_marks(uint32_t *c, size_t n, uint32_t *work) {
    if (n > SHORT_RUN) {
        size_t half = n / 2, a = 0, b = half;
        sort_marks(c, half, work);
        sort_marks(c + half, n - half, work);
        for (size_t i = 0; i < n; i++)
            work[i] = b == n || (a < half && c[a] >> 24 <= c[b] >> 24) ? c[a++] : c[b++];
        memcpy(c, work, n * sizeof *c);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint32_t v = c[i];
        size_t j = i;
        for (; j > 0 && c[j - 1] >> 24 > v >> 24; j--) c[j] = c[j - 1];
        c[j] = v;
    }
}

// Canonical order: runs of marks, stably by their class.
static int order_marks(uint32_t *c, size_t n, struct mc_error *e) {
    uint32_t *work = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t from = i;
        for (int k; i < n && (k = mc_cp_ccc(c[i])) > 0; i++) c[i] |= (uint32_t)k << 24;
        if (i - from > SHORT_RUN && !work && !(work = mc_new(n, sizeof *work, e)))
            return MC_ERR_MEM;
        sort_marks(c + from, i - from, work);
        for (size_t k = from; k < i; k++) c[k] &= 0xffffff;
    }
    free(work);
    return 0;
}

static int add_normalized(struct mc_encoding *x, const struct wordpiece *w, uint32_t c,
                          struct mc_error *e) {
    uint32_t to[MC_NFD_MAX] = {c};
    int n = w->lower ? mc_cp_lower(c, to) : 1;
    char b[4 * MC_NFD_MAX];
    int k = 0;
    for (int i = 0; i < n; i++) k += mc_utf8_write(to[i], b + k);
    return mc_buf_add(&x->norm, b, (size_t)k, e);
}

static int wp_normalize(const void *model, const char *s, size_t n, struct mc_encoding *x,
                        struct mc_error *e) {
    const struct wordpiece *w = model;
    x->n_cp = 0;
    for (size_t i = 0; i < n;) {
        uint32_t c;
        int k = mc_utf8_read(s + i, n - i, &c);
        if (k == 0) return mc_fail(e, MC_ERR_INPUT, "byte %zu: not UTF-8", i);
        i += (size_t)k;
        if (w->clean) {
            unsigned f = mc_cp_class(c);
            if (f & MC_CP_CONTROL) continue;
            if (f & MC_CP_SPACE) c = ' ';
        }
        bool apart = w->chinese && mc_cp_chinese(c);
        if (apart) MC_TRY(push_cp(x, ' ', e));
        MC_TRY(w->strip ? push_decomposed(x, c, e) : push_cp(x, c, e));
        if (apart) MC_TRY(push_cp(x, ' ', e));
    }
    if (w->strip) MC_TRY(order_marks(x->cp, x->n_cp, e));
    for (size_t i = 0; i < x->n_cp; i++) {
        if (w->strip && x->cp[i] >= 0x300 && (mc_cp_class(x->cp[i]) & MC_CP_MARK)) continue;
        MC_TRY(add_normalized(x, w, x->cp[i], e));
    }
    return mc_buf_reserve(&x->norm, 0, e);
}

// --- pieces

static int encode_word(const struct wordpiece *w, const char *s, size_t n, int64_t chars,
                       struct mc_encoding *x, int which, struct mc_error *e) {
    if (chars > w->max_chars) return tok_push_id(x, which, w->unk_id, e);
    int64_t begin = x->part[which].n;
    for (size_t at = 0; at < n;) {
        const struct tok_index *t = at ? &w->rest : &w->whole;
        size_t k = n - at < t->longest ? n - at : t->longest;
        int32_t id = -1;
        for (; k > 0; k--) {
            if (at + k < n && ((unsigned char)s[at + k] & 0xc0) == 0x80)
                continue; // inside a code point
            if ((id = tok_vocab_find(&w->vocab, t, s + at, k)) >= 0) break;
        }
        if (id < 0) {
            x->part[which].n = begin; // one part unknown: the word is
            return tok_push_id(x, which, w->unk_id, e);
        }
        MC_TRY(tok_push_id(x, which, id, e));
        at += k;
    }
    return 0;
}

static int wp_encode(const void *model, const char *s, size_t n, struct mc_encoding *x, int which,
                     struct mc_error *e) {
    const struct wordpiece *w = model;
    size_t from = 0;
    int64_t chars = 0;
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        size_t k = (size_t)mc_utf8_read(s + i, n - i, &c);
        if (k == 0) return mc_fail(e, MC_ERR_INPUT, "byte %zu: not UTF-8", i);
        unsigned f = mc_cp_class(c);
        if (f & (MC_CP_SPACE | MC_CP_PUNCT)) {
            if (i > from) MC_TRY(encode_word(w, s + from, i - from, chars, x, which, e));
            if (!(f & MC_CP_SPACE)) MC_TRY(encode_word(w, s + i, k, 1, x, which, e));
            from = i + k;
            chars = 0;
        } else {
            chars++;
        }
        i += k;
    }
    return n > from ? encode_word(w, s + from, n - from, chars, x, which, e) : 0;
}

// --- digest

static int wp_digest(const void *model, XXH3_state_t *h, struct mc_error *e) {
    const struct wordpiece *w = model;
    MC_TRY(tok_vocab_digest(&w->vocab, h, e));
    tok_digest_text(h, w->prefix, strlen(w->prefix));
    const int64_t flag[] = {w->unk_id, w->max_chars, w->clean, w->chinese, w->strip, w->lower};
    for (size_t i = 0; i < sizeof flag / sizeof *flag; i++) tok_digest_int(h, flag[i]);
    return 0;
}

const struct tok_kind tok_wordpiece = {
    .name = "WordPiece",
    .own_key = "max_input_chars_per_word",
    .vocab_file = "vocab.txt",
    .classes = classes,
    .model_types = model_types,
    .from_json = wp_from_json,
    .from_files = wp_from_files,
    .check = wp_check,
    .class_template = wp_class_template,
    .default_special = wp_default_special,
    .id = wp_id,
    .vocab = wp_vocab,
    .unknown = wp_unknown,
    .normalize = wp_normalize,
    .encode = wp_encode,
    .digest = wp_digest,
    .free = wp_free,
};

// Unigram, as of T5: its pieces and scores, from tokenizer.json or from SentencePiece's
// spiece.model.
//
// The class T5Tokenizer takes from either file no more than the pieces, their scores and the
// character map; normalizer and pre-tokenizer are its own. In tokenizer.json, earlier versions of
// it have others that come to the same but for marks of spaces in the text; those are taken for its
// own.
#include "unigram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/utf8.h"
#include "spiece.h"

enum { CLASS_UNK = 2, EXTRA_IDS = 100 };

static const char spiece_model[] = "spiece.model";
static const char *const classes[] = {"T5Tokenizer", NULL};
static const char *const model_types[] = {
    "t5", "mt5", "musicgen", "musicgen_melody", "switch_transformers", NULL};

static void unigram_free(void *model) {
    struct unigram *u = model;
    if (!u) return;
    tok_vocab_release(&u->vocab);
    tok_trie_release(&u->trie);
    tok_charsmap_release(&u->map);
    tok_added_free(&u->control);
    free(u->score);
    free(u);
}

static int32_t unigram_id(const void *model, const char *s, size_t n) {
    return tok_trie_find(&((const struct unigram *)model)->trie, s, n);
}

static const struct tok_vocab *unigram_vocab(const void *model) {
    return &((const struct unigram *)model)->vocab;
}

static int32_t unigram_unknown(const void *model) {
    return ((const struct unigram *)model)->unk_id;
}

static const char *unigram_default_special(const char *key) {
    static const char *const text[][2] = {
        {"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (strcmp(key, text[i][0]) == 0) return text[i][1];
    return NULL;
}

// --- pieces

static int add_piece(struct unigram *u, const char *s, size_t n, double score, struct mc_error *e) {
    int32_t id = u->vocab.n;
    if (n == 0) return mc_fail(e, MC_ERR_INPUT, "piece %d is empty", (int)id);
    if (id == u->cap) {
        int32_t cap = u->cap ? 2 * u->cap : 1024;
        double *v = mc_resize(u->score, (size_t)cap, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        u->score = v;
        u->cap = cap;
    }
    MC_TRY(tok_vocab_add(&u->vocab, s, n, id, e));
    u->score[id] = score;
    if (id == 0 || score < u->unk_score) u->unk_score = score;
    return tok_trie_add(&u->trie, s, n, id, e);
}

static int finish(struct unigram *u, const char *where, struct mc_error *e) {
    if (u->vocab.n == 0) return mc_fail(e, MC_ERR_INPUT, "%s: a vocabulary without a piece", where);
    if (u->unk_id >= u->vocab.n)
        return mc_fail(e, MC_ERR_INPUT, "%s: the unknown piece %d is not in the vocabulary of %d",
                       where, (int)u->unk_id, (int)u->vocab.n);
    u->unk_score -= 10;
    for (int c = 0; c < 256; c++) {
        char name[8];
        snprintf(name, sizeof name, "<0x%02X>", (unsigned)c);
        u->byte[c] = unigram_id(u, name, strlen(name));
    }
    return 0;
}

// --- tokenizer.json

static int json_model(struct unigram *u, const json_t *m, struct mc_error *e) {
    const json_t *list = json_object_get(m, "vocab");
    int64_t unk;
    size_t i;
    json_t *o;
    if (!tok_json_int(json_object_get(m, "unk_id"), 0, INT32_MAX, &unk))
        return mc_fail(e, MC_ERR_INPUT, "model.unk_id is no id");
    u->unk_id = (int32_t)unk;
    MC_TRY(tok_json_bool(m, "byte_fallback", false, "model", &u->byte_fallback, e));
    if (!json_is_array(list)) return mc_fail(e, MC_ERR_INPUT, "model.vocab is no list");
    json_array_foreach((json_t *)list, i, o) {
        const char *text = json_string_value(json_array_get(o, 0));
        const json_t *score = json_array_get(o, 1);
        if (!text || !json_is_number(score) || json_array_size(o) != 2)
            return mc_fail(e, MC_ERR_INPUT, "model.vocab: piece %zu is no text and score", i);
        if (add_piece(u, text, strlen(text), json_number_value(score), e) < 0)
            return mc_fail_in(e, "model.vocab");
    }
    return finish(u, "model.vocab", e);
}

static int refuse(const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s is not supported", what);
}

static int json_strip(struct unigram *u, const json_t *o, struct mc_error *e) {
    bool left;
    MC_TRY(tok_json_bool(o, "strip_left", false, "normalizer Strip", &left, e));
    if (left) return refuse("normalizer Strip: strip_left", e);
    return tok_json_bool(o, "strip_right", false, "normalizer Strip", &u->strip, e);
}

static int json_replace(struct unigram *u, const json_t *o, struct mc_error *e) {
    const char *pattern = tok_json_str(json_object_get(o, "pattern"), "Regex"),
               *content = tok_json_str(o, "content");
    if (!pattern || strcmp(pattern, " {2,}") != 0 || !content || strcmp(content, TOK_SPACE) != 0)
        return refuse("normalizer Replace but of runs of spaces by U+2581", e);
    u->join = true;
    return 0;
}

// Precompiled, Strip, Replace: any of them, in that order.
static int json_normalizers(struct unigram *u, const json_t *list, struct mc_error *e) {
    static const char *const known[] = {"Precompiled", "Strip", "Replace"};
    enum { KNOWN = 3 };
    int next = 0;
    size_t i;
    json_t *o;
    json_array_foreach((json_t *)list, i, o) {
        const char *type = tok_json_str(o, "type");
        int k = 0;
        while (k < KNOWN && (!type || strcmp(type, known[k]) != 0)) k++;
        if (k == KNOWN)
            return mc_fail(e, MC_ERR_INPUT, "normalizer %s is not supported with a Unigram model",
                           type ? type : "of no type");
        if (k < next) return refuse("normalizer Sequence of another order", e);
        next = k + 1;
        const char *map = tok_json_str(o, "precompiled_charsmap");
        if (k == 0 && !map)
            return mc_fail(e, MC_ERR_INPUT, "normalizer Precompiled: no precompiled_charsmap");
        if (k == 0 && tok_charsmap_base64(&u->map, map, e) < 0)
            return mc_fail_in(e, "normalizer Precompiled");
        if (k > 0) MC_TRY(k == 1 ? json_strip(u, o, e) : json_replace(u, o, e));
    }
    return 0;
}

static int json_normalizer(struct unigram *u, const json_t *o, struct mc_error *e) {
    if (!o || json_is_null(o)) return 0;
    const char *type = tok_json_str(o, "type");
    if (type && strcmp(type, "Sequence") == 0) {
        const json_t *list = json_object_get(o, "normalizers");
        if (!json_is_array(list))
            return mc_fail(e, MC_ERR_INPUT, "normalizer Sequence: no normalizers");
        return json_normalizers(u, list, e);
    }
    json_t *one = json_array();
    if (!one || json_array_append(one, (json_t *)o) < 0) {
        json_decref(one);
        return mc_fail(e, MC_ERR_MEM, "no memory");
    }
    int rc = json_normalizers(u, one, e);
    json_decref(one);
    return rc;
}

static int json_metaspace(struct unigram *u, const json_t *o, struct mc_error *e) {
    static const char where[] = "pre_tokenizer Metaspace";
    static const char *const schemes[] = {"never", "first", "always"};
    const char *space = tok_json_str(o, "replacement"), *scheme = tok_json_str(o, "prepend_scheme");
    bool add;
    MC_TRY(tok_json_type("pre_tokenizer", o, "Metaspace", e));
    MC_TRY(tok_json_bool(o, "add_prefix_space", true, where, &add, e));
    const json_t *split = json_object_get(o, "split");
    u->split = true;
    if (!json_is_null(split)) MC_TRY(tok_json_bool(o, "split", true, where, &u->split, e));
    uint32_t c;
    size_t n = space ? strlen(space) : 0;
    if (n == 0 || (size_t)mc_utf8_read(space, n, &c) != n)
        return mc_fail(e, MC_ERR_INPUT, "%s: replacement is no character", where);
    strcpy(u->space, space);
    int k = 0;
    while (k < 3 && strcmp(scheme ? scheme : "always", schemes[k]) != 0) k++;
    if (k == 3 || (!scheme && json_object_get(o, "prepend_scheme")))
        return mc_fail(e, MC_ERR_INPUT, "%s: prepend_scheme %s is not supported", where,
                       scheme ? scheme : "of no text");
    u->mark = (enum mark)k;
    if (!add && u->mark != MARK_NEVER)
        return mc_fail(e, MC_ERR_INPUT, "%s: add_prefix_space and prepend_scheme disagree", where);
    return 0;
}

static int json_pre_tokenizer(struct unigram *u, const json_t *o, struct mc_error *e) {
    const char *type = tok_json_str(o, "type");
    if (!type || strcmp(type, "Sequence") != 0) return json_metaspace(u, o, e);
    const json_t *list = json_object_get(o, "pretokenizers");
    size_t n = json_array_size(list);
    if (n < 1 || n > 2)
        return refuse("pre_tokenizer Sequence but of WhitespaceSplit, Metaspace", e);
    u->words = n == 2;
    if (u->words)
        MC_TRY(tok_json_type("pre_tokenizer Sequence:", json_array_get(list, 0), "WhitespaceSplit",
                             e));
    MC_TRY(json_metaspace(u, json_array_get(list, n - 1), e));
    if (u->words && u->mark == MARK_FIRST)
        return refuse("pre_tokenizer Metaspace: prepend_scheme first behind WhitespaceSplit", e);
    return 0;
}

static int unigram_from_json(struct mc_tokenizer *t, const json_t *root, struct mc_error *e) {
    struct unigram *u = t->model = mc_new(1, sizeof *u, e);
    if (!u) return MC_ERR_MEM;
    MC_TRY(json_normalizer(u, json_object_get(root, "normalizer"), e));
    MC_TRY(json_pre_tokenizer(u, json_object_get(root, "pre_tokenizer"), e));
    return json_model(u, json_object_get(root, "model"), e);
}

// --- spiece.model

static void set_class(struct unigram *u) {
    u->unk_id = CLASS_UNK;
    u->words = u->split = true;
    u->strip = u->join = false;
    u->mark = MARK_ALWAYS;
    strcpy(u->space, TOK_SPACE);
}

static int extra_ids(const struct tok_config *c, int64_t *n, struct mc_error *e) {
    const json_t *v = json_object_get(c->tokenizer, "extra_ids");
    *n = EXTRA_IDS;
    if (!v || tok_json_int(v, 0, 1 << 20, n)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s/tokenizer_config.json: extra_ids is no number of tokens",
                   c->dir);
}

static int add_control(struct unigram *u, const struct tok_spiece_piece *p, struct mc_error *e) {
    char *text = mc_new(p->n + 1, 1, e);
    if (!text) return MC_ERR_MEM;
    memcpy(text, p->text, p->n);
    struct tok_added a = {.text = text, .id = -1, .special = p->type == TOK_SPIECE_CONTROL};
    int rc = tok_added_push(&u->control, &a, e);
    free(text);
    return rc;
}

static int take_spiece(struct unigram *u, const struct tok_spiece *m, const struct tok_config *c,
                       struct mc_error *e) {
    char where[512];
    snprintf(where, sizeof where, "%s/%s", c->dir, spiece_model);
    if (m->unk_id != CLASS_UNK)
        return mc_fail(e, MC_ERR_INPUT, "%s: the unknown piece is %lld, but the class's is %d",
                       where, (long long)m->unk_id, CLASS_UNK);
    for (int32_t i = 0; i < m->n; i++) {
        const struct tok_spiece_piece *p = &m->piece[i];
        if (add_piece(u, p->text, p->n, (double)p->score, e) < 0) return mc_fail_in(e, "%s", where);
        if (p->type == TOK_SPIECE_CONTROL || p->type == TOK_SPIECE_USER)
            MC_TRY(add_control(u, p, e));
    }
    int64_t n;
    MC_TRY(extra_ids(c, &n, e));
    for (int64_t i = n - 1; i >= 0; i--) {
        char name[40];
        snprintf(name, sizeof name, "<extra_id_%lld>", (long long)i);
        MC_TRY(add_piece(u, name, strlen(name), 0, e));
    }
    MC_TRY(finish(u, where, e));
    if (m->n_map && tok_charsmap_read(&u->map, m->map, m->n_map, e) < 0)
        return mc_fail_in(e, "%s", where);
    return 0;
}

static int unigram_from_files(struct mc_tokenizer *t, const struct tok_config *c,
                              struct mc_error *e) {
    struct unigram *u = t->model = mc_new(1, sizeof *u, e);
    if (!u) return MC_ERR_MEM;
    set_class(u);
    u->from_file = true;
    struct tok_spiece m;
    MC_TRY(tok_spiece_read(&m, c->dir, spiece_model, e));
    int rc = take_spiece(u, &m, c, e);
    tok_spiece_release(&m);
    return rc;
}

// --- the class

// Adds the list of additional tokens that was given, or that of the model file where it was read;
// and the sentinels <extra_id_N> unless that list has some.
static int unigram_class_extras(const struct mc_tokenizer *t, struct tok_added_list *l,
                                const struct tok_added_list *given, const struct tok_config *c,
                                struct mc_error *e) {
    const struct unigram *u = t->model;
    if (u->from_file) given = &u->control;
    int64_t n, there = 0;
    MC_TRY(extra_ids(c, &n, e));
    for (int i = 0; i < given->n; i++) {
        there += strstr(given->v[i].text, "<extra_id_") != NULL;
        if (!tok_added_find(l, given->v[i].text)) MC_TRY(tok_added_push(l, &given->v[i], e));
    }
    if (there > 0 && n > 0 && there != n)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s/tokenizer_config.json: extra_ids is %lld (100 where absent), but there "
                       "are %lld sentinels among the additional special tokens",
                       c->dir, (long long)n, (long long)there);
    for (int64_t i = 0; i < n && there == 0; i++) {
        char name[40];
        snprintf(name, sizeof name, "<extra_id_%lld>", (long long)i);
        struct tok_added a = {.text = name, .id = -1, .special = true};
        if (!tok_added_find(l, name)) MC_TRY(tok_added_push(l, &a, e));
    }
    return 0;
}

static int unigram_class_template(struct mc_tokenizer *t, const struct tok_config *c,
                                  struct mc_error *e) {
    const char *eos = tok_config_special(c, t->kind, "eos_token");
    int32_t id = eos ? mc_tokenizer_id(t, eos) : -1;
    if (id < 0) return mc_fail(e, MC_ERR_INPUT, "%s/tokenizer_config.json: no eos_token", c->dir);
    const int32_t item[] = {TOK_SEQ_A, id, TOK_SEQ_B, id};
    for (int i = 0; i < 4; i++) {
        if (i < 2) MC_TRY(tok_template_add(&t->single, item[i], 0, e));
        MC_TRY(tok_template_add(&t->pair, item[i], 0, e));
    }
    return 0;
}

// --- digest and check

static int unigram_digest(const void *model, XXH3_state_t *h, struct mc_error *e) {
    const struct unigram *u = model;
    MC_TRY(tok_vocab_digest(&u->vocab, h, e));
    for (int32_t i = 0; i < u->vocab.n; i++) {
        uint64_t bits;
        memcpy(&bits, &u->score[i], sizeof bits);
        tok_digest_int(h, (int64_t)bits);
    }
    tok_digest_text(h, u->map.raw.p ? u->map.raw.p : "", u->map.raw.n);
    tok_digest_text(h, u->space, strlen(u->space));
    const int64_t flag[] = {u->unk_id, u->byte_fallback, u->strip, u->join,
                            u->words,  u->split,         u->mark};
    for (size_t i = 0; i < sizeof flag / sizeof *flag; i++) tok_digest_int(h, flag[i]);
    return 0;
}

static int disagree(const char *dir, const char *file, const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s/%s and tokenizer.json disagree: %s", dir, file, what);
}

// The pieces of the model file are the first of tokenizer.json, which may have sentinels behind.
static int check_spiece(const struct unigram *u, const char *dir, struct mc_error *e) {
    if (!tok_has_file(dir, spiece_model)) return 0;
    struct tok_spiece m;
    MC_TRY(tok_spiece_read(&m, dir, spiece_model, e));
    char what[64];
    int rc = 0;
    bool same = m.n <= u->vocab.n;
    snprintf(what, sizeof what, "%d pieces and %d", (int)m.n, (int)u->vocab.n);
    for (int32_t i = 0; i < m.n && same; i++) {
        const struct tok_piece *p = &u->vocab.piece[i];
        const struct tok_spiece_piece *k = &m.piece[i];
        same = p->n == k->n && memcmp(u->vocab.text.p + p->at, k->text, k->n) == 0 &&
               (float)u->score[i] == k->score;
        if (!same) snprintf(what, sizeof what, "piece %d", (int)i);
    }
    if (same && (m.n_map != u->map.raw.n ||
                 (m.n_map && memcmp(m.map, u->map.raw.p, m.n_map) != 0))) {
        same = false;
        snprintf(what, sizeof what, "the character map");
    }
    if (!same) rc = disagree(dir, spiece_model, what, e);
    tok_spiece_release(&m);
    return rc;
}

static int unigram_check(struct mc_tokenizer *t, const struct tok_config *c, bool built,
                         struct mc_error *e) {
    struct unigram *u = t->model;
    MC_TRY(check_spiece(u, c->dir, e));
    if (!built) return 0;
    const char *what = NULL;
    if (u->unk_id != CLASS_UNK)
        what = "model.unk_id (2 for this class)";
    else if (u->byte_fallback)
        what = "byte_fallback (false for this class)";
    else if (u->mark != MARK_ALWAYS || !u->split || strcmp(u->space, TOK_SPACE) != 0)
        what = "pre_tokenizer Metaspace (always U+2581, split, for this class)";
    if (what) return disagree(c->dir, "tokenizer_config.json", what, e);
    set_class(u);
    return 0;
}

const struct tok_kind tok_unigram = {
    .name = "Unigram",
    .own_key = "unk_id",
    .vocab_file = spiece_model,
    .classes = classes,
    .model_types = model_types,
    .no_limit = true,
    .from_json = unigram_from_json,
    .from_files = unigram_from_files,
    .check = unigram_check,
    .class_extras = unigram_class_extras,
    .class_template = unigram_class_template,
    .decoder = "metaspace",
    .default_special = unigram_default_special,
    .id = unigram_id,
    .vocab = unigram_vocab,
    .unknown = unigram_unknown,
    .normalize = tok_unigram_normalize,
    .encode = tok_unigram_encode,
    .digest = unigram_digest,
    .free = unigram_free,
};

// Corpora, read: the file once from end to end when it is opened, and then any part of it.
#include "mc/corpus.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// --- sequences

int64_t mc_sequences(int64_t n, int64_t room) { return n / room + (n % room >= MC_CORPUS_LEAST); }

void mc_sequence(int64_t n, int64_t room, int64_t k, int64_t *from, int64_t *to) {
    *from = k * room;
    *to = n - *from < room ? n : *from + room;
}

// --- opening

void mc_corpus_close(struct mc_corpus *c) {
    mc_corpus_ids_release(&c->about);
    free(c->path);
    free(c->tokenizer);
    free(c->part);
    *c = (struct mc_corpus){0};
}

static bool same_list(const struct mc_id_list *a, const struct mc_id_list *b) {
    return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, (size_t)a->n * sizeof *a->v) == 0);
}

static bool same_ids(const struct mc_corpus_ids *a, const struct mc_corpus_ids *b) {
    return a->vocab == b->vocab && a->mask == b->mask && same_list(&a->special, &b->special) &&
           same_list(&a->prefix, &b->prefix) && same_list(&a->suffix, &b->suffix) &&
           same_list(&a->sentinels, &b->sentinels);
}

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

// The first part says what the corpus is; the others must say the same.
static int check_about(struct mc_corpus *c, const struct mc_tokens *t, struct mc_error *e) {
    if (c->n_parts == 0) {
        if (t->tokenizer && !(c->tokenizer = mc_strdup(t->tokenizer, e))) return MC_ERR_MEM;
        return mc_corpus_ids_parse(&c->about, t->corpus, e);
    }
    struct mc_corpus_ids about;
    int rc = mc_corpus_ids_parse(&about, t->corpus, e);
    if (rc == 0 && !(same_ids(&c->about, &about) && same_text(c->tokenizer, t->tokenizer)))
        rc = mc_fail(e, MC_ERR_INPUT, "made with another tokenizer than document 0");
    mc_corpus_ids_release(&about);
    return rc;
}

static int add_part(struct mc_corpus *c, const struct mc_reader *r, const struct mc_tokens *t,
                    struct mc_error *e) {
    if (!t->corpus)
        return mc_fail(e, MC_ERR_INPUT,
                       "labelled text, where a corpus belongs (mc-tokenize --corpus)");
    MC_TRY(check_about(c, t, e));
    if ((c->n_parts & (c->n_parts - 1)) == 0) { // memory grows by powers of two
        void *p = mc_resize(c->part, c->n_parts ? 2 * (size_t)c->n_parts : 1, sizeof *c->part, e);
        if (!p) return MC_ERR_MEM;
        c->part = p;
    }
    struct mc_corpus_part *p = &c->part[c->n_parts++];
    *p = (struct mc_corpus_part){mc_reader_place(r), t->n, t->offset[t->n], ""};
    memcpy(p->digest, t->digest, sizeof p->digest);
    c->n_docs += p->docs;
    c->n_ids += p->ids;
    return 0;
}

static int read_parts(struct mc_corpus *c, struct mc_reader *r, struct mc_error *e) {
    int rc = 1;
    while (rc == 1) {
        struct mc_tokens t;
        rc = mc_tokens_next(&t, r, e);
        if (rc == 1 && add_part(c, r, &t, e) < 0)
            rc = mc_fail_in_file(e, "%s: document %lld", c->path, (long long)mc_reader_index(r));
        mc_tokens_release(&t);
    }
    if (rc == 0 && c->n_parts == 0) rc = mc_fail_file(e, MC_ERR_INPUT, c->path, "no document");
    return rc;
}

static int make_digest(struct mc_corpus *c, struct mc_error *e) {
    struct mc_buf about = {0};
    int rc = mc_corpus_ids_json(&c->about, &about, e);
    struct mc_digest *g = rc == 0 ? mc_digest_new(e) : NULL;
    if (g) {
        for (int64_t k = 0; k < c->n_parts; k++)
            mc_digest_data(g, c->part[k].digest, MC_DIGEST_TEXT - 1);
        if (c->tokenizer) mc_digest_data(g, c->tokenizer, strlen(c->tokenizer));
        mc_digest_data(g, about.p, about.n);
        mc_digest_end(g, c->digest);
    }
    mc_buf_release(&about);
    return g ? 0 : MC_ERR_MEM;
}

int mc_corpus_open(struct mc_corpus *c, const char *path, struct mc_pool *pool,
                   struct mc_error *e) {
    *c = (struct mc_corpus){0};
    struct stat st;
    if (strcmp(path, "-") == 0 ||
        (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return mc_fail_file(e, MC_ERR_INPUT, strcmp(path, "-") == 0 ? "standard input" : path,
                            "a corpus is read more than once, so it must be a file");
    struct mc_reader *r;
    MC_TRY(mc_reader_open(&r, path, pool, e));
    int rc = (c->path = mc_strdup(path, e)) ? read_parts(c, r, e) : MC_ERR_MEM;
    mc_reader_close(r);
    if (rc == 0) rc = make_digest(c, e);
    if (rc < 0) mc_corpus_close(c);
    return rc;
}

// --- parts

int mc_corpus_read(const struct mc_corpus *c, int64_t k, struct mc_pool *pool, struct mc_tokens *t,
                   struct mc_error *e) {
    const struct mc_corpus_part *p = &c->part[k];
    struct mc_reader *r;
    *t = (struct mc_tokens){0};
    MC_TRY(mc_reader_open_at(&r, c->path, pool, &p->place, e));
    int rc = mc_tokens_next(t, r, e);
    bool same = rc == 1 && t->corpus && strcmp(t->digest, p->digest) == 0;
    mc_reader_close(r);
    if (rc >= 0 && !same)
        rc = mc_fail_file(e, MC_ERR_INPUT, c->path, "document %lld: changed since it was opened",
                          (long long)k);
    if (rc < 0) mc_tokens_release(t);
    return rc < 0 ? rc : 0;
}

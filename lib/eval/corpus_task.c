// A corpus as a task of an evaluation: its sequences, corrupted once and for all models alike, as
// the examples of a token set.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mc/eval.h"

struct filling {
    const struct mc_corruption *how;
    const struct mc_tokens *part;
    struct mc_corrupted *x;
};

static int add_one(void *ctx, int64_t at, int64_t n, struct mc_error *e) {
    const struct filling *f = ctx;
    if (f->x->n_ids + n > INT_MAX / 2)
        return mc_fail(e, MC_ERR_INPUT, "more than %d tokens; evaluate it in parts", INT_MAX / 2);
    return mc_corrupt(f->how, 0, f->x->n, f->part->ids + at, n, f->x, e);
}

static int fill(const struct mc_corpus *c, const struct mc_corruption *how, struct mc_task *t,
                struct mc_pool *pool, struct mc_error *e) {
    for (int64_t k = 0; k < c->n_parts; k++) {
        struct mc_tokens part;
        MC_TRY(mc_corpus_read(c, k, pool, &part, e));
        struct filling f = {.how = how, .part = &part, .x = t->corrupted};
        int rc = mc_corruption_each(how, &part, add_one, &f, e);
        if (rc == 0 && !t->tokens.corpus && !(t->tokens.corpus = mc_strdup(part.corpus, e)))
            rc = MC_ERR_MEM;
        mc_tokens_release(&part);
        if (rc < 0) return mc_fail_in(e, "%s", c->path);
    }
    if (t->corrupted->n) return 0;
    return mc_corruption_none(c->path, e);
}

static int longest(const int64_t *offset, int64_t n) {
    int64_t most = 0;
    for (int64_t i = 0; i < n; i++)
        if (offset[i + 1] - offset[i] > most) most = offset[i + 1] - offset[i];
    return (int)most;
}

// The token set takes over what it has a place for. A line of it is a sequence.
static int as_tokens(struct mc_corrupted *x, bool spans, struct mc_tokens *t, struct mc_error *e) {
    t->n = x->n;
    t->offset = x->offset;
    t->ids = x->ids;
    t->types = x->types;
    x->offset = NULL;
    x->ids = NULL;
    x->types = NULL;
    t->max_len = longest(t->offset, t->n);
    if (spans) {
        t->target_ids = x->target;
        t->target_offset = x->target_offset;
        t->max_target = longest(t->target_offset, t->n);
        x->target = NULL;
        x->target_offset = NULL;
    }
    if (!(t->lines = mc_new((size_t)t->n, sizeof *t->lines, e))) return MC_ERR_MEM;
    for (int64_t i = 0; i < t->n; i++) t->lines[i] = i + 1;
    return 0;
}

int mc_task_read_corpus(struct mc_task *t, const char *path, const struct mc_corruption *how,
                        struct mc_pool *pool, struct mc_error *e) {
    struct mc_corpus c;
    MC_TRY(mc_corpus_open(&c, path, pool, e));
    struct mc_corruption own = *how;
    own.about = &c.about;
    own.spans = c.about.mask < 0 && c.about.sentinels.n > 0; // what masks has a mask token
    int rc = mc_corruption_check(&own, path, e);
    if (rc == 0 && !(t->corrupted = mc_new(1, sizeof *t->corrupted, e))) rc = MC_ERR_MEM;
    if (rc == 0) rc = fill(&c, &own, t, pool, e);
    if (rc == 0) rc = as_tokens(t->corrupted, own.spans, &t->tokens, e);
    if (rc == 0 && c.tokenizer && !(t->tokens.tokenizer = mc_strdup(c.tokenizer, e)))
        rc = MC_ERR_MEM;
    memcpy(t->tokens.digest, c.digest, sizeof c.digest);
    mc_corpus_close(&c);
    return rc;
}

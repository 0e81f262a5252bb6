// The updates of training on a corpus. Every epoch takes its parts in an order of its own, WINDOW
// of them at a time, and their sequences mixed among each other: all that is in memory is a window
// and the sequences of an update, whatever the corpus holds.
#include <stdlib.h>
#include <string.h>

#include "mc/objective.h"
#include "mc/rng.h"

enum { WINDOW = 8, OF_A_WINDOW = 40 }; // bits of the counter that a window's order may use

struct place { // of a sequence in the window
    int32_t part;
    int32_t n; // ids of its text
    int64_t at;
};

struct corpus_batches {
    struct mc_corruption how;
    int64_t *count;        // sequences of every part
    int64_t *order;        // parts of the epoch at hand
    int64_t epoch, window; // those in memory, or -1
    struct mc_tokens part[WINDOW];
    struct place *place;                 // [n_places], mixed
    int64_t first, n_places, cap_places; // first: number of its first sequence in the epoch
    int64_t *mixed;
    struct mc_corrupted update;
};

int mc_corpus_fits(const struct mc_corpus *c, const char *name, const struct mc_corruption *how,
                   const struct mc_model *m, struct mc_error *e) {
    const char *tokenizer = mc_doc_get(&m->meta, "mc.tokenizer");
    MC_TRY(mc_corruption_check(how, name, e));
    if (tokenizer && c->tokenizer && strcmp(tokenizer, c->tokenizer) != 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: tokenized by another tokenizer than the model's (%s, not %s)", name,
                       c->tokenizer, tokenizer);
    if (c->about.vocab > m->config.vocab)
        return mc_fail(e, MC_ERR_INPUT, "%s: its tokenizer has %d ids, the model %d", name,
                       c->about.vocab, m->config.vocab);
    if (mc_corruption_longest(how) > mc_model_max_len(m))
        return mc_fail(e, MC_ERR_USAGE, "--seq-len %lld: the model takes %d tokens",
                       (long long)how->seq_len, mc_model_max_len(m));
    return 0;
}

struct mc_batch mc_corrupted_batch(const struct mc_corrupted *x, bool spans) {
    struct mc_batch b = {.n = (int)x->n, .offset = x->offset, .ids = x->ids, .types = x->types};
    if (spans) {
        b.target_ids = x->target;
        b.target_offset = x->target_offset;
    } else {
        b.chosen_offset = x->chosen_offset;
        b.chosen = x->chosen;
        b.chosen_class = x->chosen_id;
    }
    return b;
}

struct counting {
    const struct mc_corruption *how;
    int64_t *n;
};

// What cannot be corrupted is refused here, not in the middle of training.
static int count_one(void *ctx, int64_t at, int64_t n, struct mc_error *e) {
    const struct counting *c = ctx;
    (void)at;
    ++*c->n;
    return mc_corruption_check_spans(c->how, n, e);
}

static int count(struct mc_batches *b, struct corpus_batches *s, const struct mc_corpus *c,
                 struct mc_error *e) {
    for (int64_t k = 0; k < c->n_parts; k++) {
        struct mc_tokens t;
        struct counting n = {&s->how, &s->count[k]};
        MC_TRY(mc_corpus_read(c, k, NULL, &t, e));
        int rc = mc_corruption_each(&s->how, &t, count_one, &n, e);
        mc_tokens_release(&t);
        if (rc < 0) return mc_fail_in(e, "%s", b->name);
        b->n += s->count[k];
    }
    if (b->n == 0) return mc_corruption_none(b->name, e);
    return 0;
}

int mc_corpus_batches_open(struct mc_batches *b, bool spans, struct mc_error *e) {
    const struct mc_corpus_source *source = b->source;
    struct corpus_batches *s = b->own = mc_new(1, sizeof *s, e);
    if (!s) return MC_ERR_MEM;
    s->how = source->how;
    s->how.spans = spans;
    s->epoch = s->window = -1;
    MC_TRY(mc_corpus_fits(source->corpus, b->name, &s->how, b->m, e));
    s->count = mc_new((size_t)source->corpus->n_parts, sizeof *s->count, e);
    s->order = mc_new((size_t)source->corpus->n_parts, sizeof *s->order, e);
    if (!s->count || !s->order) return MC_ERR_MEM;
    MC_TRY(count(b, s, source->corpus, e));
    b->per_epoch = (b->n + b->size - 1) / b->size;
    b->max_len = (int)mc_corruption_longest(&s->how);
    return 0;
}

static void empty_window(struct corpus_batches *s) {
    for (int i = 0; i < WINDOW; i++) mc_tokens_release(&s->part[i]);
    s->n_places = 0;
    s->window = -1;
}

void mc_corpus_batches_close(struct mc_batches *b) {
    struct corpus_batches *s = b->own;
    if (!s) return;
    empty_window(s);
    mc_corrupted_release(&s->update);
    free(s->count);
    free(s->order);
    free(s->place);
    free(s->mixed);
    free(s);
    b->own = NULL;
}

// --- a window

struct listing {
    struct corpus_batches *s;
    int part;
};

static int list_one(void *ctx, int64_t at, int64_t n, struct mc_error *e) {
    const struct listing *l = ctx;
    struct corpus_batches *s = l->s;
    (void)e;
    s->place[s->n_places++] = (struct place){.part = l->part, .n = (int32_t)n, .at = at};
    return 0;
}

static int reserve_places(struct corpus_batches *s, int64_t n, struct mc_error *e) {
    if (n <= s->cap_places) return 0;
    free(s->place);
    free(s->mixed);
    s->cap_places = 0;
    s->place = mc_new((size_t)n, sizeof *s->place, e);
    s->mixed = mc_new((size_t)n, sizeof *s->mixed, e);
    if (!s->place || !s->mixed) return MC_ERR_MEM;
    s->cap_places = n;
    return 0;
}

// Sequences of window w of the epoch's order.
static int64_t count_window(const struct corpus_batches *s, int64_t n_parts, int64_t w) {
    int64_t n = 0;
    for (int64_t k = w * WINDOW; k < n_parts && k < (w + 1) * WINDOW; k++)
        n += s->count[s->order[k]];
    return n;
}

static int read_window(const struct mc_batches *b, struct corpus_batches *s, int64_t w,
                       int64_t first, struct mc_error *e) {
    const struct mc_corpus *c = ((const struct mc_corpus_source *)b->source)->corpus;
    int64_t n = count_window(s, c->n_parts, w);
    empty_window(s);
    MC_TRY(reserve_places(s, n, e));
    for (int64_t k = w * WINDOW; k < c->n_parts && k < (w + 1) * WINDOW; k++) {
        struct listing l = {.s = s, .part = (int)(k % WINDOW)};
        MC_TRY(mc_corpus_read(c, s->order[k], NULL, &s->part[l.part], e));
        MC_TRY(mc_corruption_each(&s->how, &s->part[l.part], list_one, &l, e));
    }
    struct mc_rng r;
    mc_rng_init(&r, b->seed, MC_RNG_ORDER, (uint32_t)s->epoch);
    r.at = (uint64_t)(w + 1) << OF_A_WINDOW; // behind the order of the parts
    mc_rng_permutation(&r, s->mixed, n);
    s->window = w;
    s->first = first;
    return 0;
}

// Sequence number i of the epoch is in memory.
static int have_sequence(const struct mc_batches *b, struct corpus_batches *s, int64_t i,
                         struct mc_error *e) {
    const struct mc_corpus *c = ((const struct mc_corpus_source *)b->source)->corpus;
    if (s->window >= 0 && i >= s->first && i < s->first + s->n_places) return 0;
    int64_t w = 0, first = 0, n;
    while (i >= first + (n = count_window(s, c->n_parts, w))) first += n, w++;
    return read_window(b, s, w, first, e);
}

static void begin_epoch(const struct mc_batches *b, struct corpus_batches *s, int64_t epoch) {
    const struct mc_corpus *c = ((const struct mc_corpus_source *)b->source)->corpus;
    struct mc_rng r;
    if (s->epoch == epoch) return;
    empty_window(s);
    s->epoch = epoch;
    mc_rng_init(&r, b->seed, MC_RNG_ORDER, (uint32_t)epoch);
    mc_rng_permutation(&r, s->order, c->n_parts);
}

int mc_corpus_batches_next(struct mc_batches *b, int64_t step, struct mc_update *u,
                           struct mc_error *e) {
    struct corpus_batches *s = b->own;
    struct mc_corrupted *x = &s->update;
    int64_t at = step % b->per_epoch * b->size, n = b->n - at < b->size ? b->n - at : b->size;
    begin_epoch(b, s, step / b->per_epoch);
    mc_corrupted_empty(x);
    for (int64_t i = 0; i < n; i++) {
        MC_TRY(have_sequence(b, s, at + i, e));
        const struct place *p = &s->place[s->mixed[at + i - s->first]];
        if (mc_corrupt(&s->how, step, i, s->part[p->part].ids + p->at, p->n, x, e) < 0)
            return mc_fail_in(e, "%s", b->name);
    }
    *u = (struct mc_update){.batch = mc_corrupted_batch(x, s->how.spans),
                            .epoch = step / b->per_epoch,
                            .tokens = x->n_ids + x->n_targets,
                            .terms = s->how.spans ? x->n_targets : x->n_chosen};
    return 0;
}

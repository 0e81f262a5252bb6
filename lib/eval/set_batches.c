// The updates of training on a token set in memory: slices of a permutation of its examples, which
// is drawn anew for every epoch.
#include <stdlib.h>

#include "mc/objective.h"
#include "mc/rng.h"

struct set_batches {
    int64_t *order, order_epoch; // the permutation, and of which epoch it is
    int32_t *label;
};

int64_t mc_batch_terms(const struct mc_batch *b, int i) {
    const int64_t *at = b->chosen_offset ? b->chosen_offset : b->per ? NULL : b->target_offset;
    int64_t example = b->pick ? b->pick[i] : i;
    return at ? at[example + 1] - at[example] : 1;
}

int mc_set_batches_open(struct mc_batches *b, int32_t *label, struct mc_error *e) {
    struct set_batches *s = b->own = mc_new(1, sizeof *s, e);
    if (!s) {
        free(label);
        return MC_ERR_MEM;
    }
    s->label = label;
    s->order_epoch = -1;
    b->n = b->subset ? b->n_subset : b->set->n;
    b->per_epoch = (b->n + b->size - 1) / b->size;
    b->max_len = b->set->max_len;
    s->order = mc_new((size_t)b->n, sizeof *s->order, e);
    return s->order ? 0 : MC_ERR_MEM;
}

void mc_set_batches_close(struct mc_batches *b) {
    struct set_batches *s = b->own;
    if (!s) return;
    free(s->order);
    free(s->label);
    free(s);
    b->own = NULL;
}

static void permute(const struct mc_batches *b, struct set_batches *s, int64_t epoch) {
    struct mc_rng rng;
    mc_rng_init(&rng, b->seed, MC_RNG_ORDER, (uint32_t)epoch);
    mc_rng_permutation(&rng, s->order, b->n);
    for (int64_t i = 0; b->subset && i < b->n; i++) s->order[i] = b->subset[s->order[i]];
    s->order_epoch = epoch;
}

int mc_set_batches_next(struct mc_batches *b, int64_t step, struct mc_update *u,
                        struct mc_error *e) {
    struct set_batches *s = b->own;
    const struct mc_tokens *t = b->set;
    int64_t at = step % b->per_epoch * b->size;
    (void)e;
    *u = (struct mc_update){.epoch = step / b->per_epoch};
    if (s->order_epoch != u->epoch) permute(b, s, u->epoch);
    u->batch = (struct mc_batch){.n = (int)(b->n - at < b->size ? b->n - at : b->size),
                                 .pick = s->order + at,
                                 .offset = t->offset,
                                 .ids = t->ids,
                                 .types = t->types,
                                 .label = s->label,
                                 .value = t->values,
                                 .target_ids = t->target_ids,
                                 .target_offset = t->target_offset};
    for (int i = 0; i < u->batch.n; i++) {
        int64_t example = u->batch.pick[i];
        u->tokens += t->offset[example + 1] - t->offset[example];
        u->terms += mc_batch_terms(&u->batch, i);
    }
    if (t->target_ids) u->tokens += u->terms;
    return 0;
}

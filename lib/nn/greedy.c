// Greedy decoding. A thread takes a chunk of sequences to its end: their tokens go through the
// operations of the tokens' space once, then every step takes the live ones, a row each, through
// those of the targets' space.
#include <stdlib.h>
#include <string.h>

#include "run_impl.h"

struct decode {
    struct mc_run *r;
    int max_new;
    int32_t *ids;
    int *len;
};

static void run_space(struct mc_exec *x, bool targets) {
    const struct mc_plan *p = x->plan;
    for (int i = 0; i < p->n_ops; i++) {
        const struct mc_op *o = &p->op[i];
        bool of_targets = o->out < 0 || p->value[o->out].space == MC_SPACE_TARGETS;
        if (of_targets == targets) o->cls->forward(o, x);
    }
}

// Makes *part an array [seqs, steps, cols] of what was [seqs, had, cols]; *cap: floats that it has.
static int resize_part(float **part, size_t *cap, size_t seqs, size_t had, size_t steps,
                       size_t cols, struct mc_error *e) {
    float *old = *part, *to = old;
    if (seqs * steps * cols > *cap) {
        if (!(to = mc_new_floats(seqs * steps * cols, e))) return MC_ERR_MEM;
        *cap = seqs * steps * cols;
    }
    for (size_t s = had ? seqs : 0;
         s-- > 0;) // the last first: in place, a move up overwrites those behind
        memmove(to + s * steps * cols, old + s * had * cols, had * cols * sizeof *to);
    if (to != old) mc_free_floats(old);
    *part = to;
    return 0;
}

static int grow_cache(const struct mc_exec *x, struct mc_cache *cache, int seqs, int had, int steps,
                      struct mc_error *e) {
    const struct mc_plan *p = x->plan;
    for (int i = 0; i < p->n_ops; i++) {
        const struct mc_op *o = &p->op[i];
        if (o->cls != &mc_op_attend || !o->causal) continue;
        struct mc_cache *c = &cache[o->cache];
        size_t cols = (size_t)mc_value_cols(x, o->in[1]);
        for (int k = 0; k < 2; k++)
            MC_TRY(resize_part(k ? &c->v : &c->k, &c->cap[k], (size_t)seqs, (size_t)had,
                               (size_t)steps, cols, e));
    }
    return 0;
}

// The rows of a step: one for each live sequence, which reads the last token it has.
static void fill_step(struct mc_chunk *k, const int *live, int n, const int *last) {
    struct mc_space *s = &k->space[MC_SPACE_TARGETS];
    s->rows = s->seqs = n;
    for (int i = 0; i < n; i++) {
        s->at[i] = i;
        s->parent[i] = live[i];
        k->feed[MC_FEED_TARGETS][i] = last[live[i]];
    }
    s->at[n] = n;
}

static int write_chunk(const struct decode *d, const struct mc_exec *whole, struct mc_cache *cache,
                       struct mc_error *e) {
    enum { STEPS = 8 };
    const struct mc_plan *p = whole->plan;
    int seqs = whole->chunk.space[MC_SPACE_TOKENS].seqs, n = seqs;
    int *live = mc_new(3 * (size_t)seqs, sizeof *live, e);
    if (!live) return MC_ERR_MEM;
    int *last = live + seqs;
    struct mc_decoding g = {.cache = cache, .next = last + seqs};
    int rc = 0;
    for (int i = 0; i < seqs; i++) {
        live[i] = i;
        last[i] = p->start_id;
        d->len[whole->chunk.example[i]] = 0;
    }
    struct mc_exec x = *whole; // its targets are the live sequences, a row each
    x.decoding = &g;
    for (; n > 0 && g.step < d->max_new && rc == 0; g.step++) {
        if (g.step == g.steps) {
            int had = g.steps;
            g.steps = had ? 2 * had : STEPS;
            if ((rc = grow_cache(&x, cache, seqs, had, g.steps, e)) < 0) break;
        }
        fill_step(&x.chunk, live, n, last);
        run_space(&x, true);
        int left = 0;
        for (int i = 0; i < n && rc == 0; i++) {
            if (g.next[i] < 0) rc = mc_fail(e, MC_ERR_NUM, "the logits of a token are not finite");
            int s = live[i], example = x.chunk.example[s];
            last[s] = g.next[i];
            d->ids[(size_t)example * (size_t)d->max_new + (size_t)d->len[example]++] = g.next[i];
            if (g.next[i] != p->end_id) live[left++] = s;
        }
        n = left;
    }
    free(live);
    return rc;
}

static void decode_task(void *ctx, int task, int thread) {
    const struct decode *d = ctx;
    struct thread *th = &d->r->thread[thread];
    if (th->error.code < 0) return;
    struct mc_exec x = mc_run_chunk(d->r, task, th);
    run_space(&x, false);
    if (d->r->batch->target_offset) run_space(&x, true);
    (void)!write_chunk(d, &x, th->cache, &th->error); // it is in the thread's error
}

int mc_run_decode(struct mc_run *r, const struct mc_batch *b, int max_new, int32_t *ids, int *len,
                  const struct mc_result *out, struct mc_error *e) {
    struct decode d = {r, max_new, ids, len};
    MC_TRY(mc_run_begin(r, b, NULL, out, e));
    int64_t targets = 0;
    for (int i = 0; i < b->n; i++) targets += r->target_len[i];
    MC_TRY(mc_chunking_to_decode(&r->chunking, b->n, r->len, targets, e));
    mc_run_count_rows(r);
    MC_TRY(mc_run_workspace(r, max_new, e));
    r->first_chunk = 0;
    for (int t = 0; t < r->n_threads; t++) r->thread[t].error = (struct mc_error){0};
    mc_pool_run(r->pool, r->chunking.n_chunks, decode_task, &d);
    for (int t = 0; t < r->n_threads; t++)
        if (r->thread[t].error.code < 0) {
            *e = r->thread[t].error;
            return e->code;
        }
    return mc_run_check(r, e);
}

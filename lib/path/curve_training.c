// Training the bends of a curve (Garipov et al. 2018): the mean over t of the loss at its points,
// the ends fixed. A pass reads the point at one t; its gradient, times the weight of a bend there,
// is that bend's.
//
// Of one bend the losses of a pass are scaled by its weight instead, so that the network's gradient
// is the bend's and no block of its own is needed. Of several, one pass writes the gradient where
// that of the last bend goes; where there are more passes it has a block.
#include <stdio.h>
#include <stdlib.h>

#include "mc/curve_training.h"
#include "mc/rng.h"
#include "point_parts.h"

struct curve {
    const struct mc_curve_source *s;
    struct mc_table table; // the point's tensors once for every bend
    struct mc_parts parts;
    float *seen;                  // where the gradient of a point has a block of its own
    double weight[MC_CURVE_MOST]; // of all models, at the point at hand
};

static int n_models(const struct mc_curve_source *s) { return s->n_bends + 2; }

static int make_table(struct curve *c, const struct mc_table *of, struct mc_error *e) {
    for (int k = 0; k < c->s->n_bends; k++)
        for (int i = 0; i < of->n; i++) {
            struct mc_param p = of->p[i];
            int n = snprintf(p.name, sizeof p.name, "%s (bend %d)", of->p[i].name, k + 1);
            if (n < 0 || (size_t)n >= sizeof p.name)
                return mc_fail(e, MC_ERR_INPUT, "tensor %s: its name is too long for a bend's",
                               of->p[i].name);
            MC_TRY(mc_table_add_like(&c->table, &p, e));
        }
    return 0;
}

// Bends on the segment, and what noise is asked for.
static void start(const struct curve *c, size_t size, float *w) {
    const struct mc_curve_source *s = c->s;
    for (int k = 0; k < s->n_bends; k++) {
        double at = (k + 1) / (double)(s->n_bends + 1);
        for (size_t i = 0; i < size; i++) {
            double a = s->a->w[i], b = s->b->w[i];
            w[(size_t)k * size + i] = (float)(a + at * (b - a));
        }
    }
    for (int i = 0; s->noise > 0 && i < c->table.n; i++) {
        const struct mc_param *p = &c->table.p[i];
        struct mc_rng r;
        mc_rng_init_named(&r, s->seed_noise, MC_RNG_PERTURB, p->name);
        for (size_t k = 0; k < p->n; k++) w[p->at + k] += (float)(s->noise * mc_rng_normal(&r));
    }
}

static int open(struct mc_trainable *t, struct mc_error *e) {
    struct curve *c = t->own = mc_new(1, sizeof *c, e);
    if (!c) return MC_ERR_MEM;
    c->s = t->source;
    MC_TRY(make_table(c, &t->m->table, e));
    size_t size = t->m->table.size;
    t->table = &c->table;
    t->w = mc_new_floats(c->table.size, e);
    t->grad = mc_new_floats(c->table.size, e);
    if (!t->w || !t->grad) return MC_ERR_MEM;
    t->in_grad = c->s->n_bends == 1 || c->s->t_per_batch * t->n_batches == 1;
    t->seen = t->in_grad ? t->grad + (size_t)(c->s->n_bends - 1) * size
                         : (c->seen = mc_new_floats(size, e));
    if (!t->seen) return MC_ERR_MEM;
    t->passes = c->s->t_per_batch;
    t->looks = c->s->n_looks;
    start(c, size, t->w);
    return 0;
}

static void close(struct mc_trainable *t) {
    struct curve *c = t->own;
    if (!c) return;
    mc_free_floats(t->w);
    mc_free_floats(t->grad);
    mc_free_floats(c->seen);
    mc_table_release(&c->table);
    mc_parts_release(&c->parts);
    free(c);
}

static int by_rows(const struct mc_trainable *t, int i, int k) {
    const struct curve *c = t->own;
    return k < c->s->n_bends ? i + k * t->m->table.n : -1;
}

double mc_curve_draw(uint64_t seed, int64_t step, int64_t pass) {
    enum { BLOCK = 4 }; // draws that are computed together: a pass has its own
    struct mc_rng r;
    mc_rng_init(&r, seed, MC_RNG_CURVE, (uint32_t)step);
    r.at = (uint64_t)pass * BLOCK;
    return mc_rng_uniform(&r);
}

// --- points

static void part_of_point(void *ctx, const struct mc_part *part, size_t number) {
    (void)number;
    struct mc_trainable *t = ctx;
    const struct curve *c = t->own;
    const struct mc_curve_source *s = c->s;
    const float *v[MC_CURVE_MOST];
    v[0] = s->a->w + part->at;
    v[s->n_bends + 1] = s->b->w + part->at;
    for (int k = 0; k < s->n_bends; k++) v[k + 1] = t->w + (size_t)k * t->m->table.size + part->at;
    mc_curve_sum(n_models(s), c->weight, v, part->n, t->m->w + part->at);
}

static int go(struct mc_trainable *t, struct mc_pool *pool, double at, bool whole,
              struct mc_error *e) {
    struct curve *c = t->own;
    if (!c->parts.v) MC_TRY(mc_parts_init(&c->parts, t, e));
    c->s->shape->weigh(n_models(c->s), at, c->weight);
    mc_parts_run(&c->parts, t, pool, whole, part_of_point, t);
    return 0;
}

static int whole(struct mc_trainable *t, struct mc_pool *pool, int look, struct mc_error *e) {
    const struct curve *c = t->own;
    return go(t, pool, c->s->look_t[look], true, e);
}

static int forward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                   struct mc_error *e) {
    const struct curve *c = t->own;
    MC_TRY(go(t, pool, mc_curve_draw(c->s->seed_t, at->step, at->number), false, e));
    if (c->s->n_bends == 1) t->share = c->weight[1];
    return 0;
}

// --- gradients

struct back {
    const struct mc_trainable *t;
    bool first; // pass of the update
};

static void part_of_bends(void *ctx, const struct mc_part *part, size_t number) {
    (void)number;
    const struct back *b = ctx;
    const struct curve *c = b->t->own;
    const float *seen = b->t->seen + part->at;
    for (int k = 0; k < c->s->n_bends; k++) { // the last may be `seen` itself
        const float weight = (float)c->weight[k + 1];
        float *grad = b->t->grad + (size_t)k * b->t->m->table.size + part->at;
        if (b->first)
            for (size_t i = 0; i < part->n; i++) grad[i] = weight * seen[i];
        else
            for (size_t i = 0; i < part->n; i++) grad[i] += weight * seen[i];
    }
}

static int backward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                    struct mc_error *e) {
    (void)e;
    const struct curve *c = t->own;
    struct back b = {t, at->number == 0};
    if (c->s->n_bends > 1) mc_parts_run(&c->parts, t, pool, false, part_of_bends, &b);
    return 0;
}

static int cell(const struct mc_trainable *t, int64_t step, int64_t n_passes, struct mc_buf *out,
                struct mc_error *e) {
    const struct curve *c = t->own;
    for (int64_t k = 0; k < n_passes; k++)
        MC_TRY(
            mc_buf_printf(out, e, "%s%.17g", k ? "," : "", mc_curve_draw(c->s->seed_t, step, k)));
    return 0;
}

const struct mc_trainable_class mc_trainable_curve = {.name = "curve",
                                                      .open = open,
                                                      .close = close,
                                                      .forward = forward,
                                                      .backward = backward,
                                                      .whole = whole,
                                                      .column = "t",
                                                      .cell = cell,
                                                      .by_rows = by_rows};

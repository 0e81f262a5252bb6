// Training how far each group of tensors is on the way from one model to another: the chain rule
// from the gradient of the point, dL/dw = t (1 - t) sum over the group of (b - a) dL/dtheta.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/curve_training.h"
#include "mc/rng.h"
#include "point_parts.h"

struct mix {
    const struct mc_mix_source *s;
    struct mc_table table; // a number for every group
    struct mc_groups groups;
    struct mc_parts parts;
    double *sum, *of_group; // of each part, of each group
    size_t n_sum;
};

static int make_groups(struct mix *x, const struct mc_model *m, struct mc_error *e) {
    MC_TRY(mc_groups_make(&x->groups, &m->config, &m->table, x->s->by, e));
    for (int g = 0; g < x->groups.n; g++) {
        int first = 0;
        while (x->groups.of[first] != g) first++;
        MC_TRY(mc_table_add(&x->table, &m->table.p[first].is, 1, 0, e, "%s", x->groups.name[g]));
        x->table.p[g].decay = true; // towards the middle
    }
    return 0;
}

static int open(struct mc_trainable *t, struct mc_error *e) {
    struct mix *x = t->own = mc_new(1, sizeof *x, e);
    if (!x) return MC_ERR_MEM;
    x->s = t->source;
    MC_TRY(make_groups(x, t->m, e));
    t->table = &x->table;
    t->w = mc_new_floats(x->table.size, e);
    t->grad = mc_new_floats(x->table.size, e);
    t->seen = mc_new_floats(t->m->table.size, e);
    x->of_group = mc_new((size_t)x->table.n, sizeof *x->of_group, e);
    if (!t->w || !t->grad || !t->seen || !x->of_group) return MC_ERR_MEM;
    for (int g = 0; x->s->sd > 0 && g < x->table.n; g++) {
        struct mc_rng r;
        mc_rng_init_named(&r, x->s->seed, MC_RNG_INIT, x->table.p[g].name);
        t->w[g] = (float)(x->s->sd * mc_rng_normal(&r));
    }
    return 0;
}

static void close(struct mc_trainable *t) {
    struct mix *x = t->own;
    if (!x) return;
    mc_free_floats(t->w);
    mc_free_floats(t->grad);
    mc_free_floats(t->seen);
    mc_table_release(&x->table);
    mc_parts_release(&x->parts);
    mc_groups_release(&x->groups);
    free(x->sum);
    free(x->of_group);
    free(x);
}

static int by_rows(const struct mc_trainable *t, int i, int k) {
    (void)t;
    (void)i;
    (void)k;
    return -1;
}

static double place(const struct mc_trainable *t, int group) {
    return 1 / (1 + exp(-(double)t->w[group]));
}

static void part_of_point(void *ctx, const struct mc_part *part, size_t number) {
    (void)number;
    struct mc_trainable *t = ctx;
    const struct mix *x = t->own;
    double at = place(t, x->groups.of[part->tensor]);
    const double weight[2] = {1 - at, at};
    const float *const v[2] = {x->s->a->w + part->at, x->s->b->w + part->at};
    mc_curve_sum(2, weight, v, part->n, t->m->w + part->at);
}

static int go(struct mc_trainable *t, struct mc_pool *pool, bool all, struct mc_error *e) {
    struct mix *x = t->own;
    if (!x->parts.v) MC_TRY(mc_parts_init(&x->parts, t, e));
    mc_parts_run(&x->parts, t, pool, all, part_of_point, t);
    return 0;
}

static int whole(struct mc_trainable *t, struct mc_pool *pool, int look, struct mc_error *e) {
    (void)look;
    return go(t, pool, true, e);
}

static int forward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                   struct mc_error *e) {
    (void)at;
    return go(t, pool, false, e);
}

static void part_of_gradient(void *ctx, const struct mc_part *part, size_t number) {
    const struct mc_trainable *t = ctx;
    struct mix *x = t->own;
    const float *a = x->s->a->w + part->at, *b = x->s->b->w + part->at, *seen = t->seen + part->at;
    double sum = 0;
    for (size_t i = 0; i < part->n; i++) sum += ((double)b[i] - (double)a[i]) * (double)seen[i];
    x->sum[number] = sum;
}

// The sums of the parts are added in order, whoever has computed them.
static int backward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                    struct mc_error *e) {
    (void)at;
    struct mix *x = t->own;
    size_t n = mc_parts_of_pass(&x->parts, t);
    if (n > x->n_sum) {
        double *more = mc_resize(x->sum, n, sizeof *more, e);
        if (!more) return MC_ERR_MEM;
        x->sum = more;
        x->n_sum = n;
    }
    mc_parts_run(&x->parts, t, pool, false, part_of_gradient, t);
    memset(x->of_group, 0, (size_t)x->table.n * sizeof *x->of_group);
    for (size_t i = 0; i < n; i++)
        x->of_group[x->groups.of[mc_parts_tensor(&x->parts, t, i)]] += x->sum[i];
    for (int g = 0; g < x->table.n; g++) {
        double at_g = place(t, g);
        t->grad[g] = (float)(at_g * (1 - at_g) * x->of_group[g]);
    }
    return 0;
}

// No t is drawn.
static int cell(const struct mc_trainable *t, int64_t step, int64_t n_passes, struct mc_buf *out,
                struct mc_error *e) {
    (void)t;
    (void)step;
    (void)n_passes;
    return mc_buf_printf(out, e, "nan");
}

const struct mc_trainable_class mc_trainable_mix = {.name = "mix",
                                                    .open = open,
                                                    .close = close,
                                                    .forward = forward,
                                                    .backward = backward,
                                                    .whole = whole,
                                                    .column = "t",
                                                    .cell = cell,
                                                    .by_rows = by_rows};

static int describe(const struct mc_curve_ends *x, const struct mc_trainable *t, struct mc_buf *b,
                    struct mc_error *e) {
    const struct mix *of = t->own;
    MC_TRY(mc_buf_printf(b, e, "{\"kind\":\"mix\",\"by\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",",
                         mc_group_by_name(of->s->by), x->from, x->to));
    MC_TRY(mc_buf_printf(b, e, "\"weights\":{"));
    for (int g = 0; g < of->table.n; g++) {
        if (g) MC_TRY(mc_buf_add(b, ",", 1, e));
        MC_TRY(mc_json_string(b, of->table.p[g].name, e));
        MC_TRY(mc_buf_printf(b, e, ":%.17g", place(t, g)));
    }
    return mc_buf_printf(b, e, "}}");
}

int mc_mix_write(const struct mc_curve_ends *x, struct mc_model *point,
                 const struct mc_trainable *trained, struct mc_writer *w, struct mc_error *e) {
    struct mc_buf b = {0};
    int rc = describe(x, trained, &b, e);
    if (rc == 0) rc = mc_doc_set(&point->meta, "mc.curve", b.p, e);
    if (rc == 0) rc = mc_model_write(point, w, e);
    mc_buf_release(&b);
    return rc;
}

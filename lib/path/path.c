// The points of a path as documents, for all kinds: header, metadata, and floats that are computed
// a piece at a time while they are written.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mc/path.h"

enum { STEP = 1 << 18, RUN = 1 << 15 }; // floats computed at a time, and by one task

const struct mc_option_value *mc_path_options_get(const struct mc_path_options *o,
                                                  const struct mc_option *of) {
    int i = 0;
    while (i < o->n && o->v[i].of != of) i++;
    assert(i < o->n); // the kind has it
    return &o->v[i];
}

// --- life

static int last_end(const struct mc_path *p) {
    return p->kind->last ? p->kind->last : p->n_ends - 1;
}

static int open_frame(struct mc_path *p, struct mc_error *e) {
    const struct mc_path_ends of = {.m = p->end,
                                    .n = p->n_ends,
                                    .more = p->n_more,
                                    .last = last_end(p),
                                    .head = p->head,
                                    .inputs = p->inputs,
                                    .provenance = p->provenance};
    struct mc_difference d;
    p->shape = &p->frame.shape;
    p->n_blocks = p->n_ends;
    int rc = mc_path_frame_open(&p->frame, &of, &d, e);
    const char *advice = rc < 0 && p->kind->advice ? p->kind->advice(p, &d) : NULL;
    if (!advice) return rc;
    const struct mc_error why = *e;
    return mc_fail(e, rc, "%s%s", why.text, advice);
}

static int open_moves(struct mc_path *p, struct mc_error *e) {
    const struct mc_model *m = p->end[p->head == MC_HEAD_1 ? last_end(p) : 0];
    if (!p->moves) return 0;
    return mc_groups_make(&p->groups, &m->config, &p->shape->table, p->moves->by, e);
}

int mc_path_open(struct mc_path *p, struct mc_error *e) {
    for (int k = 0; p->kind->takes && k < p->n_ends; k++) MC_TRY(p->kind->takes(p->end[k], k, e));
    if (!p->kind->reshapes) MC_TRY(open_frame(p, e));
    if (p->kind->open) MC_TRY(p->kind->open(p, e));
    MC_TRY(open_moves(p, e));
    if (!(p->work = mc_new_floats(STEP, e))) return MC_ERR_MEM;
    size_t n = (size_t)p->n_blocks, threads = p->pool ? (size_t)mc_pool_threads(p->pool) : 1;
    if (!(p->weight = mc_new(n, sizeof *p->weight, e))) return MC_ERR_MEM;
    if (!(p->addend = mc_new(n * threads, sizeof *p->addend, e))) return MC_ERR_MEM;
    if (!p->kind->measured) return 0;
    if (!(p->s = mc_new((size_t)p->grid->n, sizeof *p->s, e))) return MC_ERR_MEM;
    p->s_group = -1;
    return mc_path_measure_grid(p, e);
}

void mc_path_close(struct mc_path *p) {
    if (p->own) p->kind->close(p);
    mc_path_frame_close(&p->frame);
    mc_groups_release(&p->groups);
    mc_lengths_free(p->lengths);
    mc_free_floats(p->work);
    free(p->weight);
    free(p->addend);
    free(p->s);
    p->own = NULL;
    p->lengths = NULL;
    p->work = NULL;
    p->weight = p->s = NULL;
    p->addend = NULL;
}

// --- documents

static int n_groups(const struct mc_path *p) { return p->moves ? p->groups.n : 1; }

int mc_path_count(const struct mc_path *p) { return n_groups(p) * p->grid->n; }

static int add_number(struct mc_buf *b, const char *name, double v, struct mc_error *e) {
    return isnan(v) ? 0 : mc_buf_printf(b, e, ",\"%s\":%.17g", name, v);
}

static int add_place(struct mc_path *p, int i, const struct mc_spot *at, struct mc_buf *b,
                     struct mc_error *e) {
    int group = i / p->grid->n;
    if (p->moves) {
        MC_TRY(mc_buf_printf(b, e, ",\"group\":"));
        MC_TRY(mc_json_string(b, p->groups.name[group], e));
    }
    MC_TRY(add_number(b, "x", at->x, e));
    MC_TRY(add_number(b, "y", at->y, e));
    if (!p->s) return 0;
    if (p->s_group != group) MC_TRY(mc_path_set_s(p, group, e));
    return add_number(b, "s", p->s[i % p->grid->n], e);
}

static int set_curve(struct mc_path *p, int i, const struct mc_spot *at, struct mc_doc *d,
                     struct mc_error *e) {
    struct mc_buf b = {0};
    int rc = mc_buf_printf(&b, e, "{\"kind\":\"%s\",", p->kind->name);
    if (rc == 0 && p->kind->curve) rc = p->kind->curve(p, at, &b, e);
    if (rc == 0)
        rc = mc_buf_printf(&b, e, "\"index\":%d,\"count\":%d,\"from\":\"%s\",\"to\":\"%s\"", i,
                           mc_path_count(p), p->from ? p->from : p->end[0]->digest,
                           p->to ? p->to : p->end[last_end(p)]->digest);
    if (rc == 0) rc = add_place(p, i, at, &b, e);
    if (rc == 0) rc = mc_buf_printf(&b, e, "}");
    if (rc == 0) rc = mc_doc_set(d, "mc.curve", b.p, e);
    mc_buf_release(&b);
    return rc;
}

static int write_header(struct mc_path *p, int i, const struct mc_spot *at, struct mc_writer *w,
                        struct mc_error *e) {
    struct mc_doc d = {0};
    char t[40];
    int rc;
    snprintf(t, sizeof t, "%.17g", at->t);
    MC_TRY_DONE(mc_doc_copy_meta(&d, &p->shape->meta, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.t", isnan(at->t) ? NULL : t, e));
    MC_TRY_DONE(set_curve(p, i, at, &d, e));
    for (int k = 0; k < p->shape->table.n; k++) {
        const struct mc_param *q = &p->shape->table.p[k];
        const uint64_t dim[] = {(uint64_t)q->dim[0], (uint64_t)q->dim[1]};
        MC_TRY_DONE(mc_doc_add(&d, q->name, MC_F32, q->rank, dim, e));
    }
    rc = mc_writer_doc(w, &d, e);
done:
    mc_doc_release(&d);
    return rc;
}

// --- tensors

// A span that is the sum of blocks, a run of it by each task.
struct sum {
    const struct mc_path *p;
    int tensor;
    size_t from, n;
};

static void add_run(void *ctx, int task, int thread) {
    const struct sum *x = ctx;
    const struct mc_path *p = x->p;
    const float **v = p->addend + (size_t)thread * (size_t)p->n_blocks;
    size_t at = (size_t)task * RUN, n = x->n - at < RUN ? x->n - at : RUN;
    for (int k = 0; k < p->n_blocks; k++)
        v[k] = p->weight[k] == 0 ? NULL
                                 : mc_path_frame_tensor(&p->frame, k, x->tensor) + x->from + at;
    mc_curve_sum(p->n_blocks, p->weight, v, n, p->work + at);
}

// The one block that a tensor is a copy of, or -1.
static int copy_of(const struct mc_path *p) {
    int one = -1;
    for (int k = 0; k < p->n_blocks; k++) {
        if (p->weight[k] == 0) continue;
        if (p->weight[k] != 1 || one >= 0) return -1;
        one = k;
    }
    return one;
}

static const float *span(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at) {
    if (p->kind->span) return p->kind->span(p, tensor, from, to, at, p->work);
    p->kind->weigh(p, tensor, at, p->weight);
    int one = copy_of(p);
    if (one >= 0) return mc_path_frame_tensor(&p->frame, one, tensor) + from;
    struct sum x = {p, tensor, from, to - from};
    mc_pool_run(p->pool, (int)((x.n + RUN - 1) / RUN), add_run, &x);
    return p->work;
}

static int fail_at(const struct mc_spot *at, struct mc_error *e) {
    return isnan(at->t) ? mc_fail_in(e, "the point at x = %.9g, y = %.9g", at->x, at->y)
                        : mc_fail_in(e, "the point at t = %.9g", at->t);
}

static int write_tensor(struct mc_path *p, int k, const struct mc_spot *at, struct mc_writer *w,
                        struct mc_error *e) {
    const struct mc_param *q = &p->shape->table.p[k];
    for (size_t from = 0; from < q->n; from += STEP) {
        size_t to = q->n - from < STEP ? q->n : from + STEP;
        const float *v = span(p, k, from, to, at);
        // what an end has was found finite when it was read
        if (v == p->work &&
            mc_table_check_finite(&p->shape->table, v, q->at + from, to - from, e) < 0)
            return fail_at(at, e);
        MC_TRY(mc_writer_data(w, v, (to - from) * sizeof *v, e));
    }
    return 0;
}

int mc_path_write(struct mc_path *p, int i, struct mc_writer *w, struct mc_error *e) {
    const struct mc_spot *at = &p->grid->at[i % p->grid->n];
    int group = i / p->grid->n;
    if (p->kind->go) MC_TRY(p->kind->go(p, at, e));
    MC_TRY(write_header(p, i, at, w, e));
    for (int k = 0; k < p->shape->table.n; k++) {
        const struct mc_spot of_tensor = mc_path_tensor_spot(p, group, k, at);
        MC_TRY(write_tensor(p, k, &of_tensor, w, e));
    }
    return mc_writer_flush(w, e);
}

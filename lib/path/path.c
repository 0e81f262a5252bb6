// The points of a path as documents, for all kinds: header, metadata, and floats that are computed
// a piece at a time while they are written.
#include <assert.h>
#include <stdio.h>

#include "mc/path.h"

enum { STEP = 1 << 18 }; // floats computed at a time

const struct mc_option_value *mc_path_options_get(const struct mc_path_options *o,
                                                  const struct mc_option *of) {
    int i = 0;
    while (i < o->n && o->v[i].of != of) i++;
    assert(i < o->n); // the kind has it
    return &o->v[i];
}

int mc_path_open(struct mc_path *p, struct mc_error *e) {
    for (int k = 0; p->kind->takes && k < p->n_ends; k++) MC_TRY(p->kind->takes(p->end[k], k, e));
    MC_TRY(p->kind->open(p, e));
    p->work = mc_new_floats(STEP, e);
    return p->work ? 0 : MC_ERR_MEM;
}

void mc_path_close(struct mc_path *p) {
    if (p->own) p->kind->close(p);
    mc_free_floats(p->work);
    p->own = NULL;
    p->work = NULL;
}

static int set_curve(const struct mc_path *p, const struct mc_grid *g, int i,
                     const struct mc_spot *at, struct mc_doc *d, struct mc_error *e) {
    struct mc_buf b = {0};
    int rc = mc_buf_printf(&b, e, "{\"kind\":\"%s\",", p->kind->name);
    if (rc == 0 && p->kind->curve) rc = p->kind->curve(p, at, &b, e);
    if (rc == 0)
        rc = mc_buf_printf(&b, e, "\"index\":%d,\"count\":%d,\"from\":\"%s\",\"to\":\"%s\"}", i,
                           g->n, p->end[0]->digest, p->end[p->n_ends - 1]->digest);
    if (rc == 0) rc = mc_doc_set(d, "mc.curve", b.p, e);
    mc_buf_release(&b);
    return rc;
}

static int write_header(const struct mc_path *p, const struct mc_grid *g, int i,
                        const struct mc_spot *at, struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    char t[40];
    int rc;
    snprintf(t, sizeof t, "%.17g", at->t);
    MC_TRY_DONE(mc_doc_copy_meta(&d, &p->shape->meta, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.t", t, e));
    MC_TRY_DONE(set_curve(p, g, i, at, &d, e));
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

static int write_tensor(struct mc_path *p, int k, const struct mc_spot *at, struct mc_writer *w,
                        struct mc_error *e) {
    const struct mc_param *q = &p->shape->table.p[k];
    for (size_t from = 0; from < q->n; from += STEP) {
        size_t to = q->n - from < STEP ? q->n : from + STEP;
        const float *v = p->kind->span(p, k, from, to, at, p->work);
        // what an end has was found finite when it was read
        if (v == p->work &&
            mc_table_check_finite(&p->shape->table, v, q->at + from, to - from, e) < 0)
            return mc_fail_in(e, "the point at t = %.9g", at->t);
        MC_TRY(mc_writer_data(w, v, (to - from) * sizeof *v, e));
    }
    return 0;
}

int mc_path_write(struct mc_path *p, const struct mc_grid *g, int i, struct mc_writer *w,
                  struct mc_error *e) {
    const struct mc_spot at = {g->t[i]}, end = {p->head == MC_HEAD_1};
    const struct mc_spot *head = p->head == MC_HEAD_MIX ? &at : &end;
    if (p->kind->go) MC_TRY(p->kind->go(p, &at, e));
    MC_TRY(write_header(p, g, i, &at, w, e));
    for (int k = 0; k < p->shape->table.n; k++)
        MC_TRY(write_tensor(p, k, k < p->shape->body ? &at : head, w, e));
    return mc_writer_flush(w, e);
}

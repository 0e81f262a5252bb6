// Models of one network between which points lie: whether they can be, what their points tell of
// themselves, where their tensors are, and the straight line between the first two.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/path.h"
#include "mc/tokens.h"

// The head's floats of model k as it is stored, and how many.
static const float *stored_head(const struct mc_path_ends *of, int k, size_t *n) {
    const struct mc_model *m = of->m[k];
    int body = mc_model_body_tensors(m);
    size_t at = body < m->table.n ? m->table.p[body].at : m->table.size;
    *n = m->table.size - at;
    return m->w ? m->w + at : of->inputs->head[k];
}

// A copy of a head; its rows in the order of `like`'s labels, unless that is NULL.
static int copy_head(struct mc_path_frame *f, const struct mc_path_ends *of, int k,
                     const struct mc_model *like, struct mc_error *e) {
    const struct mc_model *m = of->m[k];
    size_t n;
    const float *from = stored_head(of, k, &n);
    float *to = f->head[k] = mc_new_floats(n, e);
    if (!to) return MC_ERR_MEM;
    memcpy(to, from, n * sizeof *to);
    int body = mc_model_body_tensors(m);
    for (int j = body; like && j < m->table.n; j++) {
        const struct mc_param *p = &m->table.p[j];
        size_t at = p->at - m->table.p[body].at, row = p->n / (size_t)p->dim[0];
        for (int i = 0; p->is.axis[0] == MC_AXIS_LABELS && i < like->n_labels; i++)
            memcpy(to + at + (size_t)i * row,
                   from + at + (size_t)mc_model_find_label(m, like->labels[i]) * row,
                   row * sizeof *to);
    }
    return 0;
}

// Of several models' provenance each line once, then the program's.
static int join_provenance(struct mc_doc *meta, const struct mc_path_ends *of, struct mc_error *e) {
    struct mc_buf both = {0}, all = {0};
    int rc = 0;
    for (int k = 0; rc == 0 && k < of->n; k++) {
        const char *past = mc_doc_get(&of->m[k]->meta, "mc.provenance");
        rc = mc_buf_printf(&both, e, "%s", past ? past : "");
    }
    if (rc == 0) rc = mc_buf_printf(&both, e, "%s\n", of->provenance);
    if (rc == 0) rc = mc_provenance_unique(both.p, &all, e);
    if (rc == 0) rc = mc_doc_set(meta, "mc.provenance", all.p, e);
    mc_buf_release(&both);
    mc_buf_release(&all);
    return rc;
}

static int make_meta(struct mc_path_frame *f, const struct mc_path_ends *of, int owner,
                     struct mc_error *e) {
    struct mc_doc *meta = &f->shape.meta;
    MC_TRY(mc_doc_copy_meta(meta, &of->m[owner]->meta, e));
    MC_TRY(mc_doc_set(meta, "mc.step", NULL, e));
    MC_TRY(mc_doc_set(meta, "mc.role", NULL, e));
    for (int k = 0; k < of->n; k++) {
        const struct mc_model *m = of->m[k];
        if (of->head == MC_HEAD_MIX && !mc_meta_same(of->m[0], m, "mc.task"))
            MC_TRY(mc_doc_set(meta, "mc.task", NULL, e));
        if (!mc_doc_get(&m->meta, "mc.tokenizer"))
            MC_TRY(mc_doc_set(meta, "mc.tokenizer", NULL, e)); // the others do not vouch for it
    }
    return join_provenance(meta, of, e);
}

// How an error speaks of models 0 and k.
static const char *name_pair(const struct mc_path_ends *of, int k, char text[48]) {
    if (of->n + of->more == 2) return "the ends";
    snprintf(text, 48, "models 0 and %d", k);
    return text;
}

static int other_labels(const struct mc_path_ends *of, int k, struct mc_error *e) {
    char of_a[MC_LABELS_LIST], of_b[MC_LABELS_LIST], pair[48];
    const struct mc_model *a = of->m[0], *b = of->m[k];
    mc_labels_list(a->labels, a->n_labels, of_a);
    mc_labels_list(b->labels, b->n_labels, of_b);
    return mc_fail(e, MC_ERR_INPUT,
                   "%s have different labels: %s and %s; %smc-import --labels names a head's "
                   "outputs",
                   name_pair(of, k, pair), a->n_labels ? of_a : "no head",
                   b->n_labels ? of_b : "no head",
                   of->mixed_alone ? "" : "--head 0 or --head 1 takes one end's head, ");
}

// Whether model k can be beside model 0; its head put in order.
static int join(struct mc_path_frame *f, const struct mc_path_ends *of, int k,
                struct mc_difference *d, struct mc_error *e) {
    char pair[48];
    bool order;
    MC_TRY(mc_models_compare(of->m[0], of->m[k], d, e));
    if (d->of != MC_SAME)
        return mc_fail(e, MC_ERR_INPUT, "%s have different %s", name_pair(of, k, pair), d->text);
    if (of->head != MC_HEAD_MIX) return 0;
    if (!mc_labels_same(of->m[0], of->m[k], &order)) return other_labels(of, k, e);
    return order ? 0 : copy_head(f, of, k, of->m[0], e);
}

int mc_path_frame_open(struct mc_path_frame *f, const struct mc_path_ends *of,
                       struct mc_difference *d, struct mc_error *e) {
    int n = of->n + of->more, owner = of->head == MC_HEAD_1 ? of->last : 0;
    *d = (struct mc_difference){.of = MC_SAME};
    *f = (struct mc_path_frame){.m = of->m, .n = n, .head = mc_new((size_t)n, sizeof *f->head, e)};
    if (!f->head) return MC_ERR_MEM;
    for (int k = 1; k < n; k++) MC_TRY(join(f, of, k, d, e));
    MC_TRY(make_meta(f, of, owner, e));
    // a head that every point has is at hand whatever weights are in memory
    if (of->head != MC_HEAD_MIX) MC_TRY(copy_head(f, of, owner, NULL, e));
    f->shape.body = mc_model_body_tensors(of->m[owner]);
    return mc_table_copy(&f->shape.table, &of->m[owner]->table, e);
}

void mc_path_frame_close(struct mc_path_frame *f) {
    for (int k = 0; f->head && k < f->n; k++) mc_free_floats(f->head[k]);
    free(f->head);
    mc_doc_release(&f->shape.meta);
    mc_table_release(&f->shape.table);
    *f = (struct mc_path_frame){0};
}

const float *mc_path_frame_tensor(const struct mc_path_frame *f, int k, int tensor) {
    const struct mc_param *p = &f->shape.table.p[tensor];
    if (k >= f->n) return f->made[k - f->n] + p->at;
    if (tensor >= f->shape.body && f->head[k])
        return f->head[k] + (p->at - f->shape.table.p[f->shape.body].at);
    assert(f->m[k]->w); // who computes has seen to that
    return f->m[k]->w + p->at;
}

const float *mc_path_frame_line(const struct mc_path_frame *f, int tensor, size_t from, size_t to,
                                double t, float *out) {
    if (t == 0 || t == 1) return mc_path_frame_tensor(f, t == 1, tensor) + from;
    const float *a = mc_path_frame_tensor(f, 0, tensor), *b = mc_path_frame_tensor(f, 1, tensor);
    float ft = (float)t;
    for (size_t i = from; i < to; i++) out[i - from] = a[i] + ft * (b[i] - a[i]);
    return out;
}

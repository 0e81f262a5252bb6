// Two models of one network as the ends of a path: whether they can be, what their points tell of
// themselves, and the straight line between them.
#include <stdlib.h>
#include <string.h>

#include "mc/path.h"
#include "mc/tokens.h"

// b with the rows of its head in the order of a's labels.
static int reorder(struct mc_path_pair *x, struct mc_error *e) {
    const struct mc_model *a = x->a, *b = x->b;
    struct mc_model *m = x->own_b = mc_new(1, sizeof *m, e);
    if (!m) return MC_ERR_MEM;
    MC_TRY(mc_model_init_like(m, b, e));
    MC_TRY(mc_model_set_labels(m, a->labels, a->n_labels, e));
    memcpy(m->w, b->w, b->table.size * sizeof *m->w);
    for (int k = mc_model_body_tensors(b); k < b->table.n; k++) {
        const struct mc_param *p = &b->table.p[k];
        size_t row = p->n / (size_t)p->dim[0];
        for (int i = 0; p->dim[0] == a->n_labels && i < a->n_labels; i++)
            memcpy(m->w + p->at + (size_t)i * row,
                   b->w + p->at + (size_t)mc_model_find_label(b, a->labels[i]) * row,
                   row * sizeof *m->w);
    }
    x->b = m;
    return 0;
}

static int make_meta(struct mc_path_pair *x, enum mc_head_rule head, const char *provenance,
                     struct mc_error *e) {
    const struct mc_model *a = x->a, *b = x->b;
    struct mc_doc *meta = &x->shape.meta;
    MC_TRY(mc_doc_copy_meta(meta, head == MC_HEAD_1 ? &b->meta : &a->meta, e));
    MC_TRY(mc_doc_set(meta, "mc.step", NULL, e));
    MC_TRY(mc_doc_set(meta, "mc.role", NULL, e));
    const char *pa = mc_doc_get(&a->meta, "mc.provenance"),
               *pb = mc_doc_get(&b->meta, "mc.provenance");
    if (head == MC_HEAD_MIX && !mc_meta_same(a, b, "mc.task"))
        MC_TRY(mc_doc_set(meta, "mc.task", NULL, e));
    if (!mc_doc_get(&a->meta, "mc.tokenizer") || !mc_doc_get(&b->meta, "mc.tokenizer"))
        MC_TRY(mc_doc_set(meta, "mc.tokenizer", NULL, e)); // one end does not vouch for it
    struct mc_buf both = {0}, all = {0};
    int rc = mc_buf_printf(&both, e, "%s%s%s\n", pa ? pa : "", pb ? pb : "", provenance);
    if (rc == 0) rc = mc_provenance_unique(both.p, &all, e);
    if (rc == 0) rc = mc_doc_set(meta, "mc.provenance", all.p, e);
    mc_buf_release(&both);
    mc_buf_release(&all);
    return rc;
}

static int other_labels(const struct mc_model *a, const struct mc_model *b, struct mc_error *e) {
    char of_a[MC_LABELS_LIST], of_b[MC_LABELS_LIST];
    mc_labels_list(a->labels, a->n_labels, of_a);
    mc_labels_list(b->labels, b->n_labels, of_b);
    return mc_fail(e, MC_ERR_INPUT,
                   "the ends have different labels: %s and %s; --head 0 or --head 1 takes one "
                   "end's head, mc-import --labels names a head's outputs",
                   a->n_labels ? of_a : "no head", b->n_labels ? of_b : "no head");
}

int mc_path_pair_open(struct mc_path_pair *x, const struct mc_model *a, const struct mc_model *b,
                      enum mc_head_rule head, const char *provenance, struct mc_error *e) {
    *x = (struct mc_path_pair){.a = a, .b = b};
    struct mc_difference d;
    bool order;
    MC_TRY(mc_models_compare(a, b, &d, e));
    if (d.of != MC_SAME) return mc_fail(e, MC_ERR_INPUT, "the ends have different %s", d.text);
    bool same = mc_labels_same(a, b, &order);
    if (head == MC_HEAD_MIX && !same) return other_labels(a, b, e);
    MC_TRY(make_meta(x, head, provenance, e));
    if (head == MC_HEAD_MIX && !order) MC_TRY(reorder(x, e));
    const struct mc_model *owner = head == MC_HEAD_1 ? x->b : x->a;
    x->shape.body = mc_model_body_tensors(owner);
    return mc_table_copy(&x->shape.table, &owner->table, e);
}

void mc_path_pair_close(struct mc_path_pair *x) {
    if (x->own_b) mc_model_release(x->own_b);
    free(x->own_b);
    mc_doc_release(&x->shape.meta);
    mc_table_release(&x->shape.table);
    *x = (struct mc_path_pair){0};
}

const float *mc_path_pair_line(const struct mc_path_pair *x, int tensor, size_t from, size_t to,
                               double t, float *out) {
    size_t at = x->shape.table.p[tensor].at;
    const float *a = x->a->w + at, *b = x->b->w + at;
    if (t == 0 || t == 1) return (t == 0 ? a : b) + from;
    float ft = (float)t;
    for (size_t i = from; i < to; i++) out[i - from] = a[i] + ft * (b[i] - a[i]);
    return out;
}

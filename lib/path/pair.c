// The points of the straight line between two models.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/method.h"
#include "mc/path.h"
#include "mc/tokens.h"

enum { STEP = 1 << 18 }; // floats computed at a time

static bool same_value(const struct mc_model *a, const struct mc_model *b, const char *key) {
    const char *x = mc_doc_get(&a->meta, key), *y = mc_doc_get(&b->meta, key);
    return x == y || (x && y && strcmp(x, y) == 0);
}

// Whether the two are LoRAs beside the same maps, whose products can move where factors cannot.
static bool have_products(const struct mc_model *a, const struct mc_model *b) {
    struct mc_method h[2] = {{0}, {0}};
    struct mc_error ignored;
    bool have = mc_method_of(&h[0], a, &ignored) == 0 && mc_method_of(&h[1], b, &ignored) == 0 &&
                h[0].cls && h[0].cls->join && h[0].cls == h[1].cls &&
                h[0].n_targets == h[1].n_targets;
    for (int i = 0; have && i < h[0].n_targets; i++)
        have = strcmp(h[0].targets[i], h[1].targets[i]) == 0;
    mc_method_release(&h[0]);
    mc_method_release(&h[1]);
    return have;
}

// b with the rows of its head in the order of a's labels.
static int reorder(struct mc_line *l, struct mc_error *e) {
    const struct mc_model *a = l->a, *b = l->b;
    struct mc_model *m = l->own_b = mc_new(1, sizeof *m, e);
    if (!m) return MC_ERR_MEM;
    MC_TRY(mc_model_like(m, b, e));
    MC_TRY(mc_model_set_labels(m, a->labels, a->n_labels, e));
    memcpy(m->w, b->w, b->table.size * sizeof *m->w);
    for (int k = mc_model_body(b); k < b->table.n; k++) {
        const struct mc_param *p = &b->table.p[k];
        size_t row = p->n / (size_t)p->dim[0];
        for (int i = 0; p->dim[0] == a->n_labels && i < a->n_labels; i++)
            memcpy(m->w + p->at + (size_t)i * row,
                   b->w + p->at + (size_t)mc_model_label(b, a->labels[i]) * row,
                   row * sizeof *m->w);
    }
    strcpy(m->digest, b->digest); // the path ends at b as it was given
    l->b = m;
    return 0;
}

static int make_meta(struct mc_line *l, const struct mc_model *a, const struct mc_model *b,
                     const char *line, struct mc_error *e) {
    const struct mc_model *owner = l->head == MC_HEAD_1 ? b : a;
    MC_TRY(mc_doc_copy_meta(&l->meta, &owner->meta, e));
    MC_TRY(mc_doc_set(&l->meta, "mc.step", NULL, e));
    MC_TRY(mc_doc_set(&l->meta, "mc.role", NULL, e));
    const char *pa = mc_doc_get(&a->meta, "mc.provenance"),
               *pb = mc_doc_get(&b->meta, "mc.provenance");
    if (l->head == MC_HEAD_MIX && !same_value(a, b, "mc.task"))
        MC_TRY(mc_doc_set(&l->meta, "mc.task", NULL, e));
    if (!mc_doc_get(&a->meta, "mc.tokenizer") || !mc_doc_get(&b->meta, "mc.tokenizer"))
        MC_TRY(mc_doc_set(&l->meta, "mc.tokenizer", NULL, e)); // one end does not vouch for it
    struct mc_buf both = {0}, all = {0};
    int rc = mc_buf_printf(&both, e, "%s%s%s\n", pa ? pa : "", pb ? pb : "", line);
    if (rc == 0) rc = mc_provenance_once(both.p, &all, e);
    if (rc == 0) rc = mc_doc_set(&l->meta, "mc.provenance", all.p, e);
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

int mc_line_init(struct mc_line *l, struct mc_model *a, struct mc_model *b, enum mc_head_rule head,
                 const char *line, struct mc_error *e) {
    *l = (struct mc_line){.a = a, .b = b, .head = head};
    struct mc_difference d;
    bool order;
    MC_TRY(mc_models_compare(a, b, &d, e));
    if (d.of != MC_SAME)
        return mc_fail(e, MC_ERR_INPUT, "the ends have different %s%s", d.text,
                       d.of == MC_OTHER_METHODS && have_products(a, b)
                           ? " (--space product moves their products)"
                           : "");
    bool same = mc_labels_same(a, b, &order);
    if (head == MC_HEAD_MIX && !same) return other_labels(a, b, e);
    MC_TRY(make_meta(l, a, b, line, e));
    if (head == MC_HEAD_MIX && !order) MC_TRY(reorder(l, e));
    const struct mc_model *owner = head == MC_HEAD_1 ? l->b : l->a;
    MC_TRY(mc_table_copy(&l->table, &owner->table, e));
    int n = mc_model_body(owner);
    l->body = n < owner->table.n ? owner->table.p[n].at : owner->table.size;
    l->work = mc_new_floats(STEP, e);
    return l->work ? 0 : MC_ERR_MEM;
}

void mc_line_release(struct mc_line *l) {
    if (l->own_b) mc_model_release(l->own_b);
    free(l->own_b);
    mc_doc_release(&l->meta);
    mc_table_release(&l->table);
    mc_free_floats(l->work);
    *l = (struct mc_line){0};
}

// Floats from..to of the point.
static int write_span(struct mc_line *l, size_t from, size_t to, double t, struct mc_writer *w,
                      struct mc_error *e) {
    const float *a = l->a->w, *b = l->b->w;
    if (t == 0 || t == 1)
        return mc_writer_data(w, (t == 0 ? a : b) + from, (to - from) * sizeof *a, e);
    float ft = (float)t;
    for (size_t at = from; at < to; at += STEP) {
        size_t n = to - at < STEP ? to - at : STEP;
        for (size_t i = 0; i < n; i++) l->work[i] = a[at + i] + ft * (b[at + i] - a[at + i]);
        if (mc_table_finite(&l->table, l->work, at, n, e) < 0)
            return mc_fail_in(e, "the point at t = %.9g", t);
        MC_TRY(mc_writer_data(w, l->work, n * sizeof *l->work, e));
    }
    return 0;
}

static int point_header(struct mc_line *l, const struct mc_grid *g, int i, struct mc_doc *d,
                        struct mc_error *e) {
    char t[40], curve[256];
    snprintf(t, sizeof t, "%.17g", g->t[i]);
    snprintf(curve, sizeof curve,
             "{\"kind\":\"line\",%s\"index\":%d,\"count\":%d,\"from\":\"%s\",\"to\":\"%s\"}",
             l->product ? "\"space\":\"product\"," : "", i, g->n, l->a->digest, l->b->digest);
    MC_TRY(mc_doc_copy_meta(d, &l->meta, e));
    MC_TRY(mc_doc_set(d, "mc.t", t, e));
    MC_TRY(mc_doc_set(d, "mc.curve", curve, e));
    for (int k = 0; k < l->table.n; k++) {
        const struct mc_param *p = &l->table.p[k];
        MC_TRY(mc_doc_add(d, p->name, MC_F32, p->rank,
                          (const uint64_t[]){(uint64_t)p->dim[0], (uint64_t)p->dim[1]}, e));
    }
    return 0;
}

int mc_line_write(struct mc_line *l, const struct mc_grid *g, int i, struct mc_writer *w,
                  struct mc_error *e) {
    struct mc_doc d = {0};
    int rc = point_header(l, g, i, &d, e);
    if (rc == 0) rc = mc_writer_doc(w, &d, e);
    mc_doc_release(&d);
    double head_t = l->head == MC_HEAD_MIX ? g->t[i] : l->head == MC_HEAD_0 ? 0 : 1;
    if (rc == 0) rc = write_span(l, 0, l->body, g->t[i], w, e);
    if (rc == 0) rc = write_span(l, l->body, l->table.size, head_t, w, e);
    return rc == 0 ? mc_writer_flush(w, e) : rc;
}

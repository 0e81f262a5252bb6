// The line between the products of two LoRA deltas of one base (Hu et al. 2022):
//   W(t) = W0 + (1 - t) s0 B0 A0 + t s1 B1 A1,
// carried as a LoRA delta of rank r0 + r1 and scale 1: A = [A0; A1], B = [(1 - t) s0 B0, t s1 B1],
// dropout and targets those of the first end. Between the ends it is the line of stored tensors of
// two wider deltas, which share A and hold B = [s0 B0, 0] and [0, s1 B1]; the points at the ends
// are the ends as they are, of their own rank. What else they store moves as on a line. Ranks and
// scales may differ; other methods and products beside other layers are refused.
#include <stdlib.h>
#include <string.h>

#include "mc/method.h"
#include "mc/path.h"

enum { AT_0, AT_1, BETWEEN };
struct product {
    struct mc_model wide[2];     // a delta of rank r0 + r1 that is an end's product, and its head
    struct mc_model other[2];    // the tensors of an end, with the other end's head
    struct mc_model *pair[3][2]; // the ends of the lines at end 0, at end 1 and between
    struct mc_path_frame frame[3];
    const struct mc_path_frame *now; // that of the point
};

struct end {
    const struct mc_model *m;
    struct mc_method h;
    struct mc_view v;
};

static void close_end(struct end *x) {
    mc_view_release(&x->v);
    mc_method_release(&x->h);
}

static int takes(const struct mc_model *end, int k, struct mc_error *e) {
    struct mc_method h;
    MC_TRY(mc_method_of(&h, end, e));
    int rc = 0;
    if (!h.cls || !h.cls->join)
        rc = mc_fail(e, MC_ERR_INPUT, "only LoRA deltas move by their products: end %d is %s%s", k,
                     h.cls ? "a delta of method " : "a complete model", h.cls ? h.cls->name : "");
    mc_method_release(&h);
    return rc;
}

static int open_end(struct end *x, const struct mc_model *m, struct mc_error *e) {
    x->m = m;
    MC_TRY(mc_method_of(&x->h, m, e));
    MC_TRY(mc_view_init(&x->v, m, e));
    return mc_method_look_up(&x->h, m, &x->v, e);
}

// Tensors that both views begin with: the architecture's, without a head that one end lacks.
static int n_shared(const struct end x[2]) {
    return x[0].v.n_arch < x[1].v.n_arch ? x[0].v.n_arch : x[1].v.n_arch;
}

static int same_layers(const struct end x[2], struct mc_error *e) {
    for (int i = 0; i < n_shared(x); i++) {
        bool has[2] = {x[0].h.down[i] >= 0, x[1].h.down[i] >= 0};
        if (has[0] && mc_param_in_head(&x[0].v.table.p[i]))
            return mc_fail(e, MC_ERR_INPUT, "%s is of the head, which moves as it is stored",
                           x[0].v.table.p[i].name);
        if (has[0] != has[1])
            return mc_fail(e, MC_ERR_INPUT,
                           "the ends have products beside other maps: %s has one in end %d alone",
                           x[0].v.table.p[i].name, has[1]);
    }
    return 0;
}

// A delta over x's base with the metadata of `head` and this method, without tensors.
static int new_delta(struct mc_model *m, const struct mc_model *x, const struct mc_model *head,
                     const char *method, struct mc_error *e) {
    MC_TRY(mc_doc_copy_meta(&m->meta, &head->meta, e));
    MC_TRY(mc_doc_set(&m->meta, "mc.method", method, e));
    return mc_delta_from_meta(m, x->base, e);
}

static int add(struct mc_model *m, const struct mc_param *p, int64_t dim0, int64_t dim1,
               struct mc_error *e) {
    return mc_table_add_shaped(&m->table, p, dim0, dim1, e);
}

static int add_head(struct mc_model *m, const struct mc_model *head, struct mc_error *e) {
    for (int i = 0; i < head->table.n; i++) {
        const struct mc_param *p = &head->table.p[i];
        if (mc_param_in_head(p)) MC_TRY(add(m, p, p->dim[0], p->dim[1], e));
    }
    return 0;
}

// Copies the tensors, of the head or of the body, that *m has by the same name and in the same
// size.
static void copy(struct mc_model *m, const struct mc_model *from, bool head) {
    for (int i = 0; i < from->table.n; i++) {
        const struct mc_param *p = &from->table.p[i];
        if (mc_param_in_head(p) != head) continue;
        int k = mc_table_find(&m->table, p->name);
        if (m->table.p[k].n != p->n) continue;
        memcpy(m->w + m->table.p[k].at, from->w + p->at, p->n * sizeof *m->w);
    }
}

// An end's tensors with the other end's head.
static int make_other(struct mc_model *m, const struct end *x, const struct mc_model *head,
                      struct mc_error *e) {
    MC_TRY(new_delta(m, x->m, head, x->h.text, e));
    for (int i = 0; i < x->m->table.n; i++) {
        const struct mc_param *p = &x->m->table.p[i];
        if (!mc_param_in_head(p)) MC_TRY(add(m, p, p->dim[0], p->dim[1], e));
    }
    MC_TRY(add_head(m, head, e));
    MC_TRY(mc_delta_alloc(m, e));
    copy(m, x->m, false);
    copy(m, head, true);
    return 0;
}

// The tensors beside layer i at x[k]'s end of the wider line.
static void fill_layer(struct mc_model *m, const struct end x[2], int k, int i) {
    const struct mc_param *down = &x[0].v.table.p[x[0].h.down[i]],
                          *up = &x[0].v.table.p[x[0].h.up[i]];
    float *a = m->w + m->table.p[mc_table_find(&m->table, down->name)].at,
          *b = m->w + m->table.p[mc_table_find(&m->table, up->name)].at;
    for (int j = 0; j < 2; j++) {
        const struct mc_param *p = &x[j].v.table.p[x[j].h.down[i]];
        memcpy(a, x[j].v.w[x[j].h.down[i]], p->n * sizeof *a);
        a += p->n;
    }
    for (int64_t row = 0; row < up->dim[0]; row++)
        for (int j = 0; j < 2; j++) {
            const struct mc_param *p = &x[j].v.table.p[x[j].h.down[i]];
            const float *from = x[j].v.w[x[j].h.up[i]] + row * p->dim[0];
            double scale = x[j].h.cls->scale(&x[j].h, p);
            for (int64_t c = 0; c < p->dim[0]; c++)
                *b++ = j == k ? (float)(scale * (double)from[c]) : 0;
        }
}

static int make_wide(struct mc_model *m, const struct end x[2], int k, const char *method,
                     struct mc_error *e) {
    const struct mc_view *v = &x[0].v;
    MC_TRY(new_delta(m, x[k].m, x[k].m, method, e));
    for (int i = 0; i < n_shared(x); i++) {
        int a = x[0].h.down[i], b = x[0].h.up[i], whole = x[k].v.stored[i];
        const struct mc_param *own = whole >= 0 ? &x[k].m->table.p[whole] : NULL;
        if (own && !mc_param_in_head(own)) MC_TRY(add(m, own, own->dim[0], own->dim[1], e));
        if (a < 0) continue;
        const struct mc_param *p = &v->table.p[a], *q = &v->table.p[b];
        int64_t r = p->dim[0] + x[1].v.table.p[x[1].h.down[i]].dim[0];
        MC_TRY(add(m, p, r, p->dim[1], e));
        MC_TRY(add(m, q, q->dim[0], r, e));
    }
    MC_TRY(add_head(m, x[k].m, e));
    MC_TRY(mc_delta_alloc(m, e));
    for (int i = 0; i < n_shared(x); i++)
        if (x[0].h.down[i] >= 0) fill_layer(m, x, k, i);
    copy(m, x[k].m, false);
    copy(m, x[k].m, true);
    return 0;
}

static int make(struct product *p, struct end x[2], struct mc_error *e) {
    struct mc_method wide;
    struct mc_buf method = {0};
    int rc = x[0].h.cls->join(&wide, &x[0].h, &x[1].h, e);
    if (rc == 0) rc = mc_method_text(&wide, &method, e);
    for (int k = 0; rc == 0 && k < 2; k++) {
        rc = make_other(&p->other[k], &x[k], x[!k].m, e);
        if (rc == 0) rc = make_wide(&p->wide[k], x, k, method.p, e);
    }
    free(wide.ranks);
    mc_buf_release(&method);
    return rc;
}

static int open_frames(struct product *x, const struct mc_path *p, struct mc_error *e) {
    struct mc_model *const pair[3][2] = {[AT_0] = {p->end[0], &x->other[0]},
                                         [AT_1] = {&x->other[1], p->end[1]},
                                         [BETWEEN] = {&x->wide[0], &x->wide[1]}};
    struct mc_difference d;
    memcpy(x->pair, pair, sizeof pair);
    for (int k = 0; k < 3; k++) {
        const struct mc_path_ends of = {
            .m = x->pair[k], .n = 2, .last = 1, .head = p->head, .provenance = p->provenance};
        MC_TRY(mc_path_frame_open(&x->frame[k], &of, &d, e));
    }
    return 0;
}

static int open(struct mc_path *p, struct mc_error *e) {
    struct end x[2];
    struct mc_difference d = {.of = MC_SAME};
    struct product *own = p->own = mc_new(1, sizeof *own, e);
    if (!own) return MC_ERR_MEM;
    own->now = &own->frame[BETWEEN];
    p->shape = &own->now->shape;
    memset(x, 0, sizeof x);
    int rc = open_end(&x[0], p->end[0], e);
    if (rc == 0) rc = open_end(&x[1], p->end[1], e);
    if (rc == 0) rc = mc_networks_compare(p->end[0], p->end[1], &d, e);
    if (rc == 0 && d.of != MC_SAME)
        rc = mc_fail(e, MC_ERR_INPUT, "the ends have different %s", d.text);
    if (rc == 0) rc = same_layers(x, e);
    if (rc == 0) rc = make(own, x, e);
    if (rc == 0) rc = open_frames(own, p, e);
    close_end(&x[0]);
    close_end(&x[1]);
    return rc;
}

static void close(struct mc_path *p) {
    struct product *x = p->own;
    for (int k = 0; k < 3; k++) mc_path_frame_close(&x->frame[k]);
    for (int k = 0; k < 2; k++) {
        mc_model_release(&x->wide[k]);
        mc_model_release(&x->other[k]);
    }
    free(x);
}

static int go(struct mc_path *p, const struct mc_spot *at, struct mc_error *e) {
    struct product *x = p->own;
    (void)e;
    x->now = &x->frame[at->t == 0 ? AT_0 : at->t == 1 ? AT_1 : BETWEEN];
    p->shape = &x->now->shape;
    return 0;
}

static const float *span(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out) {
    const struct product *x = p->own;
    return mc_path_frame_line(x->now, tensor, from, to, at->t, out);
}

static int curve(const struct mc_path *p, const struct mc_spot *at, struct mc_buf *out,
                 struct mc_error *e) {
    (void)at;
    return mc_buf_printf(out, e, "\"space\":\"%s\",", p->kind->space);
}

const struct mc_path_kind mc_path_lora_product = {.name = "line",
                                                  .space = "product",
                                                  .least_ends = 2,
                                                  .most_ends = 2,
                                                  .range = {26, 0, 1},
                                                  .takes = takes,
                                                  .reshapes = true,
                                                  .open = open,
                                                  .go = go,
                                                  .span = span,
                                                  .curve = curve,
                                                  .close = close};

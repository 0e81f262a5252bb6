// The ends of a curve that is trained: read, compared, b's head matched to a's; and the documents
// of the curve, between copies of them.
#include <string.h>

#include "mc/curve_training.h"
#include "mc/model_stream.h"

// b with the head that the frame has put in the order of a's labels.
static int reorder(struct mc_curve_ends *x, const float *head, struct mc_error *e) {
    const struct mc_model *b = x->b;
    struct mc_model *m = mc_model_new(e);
    if (!m) return MC_ERR_MEM;
    int body = mc_model_body_tensors(b), rc = mc_model_init_like(m, b, e);
    m->holders = 1; // of which the copy has none
    if (rc == 0) rc = mc_model_set_labels(m, x->a->labels, x->a->n_labels, e);
    if (rc < 0) {
        mc_model_drop(m);
        return rc;
    }
    size_t at = b->table.p[body].at;
    memcpy(m->w, b->w, at * sizeof *m->w);
    memcpy(m->w + at, head, (b->table.size - at) * sizeof *m->w);
    mc_model_drop(x->b);
    x->b = m;
    return 0;
}

static int match(struct mc_curve_ends *x, struct mc_error *e) {
    struct mc_model *const end[2] = {x->a, x->b};
    const struct mc_path_ends of = {
        .m = end, .n = 2, .last = 1, .head = MC_HEAD_MIX, .mixed_alone = true, .provenance = ""};
    struct mc_difference d;
    struct mc_path_frame f = {0};
    int rc = mc_path_frame_open(&f, &of, &d, e);
    if (rc == 0) rc = mc_doc_copy_meta(&x->meta, &f.shape.meta, e);
    if (rc == 0 && f.head[1]) rc = reorder(x, f.head[1], e);
    mc_path_frame_close(&f);
    return rc;
}

int mc_curve_ends_open(struct mc_curve_ends *x, char *const path[2], const char *base,
                       struct mc_pool *pool, struct mc_error *e) {
    struct mc_model *end[2] = {NULL, NULL};
    *x = (struct mc_curve_ends){0};
    MC_TRY(mc_models_load(end, path, 2, base, pool, e));
    x->a = end[0];
    x->b = end[1];
    MC_TRY(mc_model_digest(x->a, e));
    MC_TRY(mc_model_digest(x->b, e));
    strcpy(x->from, x->a->digest);
    strcpy(x->to, x->b->digest);
    return match(x, e);
}

void mc_curve_ends_close(struct mc_curve_ends *x) {
    mc_doc_release(&x->meta);
    mc_model_drop(x->a);
    mc_model_drop(x->b);
    *x = (struct mc_curve_ends){0};
}

// The lines of both, each once.
static int set_provenance(const struct mc_curve_ends *x, struct mc_doc *meta, struct mc_error *e) {
    const char *a = mc_doc_get(&x->a->meta, "mc.provenance"),
               *b = mc_doc_get(&x->b->meta, "mc.provenance");
    struct mc_buf both = {0}, all = {0};
    int rc = mc_buf_printf(&both, e, "%s%s", a ? a : "", b ? b : "");
    if (rc == 0) rc = mc_provenance_unique(both.p, &all, e);
    if (rc == 0) rc = mc_doc_set(meta, "mc.provenance", all.n ? all.p : NULL, e);
    mc_buf_release(&both);
    mc_buf_release(&all);
    return rc;
}

int mc_curve_ends_point(const struct mc_curve_ends *x, struct mc_model **point,
                        struct mc_error *e) {
    struct mc_doc meta = {0};
    struct mc_model *m = *point = mc_model_new(e);
    if (!m) return MC_ERR_MEM;
    MC_TRY(mc_model_init_like(m, x->a, e));
    m->holders = 1; // of which the copy has none
    int rc = mc_doc_copy_meta(&meta, &x->meta, e);
    if (rc == 0) rc = mc_meta_leave_path(&meta, e);
    if (rc == 0) rc = set_provenance(x, &meta, e);
    mc_doc_release(&m->meta);
    m->meta = meta;
    return rc;
}

// --- the curve's documents

struct documents {
    const struct mc_curve_ends *x;
    const struct mc_curve_source *s;
    struct mc_writer *w;
};

static int write_model(const struct documents *d, struct mc_model *m, const char *role, int index,
                       struct mc_error *e) {
    struct mc_buf b = {0};
    int rc = mc_buf_printf(&b, e,
                           "{\"kind\":\"%s\",\"index\":%d,\"count\":%d,\"from\":\"%s\",\"to\":"
                           "\"%s\"}",
                           d->s->shape->name, index, d->s->n_bends + 2, d->x->from, d->x->to);
    if (rc == 0) rc = mc_doc_set(&m->meta, "mc.curve", b.p, e);
    if (rc == 0) rc = mc_doc_set(&m->meta, "mc.role", role, e);
    if (rc == 0) rc = mc_model_write(m, d->w, e);
    mc_buf_release(&b);
    return rc;
}

static int write_end(const struct documents *d, struct mc_model *m, int index, const char *line,
                     struct mc_error *e) {
    MC_TRY(mc_meta_leave_path(&m->meta, e));
    MC_TRY(mc_meta_add_provenance(&m->meta, line, e));
    return write_model(d, m, "endpoint", index, e);
}

int mc_curve_write(struct mc_curve_ends *x, const struct mc_model *point,
                   const struct mc_trainable *trained, const char *line, struct mc_writer *w,
                   struct mc_error *e) {
    const struct documents d = {x, trained->source, w};
    struct mc_model bend = *point; // whose weights lie elsewhere
    bend.meta = (struct mc_doc){0};
    MC_TRY(write_end(&d, x->a, 0, line, e));
    int rc = mc_doc_copy_meta(&bend.meta, &point->meta, e);
    for (int k = 0; rc == 0 && k < d.s->n_bends; k++) {
        bend.w = trained->w + (size_t)k * point->table.size;
        rc = write_model(&d, &bend, "control", k + 1, e);
    }
    mc_doc_release(&bend.meta);
    if (rc == 0) rc = write_end(&d, x->b, d.s->n_bends + 1, line, e);
    return rc;
}

// Models in streams.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"

int mc_model_match(const struct mc_model *m, const struct mc_tensor *t, int hint, int *slot,
                   struct mc_error *e) {
    // documents of ours keep the table's order: look there first
    bool there = hint < m->table.n && strcmp(m->table.p[hint].name, t->name) == 0;
    *slot = there ? hint : mc_table_find(&m->table, t->name);
    if (*slot < 0)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s is none of a %s model's", t->name,
                       m->config.arch->type);
    const struct mc_param *p = &m->table.p[*slot];
    bool fits = t->rank == p->rank;
    for (int i = 0; fits && i < p->rank; i++) fits = t->dim[i] == (uint64_t)p->dim[i];
    if (!fits)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s has another shape than the config gives it",
                       t->name);
    if (t->dtype != MC_F32)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s is %s, not F32 (mc-import converts)", t->name,
                       mc_dtype_name(t->dtype));
    return 0;
}

int mc_model_read(struct mc_model *m, struct mc_reader *r, const struct mc_doc *d,
                  struct mc_error *e) {
    const char *kind = mc_doc_get(d, "mc.kind");
    if (kind && strcmp(kind, "model") != 0)
        return mc_fail(e, MC_ERR_INPUT, "it holds %s%s, not a model",
                       strcmp(kind, "delta") == 0 ? "a " : "", kind);
    struct mc_doc meta = {0};
    int rc = mc_doc_copy_meta(&meta, d, e);
    mc_doc_release(&m->meta);
    m->meta = meta;
    if (rc < 0) return rc;
    size_t had = 0;
    int slot;
    MC_TRY(mc_model_describe(m, &had, e));
    for (int i = 0; i < d->n_tensors; i++) MC_TRY(mc_model_match(m, &d->tensor[i], i, &slot, e));
    // names are unique and all matched: equal counts mean equal sets
    for (int i = 0; d->n_tensors != m->table.n && i < m->table.n; i++)
        if (mc_doc_find(d, m->table.p[i].name) < 0)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s is missing", m->table.p[i].name);
    // the document bears the config out: only now is memory made for what it claims
    MC_TRY(mc_model_room(m, had, e));
    for (int i = 0; i < d->n_tensors; i++) {
        MC_TRY(mc_model_match(m, &d->tensor[i], i, &slot, e));
        MC_TRY(mc_reader_data(r, m->w + m->table.p[slot].at, d->tensor[i].bytes, e));
    }
    return mc_table_finite(&m->table, m->w, 0, m->table.size, e);
}

int mc_model_write(const struct mc_model *m, struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    int rc;
    MC_TRY(mc_table_finite(&m->table, m->w, 0, m->table.size, e));
    MC_TRY_DONE(mc_doc_copy_meta(&d, &m->meta, e));
    MC_TRY_DONE(mc_doc_set(&d, "format", "pt", e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.format", "1", e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.kind", m->base ? "delta" : "model", e));
    for (int i = 0; i < m->table.n; i++) {
        const struct mc_param *p = &m->table.p[i];
        const uint64_t dim[2] = {(uint64_t)p->dim[0], (uint64_t)p->dim[1]};
        MC_TRY_DONE(mc_doc_add(&d, p->name, MC_F32, p->rank, dim, e));
    }
    MC_TRY_DONE(mc_writer_doc(w, &d, e));
    rc = mc_writer_data(w, m->w, m->table.size * sizeof *m->w, e);
done:
    mc_doc_release(&d);
    return rc;
}

// --- the models of several files

static char *const STDIN_ALONE[] = {(char *)"-"};

void mc_models_init(struct mc_models *s, char *const *path, int n_paths, struct mc_pool *pool) {
    *s = (struct mc_models){.path = path, .n_paths = n_paths, .pool = pool, .index = -1};
    if (n_paths == 0) {
        s->path = STDIN_ALONE;
        s->n_paths = 1;
    }
}

const char *mc_models_where(const struct mc_models *s, char *out, size_t n) {
    const char *name = s->r ? mc_reader_name(s->r) : s->path[s->at > 0 ? s->at - 1 : 0];
    snprintf(out, n, "%s: document %lld", name, s->r ? (long long)mc_reader_index(s->r) : 0);
    return out;
}

static bool has_role(const struct mc_doc *d, const char *want) {
    const char *role = mc_doc_get(d, "mc.role");
    return strcmp(role ? role : "point", want) == 0;
}

static bool is_delta(const struct mc_doc *d) {
    const char *kind = mc_doc_get(d, "mc.kind");
    return kind && strcmp(kind, "delta") == 0;
}

static int find_base(struct mc_models *s, struct mc_model *m, struct mc_model **out,
                     struct mc_error *e) {
    const char *want = mc_doc_get(&s->doc, "mc.base");
    if (!want) return mc_fail(e, MC_ERR_INPUT, "a delta that names no base (mc.base)");
    if (!mc_is_digest(want))
        return mc_fail(e, MC_ERR_INPUT, "a delta whose mc.base is no digest");
    return mc_bases_find(s, want, m, out, e);
}

static int read_base(struct mc_models *s, struct mc_error *e) {
    if (is_delta(&s->doc)) return mc_fail(e, MC_ERR_INPUT, "a delta, not a base (mc.role)");
    return mc_bases_read(s, e);
}

static int read_one(struct mc_models *s, struct mc_model *m, struct mc_error *e) {
    struct mc_model *base = NULL;
    bool delta = is_delta(&s->doc);
    if (delta) MC_TRY(find_base(s, m, &base, e));
    MC_TRY(mc_bases_leave(s, m, e));
    if (delta) return mc_delta_read(m, base, s->r, &s->doc, e);
    MC_TRY(mc_model_read(m, s->r, &s->doc, e));
    // points of a path are no bases, whatever says that it is one is
    bool may_be = !mc_doc_get(&m->meta, "mc.t") || has_role(&m->meta, "base");
    return may_be ? mc_bases_give(s, m, e) : 0;
}

int mc_models_next(struct mc_models *s, struct mc_model *m, struct mc_error *e) {
    for (;;) {
        if (!s->r) {
            if (s->at == s->n_paths) return 0;
            MC_TRY(mc_reader_open_until(&s->r, s->path[s->at++], s->pool, s->stop, e));
        }
        int rc = mc_reader_next(s->r, &s->doc, e);
        if (rc < 0) return rc;
        if (rc == 0) {
            mc_reader_close(s->r);
            s->r = NULL;
            continue;
        }
        bool given = s->any_role || has_role(&s->doc, "point");
        if (!given && !has_role(&s->doc, "base")) continue;
        rc = given ? read_one(s, m, e) : read_base(s, e);
        if (rc < 0)
            return mc_fail_in_file(e, "%s: document %lld", mc_reader_name(s->r),
                                   (long long)mc_reader_index(s->r));
        if (!given) continue;
        s->index++;
        return 1;
    }
}

void mc_models_close(struct mc_models *s) {
    mc_reader_close(s->r);
    s->r = NULL;
    mc_doc_release(&s->doc);
    mc_bases_release(s);
}

static const char *file_name(const struct mc_models *s) {
    return strcmp(s->path[0], "-") == 0 ? "standard input" : s->path[0];
}

static int more_than_one(const struct mc_models *s, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s: more than one model (choose one with mc-pick)",
                   file_name(s));
}

// A delta over the complete model that was read: it is the one that is meant. 1, or 0 where none
// follows.
static int next_over(struct mc_models *s, struct mc_model *m, struct mc_error *e) {
    const float *w = m->w; // which are the base's then
    int rc = mc_models_next(s, m, e);
    if (rc == 1 && !(m->base && m->base->w == w)) return more_than_one(s, e);
    return rc;
}

int mc_model_load(struct mc_model *m, const char *path, const char *base, struct mc_pool *pool,
                  struct mc_error *e) {
    char *const one[] = {(char *)(uintptr_t)(path ? path : "-")};
    struct mc_models s;
    mc_models_init(&s, one, 1, pool);
    s.base_path = base;
    struct mc_model more = {0};
    int rc = mc_models_next(&s, m, e);
    if (rc == 0)
        rc = mc_fail(e, MC_ERR_INPUT, "%s: no model in it", file_name(&s));
    else if (rc == 1 && !m->base)
        rc = next_over(&s, m, e);
    if (rc == 1) rc = mc_models_next(&s, &more, e);
    if (rc == 1) rc = more_than_one(&s, e);
    mc_models_close(&s);
    mc_model_release(&more);
    return rc;
}

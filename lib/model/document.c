// One model as a document of a stream: a complete one read against the table of its configuration;
// any written.
#include <stdio.h>
#include <string.h>

#include "model_impl.h"

int mc_model_other_shape(const char *name, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "tensor %s has another shape than the config gives it", name);
}

int mc_model_check_type(const struct mc_tensor *t, struct mc_error *e) {
    if (t->dtype == MC_F32) return 0;
    return mc_fail(e, MC_ERR_INPUT, "tensor %s is %s, not F32 (mc-import converts)", t->name,
                   mc_dtype_name(t->dtype));
}

int mc_model_find_tensor(const struct mc_model *m, const struct mc_tensor *t, int hint, int *slot,
                         struct mc_error *e) {
    // documents of ours keep the table's order: look there first
    bool there = hint < m->table.n && strcmp(m->table.p[hint].name, t->name) == 0;
    *slot = there ? hint : mc_table_find(&m->table, t->name);
    if (*slot < 0)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s is none of a %s model's", t->name,
                       m->config.arch->type);
    if (!mc_param_has_shape(&m->table.p[*slot], t->rank, t->dim))
        return mc_model_other_shape(t->name, e);
    return mc_model_check_type(t, e);
}

void mc_model_find_mlm(struct mc_model *m, const struct mc_doc *d) {
    char name[MC_PARAM_NAME];
    m->config.mlm = false;
    for (int i = 0; mc_architectures[i]; i++) {
        if (!mc_architectures[i]->mlm) continue;
        snprintf(name, sizeof name, "%sbias", mc_architectures[i]->mlm);
        m->config.mlm |= mc_doc_find(d, name) >= 0;
    }
}

int mc_model_read(struct mc_model *m, struct mc_reader *r, const struct mc_doc *d,
                  struct mc_error *e) {
    const char *kind = mc_doc_get(d, "mc.kind");
    if (kind && strcmp(kind, "model") != 0)
        return mc_fail(e, MC_ERR_INPUT, "it holds %s%s, not a model", mc_is_delta(d) ? "a " : "",
                       kind);
    struct mc_doc meta = {0};
    int rc = mc_doc_copy_meta(&meta, d, e);
    mc_doc_release(&m->meta);
    m->meta = meta;
    if (rc < 0) return rc;
    size_t had = 0;
    int slot;
    mc_model_find_mlm(m, d);
    MC_TRY(mc_model_table_from_meta(m, &had, e));
    for (int i = 0; i < d->n_tensors; i++)
        MC_TRY(mc_model_find_tensor(m, &d->tensor[i], i, &slot, e));
    // names are unique and all matched: equal counts mean equal sets
    for (int i = 0; d->n_tensors != m->table.n && i < m->table.n; i++)
        if (mc_doc_find(d, m->table.p[i].name) < 0)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s is missing", m->table.p[i].name);
    // only now, when the header has the tensors that the config promises, is memory allocated for
    // them
    MC_TRY(mc_model_resize(m, had, e));
    for (int i = 0; i < d->n_tensors; i++) {
        MC_TRY(mc_model_find_tensor(m, &d->tensor[i], i, &slot, e));
        MC_TRY(mc_reader_data(r, m->w + m->table.p[slot].at, d->tensor[i].bytes, e));
    }
    return mc_table_check_finite(&m->table, m->w, 0, m->table.size, e);
}

int mc_model_write(const struct mc_model *m, struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    int rc;
    MC_TRY(mc_table_check_finite(&m->table, m->w, 0, m->table.size, e));
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

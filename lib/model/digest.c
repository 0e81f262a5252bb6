// The digest of a model's contents: tensors by name, then the lines of its configuration and, of a
// delta, its base and method.
#include <stdlib.h>
#include <string.h>

#include "model_impl.h"

int mc_delta_lines(const struct mc_doc *meta, struct mc_buf *out, struct mc_error *e) {
    const char *kind = mc_doc_get(meta, "mc.kind"), *base = mc_doc_get(meta, "mc.base"),
               *method = mc_doc_get(meta, "mc.method");
    if (!base || (kind && !mc_is_delta(meta))) return 0;
    return mc_buf_printf(out, e, "mc.base=%s\nmc.method=%s\n", base, method ? method : "");
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(const struct mc_param *const *)a)->name,
                  (*(const struct mc_param *const *)b)->name);
}

int mc_model_digest(struct mc_model *m, struct mc_error *e) {
    const struct mc_param **p = mc_new((size_t)m->table.n, sizeof *p, e);
    struct mc_digest *g = mc_digest_new(e);
    struct mc_buf lines = {0};
    int rc = p && g ? mc_config_lines(&m->config, &lines, e) : MC_ERR_MEM;
    for (int i = 0; p && i < m->table.n; i++) p[i] = &m->table.p[i];
    if (p) qsort(p, (size_t)m->table.n, sizeof *p, by_name);
    for (int i = 0; rc == 0 && i < m->table.n; i++) {
        struct mc_tensor t = {.name = (char *)(uintptr_t)p[i]->name,
                              .dtype = MC_F32,
                              .rank = p[i]->rank,
                              .dim = {(uint64_t)p[i]->dim[0], (uint64_t)p[i]->dim[1]}};
        mc_digest_tensor(g, &t);
        mc_digest_data(g, m->w + p[i]->at, p[i]->n * sizeof(float));
    }
    if (rc == 0) rc = mc_delta_lines(&m->meta, &lines, e);
    if (rc == 0) mc_digest_data(g, lines.p, lines.n);
    if (g) mc_digest_end(g, m->digest);
    mc_buf_release(&lines);
    free(p);
    return rc;
}

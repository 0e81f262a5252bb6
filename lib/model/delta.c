// Deltas: made over a base, read from a stream, and views of them: for every tensor of the network,
// the stored one where there is one, else the base's.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/tokens.h"
#include "model_impl.h"

// What PEFT puts before the names of the network's tensors.
static const char *const BEFORE[] = {"base_model.model.", "base_model."};
enum { N_BEFORE = 2 };

const char *mc_delta_plain_name(const char *name) {
    for (int i = 0; i < N_BEFORE; i++)
        if (strncmp(name, BEFORE[i], strlen(BEFORE[i])) == 0) return name + strlen(BEFORE[i]);
    return name;
}

// --- making and reading

int mc_delta_init(struct mc_model *m, struct mc_model *base, char *const *labels, int n_labels,
                  const char *method, struct mc_error *e) {
    struct mc_buf b = {0};
    int rc;
    *m = (struct mc_model){0};
    MC_TRY_DONE(mc_doc_copy_meta(&m->meta, &base->meta, e));
    MC_TRY_DONE(mc_config_set_labels(&base->config, mc_doc_get(&base->meta, "mc.config"), labels,
                                     n_labels, &b, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.config", b.p, e));
    b.n = 0;
    if (n_labels) MC_TRY_DONE(mc_labels_json(labels, n_labels, &b, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.labels", n_labels ? b.p : NULL, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.kind", "delta", e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.base", base->digest, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.method", method, e));
    rc = mc_delta_from_meta(m, base, e);
done:
    mc_buf_release(&b);
    return rc;
}

// The place of a delta's tensor: that of the network's tensor with its name, or beside the one with
// whose name it shares most, in whole parts between dots.
static struct mc_place place_of(const struct mc_table *network, const char *name) {
    const char *plain = mc_delta_plain_name(name);
    struct mc_place best = {.block = MC_BLOCK_METHOD};
    size_t most = 0;
    int same = mc_table_find(network, plain);
    if (same >= 0) return network->p[same].is;
    for (int i = 0; i < network->n; i++) {
        const char *other = network->p[i].name;
        size_t n = 0, whole = 0;
        for (; plain[n] && plain[n] == other[n]; n++)
            if (plain[n] == '.') whole = n + 1;
        if (plain[n] == '.' && !other[n]) whole = n + 1;
        if (whole > most) {
            most = whole;
            best = mc_place_beside(&network->p[i].is);
        }
    }
    return best;
}

int mc_delta_check_size(const struct mc_model *base, int n, struct mc_error *e) {
    enum { PER_TENSOR = 4, BESIDES = 16 };
    if (n <= PER_TENSOR * base->table.n + BESIDES) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%d tensor%s over a base of %d: more than any method adds", n,
                   mc_s(n), base->table.n);
}

static int add_tensor(struct mc_model *m, const struct mc_tensor *t, const struct mc_place *is,
                      struct mc_error *e) {
    MC_TRY(mc_model_check_type(t, e));
    if (t->rank < 1 || t->rank > 2 || t->dim[0] > INT64_MAX / 2 || t->dim[1] > INT64_MAX / 2 ||
        t->dim[0] == 0 || (t->rank == 2 && t->dim[1] == 0))
        return mc_fail(e, MC_ERR_INPUT, "tensor %s has no shape of a delta's", t->name);
    return mc_table_add(&m->table, is, (int64_t)t->dim[0], t->rank == 2 ? (int64_t)t->dim[1] : 0, e,
                        "%s", t->name);
}

// In the document's order, but the head last, as everywhere.
static int add_tensors(struct mc_model *m, const struct mc_doc *d, struct mc_error *e) {
    struct mc_table network = {0};
    struct mc_place *is = mc_new((size_t)d->n_tensors, sizeof *is, e);
    int rc = is ? m->config.arch->table(&m->config, m->n_labels, &network, e) : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < d->n_tensors; i++) is[i] = place_of(&network, d->tensor[i].name);
    for (int head = 0; head < 2; head++)
        for (int i = 0; rc >= 0 && i < d->n_tensors; i++)
            if ((is[i].block == MC_BLOCK_HEAD) == head)
                rc = add_tensor(m, &d->tensor[i], &is[i], e);
    mc_table_release(&network);
    free(is);
    return rc < 0 ? rc : 0;
}

int mc_delta_read(struct mc_model *m, struct mc_model *base, struct mc_reader *r,
                  const struct mc_doc *d, struct mc_error *e) {
    struct mc_doc meta = {0};
    int rc = mc_doc_copy_meta(&meta, d, e);
    mc_doc_release(&m->meta);
    m->meta = meta;
    MC_TRY(rc);
    MC_TRY(mc_delta_check_size(base, d->n_tensors, e));
    MC_TRY(mc_delta_from_meta(m, base, e));
    MC_TRY(add_tensors(m, d, e));
    MC_TRY(mc_delta_alloc(m, e));
    for (int i = 0; i < d->n_tensors; i++) {
        int k = mc_table_find(&m->table, d->tensor[i].name);
        MC_TRY(mc_reader_data(r, m->w + m->table.p[k].at, d->tensor[i].bytes, e));
    }
    return mc_table_check_finite(&m->table, m->w, 0, m->table.size, e);
}

// --- views

void mc_view_release(struct mc_view *v) {
    mc_table_release(&v->table);
    free(v->w);
    free(v->stored);
    *v = (struct mc_view){0};
}

static int view_alloc(struct mc_view *v, int n, struct mc_error *e) {
    v->w = mc_new((size_t)n, sizeof *v->w, e);
    v->stored = mc_new((size_t)n, sizeof *v->stored, e);
    return v->w && v->stored ? 0 : MC_ERR_MEM;
}

// The stored tensor of an architecture's name, with or without what PEFT puts before it.
static int find_stored(const struct mc_model *m, const char *name) {
    char full[MC_PARAM_NAME + 32];
    int i = mc_table_find(&m->table, name);
    if (i >= 0 && mc_delta_plain_name(name) == name) return i;
    for (int k = 0; k < N_BEFORE; k++) {
        snprintf(full, sizeof full, "%s%s", BEFORE[k], name);
        i = mc_table_find(&m->table, full);
        if (i >= 0) return i;
    }
    return -1;
}

static int add_stored(struct mc_view *v, const struct mc_model *m, int k, struct mc_error *e) {
    assert(m->table.p); // there is a row k
    const struct mc_param *p = &m->table.p[k];
    int i = mc_table_add_like(&v->table, p, e);
    MC_TRY(i);
    v->w[i] = m->w + p->at;
    v->stored[i] = k;
    return 0;
}

static int view_delta(struct mc_view *v, const struct mc_model *m, struct mc_error *e) {
    const struct mc_model *base = m->base;
    MC_TRY(m->config.arch->table(&m->config, m->n_labels, &v->table, e));
    v->n_arch = v->table.n;
    MC_TRY(view_alloc(v, v->table.n + m->table.n, e));
    bool *used = mc_new((size_t)m->table.n, sizeof *used, e);
    if (!used) return MC_ERR_MEM;
    int rc = 0;
    for (int i = 0; rc == 0 && i < v->table.n; i++) {
        const struct mc_param *p = &v->table.p[i];
        int k = find_stored(m, p->name), b = k < 0 ? mc_table_find(&base->table, p->name) : -1;
        const struct mc_param *from = k >= 0 ? &m->table.p[k] : b >= 0 ? &base->table.p[b] : NULL;
        if (!from) {
            rc = mc_fail(e, MC_ERR_INPUT, "tensor %s is neither in the delta nor in its base",
                         p->name);
            break;
        }
        if (!mc_param_same_shape(from, p)) {
            rc = mc_model_other_shape(from->name, e);
            break;
        }
        if (k >= 0) used[k] = true;
        v->stored[i] = k;
        v->w[i] = (k >= 0 ? m->w : base->w) + from->at;
    }
    for (int k = 0; rc == 0 && k < m->table.n; k++)
        if (!used[k]) rc = add_stored(v, m, k, e);
    free(used);
    return rc;
}

int mc_view_add_mlm(struct mc_view *v, const struct mc_model *m, struct mc_error *e) {
    const struct mc_table *base = m->base ? &m->base->table : NULL;
    for (int k = 0; base && k < base->n; k++) {
        if (base->p[k].is.block != MC_BLOCK_MLM) continue;
        int i = mc_table_add_like(&v->table, &base->p[k], e);
        MC_TRY(i);
        void *w = mc_resize(v->w, (size_t)i + 1, sizeof *v->w, e);
        if (!w) return MC_ERR_MEM;
        v->w = w;
        void *stored = mc_resize(v->stored, (size_t)i + 1, sizeof *v->stored, e);
        if (!stored) return MC_ERR_MEM;
        v->stored = stored;
        v->w[i] = m->base->w + base->p[k].at;
        v->stored[i] = -1;
    }
    return 0;
}

int mc_view_init(struct mc_view *v, const struct mc_model *m, struct mc_error *e) {
    *v = (struct mc_view){0};
    int rc;
    if (m->base) {
        rc = view_delta(v, m, e);
    } else {
        rc = mc_table_copy(&v->table, &m->table, e);
        v->n_arch = v->table.n;
        if (rc == 0) rc = view_alloc(v, m->table.n, e);
        for (int i = 0; rc == 0 && i < m->table.n; i++) {
            v->w[i] = m->w + m->table.p[i].at;
            v->stored[i] = i;
        }
    }
    if (rc < 0) mc_view_release(v);
    return rc;
}

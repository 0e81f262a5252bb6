// The models that a path is made of, once they have been read: their weights leave the memory where
// the files can be read again, and come back where they are needed.
#include "mc/path_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "mc/compare.h"

int mc_path_inputs_leave(struct mc_path_inputs *in, int k, struct mc_error *e) {
    struct mc_model *m = in->m[k];
    int body = mc_model_body_tensors(m);
    size_t at = body < m->table.n ? m->table.p[body].at : m->table.size, n = m->table.size - at;
    if (!in->head[k]) {
        if (!(in->head[k] = mc_new_floats(n, e))) return MC_ERR_MEM;
        memcpy(in->head[k], m->w + at, n * sizeof *m->w);
    }
    mc_free_floats(m->w);
    m->w = NULL;
    return 0;
}

static void start_pass(struct mc_path_inputs *in) {
    if (in->reading) mc_models_release(&in->pass);
    mc_models_init(&in->pass, in->path, in->n_paths, in->pool);
    in->pass.base_path = in->base_path;
    in->pass.curves = in->reading = true;
    mc_models_need_no_bases(&in->pass);
    in->at = 0;
}

static int come_back(struct mc_path_inputs *in, int k, struct mc_error *e) {
    struct mc_model *m = NULL;
    int rc = 1;
    if (!in->reading || in->at > k) start_pass(in);
    for (; rc == 1 && in->at < k; in->at++) rc = mc_models_skip(&in->pass, e);
    if (rc == 1) rc = mc_models_next(&in->pass, &m, e);
    in->at++;
    if (rc == 1) rc = mc_model_digest(m, e) < 0 ? e->code : 1;
    if (rc == 1 && strcmp(m->digest, in->m[k]->digest) == 0) {
        in->m[k]->w = m->w;
        m->w = NULL;
    } else if (rc >= 0) {
        rc = mc_fail(e, MC_ERR_INPUT, "model %d has changed since it was first read", k);
    }
    mc_model_drop(m);
    return rc < 0 ? rc : 0;
}

static bool is_among(const int *k, int n, int i) {
    while (n > 0 && k[n - 1] != i) n--;
    return n > 0;
}

int mc_path_inputs_load(struct mc_path_inputs *in, const int *k, int n, struct mc_error *e) {
    bool there = true;
    for (int i = 0; i < n; i++) there &= in->m[k[i]]->w != NULL;
    if (there) return 0;
    for (int i = 0; i < in->n; i++)
        if (in->m[i]->w && !is_among(k, n, i)) MC_TRY(mc_path_inputs_leave(in, i, e));
    for (int i = 0; i < n; i++)
        if (!in->m[k[i]]->w) MC_TRY(come_back(in, k[i], e));
    return 0;
}

void mc_path_inputs_release(struct mc_path_inputs *in) {
    if (in->reading) mc_models_release(&in->pass);
    for (int k = 0; k < in->n; k++) {
        mc_model_drop(in->m[k]);
        mc_free_floats(in->head[k]);
    }
    free(in->m);
    free(in->head);
    in->m = NULL;
    in->head = NULL;
    in->n = 0;
    in->reading = false;
}

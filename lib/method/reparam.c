// Reparametrisation of a new delta: the table of what is trained, its tensors to the stored ones
// and gradients back. Tensors that are trained as they are stored stand in both tables and are
// copied.
#include <string.h>

#include "mc/method.h"

static bool stored_as_trained(const struct mc_method *h, const struct mc_param *p) {
    return strcmp(p->name, h->cls->tensor) != 0;
}

int mc_reparam_init(struct mc_reparam *r, const struct mc_method *h, const struct mc_model *delta,
                    uint64_t seed, struct mc_error *e) {
    *r = (struct mc_reparam){.cls = h->cls->reparam};
    int n = r->cls->table(h, delta, &r->table, e);
    MC_TRY(n);
    for (int i = 0; i < delta->table.n; i++) {
        const struct mc_param *p = &delta->table.p[i];
        if (stored_as_trained(h, p))
            MC_TRY(mc_table_add_like(&r->table, p, e));
        else
            r->stored_at = p->at;
    }
    r->w = mc_new_floats(r->table.size, e);
    r->grad = mc_new_floats(r->table.size, e);
    r->work = mc_new_floats(r->cls->work(&r->table), e);
    r->gemm = mc_gemm_new(e);
    if (!r->w || !r->grad || !r->work || !r->gemm) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) r->cls->draw(&r->table, i, r->w + r->table.p[i].at, seed);
    for (int i = n; i < r->table.n; i++) {
        const struct mc_param *p = &r->table.p[i];
        int k = mc_table_find(&delta->table, p->name);
        memcpy(r->w + p->at, delta->w + delta->table.p[k].at, p->n * sizeof *r->w);
    }
    r->n_parts = n;
    return 0;
}

void mc_reparam_release(struct mc_reparam *r) {
    mc_table_release(&r->table);
    mc_free_floats(r->w);
    mc_free_floats(r->grad);
    mc_free_floats(r->work);
    mc_gemm_free(r->gemm);
    *r = (struct mc_reparam){0};
}

// Copies the tensors that stand in both tables, between a block over the stored one and a block
// over the trained one.
static void copy_shared(const struct mc_reparam *r, const struct mc_table *stored, float *in_stored,
                        float *in_trained, bool to_stored) {
    for (int i = r->n_parts; i < r->table.n; i++) {
        const struct mc_param *p = &r->table.p[i];
        float *a = in_stored + stored->p[mc_table_find(stored, p->name)].at;
        float *b = in_trained + p->at;
        memcpy(to_stored ? a : b, to_stored ? b : a, p->n * sizeof *a);
    }
}

int mc_reparam_forward(struct mc_reparam *r, struct mc_model *delta, struct mc_error *e) {
    r->cls->forward(&r->table, r->w, r->gemm, r->work, delta->w + r->stored_at);
    copy_shared(r, &delta->table, delta->w, r->w, true);
    return mc_gemm_check(r->gemm, e);
}

int mc_reparam_backward(struct mc_reparam *r, const struct mc_model *delta, float *grad,
                        struct mc_error *e) {
    r->cls->backward(&r->table, r->w, r->gemm, r->work, grad + r->stored_at, r->grad);
    copy_shared(r, &delta->table, grad, r->grad, false);
    return mc_gemm_check(r->gemm, e);
}

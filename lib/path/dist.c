// Distances between models, by groups of tensors.
#include "mc/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/compare.h"

static void add_tensor(struct mc_dist *d, size_t n, const float *a, const float *b,
                       const float *base) {
    double s = 0, ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        double o = base ? (double)base[i] : 0, x = (double)a[i] - o, y = (double)b[i] - o,
               z = (double)a[i] - (double)b[i];
        s += z * z;
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    d->n += (int64_t)n;
    d->l2 += s;
    d->ab += ab;
    d->aa += aa;
    d->bb += bb;
}

static void finish(struct mc_dist *d) {
    double den = sqrt(d->aa) * sqrt(d->bb), c = den > 0 ? d->ab / den : (double)NAN;
    d->l2 = sqrt(d->l2);
    d->rms = d->n ? d->l2 / sqrt((double)d->n) : (double)NAN;
    d->cosine = c > 1 ? 1 : c < -1 ? -1 : c;
}

// Of every group, and behind them of all.
static void add_tensors(struct mc_dist *d, const struct mc_model *a, const struct mc_model *b,
                        const struct mc_model *base, const struct mc_groups *g, bool same_head) {
    for (int i = 0; i < a->table.n; i++) {
        const struct mc_param *p = &a->table.p[i], *q = i < b->table.n ? &b->table.p[i] : NULL;
        const struct mc_param *r = base && i < base->table.n ? &base->table.p[i] : NULL;
        if (!q || !mc_param_same_shape(p, q) || (mc_param_in_head(p) && !same_head)) continue;
        // a head that the base has not moved from nothing
        const float *o = r && mc_param_same_shape(p, r) ? base->w + r->at : NULL;
        struct mc_dist one = {0}, *to[2] = {&d[g->of[i]], &d[g->n]};
        add_tensor(&one, p->n, a->w + p->at, b->w + q->at, o);
        for (int k = 0; k < 2; k++) {
            to[k]->n += one.n;
            to[k]->l2 += one.l2;
            to[k]->ab += one.ab;
            to[k]->aa += one.aa;
            to[k]->bb += one.bb;
        }
    }
}

// Names those that have weights, and returns how many they are: groups of tensors that are not
// shared go.
static int leave_empty(struct mc_dist *d, const struct mc_groups *g) {
    int n = 0;
    for (int i = 0; i <= g->n; i++) {
        if (i < g->n && d[i].n == 0) continue;
        d[n] = d[i];
        strcpy(d[n++].group, i < g->n ? g->name[i] : "all");
    }
    return n;
}

int mc_distances(const struct mc_model *a, const struct mc_model *b, const struct mc_model *base,
                 enum mc_group_by by, struct mc_dist **out, int *n, struct mc_error *e) {
    struct mc_difference why;
    bool order, same = mc_labels_same(a, b, &order) && order;
    MC_TRY(mc_models_compare(a, b, &why, e));
    if (why.of == MC_SAME && base) MC_TRY(mc_models_compare(a, base, &why, e));
    if (why.of != MC_SAME)
        return mc_fail(e, MC_ERR_INPUT, "the models have different %s", why.text);
    struct mc_groups g;
    int rc = mc_groups_make(&g, &a->config, &a->table, by, e);
    struct mc_dist *d = rc == 0 ? mc_new((size_t)g.n + 1, sizeof *d, e) : NULL;
    if (d) {
        add_tensors(d, a, b, base, &g, same);
        *n = leave_empty(d, &g);
        for (int i = 0; i < *n; i++) finish(&d[i]);
    }
    mc_groups_release(&g);
    *out = d;
    return d ? 0 : MC_ERR_MEM;
}

// Distances between models, by layer, kind or tensor.
#include "mc/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/compare.h"

static void group_of(const struct mc_config *c, const struct mc_param *p, enum mc_dist_by by,
                     char out[MC_PARAM_NAME]) {
    switch (by) {
    case MC_DIST_LAYER: mc_group_name(c, &p->is, out); break;
    case MC_DIST_KIND: mc_kind_name(c, p, out); break;
    case MC_DIST_TENSOR: strcpy(out, p->name); break;
    }
}

// The last group is the likeliest; names of tensors stand once.
static struct mc_dist *find(struct mc_dist *d, int *n, const char *group, enum mc_dist_by by) {
    for (int i = by == MC_DIST_TENSOR ? 0 : *n; i > 0; i--)
        if (strcmp(d[i - 1].group, group) == 0) return &d[i - 1];
    strcpy(d[*n].group, group);
    return &d[(*n)++];
}

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

int mc_distances(const struct mc_model *a, const struct mc_model *b, const struct mc_model *base,
                 enum mc_dist_by by, struct mc_dist **out, int *n, struct mc_error *e) {
    struct mc_difference why;
    bool order, same = mc_labels_same(a, b, &order) && order;
    MC_TRY(mc_models_compare(a, b, &why, e));
    if (why.of == MC_SAME && base) MC_TRY(mc_models_compare(a, base, &why, e));
    if (why.of != MC_SAME)
        return mc_fail(e, MC_ERR_INPUT, "the models have different %s", why.text);
    struct mc_dist *d = mc_new((size_t)a->table.n + 1, sizeof *d, e), all = {.group = "all"};
    if (!d) return MC_ERR_MEM;
    *n = 0;
    for (int i = 0; i < a->table.n; i++) {
        const struct mc_param *p = &a->table.p[i], *q = i < b->table.n ? &b->table.p[i] : NULL;
        const struct mc_param *r = base && i < base->table.n ? &base->table.p[i] : NULL;
        if (!q || !mc_param_same_shape(p, q) || (mc_param_in_head(p) && !same)) continue;
        // a head that the base has not moved from nothing
        const float *o = r && mc_param_same_shape(p, r) ? base->w + r->at : NULL;
        struct mc_dist one = {0};
        add_tensor(&one, p->n, a->w + p->at, b->w + q->at, o);
        char group[MC_PARAM_NAME];
        group_of(&a->config, p, by, group);
        struct mc_dist *to[2] = {find(d, n, group, by), &all};
        for (int k = 0; k < 2; k++) {
            to[k]->n += one.n;
            to[k]->l2 += one.l2;
            to[k]->ab += one.ab;
            to[k]->aa += one.aa;
            to[k]->bb += one.bb;
        }
    }
    d[(*n)++] = all;
    for (int i = 0; i < *n; i++) finish(&d[i]);
    *out = d;
    return 0;
}

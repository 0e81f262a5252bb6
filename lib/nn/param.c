// Tables of parameters.
#include "mc/param.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"

void mc_table_release(struct mc_table *t) {
    free(t->p);
    mc_names_release(&t->names);
    *t = (struct mc_table){0};
}

static const char *name_of(const void *of, int i) { return ((const struct mc_table *)of)->p[i].name; }

// Weight decay spares what the field calls no-decay: biases and the parameters of norms.
static bool decays(const struct mc_param *p) {
    return !strstr(p->name, "bias") && !strstr(p->name, "LayerNorm") &&
           !strstr(p->name, "layer_norm");
}

int mc_table_add(struct mc_table *t, enum mc_param_kind kind, int64_t dim0, int64_t dim1,
                 const char *group, struct mc_error *e, const char *name, ...) {
    struct mc_param p = {.kind = kind,
                         .rank = dim1 ? 2 : 1,
                         .dim = {dim0, dim1},
                         .at = t->size,
                         .rate = 1,
                         .pad_row = -1};
    va_list ap;
    va_start(ap, name);
    int k = vsnprintf(p.name, sizeof p.name, name, ap);
    va_end(ap);
    if (k < 0 || (size_t)k >= sizeof p.name || strlen(group) >= sizeof p.group)
        return mc_fail(e, MC_ERR_INPUT, "a tensor name of over %zu bytes", sizeof p.name - 1);
    strcpy(p.group, group);
    int64_t n;
    if (__builtin_mul_overflow(dim0, dim1 ? dim1 : 1, &n) || n > INT64_MAX / 64 - (int64_t)t->size)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: its size overflows", p.name);
    p.n = (size_t)n;
    p.decay = decays(&p);
    p.init = kind != MC_PARAM_VECTOR  ? MC_INIT_NORMAL
             : strstr(p.name, "bias") ? MC_INIT_ZERO
                                      : MC_INIT_ONE;
    p.init_scale = p.init == MC_INIT_NORMAL ? t->std : 1;
    if (t->n == t->cap) {
        int cap = t->cap ? 2 * t->cap : 64;
        struct mc_param *q = mc_resize(t->p, (size_t)cap, sizeof *q, e);
        if (!q) return MC_ERR_MEM;
        t->p = q;
        t->cap = cap;
    }
    t->p[t->n] = p;
    MC_TRY(mc_names_add(&t->names, t, name_of, e));
    t->size += p.n;
    return t->n++;
}

int mc_table_find(const struct mc_table *t, const char *name) {
    return mc_names_find(&t->names, t, name_of, name);
}

int mc_table_finite(const struct mc_table *t, const float *w, size_t from, size_t n,
                    struct mc_error *e) {
    size_t bad = mc_first_nonfinite(w, n);
    if (bad == n) return 0;
    for (int i = 0; i < t->n; i++) {
        const struct mc_param *p = &t->p[i];
        if (from + bad < p->at || from + bad >= p->at + p->n) continue;
        return mc_fail(e, MC_ERR_NUM, "tensor %s: element %zu is not finite", p->name,
                       from + bad - p->at);
    }
    return mc_fail(e, MC_ERR_NUM, "a parameter is not finite");
}

int mc_table_copy(struct mc_table *to, const struct mc_table *from, struct mc_error *e) {
    *to = *from;
    to->names = (struct mc_names){0};
    to->p = mc_new((size_t)from->n, sizeof *to->p, e);
    if (!to->p || mc_names_copy(&to->names, &from->names, e) < 0) return MC_ERR_MEM;
    to->cap = from->n;
    memcpy(to->p, from->p, (size_t)from->n * sizeof *to->p);
    return 0;
}

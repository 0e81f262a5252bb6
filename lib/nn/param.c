// Tables of parameters: rows in the order of the block, found by name through a hash (mc/names.h).
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

static const char *name_of(const void *of, int i) {
    return ((const struct mc_table *)of)->p[i].name;
}

bool mc_param_is_linear(const struct mc_param *p) {
    switch (p->is.role) {
    case MC_ROLE_TOKEN_EMBEDDING:
    case MC_ROLE_POSITION_EMBEDDING:
    case MC_ROLE_TYPE_EMBEDDING:
    case MC_ROLE_RELATIVE_BIAS: return false;
    default: return p->rank == 2;
    }
}

bool mc_param_same_shape(const struct mc_param *p, const struct mc_param *q) {
    return p->rank == q->rank && p->dim[0] == q->dim[0] && p->dim[1] == q->dim[1];
}

bool mc_param_has_shape(const struct mc_param *p, int rank, const uint64_t *dim) {
    bool same = rank == p->rank;
    for (int i = 0; same && i < rank; i++) same = dim[i] == (uint64_t)p->dim[i];
    return same;
}

int mc_param_check_shape(const struct mc_param *p, int64_t dim0, int64_t dim1, struct mc_error *e) {
    if (mc_param_has_shape(p, 2, (const uint64_t[]){(uint64_t)dim0, (uint64_t)dim1})) return 0;
    return mc_fail(e, MC_ERR_INPUT, "tensor %s is not [%lld, %lld]", p->name, (long long)dim0,
                   (long long)dim1);
}

bool mc_place_same(const struct mc_place *a, const struct mc_place *b) {
    return a->block == b->block && a->stack == b->stack && a->layer == b->layer &&
           a->sublayer == b->sublayer && a->role == b->role && a->bias == b->bias &&
           a->axis[0] == b->axis[0] && a->axis[1] == b->axis[1];
}

// Whether weight decay applies: to neither biases nor the parameters of norms.
static bool decays(const struct mc_place *is) {
    return !is->bias && is->role != MC_ROLE_NORM && is->role != MC_ROLE_RELATIVE_BIAS;
}

// Takes *p, whose name, dimensions and values are set, as the last row.
static int append(struct mc_table *t, struct mc_param *p, struct mc_error *e) {
    int64_t n;
    p->rank = p->dim[1] ? 2 : 1;
    p->at = t->size;
    if (__builtin_mul_overflow(p->dim[0], p->rank == 2 ? p->dim[1] : 1, &n) ||
        n > INT64_MAX / 64 - (int64_t)t->size)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: its size overflows", p->name);
    p->n = (size_t)n;
    if (t->n == t->cap) {
        int cap = t->cap ? 2 * t->cap : 64;
        struct mc_param *q = mc_resize(t->p, (size_t)cap, sizeof *q, e);
        if (!q) return MC_ERR_MEM;
        t->p = q;
        t->cap = cap;
    }
    t->p[t->n] = *p;
    MC_TRY(mc_names_add(&t->names, t, name_of, e));
    t->size += p->n;
    return t->n++;
}

int mc_table_add(struct mc_table *t, const struct mc_place *is, int64_t dim0, int64_t dim1,
                 struct mc_error *e, const char *name, ...) {
    struct mc_param p = {.is = *is,
                         .dim = {dim0, dim1},
                         .decay = decays(is),
                         .rate = 1,
                         .pad_row = -1,
                         .init = dim1       ? MC_INIT_NORMAL
                                 : is->bias ? MC_INIT_ZERO
                                            : MC_INIT_ONE};
    va_list ap;
    va_start(ap, name);
    int k = vsnprintf(p.name, sizeof p.name, name, ap);
    va_end(ap);
    if (k < 0 || (size_t)k >= sizeof p.name)
        return mc_fail(e, MC_ERR_INPUT, "a tensor name of over %zu bytes", sizeof p.name - 1);
    p.init_scale = p.init == MC_INIT_NORMAL ? t->std : 1;
    return append(t, &p, e);
}

int mc_table_add_shaped(struct mc_table *t, const struct mc_param *p, int64_t dim0, int64_t dim1,
                        struct mc_error *e) {
    struct mc_param q = *p;
    q.dim[0] = dim0;
    q.dim[1] = p->rank == 2 ? dim1 : 0;
    return append(t, &q, e);
}

int mc_table_add_like(struct mc_table *t, const struct mc_param *p, struct mc_error *e) {
    return mc_table_add_shaped(t, p, p->dim[0], p->dim[1], e);
}

int mc_table_find(const struct mc_table *t, const char *name) {
    return mc_names_find(&t->names, t, name_of, name);
}

int mc_table_check_finite(const struct mc_table *t, const float *w, size_t from, size_t n,
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

bool mc_table_same(const struct mc_table *a, const struct mc_table *b) {
    bool same = a->n == b->n;
    for (int i = 0; same && i < a->n; i++) {
        const struct mc_param *p = &a->p[i], *q = &b->p[i];
        same = mc_param_same_shape(p, q) && p->pad_row == q->pad_row &&
               mc_place_same(&p->is, &q->is) && strcmp(p->name, q->name) == 0;
    }
    return same;
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

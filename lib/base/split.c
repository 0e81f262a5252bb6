// Lists in options: "a,b,c" to texts, reals or whole numbers. That no part stands twice is told by
// a sorted copy, in n log n.
#include "mc/split.h"

#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/utf8.h"

void mc_split_free(char **v, int n) {
    for (int i = 0; v && i < n; i++) free(v[i]);
    free(v);
}

static int add_part(char **v, int *n, const char *p, size_t k, const char *name,
                    struct mc_error *e) {
    char *s = mc_new(k + 1, 1, e);
    if (!s) return MC_ERR_MEM;
    memcpy(s, p, k);
    v[(*n)++] = s;
    if (k == 0) return mc_fail(e, MC_ERR_USAGE, "%s: an empty name", name);
    if (!mc_utf8_name(s, k))
        return mc_fail(e, MC_ERR_USAGE, "%s: '%s' is not UTF-8 without control characters", name,
                       s);
    return 0;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int by_real(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// *at: one of v[n] that is there twice, or NULL; found in a sorted copy.
static int find_twice(const void *v, int n, size_t size, int (*order)(const void *, const void *),
                      const void **at, struct mc_error *e) {
    char *copy = mc_new((size_t)n, size, e);
    if (!copy) return MC_ERR_MEM;
    memcpy(copy, v, (size_t)n * size);
    qsort(copy, (size_t)n, size, order);
    *at = NULL;
    int twice = 1;
    while (twice < n && order(copy + (size_t)(twice - 1) * size, copy + (size_t)twice * size) != 0)
        twice++;
    for (int i = 0; twice < n && i < n && !*at; i++) {
        const char *p = (const char *)v + (size_t)i * size;
        if (order(p, copy + (size_t)twice * size) == 0) *at = p;
    }
    free(copy);
    return 0;
}

int mc_real_twice(const double *v, int n, const double **at, struct mc_error *e) {
    const void *p;
    MC_TRY(find_twice(v, n, sizeof *v, by_real, &p, e));
    *at = p;
    return 0;
}

int mc_split(const char *s, char sep, const char *name, char ***out, int *n, struct mc_error *e) {
    size_t parts = 1;
    for (const char *p = s; *p; p++) parts += *p == sep;
    char **v = mc_new(parts, sizeof *v, e);
    int rc = v ? 0 : MC_ERR_MEM;
    *n = 0;
    for (const char *p = s; rc == 0; p++) {
        size_t k = 0;
        while (p[k] && p[k] != sep) k++;
        rc = add_part(v, n, p, k, name, e);
        p += k;
        if (!*p) break;
    }
    const void *twice = NULL;
    if (rc == 0) rc = find_twice(v, *n, sizeof *v, by_text, &twice, e);
    if (rc == 0 && twice)
        rc = mc_fail(e, MC_ERR_USAGE, "%s: '%s' is given twice", name, *(char *const *)twice);
    if (rc < 0) {
        mc_split_free(v, *n);
        *n = 0;
        return rc;
    }
    *out = v;
    return 0;
}

int mc_split_reals(const char *s, const char *name, double **out, int *n, struct mc_error *e) {
    char **v;
    MC_TRY(mc_split(s, ',', name, &v, n, e));
    double *x = mc_new((size_t)*n, sizeof *x, e);
    int rc = x ? 0 : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < *n; i++)
        if (!mc_parse_f64(v[i], &x[i]))
            rc = mc_fail(e, MC_ERR_USAGE, "%s: '%s' is no number", name, v[i]);
    mc_split_free(v, *n);
    if (rc < 0)
        free(x);
    else
        *out = x;
    return rc;
}

int mc_split_ints(const char *s, int64_t min, const char *name, int64_t **out, int *n,
                  struct mc_error *e) {
    char **v;
    MC_TRY(mc_split(s, ',', name, &v, n, e));
    int64_t *x = mc_new((size_t)*n, sizeof *x, e);
    int rc = x ? 0 : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < *n; i++) {
        if (!mc_parse_i64(v[i], &x[i]) || x[i] < min)
            rc = mc_fail(e, MC_ERR_USAGE, "%s: '%s' is no whole number of at least %lld", name,
                         v[i], (long long)min);
    }
    const void *twice = NULL;
    if (rc == 0) rc = find_twice(x, *n, sizeof *x, by_value, &twice, e);
    if (rc == 0 && twice)
        rc = mc_fail(e, MC_ERR_USAGE, "%s: %lld is given twice", name,
                     (long long)*(const int64_t *)twice);
    mc_split_free(v, *n);
    if (rc < 0)
        free(x);
    else
        *out = x;
    return rc;
}

int mc_split_named(const char *operand, const char *what, char **name, const char **path,
                   struct mc_error *e) {
    const char *eq = strchr(operand, '='), *slash = strchr(operand, '/');
    *name = NULL;
    *path = operand;
    if (!eq || (slash && slash < eq)) return 0;
    *path = eq + 1;
    if (eq == operand) return mc_fail(e, MC_ERR_USAGE, "'%s' names no %s", operand, what);
    if (!**path) return mc_fail(e, MC_ERR_USAGE, "'%s' names no file", operand);
    if (!(*name = mc_strdup(operand, e))) return MC_ERR_MEM;
    (*name)[eq - operand] = 0;
    return 0;
}

void mc_sort_ints(int64_t *v, int64_t n) { qsort(v, (size_t)n, sizeof *v, by_value); }

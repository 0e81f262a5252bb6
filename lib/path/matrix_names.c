// What the models of a matrix are called: by a file, else by the first digits of their digests.
#include <stdlib.h>
#include <string.h>

#include "mc/matrix.h"
#include "mc/utf8.h"

enum { LEAST_DIGITS = 8, MOST_BYTES = 1 << 26 };

static const char *digest_of(const void *of, int i) {
    return ((const struct mc_matrix *)of)->digest[i];
}

// A line `digest TAB name` of a model of the matrix.
static int read_line(struct mc_matrix *m, char *line, const char *path, int64_t number,
                     struct mc_error *e) {
    char *tab = strchr(line, '\t');
    if (tab) *tab = 0;
    if (!tab || !*line || line[strspn(line, "0123456789abcdef")] ||
        !mc_utf8_name(tab + 1, strlen(tab + 1)))
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld is no digest, tab, name", path,
                       (long long)number);
    int k = mc_names_find(&m->by_digest, m, digest_of, line);
    if (k < 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: %s, %s, is no model of the tables", path,
                       (long long)number, line, tab + 1);
    if (m->name[k])
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: %s has a name already, %s", path,
                       (long long)number, line, m->name[k]);
    return (m->name[k] = mc_strdup(tab + 1, e)) ? 0 : MC_ERR_MEM;
}

static int read_names(struct mc_matrix *m, const char *path, struct mc_error *e) {
    struct mc_buf b = {0};
    int rc = mc_buf_read_file(&b, path, MOST_BYTES, e);
    if (rc == 0 && memchr(b.p, 0, b.n)) rc = mc_fail(e, MC_ERR_INPUT, "%s: a NUL byte", path);
    int64_t number = 0;
    for (char *p = b.p; rc == 0 && *p;) {
        size_t k = strcspn(p, "\n");
        bool last = !p[k];
        p[k] = 0;
        rc = read_line(m, p, path, ++number, e);
        p += k + !last;
    }
    mc_buf_release(&b);
    return rc;
}

// How many digits two have in common.
static size_t common(const char *a, const char *b) {
    size_t n = 0;
    while (a[n] && a[n] == b[n]) n++;
    return n;
}

static int short_name(struct mc_matrix *m, int i, struct mc_error *e) {
    size_t digits = LEAST_DIGITS;
    for (int j = 0; j < m->n; j++) {
        size_t n = j == i ? 0 : common(m->digest[i], m->digest[j]) + 1;
        if (n > digits) digits = n;
    }
    char *name = m->name[i] = mc_strdup(m->digest[i], e);
    if (!name) return MC_ERR_MEM;
    if (strlen(name) > digits) name[digits] = 0;
    return 0;
}

static const char *name_of(const void *of, int i) {
    return ((const struct mc_matrix *)of)->name[i];
}

int mc_matrix_name(struct mc_matrix *m, const char *path, struct mc_error *e) {
    if (!(m->name = mc_new((size_t)m->n, sizeof *m->name, e))) return MC_ERR_MEM;
    if (path) MC_TRY(read_names(m, path, e));
    struct mc_names all = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && i < m->n; i++) {
        if (!m->name[i]) rc = short_name(m, i, e);
        int k = rc == 0 ? mc_names_find(&all, m, name_of, m->name[i]) : 0;
        if (rc == 0 && k >= 0)
            rc = mc_fail(e, MC_ERR_INPUT, "models %s and %s have the same name, %s", m->digest[k],
                         m->digest[i], m->name[i]);
        if (rc == 0) rc = mc_names_add(&all, m, name_of, e);
    }
    mc_names_release(&all);
    return rc;
}

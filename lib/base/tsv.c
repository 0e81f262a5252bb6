// Reading our own tables: a header row, cells between tabs, a newline behind the last row; what is
// no such table is refused early.
#include "mc/tsv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc/names.h"
#include "mc/num.h"

enum { BLOCK = 1 << 16 };

// Checks the first block of a file, so that what is no such table is not read to its end: the
// header must end in it and have the columns that are needed, and no byte may be NUL.
static int check_start(const struct mc_buf *b, const char *name, const char *const *need,
                       struct mc_error *e) {
    const char *nl = memchr(b->p, '\n', b->n);
    if (b->n > 1 && memcmp(b->p, "\x1f\x8b", 2) == 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: compressed by gzip, not a table", name);
    if (memchr(b->p, 0, b->n)) return mc_fail(e, MC_ERR_INPUT, "%s: a NUL byte in a table", name);
    if (!nl)
        return b->n < BLOCK
                   ? 0
                   : mc_fail(e, MC_ERR_INPUT, "%s: a header of over %d bytes", name, BLOCK);
    if (nl > b->p && nl[-1] == '\r')
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: lines end with CR LF; those of a table end with LF (tr -d '\\r' "
                       "< FILE makes them so)",
                       name);
    for (; *need; need++) {
        size_t n = strlen(*need);
        const char *p = b->p;
        while (p <= nl && !(strncmp(p, *need, n) == 0 && (p[n] == '\t' || p[n] == '\n'))) {
            p += strcspn(p, "\t\n");
            p++;
        }
        if (p > nl)
            return mc_fail(e, MC_ERR_INPUT, "%s: no column '%s' in the header", name, *need);
    }
    return 0;
}

static int read_all(struct mc_buf *b, int fd, const char *name, const char *const *need,
                    struct mc_error *e) {
    bool checked = false;
    for (;;) {
        MC_TRY(mc_buf_reserve(b, BLOCK, e));
        ssize_t k = read(fd, b->p + b->n, BLOCK);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return mc_fail_errno(e, "%s: cannot read", name);
        b->n += (size_t)k;
        b->p[b->n] = 0;
        if (!checked && (b->n >= BLOCK || k == 0)) {
            MC_TRY(check_start(b, name, need, e));
            checked = true;
        }
        if (k == 0) return mc_no_pointer(name, b->p, b->n, e);
    }
}

static const char *column_name(const void *of, int i) {
    return ((const struct mc_tsv *)of)->head[i];
}

// A name that stands twice would be read of one of two columns.
static int check_head(const struct mc_tsv *t, struct mc_error *e) {
    struct mc_names names = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && i < t->n_cols; i++)
        rc = mc_names_find(&names, t, column_name, t->head[i]) < 0
                 ? mc_names_add(&names, t, column_name, e)
                 : mc_fail(e, MC_ERR_INPUT, "%s: column '%s' is there twice in the header", t->name,
                           t->head[i]);
    mc_names_release(&names);
    return rc;
}

// Cuts the text into lines and cells in place.
static int split(struct mc_tsv *t, struct mc_error *e) {
    char *p = t->text.p, *end = p + t->text.n;
    if (t->text.n == 0) return mc_fail(e, MC_ERR_INPUT, "%s: empty table", t->name);
    if (memchr(p, 0, t->text.n))
        return mc_fail(e, MC_ERR_INPUT, "%s: a NUL byte in a table", t->name);
    if (end[-1] != '\n')
        return mc_fail(e, MC_ERR_INPUT, "%s: the last line has no newline: the table is cut short",
                       t->name);
    int64_t lines = 0, cells = 0; // as many as there are, whatever the header promises
    for (char *q = p; q < end; q++) {
        lines += *q == '\n';
        cells += *q == '\n' || *q == '\t';
    }
    t->n_cols = 1;
    for (char *q = p; *q != '\n'; q++) t->n_cols += *q == '\t';
    t->n_rows = lines - 1;
    t->head = mc_new((size_t)cells, sizeof *t->head, e);
    if (!t->head) return MC_ERR_MEM;
    t->cell = t->head + t->n_cols;
    char **c = t->head;
    for (int64_t line = 1; line <= lines; line++) {
        char *stop = memchr(p, '\n', (size_t)(end - p));
        *stop = 0;
        int n = 0;
        for (char *q = p;;) {
            if (n++ < t->n_cols) *c++ = q;
            char *tab = strchr(q, '\t');
            if (!tab) break;
            *tab = 0;
            q = tab + 1;
        }
        if (n != t->n_cols)
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: %d columns, the header has %d", t->name,
                           (long long)line, n, t->n_cols);
        p = stop + 1;
    }
    return check_head(t, e);
}

int mc_tsv_read(struct mc_tsv *t, const char *path, const char *const *need, struct mc_error *e) {
    bool in = strcmp(path, "-") == 0;
    *t = (struct mc_tsv){.name = in ? "standard input" : path};
    int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 ? mc_fail_errno(e, "%s: cannot open", path)
                    : read_all(&t->text, fd, t->name, need, e);
    if (fd > STDIN_FILENO) close(fd);
    if (rc == 0) rc = split(t, e);
    if (rc < 0) mc_tsv_release(t);
    return rc;
}

void mc_tsv_release(struct mc_tsv *t) {
    mc_buf_release(&t->text);
    free(t->head);
    t->head = t->cell = NULL;
}

int mc_tsv_find(const struct mc_tsv *t, const char *name) {
    for (int i = 0; i < t->n_cols; i++)
        if (strcmp(t->head[i], name) == 0) return i;
    return -1;
}

int mc_tsv_column(const struct mc_tsv *t, const char *name, struct mc_error *e) {
    int i = mc_tsv_find(t, name);
    return i >= 0 ? i : mc_fail(e, MC_ERR_INPUT, "%s: no column '%s' in the header", t->name, name);
}

const char *mc_tsv_cell(const struct mc_tsv *t, int64_t row, int col) {
    return t->cell[row * t->n_cols + col];
}

int mc_tsv_number(const struct mc_tsv *t, int64_t row, int col, double *out, struct mc_error *e) {
    const char *s = mc_tsv_cell(t, row, col);
    if (mc_parse_cell(s, out)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: column %s: '%s' is no number", t->name,
                   (long long)row + 2, t->head[col], s);
}

int mc_tsv_whole(const struct mc_tsv *t, int64_t row, int col, int64_t low, int64_t *out,
                 struct mc_error *e) {
    const char *s = mc_tsv_cell(t, row, col);
    if (mc_parse_i64(s, out) && *out >= low) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: line %lld: column %s: '%s' is no whole number of at least %lld", t->name,
                   (long long)row + 2, t->head[col], s, (long long)low);
}

int mc_tsv_finite(const struct mc_tsv *t, int64_t row, int col, double *out, struct mc_error *e) {
    MC_TRY(mc_tsv_number(t, row, col, out, e));
    if (isfinite(*out)) return 0;
    return mc_fail(e, MC_ERR_NUM, "%s: line %lld: column %s is %s", t->name, (long long)row + 2,
                   t->head[col], mc_tsv_cell(t, row, col));
}

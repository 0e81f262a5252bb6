// Pairs of models from tables of mc-barrier as a matrix, and its clusters.
#include "mc/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/tsv.h"

static const char *digest_of(const void *of, int i) {
    return ((const struct mc_matrix *)of)->digest[i];
}

static int add_model(struct mc_matrix *m, const char *digest, struct mc_error *e) {
    int k = mc_names_find(&m->by_digest, m, digest_of, digest);
    if (k >= 0) return k;
    if (m->n == m->cap) {
        int cap = m->cap ? 2 * m->cap : 16;
        char **p = mc_resize(m->digest, (size_t)cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        m->digest = p;
        m->cap = cap;
    }
    if (!(m->digest[m->n] = mc_strdup(digest, e))) return MC_ERR_MEM;
    m->n++;
    MC_TRY(mc_names_add(&m->by_digest, m, digest_of, e));
    return m->n - 1;
}

struct columns {
    int task, metric, path, group, from, to, value;
};

static int find_columns(const struct mc_tsv *t, const char *value, struct columns *c,
                        struct mc_error *e) {
    MC_TRY(c->task = mc_tsv_column(t, "task", e));
    MC_TRY(c->metric = mc_tsv_column(t, "metric", e));
    MC_TRY(c->path = mc_tsv_column(t, "path", e));
    MC_TRY(c->group = mc_tsv_column(t, "group", e));
    MC_TRY(c->from = mc_tsv_column(t, "from", e));
    MC_TRY(c->to = mc_tsv_column(t, "to", e));
    MC_TRY(c->value = mc_tsv_column(t, value, e));
    return 0;
}

// The task, or the metric, of all rows is one.
static int one_of(char **all, const char *what, const char *text, const char *advice,
                  const struct mc_tsv *t, int64_t row, struct mc_error *e) {
    if (!*all) return (*all = mc_strdup(text, e)) ? 0 : MC_ERR_MEM;
    if (strcmp(*all, text) == 0) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: %s %s, rows before it are of %s%s", t->name,
                   (long long)row + 2, what, text, *all, advice);
}

static bool is_digest(const char *s) { return *s && !s[strspn(s, "0123456789abcdef")]; }

static int add_pair(struct mc_matrix *m, const struct mc_tsv *t, const struct columns *c,
                    int64_t row, struct mc_error *e) {
    const char *from = mc_tsv_cell(t, row, c->from), *to = mc_tsv_cell(t, row, c->to);
    struct mc_matrix_pair x = {.line = row + 2, .table = m->n_tables - 1};
    MC_TRY(one_of(&m->of_task, "task", mc_tsv_cell(t, row, c->task), " (--task takes one)", t, row,
                  e));
    MC_TRY(one_of(&m->of_metric, "metric", mc_tsv_cell(t, row, c->metric), "", t, row, e));
    if (!is_digest(from) || !is_digest(to))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: line %lld: from and to are no digests: the table is of no pair of "
                       "models",
                       t->name, (long long)row + 2);
    if (strcmp(from, to) == 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: both ends are the model %s", t->name,
                       (long long)row + 2, from);
    MC_TRY(mc_tsv_number(t, row, c->value, &x.value, e));
    if (!isfinite(x.value))
        return mc_fail(e, MC_ERR_NUM, "%s: line %lld: column %s is %s", t->name, (long long)row + 2,
                       m->value, mc_tsv_cell(t, row, c->value));
    MC_TRY(x.a = add_model(m, from, e));
    MC_TRY(x.b = add_model(m, to, e));
    m->pair[m->n_pairs++] = x;
    return 0;
}

static int read_table(struct mc_matrix *m, struct mc_tsv *t, const char *path, struct mc_error *e) {
    const char *const need[] = {"task", "metric", "path", "group", "from", "to", m->value, NULL};
    struct columns c;
    MC_TRY(mc_tsv_read(t, path, need, e));
    MC_TRY(find_columns(t, m->value, &c, e));
    char **names = mc_resize(m->table, (size_t)m->n_tables + 1, sizeof *names, e);
    if (!names) return MC_ERR_MEM;
    m->table = names;
    if (!(m->table[m->n_tables] = mc_strdup(t->name, e))) return MC_ERR_MEM;
    m->n_tables++;
    struct mc_matrix_pair *p = mc_resize(m->pair, (size_t)m->n_pairs + (size_t)t->n_rows + 1,
                                         sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    m->pair = p;
    for (int64_t i = 0; i < t->n_rows; i++) {
        bool over_all = strcmp(mc_tsv_cell(t, i, c.path), "all") == 0 &&
                        !*mc_tsv_cell(t, i, c.from) && !*mc_tsv_cell(t, i, c.to);
        bool other = m->task && strcmp(mc_tsv_cell(t, i, c.task), m->task) != 0;
        if (!over_all && !other && !*mc_tsv_cell(t, i, c.group)) MC_TRY(add_pair(m, t, &c, i, e));
    }
    return 0;
}

int mc_matrix_read(struct mc_matrix *m, const char *path, struct mc_error *e) {
    struct mc_tsv t = {0};
    int rc = read_table(m, &t, path, e);
    mc_tsv_release(&t);
    return rc;
}

static int by_models(const void *a, const void *b) {
    const struct mc_matrix_pair *x = a, *y = b;
    int x0 = x->a < x->b ? x->a : x->b, y0 = y->a < y->b ? y->a : y->b;
    int x1 = x->a + x->b - x0, y1 = y->a + y->b - y0;
    if (x0 != y0) return x0 < y0 ? -1 : 1;
    if (x1 != y1) return x1 < y1 ? -1 : 1;
    if (x->table != y->table) return x->table < y->table ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int fill(struct mc_matrix *m, struct mc_error *e) {
    size_t n = (size_t)m->n;
    if (!(m->v = mc_new(n * n, sizeof *m->v, e))) return MC_ERR_MEM;
    for (size_t i = 0; i < n * n; i++) m->v[i] = i % (n + 1) ? (double)NAN : 0;
    qsort(m->pair, (size_t)m->n_pairs, sizeof *m->pair, by_models);
    for (int k = 0; k < m->n_pairs; k++) {
        const struct mc_matrix_pair *x = &m->pair[k];
        double *to = &m->v[(size_t)x->a * n + (size_t)x->b];
        if (!isnan(*to))
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: models %s and %s are there twice, first in %s, line "
                           "%lld",
                           m->table[x->table], (long long)x->line, m->digest[x->a], m->digest[x->b],
                           m->table[x[-1].table], (long long)x[-1].line);
        *to = m->v[(size_t)x->b * n + (size_t)x->a] = x->value;
    }
    return 0;
}

// Merges two clusters of the lists while the least mean over pairs between them is at most epsilon.
// sum[n, n] and count[n, n] are those of the clusters that begin with these models; first[n]: the
// first member of a model's cluster.
static void link_clusters(int n, double epsilon, double *sum, int *count, int *first) {
    for (;;) {
        int a = -1, b = -1;
        double least = epsilon;
        for (int i = 0; i < n; i++)
            for (int j = i + 1; first[i] == i && j < n; j++) {
                int c = count[i * n + j];
                if (first[j] != j || c == 0) continue;
                double mean = sum[i * n + j] / c;
                if (mean < least || (mean == least && a < 0)) {
                    least = mean;
                    a = i;
                    b = j;
                }
            }
        if (a < 0) return;
        for (int k = 0; k < n; k++) {
            if (first[k] == b) first[k] = a;
            sum[a * n + k] = sum[k * n + a] += sum[b * n + k];
            count[a * n + k] = count[k * n + a] += count[b * n + k];
        }
    }
}

int mc_matrix_build(struct mc_matrix *m, double epsilon, struct mc_error *e) {
    if (m->n_pairs == 0)
        return mc_fail(
            e, MC_ERR_INPUT,
            "%s%s: no pair of models%s%s (rows over all paths and rows of groups are none)",
            m->table[0], m->n_tables > 1 ? " and the other tables" : "", m->task ? " of task " : "",
            m->task ? m->task : "");
    MC_TRY(fill(m, e));
    size_t n = (size_t)m->n;
    double *sum = mc_new(n * n, sizeof *sum, e);
    int *count = mc_new(n * n, sizeof *count, e), *first = mc_new(n, sizeof *first, e);
    m->cluster = mc_new(n, sizeof *m->cluster, e);
    int rc = sum && count && first && m->cluster ? 0 : MC_ERR_MEM;
    for (size_t i = 0; rc == 0 && i < n * n; i++)
        if (!isnan(m->v[i])) {
            sum[i] = m->v[i];
            count[i] = 1;
        }
    for (int i = 0; rc == 0 && i < m->n; i++) first[i] = i;
    if (rc == 0) link_clusters(m->n, epsilon, sum, count, first);
    for (int i = 0, clusters = 0; rc == 0 && i < m->n; i++)
        m->cluster[i] = first[i] == i ? clusters++ : m->cluster[first[i]];
    free(sum);
    free(count);
    free(first);
    return rc;
}

int mc_matrix_write(const struct mc_matrix *m, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, "model\tcluster"));
    for (int i = 0; i < m->n; i++) MC_TRY(mc_buf_printf(out, e, "\t%s", m->name[i]));
    for (int i = 0; i < m->n; i++) {
        MC_TRY(mc_buf_printf(out, e, "\n%s\t%d", m->name[i], m->cluster[i]));
        for (int j = 0; j < m->n; j++) {
            char text[MC_NUM_TEXT];
            MC_TRY(mc_buf_printf(out, e, "\t%s", mc_num_text(m->v[i * m->n + j], text)));
        }
    }
    return mc_buf_add(out, "\n", 1, e);
}

void mc_matrix_release(struct mc_matrix *m) {
    for (int i = 0; i < m->n; i++) {
        free(m->digest[i]);
        if (m->name) free(m->name[i]);
    }
    for (int i = 0; i < m->n_tables; i++) free(m->table[i]);
    free(m->digest);
    free(m->name);
    free(m->table);
    free(m->pair);
    free(m->of_task);
    free(m->of_metric);
    free(m->v);
    free(m->cluster);
    mc_names_release(&m->by_digest);
    *m = (struct mc_matrix){0};
}

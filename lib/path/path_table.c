// Tables of mc-eval as values along paths. What leaves this file is whole, finite, sorted.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "path_reader.h"

// A table names no labels, but where mcc is not above 0, or has no value though labels were counted
// (one label alone is predicted, or there), no more are right than the most frequent label has:
// mcc's numerator is n right - sum_k gold_k predicted_k, and that sum at most n times what it has.
// Numbers whose correlation with the gold ones is not above 0 have a squared error of at least the
// gold ones' variance: it is the two variances less twice the covariance, and a bias squared.
static bool table_shows_chance(const struct mc_tsv *t, int64_t line) {
    enum { ACCURACY, F1, MCC, PEARSON, N };
    const char *const name[N] = {mc_metric_accuracy.name, mc_metric_f1_macro.name,
                                 mc_metric_mcc.name, mc_metric_pearson.name};
    double v[N];
    struct mc_error none;
    for (int i = 0; i < N; i++) {
        int col = mc_tsv_find(t, name[i]);
        v[i] = NAN;
        if (col < 0 && i == PEARSON) continue; // of an older table
        if (col < 0 || mc_tsv_number(t, line - 2, col, &v[i], &none) < 0) return false;
    }
    return (isfinite(v[ACCURACY]) && isfinite(v[F1]) && !(v[MCC] > 0)) || v[PEARSON] <= 0;
}

// Of examples with numbers: the mean squared error is that of always answering with their mean.
static bool numbers_show_chance(const struct mc_path_reader *r, int64_t k) {
    const struct mc_tsv *x = &r->each;
    const struct mc_path_row *w = &r->row[k];
    int c_target = mc_tsv_find(x, mc_path_column(MC_REPORT_TARGET)),
        c_loss = mc_tsv_find(x, mc_metric_loss.name);
    if (c_target < 0 || c_loss < 0) return false;
    double mean = 0, square = 0, loss = 0;
    for (int64_t i = 0; i < w->n; i++) {
        int64_t at = r->cell[r->block[k] + i].line;
        double target, v;
        struct mc_error none;
        if (mc_tsv_number(x, at, c_target, &target, &none) < 0 ||
            mc_tsv_number(x, at, c_loss, &v, &none) < 0 || !isfinite(target))
            return false;
        double d = target - mean;
        mean += d / (double)(i + 1);
        square += d * (target - mean);
        loss += v / (double)w->n;
    }
    return mc_loss_at_chance(loss, square / (double)w->n);
}

// Whether the end of row k is at chance, by its examples where they are read and have labels or numbers.
static int check_chance(const struct mc_path_reader *r, int64_t k, bool *chance,
                        struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    const struct mc_path_row *w = &r->row[k];
    *chance = false;
    if (!r->cell) {
        *chance = table_shows_chance(&r->table, w->line);
        return 0;
    }
    int c_label = mc_tsv_find(x, mc_path_column(MC_REPORT_LABEL)),
        c_predicted = mc_tsv_find(x, mc_path_column(MC_REPORT_PREDICTED)),
        c_loss = mc_tsv_find(x, mc_metric_loss.name);
    const char **label = c_label < 0 ? NULL : mc_new((size_t)w->n, sizeof *label, e);
    if (!label) return c_label < 0 ? 0 : MC_ERR_MEM;
    int64_t right = c_predicted < 0 ? -1 : 0;
    double loss = c_loss < 0 ? (double)NAN : 0;
    bool all = true;
    for (int64_t i = 0; i < w->n && all; i++) {
        int64_t at = r->cell[r->block[k] + i].line;
        double v = NAN;
        struct mc_error none;
        label[i] = mc_tsv_cell(x, at, c_label);
        all = *label[i] != 0;
        if (right >= 0) right += strcmp(label[i], mc_tsv_cell(x, at, c_predicted)) == 0;
        if (c_loss >= 0 && mc_tsv_number(x, at, c_loss, &v, &none) < 0) v = NAN;
        loss += v / (double)w->n;
    }
    *chance = all ? mc_at_chance(label, w->n, right, loss) : numbers_show_chance(r, k);
    free(label);
    return 0;
}

static int copy_names(struct mc_path_table *s, const struct mc_path_reader *r, int sweep,
                      struct mc_error *e) {
    s->task = mc_strdup(r->sweep[sweep].task_name, e);
    s->group = mc_strdup(r->sweep[sweep].group, e);
    s->from = mc_strdup(r->from, e);
    s->to = mc_strdup(r->to, e);
    return s->task && s->group && s->from && s->to ? 0 : MC_ERR_MEM;
}

static int copy_examples(struct mc_path_table *s, const struct mc_path_reader *r, int64_t from,
                         struct mc_error *e) {
    bool rising = r->metric->rising;
    int c_label = mc_tsv_find(&r->each, mc_path_column(MC_REPORT_LABEL));
    s->each = mc_new((size_t)s->n_t * (size_t)s->n, sizeof *s->each, e);
    s->example = mc_new((size_t)s->n, sizeof *s->example, e);
    if (c_label >= 0) s->label = mc_new((size_t)s->n, sizeof *s->label, e);
    if (!s->each || !s->example || (c_label >= 0 && !s->label)) return MC_ERR_MEM;
    for (int j = 0; j < s->n_t; j++)
        for (int64_t i = 0; i < s->n; i++) {
            double v = r->cell[r->block[from + j] + i].value;
            s->each[j * s->n + i] = rising ? 1 - v : v;
        }
    for (int64_t i = 0; i < s->n; i++) {
        const struct mc_path_cell *c = &r->cell[r->block[from] + i];
        s->example[i] = c->example;
        if (c_label >= 0 && !(s->label[i] = mc_strdup(mc_tsv_cell(&r->each, c->line, c_label), e)))
            return MC_ERR_MEM;
    }
    return 0;
}

static int fill_table(struct mc_path_table *s, const struct mc_path_reader *r, int64_t from,
                      int64_t to, struct mc_error *e) {
    while (r->row[from].t < 0) from++;
    while (r->row[to - 1].t > 1) to--;
    s->n_t = (int)(to - from);
    s->n = r->row[from].n;
    s->t = mc_new((size_t)s->n_t, sizeof *s->t, e);
    s->loss = mc_new((size_t)s->n_t, sizeof *s->loss, e);
    s->s = mc_new((size_t)s->n_t, sizeof *s->s, e);
    if (!s->t || !s->loss || !s->s) return MC_ERR_MEM;
    MC_TRY(copy_names(s, r, r->row[from].sweep, e));
    for (int j = 0; j < s->n_t; j++) {
        const struct mc_path_row *w = &r->row[from + j];
        s->t[j] = w->t;
        s->s[j] = w->s;
        s->loss[j] = r->metric->rising ? 1 - w->value : w->value;
        if (j > 0 && s->s[j] < s->s[j - 1])
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: column %s falls as t rises",
                           r->table.name, (long long)w->line, mc_path_column(MC_REPORT_S));
    }
    MC_TRY(check_chance(r, from, &s->chance[0], e));
    MC_TRY(check_chance(r, to - 1, &s->chance[1], e));
    return r->cell ? copy_examples(s, r, from, e) : 0;
}

static int fill_tables(struct mc_path_tables *s, const struct mc_path_reader *r,
                       struct mc_error *e) {
    if (!(s->v = mc_new((size_t)r->n_sweeps, sizeof *s->v, e))) return MC_ERR_MEM;
    for (int64_t from = 0; from < r->table.n_rows;) {
        int64_t to = mc_path_reader_next(r, from);
        MC_TRY(fill_table(&s->v[s->n++], r, from, to, e));
        from = to;
    }
    return 0;
}

int mc_path_tables_read(struct mc_path_tables *s, const char *path, const char *each_path,
                        const struct mc_metric *metric, struct mc_error *e) {
    const char *const columns[] = {mc_path_column(MC_REPORT_POINT), mc_path_column(MC_REPORT_T),
                                   mc_path_column(MC_REPORT_TASK), mc_path_column(MC_REPORT_N),
                                   NULL};
    struct mc_tsv table;
    *s = (struct mc_path_tables){0};
    MC_TRY(mc_tsv_read(&table, path, columns, e));
    return mc_path_tables_of(s, &table, each_path, metric, e);
}

int mc_path_tables_of(struct mc_path_tables *s, struct mc_tsv *table, const char *each_path,
                      const struct mc_metric *metric, struct mc_error *e) {
    *s = (struct mc_path_tables){0};
    struct mc_path_reader r = {.metric = metric, .table = *table};
    *table = (struct mc_tsv){0};
    int rc = mc_path_reader_rows(&r, e);
    if (rc == 0 && each_path) rc = mc_path_reader_examples(&r, each_path, e);
    if (rc == 0) rc = fill_tables(s, &r, e);
    mc_path_reader_release(&r);
    if (rc < 0) mc_path_tables_release(s);
    return rc;
}

int mc_path_same_examples(const struct mc_path_table *a, const char *name_a,
                          const struct mc_path_table *b, const char *name_b, struct mc_error *e) {
    if (a->n != b->n)
        return mc_fail(e, MC_ERR_INPUT,
                       "task %s: %s and %s are of other examples: %lld and %lld of them", a->task,
                       name_a, name_b, (long long)a->n, (long long)b->n);
    for (int64_t i = 0; a->example && b->example && i < a->n; i++) {
        int64_t x = a->example[i], y = b->example[i];
        if (x != y)
            return mc_fail(e, MC_ERR_INPUT,
                           "task %s: %s and %s are of other examples: only one of them has "
                           "number %lld",
                           a->task, name_a, name_b, (long long)(x < y ? x : y));
        if (a->label && b->label && strcmp(a->label[i], b->label[i]) != 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "task %s: %s and %s are of other examples: the label of number %lld is "
                           "'%s' and '%s'",
                           a->task, name_a, name_b, (long long)x, a->label[i], b->label[i]);
    }
    return 0;
}

void mc_path_tables_release(struct mc_path_tables *s) {
    for (int k = 0; k < s->n; k++) {
        struct mc_path_table *t = &s->v[k];
        for (int64_t i = 0; t->label && i < t->n; i++) free(t->label[i]);
        free(t->label);
        free(t->example);
        free(t->task);
        free(t->group);
        free(t->from);
        free(t->to);
        free(t->t);
        free(t->loss);
        free(t->s);
        free(t->each);
    }
    free(s->v);
    *s = (struct mc_path_tables){0};
}

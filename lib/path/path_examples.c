// The per-example table of a path: the examples of every row, in one order, with the row's mean.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "path_reader.h"

#include "mc/num.h"

struct columns {
    int point, t, task, example, label, predicted, value;
};

static int find_columns(const struct mc_path_reader *r, struct columns *c, struct mc_error *e) {
    const struct mc_tsv *t = &r->each;
    MC_TRY(c->point = mc_tsv_column(t, mc_path_column(MC_REPORT_POINT), e));
    MC_TRY(c->t = mc_tsv_column(t, mc_path_column(MC_REPORT_T), e));
    MC_TRY(c->task = mc_tsv_column(t, mc_path_column(MC_REPORT_TASK), e));
    MC_TRY(c->example = mc_tsv_column(t, mc_path_column(MC_REPORT_EXAMPLE), e));
    if (!r->metric->each) {
        MC_TRY(c->label = mc_tsv_column(t, mc_path_column(MC_REPORT_LABEL), e));
        MC_TRY(c->predicted = mc_tsv_column(t, mc_path_column(MC_REPORT_PREDICTED), e));
    } else {
        MC_TRY(c->value = mc_tsv_column(t, r->metric->name, e));
    }
    return 0;
}

// The row of the table to which line i of the per-example table belongs.
static int row_of_line(const struct mc_path_reader *r, const struct columns *c, int64_t i,
                       int64_t *row, struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    const char *task = mc_tsv_cell(x, i, c->task);
    double t;
    int64_t point;
    MC_TRY(mc_tsv_finite(x, i, c->t, &t, e));
    MC_TRY(mc_tsv_whole(x, i, c->point, 0, &point, e));
    int k = mc_path_reader_task(r, task);
    const struct mc_path_row *w = k < 0 ? NULL : mc_path_reader_find(r, k, point);
    if (!w || w->t != t)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: line %lld: task %s, point %lld, t = %.9g: no such row in %s", x->name,
                       (long long)i + 2, task, (long long)point, t, r->table.name);
    *row = w - r->row;
    return 0;
}

static int example_value(const struct mc_path_reader *r, const struct columns *c, int64_t i,
                         double *v, struct mc_error *e) {
    if (r->metric->each) return mc_tsv_finite(&r->each, i, c->value, v, e);
    const char *label = mc_tsv_cell(&r->each, i, c->label);
    if (!*label)
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: no label", r->each.name, (long long)i + 2);
    *v = strcmp(label, mc_tsv_cell(&r->each, i, c->predicted)) == 0;
    return 0;
}

static int make_blocks(struct mc_path_reader *r, struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    int64_t rows = r->table.n_rows, total = 0;
    r->filled = mc_new((size_t)rows, sizeof *r->filled, e);
    r->block = mc_new((size_t)rows, sizeof *r->block, e);
    if (!r->filled || !r->block) return MC_ERR_MEM;
    for (int64_t k = 0; k < rows; k++) {
        r->block[k] = total;
        if (r->row[k].n > x->n_rows - total) // also bounds what a wrong n may allocate
            return mc_fail(e, MC_ERR_INPUT, "%s: %lld row%s, too few for the examples of %s",
                           x->name, (long long)x->n_rows, mc_s(x->n_rows), r->table.name);
        total += r->row[k].n;
    }
    r->cell = mc_new((size_t)total, sizeof *r->cell, e);
    return r->cell ? 0 : MC_ERR_MEM;
}

static int read_examples(struct mc_path_reader *r, struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    struct columns c = {0};
    MC_TRY(find_columns(r, &c, e));
    MC_TRY(make_blocks(r, e));
    for (int64_t i = 0; i < x->n_rows; i++) {
        int64_t k = 0;
        struct mc_path_cell v = {.line = i};
        MC_TRY(row_of_line(r, &c, i, &k, e));
        MC_TRY(mc_tsv_whole(x, i, c.example, 0, &v.example, e));
        MC_TRY(example_value(r, &c, i, &v.value, e));
        const struct mc_path_row *w = &r->row[k];
        if (r->filled[k] == w->n)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s, t = %.9g has over %lld example%s, n in %s",
                           x->name, (long long)i + 2, r->sweep[w->sweep].task_name, w->t,
                           (long long)w->n, mc_s(w->n), r->table.name);
        r->cell[r->block[k] + r->filled[k]++] = v;
    }
    return 0;
}

static int by_example(const void *a, const void *b) {
    const struct mc_path_cell *x = a, *y = b;
    return (x->example > y->example) - (x->example < y->example);
}

// The mean of the examples is the row's, which has nine digits.
static int check_mean(const struct mc_path_reader *r, const struct mc_path_row *w, double mean,
                      struct mc_error *e) {
    if (isfinite(mean) && fabs(mean - w->value) <= 1e-6 * fmax(fabs(mean), fabs(w->value)) + 1e-12)
        return 0;
    return mc_fail(
        e, MC_ERR_INPUT,
        "%s: task %s, t = %.9g: mean %s of the examples is %.9g, but %.9g in %s (line %lld)",
        r->each.name, r->sweep[w->sweep].task_name, w->t, r->metric->name, mean, w->value,
        r->table.name, (long long)w->line);
}

// The examples of row k: as many as n says, none twice, those of the sweep's first row, with the
// row's mean.
static int check_row(struct mc_path_reader *r, int64_t k, int64_t first, struct mc_error *e) {
    const struct mc_path_row *w = &r->row[k];
    const char *task = r->sweep[w->sweep].task_name, *file = r->each.name;
    struct mc_path_cell *c = r->cell + r->block[k], *f = r->cell + r->block[first];
    if (r->filled[k] != w->n)
        return mc_fail(e, MC_ERR_INPUT, "%s: task %s, t = %.9g: %lld example%s, n in %s is %lld",
                       file, task, w->t, (long long)r->filled[k], mc_s(r->filled[k]), r->table.name,
                       (long long)w->n);
    qsort(c, (size_t)w->n, sizeof *c, by_example);
    double sum = 0;
    for (int64_t i = 0; i < w->n; i++) {
        if (i > 0 && c[i].example == c[i - 1].example)
            return mc_fail(e, MC_ERR_INPUT, "%s: task %s, t = %.9g: example %lld is there twice",
                           file, task, w->t, (long long)c[i].example);
        if (c[i].example != f[i].example)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: task %s: not the same examples at t = %.9g and %.9g (%lld, %lld)",
                           file, task, r->row[first].t, w->t, (long long)f[i].example,
                           (long long)c[i].example);
        sum += c[i].value;
    }
    return check_mean(r, w, sum / (double)w->n, e);
}

int mc_path_reader_examples(struct mc_path_reader *r, const char *path, struct mc_error *e) {
    const char *const columns[] = {mc_path_column(MC_REPORT_POINT), mc_path_column(MC_REPORT_T),
                                   mc_path_column(MC_REPORT_TASK),
                                   mc_path_column(MC_REPORT_EXAMPLE), NULL};
    MC_TRY(mc_tsv_read(&r->each, path, columns, e));
    MC_TRY(read_examples(r, e));
    for (int64_t from = 0; from < r->table.n_rows;) {
        int64_t to = mc_path_reader_next(r, from);
        for (int64_t k = from; k < to; k++) MC_TRY(check_row(r, k, from, e));
        from = to;
    }
    return 0;
}

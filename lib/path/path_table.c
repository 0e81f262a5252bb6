// Tables of mc-eval as values along paths. Every check is here: what leaves this file is whole,
// finite, sorted.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"
#include "mc/names.h"
#include "mc/num.h"
#include "mc/report.h"
#include "mc/tsv.h"
#include "mc/utf8.h"

struct row { // one line of the table
    int task;
    int64_t point, n, line;
    double t, value;
};

struct cell { // one example at one t
    int64_t example, line;
    double value;
};

struct reader {
    const struct mc_metric *metric;
    struct mc_tsv table, each;
    struct row *row;   // sorted by task, then t
    struct cell *cell; // the examples of every row, one block after the other
    int64_t *filled;   // [rows] examples seen so far
    int64_t *block;    // [rows] where the row's examples start in cell
    char **task;       // borrowed from the table
    int n_tasks;
    struct mc_names tasks;
};

static const char *name_of(enum mc_report_column k) { return mc_report_columns[k].name; }

static int whole_number(const struct mc_tsv *t, int64_t row, int col, int64_t low, int64_t *out,
                        struct mc_error *e) {
    const char *s = mc_tsv_cell(t, row, col);
    if (mc_parse_i64(s, out) && *out >= low) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: line %lld: column %s: '%s' is no whole number of at least %lld", t->name,
                   (long long)row + 2, t->head[col], s, (long long)low);
}

static int finite_number(const struct mc_tsv *t, int64_t row, int col, double *out,
                         struct mc_error *e) {
    MC_TRY(mc_tsv_number(t, row, col, out, e));
    if (isfinite(*out)) return 0;
    return mc_fail(e, MC_ERR_NUM, "%s: line %lld: column %s is %s", t->name, (long long)row + 2,
                   t->head[col], mc_tsv_cell(t, row, col));
}

static const char *task_name(const void *of, int i) { return ((const struct reader *)of)->task[i]; }

static int find_task(const struct reader *r, const char *name) {
    return mc_names_find(&r->tasks, r, task_name, name);
}

static int add_task(struct reader *r, char *name, struct mc_error *e) {
    int k = find_task(r, name);
    if (k >= 0) return k;
    char **p = mc_resize(r->task, (size_t)r->n_tasks + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    r->task = p;
    r->task[r->n_tasks] = name;
    MC_TRY(mc_names_add(&r->tasks, r, task_name, e));
    return r->n_tasks++;
}

static int read_rows(struct reader *r, struct mc_error *e) {
    const struct mc_tsv *t = &r->table;
    int c_point, c_t, c_task, c_n, c_value;
    MC_TRY(c_point = mc_tsv_column(t, name_of(MC_REPORT_POINT), e));
    MC_TRY(c_t = mc_tsv_column(t, name_of(MC_REPORT_T), e));
    MC_TRY(c_task = mc_tsv_column(t, name_of(MC_REPORT_TASK), e));
    MC_TRY(c_n = mc_tsv_column(t, name_of(MC_REPORT_N), e));
    MC_TRY(c_value = mc_tsv_column(t, r->metric->name, e));
    if (t->n_rows == 0) return mc_fail(e, MC_ERR_INPUT, "%s: a header and no rows", t->name);
    if (!(r->row = mc_new((size_t)t->n_rows, sizeof *r->row, e))) return MC_ERR_MEM;
    for (int64_t i = 0; i < t->n_rows; i++) {
        struct row *w = &r->row[i];
        w->line = i + 2;
        MC_TRY(whole_number(t, i, c_point, 0, &w->point, e));
        MC_TRY(finite_number(t, i, c_t, &w->t, e));
        MC_TRY(whole_number(t, i, c_n, 1, &w->n, e));
        MC_TRY(finite_number(t, i, c_value, &w->value, e));
        char *task = t->cell[i * t->n_cols + c_task];
        if (!mc_utf8_name(task, strlen(task)))
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: the task's name '%s' is empty, not UTF-8, or has a "
                           "control character",
                           t->name, (long long)i + 2, task);
        MC_TRY(w->task = add_task(r, task, e));
    }
    return 0;
}

// The digests of the end points, where the table has them, must not change within one path.
static int check_ends(const struct mc_tsv *t, const char *name, struct mc_error *e) {
    int col = mc_tsv_find(t, name);
    const char *seen = "";
    for (int64_t i = 0; col >= 0 && i < t->n_rows; i++) {
        const char *s = mc_tsv_cell(t, i, col);
        if (*s && *seen && strcmp(s, seen) != 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: column %s changes: rows of two paths in one table",
                           t->name, (long long)i + 2, name);
        if (*s) seen = s;
    }
    return 0;
}

static int by_task_and_t(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->task != y->task) return x->task < y->task ? -1 : 1;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int64_t last_of_task(const struct reader *r, int64_t from) {
    int64_t k = from;
    while (k < r->table.n_rows && r->row[k].task == r->row[from].task) k++;
    return k;
}

static int check_task(const struct reader *r, int64_t from, int64_t to, struct mc_error *e) {
    const char *file = r->table.name, *task = r->task[r->row[from].task];
    bool zero = false, one = false;
    for (int64_t i = from; i < to; i++) {
        const struct row *w = &r->row[i];
        zero |= w->t == 0;
        one |= w->t == 1;
        if (i > from && w->t == w[-1].t)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s: t = %.9g is there twice, first in line %lld",
                           file, (long long)w->line, task, w->t, (long long)w[-1].line);
        if (w->n != r->row[from].n)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s: n is %lld at t = %.9g and %lld in line %lld",
                           file, (long long)w->line, task, (long long)w->n, w->t,
                           (long long)r->row[from].n, (long long)r->row[from].line);
    }
    if (!zero || !one)
        return mc_fail(e, MC_ERR_INPUT, "%s: task %s: no row at t = %d: the sweep is not whole",
                       file, task, zero);
    return 0;
}

// Both runs are sorted: the first difference is a t that one of the two lacks.
static int same_grid(const struct reader *r, int64_t a, int64_t a_to, int64_t b, int64_t b_to,
                     struct mc_error *e) {
    int task_a = r->row[a].task, task_b = r->row[b].task;
    for (; a < a_to || b < b_to; a++, b++) {
        if (a < a_to && b < b_to && r->row[a].t == r->row[b].t) continue;
        bool a_lacks = a == a_to || (b < b_to && r->row[b].t < r->row[a].t);
        const struct row *has = &r->row[a_lacks ? b : a];
        return mc_fail(
            e, MC_ERR_INPUT,
            "%s: task %s has no row at t = %.9g, task %s has (line %lld): the sweep is not whole",
            r->table.name, r->task[a_lacks ? task_a : task_b], has->t, r->task[has->task],
            (long long)has->line);
    }
    return 0;
}

static int check_grid(struct reader *r, struct mc_error *e) {
    qsort(r->row, (size_t)r->table.n_rows, sizeof *r->row, by_task_and_t);
    int64_t first_to = last_of_task(r, 0);
    for (int64_t from = 0; from < r->table.n_rows;) {
        int64_t to = last_of_task(r, from);
        MC_TRY(check_task(r, from, to, e));
        MC_TRY(same_grid(r, 0, first_to, from, to, e));
        from = to;
    }
    return 0;
}

static int64_t find_row(const struct reader *r, int task, double t) {
    struct row key = {.task = task, .t = t};
    int64_t low = 0, high = r->table.n_rows; // the first row not before key
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        if (by_task_and_t(&r->row[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->table.n_rows && r->row[low].task == task && r->row[low].t == t ? low : -1;
}

struct columns {
    int point, t, task, example, label, predicted, value;
};

static int each_columns(const struct reader *r, struct columns *c, struct mc_error *e) {
    const struct mc_tsv *t = &r->each;
    MC_TRY(c->point = mc_tsv_column(t, name_of(MC_REPORT_POINT), e));
    MC_TRY(c->t = mc_tsv_column(t, name_of(MC_REPORT_T), e));
    MC_TRY(c->task = mc_tsv_column(t, name_of(MC_REPORT_TASK), e));
    MC_TRY(c->example = mc_tsv_column(t, name_of(MC_REPORT_EXAMPLE), e));
    if (r->metric->counted) {
        MC_TRY(c->label = mc_tsv_column(t, name_of(MC_REPORT_LABEL), e));
        MC_TRY(c->predicted = mc_tsv_column(t, name_of(MC_REPORT_PREDICTED), e));
    } else {
        MC_TRY(c->value = mc_tsv_column(t, r->metric->name, e));
    }
    return 0;
}

// The row of the table to which line i of the per-example table belongs.
static int row_of_line(const struct reader *r, const struct columns *c, int64_t i, int64_t *row,
                       struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    const char *task = mc_tsv_cell(x, i, c->task);
    double t;
    int64_t point;
    MC_TRY(finite_number(x, i, c->t, &t, e));
    MC_TRY(whole_number(x, i, c->point, 0, &point, e));
    int k = find_task(r, task);
    *row = k < 0 ? -1 : find_row(r, k, t);
    if (*row < 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: task %s, t = %.9g: no such row in %s",
                       x->name, (long long)i + 2, task, t, r->table.name);
    if (r->row[*row].point != point)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: line %lld: task %s, t = %.9g is point %lld, but point %lld in %s",
                       x->name, (long long)i + 2, task, t, (long long)point,
                       (long long)r->row[*row].point, r->table.name);
    return 0;
}

static int example_value(const struct reader *r, const struct columns *c, int64_t i, double *v,
                         struct mc_error *e) {
    if (!r->metric->counted) return finite_number(&r->each, i, c->value, v, e);
    const char *label = mc_tsv_cell(&r->each, i, c->label);
    if (!*label)
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: no label", r->each.name, (long long)i + 2);
    *v = strcmp(label, mc_tsv_cell(&r->each, i, c->predicted)) == 0;
    return 0;
}

static int read_each(struct reader *r, struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    struct columns c = {0};
    MC_TRY(each_columns(r, &c, e));
    int64_t rows = r->table.n_rows, total = 0;
    r->filled = mc_new((size_t)rows, sizeof *r->filled, e);
    r->block = mc_new((size_t)rows, sizeof *r->block, e);
    if (!r->filled || !r->block) return MC_ERR_MEM;
    for (int64_t k = 0; k < rows; k++) {
        r->block[k] = total;
        if (r->row[k].n > x->n_rows - total) // also bounds what a wrong n may allocate
            return mc_fail(e, MC_ERR_INPUT, "%s: %lld rows, too few for the examples of %s",
                           x->name, (long long)x->n_rows, r->table.name);
        total += r->row[k].n;
    }
    if (!(r->cell = mc_new((size_t)total, sizeof *r->cell, e))) return MC_ERR_MEM;
    for (int64_t i = 0; i < x->n_rows; i++) {
        int64_t k;
        struct cell v;
        MC_TRY(row_of_line(r, &c, i, &k, e));
        MC_TRY(whole_number(x, i, c.example, 0, &v.example, e));
        MC_TRY(example_value(r, &c, i, &v.value, e));
        v.line = i;
        if (r->filled[k] == r->row[k].n)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s, t = %.9g has over %lld examples, n in %s",
                           x->name, (long long)i + 2, r->task[r->row[k].task], r->row[k].t,
                           (long long)r->row[k].n, r->table.name);
        r->cell[r->block[k] + r->filled[k]++] = v;
    }
    return 0;
}

static int by_example(const void *a, const void *b) {
    const struct cell *x = a, *y = b;
    return (x->example > y->example) - (x->example < y->example);
}

// The examples of row k: as many as n says, none twice, those of the task's first row, with the
// row's mean.
static int check_each(struct reader *r, int64_t k, int64_t first, struct mc_error *e) {
    const struct row *w = &r->row[k];
    const char *task = r->task[w->task], *file = r->each.name;
    struct cell *c = r->cell + r->block[k], *f = r->cell + r->block[first];
    if (r->filled[k] != w->n)
        return mc_fail(e, MC_ERR_INPUT, "%s: task %s, t = %.9g: %lld examples, n in %s is %lld",
                       file, task, w->t, (long long)r->filled[k], r->table.name, (long long)w->n);
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
    double mean = sum / (double)w->n;
    if (isfinite(mean) && fabs(mean - w->value) <= 1e-6 * fmax(fabs(mean), fabs(w->value)) + 1e-12)
        return 0;
    return mc_fail(
        e, MC_ERR_INPUT,
        "%s: task %s, t = %.9g: mean %s of the examples is %.9g, but %.9g in %s (line %lld)", file,
        task, w->t, r->metric->name, mean, w->value, r->table.name, (long long)w->line);
}

// A table names no labels, but where mcc is not above 0, or has no value though labels were counted
// (one label alone is predicted, or there), no more are right than the most frequent label has:
// mcc's numerator is n right - sum_k gold_k predicted_k, and that sum at most n times what it has.
static bool table_shows_chance(const struct mc_tsv *t, int64_t line) {
    const char *const name[] = {mc_metric_accuracy.name, mc_metric_f1_macro.name,
                                mc_metric_mcc.name};
    double v[3];
    struct mc_error none;
    for (int i = 0; i < 3; i++) {
        int col = mc_tsv_find(t, name[i]);
        if (col < 0 || mc_tsv_number(t, line - 2, col, &v[i], &none) < 0) return false;
    }
    return isfinite(v[0]) && isfinite(v[1]) && !(v[2] > 0);
}

// Whether the end of row k is at chance, by its examples where they are read and have labels.
static int check_chance(const struct reader *r, int64_t k, bool *chance, struct mc_error *e) {
    const struct mc_tsv *x = &r->each;
    const struct row *w = &r->row[k];
    *chance = false;
    if (!r->cell) {
        *chance = table_shows_chance(&r->table, w->line);
        return 0;
    }
    int c_label = mc_tsv_find(x, name_of(MC_REPORT_LABEL)),
        c_predicted = mc_tsv_find(x, name_of(MC_REPORT_PREDICTED)),
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
    *chance = all && mc_at_chance(label, w->n, right, loss);
    free(label);
    return 0;
}

static int fill_table(struct mc_path_table *s, const struct reader *r, int64_t from, int64_t to,
                      struct mc_error *e) {
    while (r->row[from].t < 0) from++;
    while (r->row[to - 1].t > 1) to--;
    bool rising = r->metric->rising;
    s->n_t = (int)(to - from);
    s->n = r->row[from].n;
    s->task = mc_strdup(r->task[r->row[from].task], e);
    s->t = mc_new((size_t)s->n_t, sizeof *s->t, e);
    s->loss = mc_new((size_t)s->n_t, sizeof *s->loss, e);
    if (!s->task || !s->t || !s->loss) return MC_ERR_MEM;
    for (int j = 0; j < s->n_t; j++) {
        s->t[j] = r->row[from + j].t;
        s->loss[j] = rising ? 1 - r->row[from + j].value : r->row[from + j].value;
    }
    MC_TRY(check_chance(r, from, &s->chance[0], e));
    MC_TRY(check_chance(r, to - 1, &s->chance[1], e));
    if (!r->cell) return 0;
    if (!(s->each = mc_new((size_t)s->n_t * (size_t)s->n, sizeof *s->each, e))) return MC_ERR_MEM;
    for (int j = 0; j < s->n_t; j++)
        for (int64_t i = 0; i < s->n; i++) {
            double v = r->cell[r->block[from + j] + i].value;
            s->each[j * s->n + i] = rising ? 1 - v : v;
        }
    return 0;
}

static int read_all(struct reader *r, struct mc_path_tables *s, const char *path,
                    const char *each_path, struct mc_error *e) {
    const char *const columns[] = {name_of(MC_REPORT_POINT), name_of(MC_REPORT_T),
                                   name_of(MC_REPORT_TASK), name_of(MC_REPORT_N), NULL};
    const char *const of_examples[] = {name_of(MC_REPORT_POINT), name_of(MC_REPORT_T),
                                       name_of(MC_REPORT_TASK), name_of(MC_REPORT_EXAMPLE), NULL};
    MC_TRY(mc_tsv_read(&r->table, path, columns, e));
    MC_TRY(read_rows(r, e));
    MC_TRY(check_ends(&r->table, name_of(MC_REPORT_FROM), e));
    MC_TRY(check_ends(&r->table, name_of(MC_REPORT_TO), e));
    MC_TRY(check_grid(r, e));
    if (each_path) {
        MC_TRY(mc_tsv_read(&r->each, each_path, of_examples, e));
        MC_TRY(read_each(r, e));
    }
    if (!(s->v = mc_new((size_t)r->n_tasks, sizeof *s->v, e))) return MC_ERR_MEM;
    for (int64_t from = 0; from < r->table.n_rows;) {
        int64_t to = last_of_task(r, from);
        for (int64_t k = from; each_path && k < to; k++) MC_TRY(check_each(r, k, from, e));
        MC_TRY(fill_table(&s->v[s->n++], r, from, to, e));
        from = to;
    }
    return 0;
}

int mc_path_tables_read(struct mc_path_tables *s, const char *path, const char *each_path,
                        const struct mc_metric *metric, struct mc_error *e) {
    *s = (struct mc_path_tables){0};
    struct reader r = {.metric = metric};
    int rc = read_all(&r, s, path, each_path, e);
    mc_tsv_release(&r.table);
    mc_tsv_release(&r.each);
    free(r.row);
    free(r.cell);
    free(r.filled);
    free(r.block);
    free(r.task);
    mc_names_release(&r.tasks);
    if (rc < 0) mc_path_tables_release(s);
    return rc;
}

void mc_path_tables_release(struct mc_path_tables *s) {
    for (int i = 0; i < s->n; i++) {
        free(s->v[i].task);
        free(s->v[i].t);
        free(s->v[i].loss);
        free(s->v[i].each);
    }
    free(s->v);
    *s = (struct mc_path_tables){0};
}

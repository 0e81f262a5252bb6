// The table of a path, as mc-eval writes it: its rows by sweep and t, each checked.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/utf8.h"
#include "path_reader.h"

const char *mc_path_reader_group(const struct mc_path_reader *r, const struct mc_path_row *w,
                                 char out[MC_OF_GROUP]) {
    const char *group = r->sweep[w->sweep].group;
    *out = 0;
    if (*group) snprintf(out, MC_OF_GROUP, " of group %.*s", MC_OF_GROUP / 2, group);
    return out;
}

static const char *task_name(const void *of, int i) {
    return ((const struct mc_path_reader *)of)->task[i];
}

static const char *sweep_name(const void *of, int i) {
    return ((const struct mc_path_reader *)of)->sweep[i].name;
}

int mc_path_reader_task(const struct mc_path_reader *r, const char *name) {
    return mc_names_find(&r->tasks, r, task_name, name);
}

static int add_task(struct mc_path_reader *r, const char *name, struct mc_error *e) {
    int k = mc_path_reader_task(r, name);
    if (k >= 0) return k;
    const char **p = mc_resize(r->task, (size_t)r->n_tasks + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    r->task = p;
    r->task[r->n_tasks] = name;
    MC_TRY(mc_names_add(&r->tasks, r, task_name, e));
    return r->n_tasks++;
}

static int add_sweep(struct mc_path_reader *r, const char *task, const char *group,
                     struct mc_error *e) {
    struct mc_buf name = {0};
    struct mc_path_sweep s = {.task_name = task, .group = group};
    MC_TRY(s.task = add_task(r, task, e));
    int rc = mc_buf_printf(&name, e, "%s\t%s", task, group);
    if (rc == 0) rc = mc_names_find(&r->sweeps, r, sweep_name, name.p);
    if (rc != -1) {
        mc_buf_release(&name);
        return rc;
    }
    struct mc_path_sweep *p = mc_resize(r->sweep, (size_t)r->n_sweeps + 1, sizeof *p, e);
    if (!p) {
        mc_buf_release(&name);
        return MC_ERR_MEM;
    }
    s.name = name.p;
    r->sweep = p;
    r->sweep[r->n_sweeps++] = s;
    MC_TRY(mc_names_add(&r->sweeps, r, sweep_name, e));
    return r->n_sweeps - 1;
}

// A name that stands in a cell of ours and goes into another.
static int check_name(const struct mc_tsv *t, int64_t row, const char *what, const char *name,
                      struct mc_error *e) {
    if (mc_utf8_name(name, strlen(name))) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: line %lld: the %s's name '%s' is empty, not UTF-8, or has a control "
                   "character",
                   t->name, (long long)row + 2, what, name);
}

struct columns {
    int point, t, task, n, value, group, s; // the last two: -1 in tables that do not have them
};

static int read_row(struct mc_path_reader *r, const struct columns *c, int64_t i,
                    struct mc_error *e) {
    const struct mc_tsv *t = &r->table;
    struct mc_path_row *w = &r->row[i];
    *w = (struct mc_path_row){.line = i + 2, .s = NAN};
    MC_TRY(mc_tsv_whole(t, i, c->point, 0, &w->point, e));
    MC_TRY(mc_tsv_finite(t, i, c->t, &w->t, e));
    MC_TRY(mc_tsv_whole(t, i, c->n, 1, &w->n, e));
    MC_TRY(mc_tsv_finite(t, i, c->value, &w->value, e));
    if (c->s >= 0) MC_TRY(mc_tsv_number(t, i, c->s, &w->s, e));
    const char *task = mc_tsv_cell(t, i, c->task),
               *group = c->group < 0 ? "" : mc_tsv_cell(t, i, c->group);
    MC_TRY(check_name(t, i, "task", task, e));
    if (*group) MC_TRY(check_name(t, i, "group", group, e));
    MC_TRY(w->sweep = add_sweep(r, task, group, e));
    return 0;
}

static int read_rows(struct mc_path_reader *r, struct mc_error *e) {
    const struct mc_tsv *t = &r->table;
    struct columns c = {.group = mc_tsv_find(t, mc_path_column(MC_REPORT_GROUP)),
                        .s = mc_tsv_find(t, mc_path_column(MC_REPORT_S))};
    MC_TRY(c.point = mc_tsv_column(t, mc_path_column(MC_REPORT_POINT), e));
    MC_TRY(c.t = mc_tsv_column(t, mc_path_column(MC_REPORT_T), e));
    MC_TRY(c.task = mc_tsv_column(t, mc_path_column(MC_REPORT_TASK), e));
    MC_TRY(c.n = mc_tsv_column(t, mc_path_column(MC_REPORT_N), e));
    MC_TRY(c.value = mc_tsv_column(t, r->metric->name, e));
    if (t->n_rows == 0) return mc_fail(e, MC_ERR_INPUT, "%s: a header and no rows", t->name);
    r->row = mc_new((size_t)t->n_rows, sizeof *r->row, e);
    if (!r->row) return MC_ERR_MEM;
    for (int64_t i = 0; i < t->n_rows; i++) MC_TRY(read_row(r, &c, i, e));
    return 0;
}

// The digest of an end point, where the table has it: it must not change within one table.
static int read_end(const struct mc_tsv *t, enum mc_report_column column, const char **end,
                    struct mc_error *e) {
    const char *name = mc_path_column(column);
    int col = mc_tsv_find(t, name);
    *end = "";
    for (int64_t i = 0; col >= 0 && i < t->n_rows; i++) {
        const char *s = mc_tsv_cell(t, i, col);
        if (*s && **end && strcmp(s, *end) != 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: column %s changes: rows of two paths in one table",
                           t->name, (long long)i + 2, name);
        if (*s) *end = s;
    }
    return **end ? check_name(t, 0, name, *end, e) : 0;
}

static int by_sweep_and_t(const void *a, const void *b) {
    const struct mc_path_row *x = a, *y = b;
    if (x->sweep != y->sweep) return x->sweep < y->sweep ? -1 : 1;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

int64_t mc_path_reader_next(const struct mc_path_reader *r, int64_t from) {
    int64_t k = from;
    while (k < r->table.n_rows && r->row[k].sweep == r->row[from].sweep) k++;
    return k;
}

static int check_sweep(const struct mc_path_reader *r, int64_t from, int64_t to,
                       struct mc_error *e) {
    const char *file = r->table.name, *task = r->sweep[r->row[from].sweep].task_name;
    char of[MC_OF_GROUP];
    mc_path_reader_group(r, &r->row[from], of);
    bool zero = false, one = false;
    for (int64_t i = from; i < to; i++) {
        const struct mc_path_row *w = &r->row[i];
        zero |= w->t == 0;
        one |= w->t == 1;
        if (i > from && w->t == w[-1].t)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s%s: t = %.9g is there twice, first in line %lld",
                           file, (long long)w->line, task, of, w->t, (long long)w[-1].line);
        if (w->n != r->row[from].n)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s%s: n is %lld at t = %.9g and %lld in line %lld",
                           file, (long long)w->line, task, of, (long long)w->n, w->t,
                           (long long)r->row[from].n, (long long)r->row[from].line);
    }
    if (!zero || !one)
        return mc_fail(e, MC_ERR_INPUT, "%s: task %s%s: no row at t = %d: the sweep is not whole",
                       file, task, of, zero);
    return 0;
}

// Both runs are sorted: the first difference is a t that one of the two lacks.
static int same_grid(const struct mc_path_reader *r, int64_t a, int64_t a_to, int64_t b,
                     int64_t b_to, struct mc_error *e) {
    const struct mc_path_row *of_a = &r->row[a], *of_b = &r->row[b];
    for (; a < a_to || b < b_to; a++, b++) {
        if (a < a_to && b < b_to && r->row[a].t == r->row[b].t) continue;
        bool a_lacks = a == a_to || (b < b_to && r->row[b].t < r->row[a].t);
        const struct mc_path_row *has = &r->row[a_lacks ? b : a], *lacks = a_lacks ? of_a : of_b;
        char lacking[MC_OF_GROUP], having[MC_OF_GROUP];
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: task %s%s has no row at t = %.9g, task %s%s has (line %lld): the sweep "
                       "is not whole",
                       r->table.name, r->sweep[lacks->sweep].task_name,
                       mc_path_reader_group(r, lacks, lacking), has->t,
                       r->sweep[has->sweep].task_name, mc_path_reader_group(r, has, having),
                       (long long)has->line);
    }
    return 0;
}

static int check_grid(struct mc_path_reader *r, struct mc_error *e) {
    qsort(r->row, (size_t)r->table.n_rows, sizeof *r->row, by_sweep_and_t);
    int64_t first_to = mc_path_reader_next(r, 0);
    for (int64_t from = 0; from < r->table.n_rows;) {
        int64_t to = mc_path_reader_next(r, from);
        MC_TRY(check_sweep(r, from, to, e));
        MC_TRY(same_grid(r, 0, first_to, from, to, e));
        from = to;
    }
    return 0;
}

// Rows of a task that are one point only tables of several streams have: by the point alone the
// examples of a row are found.
struct place {
    int task;
    int64_t point;
    struct mc_path_row *row;
};

static int by_task_and_point(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->task != y->task) return x->task < y->task ? -1 : 1;
    if (x->point != y->point) return x->point < y->point ? -1 : 1;
    return (x->row->line > y->row->line) - (x->row->line < y->row->line);
}

static int place_rows(struct mc_path_reader *r, struct mc_error *e) {
    size_t n = (size_t)r->table.n_rows;
    struct place *p = mc_new(n, sizeof *p, e);
    r->placed = p ? mc_new(n, sizeof *r->placed, e) : NULL;
    int rc = r->placed ? 0 : MC_ERR_MEM;
    for (size_t i = 0; rc == 0 && i < n; i++)
        p[i] = (struct place){r->sweep[r->row[i].sweep].task, r->row[i].point, &r->row[i]};
    if (rc == 0) qsort(p, n, sizeof *p, by_task_and_point);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        r->placed[i] = p[i].row;
        if (i > 0 && p[i].task == p[i - 1].task && p[i].point == p[i - 1].point)
            rc = mc_fail(e, MC_ERR_INPUT,
                         "%s: line %lld: task %s: point %lld is there twice, first in line %lld",
                         r->table.name, (long long)p[i].row->line, r->task[p[i].task],
                         (long long)p[i].point, (long long)p[i - 1].row->line);
    }
    free(p);
    return rc;
}

const struct mc_path_row *mc_path_reader_find(const struct mc_path_reader *r, int task,
                                              int64_t point) {
    int64_t low = 0, high = r->table.n_rows; // the first row not before it
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        const struct mc_path_row *w = r->placed[mid];
        int of = r->sweep[w->sweep].task;
        if (of < task || (of == task && w->point < point))
            low = mid + 1;
        else
            high = mid;
    }
    const struct mc_path_row *w = low < r->table.n_rows ? r->placed[low] : NULL;
    return w && r->sweep[w->sweep].task == task && w->point == point ? w : NULL;
}

int mc_path_reader_rows(struct mc_path_reader *r, struct mc_error *e) {
    MC_TRY(read_rows(r, e));
    MC_TRY(read_end(&r->table, MC_REPORT_FROM, &r->from, e));
    MC_TRY(read_end(&r->table, MC_REPORT_TO, &r->to, e));
    MC_TRY(check_grid(r, e));
    return place_rows(r, e);
}

void mc_path_reader_release(struct mc_path_reader *r) {
    mc_tsv_release(&r->table);
    mc_tsv_release(&r->each);
    for (int i = 0; i < r->n_sweeps; i++) free(r->sweep[i].name);
    free(r->sweep);
    mc_names_release(&r->sweeps);
    free(r->task);
    mc_names_release(&r->tasks);
    free(r->row);
    free(r->placed);
    free(r->cell);
    free(r->filled);
    free(r->block);
    *r = (struct mc_path_reader){0};
}

// The numbers of pairs of ends from tables of pairs and from tables of paths, by condition.
#include "mc/over.h"

#include <stdlib.h>
#include <string.h>

#include "mc/eval.h"
#include "mc/num.h"
#include "mc/report.h"

static const char *condition_name(const void *of, int i) {
    return ((const struct mc_over *)of)->condition[i];
}

static const char *kind_name(const void *of, int i) {
    return ((const struct mc_over *)of)->kind[i].name;
}

static int add_condition(struct mc_over *o, const char *name, struct mc_error *e) {
    int k = mc_names_find(&o->conditions, o, condition_name, name);
    if (k >= 0) return k;
    char **p = mc_resize(o->condition, (size_t)o->n_conditions + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    o->condition = p;
    if (!(p[o->n_conditions] = mc_strdup(name, e))) return MC_ERR_MEM;
    o->n_conditions++;
    MC_TRY(mc_names_add(&o->conditions, o, condition_name, e));
    return o->n_conditions - 1;
}

static int add_kind(struct mc_over *o, const char *task, const char *metric, const char *group,
                    struct mc_error *e) {
    struct mc_buf name = {0};
    int k = -1, rc = mc_buf_printf(&name, e, "%s\t%s\t%s", task, metric, group);
    struct mc_over_kind *p = NULL;
    if (rc == 0 && (k = mc_names_find(&o->kinds, o, kind_name, name.p)) < 0) {
        p = mc_resize(o->kind, (size_t)o->n_kinds + 1, sizeof *p, e);
        if (!p) rc = MC_ERR_MEM;
    }
    if (!p) {
        mc_buf_release(&name);
        return rc < 0 ? rc : k;
    }
    o->kind = p;
    p[o->n_kinds++] = (struct mc_over_kind){task, metric, group, name.p};
    MC_TRY(mc_names_add(&o->kinds, o, kind_name, e));
    return o->n_kinds - 1;
}

static int add_value(struct mc_over *o, struct mc_over_value x, struct mc_error *e) {
    if (o->n == o->cap) {
        int64_t cap = o->cap ? 2 * o->cap : 64;
        struct mc_over_value *p = mc_resize(o->v, (size_t)cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        o->v = p;
        o->cap = cap;
    }
    x.at = o->n;
    o->v[o->n++] = x;
    return 0;
}

// --- tables of pairs

static const char *const NAMES[] = {"condition", "task", "metric", "group", "path", "from", "to"};
enum { CONDITION, TASK, METRIC, GROUP, PATH, FROM, TO, N_NAMES };

static bool is_name(const char *column) {
    for (int i = 0; i < N_NAMES; i++)
        if (strcmp(NAMES[i], column) == 0) return true;
    return false;
}

static int no_column(const struct mc_over *o, const struct mc_tsv *t, struct mc_error *e) {
    struct mc_buf there = {0};
    const char *between = "";
    int rc = 0;
    for (int i = 0; rc == 0 && i < t->n_cols; i++) {
        if (is_name(t->head[i])) continue;
        rc = mc_buf_printf(&there, e, "%s%s", between, t->head[i]);
        between = ", ";
    }
    if (rc == 0)
        rc = mc_fail(e, MC_ERR_INPUT, "%s: no column '%s'; there are %s", t->name, o->column,
                     there.p ? there.p : "none but names");
    mc_buf_release(&there);
    return rc;
}

static const char *cell(const struct mc_tsv *t, int64_t row, int col) {
    return col < 0 ? "" : mc_tsv_cell(t, row, col);
}

static int add_pair(struct mc_over *o, const struct mc_tsv *t, const int c[N_NAMES], int value,
                    int64_t row, const char *name, struct mc_error *e) {
    struct mc_over_value x = {.file = t->name, .line = row + 2, .n = -1};
    const char *condition = name ? name : c[CONDITION] < 0 ? t->name : cell(t, row, c[CONDITION]);
    x.from = cell(t, row, c[FROM]);
    x.to = cell(t, row, c[TO]);
    if (strcmp(cell(t, row, c[PATH]), "all") == 0 && !*x.from && !*x.to) return 0;
    MC_TRY(mc_tsv_number(t, row, value, &x.value, e));
    int n = mc_tsv_find(t, "n"); // of a table with a metric, examples
    if (n >= 0 && c[METRIC] >= 0 && !mc_parse_i64(mc_tsv_cell(t, row, n), &x.n)) x.n = -1;
    MC_TRY(x.condition = add_condition(o, condition, e));
    MC_TRY(x.kind = add_kind(o, cell(t, row, c[TASK]), cell(t, row, c[METRIC]),
                             cell(t, row, c[GROUP]), e));
    return add_value(o, x, e);
}

static int add_pairs(struct mc_over *o, struct mc_tsv *t, const char *name, struct mc_error *e) {
    int c[N_NAMES], value = mc_tsv_find(t, o->column);
    for (int i = 0; i < N_NAMES; i++) c[i] = mc_tsv_find(t, NAMES[i]);
    struct mc_tsv *p = mc_resize(o->table, (size_t)o->n_tables + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    o->table = p;
    const struct mc_tsv own = p[o->n_tables++] = *t; // what is borrowed does not move
    *t = (struct mc_tsv){0};
    MC_TRY(mc_tsv_column(&own, NAMES[FROM], e));
    MC_TRY(mc_tsv_column(&own, NAMES[TO], e));
    if (value < 0) return no_column(o, &own, e);
    if (is_name(o->column))
        return mc_fail(e, MC_ERR_INPUT, "%s: column %s has names in it", own.name, o->column);
    for (int64_t i = 0; i < own.n_rows; i++) MC_TRY(add_pair(o, &own, c, value, i, name, e));
    return 0;
}

// --- tables of paths

static int add_path(struct mc_over *o, struct mc_tsv *t, const char *name, const char *each_path,
                    struct mc_error *e) {
    struct mc_barrier_rows *r = &o->rows;
    struct mc_barrier_row any = {0};
    const char *file = t->name;
    if (!mc_barrier_number(&any, o->column)) {
        struct mc_buf there = {0};
        int rc = mc_barrier_numbers(&there, e);
        if (rc == 0)
            rc = mc_fail(e, MC_ERR_INPUT,
                         "%s: mc-barrier has no numbers in a column '%s'; there are %s", file,
                         o->column, there.p);
        mc_buf_release(&there);
        return rc;
    }
    int from = r->n, condition;
    MC_TRY(mc_barrier_rows_of(r, t, each_path, e));
    MC_TRY(condition = add_condition(o, name ? name : "", e));
    for (int i = from; i < r->n; i++) {
        const struct mc_barrier_row *row = &r->v[i];
        struct mc_over_value x = {.condition = condition,
                                  .from = row->from,
                                  .to = row->to,
                                  .value = *mc_barrier_number(row, o->column),
                                  .path = r->of[i].table,
                                  .file = file,
                                  .line = -1};
        if (strcmp(o->column, "xfit") == 0) x.height = r->of[i].height;
        MC_TRY(x.kind = add_kind(o, row->task, row->metric, row->group, e));
        MC_TRY(add_value(o, x, e));
    }
    return 0;
}

int mc_over_add(struct mc_over *o, const char *name, const char *path, const char *each_path,
                struct mc_error *e) {
    static const char *const none[] = {NULL};
    struct mc_tsv t;
    MC_TRY(mc_tsv_read(&t, path, none, e));
    bool paths = mc_tsv_find(&t, mc_report_columns[MC_REPORT_T].name) >= 0 &&
                 mc_tsv_find(&t, mc_report_columns[MC_REPORT_POINT].name) >= 0;
    int rc = 0;
    if (!o->first) {
        o->first = t.name;
        o->of_paths = paths;
    }
    if (paths != o->of_paths)
        rc = mc_fail(e, MC_ERR_INPUT,
                     paths ? "%s: a path of mc-eval, where %s has a row a pair"
                           : "%s: has a row a pair, where %s is a path of mc-eval",
                     t.name, o->first);
    else if (!paths && (each_path || o->of_eval))
        rc = mc_fail(e, MC_ERR_INPUT, "%s: %s goes with a table of mc-eval, this is none", t.name,
                     each_path ? "--per-example" : o->of_eval);
    else
        rc = paths ? add_path(o, &t, name, each_path, e) : add_pairs(o, &t, name, e);
    mc_tsv_release(&t);
    return rc;
}

void mc_over_release(struct mc_over *o) {
    mc_barrier_rows_release(&o->rows);
    for (int i = 0; i < o->n_tables; i++) mc_tsv_release(&o->table[i]);
    for (int i = 0; i < o->n_conditions; i++) free(o->condition[i]);
    for (int i = 0; i < o->n_kinds; i++) free(o->kind[i].name);
    free(o->table);
    free(o->condition);
    free(o->kind);
    free(o->v);
    mc_names_release(&o->conditions);
    mc_names_release(&o->kinds);
}

// The ledger of a path: of every example, at which points it is right; and the table of what is
// kept, forgotten, learned and never known between them.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/knowledge.h"
#include "mc/names.h"
#include "mc/report.h"

// --- reading
struct columns {
    int point, t, task, example, label, predicted;
};

// Neighbouring rows of one task at one point.
struct block {
    int ledger;
    double t;
    int64_t first, n;
};

struct reading {
    struct mc_ledgers *l;
    struct columns c;
    struct mc_names names;
    struct block *block;
    int n_blocks, cap_blocks, cap;
    const char *task; // the one that is asked for, or NULL
};

static const char *task_name(const void *of, int i) {
    return ((const struct mc_ledgers *)of)->v[i].task;
}

static int find_columns(const struct mc_tsv *t, struct columns *c, struct mc_error *e) {
    MC_TRY(c->point = mc_tsv_column(t, mc_report_columns[MC_REPORT_POINT].name, e));
    MC_TRY(c->t = mc_tsv_column(t, mc_report_columns[MC_REPORT_T].name, e));
    MC_TRY(c->task = mc_tsv_column(t, mc_report_columns[MC_REPORT_TASK].name, e));
    MC_TRY(c->example = mc_tsv_column(t, mc_report_columns[MC_REPORT_EXAMPLE].name, e));
    MC_TRY(c->label = mc_tsv_column(t, mc_report_columns[MC_REPORT_LABEL].name, e));
    MC_TRY(c->predicted = mc_tsv_column(t, mc_report_columns[MC_REPORT_PREDICTED].name, e));
    return 0;
}

static int ledger_of(struct reading *r, const char *task, struct mc_error *e) {
    struct mc_ledgers *l = r->l;
    int k = mc_names_find(&r->names, l, task_name, task);
    if (k >= 0) return k;
    if (l->n == r->cap) {
        int cap = r->cap ? 2 * r->cap : 4;
        struct mc_ledger *v = mc_resize(l->v, (size_t)cap, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        l->v = v;
        r->cap = cap;
    }
    l->v[l->n++] = (struct mc_ledger){.task = task};
    MC_TRY(mc_names_add(&r->names, l, task_name, e));
    return l->n - 1;
}

static int add_block(struct reading *r, int64_t row, const char *task, struct mc_error *e) {
    const struct mc_tsv *t = &r->l->table;
    struct block b = {.first = row};
    if (r->n_blocks == r->cap_blocks) {
        int cap = r->cap_blocks ? 2 * r->cap_blocks : 64;
        struct block *all = mc_resize(r->block, (size_t)cap, sizeof *all, e);
        if (!all) return MC_ERR_MEM;
        r->block = all;
        r->cap_blocks = cap;
    }
    MC_TRY(mc_tsv_number(t, row, r->c.t, &b.t, e));
    if (isnan(b.t))
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: a model that is no point of a path",
                       t->name, (long long)row + 2);
    MC_TRY(b.ledger = ledger_of(r, task, e));
    r->block[r->n_blocks++] = b;
    return 0;
}

static int find_blocks(struct reading *r, struct mc_error *e) {
    const struct mc_tsv *t = &r->l->table;
    const char *task = NULL, *point = NULL;
    for (int64_t i = 0; i < t->n_rows; i++) {
        const char *of = mc_tsv_cell(t, i, r->c.task), *at = mc_tsv_cell(t, i, r->c.point);
        bool goes_on = task && strcmp(task, of) == 0 && strcmp(point, at) == 0;
        task = of;
        point = at;
        if (r->task && strcmp(of, r->task) != 0) continue;
        if (!goes_on || !r->block) MC_TRY(add_block(r, i, of, e));
        r->block[r->n_blocks - 1].n++;
    }
    if (r->n_blocks) return 0;
    return r->task ? mc_fail(e, MC_ERR_INPUT, "%s: no task %s", t->name, r->task)
                   : mc_fail(e, MC_ERR_INPUT, "%s: no examples", t->name);
}

static int by_place(const void *a, const void *b) {
    const struct block *x = a, *y = b;
    if (x->ledger != y->ledger) return x->ledger < y->ledger ? -1 : 1;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

// The example of a row, which has a label.
static int read_example(const struct reading *r, int64_t row, int64_t *example,
                        struct mc_error *e) {
    const struct mc_tsv *t = &r->l->table;
    MC_TRY(mc_tsv_whole(t, row, r->c.example, 0, example, e));
    if (*mc_tsv_cell(t, row, r->c.label)) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: line %lld: no label: what is right or wrong, only data with labels tell",
                   t->name, (long long)row + 2);
}

// The examples of a ledger are those of its first point.
static int read_first(const struct reading *r, struct mc_ledger *l, const struct block *b,
                      struct mc_error *e) {
    const struct mc_tsv *t = &r->l->table;
    l->n = (int)b->n;
    l->t = mc_new((size_t)l->n_points, sizeof *l->t, e);
    l->example = mc_new((size_t)l->n, sizeof *l->example, e);
    l->label = mc_new((size_t)l->n, sizeof *l->label, e);
    l->right = mc_new((size_t)l->n * (size_t)l->n_points, sizeof *l->right, e);
    if (!l->t || !l->example || !l->label || !l->right) return MC_ERR_MEM;
    for (int i = 0; i < l->n; i++) {
        MC_TRY(read_example(r, b->first + i, &l->example[i], e));
        l->label[i] = mc_tsv_cell(t, b->first + i, r->c.label);
        if (i > 0 && l->example[i] <= l->example[i - 1])
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: examples of a point are not in rising order", t->name,
                           (long long)b->first + i + 2);
    }
    return 0;
}

static int read_point(const struct reading *r, struct mc_ledger *l, int point,
                      const struct block *b, struct mc_error *e) {
    const struct mc_tsv *t = &r->l->table;
    l->t[point] = b->t;
    if (point > 0 && l->t[point - 1] == b->t)
        return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: task %s: t = %.9g is there twice", t->name,
                       (long long)b->first + 2, l->task, b->t);
    if (b->n != l->n)
        return mc_fail(e, MC_ERR_INPUT, "%s: task %s: %d examples at t = %.9g, %lld at t = %.9g",
                       t->name, l->task, l->n, l->t[0], (long long)b->n, b->t);
    for (int i = 0; i < l->n; i++) {
        int64_t row = b->first + i, example;
        MC_TRY(read_example(r, row, &example, e));
        const char *label = mc_tsv_cell(t, row, r->c.label);
        if (example != l->example[i] || strcmp(label, l->label[i]) != 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: line %lld: task %s: example %lld of label %s, but at t = %.9g "
                           "there stands example %lld of label %s in this place",
                           t->name, (long long)row + 2, l->task, (long long)example, label, l->t[0],
                           (long long)l->example[i], l->label[i]);
        l->right[(size_t)point * (size_t)l->n + (size_t)i] =
            strcmp(label, mc_tsv_cell(t, row, r->c.predicted)) == 0;
    }
    return 0;
}

static int read_ledgers(struct reading *r, struct mc_error *e) {
    struct mc_ledgers *l = r->l;
    MC_TRY(find_columns(&l->table, &r->c, e));
    if (l->table.n_rows > INT32_MAX)
        return mc_fail(e, MC_ERR_INPUT, "%s: too many rows", l->table.name);
    MC_TRY(find_blocks(r, e));
    if (r->block) qsort(r->block, (size_t)r->n_blocks, sizeof *r->block, by_place);
    for (int k = 0; k < r->n_blocks; k++) l->v[r->block[k].ledger].n_points++;
    for (int k = 0, point = 0; k < r->n_blocks; k++, point++) {
        const struct block *b = &r->block[k];
        struct mc_ledger *to = &l->v[b->ledger];
        if (k == 0 || b->ledger != b[-1].ledger) point = 0;
        if (to->n_points < 2)
            return mc_fail(e, MC_ERR_INPUT, "%s: task %s: one point is no path", l->table.name,
                           to->task);
        if (point == 0) MC_TRY(read_first(r, to, b, e));
        MC_TRY(read_point(r, to, point, b, e));
    }
    return 0;
}

int mc_ledgers_read(struct mc_ledgers *l, const char *path, const char *task, struct mc_error *e) {
    static const char *const need[] = {"point", "t", "task", "example", "label", "predicted", NULL};
    struct reading r = {.l = l, .task = task};
    MC_TRY(mc_tsv_read(&l->table, path, need, e));
    int rc = read_ledgers(&r, e);
    mc_names_release(&r.names);
    free(r.block);
    return rc;
}

void mc_ledgers_release(struct mc_ledgers *l) {
    for (int i = 0; i < l->n; i++) {
        free(l->v[i].t);
        free(l->v[i].example);
        free(l->v[i].label);
        free(l->v[i].right);
    }
    free(l->v);
    mc_tsv_release(&l->table);
    *l = (struct mc_ledgers){0};
}

int mc_ledger_match(const struct mc_ledger *l, const char *table, const struct mc_dynamics *d,
                    int *at, struct mc_error *e) {
    for (int i = 0; i < l->n; i++) {
        at[i] = mc_dynamics_find(d, l->example[i]);
        if (at[i] < 0)
            return mc_fail(e, MC_ERR_INPUT, "%s: task %s: example %lld is not in %s", table,
                           l->task, (long long)l->example[i], d->table.name);
        if (strcmp(l->label[i], d->label[at[i]]) != 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: task %s: example %lld has label %s, but %s in %s: not the same "
                           "data",
                           table, l->task, (long long)l->example[i], l->label[i], d->label[at[i]],
                           d->table.name);
    }
    return 0;
}

// --- the table
enum mc_fate mc_ledger_fate(const struct mc_ledger *l, int from, int to, int example) {
    bool before = l->right[(size_t)from * (size_t)l->n + (size_t)example];
    bool behind = l->right[(size_t)to * (size_t)l->n + (size_t)example];
    return before ? behind ? MC_KEPT : MC_FORGOTTEN : behind ? MC_LEARNED : MC_NEVER;
}

struct row {
    const char *task, *segment;
    double t_0, t_1;
    int n, kept, forgotten, learned, never;
    double confidence_forgotten, confidence_kept, p_value, cliffs_delta;
    double variability_forgotten, variability_kept;
};
#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMN[] = {
    {"task", MC_CELL_TEXT, FIELD(task)},
    {"segment", MC_CELL_TEXT, FIELD(segment)},
    {"t_0", MC_CELL_REAL, FIELD(t_0)},
    {"t_1", MC_CELL_REAL, FIELD(t_1)},
    {"n", MC_CELL_INT, FIELD(n)},
    {"kept", MC_CELL_INT, FIELD(kept)},
    {"forgotten", MC_CELL_INT, FIELD(forgotten)},
    {"learned", MC_CELL_INT, FIELD(learned)},
    {"never", MC_CELL_INT, FIELD(never)},
    {"confidence_forgotten", MC_CELL_REAL, FIELD(confidence_forgotten)},
    {"confidence_kept", MC_CELL_REAL, FIELD(confidence_kept)},
    {"p_value", MC_CELL_REAL, FIELD(p_value)},
    {"cliffs_delta", MC_CELL_REAL, FIELD(cliffs_delta)},
    {"variability_forgotten", MC_CELL_REAL, FIELD(variability_forgotten)},
    {"variability_kept", MC_CELL_REAL, FIELD(variability_kept)}};
enum { COLUMNS = sizeof COLUMN / sizeof *COLUMN };

int mc_ledger_head(struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_columns_head(COLUMN, COLUMNS, out, e));
    return mc_buf_add(out, "\n", 1, e);
}

// Confidence and variability of the forgotten, in front, and of the kept, behind them.
struct groups {
    double *confidence, *variability;
    int forgotten, kept;
};

static double mean(const double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    return n ? sum / n : (double)NAN;
}

static int compare_groups(const struct groups *g, const struct mc_permutations *p, struct row *r,
                          struct mc_error *e) {
    struct mc_group_test test;
    MC_TRY(mc_group_test(g->confidence, g->forgotten, g->confidence + g->forgotten, g->kept, p,
                         &test, e));
    r->confidence_forgotten = test.mean_x;
    r->confidence_kept = test.mean_y;
    r->p_value = test.p_value;
    r->cliffs_delta = test.cliffs_delta;
    r->variability_forgotten = mean(g->variability, g->forgotten);
    r->variability_kept = mean(g->variability + g->forgotten, g->kept);
    return 0;
}

// What is between two points, of the examples where they stand in the dynamics.
static int fill_row(const struct mc_ledger *l, const struct mc_dynamics *d, const int *at, int from,
                    int to, struct groups *g, const struct mc_permutations *p, struct row *r,
                    struct mc_error *e) {
    int count[MC_FATES] = {0}, placed[MC_FATES] = {0};
    for (int i = 0; i < l->n; i++) count[mc_ledger_fate(l, from, to, i)]++;
    r->n = l->n;
    r->kept = g->kept = count[MC_KEPT];
    r->forgotten = g->forgotten = count[MC_FORGOTTEN];
    r->learned = count[MC_LEARNED];
    r->never = count[MC_NEVER];
    if (!d) return 0;
    for (int i = 0; i < l->n; i++) {
        enum mc_fate f = mc_ledger_fate(l, from, to, i);
        if (f != MC_KEPT && f != MC_FORGOTTEN) continue;
        int place = placed[f]++ + (f == MC_KEPT ? g->forgotten : 0);
        g->confidence[place] = d->confidence[at[i]];
        g->variability[place] = d->variability[at[i]];
    }
    return compare_groups(g, p, r, e);
}

int mc_ledger_rows(const struct mc_ledger *l, const struct mc_dynamics *d, const int *at,
                   int64_t permutations, uint64_t seed, struct mc_buf *out, struct mc_error *e) {
    struct groups g = {.confidence = mc_new((size_t)l->n, sizeof(double), e),
                       .variability = mc_new((size_t)l->n, sizeof(double), e)};
    int rc = g.confidence && g.variability ? 0 : MC_ERR_MEM, last = l->n_points - 1;
    for (int k = 0; rc == 0 && k <= last; k++) {
        bool all = k == last;
        int from = all ? 0 : k, to = all ? last : k + 1;
        char segment[16];
        snprintf(segment, sizeof segment, "%d", k);
        struct row r = {.task = l->task,
                        .segment = all ? "all" : segment,
                        .t_0 = l->t[from],
                        .t_1 = l->t[to],
                        .confidence_forgotten = NAN,
                        .confidence_kept = NAN,
                        .p_value = NAN,
                        .cliffs_delta = NAN,
                        .variability_forgotten = NAN,
                        .variability_kept = NAN};
        const struct mc_permutations p = {
            .n = permutations, .seed = seed, .stream = all ? UINT32_MAX : (uint32_t)k};
        rc = fill_row(l, d, at, from, to, &g, &p, &r, e);
        if (rc == 0) rc = mc_columns_row(COLUMN, COLUMNS, &r, out, e);
        if (rc == 0) rc = mc_buf_add(out, "\n", 1, e);
    }
    free(g.confidence);
    free(g.variability);
    return rc;
}

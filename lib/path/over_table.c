// Values of pairs of ends to the table of their means, intervals and differences.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/eval.h"
#include "mc/over.h"
#include "mc/split.h"

struct row {
    const char *over, *condition, *minus, *task, *metric, *group;
    double runs, runs_minus;
    struct mc_interval x;
    double p_holm, degrees, confidence;
};

#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMNS[] = {
    {"over", MC_CELL_TEXT, FIELD(over)},
    {"condition", MC_CELL_ESCAPED, FIELD(condition)},
    {"minus", MC_CELL_ESCAPED, FIELD(minus)},
    {"task", MC_CELL_ESCAPED, FIELD(task)},
    {"metric", MC_CELL_ESCAPED, FIELD(metric)},
    {"group", MC_CELL_ESCAPED, FIELD(group)},
    {"runs", MC_CELL_REAL, FIELD(runs)},
    {"runs_minus", MC_CELL_REAL, FIELD(runs_minus)},
    {"mean", MC_CELL_REAL, FIELD(x.mean)},
    {"ci_low", MC_CELL_REAL, FIELD(x.low)},
    {"ci_high", MC_CELL_REAL, FIELD(x.high)},
    {"p", MC_CELL_REAL, FIELD(x.p)},
    {"p_holm", MC_CELL_REAL, FIELD(p_holm)},
    {"s_run", MC_CELL_REAL, FIELD(x.s_run)},
    {"degrees", MC_CELL_REAL, FIELD(degrees)},
    {"s_ex", MC_CELL_REAL, FIELD(x.s_ex)},
    {"confidence", MC_CELL_REAL, FIELD(confidence)},
};
enum { N = sizeof COLUMNS / sizeof *COLUMNS, MOST_CONDITIONS = 1000 };

const struct mc_shown mc_over_shown[] = {
    {"over", 0},  {"condition", 0}, {"minus", 0}, {"task", 0},   {"metric", 0},
    {"group", 0}, {"runs", 0},      {"mean", 4},  {"ci_low", 4}, {"ci_high", 4},
    {"p", 4},     {"p_holm", 4},    {NULL, 0}};

// The values of one condition and kind, which stand together once they are sorted.
struct block {
    int condition, kind, k;
    const struct mc_over_value *v; // [k]
    struct mc_run *run;            // [k] the same
    bool heights;                  // of every path
};

struct table {
    const struct mc_over *o;
    struct mc_run *run;  // [o->n]
    struct block *block; // [n_blocks] by condition, then kind
    int *of;             // [conditions + 1] where a condition's blocks begin
    int n_blocks;
    struct row *row; // [n]
    int n, cap;
};

static int by_place(const struct mc_over_value *x, const struct mc_over_value *y) {
    if (x->condition != y->condition) return x->condition < y->condition ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

static int by_input(const void *a, const void *b) {
    const struct mc_over_value *x = a, *y = b;
    int c = by_place(x, y);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

// Whichever way the pair goes: its ends in order.
static void ends_of(const struct mc_over_value *x, const char *end[2]) {
    bool turn = strcmp(x->from, x->to) > 0;
    end[0] = turn ? x->to : x->from;
    end[1] = turn ? x->from : x->to;
}

static int by_pair(const void *a, const void *b) {
    const struct mc_over_value *x = a, *y = b;
    const char *p[2], *q[2];
    int c = by_place(x, y);
    if (c) return c;
    ends_of(x, p);
    ends_of(y, q);
    if ((c = strcmp(p[0], q[0])) != 0 || (c = strcmp(p[1], q[1])) != 0) return c;
    return (x->at > y->at) - (x->at < y->at);
}

// Where a value stands, for messages.
static const char *place(const struct mc_over_value *x, struct mc_buf *to, struct mc_error *e) {
    int rc = x->line < 0 ? mc_buf_printf(to, e, "%s", x->file)
                         : mc_buf_printf(to, e, "%s: line %lld", x->file, (long long)x->line);
    return rc < 0 ? x->file : to->p;
}

// "x is wrong beside first": told of both places.
static int refuse(const struct mc_over_value *x, const char *what,
                  const struct mc_over_value *first, struct mc_error *e) {
    struct mc_buf at = {0}, at_first = {0};
    const char *second = place(first, &at_first, e);
    int rc = mc_fail(e, MC_ERR_INPUT, "%s: %s %s", place(x, &at, e), what, second);
    mc_buf_release(&at);
    mc_buf_release(&at_first);
    return rc;
}

// A model paired with itself.
static bool is_alone(const struct mc_over_value *x) {
    return *x->from && strcmp(x->from, x->to) == 0;
}

static int check_pairs(struct mc_over *o, struct mc_error *e) {
    qsort(o->v, (size_t)o->n, sizeof *o->v, by_pair);
    for (int64_t i = 1; i < o->n; i++) {
        const struct mc_over_value *x = &o->v[i], *y = &x[-1];
        const char *p[2], *q[2];
        ends_of(x, p);
        ends_of(y, q);
        if (by_place(x, y) || !*p[0] || strcmp(p[0], q[0]) != 0 || strcmp(p[1], q[1]) != 0)
            continue;
        return refuse(x, "the pair of ends is there twice in one condition, first in", y, e);
    }
    qsort(o->v, (size_t)o->n, sizeof *o->v, by_input);
    return 0;
}

// Both ends have a name or neither has. Pairs of one model with itself, such as random directions
// from it, are a condition of their own: among others such a pair, whose distance is 0, tells
// nothing of two ends.
static int check_ends(const struct mc_over *o, struct mc_error *e) {
    const struct mc_over_value *first = NULL;
    for (int64_t i = 0; i < o->n; i++) {
        const struct mc_over_value *x = &o->v[i];
        if (i == 0 || by_place(x, first)) first = x;
        if (!*x->from != !*x->to) {
            struct mc_buf at = {0};
            int rc = mc_fail(e, MC_ERR_INPUT, "%s: column %s names no end, %s does",
                             place(x, &at, e), *x->from ? "to" : "from", *x->from ? "from" : "to");
            mc_buf_release(&at);
            return rc;
        }
        if (is_alone(x) != is_alone(first))
            return is_alone(x) ? refuse(x, "both ends are one model, unlike those in", first, e)
                               : refuse(first, "both ends are one model, unlike those in", x, e);
    }
    return 0;
}

// Means over examples, and differences of them, are of the same ones.
static int check_examples(const struct mc_over *o, struct mc_error *e) {
    const struct mc_over_value **first = mc_new((size_t)o->n_kinds, sizeof *first, e);
    int rc = first ? 0 : MC_ERR_MEM;
    for (int64_t i = 0; rc == 0 && i < o->n; i++) {
        const struct mc_over_value *x = &o->v[i], *y = first[x->kind];
        if (!y)
            first[x->kind] = x;
        else if (x->path)
            rc = mc_path_same_examples(y->path, y->file, x->path, x->file, e);
        else if (x->n != y->n)
            rc = refuse(x, "other examples (column n) than", y, e);
    }
    free(first);
    return rc;
}

static int make_blocks(struct table *t, struct mc_error *e) {
    const struct mc_over *o = t->o;
    t->run = mc_new((size_t)o->n, sizeof *t->run, e);
    t->block = mc_new((size_t)o->n, sizeof *t->block, e);
    t->of = mc_new((size_t)o->n_conditions + 1, sizeof *t->of, e);
    if (!t->run || !t->block || !t->of) return MC_ERR_MEM;
    for (int64_t i = 0; i < o->n; i++) {
        const struct mc_over_value *x = &o->v[i];
        t->run[i] = (struct mc_run){x->from, x->to, x->value, x->height};
        if (i == 0 || by_place(x, &x[-1]))
            t->block[t->n_blocks++] = (struct block){x->condition, x->kind, 0, x, &t->run[i], true};
        struct block *b = &t->block[t->n_blocks - 1];
        b->k++;
        b->heights = b->heights && x->height;
        t->of[x->condition + 1] = t->n_blocks; // every condition has some
    }
    return 0;
}

static struct row *new_row(struct table *t, const struct block *b, struct mc_error *e) {
    const struct mc_over *o = t->o;
    const struct mc_over_kind *kind = &o->kind[b->kind];
    if (t->n == t->cap) {
        int cap = t->cap ? 2 * t->cap : 64;
        struct row *p = mc_resize(t->row, (size_t)cap, sizeof *p, e);
        if (!p) return NULL;
        t->row = p;
        t->cap = cap;
    }
    t->row[t->n] = (struct row){.over = o->column,
                                .condition = o->condition[b->condition],
                                .minus = "",
                                .task = kind->task,
                                .metric = kind->metric,
                                .group = kind->group,
                                .runs = b->k,
                                .runs_minus = NAN,
                                .confidence = o->confidence};
    return &t->row[t->n++];
}

// The row of a block, or of a less b.
static int add_row(struct table *t, const struct block *a, const struct block *b,
                   struct mc_error *e) {
    const struct mc_over *o = t->o;
    struct row *row = new_row(t, a, e);
    if (!row) return MC_ERR_MEM;
    int64_t n = a->heights ? a->v->path->n : 0;
    bool counted = a->heights && o->rows.metric->counted;
    if (b) {
        row->minus = o->condition[b->condition];
        row->runs_minus = b->k;
        MC_TRY(
            mc_runs_difference(a->run, a->k, b->run, b->k, n, o->confidence, counted, &row->x, e));
    } else {
        MC_TRY(mc_runs_interval(a->run, a->k, n, o->confidence, counted, &row->x, e));
        if (a->heights) mc_interval_of_height(&row->x);
    }
    row->degrees = row->x.degrees ? row->x.degrees : (double)NAN;
    return 0;
}

// The differences of condition a less b in all that both have.
static int add_differences(struct table *t, int a, int b, struct mc_error *e) {
    int i = t->of[a], j = t->of[b];
    while (i < t->of[a + 1] && j < t->of[b + 1]) {
        const struct block *x = &t->block[i], *y = &t->block[j];
        if (x->kind == y->kind) MC_TRY(add_row(t, x, y, e));
        i += x->kind <= y->kind;
        j += y->kind <= x->kind;
    }
    return 0;
}

static int find_condition(const struct mc_over *o, const char *name, struct mc_error *e) {
    struct mc_buf there = {0};
    int k = -1, rc = 0;
    for (int i = 0; k < 0 && rc == 0 && i < o->n_conditions; i++) {
        if (strcmp(o->condition[i], name) == 0) k = i;
        rc = mc_buf_printf(&there, e, "%s%s", i ? ", " : "", o->condition[i]);
    }
    if (rc == 0 && k < 0)
        rc = mc_fail(e, MC_ERR_INPUT, "--compare: no condition '%s'; there are %s", name, there.p);
    mc_buf_release(&there);
    return rc < 0 ? rc : k;
}

// The numbers of two conditions "A,B".
static int find_two(const struct mc_over *o, const char *pair, int of[2], struct mc_error *e) {
    char **name;
    int n;
    MC_TRY(mc_split(pair, ',', "--compare", &name, &n, e));
    int rc = n == 2 ? 0
                    : mc_fail(e, MC_ERR_USAGE, "--compare: '%s' is no two conditions A,B", pair);
    for (int i = 0; rc >= 0 && i < 2; i++) rc = of[i] = find_condition(o, name[i], e);
    mc_split_free(name, n);
    return rc < 0 ? rc : 0;
}

// A difference that is there twice, whichever way round, would count twice in Holm's correction.
static int check_twice(const struct mc_over *o, const int (*of)[2], struct mc_error *e) {
    int64_t *key = mc_new((size_t)o->n_compare, sizeof *key, e);
    if (!key) return MC_ERR_MEM;
    for (int i = 0; i < o->n_compare; i++) {
        int64_t low = of[i][0] < of[i][1] ? of[i][0] : of[i][1];
        key[i] = low * o->n_conditions + (of[i][0] + of[i][1] - low);
    }
    mc_sort_ints(key, o->n_compare);
    int rc = 0;
    for (int i = 1; rc == 0 && i < o->n_compare; i++)
        if (key[i] == key[i - 1])
            rc = mc_fail(e, MC_ERR_USAGE, "--compare: '%s' and '%s' are given twice",
                         o->condition[key[i] / o->n_conditions],
                         o->condition[key[i] % o->n_conditions]);
    free(key);
    return rc;
}

// The differences of --compare.
static int compare(struct table *t, struct mc_error *e) {
    const struct mc_over *o = t->o;
    int(*of)[2] = mc_new((size_t)o->n_compare, sizeof *of, e);
    int rc = of ? 0 : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < o->n_compare; i++) rc = find_two(o, o->compare[i], of[i], e);
    if (rc == 0) rc = check_twice(o, of, e);
    for (int i = 0; rc == 0 && i < o->n_compare; i++)
        rc = add_differences(t, of[i][0], of[i][1], e);
    free(of);
    return rc;
}

static int add_rows(struct table *t, struct mc_error *e) {
    const struct mc_over *o = t->o;
    for (int i = 0; i < t->n_blocks; i++) MC_TRY(add_row(t, &t->block[i], NULL, e));
    if (o->n_compare) return compare(t, e);
    if (o->n_conditions > MOST_CONDITIONS)
        return mc_fail(e, MC_ERR_INPUT,
                       "%d conditions are too many to compare all of them: --compare A,B names the "
                       "differences that are wanted",
                       o->n_conditions);
    for (int a = 0; a < o->n_conditions; a++)
        for (int b = a + 1; b < o->n_conditions; b++) MC_TRY(add_differences(t, a, b, e));
    return 0;
}

static int correct(struct table *t, struct mc_error *e) {
    double *p = mc_new((size_t)t->n, sizeof *p, e), *adjusted = NULL;
    if (p) adjusted = mc_new((size_t)t->n, sizeof *adjusted, e);
    int rc = adjusted ? 0 : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < t->n; i++) p[i] = t->row[i].x.p;
    if (rc == 0) rc = mc_holm(p, t->n, adjusted, e);
    for (int i = 0; rc == 0 && i < t->n; i++) t->row[i].p_holm = adjusted[i];
    free(p);
    free(adjusted);
    return rc;
}

static int write(const struct table *t, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_columns_head(COLUMNS, N, out, e));
    for (int i = 0; i < t->n; i++) {
        MC_TRY(mc_buf_add(out, "\n", 1, e));
        MC_TRY(mc_columns_row(COLUMNS, N, &t->row[i], out, e));
    }
    return mc_buf_add(out, "\n", 1, e);
}

int mc_over_write(struct mc_over *o, struct mc_buf *out, struct mc_error *e) {
    if (o->n == 0) return mc_fail(e, MC_ERR_INPUT, "%s: no row of a pair of ends", o->first);
    MC_TRY(check_pairs(o, e));
    MC_TRY(check_ends(o, e));
    MC_TRY(check_examples(o, e));
    struct table t = {.o = o};
    int rc = make_blocks(&t, e);
    if (rc == 0) rc = add_rows(&t, e);
    if (rc == 0) rc = correct(&t, e);
    if (rc == 0) rc = write(&t, out, e);
    free(t.run);
    free(t.block);
    free(t.of);
    free(t.row);
    return rc;
}

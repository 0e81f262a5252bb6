// All rows of a barrier table: one a path, task and group, then one over all paths.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"
#include "mc/eval.h"
#include "mc/tsv.h"

// Room for one more, all zero.
static struct mc_barrier_row *new_row(struct mc_barrier_rows *r, const struct mc_path_table *of,
                                      struct mc_error *e) {
    struct mc_barrier_row *v = mc_resize(r->v, (size_t)r->n + 1, sizeof *v, e);
    if (!v) return NULL;
    r->v = v;
    struct mc_barrier_of *x = mc_resize(r->of, (size_t)r->n + 1, sizeof *x, e);
    if (!x) return NULL;
    r->of = x;
    r->of[r->n] = (struct mc_barrier_of){.table = of};
    r->v[r->n] = (struct mc_barrier_row){.task = of->task,
                                         .metric = r->metric->name,
                                         .verdict = "",
                                         .notes = "",
                                         .from = "",
                                         .to = "",
                                         .group = of->group};
    return &r->v[r->n++];
}

static int fill_examples(struct mc_barrier_rows *r, struct mc_barrier_row *row,
                         struct mc_path_table *s, struct mc_error *e) {
    struct mc_band band = {r->confidence, r->resamples, r->seed, r->pool, NAN, NAN, NAN};
    MC_TRY(mc_band_compute(&band, s->each, s->n, s->t, s->n_t, r->metric->counted, e));
    row->low = band.low;
    row->high = band.high;
    row->band_c = band.c;
    row->verdict = mc_verdict(&band, r->epsilon, s->n, s->n_t, r->metric->counted);
    double *height = mc_new((size_t)s->n, sizeof *height, e);
    if (!height) return MC_ERR_MEM;
    r->of[row - r->v].height = height;
    row->xfit = mc_crossfit(s, height);
    free(s->each); // of many paths at once only what rows over all of them need
    s->each = NULL;
    return 0;
}

static int add_row(struct mc_barrier_rows *r, struct mc_path_table *s, const char *path,
                   struct mc_error *e) {
    struct mc_barrier_row *row = new_row(r, s, e);
    if (!row) return MC_ERR_MEM;
    row->path = path;
    row->points = s->n_t;
    row->epsilon = r->epsilon;
    row->confidence = r->confidence;
    row->from = s->from;
    row->to = s->to;
    row->n = (double)s->n;
    row->low = row->high = row->band_c = row->xfit = row->reach[0] = row->reach[1] = NAN;
    row->means = mc_path_means_of(s);
    row->runs = 1;
    if (!isnan(r->width)) mc_path_reach(s, r->width, row->reach);
    MC_TRY(mc_barrier_compute(&row->b, s->t, s->loss, s->n_t, e));
    row->notes = mc_barrier_notes(&row->b, s->chance, r->epsilon);
    return s->each ? fill_examples(r, row, s, e) : 0;
}

// Takes over the tables of a path; an error releases them too.
static int add_path(struct mc_barrier_rows *r, struct mc_path_tables *s, const char *path,
                    struct mc_error *e) {
    struct mc_path_tables *p = mc_resize(r->path, (size_t)r->n_paths + 1, sizeof *p, e);
    if (!p) {
        mc_path_tables_release(s);
        return MC_ERR_MEM;
    }
    r->path = p;
    r->path[r->n_paths++] = *s;
    for (int i = 0; i < s->n; i++) MC_TRY(add_row(r, &s->v[i], path, e));
    return 0;
}

int mc_barrier_rows_add(struct mc_barrier_rows *r, const char *path, const char *each_path,
                        struct mc_error *e) {
    struct mc_path_tables s;
    MC_TRY(mc_path_tables_read(&s, path, each_path, r->metric, e));
    return add_path(r, &s, path, e);
}

int mc_barrier_rows_of(struct mc_barrier_rows *r, struct mc_tsv *table, const char *each_path,
                       struct mc_error *e) {
    const char *path = table->name;
    struct mc_path_tables s;
    MC_TRY(mc_path_tables_of(&s, table, each_path, r->metric, e));
    return add_path(r, &s, path, e);
}

static bool same_sweep(const struct mc_barrier_row *a, const struct mc_barrier_row *b) {
    return strcmp(a->task, b->task) == 0 && strcmp(a->group, b->group) == 0;
}

// A model with itself, such as a random direction from it.
static bool is_alone(const struct mc_barrier_row *x) {
    return *x->from && strcmp(x->from, x->to) == 0;
}

// Of two paths one tells of two ends; the other, of one model, would pull down their mean.
static int check_alone(const struct mc_barrier_row *a, const struct mc_barrier_row *b,
                       struct mc_error *e) {
    if (is_alone(a) == is_alone(b)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s: task %s: both ends are one model, unlike those in %s",
                   is_alone(a) ? a->path : b->path, a->task, is_alone(a) ? b->path : a->path);
}

// The row over k rows, number i[0], i[1], ... .
static int add_all(struct mc_barrier_rows *r, const int *i, int k, struct mc_error *e) {
    const struct mc_path_table *first = r->of[i[0]].table;
    struct mc_interval x = {.low = NAN, .high = NAN};
    struct mc_barrier_row *row = new_row(r, first, e);
    const struct mc_barrier_row **of = mc_new((size_t)k, sizeof *of, e);
    struct mc_run *run = mc_new((size_t)k, sizeof *run, e);
    int rc = row && of && run ? 0 : MC_ERR_MEM, least = first->n_t;
    bool heights = true;
    for (int j = 0; rc == 0 && j < k; j++) {
        const struct mc_barrier_of *path = &r->of[i[j]];
        of[j] = &r->v[i[j]];
        run[j] = (struct mc_run){of[j]->from, of[j]->to, of[j]->xfit, path->height};
        heights = heights && path->height;
        if (path->table->n_t < least) least = path->table->n_t;
        rc = mc_path_same_examples(first, of[0]->path, path->table, of[j]->path, e);
        if (rc == 0) rc = check_alone(of[0], of[j], e);
    }
    if (rc == 0) mc_barrier_row_mean(row, of, k);
    if (rc == 0 && heights)
        rc = mc_runs_interval(run, k, first->n, r->confidence, r->metric->counted, &x, e);
    mc_interval_of_height(&x);
    if (rc == 0) {
        row->path = "all";
        row->runs = k;
        row->low = x.low;
        row->high = x.high;
        row->band_c = NAN;
        const struct mc_band band = {.confidence = r->confidence, .low = x.low, .high = x.high};
        if (heights)
            row->verdict = mc_verdict(&band, r->epsilon, first->n, least, r->metric->counted);
    }
    free(of);
    free(run);
    return rc;
}

int mc_barrier_rows_all(struct mc_barrier_rows *r, struct mc_error *e) {
    int rc = 0, n = r->n, *i = mc_new((size_t)n, sizeof *i, e);
    bool *done = mc_new((size_t)n, sizeof *done, e);
    if (!i || !done) rc = MC_ERR_MEM;
    for (int a = 0; rc == 0 && a < n; a++) {
        int k = 0;
        for (int b = a; !done[a] && b < n; b++)
            if (same_sweep(&r->v[a], &r->v[b])) i[k++] = b;
        for (int j = 0; j < k; j++) done[i[j]] = true;
        if (k > 1) rc = add_all(r, i, k, e);
    }
    free(i);
    free(done);
    return rc;
}

void mc_barrier_rows_release(struct mc_barrier_rows *r) {
    for (int i = 0; i < r->n; i++) free(r->of[i].height);
    free(r->of);
    free(r->v);
    for (int i = 0; i < r->n_paths; i++) mc_path_tables_release(&r->path[i]);
    free(r->path);
    r->of = NULL;
    r->v = NULL;
    r->path = NULL;
    r->n = r->n_paths = 0;
}

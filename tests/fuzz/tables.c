// Tables of mc-eval, as mc-barrier reads them and works with them; tables of barriers, as mc-matrix
// and mc-barrier --over do; tables of every example, as mc-knowledge does.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mc/barrier.h"
#include "mc/eval.h"
#include "mc/knowledge.h"
#include "mc/matrix.h"
#include "mc/over.h"

enum { RESAMPLES = 40 };

static void check_table(const struct mc_path_table *s) {
    FUZZ_CHECK(s->n > 0 && s->n_t >= 2 && s->t[0] == 0 && s->t[s->n_t - 1] == 1);
    for (int j = 0; j < s->n_t; j++) {
        FUZZ_CHECK(isfinite(s->loss[j]));
        FUZZ_CHECK(j == 0 || s->t[j] > s->t[j - 1]);
        double sum = 0;
        for (int64_t i = 0; s->each && i < s->n; i++) sum += s->each[j * s->n + i];
        if (s->each) FUZZ_CHECK(isfinite(sum));
    }
}

static int compute(const struct mc_path_table *s, bool counted, struct mc_error *e) {
    struct mc_barrier b;
    MC_TRY(mc_barrier_compute(&b, s->t, s->loss, s->n_t, e));
    const double x[] = {b.loss_max, b.t_max, b.lin, b.mean, b.max, b.mid, b.convexity_gap};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) FUZZ_CHECK(isfinite(x[i]));
    FUZZ_CHECK(b.lin >= 0 && b.max >= 0 && b.convexity_gap >= b.lin * (1 - 1e-9));
    if (!s->each) return 0;
    struct mc_band band = {.confidence = .9, .resamples = RESAMPLES};
    MC_TRY(mc_band_compute(&band, s->each, s->n, s->t, s->n_t, counted, e));
    FUZZ_CHECK(isfinite(band.low) && isfinite(band.high));
    FUZZ_CHECK(band.low >= 0 && band.low <= band.high);
    FUZZ_CHECK(mc_verdict(&band, .02, s->n, s->n_t, counted));
    return 0;
}

// Two paths in one: rows, and those over both.
static int all_rows(const char *table, const char *each, const struct mc_metric *metric,
                    struct mc_error *e) {
    struct mc_barrier_rows r = {
        .metric = metric, .epsilon = .02, .confidence = .9, .width = .1, .resamples = RESAMPLES};
    int rc = mc_barrier_rows_add(&r, table, each, e);
    if (rc == 0) rc = mc_barrier_rows_add(&r, table, each, e);
    int n = r.n;
    if (rc == 0) rc = mc_barrier_rows_all(&r, e);
    if (rc == 0) FUZZ_CHECK(r.n == n + n / 2);
    struct mc_buf text = {0};
    for (int i = 0; rc == 0 && i < r.n; i++) {
        const struct mc_barrier_row *w = &r.v[i];
        FUZZ_CHECK(w->reach[0] >= 0 && w->reach[0] <= 1 && w->reach[1] >= 0 && w->reach[1] <= 1);
        FUZZ_CHECK(isnan(w->low) || (w->low >= 0 && w->low <= w->high));
        rc = mc_barrier_row(w, &text, e);
    }
    mc_buf_release(&text);
    mc_barrier_rows_release(&r);
    return rc;
}

// The first part as a file; the second, where there is one, as another: whether there is.
static bool two_parts(const uint8_t *p, size_t n, char first[FUZZ_PATH], char second[FUZZ_PATH]) {
    const uint8_t *part;
    size_t k;
    fuzz_part(p, n, 0, &part, &k);
    fuzz_file(first, "in", part, k);
    bool both = fuzz_part(p, n, 1, &part, &k);
    if (both) fuzz_file(second, "in2", part, k);
    return both;
}

// Parts: a table; its per-example table, where there is one. Accepted where a metric accepts it.
int fuzz_barrier(const uint8_t *p, size_t n, struct mc_error *e) {
    char table[FUZZ_PATH], each[FUZZ_PATH];
    bool both = two_parts(p, n, table, each);
    bool any = false;
    int rc = 0, rows = 0;
    while (mc_metrics[rows]) rows++;
    for (int i = rows - 1; i >= 0; i--) { // the loss, which comes last, has the last word
        struct mc_path_tables s;
        if (!mc_metrics[i]->each && !mc_metrics[i]->counted) continue;
        rc = mc_path_tables_read(&s, table, both ? each : NULL, mc_metrics[i], e);
        if (rc < 0) continue;
        for (int q = 0; q < s.n; q++) check_table(&s.v[q]);
        for (int q = 0; q < s.n && rc == 0; q++) rc = compute(&s.v[q], mc_metrics[i]->counted, e);
        mc_path_tables_release(&s);
        if (rc == 0) rc = all_rows(table, both ? each : NULL, mc_metrics[i], e);
        any |= rc == 0;
    }
    return any ? 0 : rc;
}

// Parts: a table of barriers; a file of names, where there is one.
int fuzz_matrix(const uint8_t *p, size_t n, struct mc_error *e) {
    char table[FUZZ_PATH], names[FUZZ_PATH];
    bool both = two_parts(p, n, table, names);
    struct mc_matrix m = {.value = "barrier_lin"};
    struct mc_buf text = {0};
    int rc = mc_matrix_read(&m, table, e);
    if (rc == 0) rc = mc_matrix_build(&m, .02, e);
    for (int i = 0; rc == 0 && i < m.n; i++) {
        FUZZ_CHECK(m.v[i * m.n + i] == 0 && m.cluster[i] >= 0 && m.cluster[i] <= i);
        for (int j = 0; j < i; j++)
            FUZZ_CHECK(m.v[i * m.n + j] == m.v[j * m.n + i] || isnan(m.v[i * m.n + j]));
    }
    if (rc == 0) rc = mc_matrix_name(&m, both ? names : NULL, e);
    if (rc == 0) rc = mc_matrix_write(&m, &text, e);
    mc_buf_release(&text);
    mc_matrix_release(&m);
    return rc;
}

static int use_ledger(const struct mc_ledger *l, const char *table, const struct mc_dynamics *d,
                      struct mc_error *e) {
    struct mc_buf text = {0};
    int *at = mc_new((size_t)l->n, sizeof *at, e);
    FUZZ_CHECK(at && l->n > 0 && l->n_points >= 2);
    for (int k = 1; k < l->n_points; k++) FUZZ_CHECK(l->t[k] > l->t[k - 1]);
    int rc = d ? mc_ledger_match(l, table, d, at, e) : 0;
    if (rc == 0) rc = mc_ledger_rows(l, d, at, 3, 0, &text, e);
    for (const struct mc_selection *s = mc_selections; rc == 0 && s->name; s++) {
        int64_t *chosen = NULL;
        int n = 0;
        if (s->of_path) rc = mc_select_of_path(s, l, d, at, &chosen, &n, e);
        FUZZ_CHECK(n <= l->n);
        free(chosen);
    }
    mc_buf_release(&text);
    free(at);
    return rc;
}

static int use_dynamics(const struct mc_dynamics *d, struct mc_error *e) {
    struct mc_buf text = {0};
    int rc = mc_dynamics_table(d, &text, e);
    for (int i = 0; i < d->n; i++) {
        FUZZ_CHECK(d->confidence[i] >= 0 && d->confidence[i] <= 1 && d->variability[i] <= .51);
        FUZZ_CHECK(mc_dynamics_find(d, d->example[i]) == i && d->forgetting[i] < d->n_epochs);
    }
    for (const struct mc_selection *s = mc_selections; rc == 0 && s->name; s++) {
        int64_t *chosen = NULL;
        int n = 0;
        if (s->key) rc = mc_select_of_dynamics(s, d, 0, &chosen, &n, e);
        FUZZ_CHECK(n <= d->n);
        free(chosen);
    }
    mc_buf_release(&text);
    return rc;
}

// Parts: the per-example table of a path; training dynamics, where there are any.
int fuzz_knowledge(const uint8_t *p, size_t n, struct mc_error *e) {
    char table[FUZZ_PATH], dynamics[FUZZ_PATH];
    bool both = two_parts(p, n, table, dynamics);
    struct mc_ledgers l = {0};
    struct mc_dynamics d = {0};
    int rc = both ? mc_dynamics_read(&d, dynamics, e) : 0;
    if (rc == 0 && both) rc = use_dynamics(&d, e);
    if (rc == 0) rc = mc_ledgers_read(&l, table, NULL, e);
    for (int i = 0; rc == 0 && i < l.n; i++) rc = use_ledger(&l.v[i], table, both ? &d : NULL, e);
    mc_dynamics_release(&d);
    mc_ledgers_release(&l);
    return rc;
}

// Parts: a table of pairs or of a path; another of the same condition, or the per-example table of
// a path, where there is one.
int fuzz_over(const uint8_t *p, size_t n, struct mc_error *e) {
    char table[FUZZ_PATH], more[FUZZ_PATH];
    bool both = two_parts(p, n, table, more);
    struct mc_over o = {.column = both ? "xfit" : "barrier_lin",
                        .confidence = .9,
                        .rows = {.metric = &mc_metric_loss,
                                 .epsilon = .02,
                                 .confidence = .9,
                                 .width = NAN,
                                 .resamples = RESAMPLES}};
    struct mc_buf text = {0};
    int rc = mc_over_add(&o, "a", table, NULL, e);
    bool paths = o.of_paths;
    if (rc == 0 && both) rc = mc_over_add(&o, "b", paths ? table : more, paths ? more : NULL, e);
    if (rc == 0) rc = mc_over_write(&o, &text, e);
    if (rc == 0) {
        int64_t lines = 0, tabs = 0;
        for (size_t i = 0; i < text.n; i++) {
            lines += text.p[i] == '\n';
            tabs += text.p[i] == '\t';
        }
        FUZZ_CHECK(lines > 1 && tabs == 16 * lines && text.p[text.n - 1] == '\n');
    }
    mc_buf_release(&text);
    mc_over_release(&o);
    return rc;
}

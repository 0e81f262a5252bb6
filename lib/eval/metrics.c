// The values of all metrics for a task, and rows found by their names.
#include "mc/eval.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const struct mc_metrics mc_no_metrics = {.n = 0};

static int index_of(const char *name) {
    for (int i = 0; mc_metrics[i]; i++)
        if (strcmp(mc_metrics[i]->name, name) == 0) return i;
    return -1;
}

const struct mc_metric *mc_metric_find(const char *name) {
    int i = index_of(name);
    return i < 0 ? NULL : mc_metrics[i];
}

const char *mc_metric_choices(char out[MC_METRIC_CHOICES]) {
    *out = 0;
    for (int i = 0; mc_metrics[i]; i++) {
        if (!mc_metrics[i]->each && !mc_metrics[i]->counted) continue;
        assert(strlen(out) + strlen(mc_metrics[i]->name) + 2 <= MC_METRIC_CHOICES);
        if (*out) strcat(out, "|");
        strcat(out, mc_metrics[i]->name);
    }
    return out;
}

// Another block's values behind those of the blocks before, one after the other, so that blocks do
// not change the sum.
static void add_each(const struct mc_metric *m, const struct mc_scores *s, const struct mc_task *t,
                     double *sum) {
    for (int64_t i = 0; i < s->n; i++) *sum += m->each(s, t, i);
}

int mc_metrics_add(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *sums,
                   struct mc_error *e) {
    bool gold = mc_task_has_gold(t);
    for (int i = 0; mc_metrics[i]; i++) {
        assert(i < MC_METRICS_MAX); // the table is ours
        bool told = gold || mc_metrics[i]->without_gold;
        if (i == sums->n) sums->v[sums->n++] = told && mc_metrics[i]->each ? 0 : (double)NAN;
        if (told && mc_metrics[i]->each) add_each(mc_metrics[i], s, t, &sums->v[i]);
        if (told && !mc_metrics[i]->each) MC_TRY(mc_metrics[i]->of_set(s, t, &sums->v[i], e));
    }
    return 0;
}

void mc_metrics_mean(struct mc_metrics *sums, int64_t n) {
    for (int i = 0; i < sums->n; i++)
        if (mc_metrics[i]->each) sums->v[i] /= (double)n;
}

int mc_metrics_of(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *out,
                  struct mc_error *e) {
    *out = mc_no_metrics;
    MC_TRY(mc_metrics_add(s, t, out, e));
    mc_metrics_mean(out, s->n);
    return 0;
}

double mc_metrics_value(const struct mc_metrics *m, const char *name) {
    int i = index_of(name);
    return i < 0 || i >= m->n ? (double)NAN : m->v[i];
}

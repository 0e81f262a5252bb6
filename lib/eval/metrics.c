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

static double mean_of(const struct mc_metric *m, const struct mc_scores *s,
                      const struct mc_task *t) {
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++) sum += m->each(s, t, i);
    return sum / (double)s->n;
}

int mc_metrics_of(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *out,
                  struct mc_error *e) {
    bool gold = mc_task_has_gold(t);
    *out = mc_no_metrics;
    for (int i = 0; mc_metrics[i]; i++) {
        assert(i < MC_METRICS_MAX); // the table is ours
        out->n = i + 1;
        out->v[i] = NAN;
        if (!gold && !mc_metrics[i]->without_gold) continue;
        if (mc_metrics[i]->each)
            out->v[i] = mean_of(mc_metrics[i], s, t);
        else
            MC_TRY(mc_metrics[i]->of_set(s, t, &out->v[i], e));
    }
    return 0;
}

double mc_metrics_value(const struct mc_metrics *m, const char *name) {
    int i = index_of(name);
    return i < 0 || i >= m->n ? (double)NAN : m->v[i];
}

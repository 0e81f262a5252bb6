// How far the answers of a point are from those of the first point of its path, whatever the labels
// are.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/report.h"

void mc_first_point_release(struct mc_first_point *f) {
    for (int k = 0; f->label && k < f->n_labels; k++) free(f->label[k]);
    free(f->label);
    free(f->path);
    free(f->logit);
    *f = (struct mc_first_point){0};
}

static int keep(struct mc_first_point *f, const char *path, const struct mc_scores *s,
                struct mc_error *e) {
    size_t n = (size_t)s->n * (size_t)s->n_labels;
    mc_first_point_release(f);
    f->path = mc_strdup(path, e);
    f->label = mc_new((size_t)s->n_labels, sizeof *f->label, e);
    f->logit = mc_new(n, sizeof *f->logit, e);
    if (!f->path || !f->label || !f->logit) return MC_ERR_MEM;
    memcpy(f->logit, s->logit, n * sizeof *f->logit);
    f->n = s->n;
    f->n_labels = s->n_labels;
    for (int k = 0; k < s->n_labels; k++)
        if (!(f->label[k] = mc_strdup(s->labels[k], e))) return MC_ERR_MEM;
    return 0;
}

// p[n] = softmax(z)
static void softmax(const double *z, int n, double *p) {
    double top = z[0], sum = 0;
    for (int k = 1; k < n; k++) top = fmax(top, z[k]);
    for (int k = 0; k < n; k++) sum += p[k] = exp(z[k] - top);
    for (int k = 0; k < n; k++) p[k] /= sum;
}

// p log(p / m), 0 at p = 0.
static double term(double p, double m) { return p > 0 ? p * log(p / m) : 0; }

// Between p[n_p] and q[n_q]; place[k] is where label k of p is among those of q, -1: nowhere. q
// gives that no probability, nor p those that are in q alone; n_q 0: there are none.
static double divergence(const double *p, int n_p, const int *place, const double *q, int n_q) {
    double sum = 0, met = 0;
    for (int k = 0; k < n_p; k++) {
        double other = place[k] < 0 ? 0 : q[place[k]], m = .5 * (p[k] + other);
        sum += term(p[k], m) + term(other, m);
        met += other;
    }
    double all = 0;
    for (int k = 0; k < n_q; k++) all += q[k];
    return fmax(0, .5 * (sum + fmax(0, all - met) * log(2)));
}

static int mean_divergence(const struct mc_first_point *f, struct mc_scores *s,
                           struct mc_error *e) {
    int a = f->n_labels, b = s->n_labels, *place = mc_new((size_t)a, sizeof *place, e);
    double *p = mc_new((size_t)a + (size_t)b, sizeof *p, e), sum = 0;
    if (!place || !p) {
        free(place);
        free(p);
        return MC_ERR_MEM;
    }
    bool same = a == b;
    for (int k = 0; k < a; k++) {
        place[k] = b - 1;
        while (place[k] >= 0 && strcmp(f->label[k], s->labels[place[k]]) != 0) place[k]--;
        same = same && place[k] >= 0;
    }
    for (int64_t i = 0; i < s->n; i++) {
        softmax(f->logit + i * a, a, p);
        softmax(s->logit + i * b, b, p + a);
        sum += divergence(p, a, place, p + a, same ? 0 : b); // with no label more there is no rest
    }
    s->js_0 = sum / (double)s->n;
    free(place);
    free(p);
    return 0;
}

int mc_first_point_compare(struct mc_first_point *f, const struct mc_point *p, struct mc_scores *s,
                           struct mc_error *e) {
    struct mc_buf path = {0};
    if (!*p->kind || !s->has_logits) {
        mc_first_point_release(f);
        return 0;
    }
    int rc = mc_buf_printf(&path, e, "%s\t%s\t%s\t%s", p->kind, p->from, p->to, p->group);
    bool same = rc == 0 && f->path && strcmp(f->path, path.p) == 0 && f->n == s->n;
    if (rc == 0 && !same) rc = keep(f, path.p, s, e);
    if (rc == 0) rc = mean_divergence(f, s, e);
    mc_buf_release(&path);
    return rc;
}

static int js_0(const struct mc_scores *s, const struct mc_task *t, double *out,
                struct mc_error *e) {
    (void)t;
    (void)e;
    *out = s->js_0;
    return 0;
}

const struct mc_metric mc_metric_js_0 = {.name = "js_0", .without_gold = true, .of_set = js_0};

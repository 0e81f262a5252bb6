// Metrics that are means of values which examples have: the loss, and those of written text.
#include <math.h>

#include "mc/eval.h"

static double value(const double *v, int64_t i) { return v ? v[i] : (double)NAN; }

static double loss(const struct mc_scores *s, const struct mc_task *t, int64_t i) {
    (void)t;
    return value(s->loss, i);
}

static double exact_match(const struct mc_scores *s, const struct mc_task *t, int64_t i) {
    (void)t;
    return value(s->exact_match, i);
}

static double token_f1(const struct mc_scores *s, const struct mc_task *t, int64_t i) {
    (void)t;
    return value(s->token_f1, i);
}

const struct mc_metric mc_metric_loss = {.name = "loss", .each = loss};
const struct mc_metric mc_metric_exact_match = {
    .name = "exact_match", .rising = true, .counted = true, .each = exact_match};
const struct mc_metric mc_metric_token_f1 = {
    .name = "token_f1", .rising = true, .counted = true, .each = token_f1};

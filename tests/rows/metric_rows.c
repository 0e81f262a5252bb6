// A metric that a test adds, in this one file and one row: the probability that is not the gold
// label's.
#include "mc/eval.h"

static double doubt(const struct mc_scores *s, const struct mc_task *t, int64_t i) {
    (void)t;
    return 1 - s->p_label[i];
}

static const struct mc_metric mc_metric_doubt = {.name = "doubt", .each = doubt};

const struct mc_metric *const mc_metrics[] = {&mc_metric_loss,
                                              &mc_metric_accuracy,
                                              &mc_metric_f1_macro,
                                              &mc_metric_mcc,
                                              &mc_metric_exact_match,
                                              &mc_metric_token_f1,
                                              &mc_metric_pearson,
                                              &mc_metric_spearman,
                                              &mc_metric_temperature,
                                              &mc_metric_loss_cal,
                                              &mc_metric_js_0,
                                              &mc_metric_doubt,
                                              NULL};

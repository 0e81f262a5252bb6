// The table of metrics. A new one is a row here and stands in a file beside this; in tables it
// comes behind the columns that there are.
#include "mc/eval.h"

const struct mc_metric *const mc_metrics[] = {
    &mc_metric_loss,        &mc_metric_accuracy, &mc_metric_f1_macro, &mc_metric_mcc,
    &mc_metric_exact_match, &mc_metric_token_f1, &mc_metric_pearson,  &mc_metric_spearman,
    &mc_metric_temperature, &mc_metric_loss_cal, &mc_metric_js_0,     NULL};

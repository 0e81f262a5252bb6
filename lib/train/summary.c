// How a run of training ended: a line for the user, a table of one row for other programs.
#include <math.h>
#include <stdio.h>

#include "mc/num.h"
#include "mc/out.h"
#include "mc/train.h"

struct row {
    int64_t steps, epochs, parameters;
    int tensors;
    double loss, dev_loss, dev_accuracy, seconds, peak_mb;
};

#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMNS[] = {
    {"steps", MC_CELL_WHOLE, FIELD(steps)},
    {"epochs", MC_CELL_WHOLE, FIELD(epochs)},
    {"loss", MC_CELL_REAL, FIELD(loss)},
    {"dev_loss", MC_CELL_REAL, FIELD(dev_loss)},
    {"dev_accuracy", MC_CELL_REAL, FIELD(dev_accuracy)},
    {"seconds", MC_CELL_REAL, FIELD(seconds)},
    {"peak_mb", MC_CELL_REAL, FIELD(peak_mb)},
    {"parameters", MC_CELL_WHOLE, FIELD(parameters)},
    {"tensors", MC_CELL_INT, FIELD(tensors)},
};
enum { N = sizeof COLUMNS / sizeof *COLUMNS };

int mc_training_summary(const struct mc_training *t, double seconds, const char *path,
                        struct mc_error *e) {
    const struct row row = {.steps = t->total,
                            .epochs = (t->total + t->per_epoch - 1) / t->per_epoch,
                            .loss = t->last_loss,
                            .dev_loss = mc_metrics_value(&t->last_dev, mc_metric_loss.name),
                            .dev_accuracy = mc_metrics_value(&t->last_dev, mc_metric_accuracy.name),
                            .seconds = seconds,
                            .peak_mb = mc_peak_mb(),
                            .parameters = (int64_t)t->trained.table->size,
                            .tensors = t->trained.table->n};
    struct mc_out out = {0};
    int rc;
    MC_TRY_DONE(mc_out_open(&out, path, e));
    MC_TRY_DONE(mc_out_columns(&out, COLUMNS, N, NULL, e));
    MC_TRY_DONE(mc_out_printf(&out, e, "\n"));
    MC_TRY_DONE(mc_out_columns(&out, COLUMNS, N, &row, e));
    MC_TRY_DONE(mc_out_printf(&out, e, "\n"));
    rc = mc_out_close(&out, e);
done:
    mc_out_abort(&out);
    return rc;
}

void mc_training_tell(const struct mc_training *t, double seconds) {
    char loss[40] = "", right[40] = "";
    double dev_loss = mc_metrics_value(&t->last_dev, mc_metric_loss.name),
           dev_accuracy = mc_metrics_value(&t->last_dev, mc_metric_accuracy.name);
    if (isfinite(dev_loss)) snprintf(loss, sizeof loss, ", dev loss %.4g", dev_loss);
    if (isfinite(dev_accuracy)) snprintf(right, sizeof right, ", dev accuracy %.4g", dev_accuracy);
    mc_note(t->log, "%lld step%s, last loss %.4g%s%s; %.1f s, peak memory %.1f MB",
            (long long)t->total, mc_s(t->total), t->last_loss, loss, right, seconds, mc_peak_mb());
}

// How a run of training ended: a line for the user, a table of one row for other programs.
#include <math.h>
#include <stdio.h>

#include "mc/num.h"
#include "mc/out.h"
#include "mc/train.h"

int mc_training_summary(const struct mc_training *t, double seconds, const char *path,
                      struct mc_error *e) {
    char b[5][MC_NUM_TEXT];
    struct mc_out out;
    MC_TRY(mc_out_open(&out, path, e));
    int rc = mc_out_printf(
        &out, e,
        "steps\tepochs\tloss\tdev_loss\tdev_accuracy\tseconds\tpeak_mb\tparameters\ttensors\n"
        "%lld\t%lld\t%s\t%s\t%s\t%s\t%s\t%zu\t%d\n",
        (long long)t->total, (long long)((t->total + t->per_epoch - 1) / t->per_epoch),
        mc_num_text(t->last_loss, b[0]), mc_num_text(t->last_dev.loss, b[1]),
        mc_num_text(t->last_dev.accuracy, b[2]), mc_num_text(seconds, b[3]),
        mc_num_text(mc_peak_mb(), b[4]), t->trained.table->size, t->trained.table->n);
    if (rc == 0) rc = mc_out_close(&out, e);
    mc_out_abort(&out);
    return rc;
}

void mc_training_tell(const struct mc_training *t, double seconds) {
    char loss[40] = "", right[40] = "";
    if (isfinite(t->last_dev.loss)) snprintf(loss, sizeof loss, ", dev loss %.4g", t->last_dev.loss);
    if (isfinite(t->last_dev.accuracy))
        snprintf(right, sizeof right, ", dev accuracy %.4g", t->last_dev.accuracy);
    mc_note(t->log, "%lld steps, last loss %.4g%s%s; %.1f s, peak memory %.1f MB",
            (long long)t->total, t->last_loss, loss, right, seconds, mc_peak_mb());
}

// The table of training, a row an update: its columns, header and rows.
#include "mc/out.h"
#include "mc/train.h"

#define FIELD(f) offsetof(struct mc_training_row, f)
static const struct mc_column COLUMNS[] = {
    {"step", MC_CELL_WHOLE, FIELD(step)},
    {"epoch", MC_CELL_WHOLE, FIELD(epoch)},
    {"loss", MC_CELL_REAL, FIELD(loss)},
    {"lr", MC_CELL_REAL, FIELD(lr)},
    {"grad_norm", MC_CELL_REAL, FIELD(grad_norm)},
    {"tokens_per_s", MC_CELL_REAL, FIELD(tokens_per_s)},
    {"seconds", MC_CELL_REAL, FIELD(seconds)},
    {"dev_loss", MC_CELL_REAL, FIELD(dev_loss)},
    {"dev_accuracy", MC_CELL_REAL, FIELD(dev_accuracy)},
};
enum { N = sizeof COLUMNS / sizeof *COLUMNS };

int mc_training_log_head(struct mc_out *out, const struct mc_trainable_class *cls,
                         struct mc_error *e) {
    MC_TRY(mc_out_columns(out, COLUMNS, N, NULL, e));
    return cls->column ? mc_out_printf(out, e, "\t%s", cls->column) : 0;
}

int mc_training_log_row(struct mc_buf *out, const struct mc_training_row *row,
                        const struct mc_trainable *trained, int64_t n_passes, struct mc_error *e) {
    MC_TRY(mc_buf_add(out, "\n", 1, e));
    MC_TRY(mc_columns_row(COLUMNS, N, row, out, e));
    if (!trained->cls->column) return 0;
    MC_TRY(mc_buf_add(out, "\t", 1, e));
    return trained->cls->cell(trained, row->step - 1, n_passes, out, e);
}

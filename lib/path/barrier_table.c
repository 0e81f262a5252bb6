// The table of mc-barrier: its columns, header and rows.
#include <string.h>

#include "mc/barrier.h"
#include "mc/tsv.h"

#define FIELD(f) offsetof(struct mc_barrier_row, f)
static const struct mc_column COLUMNS[] = {
    {"task", MC_CELL_TEXT, FIELD(task)},
    {"metric", MC_CELL_TEXT, FIELD(metric)},
    {"points", MC_CELL_REAL, FIELD(points)},
    {"loss_0", MC_CELL_REAL, FIELD(b.loss_0)},
    {"loss_1", MC_CELL_REAL, FIELD(b.loss_1)},
    {"loss_max", MC_CELL_REAL, FIELD(b.loss_max)},
    {"t_max", MC_CELL_REAL, FIELD(b.t_max)},
    {"barrier_lin", MC_CELL_REAL, FIELD(b.lin)},
    {"barrier_mean", MC_CELL_REAL, FIELD(b.mean)},
    {"barrier_max", MC_CELL_REAL, FIELD(b.max)},
    {"barrier_mid", MC_CELL_REAL, FIELD(b.mid)},
    {"convexity_gap", MC_CELL_REAL, FIELD(b.convexity_gap)},
    {"ci_low", MC_CELL_REAL, FIELD(low)},
    {"ci_high", MC_CELL_REAL, FIELD(high)},
    {"verdict", MC_CELL_TEXT, FIELD(verdict)},
    {"path", MC_CELL_ESCAPED, FIELD(path)},
    {"notes", MC_CELL_TEXT, FIELD(notes)},
    {"epsilon", MC_CELL_REAL, FIELD(epsilon)},
    {"confidence", MC_CELL_REAL, FIELD(confidence)},
    {"group", MC_CELL_ESCAPED, FIELD(group)},
    {"from", MC_CELL_ESCAPED, FIELD(from)},
    {"to", MC_CELL_ESCAPED, FIELD(to)},
    {"n", MC_CELL_REAL, FIELD(n)},
    {"xfit", MC_CELL_REAL, FIELD(xfit)},
    {"length", MC_CELL_REAL, FIELD(means.length)},
    {"mean_t", MC_CELL_REAL, FIELD(means.over_t)},
    {"mean_s", MC_CELL_REAL, FIELD(means.over_s)},
    {"runs", MC_CELL_REAL, FIELD(runs)},
    {"reach_0", MC_CELL_REAL, FIELD(reach[0])},
    {"reach_1", MC_CELL_REAL, FIELD(reach[1])},
    {"band_c", MC_CELL_REAL, FIELD(band_c)},
};
enum { N = sizeof COLUMNS / sizeof *COLUMNS };

const struct mc_shown mc_barrier_shown[] = {
    {"path", 0}, {"task", 0},    {"group", 0},   {"metric", 0},      {"points", 0}, {"n", 0},
    {"runs", 0}, {"loss_0", 4},  {"loss_1", 4},  {"barrier_lin", 4}, {"ci_low", 4}, {"ci_high", 4},
    {"xfit", 4}, {"verdict", 0}, {"reach_0", 4}, {"reach_1", 4},     {"notes", 0},  {NULL, 0}};

int mc_barrier_head(struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_columns_head(COLUMNS, N, out, e));
    return mc_buf_add(out, "\n", 1, e);
}

int mc_barrier_row(const struct mc_barrier_row *row, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_columns_row(COLUMNS, N, row, out, e));
    return mc_buf_add(out, "\n", 1, e);
}

const double *mc_barrier_number(const struct mc_barrier_row *row, const char *column) {
    for (int c = 0; c < N; c++)
        if (COLUMNS[c].type == MC_CELL_REAL && strcmp(COLUMNS[c].name, column) == 0) {
            const void *cell = (const char *)row + COLUMNS[c].at;
            return cell;
        }
    return NULL;
}

int mc_barrier_numbers(struct mc_buf *out, struct mc_error *e) {
    const char *between = "";
    for (int c = 0; c < N; c++) {
        if (COLUMNS[c].type != MC_CELL_REAL) continue;
        MC_TRY(mc_buf_printf(out, e, "%s%s", between, COLUMNS[c].name));
        between = ", ";
    }
    return 0;
}

void mc_barrier_row_mean(struct mc_barrier_row *row, const struct mc_barrier_row *const *of,
                         int k) {
    for (int c = 0; c < N; c++) {
        if (COLUMNS[c].type != MC_CELL_REAL) continue;
        double sum = 0;
        for (int i = 0; i < k; i++) {
            const void *cell = (const char *)of[i] + COLUMNS[c].at;
            sum += *(const double *)cell;
        }
        void *to = (char *)row + COLUMNS[c].at;
        *(double *)to = sum / k;
    }
}

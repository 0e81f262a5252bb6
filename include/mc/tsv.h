// Tables of ours, as read back: one header row, tab-separated cells, a newline at the end of every
// row.
#ifndef MC_TSV_H
#define MC_TSV_H

#include <stdint.h>

#include "mc/buf.h"

struct mc_tsv {
    const char *name; // for messages; borrowed
    struct mc_buf text;
    char **cell; // cell[row * n_cols + col]; rows from 0 without the header
    char **head;
    int n_cols;
    int64_t n_rows;
};

// path "-": standard input. MC_ERR_INPUT: no header, one without the columns `need` (NULL ends
// them), a row with another number of cells, a last line without newline. What does not begin as
// such a table is refused after its first 64 KiB.
int mc_tsv_read(struct mc_tsv *t, const char *path, const char *const *need,
                struct mc_error *e) MC_MUST_USE;
void mc_tsv_release(struct mc_tsv *t);
// The column of that name, or -1.
int mc_tsv_find(const struct mc_tsv *t, const char *name);
// The column of that name, or MC_ERR_INPUT, which names file and column.
int mc_tsv_column(const struct mc_tsv *t, const char *name, struct mc_error *e) MC_MUST_USE;
// The text of a cell; row 0 is the first below the header.
const char *mc_tsv_cell(const struct mc_tsv *t, int64_t row, int col);
// A number or nan; else MC_ERR_INPUT, which names file, line and column.
int mc_tsv_number(const struct mc_tsv *t, int64_t row, int col, double *out,
                  struct mc_error *e) MC_MUST_USE;

#endif

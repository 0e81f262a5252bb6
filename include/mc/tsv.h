// Tables of ours: one header row, tab-separated cells, a newline at the end of every row. Their
// columns as they are written, and whole tables as they are read back.
#ifndef MC_TSV_H
#define MC_TSV_H

#include <stddef.h>
#include <stdint.h>

#include "mc/buf.h"

// --- writing
// What a field of a row's struct is, and how its cell is written: a text as it is or escaped (a
// NULL is empty), an int or an int64_t, a double as mc_num_text has it.
enum mc_cell { MC_CELL_TEXT, MC_CELL_ESCAPED, MC_CELL_INT, MC_CELL_WHOLE, MC_CELL_REAL };
// A column: its name in the header, and the field of the row's struct that its cells come from.
struct mc_column {
    const char *name;
    enum mc_cell type;
    size_t at; // offset of the field in the struct
};
// Appends the names of c[n], or the cells of a row, tabs between them, without a newline.
int mc_columns_head(const struct mc_column *c, int n, struct mc_buf *out,
                    struct mc_error *e) MC_MUST_USE;
int mc_columns_row(const struct mc_column *c, int n, const void *row, struct mc_buf *out,
                   struct mc_error *e) MC_MUST_USE;

// --- reading
struct mc_tsv {
    const char *name; // for messages; borrowed
    struct mc_buf text;
    char **cell; // cell[row * n_cols + col]; rows from 0 without the header
    char **head;
    int n_cols;
    int64_t n_rows;
};

// path "-": standard input. MC_ERR_INPUT: no header, one without the columns `need` (NULL ends
// them) or with a name twice, lines that end with CR LF, a row with another number of cells, a last
// line without newline. What does not begin as such a table is refused after its first 64 KiB.
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
// A whole number of at least `low`; a number that is finite, else MC_ERR_NUM. Likewise.
int mc_tsv_whole(const struct mc_tsv *t, int64_t row, int col, int64_t low, int64_t *out,
                 struct mc_error *e) MC_MUST_USE;
int mc_tsv_finite(const struct mc_tsv *t, int64_t row, int col, double *out,
                  struct mc_error *e) MC_MUST_USE;

#endif

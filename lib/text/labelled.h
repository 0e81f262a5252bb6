// Records to cells, cells to columns. Private to lib/text.
#ifndef MC_TEXT_ROWS_H
#define MC_TEXT_ROWS_H

#include "mc/json.h"
#include "mc/rows.h"

struct rows_cell {
    const char *p; // NUL-terminated; in the record, or in `own`
    size_t n;
};

struct rows_cells {
    struct rows_cell *v;
    int n, cap;
    json_t *json; // the object that holds the strings of the row
    bool reals;   // its whole numbers came as reals
    char number[32];
};

struct rows_columns {
    int n; // cells a row must have; 0 = the first row will tell
    int n_texts, text[MC_ROWS_TEXTS];
    int label;                     // -1: none
    bool answers, number;          // as the options
    char *name[MC_ROWS_TEXTS + 1]; // as asked for: texts, then the label; NULL = by position
    char *found[MC_ROWS_TEXTS + 1]; // in the header; NULL = there is none
    int n_names;                   // of texts
};

void rows_cells_release(struct rows_cells *c);
void rows_columns_release(struct rows_columns *c);
int rows_add_cell(struct rows_cells *c, const char *p, size_t n, struct mc_error *e) MC_MUST_USE;
// Cut a record, whose bytes they may change.
int rows_cut_tsv(struct rows_cells *c, struct mc_buf *text, struct mc_error *e) MC_MUST_USE;
int rows_cut_csv(struct rows_cells *c, struct mc_buf *text, struct mc_error *e) MC_MUST_USE;
int rows_cut_json(struct rows_cells *c, struct mc_buf *text, struct rows_columns *k,
                  struct mc_error *e) MC_MUST_USE;
// Column names out of the options.
int rows_names(struct rows_columns *k, const struct mc_rows_options *o,
               struct mc_error *e) MC_MUST_USE;
int rows_read_header(struct rows_columns *k, const struct rows_cells *c,
                     const struct mc_rows_options *o, struct mc_error *e) MC_MUST_USE;
// That a row has the right number of cells; the first one settles it where there is no header.
int rows_check_count(struct rows_columns *k, const struct rows_cells *c,
                     const struct mc_rows_options *o, struct mc_error *e) MC_MUST_USE;
bool rows_is_label(const struct rows_cell *c);
// Whether a first row that nobody declared looks like names of columns: its last cell is the word
// label, or that stands in it beside a name that numbers rows.
bool rows_looks_header(const struct rows_cells *c);
// Appends what was taken for text and label; keys: JSON's.
int rows_describe(const struct rows_columns *k, bool keys, struct mc_buf *out,
                  struct mc_error *e) MC_MUST_USE;

#endif

// Records to cells, cells to columns. Private to lib/text.
#ifndef MC_TEXT_LABELLED_H
#define MC_TEXT_LABELLED_H

#include "mc/json.h"
#include "mc/labelled.h"

struct labelled_cell {
    const char *p; // NUL-terminated; in the record, or in `own`
    size_t n;
};

struct labelled_cells {
    struct labelled_cell *v;
    int n, cap;
    json_t *json; // the object that holds the strings of the row
    bool reals;   // its whole numbers came as reals
    char number[32];
};

struct labelled_columns {
    int n; // cells a row must have; 0 = the first row will tell
    int n_texts, text[MC_LABELLED_TEXTS];
    int label;                          // -1: none
    bool answers, number;               // as the options
    char *name[MC_LABELLED_TEXTS + 1];  // as asked for: texts, then the label; NULL = by position
    char *found[MC_LABELLED_TEXTS + 1]; // in the header; NULL = there is none
    int n_names;                        // of texts
};

void labelled_cells_release(struct labelled_cells *c);
void labelled_columns_release(struct labelled_columns *c);
int labelled_add_cell(struct labelled_cells *c, const char *p, size_t n,
                      struct mc_error *e) MC_MUST_USE;
// Cut a record, whose bytes they may change.
int labelled_cut_tsv(struct labelled_cells *c, struct mc_buf *text, struct mc_error *e) MC_MUST_USE;
int labelled_cut_csv(struct labelled_cells *c, struct mc_buf *text, struct mc_error *e) MC_MUST_USE;
int labelled_cut_json(struct labelled_cells *c, struct mc_buf *text, struct labelled_columns *k,
                      struct mc_error *e) MC_MUST_USE;
// Column names out of the options.
int labelled_names(struct labelled_columns *k, const struct mc_labelled_options *o,
                   struct mc_error *e) MC_MUST_USE;
int labelled_read_header(struct labelled_columns *k, const struct labelled_cells *c,
                         const struct mc_labelled_options *o, struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT unless a row has the right number of cells, that of the first where there is no
// header.
int labelled_check_count(struct labelled_columns *k, const struct labelled_cells *c,
                         const struct mc_labelled_options *o, struct mc_error *e) MC_MUST_USE;
bool labelled_is_label(const struct labelled_cell *c);
// Whether a first row that nobody declared looks like names of columns: its last cell is the word
// label, or that stands in it beside a name that numbers rows.
bool labelled_looks_header(const struct labelled_cells *c);
// Appends what was taken for text and label; keys: JSON's.
int labelled_describe(const struct labelled_columns *k, bool keys, struct mc_buf *out,
                      struct mc_error *e) MC_MUST_USE;

#endif

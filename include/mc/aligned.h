// A table of ours as somebody at a terminal reads it: some columns of it, aligned, numbers short.
#ifndef MC_ALIGNED_H
#define MC_ALIGNED_H

#include <stdbool.h>
#include <stddef.h>

#include "mc/buf.h"

enum { MC_ALIGNED_COLUMNS = 24 };

// A column that is shown: its name, and the decimals of its numbers; 0: as many as it takes.
struct mc_shown {
    const char *name;
    int decimals;
};

struct mc_aligned_column {
    int at;       // of the table's columns
    int width;    // in characters
    int decimals; // of its numbers
    bool text;    // left-aligned as it stands; else numbers
};

// Zero-initialise, with what to show, ended by a name that is NULL.
struct mc_aligned {
    const struct mc_shown *shown;
    struct mc_aligned_column column[MC_ALIGNED_COLUMNS];
    int n; // columns; 0: no line has been added
};

// Appends to out the lines of tsv[n], the header first of all; the last may lack its newline.
// Columns and widths are chosen for what the first call brings: what has no value there, or what
// the table lacks, is left out.
int mc_aligned_add(struct mc_aligned *a, const char *tsv, size_t n, struct mc_buf *out,
                   struct mc_error *e) MC_MUST_USE;

#endif

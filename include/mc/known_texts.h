// Texts that are known already, so that a set leaves them out: alike in their letters and digits,
// whatever their case, punctuation and spaces.
#ifndef MC_KNOWN_TEXTS_H
#define MC_KNOWN_TEXTS_H

#include "mc/buf.h"
#include "mc/labelled.h"
#include "mc/names.h"

// Zero-initialise to start.
struct mc_known_texts {
    char **text; // [n] letters and digits; of a pair both, with a line between them
    int n, cap;
    struct mc_names index;
    struct mc_buf scratch;
};
// Takes in the texts of a file of labelled text; what its labels are does not count.
int mc_known_texts_read(struct mc_known_texts *k, const char *path,
                        const struct mc_labelled_options *o, struct mc_error *e) MC_MUST_USE;
// 1 where a row's texts are known, else 0. A row without a letter or digit is never known.
int mc_known_texts_has(struct mc_known_texts *k, const struct mc_row *row,
                       struct mc_error *e) MC_MUST_USE;
void mc_known_texts_release(struct mc_known_texts *k);

#endif

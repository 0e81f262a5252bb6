// An index of names, so that a list from a file costs n log n at most, whatever it holds.
#ifndef MC_NAMES_H
#define MC_NAMES_H

#include <stdint.h>

#include "mc/err.h"

struct mc_names {
    uint32_t *slot; // index + 1; 0: free
    uint32_t mask;
    int n; // names 0..n-1 are in it
};
// The i-th name of what the index is over.
typedef const char *mc_name_fn(const void *of, int i);

// Frees the index; it is empty then, and names may be added again from 0.
void mc_names_release(struct mc_names *x);
// Takes in name number x->n.
int mc_names_add(struct mc_names *x, const void *of, mc_name_fn *name,
                 struct mc_error *e) MC_MUST_USE;
// An index over a copy of the same names.
int mc_names_copy(struct mc_names *to, const struct mc_names *from, struct mc_error *e) MC_MUST_USE;
// The number of the first such name, or -1.
int mc_names_find(const struct mc_names *x, const void *of, mc_name_fn *name, const char *want);

#endif

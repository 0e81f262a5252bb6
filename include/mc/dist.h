// Distances between models, per group of tensors.
#ifndef MC_DIST_H
#define MC_DIST_H

#include "mc/groups.h"
#include "mc/model.h"

struct mc_dist {
    char group[MC_PARAM_NAME]; // as mc/groups.h has them, or "all"
    int64_t n;                 // weights
    double l2, rms, cosine; // |a - b|; l2 / sqrt(n); of a - base and b - base (base NULL: of a and
                            // b), nan where one is 0
    double ab, aa, bb;      // sums behind the cosine
};

// Distances of a and b by groups, in the order of their tables, "all" last: (*out)[*n], which the
// caller frees. base: the model that both were tuned from, or NULL. Tensors that the two do not
// share (heads of other labels) are left out. MC_ERR_INPUT: models of different networks, or other
// tensors.
int mc_distances(const struct mc_model *a, const struct mc_model *b, const struct mc_model *base,
                 enum mc_group_by by, struct mc_dist **out, int *n, struct mc_error *e) MC_MUST_USE;

#endif

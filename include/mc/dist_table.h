// The table of mc-dist: distances of pairs of models, checked and written a pair at a time; and
// that of a series of models in order, which takes no more memory however long it is.
#ifndef MC_DIST_TABLE_H
#define MC_DIST_TABLE_H

#include "mc/dist.h"
#include "mc/log.h"
#include "mc/model_stream.h"
#include "mc/out.h"

struct mc_dist_table {
    struct mc_out out;
    const char *output;    // of mc_out_open
    struct mc_model *base; // that deltas were tuned from, or NULL; borrowed
    enum mc_group_by by;
    bool folds; // with a base, deltas are compared as the complete models they fold into
    bool steps; // there are the columns step_a and step_b
};
// A model, and its number for the table and for messages.
struct mc_numbered {
    struct mc_model *m;
    int number;
};

// Whether a model is a delta of a method that no complete model computes. Where one is, t->folds
// must be false for all of them.
int mc_dist_stuck(const struct mc_model *m, bool *stuck, struct mc_error *e) MC_MUST_USE;
// Where t->folds, and there is a base: in place of a delta, which is dropped, what it folds into.
int mc_dist_fold(const struct mc_dist_table *t, struct mc_model **m,
                 struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT, with both numbers: models that have no distance.
int mc_dist_check(const struct mc_dist_table *t, struct mc_numbered a, struct mc_numbered b,
                  struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT, with both numbers: one is stuck and the other is not, though there is a base.
int mc_dist_check_fold(const struct mc_dist_table *t, struct mc_numbered stuck,
                       struct mc_numbered other, struct mc_error *e) MC_MUST_USE;
// Opens the output and writes the header.
int mc_dist_open(struct mc_dist_table *t, struct mc_error *e) MC_MUST_USE;
// The rows of a pair; *l2, unless NULL: the distance over all tensors. MC_ERR_INPUT: one that is
// not finite.
int mc_dist_pair(struct mc_dist_table *t, struct mc_numbered a, struct mc_numbered b, double *l2,
                 struct mc_error *e) MC_MUST_USE;

// Reads the models of s, in order, and writes the rows of each with the first and with the one
// before it; those of the second, which are both, once. At most three models are held, and bases.
// Notes on the log: models of equal digests, a distance to the first that falls. MC_ERR_INPUT:
// fewer than two models, or two that have no distance.
int mc_dist_series(struct mc_dist_table *t, struct mc_models *s, const struct mc_log *log,
                   struct mc_error *e) MC_MUST_USE;

#endif

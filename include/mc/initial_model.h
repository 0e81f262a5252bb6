// What training starts from: a model with its head, or a new delta.
#ifndef MC_INITIAL_MODEL_H
#define MC_INITIAL_MODEL_H

#include "mc/method.h"
#include "mc/tokens.h"

// The head that training starts from: drawn from the seed, with the training set's label names,
// where the model has none or new_head asks. MC_ERR_USAGE: seed_given with nothing to draw.
int mc_initial_head(struct mc_model *m, const struct mc_tokens *train, const char *train_name,
                    bool new_head, bool seed_given, uint64_t seed, struct mc_error *e) MC_MUST_USE;

// The delta of method h that training starts from: *delta over *base, which it holds from here on.
// The head as mc_initial_head has it.
int mc_initial_delta(struct mc_model *delta, struct mc_model *base, struct mc_method *h,
                     const struct mc_tokens *train, const char *train_name, bool new_head,
                     uint64_t seed, struct mc_error *e) MC_MUST_USE;

#endif

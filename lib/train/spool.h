// Arrays of floats, all of one size, put aside on disk. Private to lib/train.
#ifndef MC_TRAIN_SPOOL_H
#define MC_TRAIN_SPOOL_H

#include "mc/checkpoint.h"

// `beside`: the path in whose folder the file is, for messages too.
int mc_spool_put(struct mc_spool *s, const char *beside, const float *w, size_t n,
                 struct mc_error *e) MC_MUST_USE;
int mc_spool_get(const struct mc_spool *s, int i, const char *beside, float *w, size_t n,
                 struct mc_error *e) MC_MUST_USE;
void mc_spool_clear(struct mc_spool *s); // the file is filled from its start again
void mc_spool_release(struct mc_spool *s);

#endif

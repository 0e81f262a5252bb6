// Adafactor behind the interface of optimizers. Private to lib/train.
#ifndef MC_TRAIN_ADAFACTOR_H
#define MC_TRAIN_ADAFACTOR_H

#include "mc/optim.h"

// The statistics, in o->v, and what o->factor needs.
int mc_adafactor_init(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                      struct mc_error *e) MC_MUST_USE;
void mc_adafactor_free(struct mc_adafactor *f);
// Update number o->step, from 1; the gradient is scaled by clip.
void mc_adafactor_update(struct mc_optim *o, struct mc_pool *pool, double lr, double clip,
                         const float *grad, float *w);

#endif

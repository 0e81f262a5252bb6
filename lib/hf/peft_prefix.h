// The parts of a prefix's row, keys and values of a layer each, as PEFT reads them: in a BERT layer
// i has part i; in a T5 it doubles the parts and deals four to a layer, so that layer i has part 2
// i of them, counted around.
#ifndef HF_PEFT_PREFIX_H
#define HF_PEFT_PREFIX_H

#include "mc/method.h"

// Layers whose keys a prefix stands before, and the part that PEFT gives one of them.
int mc_peft_layers(const struct mc_config *c);
int mc_peft_part(const struct mc_config *c, int layer, int parts);

// The delta as PEFT computes the same: *out has a table and weights of its own, the rest is m's;
// where PEFT reads m's rows as m does, they are a copy. Of a T5 the parts of its layers are the
// even ones of twice as many, the odd ones zero.
int mc_peft_spread(const struct mc_model *m, const struct mc_method *h, struct mc_model *out,
                   int *parts, struct mc_error *e) MC_MUST_USE;
// The other way: rows that mc_peft_spread has made to those of the layers one after the other, with
// mc.method.
int mc_peft_gather(struct mc_model *m, struct mc_error *e) MC_MUST_USE;

#endif

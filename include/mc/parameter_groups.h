// Parameters that are trained alike: rates and weight decay by a tensor's place and name.
#ifndef MC_PARAMETER_GROUPS_H
#define MC_PARAMETER_GROUPS_H

#include "mc/model.h"

// Layer-wise decay of the learning rate (discriminative fine-tuning, Howard and Ruder 2018; by a
// factor per layer, Clark et al. 2020): the rate of a table's tensors is multiplied, by group, with
//   1            head, pooler, final norms of a stack, and tensors of no group of the network
//   x^(L - N)    layer N, from 0, of a stack of L layers
//   x^(L + 1)    embeddings, L the layers of the larger stack
void mc_parameter_groups_by_layer(struct mc_table *t, const struct mc_config *c, double x);
// Takes weight decay from the tensors whose names contain one of these; one that no name contains
// is bad usage.
int mc_parameter_groups_no_decay(struct mc_table *t, char *const *part, int n,
                                 struct mc_error *e) MC_MUST_USE;

#endif

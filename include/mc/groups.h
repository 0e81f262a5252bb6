// Groups of a model's tensors by what they are in its network.
#ifndef MC_GROUPS_H
#define MC_GROUPS_H

#include "mc/arch.h"

// From the coarsest to the finest: "layer.3", "layer.3.attention", "attention.self.query.weight" of
// all layers, a tensor's name.
enum mc_group_by { MC_BY_LAYER, MC_BY_SUBLAYER, MC_BY_KIND, MC_BY_TENSOR };
#define MC_GROUP_CHOICES "layer|sublayer|kind|tensor" // of --by, in that order
// The one of that word, which is a choice.
enum mc_group_by mc_group_by_word(const char *word);
const char *mc_group_by_name(enum mc_group_by by);

struct mc_groups {
    int n;                       // in the order in which the table first meets them
    char (*name)[MC_PARAM_NAME]; // [n]
    int *of;                     // [tensors of the table]
};
// Those of a table of tensors of a model of this configuration. After an error, too,
// mc_groups_release follows.
int mc_groups_make(struct mc_groups *g, const struct mc_config *c, const struct mc_table *t,
                   enum mc_group_by by, struct mc_error *e) MC_MUST_USE;
void mc_groups_release(struct mc_groups *g);

#endif

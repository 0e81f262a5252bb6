// What training does with examples: how many, in which order, with what rates.
#ifndef MC_RECIPE_H
#define MC_RECIPE_H

#include "mc/gemm.h"
#include "mc/optim.h"

struct mc_recipe {
    int64_t epochs, steps; // steps > 0 instead of epochs
    int64_t batch, accum;
    double lr, warmup, weight_decay, clip, dropout; // dropout < 0: the config's
    double layer_decay;    // of mc_parameter_groups_by_layer; 0: all rates are alike
    char *const *no_decay; // what names of tensors without weight decay contain, besides norms and
    int n_no_decay;        // biases
    enum mc_schedule schedule;
    const struct mc_optimizer *optimizer;
    bool scale_rates, rates_by_step; // rates go by a tensor's size, by the step alone
    enum mc_precision precision;
    uint64_t seed_order, seed_dropout;
    const int64_t *subset; // examples that count, or NULL
    int64_t n_subset;
};

// Updates per epoch and in all, of n examples.
void mc_recipe_steps(const struct mc_recipe *r, int64_t n, int64_t *per_epoch, int64_t *total);

#endif

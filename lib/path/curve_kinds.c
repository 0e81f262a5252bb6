// Paths whose points are weighted sums of the models they are made of: the chain through any number
// of models, and the curves that control documents stand for.
#include "mc/path.h"

static void weigh(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight) {
    (void)tensor;
    p->kind->controls->weigh(p->n_ends, at->t, weight);
}

// A chain of many models has those of the point's segment in memory.
static int go(struct mc_path *p, const struct mc_spot *at, struct mc_error *e) {
    int k[2], n = 0;
    if (!p->inputs) return 0;
    weigh(p, 0, at, p->weight);
    for (int i = 0; i < p->n_ends; i++)
        if (p->weight[i] != 0) k[n++] = i;
    return mc_path_inputs_load(p->inputs, k, n, e);
}

const struct mc_path_kind mc_path_chain = {.name = "chain",
                                           .space = "factor",
                                           .least_ends = 2,
                                           .in_memory = 2,
                                           .range = {26, 0, 1},
                                           .bounded = true,
                                           .measured = true,
                                           .controls = &mc_curve_chain,
                                           .go = go,
                                           .weigh = weigh};
const struct mc_path_kind mc_path_bezier = {.name = "bezier",
                                            .space = "factor",
                                            .least_ends = 2,
                                            .range = {26, 0, 1},
                                            .bounded = true,
                                            .measured = true,
                                            .controls = &mc_curve_bezier,
                                            .controls_alone = true,
                                            .weigh = weigh};

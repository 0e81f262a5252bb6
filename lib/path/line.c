// The straight line between two models: tensors move as they are stored.
#include <string.h>

#include "mc/method.h"
#include "mc/path.h"

// Whether the two are LoRAs beside the same layers, whose products can move where factors cannot.
static bool have_products(const struct mc_model *a, const struct mc_model *b) {
    struct mc_method h[2] = {{0}, {0}};
    struct mc_error ignored;
    bool have = mc_method_of(&h[0], a, &ignored) == 0 && mc_method_of(&h[1], b, &ignored) == 0 &&
                h[0].cls && h[0].cls->join && h[0].cls == h[1].cls &&
                h[0].n_targets == h[1].n_targets;
    for (int i = 0; have && i < h[0].n_targets; i++)
        have = strcmp(h[0].targets[i], h[1].targets[i]) == 0;
    mc_method_release(&h[0]);
    mc_method_release(&h[1]);
    return have;
}

static const char *advice(const struct mc_path *p, const struct mc_difference *d) {
    bool helps = d->of == MC_OTHER_METHODS && have_products(p->end[0], p->end[1]);
    return helps ? " (--space product moves their products)" : NULL;
}

static void weigh(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight) {
    (void)p;
    (void)tensor;
    weight[0] = 1 - at->t;
    weight[1] = at->t;
}

static const float *span(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out) {
    return mc_path_frame_line(&p->frame, tensor, from, to, at->t, out);
}

const struct mc_path_kind mc_path_line = {.name = "line",
                                          .space = "factor",
                                          .least_ends = 2,
                                          .most_ends = 2,
                                          .range = {26, 0, 1},
                                          .by_groups = true,
                                          .measured = true,
                                          .advice = advice,
                                          .weigh = weigh,
                                          .span = span};

// The straight line between two models: tensors move as they are stored.
#include <stdlib.h>
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

static int open(struct mc_path *p, struct mc_error *e) {
    const struct mc_model *a = p->end[0], *b = p->end[1];
    struct mc_difference d;
    MC_TRY(mc_models_compare(a, b, &d, e));
    if (d.of == MC_OTHER_METHODS && have_products(a, b))
        return mc_fail(e, MC_ERR_INPUT,
                       "the ends have different %s (--space product moves their products)", d.text);
    struct mc_path_pair *x = p->own = mc_new(1, sizeof *x, e);
    if (!x) return MC_ERR_MEM;
    p->shape = &x->shape;
    return mc_path_pair_open(x, a, b, p->head, p->provenance, e);
}

static void close(struct mc_path *p) {
    mc_path_pair_close(p->own);
    free(p->own);
}

static const float *span(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out) {
    return mc_path_pair_line(p->own, tensor, from, to, at->t, out);
}

const struct mc_path_kind mc_path_line = {.name = "line",
                                          .space = "factor",
                                          .least_ends = 2,
                                          .most_ends = 2,
                                          .open = open,
                                          .span = span,
                                          .close = close};

// Rates and weight decay of tensors, by their layers and by what their names contain.
#include <math.h>
#include <string.h>

#include "mc/parameter_groups.h"

// Layers from the tensor's to the top of its stack; 0 above all layers.
static int below_top(const struct mc_config *c, const struct mc_place *is) {
    if (is->block == MC_BLOCK_EMBEDDINGS)
        return (c->layers > c->decoder_layers ? c->layers : c->decoder_layers) + 1;
    if (is->block != MC_BLOCK_LAYER) return 0;
    return (is->stack == MC_STACK_DECODER ? c->decoder_layers : c->layers) - is->layer;
}

void mc_parameter_groups_by_layer(struct mc_table *t, const struct mc_config *c, double x) {
    for (int i = 0; i < t->n; i++) t->p[i].rate = pow(x, below_top(c, &t->p[i].is));
}

int mc_parameter_groups_no_decay(struct mc_table *t, char *const *part, int n, struct mc_error *e) {
    for (int k = 0; k < n; k++) {
        bool met = false;
        for (int i = 0; i < t->n; i++) {
            if (!strstr(t->p[i].name, part[k])) continue;
            t->p[i].decay = false;
            met = true;
        }
        if (!met)
            return mc_fail(e, MC_ERR_USAGE,
                           "--no-decay: no tensor that is trained has '%s' in its name", part[k]);
    }
    return 0;
}

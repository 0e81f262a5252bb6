// Places of tensors in a network: the names of groups and kinds, and the place of what stands
// beside a tensor.
#include <stdio.h>
#include <string.h>

#include "mc/delta.h"

struct mc_place mc_place_beside(const struct mc_place *is) {
    struct mc_place beside = *is;
    beside.role = MC_ROLE_OTHER;
    beside.bias = false;
    beside.axis[0] = beside.axis[1] = MC_AXIS_OTHER;
    return beside;
}

const char *mc_group_name(const struct mc_config *c, const struct mc_place *is,
                          char out[MC_GROUP_NAME]) {
    static const char *const of_stack[] = {
        [MC_STACK_ENCODER] = "encoder", [MC_STACK_DECODER] = "decoder"};
    const char *stack = c->decoder_layers ? of_stack[is->stack] : "layer";
    *out = 0;
    switch (is->block) {
    case MC_BLOCK_LAYER: snprintf(out, MC_GROUP_NAME, "%s.%d", stack, is->layer); break;
    case MC_BLOCK_FINAL: snprintf(out, MC_GROUP_NAME, "%s.final", stack); break;
    case MC_BLOCK_EMBEDDINGS: strcpy(out, "embeddings"); break;
    case MC_BLOCK_POOLER: strcpy(out, "pooler"); break;
    case MC_BLOCK_MLM: strcpy(out, "mlm"); break;
    case MC_BLOCK_HEAD: strcpy(out, "head"); break;
    case MC_BLOCK_METHOD: strcpy(out, "method"); break;
    }
    return out;
}

const char *mc_kind_name(const struct mc_config *c, const struct mc_param *p,
                         char out[MC_PARAM_NAME]) {
    if (c->arch->kind)
        c->arch->kind(p, out);
    else
        strcpy(out, p->name);
    return out;
}

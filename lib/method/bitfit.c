// BitFit (Ben Zaken et al. 2022): the biases alone, full values under the base's own names.
#include <string.h>

#include "mc/method.h"

static int biases(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    (void)h;
    const struct mc_model *base = d->base;
    int found = 0;
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        size_t n = strlen(p->name), end = strlen(".bias");
        if (p->kind != MC_PARAM_VECTOR || strcmp(p->group, "head") == 0) continue;
        if (n <= end || strcmp(p->name + n - end, ".bias") != 0) continue;
        MC_TRY(mc_table_add(&d->table, MC_PARAM_VECTOR, p->dim[0], 0, p->group, e, "%s", p->name));
        found++;
    }
    if (found) return 0;
    return mc_fail(e, MC_ERR_USAGE, "--method bitfit: a %s has no biases", base->config.arch->type);
}

const struct mc_method_class mc_method_bitfit = {.name = "bitfit", .table = biases};

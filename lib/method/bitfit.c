// BitFit (Ben Zaken et al. 2022): the biases of the body alone, which a
// delta stores whole, under the base's own names.
#include "mc/method.h"

static int biases(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    (void)h;
    const struct mc_model *base = d->base;
    int found = 0;
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        if (!p->is.bias || mc_param_in_any_head(p)) continue;
        MC_TRY(mc_table_add_like(&d->table, p, e));
        found++;
    }
    if (found) return 0;
    return mc_fail(e, MC_ERR_USAGE, "--method bitfit: a %s has no biases", base->config.arch->type);
}

const struct mc_method_class mc_method_bitfit = {.name = "bitfit", .table = biases};

// The head alone is trained. As every method trains it, this one adds no tensor.
#include "mc/method.h"

static int nothing(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    (void)h;
    if (!d->config.arch->text_to_text) return 0;
    return mc_fail(e, MC_ERR_USAGE, "--method head: a text-to-text model has no head of its own");
}

const struct mc_method_class mc_method_head = {.name = "head", .table = nothing};

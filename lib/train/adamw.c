// AdamW (Loshchilov and Hutter 2019), as torch.optim.AdamW computes it.
#include "mc/optim.h"

static int open(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                struct mc_error *e) {
    (void)trainable;
    o->n_m = o->n_v = t->size;
    o->m = mc_new_floats(t->size, e);
    o->v = mc_new_floats(t->size, e);
    return o->m && o->v ? 0 : MC_ERR_MEM;
}

static void step(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *now,
                 size_t at, size_t n, const float *grad, float *w) {
    kern->adamw(now, n, w + at, grad + at, o->m + at, o->v + at);
}

static void idle(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *past,
                 int n_steps, bool decay, bool moves, size_t at, size_t n, float *w) {
    if (moves)
        kern->adamw_idle(past, n_steps, decay, n, w + at, o->m + at, o->v + at);
    else if (decay)
        kern->decay(past, n_steps, n, w + at);
}

const struct mc_optimizer mc_optimizer_adamw = {
    .name = "adamw", .open = open, .step = step, .idle = idle};

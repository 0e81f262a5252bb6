// Stochastic gradient descent without momentum, with decoupled weight decay.
#include "mc/optim.h"

static void step(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *now,
                 size_t at, size_t n, const float *grad, float *w) {
    (void)o;
    kern->sgd(now, n, w + at, grad + at);
}

static void idle(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *past,
                 int n_steps, bool decay, bool moves, size_t at, size_t n, float *w) {
    (void)o;
    (void)moves;
    if (decay) kern->decay(past, n_steps, n, w + at);
}

const struct mc_optimizer mc_optimizer_sgd = {.name = "sgd", .step = step, .idle = idle};

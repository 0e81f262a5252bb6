// The table of optimizers, in the order of --help. A new one is a file beside this and a row here.
#include "mc/optim.h"

const struct mc_optimizer *const mc_optimizers[] = {&mc_optimizer_adamw, &mc_optimizer_adafactor,
                                                    &mc_optimizer_sgd, NULL};

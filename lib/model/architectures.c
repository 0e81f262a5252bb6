// The table of architectures. A new one is a file beside this and a row here.
#include "arch.h"

const struct mc_arch *const mc_architectures[] = {&mc_arch_bert, &mc_arch_roberta, &mc_arch_t5,
                                                  NULL};

// The table of trainables. A new one is a file beside this and a row here; the first that serves a
// model is what trains it.
#include "mc/trainable.h"

const struct mc_trainable_class *const mc_trainables[] = {&mc_trainable_reparam,
                                                          &mc_trainable_stored, NULL};

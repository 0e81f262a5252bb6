// The table of tuning methods, in the order of --help. A new one is a file beside this and a row
// here.
#include "mc/method.h"

const struct mc_method_class *const mc_methods[] = {&mc_method_adapter, &mc_method_lora,
                                                    &mc_method_prefix,  &mc_method_bitfit,
                                                    &mc_method_head,    NULL};

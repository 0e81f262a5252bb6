// The family of kernels that a run is computed with, by name: that of the matrix products and that
// of our own loops.
#include <stdio.h>

#include "mc/kern.h"

const char *mc_kern_family(enum mc_precision p, char out[MC_FAMILY_TEXT]) {
    snprintf(out, MC_FAMILY_TEXT, "%s+%s", mc_gemm_kernel(p), mc_kern_choose()->name);
    return out;
}

// Products by oneDNN, or none: without it every call says so. Private to lib/nn.
#ifndef MC_NN_GEMM_ONEDNN_H
#define MC_NN_GEMM_ONEDNN_H

#include "mc/gemm.h"

struct mc_product {
    enum mc_precision of;
    enum mc_gemm_form form;
    int m, n, k, lda, ldb, ldc, beta;
};

struct mc_onednn;

// The kernel for products of this kind on this processor; NULL: leave them to OpenBLAS.
const char *mc_onednn_kernel(enum mc_precision of);
// ", oneDNN 2.6.3 (avx512_core)" with the instruction set that it goes up to, or empty where it is
// not built in.
enum { MC_ONEDNN_VERSION_TEXT = 64 };
const char *mc_onednn_version(char out[MC_ONEDNN_VERSION_TEXT]);
struct mc_onednn *mc_onednn_new(struct mc_error *e) MC_MUST_USE;
void mc_onednn_free(struct mc_onednn *d);
int mc_onednn_run(struct mc_onednn *d, const struct mc_product *p, const void *a, const void *b,
                  float *c, struct mc_error *e);

#endif

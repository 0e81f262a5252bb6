#include "mc/gemm.h"

#include <cblas.h>

void mc_gemm(enum mc_gemm_form form, int m, int n, int k, const float *a, int lda, const float *b,
             int ldb, float beta, float *c, int ldc) {
    cblas_sgemm(CblasRowMajor, form == MC_GEMM_TN ? CblasTrans : CblasNoTrans,
                form == MC_GEMM_NT ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, a, lda, b, ldb, beta,
                c, ldc);
}

void mc_gemm_init(void) { openblas_set_num_threads(1); }

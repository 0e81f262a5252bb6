// Matrix products behind one interface; single-threaded, so that the caller's chunks decide what
// runs where.
#ifndef MC_GEMM_H
#define MC_GEMM_H

enum mc_gemm_form {
    MC_GEMM_NT, // c[m, n] = a[m, k] b[n, k]^T   a linear map, forward
    MC_GEMM_NN, // c[m, n] = a[m, k] b[k, n]     its gradient of the input
    MC_GEMM_TN, // c[m, n] = a[k, m]^T b[k, n]   its gradient of the weight
};

// Row-major with leading dimensions; beta 0 overwrites c, 1 adds to it.
void mc_gemm(enum mc_gemm_form form, int m, int n, int k, const float *a, int lda, const float *b,
             int ldb, float beta, float *c, int ldc);
// Switches the library's own threads off; call once before the first product.
void mc_gemm_init(void);

#endif

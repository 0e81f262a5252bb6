// Matrix products behind one interface; single-threaded, so that the caller's chunks decide what
// runs where. In float32 by oneDNN where it is built in and the processor has AVX-512, else by
// OpenBLAS. Of bfloat16 operands by oneDNN where the processor multiplies them, else widened, the
// same products summed by OpenBLAS. Sums are float32 always.
#ifndef MC_GEMM_H
#define MC_GEMM_H

#include <stdint.h>

#include "mc/err.h"

enum mc_precision { MC_PRECISION_F32, MC_PRECISION_BF16 };
typedef uint16_t mc_bf16; // the upper half of a float32

enum mc_gemm_form {
    MC_GEMM_NT, // c[m, n] = a[m, k] b[n, k]^T   a linear layer, forward
    MC_GEMM_NN, // c[m, n] = a[m, k] b[k, n]     its gradient of the input
    MC_GEMM_TN, // c[m, n] = a[k, m]^T b[k, n]   its gradient of the weight
};

// What one thread needs to multiply: prepared products by shape, scratch. Never shared by two
// threads at a time.
struct mc_gemm;

// MC_ERR_USAGE where MC_GEMM or MC_KERNELS asks for what this processor cannot run.
struct mc_gemm *mc_gemm_new(struct mc_error *e) MC_MUST_USE;
void mc_gemm_free(struct mc_gemm *g);

// c[m, n] of the form, over k terms; float32 and bfloat16 operands. Row-major, lda, ldb and ldc
// being the distances between rows in elements; beta 0 overwrites c, 1 adds to it. A product that
// finds no memory leaves c undefined and is remembered for mc_gemm_check.
void mc_gemm_f32(struct mc_gemm *g, enum mc_gemm_form form, int m, int n, int k, const float *a,
                 int lda, const float *b, int ldb, int beta, float *c, int ldc);
void mc_gemm_bf16(struct mc_gemm *g, enum mc_gemm_form form, int m, int n, int k, const mc_bf16 *a,
                  int lda, const mc_bf16 *b, int ldb, int beta, float *c, int ldc);
// The first failure of a product since the last call, or 0.
int mc_gemm_check(struct mc_gemm *g, struct mc_error *e) MC_MUST_USE;

// The kernel that multiplies: "Haswell" (of OpenBLAS), "oneDNN-avx512_core". MC_GEMM in the
// environment chooses the library: openblas, or onednn where it multiplies (mc_kern_check tells).
const char *mc_gemm_kernel(enum mc_precision p);
// The libraries: "OpenBLAS 0.3.21 ..., oneDNN 2.6.3 (avx512_core)".
enum { MC_GEMM_VERSION_TEXT = 256 };
const char *mc_gemm_version(char out[MC_GEMM_VERSION_TEXT]);

#endif

// Matrix products: oneDNN multiplies where it is faster on this processor, else OpenBLAS; operands
// in bfloat16 are widened where no library multiplies them.
#define _DEFAULT_SOURCE // MAP_ANONYMOUS
#include "mc/gemm.h"

#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gemm_onednn.h"
#include "mc/kern.h"

struct mc_gemm {
    const struct mc_kern *kern;
    struct mc_onednn *dnn; // NULL: not there
    bool dnn_bf16;         // it multiplies bfloat16
    bool blas;             // some products are OpenBLAS's
    float *wide;           // bfloat16 operands, widened
    size_t wide_size;
    struct mc_error error;
};

// OpenBLAS allocates a buffer of this size for each thread that calls it, and tries for ever where
// there is no memory for it. So whether there is, is tried here before.
enum { BLAS_BUFFER = 128 << 20 };
static atomic_int blas_callers;

static bool blas_buffer_fits(void) {
    size_t n = (size_t)(atomic_fetch_add(&blas_callers, 1) + 1) * BLAS_BUFFER;
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                   0);
    if (p != MAP_FAILED) munmap(p, n);
    return p != MAP_FAILED;
}

struct mc_gemm *mc_gemm_new(struct mc_error *e) {
    if (mc_kern_check(MC_PRECISION_F32, e) < 0) return NULL;
    struct mc_gemm *g = mc_new(1, sizeof *g, e);
    if (!g) return NULL;
    openblas_set_num_threads(1);
    g->kern = mc_kern_choose();
    if (mc_onednn_kernel(MC_PRECISION_F32) && !(g->dnn = mc_onednn_new(e))) {
        free(g);
        return NULL;
    }
    g->dnn_bf16 = g->dnn && mc_onednn_kernel(MC_PRECISION_BF16);
    g->blas = !g->dnn_bf16;
    if (!g->blas || blas_buffer_fits()) return g;
    mc_fail(e, MC_ERR_MEM, "no memory for OpenBLAS, which takes %d MiB a thread",
            BLAS_BUFFER >> 20);
    mc_gemm_free(g);
    return NULL;
}

void mc_gemm_free(struct mc_gemm *g) {
    if (!g) return;
    if (g->blas) atomic_fetch_sub(&blas_callers, 1);
    mc_onednn_free(g->dnn);
    mc_free_floats(g->wide);
    free(g);
}

// An OpenBLAS built without threads shares its buffers without a lock: one product at a time in the
// whole process, or sums come out wrong. One built with OpenMP keeps a number of threads for each
// thread that calls it, which is at first that of all processors.
static void blas(const struct mc_product *p, const float *a, const float *b, float *c) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int kind = openblas_get_parallel();
    if (kind == OPENBLAS_SEQUENTIAL) pthread_mutex_lock(&lock);
    if (kind == OPENBLAS_OPENMP) openblas_set_num_threads(1);
    cblas_sgemm(CblasRowMajor, p->form == MC_GEMM_TN ? CblasTrans : CblasNoTrans,
                p->form == MC_GEMM_NT ? CblasTrans : CblasNoTrans, p->m, p->n, p->k, 1.0f, a,
                p->lda, b, p->ldb, (float)p->beta, c, p->ldc);
    if (kind == OPENBLAS_SEQUENTIAL) pthread_mutex_unlock(&lock);
}

// A product of no rows, columns or terms, which libraries need not know: the sum of no terms is 0.
static bool is_empty(const struct mc_product *p, float *c) {
    if (p->m > 0 && p->n > 0 && p->k > 0) return false;
    for (int i = 0; i < p->m && !p->beta; i++)
        memset(c + (size_t)i * (size_t)p->ldc, 0, (size_t)p->n * sizeof *c);
    return true;
}

void mc_gemm_f32(struct mc_gemm *g, enum mc_gemm_form form, int m, int n, int k, const float *a,
                 int lda, const float *b, int ldb, int beta, float *c, int ldc) {
    struct mc_product p = {MC_PRECISION_F32, form, m, n, k, lda, ldb, ldc, beta};
    if (is_empty(&p, c)) return;
    if (!g->dnn)
        blas(&p, a, b, c);
    else if (g->error.code == 0)
        mc_onednn_run(g->dnn, &p, a, b, c, &g->error);
}

// Both operands as float32, without gaps between their rows.
static int widen_operands(struct mc_gemm *g, struct mc_product *p, const mc_bf16 *a,
                          const mc_bf16 *b, struct mc_error *e) {
    int a_rows = p->form == MC_GEMM_TN ? p->k : p->m, a_cols = p->form == MC_GEMM_TN ? p->m : p->k;
    int b_rows = p->form == MC_GEMM_NT ? p->n : p->k, b_cols = p->form == MC_GEMM_NT ? p->k : p->n;
    size_t a_size = (size_t)a_rows * (size_t)a_cols, b_size = (size_t)b_rows * (size_t)b_cols;
    if (a_size + b_size > g->wide_size) {
        mc_free_floats(g->wide);
        g->wide_size = 0;
        if (!(g->wide = mc_new_floats(a_size + b_size, e))) return MC_ERR_MEM;
        g->wide_size = a_size + b_size;
    }
    for (int i = 0; i < a_rows; i++)
        g->kern->from_bf16((size_t)a_cols, a + (size_t)i * (size_t)p->lda,
                           g->wide + (size_t)i * (size_t)a_cols);
    for (int i = 0; i < b_rows; i++)
        g->kern->from_bf16((size_t)b_cols, b + (size_t)i * (size_t)p->ldb,
                           g->wide + a_size + (size_t)i * (size_t)b_cols);
    p->lda = a_cols;
    p->ldb = b_cols;
    return 0;
}

void mc_gemm_bf16(struct mc_gemm *g, enum mc_gemm_form form, int m, int n, int k, const mc_bf16 *a,
                  int lda, const mc_bf16 *b, int ldb, int beta, float *c, int ldc) {
    struct mc_product p = {MC_PRECISION_BF16, form, m, n, k, lda, ldb, ldc, beta};
    if (g->error.code < 0 || is_empty(&p, c)) return;
    if (g->dnn_bf16)
        mc_onednn_run(g->dnn, &p, a, b, c, &g->error);
    else if (widen_operands(g, &p, a, b, &g->error) == 0)
        blas(&p, g->wide, g->wide + (size_t)m * (size_t)k, c);
}

int mc_gemm_check(struct mc_gemm *g, struct mc_error *e) {
    int rc = g->error.code;
    if (rc < 0) *e = g->error;
    g->error = (struct mc_error){0};
    return rc;
}

const char *mc_gemm_version(char out[MC_GEMM_VERSION_TEXT]) {
    char dnn[MC_ONEDNN_VERSION_TEXT];
    snprintf(out, MC_GEMM_VERSION_TEXT, "%s%s", openblas_get_config(), mc_onednn_version(dnn));
    return out;
}

const char *mc_gemm_kernel(enum mc_precision p) {
    const char *name = mc_onednn_kernel(p);
    return name ? name : openblas_get_corename();
}

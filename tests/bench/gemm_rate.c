// The single-threaded rate of matrix products on all processors at once: what dense work can reach
// at most.
//   gemm_rate [SECONDS]    a line per product: name, TAB, m x n x k, TAB, GF/s in sum
// sgemm is OpenBLAS's; f32 and bf16 are what the programs use in these precisions. One thread per
// processor, made once; each multiplies its own matrices until the time is over.
#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "mc/gemm.h"
#include "mc/log.h"
#include "mc/pool.h"

enum { M = 128, K_MAX = 768, N_MAX = 3072, CHECK = 16 };
static const int SHAPE[][2] = {{384, 384}, {1536, 384}, {768, 768}, {3072, 768}}; // n, k

enum kind { SGEMM, F32, BF16, KINDS };
static const char *const kind_name[] = {"sgemm", "f32", "bf16"};

struct bench {
    enum kind kind;
    int n, k;
    double seconds, *rate; // per thread
    float **mem;
    struct mc_gemm **gemm;
    pthread_barrier_t start;
};

static void multiply(const struct bench *b, int i, const float *a, const float *w, float *c) {
    int n = b->n, k = b->k;
    switch (b->kind) {
    case SGEMM:
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, M, n, k, 1, a, k, w, k, 0, c, n);
        break;
    case F32: mc_gemm_f32(b->gemm[i], MC_GEMM_NT, M, n, k, a, k, w, k, 0, c, n); break;
    default:
        mc_gemm_bf16(b->gemm[i], MC_GEMM_NT, M, n, k, (const mc_bf16 *)a, k, (const mc_bf16 *)w, k,
                     0, c, n);
    }
}

static double run_for(const struct bench *b, int i, double seconds) {
    float *a = b->mem[i], *w = a + M * K_MAX, *c = w + N_MAX * K_MAX;
    double start = mc_now_s(), now = start;
    long done = 0;
    while (now - start < seconds) {
        for (int k = 0; k < CHECK; k++) multiply(b, i, a, w, c);
        done += CHECK;
        now = mc_now_s();
    }
    return 2.0 * M * b->n * b->k * (double)done / (now - start) / 1e9;
}

// The pool gives every thread one task, since none ends before all have begun.
static void task(void *ctx, int index, int thread) {
    (void)thread;
    struct bench *b = ctx;
    openblas_set_num_threads(1); // OpenMP counts for each caller
    pthread_barrier_wait(&b->start);
    run_for(b, index, b->seconds / 4); // warm-up
    b->rate[index] = run_for(b, index, b->seconds);
}

static int prepare(struct bench *b, int cores, struct mc_error *e) {
    b->rate = mc_new((size_t)cores, sizeof *b->rate, e);
    b->mem = mc_new((size_t)cores, sizeof *b->mem, e);
    b->gemm = mc_new((size_t)cores, sizeof *b->gemm, e);
    if (!b->rate || !b->mem || !b->gemm) return MC_ERR_MEM;
    for (int i = 0; i < cores; i++) {
        size_t n = M * K_MAX + N_MAX * K_MAX + M * N_MAX;
        b->mem[i] = mc_new_floats(n, e);
        b->gemm[i] = mc_gemm_new(e);
        if (!b->mem[i] || !b->gemm[i]) return MC_ERR_MEM;
        for (size_t k = 0; k < n; k++) b->mem[i][k] = (float)(k % 7) - 3;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct mc_error e = {0};
    int cores = mc_processors(), status = 1;
    struct bench b = {.seconds = argc > 1 ? strtod(argv[1], NULL) : .3};
    struct mc_pool *pool = mc_pool_new(cores, &e);
    if (!pool || !(b.seconds > 0) || prepare(&b, cores, &e) < 0) return 1;
    pthread_barrier_init(&b.start, NULL, (unsigned)cores);
    for (b.kind = SGEMM; b.kind < KINDS; b.kind++)
        for (size_t s = 0; s < sizeof SHAPE / sizeof *SHAPE; s++) {
            double sum = 0;
            b.n = SHAPE[s][0];
            b.k = SHAPE[s][1];
            mc_pool_run(pool, cores, task, &b);
            for (int i = 0; i < cores; i++) sum += b.rate[i];
            printf("%s\t%dx%dx%d\t%.2f\n", kind_name[b.kind], M, b.n, b.k, sum);
        }
    status = fflush(stdout) != 0;
    pthread_barrier_destroy(&b.start);
    for (int i = 0; i < cores; i++) {
        if (mc_gemm_check(b.gemm[i], &e) < 0) status = 1;
        mc_gemm_free(b.gemm[i]);
        mc_free_floats(b.mem[i]);
    }
    if (e.code < 0) fprintf(stderr, "gemm_rate: %s\n", e.text);
    free(b.gemm);
    free(b.mem);
    free(b.rate);
    mc_pool_free(pool);
    return status;
}

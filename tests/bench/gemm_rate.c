// The single-threaded rate of the matrix library on all processors at once: what dense work can
// reach at most.
//   gemm_rate [SECONDS]       one line per shape: m x n x k, TAB, GF/s in sum
// One thread per processor, made once; each multiplies its own matrices until the time is over.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "mc/gemm.h"
#include "mc/log.h"
#include "mc/pool.h"

enum { M = 128, K = 384, N_MAX = 1536, CHECK = 16 };

struct bench {
    int n;
    double seconds, *rate; // per thread
    float **mem;
    pthread_barrier_t start;
};

static double run_for(const struct bench *b, double seconds, float *mem) {
    float *a = mem, *w = a + M * K, *c = w + N_MAX * K;
    double start = mc_now_s(), now = start;
    long done = 0;
    while (now - start < seconds) {
        for (int i = 0; i < CHECK; i++) mc_gemm(MC_GEMM_NT, M, b->n, K, a, K, w, K, 0, c, b->n);
        done += CHECK;
        now = mc_now_s();
    }
    return 2.0 * M * b->n * K * (double)done / (now - start) / 1e9;
}

// The pool gives every thread one task, since none ends before all have begun.
static void task(void *ctx, int index, int thread) {
    (void)thread;
    struct bench *b = ctx;
    pthread_barrier_wait(&b->start);
    run_for(b, b->seconds / 4, b->mem[index]); // warm-up
    b->rate[index] = run_for(b, b->seconds, b->mem[index]);
}

int main(int argc, char **argv) {
    struct mc_error e = {0};
    int cores = mc_processors();
    struct bench b = {.seconds = argc > 1 ? strtod(argv[1], NULL) : .3};
    struct mc_pool *pool = mc_pool_new(cores, &e);
    b.rate = mc_new((size_t)cores, sizeof *b.rate, &e);
    b.mem = mc_new((size_t)cores, sizeof *b.mem, &e);
    if (!pool || !b.rate || !b.mem || !(b.seconds > 0)) return 1;
    for (int i = 0; i < cores; i++) {
        size_t n = M * K + N_MAX * K + M * N_MAX;
        if (!(b.mem[i] = mc_new_floats(n, &e))) return 1;
        for (size_t k = 0; k < n; k++) b.mem[i][k] = (float)(k % 7) - 3;
    }
    mc_gemm_init();
    pthread_barrier_init(&b.start, NULL, (unsigned)cores);
    for (b.n = K; b.n <= N_MAX; b.n *= N_MAX / K) {
        double sum = 0;
        mc_pool_run(pool, cores, task, &b);
        for (int i = 0; i < cores; i++) sum += b.rate[i];
        printf("%dx%dx%d\t%.2f\n", M, b.n, K, sum);
    }
    pthread_barrier_destroy(&b.start);
    for (int i = 0; i < cores; i++) free(b.mem[i]);
    free(b.mem);
    free(b.rate);
    mc_pool_free(pool);
    return fflush(stdout) == 0 ? 0 : 1;
}

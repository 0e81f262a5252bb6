#include "mc/kern.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct mc_kern mc_kern_base;
#ifdef __x86_64__
extern const struct mc_kern mc_kern_v3, mc_kern_v4;

static bool have_v3(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}

static bool have_v4(void) {
    return have_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
}
#endif

const struct mc_kern *mc_kern_choose(void) {
#ifdef __x86_64__
    const char *want = getenv("MC_KERNELS");
    bool base = want && strcmp(want, "base") == 0, v3 = want && strcmp(want, "v3") == 0;
    if (have_v4() && !base && !v3) return &mc_kern_v4;
    if (have_v3() && !base) return &mc_kern_v3;
#endif
    return &mc_kern_base;
}

const char *mc_kern_family(enum mc_precision p, char out[MC_FAMILY_TEXT]) {
    snprintf(out, MC_FAMILY_TEXT, "%s+%s", mc_gemm_kernel(p), mc_kern_choose()->name);
    return out;
}

size_t mc_attend_work(int n_k, int d) {
    // K and V transposed, probabilities and score gradients of a block of queries, one transposed
    // block, and the block's masks, a word for 32 keys
    size_t ld = ((size_t)n_k + 31) / 32 * 32 + 16, rows = MC_ATTEND_ROWS;
    return 2 * (size_t)d * ld + 3 * rows * ld + rows * ld / 32;
}

size_t mc_attend_prefix_room(int n, int d) {
    return (4 * (size_t)n + 2 * (((size_t)n + 15) / 16 * 16)) * (size_t)d;
}

// Choosing the set of our own loops: the largest that the processor has, or the one that MC_KERNELS
// asks for; and whether what the environment asks for can compute here.
#include "mc/kern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gemm_onednn.h"

extern const struct mc_kern mc_kern_base;
static bool have_base(void) { return true; }
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

// The families of this build, the best first, and what a processor needs for each.
static const struct family {
    const struct mc_kern *kern;
    bool (*runs)(void);
} FAMILY[] = {
#ifdef __x86_64__
    {&mc_kern_v4, have_v4},
    {&mc_kern_v3, have_v3},
#endif
    {&mc_kern_base, have_base},
};
enum { N_FAMILIES = sizeof FAMILY / sizeof *FAMILY };
#define NAMES "base|v3|v4"

// What the environment asks for, or NULL.
static const char *environment(const char *name) {
    const char *v = getenv(name);
    return v && *v ? v : NULL;
}

const struct mc_kern *mc_kern_choose(void) {
    const char *want = environment("MC_KERNELS");
    for (int i = 0; i < N_FAMILIES; i++)
        if (FAMILY[i].runs() && (!want || strcmp(want, FAMILY[i].kern->name) == 0))
            return FAMILY[i].kern;
    return NULL;
}

static int check_kern(struct mc_error *e) {
    const char *want = environment("MC_KERNELS");
    if (mc_kern_choose()) return 0;
    if (strcmp(want, "base") != 0 && strcmp(want, "v3") != 0 && strcmp(want, "v4") != 0)
        return mc_fail(e, MC_ERR_USAGE, "MC_KERNELS: '%s' is none of " NAMES, want);
    const struct family *best = FAMILY;
    while (!best->runs()) best++;
    return mc_fail(e, MC_ERR_USAGE,
                   "MC_KERNELS: this processor cannot run %s of " NAMES "; its best is %s", want,
                   best->kern->name);
}

static int check_gemm(enum mc_precision p, struct mc_error *e) {
    const char *want = environment("MC_GEMM");
    if (!want || strcmp(want, "openblas") == 0) return 0;
    if (strcmp(want, "onednn") != 0)
        return mc_fail(e, MC_ERR_USAGE, "MC_GEMM: '%s' is none of openblas|onednn", want);
    if (mc_onednn_kernel(p)) return 0;
    bool f32 = p == MC_PRECISION_F32;
    return mc_fail(e, MC_ERR_USAGE,
                   "MC_GEMM: of openblas|onednn, onednn multiplies no %s here: it is not built in, "
                   "or the processor (or ONEDNN_MAX_CPU_ISA) lacks %s",
                   f32 ? "float32" : "bfloat16", f32 ? "AVX-512" : "AVX512_BF16");
}

int mc_kern_check(enum mc_precision p, struct mc_error *e) {
    MC_TRY(check_kern(e));
    return check_gemm(p, e);
}

size_t mc_attend_work(int n_k, int d) {
    // K and V transposed, probabilities and score gradients of a block of queries, one transposed
    // block, and the block's masks, a word for 32 keys
    size_t ld = ((size_t)n_k + 31) / 32 * 32 + 16, rows = MC_ATTEND_ROWS;
    return 2 * (size_t)d * ld + 3 * rows * ld + rows * ld / 32;
}

size_t mc_attend_prefix_work(int n, int d) {
    return (4 * (size_t)n + 2 * (((size_t)n + 15) / 16 * 16)) * (size_t)d;
}

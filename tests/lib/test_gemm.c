// Products against double precision: every form, both precisions, both libraries.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "family.h"
#include "mc/gemm.h"
#include "mc/kern.h"
#include "mc/rng.h"

enum { MOST = 160 * 96, GAP = 3 };
static struct mc_error err;
static struct mc_rng rng;

// One product: operands with gaps between their rows, and what it should give.
struct product {
    enum mc_gemm_form form;
    int m, n, k, lda, ldb, ldc;
    float a[MOST], b[MOST], c[MOST];
    mc_bf16 a16[MOST], b16[MOST];
};
static struct product p;

static void draw(float *x, mc_bf16 *half) {
    for (int i = 0; i < MOST; i++) x[i] = (float)mc_rng_normal(&rng);
    mc_kern_choose()->to_bf16(MOST, x, half);
}

static void prepare(enum mc_gemm_form form, int m, int n, int k) {
    p.form = form, p.m = m, p.n = n, p.k = k;
    p.lda = (form == MC_GEMM_TN ? m : k) + GAP;
    p.ldb = (form == MC_GEMM_NT ? k : n) + GAP;
    p.ldc = n + GAP;
    draw(p.a, p.a16);
    draw(p.b, p.b16);
    for (int i = 0; i < MOST; i++) p.c[i] = (float)i;
}

static double element(const float *x, const mc_bf16 *half, enum mc_precision of, int at) {
    if (of == MC_PRECISION_F32) return (double)x[at];
    float wide;
    mc_kern_choose()->from_bf16(1, half + at, &wide);
    return (double)wide;
}

static void compare(enum mc_precision of, int beta) {
    for (int i = 0; i < p.m; i++)
        for (int j = 0; j < p.ldc; j++) {
            int at = i * p.ldc + j;
            double want = j < p.n && !beta ? 0 : at, size = fabs(want);
            for (int q = 0; j < p.n && q < p.k; q++) {
                int ia = p.form == MC_GEMM_TN ? q * p.lda + i : i * p.lda + q;
                int ib = p.form == MC_GEMM_NT ? j * p.ldb + q : q * p.ldb + j;
                double x = element(p.a, p.a16, of, ia) * element(p.b, p.b16, of, ib);
                want += x;
                size += fabs(x);
            }
            if (!(fabs((double)p.c[at] - want) <= 1e-6 * size))
                fail_msg("precision %d, form %d, %d x %d x %d, beta %d, element %d %d: %.9g, not "
                         "%.9g",
                         of, p.form, p.m, p.n, p.k, beta, i, j, (double)p.c[at], want);
        }
}

static void multiply(struct mc_gemm *g, enum mc_precision of, int beta) {
    if (of == MC_PRECISION_F32)
        mc_gemm_f32(g, p.form, p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, beta, p.c, p.ldc);
    else
        mc_gemm_bf16(g, p.form, p.m, p.n, p.k, p.a16, p.lda, p.b16, p.ldb, beta, p.c, p.ldc);
    assert_int_equal(mc_gemm_check(g, &err), 0);
}

static void products(enum mc_precision of) {
    static const int SHAPE[][3] = {{1, 1, 1},    {1, 2, 40},   {7, 5, 3},    {16, 16, 16},
                                   {33, 17, 65}, {96, 40, 48}, {128, 70, 7}, {3, 90, 32},
                                   {1, 1, 40},   {1, 33, 5},   {1, 70, 128}, {40, 1, 48},
                                   {5, 7, 1},    {1, 9, 1},    {9, 1, 1},    {2, 64, 1},
                                   {1, 90, 33},  {0, 5, 7},    {5, 0, 7},    {5, 7, 0}};
    struct mc_gemm *g = mc_gemm_new(&err);
    assert_non_null(g);
    for (size_t i = 0; i < sizeof SHAPE / sizeof *SHAPE; i++)
        for (int f = MC_GEMM_NT; f <= MC_GEMM_TN; f++)
            for (int beta = 0; beta < 2; beta++) {
                prepare((enum mc_gemm_form)f, SHAPE[i][0], SHAPE[i][1], SHAPE[i][2]);
                multiply(g, of, beta);
                compare(of, beta);
            }
    mc_gemm_free(g);
}

static void in_float32(void **state) { (void)state, products(MC_PRECISION_F32); }
static void in_bfloat16(void **state) { (void)state, products(MC_PRECISION_BF16); }
static void by_openblas(void **state) {
    (void)state;
    char *kept = put_for_now("MC_GEMM", "openblas");
    assert_null(strstr(mc_gemm_kernel(MC_PRECISION_F32), "oneDNN"));
    assert_null(strstr(mc_gemm_kernel(MC_PRECISION_BF16), "oneDNN"));
    products(MC_PRECISION_F32);
    products(MC_PRECISION_BF16);
    put_back("MC_GEMM", kept);
}

// A family that is asked for computes, or nothing does.
static void unknown_is_refused(void **state) {
    (void)state;
    static const char *const ASKED[][2] = {{"MC_KERNELS", "v5"},
                                           {"MC_KERNELS", "V3"},
                                           {"MC_KERNELS", "base "},
                                           {"MC_GEMM", "mkl"},
                                           {"MC_GEMM", "OpenBLAS"}};
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
        const char *name = ASKED[i][0];
        char *kept = put_for_now(name, ASKED[i][1]);
        assert_int_equal(mc_kern_check(MC_PRECISION_F32, &err), MC_ERR_USAGE);
        assert_non_null(strstr(err.text, name));
        assert_non_null(strstr(err.text, i < 3 ? "base|v3|v4" : "openblas|onednn"));
        if (i < 3) assert_null(mc_kern_choose());
        assert_null(mc_gemm_new(&err));
        put_back(name, kept);
    }
    char *kept = put_for_now("MC_GEMM", "onednn");
    for (int of = MC_PRECISION_F32; of <= MC_PRECISION_BF16; of++) {
        bool here = strstr(mc_gemm_kernel((enum mc_precision)of), "oneDNN") != NULL;
        assert_int_equal(mc_kern_check((enum mc_precision)of, &err), here ? 0 : MC_ERR_USAGE);
    }
    put_back("MC_GEMM", kept);
    kept = put_for_now("MC_GEMM", ""); // as if it were not there
    assert_int_equal(mc_kern_check(MC_PRECISION_F32, &err), 0);
    put_back("MC_GEMM", kept);
}

// More shapes than are kept prepared: the first come back right, and with the same bytes.
static void many_shapes(void **state) {
    (void)state;
    static float first[MOST];
    struct mc_gemm *g = mc_gemm_new(&err);
    assert_non_null(g);
    for (int round = 0; round < 2; round++)
        for (int m = 1; m <= 40; m++)
            for (int n = 1; n <= 40; n++) {
                if (m * n == 1) mc_rng_init(&rng, 9, MC_RNG_TEST, 0);
                prepare(MC_GEMM_NT, m, n, 16);
                multiply(g, MC_PRECISION_F32, 0);
                if (m < 40 || n < 40) continue;
                compare(MC_PRECISION_F32, 0);
                if (round == 0) memcpy(first, p.c, sizeof first);
                assert_memory_equal(first, p.c, sizeof first);
            }
    mc_gemm_free(g);
}

static void nan_stays(void **state) {
    (void)state;
    struct mc_gemm *g = mc_gemm_new(&err);
    assert_non_null(g);
    for (int of = MC_PRECISION_F32; of <= MC_PRECISION_BF16; of++) {
        prepare(MC_GEMM_NT, 4, 5, 6);
        p.a[p.lda] = NAN;
        mc_kern_choose()->to_bf16(MOST, p.a, p.a16);
        multiply(g, (enum mc_precision)of, 0);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 5; j++) assert_int_equal(isnan(p.c[i * p.ldc + j]), i == 1);
    }
    mc_gemm_free(g);
}

int main(void) {
    mc_rng_init(&rng, 1, MC_RNG_TEST, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_float32),  cmocka_unit_test(in_bfloat16),
        cmocka_unit_test(by_openblas), cmocka_unit_test(many_shapes),
        cmocka_unit_test(nan_stays),   cmocka_unit_test(unknown_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

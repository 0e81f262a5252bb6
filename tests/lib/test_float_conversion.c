// float16 and bfloat16: every value there and back, rounding to nearest even, overflow.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/hf.h"

static uint16_t to_half(enum mc_dtype t, float x) {
    uint16_t h = 1;
    assert_true(mc_from_f32(t, &x, 1, &h));
    return h;
}

static float from_half(enum mc_dtype t, uint16_t h) {
    float x;
    assert_true(mc_to_f32(t, &h, 1, &x));
    return x;
}

// The value by its definition.
static double meaning(uint16_t h, int frac_bits, int bias) {
    int exp_bits = 15 - frac_bits, exp = h >> frac_bits & ((1 << exp_bits) - 1),
        frac = h & ((1 << frac_bits) - 1);
    double x = exp == (1 << exp_bits) - 1 ? (frac ? (double)NAN : (double)INFINITY)
               : exp                      ? ldexp(1 + ldexp(frac, -frac_bits), exp - bias)
                                          : ldexp(frac, 1 - bias - frac_bits);
    return h & 0x8000 ? -x : x;
}

static void every_value(enum mc_dtype t, int frac_bits, int bias) {
    for (uint32_t h = 0; h < 65536; h++) {
        double want = meaning((uint16_t)h, frac_bits, bias);
        float x = from_half(t, (uint16_t)h);
        if (isnan(want)) {
            assert_true(isnan(x) && isnan(from_half(t, to_half(t, x))));
        } else {
            assert_true((double)x == want && !signbit(x) == !(h & 0x8000));
            assert_int_equal(to_half(t, x), h);
        }
    }
}

static void there_and_back(void **state) {
    (void)state;
    every_value(MC_F16, 10, 15);
    every_value(MC_BF16, 7, 127);
}

// Between every two neighbours: the middle goes to the even one, its neighbours to the near one.
static void ties(enum mc_dtype t, uint32_t end) {
    for (uint32_t h = 0; h + 1 < end; h++) {
        double low = (double)from_half(t, (uint16_t)h),
               high = (double)from_half(t, (uint16_t)(h + 1));
        float mid = (float)((low + high) / 2);
        if ((double)mid != (low + high) / 2) continue; // below the least float32
        for (int sign = 0; sign < 2; sign++) {
            uint32_t s = sign ? 0x8000 : 0;
            float m = sign ? -mid : mid, out = sign ? -INFINITY : INFINITY;
            assert_int_equal(to_half(t, m), s | (h % 2 ? h + 1 : h));
            assert_int_equal(to_half(t, nextafterf(m, out)), s | (h + 1));
            assert_int_equal(to_half(t, nextafterf(m, 0)), s | h);
        }
    }
}

static void to_nearest_even(void **state) {
    (void)state;
    ties(MC_F16, 0x7c00);
    ties(MC_BF16, 0x7f80);
}

static void overflow(void **state) {
    (void)state;
    uint16_t h;
    float x = 65519.996f; // the last that rounds to 65504
    assert_int_equal(to_half(MC_F16, x), 0x7bff);
    for (x = 65520; isfinite(x); x *= 1e10f) assert_false(mc_from_f32(MC_F16, &x, 1, &h));
    x = -65520;
    assert_false(mc_from_f32(MC_F16, &x, 1, &h));
    x = 3.402823466e38f;
    assert_false(mc_from_f32(MC_BF16, &x, 1, &h));
    assert_int_equal(to_half(MC_F16, INFINITY), 0x7c00); // it was infinite before
    assert_int_equal(to_half(MC_BF16, -INFINITY), 0xff80);
    float row[3] = {1, 1e6f, 2};
    uint16_t out[3];
    assert_false(mc_from_f32(MC_F16, row, 3, out)); // one of several
    assert_int_equal(to_half(MC_F16, 0x1p-25f), 0);
    assert_int_equal(to_half(MC_F16, nextafterf(0x1p-25f, 1)), 1);
    assert_int_equal(to_half(MC_F16, -1e-30f), 0x8000);
}

static void other_types(void **state) {
    (void)state;
    double d[] = {1.5, -.1};
    int64_t i = 1;
    float x[2];
    assert_true(mc_to_f32(MC_F64, d, 2, x));
    assert_true(x[0] == 1.5f && x[1] == -.1f);
    assert_false(mc_to_f32(MC_I64, &i, 1, x));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(to_nearest_even),
        cmocka_unit_test(overflow),
        cmocka_unit_test(other_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Random numbers: Philox against its known answers, moments, permutations.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drop.h"
#include "mc/kern.h"
#include "mc/rng.h"

// Philox4x32-10 written down again from the paper (Salmon et al. 2011).
static void philox(const uint32_t ctr[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4], k0 = key[0], k1 = key[1];
    memcpy(c, ctr, sizeof c);
    for (int round = 0; round < 10; round++, k0 += 0x9e3779b9u, k1 += 0xbb67ae85u) {
        uint64_t a = (uint64_t)0xd2511f53u * c[0], b = (uint64_t)0xcd9e8d57u * c[2];
        const uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k0, (uint32_t)b,
                                  (uint32_t)(a >> 32) ^ c[3] ^ k1, (uint32_t)a};
        memcpy(c, next, sizeof c);
    }
    memcpy(out, c, sizeof c);
}

static void known_answers(void **state) {
    (void)state;
    // Random123, kat_vectors: philox4x32 10
    static const struct {
        uint32_t c[4], k[2], want[4];
    } kat[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    uint32_t out[4];
    for (size_t i = 0; i < sizeof kat / sizeof *kat; i++) {
        philox(kat[i].c, kat[i].k, out);
        assert_memory_equal(out, kat[i].want, sizeof out);
    }
}

static void draws_are_philox(void **state) {
    (void)state;
    struct mc_rng r;
    mc_rng_init(&r, 0x123456789abcdefu, MC_RNG_TEST, 77);
    for (uint32_t b = 0; b < 100; b++) {
        uint32_t want[4];
        philox((const uint32_t[]){b, 0, 77, 0}, r.key, want);
        for (int i = 0; i < 4; i++) assert_int_equal(mc_rng_u32(&r), want[i]);
    }
    r.at = ((uint64_t)5 << 32 | 6) * 4; // both words of the counter
    uint32_t want[4];
    philox((const uint32_t[]){6, 5, 77, 0}, r.key, want);
    assert_int_equal(mc_rng_u32(&r), want[0]);
}

// A name's stream is the XXH32 of its bytes, by that hash's known answers.
static void names_are_streams(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t stream;
    } known[] = {{"", 0x02cc5d05}, {"a", 0x550d7456}, {"abc", 0x32d153ff}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct mc_rng r, want;
        mc_rng_init_named(&r, 9, MC_RNG_TEST, known[i].name);
        mc_rng_init(&want, 9, MC_RNG_TEST, known[i].stream);
        for (int k = 0; k < 9; k++) assert_int_equal(mc_rng_u32(&r), mc_rng_u32(&want));
    }
}

// An element stays when its draw is at or above the threshold, which shows the draw.
static void dropout_is_philox(void **state) {
    (void)state;
    const struct mc_kern *k = mc_kern_choose();
    enum { N = 303 };
    float x[N], y[N];
    for (int i = 0; i < N; i++) x[i] = 1;
    struct mc_drop d = {
        .key = {11, 12}, .site = 13, .position = 14, .example = 15, .step = 16, .scale = 1};
    for (int i = 0; i < N; i++) {
        uint32_t u[4];
        uint32_t counter = (uint32_t)(i / 128 * 32 + i % 32);
        philox((const uint32_t[]){counter, 14, 15, 16}, (const uint32_t[]){11, 12 ^ 13}, u);
        d.drop = u[i / 32 % 4];
        drop_row(k, &d, N, x, y);
        assert_true(y[i] == 1);
        d.drop++;
        drop_row(k, &d, N, x, y);
        assert_true(y[i] == 0);
    }
}

static void streams_differ(void **state) {
    (void)state;
    struct mc_rng r[5];
    mc_rng_init(&r[0], 1, MC_RNG_TEST, 0);
    mc_rng_init(&r[1], 2, MC_RNG_TEST, 0);
    mc_rng_init(&r[2], 1, MC_RNG_ORDER, 0);
    mc_rng_init(&r[3], 1, MC_RNG_TEST, 1);
    mc_rng_init(&r[4], 1 + ((uint64_t)1 << 32), MC_RNG_TEST, 0);
    uint64_t first[5];
    for (int i = 0; i < 5; i++) {
        first[i] = mc_rng_below(&r[i], UINT64_MAX);
        for (int k = 0; k < i; k++) assert_true(first[i] != first[k]);
    }
    mc_rng_init(&r[1], 1, MC_RNG_TEST, 0);
    assert_true(mc_rng_below(&r[1], UINT64_MAX) == first[0]);
}

enum { N = 400000 };

static void moments(void **state) {
    (void)state;
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 2);
    double u1 = 0, u2 = 0, m[5] = {0};
    for (int i = 0; i < N; i++) {
        double u = mc_rng_uniform(&r), z = mc_rng_normal(&r);
        assert_true(u >= 0 && u < 1 && isfinite(z));
        u1 += u / N;
        u2 += (u - .5) * (u - .5) / N;
        for (int k = 1; k < 5; k++) m[k] += pow(z, k) / N;
    }
    double s = 5 / sqrt(N); // five standard errors
    assert_true(fabs(u1 - .5) < s * sqrt(1. / 12) && fabs(u2 - 1. / 12) < s * sqrt(1. / 180));
    assert_true(fabs(m[1]) < s && fabs(m[2] - 1) < s * sqrt(2) && fabs(m[3]) < s * sqrt(15) &&
                fabs(m[4] - 3) < s * sqrt(96));
}

// Chi-square below its mean by five standard deviations at most, and above.
static void flat(const int *count, int cells, double expected) {
    double chi = 0, df = cells - 1;
    for (int i = 0; i < cells; i++) chi += pow(count[i] - expected, 2) / expected;
    assert_true(fabs(chi - df) < 5 * sqrt(2 * df));
}

static void below(void **state) {
    (void)state;
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 3);
    int count[7] = {0}, high = 0;
    for (int i = 0; i < 70000; i++) {
        uint64_t x = mc_rng_below(&r, 7);
        assert_true(x < 7);
        count[x]++;
    }
    flat(count, 7, 10000);
    // a range of 3/4 of all: the remainder alone would hit its first third twice as often
    uint64_t n = (uint64_t)3 << 62;
    for (int i = 0; i < 30000; i++) high += mc_rng_below(&r, n) >= n / 3;
    assert_true(abs(high - 20000) < 5 * sqrt(30000 * 2 / 9.));
    assert_true(mc_rng_below(&r, 1) == 0);
}

static void permutations(void **state) {
    (void)state;
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 4);
    int count[120] = {0};
    for (int i = 0; i < 120000; i++) { // every order of five as often
        int64_t p[5];
        int code = 0;
        mc_rng_permutation(&r, p, 5);
        for (int j = 0; j < 5; j++) {
            int rank = 0;
            for (int k = j + 1; k < 5; k++) rank += p[k] < p[j];
            code = code * (5 - j) + rank;
        }
        count[code]++;
    }
    flat(count, 120, 1000);
    static int64_t p[10000];
    static bool seen[10000];
    mc_rng_permutation(&r, p, 10000);
    for (int i = 0; i < 10000; i++) {
        assert_true(p[i] >= 0 && p[i] < 10000 && !seen[p[i]]);
        seen[p[i]] = true;
    }
    mc_rng_permutation(&r, p, 0);
}

// Any part of a permutation without the rest.
static void parts_of_permutations(void **state) {
    (void)state;
    enum { MOST = 300 };
    struct mc_error e;
    int64_t p[MOST], part[MOST];
    for (int n = 0; n <= MOST; n += n < 12 ? 1 : 37)
        for (int from = 0; from <= n; from += 1 + n / 5)
            for (int to = from; to <= n; to += 1 + n / 7) {
                struct mc_rng r;
                mc_rng_init(&r, (uint64_t)n, MC_RNG_TEST, 5);
                mc_rng_permutation(&r, p, n);
                mc_rng_init(&r, (uint64_t)n, MC_RNG_TEST, 5);
                assert_int_equal(mc_rng_permutation_part(&r, n, from, to, part, &e), 0);
                for (int k = from; k < to; k++) assert_int_equal(part[k - from], p[k]);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(draws_are_philox),
        cmocka_unit_test(names_are_streams),
        cmocka_unit_test(dropout_is_philox),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(moments),
        cmocka_unit_test(below),
        cmocka_unit_test(permutations),
        cmocka_unit_test(parts_of_permutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// The band of lin: identities, independence of threads, and its coverage by simulation.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/barrier.h"
#include "mc/log.h"
#include "mc/rng.h"

enum { POINTS = 11, N = 200, ROUNDS = 500, RESAMPLES = 399 };

static struct mc_band band_of(const double *each, int64_t n, int n_t, bool counted, int64_t b,
                              uint64_t seed, struct mc_pool *pool) {
    double t[64];
    for (int j = 0; j < n_t; j++) t[j] = (double)j / (n_t - 1);
    struct mc_band band = {.confidence = .95, .resamples = b, .seed = seed, .pool = pool};
    struct mc_error e;
    assert_int_equal(mc_band_compute(&band, each, n, t, n_t, counted, &e), 0);
    return band;
}

static void identities(void **state) {
    (void)state;
    double each[POINTS * N];
    for (int i = 0; i < POINTS * N; i++) each[i] = .1 * (i % N); // the same model at every t
    struct mc_band b = band_of(each, N, POINTS, false, 99, 0, NULL);
    assert_true(b.low == 0 && b.high == 0);
    for (int i = 0; i < POINTS * N; i++)
        each[i] = 1 + (i / N > 0 && i / N < POINTS - 1); // the same bump in each
    b = band_of(each, N, POINTS, false, 99, 0, NULL);
    assert_true(fabs(b.low - 1) < 1e-12 && fabs(b.high - 1) < 1e-12);
    b = band_of(each, N, 2, false, 99, 0, NULL); // no t inside
    assert_true(b.low == 0 && b.high == 0);
    b = band_of(each, 1, POINTS, true, 99, 0, NULL); // a single example
    assert_true(isfinite(b.low) && isfinite(b.high));
}

static void too_few_resamples(void **state) {
    (void)state;
    struct mc_error e;
    struct mc_band b = {.confidence = .95, .resamples = 18};
    assert_int_equal(mc_band_check(&b, &e), MC_ERR_USAGE);
    assert_non_null(strstr(e.text, "at least 19"));
    b.resamples = 19;
    assert_int_equal(mc_band_check(&b, &e), 0);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    static double each[26 * 872];
    struct mc_rng r;
    mc_rng_init(&r, 3, MC_RNG_TEST, 1);
    for (int i = 0; i < 26 * 872; i++) each[i] = mc_rng_normal(&r);
    struct mc_error e;
    struct mc_pool *pool = mc_pool_new(4, &e);
    double start = mc_now_s();
    struct mc_band a = band_of(each, 872, 26, false, 2000, 7, NULL);
    printf("# | 2000 resamples x 26 points x 872 examples: %.3f s on one thread\n",
           mc_now_s() - start);
    struct mc_band b = band_of(each, 872, 26, false, 2000, 7, pool);
    struct mc_band c = band_of(each, 872, 26, false, 2000, 8, pool);
    mc_pool_free(pool);
    assert_true(a.low == b.low && a.high == b.high);
    assert_true(a.high != c.high);
}

// --- coverage

struct world { // one example's L at every t
    const char *name;
    void (*draw)(struct mc_rng *r, double *l);
    double truth; // lin of the population
    bool counted;
};

static double hill(int j) {
    double t = (double)j / (POINTS - 1);
    return 4 * t * (1 - t);
}

static void zero(struct mc_rng *r, double *l) {
    double z = mc_rng_normal(r);
    for (int j = 0; j < POINTS; j++) l[j] = z * z;
}

static void noise(struct mc_rng *r, double *l) {
    double z = mc_rng_normal(r);
    for (int j = 0; j < POINTS; j++) l[j] = z + .3 * mc_rng_normal(r);
}

// Losses of a classifier: many near 0, a long tail; noise in proportion and itself exponential, of
// mean 0.
static void skewed(struct mc_rng *r, double *l) {
    double scale = exp(mc_rng_normal(r));
    for (int j = 0; j < POINTS; j++) l[j] = scale * (1 + .3 * (-log(1 - mc_rng_uniform(r)) - 1));
}

static void skewed_barrier(struct mc_rng *r, double *l) {
    double scale = exp(mc_rng_normal(r));
    for (int j = 0; j < POINTS; j++) l[j] = scale * (1 - .3 * hill(j) * log(1 - mc_rng_uniform(r)));
}

static void real_barrier(struct mc_rng *r, double *l) {
    double z = mc_rng_normal(r), height = .5 + .4 * mc_rng_normal(r);
    for (int j = 0; j < POINTS; j++) l[j] = z + height * hill(j) + .1 * mc_rng_normal(r);
}

static void no_flips(struct mc_rng *r, double *l) {
    double wrong = mc_rng_uniform(r) < .2;
    for (int j = 0; j < POINTS; j++) l[j] = wrong;
}

static void flips(struct mc_rng *r, double *l) {
    double wrong = mc_rng_uniform(r) < .2;
    for (int j = 0; j < POINTS; j++) { // as many become right as wrong
        double flip = mc_rng_uniform(r) < (wrong != 0 ? .08 : .02);
        l[j] = flip != 0 ? 1 - wrong : wrong;
    }
}

static void wrong_in_the_middle(struct mc_rng *r, double *l) {
    double wrong = mc_rng_uniform(r) < .2, u = mc_rng_uniform(r);
    for (int j = 0; j < POINTS; j++) l[j] = wrong != 0 || u < .25 * hill(j);
}

static const struct world worlds[] = {
    {"d = 0, all zero", zero, 0, false},
    {"d = 0, noise", noise, 0, false},
    {"d = 0, skewed losses", skewed, 0, false},
    {"d = 0, accuracy, no flips", no_flips, 0, true},
    {"d = 0, accuracy, 2-8 % flip", flips, 0, true},
    {"barrier, Gaussian", real_barrier, .5, false},
    {"barrier, skewed losses", skewed_barrier, .3 * 1.6487212707001282,
     false},                                              // E exp(z) = exp(1/2)
    {"barrier, accuracy", wrong_in_the_middle, .2, true}, // .8 right ones, a quarter of them lost
};

// Out of ROUNDS data sets of N examples: how often the interval holds the truth, and how often it
// says "barrier" with epsilon = 0. Margin: three standard deviations of a binomial share of .95,
// .029.
static void coverage(void **state) {
    (void)state;
    double margin = 3 * sqrt(.95 * .05 / ROUNDS);
    static double each[POINTS * N];
    printf("# | coverage of the 95 %% interval, n = %d, %d data sets, %d resamples, margin %.3f\n",
           N, ROUNDS, RESAMPLES, margin);
    printf("# | %-28s %8s %8s %8s\n", "case", "covers", "barrier", "width");
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
        int covers = 0, barrier = 0;
        double width = 0;
        for (int k = 0; k < ROUNDS; k++) {
            struct mc_rng r;
            double l[POINTS];
            mc_rng_init(&r, 100 + w, MC_RNG_TEST, (uint32_t)k);
            for (int i = 0; i < N; i++) {
                worlds[w].draw(&r, l);
                for (int j = 0; j < POINTS; j++) each[j * N + i] = l[j];
            }
            struct mc_band b = band_of(each, N, POINTS, worlds[w].counted, RESAMPLES, (uint64_t)k,
                                       NULL);
            assert_true(b.low >= 0 && b.low <= b.high);
            covers += b.low <= worlds[w].truth && worlds[w].truth <= b.high;
            barrier += strcmp(mc_verdict(&b, 0, N, POINTS, worlds[w].counted), "barrier") == 0;
            width += (b.high - b.low) / ROUNDS;
        }
        printf("# | %-28s %8.3f %8.3f %8.4f\n", worlds[w].name, (double)covers / ROUNDS,
               (double)barrier / ROUNDS, width);
        assert_true(covers >= (.95 - margin) * ROUNDS);
        if (worlds[w].truth == 0)
            assert_true(barrier <= (.05 + margin) * ROUNDS);
        else
            assert_true(barrier >= .95 * ROUNDS); // these are too high to be missed
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities),
        cmocka_unit_test(too_few_resamples),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

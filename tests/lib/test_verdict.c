// The looks of pipelines/verdict.tsv on simulated paths: how often all of them together say barrier
// or connected where that is not so, and what they cost.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/barrier.h"
#include "mc/rng.h"

// The sanitizers' builds look for other mistakes than those of rates, and take ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ROUNDS = 40 };
#else
enum { ROUNDS = 1000 };
#endif
enum { MOST_LOOKS = 8, GRID = 17, N = 400, LEAST_N = 100, RESAMPLES = 399 };
static const double EPSILON = .02;

struct look {
    int points, n;
    bool connected; // it may say so
};
static struct look looks[MOST_LOOKS];
static int n_looks;

static int read_looks(void **state) {
    (void)state;
    FILE *f = fopen("pipelines/verdict.tsv", "r");
    char line[128], word[8];
    double share;
    if (!f || !fgets(line, sizeof line, f)) return -1;
    for (; fgets(line, sizeof line, f); n_looks++) {
        struct look *k = &looks[n_looks];
        if (n_looks == MOST_LOOKS || sscanf(line, "%d%lf%7s", &k->points, &share, word) != 3)
            return -1;
        k->n = (int)fmin(N, fmax(LEAST_N, ceil(N * share)));
        k->connected = strcmp(word, "yes") == 0;
    }
    fclose(f);
    return 0;
}

static void looks_are_nested(void **state) {
    (void)state;
    assert_true(n_looks > 1);
    for (int k = 0; k < n_looks; k++) {
        assert_int_equal((GRID - 1) % (looks[k].points - 1), 0);
        assert_true(k == 0 || looks[k].n >= looks[k - 1].n);
        assert_true(k == 0 || (looks[k].points - 1) % (looks[k - 1].points - 1) == 0);
    }
    assert_true(looks[n_looks - 1].n == N && looks[n_looks - 1].points == GRID);
}

// The verdict, and the examples x points that it took, of L of every example on the whole grid.
static const char *judge(const double *each, bool counted, uint64_t seed, int *cost) {
    double t[GRID];
    static double part[GRID * N];
    const char *verdict = "undecided";
    *cost = 0;
    for (int k = 0; k < n_looks && strcmp(verdict, "undecided") == 0; k++) {
        int points = looks[k].points, n = looks[k].n, step = (GRID - 1) / (points - 1);
        struct mc_band band = {
            .confidence = 1 - .05 / n_looks, .resamples = RESAMPLES, .seed = seed};
        struct mc_error e;
        for (int j = 0; j < points; j++) {
            t[j] = (double)j / (points - 1);
            memcpy(part + j * n, each + j * step * N, (size_t)n * sizeof *part);
        }
        assert_int_equal(mc_band_compute(&band, part, n, t, points, counted, &e), 0);
        verdict = mc_verdict(&band, EPSILON, n, points, counted);
        if (strcmp(verdict, "connected") == 0 && !looks[k].connected) verdict = "undecided";
        *cost = points * n; // all earlier looks lie within
    }
    return verdict;
}

struct world {
    const char *name;
    double height, centre, width;         // of the peak of the mean
    double noise;                         // of every example's own path
    enum { PLAIN, SKEWED, COUNTED } kind; // COUNTED: right or wrong
};
static const struct world worlds[] = {
    {"flat", 0, .5, .3, .05, PLAIN},
    {"flat, skewed losses", 0, .5, .3, .3, SKEWED},
    {"height epsilon", .02, .5, .3, .1, PLAIN},
    {"height epsilon, skewed", .02, .5, .3, .1, SKEWED},
    {"height epsilon, aside, narrow", .02, .25, .12, .1, PLAIN},
    {"half of epsilon", .01, .5, .3, .05, PLAIN},
    {"twice epsilon", .04, .5, .3, .1, PLAIN},
    {"four times epsilon, aside", .08, .3, .15, .2, PLAIN},
    {"ten times epsilon, skewed", .2, .5, .3, .5, SKEWED},
    {"flat, accuracy", 0, .5, .3, 0, COUNTED},
    {"height epsilon, accuracy", .02, .5, .3, 0, COUNTED},
    {"five times epsilon, accuracy", .1, .5, .3, 0, COUNTED},
};

// How high the mean stands at point j, of 1.
static double hill(const struct world *w, int j) {
    double d = ((double)j / (GRID - 1) - w->centre) / w->width;
    return j == 0 || j == GRID - 1 ? 0 : exp(-.5 * d * d);
}

static double curved(int j) {
    double t = (double)j / (GRID - 1);
    return 4 * t * (1 - t);
}

static void draw_loss(const struct world *w, struct mc_rng *r, int i, double *each) {
    bool skewed = w->kind == SKEWED;
    double scale = skewed ? exp(mc_rng_normal(r) - .5) : 1, own = mc_rng_normal(r),
           slope = mc_rng_normal(r), level = skewed ? scale : mc_rng_normal(r);
    for (int j = 0; j < GRID; j++)
        each[j * N + i] = level + slope * j / (GRID - 1) +
                          scale * (w->height * hill(w, j) + w->noise * own * curved(j));
}

// Of ten wrong ones as many become right in the middle as of the 90 others become wrong; then more
// become wrong.
static void draw_counted(const struct world *w, struct mc_rng *r, int i, double *each) {
    bool wrong = mc_rng_uniform(r) < .1, turns = mc_rng_uniform(r) < (wrong ? .09 : .01);
    double u = mc_rng_uniform(r);
    for (int j = 0; j < GRID; j++) {
        bool at_j = wrong != (turns && curved(j) > .5);
        each[j * N + i] = at_j || u < w->height * hill(w, j) / .9;
    }
}

static void draw(const struct world *w, struct mc_rng *r, double *each) {
    for (int i = 0; i < N; i++) (w->kind == COUNTED ? draw_counted : draw_loss)(w, r, i, each);
}

static void errors(void **state) {
    (void)state;
    double margin = 3 * sqrt(.95 * .05 / ROUNDS);
    static double each[GRID * N];
    printf("# | all looks at 95 %%, epsilon %.2f, n = %d, %d paths each; margin %.3f; cost in "
           "sweeps of 26 points\n",
           EPSILON, N, ROUNDS, margin);
    printf("# | %-32s %9s %9s %9s %7s\n", "case", "connected", "barrier", "undecided", "cost");
    for (size_t k = 0; k < sizeof worlds / sizeof *worlds; k++) {
        const struct world *w = &worlds[k];
        int connected = 0, barrier = 0;
        double spent = 0;
        for (int round = 0; round < ROUNDS; round++) {
            struct mc_rng r;
            int cost;
            mc_rng_init(&r, 500 + k, MC_RNG_TEST, (uint32_t)round);
            draw(w, &r, each);
            const char *verdict = judge(each, w->kind == COUNTED, (uint64_t)round, &cost);
            connected += strcmp(verdict, "connected") == 0;
            barrier += strcmp(verdict, "barrier") == 0;
            spent += (double)cost / (26. * N) / ROUNDS;
        }
        printf("# | %-32s %9.3f %9.3f %9.3f %7.3f\n", w->name, (double)connected / ROUNDS,
               (double)barrier / ROUNDS, (double)(ROUNDS - connected - barrier) / ROUNDS, spent);
        if (w->height <= EPSILON) assert_true(barrier <= (.05 + margin) * ROUNDS);
        if (w->height >= EPSILON) assert_true(connected <= (.05 + margin) * ROUNDS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_nested),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, read_looks, NULL);
}

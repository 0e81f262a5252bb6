// Paths of one kind together: cross-fitted heights, lengths, reach, the interval over pairs of ends
// by hand, and its coverage by simulation.
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

#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-12)

static void quantiles(void **state) { // tables of both distributions
    (void)state;
    assert_true(fabs(mc_normal_quantile(.975) - 1.9599639845400545) < 1e-13);
    assert_true(mc_normal_quantile(.5) < 1e-300);
    const double at_975[] = {12.706204736174705, 4.302652729749464, 3.182446305283710,
                             2.776445105197794, 2.570581835636316};
    for (int k = 0; k < 5; k++)
        assert_true(fabs(mc_student_quantile(.975, k + 1) / at_975[k] - 1) < 1e-12);
    assert_true(fabs(mc_student_quantile(.995, 10) / 3.169272672616951 - 1) < 1e-12);
    assert_true(fabs(mc_student_quantile(.975, 100000) - 1.95998) < 5e-5);
}

// Example numbers 0, 2, 3 lie in one half, 1 and 4 in the other: the top bit of 2654435769 i.
static void a_height_is_measured_where_the_other_half_is_highest(void **state) {
    (void)state;
    double t[] = {0, .25, .5, 1}, height[5];
    int64_t example[] = {0, 1, 2, 3, 4};
    const int half[] = {0, 1, 0, 1, 0};
    for (int i = 0; i < 5; i++)
        assert_int_equal((int)((UINT32_C(2654435769) * (uint32_t)example[i]) >> 31), half[i]);
    double each[] = {0, 0, 0, 0, 0, // ends at 0, so that d is L
                     3, 1, 3, 1, 3, // half 0 is highest here
                     1, 5, 2, 7, 3, // half 1 here
                     0, 0, 0, 0, 0};
    struct mc_path_table p = {.n = 5, .n_t = 4, .t = t, .each = each, .example = example};
    double xfit = mc_crossfit(&p, height);
    const double want[] = {1, 1, 2, 1, 3};
    for (int i = 0; i < 5; i++) NEAR(height[i], want[i]);
    NEAR(xfit, .5 * (2 + 1));
    for (int i = 5; i < 15; i++) each[i] = -1; // nowhere higher than at the ends, where d is 0
    NEAR(mc_crossfit(&p, height), 0);
    static const int64_t one_half[] = {0, 2, 4, 5, 7};
    for (int i = 0; i < 5; i++) example[i] = one_half[i];
    assert_true(isnan(mc_crossfit(&p, height)));
}

static void lengths_and_means(void **state) {
    (void)state;
    double t[] = {0, .5, 1}, s[] = {1, 2, 4}, loss[] = {0, 4, 2};
    struct mc_path_table p = {.n_t = 3, .t = t, .s = s, .loss = loss};
    struct mc_path_means m = mc_path_means_of(&p);
    NEAR(m.length, 3);
    NEAR(m.over_t, .5 * 2 + .5 * 3);
    NEAR(m.over_s, (1 * 2 + 2 * 3) / 3.0);
    s[1] = NAN;
    assert_true(isnan(mc_path_means_of(&p).over_s));
    s[2] = 1; // two equal models
    assert_true(isnan(mc_path_means_of(&p).over_s));
}

static void reach(void **state) {
    (void)state;
    double t[] = {0, .25, .5, .75, 1}, loss[] = {1, 2, 6, 2, 0}, r[2];
    struct mc_path_table p = {.n_t = 5, .t = t, .loss = loss};
    mc_path_reach(&p, 1, r);
    NEAR(r[0], .25); // 2 is not over 1 + 1, what lies behind is
    NEAR(r[1], .875);
    mc_path_reach(&p, 2, r);
    NEAR(r[0], .25 + .25 * .25);
    NEAR(r[1], .75);
    mc_path_reach(&p, 0, r);
    NEAR(r[0], 0);
    NEAR(r[1], 1);
    mc_path_reach(&p, 6, r);
    NEAR(r[0], 1);
    NEAR(r[1], 0);
}

static void interval(const struct mc_run *run, int k, int64_t n, bool counted, double *low,
                     double *high) {
    struct mc_error e;
    struct mc_interval x;
    assert_int_equal(mc_runs_interval(run, k, n, .95, counted, &x, &e), 0);
    mc_interval_of_height(&x);
    *low = x.low;
    *high = x.high;
}

static void ends_all_different(void **state) {
    (void)state;
    const double h[3][2] = {{.1, .3}, {.2, .4}, {.3, .5}};
    const struct mc_run run[] = {{"a", "b", .2, h[0]}, {"c", "d", .3, h[1]}, {"e", "f", .4, h[2]}};
    double low, high, of_runs = .1 / sqrt(3), of_examples = .1; // heights .2 and .4 over paths
    double half = hypot(4.302652729749464 * of_runs, 1.9599639845400545 * of_examples);
    interval(run, 3, 2, false, &low, &high);
    NEAR(high, .3 + half);
    NEAR(low, fmax(0, .3 - half));
    interval(run, 3, 2, true, &low, &high); // at least 1/2
    NEAR(high, .3 + hypot(4.302652729749464 * of_runs, 1.9599639845400545 * .5));
    interval(run, 2, 2, false, &low, &high);
    assert_true(isnan(low) && isnan(high));
}

static void ends_shared(void **state) {
    (void)state;
    const double h[2] = {0, 0};
    // three ends, all pairs: without a, b, c one path is left each
    const struct mc_run all[] = {{"a", "b", 1, h}, {"a", "c", 2, h}, {"b", "c", 6, h}};
    double low, high;
    interval(all, 3, 2, false, &low, &high);
    // left: 6, 2, 1; mean 3, squares 9 + 1 + 4 = 14
    NEAR(high, 3 + 4.302652729749464 * sqrt(2 / 3.0 * 14));
    // a star: without its middle nothing is left
    const struct mc_run star[] = {{"a", "b", 1, h}, {"a", "c", 2, h}, {"a", "d", 6, h}};
    interval(star, 3, 2, false, &low, &high);
    // left: 4, 3.5, 1.5; mean 3, squares 1 + .25 + 2.25
    NEAR(high, 3 + 4.302652729749464 * sqrt(2 / 3.0 * 3.5));
    // the same pair again and again
    const struct mc_run twice[] = {{"a", "b", 1, h}, {"a", "b", 2, h}, {"b", "a", 6, h}};
    interval(twice, 3, 2, false, &low, &high);
    assert_true(isnan(low) && isnan(high));
    // ends that are not known are taken for different ones
    const struct mc_run unknown[] = {{"", "", 1, h}, {"", "", 2, h}, {"", "", 6, h}};
    interval(unknown, 3, 2, false, &low, &high);
    NEAR(high, 3 + 4.302652729749464 * sqrt(14 / 2.0 / 3));
}

// --- coverage

// The sanitizers' builds look for other mistakes than those of rates, and take ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ROUNDS = 100 };
#else
enum { ROUNDS = 1000 };
#endif
enum { ENDS = 10, PATHS = ENDS * (ENDS - 1) / 2, EXAMPLES = 200, GRID = 5 };

// A world of ends and examples: the height of a path at an example is the mean height, what its two
// ends add, what the pair adds, what the example adds, and noise. What all four add has mean 0, so
// that `mean` is the mean over all pairs of ends and all examples, which is what the interval is
// for.
struct world {
    const char *name;
    int ends, paths;
    bool disjoint; // path k joins the ends 2k and 2k + 1; else all pairs
    double mean, of_end, of_pair, of_example, noise;
    enum { PLAIN, SKEWED, COUNTED, ALTERNATING } kind; // ALTERNATING: an example's by its label
    bool chosen;                                       // the height of a path's grid, cross-fitted
};

static double draw(struct mc_rng *r, bool skewed) { // mean 0, variance 1
    return skewed ? -log(1 - mc_rng_uniform(r)) - 1 : mc_rng_normal(r);
}

// The height of every example on the path between ends with effects a and b.
static double simulate(const struct world *w, struct mc_rng *r, double a, double b,
                       const double *example, double *height) {
    static double each[GRID * EXAMPLES];
    static int64_t number[EXAMPLES];
    bool skewed = w->kind == SKEWED;
    double t[GRID], sum = 0;
    double mean = w->mean + w->of_end * (a + b) + w->of_pair * draw(r, skewed);
    if (!w->chosen) {
        for (int i = 0; i < EXAMPLES; i++) {
            double p = mean + w->of_example * example[i];
            if (w->kind == COUNTED) { // right to wrong, or as often wrong to right
                double u = mc_rng_uniform(r), flips = .05;
                height[i] = u < flips + p ? 1 : u > 1 - flips ? -1 : 0;
            } else {
                height[i] = p + w->noise * draw(r, skewed);
            }
            sum += height[i];
        }
        return sum / EXAMPLES;
    }
    for (int j = 0; j < GRID; j++) { // the height at t = 1/2 alone
        t[j] = (double)j / (GRID - 1);
        bool inside = j > 0 && j < GRID - 1, top = j == GRID / 2;
        for (int i = 0; i < EXAMPLES; i++) {
            number[i] = i;
            each[j * EXAMPLES + i] = top * mean + inside * (w->of_example * example[i] +
                                                            w->noise * draw(r, skewed));
        }
    }
    struct mc_path_table p = {.n = EXAMPLES, .n_t = GRID, .t = t, .each = each, .example = number};
    return mc_crossfit(&p, height);
}

// Ends hold half of the variance between paths: of_pair^2 = 2 of_end^2.
#define HALVES .05, .0707
static const struct world worlds[] = {
    {"0, three disjoint pairs", 6, 3, true, 0, HALVES, .1, .1, PLAIN, false},
    {"0, five disjoint pairs", 10, 5, true, 0, HALVES, .1, .1, PLAIN, false},
    {"0, six pairs of four ends", 4, 6, false, 0, HALVES, .1, .1, PLAIN, false},
    {"0, nothing but examples", 4, 6, false, 0, 0, 0, .1, .1, PLAIN, false},
    {"0, labels in alternation", 4, 6, false, 0, HALVES, .3, .1, ALTERNATING, false},
    {"0, accuracy", 4, 6, false, 0, .01, .0141, 0, 0, COUNTED, false},
    {"0, cross-fitted", 4, 6, false, 0, 0, 0, .1, .3, PLAIN, true},
    {"0, cross-fitted, skewed", 4, 6, false, 0, 0, 0, .1, .3, SKEWED, true},
    {"0, cross-fitted, alternating", 4, 6, false, 0, 0, 0, .3, .3, ALTERNATING, true},
    {"barrier, three disjoint pairs", 6, 3, true, .5, HALVES, .1, .1, PLAIN, false},
    {"barrier, five disjoint pairs", 10, 5, true, .5, HALVES, .1, .1, PLAIN, false},
    {"barrier, six pairs of four", 4, 6, false, .5, HALVES, .1, .1, PLAIN, false},
    {"barrier, 45 pairs of ten", 10, 45, false, .5, HALVES, .1, .1, PLAIN, false},
    {"barrier, ends alone differ", 4, 6, false, .5, .1, 0, .1, .1, PLAIN, false},
    {"barrier, pairs alone differ", 4, 6, false, .5, 0, .1, .1, .1, PLAIN, false},
    {"barrier, skewed", 4, 6, false, .5, HALVES, .3, .3, SKEWED, false},
    {"barrier, labels in alternation", 4, 6, false, .5, HALVES, .3, .1, ALTERNATING, false},
    {"barrier, cross-fitted", 4, 6, false, .5, .02, .0283, .1, .3, PLAIN, true},
    {"barrier, accuracy", 4, 6, false, .2, .01, .0141, 0, 0, COUNTED, false},
};

// What an example adds: drawn, or by its label, which alternates in the file.
static void draw_examples(const struct world *w, struct mc_rng *r, double *example) {
    for (int i = 0; i < EXAMPLES; i++)
        example[i] = w->kind == ALTERNATING ? (i % 2 ? 1 : -1) : draw(r, w->kind == SKEWED);
}

// The interval of one draw of a world.
static void one_draw(const struct world *w, struct mc_rng *r, double *low, double *high) {
    static double height[PATHS][EXAMPLES];
    static const char *const name[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    double end[ENDS], example[EXAMPLES];
    struct mc_run run[PATHS];
    int paths = 0;
    for (int i = 0; i < w->ends; i++) end[i] = draw(r, false);
    draw_examples(w, r, example);
    for (int i = 0; i < w->ends; i++)
        for (int j = i + 1; j < w->ends; j++) {
            if (w->disjoint && (i % 2 || j != i + 1)) continue;
            double x = simulate(w, r, end[i], end[j], example, height[paths]);
            run[paths] = (struct mc_run){name[i], name[j], x, height[paths]};
            paths++;
        }
    assert_int_equal(paths, w->paths);
    interval(run, paths, EXAMPLES, w->kind == COUNTED, low, high);
}

static void coverage(void **state) {
    (void)state;
    double margin = 3 * sqrt(.95 * .05 / ROUNDS);
    printf("# | coverage of the 95 %% interval over paths, %d shared examples, %d draws, margin "
           "%.3f\n",
           EXAMPLES, ROUNDS, margin);
    printf("# | %-32s %8s %8s %8s\n", "case", "covers", "barrier", "width");
    for (size_t k = 0; k < sizeof worlds / sizeof *worlds; k++) {
        const struct world *w = &worlds[k];
        int covers = 0, barrier = 0;
        double width = 0;
        for (int round = 0; round < ROUNDS; round++) {
            struct mc_rng r;
            double low, high;
            mc_rng_init(&r, 300 + k, MC_RNG_TEST, (uint32_t)round);
            one_draw(w, &r, &low, &high);
            covers += low <= w->mean && w->mean <= high;
            barrier += low > 0;
            width += (high - low) / ROUNDS;
        }
        printf("# | %-32s %8.3f %8.3f %8.4f\n", w->name, (double)covers / ROUNDS,
               (double)barrier / ROUNDS, width);
        assert_true(covers >= (.95 - margin) * ROUNDS);
        if (w->mean == 0) assert_true(barrier <= (.05 + margin) * ROUNDS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles),
        cmocka_unit_test(a_height_is_measured_where_the_other_half_is_highest),
        cmocka_unit_test(lengths_and_means),
        cmocka_unit_test(reach),
        cmocka_unit_test(ends_all_different),
        cmocka_unit_test(ends_shared),
        cmocka_unit_test(coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

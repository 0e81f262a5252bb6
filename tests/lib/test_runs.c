// Paths of one kind together: cross-fitted heights, lengths, reach, the intervals over pairs of
// ends, of one condition and of the difference of two, by hand, and their coverage by simulation.
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

static struct mc_interval difference(const struct mc_run *a, int k_a, const struct mc_run *b,
                                     int k_b, int64_t n) {
    struct mc_error e;
    struct mc_interval x;
    assert_int_equal(mc_runs_difference(a, k_a, b, k_b, n, .95, false, &x, &e), 0);
    return x;
}

static void differences_of_ends_all_different(void **state) {
    (void)state;
    const struct mc_run a[] = {{"a", "b", 1, NULL}, {"c", "d", 2, NULL}, {"e", "f", 6, NULL}};
    const struct mc_run b[] = {
        {"g", "h", 1, NULL}, {"i", "j", 1, NULL}, {"k", "l", 2, NULL}, {"m", "n", 4, NULL}};
    // Welch: 7/3 and 2/4, of 2 and 3 degrees; 2.83^2 / (2.33^2 / 2 + .5^2 / 3) = 2.86
    struct mc_interval x = difference(a, 3, b, 4, 0);
    NEAR(x.mean, 1);
    NEAR(x.s_run, sqrt(7 / 3.0 + .5));
    assert_int_equal(x.degrees, 2);
    NEAR(x.high, 1 + 4.302652729749464 * x.s_run);
    NEAR(x.low, 1 - 4.302652729749464 * x.s_run);
    assert_true(isnan(x.s_ex));
    // of 2 degrees: 1 - t / sqrt(2 + t^2)
    NEAR(x.p, 1 - 1 / x.s_run / sqrt(2 + 1 / (x.s_run * x.s_run)));
    // the same pairs in another order, either way round: the differences 0, 1 and 4 of two degrees
    const struct mc_run same[] = {{"f", "e", 2, NULL}, {"a", "b", 1, NULL}, {"c", "d", 1, NULL}};
    x = difference(a, 3, same, 3, 0);
    NEAR(x.mean, 5 / 3.0);
    NEAR(x.s_run, sqrt(13 / 9.0));
    assert_int_equal(x.degrees, 2);
    x = difference(a, 3, a, 3, 0); // a condition less itself
    assert_true(x.mean == 0 && x.low == 0 && x.high == 0 && x.p == 1);
    assert_true(isnan(difference(a, 3, b, 2, 0).low) && isnan(difference(a, 2, b, 3, 0).p));
    const struct mc_run lost[] = {{"g", "h", 1, NULL}, {"i", "j", 1, NULL}, {"k", "l", NAN, NULL}};
    x = difference(a, 3, lost, 3, 0);
    assert_true(isnan(x.mean) && isnan(x.low) && isnan(x.p));
}

static void differences_of_ends_shared(void **state) {
    (void)state;
    // all pairs of three ends less a disjoint three: 14 * 2 / 3 of 2 degrees, and 1/3 of 2
    const struct mc_run a[] = {{"a", "b", 1, NULL}, {"a", "c", 2, NULL}, {"b", "c", 6, NULL}};
    const struct mc_run b[] = {{"g", "h", 1, NULL}, {"i", "j", 2, NULL}, {"", "", 3, NULL}};
    struct mc_interval x = difference(a, 3, b, 3, 0);
    NEAR(x.mean, 1);
    NEAR(x.s_run, sqrt(28 / 3.0 + 1 / 3.0));
    // the same ends: without c, b, a 1 - 2, 2 - 2, 6 - 5 are left; mean 0, squares 2
    const struct mc_run c[] = {{"a", "b", 2, NULL}, {"c", "a", 2, NULL}, {"b", "c", 5, NULL}};
    x = difference(a, 3, c, 3, 0);
    NEAR(x.mean, 0);
    NEAR(x.s_run, sqrt(2 / 3.0 * 2));
    assert_true(x.p == 1);
    // a and b in both, c of the first alone, d of the second: all four are one stratum. Without a
    // 6 - 2, b 2 - 4, c 1 - 7/3, d 3 - 1; mean 2/3, squares (100 + 64 + 36 + 16) / 9
    const struct mc_run d[] = {{"a", "b", 1, NULL}, {"a", "d", 4, NULL}, {"b", "d", 2, NULL}};
    x = difference(a, 3, d, 3, 0);
    NEAR(x.mean, 3 - 7 / 3.0);
    NEAR(x.s_run, sqrt(3 / 4.0 * 24));
    assert_int_equal(x.degrees, 3);
    // one pair again and again is no three units, whatever stands beside it
    const struct mc_run twice[] = {{"g", "h", 1, NULL}, {"h", "g", 2, NULL}, {"g", "h", 3, NULL}};
    assert_true(isnan(difference(a, 3, twice, 3, 0).low));
}

static void differences_of_examples(void **state) {
    (void)state;
    const double h[3][2] = {{.1, .3}, {.2, .4}, {.3, .5}}, g[3][2] = {{0, 0}, {.1, .1}, {.5, .2}};
    const struct mc_run a[] = {{"a", "b", .2, h[0]}, {"c", "d", .3, h[1]}, {"e", "f", .4, h[2]}};
    const struct mc_run b[] = {{"a", "b", 0, g[0]}, {"c", "d", .1, g[1]}, {"e", "f", .35, g[2]}};
    struct mc_interval x = difference(a, 3, b, 3, 2); // the examples' own: 0 and .3
    NEAR(x.mean, .15);
    NEAR(x.s_ex, .15);
    double half = hypot(4.302652729749464 * x.s_run, 1.9599639845400545 * .15);
    NEAR(x.low, .15 - half);
    // the confidence of p touches 0
    struct mc_error e;
    assert_int_equal(mc_runs_difference(a, 3, b, 3, 2, 1 - x.p, false, &x, &e), 0);
    NEAR(x.low, 0);
}

static void holm(void **state) {
    (void)state;
    const double p[] = {.04, NAN, .01, .03, .9, 0}, want[] = {.09, NAN, .04, .09, .9, 0};
    double q[6];
    struct mc_error e;
    assert_int_equal(mc_holm(p, 6, q, &e), 0);
    for (int i = 0; i < 6; i++) assert_true(i == 1 ? isnan(q[i]) : fabs(q[i] - want[i]) < 1e-15);
    assert_int_equal(mc_holm((const double[]){.6, .7}, 2, q, &e), 0);
    assert_true(q[0] == 1 && q[1] == 1);
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

// --- coverage of differences

// Pairs of ends by number, which two conditions may share. What an end adds is the same in both.
enum { PAIRS = 6, MORE_ENDS = 18, CONDITIONS = 3 };
struct pairs {
    int n, end[PAIRS][2];
};
static const struct pairs four = {6, {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}},
                          other_four = {6, {{4, 5}, {4, 6}, {4, 7}, {5, 6}, {5, 7}, {6, 7}}},
                          third_four = {6, {{8, 9}, {8, 10}, {8, 11}, {9, 10}, {9, 11}, {10, 11}}},
                          crossed = {6, {{0, 5}, {0, 6}, {0, 7}, {1, 6}, {1, 7}, {2, 7}}},
                          crossed_too = {6, {{0, 9}, {0, 10}, {0, 11}, {1, 10}, {1, 11}, {2, 11}}},
                          disjoint = {3, {{0, 1}, {2, 3}, {4, 5}}},
                          other_disjoint = {3, {{6, 7}, {8, 9}, {10, 11}}},
                          six = {6, {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}, {10, 11}}},
                          later_six = {6, {{6, 7}, {8, 9}, {10, 11}, {12, 13}, {14, 15}, {16, 17}}},
                          star = {3, {{0, 1}, {0, 2}, {0, 3}}};

struct contest {
    const char *name;
    const struct pairs *of[CONDITIONS]; // the third is of the family alone
    double difference;                  // of the first two
    double wider;                       // the first one's effects, as a multiple of the others'
};
static const struct contest contests[] = {
    {"0, six pairs of four ends each", {&four, &other_four, &third_four}, 0, 1},
    {"0, the same four ends", {&four, &four, &four}, 0, 1},
    {"0, one end of each pair shared", {&four, &crossed, &crossed_too}, 0, 1},
    {"0, three disjoint pairs each", {&disjoint, &other_disjoint, NULL}, 0, 1},
    {"0, the same disjoint pairs", {&disjoint, &disjoint, &disjoint}, 0, 1},
    {"0, six pairs of four, three disjoint", {&four, &other_disjoint, NULL}, 0, 1},
    {"0, six disjoint pairs, half shared", {&six, &later_six, NULL}, 0, 1},
    {"0, three pairs with one end in common", {&star, &star, &star}, 0, 1},
    {".5, six pairs of four ends each", {&four, &other_four, NULL}, .5, 2},
    {".5, the same four ends", {&four, &four, NULL}, .5, 2},
    {".5, one end of each pair shared", {&four, &crossed, NULL}, .5, 2},
    {".5, three disjoint pairs each", {&disjoint, &other_disjoint, NULL}, .5, 2},
    {".5, the same disjoint pairs", {&disjoint, &disjoint, NULL}, .5, 2},
    {".5, six pairs of four, three disjoint", {&four, &other_disjoint, NULL}, .5, 2},
    {".5, six disjoint pairs, half shared", {&six, &later_six, NULL}, .5, 2},
    {".5, three pairs with one end in common", {&star, &star, NULL}, .5, 2},
};

// The runs of the conditions, which all examples share; ends hold half of the variance. What an
// example adds is half the same in all conditions.
static void draw_contest(const struct contest *c, struct mc_rng *r,
                         struct mc_run run[CONDITIONS][PAIRS]) {
    static double height[CONDITIONS][PAIRS][EXAMPLES];
    static const char *const name[MORE_ENDS] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                                "j", "k", "l", "m", "n", "o", "p", "q", "r"};
    struct world w = {.of_end = .05, .of_pair = .0707, .of_example = .07, .noise = .1};
    double end[MORE_ENDS], common[EXAMPLES], example[EXAMPLES];
    for (int i = 0; i < MORE_ENDS; i++) end[i] = draw(r, false);
    draw_examples(&w, r, common);
    for (int q = 0; q < CONDITIONS && c->of[q]; q++) {
        struct world own = w;
        double scale = q == 0 ? c->wider : 1;
        own.mean = q == 0 ? c->difference : 0;
        own.of_end *= scale;
        own.of_pair *= scale;
        draw_examples(&w, r, example);
        for (int i = 0; i < EXAMPLES; i++) example[i] += common[i];
        for (int j = 0; j < c->of[q]->n; j++) {
            const int *x = c->of[q]->end[j];
            double v = simulate(&own, r, end[x[0]], end[x[1]], example, height[q][j]);
            run[q][j] = (struct mc_run){name[x[0]], name[x[1]], v, height[q][j]};
        }
    }
}

// Whether Holm's correction finds any of the three differences, none of which is there.
static bool any_of_family(const struct contest *c, struct mc_run run[CONDITIONS][PAIRS]) {
    double p[CONDITIONS], holm[CONDITIONS];
    struct mc_error e;
    for (int a = 0; a < CONDITIONS; a++) {
        int b = (a + 1) % CONDITIONS;
        p[a] = difference(run[a], c->of[a]->n, run[b], c->of[b]->n, EXAMPLES).p;
    }
    assert_int_equal(mc_holm(p, CONDITIONS, holm, &e), 0);
    return holm[0] < .05 || holm[1] < .05 || holm[2] < .05;
}

static void coverage_of_differences(void **state) {
    (void)state;
    double margin = 3 * sqrt(.95 * .05 / ROUNDS);
    printf("# | coverage of the 95 %% interval of a difference, %d shared examples, %d draws\n",
           EXAMPLES, ROUNDS);
    printf("# | %-38s %8s %8s %8s %8s\n", "case", "covers", "differs", "width", "of 3");
    for (size_t k = 0; k < sizeof contests / sizeof *contests; k++) {
        const struct contest *c = &contests[k];
        int covers = 0, differs = 0, any = 0;
        double width = 0;
        for (int round = 0; round < ROUNDS; round++) {
            struct mc_rng r;
            struct mc_run run[CONDITIONS][PAIRS];
            mc_rng_init(&r, 700 + k, MC_RNG_TEST, (uint32_t)round);
            draw_contest(c, &r, run);
            struct mc_interval x = difference(run[0], c->of[0]->n, run[1], c->of[1]->n, EXAMPLES);
            covers += x.low <= c->difference && c->difference <= x.high;
            differs += x.p < .05;
            assert_true((x.p < .05) == (x.low > 0 || x.high < 0));
            width += (x.high - x.low) / ROUNDS;
            any += c->of[2] && any_of_family(c, run);
        }
        printf("# | %-38s %8.3f %8.3f %8.4f", c->name, (double)covers / ROUNDS,
               (double)differs / ROUNDS, width);
        printf(c->of[2] ? " %8.3f\n" : "\n", (double)any / ROUNDS);
        assert_true(covers >= (.95 - margin) * ROUNDS);
        if (c->difference == 0) assert_true(differs <= (.05 + margin) * ROUNDS);
        assert_true(any <= (.05 + margin) * ROUNDS);
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
        cmocka_unit_test(differences_of_ends_all_different),
        cmocka_unit_test(differences_of_ends_shared),
        cmocka_unit_test(differences_of_examples),
        cmocka_unit_test(holm),
        cmocka_unit_test(coverage),
        cmocka_unit_test(coverage_of_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

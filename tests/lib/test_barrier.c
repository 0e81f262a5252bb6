// Definitions of the barrier on tables worked by hand, and everything that must be refused.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/barrier.h"
#include "mc/eval.h"
#include "mc/rng.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-14)

static struct mc_barrier compute(int n, const double *t, const double *l) {
    struct mc_error e;
    struct mc_barrier b;
    assert_int_equal(mc_barrier_compute(&b, t, l, n, &e), 0);
    return b;
}

static void definitions(void **state) {
    (void)state;
    const double t[] = {0, .25, .5, .75, 1}, l[] = {1, 2, 4, 3, 2};
    struct mc_barrier b = compute(5, t, l);
    NEAR(b.loss_0, 1);
    NEAR(b.loss_1, 2);
    NEAR(b.loss_max, 4);
    NEAR(b.t_max, .5);
    NEAR(b.lin, 2.5);           // 4 - 1.5
    NEAR(b.mean, 2.5);          // 4 - 1.5
    NEAR(b.max, 2);             // 4 - 2
    NEAR(b.mid, 2.5);           // 4 - 1.5
    NEAR(b.convexity_gap, 2.5); // over the chord of the ends
}

static void ends_differ(void **state) {
    (void)state;
    const double t[] = {0, .2, .6, 1}, l[] = {5, 4.5, 3, 1};
    struct mc_barrier b = compute(4, t, l);
    NEAR(b.loss_max, 5);
    NEAR(b.t_max, 0);
    NEAR(b.lin, .4);        // t = .6: 3 - 2.6; t = .2: 4.5 - 4.2
    NEAR(b.mean, 2);        // 5 - 3
    NEAR(b.max, 0);         // nothing lies over the higher end
    NEAR(b.mid, 3.375 - 3); // .5 is three quarters of the way from .2 to .6
    NEAR(b.convexity_gap, .4);
}

static void mid_between_neighbours(void **state) {
    (void)state;
    const double t[] = {0, .48, .52, 1}, l[] = {0, 1, 3, 2};
    NEAR(compute(4, t, l).mid, 2 - 1);
    const double t2[] = {0, 1}, l2[] = {1, 7};
    NEAR(compute(2, t2, l2).mid, 0);
}

// A bump inside a valley: no barrier over the ends, but one over a sub-interval.
static void bump_in_a_valley(void **state) {
    (void)state;
    const double t[] = {0, .25, .5, .75, 1}, l[] = {4, 0, 1, 0, 4};
    struct mc_barrier b = compute(5, t, l);
    NEAR(b.lin, 0);
    NEAR(b.max, 0);
    NEAR(b.mid, -3);
    NEAR(b.convexity_gap, 1);
}

static void identities(void **state) {
    (void)state;
    double t[26], same[26], line[26], convex[26];
    for (int i = 0; i < 26; i++) {
        t[i] = i / 25.;
        same[i] = .1234567;
        line[i] = .3 + t[i] * .7;
        convex[i] = (t[i] - .3) * (t[i] - .3);
    }
    struct mc_barrier b = compute(26, t, same);
    assert_true(b.lin == 0 && b.mean == 0 && b.max == 0 && b.mid == 0 && b.convexity_gap == 0);
    b = compute(26, t, line);
    NEAR(b.lin, 0);
    NEAR(b.convexity_gap, 0);
    NEAR(b.mean, .35);
    b = compute(26, t, convex);
    NEAR(b.lin, 0);
    NEAR(b.convexity_gap, 0);
}

// The hull of the library against all sub-intervals one by one.
static void gap_by_brute_force(void **state) {
    (void)state;
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 0);
    for (int round = 0; round < 200; round++) {
        enum { N = 17 };
        double t[N], l[N], gap = 0;
        for (int i = 0; i < N; i++) {
            t[i] = i == 0 ? 0 : i == N - 1 ? 1 : (i + .8 * mc_rng_uniform(&r) - .4) / (N - 1);
            l[i] = mc_rng_below(&r, 4) ? mc_rng_normal(&r) : 0;
        }
        for (int i = 0; i < N; i++)
            for (int k = i + 2; k < N; k++)
                for (int j = i + 1; j < k; j++)
                    gap = fmax(gap, l[j] - (l[i] + (t[j] - t[i]) / (t[k] - t[i]) * (l[k] - l[i])));
        struct mc_barrier b = compute(N, t, l);
        NEAR(b.convexity_gap, gap);
        assert_true(b.lin >= 0 && b.max >= 0 && b.convexity_gap >= b.lin);
    }
}

// --- tables

static char *put(const char *text) {
    static int k;
    char *path = malloc(64);
    snprintf(path, 64, "/tmp/mc_barrier_%ld_%d.tsv", (long)getpid(), k++);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    return path;
}

static int read_tables(struct mc_path_tables *s, const char *metric, const char *table,
                       const char *each, struct mc_error *e) {
    char *p = put(table), *q = each ? put(each) : NULL;
    int rc = mc_path_tables_read(s, p, q, mc_metric_find(metric), e);
    unlink(p);
    if (q) unlink(q);
    free(p);
    free(q);
    return rc;
}

#define HEAD "point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep\n"
#define EACH "point\tt\ttask\texample\tlabel\tpredicted\tloss\tp_label\n"
#define GOOD                                                                                       \
    HEAD "0\t0\tx\t2\t1\t.5\tnan\tnan\ta\tb\tnan\n"                                                \
         "1\t.5\tx\t2\t2\t1\tnan\tnan\ta\tb\tnan\n"                                                \
         "2\t1\tx\t2\t3\t0\tnan\tnan\ta\tb\tnan\n"
#define GOOD_EACH                                                                                  \
    EACH "0\t0\tx\t0\tp\tp\t.5\t.1\n0\t0\tx\t1\tp\tq\t1.5\t.1\n"                                   \
         "1\t.5\tx\t1\tp\tp\t3\t.1\n1\t.5\tx\t0\tp\tp\t1\t.1\n"                                    \
         "2\t1\tx\t0\tp\tq\t2\t.1\n2\t1\tx\t1\tp\tq\t4\t.1\n"

static void whole_tables(void **state) {
    (void)state;
    struct mc_path_tables s;
    struct mc_error e;
    assert_int_equal(read_tables(&s, "loss", GOOD, GOOD_EACH, &e), 0);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.v[0].n_t, 3);
    assert_int_equal(s.v[0].n, 2);
    assert_string_equal(s.v[0].task, "x");
    const double want[] = {.5, 1.5, 1, 3, 2, 4}; // by example, whatever the order of the file
    for (int i = 0; i < 6; i++) NEAR(s.v[0].each[i], want[i]);
    mc_path_tables_release(&s);
    assert_int_equal(read_tables(&s, "accuracy", GOOD, GOOD_EACH, &e), 0);
    const double wrong[] = {0, 1, 0, 0, 1, 1}, rate[] = {.5, 0, 1};
    for (int i = 0; i < 6; i++) NEAR(s.v[0].each[i], wrong[i]);
    for (int i = 0; i < 3; i++) NEAR(s.v[0].loss[i], rate[i]);
    mc_path_tables_release(&s);
}

static void order_and_outside(void **state) {
    (void)state;
    struct mc_path_tables s;
    struct mc_error e;
    assert_int_equal(
        read_tables(&s, "loss",
                    "point\tt\ttask\tn\tloss\n"
                    "0\t1\ty\t1\t3\n0\t1\tx\t2\t8\n1\t-.5\ty\t1\t99\n1\t-.5\tx\t2\t99\n"
                    "2\t.5\ty\t1\t2\n2\t.5\tx\t2\t7\n3\t0\ty\t1\t1\n3\t0\tx\t2\t6\n"
                    "4\t1.5\ty\t1\t99\n4\t1.5\tx\t2\t99\n",
                    NULL, &e),
        0);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.v[0].task, "y");
    assert_string_equal(s.v[1].task, "x");
    for (int k = 0; k < 2; k++) {
        assert_int_equal(s.v[k].n_t, 3);
        assert_null(s.v[k].each);
        for (int j = 0; j < 3; j++) {
            NEAR(s.v[k].t[j], j * .5);
            NEAR(s.v[k].loss[j], j + 1 + 5 * k);
        }
    }
    mc_path_tables_release(&s);
}

static void refuse(const char *table, const char *each, const char *what) {
    struct mc_path_tables s;
    struct mc_error e = {0};
    int rc = read_tables(&s, "loss", table, each, &e);
    if (rc >= 0 || !strstr(e.text, what))
        print_error("rc %d, message '%s', wanted '%s'\n", rc, e.text, what);
    assert_true(rc < 0);
    assert_non_null(strstr(e.text, what));
    assert_non_null(strstr(e.text, ".tsv"));
}

#define H "point\tt\ttask\tn\tloss\n"

static void refused_tables(void **state) {
    (void)state;
    refuse("", NULL, "empty");
    refuse(H, NULL, "no rows");
    refuse(H "0\t0\tx\t2\t1\n1\t1\tx\t2\t1", NULL, "cut short");
    refuse(H "0\t0\tx\t2\t1\n1\t.5\tx\t2\t1\n", NULL, "no row at t = 1");
    refuse(H "1\t.5\tx\t2\t1\n2\t1\tx\t2\t1\n", NULL, "no row at t = 0");
    refuse(H "0\t0\tx\t2\t1\n1\t1e-13\tx\t2\t1\n2\t.999999999\tx\t2\t1\n", NULL, "no row at t = 1");
    refuse(H "0\t0\tx\t2\t1\n1\t0\tx\t2\t1\n2\t1\tx\t2\t1\n", NULL,
           "line 3: task x: t = 0 is there twice");
    refuse(H "0\t0\tx\t2\t1\n1\t1\tx\t2\tnan\n", NULL, "line 3: column loss is nan");
    refuse(H "0\t0\tx\t2\t1\n1\t1\tx\t2\tinf\n", NULL, "line 3: column loss");
    refuse(H "0\tnan\tx\t2\t1\n1\t1\tx\t2\t1\n", NULL, "line 2: column t is nan");
    refuse(H "0\t0\tx\t2\t1\n1\t1\tx\t3\t1\n", NULL, "line 3: task x: n is 3");
    refuse(H "0\t0\tx\t0\t1\n1\t1\tx\t0\t1\n", NULL, "line 2: column n");
    refuse(H "0\t0\tx\t2\n1\t1\tx\t2\t1\n", NULL, "line 2: 4 columns");
    refuse("point\tt\ttask\tn\n0\t0\tx\t2\n", NULL, "no column 'loss'");
    refuse("point\tt\ttask\tloss\n0\t0\tx\t2\n", NULL, "no column 'n'");
    refuse(H "0\t0\tx\t2\t1\n0\t0\ty\t2\t1\n1\t.5\tx\t2\t1\n2\t1\tx\t2\t1\n2\t1\ty\t2\t1\n", NULL,
           "task y has no row at t = 0.5, task x has (line 4)");
    refuse(H "0\t0\tx\t2\t1\n0\t0\ty\t2\t1\n1\t-1\ty\t2\t1\n2\t1\tx\t2\t1\n2\t1\ty\t2\t1\n", NULL,
           "task x has no row at t = -1");
    refuse(HEAD "0\t0\tx\t2\t1\t1\tnan\tnan\ta\tb\tnan\n1\t1\tx\t2\t1\t1\tnan\tnan\tc\tb\tnan\n",
           NULL, "line 3: column from changes");
}

#define T2 H "0\t0\tx\t2\t1\n1\t1\tx\t2\t1\n"
#define E2 "point\tt\ttask\texample\tloss\n"

static void refused_examples(void **state) {
    (void)state;
    const char *rows = "0\t0\tx\t0\t1\n0\t0\tx\t1\t1\n1\t1\tx\t0\t1\n";
    char text[512];
    snprintf(text, sizeof text, "%s%s%s", E2, rows, "1\t1\tx\t1\t1\n");
    struct mc_path_tables s;
    struct mc_error e;
    assert_int_equal(read_tables(&s, "loss", T2, text, &e), 0);
    mc_path_tables_release(&s);
    const char *bad[][2] = {
        {"", "3 rows, too few"},
        {"1\t1\tx\t1\t1", "cut short"},
        {"1\t1\tx\t1\t1.00001\n", "mean loss of the examples is"},
        {"1\t1\tx\t1\tnan\n", "line 5: column loss is nan"},
        {"1\t1\tx\t0\t1\n", "example 0 is there twice"},
        {"1\t1\tx\t2\t1\n", "not the same examples"},
        {"1\t1\ty\t1\t1\n", "line 5: task y"},
        {"1\t.9\tx\t1\t1\n", "line 5: task x, point 1, t = 0.9: no such row"},
        {"2\t1\tx\t1\t1\n", "line 5: task x, point 2, t = 1: no such row"},
        {"0\t0\tx\t3\t1\n", "line 5: task x, t = 0 has over 2 examples"},
        {"1\t1\tx\t-1\t1\n", "line 5: column example"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "%s%s%s", E2, rows, bad[i][0]);
        refuse(T2, text, bad[i][1]);
    }
    refuse(T2, "point\tt\ttask\texample\tlabel\n0\t0\tx\t0\ta\n", "no column 'loss'");
}

static void verdicts(void **state) {
    (void)state;
    struct mc_band b = {.low = 0, .high = .01};
    assert_string_equal(mc_verdict(&b, .02, 100, 3, false), "connected");
    assert_string_equal(mc_verdict(&b, .01, 100, 3, false), "undecided");
    assert_string_equal(mc_verdict(&b, .02, 99, 3, false), "undecided");
    assert_string_equal(mc_verdict(&b, .02, 100, 2, false), "undecided");
    b = (struct mc_band){.low = .03, .high = .2};
    assert_string_equal(mc_verdict(&b, .02, 100, 3, false), "barrier");
    assert_string_equal(mc_verdict(&b, .03, 100, 3, false), "undecided");
    assert_string_equal(mc_verdict(&b, .02, 5, 3, false), "undecided");
}

// n labels of k kinds, kind j for every example i with i % k = j.
static bool chance(int n, int k, int64_t right, double loss) {
    static const char *const NAME[] = {"a", "b", "c"};
    const char *label[60];
    for (int i = 0; i < n; i++) label[i] = NAME[i % k];
    return mc_at_chance(label, n, right, loss);
}

static void ends_at_chance(void **state) {
    (void)state;
    const double no = NAN;
    assert_true(chance(60, 2, 30, no) && !chance(60, 2, 31, no));
    assert_true(chance(59, 2, 30, no) && !chance(59, 2, 31, no)); // 30 and 29
    assert_true(chance(60, 3, 20, no) && !chance(60, 3, 21, no));
    assert_true(chance(60, 2, -1, log(2)) && !chance(60, 2, -1, log(2) - 1e-5));
    assert_true(chance(60, 3, -1, log(3)) && !chance(60, 3, -1, log(2)));
    assert_true(chance(60, 2, 60, 9) && chance(60, 2, 0, .01)); // either is enough
    assert_true(chance(60, 1, 60, 0) && chance(1, 1, 1, 0));    // one label: nothing to learn
    assert_false(chance(60, 2, -1, no));

    struct mc_barrier b = {.loss_0 = .5, .loss_1 = .25};
    const bool none[2] = {false, false}, second[2] = {false, true}, both[2] = {true, true};
    assert_string_equal(mc_barrier_notes(&b, none, .25), "");
    assert_string_equal(mc_barrier_notes(&b, none, .24), "uneven");
    assert_string_equal(mc_barrier_notes(&b, second, .25), "chance_1");
    assert_string_equal(mc_barrier_notes(&b, both, .2), "chance_0,chance_1,uneven");
}

// The ends alone count, whatever lies beyond them and between.
static void chance_of_tables(void **state) {
    (void)state;
    struct mc_path_tables s;
    struct mc_error e;
    const char *table = H "0\t-1\tx\t2\t9\n1\t0\tx\t2\t.1\n2\t.5\tx\t2\t9\n3\t1\tx\t2\t.7\n";
    char each[1024], label[8], wrong[8];
    for (int with = 0; with < 2; with++) { // a label, or none in one row
        size_t n = (size_t)snprintf(each, sizeof each, "%s", EACH);
        static const char *const T[] = {"-1", "0", ".5", "1"};
        static const char *const LOSS[] = {"9", ".1", "9", ".7"};
        for (int k = 0; k < 4; k++)
            for (int i = 0; i < 2; i++) {
                strcpy(label, with || k < 3 || i ? i ? "p" : "q" : "");
                strcpy(wrong, k % 2 ? label : "r");
                n += (size_t)snprintf(each + n, sizeof each - n, "%d\t%s\tx\t%d\t%s\t%s\t%s\t.5\n",
                                      k, T[k], i, label, wrong, LOSS[k]);
            }
        assert_int_equal(read_tables(&s, "loss", table, each, &e), 0);
        assert_false(s.v[0].chance[0]);
        assert_int_equal(s.v[0].chance[1], with); // .7 is above ln 2
        mc_path_tables_release(&s);
    }
    assert_int_equal(read_tables(&s, "loss", table, NULL, &e), 0);
    assert_false(s.v[0].chance[0] || s.v[0].chance[1]);
    mc_path_tables_release(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_at_chance),
        cmocka_unit_test(chance_of_tables),
        cmocka_unit_test(definitions),
        cmocka_unit_test(ends_differ),
        cmocka_unit_test(mid_between_neighbours),
        cmocka_unit_test(bump_in_a_valley),
        cmocka_unit_test(identities),
        cmocka_unit_test(gap_by_brute_force),
        cmocka_unit_test(whole_tables),
        cmocka_unit_test(order_and_outside),
        cmocka_unit_test(refused_tables),
        cmocka_unit_test(refused_examples),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

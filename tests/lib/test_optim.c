// Schedules against formulas, segments, the norm, clipping, an update against its definition.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/optim.h"
#include "mc/rng.h"

static struct mc_error err;
#define NEAR(a, b, tol) assert_true(fabs((double)(a) - (double)(b)) <= (tol))

static void schedules(void **state) {
    (void)state;
    const double pi = acos(-1);
    for (int s = 0; s < 3; s++) NEAR(mc_schedule_factor((enum mc_schedule)s, 0, 100, 10), 0, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 5, 100, 10), .5, 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 10, 100, 10), 1, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 55, 100, 10), .5, 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 99, 100, 10), 1 / 90., 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 100, 100, 10), 0, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 0, 100, 0), 1, 0); // no warm-up
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 10, 100, 10), 1, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 55, 100, 10), .5, 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 40, 100, 10), .5 * (1 + cos(pi / 3)), 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 100, 100, 10), 0, 1e-15);
    for (int k = 10; k < 100; k++) NEAR(mc_schedule_factor(MC_SCHEDULE_CONSTANT, k, 100, 10), 1, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 3, 4, 4), .75, 0); // nothing but warm-up
}

enum { ROWS = 6, COLS = 5, OUT = 300, IN = 400 };

static struct mc_table
    table; // an embedding with padding at row 1, a matrix of two segments, a bias

static int make_table(void **state) {
    (void)state;
    int i = mc_table_add(&table, MC_PARAM_EMBEDDING, ROWS, COLS, "g", &err, "word.weight");
    table.p[i].pad_row = 1;
    return mc_table_add(&table, MC_PARAM_MATRIX, OUT, IN, "g", &err, "dense.weight") < 0 ||
           mc_table_add(&table, MC_PARAM_VECTOR, OUT, 0, "g", &err, "dense.bias") < 0;
}

static int drop_table(void **state) {
    (void)state;
    mc_table_release(&table);
    return 0;
}

static const bool USED[ROWS] = {true, true, false, true, false, false};
static const bool *const USED_ROWS[3] = {USED, NULL, NULL};

static void segments_cover(void **state) {
    (void)state;
    struct mc_segments s;
    assert_int_equal(mc_segments_make(&s, &table, NULL, USED_ROWS, &err), 0);
    size_t at = 0;
    for (int i = 0; i < s.n; i++) { // gapless, none longer than a task
        assert_true(s.v[i].at == at && s.v[i].n > 0 && s.v[i].n <= MC_SEGMENT);
        at += s.v[i].n;
    }
    assert_true(at == table.size);
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < s.n; i++)
            if (s.v[i].at <= (size_t)row * COLS && (size_t)row * COLS < s.v[i].at + s.v[i].n) {
                assert_true(s.v[i].embedding);
                assert_int_equal(s.v[i].active, USED[row] && row != 1); // padding never
            }
    mc_segments_release(&s);
    const bool trains[3] = {false, true, false};
    assert_int_equal(mc_segments_make(&s, &table, trains, USED_ROWS, &err), 0);
    for (int i = 0; i < s.n; i++)
        assert_true(s.v[i].at >= table.p[1].at && s.v[i].at + s.v[i].n <= table.p[2].at);
    mc_segments_release(&s);
}

struct world {
    struct mc_segments seg;
    struct mc_optim o;
    float *w, *g, *before;
};

static void world_open(struct world *x, enum mc_optim_kind kind) {
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 0);
    assert_int_equal(mc_segments_make(&x->seg, &table, NULL, USED_ROWS, &err), 0);
    assert_int_equal(mc_optim_init(&x->o, kind, &x->seg, table.size, &err), 0);
    x->w = mc_new_floats(table.size, &err);
    x->g = mc_new_floats(table.size, &err);
    x->before = mc_new_floats(table.size, &err);
    for (size_t i = 0; i < table.size; i++) {
        x->before[i] = x->w[i] = (float)mc_rng_normal(&r);
        x->g[i] = (float)mc_rng_normal(&r);
    }
}

static void world_close(struct world *x) {
    mc_optim_release(&x->o);
    mc_segments_release(&x->seg);
    mc_free_floats(x->w);
    mc_free_floats(x->g);
    mc_free_floats(x->before);
}

static bool active(size_t i) {
    size_t row = i / COLS;
    return i >= (size_t)ROWS * COLS || (USED[row] && row != 1);
}

static void norm_and_clear(void **state) {
    (void)state;
    struct world x;
    world_open(&x, MC_OPTIM_ADAMW);
    struct mc_pool *one = mc_pool_new(1, &err), *four = mc_pool_new(4, &err);
    double sum = 0;
    for (size_t i = 0; i < table.size; i++) sum += active(i) ? (double)x.g[i] * (double)x.g[i] : 0;
    double a = mc_optim_norm(&x.o, one, x.g), b = mc_optim_norm(&x.o, four, x.g);
    assert_true(a == b);
    NEAR(a, sqrt(sum), 1e-10 * a);
    mc_optim_clear(&x.o, four, x.g);
    for (size_t i = 0; i < table.size; i++) // what a run replaces is left alone
        assert_int_equal(x.g[i] == 0, i < (size_t)ROWS * COLS && active(i));
    mc_pool_free(one);
    mc_pool_free(four);
    world_close(&x);
}

// Steps of torch.optim.AdamW or SGD in double; biases do not decay, untouched and padding rows only
// decay.
static void check_updates(enum mc_optim_kind kind, double clip, int threads) {
    struct world x;
    world_open(&x, kind);
    struct mc_pool *pool = mc_pool_new(threads, &err);
    double lr = .01, wd = .1;
    x.o.weight_decay = wd;
    x.o.clip = clip;
    double *w = mc_new(table.size, sizeof *w, &err), *m = mc_new(table.size, sizeof *m, &err);
    double *v = mc_new(table.size, sizeof *v, &err);
    for (size_t i = 0; i < table.size; i++) w[i] = (double)x.w[i];
    double norm = mc_optim_norm(&x.o, pool, x.g);
    double c = clip > 0 ? fmin(1, clip / (norm + 1e-6)) : 1;
    for (int step = 1; step <= 5; step++) {
        mc_optim_update(&x.o, pool, lr, norm, x.g, x.w);
        for (size_t i = 0; i < table.size; i++) {
            double g = c * (double)x.g[i];
            if (i < table.p[2].at) w[i] *= 1 - lr * wd;
            if (!active(i)) continue;
            m[i] = .9 * m[i] + .1 * g;
            v[i] = .999 * v[i] + .001 * g * g;
            w[i] -= kind == MC_OPTIM_SGD ? lr * g
                                         : lr / (1 - pow(.9, step)) * m[i] /
                                               (sqrt(v[i]) / sqrt(1 - pow(.999, step)) + 1e-8);
        }
    }
    assert_true(x.o.step == 5);
    for (size_t i = 0; i < table.size; i++) NEAR(x.w[i], w[i], 2e-6 * (1 + fabs(w[i])));
    for (int j = 0; j < COLS; j++)
        assert_true(x.w[2 * COLS + j] != x.before[2 * COLS + j]); // it decays
    free(w);
    free(m);
    free(v);
    mc_pool_free(pool);
    world_close(&x);
}

static void updates(void **state) {
    (void)state;
    check_updates(MC_OPTIM_ADAMW, 0, 1);
    check_updates(MC_OPTIM_ADAMW, .5, 3);
    check_updates(MC_OPTIM_ADAMW, 1e9, 1); // the norm is below
    check_updates(MC_OPTIM_SGD, 0, 2);
    check_updates(MC_OPTIM_SGD, .5, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules),
        cmocka_unit_test(segments_cover),
        cmocka_unit_test(norm_and_clear),
        cmocka_unit_test(updates),
    };
    return cmocka_run_group_tests(tests, make_table, drop_table);
}

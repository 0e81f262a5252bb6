// A trainable that a test adds, in this one file and one row: it moves u and v, and the model reads
// u + 2 v; where the caller names it, u + c v. Rows of embeddings are updated as batches touch
// them, in both halves, and what an earlier batch left in the gradient of a row does not come back.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/train.h"
#include "toy.h"

static struct mc_error err;
static const struct mc_log QUIET = {.prog = "test", .quiet = true};

static bool halves; // whether the row below serves
static bool dense;  // it moves every row of every tensor at every update

static bool serves(const struct mc_trainable *t) {
    (void)t;
    return halves;
}

// The model's tensors twice, under names of their own.
static int open(struct mc_trainable *t, struct mc_error *e) {
    struct mc_table *both = t->own = t->table = mc_new(1, sizeof *both, e);
    assert_non_null(both);
    for (int half = 0; half < 2; half++)
        for (int i = 0; i < t->m->table.n; i++) {
            struct mc_param p = t->m->table.p[i];
            snprintf(p.name, sizeof p.name, "%d.%d", half, i);
            MC_TRY(mc_table_add_like(both, &p, e));
        }
    t->w = mc_new_floats(both->size, e);
    t->grad = mc_new_floats(both->size, e);
    t->seen = mc_new_floats(t->m->table.size, e);
    assert_true(t->w && t->grad && t->seen);
    memcpy(t->w, t->m->w, t->m->table.size * sizeof(float)); // v = 0
    return 0;
}

static void close(struct mc_trainable *t) {
    mc_table_release(t->own);
    free(t->own);
    mc_free_floats(t->w);
    mc_free_floats(t->grad);
    mc_free_floats(t->seen);
}

// c, which a caller that names the class gives.
static float factor(const struct mc_trainable *t) {
    return t->source ? *(const float *)t->source : 2;
}

static int64_t last_step; // the one that the weights were asked for

static int whole(struct mc_trainable *t, struct mc_pool *pool, int look, struct mc_error *e) {
    (void)pool;
    (void)look;
    (void)e;
    size_t n = t->m->table.size;
    for (size_t i = 0; i < n; i++) t->m->w[i] = t->w[i] + factor(t) * t->w[n + i];
    return 0;
}

static int forward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                   struct mc_error *e) {
    last_step = at->step;
    assert_true(at->number == 0 && at->n == 1); // it asks for no more
    return whole(t, pool, 0, e);
}

static int backward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                    struct mc_error *e) {
    (void)pool;
    (void)e;
    assert_int_equal(at->step, last_step);
    size_t n = t->m->table.size;
    for (size_t i = 0; i < n; i++) {
        t->grad[i] = t->seen[i];
        t->grad[n + i] = factor(t) * t->seen[i];
    }
    return 0;
}

static int by_rows(const struct mc_trainable *t, int i, int k) {
    return dense || k > 1 ? -1 : i + k * t->m->table.n;
}

static const struct mc_trainable_class two_halves = {.name = "two halves",
                                                     .serves = serves,
                                                     .open = open,
                                                     .close = close,
                                                     .forward = forward,
                                                     .backward = backward,
                                                     .whole = whole,
                                                     .by_rows = by_rows};
const struct mc_trainable_class *const mc_trainables[] = {&two_halves, &mc_trainable_stored, NULL};

// Tunes a model of seed 1 in updates of few tokens, so that most rows wait most of the time.
// c: NULL, or the class is named with it.
static void tune_with(const float *c, const struct mc_optimizer *kind, double lr, double decay,
                      struct mc_model *m) {
    static struct toy_set train;
    toy_tokens(&train, 40, 3);
    struct mc_recipe r = {.epochs = 6,
                          .batch = 4,
                          .accum = 1,
                          .lr = lr,
                          .weight_decay = decay,
                          .dropout = 0,
                          .schedule = MC_SCHEDULE_CONSTANT,
                          .optimizer = kind};
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_training t = {.r = &r,
                            .m = m,
                            .batches = {.set = &train.t, .name = "train"},
                            .trainable = c ? &two_halves : NULL,
                            .trainable_source = c,
                            .pool = pool,
                            .log = &QUIET,
                            .save = toy_save_nothing};
    toy_model(m, TOY_CONFIG, TOY_LABELS, 2, 1);
    int rc = mc_training_init(&t, &err);
    if (rc == 0) rc = mc_training_run(&t, &err);
    if (rc < 0) fail_msg("%s", err.text);
    assert_string_equal(t.trained.cls->name, c || halves ? "two halves" : "stored");
    mc_training_release(&t);
    mc_pool_free(pool);
}

static void tune(const struct mc_optimizer *kind, double lr, double decay, struct mc_model *m) {
    tune_with(NULL, kind, lr, decay, m);
}

static double farthest(const struct mc_model *a, const struct mc_model *b) {
    double most = 0;
    for (size_t i = 0; i < a->table.size; i++)
        most = fmax(most, fabs((double)a->w[i] - (double)b->w[i]));
    return most;
}

// A step of SGD moves u + 2 v by 1 + 2^2 times what it moves w: a fifth of the rate does the same.
static void as_full_tuning(void **state) {
    (void)state;
    struct mc_model a, b;
    halves = false;
    tune(&mc_optimizer_sgd, .05, 0, &a);
    halves = true;
    dense = false;
    tune(&mc_optimizer_sgd, .01, 0, &b);
    assert_true(farthest(&a, &b) < 2e-5); // sixty updates of weights near 1, each rounded
    struct mc_model start;
    toy_model(&start, TOY_CONFIG, TOY_LABELS, 2, 1);
    assert_true(farthest(&a, &start) > .01);
    mc_model_release(&start);
    mc_model_release(&a);
    mc_model_release(&b);
}

// A class that a program names, with what it is to move: by 1 + 3^2 times as much.
static void named(void **state) {
    (void)state;
    const float three = 3;
    struct mc_model a, b;
    halves = dense = false;
    tune(&mc_optimizer_sgd, .05, 0, &a);
    tune_with(&three, &mc_optimizer_sgd, .005, 0, &b);
    assert_true(farthest(&a, &b) < 2e-5);
    mc_model_release(&a);
    mc_model_release(&b);
}

// Rows that wait catch up to what they would have been: the same bytes as without waiting.
static void rows_wait(void **state) {
    (void)state;
    struct mc_model a, b;
    halves = true;
    for (int kind = 0; kind < 2; kind++) {
        const struct mc_optimizer *optim = kind ? &mc_optimizer_sgd : &mc_optimizer_adamw;
        dense = true;
        tune(optim, .003, .1, &a);
        dense = false;
        tune(optim, .003, .1, &b);
        assert_memory_equal(a.w, b.w, a.table.size * sizeof(float));
        mc_model_release(&a);
        mc_model_release(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_full_tuning), cmocka_unit_test(named),
                                       cmocka_unit_test(rows_wait)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

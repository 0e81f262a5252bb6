// An optimizer that a test adds, in this one file and one row: gradient descent with momentum
// (Polyak 1964). It is offered by name, rows of embeddings wait under it, and the loop of training
// takes it.
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

static int open(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                struct mc_error *e) {
    (void)trainable;
    o->n_m = t->size;
    o->m = mc_new_floats(t->size, e);
    return o->m ? 0 : MC_ERR_MEM;
}

static int open_second(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                       struct mc_error *e) {
    (void)trainable;
    o->n_v = t->size;
    o->v = mc_new_floats(t->size, e);
    return o->v ? 0 : MC_ERR_MEM;
}

static void step(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *now,
                 size_t at, size_t n, const float *grad, float *w) {
    (void)kern;
    float *m = o->m ? o->m : o->v;
    for (size_t i = at; i < at + n; i++) {
        float g = grad ? now->clip * grad[i] : 0;
        m[i] = .9f * m[i] + g;
        w[i] = now->decay * w[i] - now->lr * m[i];
    }
}

static void idle(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *past,
                 int n_steps, bool decay, bool moves, size_t at, size_t n, float *w) {
    if (!moves && !decay) return;
    for (int k = 0; k < n_steps; k++) {
        struct mc_adamw now = past[k];
        if (!decay) now.decay = 1;
        step(o, kern, &now, at, n, NULL, w);
    }
}

static const struct mc_optimizer momentum = {
    .name = "momentum", .open = open, .step = step, .idle = idle};
// The same with its state as the second moment, and no first.
static const struct mc_optimizer second = {
    .name = "second", .open = open_second, .step = step, .idle = idle};
const struct mc_optimizer *const mc_optimizers[] = {&mc_optimizer_adamw, &momentum, NULL};

static void by_name(void **state) {
    (void)state;
    char all[MC_OPTIMIZER_CHOICES];
    assert_string_equal(mc_optimizer_choices(all), "adamw|momentum");
    assert_ptr_equal(mc_optimizer_find("momentum"), &momentum);
    assert_null(mc_optimizer_find("sgd")); // which this table has not
}

enum { ROWS = 9, COLS = 4, STEPS = 300 };

// The same gradients with rows that wait and without: the same bytes.
static void rows_wait(void **state) {
    (void)state;
    const struct mc_place words = {.role = MC_ROLE_TOKEN_EMBEDDING},
                          dense = {.role = MC_ROLE_DENSE};
    const bool by_rows[] = {true, false};
    struct mc_table t = {0};
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_optim o[2];
    float w[2][(ROWS + 1) * COLS], g[2][(ROWS + 1) * COLS];
    assert_int_equal(mc_table_add(&t, &words, ROWS, COLS, &err, "words"), 0);
    assert_int_equal(mc_table_add(&t, &dense, 1, COLS, &err, "dense"), 1);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(mc_optim_init(&o[k], &momentum, &t, NULL, k ? by_rows : NULL, &err), 0);
        o[k].weight_decay = .01;
        for (size_t i = 0; i < t.size; i++) w[k][i] = (float)i / 7;
    }
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 0);
    for (int s = 0; s < STEPS; s++) {
        int64_t row = (int64_t)mc_rng_below(&r, ROWS - 1); // the last is never touched
        memset(g, 0, sizeof g);
        mc_optim_touch(&o[1], 0, row);
        for (int k = 0; k < 2; k++) mc_optim_ready(&o[k], pool, g[k], w[k]);
        for (int c = 0; c < COLS; c++) {
            float x = (float)mc_rng_normal(&r), y = (float)mc_rng_normal(&r);
            for (int k = 0; k < 2; k++) g[k][row * COLS + c] = x, g[k][ROWS * COLS + c] = y;
        }
        for (int k = 0; k < 2; k++) mc_optim_update(&o[k], pool, .01, 1, g[k], w[k]);
    }
    for (int k = 0; k < 2; k++) mc_optim_catch_up(&o[k], pool, w[k]);
    assert_memory_equal(w[0], w[1], sizeof w[0]);
    assert_memory_equal(o[0].m, o[1].m, t.size * sizeof(float));
    for (int k = 0; k < 2; k++) mc_optim_release(&o[k]);
    mc_table_release(&t);
    mc_pool_free(pool);
}

// One update with a gradient in one row, the same in every call of a step.
static void one_update(struct mc_optim *o, struct mc_pool *pool, int s, float *g, float *w) {
    int64_t row = s * 5 % (ROWS - 1);
    memset(g, 0, ROWS * COLS * sizeof *g);
    mc_optim_touch(o, 0, row);
    mc_optim_ready(o, pool, g, w);
    for (int c = 0; c < COLS; c++) g[row * COLS + c] = (float)(s % 7 - c);
    mc_optim_update(o, pool, .01, 1, g, w);
}

// From the one moment that there is, whichever: the same bytes as without a break. Some rows had
// no gradient before it.
static void resumed(const struct mc_optimizer *cls, double decay) {
    enum { BREAK = 3, ALL = 40 };
    const struct mc_place words = {.role = MC_ROLE_TOKEN_EMBEDDING};
    const bool by_rows[] = {true};
    struct mc_table t = {0};
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_optim o[2];
    float w[2][ROWS * COLS], g[ROWS * COLS];
    assert_int_equal(mc_table_add(&t, &words, ROWS, COLS, &err, "words"), 0);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(mc_optim_init(&o[k], cls, &t, NULL, by_rows, &err), 0);
        o[k].weight_decay = decay;
    }
    for (size_t i = 0; i < t.size; i++) w[0][i] = (float)i / 7;
    for (int s = 0; s < BREAK; s++) one_update(&o[0], pool, s, g, w[0]);
    mc_optim_catch_up(&o[0], pool, w[0]);
    memcpy(w[1], w[0], sizeof w[0]);
    if (o[0].m) memcpy(o[1].m, o[0].m, o[0].n_m * sizeof(float));
    if (o[0].v) memcpy(o[1].v, o[0].v, o[0].n_v * sizeof(float));
    mc_optim_resume(&o[1], BREAK);
    for (int k = 0; k < 2; k++) {
        for (int s = BREAK; s < ALL; s++) one_update(&o[k], pool, s, g, w[k]);
        mc_optim_catch_up(&o[k], pool, w[k]);
    }
    assert_memory_equal(w[0], w[1], sizeof w[0]);
    for (int k = 0; k < 2; k++) mc_optim_release(&o[k]);
    mc_table_release(&t);
    mc_pool_free(pool);
}

static void goes_on(void **state) {
    (void)state;
    for (int k = 0; k < 2; k++) {
        resumed(&momentum, k * .01);
        resumed(&second, k * .01);
    }
}

static void a_toy_is_learnt(void **state) {
    (void)state;
    static struct toy_set train;
    struct mc_model m;
    struct mc_recipe r = {.epochs = 12,
                          .batch = 16,
                          .accum = 1,
                          .lr = .03,
                          .clip = 1,
                          .dropout = 0,
                          .schedule = MC_SCHEDULE_LINEAR,
                          .optimizer = mc_optimizer_find("momentum")};
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_training t = {.r = &r,
                            .m = &m,
                            .batches = {.set = &train.t, .name = "train"},
                            .pool = pool,
                            .log = &QUIET,
                            .save = toy_save_nothing};
    toy_tokens(&train, 400, 1);
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    assert_int_equal(mc_training_init(&t, &err), 0);
    assert_int_equal(mc_training_run(&t, &err), 0);
    assert_true(t.last_loss < .3); // from .69
    mc_training_release(&t);
    mc_model_release(&m);
    mc_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_name), cmocka_unit_test(rows_wait),
                                       cmocka_unit_test(goes_on),
                                       cmocka_unit_test(a_toy_is_learnt)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

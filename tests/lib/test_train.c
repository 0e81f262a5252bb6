// Fine-tuning: a toy is learnt, accumulation is a larger batch, what is not finite is noticed.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/num.h"
#include "mc/train.h"
#include "toy.h"

static struct mc_error err;
static const struct mc_log QUIET = {.prog = "test", .quiet = true};
static struct toy_set train, dev;

struct saved {
    int64_t step[8];
    float *w[8];
    int n;
};

static int save(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e) {
    struct saved *s = ctx;
    s->step[s->n] = step;
    s->w[s->n] = mc_new_floats(m->table.size, e);
    memcpy(s->w[s->n++], m->w, m->table.size * sizeof(float));
    return 0;
}

static void saved_free(struct saved *s) {
    for (int i = 0; i < s->n; i++) mc_free_floats(s->w[i]);
    s->n = 0;
}

static struct mc_recipe recipe(void) {
    return (struct mc_recipe){.epochs = 2,
                              .batch = 32,
                              .accum = 1,
                              .lr = 3e-3,
                              .warmup = .06,
                              .weight_decay = .01,
                              .clip = 1,
                              .dropout = .1,
                              .schedule = MC_SCHEDULE_LINEAR,
                              .optimizer = &mc_optimizer_adamw};
}

// Trains a model of seed 1; its weights at save_at and at the end go to *s, the table to *log.
static int tune(const struct mc_recipe *r, int threads, const int64_t *save_at, int n_save,
                struct mc_model *m, struct saved *s, struct mc_buf *log, struct mc_metrics *score) {
    struct mc_task task = {.name = (char *)(uintptr_t) "dev", .tokens = dev.t, .n = dev.t.n};
    struct mc_pool *pool = mc_pool_new(threads, &err);
    struct mc_training t = {.r = r,
                            .m = m,
                            .batches = {.set = &train.t, .name = "train"},
                            .pool = pool,
                            .log = &QUIET,
                            .save_at = save_at,
                            .n_save_at = n_save,
                            .save = save,
                            .save_ctx = s};
    int rc = mc_training_init(&t, &err);
    if (rc == 0) rc = mc_training_run(&t, &err);
    if (log) assert_int_equal(mc_buf_add(log, t.log_text.p, t.log_text.n, &err), 0);
    if (score) {
        struct mc_scores scores = {0};
        task.label = mc_new((size_t)dev.t.n, sizeof *task.label, &err);
        assert_int_equal(mc_evaluate(&t.eval, NULL, m, &task, &scores, &err), 0);
        assert_int_equal(mc_metrics_of(&scores, &task, score, &err), 0);
        mc_scores_release(&scores);
        free(task.label);
    }
    mc_training_release(&t);
    mc_pool_free(pool);
    return rc;
}

static void a_toy_is_learnt(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct mc_model m;
        struct saved s = {0};
        struct mc_buf log = {0};
        struct mc_metrics score;
        struct mc_recipe r = recipe();
        r.epochs = 12;
        if (kind == 1) r.optimizer = &mc_optimizer_sgd, r.lr = .1, r.epochs = 30, r.dropout = 0;
        toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
        assert_int_equal(tune(&r, 2, NULL, 0, &m, &s, &log, &score), 0);
        assert_true(mc_metrics_value(&score, "loss") <
                    .35); // from .69; the last batch is small and under dropout
        assert_true(mc_metrics_value(&score, "accuracy") > .9);
        assert_int_equal(s.n, 1);
        mc_buf_release(&log);
        saved_free(&s);
        mc_model_release(&m);
    }
}

static void same_weights(const struct mc_recipe *a, int threads_a, const struct mc_recipe *b,
                         int threads_b, bool same) {
    struct mc_model m, k;
    struct saved s = {0};
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&k, TOY_CONFIG, TOY_LABELS, 2, 1);
    assert_int_equal(tune(a, threads_a, NULL, 0, &m, &s, NULL, NULL), 0);
    assert_int_equal(tune(b, threads_b, NULL, 0, &k, &s, NULL, NULL), 0);
    assert_int_equal(memcmp(m.w, k.w, m.table.size * sizeof(float)) == 0, same);
    saved_free(&s);
    mc_model_release(&m);
    mc_model_release(&k);
}

static void accumulation_and_threads(void **state) {
    (void)state;
    struct mc_recipe a = recipe(), b = a;
    a.batch = 8, a.accum = 16;
    b.batch = 128, b.accum = 1;
    same_weights(&a, 1, &b, 4, true);
    b = a;
    b.seed_dropout = 1;
    same_weights(&a, 1, &b, 1, false);
    b = a;
    b.seed_order = 1;
    same_weights(&a, 1, &b, 1, false);
}

static void documents_at_steps(void **state) {
    (void)state;
    struct mc_model m, start;
    struct saved s = {0};
    struct mc_recipe r = recipe();
    const int64_t at[] = {0, 3, 20};
    r.steps = 20;
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&start, TOY_CONFIG, TOY_LABELS, 2, 1);
    assert_int_equal(tune(&r, 1, at, 3, &m, &s, NULL, NULL), 0);
    assert_true(s.n == 3 && s.step[0] == 0 && s.step[1] == 3 &&
                s.step[2] == 20); // the last one once
    assert_memory_equal(s.w[0], start.w, m.table.size * sizeof(float));
    assert_memory_equal(s.w[2], m.w, m.table.size * sizeof(float));
    saved_free(&s);
    mc_model_release(&m);
    mc_model_release(&start);
}

// What is written on the way brings all rows up to date, at other times than a run without it.
static void saving_changes_nothing(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct mc_model m, k;
        struct saved s = {0};
        struct mc_recipe r = recipe();
        const int64_t at[] = {1, 5, 200, 270};
        r.steps = 300; // more than a row may wait for
        r.batch = 2;
        if (kind == 1) r.optimizer = &mc_optimizer_sgd;
        toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
        toy_model(&k, TOY_CONFIG, TOY_LABELS, 2, 1);
        assert_int_equal(tune(&r, 1, at, 4, &m, &s, NULL, NULL), 0);
        assert_int_equal(tune(&r, 3, NULL, 0, &k, &s, NULL, NULL), 0);
        assert_memory_equal(m.w, k.w, m.table.size * sizeof(float));
        saved_free(&s);
        mc_model_release(&m);
        mc_model_release(&k);
    }
}

static void steps_of_an_epoch(void **state) {
    (void)state;
    struct mc_recipe r = {.epochs = 3, .batch = 8, .accum = 4};
    int64_t per_epoch, total;
    mc_recipe_steps(&r, 100, &per_epoch, &total);
    assert_true(per_epoch == 4 && total == 12);
    mc_recipe_steps(&r, 96, &per_epoch, &total);
    assert_true(per_epoch == 3 && total == 9);
    r.steps = 5;
    mc_recipe_steps(&r, 96, &per_epoch, &total);
    assert_true(total == 5);
}

static void refused(float value, double lr, const char *why) {
    struct mc_model m;
    struct saved s = {0};
    struct mc_recipe r = recipe();
    r.lr = lr;
    r.clip = 0;
    r.warmup = 0;
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    if (value != 0) m.w[m.table.p[m.table.n - 1].at] = value;
    assert_int_equal(tune(&r, 1, NULL, 0, &m, &s, NULL, NULL), MC_ERR_NUM);
    assert_non_null(strstr(err.text, why));
    assert_int_equal(s.n, 0);
    mc_model_release(&m);
}

static void not_finite(void **state) {
    (void)state;
    refused(NAN, 1e-3, "step 1: the loss is not finite");
    refused(INFINITY, 1e-3, "step 1: the loss is not finite");
    refused(0, 1e38, "not finite"); // it breaks on the way
}

static void unlabelled(void **state) {
    (void)state;
    struct mc_model m;
    struct saved s = {0};
    struct mc_recipe r = recipe();
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    int32_t *labels = train.t.labels;
    train.t.labels = NULL;
    assert_int_equal(tune(&r, 1, NULL, 0, &m, &s, NULL, NULL), MC_ERR_INPUT);
    train.t.labels = labels;
    mc_model_release(&m);
}

int main(void) {
    toy_tokens(&train, 400, 0);
    toy_tokens(&dev, 200, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_toy_is_learnt),    cmocka_unit_test(accumulation_and_threads),
        cmocka_unit_test(documents_at_steps), cmocka_unit_test(saving_changes_nothing),
        cmocka_unit_test(steps_of_an_epoch),  cmocka_unit_test(not_finite),
        cmocka_unit_test(unlabelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

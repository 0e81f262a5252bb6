// Curves and mixtures that are trained: gradients by finite differences, losses by evaluation of
// the points, norms over all bends, passes, what is chosen, threads.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/curve_training.h"
#include "mc/train.h"
#include "toy.h"

static struct mc_error err;
static const struct mc_log QUIET = {.prog = "test", .quiet = true};
enum { N = 40 };
static struct toy_set train, dev, opposite; // the last: train's sequences, with the other labels
static struct mc_model a, b;
static const double LOOKS[] = {.25, .5, 1};

static struct mc_recipe recipe(void) {
    return (struct mc_recipe){.steps = 1,
                              .batch = N,
                              .accum = 1,
                              .lr = 1,
                              .dropout = 0,
                              .schedule = MC_SCHEDULE_CONSTANT,
                              .optimizer = &mc_optimizer_sgd,
                              .seed_order = 3};
}

static struct mc_curve_source curve(int n_bends, int t_per_batch) {
    return (struct mc_curve_source){.shape = &mc_curve_bezier,
                                    .a = &a,
                                    .b = &b,
                                    .n_bends = n_bends,
                                    .t_per_batch = t_per_batch,
                                    .seed_t = 5,
                                    .look_t = LOOKS,
                                    .n_looks = 3};
}

// A run that is ready to begin, on a point of its own.
struct run {
    struct mc_training t;
    struct mc_model point;
    struct mc_task dev;
    struct mc_pool *pool;
};

static void start(struct run *r, const struct mc_recipe *recipe, const void *source, bool mix,
                  int threads, int64_t choose_every) {
    *r = (struct run){.pool = mc_pool_new(threads, &err),
                      .dev = {.name = (char *)(uintptr_t) "dev", .tokens = dev.t, .n = dev.t.n}};
    assert_int_equal(mc_model_init_like(&r->point, &a, &err), 0);
    r->dev.label = mc_new((size_t)dev.t.n, sizeof *r->dev.label, &err);
    r->t = (struct mc_training){.r = recipe,
                                .m = &r->point,
                                .batches = {.set = &train.t, .name = "train"},
                                .trainable = mix ? &mc_trainable_mix : &mc_trainable_curve,
                                .trainable_source = source,
                                .dev = choose_every ? &r->dev : NULL,
                                .choose_every = choose_every,
                                .pool = r->pool,
                                .log = &QUIET,
                                .save = toy_save_nothing};
    if (mc_training_init(&r->t, &err) < 0) fail_msg("%s", err.text);
}

static void finish(struct run *r) {
    mc_training_release(&r->t);
    mc_model_release(&r->point);
    free(r->dev.label);
    mc_pool_free(r->pool);
}

// The weights of a run that is ready to begin, and after it.
static float *weights(const struct run *r) {
    size_t n = r->t.trained.table->size;
    float *w = mc_new_floats(n, &err);
    assert_non_null(w);
    memcpy(w, r->t.trained.w, n * sizeof *w);
    return w;
}

static void go(struct run *r) {
    if (mc_training_run(&r->t, &err) < 0) fail_msg("%s", err.text);
}

// The loss of the first update where the weights are w + h d.
static double loss_at(const struct mc_recipe *as, const void *source, bool mix, const float *w,
                      const float *d, double h) {
    struct mc_recipe still = *as;
    struct run r;
    still.lr = 0;
    start(&r, &still, source, mix, 2, 0);
    for (size_t i = 0; i < r.t.trained.table->size; i++)
        r.t.trained.w[i] = (float)(w[i] + h * d[i]);
    go(&r);
    double loss = r.t.last_loss;
    finish(&r);
    return loss;
}

// Along the gradient, noise added, in all weights and in each of so many equal parts of them.
static void check_gradient(const struct mc_recipe *as, const void *source, bool mix, int parts) {
    struct run r;
    start(&r, as, source, mix, 2, 0);
    size_t n = r.t.trained.table->size;
    float *w = weights(&r), *grad = mc_new_floats(n, &err), *d = mc_new_floats(n, &err);
    go(&r);
    for (size_t i = 0; i < n; i++) grad[i] = (w[i] - r.t.trained.w[i]) / (float)as->lr;
    double norm = 0;
    for (size_t i = 0; i < n; i++) norm += (double)grad[i] * grad[i];
    norm = sqrt(norm);
    for (int part = -1; part < parts; part++) {
        double want = 0, size = 0;
        struct mc_rng rng;
        mc_rng_init(&rng, 1, MC_RNG_TEST, (uint32_t)part);
        for (size_t i = 0; i < n; i++) {
            bool in = part < 0 || i / (n / (size_t)parts) == (size_t)part;
            d[i] = !in ? 0 : (float)(grad[i] / norm + .02 * mc_rng_normal(&rng) / sqrt((double)n));
            size += (double)d[i] * d[i];
        }
        for (size_t i = 0; i < n; i++) want += (double)grad[i] * d[i];
        double h = 3e-3 / sqrt(size),
               got = (loss_at(as, source, mix, w, d, h) - loss_at(as, source, mix, w, d, -h)) /
                     (2 * h);
        if (fabs(got - want) > 2e-3 * fabs(want) + 1e-5)
            fail_msg("part %d of %d: the loss rises by %g, the gradient says %g", part, parts, got,
                     want);
    }
    mc_free_floats(w);
    mc_free_floats(grad);
    mc_free_floats(d);
    finish(&r);
}

// One bend, several in one pass and in many; batches of an update that do not fill it.
static void gradients(void **state) {
    (void)state;
    for (int bends = 1; bends <= 3; bends++)
        for (int per_batch = 1; per_batch <= 2; per_batch++)
            for (int accum = 1; accum <= 3; accum += 2) {
                struct mc_curve_source s = curve(bends, per_batch);
                struct mc_recipe r = recipe();
                s.noise = .05;
                r.accum = accum;
                r.batch = accum == 1 ? N : 17; // 17, 17 and 6
                r.lr = 100;                    // what is moved is read off the weights
                check_gradient(&r, &s, false, bends);
                s.shape = &mc_curve_chain;
                check_gradient(&r, &s, false, bends);
            }
}

// The gradient goes to the same block whether an optimizer waits for rows or not.
static void every_optimizer(void **state) {
    (void)state;
    for (int bends = 1; bends <= 2; bends++) {
        double first[2];
        for (int kind = 0; kind < 2; kind++) {
            struct mc_curve_source s = curve(bends, 2);
            struct mc_recipe r = recipe();
            struct run one;
            r.optimizer = kind ? &mc_optimizer_adafactor : &mc_optimizer_adamw;
            r.steps = 4;
            r.batch = 3; // most rows of the embeddings are not touched
            r.lr = 0;
            start(&one, &r, &s, false, 2, 0);
            go(&one);
            // the last row but the number of the passes' t: the norm of the fourth update
            const char *row = strrchr(one.t.log_text.p, '\n') + 1;
            for (int k = 0; k < 4; k++) row = strchr(row, '\t') + 1;
            first[kind] = strtod(row, NULL);
            finish(&one);
        }
        assert_true(first[0] > 0 && fabs(first[0] - first[1]) < 1e-6 * first[0]);
    }
}

// Of a mixture: of all groups together, and of each.
static void gradient_of_a_mixture(void **state) {
    (void)state;
    static const enum mc_group_by by[] = {MC_BY_LAYER, MC_BY_KIND, MC_BY_TENSOR, MC_BY_SUBLAYER};
    for (int k = 0; k < 4; k++) {
        const struct mc_mix_source s = {.a = &a, .b = &b, .by = by[k], .sd = 1, .seed = 2};
        struct mc_recipe r = recipe();
        struct run one;
        start(&one, &r, &s, true, 1, 0);
        int groups = one.t.trained.table->n;
        finish(&one);
        assert_int_equal(groups, k == 0 ? 5 : k == 1 ? 25 : k == 2 ? a.table.n : 7);
        check_gradient(&r, &s, true, k == 0 ? groups : 1);
    }
}

// A point as it is computed from the models of a curve: what is written of them says the same.
static void points(void **state) {
    (void)state;
    struct mc_curve_source s = curve(2, 1);
    struct mc_recipe r = recipe();
    struct run one;
    s.noise = .1;
    start(&one, &r, &s, false, 3, 0);
    const float *w = one.t.trained.w, *v[] = {a.w, w, w + a.table.size, b.w};
    float *want = mc_new_floats(a.table.size, &err);
    for (int k = 0; k < 3; k++) {
        double weight[4];
        mc_curve_bezier.weigh(4, LOOKS[k], weight);
        mc_curve_sum(4, weight, v, a.table.size, want);
        assert_int_equal(mc_trainable_catch_up(&one.t.trained, one.pool, k, &err), 0);
        assert_memory_equal(one.point.w, want, a.table.size * sizeof *want);
    }
    assert_memory_equal(one.point.w, b.w, a.table.size * sizeof *want); // t = 1
    mc_free_floats(want);
    finish(&one);
}

// Bends without noise lie on the segment.
static void on_the_segment(void **state) {
    (void)state;
    const struct mc_curve_source s = curve(3, 1);
    struct mc_recipe r = recipe();
    struct run one;
    start(&one, &r, &s, false, 1, 0);
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < a.table.size; i++) {
            double want = a.w[i] + (k + 1) / 4. * ((double)b.w[i] - a.w[i]);
            assert_true(one.t.trained.w[(size_t)k * a.table.size + i] == (float)want);
        }
    finish(&one);
}

// The losses of all examples at t, by evaluation.
static void losses_at(struct run *r, const struct mc_curve_source *s, double t, double *loss) {
    double weight[MC_CURVE_MOST];
    const float *v[MC_CURVE_MOST] = {a.w};
    int n = s->n_bends + 2;
    struct mc_task all = {.name = (char *)(uintptr_t) "train", .tokens = train.t, .n = N};
    struct mc_scores scores = {0};
    all.label = mc_new(N, sizeof *all.label, &err);
    s->shape->weigh(n, t, weight);
    for (int k = 1; k < n - 1; k++) v[k] = r->t.trained.w + (size_t)(k - 1) * a.table.size;
    v[n - 1] = b.w;
    mc_curve_sum(n, weight, v, a.table.size, r->point.w);
    assert_int_equal(mc_evaluate(&r->t.eval, NULL, &r->point, &all, &scores, &err), 0);
    memcpy(loss, scores.loss, N * sizeof *loss);
    mc_scores_release(&scores);
    free(all.label);
}

// An update's loss is the mean over its batches, each at its own t, and over their t; the log names
// them in order.
static void losses(void **state) {
    (void)state;
    const struct mc_curve_source s = curve(2, 3);
    struct mc_recipe r = recipe();
    struct run one;
    r.batch = 15;
    r.accum = 3; // 15, 15, 10
    r.lr = 0;
    start(&one, &r, &s, false, 2, 0);
    go(&one);
    int64_t order[N];
    struct mc_rng rng;
    mc_rng_init(&rng, r.seed_order, MC_RNG_ORDER, 0);
    mc_rng_permutation(&rng, order, N);
    const char *cell = strrchr(one.t.log_text.p, '\t') + 1;
    double sum = 0, loss[N], before = -1;
    for (int pass = 0; pass < 9; pass++) {
        char *end;
        double t = strtod(cell, &end);
        assert_true(t >= 0 && t < 1 && t != before && t == mc_curve_draw(s.seed_t, 0, pass));
        assert_int_equal(*end, pass < 8 ? ',' : 0);
        cell = end + 1;
        before = t;
        losses_at(&one, &s, t, loss);
        for (int i = 15 * (pass / 3); i < N && i < 15 * (pass / 3 + 1); i++) sum += loss[order[i]];
    }
    assert_true(fabs(sum / (3 * N) - one.t.last_loss) < 1e-6);
    finish(&one);
}

// t is drawn by seed, update and pass.
static void draws(void **state) {
    (void)state;
    double mean = 0;
    for (int step = 0; step < 1000; step++) mean += mc_curve_draw(1, step, 0) / 1000;
    assert_true(fabs(mean - .5) < .05);
    assert_true(mc_curve_draw(1, 0, 0) != mc_curve_draw(2, 0, 0));
    assert_true(mc_curve_draw(1, 0, 0) != mc_curve_draw(1, 1, 0));
    assert_true(mc_curve_draw(1, 0, 0) != mc_curve_draw(1, 0, 1));
}

// The norm is that of all bends together, and what is clipped is their common gradient.
static void clipped(void **state) {
    (void)state;
    const struct mc_curve_source s = curve(3, 2);
    for (int clip = 0; clip < 2; clip++) {
        struct mc_recipe r = recipe();
        struct run one;
        r.clip = clip * 1e-3; // the whole norm is larger, that of a bend as well
        start(&one, &r, &s, false, 2, 0);
        float *w = weights(&one);
        go(&one);
        double moved = 0;
        for (size_t i = 0; i < one.t.trained.table->size; i++)
            moved += pow((double)w[i] - one.t.trained.w[i], 2);
        const char *row = one.t.log_text.p;
        for (int k = 0; k < 4; k++) row = strchr(row, '\t') + 1;
        double norm = strtod(row, NULL);
        assert_true(norm > 1e-3);
        assert_true(fabs(sqrt(moved) - (clip ? 1e-3 : norm)) < 1e-3 * norm);
        mc_free_floats(w);
        finish(&one);
    }
}

static void threads(void **state) {
    (void)state;
    for (int mix = 0; mix < 2; mix++) {
        const struct mc_mix_source x = {.a = &a, .b = &b, .by = MC_BY_KIND};
        const struct mc_curve_source s = curve(2, 2);
        struct mc_recipe r = recipe();
        struct run one, four;
        r.optimizer = &mc_optimizer_adamw;
        r.lr = .01;
        r.weight_decay = .01;
        r.dropout = .1;
        r.batch = 6;
        r.accum = 2;
        r.steps = 20;
        start(&one, &r, mix ? (const void *)&x : &s, mix, 1, 0);
        start(&four, &r, mix ? (const void *)&x : &s, mix, 4, 3); // looks move no weights
        go(&one);
        go(&four);
        assert_true(one.t.trained.table->size == four.t.trained.table->size);
        const char *p = one.t.log_text.p, *q = four.t.log_text.p;
        for (int step = 0; step < 20; step++) { // the losses, to the last digit
            char x1[64], x4[64];
            assert_int_equal(sscanf(p, "%*d %*d %63s", x1), 1);
            assert_int_equal(sscanf(q, "%*d %*d %63s", x4), 1);
            assert_string_equal(x1, x4);
            p = strchr(p + 1, '\n');
            q = strchr(q + 1, '\n');
        }
        finish(&one);
        finish(&four);
    }
}

// The smallest mean loss over the looks, before the first update too; the earlier of two.
static void chosen(void **state) {
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        const struct mc_curve_source s = curve(2, 1);
        struct mc_recipe r = recipe();
        struct run one;
        r.optimizer = &mc_optimizer_adamw;
        r.lr = .01;
        r.steps = 50;
        if (bad) dev = opposite;
        start(&one, &r, &s, false, 2, 8);
        float *first = weights(&one);
        go(&one);
        double least = INFINITY, mean = 0;
        int rows = 0, at = 0;
        for (const char *p = one.t.log_text.p; p && *p; p = strchr(p + 1, '\n')) {
            double dev_loss;
            int step;
            char cell[64];
            assert_int_equal(sscanf(p, "%d %*d %*s %*s %*s %*s %*s %63s", &step, cell), 2);
            if (strcmp(cell, "nan") == 0) continue;
            rows++;
            assert_true(step % 8 == 0 || step == 50);
            dev_loss = strtod(cell, NULL);
            if (dev_loss < least) least = dev_loss, at = step;
        }
        assert_int_equal(rows, 7);
        if (bad) {
            assert_int_equal(one.t.best_step, 0);
            assert_memory_equal(one.t.trained.w, first, one.t.trained.table->size * sizeof *first);
        } else {
            assert_int_equal(one.t.best_step, at);
            assert_true(fabs(one.t.best_loss - least) < 1e-8);
        }
        for (int k = 0; k < 3; k++) { // what is handed out has that loss
            struct mc_scores scores = {0};
            assert_int_equal(mc_trainable_catch_up(&one.t.trained, one.pool, k, &err), 0);
            assert_int_equal(mc_evaluate(&one.t.eval, NULL, &one.point, &one.dev, &scores, &err),
                             0);
            for (int64_t i = 0; i < dev.t.n; i++) mean += scores.loss[i] / (double)dev.t.n / 3;
            mc_scores_release(&scores);
        }
        assert_true(fabs(mean - one.t.best_loss) < 1e-9);
        mc_free_floats(first);
        finish(&one);
    }
    toy_tokens(&dev, 50, 1);
    // nothing moves: the first of equal ones
    const struct mc_curve_source s = curve(1, 1);
    struct mc_recipe r = recipe();
    struct run one;
    r.lr = 0;
    r.steps = 5;
    start(&one, &r, &s, false, 1, 2);
    go(&one);
    assert_int_equal(one.t.best_step, 0);
    finish(&one);
}

static void not_finite(void **state) {
    (void)state;
    const struct mc_curve_source s = curve(2, 2);
    struct mc_recipe r = recipe();
    struct run one;
    start(&one, &r, &s, false, 1, 0);
    one.t.trained.w[a.table.size + a.table.p[a.table.n - 1].at] = NAN;
    assert_int_equal(mc_training_run(&one.t, &err), MC_ERR_NUM);
    assert_non_null(strstr(err.text, "step 1: the loss is not finite"));
    finish(&one);
}

int main(void) {
    toy_tokens(&train, N, 0);
    toy_tokens(&dev, 50, 1);
    toy_tokens(&opposite, N, 0);
    for (int i = 0; i < N; i++) opposite.labels[i] = 1 - opposite.labels[i];
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, TOY_LABELS, 2, 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients),      cmocka_unit_test(every_optimizer),
        cmocka_unit_test(points),         cmocka_unit_test(gradient_of_a_mixture),
        cmocka_unit_test(on_the_segment), cmocka_unit_test(losses),
        cmocka_unit_test(draws),          cmocka_unit_test(clipped),
        cmocka_unit_test(threads),        cmocka_unit_test(chosen),
        cmocka_unit_test(not_finite),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mc_model_release(&a);
    mc_model_release(&b);
    return failed;
}

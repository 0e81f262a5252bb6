// Activations kept from model to model: the scores are those of an evaluation of each model alone
// to the bit, whatever moved; what is skipped, what stays in memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/objective.h"
#include "toy.h"

#define T5_CONFIG                                                                                  \
    "{\"model_type\":\"t5\",\"vocab_size\":20,\"d_model\":16,\"d_kv\":4,\"d_ff\":32,"              \
    "\"num_layers\":2,\"num_decoder_layers\":2,\"num_heads\":2,\"initializer_factor\":0.3,"        \
    "\"relative_attention_num_buckets\":8,\"relative_attention_max_distance\":12}"

enum { TASKS = 2, BIG = 300, SMALL = 40 };

static struct mc_error err;
static struct toy_set set[TASKS];
static int32_t target_ids[] = {5, 1, 9, 6, 1}; // of two labels
static int64_t target_offset[] = {0, 2, 5};
static char pieces[20 * 2], *piece[20];
static int64_t every_other[BIG / 2];

// Two evaluators over the same tasks: one keeps, the other starts anew for every model.
struct rig {
    struct mc_task task[TASKS];
    struct mc_pool *pool;
    struct mc_kept kept;
    struct mc_evaluator v;
    struct mc_scores s, alone;
    struct mc_model m;
    enum mc_precision precision;
};

static void start(struct rig *r, bool t5, enum mc_precision precision, int threads, size_t room) {
    *r = (struct rig){.precision = precision};
    for (int i = 0; i < TASKS; i++) {
        int n = i ? SMALL : BIG;
        toy_tokens(&set[i], n, (uint32_t)i);
        struct mc_task *t = &r->task[i];
        *t = (struct mc_task){.name = (char *)(uintptr_t) "dev", .tokens = set[i].t, .n = n};
        assert_non_null(t->label = mc_new((size_t)n, sizeof *t->label, &err));
        if (!t5) continue;
        t->tokens.pieces = pieces;
        t->tokens.label_target_ids = target_ids;
        t->tokens.label_target_offset = target_offset;
        t->piece = piece;
    }
    for (int k = 0; k < BIG / 2; k++) every_other[k] = 2 * k; // as --examples chooses some
    r->task[0].pick = every_other;
    r->task[0].n = BIG / 2;
    r->pool = mc_pool_new(threads, &err);
    assert_int_equal(mc_kept_init(&r->kept, r->task, TASKS, room, &err), 0);
    mc_evaluator_init(&r->v, r->pool, precision);
    r->v.kept = &r->kept;
    toy_model(&r->m, t5 ? T5_CONFIG : TOY_CONFIG, TOY_LABELS, t5 ? 0 : 2, 1);
}

static void end(struct rig *r) {
    mc_evaluator_release(&r->v);
    mc_kept_release(&r->kept);
    mc_scores_release(&r->s);
    mc_scores_release(&r->alone);
    mc_model_release(&r->m);
    mc_pool_free(r->pool);
    for (int i = 0; i < TASKS; i++) free(r->task[i].label);
}

static void evaluate(struct rig *r, struct mc_task *t) {
    struct mc_evaluator one;
    mc_evaluator_init(&one, r->pool, r->precision);
    if (mc_evaluate(&r->v, NULL, &r->m, t, &r->s, &err) < 0) fail_msg("%s", err.text);
    assert_int_equal(mc_evaluate(&one, NULL, &r->m, t, &r->alone, &err), 0);
    mc_evaluator_release(&one);
    size_t n = (size_t)t->n;
    assert_memory_equal(r->s.loss, r->alone.loss, n * sizeof(double));
    assert_memory_equal(r->s.p_label, r->alone.p_label, n * sizeof(double));
    assert_memory_equal(r->s.predicted, r->alone.predicted, n * sizeof(int32_t));
    assert_int_equal(r->s.n_labels, 2);
    assert_memory_equal(r->s.logit, r->alone.logit, 2 * n * sizeof(double));
}

// The model as it is now comes next, for the first `tasks` tasks; the share of this one's work that
// was not done.
static double next(struct rig *r, int tasks) {
    struct mc_work was = r->kept.work;
    mc_kept_next(&r->kept, false);
    for (int i = 0; i < tasks; i++) evaluate(r, &r->task[i]);
    return (r->kept.work.skipped - was.skipped) / (r->kept.work.all - was.all);
}

// A low bit of one element of a tensor is another, or is back again.
static void flip(struct rig *r, int slot) {
    const struct mc_param *p = &r->m.table.p[slot];
    uint32_t bits;
    float *x = r->m.w + p->at + p->n - 1;
    memcpy(&bits, x, sizeof bits);
    bits ^= 1;
    memcpy(x, &bits, sizeof bits);
}

static void move(struct rig *r, int slot, float by) {
    const struct mc_param *p = &r->m.table.p[slot];
    for (size_t i = 0; i < p->n; i++) r->m.w[p->at + i] += by;
}

static void move_all(struct rig *r, float by) {
    for (int i = 0; i < r->m.table.n; i++) move(r, i, by);
}

// --- what moves

static void one_tensor_after_the_other(bool t5, enum mc_precision precision, int threads) {
    struct rig r;
    start(&r, t5, precision, threads, 64 << 20);
    double last = 0;
    assert_true(next(&r, TASKS) <= 0);
    for (int slot = 0; slot < r.m.table.n; slot++) {
        flip(&r, slot);
        next(&r, TASKS);
        move(&r, slot, .25f);
        next(&r, TASKS);
        move(&r, slot, .125f);
        last = next(&r, TASKS);
        move(&r, slot, -.375f);
        flip(&r, slot); // near what it was
        next(&r, TASKS);
    }
    assert_true(last > .5); // the last tensors are the head's, or the last layer's
    assert_true(mc_kept_share(&r.kept) > .2 && mc_kept_share(&r.kept) < 1);
    assert_int_equal(r.kept.models, 1 + 4 * r.m.table.n);
    end(&r);
}

static void tensors_of_bert(void **state) {
    (void)state;
    one_tensor_after_the_other(false, MC_PRECISION_F32, 1);
    one_tensor_after_the_other(false, MC_PRECISION_F32, 4);
}

static void tensors_of_t5(void **state) {
    (void)state;
    one_tensor_after_the_other(true, MC_PRECISION_F32, 3);
}

static void rounded_products(void **state) {
    (void)state;
    if (mc_kern_check(MC_PRECISION_BF16, &err) < 0) skip();
    one_tensor_after_the_other(false, MC_PRECISION_BF16, 2);
    one_tensor_after_the_other(true, MC_PRECISION_BF16, 2);
}

// Slots of the first weight of a layer and of the last tensor of all.
static int layer_of(const struct rig *r, int layer) {
    for (int i = 0; i < r->m.table.n; i++)
        if (r->m.table.p[i].is.block == MC_BLOCK_LAYER && r->m.table.p[i].is.layer == layer)
            return i;
    fail();
    return -1;
}

static void one_bit(void **state) {
    (void)state;
    struct rig r;
    start(&r, false, MC_PRECISION_F32, 1, 64 << 20);
    int low = layer_of(&r, 0), high = layer_of(&r, 1), head = r.m.table.n - 2;
    next(&r, TASKS);
    flip(&r, head);
    assert_true(next(&r, TASKS) <= 0);
    flip(&r, head);
    double before_head = next(&r, TASKS);
    assert_true(before_head > .9); // from the pooled rows
    flip(&r, high);
    assert_true(next(&r, TASKS) <= 0); // what was kept lies behind
    flip(&r, high);
    double half = next(&r, TASKS);
    assert_true(half > .3 && half < before_head);
    flip(&r, head);
    assert_true(next(&r, TASKS) == half); // goes on from there, and keeps more
    assert_true(next(&r, TASKS) == before_head); // the same model again
    flip(&r, low);
    assert_true(next(&r, TASKS) <= 0);
    assert_true(next(&r, TASKS) <= 0);
    flip(&r, 0); // the embeddings
    assert_true(next(&r, TASKS) <= 0);
    assert_int_equal(mc_kept_bytes(&r.kept), 0);
    end(&r);
}

static void nothing_of_a_line(void **state) {
    (void)state;
    struct rig r;
    start(&r, false, MC_PRECISION_F32, 2, 64 << 20);
    for (int i = 0; i < 6; i++) {
        move_all(&r, .01f);
        assert_true(next(&r, TASKS) <= 0);
        assert_int_equal(mc_kept_bytes(&r.kept), 0);
        assert_true(i == 0 || r.kept.n_known < r.kept.n_blocks); // it looked no further
    }
    int head = r.m.table.n - 1; // and a sweep behind it
    for (int i = 0; i < 4; i++) {
        move(&r, head, .1f);
        double skipped = next(&r, TASKS);
        assert_true(i < 3 || skipped > .9);
    }
    end(&r);
}

// --- memory

static double sweep(struct rig *r, size_t room) {
    int slot = layer_of(r, 1);
    for (int i = 0; i < 8; i++) {
        move(r, slot + i / 4, .01f);
        next(r, TASKS);
        assert_true(mc_kept_bytes(&r->kept) <= room / 2); // as much again while it moves
    }
    return mc_kept_share(&r->kept);
}

static void memory_is_bounded(void **state) {
    (void)state;
    const size_t room[] = {64 << 20, 150000, 60000, 1000, 0};
    double share = 1;
    for (int i = 0; i < 5; i++) {
        struct rig r;
        start(&r, false, MC_PRECISION_F32, 2, room[i]);
        double now = sweep(&r, room[i]);
        if (i < 3) assert_true(now > 0 && now < share);
        if (i > 2) assert_true(now <= 0 && mc_kept_bytes(&r.kept) == 0);
        share = now;
        end(&r);
    }
}

// --- order

// A task that is not asked about every model must not be told what another one has kept.
static void a_task_left_out(void **state) {
    (void)state;
    struct rig r;
    start(&r, false, MC_PRECISION_F32, 1, 64 << 20);
    int low = layer_of(&r, 0), head = r.m.table.n - 2;
    for (int i = 0; i < 3; i++) {
        move(&r, head, .1f);
        next(&r, TASKS);
    }
    move(&r, low, .1f);
    next(&r, 1);
    move(&r, head, .1f);
    next(&r, 1);
    next(&r, TASKS);
    end(&r);
}

static void another_shape_between(void **state) {
    (void)state;
    struct rig r;
    start(&r, false, MC_PRECISION_F32, 1, 64 << 20);
    struct mc_model other, own;
    const char *const three[] = {"pos", "mid", "neg"};
    toy_model(&other, TOY_CONFIG, three, 3, 1);
    for (int i = 0; i < 3; i++) {
        move(&r, r.m.table.n - 2, .1f);
        next(&r, TASKS);
    }
    own = r.m;
    r.m = other;
    mc_kept_next(&r.kept, false);
    assert_int_equal(mc_evaluate(&r.v, NULL, &r.m, &r.task[0], &r.s, &err), 0);
    r.m = own;
    assert_true(next(&r, TASKS) <= 0);
    mc_model_release(&other);
    end(&r);
}

int main(void) {
    memset(pieces, 0, sizeof pieces);
    for (int i = 0; i < 20; i++) {
        pieces[2 * i] = (char)('a' + i);
        piece[i] = pieces + 2 * i;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_of_bert),   cmocka_unit_test(tensors_of_t5),
        cmocka_unit_test(rounded_products),  cmocka_unit_test(one_bit),
        cmocka_unit_test(nothing_of_a_line), cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_task_left_out),   cmocka_unit_test(another_shape_between)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

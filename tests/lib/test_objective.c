// An objective that a test adds, in this one file and one row: the class of single tokens, at
// positions chosen anew for every update, from a set of a million million examples that is never in
// memory.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/rng.h"
#include "mc/train.h"
#include "toy.h"

static struct mc_error err;
static const struct mc_log QUIET = {.prog = "test", .quiet = true};

enum { SIZE = 16, EXAMPLES_BITS = 40 };

// What the batches of an update point to: all that there is of the set.
struct stream {
    int64_t offset[SIZE + 1], chosen_offset[SIZE + 1];
    int32_t ids[SIZE * TOY_LEN], chosen[SIZE * TOY_LEN], tag_of[SIZE * TOY_LEN];
    uint8_t types[SIZE * TOY_LEN];
    int64_t updates;
};

static bool tagging; // whether the row below serves

static bool serves(const struct mc_model *m) {
    (void)m;
    return tagging;
}

// Texts alone: a set with labels is another's.
static int takes(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                 struct mc_error *e) {
    (void)m;
    return t->labels ? mc_tokens_refuse(t, set, "a tagger", "a test", e) : 0;
}

static int open(struct mc_batches *b, struct mc_error *e) {
    assert_null(b->set);
    assert_string_equal(b->source, "numbers");
    b->n = (int64_t)1 << EXAMPLES_BITS;
    b->per_epoch = b->n / b->size;
    b->max_len = TOY_LEN;
    b->own = mc_new(1, sizeof(struct stream), e);
    return b->own ? 0 : MC_ERR_MEM;
}

static void close(struct mc_batches *b) { free(b->own); }

// A token's class is whether its id is even; a third of the positions is asked.
static int next(struct mc_batches *b, int64_t step, struct mc_update *u, struct mc_error *e) {
    struct stream *s = b->own;
    struct mc_rng r;
    (void)e;
    assert_true(b->size <= SIZE);
    mc_rng_init(&r, b->seed, MC_RNG_ORDER, (uint32_t)step);
    int64_t at = 0, asked = 0;
    for (int64_t i = 0; i < b->size; i++) {
        int64_t len = 3 + (int64_t)mc_rng_below(&r, TOY_LEN - 2);
        for (int64_t k = 0; k < len; k++) {
            s->ids[at] = k ? 4 + (int32_t)mc_rng_below(&r, 16) : 2;
            if (k && mc_rng_below(&r, 3) == 0) {
                s->chosen[asked] = (int32_t)k;
                s->tag_of[asked++] = s->ids[at] % 2;
            }
            at++;
        }
        s->offset[i + 1] = at;
        s->chosen_offset[i + 1] = asked;
    }
    s->updates++;
    *u = (struct mc_update){.batch = {.n = (int)b->size,
                                      .offset = s->offset,
                                      .ids = s->ids,
                                      .types = s->types,
                                      .chosen_offset = s->chosen_offset,
                                      .chosen = s->chosen,
                                      .chosen_class = s->tag_of},
                            .epoch = step / b->per_epoch,
                            .tokens = at,
                            .terms = asked};
    return 0;
}

static void loss(struct mc_plan *p, const struct mc_config *c, mc_val outputs) {
    (void)c;
    mc_plan_chosen_loss(p, outputs);
}

static const struct mc_readout at_chosen = {.rows = MC_SPACE_CHOSEN, .head = true, .loss = loss};
static const struct mc_objective tag = {.name = "tag",
                                        .serves = serves,
                                        .readout = &at_chosen,
                                        .takes = takes,
                                        .open = open,
                                        .next = next,
                                        .close = close};
const struct mc_objective *const mc_objectives[] = {&tag, &mc_objective_classify, NULL};

struct result {
    double first, last; // means of ten losses
    struct mc_model m;
};

static void tune(int threads, struct result *r) {
    const bool named = !tagging; // no row that serves: asked for by name
    struct mc_recipe recipe = {.steps = 120,
                               .batch = SIZE / 2,
                               .accum = 2,
                               .lr = 3e-3,
                               .clip = 1,
                               .schedule = MC_SCHEDULE_CONSTANT,
                               .optimizer = &mc_optimizer_adamw};
    struct mc_pool *pool = mc_pool_new(threads, &err);
    struct mc_training t = {
        .r = &recipe,
        .m = &r->m,
        .batches = {.objective = named ? &tag : NULL, .source = "numbers", .name = "numbers"},
        .pool = pool,
        .log = &QUIET,
        .save = toy_save_nothing};
    toy_model(&r->m, TOY_CONFIG, TOY_LABELS, 2, 1);
    int rc = mc_training_init(&t, &err);
    if (rc == 0) rc = mc_training_run(&t, &err);
    if (rc < 0) fail_msg("%s", err.text);
    assert_int_equal(((struct stream *)t.batches.own)->updates, 120);
    int row = 0;
    r->first = r->last = 0;
    for (char *p = t.log_text.p; (p = strchr(p, '\n')); row++) {
        double l;
        assert_int_equal(sscanf(++p, "%*d\t%*d\t%lf", &l), 1);
        if (row < 10) r->first += l / 10;
        if (row >= 110) r->last += l / 10;
    }
    assert_int_equal(row, 120);
    mc_training_release(&t);
    mc_pool_free(pool);
}

static void a_stream_of_chosen_rows(void **state) {
    (void)state;
    struct result one, two;
    tagging = true;
    tune(1, &one);
    tagging = false;
    tune(2, &two);
    assert_true(one.first > .55); // ln 2 is .69
    assert_true(one.last < .1);
    assert_memory_equal(one.m.w, two.m.w, one.m.table.size * sizeof(float));
    mc_model_release(&one.m);
    mc_model_release(&two.m);
}

// named: the objective, or NULL: a row serves.
static void no_dev_set(const struct mc_objective *named, struct mc_model *m, struct mc_task *dev,
                       struct mc_pool *pool) {
    struct mc_recipe recipe = {.steps = 1,
                               .batch = SIZE,
                               .accum = 1,
                               .schedule = MC_SCHEDULE_CONSTANT,
                               .optimizer = &mc_optimizer_adamw};
    struct mc_training t = {.r = &recipe,
                            .m = m,
                            .batches = {.objective = named, .source = "numbers", .name = "numbers"},
                            .dev = dev,
                            .pool = pool,
                            .log = &QUIET,
                            .save = toy_save_nothing};
    assert_int_equal(mc_training_init(&t, &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "'tag' is trained for, not evaluated"));
    mc_training_release(&t);
}

// It is trained for; an evaluation says that there is none.
static void without_scores(void **state) {
    (void)state;
    static struct toy_set dev;
    struct mc_evaluator v;
    struct mc_scores s = {0};
    struct mc_model m;
    tagging = true;
    toy_tokens(&dev, 20, 2);
    struct mc_task task = {.name = (char *)(uintptr_t) "dev", .tokens = dev.t, .n = dev.t.n};
    assert_non_null(task.label = mc_new(20, sizeof *task.label, &err));
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    struct mc_pool *pool = mc_pool_new(1, &err);
    mc_evaluator_init(&v, pool, MC_PRECISION_F32);
    assert_int_equal(mc_evaluate(&v, NULL, &m, &task, &s, &err), MC_ERR_INPUT);
    assert_string_equal(err.text, "dev: labelled data for a tagger (a test makes what it takes)");
    int32_t *labels = task.tokens.labels;
    task.tokens.labels = NULL;
    assert_int_equal(mc_evaluate(&v, NULL, &m, &task, &s, &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "'tag' is trained for, not evaluated"));
    no_dev_set(NULL, &m, &task, pool); // said before the first update
    tagging = false;
    no_dev_set(&tag, &m, &task, pool);
    assert_int_equal(mc_evaluate(&v, &tag, &m, &task, &s, &err), MC_ERR_INPUT);
    task.tokens.labels = labels; // the next row serves
    assert_int_equal(mc_evaluate(&v, NULL, &m, &task, &s, &err), 0);
    mc_evaluator_release(&v);
    mc_scores_release(&s);
    mc_model_release(&m);
    mc_pool_free(pool);
    free(task.label);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_stream_of_chosen_rows),
                                       cmocka_unit_test(without_scores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

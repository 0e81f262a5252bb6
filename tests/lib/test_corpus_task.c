// A corpus as the task of an evaluation: blocks of it give what the whole gives, to the bit, for
// masked tokens and spans, all sequences and some; the memory of a part of a corpus.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "files.h"
#include "mc/objective.h"
#include "toy.h"

#define T5_CONFIG                                                                                  \
    "{\"model_type\":\"t5\",\"vocab_size\":20,\"d_model\":16,\"d_kv\":4,\"d_ff\":32,"              \
    "\"num_layers\":1,\"num_heads\":2,\"initializer_factor\":0.3}"
#define MASKS                                                                                      \
    "{\"vocab\":20,\"mask\":4,\"special\":[0,1,2,3,4],\"prefix\":[2],\"suffix\":[3],"              \
    "\"sentinels\":[]}"
#define SPANS                                                                                      \
    "{\"vocab\":20,\"mask\":null,\"special\":[0,1],\"prefix\":[],\"suffix\":[1],"                  \
    "\"sentinels\":[19,18,17,16,15,14,13,12]}"

enum { PARTS = 5, TEXTS = 150, LONGEST = 70, SEQ_LEN = 24, MODELS = 3, SMALL = 3000 };

// Texts of 1 to LONGEST ids; every ninth has none that may be masked. Part 2 has nothing else.
static void write_corpus(const char *about) {
    struct mc_writer *w;
    struct mc_rng r;
    int32_t ids[LONGEST];
    uint8_t types[LONGEST] = {0};
    mc_rng_init(&r, 3, MC_RNG_TEST, 0);
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &e), 0);
    for (int k = 0; k < PARTS; k++) {
        struct mc_tokens_builder c = {0};
        struct mc_tokens t;
        for (int i = 0; i < TEXTS; i++) {
            int n = 1 + (int)mc_rng_below(&r, LONGEST);
            bool none = i % 9 == 4 || k == 2;
            for (int j = 0; j < n; j++) ids[j] = none ? 1 : 5 + (int32_t)mc_rng_below(&r, 7);
            assert_int_equal(mc_tokens_builder_add(&c, ids, types, n, i + 1, NULL, &e), 0);
        }
        assert_int_equal(mc_tokens_builder_finish(&c, &t, &e), 0);
        t.corpus = strdup(about);
        t.tokenizer = strdup("x");
        assert_int_equal(mc_tokens_write(&t, w, &e), 0);
        mc_tokens_release(&t);
    }
    assert_int_equal(mc_writer_close(w, &e), 0);
}

// What an evaluation says of MODELS models, one after the other.
struct said {
    double loss[MODELS * PARTS * TEXTS * 4], mean[MODELS];
    int64_t number[MODELS * PARTS * TEXTS * 4];
    int64_t n, most; // examples; of a block at most
    int blocks;
};

static int hear(void *ctx, const struct mc_task *t, struct mc_scores *s, struct mc_error *bad) {
    struct said *x = ctx;
    (void)bad;
    assert_int_equal(s->n, t->n);
    for (int64_t i = 0; i < s->n; i++, x->n++) {
        x->loss[x->n] = s->loss[i];
        x->number[x->n] = mc_task_number(t, i);
    }
    if (t->n > x->most) x->most = t->n;
    x->blocks++;
    return 0;
}

static void evaluate(bool spans, int64_t from, int64_t to, int64_t block, bool keeps,
                     struct said *x) {
    const struct mc_corruption how = {.mask = .15, .span = 3, .seq_len = SEQ_LEN, .seed = 5};
    struct mc_task t = {.name = strdup("c")};
    struct mc_evaluator v;
    struct mc_kept kept;
    struct mc_scores s = {0};
    struct mc_metrics metrics;
    *x = (struct said){0};
    struct mc_pool *pool = mc_pool_new(2, &e);
    if (mc_task_read_corpus(&t, path, &how, from, to, block, pool, &e) < 0) fail_msg("%s", e.text);
    mc_evaluator_init(&v, pool, MC_PRECISION_F32);
    assert_int_equal(mc_kept_init(&kept, &t, 1, (size_t)1 << 20, &e), 0);
    if (keeps) v.kept = &kept;
    for (int k = 0; k < MODELS; k++) {
        struct mc_model m;
        toy_model(&m, spans ? T5_CONFIG : TOY_CONFIG, TOY_LABELS, 0, 1);
        if (!spans) {
            assert_int_equal(mc_model_set_mlm(&m, true, &e), 0);
            mc_model_draw_block(&m, MC_BLOCK_MLM, 7);
        }
        m.w[m.table.p[m.table.n - 1].at] += (float)k; // the last alone differs
        mc_kept_next(&kept, false);
        if (mc_evaluate_all(&v, NULL, &m, &t, &s, hear, x, &metrics, &e) < 0)
            fail_msg("%s", e.text);
        x->mean[k] = mc_metrics_value(&metrics, "loss");
        assert_true(isnan(mc_metrics_value(&metrics, "accuracy")));
        mc_model_release(&m);
    }
    assert_int_equal(x->n, MODELS * mc_task_count(&t));
    mc_evaluator_release(&v);
    mc_kept_release(&kept);
    mc_scores_release(&s);
    mc_task_release(&t);
    mc_pool_free(pool);
}

static void same(const struct said *a, const struct said *b) {
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->number, b->number, (size_t)a->n * sizeof *a->number);
    assert_memory_equal(a->loss, b->loss, (size_t)a->n * sizeof *a->loss);
    assert_memory_equal(a->mean, b->mean, sizeof a->mean);
}

static struct said whole, blocks, some;

static void blocks_of(bool spans) {
    write_corpus(spans ? SPANS : MASKS);
    evaluate(spans, 0, 0, MC_BLOCK_TOKENS, false, &whole);
    assert_int_equal(whole.blocks, MODELS);
    assert_int_equal(whole.number[whole.n / MODELS - 1], whole.n / MODELS - 1);
    double sum = 0;
    for (int64_t i = 0; i < whole.n / MODELS; i++) sum += whole.loss[i];
    assert_true(fabs(sum / (double)(whole.n / MODELS) - whole.mean[0]) < 1e-12);
    assert_true(fabs(whole.mean[0] - whole.mean[1]) > 0);
    for (int64_t block = 1; block <= SMALL; block += SMALL - 1)
        for (int keeps = 0; keeps < 2; keeps++) {
            evaluate(spans, 0, 0, block, keeps, &blocks);
            assert_true(blocks.blocks >= 3 * MODELS);
            assert_true(blocks.most < whole.n / MODELS / 2);
            same(&whole, &blocks);
        }
    // some of them, which lie in every part, and the rest
    int64_t n = whole.n / MODELS / 2;
    evaluate(spans, 0, n, MC_BLOCK_TOKENS, true, &some);
    assert_int_equal(some.blocks, MODELS);
    evaluate(spans, 0, n, 1, false, &blocks);
    assert_true(blocks.blocks > MODELS);
    same(&some, &blocks);
    // an example's masks are its own: its loss hangs on the chunk by rounding alone
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs(some.loss[i] - whole.loss[some.number[i]]) < 1e-5);
    for (int64_t i = 1; i < n; i++) assert_true(some.number[i] > some.number[i - 1]);
    evaluate(spans, n, 0, 1, false, &blocks);
    assert_int_equal(blocks.n, whole.n - some.n);
}

static void masked(void **state) {
    (void)state;
    blocks_of(false);
}

static void spans(void **state) {
    (void)state;
    blocks_of(true);
}

// Products whose rounding hangs on the rows beside: chunks must be those of the whole.
static void rows_beside(void **state) {
    (void)state;
    assert_int_equal(setenv("MC_GEMM", "openblas", 1), 0);
    blocks_of(false);
    blocks_of(true);
    assert_int_equal(unsetenv("MC_GEMM"), 0);
}

static void refusals(void **state) {
    (void)state;
    struct mc_corruption how = {.mask = .15, .span = 3, .seq_len = SEQ_LEN};
    struct mc_task t = {0};
    write_corpus(MASKS);
    assert_int_equal(mc_task_read_corpus(&t, path, &how, 100000, 0, 1, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "no examples are left"));
    mc_task_release(&t);
    how.seq_len = 3;
    assert_int_equal(mc_task_read_corpus(&t, path, &how, 0, 0, 1, NULL, &e), MC_ERR_USAGE);
    mc_task_release(&t);
    how = (struct mc_corruption){.mask = .5, .span = 1, .seq_len = 64};
    write_corpus(SPANS); // more spans than sentinels, whichever examples count
    assert_int_equal(mc_task_read_corpus(&t, path, &how, 0, 1, 1, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "sentinels"));
    mc_task_release(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(masked), cmocka_unit_test(spans),
                                       cmocka_unit_test(rows_beside), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

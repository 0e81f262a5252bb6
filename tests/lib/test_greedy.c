// Greedy decoding: what a stepwise run with its kept keys and values writes is what scoring every
// prefix from its start would have chosen.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bind.h"
#include "mc/run.h"
#include "toy.h"

#define CONFIG(more)                                                                               \
    "{\"model_type\":\"t5\",\"vocab_size\":20,\"d_model\":16,\"d_kv\":4,\"d_ff\":32,"              \
    "\"num_layers\":2,\"num_decoder_layers\":3,\"num_heads\":2,"                                   \
    "\"relative_attention_num_buckets\":8,\"relative_attention_max_distance\":12" more "}"
#define TIED CONFIG("")
#define UNTIED CONFIG(",\"feed_forward_proj\":\"gated-gelu\",\"tie_word_embeddings\":false")

enum { SEQS = 230, MAX_NEW = 40, IDS = 20, END = 1 };

static struct mc_error err;
static struct toy_set set;
static int64_t target_offset[SEQS + 1];
static int32_t target_ids[SEQS * (MAX_NEW + 1)];

static struct mc_run *run_of(struct mc_model *m, struct mc_plan *p, enum mc_plan_use use,
                             enum mc_precision precision, struct mc_pool *pool) {
    struct mc_view v;
    assert_int_equal(mc_view_open(&v, m, &err), 0);
    assert_int_equal(mc_model_plan(m, &v, NULL, use, 0, precision, p, &err), 0);
    p->table = &m->table; // the same rows
    mc_view_release(&v);
    struct mc_run *r = mc_run_new(p, pool, &err);
    assert_non_null(r);
    bind_blocks(r, &m->table, m->w, NULL);
    return r;
}

static void decode(struct mc_model *m, const struct mc_batch *b, enum mc_precision precision,
                   int threads, int max_new, int32_t *ids, int *len, const struct mc_result *out) {
    struct mc_plan p;
    struct mc_pool *pool = mc_pool_new(threads, &err);
    struct mc_run *r = run_of(m, &p, MC_TO_DECODE, precision, pool);
    memset(ids, -1, SEQS * MAX_NEW * sizeof *ids);
    assert_int_equal(mc_run_decode(r, b, max_new, ids, len, out, &err), 0);
    mc_run_free(r);
    mc_plan_release(&p);
    mc_pool_free(pool);
}

// The batch with what was written as targets, cut to `steps` tokens and one more, whose logits
// choose the next.
static void as_targets(struct mc_batch *b, const int32_t *ids, const int *len, int steps) {
    for (int i = 0; i < b->n; i++) {
        int n = len[i] < steps ? len[i] : steps;
        int32_t *to = target_ids + target_offset[i];
        memcpy(to, ids + i * MAX_NEW, (size_t)n * sizeof *to);
        to[n] = END;
        target_offset[i + 1] = target_offset[i] + n + 1;
    }
    b->target_ids = target_ids;
    b->target_offset = target_offset;
}

static int first_largest(const float *z, int n) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (z[i] > z[best]) best = i;
    return best;
}

// ids[n, MAX_NEW], of which `max_new` count.
static void is_what_prefixes_choose(struct mc_model *m, struct mc_batch b, const int32_t *ids,
                                    const int *len, int max_new) {
    static float logits[SEQS * (MAX_NEW + 1) * IDS];
    struct mc_plan p;
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_run *r = run_of(m, &p, MC_TO_EVALUATE, MC_PRECISION_F32, pool);
    const struct mc_result out = {.token_logits = logits};
    for (int step = 0; step < max_new; step++) {
        as_targets(&b, ids, len, step);
        assert_int_equal(mc_run_batch(r, &b, NULL, &out, &err), 0);
        for (int i = 0; i < b.n; i++) {
            if (step >= len[i]) continue;
            const float *last = logits + (target_offset[i + 1] - 1) * IDS;
            assert_int_equal(ids[i * MAX_NEW + step], first_largest(last, IDS));
            // it goes on until the end token, and no further
            bool stops = ids[i * MAX_NEW + step] == END || step + 1 == max_new;
            assert_int_equal(step + 1 == len[i], stops);
        }
    }
    mc_run_free(r);
    mc_plan_release(&p);
    mc_pool_free(pool);
}

static void check(const char *config, uint64_t seed, int max_new, bool single, bool *ended) {
    static int32_t ids[SEQS * MAX_NEW], wide[SEQS * MAX_NEW];
    static int len[SEQS], len2[SEQS];
    struct mc_model m;
    toy_model(&m, config, NULL, 0, seed);
    toy_tokens(&set, SEQS, (uint32_t)seed);
    if (single)
        for (int i = 0; i <= SEQS; i++) set.offset[i] = i;
    struct mc_batch b = {.n = SEQS, .offset = set.offset, .ids = set.ids, .types = set.types};
    const struct mc_result none = {0};
    decode(&m, &b, MC_PRECISION_F32, 1, max_new, ids, len, &none);
    for (int i = 0; i < SEQS; i++) { // rows of max_new to rows of MAX_NEW
        memcpy(wide + i * MAX_NEW, ids + i * max_new, (size_t)max_new * sizeof *ids);
        assert_in_range(len[i], 1, max_new);
        ended[ids[i * max_new + len[i] - 1] == END] = true;
    }
    is_what_prefixes_choose(&m, b, wide, len, max_new);
    static int32_t again[SEQS * MAX_NEW];
    for (int threads = 2; threads <= 4; threads += 2) {
        decode(&m, &b, MC_PRECISION_F32, threads, max_new, again, len2, &none);
        assert_memory_equal(len2, len, sizeof len);
        assert_memory_equal(again, ids, sizeof ids);
    }
    mc_model_release(&m);
}

static void prefixes_choose(void **state) {
    (void)state;
    bool ended[2] = {false, false};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        check(TIED, seed, MAX_NEW, false, ended);
        check(UNTIED, seed, MAX_NEW, false, ended);
    }
    assert_true(ended[false] && ended[true]); // both ways of stopping were seen
}

static void one_token_of_source_or_text(void **state) {
    (void)state;
    bool ended[2];
    check(UNTIED, 4, 1, false, ended);
    check(UNTIED, 4, 1, true, ended);
    check(TIED, 4, 9, true, ended); // beyond the room for the first steps
    check(UNTIED, 5, 17, true, ended);
}

// Losses on the way are those of an evaluation; a choice of examples is written as in the whole; a
// sequence does not hang on its neighbours.
static void targets_and_picks(void **state) {
    (void)state;
    static int32_t ids[SEQS * MAX_NEW], some[SEQS * MAX_NEW];
    static int len[SEQS], some_len[SEQS];
    static double loss[SEQS], p[SEQS], loss2[SEQS], p2[SEQS];
    struct mc_model m;
    toy_model(&m, UNTIED, NULL, 0, 1);
    toy_tokens(&set, SEQS, 1);
    struct mc_batch b = {.n = SEQS, .offset = set.offset, .ids = set.ids, .types = set.types};
    const struct mc_result none = {0}, with = {.loss = loss, .p_label = p},
                           again = {.loss = loss2, .p_label = p2};
    decode(&m, &b, MC_PRECISION_F32, 2, MAX_NEW, ids, len, &none);
    as_targets(&b, ids, len, 3);
    decode(&m, &b, MC_PRECISION_F32, 2, MAX_NEW, some, some_len, &with);
    assert_memory_equal(ids, some, sizeof ids);
    struct mc_plan plan;
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_run *r = run_of(&m, &plan, MC_TO_EVALUATE, MC_PRECISION_F32, pool);
    assert_int_equal(mc_run_batch(r, &b, NULL, &again, &err), 0);
    for (int i = 0; i < SEQS; i++) {
        assert_true(fabs(loss[i] - loss2[i]) <= 1e-6 * loss2[i]);
        assert_true(fabs(p[i] - p2[i]) <= 1e-5 * p2[i]);
    }
    mc_run_free(r);
    mc_plan_release(&plan);
    mc_pool_free(pool);
    static const int64_t pick[] = {229, 0, 17, 17};
    b.pick = pick;
    b.n = 4;
    decode(&m, &b, MC_PRECISION_F32, 2, MAX_NEW, some, some_len, &with);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(some_len[i], len[pick[i]]);
        assert_memory_equal(some + i * MAX_NEW, ids + pick[i] * MAX_NEW,
                            (size_t)some_len[i] * sizeof *ids);
        assert_true(fabs(loss[i] - loss2[pick[i]]) <= 1e-6 * loss2[pick[i]]);
    }
    mc_model_release(&m);
}

static void bfloat16_does_not_hang_on_threads(void **state) {
    (void)state;
    static int32_t ids[2][SEQS * MAX_NEW];
    static int len[2][SEQS];
    struct mc_model m;
    toy_model(&m, TIED, NULL, 0, 2);
    toy_tokens(&set, SEQS, 2);
    struct mc_batch b = {.n = SEQS, .offset = set.offset, .ids = set.ids, .types = set.types};
    const struct mc_result none = {0};
    for (int k = 0; k < 2; k++)
        decode(&m, &b, MC_PRECISION_BF16, k ? 4 : 1, MAX_NEW, ids[k], len[k], &none);
    assert_memory_equal(len[0], len[1], sizeof len[0]);
    assert_memory_equal(ids[0], ids[1], sizeof ids[0]);
    mc_model_release(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_choose),
        cmocka_unit_test(one_token_of_source_or_text),
        cmocka_unit_test(targets_and_picks),
        cmocka_unit_test(bfloat16_does_not_hang_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

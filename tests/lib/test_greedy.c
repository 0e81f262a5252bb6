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
#include "mc/delta.h"
#include "mc/rng.h"
#include "mc/run.h"
#include "toy.h"

#define CONFIG(more)                                                                               \
    "{\"model_type\":\"t5\",\"vocab_size\":20,\"d_model\":16,\"d_kv\":4,\"d_ff\":32,"              \
    "\"num_layers\":2,\"num_decoder_layers\":3,\"num_heads\":2,"                                   \
    "\"relative_attention_num_buckets\":8,\"relative_attention_max_distance\":12" more "}"
// Weights of 1, as the factor is by itself, would make a model whose losses one rounding of the
// weights moves by 1e-3.
#define TIED CONFIG(",\"initializer_factor\":0.3")
#define UNTIED_OF(factor)                                                                          \
    CONFIG(",\"feed_forward_proj\":\"gated-gelu\",\"tie_word_embeddings\":false,"                  \
           "\"initializer_factor\":" factor)
#define UNTIED UNTIED_OF("0.3")

enum { SEQS = 230, MAX_NEW = 40, IDS = 20, END = 1 };

static struct mc_error err;
static struct toy_set set;
static int64_t target_offset[SEQS + 1];
static int32_t target_ids[SEQS * (MAX_NEW + 1)];

static struct mc_run *run_of(struct mc_model *m, struct mc_plan *p, enum mc_plan_use use,
                             enum mc_precision precision, struct mc_pool *pool) {
    struct mc_view v;
    assert_int_equal(mc_view_init(&v, m, &err), 0);
    assert_int_equal(mc_model_plan(m, &v, NULL, NULL, use, 0, precision, p, &err), 0);
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

// --- rounding

// How far losses and logits move when each weight moves by the smallest step of a float, up or
// down. Two ways to the same sums (by other numbers of rows, so by other kernels) differ as by
// weights rounded otherwise; ROOM times the largest of the moves seen bounds them.
enum { MOVES = 4, ROOM = 4 };
struct rounding {
    double loss, logit;
};

static float logits[SEQS * (MAX_NEW + 1) * IDS], moved[SEQS * (MAX_NEW + 1) * IDS];

static struct rounding rounding_of(struct mc_run *r, const struct mc_model *m,
                                   const struct mc_batch *b) {
    static double loss[SEQS], there[SEQS];
    struct mc_rng rng;
    struct rounding most = {0, 0};
    float *w = mc_new_floats(m->table.size, &err);
    mc_rng_init(&rng, 1, MC_RNG_TEST, 0);
    for (int k = 0; k <= MOVES; k++) {
        const struct mc_result out = {.loss = k ? there : loss, .token_logits = k ? moved : logits};
        for (size_t i = 0; i < m->table.size; i++)
            w[i] = nextafterf(m->w[i], mc_rng_below(&rng, 2) ? INFINITY : -INFINITY);
        bind_blocks(r, &m->table, k ? w : m->w, NULL);
        assert_int_equal(mc_run_batch(r, b, NULL, &out, &err), 0);
        if (k == 0) continue;
        for (int i = 0; i < b->n; i++) most.loss = fmax(most.loss, fabs(there[i] - loss[i]));
        for (int64_t i = 0; i < target_offset[b->n] * IDS; i++)
            most.logit = fmax(most.logit, (double)fabsf(moved[i] - logits[i]));
    }
    bind_blocks(r, &m->table, m->w, NULL);
    mc_free_floats(w);
    return (struct rounding){ROOM * most.loss, ROOM * most.logit};
}

// --- what is written

// ids[n, MAX_NEW], of which `max_new` count: each is the one of the largest logit, or of one that
// rounding cannot tell from it.
static void is_what_prefixes_choose(struct mc_model *m, struct mc_batch b, const int32_t *ids,
                                    const int *len, int max_new) {
    struct mc_plan p;
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_run *r = run_of(m, &p, MC_TO_EVALUATE, MC_PRECISION_F32, pool);
    const struct mc_result out = {.token_logits = logits};
    as_targets(&b, ids, len, max_new);
    double near = rounding_of(r, m, &b).logit;
    int all = 0, ties = 0;
    for (int step = 0; step < max_new; step++) {
        as_targets(&b, ids, len, step);
        assert_int_equal(mc_run_batch(r, &b, NULL, &out, &err), 0);
        for (int i = 0; i < b.n; i++) {
            if (step >= len[i]) continue;
            const float *last = logits + (target_offset[i + 1] - 1) * IDS;
            int id = ids[i * MAX_NEW + step], best = first_largest(last, IDS);
            assert_true((double)last[best] - (double)last[id] <= near);
            all++;
            ties += id != best;
            // it goes on until the end token, and no further
            bool stops = id == END || step + 1 == max_new;
            assert_int_equal(step + 1 == len[i], stops);
        }
    }
    assert_true(ties * 1000 <= all);
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

// Whether two texts of one example are the same, or part where rounding cannot tell the two largest
// logits apart. `row`: its logits at every token of ids.
static void same_text(const int32_t *ids, int len, const int32_t *other, int other_len,
                      const float *row, double near) {
    for (int k = 0; k < len && k < other_len; k++, row += IDS)
        if (ids[k] != other[k]) {
            assert_true((double)fabsf(row[ids[k]] - row[other[k]]) <= near);
            return;
        }
    assert_int_equal(len, other_len);
}

// Losses on the way are those of an evaluation; a choice of examples is written as in the whole; a
// sequence does not hang on its neighbours.
static void targets_and_picks(void **state) {
    (void)state;
    static int32_t ids[SEQS * MAX_NEW], some[SEQS * MAX_NEW];
    static int len[SEQS], some_len[SEQS];
    static double loss[SEQS], p[SEQS], loss2[SEQS], p2[SEQS];
    struct mc_model m;
    toy_model(&m, UNTIED_OF("0.1"), NULL, 0, 1);
    toy_tokens(&set, SEQS, 1);
    struct mc_batch b = {.n = SEQS, .offset = set.offset, .ids = set.ids, .types = set.types};
    const struct mc_result none = {0}, with = {.loss = loss, .p_label = p},
                           again = {.loss = loss2, .p_label = p2, .token_logits = logits};
    decode(&m, &b, MC_PRECISION_F32, 2, MAX_NEW, ids, len, &none);
    as_targets(&b, ids, len, MAX_NEW);
    decode(&m, &b, MC_PRECISION_F32, 2, MAX_NEW, some, some_len, &with);
    assert_memory_equal(ids, some, sizeof ids);
    struct mc_plan plan;
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_run *r = run_of(&m, &plan, MC_TO_EVALUATE, MC_PRECISION_F32, pool);
    const struct rounding near = rounding_of(r, &m, &b);
    assert_true(near.loss <= 1e-5); // or the bounds would say nothing
    assert_int_equal(mc_run_batch(r, &b, NULL, &again, &err), 0);
    for (int i = 0; i < SEQS; i++) {
        int n = (int)(target_offset[i + 1] - target_offset[i]);
        assert_true(fabs(loss[i] - loss2[i]) <= near.loss);
        assert_true(fabs(p[i] - p2[i]) <= 2 * n * near.loss * p2[i]); // of the sum over n tokens
    }
    mc_run_free(r);
    mc_plan_release(&plan);
    mc_pool_free(pool);
    static const int64_t pick[] = {229, 0, 17, 17};
    b.pick = pick;
    b.n = 4;
    decode(&m, &b, MC_PRECISION_F32, 2, MAX_NEW, some, some_len, &with);
    for (int i = 0; i < 4; i++) {
        same_text(ids + pick[i] * MAX_NEW, len[pick[i]], some + i * MAX_NEW, some_len[i],
                  logits + target_offset[pick[i]] * IDS, near.logit);
        assert_true(fabs(loss[i] - loss2[pick[i]]) <= near.loss);
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

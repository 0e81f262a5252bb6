// Corrupted sequences: how many tokens are chosen and what becomes of them, spans from which the
// text can be read again, draws that hang on seed, step and place alone, refusals.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/corruption.h"

enum { VOCAB = 50, MASK = 4, FIRST = 5, LEN = 40, MANY = 3000 };
static struct mc_error err;
static int32_t special[] = {0, 1, 2, 3, 4}, prefix[] = {2}, suffix[] = {3},
               sentinels[] = {49, 48, 47, 46, 45, 44};
static const struct mc_corpus_ids ABOUT = {.vocab = VOCAB,
                                           .mask = MASK,
                                           .special = {special, 5},
                                           .prefix = {prefix, 1},
                                           .suffix = {suffix, 1},
                                           .sentinels = {sentinels, 6}};

static struct mc_corruption masked(double share, uint64_t seed) {
    return (struct mc_corruption){
        .about = &ABOUT, .mask = share, .span = 3, .seq_len = LEN, .seed = seed};
}

// Ids that tell their place; every seventh is special.
static void text(int32_t *ids, int n) {
    for (int i = 0; i < n; i++) ids[i] = i % 7 == 3 ? 1 : FIRST + i % 36;
}

// Within four standard deviations of a share of n.
static void near_share(int64_t found, int64_t n, double share) {
    double sd = sqrt((double)n * share * (1 - share));
    if (fabs((double)found - (double)n * share) > 4 * sd)
        fail_msg("%lld of %lld, expected %g", (long long)found, (long long)n, (double)n * share);
}

static void shares(void **state) {
    (void)state;
    const struct mc_corruption how = masked(.15, 7);
    struct mc_corrupted x = {0};
    int32_t ids[LEN - 2];
    int64_t may = 0, mask = 0, stay = 0, other = 0;
    text(ids, LEN - 2);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(mc_corrupt(&how, 3, i, ids, LEN - 2, &x, &err), 0);
    assert_int_equal(x.n, MANY);
    for (int64_t i = 0; i < x.n; i++) {
        const int32_t *seq = x.ids + x.offset[i];
        int64_t next = x.chosen_offset[i];
        assert_int_equal(x.offset[i + 1] - x.offset[i], LEN);
        assert_true(seq[0] == 2 && seq[LEN - 1] == 3);
        assert_true(x.chosen_offset[i + 1] > next); // one at least
        for (int k = 0; k < LEN - 2; k++) {
            bool chosen = next < x.chosen_offset[i + 1] && x.chosen[next] == k + 1;
            may += ids[k] >= FIRST;
            if (!chosen) {
                assert_int_equal(seq[k + 1], ids[k]);
                continue;
            }
            assert_int_equal(x.chosen_id[next++], ids[k]);
            assert_true(ids[k] >= FIRST); // never a special token
            mask += seq[k + 1] == MASK;
            stay += seq[k + 1] == ids[k];
            other += seq[k + 1] != MASK && seq[k + 1] != ids[k];
        }
        assert_int_equal(next, x.chosen_offset[i + 1]);
    }
    double n = 33; // of 38 that are not special; where none is drawn, one is taken
    near_share(x.n_chosen, may, .15 + pow(.85, n) / n);
    near_share(mask, x.n_chosen, .8 + .1 / VOCAB);
    near_share(stay, x.n_chosen, .1 + .1 / VOCAB);
    near_share(other, x.n_chosen, .1 * (1 - 2. / VOCAB));
    mc_corrupted_release(&x);
}

static void one_at_least(void **state) {
    (void)state;
    const struct mc_corruption how = masked(1e-9, 1);
    const int32_t ids[] = {1, 9, 1, 8, 1};
    struct mc_corrupted x = {0};
    int first = 0;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(mc_corrupt(&how, 0, i, ids, 5, &x, &err), 0);
        assert_int_equal(x.n_chosen, i + 1);
        assert_true(x.chosen[i] == 2 || x.chosen[i] == 4);
        first += x.chosen[i] == 2;
    }
    near_share(first, 200, .5);
    mc_corrupted_release(&x);
}

// A sequence is what it is wherever the others are.
static void of_seed_step_and_place(void **state) {
    (void)state;
    struct mc_corrupted all = {0}, one = {0};
    int32_t ids[LEN - 2];
    text(ids, LEN - 2);
    for (int spans = 0; spans < 2; spans++) {
        struct mc_corruption how = masked(.3, 5);
        how.spans = spans;
        mc_corrupted_empty(&all);
        for (int i = 0; i < 5; i++)
            assert_int_equal(mc_corrupt(&how, 9, i, ids, LEN - 2, &all, &err), 0);
        for (int change = 0; change < 4; change++) {
            struct mc_corruption other = how;
            other.seed += change == 1;
            mc_corrupted_empty(&one);
            assert_int_equal(
                mc_corrupt(&other, 9 + (change == 2), 3 + (change == 3), ids, LEN - 2, &one, &err),
                0);
            int64_t n = all.offset[4] - all.offset[3];
            bool same = one.n_ids == n &&
                        memcmp(one.ids, all.ids + all.offset[3], (size_t)n * sizeof *one.ids) == 0;
            assert_true(same == (change == 0));
        }
    }
    mc_corrupted_release(&all);
    mc_corrupted_release(&one);
}

// The text behind input and target, the number of spans and of what they hold.
static void check_spans(const struct mc_corrupted *x, int64_t i, const int32_t *ids, int64_t n,
                        int64_t noise, int64_t spans) {
    const int32_t *in = x->ids + x->offset[i], *out = x->target + x->target_offset[i];
    int64_t n_in = x->offset[i + 1] - x->offset[i],
            n_out = x->target_offset[i + 1] - x->target_offset[i], at = 0, k = 0, o = 0;
    assert_int_equal(n_in, n - noise + spans + 2); // prefix and suffix
    assert_int_equal(n_out, noise + spans + 1);
    assert_true(in[0] == 2 && in[n_in - 1] == 3 && out[n_out - 1] == 3);
    assert_int_not_equal(in[1], sentinels[0]); // text comes first
    for (int64_t j = 1; j < n_in - 1; j++) {
        if (k == spans || in[j] != sentinels[k]) {
            assert_int_equal(in[j], ids[at++]);
            continue;
        }
        assert_int_equal(out[o++], sentinels[k++]);
        int64_t from = o;
        while (o < n_out - 1 && (k == spans || out[o] != sentinels[k]))
            assert_int_equal(out[o++], ids[at++]);
        assert_true(o > from); // none is empty
    }
    assert_int_equal(at, n);
    assert_int_equal(k, spans);
    assert_int_equal(o, n_out - 1);
}

static void spans_behind_sentinels(void **state) {
    (void)state;
    static const struct {
        int n;
        double share, mean;
        int noise, spans; // by hand: halves are rounded to even
    } CASES[] = {{38, .15, 3, 6, 2},   {2, .15, 3, 1, 1}, {10, .25, 1, 2, 2}, {10, .35, 2, 4, 2},
                 {30, .5, 2.5, 15, 6}, {3, .99, 1, 2, 1}, {10, .9, 3, 9, 1},  {7, .5, 7, 4, 1}};
    int32_t ids[LEN - 2];
    struct mc_corrupted x = {0};
    text(ids, LEN - 2);
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        struct mc_corruption how = masked(CASES[c].share, c);
        how.spans = true;
        how.span = CASES[c].mean;
        mc_corrupted_empty(&x);
        for (int i = 0; i < 50; i++) {
            assert_int_equal(mc_corrupt(&how, 1, i, ids, CASES[c].n, &x, &err), 0);
            check_spans(&x, i, ids, CASES[c].n, CASES[c].noise, CASES[c].spans);
            int64_t tokens, target;
            mc_corruption_lengths(&how, CASES[c].n, &tokens, &target);
            assert_int_equal(x.offset[i + 1] - x.offset[i], tokens);
            assert_int_equal(x.target_offset[i + 1] - x.target_offset[i], target);
            assert_true(target <= mc_corruption_longest_target(&how));
        }
    }
    mc_corrupted_release(&x);
}

// Of 3 tokens in 2 segments there are 2 ways, each as frequent: where the second span begins.
static void segments_are_uniform(void **state) {
    (void)state;
    struct mc_corruption how = masked(.5, 2);
    struct mc_corrupted x = {0};
    const int32_t ids[] = {5, 6, 7, 8, 9, 10};
    int early = 0;
    how.spans = true;
    how.span = 1.5;
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(mc_corrupt(&how, 0, i, ids, 6, &x, &err), 0);
        early += x.ids[x.offset[i] + 2] == sentinels[0]; // one token of text before it
    }
    near_share(early, MANY, .5);
    mc_corrupted_release(&x);
}

static void refused(void **state) {
    (void)state;
    struct mc_corpus_ids about = ABOUT;
    struct mc_corruption how = masked(.5, 1);
    struct mc_corrupted x = {0};
    int32_t ids[LEN - 2];
    how.about = &about;
    text(ids, LEN - 2);
    about.mask = -1;
    assert_int_equal(mc_corruption_check(&how, "set", &err), MC_ERR_INPUT);
    assert_string_equal(err.text, "set: its tokenizer has no mask token");
    how.spans = true;
    how.span = 1;
    assert_int_equal(mc_corruption_check(&how, "set", &err), 0);
    assert_int_equal(mc_corrupt(&how, 0, 0, ids, LEN - 2, &x, &err), MC_ERR_INPUT);
    assert_string_equal(err.text, "19 spans, the tokenizer has 6 sentinels");
    about.sentinels.n = 0;
    assert_int_equal(mc_corruption_check(&how, "set", &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "no sentinels"));
    how = masked(.5, 1);
    how.seq_len = 3;
    assert_int_equal(mc_corruption_check(&how, "set", &err), MC_ERR_USAGE);
    mc_corrupted_release(&x);
}

struct found {
    int64_t at[8], n[8];
    int count;
};

static int note(void *ctx, int64_t at, int64_t n, struct mc_error *e) {
    struct found *f = ctx;
    (void)e;
    f->at[f->count] = at;
    f->n[f->count++] = n;
    return 0;
}

// Documents of 9, 1, 5 and 3 ids, the last special alone, in sequences of 4.
static void sequences_of_a_part(void **state) {
    (void)state;
    static int32_t ids[] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 8, 7, 7, 7, 7, 7, 1, 1, 1};
    static int64_t offset[] = {0, 9, 10, 15, 18};
    const struct mc_tokens part = {.n = 4, .offset = offset, .ids = ids};
    struct mc_corruption how = masked(.15, 1);
    struct found f = {.count = 0};
    how.seq_len = 6;
    assert_int_equal(mc_corruption_room(&how), 4);
    assert_int_equal(mc_corruption_each(&how, &part, note, &f, &err), 0);
    assert_int_equal(f.count, 3); // rests of one id are none, nor is what is special
    assert_true(f.at[0] == 0 && f.n[0] == 4 && f.at[1] == 4 && f.n[1] == 4);
    assert_true(f.at[2] == 10 && f.n[2] == 4);
    how.spans = true;
    how.seq_len = 4;
    f.count = 0;
    assert_int_equal(mc_corruption_each(&how, &part, note, &f, &err), 0);
    assert_int_equal(f.count, 4);
    assert_true(f.at[3] == 15 && f.n[3] == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares),
        cmocka_unit_test(one_at_least),
        cmocka_unit_test(of_seed_step_and_place),
        cmocka_unit_test(spans_behind_sentinels),
        cmocka_unit_test(segments_are_uniform),
        cmocka_unit_test(refused),
        cmocka_unit_test(sequences_of_a_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

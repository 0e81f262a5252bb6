// How a batch is cut: a rule of lengths alone.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/rng.h"
#include "mc/run.h"

enum { N_MAX = 3000 };
static int len[N_MAX];
static struct mc_error err;

static void draw(int n, int low, int high, uint32_t stream) {
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, stream);
    for (int i = 0; i < n; i++) len[i] = low + (int)mc_rng_below(&r, (uint64_t)(high - low + 1));
}

static int tokens_of(const struct mc_chunking *d, int chunk) {
    int sum = 0;
    for (int i = d->chunk[chunk]; i < d->chunk[chunk + 1]; i++) sum += len[d->seq[i]];
    return sum;
}

static void check_chunks(const struct mc_chunking *d, int g) {
    int least = INT32_MAX, most = 0, longest = 0;
    for (int c = d->group[g]; c < d->group[g + 1]; c++) {
        int k = tokens_of(d, c);
        least = k < least ? k : least;
        most = k > most ? k : most;
        assert_true(d->chunk[c] < d->chunk[c + 1]); // none is empty
        for (int i = d->chunk[c]; i < d->chunk[c + 1]; i++) {
            if (i > d->chunk[c]) assert_true(d->seq[i] > d->seq[i - 1]); // in order
            longest = len[d->seq[i]] > longest ? len[d->seq[i]] : longest;
        }
    }
    assert_true(most - least <= longest); // no sequence could mend it by moving
}

static void check(int n) {
    struct mc_chunking d = {0};
    static int seen[N_MAX];
    memset(seen, 0, sizeof seen);
    assert_int_equal(mc_chunking_by_tokens(&d, n, len, MC_CHUNK_TOKENS, &err), 0);
    assert_int_equal(d.chunk[d.n_chunks], n);
    assert_int_equal(d.group[d.n_groups], d.n_chunks);
    for (int i = 0; i < n; i++) seen[d.seq[i]]++;
    for (int i = 0; i < n; i++) assert_int_equal(seen[i], 1); // whole, each once
    for (int g = 0; g < d.n_groups; g++) {
        int first = d.chunk[d.group[g]], end = d.chunk[d.group[g + 1]],
            chunks = d.group[g + 1] - d.group[g], tokens = 0;
        for (int i = first; i < end; i++) {
            assert_true(d.seq[i] >= first && d.seq[i] < end); // groups follow the batch
            tokens += len[d.seq[i]];
        }
        assert_true(tokens <= MC_GROUP_TOKENS || end - first == 1);
        if (end < n) assert_true(tokens + len[end] > MC_GROUP_TOKENS); // and are full
        assert_true(chunks % 4 == 0 || chunks == end - first);
        check_chunks(&d, g);
    }
    mc_chunking_release(&d);
}

static void any_lengths(void **state) {
    (void)state;
    for (uint32_t s = 0; s < 40; s++) {
        int n = 1 + (int)s * 37;
        draw(n, 1, s % 4 == 0 ? 5 : s % 4 == 1 ? 60 : s % 4 == 2 ? 512 : 3000, s);
        check(n);
    }
}

// Batches as they are: chunks stay in the cache and are worth their start.
static void chunk_size(void **state) {
    (void)state;
    for (uint32_t s = 0; s < 20; s++) {
        struct mc_chunking d = {0};
        draw(32, 10, 50, s);
        assert_int_equal(mc_chunking_by_tokens(&d, 32, len, MC_CHUNK_TOKENS, &err), 0);
        for (int c = 0; c < d.n_chunks; c++) assert_in_range(tokens_of(&d, c), 100, 260);
        mc_chunking_release(&d);
    }
}

static void a_long_sequence(void **state) {
    (void)state;
    draw(20, 5, 30, 0);
    len[7] = 2 * MC_GROUP_TOKENS + 1;
    check(20);
    struct mc_chunking d = {0};
    assert_int_equal(mc_chunking_by_tokens(&d, 20, len, MC_CHUNK_TOKENS, &err), 0);
    assert_int_equal(d.n_groups, 3); // before, itself, behind
    assert_int_equal(d.group[2] - d.group[1], 1);
    mc_chunking_release(&d);
    assert_int_equal(mc_chunking_by_tokens(&d, 0, len, MC_CHUNK_TOKENS, &err), 0);
    assert_true(d.n_groups == 0 && d.n_chunks == 0);
    mc_chunking_release(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_lengths),
        cmocka_unit_test(chunk_size),
        cmocka_unit_test(a_long_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

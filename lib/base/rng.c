// Counter-based random numbers: Philox4x32 of Random123 (Salmon et al. 2011), keyed by seed and
// purpose. A sequence is the generator applied to its counter, so any draw of it can be computed
// without those before.
#include "mc/rng.h"

#include <Random123/philox.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void mc_rng_key(uint64_t seed, enum mc_purpose purpose, uint32_t key[2]) {
    // The 64 bits of the seed and the purpose pass through the generator itself: near seeds give
    // unrelated keys.
    philox4x32_ctr_t c = {{(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)purpose, 0x6d637465u}};
    philox4x32_key_t k = {{0x746f6f6cu, 0x73000001u}};
    philox4x32_ctr_t r = philox4x32(c, k);
    key[0] = r.v[0];
    key[1] = r.v[1];
}

void mc_rng_init(struct mc_rng *r, uint64_t seed, enum mc_purpose purpose, uint32_t stream) {
    *r = (struct mc_rng){.stream = stream};
    mc_rng_key(seed, purpose, r->key);
}

void mc_rng_init_named(struct mc_rng *r, uint64_t seed, enum mc_purpose purpose, const char *name) {
    mc_rng_init(r, seed, purpose, XXH32(name, strlen(name), 0));
}

uint32_t mc_rng_u32(struct mc_rng *r) {
    if (r->at % 4 == 0) {
        uint64_t b = r->at / 4;
        philox4x32_ctr_t c = {{(uint32_t)b, (uint32_t)(b >> 32), r->stream, 0}};
        philox4x32_key_t k = {{r->key[0], r->key[1]}};
        philox4x32_ctr_t x = philox4x32(c, k);
        for (int i = 0; i < 4; i++) r->block[i] = x.v[i];
    }
    return r->block[r->at++ % 4];
}

static uint64_t u64(struct mc_rng *r) {
    uint64_t hi = mc_rng_u32(r);
    return hi << 32 | mc_rng_u32(r);
}

uint64_t mc_rng_below(struct mc_rng *r, uint64_t n) {
    uint64_t limit = UINT64_MAX -
                     UINT64_MAX % n; // a multiple of n: values from there on are drawn again
    uint64_t x;
    do x = u64(r);
    while (x >= limit);
    return x % n;
}

double mc_rng_uniform(struct mc_rng *r) { return (double)(u64(r) >> 11) * 0x1p-53; }

double mc_rng_normal(struct mc_rng *r) {
    double u = 1 - mc_rng_uniform(r); // (0, 1]: the logarithm is finite
    double v = mc_rng_uniform(r);
    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

void mc_rng_permutation(struct mc_rng *r, int64_t *perm, int64_t n) {
    for (int64_t i = 0; i < n; i++) perm[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)mc_rng_below(r, (uint64_t)i + 1);
        int64_t t = perm[i];
        perm[i] = perm[j];
        perm[j] = t;
    }
}

// --- a part of a permutation

// What ends at a place that is asked for is followed back through the exchanges, the last one
// first. Entry k, of place from + k, is at[k] so far; entries are found by that.
struct following {
    int64_t *at;
    int64_t *head, *next; // of a list for every remainder of at[k]; -1: none
    int64_t mask;
};

static int64_t find(const struct following *f, int64_t at) {
    int64_t k = f->head[at & f->mask];
    while (k >= 0 && f->at[k] != at) k = f->next[k];
    return k;
}

static void enter(struct following *f, int64_t k, int64_t at) {
    f->at[k] = at;
    f->next[k] = f->head[at & f->mask];
    f->head[at & f->mask] = k;
}

static void move(struct following *f, int64_t k, int64_t to) {
    int64_t *p = &f->head[f->at[k] & f->mask];
    while (*p != k) p = &f->next[*p];
    *p = f->next[k];
    enter(f, k, to);
}

static void exchange(struct following *f, int64_t i, int64_t j) {
    int64_t a = find(f, i), b = find(f, j);
    if (i == j) return;
    if (a >= 0) move(f, a, j);
    if (b >= 0) move(f, b, i);
}

int mc_rng_permutation_part(struct mc_rng *r, int64_t n, int64_t from, int64_t to, int64_t *part,
                            struct mc_error *e) {
    struct following f = {.at = part, .mask = 1};
    while (f.mask < to - from) f.mask = 2 * f.mask + 1;
    f.head = mc_new((size_t)f.mask + 1, sizeof *f.head, e);
    f.next = mc_new((size_t)(to - from), sizeof *f.next, e);
    if (f.head && f.next) {
        for (int64_t k = 0; k <= f.mask; k++) f.head[k] = -1;
        for (int64_t k = 0; k < to - from; k++) enter(&f, k, from + k);
        for (int64_t last = (n - 2) & ~(int64_t)1; last >= 0; last -= 2) { // two draws a block
            r->at = 2 * (uint64_t)last;
            uint64_t x = u64(r), y = u64(r);
            int64_t i = n - 1 - last;
            if (i > 1) exchange(&f, i - 1, (int64_t)(y % (uint64_t)i));
            exchange(&f, i, (int64_t)(x % ((uint64_t)i + 1)));
        }
    }
    int rc = f.head && f.next ? 0 : MC_ERR_MEM;
    free(f.head);
    free(f.next);
    return rc;
}

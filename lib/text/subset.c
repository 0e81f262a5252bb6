// The list of examples that count: numbers from a file, a line each.
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/rng.h"
#include "mc/split.h"
#include "mc/subset.h"

enum { SUBSET_SEED = 0 };

// Cuts the text into lines in place; each must be a number below n that has not been seen.
static int parse(char *p, const char *path, int64_t n, bool *seen, int64_t *v, int64_t *n_v,
                 struct mc_error *e) {
    while (*p) {
        size_t k = strcspn(p, "\n");
        bool last = !p[k];
        p[k] = 0;
        int64_t *x = &v[(*n_v)++];
        if (!mc_parse_i64(p, x) || *x < 0 || *x >= n)
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: '%s' is no example from 0 to %lld",
                           path, (long long)*n_v, p, (long long)n - 1);
        if (seen[*x])
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: example %lld is there twice", path,
                           (long long)*n_v, (long long)*x);
        seen[*x] = true;
        p += k + !last;
    }
    return *n_v ? 0 : mc_fail(e, MC_ERR_INPUT, "%s: no examples", path);
}

enum { LEAST = 4096, NUMBER = 32 }; // bytes: of a file that is read anyway, of a line at most

// As many different numbers as there are examples need no more bytes than that; in a longer file a
// line of the beginning is at fault, unless lines are long beyond reason.
int mc_subset_read(const char *path, int64_t n, int64_t **out, int64_t *n_out, struct mc_error *e) {
    struct mc_buf b = {0};
    const size_t most = LEAST + NUMBER * (size_t)n;
    *n_out = 0;
    int rc = mc_buf_read_file(&b, path, most, e);
    bool longer = rc == MC_ERR_INPUT && b.n > most;
    struct mc_error of_size = *e;
    if ((rc == 0 || longer) && memchr(b.p, 0, b.n))
        rc = mc_fail(e, MC_ERR_INPUT, "%s: a NUL byte", path);
    else if (longer)
        rc = 0;
    if (rc < 0) {
        mc_buf_release(&b);
        return rc;
    }
    bool *seen = mc_new((size_t)n, sizeof *seen, e);
    int64_t *v = mc_new((size_t)n + 1, sizeof *v, e); // one more tells what is there twice
    rc = seen && v ? parse(b.p, path, n, seen, v, n_out, e) : MC_ERR_MEM;
    if (rc == 0 && longer) {
        *e = of_size;
        rc = of_size.code;
    }
    free(seen);
    mc_buf_release(&b);
    if (rc < 0)
        free(v);
    else
        *out = v;
    return rc;
}

int mc_subset_digest(const int64_t *v, int64_t n, char out[MC_DIGEST_TEXT], struct mc_error *e) {
    struct mc_digest *g = mc_digest_new(e);
    if (!g) return MC_ERR_MEM;
    for (int64_t i = 0; i < n; i++) { // little-endian, whatever the machine is
        uint8_t b[8];
        for (int k = 0; k < 8; k++) b[k] = (uint8_t)((uint64_t)v[i] >> 8 * k);
        mc_digest_data(g, b, sizeof b);
    }
    mc_digest_end(g, out);
    return 0;
}

int mc_subset_pick(int64_t all, int64_t from, int64_t to, const char *path, int64_t **pick,
                   int64_t *n, struct mc_error *e) {
    if (to <= 0 || to > all) to = all;
    if (from >= to)
        return mc_fail(e, MC_ERR_INPUT, "%s: no examples are left of %lld, after %lld", path,
                       (long long)to, (long long)from);
    *n = to - from;
    if (*n == all) return 0;
    if (!(*pick = mc_new((size_t)*n, sizeof **pick, e))) return MC_ERR_MEM;
    struct mc_rng r;
    mc_rng_init(&r, SUBSET_SEED, MC_RNG_SUBSET, 0);
    MC_TRY(mc_rng_permutation_part(&r, all, from, to, *pick, e));
    mc_sort_ints(*pick, *n);
    return 0;
}

// The digest of a document's contents: XXH3-128 of each tensor's name, type, shape and data, in
// order of name, and of the lines of the configuration.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mc/stream.h"
#include "member.h"

struct mc_digest {
    XXH3_state_t *h;
};

struct mc_digest *mc_digest_new(struct mc_error *e) {
    struct mc_digest *g = mc_new(1, sizeof *g, e);
    if (!g) return NULL;
    if (!(g->h = XXH3_createState())) {
        free(g);
        mc_fail(e, MC_ERR_MEM, "no memory");
        return NULL;
    }
    XXH3_128bits_reset(g->h);
    return g;
}

void mc_digest_tensor(struct mc_digest *g, const struct mc_tensor *t) {
    const char *type = mc_dtype_name(t->dtype);
    XXH3_128bits_update(g->h, t->name, strlen(t->name) + 1);
    XXH3_128bits_update(g->h, type, strlen(type) + 1);
    uint8_t b[8];
    mc_put_u32(b, (uint32_t)t->rank);
    XXH3_128bits_update(g->h, b, 4);
    for (int i = 0; i < t->rank; i++) {
        mc_put_u64(b, t->dim[i]);
        XXH3_128bits_update(g->h, b, 8);
    }
}

void mc_digest_data(struct mc_digest *g, const void *p, uint64_t n) {
    XXH3_128bits_update(g->h, p, n);
}

void mc_digest_end(struct mc_digest *g, char out[MC_DIGEST_TEXT]) {
    XXH128_canonical_t c;
    XXH128_canonicalFromHash(&c, XXH3_128bits_digest(g->h));
    for (int i = 0; i < 16; i++) snprintf(out + 2 * i, 3, "%02x", c.digest[i]);
    XXH3_freeState(g->h);
    free(g);
}

bool mc_is_digest(const char *s) {
    return strlen(s) == MC_DIGEST_TEXT - 1 && s[strspn(s, "0123456789abcdef")] == 0;
}

// Names found by their bytes: a hash table with open addressing over an array that the caller
// keeps.
#include "mc/names.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void mc_names_release(struct mc_names *x) {
    free(x->slot);
    *x = (struct mc_names){0};
}

static void insert(struct mc_names *x, const char *name, int i) {
    uint32_t at = (uint32_t)XXH3_64bits(name, strlen(name));
    while (x->slot[at & x->mask]) at++;
    x->slot[at & x->mask] = (uint32_t)i + 1;
}

int mc_names_add(struct mc_names *x, const void *of, mc_name_fn *name, struct mc_error *e) {
    if (!x->slot || 2 * (uint32_t)x->n >= x->mask) { // at most half full
        uint32_t size = x->slot ? 4 * (x->mask + 1) : 32;
        uint32_t *slot = mc_new(size, sizeof *slot, e);
        if (!slot) return MC_ERR_MEM;
        free(x->slot);
        x->slot = slot;
        x->mask = size - 1;
        for (int i = 0; i < x->n; i++) insert(x, name(of, i), i);
    }
    insert(x, name(of, x->n), x->n);
    x->n++;
    return 0;
}

int mc_names_copy(struct mc_names *to, const struct mc_names *from, struct mc_error *e) {
    *to = *from;
    if (!from->slot) return 0;
    size_t size = (size_t)from->mask + 1;
    if (!(to->slot = mc_new(size, sizeof *to->slot, e))) {
        *to = (struct mc_names){0};
        return MC_ERR_MEM;
    }
    memcpy(to->slot, from->slot, size * sizeof *to->slot);
    return 0;
}

int mc_names_find(const struct mc_names *x, const void *of, mc_name_fn *name, const char *want) {
    if (!x->slot) return -1;
    for (uint32_t at = (uint32_t)XXH3_64bits(want, strlen(want));; at++) {
        uint32_t k = x->slot[at & x->mask];
        if (k == 0) return -1;
        if (strcmp(name(of, (int)k - 1), want) == 0) return (int)k - 1;
    }
}

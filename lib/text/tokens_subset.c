// A part of a token set.
#include <string.h>

#include "mc/tokens.h"

// Moves the examples' values, size bytes each, to the front.
static void pack(void *data, size_t size, const int64_t *only, int64_t n) {
    char *p = data;
    for (int64_t i = 0; p && i < n; i++)
        memmove(p + (size_t)i * size, p + (size_t)only[i] * size, size);
}

// The same where an example has those from offset[i] to offset[i + 1].
static void pack_ranges(void *data, size_t size, const int64_t *offset, const int64_t *only,
                        int64_t n) {
    char *p = data;
    size_t at = 0;
    for (int64_t i = 0; p && i < n; i++) {
        size_t bytes = (size_t)(offset[only[i] + 1] - offset[only[i]]) * size;
        memmove(p + at, p + (size_t)offset[only[i]] * size, bytes);
        at += bytes;
    }
}

static void pack_offsets(int64_t *offset, const int64_t *only, int64_t n) {
    int64_t at = 0;
    for (int64_t i = 0; offset && i < n; i++) {
        int64_t k = offset[only[i] + 1] - offset[only[i]]; // at or behind what is written
        offset[i] = at;
        at += k;
    }
    if (offset) offset[n] = at;
}

void mc_tokens_subset(struct mc_tokens *t, const int64_t *only, int64_t n) {
    pack_ranges(t->ids, sizeof *t->ids, t->offset, only, n);
    pack_ranges(t->types, sizeof *t->types, t->offset, only, n);
    pack_ranges(t->target_ids, sizeof *t->target_ids, t->target_offset, only, n);
    pack_ranges(t->answers, 1, t->answer_offset, only, n);
    pack(t->labels, sizeof *t->labels, only, n);
    pack(t->lines, sizeof *t->lines, only, n);
    pack(t->values, sizeof *t->values, only, n);
    pack_offsets(t->offset, only, n);
    pack_offsets(t->target_offset, only, n);
    pack_offsets(t->answer_offset, only, n);
    t->n = n;
    t->max_len = 0;
    for (int64_t i = 0; i < n; i++)
        if (t->offset[i + 1] - t->offset[i] > t->max_len)
            t->max_len = (int)(t->offset[i + 1] - t->offset[i]);
    t->digest[0] = 0;
}

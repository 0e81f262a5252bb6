// Some examples of a token set, in place: what belongs to those that stay moves to the front of
// each array.
#include <string.h>

#include "mc/tokens.h"

// Moves the examples' values, size bytes each, to the front.
static void pack_values(void *data, size_t size, const int64_t *keep, int64_t n) {
    char *p = data;
    for (int64_t i = 0; p && i < n; i++)
        memmove(p + (size_t)i * size, p + (size_t)keep[i] * size, size);
}

// The same where an example has those from offset[i] to offset[i + 1].
static void pack_ranges(void *data, size_t size, const int64_t *offset, const int64_t *keep,
                        int64_t n) {
    char *p = data;
    size_t at = 0;
    for (int64_t i = 0; p && i < n; i++) {
        size_t bytes = (size_t)(offset[keep[i] + 1] - offset[keep[i]]) * size;
        memmove(p + at, p + (size_t)offset[keep[i]] * size, bytes);
        at += bytes;
    }
}

static void pack_offsets(int64_t *offset, const int64_t *keep, int64_t n) {
    int64_t at = 0;
    for (int64_t i = 0; offset && i < n; i++) {
        int64_t k = offset[keep[i] + 1] - offset[keep[i]]; // at or behind what is written
        offset[i] = at;
        at += k;
    }
    if (offset) offset[n] = at;
}

void mc_tokens_subset(struct mc_tokens *t, const int64_t *keep, int64_t n) {
    pack_ranges(t->ids, sizeof *t->ids, t->offset, keep, n);
    pack_ranges(t->types, sizeof *t->types, t->offset, keep, n);
    pack_ranges(t->target_ids, sizeof *t->target_ids, t->target_offset, keep, n);
    pack_ranges(t->answers, 1, t->answer_offset, keep, n);
    pack_values(t->labels, sizeof *t->labels, keep, n);
    pack_values(t->lines, sizeof *t->lines, keep, n);
    pack_values(t->values, sizeof *t->values, keep, n);
    pack_offsets(t->offset, keep, n);
    pack_offsets(t->target_offset, keep, n);
    pack_offsets(t->answer_offset, keep, n);
    t->n = n;
    t->max_len = 0;
    for (int64_t i = 0; i < n; i++)
        if (t->offset[i + 1] - t->offset[i] > t->max_len)
            t->max_len = (int)(t->offset[i + 1] - t->offset[i]);
    t->digest[0] = 0;
}

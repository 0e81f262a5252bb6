// Texts and their numbers, found byte by byte. Private to lib/text.
#ifndef MC_TEXT_TRIE_H
#define MC_TEXT_TRIE_H

#include <stddef.h>
#include <stdint.h>

#include "mc/err.h"

struct tok_trie {
    struct tok_edge {
        uint32_t from, to; // to: the node << 8 | the byte; 0: a free slot
    } * edge;              // open addressing
    uint32_t n_edges;
    int bits;       // of the number of slots
    int32_t *value; // of a node, or -1; node 0 is the root
    uint32_t n_nodes, cap;
};

// Of a text that is added twice the last value counts.
int tok_trie_add(struct tok_trie *t, const char *s, size_t n, int32_t value,
                 struct mc_error *e) MC_MUST_USE;
int32_t tok_trie_find(const struct tok_trie *t, const char *s, size_t n); // or -1
void tok_trie_release(struct tok_trie *t);

static inline struct tok_edge *tok_trie_slot(const struct tok_trie *t, uint32_t from,
                                             unsigned char byte) {
    uint32_t mask = ((uint32_t)1 << t->bits) - 1, i = (from << 8 | byte) * 0x9e3779b1u;
    for (i >>= 32 - t->bits;; i++) {
        struct tok_edge *s = &t->edge[i & mask];
        if (s->to == 0 || (s->from == from && (unsigned char)s->to == byte)) return s;
    }
}

// The node that a byte leads to, or 0. The trie must have a text.
static inline uint32_t tok_trie_step(const struct tok_trie *t, uint32_t node, char byte) {
    return tok_trie_slot(t, node, (unsigned char)byte)->to >> 8;
}

#endif

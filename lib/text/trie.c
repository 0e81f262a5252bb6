// A trie over bytes: all edges stand in one hash table, found by node and byte.
#include "trie.h"

#include <stdlib.h>

enum { NODES_MAX = 1 << 24, BITS = 10 };

static int grow(struct tok_trie *t, struct mc_error *e) {
    struct tok_trie bigger = *t;
    bigger.bits = t->edge ? t->bits + 1 : BITS;
    bigger.edge = mc_new((size_t)1 << bigger.bits, sizeof *bigger.edge, e);
    if (!bigger.edge) return MC_ERR_MEM;
    for (uint32_t i = 0; t->edge && i < (uint32_t)1 << t->bits; i++) {
        struct tok_edge s = t->edge[i];
        if (s.to) *tok_trie_slot(&bigger, s.from, (unsigned char)s.to) = s;
    }
    free(t->edge);
    *t = bigger;
    return 0;
}

static int add_node(struct tok_trie *t, struct mc_error *e) {
    if (t->n_nodes == NODES_MAX)
        return mc_fail(e, MC_ERR_INPUT, "a vocabulary of over %d different bytes", NODES_MAX);
    if (t->n_nodes == t->cap) {
        uint32_t cap = t->cap ? 2 * t->cap : 1024;
        int32_t *v = mc_resize(t->value, cap, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        t->value = v;
        t->cap = cap;
    }
    t->value[t->n_nodes++] = -1;
    return 0;
}

int tok_trie_add(struct tok_trie *t, const char *s, size_t n, int32_t value, struct mc_error *e) {
    if (t->n_nodes == 0) MC_TRY(add_node(t, e));
    uint32_t node = 0;
    for (size_t i = 0; i < n; i++) {
        if (!t->edge || 2 * t->n_edges >= (uint32_t)1 << t->bits) MC_TRY(grow(t, e));
        struct tok_edge *slot = tok_trie_slot(t, node, (unsigned char)s[i]);
        if (slot->to == 0) {
            MC_TRY(add_node(t, e));
            *slot = (struct tok_edge){node, (t->n_nodes - 1) << 8 | (unsigned char)s[i]};
            t->n_edges++;
        }
        node = slot->to >> 8;
    }
    t->value[node] = value;
    return 0;
}

int32_t tok_trie_find(const struct tok_trie *t, const char *s, size_t n) {
    uint32_t node = 0;
    if (!t->edge) return -1;
    for (size_t i = 0; i < n; i++)
        if (!(node = tok_trie_step(t, node, s[i]))) return -1;
    return t->value[node];
}

void tok_trie_release(struct tok_trie *t) {
    free(t->edge);
    free(t->value);
    *t = (struct tok_trie){0};
}

// A batch cut into groups, and groups into balanced chunks of whole sequences, by a rule that does
// not know the threads.
#include <stdlib.h>
#include <string.h>

#include "mc/run.h"

void mc_chunking_release(struct mc_chunking *d) {
    free(d->group);
    free(d->chunk);
    free(d->seq);
    free(d->item);
    free(d->load);
    *d = (struct mc_chunking){0};
}

struct mc_chunking_item {
    int len, seq, chunk;
};

static int longest_first(const void *a, const void *b) {
    const struct mc_chunking_item *x = a, *y = b;
    return x->len != y->len ? (x->len > y->len ? -1 : 1) : x->seq - y->seq;
}

static int by_chunk(const void *a, const void *b) {
    const struct mc_chunking_item *x = a, *y = b;
    return x->chunk != y->chunk ? x->chunk - y->chunk : x->seq - y->seq;
}

// A multiple of four chunks of about `each` of what there is of `all`.
static int count_chunks(int64_t all, int each, int n) {
    int64_t fours = (all + 2 * each) / (4 * each);
    int n_chunks = 4 * (int)(fours > 0 ? fours : 1);
    return n_chunks < n ? n_chunks : n;
}

// Sequences first..first+n-1 into balanced chunks: the longest first, each to the chunk with the
// fewest tokens.
static int chunk_group(struct mc_chunking *d, int first, int n, const int *len, int n_chunks) {
    struct mc_chunking_item *item = d->item;
    int64_t *load = d->load;
    for (int i = 0; i < n; i++) item[i] = (struct mc_chunking_item){len[first + i], first + i, 0};
    memset(load, 0, (size_t)n_chunks * sizeof *load);
    qsort(item, (size_t)n, sizeof *item, longest_first);
    for (int i = 0; i < n; i++) {
        int best = 0;
        for (int c = 1; c < n_chunks; c++)
            if (load[c] < load[best]) best = c;
        item[i].chunk = best;
        load[best] += item[i].len;
    }
    qsort(item, (size_t)n, sizeof *item, by_chunk);
    for (int i = 0; i < n; i++) {
        if (i == 0 || item[i].chunk != item[i - 1].chunk) d->chunk[d->n_chunks++] = first + i;
        d->seq[first + i] = item[i].seq;
    }
    return n;
}

static int reserve(struct mc_chunking *d, int n, struct mc_error *e) {
    if (n < d->cap) return 0;
    mc_chunking_release(d);
    size_t cap = (size_t)n + 1;
    d->group = mc_new(cap, sizeof *d->group, e);
    d->chunk = mc_new(cap, sizeof *d->chunk, e);
    d->seq = mc_new(cap, sizeof *d->seq, e);
    d->item = mc_new(cap, sizeof *d->item, e);
    d->load = mc_new(cap, sizeof *d->load, e);
    if (d->group && d->chunk && d->seq && d->item && d->load) {
        d->cap = n + 1;
        return 0;
    }
    mc_chunking_release(d);
    return MC_ERR_MEM;
}

int mc_chunking_by_tokens(struct mc_chunking *d, int n, const int *len, int chunk_tokens,
                          struct mc_error *e) {
    MC_TRY(reserve(d, n, e));
    d->n_groups = d->n_chunks = 0;
    for (int first = 0; first < n;) {
        int64_t tokens = 0;
        int k = 0;
        while (first + k < n && (k == 0 || tokens + len[first + k] <= MC_GROUP_TOKENS))
            tokens += len[first + k++];
        d->group[d->n_groups++] = d->n_chunks;
        first += chunk_group(d, first, k, len, count_chunks(tokens, chunk_tokens, k));
    }
    d->group[d->n_groups] = d->n_chunks;
    d->chunk[d->n_chunks] = n;
    return 0;
}

int mc_chunking_to_decode(struct mc_chunking *d, int n, const int *len, int64_t target_tokens,
                          struct mc_error *e) {
    MC_TRY(reserve(d, n, e));
    d->n_chunks = 0;
    int by_seqs = count_chunks(n, MC_CHUNK_SEQS, n);
    int by_targets = count_chunks(target_tokens, MC_CHUNK_TARGETS, n);
    chunk_group(d, 0, n, len, by_seqs > by_targets ? by_seqs : by_targets);
    d->n_groups = 1;
    d->group[0] = 0;
    d->group[1] = d->n_chunks;
    d->chunk[d->n_chunks] = n;
    return 0;
}

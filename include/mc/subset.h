// Lists of examples: which of a token set count.
#ifndef MC_SUBSET_H
#define MC_SUBSET_H

#include "mc/stream.h"

// Numbers of examples of a set of n, from 0, one a line of the file, each once; in the order of the
// file. The caller frees *out. MC_ERR_INPUT, with file and line.
int mc_subset_read(const char *path, int64_t n, int64_t **out, int64_t *n_out,
                   struct mc_error *e) MC_MUST_USE;
// Digest of such a list, for provenance.
int mc_subset_digest(const int64_t *v, int64_t n, char out[MC_DIGEST_TEXT],
                     struct mc_error *e) MC_MUST_USE;

// Of `all` examples those that count: number from..to - 1 of the fixed shuffle, *n of them, in
// *pick rising, or NULL for all. MC_ERR_INPUT, of the file: none are left.
int mc_subset_pick(int64_t all, int64_t from, int64_t to, const char *path, int64_t **pick,
                   int64_t *n, struct mc_error *e) MC_MUST_USE;

#endif

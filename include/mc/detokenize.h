// Ids back to text.
#ifndef MC_DETOKENIZE_H
#define MC_DETOKENIZE_H

#include <stdint.h>

#include "mc/buf.h"

// Appends to *out the text of ids[n], as transformers' decode(ids, skip_special_tokens=True) has
// it. decoder: what mc_tokenizer_decoder says; piece[n_pieces]: the texts of mc_tokenizer_pieces.
// Empty pieces, as special tokens are, and ids from n_pieces on do not count. MC_ERR_INPUT: a
// negative id, an unknown decoder.
//   "metaspace"        U+2581 vanishes from the first piece and is a space in the others
//   "metaspace-clean"  and then no space before punctuation and English contractions
//   "byte-level"       letters are bytes; what is not UTF-8 then becomes U+FFFD
int mc_detokenize(const char *decoder, const char *const *piece, const int32_t *ids, int64_t n,
                  int32_t n_pieces, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;

#endif

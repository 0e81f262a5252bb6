// Tokenizers: text to the ids that transformers' fast tokenizer of the same directory gives.
#ifndef MC_TOKENIZER_H
#define MC_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/buf.h"
#include "mc/stream.h"

struct mc_tokenizer;

// Opens a Hugging Face directory: tokenizer.json, or vocab.txt, or vocab.json and merges.txt, or
// spiece.model, with tokenizer_config.json, special_tokens_map.json, added_tokens.json and
// config.json where they exist. Kinds, normalizers, pre-tokenizers and post-processors that are not
// supported are MC_ERR_INPUT by name; so are files that contradict tokenizer.json. Errors name the
// file.
int mc_tokenizer_open(struct mc_tokenizer **t, const char *dir, struct mc_error *e) MC_MUST_USE;
// NULL is fine.
void mc_tokenizer_close(struct mc_tokenizer *t);

// XXH3-128 of what decides ids (pieces, flags, added tokens, template), 32 hex digits; the same for
// tokenizer.json and for the vocabulary files that say the same.
const char *mc_tokenizer_digest(const struct mc_tokenizer *t);
const char *mc_tokenizer_kind(const struct mc_tokenizer *t); // "WordPiece", "BPE" or "Unigram"
// Ids are 0..size-1, added tokens included.
int32_t mc_tokenizer_size(const struct mc_tokenizer *t);
// The id of a token, special and added ones too, or -1.
int32_t mc_tokenizer_id(const struct mc_tokenizer *t, const char *token);
// Tokens that the model has positions for, of config.json; 0: no limit known.
int64_t mc_tokenizer_max_len(const struct mc_tokenizer *t);
// Special tokens that a single text or a pair gets.
int mc_tokenizer_n_special(const struct mc_tokenizer *t, bool pair);

// Appends the text of every id 0..size-1, each followed by a NUL, for mc_detokenize: the piece as
// the vocabulary has it; empty for special tokens and for ids without a piece.
int mc_tokenizer_pieces(const struct mc_tokenizer *t, struct mc_buf *out,
                        struct mc_error *e) MC_MUST_USE;
// What mc_detokenize must undo in pieces; NULL where decoding is not supported (WordPiece).
const char *mc_tokenizer_decoder(const struct mc_tokenizer *t);

// An encoded text and the scratch memory that encoding needs: one per thread, zero-initialised,
// used again and again.
struct mc_encoding {
    int32_t *ids;   // [n]
    uint8_t *types; // [n]
    int64_t n;      // tokens, special ones included
    int64_t n_full; // what n would be without the cut
    struct {        // scratch
        int32_t *ids;
        int64_t n, cap;
    } part[2];
    int64_t cap;
    uint32_t *cp; // code points
    size_t n_cp, cap_cp;
    struct mc_buf norm;
    bool first; // the part in hand begins its text
    void *own;  // of the kind of tokenizer
    void (*own_free)(void *);
};
void mc_encoding_release(struct mc_encoding *x);

// Encodes text a[na], or the pair a, b (b NULL: single), valid UTF-8, with special tokens, into x.
// max_len > 0 cuts to that many tokens: the longer text alone unless both exceed half the room,
// then to halves, the longer (the second of equals) keeping one more of an odd number. max_len must
// leave room for a token beside the special ones. May be called from several threads with an x
// each.
int mc_tokenizer_encode(const struct mc_tokenizer *t, const char *a, size_t na, const char *b,
                        size_t nb, int64_t max_len, struct mc_encoding *x,
                        struct mc_error *e) MC_MUST_USE;
// The same of one text without special tokens and uncut: *ids, *n_ids of them, are x's until its
// next use.
int mc_tokenizer_encode_bare(const struct mc_tokenizer *t, const char *s, size_t n,
                             struct mc_encoding *x, const int32_t **ids, int64_t *n_ids,
                             struct mc_error *e) MC_MUST_USE;

#endif

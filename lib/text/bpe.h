// What reading byte-level BPE and encoding with it share. Private to lib/text.
#ifndef MC_TEXT_BPE_H
#define MC_TEXT_BPE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "tok.h"

struct merge {
    int32_t left, right, to; // ids; left -1: a free slot
    int32_t rank;
};

// Where a space is put before what does not begin with one.
enum prefix { PREFIX_NONE, PREFIX_TEXT, PREFIX_WORD };

struct bpe {
    struct tok_vocab vocab;
    struct tok_index whole;
    struct merge *merge; // by the pair, open addressing
    uint32_t mask;
    char glyph[256][4]; // the letter that stands for a byte in pieces, UTF-8
    int32_t byte[256];  // its id, or -1
    int32_t unk_id;     // of a byte that is no piece; -1: such bytes vanish
    bool fuse_unk;      // one for a run of them
    bool ignore_merges; // a word that is a piece is not taken apart
    bool split;         // cut into words
    enum prefix prefix;
    pcre2_code *pattern;
};

// --- bpe_encode.c
// The id of the piece s[n], or -1.
int32_t tok_bpe_id(const void *model, const char *s, size_t n);
extern const char tok_gpt2_pattern[];
// The slot of a pair: its merge, or a free one.
struct merge *tok_merge_slot(const struct bpe *b, int32_t left, int32_t right);
int tok_bpe_normalize(const void *model, const char *s, size_t n, struct mc_encoding *x,
                      struct mc_error *e) MC_MUST_USE;
int tok_bpe_encode(const void *model, const char *s, size_t n, struct mc_encoding *x, int which,
                   struct mc_error *e) MC_MUST_USE;

#endif

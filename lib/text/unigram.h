// What reading a Unigram model and encoding with it share. Private to lib/text.
#ifndef MC_TEXT_UNIGRAM_H
#define MC_TEXT_UNIGRAM_H

#include "charsmap.h"
#include "tok.h"
#include "trie.h"

// Where the mark of a space is put before what does not begin with one: nowhere, before the whole
// text, before each text or word.
enum mark { MARK_NEVER, MARK_FIRST, MARK_ALWAYS };

struct unigram {
    struct tok_vocab vocab; // the index of a piece is its id
    double *score;          // by id
    int32_t cap;
    struct tok_trie trie;
    int32_t unk_id;
    double unk_score;
    bool byte_fallback;
    int32_t byte[256]; // the piece <0xNN>, or -1
    // normalizer
    struct tok_charsmap map;
    bool strip, join; // white space at the end goes; runs of spaces become one mark
    // pre-tokenizer
    bool words; // cut at white space, which goes
    bool split; // cut before each mark
    enum mark mark;
    char space[5];                 // the mark
    struct tok_added_list control; // added tokens of the model file
    bool from_file;                // it was read
};

// --- unigram_encode.c
int tok_unigram_normalize(const void *model, const char *s, size_t n, struct mc_encoding *x,
                          struct mc_error *e) MC_MUST_USE;
int tok_unigram_encode(const void *model, const char *s, size_t n, struct mc_encoding *x, int which,
                       struct mc_error *e) MC_MUST_USE;

#endif

// Corpora: plain text as ids, for pre-training. A stream of documents of kind "tokens" (parts),
// each of some texts in full, without special tokens, so that memory is bounded whatever a corpus
// holds.
#ifndef MC_CORPUS_H
#define MC_CORPUS_H

#include "mc/log.h"
#include "mc/tokenizer.h"
#include "mc/tokens.h"

enum {
    MC_CORPUS_IDS = 1 << 20,  // of a part, at most; a text with more becomes several
    MC_CORPUS_TEXT = 1 << 18, // bytes of a text that are encoded in one piece
    MC_CORPUS_LEAST = 2,      // ids of a sequence
};

// What training needs to know of the tokenizer (metadata `mc.corpus`).
struct mc_corpus_ids {
    int32_t vocab; // ids are 0..vocab-1
    int32_t mask;  // -1: the tokenizer has no mask token
    struct mc_id_list {
        int32_t *v;
        int n;
    } special,          // all special ids, the unknown included; rising
        prefix, suffix, // what a single text gets before and behind it
        sentinels;      // <extra_id_0>, <extra_id_1>, ...
};
void mc_corpus_ids_release(struct mc_corpus_ids *x);
// Those of a tokenizer.
int mc_corpus_ids_of(struct mc_corpus_ids *x, const struct mc_tokenizer *t,
                     struct mc_error *e) MC_MUST_USE;
// As JSON, and back; ids that are not 0..vocab-1, and special ones that do not rise, are
// MC_ERR_INPUT. *x is to be released after an error too.
int mc_corpus_ids_json(const struct mc_corpus_ids *x, struct mc_buf *out,
                       struct mc_error *e) MC_MUST_USE;
int mc_corpus_ids_parse(struct mc_corpus_ids *x, const char *json, struct mc_error *e) MC_MUST_USE;

// --- writing

struct mc_corpus_making {
    // set by the caller
    const struct mc_log *log;
    const struct mc_tokenizer *tok;
    struct mc_pool *pool;   // or NULL
    const char *input;      // path; NULL, "-": standard input
    bool paragraphs;        // are the texts, parted by lines of white space; else lines are
    const char *provenance; // the line of the program; a part adds the digest of its texts
    bool skip_bad;
    // what came of it
    int64_t docs, ids, parts, cuts, bad;
};
// Reads all of the text and writes its parts, which depend on text and tokenizer alone. Texts that
// give no ids are dropped; that none is left is MC_ERR_INPUT, and so is one that is not UTF-8 or
// has a NUL ("FILE: line N: byte K: what"), or with skip_bad it is passed over and told.
int mc_corpus_make(struct mc_corpus_making *m, struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
// Appends one line of what was made.
int mc_corpus_made(const struct mc_corpus_making *m, struct mc_buf *line,
                   struct mc_error *e) MC_MUST_USE;

// --- reading

struct mc_corpus {
    char *path;
    struct mc_corpus_ids about;
    char *tokenizer; // digest, or NULL
    struct mc_corpus_part {
        struct mc_reader_place place;
        int64_t docs, ids;
        char digest[MC_DIGEST_TEXT];
    } * part;
    int64_t n_parts, n_docs, n_ids; // documents of text and their ids, in all parts
    char digest[MC_DIGEST_TEXT];    // of parts, in their order, tokenizer and `about`
};
// Opens a file, which is read more than once and so is no pipe, and reads it whole: every document
// must be a part, of one tokenizer; else MC_ERR_INPUT. Errors name the file. The pool inflates.
int mc_corpus_open(struct mc_corpus *c, const char *path, struct mc_pool *pool,
                   struct mc_error *e) MC_MUST_USE;
void mc_corpus_close(struct mc_corpus *c);
// Part k into *t, which the caller releases; text i has t->ids[t->offset[i]...t->offset[i + 1]).
// Reads no more of the file than that. A part that is not what it was when the corpus was opened is
// MC_ERR_INPUT. May be called from several threads, each with a pool of its own, or none.
int mc_corpus_read(const struct mc_corpus *c, int64_t k, struct mc_pool *pool, struct mc_tokens *t,
                   struct mc_error *e) MC_MUST_USE;

// --- sequences

// The sequences of a text of n ids: cut one behind the other from its start, `room` >= 2 ids each;
// what is left over is one too, unless it has under MC_CORPUS_LEAST ids. Their number;
int64_t mc_sequences(int64_t n, int64_t room);
// and where sequence k of these lies: from *from to *to.
void mc_sequence(int64_t n, int64_t room, int64_t k, int64_t *from, int64_t *to);

#endif

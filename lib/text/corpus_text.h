// Plain text as documents, long ones in pieces, in batches. Private to lib/text.
#ifndef MC_TEXT_CORPUS_TEXT_H
#define MC_TEXT_CORPUS_TEXT_H

#include "mc/buf.h"
#include "mc/corpus.h"

struct corpus_doc {
    size_t at, n; // bytes of the batch's text
    int64_t line; // where it begins, from 1
    int64_t byte; // bytes of that line before it; not 0 in pieces behind the first alone
    bool behind;  // the document has pieces before this one
    bool more;    // the document goes on in the next one, if its rest is not blank
};

struct corpus_batch {
    struct mc_buf text;
    struct corpus_doc *doc;
    int n, cap;
};
void corpus_batch_release(struct corpus_batch *b);

struct corpus_text;

// path NULL or "-": standard input. step: bytes of one read, which nothing that is read depends on.
int corpus_text_open(struct corpus_text **t, const char *path, bool paragraphs, size_t step,
                     struct mc_error *e) MC_MUST_USE;
// Some more documents, or pieces of them, not empty, not checked for UTF-8: 1, or 0 at the end. *b
// holds memory that is used again.
int corpus_text_next(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) MC_MUST_USE;
const char *corpus_text_name(const struct corpus_text *t); // for messages
int64_t corpus_text_bytes(const struct corpus_text *t);    // read so far
int64_t corpus_text_size(const struct corpus_text *t);     // of the file; 0: not known
// NULL is fine.
void corpus_text_close(struct corpus_text *t);

#endif

// Streams of documents in blocked gzip (docs/format.md): what the programs read and write.
#ifndef MC_STREAM_H
#define MC_STREAM_H

#include <stdatomic.h>

#include "mc/doc.h"
#include "mc/pool.h"

// Reading. Takes a stream of ours (any number of streams one behind the other), a plain
// .safetensors file, and plain gzip of one.
struct mc_reader;

// path NULL or "-": standard input. The pool inflates members in parallel; NULL = in the calling
// thread.
int mc_reader_open(struct mc_reader **r, const char *path, struct mc_pool *pool,
                   struct mc_error *e) MC_MUST_USE;
// The same, but waiting for bytes ends, with MC_ERR_IO, soon after *stop is set: for a thread that
// reads ahead of what may never come.
int mc_reader_open_until(struct mc_reader **r, const char *path, struct mc_pool *pool,
                         const atomic_bool *stop, struct mc_error *e) MC_MUST_USE;
// The name for messages: the path, or "standard input".
const char *mc_reader_name(const struct mc_reader *r);
// The next document's header into *d (released first): 1, or 0 at a proper end, or an error. Data
// not yet taken of the document before are skipped. Errors name the file, the document and the
// byte.
int mc_reader_next(struct mc_reader *r, struct mc_doc *d, struct mc_error *e) MC_MUST_USE;
// The next n bytes of the document's data, tensors in order of offset. dst NULL skips. Fewer than n
// are MC_ERR_INPUT.
int mc_reader_data(struct mc_reader *r, void *dst, uint64_t n, struct mc_error *e) MC_MUST_USE;
// Number of the current document, from 0.
int64_t mc_reader_index(const struct mc_reader *r);
// Whether the file is a stream of ours, whose wholeness is checked, and not plain safetensors.
bool mc_reader_checked(const struct mc_reader *r);
// Where the current document begins, for mc_reader_open_at.
struct mc_reader_place {
    uint64_t file_at, payload_at; // bytes; of the stream that holds it
    int64_t index;
};
struct mc_reader_place mc_reader_place(const struct mc_reader *r);
// Opens a file again at a document of it, which the first mc_reader_next gives. Members are checked
// as ever, but the end record of the stream that is entered so cannot be.
int mc_reader_open_at(struct mc_reader **r, const char *path, struct mc_pool *pool,
                      const struct mc_reader_place *at, struct mc_error *e) MC_MUST_USE;
// NULL is fine.
void mc_reader_close(struct mc_reader *r);

// Writing.
struct mc_writer;

// path NULL: standard output, refused when it is a terminal. level -1: 1 into a regular file, else
// 0. The pool deflates members in parallel; NULL = in the calling thread.
int mc_writer_open(struct mc_writer **w, const char *path, int level, struct mc_pool *pool,
                   struct mc_error *e) MC_MUST_USE;
// Starts a document; its data must follow, all of them, by mc_writer_data.
int mc_writer_doc(struct mc_writer *w, const struct mc_doc *d, struct mc_error *e) MC_MUST_USE;
// The next n bytes of the document's data, tensors in order of offset.
int mc_writer_data(struct mc_writer *w, const void *p, uint64_t n, struct mc_error *e) MC_MUST_USE;
// What is complete leaves now, so that the next program of the pipe can begin.
int mc_writer_flush(struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
// End record, checked close, rename. Frees w in any case.
int mc_writer_close(struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
// For error paths: removes the temporary file, writes no end record. NULL is fine.
void mc_writer_abort(struct mc_writer *w);

// Digest of contents (contract: XXH3-128, 32 hex digits): tensors in name order, then the canonical
// lines of the configuration. mc_digest_new; for each tensor in order of name mc_digest_tensor and
// its data; the lines, as data; mc_digest_end.
struct mc_digest;
// An empty one, to be fed and then ended.
struct mc_digest *mc_digest_new(struct mc_error *e) MC_MUST_USE;
void mc_digest_tensor(struct mc_digest *g, const struct mc_tensor *t); // then its data:
void mc_digest_data(struct mc_digest *g, const void *p, uint64_t n);
enum { MC_DIGEST_TEXT = 33 };
bool mc_is_digest(const char *s); // whether a text is one
// Hex digits into out, and frees g.
void mc_digest_end(struct mc_digest *g, char out[MC_DIGEST_TEXT]);

#endif

// Listings of the documents of a file. What stands in them is escaped, and can forge no line.
#ifndef MC_LIST_H
#define MC_LIST_H

#include "mc/inspect.h"
#include "mc/out.h"

// Some lines on a document: kind, size, digest, what its metadata say; tensors: a line for each
// too.
int mc_list_doc(struct mc_out *o, const char *file, const struct mc_inspected *x, bool tensors,
                struct mc_error *e) MC_MUST_USE;
// What a file holds of a corpus. Zero-initialise to start.
struct mc_list_corpus {
    int64_t parts, docs, ids;
};
void mc_list_add(struct mc_list_corpus *s, const struct mc_doc *d);
// A line on all parts, where there are any.
int mc_list_sum(struct mc_out *o, const char *file, const struct mc_list_corpus *s,
                struct mc_error *e) MC_MUST_USE;
// The header of the table of documents, and the row of one.
int mc_list_head(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
int mc_list_row(struct mc_out *o, const char *file, const struct mc_inspected *x,
                struct mc_error *e) MC_MUST_USE;
// "DIGEST, tab, FILE, tab, INDEX".
int mc_list_digest(struct mc_out *o, const char *file, const struct mc_inspected *x,
                   struct mc_error *e) MC_MUST_USE;

#endif

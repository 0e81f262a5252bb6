// A safetensors document: metadata and the list of its tensors; the data follow in the stream.
#ifndef MC_DOC_H
#define MC_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/buf.h"
#include "mc/names.h"

enum mc_dtype {
    MC_F32,
    MC_F64,
    MC_F16,
    MC_BF16,
    MC_I64,
    MC_I32,
    MC_I16,
    MC_I8,
    MC_U64,
    MC_U32,
    MC_U16,
    MC_U8,
    MC_BOOL,
    MC_DTYPES
};
// "F32", "BF16", ... as safetensors writes them; bytes of an element.
const char *mc_dtype_name(enum mc_dtype t);
size_t mc_dtype_size(enum mc_dtype t);

enum { MC_DIMS = 8, MC_HEADER_MAX = 100000000 };

struct mc_tensor {
    char *name;
    enum mc_dtype dtype;
    int rank;
    uint64_t dim[MC_DIMS];
    uint64_t at, bytes; // offset from the start of the document's data
};

struct mc_meta {
    char *key, *value;
};

struct mc_doc {
    struct mc_meta *meta; // sorted by key, unique
    int n_meta;
    struct mc_tensor *tensor; // in order of offset, without gap
    int n_tensors;
    uint64_t data_bytes;
    struct mc_names names; // of the tensors
};

// A zeroed mc_doc is an empty document.
void mc_doc_release(struct mc_doc *d);
// The value, or NULL.
const char *mc_doc_get(const struct mc_doc *d, const char *key);
// Sets, replaces or (value NULL) removes.
int mc_doc_set(struct mc_doc *d, const char *key, const char *value,
               struct mc_error *e) MC_MUST_USE;
// Sets in *to every key that *from has.
int mc_doc_copy_meta(struct mc_doc *to, const struct mc_doc *from, struct mc_error *e) MC_MUST_USE;
// Appends a tensor behind the last one; dim[rank]. MC_ERR_INPUT: over MC_DIMS dimensions, a size
// that overflows.
int mc_doc_add(struct mc_doc *d, const char *name, enum mc_dtype t, int rank, const uint64_t *dim,
               struct mc_error *e) MC_MUST_USE;
// Index of the tensor of that name, or -1.
int mc_doc_find(const struct mc_doc *d, const char *name);

// Parses a header of n bytes (JSON, strictly: see docs/format.md), a tensor at a time: what is not
// one is refused where it stands, and memory is a few times that of the names. Nothing the header
// claims is allocated.
int mc_doc_parse(struct mc_doc *d, const char *json, size_t n, struct mc_error *e) MC_MUST_USE;
// Appends u64 length and header, padded so that the data start at a multiple of 8.
int mc_doc_header(const struct mc_doc *d, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Appends a JSON string, quotes included.
int mc_json_string(struct mc_buf *out, const char *s, struct mc_error *e) MC_MUST_USE;

#endif

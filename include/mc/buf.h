// A growable run of bytes, always followed by a NUL that is not counted.
#ifndef MC_BUF_H
#define MC_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "mc/err.h"

struct mc_buf {
    char *p;
    size_t n, cap;
};

// Zero-initialise to start. Makes place for n more bytes, so that they can be written at p + n.
int mc_buf_reserve(struct mc_buf *b, size_t n, struct mc_error *e) MC_MUST_USE;
// Appends n bytes of p; a text by a format.
int mc_buf_add(struct mc_buf *b, const void *p, size_t n, struct mc_error *e) MC_MUST_USE;
int mc_buf_printf(struct mc_buf *b, struct mc_error *e, const char *fmt, ...) MC_MUST_USE
    MC_PRINTF(3, 4);
// Appends a text on one line and in one cell: control characters are escaped, \t, \n, \r, \u001b.
int mc_buf_cell(struct mc_buf *b, const char *text, struct mc_error *e) MC_MUST_USE;
// Frees the bytes; *b is empty then.
void mc_buf_release(struct mc_buf *b);
// Appends all of a file to b, at most max bytes. MC_ERR_IO where it cannot be read, MC_ERR_INPUT
// where it is larger or a pointer of Git LFS; errors name the path.
int mc_buf_read_file(struct mc_buf *b, const char *path, size_t max,
                     struct mc_error *e) MC_MUST_USE;

// MC_ERR_INPUT where the first bytes p[n] of a file are those of a pointer that Git LFS leaves in
// its place.
int mc_no_pointer(const char *path, const char *p, size_t n, struct mc_error *e) MC_MUST_USE;

#endif

// A buffered file descriptor that counts bytes and can look ahead. Private to lib/io.
#ifndef MC_IO_SOURCE_H
#define MC_IO_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/err.h"

struct mc_source {
    char *name;
    int fd;
    const atomic_bool *stop; // waiting for bytes ends in an error once it is set; or NULL
    uint8_t *buf;            // what has been read and not been taken lies at buf[pos, end)
    size_t pos, end;
    uint64_t at; // bytes taken
    bool eof;
};

// path NULL or "-": standard input. A directory is refused.
int mc_source_open(struct mc_source *s, const char *path, const atomic_bool *stop,
                   struct mc_error *e) MC_MUST_USE;
void mc_source_close(struct mc_source *s);
// At least n bytes (n <= 64 KiB) into the buffer, fewer only at the end of the file: the number
// that is there.
int mc_source_peek(struct mc_source *s, size_t n, const uint8_t **p, size_t *got,
                   struct mc_error *e) MC_MUST_USE;
// Takes up to n bytes; *got < n only at the end of the file. dst NULL drops them.
int mc_source_take(struct mc_source *s, void *dst, uint64_t n, uint64_t *got,
                   struct mc_error *e) MC_MUST_USE;
// The next byte taken is byte `at` of the file, which must be one that can be sought.
int mc_source_seek(struct mc_source *s, uint64_t at, struct mc_error *e) MC_MUST_USE;
// Whether bytes are at hand without waiting.
bool mc_source_ready(const struct mc_source *s);

#endif

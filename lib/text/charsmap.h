// Compiled character maps of SentencePiece. Private to lib/text.
#ifndef MC_TEXT_CHARSMAP_H
#define MC_TEXT_CHARSMAP_H

#include <stdint.h>

#include "mc/buf.h"

struct tok_charsmap {
    struct mc_buf raw; // as it was read; empty: no map
    uint32_t *unit;    // double array
    uint32_t n;
    const char *text;    // what things are mapped to, each with a NUL behind it; in raw
    int32_t ascii[0x80]; // where in text, or -1
};

// Copies p[n] and checks it (else MC_ERR_INPUT), so that no walk over it can leave it.
int tok_charsmap_read(struct tok_charsmap *m, const void *p, size_t n,
                      struct mc_error *e) MC_MUST_USE;
int tok_charsmap_base64(struct tok_charsmap *m, const char *text, struct mc_error *e) MC_MUST_USE;
// Appends s[n], valid UTF-8, mapped, to *out.
int tok_charsmap_apply(const struct tok_charsmap *m, const char *s, size_t n, struct mc_buf *out,
                       struct mc_error *e) MC_MUST_USE;
void tok_charsmap_release(struct tok_charsmap *m);

#endif

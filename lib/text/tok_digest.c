// Numbers and texts as they enter the digest of a tokenizer: numbers as 8 bytes, little-endian,
// texts after their length, so that no two lists of them give the same bytes.
#include "tok.h"

void tok_digest_int(XXH3_state_t *h, int64_t v) {
    unsigned char b[8];
    for (int i = 0; i < 8; i++) b[i] = (unsigned char)((uint64_t)v >> (8 * i));
    XXH3_128bits_update(h, b, sizeof b);
}

void tok_digest_text(XXH3_state_t *h, const char *s, size_t n) {
    tok_digest_int(h, (int64_t)n);
    XXH3_128bits_update(h, s, n);
}

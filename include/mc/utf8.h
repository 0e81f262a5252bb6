// Strict UTF-8.
#ifndef MC_UTF8_H
#define MC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The code point at s[0..n), n > 0, and its length 1..4; 0 where it is not UTF-8 (surrogates,
// overlong forms and values above U+10FFFF are not).
int mc_utf8_read(const char *s, size_t n, uint32_t *c);
// Writes c to out; its length.
int mc_utf8_write(uint32_t c, char out[4]);
// Offset of the first byte that is not UTF-8, or n.
size_t mc_utf8_check(const char *s, size_t n);
// Control characters: U+0000 to U+001F, U+007F to U+009F. Bytes of the text s before the first one;
// the one at s, escaped as \t, \n, \r or \u001b: its bytes.
enum { MC_UTF8_ESCAPED = 8 };
size_t mc_utf8_plain(const char *s);
int mc_utf8_escape(const char *s, char out[MC_UTF8_ESCAPED]);
// Whether s[n] can be a name in tables and metadata: UTF-8 without control characters, not empty.
bool mc_utf8_name(const char *s, size_t n);

#endif

// Members of the envelope (docs/format.md): fixed headers and trailers. Private to lib/io.
#ifndef MC_IO_MEMBER_H
#define MC_IO_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <xxhash.h>

enum {
    MC_BLOCK = 1 << 20,      // payload of a member, at most
    MC_MEMBER_MAX = 2 << 20, // its length, at most
    MC_PREFIX = 16,          // gzip header, XLEN, subfield id and length
    MC_DATA_HEAD = MC_PREFIX + 16,
    MC_END_HEAD = MC_PREFIX + 36,
    MC_TRAILER = 8, // CRC-32 and ISIZE
    MC_END_BODY = 2 + MC_TRAILER,
};

struct mc_member {
    uint32_t length; // whole member, bytes
    uint64_t at;     // payload offset of its first byte
};

struct mc_end {
    uint64_t docs, bytes;
    XXH128_hash_t hash; // of the payload
};

// The prefix of 16 bytes of a data member ('C') or an end record ('E'); 0 for anything else.
char mc_member_kind(const uint8_t p[MC_PREFIX]);
void mc_member_put(uint8_t h[MC_DATA_HEAD], const struct mc_member *m);
void mc_end_put(uint8_t h[MC_END_HEAD + MC_END_BODY], const struct mc_end *r);
// Parse a header whose kind is known; false where its CRC is wrong.
bool mc_member_get(const uint8_t h[MC_DATA_HEAD], struct mc_member *m);
bool mc_end_get(const uint8_t h[MC_END_HEAD], struct mc_end *r);
// The bytes behind the header of an end record.
extern const uint8_t mc_end_body[MC_END_BODY];

uint32_t mc_get_u32(const uint8_t *p);
uint64_t mc_get_u64(const uint8_t *p);
void mc_put_u32(uint8_t *p, uint32_t v);
void mc_put_u64(uint8_t *p, uint64_t v);

#endif

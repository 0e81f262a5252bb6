// The fields of a member's header and of the end record, as bytes (docs/format.md).
#include "member.h"

#include <string.h>

#include "codec.h"

uint32_t mc_get_u32(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t mc_get_u64(const uint8_t *p) { return mc_get_u32(p) | (uint64_t)mc_get_u32(p + 4) << 32; }

void mc_put_u32(uint8_t *p, uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i);
}

void mc_put_u64(uint8_t *p, uint64_t v) {
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> 8 * i);
}

const uint8_t mc_end_body[MC_END_BODY] = {3}; // an empty deflate stream; its CRC-32 and size are 0

static void prefix(uint8_t h[MC_PREFIX], char kind, int n_sub) {
    // ID, CM, FLG = FEXTRA, MTIME 0, XFL 0, OS 255 (unknown), XLEN, subfield id and length
    const uint8_t p[MC_PREFIX] = {
        0x1f,          0x8b,           8, 4, 0, 0, 0, 0, 0, 255, (uint8_t)(n_sub + 4), 0, 'M',
        (uint8_t)kind, (uint8_t)n_sub, 0};
    memcpy(h, p, MC_PREFIX);
}

char mc_member_kind(const uint8_t p[MC_PREFIX]) {
    uint8_t want[MC_PREFIX];
    prefix(want, 'C', MC_DATA_HEAD - MC_PREFIX);
    if (memcmp(p, want, MC_PREFIX) == 0) return 'C';
    prefix(want, 'E', MC_END_HEAD - MC_PREFIX);
    return memcmp(p, want, MC_PREFIX) == 0 ? 'E' : 0;
}

void mc_member_put(uint8_t h[MC_DATA_HEAD], const struct mc_member *m) {
    prefix(h, 'C', MC_DATA_HEAD - MC_PREFIX);
    mc_put_u32(h + 16, m->length);
    mc_put_u64(h + 20, m->at);
    mc_put_u32(h + 28, mc_crc32(0, h, 28));
}

bool mc_member_get(const uint8_t h[MC_DATA_HEAD], struct mc_member *m) {
    m->length = mc_get_u32(h + 16);
    m->at = mc_get_u64(h + 20);
    return mc_get_u32(h + 28) == mc_crc32(0, h, 28);
}

void mc_end_put(uint8_t h[MC_END_HEAD + MC_END_BODY], const struct mc_end *r) {
    prefix(h, 'E', MC_END_HEAD - MC_PREFIX);
    mc_put_u64(h + 16, r->docs);
    mc_put_u64(h + 24, r->bytes);
    XXH128_canonical_t c;
    XXH128_canonicalFromHash(&c, r->hash);
    memcpy(h + 32, c.digest, 16);
    mc_put_u32(h + 48, mc_crc32(0, h, 48));
    memcpy(h + MC_END_HEAD, mc_end_body, MC_END_BODY);
}

bool mc_end_get(const uint8_t h[MC_END_HEAD], struct mc_end *r) {
    r->docs = mc_get_u64(h + 16);
    r->bytes = mc_get_u64(h + 24);
    XXH128_canonical_t c;
    memcpy(c.digest, h + 32, 16);
    r->hash = XXH128_hashFromCanonical(&c);
    return mc_get_u32(h + 48) == mc_crc32(0, h, 48);
}

// Deflating and inflating one block: stored, by zlib, or by ISA-L where it is built in.
#include "codec.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#ifdef MC_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#endif

enum { STORED_MAX = 65535, ISAL_LEVELS = 3 };
enum { SAMPLE = 1 << 16, WORTH = 8 }; // level 1 deflates what it can shrink by an eighth

size_t mc_deflate_bound(size_t n) { return compressBound(n) + 5 * (n / STORED_MAX + 1) + 64; }

static size_t store_blocks(const uint8_t *src, size_t n, uint8_t *dst) {
    uint8_t *d = dst;
    do {
        size_t k = n < STORED_MAX ? n : STORED_MAX;
        *d++ = k == n; // BFINAL, BTYPE 00
        *d++ = (uint8_t)k;
        *d++ = (uint8_t)(k >> 8);
        *d++ = (uint8_t)~k;
        *d++ = (uint8_t)(~k >> 8);
        memcpy(d, src, k);
        d += k;
        src += k;
        n -= k;
    } while (n);
    return (size_t)(d - dst);
}

#ifdef MC_ISAL
// At its levels 1 and 2 the output of ISA-L 2.30 depends on where its state lies in memory, once in
// some thousand blocks; at 3 it does not.
static int deflate_isal(const uint8_t *src, size_t n, uint8_t *dst, size_t *n_out,
                        struct mc_error *e) {
    uint8_t *work = mc_new(ISAL_DEF_LVL3_DEFAULT, 1, e);
    if (!work) return MC_ERR_MEM;
    struct isal_zstream s;
    memset(&s, 0, sizeof s); // _init leaves parts of it as they are
    isal_deflate_init(&s);
    s.level = ISAL_LEVELS;
    s.level_buf = work;
    s.level_buf_size = ISAL_DEF_LVL3_DEFAULT;
    s.end_of_stream = 1;
    s.flush = NO_FLUSH;
    s.gzip_flag = IGZIP_DEFLATE;
    s.next_in = (uint8_t *)(uintptr_t)src;
    s.avail_in = (uint32_t)n;
    s.next_out = dst;
    s.avail_out = (uint32_t)mc_deflate_bound(n);
    int r = isal_deflate(&s);
    free(work);
    if (r != COMP_OK || s.internal_state.state != ZSTATE_END)
        return mc_fail(e, MC_ERR_IO, "deflate: ISA-L error %d", r);
    *n_out = s.total_out;
    return 0;
}

int mc_inflate(const uint8_t *src, size_t n, uint8_t *dst, size_t cap, size_t *n_out,
               struct mc_error *e) {
    struct inflate_state s;
    isal_inflate_init(&s);
    s.crc_flag = ISAL_DEFLATE;
    s.next_in = (uint8_t *)(uintptr_t)src;
    s.avail_in = (uint32_t)n;
    s.next_out = dst;
    s.avail_out = (uint32_t)cap;
    int r = isal_inflate_stateless(&s);
    if (r != ISAL_DECOMP_OK || s.block_state != ISAL_BLOCK_FINISH)
        return mc_fail(e, MC_ERR_INPUT, "the deflate stream is damaged");
    if (s.avail_in != 0) return mc_fail(e, MC_ERR_INPUT, "the deflate stream ends early");
    *n_out = s.total_out;
    return 0;
}

uint32_t mc_crc32(uint32_t crc, const void *p, size_t n) { return crc32_gzip_refl(crc, p, n); }
#else
int mc_inflate(const uint8_t *src, size_t n, uint8_t *dst, size_t cap, size_t *n_out,
               struct mc_error *e) {
    z_stream s = {.next_in = (uint8_t *)(uintptr_t)src,
                  .avail_in = (uInt)n,
                  .next_out = dst,
                  .avail_out = (uInt)cap};
    if (inflateInit2(&s, -MAX_WBITS) != Z_OK) return mc_fail(e, MC_ERR_MEM, "inflate: no memory");
    int r = inflate(&s, Z_FINISH);
    *n_out = s.total_out;
    uInt left = s.avail_in;
    inflateEnd(&s);
    if (r != Z_STREAM_END) return mc_fail(e, MC_ERR_INPUT, "the deflate stream is damaged");
    return left == 0 ? 0 : mc_fail(e, MC_ERR_INPUT, "the deflate stream ends early");
}

uint32_t mc_crc32(uint32_t crc, const void *p, size_t n) {
    const uint8_t *b = p;
    while (n > UINT32_MAX) {
        crc = (uint32_t)crc32(crc, b, UINT32_MAX);
        b += UINT32_MAX;
        n -= UINT32_MAX;
    }
    return (uint32_t)crc32(crc, b, (uInt)n);
}
#endif

static int deflate_zlib(int level, const uint8_t *src, size_t n, uint8_t *dst, size_t *n_out,
                        struct mc_error *e) {
    z_stream s = {.next_in = (uint8_t *)(uintptr_t)src, .avail_in = (uInt)n};
    if (deflateInit2(&s, level, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return mc_fail(e, MC_ERR_MEM, "deflate: no memory");
    s.next_out = dst;
    s.avail_out = (uInt)mc_deflate_bound(n);
    int r = deflate(&s, Z_FINISH);
    *n_out = s.total_out;
    deflateEnd(&s);
    return r == Z_STREAM_END ? 0 : mc_fail(e, MC_ERR_IO, "deflate: zlib error %d", r);
}

static int deflate_at(int level, const uint8_t *src, size_t n, uint8_t *dst, size_t *n_out,
                      struct mc_error *e) {
#ifdef MC_ISAL
    if (level <= ISAL_LEVELS) return deflate_isal(src, n, dst, n_out, e);
#endif
    return deflate_zlib(level, src, n, dst, n_out, e);
}

// Whether the beginning of a block shrinks enough. The weights of a model shrink by a twelfth and
// would take longer to inflate than to evaluate on a few hundred sentences.
static int worth_deflating(const uint8_t *src, size_t n, uint8_t *dst, bool *out,
                           struct mc_error *e) {
    size_t k = n < SAMPLE ? n : SAMPLE, packed = 0;
    MC_TRY(deflate_at(1, src, k, dst, &packed, e));
    *out = packed <= k - k / WORTH;
    return 0;
}

int mc_deflate(int level, const uint8_t *src, size_t n, uint8_t *dst, size_t *n_out,
               struct mc_error *e) {
    bool shrinks = level > 0;
    if (level == 1) MC_TRY(worth_deflating(src, n, dst, &shrinks, e));
    if (shrinks) return deflate_at(level, src, n, dst, n_out, e);
    *n_out = store_blocks(src, n, dst);
    return 0;
}

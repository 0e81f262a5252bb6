// Sound envelopes around payloads that need not be.
#include <string.h>

#include "../../lib/io/codec.h"
#include "../../lib/io/member.h"
#include "fuzz.h"

bool fuzz_doc_parse(const uint8_t *p, size_t n, struct mc_doc *d, size_t *head) {
    struct mc_error e;
    if (n < 8 || mc_get_u64(p) > n - 8) return false;
    *head = 8 + (size_t)mc_get_u64(p);
    return mc_doc_parse(d, (const char *)p + 8, *head - 8, &e) == 0;
}

size_t fuzz_doc_size(const uint8_t *p, size_t n) {
    struct mc_doc d;
    size_t head;
    if (!fuzz_doc_parse(p, n, &d, &head)) return n;
    uint64_t data = d.data_bytes;
    mc_doc_release(&d);
    return data < n - head ? head + (size_t)data : n;
}

static void put_member(struct mc_buf *out, const uint8_t *p, size_t n, uint64_t at, int level) {
    struct mc_error e;
    size_t body, room = MC_DATA_HEAD + mc_deflate_bound(n) + MC_TRAILER;
    FUZZ_OK(mc_buf_reserve(out, room, &e), &e);
    uint8_t *to = (uint8_t *)out->p + out->n;
    FUZZ_OK(mc_deflate(level, p, n, to + MC_DATA_HEAD, &body, &e), &e);
    size_t length = MC_DATA_HEAD + body + MC_TRAILER;
    mc_member_put(to, &(struct mc_member){(uint32_t)length, at});
    mc_put_u32(to + length - 8, mc_crc32(0, p, n));
    mc_put_u32(to + length - 4, (uint32_t)n);
    out->n += length;
}

void fuzz_wrap(struct mc_buf *out, const uint8_t *p, size_t n, int level, size_t block) {
    struct mc_error e;
    struct mc_end end = {.bytes = n, .hash = XXH3_128bits(p, n)};
    for (size_t at = 0; at < n; end.docs++) {
        size_t stop = at + fuzz_doc_size(p + at, n - at);
        while (at < stop) {
            size_t k = stop - at < block ? stop - at : block;
            put_member(out, p + at, k, at, level);
            at += k;
        }
    }
    uint8_t record[MC_END_HEAD + MC_END_BODY];
    mc_end_put(record, &end);
    FUZZ_OK(mc_buf_add(out, record, sizeof record, &e), &e);
}

bool fuzz_claims_over(const uint8_t *p, size_t n, uint64_t most) {
    struct mc_doc d;
    size_t head;
    bool over = false;
    for (size_t at = 0; at < n && !over && fuzz_doc_parse(p + at, n - at, &d, &head);) {
        over = d.data_bytes > most;
        mc_doc_release(&d);
        at += fuzz_doc_size(p + at, n - at);
    }
    return over;
}

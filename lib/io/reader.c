// Reading a stream. Three envelopes, told apart by the first bytes: ours (members with their
// length, inflated in parallel, every promise of the format checked), plain gzip, and a bare
// safetensors file. Above them the payload is one run of bytes, below them a source.
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codec.h"
#include "mc/stream.h"
#include "member.h"
#include "source.h"

enum envelope { OURS, GZIP, BARE };

struct slot {
    uint8_t *packed, *raw;
    size_t n_packed, n_raw;
    uint64_t file_at, payload_at;
    int rc;
    struct mc_error error;
};

struct mc_reader {
    struct mc_source src;
    enum envelope envelope;
    struct mc_pool *pool;
    struct slot *slot; // a batch of members; the payload continues at slot[now].raw + pos
    int n_slots, n_full, now;
    size_t pos;
    uint64_t payload, docs;       // of the present stream: bytes inflated, documents begun
    uint64_t due;                 // data bytes of the present document not yet taken
    int64_t index;                // of the present document in the file, -1 before the first
    bool inside;                  // a document: its length has been taken, its data not all
    bool ended;                   // OURS: the last member taken was an end record
    bool entered;                 // OURS: the stream was not read from its first member on
    struct mc_reader_place place; // of the present document
    XXH3_state_t *hash;
    z_stream z; // GZIP
    bool z_open, z_done;
};

const char *mc_reader_name(const struct mc_reader *r) { return r->src.name; }
int64_t mc_reader_index(const struct mc_reader *r) { return r->index; }
struct mc_reader_place mc_reader_place(const struct mc_reader *r) {
    return r->place;
}
bool mc_reader_checked(const struct mc_reader *r) { return r->envelope == OURS; }

// --- our envelope

static int bad(const struct mc_reader *r, uint64_t at, struct mc_error *e, const char *what) {
    return mc_fail_file(e, MC_ERR_INPUT, r->src.name, "byte %llu: %s", (unsigned long long)at,
                        what);
}

static int take_all(struct mc_reader *r, void *p, size_t n, struct mc_error *e) {
    uint64_t got;
    MC_TRY(mc_source_take(&r->src, p, n, &got, e));
    return got == n ? 0 : bad(r, r->src.at, e, "the stream is cut inside a member");
}

static int take_end(struct mc_reader *r, struct mc_error *e) {
    uint8_t b[MC_END_HEAD + MC_END_BODY];
    uint64_t at = r->src.at;
    MC_TRY(take_all(r, b, sizeof b, e));
    struct mc_end end;
    if (!mc_end_get(b, &end)) return bad(r, at, e, "the end record is damaged (header CRC)");
    if (memcmp(b + MC_END_HEAD, mc_end_body, MC_END_BODY) != 0)
        return bad(r, at, e, "the end record is damaged (its body is not empty)");
    if (end.bytes != r->payload) return bad(r, at, e, "members are missing before the end record");
    if (!r->entered && !XXH128_isEqual(end.hash, XXH3_128bits_digest(r->hash)))
        return bad(r, at, e, "the payload's hash differs from the end record's");
    if (!r->entered && end.docs != r->docs)
        return bad(r, at, e, "the end record counts another number of documents");
    XXH3_128bits_reset(r->hash);
    r->payload = r->docs = 0;
    r->ended = true;
    r->entered = false;
    return 0;
}

// One member into a slot, still packed; its payload offset is checked once those before are
// inflated.
static int take_member(struct mc_reader *r, struct slot *s, struct mc_error *e) {
    uint8_t h[MC_DATA_HEAD];
    struct mc_member m;
    s->file_at = r->src.at;
    MC_TRY(take_all(r, h, sizeof h, e));
    if (!mc_member_get(h, &m)) return bad(r, s->file_at, e, "a member's header is damaged (CRC)");
    if (m.length < MC_DATA_HEAD + MC_TRAILER + 1 || m.length > MC_MEMBER_MAX)
        return bad(r, s->file_at, e, "a member's length is out of bounds");
    s->payload_at = m.at;
    s->n_packed = m.length - MC_DATA_HEAD;
    return take_all(r, s->packed, s->n_packed, e);
}

static void inflate_slot(void *ctx, int task, int thread) {
    (void)thread;
    struct mc_reader *r = ctx;
    struct slot *s = &r->slot[task];
    size_t body = s->n_packed - MC_TRAILER;
    s->rc = mc_inflate(s->packed, body, s->raw, MC_BLOCK, &s->n_raw, &s->error);
    if (s->rc < 0) return;
    if (mc_get_u32(s->packed + body) != mc_crc32(0, s->raw, s->n_raw) ||
        mc_get_u32(s->packed + body + 4) != s->n_raw)
        s->rc = mc_fail(&s->error, MC_ERR_INPUT, "the CRC of its data differs");
    else if (s->n_raw == 0)
        s->rc = mc_fail(&s->error, MC_ERR_INPUT, "it carries no data");
}

// The next batch of members: as many as are at hand without waiting, at least one. n_full = 0 at
// the end of the file.
static int read_members(struct mc_reader *r, struct mc_error *e) {
    r->n_full = r->now = 0;
    r->pos = 0;
    while (r->n_full < r->n_slots && (r->n_full == 0 || mc_source_ready(&r->src))) {
        const uint8_t *p;
        size_t got;
        MC_TRY(mc_source_peek(&r->src, MC_PREFIX, &p, &got, e));
        if (got == 0 && r->ended) break;
        if (got < MC_PREFIX)
            return bad(r, r->src.at, e,
                       got ? "the stream is cut inside a member"
                           : "the stream stops without its end record");
        char kind = mc_member_kind(p);
        if (kind == 'E') {
            if (r->n_full) break; // its checks need the hash of the members before
            MC_TRY(take_end(r, e));
            continue;
        }
        if (kind != 'C') return bad(r, r->src.at, e, "no member of a stream begins here");
        r->ended = false;
        MC_TRY(take_member(r, &r->slot[r->n_full], e));
        r->n_full++;
    }
    if (r->pool)
        mc_pool_run(r->pool, r->n_full, inflate_slot, r);
    else
        for (int i = 0; i < r->n_full; i++) inflate_slot(r, i, 0);
    for (int i = 0; i < r->n_full; i++) {
        struct slot *s = &r->slot[i];
        if (s->rc < 0) return bad(r, s->file_at, e, s->error.text);
        if (s->payload_at != r->payload)
            return bad(r, s->file_at, e, "a member is missing, repeated or out of place");
        r->payload += s->n_raw;
        XXH3_128bits_update(r->hash, s->raw, s->n_raw);
    }
    return 0;
}

// Whether payload is left; inflates more where needed.
static int ours_more(struct mc_reader *r, bool *more, struct mc_error *e) {
    while (r->now < r->n_full && r->pos == r->slot[r->now].n_raw) {
        r->now++;
        r->pos = 0;
    }
    if (r->now == r->n_full) MC_TRY(read_members(r, e));
    *more = r->now < r->n_full;
    return 0;
}

static int ours_take(struct mc_reader *r, uint8_t *dst, uint64_t n, uint64_t *got,
                     struct mc_error *e) {
    for (*got = 0; *got < n;) {
        bool more;
        // An end record inside a document ends the stream, not the document: what follows is
        // another payload.
        MC_TRY(ours_more(r, &more, e));
        if (!more || (r->slot[r->now].payload_at == 0 && r->pos == 0 && (*got || r->inside))) break;
        size_t k = r->slot[r->now].n_raw - r->pos;
        if (k > n - *got) k = (size_t)(n - *got);
        if (dst) memcpy(dst + *got, r->slot[r->now].raw + r->pos, k);
        r->pos += k;
        *got += k;
    }
    return 0;
}

// --- plain gzip

// The start of a gzip member that is not ours: a member of ours among plain ones is damage.
static int gzip_start(struct mc_reader *r, struct mc_error *e) {
    const uint8_t *p;
    size_t got;
    MC_TRY(mc_source_peek(&r->src, MC_PREFIX, &p, &got, e));
    if (got == 0) {
        r->z_done = true;
        return 0;
    }
    if (got >= MC_PREFIX &&
        (mc_member_kind(p) || (p[3] & 4 && p[12] == 'M' && (p[13] == 'C' || p[13] == 'E'))))
        return bad(r, r->src.at, e, "a damaged stream: its first member is not of the format");
    if (inflateReset2(&r->z, 15 + 16) != Z_OK) return mc_fail(e, MC_ERR_MEM, "inflate: no memory");
    return 0;
}

static int gzip_take(struct mc_reader *r, uint8_t *dst, uint64_t n, uint64_t *got,
                     struct mc_error *e) {
    uint8_t sink[1 << 14];
    for (*got = 0; *got < n && !r->z_done;) {
        const uint8_t *p;
        size_t have;
        MC_TRY(mc_source_peek(&r->src, 1, &p, &have, e));
        uint64_t want = n - *got;
        if (!dst && want > sizeof sink) want = sizeof sink;
        if (want > 1 << 30) want = 1 << 30;
        r->z.next_in = (uint8_t *)(uintptr_t)p;
        r->z.avail_in = (uInt)have;
        r->z.next_out = dst ? dst + *got : sink;
        r->z.avail_out = (uInt)want;
        int rc = inflate(&r->z, Z_NO_FLUSH);
        uint64_t dropped;
        MC_TRY(mc_source_take(&r->src, NULL, have - r->z.avail_in, &dropped, e));
        *got += want - r->z.avail_out;
        if (rc == Z_STREAM_END)
            MC_TRY(gzip_start(r, e));
        else if (rc != Z_OK)
            return bad(r, r->src.at, e,
                       have ? "the gzip data are damaged" : "the gzip file is cut");
    }
    return 0;
}

// --- the payload

static int take_payload(struct mc_reader *r, void *dst, uint64_t n, uint64_t *got,
                        struct mc_error *e) {
    switch (r->envelope) {
    case OURS: return ours_take(r, dst, n, got, e);
    case GZIP: return gzip_take(r, dst, n, got, e);
    case BARE: break;
    }
    return mc_source_take(&r->src, dst, n, got, e);
}

// Whether the first bytes p[n] of a file are text: they cannot be the length of a safetensors
// header, and have no control characters but tabs and ends of lines.
static bool looks_text(const uint8_t *p, size_t n) {
    if (p[0] == '{' || (n >= 8 && mc_get_u64(p) <= MC_HEADER_MAX)) return false;
    for (size_t i = 0; i < n; i++)
        if (p[i] < 32 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') return false;
    return true;
}

static int open_envelope(struct mc_reader *r, struct mc_error *e) {
    const uint8_t *p;
    size_t got;
    MC_TRY(mc_source_peek(&r->src, MC_PREFIX, &p, &got, e));
    if (got == 0) return mc_fail_file(e, MC_ERR_INPUT, r->src.name, "empty input");
    if (got >= MC_PREFIX && mc_member_kind(p)) {
        r->envelope = OURS;
        int threads = r->pool ? mc_pool_threads(r->pool) : 1;
        r->n_slots = threads > 1 ? 2 * threads : 1;
        if (!(r->slot = mc_new((size_t)r->n_slots, sizeof *r->slot, e))) return MC_ERR_MEM;
        for (int i = 0; i < r->n_slots; i++) {
            r->slot[i].packed = mc_new(MC_MEMBER_MAX, 1, e);
            r->slot[i].raw = mc_new(MC_BLOCK, 1, e);
            if (!r->slot[i].packed || !r->slot[i].raw) return MC_ERR_MEM;
        }
        if (!(r->hash = XXH3_createState())) return mc_fail(e, MC_ERR_MEM, "no memory");
        XXH3_128bits_reset(r->hash);
        return 0;
    }
    if (got >= 2 && p[0] == 0x1f && p[1] == 0x8b) {
        r->envelope = GZIP;
        if (inflateInit2(&r->z, 15 + 16) != Z_OK)
            return mc_fail(e, MC_ERR_MEM, "inflate: no memory");
        r->z_open = true;
        return gzip_start(r, e);
    }
    r->envelope = BARE;
    MC_TRY(mc_no_pointer(r->src.name, (const char *)p, got, e));
    if (!looks_text(p, got)) return 0;
    return mc_fail_file(e, MC_ERR_INPUT, r->src.name,
                        "text, neither a stream nor safetensors (mc-tokenize makes a token set of "
                        "labelled text, mc-import a stream of a model's directory)");
}

int mc_reader_open(struct mc_reader **out, const char *path, struct mc_pool *pool,
                   struct mc_error *e) {
    return mc_reader_open_until(out, path, pool, NULL, e);
}

int mc_reader_open_at(struct mc_reader **out, const char *path, struct mc_pool *pool,
                      const struct mc_reader_place *at, struct mc_error *e) {
    MC_TRY(mc_reader_open(out, path, pool, e));
    struct mc_reader *r = *out;
    int rc = 0;
    if (r->envelope == OURS) {
        rc = mc_source_seek(&r->src, at->file_at, e);
        r->payload = at->payload_at;
        r->entered = at->payload_at > 0;
        r->index = at->index - 1;
    } else if (at->index != 0) {
        rc = mc_fail_file(e, MC_ERR_INPUT, r->src.name, "no document %lld", (long long)at->index);
    }
    if (rc == 0) return 0;
    mc_reader_close(r);
    *out = NULL;
    return rc;
}

int mc_reader_open_until(struct mc_reader **out, const char *path, struct mc_pool *pool,
                         const atomic_bool *stop, struct mc_error *e) {
    struct mc_reader *r = mc_new(1, sizeof *r, e);
    *out = NULL;
    if (!r) return MC_ERR_MEM;
    r->pool = pool;
    r->index = -1;
    int rc = mc_source_open(&r->src, path, stop, e);
    if (rc == 0) rc = open_envelope(r, e);
    if (rc < 0) {
        mc_reader_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

static int doc_fail(const struct mc_reader *r, struct mc_error *e) {
    return mc_fail_in_file(e, "%s: document %lld", r->src.name, (long long)r->index);
}

// The header of a document whose length is known; the buffer grows as the bytes arrive, not as they
// are claimed.
static int take_header(struct mc_reader *r, uint64_t n, struct mc_buf *b, struct mc_error *e) {
    while (b->n < n) {
        size_t k = n - b->n < 1 << 16 ? (size_t)(n - b->n) : 1 << 16;
        uint64_t got;
        MC_TRY(mc_buf_reserve(b, k, e));
        MC_TRY(take_payload(r, b->p + b->n, k, &got, e));
        b->n += got;
        if (got < k) {
            mc_fail(e, MC_ERR_INPUT, "its header is cut: %zu bytes of %llu", b->n,
                    (unsigned long long)n);
            return doc_fail(r, e);
        }
    }
    return 0;
}

// Whether the payload goes on. In our envelope a document begins a member; a plain file holds one
// document.
static int at_document(struct mc_reader *r, bool *more, struct mc_error *e) {
    if (r->envelope == OURS) {
        bool inside = r->now < r->n_full && r->pos > 0 && r->pos < r->slot[r->now].n_raw;
        MC_TRY(ours_more(r, more, e));
        if (inside) return bad(r, r->slot[r->now].file_at, e, "a document does not begin a member");
        return 0;
    }
    const uint8_t *p;
    size_t got;
    MC_TRY(mc_source_peek(&r->src, 1, &p, &got, e));
    *more = r->envelope == GZIP ? !r->z_done : got > 0;
    if (r->index < 0) return 0;
    if (r->envelope == GZIP && *more) {
        // the trailer of gzip may not have been read yet: reading on must give no byte
        uint8_t c;
        uint64_t n;
        MC_TRY(gzip_take(r, &c, 1, &n, e));
        *more = n > 0;
    }
    return *more
               ? mc_fail_file(e, MC_ERR_INPUT, r->src.name, "bytes follow the safetensors document")
               : 0;
}

int mc_reader_next(struct mc_reader *r, struct mc_doc *d, struct mc_error *e) {
    mc_doc_release(d);
    MC_TRY(mc_reader_data(r, NULL, r->due, e));
    r->inside = false;
    bool more;
    MC_TRY(at_document(r, &more, e));
    if (!more) return 0;
    r->index++;
    r->docs++;
    r->place = (struct mc_reader_place){.index = r->index};
    if (r->envelope == OURS) {
        r->place.file_at = r->slot[r->now].file_at;
        r->place.payload_at = r->slot[r->now].payload_at;
    }
    uint8_t b[8];
    uint64_t got;
    MC_TRY(take_payload(r, b, 8, &got, e));
    r->inside = true;
    uint64_t n = got == 8 ? mc_get_u64(b) : 0;
    // the first byte of a length may be that of { too, but such a length is at most MC_HEADER_MAX
    if (n > MC_HEADER_MAX && r->envelope == BARE && b[0] == '{') {
        mc_fail(e, MC_ERR_INPUT, "text that begins with {, no stream and no safetensors");
        return doc_fail(r, e);
    }
    if (got < 8 || n < 2 || n > MC_HEADER_MAX) {
        mc_fail(e, MC_ERR_INPUT,
                got < 8 ? "cut inside its length" : "a header of %llu bytes: no safetensors",
                (unsigned long long)n);
        return doc_fail(r, e);
    }
    struct mc_buf head = {0};
    int rc = take_header(r, n, &head, e);
    if (rc == 0 && (rc = mc_doc_parse(d, head.p, head.n, e)) < 0) rc = doc_fail(r, e);
    mc_buf_release(&head);
    if (rc < 0) return rc;
    const char *format = mc_doc_get(d, "mc.format");
    if (format && strcmp(format, "1") != 0) {
        mc_fail(e, MC_ERR_INPUT, "mc.format is '%s', this program knows 1", format);
        return doc_fail(r, e);
    }
    r->due = d->data_bytes;
    return 1;
}

int mc_reader_data(struct mc_reader *r, void *dst, uint64_t n, struct mc_error *e) {
    uint64_t got;
    MC_TRY(take_payload(r, dst, n, &got, e));
    r->due -= got;
    if (got == n) return 0;
    mc_fail(e, MC_ERR_INPUT, "cut: %llu bytes of its data are missing", (unsigned long long)r->due);
    return doc_fail(r, e);
}

void mc_reader_close(struct mc_reader *r) {
    if (!r) return;
    for (int i = 0; r->slot && i < r->n_slots; i++) {
        free(r->slot[i].packed);
        free(r->slot[i].raw);
    }
    free(r->slot);
    XXH3_freeState(r->hash);
    if (r->z_open) inflateEnd(&r->z);
    mc_source_close(&r->src);
    free(r);
}

// Mutation under the checks of the formats: lengths, offsets, CRCs and hashes are set right again,
// so that what lies behind them is reached. A part of all inputs is left raw.
#include "mutate.h"

#include <jansson.h>
#include <string.h>
#include <zlib.h>

#include "../../lib/io/codec.h"
#include "../../lib/io/member.h"
#include "fuzz.h"

enum { DATA_MAX = 1 << 14, SLACK = 64 };

static uint64_t below(uint64_t *rng, uint64_t n) { // xorshift; a little bias does not matter
    *rng ^= *rng << 13;
    *rng ^= *rng >> 7;
    *rng ^= *rng << 17;
    return n ? *rng % n : 0;
}

static void add(struct mc_buf *b, const void *p, size_t n) {
    struct mc_error e;
    FUZZ_OK(mc_buf_add(b, p, n, &e), &e);
}

// p[n] mutated, up to SLACK bytes longer, appended to b.
static void add_mutated(struct mc_buf *b, const void *p, size_t n) {
    struct mc_error e;
    FUZZ_OK(mc_buf_reserve(b, n + SLACK, &e), &e);
    if (n) memcpy(b->p + b->n, p, n);
    b->n += LLVMFuzzerMutate((uint8_t *)b->p + b->n, n, n + SLACK);
}

static size_t give(struct mc_buf *b, uint8_t *p, size_t n, size_t max) {
    if (b->n && b->n <= max) {
        n = b->n;
        memcpy(p, b->p, n);
    } else {
        n = LLVMFuzzerMutate(p, n, max);
    }
    mc_buf_release(b);
    return n;
}

// --- documents

static json_t *random_value(json_t *o, const char **key, uint64_t *rng) {
    size_t k = below(rng, json_object_size(o));
    void *it = json_object_iter(o);
    while (it && k--) it = json_object_iter_next(o, it);
    *key = it ? json_object_iter_key(it) : NULL;
    return it ? json_object_iter_value(it) : NULL;
}

// Another text for a metadata value, or a key of its own.
static void mutate_meta(json_t *root, uint64_t *rng) {
    const char *key;
    json_t *meta = json_object_get(root, "__metadata__"), *v = random_value(meta, &key, rng);
    if (!json_is_string(v)) return;
    struct mc_buf b = {0};
    add_mutated(&b, json_string_value(v), json_string_length(v));
    if (below(rng, 16) == 0)
        json_object_del(meta, key);
    else
        json_object_set_new(meta, key, json_stringn(b.p, b.n)); // no change where it is not UTF-8
    mc_buf_release(&b);
}

static void mutate_tensor(json_t *root, uint64_t *rng) {
    static const char *const type[] = {"F32", "F16", "I64", "I32", "U8", "BOOL"};
    const char *key;
    json_t *t = random_value(root, &key, rng), *shape = json_object_get(t, "shape");
    if (!shape) return;
    switch (below(rng, 5)) {
    case 0: json_object_set_new(t, "dtype", json_string(type[below(rng, 6)])); break;
    case 1: json_array_append_new(shape, json_integer((json_int_t)below(rng, 3))); break;
    case 2: json_array_remove(shape, below(rng, json_array_size(shape))); break;
    case 3: json_object_del(root, key); break;
    default: {
        size_t i = below(rng, json_array_size(shape));
        json_int_t v = json_integer_value(json_array_get(shape, i));
        json_array_set_new(shape, i, json_integer(v + (json_int_t)below(rng, 5) - 2));
    }
    }
}

static size_t bytes_of(const json_t *t) {
    const char *type = json_string_value(json_object_get(t, "dtype"));
    size_t n = 0;
    for (int i = 0; type && i < MC_DTYPES; i++)
        if (strcmp(mc_dtype_name((enum mc_dtype)i), type) == 0) n = mc_dtype_size((enum mc_dtype)i);
    const json_t *shape = json_object_get(t, "shape");
    for (size_t i = 0; i < json_array_size(shape) && n <= DATA_MAX; i++)
        n *= (size_t)json_integer_value(json_array_get(shape, i)) % (DATA_MAX + 1);
    return n;
}

// Offsets that follow from the shapes; the bytes of data they ask for.
static size_t lay_out(json_t *root) {
    const char *key;
    json_t *t;
    size_t at = 0;
    json_object_foreach(root, key, t) {
        if (strcmp(key, "__metadata__") == 0 || !json_is_object(t)) continue;
        size_t n = bytes_of(t);
        json_object_set_new(t, "data_offsets",
                            json_pack("[I,I]", (json_int_t)at, (json_int_t)(at + n)));
        at += n;
        if (at > DATA_MAX) break;
    }
    return at;
}

// Appends header and data with the length set right.
static void add_doc(struct mc_buf *b, const void *head, size_t n, const uint8_t *data,
                    size_t n_data, size_t want) {
    struct mc_error e;
    uint8_t length[8];
    mc_put_u64(length, n);
    add(b, length, 8);
    add(b, head, n);
    size_t k = n_data < want ? n_data : want;
    add(b, data, k);
    FUZZ_OK(mc_buf_reserve(b, want - k, &e), &e);
    memset(b->p + b->n, 0, want - k);
    b->n += want - k;
}

static void mutate_doc(struct mc_buf *b, const uint8_t *p, size_t n, uint64_t *rng) {
    struct mc_doc d;
    size_t head;
    if (!fuzz_doc_parse(p, n, &d, &head)) {
        add_mutated(b, p, n);
        return;
    }
    mc_doc_release(&d);
    uint64_t how = below(rng, 8);
    struct mc_buf text = {0};
    if (how < 2) { // the header's text, as it comes
        add_mutated(&text, p + 8, head - 8);
        add_doc(b, text.p, text.n, p + head, n - head, n - head);
    } else if (how < 4) {
        add_mutated(&text, p + head, n - head);
        add_doc(b, p + 8, head - 8, (uint8_t *)text.p, text.n, n - head);
    } else {
        json_t *root = json_loadb((const char *)p + 8, head - 8, 0, NULL);
        if (how < 7)
            mutate_meta(root, rng);
        else
            mutate_tensor(root, rng);
        size_t want = below(rng, 8) ? lay_out(root) : n - head;
        char *s = json_dumps(root, JSON_COMPACT);
        if (s) add_doc(b, s, strlen(s), p + head, n - head, want);
        free(s);
        json_decref(root);
    }
    mc_buf_release(&text);
}

static void mutate_payload(struct mc_buf *b, const uint8_t *p, size_t n, uint64_t *rng) {
    size_t docs = 0, at = 0;
    for (; at < n; docs++) at += fuzz_doc_size(p + at, n - at);
    size_t k = below(rng, docs), i = 0;
    for (at = 0; at < n; i++) {
        size_t size = fuzz_doc_size(p + at, n - at);
        uint64_t how = i == k ? below(rng, 16) : 2;
        if (i == k && how >= 2) {
            mutate_doc(b, p + at, size, rng);
        } else { // as it is, twice, or not at all
            if (how) add(b, p + at, size);
            if (how == 1) add(b, p + at, size);
        }
        at += size;
    }
}

size_t fuzz_mutate_docs(uint8_t *p, size_t n, size_t max, unsigned seed) {
    uint64_t rng = (uint64_t)seed << 20 | 0x5a5a5;
    struct mc_buf b = {0};
    if (n && below(&rng, 16)) mutate_payload(&b, p, n, &rng);
    return give(&b, p, n, max);
}

// --- envelopes

// Length of the member of ours that begins at p[0..n), or 0; its kind.
static size_t member_at(const uint8_t *p, size_t n, char *kind) {
    *kind = n >= MC_PREFIX ? mc_member_kind(p) : 0;
    if (*kind == 'E') return n >= MC_END_HEAD + MC_END_BODY ? MC_END_HEAD + MC_END_BODY : 0;
    if (*kind != 'C' || n < MC_DATA_HEAD) return 0;
    size_t k = mc_get_u32(p + MC_PREFIX);
    return k > MC_DATA_HEAD + MC_TRAILER && k <= n ? k : 0;
}

static bool inflated(const uint8_t *p, size_t n, struct mc_buf *out) {
    struct mc_error e;
    size_t k;
    FUZZ_OK(mc_buf_reserve(out, MC_BLOCK, &e), &e);
    if (mc_inflate(p + MC_DATA_HEAD, n - MC_DATA_HEAD - MC_TRAILER, (uint8_t *)out->p + out->n,
                   MC_BLOCK, &k, &e) < 0)
        return false;
    out->n += k;
    return true;
}

// The payload of a stream of ours; of another file, its bytes.
static void unwrap(struct mc_buf *out, const uint8_t *p, size_t n) {
    char kind;
    size_t at = 0, k;
    while ((k = member_at(p + at, n - at, &kind)) > 0) {
        if (kind == 'C' && !inflated(p + at, k, out)) break;
        at += k;
    }
    if (at == 0) add(out, p, n);
}

// Sets right what the checks compare, each with odds of 7 in 8.
static void repair(uint8_t *p, size_t n, uint64_t *rng) {
    struct mc_buf raw = {0};
    uint64_t payload = 0;
    char kind;
    size_t k;
    for (size_t at = 0; (k = member_at(p + at, n - at, &kind)) > 0; at += k) {
        uint8_t *m = p + at;
        if (kind == 'C') {
            size_t from = raw.n;
            if (below(rng, 8)) mc_put_u64(m + 20, payload);
            if (below(rng, 8)) mc_put_u32(m + 28, mc_crc32(0, m, 28));
            if (!inflated(m, k, &raw)) continue;
            mc_put_u32(m + k - 8, mc_crc32(0, raw.p + from, raw.n - from));
            mc_put_u32(m + k - 4, (uint32_t)(raw.n - from));
            payload += raw.n - from;
            continue;
        }
        struct mc_end end;
        (void)mc_end_get(m, &end);
        if (below(rng, 8)) end.bytes = payload;
        if (below(rng, 8)) end.hash = XXH3_128bits(raw.p, raw.n);
        mc_end_put(m, &end);
        payload = raw.n = 0;
    }
    mc_buf_release(&raw);
}

static void gzip(struct mc_buf *out, const uint8_t *p, size_t n) {
    struct mc_error e;
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)p, .avail_in = (uInt)n};
    FUZZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&z, (uLong)n) + SLACK;
    FUZZ_OK(mc_buf_reserve(out, room, &e), &e);
    z.next_out = (uint8_t *)out->p + out->n;
    z.avail_out = (uInt)room;
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
}

static void wrap(struct mc_buf *out, const uint8_t *p, size_t n, uint64_t *rng) {
    static const int level[] = {0, 0, 1, 6};
    static const size_t block[] = {MC_BLOCK, MC_BLOCK, 4096, 1000};
    switch (below(rng, 8)) {
    case 0: add(out, p, n); break;
    case 1: gzip(out, p, n); break;
    case 2: { // two streams
        size_t k = fuzz_doc_size(p, n);
        fuzz_wrap(out, p, k, 0, MC_BLOCK);
        if (k < n) fuzz_wrap(out, p + k, n - k, 1, MC_BLOCK);
        break;
    }
    default: fuzz_wrap(out, p, n, level[below(rng, 4)], block[below(rng, 4)]);
    }
}

// A member dropped, repeated, or moved behind the next.
static void shuffle(struct mc_buf *out, const uint8_t *p, size_t n, uint64_t *rng) {
    char kind;
    size_t at = 0, k, count = 0, i = 0, next;
    for (; (k = member_at(p + at, n - at, &kind)) > 0; at += k) count++;
    size_t pick = below(rng, count);
    uint64_t how = below(rng, 3);
    for (at = 0; (k = member_at(p + at, n - at, &kind)) > 0; at += k, i++) {
        next = member_at(p + at + k, n - at - k, &kind);
        if (i != pick) {
            add(out, p + at, k);
        } else if (how == 1) {
            add(out, p + at, k);
            add(out, p + at, k);
        } else if (how == 2 && next) {
            add(out, p + at + k, next);
            add(out, p + at, k);
            k += next;
        }
    }
    add(out, p + at, n - at);
}

size_t fuzz_mutate_stream(uint8_t *p, size_t n, size_t max, unsigned seed) {
    uint64_t rng = (uint64_t)seed << 20 | 0x3c3c3, how = below(&rng, 8);
    struct mc_buf payload = {0}, mutated = {0}, out = {0};
    if (n && how >= 3) {
        unwrap(&payload, p, n);
        mutate_payload(&mutated, (uint8_t *)payload.p, payload.n, &rng);
        if (mutated.n) wrap(&out, (uint8_t *)mutated.p, mutated.n, &rng);
    } else if (n && how == 2) {
        shuffle(&out, p, n, &rng);
        if (out.n && below(&rng, 2)) repair((uint8_t *)out.p, out.n, &rng);
    }
    n = give(&out, p, n, max);
    if (how == 1) repair(p, n, &rng);
    mc_buf_release(&payload);
    mc_buf_release(&mutated);
    return n;
}

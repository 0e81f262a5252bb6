// Ids back to text: pieces one after the other, and what stands in them for spaces or bytes undone.
#include "mc/detokenize.h"

#include <string.h>

#include "mc/utf8.h"
#include "tok.h"

enum { LETTERS = 324 }; // code points below are all that stand for bytes

void tok_byte_letters(uint32_t letter[256]) {
    uint32_t next = 256;
    for (uint32_t c = 0; c < 256; c++) {
        bool self = (c > ' ' && c < 0x7f) || (c > 0xa0 && c != 0xad);
        letter[c] = self ? c : next++;
    }
}

// --- metaspace

static int put_spaced(struct mc_buf *out, const char *s, bool first, struct mc_error *e) {
    for (const char *mark; (mark = strstr(s, TOK_SPACE)); s = mark + strlen(TOK_SPACE)) {
        MC_TRY(mc_buf_add(out, s, (size_t)(mark - s), e));
        if (!first) MC_TRY(mc_buf_add(out, " ", 1, e));
    }
    return mc_buf_add(out, s, strlen(s), e);
}

// Every `what` in out from byte `from` on, which begins with a space, loses that space and its last
// `cut` bytes.
static void drop_spaces(struct mc_buf *out, size_t from, const char *what, size_t cut) {
    size_t n = strlen(what), to = from;
    for (size_t i = from; i < out->n;) {
        if (out->n - i >= n && memcmp(out->p + i, what, n) == 0) {
            memmove(out->p + to, what + 1, n - 1 - cut);
            to += n - 1 - cut;
            i += n;
        } else {
            out->p[to++] = out->p[i++];
        }
    }
    out->n = to;
    out->p[to] = 0;
}

// Spaces before punctuation and contractions are dropped, one kind after the other over the whole
// text, as transformers' clean_up_tokenization does.
static void clean_up(struct mc_buf *out, size_t from) {
    static const char *const what[] = {" .",   " ?",  " !",  " ,",   " ' ",
                                       " n't", " 'm", " 's", " 've", " 're"};
    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        drop_spaces(out, from, what[i], strcmp(what[i], " ' ") == 0);
}

// --- byte-level

// A piece with a letter that stands for no byte is taken as it is.
static int put_bytes(struct mc_buf *out, const char *s, const int16_t byte_of[LETTERS],
                     struct mc_error *e) {
    size_t n = strlen(s), start = out->n;
    MC_TRY(mc_buf_reserve(out, n, e));
    for (size_t i = 0; i < n;) {
        uint32_t c;
        int k = mc_utf8_read(s + i, n - i, &c);
        if (k == 0 || c >= LETTERS || byte_of[c] < 0) {
            out->n = start;
            return mc_buf_add(out, s, n, e);
        }
        out->p[out->n++] = (char)byte_of[c];
        i += (size_t)k;
    }
    out->p[out->n] = 0;
    return 0;
}

// How many bytes of s[n], which is not UTF-8 at its start, begin a code point: at least 1.
static size_t broken_bytes(const char *s, size_t n) {
    unsigned char b = (unsigned char)s[0];
    size_t need = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2, k = 1;
    unsigned lo = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
    unsigned hi = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
    if (b < 0xc2 || b > 0xf4) return 1;
    for (; k < need && k < n; k++, lo = 0x80, hi = 0xbf)
        if ((unsigned char)s[k] < lo || (unsigned char)s[k] > hi) break;
    return k;
}

static int put_lossy(struct mc_buf *out, const char *s, size_t n, struct mc_error *e) {
    while (n > 0) {
        size_t good = mc_utf8_check(s, n);
        MC_TRY(mc_buf_add(out, s, good, e));
        if (good == n) break;
        MC_TRY(mc_buf_add(out, "\xef\xbf\xbd", 3, e));
        size_t skip = good + broken_bytes(s + good, n - good);
        s += skip;
        n -= skip;
    }
    return 0;
}

// --- all of it

static const char *piece_of(const char *const *piece, int32_t n_pieces, int32_t id) {
    return id < n_pieces && *piece[id] ? piece[id] : NULL;
}

static int decode_spaced(const char *const *piece, const int32_t *ids, int64_t n, int32_t n_pieces,
                         bool clean, struct mc_buf *out, struct mc_error *e) {
    size_t from = out->n;
    bool first = true;
    for (int64_t i = 0; i < n; i++) {
        const char *s = piece_of(piece, n_pieces, ids[i]);
        if (!s) continue;
        MC_TRY(put_spaced(out, s, first, e));
        first = false;
    }
    if (clean && out->n > from) clean_up(out, from);
    return 0;
}

static int decode_bytes(const char *const *piece, const int32_t *ids, int64_t n, int32_t n_pieces,
                        struct mc_buf *out, struct mc_error *e) {
    uint32_t letter[256];
    int16_t byte_of[LETTERS];
    tok_byte_letters(letter);
    memset(byte_of, -1, sizeof byte_of);
    for (int c = 0; c < 256; c++) byte_of[letter[c]] = (int16_t)c;
    struct mc_buf bytes = {0};
    int rc = 0;
    for (int64_t i = 0; i < n && rc == 0; i++) {
        const char *s = piece_of(piece, n_pieces, ids[i]);
        if (s) rc = put_bytes(&bytes, s, byte_of, e);
    }
    if (rc == 0) rc = put_lossy(out, bytes.p, bytes.n, e);
    mc_buf_release(&bytes);
    return rc;
}

int mc_detokenize(const char *decoder, const char *const *piece, const int32_t *ids, int64_t n,
                  int32_t n_pieces, struct mc_buf *out, struct mc_error *e) {
    for (int64_t i = 0; i < n; i++)
        if (ids[i] < 0) return mc_fail(e, MC_ERR_INPUT, "a negative id, %d", (int)ids[i]);
    MC_TRY(mc_buf_add(out, "", 0, e)); // a text, even an empty one
    if (strcmp(decoder, "byte-level") == 0) return decode_bytes(piece, ids, n, n_pieces, out, e);
    bool clean = strcmp(decoder, "metaspace-clean") == 0;
    if (clean || strcmp(decoder, "metaspace") == 0)
        return decode_spaced(piece, ids, n, n_pieces, clean, out, e);
    return mc_fail(e, MC_ERR_INPUT, "decoder '%s' is not supported", decoder);
}

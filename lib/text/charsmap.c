// A compiled character map: a u32 with the bytes of a double-array trie, its units, and the texts
// that its values point to. A unit has the byte that leads to it (bits 0-7), whether a value hangs
// on it (8), and how its children lie (9-31); one with bit 31 is a value.
//
// Applied as the tokenizers package does, which is not what SentencePiece does: a grapheme of under
// 6 bytes whose start is in the map becomes the mapping of its shortest such start, all of it; any
// other goes code point by code point.
#include "charsmap.h"

#include <stdlib.h>
#include <string.h>

#include "grapheme.h"
#include "mc/utf8.h"

enum { BLOCK = 256, WHOLE = 6 };

#define IS_VALUE ((uint32_t)1 << 31)

static uint32_t u32_at(const unsigned char *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t children(uint32_t at, uint32_t unit) {
    return at ^ unit >> 10 << ((unit & 1 << 9) >> 6);
}

static bool has_value(uint32_t unit) { return unit >> 8 & 1; }

// The value of the shortest start of s[n], or -1.
static int64_t find_shortest(const struct tok_charsmap *m, const char *s, size_t n) {
    uint32_t at = children(0, m->unit[0]);
    for (size_t i = 0; i < n && s[i]; i++) {
        at ^= (unsigned char)s[i];
        uint32_t unit = m->unit[at];
        if ((unit & (IS_VALUE | 0xff)) != (unsigned char)s[i]) return -1;
        at = children(at, unit);
        if (has_value(unit)) return m->unit[at] & ~IS_VALUE;
    }
    return -1;
}

// Children lie in one block of 256, so that a child's block must be there, and all is there.
static int check(const struct tok_charsmap *m, size_t n_text, struct mc_error *e) {
    for (uint32_t i = 0; i < m->n; i++) {
        if (m->unit[i] & IS_VALUE) continue;
        uint32_t at = children(i, m->unit[i]);
        uint32_t value = at < m->n && has_value(m->unit[i]) ? m->unit[at] & ~IS_VALUE : 0;
        if (at >= m->n || value > n_text || ((unsigned char)m->text[value] & 0xc0) == 0x80)
            return mc_fail(e, MC_ERR_INPUT, "character map: unit %u leads outside", (unsigned)i);
    }
    if (m->unit[0] & IS_VALUE)
        return mc_fail(e, MC_ERR_INPUT, "character map: no unit to begin with");
    return 0;
}

int tok_charsmap_read(struct tok_charsmap *m, const void *p, size_t n, struct mc_error *e) {
    uint32_t size = n < 4 ? 0 : u32_at(p);
    if (n < 4 || size > n - 4 || size == 0 || size % (4 * BLOCK))
        return mc_fail(e, MC_ERR_INPUT, "character map: a trie of %u bytes in %zu bytes",
                       (unsigned)size, n);
    MC_TRY(mc_buf_add(&m->raw, p, n, e));
    m->n = size / 4;
    if (!(m->unit = mc_new(m->n, sizeof *m->unit, e))) return MC_ERR_MEM;
    const unsigned char *units = (const unsigned char *)m->raw.p + 4;
    for (uint32_t i = 0; i < m->n; i++) m->unit[i] = u32_at(units + 4 * (size_t)i);
    m->text = m->raw.p + 4 + size;
    size_t n_text = n - 4 - size, bad = mc_utf8_check(m->text, n_text);
    if (bad < n_text)
        return mc_fail(e, MC_ERR_INPUT, "character map: byte %zu: not UTF-8", 4 + size + bad);
    MC_TRY(check(m, n_text, e));
    for (int c = 0; c < 0x80; c++) m->ascii[c] = (int32_t)find_shortest(m, &(char){(char)c}, 1);
    return 0;
}

// --- base64

static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

int tok_charsmap_base64(struct tok_charsmap *m, const char *text, struct mc_error *e) {
    size_t n = strlen(text), pad = 0;
    while (pad < 2 && pad < n && text[n - 1 - pad] == '=') pad++;
    unsigned char *out = mc_new(n / 4 * 3 + 3, 1, e);
    if (!out) return MC_ERR_MEM;
    uint32_t bits = 0;
    size_t k = 0, bad = n % 4 ? n : 0; // bad: the first digit that is none, + 1
    for (size_t i = 0; i < n - pad && !bad; i++) {
        int d = digit_of(text[i]);
        if (d < 0) bad = i + 1;
        bits = bits << 6 | (uint32_t)(d & 63);
        if (i % 4) out[k++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    int rc = bad ? mc_fail(e, MC_ERR_INPUT, "character map: character %zu: not base64", bad)
                 : tok_charsmap_read(m, out, k, e);
    free(out);
    return rc;
}

// --- applying

static size_t length_of(const char *s) {
    unsigned char b = (unsigned char)*s;
    return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

// One grapheme; what is not mapped is copied.
static int map_grapheme(const struct tok_charsmap *m, const char *s, size_t n, struct mc_buf *out,
                        struct mc_error *e) {
    int64_t to = n < WHOLE ? find_shortest(m, s, n) : -1;
    if (to >= 0) return mc_buf_add(out, m->text + to, strlen(m->text + to), e);
    for (size_t i = 0, k; i < n; i += k) {
        k = length_of(s + i);
        to = find_shortest(m, s + i, k);
        MC_TRY(to < 0 ? mc_buf_add(out, s + i, k, e)
                      : mc_buf_add(out, m->text + to, strlen(m->text + to), e));
    }
    return 0;
}

int tok_charsmap_apply(const struct tok_charsmap *m, const char *s, size_t n, struct mc_buf *out,
                       struct mc_error *e) {
    MC_TRY(mc_buf_reserve(out, n, e));
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        // alone, where no mark follows
        bool alone = c < 0x80 && c != '\r' && (i + 1 == n || (unsigned char)s[i + 1] < 0x80);
        if (alone && m->ascii[c] < 0) {
            MC_TRY(mc_buf_add(out, s + i++, 1, e));
            continue;
        }
        size_t k = alone ? 1 : tok_grapheme(s + i, n - i);
        MC_TRY(map_grapheme(m, s + i, k, out, e));
        i += k;
    }
    return 0;
}

void tok_charsmap_release(struct tok_charsmap *m) {
    mc_buf_release(&m->raw);
    free(m->unit);
    *m = (struct tok_charsmap){0};
}

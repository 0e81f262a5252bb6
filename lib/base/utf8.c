// UTF-8: strict reading and writing of code points, and the escapes of control characters.
#include "mc/utf8.h"

#include <stdio.h>
#include <string.h>

int mc_utf8_read(const char *s, size_t n, uint32_t *c) {
    const unsigned char *p = (const unsigned char *)s;
    if (p[0] < 0x80) {
        *c = p[0];
        return 1;
    }
    int k = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || (size_t)k > n) return 0;
    uint32_t v = p[0] & (0x7fu >> k);
    for (int i = 1; i < k; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        v = v << 6 | (p[i] & 0x3f);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (v < least[k] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) return 0;
    *c = v;
    return k;
}

int mc_utf8_write(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    int k = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = k - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(c | (0xf00u >> k & 0xff));
    return k;
}

size_t mc_utf8_check(const char *s, size_t n) {
    size_t i = 0;
    while (i < n) {
        uint32_t c;
        int k = mc_utf8_read(s + i, n - i, &c);
        if (k == 0) break;
        i += (size_t)k;
    }
    return i;
}

// Bytes of the control character at s, of ASCII's set or of Latin-1's, where terminals find their
// commands; 0: none stands there. In what is no UTF-8, as names of files may be, a lone byte of the
// latter is one too. *step: bytes of the character.
static int control(const char *s, int *step) {
    uint32_t c;
    int n = mc_utf8_read(s, 4, &c); // the NUL at the end continues no character
    *step = n ? n : 1;
    if (n == 0) c = (unsigned char)*s;
    return c < 32 || (c >= 127 && c < 160) ? *step : 0;
}

size_t mc_utf8_plain(const char *s) {
    size_t n = 0;
    int step;
    for (; s[n] && !control(s + n, &step); n += (size_t)step) {}
    return n;
}

int mc_utf8_escape(const char *s, char out[MC_UTF8_ESCAPED]) {
    int step, n = control(s, &step);
    const char *common = n == 1 ? strchr("\tt\nn\rr", *s) : NULL;
    if (common)
        snprintf(out, MC_UTF8_ESCAPED, "\\%c", common[1]);
    else
        snprintf(out, MC_UTF8_ESCAPED, "\\u%04x", (unsigned char)s[n - 1]);
    return n;
}

bool mc_utf8_name(const char *s, size_t n) {
    return n > 0 && strnlen(s, n) == n && mc_utf8_plain(s) >= n && mc_utf8_check(s, n) == n;
}

// What a code point is to a tokenizer: its classes, decomposition and lower case, by binary search
// in generated tables.
#include "mc/unicode.h"

#include <utf8proc.h>

#include "unicode_table.h"

static const struct mc_cp_range *find_range(uint32_t c) {
    int lo = 0, hi = mc_n_cp_ranges;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (mc_cp_ranges[mid].last < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < mc_n_cp_ranges && mc_cp_ranges[lo].first <= c ? &mc_cp_ranges[lo] : NULL;
}

static const struct mc_cp_map *find_map(const struct mc_cp_map *map, int n, uint32_t c) {
    int lo = 0, hi = n;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (map[mid].cp < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && map[lo].cp == c ? &map[lo] : NULL;
}

static bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

// The class that the library's categories give; the table corrects it.
static unsigned class_of(uint32_t c) {
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    unsigned f = 0;
    if (k >= UTF8PROC_CATEGORY_CC && k <= UTF8PROC_CATEGORY_CO) f |= MC_CP_CONTROL;
    if (is_space(c)) {
        f |= MC_CP_SPACE;
        if (c == '\t' || c == '\n' || c == '\r') f &= ~(unsigned)MC_CP_CONTROL;
    }
    if (k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO) f |= MC_CP_PUNCT;
    if (c < 0x80 && k >= UTF8PROC_CATEGORY_SM && k <= UTF8PROC_CATEGORY_SO) f |= MC_CP_PUNCT;
    if (k == UTF8PROC_CATEGORY_MN) f |= MC_CP_MARK;
    bool joiner = c == 0x200c || c == 0x200d;
    if ((k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NL) || k == UTF8PROC_CATEGORY_PC ||
        joiner)
        f |= MC_CP_WORD;
    if (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) f |= MC_CP_LETTER;
    if (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO) f |= MC_CP_NUMBER;
    return f;
}

unsigned mc_cp_class(uint32_t c) {
    const struct mc_cp_range *r = c < 0x80 ? NULL : find_range(c);
    return r ? r->flags & ~(unsigned)MC_CP_PLAIN : class_of(c);
}

int mc_cp_ccc(uint32_t c) {
    if (c < 0x300) return 0;
    const struct mc_cp_range *r = find_range(c);
    return r ? r->ccc : utf8proc_get_property((utf8proc_int32_t)c)->combining_class;
}

static int copy_map(const struct mc_cp_map *m, uint32_t out[MC_NFD_MAX]) {
    for (int i = 0; i < m->n; i++) out[i] = m->to[i];
    return m->n;
}

static bool is_plain(uint32_t c) {
    const struct mc_cp_range *r = find_range(c);
    return r && (r->flags & MC_CP_PLAIN);
}

int mc_cp_nfd(uint32_t c, uint32_t out[MC_NFD_MAX]) {
    out[0] = c;
    if (c < 0xc0) return 1;
    const struct mc_cp_map *m = find_map(mc_cp_nfds, mc_n_cp_nfds, c);
    if (m) return copy_map(m, out);
    if (is_plain(c)) return 1;
    utf8proc_int32_t to[MC_NFD_MAX];
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, to, MC_NFD_MAX,
                                                 UTF8PROC_DECOMPOSE, NULL);
    if (n < 1 || n > MC_NFD_MAX) return 1; // no canonical decomposition is longer
    for (int i = 0; i < (int)n; i++) out[i] = (uint32_t)to[i];
    return (int)n;
}

int mc_cp_lower(uint32_t c, uint32_t out[MC_NFD_MAX]) {
    out[0] = c;
    if (c < 0x80) {
        if (c >= 'A' && c <= 'Z') out[0] = c + 32;
        return 1;
    }
    if (c == 0x130) { // the one letter whose lower case is two code points
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    const struct mc_cp_map *m = find_map(mc_cp_lowers, mc_n_cp_lowers, c);
    if (m) return copy_map(m, out);
    if (!is_plain(c)) out[0] = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    return 1;
}

bool mc_cp_chinese(uint32_t c) {
    // as the tokenizers package has it: the start of extension E is off by 0x100 there
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b81f) ||
           (c >= 0x2b920 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x2f800 && c <= 0x2fa1f);
}

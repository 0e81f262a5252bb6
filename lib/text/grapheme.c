// Grapheme clusters: Unicode Standard Annex 29, rules GB3 to GB13. The classes come from a table of
// our own, since the Unicode version of the tokenizers package is what counts, not a library's.
#include "grapheme.h"

#include <stdbool.h>

#include "mc/utf8.h"

static unsigned from_table(uint32_t c) {
    int lo = 0, hi = tok_n_grapheme_ranges;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (tok_grapheme_ranges[mid].last < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < tok_n_grapheme_ranges && tok_grapheme_ranges[lo].first <= c
               ? tok_grapheme_ranges[lo].class
               : G_OTHER;
}

static unsigned class_of(uint32_t c) {
    if (c >= ' ' && c < 0x7f) return G_OTHER;
    if (c == '\r') return G_CR;
    if (c == '\n') return G_LF;
    if (c == 0) return G_CONTROL;
    if (c == 0x200d) return G_ZWJ;
    if (c >= 0xac00 && c <= 0xd7a3) return (c - 0xac00) % 28 ? G_LVT : G_LV;
    if (c >= 0x1f1e6 && c <= 0x1f1ff) return G_REGION;
    return from_table(c);
}

// What the cluster so far allows.
struct state {
    unsigned last;
    bool odd_region;    // an odd number of regional indicators
    bool picture;       // a picture and extenders
    bool picture_joins; // and ZWJ behind them
    bool conjunct;      // a consonant, extenders and linkers
    bool linked;        // a linker among them
};

static bool joins_grapheme(const struct state *s, unsigned c) {
    unsigned l = s->last;
    if (l == G_CR) return c == G_LF;
    if (l == G_LF || l == G_CONTROL || c == G_CONTROL || c == G_CR || c == G_LF) return false;
    if (c == G_EXTEND || c == G_EXTEND_ONLY || c == G_LINKER || c == G_ZWJ || c == G_SPACING)
        return true;
    if (l == G_PREPEND) return true;
    switch (c) {
    case G_L:
    case G_LV:
    case G_LVT: return l == G_L;
    case G_V: return l == G_L || l == G_V || l == G_LV;
    case G_T: return l == G_V || l == G_LV || l == G_T || l == G_LVT;
    case G_CONSONANT: return s->linked;
    case G_PICTURE: return s->picture_joins;
    case G_REGION: return s->odd_region;
    default: return false;
    }
}

static void advance(struct state *s, unsigned c) {
    bool extend = c == G_EXTEND || c == G_EXTEND_ONLY || c == G_LINKER;
    s->odd_region = c == G_REGION && !s->odd_region;
    s->picture_joins = c == G_ZWJ && s->picture;
    s->picture = c == G_PICTURE || (extend && s->picture);
    s->conjunct = c == G_CONSONANT ||
                  ((c == G_EXTEND || c == G_LINKER || c == G_ZWJ) && s->conjunct);
    s->linked = s->conjunct && c != G_CONSONANT && (c == G_LINKER || s->linked);
    s->last = c;
}

size_t tok_grapheme(const char *s, size_t n) {
    struct state state = {0};
    size_t i = 0;
    while (i < n) {
        uint32_t c = 0;
        int k = mc_utf8_read(s + i, n - i, &c);
        unsigned class = class_of(c);
        if (i > 0 && !joins_grapheme(&state, class)) break;
        advance(&state, class);
        i += k > 0 ? (size_t)k : 1;
    }
    return i;
}

// Grapheme clusters as the tokenizers package cuts them. Private to lib/text.
#ifndef MC_TEXT_GRAPHEME_H
#define MC_TEXT_GRAPHEME_H

#include <stddef.h>
#include <stdint.h>

enum { // classes of code points; those after G_T are worked out, the others come from the table
    G_OTHER,
    G_CONTROL,
    G_EXTEND,
    G_EXTEND_ONLY, // one that ends a conjunct
    G_LINKER,      // one that joins consonants
    G_SPACING,
    G_PREPEND,
    G_PICTURE,
    G_CONSONANT, // of a script with conjuncts
    G_L,
    G_V,
    G_T,
    G_CR,
    G_LF,
    G_ZWJ,
    G_REGION,
    G_LV,
    G_LVT
};

struct tok_grapheme_range {
    uint32_t first, last;
    uint8_t class;
};
extern const struct tok_grapheme_range tok_grapheme_ranges[]; // sorted
extern const int tok_n_grapheme_ranges;

// Bytes of the grapheme that s[n], valid UTF-8 and not empty, begins with.
size_t tok_grapheme(const char *s, size_t n);

#endif

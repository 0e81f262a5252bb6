// Code points as the tokenizers see them: classes, canonical decomposition, lower case.
#ifndef MC_UNICODE_H
#define MC_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/utf8.h"

enum {                 // classes, as the tokenizers package defines them
    MC_CP_CONTROL = 1, // removed by cleaning
    MC_CP_SPACE = 2,   // White_Space
    MC_CP_PUNCT = 4,   // ASCII symbols, and punctuation of Unicode
    MC_CP_MARK = 8,    // nonspacing mark: an accent
    MC_CP_WORD = 16,   // \w of a regular expression
    MC_CP_LETTER = 64, // \p{L}
    MC_CP_NUMBER = 128 // \p{N}
};
// The classes of a code point, or-ed.
unsigned mc_cp_class(uint32_t c);
// Canonical combining class, 0..254.
int mc_cp_ccc(uint32_t c);
enum { MC_NFD_MAX = 4 };
// Canonical decomposition, in full; the number of code points.
int mc_cp_nfd(uint32_t c, uint32_t out[MC_NFD_MAX]);
// Lower case, in full; the number of code points.
int mc_cp_lower(uint32_t c, uint32_t out[MC_NFD_MAX]);
// A Chinese character in the sense of BERT, a word by itself.
bool mc_cp_chinese(uint32_t c);

#endif

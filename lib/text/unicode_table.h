// The tables of unicode_table.c. Private to lib/text.
#ifndef MC_TEXT_UNICODE_TABLE_H
#define MC_TEXT_UNICODE_TABLE_H

#include <stdint.h>

enum {
    MC_CP_PLAIN = 32
}; // in the table: neither decomposed nor lowercased, whatever a newer library knows

struct mc_cp_range {
    uint32_t first, last;
    uint8_t flags, ccc;
};

struct mc_cp_map {
    uint32_t cp;
    int n;
    uint32_t to[4];
};

extern const struct mc_cp_range mc_cp_ranges[]; // sorted
extern const int mc_n_cp_ranges;
extern const struct mc_cp_map mc_cp_nfds[], mc_cp_lowers[]; // sorted
extern const int mc_n_cp_nfds, mc_n_cp_lowers;

#endif

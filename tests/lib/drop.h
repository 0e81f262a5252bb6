// Dropout of one row, as the operations do it.
#ifndef MC_TEST_DROP_H
#define MC_TEST_DROP_H

#include "mc/kern.h"

enum { DROP_MAX = 1 << 20 };

static inline void drop_row(const struct mc_kern *k, const struct mc_drop *d, int n, const float *x,
                            float *y) {
    static uint32_t bits[MC_DROP_WORDS(DROP_MAX)];
    k->draw(d, n, bits);
    k->mask(n, bits, d->scale, x, y);
}

#endif

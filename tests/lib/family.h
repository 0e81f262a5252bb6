// A family of kernels for a part of a test.
#ifndef MC_TEST_FAMILY_H
#define MC_TEST_FAMILY_H

#include <stdlib.h>
#include <string.h>

// Sets a variable of the environment; what it was, for put_back.
static inline char *put_for_now(const char *name, const char *value) {
    const char *was = getenv(name);
    char *kept = was ? strdup(was) : NULL;
    setenv(name, value, 1);
    return kept;
}

static inline void put_back(const char *name, char *kept) {
    if (kept)
        setenv(name, kept, 1);
    else
        unsetenv(name);
    free(kept);
}

#endif

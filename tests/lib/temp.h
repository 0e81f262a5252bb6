// A temporary file, made anew for every test or group of tests: its path, and writing it.
#ifndef MC_TEST_TEMP_H
#define MC_TEST_TEMP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static inline int set_up(void **state) {
    (void)state;
    strcpy(path, "/tmp/mc-test-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static inline int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static inline void spill(const void *p, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

#endif

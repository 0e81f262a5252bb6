// Tables as somebody at a terminal reads them: columns chosen, aligned, numbers short.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mc/aligned.h"

static const struct mc_shown SHOWN[] = {{"name", 0},   {"n", 0},     {"loss", 4}, {"t", 2},
                                        {"absent", 0}, {"empty", 4}, {NULL, 0}};

static void shows(struct mc_aligned *a, const char *tsv, const char *expected) {
    struct mc_error e;
    struct mc_buf out = {0};
    assert_int_equal(mc_aligned_add(a, tsv, strlen(tsv), &out, &e), 0);
    assert_string_equal(out.p ? out.p : "", expected);
    mc_buf_release(&out);
}

static void columns_that_have_values(void **state) {
    (void)state;
    struct mc_aligned a = {.shown = SHOWN};
    shows(&a,
          "n\tempty\tname\tmore\tloss\tt\n"
          "100000\tnan\tgr\xc3\xbc\xc3\x9f\tx\t0.123456789\t0.04\n"
          "5\tnan\tb\tx\t12\tnan\n",
          "name       n      loss       t\n"
          "gr\xc3\xbc\xc3\x9f  100000    0.1235    0.04\n"
          "b          5   12.0000\n");
}

static void lines_that_come_later(void **state) {
    (void)state;
    struct mc_aligned a = {.shown = SHOWN};
    shows(&a, "name\tloss\na\t1", "name      loss\na       1.0000\n");
    shows(&a, "bb\t0.00001234\nmuch longer\t-0.5\n", "bb    1.23e-05\nmuch longer   -0.5000\n");
    shows(&a, "", "");
}

static void numbers(void **state) {
    (void)state;
    static const struct mc_shown n[] = {{"n", 0}, {"x", 4}, {NULL, 0}};
    struct mc_aligned a = {.shown = n};
    shows(&a, "n\tx\n1234567\t0\n0.25\t123456\n-3\t1e-4\n",
          "      n         x\n1234567    0.0000\n   0.25  1.23e+05\n     -3  1.00e-04\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_that_have_values),
        cmocka_unit_test(lines_that_come_later),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

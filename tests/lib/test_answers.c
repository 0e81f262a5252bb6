// Written answers against gold ones, as SQuAD's and ReCoRD's scripts count them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mc/eval.h"

static struct mc_error err;

#define GOLD(s) s, sizeof s // several answers: "one\0other"

static void scores(const char *text, const char *gold, size_t n, double exact, double f1) {
    double x, y;
    assert_int_equal(mc_answer_scores(text, gold, gold + n, &x, &y, &err), 0);
    if (x != exact || fabs(y - f1) > 1e-15)
        fail_msg("'%s', '%s': %g %g, not %g %g", text, gold, x, y, exact, f1);
}

static void exact(void **state) {
    (void)state;
    scores("Denver Broncos", GOLD("Denver Broncos"), 1, 1);
    scores("the  denver\tBRONCOS!", GOLD("\"Denver\" Broncos."), 1, 1);
    scores("An apple, a day", GOLD("apple day"), 1, 1);
    scores("U.S.A.", GOLD("usa"), 1, 1); // punctuation vanishes
    scores("well-known", GOLD("well known"), 0, 0);
    scores("well\xe2\x80\x94known", GOLD("wellknown"), 0, 0); // not that beyond ASCII
    scores("\xc3\x89TAT", GOLD("\xc3\xa9tat"), 1, 1);
    scores("x\xc2\xa0y", GOLD("x y"), 1, 1); // any white space
    scores("x\x1fy", GOLD("x y"), 1, 1);
}

static void articles(void **state) {
    (void)state;
    scores("theory", GOLD("ory"), 0, 0); // whole words alone
    scores("a1", GOLD("1"), 0, 0);
    scores("a_1", GOLD("a1"), 1, 1); // an underscore is punctuation, and goes first
    scores("\xe2\x80\x94"
           "the\xe2\x80\x94",
           GOLD("\xe2\x80\x94 \xe2\x80\x94"), 1, 1); // parted where it stood
    scores("a's", GOLD("as"), 1, 1);
    scores("a\xcc\x81", GOLD("\xcc\x81"), 1, 1); // a mark is no letter
    scores("\xe4\xb8\xad"
           "a",
           GOLD("\xe4\xb8\xad"), 0, 0);
}

static void f1(void **state) {
    (void)state;
    scores("x y z", GOLD("x"), 0, .5); // 1/3 and 1
    scores("x y", GOLD("y z"), 0, .5);
    scores("y x", GOLD("x y"), 0, 1);          // in any order
    scores("x x y", GOLD("x y y"), 0, 2. / 3); // as often as both have it
    scores("x", GOLD("y"), 0, 0);
    scores("", GOLD("x"), 0, 0);
    scores("the", GOLD("..."), 1, 1); // nothing is left of either
}

static void best_of_several(void **state) {
    (void)state;
    scores("x y", GOLD("z\0x\0x y z"), 0, .8);
    scores("x y", GOLD("z\0The x, y\0x"), 1, 1);
    scores("x y", GOLD("y x\0x"), 0, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact),
        cmocka_unit_test(articles),
        cmocka_unit_test(f1),
        cmocka_unit_test(best_of_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

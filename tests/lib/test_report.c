// The tables of mc-eval, cell by cell.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "files.h"
#include "mc/report.h"

static struct mc_out out;

static void open_out(void) { assert_int_equal(mc_out_open(&out, path, &e), 0); }

static void holds(const char *want) {
    assert_int_equal(mc_out_close(&out, &e), 0);
    struct bytes b = slurp(path);
    b.p[b.n] = 0;
    assert_string_equal((const char *)b.p, want);
    free(b.p);
}

static struct mc_point point(double t) {
    struct mc_point p = {
        .index = 3, .t = t, .step = NAN, .x = NAN, .y = -.5, .s = 2, .group = "head"};
    return p;
}

static void outputs(void **state) {
    (void)state;
    const int max_new = 4;
    int32_t ids[] = {5, 7, 1, -1, /**/ 1, -1, -1, -1, /**/ 9, 9, 9, 9};
    int len[] = {3, 1, 4};
    static const char text[] = "a\tb\nc\r\\d\0\0nine 9";
    int64_t pick[] = {0, 4, 17};
    const struct mc_task t = {.name = (char *)(uintptr_t) "qa", .pick = pick, .n = 3};
    const struct mc_scores s = {.n = 3,
                                .max_new = max_new,
                                .ids = ids,
                                .len = len,
                                .text = {(char *)(uintptr_t)text, sizeof text, sizeof text}};
    const struct mc_point p = point(.25);
    open_out();
    assert_int_equal(mc_report_outputs_head(&out, &e), 0);
    assert_int_equal(mc_report_outputs(&out, &p, &t, 2, &s, &e), 0);
    holds("point\tt\ttask\texample\tids\ttext\n"
          "3\t0.25\tqa\t0\t2 5 7 1\ta\\tb\\nc\\r\\\\d\n"
          "3\t0.25\tqa\t4\t2 1\t\n"
          "3\t0.25\tqa\t17\t2 9 9 9 9\tnine 9\n");
}

static void table(void **state) {
    (void)state;
    const struct mc_task t = {.name = (char *)(uintptr_t) "qa", .n = 12};
    struct mc_point p = point(NAN);
    strcpy(p.from, "aa");
    p.step = 500;
    // loss accuracy f1_macro mcc exact_match token_f1 pearson spearman
    // temperature loss_cal js_0
    const struct mc_metrics m = {{1. / 3, NAN, .5, -1, 0, .75, NAN, 1, INFINITY, .25, 0}, 11};
    open_out();
    assert_int_equal(mc_report_head(&out, &e), 0);
    assert_int_equal(mc_report_row(&out, &p, &t, &m, &e), 0);
    assert_int_equal(mc_report_end(&out, &e), 0);
    holds("point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep"
          "\texact_match\ttoken_f1\tpearson\tspearman"
          "\tx\ty\ts\tgroup\ttemperature\tloss_cal\tjs_0\n"
          "3\tnan\tqa\t12\t0.333333333\tnan\t0.5\t-1\taa\t\t500\t0\t0.75\tnan\t1"
          "\tnan\t-0.5\t2\thead\tinf\t0.25\t0\n");
}

static void examples(void **state) {
    (void)state;
    double loss[] = {.5, 1}, p_label[] = {.25, NAN}, exact[] = {1, NAN}, f1[] = {1, NAN},
           score[] = {NAN, 2.5}, cal[] = {.125, NAN}, values[] = {0, 0, 3};
    int32_t predicted[] = {1, -1}, label[] = {0, 0, -1};
    int64_t pick[] = {1, 2};
    char *names[] = {(char *)(uintptr_t) "no", (char *)(uintptr_t) "yes"};
    const struct mc_scores s = {.loss = loss,
                                .p_label = p_label,
                                .exact_match = exact,
                                .token_f1 = f1,
                                .score = score,
                                .loss_cal = cal,
                                .predicted = predicted,
                                .labels = names,
                                .n_labels = 2,
                                .n = 2};
    const struct mc_task t = {.name = (char *)(uintptr_t) "x",
                              .tokens.values = values,
                              .pick = pick,
                              .label = label,
                              .n = 2};
    const struct mc_point p = point(1);
    open_out();
    assert_int_equal(mc_report_each_head(&out, &e), 0);
    assert_int_equal(mc_report_each(&out, &p, &t, &s, &e), 0);
    holds("point\tt\ttask\texample\tlabel\tpredicted\tloss\tp_label"
          "\texact_match\ttoken_f1\tscore\ttarget\tloss_cal\n"
          "3\t1\tx\t1\tno\tyes\t0.5\t0.25\t1\t1\tnan\t0\t0.125\n"
          "3\t1\tx\t2\t\t\t1\tnan\tnan\tnan\t2.5\t3\tnan\n");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(outputs), TEST(table), TEST(examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

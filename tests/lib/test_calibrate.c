// Temperatures and divergences against values worked by hand, and where there are none.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mc/report.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-12)
#define TEXT(s) ((char *)(uintptr_t)(s))

static struct mc_error err;
static double loss_cal[8];
static int32_t label[8];

static struct mc_scores calibrated(double *logit, int n, int n_labels) {
    struct mc_scores s = {.n = n,
                          .n_labels = n_labels,
                          .logit = logit,
                          .has_logits = true,
                          .temperature = NAN,
                          .loss_cal = loss_cal};
    const struct mc_task t = {.n = n, .label = label};
    assert_int_equal(mc_calibrate(&s, &t, &err), 0);
    return s;
}

// Two classes, logits 0 and z: three of four right gives p = 3/4 at the optimum, z / T = log 3.
static void a_share_of_right_answers(void **state) {
    (void)state;
    double z[] = {0, 7, 0, 7, 0, 7, 0, 7};
    for (int i = 0; i < 4; i++) label[i] = i > 0;
    NEAR(calibrated(z, 4, 2).temperature, 7 / log(3));
    NEAR(loss_cal[0], log(4));
    NEAR(loss_cal[1], log(4 / 3.0));
    for (int i = 0; i < 8; i++) z[i] += i < 4 ? 1000 : -1000; // softmax does not see it
    NEAR(calibrated(z, 4, 2).temperature, 7 / log(3));
}

// Logits times k: T times k, the loss as it was.
static void a_scale_of_logits_is_taken_away(void **state) {
    (void)state;
    double z[12] = {.3, -1, 2, 1, .5, -.2, 0, 3, 1, -1, -2, .7}, scaled[12];
    const int32_t gold[] = {2, 1, 1, 0};
    memcpy(label, gold, sizeof gold);
    double temperature = calibrated(z, 4, 3).temperature, before[4];
    memcpy(before, loss_cal, sizeof before);
    for (int i = 0; i < 12; i++) scaled[i] = 12.5 * z[i];
    double other = calibrated(scaled, 4, 3).temperature;
    assert_true(temperature > 0 && fabs(other / temperature / 12.5 - 1) < 1e-9);
    for (int i = 0; i < 4; i++) assert_true(fabs(loss_cal[i] - before[i]) < 1e-9);
    // no other temperature has a lower loss
    for (int k = -1; k <= 1; k += 2) {
        double b = (1 + .01 * k) / temperature, sum = 0, least = 0;
        for (int i = 0; i < 4; i++) {
            double all = 0;
            for (int c = 0; c < 3; c++) all += exp(b * z[3 * i + c]);
            sum += log(all) - b * z[3 * i + gold[i]];
            least += before[i];
        }
        assert_true(sum > least);
    }
}

static void limits(void **state) {
    (void)state;
    label[0] = label[1] = 1;
    double right[] = {0, 1, -3, -2};
    assert_true(calibrated(right, 2, 2).temperature == 0);
    assert_true(loss_cal[0] == 0 && loss_cal[1] == 0);
    double tie[] = {0, 1, 1, -3, -2, -4}; // the first has two that are largest
    assert_true(calibrated(tie, 2, 3).temperature == 0);
    NEAR(loss_cal[0], log(2));
    assert_true(loss_cal[1] == 0);
    double wrong[] = {1, 0, -2, -3};
    assert_true(isinf(calibrated(wrong, 2, 2).temperature));
    NEAR(loss_cal[0], log(2));
    double flat[] = {4, 4, -1, -1};
    assert_true(calibrated(flat, 2, 2).temperature == 1);
    NEAR(loss_cal[1], log(2));
}

static void what_has_no_temperature(void **state) {
    (void)state;
    double z[] = {0, 1};
    struct mc_scores s = {
        .n = 1, .n_labels = 2, .logit = z, .has_logits = true, .temperature = NAN};
    struct mc_task t = {.n = 1}; // no labels: nothing to fit
    assert_int_equal(mc_calibrate(&s, &t, &err), 0);
    assert_true(isnan(s.temperature));
    s.has_logits = false; // numbers, or text that was written
    t.label = label;
    assert_int_equal(mc_calibrate(&s, &t, &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "heads of classes"));
    int32_t ids[] = {1};
    s.has_logits = true; // targets that were scored
    t.tokens.target_ids = ids;
    assert_int_equal(mc_calibrate(&s, &t, &err), MC_ERR_INPUT);
}

// --- divergence from the first point

static double js(struct mc_first_point *f, const char *kind, const char *group, char **labels,
                 int n_labels, const double *p) {
    static double z[8];
    struct mc_point at = {.t = .5};
    strcpy(at.kind, kind);
    strcpy(at.group, group);
    struct mc_scores s = {
        .n = 1, .logit = z, .has_logits = true, .labels = labels, .n_labels = n_labels};
    s.js_0 = NAN;
    for (int k = 0; k < n_labels; k++) z[k] = log(p[k]) + 3; // not normalised
    assert_int_equal(mc_first_point_compare(f, &at, &s, &err), 0);
    return s.js_0;
}

static void divergences(void **state) {
    (void)state;
    char *labels[] = {TEXT("no"), TEXT("yes"), TEXT("maybe")},
         *other[] = {TEXT("yes"), TEXT("maybe"), TEXT("no")}, *fewer[] = {TEXT("yes")};
    struct mc_first_point f = {0};
    assert_true(isnan(js(&f, "", "", labels, 3, (double[]){.5, .25, .25}))); // on no path
    assert_true(js(&f, "line", "", labels, 3, (double[]){.5, .25, .25}) == 0);
    double want = .5 * (.5 * log(.5 / .375) + .25 * log(.25 / .25) + .25 * log(.25 / .375)) +
                  .5 * (.25 * log(.25 / .375) + .25 * log(.25 / .25) + .5 * log(.5 / .375));
    NEAR(js(&f, "line", "", labels, 3, (double[]){.25, .25, .5}), want);
    NEAR(js(&f, "line", "", other, 3, (double[]){.25, .5, .25}), want); // by name
    // all on a label that had a quarter: m is .25, .625, .125
    want = .5 * (.5 * log(2) + .25 * log(.25 / .625) + .25 * log(2)) + .5 * log(1 / .625);
    NEAR(js(&f, "line", "", fewer, 1, (double[]){1}), want);
    // another group, another path, no path: another first point
    assert_true(js(&f, "line", "head", labels, 3, (double[]){.25, .25, .5}) == 0);
    assert_true(js(&f, "slerp", "head", labels, 3, (double[]){.5, .25, .25}) == 0);
    assert_true(js(&f, "slerp", "head", labels, 3, (double[]){.25, .25, .5}) > .01);
    assert_true(isnan(js(&f, "", "", labels, 3, (double[]){.5, .25, .25})));
    assert_true(js(&f, "slerp", "head", fewer, 1, (double[]){1}) == 0);
    // no label in common: log 2
    NEAR(js(&f, "slerp", "head", labels, 1, (double[]){1}), log(2));
    mc_first_point_release(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_of_right_answers),
        cmocka_unit_test(a_scale_of_logits_is_taken_away),
        cmocka_unit_test(limits),
        cmocka_unit_test(what_has_no_temperature),
        cmocka_unit_test(divergences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

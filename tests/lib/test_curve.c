// Weights of curves by their definitions, and sums in double.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mc/curve.h"

enum { MOST = 8 };

static double choose(int n, int k) {
    double c = 1;
    for (int i = 0; i < k; i++) c = c * (n - i) / (i + 1);
    return c;
}

static void weights_of_bezier_are_bernsteins(void **state) {
    (void)state;
    double w[MOST];
    for (int n = 2; n <= MOST; n++)
        for (int k = 0; k <= 10; k++) {
            double t = k / 10.0, sum = 0;
            mc_curve_bezier.weigh(n, t, w);
            for (int i = 0; i < n; i++) {
                assert_float_equal(w[i], choose(n - 1, i) * pow(t, i) * pow(1 - t, n - 1 - i),
                                   1e-15);
                sum += w[i];
            }
            assert_float_equal(sum, 1, 1e-15);
        }
}

static void weights_of_a_chain_are_those_of_its_segment(void **state) {
    (void)state;
    double w[MOST];
    mc_curve_chain.weigh(5, .625, w); // in the middle of the third segment
    for (int i = 0; i < 5; i++) assert_true(w[i] == (i == 2 || i == 3 ? .5 : 0));
    for (int i = 0; i < 5; i++) {
        mc_curve_chain.weigh(5, i / 4.0, w);
        for (int j = 0; j < 5; j++) assert_true(w[j] == (i == j));
    }
}

static void a_vertex_of_a_chain_is_a_vertex(void **state) {
    (void)state;
    enum { LONG = 200 };
    double w[LONG];
    for (int n = 2; n <= LONG; n++)
        for (int i = 0; i < n; i++) {
            mc_curve_chain.weigh(n, (double)i / (n - 1), w); // (1 / 49) * 49 is less than 1
            for (int j = 0; j < n; j++) assert_true(w[j] == (i == j));
        }
}

static void ends_of_every_shape_are_its_ends(void **state) {
    (void)state;
    double w[MOST];
    for (int s = 0; mc_curve_shapes[s]; s++)
        for (int n = 2; n <= MOST; n++)
            for (int end = 0; end < 2; end++) {
                mc_curve_shapes[s]->weigh(n, end, w);
                for (int i = 0; i < n; i++) assert_true(w[i] == (i == (end ? n - 1 : 0)));
            }
}

static void shapes_are_found_by_name(void **state) {
    (void)state;
    assert_ptr_equal(mc_curve_shape_find("bezier"), &mc_curve_bezier);
    assert_ptr_equal(mc_curve_shape_find("chain"), &mc_curve_chain);
    assert_null(mc_curve_shape_find("bezie"));
}

// 2^24 + 1 is no float: a sum in float32 would lose the 1 before it is taken away again.
static void sums_are_of_doubles(void **state) {
    (void)state;
    enum { N = 1025 };
    float *v = malloc(3 * N * sizeof *v), out[N];
    assert_non_null(v);
    for (int i = 0; i < N; i++) {
        v[i] = 16777216;
        v[N + i] = (float)(1 + i);
        v[2 * N + i] = NAN;
    }
    const float *const of[] = {v, v + N, v, v + 2 * N};
    mc_curve_sum(4, (double[]){1, 1, -1, 0}, of, N, out);
    for (int i = 0; i < N; i++) assert_true(out[i] == (float)(1 + i));
    free(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_of_bezier_are_bernsteins),
        cmocka_unit_test(weights_of_a_chain_are_those_of_its_segment),
        cmocka_unit_test(a_vertex_of_a_chain_is_a_vertex),
        cmocka_unit_test(ends_of_every_shape_are_its_ends),
        cmocka_unit_test(shapes_are_found_by_name),
        cmocka_unit_test(sums_are_of_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

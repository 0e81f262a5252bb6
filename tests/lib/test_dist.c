// Distances worked by hand, groups, cosines of updates.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/dist.h"
#include "toy.h"

static struct mc_error err;
static struct mc_model a, b, base;

static int open_models(void **state) {
    (void)state;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&base, TOY_CONFIG, TOY_LABELS, 2, 1);
    return 0;
}

static int close_models(void **state) {
    (void)state;
    mc_model_release(&a);
    mc_model_release(&b);
    mc_model_release(&base);
    return 0;
}

static float *weight(struct mc_model *m, const char *name) {
    int i = mc_table_find(&m->table, name);
    assert_true(i >= 0);
    return m->w + m->table.p[i].at;
}

static const struct mc_dist *group(const struct mc_dist *d, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(d[i].group, name) == 0) return &d[i];
    fail_msg("no group %s", name);
    return NULL;
}

#define QUERY_0 "bert.encoder.layer.0.attention.self.query.weight"
#define QUERY_1 "bert.encoder.layer.1.attention.self.query.weight"

static void by_hand(void **state) {
    (void)state;
    struct mc_dist *d;
    int n;
    float *q = weight(&b, QUERY_0), old[2] = {q[0], q[1]};
    float *from = weight(&a, QUERY_0);
    from[0] = from[1] = 0;
    q[0] = 3, q[1] = 4;
    assert_int_equal(mc_distances(&a, &b, NULL, MC_BY_LAYER, &d, &n, &err), 0);
    static const char *const order[] = {"embeddings", "layer.0", "layer.1",
                                        "pooler",     "head",    "all"};
    assert_int_equal(n, 6);
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        assert_string_equal(d[i].group, order[i]);
        bool moved = i == 1 || i == 5;
        assert_true(fabs(d[i].l2 - (moved ? 5 : 0)) < 1e-12);
        assert_true(fabs(d[i].rms - d[i].l2 / sqrt((double)d[i].n)) < 1e-15);
        if (!moved)
            assert_true(fabs(d[i].cosine - 1) < 1e-12);
        else
            assert_true(d[i].cosine < 1 - 1e-6);
        sum += i < n - 1 ? d[i].n : 0;
    }
    assert_true(sum == d[n - 1].n && sum == (int64_t)a.table.size);
    free(d);
    assert_int_equal(mc_distances(&a, &b, NULL, MC_BY_TENSOR, &d, &n, &err), 0);
    assert_int_equal(n, a.table.n + 1);
    assert_true(fabs(group(d, n, QUERY_0)->l2 - 5) < 1e-12 && group(d, n, QUERY_1)->l2 == 0);
    assert_true(group(d, n, QUERY_0)->n == 16 * 16);
    free(d);
    assert_int_equal(mc_distances(&a, &b, NULL, MC_BY_KIND, &d, &n, &err), 0);
    assert_true(fabs(group(d, n, "attention.self.query.weight")->l2 - 5) < 1e-12);
    assert_true(group(d, n, "attention.self.query.weight")->n == 2 * 16 * 16); // of both layers
    free(d);
    assert_int_equal(mc_distances(&a, &b, NULL, MC_BY_SUBLAYER, &d, &n, &err), 0);
    static const char *const parts[] = {"embeddings",  "layer.0.attention",
                                        "layer.0.ffn", "layer.1.attention",
                                        "layer.1.ffn", "pooler",
                                        "head",        "all"};
    assert_int_equal(n, 8);
    for (int i = 0; i < n; i++) {
        assert_string_equal(d[i].group, parts[i]);
        assert_true(fabs(d[i].l2 - (i == 1 || i == 7 ? 5 : 0)) < 1e-12);
    }
    // query, key, value, output and their biases, and the norm's two
    assert_true(group(d, n, "layer.0.attention")->n == 4 * (16 * 16 + 16) + 2 * 16);
    assert_true(group(d, n, "layer.0.ffn")->n == 2 * 16 * 32 + 32 + 16 + 2 * 16);
    free(d);
    for (int i = 0; i < 2; i++) q[i] = from[i] = old[i];
}

static double update_cosine(float ax, float ay, float bx, float by) {
    struct mc_dist *d;
    int n;
    float *o = weight(&base, QUERY_0), *x = weight(&a, QUERY_0), *y = weight(&b, QUERY_0),
          old[2] = {o[0], o[1]};
    o[0] = o[1] = .5f; // sums below are exact
    x[0] = .5f + ax, x[1] = .5f + ay;
    y[0] = .5f + bx, y[1] = .5f + by;
    assert_int_equal(mc_distances(&a, &b, &base, MC_BY_LAYER, &d, &n, &err), 0);
    double c = group(d, n, "layer.0")->cosine, all = group(d, n, "all")->cosine;
    assert_true(isnan(group(d, n, "layer.1")->cosine)); // nothing moved there
    assert_true(isnan(c) ? isnan(all) : fabs(c - all) < 1e-12);
    free(d);
    for (int i = 0; i < 2; i++) o[i] = x[i] = y[i] = old[i];
    return c;
}

static void updates(void **state) {
    (void)state;
    assert_true(fabs(update_cosine(1, 0, 0, 2)) < 1e-12);
    assert_true(fabs(update_cosine(1, 1, 2, 2) - 1) < 1e-12);
    assert_true(fabs(update_cosine(1, 0, -4, 0) + 1) < 1e-12);
    assert_true(fabs(update_cosine(1, 0, 1, 1) - sqrt(.5)) < 1e-12);
    assert_true(isnan(update_cosine(1, 0, 0, 0)));
}

static void what_is_not_shared(void **state) {
    (void)state;
    static const char *const other[] = {"no", "yes"}, *const three[] = {"neg", "pos", "so-so"};
    const char *const *label[] = {other, three};
    for (int k = 0; k < 2; k++) {
        struct mc_model c;
        struct mc_dist *d;
        int n;
        toy_model(&c, TOY_CONFIG, label[k], 2 + k, 1);
        assert_int_equal(mc_distances(&a, &c, NULL, MC_BY_LAYER, &d, &n, &err), 0);
        for (int i = 0; i < n; i++) assert_string_not_equal(d[i].group, "head");
        free(d);
        mc_model_release(&c);
    }
    struct mc_model c;
    struct mc_dist *d;
    int n;
    toy_model(
        &c,
        "{\"model_type\":\"bert\",\"vocab_size\":20,\"hidden_size\":16,\"num_hidden_layers\":1,"
        "\"num_attention_heads\":2,\"intermediate_size\":32,\"max_position_embeddings\":32}",
        TOY_LABELS, 2, 1);
    assert_int_equal(mc_distances(&a, &c, NULL, MC_BY_LAYER, &d, &n, &err), MC_ERR_INPUT);
    mc_model_release(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(updates),
        cmocka_unit_test(what_is_not_shared),
    };
    return cmocka_run_group_tests(tests, open_models, close_models);
}

// Tuning methods: what they train, counted where the paper counts it; folding against sums in
// double; the encoder of a prefix against differences; what they refuse.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/method.h"
#include "toy.h"

static struct mc_error err;

#define BASE_T5                                                                                    \
    "{\"model_type\":\"t5\",\"vocab_size\":32128,\"d_model\":768,\"d_kv\":64,\"d_ff\":2048,"       \
    "\"num_layers\":12,\"num_heads\":12,\"feed_forward_proj\":\"gated-gelu\"}"
#define BASE_BERT "{\"model_type\":\"bert\"}" // transformers' defaults are BERT-base's

// The tables alone: nothing of a base's size is allocated.
struct tables {
    struct mc_model base, delta;
};

static int describe(struct tables *t, const char *config, const struct mc_method *h) {
    *t = (struct tables){0};
    assert_int_equal(mc_config_parse(&t->base.config, config, &err), 0);
    assert_int_equal(t->base.config.arch->table(&t->base.config, 2, &t->base.table, &err), 0);
    t->delta.base = &t->base;
    t->delta.config = t->base.config;
    return h->cls->table(h, &t->delta, &err);
}

static void drop(struct tables *t) {
    mc_table_release(&t->base.table);
    mc_table_release(&t->delta.table);
}

static void counted(const char *config, struct mc_method h, int tensors, size_t parameters) {
    struct tables t;
    assert_int_equal(describe(&t, config, &h), 0);
    assert_int_equal(t.delta.table.n, tensors);
    assert_int_equal(t.delta.table.size, parameters);
    drop(&t);
}

static char *QV[] = {"q", "v"}, *QUERY_VALUE[] = {"query", "value"}, *NONE[] = {"nothing"};

static void counts(void **state) {
    (void)state;
    // Qin et al. 2022: adapters of 12 in T5-base
    counted(BASE_T5, (struct mc_method){.cls = &mc_method_adapter, .bottleneck = 12}, 120, 1105920);
    counted(BASE_BERT, (struct mc_method){.cls = &mc_method_adapter, .bottleneck = 12}, 48,
            (size_t)24 * 2 * 12 * 768);
    counted(BASE_T5,
            (struct mc_method){.cls = &mc_method_lora, .rank = 10, .targets = QV, .n_targets = 2},
            144, (size_t)36 * 2 * 2 * 10 * 768);
    counted(BASE_BERT,
            (struct mc_method){
                .cls = &mc_method_lora, .rank = 10, .targets = QUERY_VALUE, .n_targets = 2},
            48, (size_t)12 * 2 * 2 * 10 * 768);
    counted(BASE_T5, (struct mc_method){.cls = &mc_method_prefix, .prefix_len = 120}, 1,
            (size_t)120 * 12 * 2 * 768);
    counted(BASE_BERT, (struct mc_method){.cls = &mc_method_bitfit}, 1 + 12 * 8 + 1,
            768 + (size_t)12 * (7 * 768 + 3072) + 768);
    counted(BASE_BERT, (struct mc_method){.cls = &mc_method_head}, 0,
            0); // the head is every method's
}

static void refused(const char *config, struct mc_method h, const char *why) {
    struct tables t;
    assert_int_equal(describe(&t, config, &h), MC_ERR_USAGE);
    if (!strstr(err.text, why)) fail_msg("'%s' is not in: %s", why, err.text);
    drop(&t);
}

static void refusals(void **state) {
    (void)state;
    refused(BASE_T5, (struct mc_method){.cls = &mc_method_bitfit}, "a t5 has no biases");
    refused(BASE_T5, (struct mc_method){.cls = &mc_method_head}, "no head of its own");
    refused(BASE_T5,
            (struct mc_method){.cls = &mc_method_lora, .rank = 1, .targets = NONE, .n_targets = 1},
            "there are q, k, v, o, wi_0, wi_1, wo");
    refused(BASE_BERT,
            (struct mc_method){.cls = &mc_method_lora, .rank = 1, .targets = QV, .n_targets = 2},
            "there are query, key, value, dense");
    refused(BASE_BERT, (struct mc_method){.cls = &mc_method_prefix, .prefix_len = 512},
            "the model takes 512 tokens");
    refused(BASE_T5, (struct mc_method){.cls = &mc_method_prefix, .prefix_len = 1 << 20},
            "too many");
}

// A delta over a toy whose weights are moved off what they begin with.
static struct mc_model *moved_delta(struct mc_model *delta, struct mc_method *h) {
    struct mc_model *base = toy_new_model(TOY_CONFIG, TOY_LABELS, 2, 5);
    assert_int_equal(mc_method_init_delta(h, delta, base, base->labels, 2, false, 3, &err), 0);
    struct mc_rng r;
    mc_rng_init(&r, 4, MC_RNG_TEST, 0);
    for (size_t i = 0; i < delta->table.size; i++) delta->w[i] += (float)(.3 * mc_rng_normal(&r));
    return base;
}

static const float *tensor(const struct mc_model *m, const char *name) {
    int i = mc_table_find(&m->table, name);
    assert_true(i >= 0);
    return m->w + m->table.p[i].at;
}

static void folding(void **state) {
    (void)state;
    enum { H = 16, R = 3 };
    struct mc_method h = {
        .cls = &mc_method_lora, .rank = R, .alpha = 5, .targets = QUERY_VALUE, .n_targets = 2};
    struct mc_model delta, *whole;
    struct mc_model *base = moved_delta(&delta, &h);
    assert_int_equal(mc_method_fold(&whole, &delta, false, &err), 0);
    for (int i = 0; i < whole->table.n; i++) {
        const struct mc_param *p = &whole->table.p[i];
        const float *got = whole->w + p->at;
        char a[160], b[160];
        snprintf(a, sizeof a, "base_model.model.%.*s.lora_A.weight", (int)strlen(p->name) - 7,
                 p->name);
        snprintf(b, sizeof b, "base_model.model.%.*s.lora_B.weight", (int)strlen(p->name) - 7,
                 p->name);
        if (mc_table_find(&delta.table, a) < 0) {
            bool head = mc_param_in_head(p);
            snprintf(a, sizeof a, "base_model.model.%s", p->name);
            const float *want = head ? tensor(&delta, a) : tensor(base, p->name);
            assert_memory_equal(got, want, p->n * sizeof *got);
            continue;
        }
        const float *A = tensor(&delta, a), *B = tensor(&delta, b), *w = tensor(base, p->name);
        for (int r = 0; r < H; r++)
            for (int c = 0; c < H; c++) {
                double sum = 0;
                for (int k = 0; k < R; k++) sum += (double)B[r * R + k] * (double)A[k * H + c];
                double want = (double)w[r * H + c] + 5. / R * sum;
                assert_true(fabs((double)got[r * H + c] - want) <= 6e-8 * fabs(want));
            }
    }
    mc_model_drop(whole);
    mc_model_release(&delta);
    mc_model_drop(base);
}

// The stored rows' sum of products with fixed numbers, as a function of what is trained.
static double of_rows(struct mc_reparam *r, struct mc_model *delta, const float *weight) {
    double sum = 0;
    assert_int_equal(mc_reparam_forward(r, delta, &err), 0);
    for (size_t i = 0; i < delta->table.size; i++) sum += (double)delta->w[i] * (double)weight[i];
    return sum;
}

static void encoder_of_a_prefix(void **state) {
    (void)state;
    struct mc_method h = {.cls = &mc_method_prefix, .prefix_len = 4};
    struct mc_model delta;
    struct mc_model *base = moved_delta(&delta, &h);
    struct mc_reparam r;
    assert_int_equal(mc_reparam_init(&r, &h, &delta, 9, &err), 0);
    assert_int_equal(r.table.n, 7); // embedding, two layers, the head
    float *weight = mc_new_floats(delta.table.size, &err);
    struct mc_rng rng;
    mc_rng_init(&rng, 8, MC_RNG_TEST, 0);
    for (size_t i = 0; i < delta.table.size; i++) weight[i] = (float)mc_rng_normal(&rng);
    of_rows(&r, &delta, weight);
    assert_int_equal(mc_reparam_backward(&r, &delta, weight, &err), 0);
    for (int i = 0; i < r.table.n; i++) {
        const struct mc_param *p = &r.table.p[i];
        double along = 0, length = 0;
        for (size_t k = 0; k < p->n; k++) length += pow((double)r.grad[p->at + k], 2);
        length = sqrt(length);
        float *kept = mc_new_floats(p->n, &err);
        memcpy(kept, r.w + p->at, p->n * sizeof *kept);
        for (int side = -1; side <= 1; side += 2) { // along the gradient itself
            for (size_t k = 0; k < p->n; k++)
                r.w[p->at + k] = kept[k] + (float)(side * .01 * (double)r.grad[p->at + k] / length);
            along += side * of_rows(&r, &delta, weight) / .02;
        }
        memcpy(r.w + p->at, kept, p->n * sizeof *kept);
        mc_free_floats(kept);
        if (!(fabs(along - length) <= 2e-3 * length))
            fail_msg("%s: gradient %.9g, differences %.9g", p->name, length, along);
    }
    mc_free_floats(weight);
    mc_reparam_release(&r);
    mc_model_release(&delta);
    mc_model_drop(base);
}

// The rows of a prefix that layers read: what the metadata say, and what does not fit them.
static void parts_of_a_prefix(void **state) {
    (void)state;
    static const struct {
        const char *method, *why;
    } TRY[] = {{"{\"name\":\"prefix\",\"n\":4}", NULL},
               {"{\"name\":\"prefix\",\"n\":4,\"parts\":[1,0]}", NULL},
               {"{\"name\":\"prefix\",\"n\":4,\"parts\":[0,0]}", NULL},
               {"{\"name\":\"prefix\",\"n\":4,\"parts\":[0]}", "for 1 layers, there are 2"},
               {"{\"name\":\"prefix\",\"n\":4,\"parts\":[0,2]}", "is not [4, 96]"},
               {"{\"name\":\"prefix\",\"n\":4,\"parts\":[0,-1]}", "no number"},
               {"{\"name\":\"prefix\",\"n\":5}", "is not [5, 64]"},
               {"{\"name\":\"prefix\"}", "no length"}};
    struct mc_method h = {.cls = &mc_method_prefix, .prefix_len = 4};
    struct mc_model delta;
    struct mc_model *base = moved_delta(&delta, &h);
    for (size_t i = 0; i < sizeof TRY / sizeof *TRY; i++) {
        struct mc_method now;
        struct mc_view v;
        struct mc_plan p = {0};
        assert_int_equal(mc_doc_set(&delta.meta, "mc.method", TRY[i].method, &err), 0);
        assert_int_equal(mc_view_init(&v, &delta, &err), 0);
        int rc = mc_method_of(&now, &delta, &err);
        if (rc == 0)
            rc = mc_method_plan(&now, &delta, &v, NULL, MC_TO_EVALUATE, 0, MC_PRECISION_F32, &p,
                                &err);
        if ((rc < 0) != (TRY[i].why != NULL) || (TRY[i].why && !strstr(err.text, TRY[i].why)))
            fail_msg("%s: %s", TRY[i].method, rc < 0 ? err.text : "taken");
        mc_plan_release(&p);
        mc_method_release(&now);
        mc_view_release(&v);
    }
    mc_method_release(&h);
    mc_model_release(&delta);
    mc_model_drop(base);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(refusals),
        cmocka_unit_test(folding),
        cmocka_unit_test(encoder_of_a_prefix),
        cmocka_unit_test(parts_of_a_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

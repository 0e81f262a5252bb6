// Two models compared: every difference is told as the enum says, the first of several; labels by
// name.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mc/compare.h"
#include "mc/method.h"
#include "toy.h"

static struct mc_error err;

// What of the two differs, either way around; the words for it have `word`.
static enum mc_difference_of differ(const struct mc_model *a, const struct mc_model *b,
                                    const char *word) {
    struct mc_difference d, back;
    assert_int_equal(mc_models_compare(a, b, &d, &err), 0);
    assert_int_equal(mc_models_compare(b, a, &back, &err), 0);
    assert_int_equal(d.of, back.of);
    if (!strstr(d.text, word)) fail_msg("no '%s' in: %s", word, d.text);
    assert_true(d.of != MC_SAME || d.text[0] == 0);
    return d.of;
}

static void complete_models(void **state) {
    (void)state;
    static const char *const OTHERS[] = {"a", "b", "c"};
    static const char WIDER[] =
        "{\"model_type\":\"bert\",\"vocab_size\":20,\"hidden_size\":16,\"num_hidden_layers\":2,"
        "\"num_attention_heads\":2,\"intermediate_size\":48,\"max_position_embeddings\":32,"
        "\"type_vocab_size\":2,\"layer_norm_eps\":1e-12}";
    static const char ROBERTA[] =
        "{\"model_type\":\"roberta\",\"vocab_size\":20,\"hidden_size\":16,\"num_hidden_layers\":2,"
        "\"num_attention_heads\":2,\"intermediate_size\":48,\"max_position_embeddings\":34,"
        "\"type_vocab_size\":2,\"layer_norm_eps\":1e-12}";
    struct mc_model a, b, other, wider, roberta;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, TOY_LABELS, 2, 2);
    toy_model(&other, TOY_CONFIG, OTHERS, 3, 1);
    toy_model(&wider, WIDER, TOY_LABELS, 2, 1);
    toy_model(&roberta, ROBERTA, TOY_LABELS, 2, 1);
    assert_int_equal(differ(&a, &b, ""), MC_SAME);
    assert_int_equal(differ(&a, &other, ""), MC_SAME); // heads are not of the body
    assert_int_equal(mc_model_body_tensors(&a), mc_model_body_tensors(&other));
    assert_int_equal(differ(&a, &wider, "intermediate_size"), MC_OTHER_CONFIGS);
    assert_int_equal(differ(&a, &roberta, "roberta"), MC_OTHER_CONFIGS);
    // a tokenizer counts where both name one, behind the configuration
    assert_int_equal(mc_doc_set(&a.meta, "mc.tokenizer", "x", &err), 0);
    assert_int_equal(differ(&a, &b, ""), MC_SAME);
    assert_int_equal(mc_doc_set(&b.meta, "mc.tokenizer", "y", &err), 0);
    assert_int_equal(differ(&a, &b, "tokenizers"), MC_OTHER_TOKENIZERS);
    assert_int_equal(mc_doc_set(&wider.meta, "mc.tokenizer", "y", &err), 0);
    assert_int_equal(differ(&a, &wider, "intermediate_size"), MC_OTHER_CONFIGS);
    struct mc_model *const all[] = {&a, &b, &other, &wider, &roberta};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) mc_model_release(all[i]);
}

// A new delta over a base.
static void new_delta(struct mc_model *delta, struct mc_model *base, struct mc_method h) {
    assert_int_equal(mc_method_init_delta(&h, delta, base, base->labels, 2, false, 1, &err), 0);
    mc_method_release(&h);
}

static void deltas(void **state) {
    (void)state;
    struct mc_model *base = toy_new_model(TOY_CONFIG, TOY_LABELS, 2, 1);
    struct mc_model *far = toy_new_model(TOY_CONFIG, TOY_LABELS, 2, 2);
    const struct mc_method four = {.cls = &mc_method_adapter, .bottleneck = 4, .init_std = .1},
                           five = {.cls = &mc_method_adapter, .bottleneck = 5, .init_std = .1},
                           biases = {.cls = &mc_method_bitfit};
    struct mc_model a = {0}, same = {0}, wider = {0}, bitfit = {0}, over_far = {0};
    new_delta(&a, base, four);
    new_delta(&same, base, four);
    new_delta(&wider, base, five);
    new_delta(&bitfit, base, biases);
    new_delta(&over_far, far, five);
    assert_int_equal(differ(&a, &same, ""), MC_SAME);
    assert_int_equal(differ(&a, base, "a delta"), MC_OTHER_KINDS);
    assert_int_equal(differ(&a, &over_far, "bases"), MC_OTHER_BASES); // before the method
    assert_int_equal(differ(&a, &wider, "the same of other parameters"), MC_OTHER_METHODS);
    assert_int_equal(differ(&a, &bitfit, "bitfit"), MC_OTHER_METHODS);
    struct mc_difference d; // networks alone: no method, no tensors
    assert_int_equal(mc_networks_compare(&a, &bitfit, &d, &err), 0);
    assert_int_equal(d.of, MC_SAME);
    same.table.p[0].dim[0]++;
    assert_int_equal(differ(&a, &same, "tensors"), MC_OTHER_TENSORS);
    same.table.p[0].dim[0]--;
    // without its method, a delta is damaged
    assert_int_equal(mc_doc_set(&same.meta, "mc.method", NULL, &err), 0);
    assert_int_equal(mc_models_compare(&a, &same, &d, &err), MC_ERR_INPUT);
    struct mc_model *const all[] = {&a, &same, &wider, &bitfit, &over_far};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) mc_model_release(all[i]);
    mc_model_drop(base);
    mc_model_drop(far);
}

static void labels(void **state) {
    (void)state;
    static const char *const TURNED[] = {"pos", "neg"}, *const OTHER[] = {"neg", "maybe"};
    struct mc_model a, turned, other, more;
    bool order;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&turned, TOY_CONFIG, TURNED, 2, 1);
    toy_model(&other, TOY_CONFIG, OTHER, 2, 1);
    toy_model(&more, TOY_CONFIG, (const char *const[]){"maybe", "neg", "pos"}, 3, 1);
    assert_true(mc_labels_same(&a, &a, &order) && order);
    assert_true(mc_labels_same(&a, &turned, &order) && !order);
    assert_false(mc_labels_same(&a, &other, &order));
    assert_false(mc_labels_same(&a, &more, &order));
    struct mc_model *const all[] = {&a, &turned, &other, &more};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) mc_model_release(all[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(complete_models), cmocka_unit_test(deltas),
                                       cmocka_unit_test(labels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

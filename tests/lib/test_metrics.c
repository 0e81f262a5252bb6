// Metrics worked by hand, names of tasks, labels by name.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/objective.h"
#include "mc/split.h"
#include "toy.h"

static struct mc_error err;
#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-14)

static double value(struct mc_metrics m, const char *name) { return mc_metrics_value(&m, name); }

static struct mc_metrics metrics(const int32_t *gold, const int32_t *pred, int n, int n_labels) {
    double loss[16];
    for (int i = 0; i < n; i++) loss[i] = i;
    struct mc_scores s = {
        .loss = loss, .predicted = (int32_t *)(uintptr_t)pred, .n_labels = n_labels, .n = n};
    struct mc_task t = {.label = (int32_t *)(uintptr_t)gold, .n = n};
    struct mc_metrics m;
    assert_int_equal(mc_metrics_of(&s, &t, &m, &err), 0);
    NEAR(value(m, "loss"), (n - 1) / 2.);
    return m;
}

static void two_classes(void **state) {
    (void)state;
    // three of class 1 found, one missed, two false alarms, four of class 0 right
    const int32_t gold[] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0}, pred[] = {1, 1, 1, 0, 1, 1, 0, 0, 0, 0};
    struct mc_metrics m = metrics(gold, pred, 10, 2);
    NEAR(value(m, "accuracy"), .7);
    NEAR(value(m, "f1_macro"), (6. / 9 + 8. / 11) / 2);
    NEAR(value(m, "mcc"), (3 * 4 - 2 * 1) / sqrt(5. * 4 * 6 * 5));
}

static void three_classes(void **state) {
    (void)state;
    const int32_t gold[] = {0, 0, 1, 1, 2, 2}, pred[] = {0, 1, 1, 1, 2, 0};
    struct mc_metrics m = metrics(gold, pred, 6, 3);
    NEAR(value(m, "accuracy"), 4. / 6);
    NEAR(value(m, "f1_macro"), (2. / 4 + 4. / 5 + 2. / 3) / 3);
    // Gorodkin: (c s - sum p t) / sqrt((s^2 - sum p^2)(s^2 - sum t^2)); p = 2 3 1, t = 2 2 2
    NEAR(value(m, "mcc"), (4. * 6 - 12) / sqrt((36. - 14) * (36 - 12)));
}

static void many_classes(void **state) {
    (void)state;
    const int32_t gold[] = {0, 999999, 999999, 500000}, pred[] = {0, 999999, 500000, 500000};
    struct mc_metrics m = metrics(gold, pred, 4, 1000000); // room for each, not for all pairs
    NEAR(value(m, "accuracy"), .75);
    NEAR(value(m, "f1_macro"), (1 + 2. / 3 + 2. / 3) / 3);
}

static void degenerate(void **state) {
    (void)state;
    const int32_t ones[] = {1, 1, 1, 1}, zeros[] = {0, 0, 0, 0}, both[] = {0, 1, 0, 1},
                  other[] = {1, 0, 1, 0};
    struct mc_metrics m = metrics(ones, ones, 4, 3); // one label in sight: the others do not count
    NEAR(value(m, "f1_macro"), 1);
    assert_true(isnan(value(m, "mcc")));
    m = metrics(ones, zeros, 4, 2);
    NEAR(value(m, "f1_macro"), 0);
    NEAR(value(m, "accuracy"), 0);
    assert_true(isnan(value(m, "mcc")));
    m = metrics(both, ones, 4, 2); // always the same answer
    NEAR(value(m, "f1_macro"), (0 + 4. / 6) / 2);
    assert_true(isnan(value(m, "mcc")));
    NEAR(value(metrics(both, both, 4, 2), "mcc"), 1);
    NEAR(value(metrics(both, other, 4, 2), "mcc"), -1);
}

static void without_labels(void **state) {
    (void)state;
    struct mc_scores s = {.n = 3, .n_labels = 2, .js_0 = .25};
    struct mc_task t = {.n = 3};
    struct mc_metrics m;
    assert_int_equal(mc_metrics_of(&s, &t, &m, &err), 0);
    for (int i = 0; mc_metrics[i]; i++)
        if (mc_metrics[i]->without_gold)
            assert_true(value(m, mc_metrics[i]->name) == .25);
        else
            assert_true(isnan(value(m, mc_metrics[i]->name)));
}

static void without_predictions(void **state) { // text that is no label's: wrong, and no label's F1
    (void)state;
    const int32_t gold[] = {0, 0, 1, 1}, pred[] = {0, -1, 1, -1}, none[] = {-1, -1, -1, -1};
    struct mc_metrics m = metrics(gold, pred, 4, 2);
    NEAR(value(m, "accuracy"), .5);
    NEAR(value(m, "f1_macro"), 2. / 3);
    // no prediction is a label of its own that no gold is: c 2, s 4, p 1 1 2, t 2 2 0
    NEAR(value(m, "mcc"), (2. * 4 - 4) / sqrt((16. - 6) * (16 - 8)));
    m = metrics(gold, none, 4, 2);
    NEAR(value(m, "accuracy"), 0);
    NEAR(value(m, "f1_macro"), 0);
    assert_true(isnan(value(m, "mcc")));
}

// Pearson and Spearman of outputs against numbers.
static struct mc_metrics numbers(const double *score, const double *gold, int n,
                                 const int64_t *pick) {
    double loss[16] = {0};
    struct mc_scores s = {.loss = loss, .score = (double *)(uintptr_t)score, .n = n};
    struct mc_task t = {
        .tokens.values = (double *)(uintptr_t)gold, .pick = (int64_t *)(uintptr_t)pick, .n = n};
    struct mc_metrics m;
    assert_int_equal(mc_metrics_of(&s, &t, &m, &err), 0);
    static const char *const none[] = {"accuracy", "f1_macro", "mcc", "exact_match", "token_f1"};
    for (int i = 0; i < 5; i++) assert_true(isnan(value(m, none[i])));
    return m;
}

static void correlations(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 4}, twice[] = {3, 5, 7, 9}, down[] = {-1, -10, -100, -1000},
                 y[] = {2, 1, 4, 3}, same[] = {5, 5, 5, 5};
    NEAR(value(numbers(x, twice, 4, NULL), "pearson"), 1);
    NEAR(value(numbers(x, twice, 4, NULL), "spearman"), 1);
    NEAR(value(numbers(x, down, 4, NULL), "spearman"), -1);
    assert_true(value(numbers(x, down, 4, NULL), "pearson") > -.9);
    NEAR(value(numbers(x, y, 4, NULL), "pearson"), .6); // 3 / 5
    struct mc_metrics m = numbers(x, same, 4, NULL);
    assert_true(isnan(value(m, "pearson")) && isnan(value(m, "spearman")));
    m = numbers(same, x, 4, NULL);
    assert_true(isnan(value(m, "pearson")) && isnan(value(m, "spearman")));
    m = numbers(x, y, 1, NULL);
    assert_true(isnan(value(m, "pearson")) && isnan(value(m, "spearman")));
    const int64_t pick[] = {1, 3}; // of the gold numbers 1 and 3
    NEAR(value(numbers((const double[]){0, 1}, y, 2, pick), "pearson"), 1);
}

static void ties_share_their_ranks(void **state) {
    (void)state;
    // ranks 1 2.5 2.5 4 and 1.5 1.5 3 4: about 2.5: products 3.75, squares 4.5 and 4.5
    const double x[] = {1, 7, 7, 9}, y[] = {0, 0, 3, 8};
    NEAR(value(numbers(x, y, 4, NULL), "spearman"), 3.75 / 4.5);
    const double three[] = {2, 2, 2, 1, 9}, z[] = {3, 4, 5, 1, 2};
    // ranks 3 3 3 1 5 and 3 4 5 1 2, about 3: 0 + 0 + 0 + 4 - 2, of squares 8 and 10
    NEAR(value(numbers(three, z, 5, NULL), "spearman"), 2 / sqrt(80));
}

static void picked(void **state) { // the label is the example's, not the place's
    (void)state;
    int64_t pick[] = {1, 3};
    int32_t gold[] = {0, 1, 0, 1}, pred[] = {1, 1};
    double loss[] = {1, 3};
    struct mc_scores s = {.loss = loss, .predicted = pred, .n_labels = 2, .n = 2};
    struct mc_task t = {.label = gold, .pick = pick, .n = 2};
    struct mc_metrics m;
    assert_int_equal(mc_metrics_of(&s, &t, &m, &err), 0);
    NEAR(value(m, "accuracy"), 1);
    NEAR(value(m, "loss"), 2);
}

static void name_of(const char *operand, const char *name, const char *path) {
    char *got;
    const char *p;
    assert_int_equal(mc_split_named(operand, "task", &got, &p, &err), 0);
    assert_string_equal(p, path);
    if (name)
        assert_string_equal(got, name);
    else
        assert_null(got);
    free(got);
}

static void task_names(void **state) {
    (void)state;
    name_of("dev.tok.gz", NULL, "dev.tok.gz");
    name_of("a=dev.tok.gz", "a", "dev.tok.gz");
    name_of("a=b=c", "a", "b=c");
    name_of("dir/a=b", NULL, "dir/a=b"); // an equal sign in a path
    char *got;
    const char *p;
    assert_int_equal(mc_split_named("=x", "task", &got, &p, &err), MC_ERR_USAGE);
    assert_int_equal(mc_split_named("x=", "task", &got, &p, &err), MC_ERR_USAGE);
}

static void labels_go_by_name(void **state) {
    (void)state;
    static const char *const turned[] = {"pos", "neg"}, *const other[] = {"no", "yes"};
    static const char *const unnamed[] = {"LABEL_0", "LABEL_1"}, *const more[] = {"maybe", "neg",
                                                                                  "pos"};
    static struct toy_set set;
    int32_t map[2], label[4];
    struct mc_model m;
    toy_tokens(&set, 4, 0);
    toy_model(&m, TOY_CONFIG, turned, 2, 1);
    assert_int_equal(mc_labels_map(&set.t, "set", &m, map, &err), 0);
    assert_true(map[0] == 1 && map[1] == 0);
    assert_int_equal(mc_labels_apply(&set.t, "set", &m, label, &err), 0);
    for (int i = 0; i < 4; i++) assert_int_equal(label[i], 1 - set.labels[i]);
    mc_model_release(&m);
    toy_model(&m, TOY_CONFIG, more, 3, 1); // the model may know more
    assert_int_equal(mc_labels_map(&set.t, "set", &m, map, &err), 0);
    assert_true(map[0] == 1 && map[1] == 2);
    mc_model_release(&m);
    toy_model(&m, TOY_CONFIG, other, 2, 1);
    assert_int_equal(mc_labels_map(&set.t, "set", &m, map, &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "neg"));
    mc_model_release(&m);
    toy_model(&m, TOY_CONFIG, unnamed, 2, 1);
    assert_int_equal(mc_labels_map(&set.t, "set", &m, map, &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "--labels"));
    mc_model_release(&m);
}

static int match(const struct toy_set *set, const struct mc_model *m) {
    return mc_tokens_match(&set->t, "set", mc_objective_of(m), m, &err);
}

static void sets_that_do_not_suit(void **state) {
    (void)state;
    static struct toy_set set;
    struct mc_model m;
    toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_tokens(&set, 4, 0);
    assert_int_equal(match(&set, &m), 0);
    int32_t id = set.ids[set.offset[2]];
    set.ids[set.offset[2]] = 20;
    assert_int_equal(match(&set, &m), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "set: line 3: id 20"));
    set.ids[set.offset[2]] = id;
    set.types[set.offset[1]] = 2;
    assert_int_equal(match(&set, &m), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "line 2: token type 2"));
    set.types[set.offset[1]] = 0;
    set.offset[4] = set.offset[3] + 33; // the model has 32 positions
    assert_int_equal(match(&set, &m), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "line 4: 33 tokens, the model takes 32"));
    set.offset[4]--;
    set.t.tokenizer = (char *)(uintptr_t) "aa";
    assert_int_equal(match(&set, &m), 0); // the model names none
    assert_int_equal(mc_doc_set(&m.meta, "mc.tokenizer", "bb", &err), 0);
    assert_int_equal(match(&set, &m), MC_ERR_INPUT);
    mc_model_release(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes),
        cmocka_unit_test(three_classes),
        cmocka_unit_test(many_classes),
        cmocka_unit_test(degenerate),
        cmocka_unit_test(without_labels),
        cmocka_unit_test(without_predictions),
        cmocka_unit_test(correlations),
        cmocka_unit_test(ties_share_their_ranks),
        cmocka_unit_test(picked),
        cmocka_unit_test(task_names),
        cmocka_unit_test(labels_go_by_name),
        cmocka_unit_test(sets_that_do_not_suit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Points of a path: the grid, the line bit by bit, heads and labels, what is refused.
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

#include "walk.h"

static void grids(void **state) {
    (void)state;
    struct mc_grid g;
    struct mc_range r = {26, 0, 1};
    assert_int_equal(mc_grid_even(&g, 1, &r, &err), 0);
    assert_true(g.n == 26 && g.at[0].t == 0 && g.at[25].t == 1);
    for (int i = 0; i < 26; i++) assert_true(fabs(g.at[i].t - .04 * i) < 1e-15);
    assert_true(isnan(g.at[3].x) && isnan(g.at[3].y));
    mc_grid_release(&g);
    r = (struct mc_range){31, -.1, 1.4};
    assert_int_equal(mc_grid_even(&g, 1, &r, &err), 0);
    assert_true(g.at[0].t == -.1 && g.at[2].t == 0 && g.at[22].t == 1 &&
                g.at[30].t == 1.4); // the ends are met
    mc_grid_release(&g);
    assert_int_equal(mc_grid_list(&g, "1e-12,0.999999999999,2e-12,.5,-.5,2", &err), 0);
    assert_true(g.n == 6 && g.at[0].t == 0 && g.at[1].t == 1 && g.at[2].t == 2e-12 &&
                g.at[3].t == .5 && g.at[4].t == -.5 && g.at[5].t == 2);
    mc_grid_release(&g);
    assert_int_equal(mc_grid_list(&g, "0,x", &err), MC_ERR_USAGE);
    assert_int_equal(mc_grid_list(&g, "0,,1", &err), MC_ERR_USAGE);
    assert_int_equal(mc_grid_list(&g, "0,.5,0.50", &err), MC_ERR_USAGE); // twice, however written
    assert_int_equal(mc_grid_list(&g, "0.999999999999,1", &err), MC_ERR_USAGE);
}

static void two_axes(void **state) {
    (void)state;
    struct mc_grid g;
    struct mc_range r = {3, -1, 1};
    assert_int_equal(mc_grid_even(&g, 2, &r, &err), 0);
    assert_int_equal(g.n, 9);
    for (int i = 0; i < 9; i++)
        assert_true(isnan(g.at[i].t) && g.at[i].x == i % 3 - 1 && g.at[i].y == i / 3 - 1);
    mc_grid_release(&g);
    r = (struct mc_range){100000, 0, 1};
    assert_int_equal(mc_grid_even(&g, 2, &r, &err), MC_ERR_USAGE);
    r = (struct mc_range){3, 1, 1};
    assert_int_equal(mc_grid_even(&g, 1, &r, &err), MC_ERR_USAGE);
}

static size_t head_at(const struct mc_model *m) { return m->table.p[m->table.n - 2].at; }

static void line(void **state) {
    (void)state;
    struct mc_model a, b;
    struct mc_path l;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, TOY_LABELS, 2, 2);
    size_t n = a.table.size;
    a.w[0] = 1e30f, b.w[0] = 1; // no end is computed from the other
    assert_int_equal(mc_model_digest(&a, &err), 0);
    assert_int_equal(mc_model_digest(&b, &err), 0);
    assert_int_equal(open_line(&l, &a, &b, "0,.3,1,-.5", MC_HEAD_MIX, "test line"), 0);
    walk(&l);
    assert_memory_equal(point[0]->w, a.w, n * sizeof(float));
    assert_memory_equal(point[2]->w, b.w, n * sizeof(float));
    for (size_t i = 1; i < n; i++) {
        volatile float d = b.w[i] - a.w[i], s = .3f * d, e = -.5f * d;
        assert_true(point[1]->w[i] == a.w[i] + s && point[3]->w[i] == a.w[i] + e);
    }
    assert_string_equal(mc_doc_get(&point[2]->meta, "mc.t"), "1");
    const char *curve = mc_doc_get(&point[1]->meta, "mc.curve");
    assert_true(strstr(curve, "\"index\":1") && strstr(curve, "\"count\":4") &&
                strstr(curve, a.digest) && strstr(curve, b.digest));
    assert_non_null(strstr(mc_doc_get(&point[1]->meta, "mc.provenance"), "test line"));
    assert_int_equal(mc_model_digest(point[0], &err), 0);
    assert_string_equal(point[0]->digest, a.digest);
    forget();
    close_path(&l);
    mc_model_release(&a);
    mc_model_release(&b);
}

static void overflow(void **state) {
    (void)state;
    struct mc_model a, b;
    struct mc_path l;
    struct mc_writer *w;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, TOY_LABELS, 2, 2);
    a.w[a.table.p[1].at + 2] = 3e38f, b.w[a.table.p[1].at + 2] = -1e38f;
    assert_int_equal(open_line(&l, &a, &b, "0,.3", MC_HEAD_MIX, "x"), 0);
    assert_int_equal(mc_writer_open(&w, file, 0, NULL, &err), 0);
    assert_int_equal(mc_path_write(&l, 0, w, &err), 0);
    assert_int_equal(mc_path_write(&l, 1, w, &err), MC_ERR_NUM);
    assert_non_null(strstr(err.text, "t = 0.3"));
    assert_non_null(strstr(err.text, a.table.p[1].name));
    assert_non_null(strstr(err.text, "element 2 "));
    mc_writer_abort(w);
    a.w[5] = NAN;
    assert_int_equal(mc_writer_open(&w, file, 0, NULL, &err), 0);
    assert_int_equal(mc_model_write(&a, w, &err), MC_ERR_NUM);
    assert_non_null(strstr(err.text, "element 5 "));
    mc_writer_abort(w);
    close_path(&l);
    mc_model_release(&a);
    mc_model_release(&b);
}

static void provenance_of_midpoints(void **state) {
    (void)state;
    struct mc_buf b = {0};
    assert_int_equal(mc_provenance_unique("x 1\ny\nx 1\nx\n\ny\nz", &b, &err), 0);
    assert_string_equal(b.p, "x 1\ny\nx\n\nz\n");
    b.n = 0;
    assert_int_equal(mc_provenance_unique("", &b, &err), 0);
    assert_int_equal(b.n, 0);
    mc_buf_release(&b);
}

static void labels_in_another_order(void **state) {
    (void)state;
    static const char *const turned[] = {"pos", "neg"};
    struct mc_model a, b;
    struct mc_path l;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, turned, 2, 2);
    assert_int_equal(open_line(&l, &a, &b, "1,.5", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    size_t h = head_at(&a), row = 16;
    assert_memory_equal(point[0]->w, b.w, h * sizeof(float));
    assert_memory_equal(point[0]->w + h, b.w + h + row, row * sizeof(float)); // "neg" is b's second
    assert_memory_equal(point[0]->w + h + row, b.w + h, row * sizeof(float));
    assert_true(point[1]->w[h] == a.w[h] + .5f * (b.w[h + row] - a.w[h]));
    assert_string_equal(point[1]->labels[0], "neg");
    assert_non_null(strstr(mc_doc_get(&point[0]->meta, "mc.curve"), b.digest)); // as it was given
    forget();
    close_path(&l);
    mc_model_release(&a);
    mc_model_release(&b);
}

static void heads(void **state) {
    (void)state;
    static const char *const other[] = {"no", "perhaps", "yes"};
    struct mc_model a, b;
    struct mc_path l;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(&b, TOY_CONFIG, other, 3, 2);
    assert_int_equal(open_line(&l, &a, &b, "0,1", MC_HEAD_MIX, "x"), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "labels"));
    close_path(&l);
    size_t h = head_at(&a);
    assert_int_equal(open_line(&l, &a, &b, "0,.25,1", MC_HEAD_0, "x"), 0);
    walk(&l);
    for (int i = 0; i < 3; i++)
        assert_memory_equal(point[i]->w + h, a.w + h, (a.table.size - h) * sizeof(float));
    assert_memory_equal(point[2]->w, b.w, h * sizeof(float));
    assert_int_equal(point[2]->n_labels, 2);
    forget();
    close_path(&l);
    assert_int_equal(open_line(&l, &a, &b, "0,.25,1", MC_HEAD_1, "x"), 0);
    walk(&l);
    for (int i = 0; i < 3; i++)
        assert_memory_equal(point[i]->w + h, b.w + h, (b.table.size - h) * sizeof(float));
    assert_memory_equal(point[0]->w, a.w, h * sizeof(float));
    assert_string_equal(point[0]->labels[1], "perhaps");
    forget();
    close_path(&l);
    mc_model_release(&a);
    mc_model_release(&b);
}

static void refused(struct mc_model *a, struct mc_model *b, const char *why) {
    struct mc_path l;
    assert_int_equal(open_line(&l, a, b, "0,1", MC_HEAD_0, "x"), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, why));
    close_path(&l);
}

static void ends_of_other_kinds(void **state) {
    (void)state;
    struct mc_model a, b;
    toy_model(&a, TOY_CONFIG, TOY_LABELS, 2, 1);
    toy_model(
        &b,
        "{\"model_type\":\"bert\",\"vocab_size\":20,\"hidden_size\":16,\"num_hidden_layers\":2,"
        "\"num_attention_heads\":4,\"intermediate_size\":32,\"max_position_embeddings\":32}",
        TOY_LABELS, 2, 1);
    refused(&a, &b, "configurations"); // the same tensors, another number of heads
    mc_model_release(&b);
    toy_model(&b, TOY_CONFIG, TOY_LABELS, 2, 1);
    assert_int_equal(mc_doc_set(&a.meta, "mc.tokenizer", "aa", &err), 0);
    assert_int_equal(mc_doc_set(&b.meta, "mc.tokenizer", "bb", &err), 0);
    refused(&a, &b, "tokenizers");
    mc_model_release(&a);
    mc_model_release(&b);
}

int main(void) {
    snprintf(file, sizeof file, "test_path.%ld.st.gz", (long)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grids),
        cmocka_unit_test(two_axes),
        cmocka_unit_test(line),
        cmocka_unit_test(overflow),
        cmocka_unit_test(provenance_of_midpoints),
        cmocka_unit_test(labels_in_another_order),
        cmocka_unit_test(heads),
        cmocka_unit_test(ends_of_other_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

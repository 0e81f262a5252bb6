// An architecture that a test adds, in this one file and one row: BERT's network, its tensors
// called t0, t1, ... Whatever reads roles does with them what it does with BERT's.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/dist.h"
#include "mc/method.h"
#include "mc/model_stream.h"
#include "mc/parameter_groups.h"
#include "toy.h"

static struct mc_error err;

extern const struct mc_arch mc_arch_bert;
static const struct mc_arch numbered;
const struct mc_arch *const mc_architectures[] = {&mc_arch_bert, &numbered, NULL};

static int table(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e) {
    struct mc_table named = {0};
    int rc = mc_arch_bert.table(c, n_labels, &named, e);
    for (int i = 0; rc >= 0 && i < named.n; i++) {
        struct mc_param p = named.p[i];
        memset(p.name, 0, sizeof p.name);
        int n = snprintf(p.name, sizeof p.name, "t%d", i);
        if (p.sublayer_name_len) p.sublayer_name_len = n;
        rc = mc_table_add_like(t, &p, e);
    }
    mc_table_release(&named);
    return rc < 0 ? rc : 0;
}

static int config(struct mc_config *c, const void *json, struct mc_error *e) {
    return mc_arch_bert.config(c, json, e);
}
static int lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) {
    return mc_arch_bert.lines(c, out, e);
}
// Without a head of labels it is read by its embeddings, which come first in the table.
static void plan(const struct mc_config *c, const struct mc_readout *at, struct mc_plan *p) {
    const int ids[MC_FEEDS] = {0, -1, -1, -1};
    if (at->head)
        mc_arch_bert.plan(c, at, p);
    else
        at->loss(
            p, c,
            mc_plan_linear(p, mc_plan_rows(p, mc_plan_embed(p, c->hidden, ids), at->rows), 0, -1));
}
static int max_len(const struct mc_config *c) { return c->positions; }

static void kind(const struct mc_param *p, char out[MC_PARAM_NAME]) {
    const struct mc_place *is = &p->is;
    if (is->block == MC_BLOCK_LAYER)
        snprintf(out, MC_PARAM_NAME, "%d-%d-%d", is->sublayer, is->role, is->bias);
    else
        strcpy(out, p->name);
}

static const struct mc_arch numbered = {.type = "numbered",
                                        .class_name = "NumberedForSequenceClassification",
                                        .base_class = "NumberedModel",
                                        .prefix = "",
                                        .head = "",
                                        .unique_prefix = "t",
                                        .config = config,
                                        .lines = lines,
                                        .table = table,
                                        .plan = plan,
                                        .max_len = max_len,
                                        .kind = kind};

#define NUMBERED                                                                                   \
    "{\"model_type\":\"numbered\",\"vocab_size\":20,\"hidden_size\":16,\"num_hidden_layers\":2,"   \
    "\"num_attention_heads\":2,\"intermediate_size\":32,\"max_position_embeddings\":32,"           \
    "\"type_vocab_size\":2,\"initializer_range\":0.3,\"layer_norm_eps\":1e-12}"

// Two models of each architecture, with equal weights.
struct pair {
    struct mc_model *bert[2], *other[2];
};

static int open_pair(void **state) {
    struct pair *p = mc_new(1, sizeof *p, &err);
    assert_non_null(p);
    for (int k = 0; k < 2; k++) {
        p->bert[k] = toy_new_model(TOY_CONFIG, TOY_LABELS, 2, (uint64_t)k);
        p->other[k] = toy_new_model(NUMBERED, TOY_LABELS, 2, (uint64_t)k);
        memcpy(p->other[k]->w, p->bert[k]->w, p->bert[k]->table.size * sizeof(float));
        assert_int_equal(mc_model_digest(p->other[k], &err), 0);
    }
    *state = p;
    return 0;
}

static int close_pair(void **state) {
    struct pair *p = *state;
    for (int k = 0; k < 2; k++) {
        mc_model_drop(p->bert[k]);
        mc_model_drop(p->other[k]);
    }
    free(p);
    return 0;
}

static void groups_decay_and_rates(void **state) {
    const struct pair *p = *state;
    const struct mc_model *a = p->bert[0], *b = p->other[0];
    struct mc_table ta, tb;
    assert_int_equal(mc_table_copy(&ta, &a->table, &err), 0);
    assert_int_equal(mc_table_copy(&tb, &b->table, &err), 0);
    mc_parameter_groups_by_layer(&ta, &a->config, .5);
    mc_parameter_groups_by_layer(&tb, &b->config, .5);
    assert_int_equal(ta.n, tb.n);
    assert_string_equal(tb.p[7].name, "t7");
    for (int i = 0; i < ta.n; i++) {
        char ga[MC_GROUP_NAME], gb[MC_GROUP_NAME];
        assert_string_equal(mc_group_name(&a->config, &ta.p[i].is, ga),
                            mc_group_name(&b->config, &tb.p[i].is, gb));
        assert_int_equal(ta.p[i].decay, tb.p[i].decay);
        assert_true(ta.p[i].rate == tb.p[i].rate);
    }
    assert_true(tb.p[0].rate == .125 && tb.p[0].decay && !tb.p[3].decay);
    mc_table_release(&ta);
    mc_table_release(&tb);
}

static void init_delta(struct mc_method *h, struct mc_model *d, struct mc_model *base) {
    assert_int_equal(mc_method_init_delta(h, d, base, base->labels, 2, false, 1, &err), 0);
}

// A new delta of each network has tensors of the same shapes at the same places.
static void same_delta(const struct pair *p, struct mc_method of_a, struct mc_method of_b) {
    struct mc_model a, b;
    init_delta(&of_a, &a, p->bert[0]);
    init_delta(&of_b, &b, p->other[0]);
    assert_int_equal(a.table.n, b.table.n);
    for (int i = 0; i < a.table.n; i++) {
        assert_true(mc_param_same_shape(&a.table.p[i], &b.table.p[i]));
        assert_true(mc_place_same(&a.table.p[i].is, &b.table.p[i].is));
        assert_int_equal(a.table.p[i].decay, b.table.p[i].decay);
    }
    assert_int_equal(mc_method_check(&b, &err), 0);
    mc_model_release(&a);
    mc_model_release(&b);
    for (int i = 0; i < of_a.n_targets; i++) free(of_a.targets[i]);
    for (int i = 0; i < of_b.n_targets; i++) free(of_b.targets[i]);
    free(of_a.targets);
    free(of_b.targets);
}

static void places_of_methods(void **state) {
    const struct pair *p = *state;
    const struct mc_method adapter = {.cls = &mc_method_adapter, .bottleneck = 3, .init_std = .02},
                           prefix = {.cls = &mc_method_prefix, .prefix_len = 4},
                           bitfit = {.cls = &mc_method_bitfit}, head = {.cls = &mc_method_head};
    same_delta(p, adapter, adapter);
    same_delta(p, prefix, prefix);
    same_delta(p, bitfit, bitfit);
    same_delta(p, head, head);
    struct mc_model d;
    struct mc_method one = adapter;
    init_delta(&one, &d, p->other[0]);
    assert_string_equal(d.table.p[0].name,
                        "t11.adapter.down.weight"); // behind the attention's output
    mc_model_release(&d);
}

// LoRA's layers without names asked for: those of queries and values.
static void default_targets(void **state) {
    const struct pair *p = *state;
    struct mc_model d;
    struct mc_method h = {.cls = &mc_method_lora, .rank = 2, .alpha = 1};
    init_delta(&h, &d, p->other[0]);
    assert_int_equal(d.table.n, 2 * 2 * 2 + 2); // two blocks, two layers in each, A and B; the head
    assert_string_equal(d.table.p[0].name, "base_model.model.t5.lora_A.weight");
    assert_string_equal(d.table.p[2].name, "base_model.model.t9.lora_A.weight");
    assert_int_equal(mc_method_check(&d, &err), 0);
    mc_model_release(&d);
    mc_method_release(&h);
}

static void distances(void **state) {
    const struct pair *p = *state;
    for (int by = MC_BY_LAYER; by <= MC_BY_TENSOR; by++) {
        struct mc_dist *a, *b;
        int n, m;
        assert_int_equal(mc_distances(p->bert[0], p->bert[1], NULL, by, &a, &n, &err), 0);
        assert_int_equal(mc_distances(p->other[0], p->other[1], NULL, by, &b, &m, &err), 0);
        assert_int_equal(n, m);
        for (int i = 0; i < n; i++) {
            assert_int_equal(a[i].n, b[i].n);
            assert_true(a[i].l2 == b[i].l2);
            assert_true(a[i].cosine == b[i].cosine || (isnan(a[i].cosine) && isnan(b[i].cosine)));
            if (by == MC_BY_LAYER) assert_string_equal(a[i].group, b[i].group);
        }
        free(a);
        free(b);
    }
}

// A delta through a stream: its tensors have the places again that its method gave them.
static void places_from_a_stream(void **state) {
    const struct pair *p = *state;
    char path[] = "/tmp/test_archXXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct mc_model d, *back;
    struct mc_method h = {.cls = &mc_method_adapter, .bottleneck = 3, .init_std = .02};
    struct mc_writer *w;
    init_delta(&h, &d, p->other[0]);
    assert_int_equal(mc_doc_set(&p->other[0]->meta, "mc.role", "base", &err), 0);
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &err), 0);
    assert_int_equal(mc_model_write(p->other[0], w, &err), 0);
    assert_int_equal(mc_model_write(&d, w, &err), 0);
    assert_int_equal(mc_writer_close(w, &err), 0);
    assert_int_equal(mc_model_load(&back, path, NULL, NULL, &err), 0);
    assert_int_equal(back->table.n, d.table.n);
    for (int i = 0; i < d.table.n; i++)
        assert_true(mc_place_same(&back->table.p[i].is, &d.table.p[i].is));
    mc_model_drop(back);
    mc_model_release(&d);
    unlink(path);
}

static void token_loss(struct mc_plan *p, const struct mc_config *c, mc_val outputs) {
    (void)c;
    mc_plan_chosen_loss(p, outputs);
}

static int plan_of(const struct mc_model *m, const struct mc_readout *at, struct mc_plan *p) {
    struct mc_view v;
    assert_int_equal(mc_view_init(&v, m, &err), 0);
    int rc = mc_model_plan(m, &v, NULL, at, MC_TO_TRAIN, 0, MC_PRECISION_F32, p, &err);
    if (rc == 0) assert_int_equal(p->n_out, m->config.vocab);
    if (rc == 0) assert_false(mc_plan_by_rows(p, 0)); // the outputs reach every row
    mc_plan_release(p);
    mc_view_release(&v);
    return rc;
}

// Whether a head is needed is the readout's to say, not the architecture's.
static void read_without_a_head(void **state) {
    (void)state;
    static const struct mc_readout tokens = {.rows = MC_SPACE_CHOSEN, .loss = token_loss};
    struct mc_model *m = toy_new_model(NUMBERED, NULL, 0, 1);
    struct mc_model *bert = toy_new_model(TOY_CONFIG, NULL, 0, 1);
    struct mc_plan p;
    assert_int_equal(plan_of(m, &tokens, &p), 0);
    assert_int_equal(plan_of(m, &mc_readout_classes, &p), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "the model has no head"));
    assert_int_equal(plan_of(bert, &tokens, &p), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "lacks the outputs"));
    mc_model_drop(m);
    mc_model_drop(bert);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_decay_and_rates), cmocka_unit_test(places_of_methods),
        cmocka_unit_test(default_targets),        cmocka_unit_test(distances),
        cmocka_unit_test(places_from_a_stream),   cmocka_unit_test(read_without_a_head)};
    return cmocka_run_group_tests(tests, open_pair, close_pair);
}

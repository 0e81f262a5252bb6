// What every tensor of every architecture says that it is: each dimension has the size of what it
// runs over, and no two tensors are the same part of a network. The tensors of a delta have the
// same places when its method makes them, when they are read back, and when PEFT wrote them.
#include "files.h"
#include "mc/hf.h"
#include "mc/method.h"
#include "mc/model_stream.h"
#include "toy.h"

// Sizes that differ from each other, so that none passes for another.
#define ENCODER(type)                                                                              \
    "{\"model_type\":\"" type "\",\"vocab_size\":23,\"hidden_size\":12,\"num_hidden_layers\":11,"  \
    "\"num_attention_heads\":3,\"intermediate_size\":17,\"max_position_embeddings\":31,"           \
    "\"type_vocab_size\":5}"
#define T5(more)                                                                                   \
    "{\"model_type\":\"t5\",\"vocab_size\":23,\"d_model\":12,\"d_kv\":5,\"d_ff\":17,"              \
    "\"num_layers\":11,\"num_decoder_layers\":2,\"num_heads\":3,"                                  \
    "\"relative_attention_num_buckets\":8" more "}"
static const char *const CONFIG[] = {
    ENCODER("bert"),
    ENCODER("roberta"),
    T5(""),
    T5(",\"tie_word_embeddings\":false"),
    T5(",\"feed_forward_proj\":\"gated-gelu\""),
    T5(",\"feed_forward_proj\":\"gated-gelu\",\"tie_word_embeddings\":false")};
enum { CONFIGS = sizeof CONFIG / sizeof *CONFIG, LABELS = 4, DENSE = 12 };
static const char *const NAMES[LABELS] = {"a", "b", "c", "d"};

static struct mc_model *new_model(int k) {
    bool labels = !strstr(CONFIG[k], "\"t5\"");
    return toy_new_model(CONFIG[k], labels ? NAMES : NULL, labels ? LABELS : 0, 1);
}

static int64_t size_of(const struct mc_config *c, enum mc_axis axis) {
    switch (axis) {
    case MC_AXIS_OTHER: return 0;
    case MC_AXIS_RESIDUAL: return c->hidden;
    case MC_AXIS_HEADS: return c->decoder_layers ? (int64_t)c->heads * c->key_size : c->hidden;
    case MC_AXIS_FEED_FORWARD: return c->inter;
    case MC_AXIS_DENSE: return DENSE;
    case MC_AXIS_LABELS: return LABELS;
    case MC_AXIS_VOCABULARY: return c->vocab;
    case MC_AXIS_POSITIONS: return c->positions;
    case MC_AXIS_TYPES: return c->types;
    case MC_AXIS_BUCKETS: return c->buckets;
    case MC_AXIS_EACH_HEAD: return c->heads;
    }
    return -1;
}

static void axes(void **state) {
    (void)state;
    for (int k = 0; k < CONFIGS; k++) {
        struct mc_model *m = new_model(k);
        for (int i = 0; i < m->table.n; i++) {
            const struct mc_param *p = &m->table.p[i];
            for (int d = 0; d < MC_PARAM_DIMS; d++)
                if (size_of(&m->config, p->is.axis[d]) != p->dim[d])
                    fail_msg("%s: dimension %d of %s runs over %d", m->config.arch->type, d,
                             p->name, p->is.axis[d]);
        }
        mc_model_drop(m);
    }
}

static void each_is_one_part(void **state) {
    (void)state;
    for (int k = 0; k < CONFIGS; k++) {
        struct mc_model *m = new_model(k);
        for (int i = 0; i < m->table.n; i++) {
            const struct mc_place *is = &m->table.p[i].is;
            int layers = is->stack == MC_STACK_DECODER ? m->config.decoder_layers
                                                       : m->config.layers;
            bool in_layer = is->block == MC_BLOCK_LAYER;
            assert_true(is->role != MC_ROLE_OTHER && is->block != MC_BLOCK_METHOD);
            assert_true(in_layer == (is->sublayer != MC_SUBLAYER_NONE));
            assert_true(is->layer >= 0 && is->layer < (in_layer ? layers : 1));
            for (int j = 0; j < i; j++)
                if (mc_place_same(is, &m->table.p[j].is))
                    fail_msg("%s: %s and %s", m->config.arch->type, m->table.p[j].name,
                             m->table.p[i].name);
        }
        mc_model_drop(m);
    }
}

// --- deltas

static void same_tensors(const struct mc_model *a, const struct mc_model *b) {
    assert_int_equal(a->table.n, b->table.n);
    for (int i = 0; i < a->table.n; i++) {
        const struct mc_param *p = &a->table.p[i], *q = &b->table.p[i];
        assert_string_equal(p->name, q->name);
        assert_true(mc_param_same_shape(p, q));
        if (!mc_place_same(&p->is, &q->is) || p->decay != q->decay)
            fail_msg("%s has another place", p->name);
    }
}

static void read_back(const struct mc_model *delta) {
    struct mc_writer *w;
    struct mc_model *back;
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    assert_int_equal(mc_model_write(delta->base, w, &e), 0);
    assert_int_equal(mc_model_write(delta, w, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
    if (mc_model_load(&back, path, NULL, NULL, &e) < 0) fail_msg("%s", e.text);
    same_tensors(delta, back);
    mc_model_drop(back);
}

static void through_peft(const struct mc_model *delta) {
    char dir[sizeof path + 8], file[sizeof dir + 32];
    static const char *const FILES[] = {"adapter_config.json", "adapter_model.safetensors"};
    struct mc_import how = {.init_std = -1};
    struct mc_model back;
    snprintf(dir, sizeof dir, "%s.peft", path);
    if (mc_hf_export_peft(delta, dir, NULL, MC_F32, &e) < 0) fail_msg("%s", e.text);
    if (mc_hf_import_peft(&back, dir, delta->base, &how, &e) < 0) fail_msg("%s", e.text);
    same_tensors(delta, &back);
    mc_model_release(&back);
    for (int i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s/%s", dir, FILES[i]);
        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(rmdir(dir), 0);
}

static void of_method(struct mc_model *base, struct mc_method h, bool peft) {
    struct mc_model d;
    if (mc_method_init_delta(&h, &d, base, base->labels, base->n_labels, false, 1, &e) < 0)
        fail_msg("%s", e.text);
    read_back(&d);
    if (peft) through_peft(&d);
    mc_model_release(&d);
}

// The layers that targets name by their last part: of the body every one.
static char *BERT_MAPS[] = {"query", "key", "value", "dense"},
            *T5_MAPS[] = {"q", "k", "v", "o", "wi", "wo"},
            *GATED_MAPS[] = {"q", "k", "v", "o", "wi_0", "wi_1", "wo"};

static void of_deltas(void **state) {
    (void)state;
    for (int k = 0; k < CONFIGS; k++) {
        struct mc_model *base = new_model(k);
        bool t5 = base->config.decoder_layers > 0, gated = base->config.gated;
        char **maps = gated ? GATED_MAPS : t5 ? T5_MAPS : BERT_MAPS;
        int n = gated ? 7 : t5 ? 6 : 4;
        of_method(
            base,
            (struct mc_method){
                .cls = &mc_method_lora, .rank = 2, .alpha = 1, .targets = maps, .n_targets = n},
            true);
        of_method(base, (struct mc_method){.cls = &mc_method_adapter, .bottleneck = 2}, false);
        of_method(base, (struct mc_method){.cls = &mc_method_prefix, .prefix_len = 2}, !t5);
        if (!t5) of_method(base, (struct mc_method){.cls = &mc_method_bitfit}, false);
        if (!t5) of_method(base, (struct mc_method){.cls = &mc_method_head}, false);
        mc_model_drop(base);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes), cmocka_unit_test(each_is_one_part),
        cmocka_unit_test_setup_teardown(of_deltas, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

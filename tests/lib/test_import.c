// Tied tensors of a directory: dropped where they are equal, standing for one another where the
// configuration lets them, one of their own where they may differ.

#include "tokdir.h"
#include "mc/hf.h"
#include "mc/out.h"
#include "toy.h"

#define T5(more)                                                                                   \
    "{\"model_type\":\"t5\",\"vocab_size\":6,\"d_model\":2,\"d_kv\":2,\"d_ff\":3,"                 \
    "\"num_layers\":1,\"num_heads\":1" more "}"
#define TIED T5("")
#define UNTIED T5(",\"tie_word_embeddings\":false")

enum { ROWS = 6, COLS = 2 };

static int set_up(void **state) {
    make_dir(state);
    return 0;
}

static int clean(void **state) {
    put(*state, "model.safetensors", NULL);
    return tear_down(state);
}

// A tensor of shared.weight's shape, added to the file: its numbers are shared.weight's times `by`.
struct extra {
    const char *name;
    float by;
};

static void add(struct mc_doc *d, struct mc_buf *data, const char *name, const struct mc_param *p,
                const float *w, float by) {
    struct mc_error e;
    const uint64_t dim[2] = {(uint64_t)p->dim[0], (uint64_t)p->dim[1]};
    assert_int_equal(mc_doc_add(d, name, MC_F32, p->rank, dim, &e), 0);
    for (size_t i = 0; i < p->n; i++) {
        float x = w[i] * by;
        assert_int_equal(mc_buf_add(data, (const char *)&x, sizeof x, &e), 0);
    }
}

// The directory of a random model, without one tensor (NULL: with all) and with others; its digest.
static void lay_out(const char *dir, const char *config, const char *without,
                    const struct extra *more, int n, char digest[MC_DIGEST_TEXT]) {
    struct mc_error e;
    struct mc_model m;
    struct mc_doc d = {0};
    struct mc_buf file = {0}, data = {0};
    toy_model(&m, config, NULL, 0, 1);
    strcpy(digest, m.digest);
    for (int i = 0; i < m.table.n; i++)
        if (!without || strcmp(m.table.p[i].name, without) != 0)
            add(&d, &data, m.table.p[i].name, &m.table.p[i], m.w + m.table.p[i].at, 1);
    for (int i = 0; i < n; i++) add(&d, &data, more[i].name, &m.table.p[0], m.w, more[i].by);
    assert_int_equal(mc_doc_header(&d, &file, &e), 0);
    assert_int_equal(mc_buf_add(&file, data.p, data.n, &e), 0);
    put_bytes(dir, "model.safetensors", file.p, file.n);
    put(dir, "config.json", config);
    mc_doc_release(&d);
    mc_buf_release(&file);
    mc_buf_release(&data);
    mc_model_release(&m);
}

static int import(struct mc_model *m, const char *dir, struct mc_error *e) {
    struct mc_import o = {.init_std = -1};
    const struct mc_log log = {.prog = "test", .quiet = true};
    return mc_hf_import(m, dir, &o, &log, e);
}

// What comes of it is the model laid out.
static void same(const char *dir, const char *config, const char *without, const struct extra *more,
                 int n) {
    struct mc_error e = {0};
    struct mc_model m;
    char digest[MC_DIGEST_TEXT];
    lay_out(dir, config, without, more, n, digest);
    if (import(&m, dir, &e) < 0) fail_msg("%s", e.text);
    assert_int_equal(mc_model_digest(&m, &e), 0);
    assert_string_equal(m.digest, digest);
    mc_model_release(&m);
}

static void not_taken(const char *dir, const char *config, const char *without,
                      const struct extra *more, int n, const char *words) {
    struct mc_error e = {0};
    struct mc_model m;
    char digest[MC_DIGEST_TEXT];
    lay_out(dir, config, without, more, n, digest);
    assert_int_equal(import(&m, dir, &e), MC_ERR_INPUT);
    if (!strstr(e.text, words)) fail_msg("no '%s' in: %s", words, e.text);
}

static void equal_ones_are_dropped(void **state) {
    const struct extra copies[] = {{"encoder.embed_tokens.weight", 1},
                                   {"decoder.embed_tokens.weight", 1},
                                   {"lm_head.weight", 1}};
    same(*state, TIED, NULL, NULL, 0);
    same(*state, TIED, NULL, copies, 3);
    same(*state, UNTIED, NULL, copies, 2);
}

static void one_stands_for_the_other(void **state) {
    const struct extra copy[] = {{"encoder.embed_tokens.weight", 1}, {"lm_head.weight", 1}};
    same(*state, TIED, "shared.weight", copy, 1);
    same(*state, TIED, "shared.weight", copy + 1, 1);
    same(*state, UNTIED, "shared.weight", copy, 1);
    not_taken(*state, TIED, "shared.weight", NULL, 0, "shared.weight is missing");
    // the config says that there are two, and one of them is not there
    not_taken(*state, UNTIED, "shared.weight", NULL, 0, "shared.weight is missing");
}

static void different_ones(void **state) {
    for (int k = 0; k < 2; k++) {
        const struct extra half = {
            k ? "decoder.embed_tokens.weight" : "encoder.embed_tokens.weight", .5F};
        not_taken(*state, k ? UNTIED : TIED, NULL, &half, 1, "differs from shared.weight");
    }
    const struct extra head = {"lm_head.weight", .5F};
    struct mc_error e = {0};
    struct mc_model m;
    char digest[MC_DIGEST_TEXT];
    lay_out(*state, TIED, NULL, &head, 1, digest);
    if (import(&m, *state, &e) < 0) fail_msg("%s", e.text);
    assert_true(m.config.untied && m.config.scales_logits); // as the config scaled them
    int own = mc_table_find(&m.table, "lm_head.weight");
    assert_int_equal(own, m.table.n - 1);
    for (size_t i = 0; i < ROWS * COLS; i++)
        assert_true(m.w[m.table.p[own].at + i] == m.w[i] * .5F);
    struct mc_config c; // and the config says so from now on
    assert_int_equal(mc_config_parse(&c, mc_doc_get(&m.meta, "mc.config"), &e), 0);
    assert_true(c.untied && c.scales_logits);
    mc_model_release(&m);
}

// Said to be of its own, and equal or absent: tied, the logits not scaled, as the config has it.
static void no_output_embedding(void **state) {
    struct mc_error e = {0};
    struct mc_model m[2];
    char digest[MC_DIGEST_TEXT];
    const struct extra equal = {"lm_head.weight", 1};
    for (int k = 0; k < 2; k++) {
        lay_out(*state, UNTIED, "lm_head.weight", &equal, k, digest);
        if (import(&m[k], *state, &e) < 0) fail_msg("%s", e.text);
        assert_true(!m[k].config.untied && !m[k].config.scales_logits);
        assert_int_equal(mc_table_find(&m[k].table, "lm_head.weight"), -1);
        assert_int_equal(mc_model_digest(&m[k], &e), 0);
    }
    assert_string_equal(m[0].digest, m[1].digest);
    for (int k = 0; k < 2; k++) mc_model_release(&m[k]);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean)
    const struct CMUnitTest tests[] = {
        TEST(equal_ones_are_dropped),
        TEST(one_stands_for_the_other),
        TEST(different_ones),
        TEST(no_output_embedding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

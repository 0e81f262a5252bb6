// Small models and token sets for tests.
#ifndef MC_TEST_TOY_H
#define MC_TEST_TOY_H

#include <stdlib.h>
#include <string.h>

#include "mc/model.h"
#include "mc/rng.h"
#include "mc/tokens.h"

#define TOY_CONFIG                                                                                 \
    "{\"model_type\":\"bert\",\"vocab_size\":20,\"hidden_size\":16,\"num_hidden_layers\":2,"       \
    "\"num_attention_heads\":2,\"intermediate_size\":32,\"max_position_embeddings\":32,"           \
    "\"type_vocab_size\":2,\"initializer_range\":0.3,\"layer_norm_eps\":1e-12}"

// A model of random weights; a failure ends the test.
static inline void toy_model(struct mc_model *m, const char *config, const char *const *labels,
                             int n, uint64_t seed) {
    struct mc_error bad;
    *m = (struct mc_model){0};
    assert_int_equal(mc_doc_set(&m->meta, "mc.config", config, &bad), 0);
    assert_int_equal(mc_config_parse(&m->config, config, &bad), 0);
    assert_int_equal(mc_model_set_labels(m, (char *const *)(uintptr_t)labels, n, &bad), 0);
    for (int i = 0; i < m->table.n; i++) mc_model_draw(m, i, seed, m->config.init_range);
    assert_int_equal(mc_model_digest(m, &bad), 0);
}

// The same, held by the caller, so that deltas may stand over it.
static inline struct mc_model *toy_new_model(const char *config, const char *const *labels, int n,
                                             uint64_t seed) {
    struct mc_error bad;
    struct mc_model *m = mc_new(1, sizeof *m, &bad);
    assert_non_null(m);
    toy_model(m, config, labels, n, seed);
    mc_model_hold(m);
    return m;
}

// A training's `save` that keeps nothing.
static inline int toy_save_nothing(void *ctx, const struct mc_model *m, int64_t step,
                                   struct mc_error *bad) {
    (void)ctx;
    (void)m;
    (void)step;
    (void)bad;
    return 0;
}

static const char *const TOY_LABELS[] = {"neg", "pos"};

enum { TOY_MAX = 512, TOY_LEN = 12 };
struct toy_set {
    struct mc_tokens t;
    int64_t offset[TOY_MAX + 1], lines[TOY_MAX];
    int32_t ids[TOY_MAX * TOY_LEN], labels[TOY_MAX];
    uint8_t types[TOY_MAX * TOY_LEN];
};

// Sequences of 3 to TOY_LEN tokens from 4 to 19 behind a 2; "pos" where one of them is a 7. Half of
// them are.
static inline void toy_tokens(struct toy_set *s, int n, uint32_t stream) {
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, stream);
    *s = (struct toy_set){0};
    for (int i = 0; i < n; i++) {
        int64_t len = 3 + (int64_t)mc_rng_below(&r, TOY_LEN - 2), from = s->offset[i];
        for (int64_t k = from; k < from + len; k++) {
            int32_t id = 4 + (int32_t)mc_rng_below(&r, 16);
            s->ids[k] = k == from ? 2 : id == 7 ? 8 : id;
        }
        s->labels[i] = (int32_t)mc_rng_below(&r, 2);
        if (s->labels[i]) s->ids[from + 1 + (int64_t)mc_rng_below(&r, (uint64_t)len - 1)] = 7;
        s->offset[i + 1] = from + len;
        s->lines[i] = i + 1;
    }
    s->t = (struct mc_tokens){.n = n,
                              .offset = s->offset,
                              .ids = s->ids,
                              .types = s->types,
                              .labels = s->labels,
                              .lines = s->lines,
                              .label_names = (char **)(uintptr_t)TOY_LABELS,
                              .n_labels = 2,
                              .max_len = TOY_LEN};
}

#endif

// Deltas over a base that every case has: what is made of their tensors and of their method.
#include <string.h>

#include "fuzz.h"
#include "mc/method.h"
#include "mc/model_stream.h"
#include "mc/path.h"

enum { CLAIM_MAX = 1 << 20, POINTS = 3 };

static const char CONFIG[] =
    "{\"model_type\": \"bert\", \"hidden_size\": 2, \"num_hidden_layers\": 1, "
    "\"num_attention_heads\": 1, \"intermediate_size\": 2, \"vocab_size\": 14, "
    "\"max_position_embeddings\": 8, \"type_vocab_size\": 2, \"hidden_act\": \"gelu\"}";

// The weights of the base do not depend on a library: seeds.sh writes the same.
static void put_base(char path[FUZZ_PATH]) {
    struct mc_model m = {0};
    struct mc_error e;
    struct mc_writer *w;
    FUZZ_OK(mc_doc_set(&m.meta, "mc.config", CONFIG, &e), &e);
    FUZZ_OK(mc_doc_set(&m.meta, "mc.labels", "[\"no\", \"yes\"]", &e), &e);
    FUZZ_OK(mc_model_from_meta(&m, &e), &e);
    for (size_t i = 0; i < m.table.size; i++) m.w[i] = ((float)(i * 37 % 101) - 50) / 128;
    FUZZ_OK(mc_writer_open(&w, fuzz_file(path, "in2", NULL, 0), 0, NULL, &e), &e);
    FUZZ_OK(mc_model_write(&m, w, &e), &e);
    FUZZ_OK(mc_writer_close(w, &e), &e);
    mc_model_release(&m);
}

// A point of the products' line from a delta to another, or to itself, is a delta that folds.
static void check_product(struct mc_model *a, struct mc_model *b, const char *base) {
    struct mc_error e;
    char path[FUZZ_PATH];
    struct mc_model *const end[] = {a, b};
    struct mc_spot at[POINTS] = {mc_spot_at(0), mc_spot_at(.5), mc_spot_at(1)};
    const struct mc_grid g = {at, POINTS};
    struct mc_path p = {.kind = &mc_path_lora_product,
                        .end = end,
                        .n_ends = 2,
                        .grid = &g,
                        .head = MC_HEAD_0,
                        .provenance = "line"};
    struct mc_writer *w;
    struct mc_model *m = NULL, *whole;
    if (mc_path_open(&p, &e) == 0) {
        FUZZ_OK(mc_writer_open(&w, fuzz_file(path, "out", NULL, 0), 0, NULL, &e), &e);
        FUZZ_OK(mc_path_write(&p, 1, w, &e), &e);
        FUZZ_OK(mc_writer_close(w, &e), &e);
        if (mc_model_load(&m, path, base, NULL, &e) ==
            0) { // its role may be another than a point's
            FUZZ_OK(mc_method_fold(&whole, m, true, &e), &e);
            mc_model_drop(whole);
        }
        mc_model_drop(m);
        fuzz_file(path, "out", NULL, 0);
    }
    mc_path_close(&p);
}

// The plan of a delta; what has one folds, where its method does.
static int use(struct mc_model *m, struct mc_error *e) {
    struct mc_method h;
    struct mc_view v = {0};
    struct mc_plan plan;
    struct mc_model *whole;
    memset(&plan, 0, sizeof plan);
    MC_TRY(mc_method_of(&h, m, e));
    int rc = mc_view_init(&v, m, e);
    if (rc == 0) {
        rc = mc_method_plan(&h, m, &v, NULL, MC_TO_EVALUATE, 0, MC_PRECISION_F32, &plan, e);
        mc_plan_release(&plan);
    }
    if (rc == 0 && h.cls && !h.cls->unfoldable) {
        FUZZ_OK(mc_method_fold(&whole, m, false, e), e);
        mc_model_drop(whole);
    }
    mc_view_release(&v);
    mc_method_release(&h);
    return rc;
}

int fuzz_delta(const uint8_t *p, size_t n, struct mc_error *e) {
    if (fuzz_claims_over(p, n, CLAIM_MAX))
        return mc_fail(e, MC_ERR_INPUT, "claims too much for a test");
    char base[FUZZ_PATH], path[FUZZ_PATH], *one[] = {path};
    struct mc_models s;
    struct mc_model *m[2] = {NULL, NULL}, *back;
    struct mc_buf b = {0};
    put_base(base);
    fuzz_wrap(&b, p, n, 0, 1 << 20);
    fuzz_file(path, "in", b.p, b.n);
    mc_buf_release(&b);
    mc_models_init(&s, one, 1, NULL);
    s.every_role = true;
    s.base_path = base;
    int rc, count = 0;
    for (struct mc_model *now; (rc = mc_models_next(&s, &now, e)) == 1;) {
        mc_model_drop(m[count & 1]);
        m[count & 1] = now;
        if (now->base && fuzz_read_back(now, base, &back)) mc_model_drop(back);
        if (now->base) rc = use(now, e);
        if (rc < 0) break;
        check_product(m[0], count ? m[1] : m[0], base);
        count++;
    }
    if (rc == 0 && count == 0) rc = mc_fail(e, MC_ERR_INPUT, "no model");
    mc_models_release(&s);
    mc_model_drop(m[0]);
    mc_model_drop(m[1]);
    fuzz_file(base, "in2", NULL, 0);
    return rc;
}

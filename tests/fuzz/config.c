// Configurations, and the import of a directory.
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "mc/hf.h"
#include "mc/utf8.h"

enum { FLOATS_MAX = 1 << 20, DATA_MAX = 1 << 16 };

// Small enough for a model to be made of it.
static bool small(const struct mc_config *c) {
    if (c->arch->text_to_text) {
        double h = c->hidden, inner = (double)c->heads * c->key_size,
               block = 8 * h * inner + 3 * h * c->inter + 3 * h;
        return (1 + c->untied) * h * c->vocab + 2. * c->buckets * c->heads + 2 * h +
                   (c->layers + c->decoder_layers) * block <
               FLOATS_MAX;
    }
    double h = c->hidden, per_layer = 4 * h * h + 2 * h * c->inter + 10 * h + c->inter;
    return h * ((double)c->vocab + c->positions + c->types + h) + c->layers * per_layer <
           FLOATS_MAX;
}

static void check_config(const struct mc_config *c) {
    FUZZ_CHECK(c->arch && c->hidden > 0 && c->layers > 0 && c->heads > 0 && c->inter > 0);
    FUZZ_CHECK(c->vocab > 0 && c->positions > 0 && c->types > 0);
    FUZZ_CHECK(c->pad_id >= 0 && c->pad_id < c->vocab);
    if (c->arch->text_to_text) {
        FUZZ_CHECK(c->key_size > 0 && c->heads <= (1 << 20) / c->key_size && c->decoder_layers > 0);
        FUZZ_CHECK(c->start_id >= 0 && c->start_id < c->vocab);
        FUZZ_CHECK(c->end_id >= 0 && c->end_id < c->vocab);
        FUZZ_CHECK(c->buckets >= 4 && c->max_distance > c->buckets / 2);
    } else {
        FUZZ_CHECK(c->hidden % c->heads == 0);
        FUZZ_CHECK(!c->pads_positions || c->positions > c->pad_id + 1);
    }
    const double real[] = {c->eps, c->init_range, c->drop_hidden, c->drop_attention,
                           c->drop_classifier};
    for (int i = 0; i < 5; i++) FUZZ_CHECK(isfinite(real[i]) && real[i] >= 0);
    for (int i = 2; i < 5; i++) FUZZ_CHECK(real[i] < 1);
}

// Fitted to labels and written again it says the same, and fits.
static void check_fit(const struct mc_config *c, const char *text, int n_labels) {
    static char *const names[] = {(char *)"no", (char *)"y\xc3\xa9s"};
    struct mc_error e;
    struct mc_buf one = {0}, two = {0}, lines = {0}, again = {0};
    struct mc_config back;
    FUZZ_OK(mc_config_set_labels(c, text, names, n_labels, &one, &e), &e);
    FUZZ_OK(mc_config_parse(&back, one.p, &e), &e);
    FUZZ_OK(mc_config_set_labels(&back, one.p, names, n_labels, &two, &e), &e);
    FUZZ_CHECK(strcmp(one.p, two.p) == 0);
    FUZZ_OK(mc_config_lines(c, &lines, &e), &e);
    FUZZ_OK(mc_config_lines(&back, &again, &e), &e);
    FUZZ_CHECK(strcmp(lines.p, again.p) == 0);
    mc_buf_release(&one);
    mc_buf_release(&two);
    mc_buf_release(&lines);
    mc_buf_release(&again);
}

static void check_model(struct mc_model *m) {
    struct mc_model *back;
    for (int i = 0; i < m->n_labels; i++)
        FUZZ_CHECK(mc_utf8_name(m->labels[i], strlen(m->labels[i])));
    FUZZ_CHECK(fuzz_read_back(m, NULL, &back));
    FUZZ_CHECK(m->n_labels == back->n_labels);
    mc_model_drop(back);
}

int fuzz_config(const uint8_t *p, size_t n, struct mc_error *e) {
    static char *names[] = {(char *)"no", (char *)"yes"};
    char path[FUZZ_PATH];
    struct mc_config c;
    struct mc_model m;
    struct mc_import o = {.labels = names, .init_std = -1};
    fuzz_file(path, "config.json", p, n);
    struct mc_buf text = {0};
    int rc = mc_buf_read_file(&text, path, 1 << 24,
                              e); // what a pointer of Git LFS begins with is refused
    if (rc == 0) rc = mc_config_parse(&c, text.p, e);
    if (rc == 0) {
        check_config(&c);
        o.n_labels = c.arch->text_to_text ? 0 : (int)(n % 3);
        check_fit(&c, text.p, o.n_labels);
        if (small(&c)) {
            rc = mc_hf_init(&m, path, &o, e);
            if (rc == 0) check_model(&m);
            if (rc == 0) mc_model_release(&m);
        }
    }
    mc_buf_release(&text);
    fuzz_file(path, "config.json", NULL, 0);
    return rc;
}

// A safetensors file of this header; data, as many as it claims and a test has room for, are zero.
static void put_weights(const char *name, const uint8_t *json, size_t n) {
    char path[FUZZ_PATH];
    struct mc_error e;
    struct mc_doc d;
    struct mc_buf b = {0};
    size_t data = 0;
    if (mc_doc_parse(&d, (const char *)json, n, &e) == 0) {
        data = d.data_bytes < DATA_MAX ? (size_t)d.data_bytes : DATA_MAX;
        mc_doc_release(&d);
    }
    uint8_t length[8];
    for (int i = 0; i < 8; i++) length[i] = (uint8_t)((uint64_t)n >> 8 * i);
    FUZZ_OK(mc_buf_add(&b, length, 8, &e), &e);
    FUZZ_OK(mc_buf_add(&b, json, n, &e), &e);
    FUZZ_OK(mc_buf_reserve(&b, data, &e), &e);
    memset(b.p + b.n, 0, data);
    fuzz_file(path, name, b.p, b.n + data);
    mc_buf_release(&b);
}

// Parts: config.json; the header of the weights; an index, where there is one: the weights are then
// its shard.safetensors.
int fuzz_import(const uint8_t *p, size_t n, struct mc_error *e) {
    static char *names[] = {(char *)"no", (char *)"yes"};
    char path[FUZZ_PATH];
    const uint8_t *part;
    size_t k;
    struct mc_import o = {.labels = names, .init_std = -1};
    struct mc_log log = {.prog = "fuzz", .quiet = true};
    struct mc_model m;
    fuzz_part(p, n, 0, &part, &k);
    fuzz_file(path, "config.json", part, k);
    struct mc_config c;
    struct mc_buf text = {0};
    bool good = mc_buf_read_file(&text, path, 1 << 24, e) == 0 &&
                mc_config_parse(&c, text.p, e) == 0,
         large = good && !small(&c);
    o.n_labels = good && c.arch->text_to_text ? 0 : (int)(n % 2) * 2;
    mc_buf_release(&text);
    if (large) return mc_fail(e, MC_ERR_INPUT, "a model too large for a test");
    bool sharded = fuzz_part(p, n, 2, &part, &k);
    if (sharded) fuzz_file(path, "model.safetensors.index.json", part, k);
    if (fuzz_part(p, n, 1, &part, &k))
        put_weights(sharded ? "shard.safetensors" : "model.safetensors", part, k);
    int rc = mc_hf_import(&m, fuzz_dir(), &o, &log, e);
    if (rc == 0) {
        check_model(&m);
        mc_model_release(&m);
    }
    fuzz_file(path, "config.json", NULL, 0);
    fuzz_file(path, "model.safetensors", NULL, 0);
    fuzz_file(path, "shard.safetensors", NULL, 0);
    fuzz_file(path, "model.safetensors.index.json", NULL, 0);
    return rc;
}

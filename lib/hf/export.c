// A model to a directory that transformers loads: config.json, model.safetensors and the
// tokenizer's files, written beside the target and renamed to it.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "mc/folder.h"
#include "mc/tokenizer.h"

enum { FILE_MAX = 1 << 28, STEP = 1 << 18 };

static const char *const TOKENIZER_FILE[] = {
    "tokenizer.json", "tokenizer_config.json",   "vocab.txt",        "vocab.json", "merges.txt",
    "spiece.model",   "special_tokens_map.json", "added_tokens.json"};

static const char *const TORCH_NAME[MC_DTYPES] = {
    [MC_F32] = "float32", [MC_F16] = "float16", [MC_BF16] = "bfloat16"};

static int write_data(const struct mc_param *p, const float *w, enum mc_dtype t, struct mc_out *o,
                      struct mc_error *e) {
    if (t == MC_F32) return mc_out_write(o, w, p->n * sizeof *w, e);
    uint16_t *h = mc_new(STEP, sizeof *h, e);
    int rc = h ? 0 : MC_ERR_MEM;
    for (size_t at = 0; rc == 0 && at < p->n; at += STEP) {
        size_t n = p->n - at < STEP ? p->n - at : STEP;
        if (!mc_from_f32(t, w + at, n, h))
            rc = mc_fail(e, MC_ERR_INPUT, "tensor %s: a value is too large for %s", p->name,
                         mc_dtype_name(t));
        else
            rc = mc_out_write(o, h, n * sizeof *h, e);
    }
    free(h);
    return rc;
}

// What the class that config.json names has no place for.
static bool left_out(const struct mc_model *m, const struct mc_param *p) {
    return m->config.mlm && p->is.block == (m->n_labels ? MC_BLOCK_MLM : MC_BLOCK_POOLER);
}

static int write_weights(const struct mc_model *m, struct mc_folder *to, const struct mc_hf_files *f,
                         enum mc_dtype t, struct mc_error *e) {
    struct mc_doc d = {0};
    struct mc_buf head = {0};
    struct mc_out o = {0};
    int rc;
    MC_TRY_DONE(mc_doc_set(&d, "format", "pt", e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.labels", f->labels, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.base", f->base, e));
    for (int i = 0; i < m->table.n; i++) {
        const struct mc_param *p = &m->table.p[i];
        if (left_out(m, p)) continue;
        MC_TRY_DONE(mc_doc_add(&d, p->name, t, p->rank,
                               (const uint64_t[]){(uint64_t)p->dim[0], (uint64_t)p->dim[1]}, e));
    }
    MC_TRY_DONE(mc_doc_header(&d, &head, e));
    MC_TRY_DONE(mc_folder_open(to, f->weights, &o, e));
    MC_TRY_DONE(mc_out_write(&o, head.p, head.n, e));
    for (int i = 0; i < m->table.n; i++)
        if (!left_out(m, &m->table.p[i]))
            MC_TRY_DONE(write_data(&m->table.p[i], m->w + m->table.p[i].at, t, &o, e));
    rc = mc_out_close(&o, e);
done:
    if (rc < 0) mc_out_abort(&o);
    mc_doc_release(&d);
    mc_buf_release(&head);
    return rc;
}

static int copy_tokenizer(const struct mc_model *m, const char *from, struct mc_folder *to,
                          struct mc_error *e) {
    struct mc_tokenizer *t;
    MC_TRY(mc_tokenizer_open(&t, from, e));
    const char *want = mc_doc_get(&m->meta, "mc.tokenizer");
    int rc = want && strcmp(want, mc_tokenizer_digest(t)) != 0
                 ? mc_fail(e, MC_ERR_INPUT,
                           "%s: not the tokenizer of the model (digest %s, not %s)", from,
                           mc_tokenizer_digest(t), want)
                 : 0;
    mc_tokenizer_close(t);
    for (size_t i = 0; rc == 0 && i < sizeof TOKENIZER_FILE / sizeof *TOKENIZER_FILE; i++) {
        char path[MC_HF_PATH];
        struct mc_buf b = {0};
        rc = mc_hf_path(from, TOKENIZER_FILE[i], path, e);
        if (rc == 0 && access(path, F_OK) == 0) {
            rc = mc_buf_read_file(&b, path, FILE_MAX, e);
            if (rc == 0) rc = mc_folder_write(to, TOKENIZER_FILE[i], b.p, b.n, e);
        }
        mc_buf_release(&b);
    }
    return rc;
}

int mc_hf_may_write(const char *dir, const char *tokenizer, struct mc_error *e) {
    MC_TRY(mc_folder_may_write(dir, e));
    if (!tokenizer || mc_hf_has_tokenizer(tokenizer)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s: no tokenizer's files in it", tokenizer);
}

int mc_hf_write(const struct mc_model *m, const char *dir, const struct mc_hf_files *f,
                const char *tokenizer, enum mc_dtype dtype, struct mc_error *e) {
    struct mc_folder to;
    MC_TRY(mc_hf_may_write(dir, tokenizer, e));
    int rc = mc_folder_begin(&to, dir, e);
    if (rc == 0) rc = mc_folder_write(&to, f->config_name, f->config, strlen(f->config), e);
    if (rc == 0) rc = write_weights(m, &to, f, dtype, e);
    if (rc == 0 && tokenizer) rc = copy_tokenizer(m, tokenizer, &to, e);
    if (rc == 0) rc = mc_folder_commit(&to, e);
    mc_folder_abort(&to);
    return rc;
}

int mc_hf_export(const struct mc_model *m, const char *dir, const char *tokenizer,
                 enum mc_dtype dtype, struct mc_error *e) {
    if (m->base)
        return mc_fail(e, MC_ERR_INPUT,
                       "a delta: fold it into its base first (mc-fold), or write it as PEFT's "
                       "directory (--peft)");
    struct mc_buf config = {0};
    int rc = mc_config_dtype(mc_doc_get(&m->meta, "mc.config"), TORCH_NAME[dtype], &config, e);
    const struct mc_hf_files files = {
        .config_name = "config.json", .config = config.p, .weights = "model.safetensors"};
    if (rc == 0) rc = mc_hf_write(m, dir, &files, tokenizer, dtype, e);
    mc_buf_release(&config);
    return rc;
}

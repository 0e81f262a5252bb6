// What reading and writing directories of models and of adapters share: paths and texts, names as
// transformers has them, tensors as float32, tokenizers.
#include "dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc/num.h"
#include "mc/tokenizer.h"

enum { CONFIG_MAX = 1 << 24 };

int mc_hf_path(const char *dir, const char *file, char out[MC_HF_PATH], struct mc_error *e) {
    int n = snprintf(out, MC_HF_PATH, "%s/%s", dir, file);
    return n > 0 && n < MC_HF_PATH ? 0 : mc_fail(e, MC_ERR_INPUT, "%s: the path is too long", dir);
}

int mc_hf_text(const char *path, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_read_file(out, path, CONFIG_MAX, e));
    return strlen(out->p) < out->n ? mc_fail(e, MC_ERR_INPUT, "%s: a NUL byte", path) : 0;
}

bool mc_hf_ends_with(const char *s, const char *end) {
    size_t n = strlen(s), k = strlen(end);
    return n >= k && strcmp(s + n - k, end) == 0;
}

void mc_hf_canonical(const struct mc_arch *a, const char *name, char out[MC_PARAM_NAME * 2]) {
    const char *const whole[] = {a->prefix, a->head, a->mlm};
    bool bare = true;
    for (int i = 0; i < 3; i++)
        if (whole[i] && strncmp(name, whole[i], strlen(whole[i])) == 0) bare = false;
    bool gamma = mc_hf_ends_with(name, ".gamma"), beta = mc_hf_ends_with(name, ".beta");
    int keep = (int)strnlen(name, MC_PARAM_NAME) - (gamma ? 5 : beta ? 4 : 0);
    snprintf(out, MC_PARAM_NAME * 2, "%s%.*s%s", bare ? a->prefix : "", keep, name,
             gamma  ? "weight"
             : beta ? "bias"
                    : "");
}

static int read_converted(struct mc_digest *g, struct mc_weights *w, int i, size_t n, float *to,
                          struct mc_error *e) {
    const struct mc_tensor *t = &w->d.tensor[i];
    void *raw = mc_new(t->bytes, 1, e);
    if (!raw) return MC_ERR_MEM;
    int rc = mc_weights_data(w, i, raw, e);
    if (rc == 0) mc_digest_data(g, raw, t->bytes);
    if (rc == 0 && !mc_to_f32(t->dtype, raw, n, to))
        rc = mc_fail(e, MC_ERR_INPUT, "tensor %s is %s, no floating point", t->name,
                     mc_dtype_name(t->dtype));
    free(raw);
    return rc;
}

int mc_hf_data(struct mc_digest *g, struct mc_weights *w, int i, size_t n, float *to,
               struct mc_error *e) {
    const struct mc_tensor *t = &w->d.tensor[i];
    mc_digest_tensor(g, t);
    if (t->dtype == MC_F32) {
        MC_TRY(mc_weights_data(w, i, to, e));
        mc_digest_data(g, to, t->bytes);
    } else {
        MC_TRY(read_converted(g, w, i, n, to, e));
    }
    size_t bad = mc_first_nonfinite(to, n);
    if (bad == n) return 0;
    return mc_fail(e, MC_ERR_NUM, "tensor %s: element %zu is not finite%s", t->name, bad,
                   t->dtype == MC_F64 ? " in float32" : "");
}

bool mc_hf_has_tokenizer(const char *dir) {
    char path[MC_HF_PATH];
    const char *file[] = {"tokenizer.json", "vocab.txt", "vocab.json", "spiece.model"};
    struct mc_error ignored;
    for (size_t i = 0; i < sizeof file / sizeof *file; i++)
        if (mc_hf_path(dir, file[i], path, &ignored) == 0 && access(path, F_OK) == 0) return true;
    return false;
}

int mc_hf_set_tokenizer(struct mc_model *m, const char *dir, struct mc_error *e) {
    struct mc_tokenizer *t;
    MC_TRY(mc_tokenizer_open(&t, dir, e));
    int rc = mc_doc_set(&m->meta, "mc.tokenizer", mc_tokenizer_digest(t), e);
    // a text-to-text model is checked by the ids of its texts: its tokenizer may have more than it
    if (rc == 0 && !m->config.arch->text_to_text && mc_tokenizer_size(t) > m->config.vocab)
        rc = mc_fail(e, MC_ERR_INPUT, "%s: the tokenizer has %d ids, the model %d", dir,
                     (int)mc_tokenizer_size(t), m->config.vocab);
    mc_tokenizer_close(t);
    return rc;
}

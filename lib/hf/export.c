// A model to a directory that transformers loads: config.json, model.safetensors and the
// tokenizer's files, written beside the target and renamed to it.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "mc/out.h"
#include "mc/tokenizer.h"

enum { PATH_LEN = MC_HF_PATH, FILE_MAX = 1 << 28, STEP = 1 << 18, TEMP_SUFFIX = 32 };

static const char *const TOKENIZER_FILE[] = {
    "tokenizer.json", "tokenizer_config.json",   "vocab.txt",        "vocab.json", "merges.txt",
    "spiece.model",   "special_tokens_map.json", "added_tokens.json"};

static const char *const TORCH_NAME[MC_DTYPES] = {
    [MC_F32] = "float32", [MC_F16] = "float16", [MC_BF16] = "bfloat16"};

static int write_file(const char *dir, const char *file, const char *text, size_t n,
                      struct mc_error *e) {
    char path[PATH_LEN];
    struct mc_out o;
    MC_TRY(mc_hf_path(dir, file, path, e));
    MC_TRY(mc_out_open(&o, path, e));
    int rc = mc_out_write(&o, text, n, e);
    if (rc == 0) return mc_out_close(&o, e);
    mc_out_abort(&o);
    return rc;
}

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

static int write_weights(const struct mc_model *m, const char *dir, const struct mc_hf_files *f,
                         enum mc_dtype t, struct mc_error *e) {
    struct mc_doc d = {0};
    struct mc_buf head = {0};
    struct mc_out o = {0};
    char path[PATH_LEN];
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
    MC_TRY_DONE(mc_hf_path(dir, f->weights, path, e));
    MC_TRY_DONE(mc_out_open(&o, path, e));
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

static int copy_tokenizer(const struct mc_model *m, const char *from, const char *dir,
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
        char path[PATH_LEN];
        struct mc_buf b = {0};
        rc = mc_hf_path(from, TOKENIZER_FILE[i], path, e);
        if (rc == 0 && access(path, F_OK) == 0) {
            rc = mc_buf_read_file(&b, path, FILE_MAX, e);
            if (rc == 0) rc = write_file(dir, TOKENIZER_FILE[i], b.p, b.n, e);
        }
        mc_buf_release(&b);
    }
    return rc;
}

static int check_target(const char *dir, struct mc_error *e) {
    DIR *d = opendir(dir);
    if (!d) return errno == ENOENT ? 0 : mc_fail_errno(e, "%s: cannot open", dir);
    struct dirent *f;
    int rc = 0;
    while ((f = readdir(d)))
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
            rc = mc_fail(e, MC_ERR_INPUT, "%s: not empty", dir);
    closedir(d);
    return rc;
}

// By name: listing a directory takes memory, of which there may be none.
static void remove_dir(const char *dir, const struct mc_hf_files *f) {
    const char *const own[] = {f->config_name, f->weights};
    char path[PATH_LEN];
    struct mc_error ignored;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (mc_hf_path(dir, own[i], path, &ignored) == 0) unlink(path);
    for (size_t i = 0; i < sizeof TOKENIZER_FILE / sizeof *TOKENIZER_FILE; i++)
        if (mc_hf_path(dir, TOKENIZER_FILE[i], path, &ignored) == 0) unlink(path);
    rmdir(dir);
}

// The folder that a path is in, as a path.
static void folder_of(const char *path, char out[PATH_LEN]) {
    const char *slash = strrchr(path, '/');
    snprintf(out, PATH_LEN, "%.*s", slash ? (int)(slash - path) + (slash == path) : 1,
             slash ? path : ".");
}

int mc_hf_may_write(const char *dir, const char *tokenizer, struct mc_error *e) {
    char *end, folder[PATH_LEN];
    struct stat st;
    MC_TRY(mc_out_follow(dir, &end, e));
    int rc = check_target(end, e);
    folder_of(end, folder);
    if (rc == 0 && strlen(end) >= PATH_LEN - TEMP_SUFFIX)
        rc = mc_fail(e, MC_ERR_INPUT, "%s: the path is too long", dir);
    if (rc == 0 && (access(folder, W_OK | X_OK) != 0 || (lstat(end, &st) != 0 && errno != ENOENT)))
        rc = mc_fail_errno(e, "%s: cannot create", dir);
    free(end);
    if (rc == 0 && tokenizer && !mc_hf_has_tokenizer(tokenizer))
        rc = mc_fail(e, MC_ERR_INPUT, "%s: no tokenizer's files in it", tokenizer);
    return rc;
}

// A new folder beside the target; a long name is cut, so that what is put behind it fits. One that
// is there gives it its mode.
static int make_beside(const char *end, char temp[PATH_LEN], struct mc_error *e) {
    struct stat st;
    const char *slash = strrchr(end, '/');
    size_t dir = slash ? (size_t)(slash - end) + 1 : 0, name = strlen(end) - dir;
    if (name > NAME_MAX - TEMP_SUFFIX) name = NAME_MAX - TEMP_SUFFIX;
    int k = snprintf(temp, PATH_LEN, "%.*s.tmp.%ld", (int)(dir + name), end, (long)getpid());
    if (k < 0 || k >= PATH_LEN) return mc_fail(e, MC_ERR_INPUT, "%s: the path is too long", end);
    if (mkdir(temp, 0777) != 0) return mc_fail_errno(e, "%s: cannot create", end);
    if (stat(end, &st) != 0 || chmod(temp, st.st_mode & 07777) == 0) return 0;
    int rc = mc_fail_errno(e, "%s: cannot set its mode", end);
    rmdir(temp);
    return rc;
}

int mc_hf_write(const struct mc_model *m, const char *dir, const struct mc_hf_files *f,
                const char *tokenizer, enum mc_dtype dtype, struct mc_error *e) {
    char temp[PATH_LEN], *end;
    MC_TRY(mc_hf_may_write(dir, tokenizer, e));
    MC_TRY(mc_out_follow(dir, &end, e));
    int rc = make_beside(end, temp, e);
    bool made = rc == 0;
    if (rc == 0) rc = write_file(temp, f->config_name, f->config, strlen(f->config), e);
    if (rc == 0) rc = write_weights(m, temp, f, dtype, e);
    if (rc == 0 && tokenizer) rc = copy_tokenizer(m, tokenizer, temp, e);
    if (rc == 0 && rename(temp, end) != 0) rc = mc_fail_errno(e, "%s: cannot rename to it", dir);
    if (rc < 0 && made) remove_dir(temp, f);
    free(end);
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

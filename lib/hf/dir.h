// What reading and writing directories of models and of adapters share.
#ifndef HF_DIR_H
#define HF_DIR_H

#include "mc/hf.h"
#include "weights.h"

enum { MC_HF_PATH = 4096 };

int mc_hf_path(const char *dir, const char *file, char out[MC_HF_PATH],
               struct mc_error *e) MC_MUST_USE;
// A text file without NUL.
int mc_hf_text(const char *path, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
bool mc_hf_ends_with(const char *s, const char *end);

// transformers' name with a head: the body's prefix put before, gamma and beta of old files
// renamed. Longer than any name of the table it is cut, and matches none.
void mc_hf_canonical(const struct mc_arch *a, const char *name, char out[MC_PARAM_NAME * 2]);
// The n numbers of tensor i as float32; they enter the digest as they stand.
int mc_hf_data(struct mc_digest *g, struct mc_weights *w, int i, size_t n, float *to,
               struct mc_error *e) MC_MUST_USE;

bool mc_hf_has_tokenizer(const char *dir);
// mc.tokenizer, after a check of the sizes.
int mc_hf_set_tokenizer(struct mc_model *m, const char *dir, struct mc_error *e) MC_MUST_USE;

// The files of a directory but for the tokenizer's.
struct mc_hf_files {
    const char *config_name, *config, *weights;
    const char *labels, *base; // mc.labels and mc.base of the weights' metadata, or NULL
};
// As mc_hf_export, of what the model stores.
int mc_hf_write(const struct mc_model *m, const char *dir, const struct mc_hf_files *f,
                const char *tokenizer, enum mc_dtype dtype, struct mc_error *e) MC_MUST_USE;

#endif

// Hugging Face directories: config.json, safetensors (sharded or not), tokenizer files.
#ifndef MC_HF_H
#define MC_HF_H

#include "mc/log.h"
#include "mc/model.h"

struct mc_import {
    char **labels; // names of the head's outputs, in order; n_labels 0: those of the config
    int n_labels;
    uint64_t seed_init;
    double init_std;        // < 0: the config's initializer_range
    const char *tokenizer;  // directory, or NULL: the model's where it has one
    const char *model_type; // where config.json has none; NULL: the tensors' names tell
    bool keep_heads;        // of masked language models
    // what came of it
    int n_drawn; // tensors drawn, of this standard deviation
    double drawn_std;
    char digest[MC_DIGEST_TEXT]; // of config.json and the tensors as they were read
};

// Reads a directory into *m. The head keeps its weights where it is there and is drawn where labels
// name one; a head of another task is left out with a note, but that of a masked language model
// with keep_heads; a missing pooler is drawn, with a note, unless the head that reads it is there.
// MC_ERR_INPUT: tensors that no row of the table explains, or whose shape is another; MC_ERR_NUM:
// values that are not finite.
int mc_hf_import(struct mc_model *m, const char *dir, struct mc_import *o, const struct mc_log *log,
                 struct mc_error *e) MC_MUST_USE;

// Whether a directory is one of PEFT: it has an adapter_config.json.
bool mc_hf_is_peft(const char *dir);
// Reads such a directory into *m, a delta over the complete model base, which has its digest and is
// held. MC_ERR_INPUT, by name: what a delta cannot express. Nothing is drawn: of *o, labels and
// tokenizer are used.
int mc_hf_import_peft(struct mc_model *m, const char *dir, struct mc_model *base,
                      struct mc_import *o, struct mc_error *e) MC_MUST_USE;

// A directory's model as it stands there, of Hugging Face, or of PEFT over base (MC_ERR_INPUT: base
// is NULL): for mc_models. Labels are the config's.
int mc_hf_model(struct mc_model *m, const char *dir, struct mc_model *base,
                const struct mc_log *log, struct mc_error *e) MC_MUST_USE;
// The complete model of a file, as mc_base_load has it, or of a Hugging Face directory: held for the
// caller, who drops it. NULL in *base on failure.
int mc_hf_base_load(struct mc_model **base, const char *path, struct mc_pool *pool,
                    const struct mc_log *log, struct mc_error *e) MC_MUST_USE;

// A model of random weights as transformers initialises it, from a config.json; of *o the labels,
// seed_init and tokenizer are used, and the digest is set.
int mc_hf_init(struct mc_model *m, const char *config, struct mc_import *o,
               struct mc_error *e) MC_MUST_USE;

// Writes a directory that transformers loads: beside dir, then renamed to it. A model with labels
// goes without the head of a masked language model, one with that head alone without its pooler, as
// transformers' classes have it. dir must be new or
// empty; symbolic links at its end are followed. tokenizer: the directory whose tokenizer files are
// copied, after its digest was found to be the model's; or NULL. dtype: MC_F32, F16, BF16; a value
// that overflows it is MC_ERR_INPUT.
int mc_hf_export(const struct mc_model *m, const char *dir, const char *tokenizer,
                 enum mc_dtype dtype, struct mc_error *e) MC_MUST_USE;

// Checks what can be checked before there is a model to export: dir is new or empty, its folder
// writable, a tokenizer in `tokenizer` (or NULL). MC_ERR_INPUT, MC_ERR_IO.
int mc_hf_may_write(const char *dir, const char *tokenizer, struct mc_error *e) MC_MUST_USE;

// As mc_hf_export, of a delta: a directory that PEFT loads over its base. MC_ERR_INPUT, by name: a
// method that PEFT does not have.
int mc_hf_export_peft(const struct mc_model *m, const char *dir, const char *tokenizer,
                      enum mc_dtype dtype, struct mc_error *e) MC_MUST_USE;

// n numbers of another type to float32; false for a type that is no float.
bool mc_to_f32(enum mc_dtype t, const void *from, size_t n, float *to);
// float32 to F16 or BF16, to nearest even; false where a finite value overflows.
bool mc_from_f32(enum mc_dtype t, const float *from, size_t n, void *to);

#endif

// adapter_config.json of PEFT: what it says of an adapter, and what of it is not supported.
#ifndef HF_PEFT_H
#define HF_PEFT_H

#include <stdbool.h>

#include "mc/err.h"
#include "mc/json.h"

struct mc_peft {
    const char *path; // of the file, for messages; borrowed
    json_t *o;
    const char *method; // ours: "lora", "prefix"
    bool classifies;    // SEQ_CLS: the head is stored
    // LoRA
    int rank;
    double alpha, dropout;
    bool rslora;
    // prefix
    int n_virtual;
};

// From the text of the file; what cannot be represented is an error that names it.
int mc_peft_read(struct mc_peft *c, const char *path, const char *text,
                 struct mc_error *e) MC_MUST_USE;
void mc_peft_release(struct mc_peft *c);

// Of the n modules, which has a LoRA, by target_modules and what narrows it; linear[i]: whether it
// is one that "all-linear" means.
int mc_peft_targets(const struct mc_peft *c, const char *const *module, const bool *linear, int n,
                    bool *yes, struct mc_error *e) MC_MUST_USE;
// target_modules as a list that says it all; NULL where it is a pattern or something narrows it.
const json_t *mc_peft_target_list(const struct mc_peft *c);
// Whether a module is, or is within, one of modules_to_save.
bool mc_peft_saves(const struct mc_peft *c, const char *module);
// Rank and alpha of the n modules.
int mc_peft_ranks(const struct mc_peft *c, const char *const *module, int n, int *rank,
                  double *alpha, struct mc_error *e) MC_MUST_USE;

#endif

// What the parts of an import share. Private to lib/hf.
#ifndef HF_IMPORT_H
#define HF_IMPORT_H

#include "dir.h"

struct import {
    struct mc_model *m;
    struct mc_import *o;
    struct mc_digest *digest; // of what is read
    const struct mc_log *log;
    const char *dir;
    char **shard; // file names in dir
    int n_shards;
    struct mc_names shards;
    bool *have;                 // per tensor of the table
    float **beside;             // per tied tensor without a row in the table: its data, or NULL
    int64_t head_rows;          // outputs of the head that is there and kept; 0: none
    bool has_mlm;               // tensors of the head of a masked language model are there
    bool in_body, beside_body;  // some names have the body's prefix, some have not
    const struct mc_arch *told; // by the names of tensors
    bool ambiguous;             // they tell several
    char class_name[80];        // the first of config.json's architectures; "" where it has none
    char other_task[160];       // what head it is that is left out; "": none is
};

// Reads architectures and problem_type: a head that is no classifier of one label (or regression of
// one number) is left out with a note, x->other_task says what it is.
int mc_import_judge_head(struct import *x, const char *config, struct mc_error *e) MC_MUST_USE;
// Sets the model's labels: those of --labels, of id2label, or LABEL_0, ... as transformers names
// what has no name.
int mc_import_labels(struct import *x, const char *config, struct mc_error *e) MC_MUST_USE;

#endif

// The models that a path is made of: read, and held in memory or read again.
#ifndef MC_PATH_INPUTS_H
#define MC_PATH_INPUTS_H

#include "mc/model_stream.h"

struct mc_path_options;
struct mc_path_kind;

struct mc_path_inputs {
    // Set by the caller.
    char *const *path; // of files; "-" or none: standard input
    int n_paths;
    const char *base_path; // of deltas, or NULL
    struct mc_pool *pool;
    bool more; // models beyond those that the kind takes may follow

    // Of what is read.
    struct mc_model **m; // [n] held, digests set; w NULL: not in memory at the moment
    float **head;        // [n] of a model whose weights were left: its head's floats; or NULL
    int n;
    char from[MC_DIGEST_TEXT], to[MC_DIGEST_TEXT]; // of a curve's documents; else empty
    // Private: the pass that reads them again.
    struct mc_models pass;
    bool reading; // the pass is open
    int at;       // number of the model that it hands out next
};

// Reads the models of all files: points, endpoints and controls of curves. Documents with controls
// are a curve, whose row *kind becomes; else *kind and its number of ends decide. MC_ERR_INPUT:
// fewer or more models than it takes; three or more where no --kind was given; a curve whose
// documents are not the indices 0..count-1, or of another curve. MC_ERR_USAGE: options that are not
// a curve's. After an error, too, mc_path_inputs_release follows. Where files can be read again no
// more weights are in memory than the kind needs at a time.
int mc_path_inputs_read(struct mc_path_inputs *in, struct mc_path_options *o,
                        const struct mc_path_kind **kind, struct mc_error *e) MC_MUST_USE;
// Sees that the weights of models k[n], ascending, are in memory; others may leave it.
// MC_ERR_INPUT: a file is not what it was.
int mc_path_inputs_load(struct mc_path_inputs *in, const int *k, int n,
                        struct mc_error *e) MC_MUST_USE;
// The weights of model k, which is complete and whose file can be read again, leave the memory.
int mc_path_inputs_leave(struct mc_path_inputs *in, int k, struct mc_error *e) MC_MUST_USE;
void mc_path_inputs_release(struct mc_path_inputs *in);

#endif

// Parameters: a table names the tensors of a network, a block is a table with one flat array of
// float32.
#ifndef MC_PARAM_H
#define MC_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/names.h"

enum mc_param_kind {
    MC_PARAM_MATRIX,
    MC_PARAM_VECTOR,
    MC_PARAM_EMBEDDING,
    MC_PARAM_BIASES // a table that is neither, as of biases by relative position
};
enum mc_init { MC_INIT_NORMAL, MC_INIT_ZERO, MC_INIT_ONE };

enum { MC_PARAM_DIMS = 2, MC_PARAM_NAME = 128, MC_GROUP_NAME = 32 };

struct mc_param {
    char name[MC_PARAM_NAME];  // as transformers writes it
    char group[MC_GROUP_NAME]; // "embeddings", "layer.3", "pooler", "head"
    enum mc_param_kind kind;
    int rank;
    int64_t dim[MC_PARAM_DIMS];
    size_t n, at;    // elements; offset in the block, in floats
    bool decay;      // weight decay applies
    double rate;     // factor on the learning rate
    int64_t pad_row; // row of an embedding that gets no gradient, or -1
    enum mc_init init;
    double init_scale; // standard deviation of MC_INIT_NORMAL, value of MC_INIT_ONE
};

struct mc_table {
    struct mc_param *p;
    int n, cap;
    size_t size; // floats of a block
    double std;  // of the parameters added from here on, where they are drawn
    struct mc_names names;
};

void mc_table_release(struct mc_table *t);
// Appends a parameter; dim1 = 0 for a vector. Returns its index or an error. Its place is behind
// the last one.
int mc_table_add(struct mc_table *t, enum mc_param_kind kind, int64_t dim0, int64_t dim1,
                 const char *group, struct mc_error *e, const char *name, ...) MC_MUST_USE
    MC_PRINTF(7, 8);
int mc_table_find(const struct mc_table *t, const char *name); // index, or -1
// MC_ERR_NUM, with tensor and element, unless the floats w[n] that stand at `from` in the block are
// finite.
int mc_table_finite(const struct mc_table *t, const float *w, size_t from, size_t n,
                    struct mc_error *e) MC_MUST_USE;
int mc_table_copy(struct mc_table *to, const struct mc_table *from, struct mc_error *e) MC_MUST_USE;

#endif

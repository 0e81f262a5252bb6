// Parameters: a table names the tensors of a network, a block is a table with one flat array of
// float32.
#ifndef MC_PARAM_H
#define MC_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/names.h"

// --- what a tensor is in its network: the architecture says so, and nobody else knows its name
enum mc_block {      // the part of the network it is in
    MC_BLOCK_METHOD, // none: a tuning method's own
    MC_BLOCK_EMBEDDINGS,
    MC_BLOCK_LAYER, // a layer of a stack
    MC_BLOCK_FINAL, // behind the last layer of a stack
    MC_BLOCK_POOLER,
    MC_BLOCK_MLM, // the head of a masked language model
    MC_BLOCK_HEAD // what the outputs are computed by
};
enum mc_stack { MC_STACK_ENCODER, MC_STACK_DECODER };
enum mc_sublayer {
    MC_SUBLAYER_NONE,
    MC_SUBLAYER_ATTENTION, // of a stack over itself
    MC_SUBLAYER_CROSS,     // of the decoder over the encoder
    MC_SUBLAYER_FEED_FORWARD
};
enum mc_role {
    MC_ROLE_OTHER, // beside a tensor of the network: a tuning method's
    MC_ROLE_TOKEN_EMBEDDING,
    MC_ROLE_POSITION_EMBEDDING,
    MC_ROLE_TYPE_EMBEDDING,
    MC_ROLE_QUERY,
    MC_ROLE_KEY,
    MC_ROLE_VALUE,
    MC_ROLE_ATTENTION_OUTPUT,
    MC_ROLE_RELATIVE_BIAS, // of attention, by relative position
    MC_ROLE_UP,            // of a feed-forward
    MC_ROLE_GATE,          // beside it: their elementwise product goes down
    MC_ROLE_DOWN,
    MC_ROLE_NORM,
    MC_ROLE_DENSE, // of a pooler or a head, before the outputs
    MC_ROLE_CLASSIFIER,
    MC_ROLE_OUTPUT_EMBEDDING
};
enum mc_axis { // what a dimension runs over
    MC_AXIS_OTHER,
    MC_AXIS_RESIDUAL, // the residual stream
    MC_AXIS_HEADS,    // heads x head width
    MC_AXIS_FEED_FORWARD,
    MC_AXIS_DENSE, // units of a pooler or of a head's dense layer
    MC_AXIS_LABELS,
    MC_AXIS_VOCABULARY,
    MC_AXIS_POSITIONS,
    MC_AXIS_TYPES,
    MC_AXIS_BUCKETS, // of relative positions
    MC_AXIS_EACH_HEAD
};

enum { MC_PARAM_DIMS = 2, MC_PARAM_NAME = 128, MC_GROUP_NAME = 32 };

struct mc_place {
    enum mc_block block;
    enum mc_stack stack; // of MC_BLOCK_LAYER and MC_BLOCK_FINAL
    int layer;           // from 0
    enum mc_sublayer sublayer;
    enum mc_role role;
    bool bias; // what is added: of a linear layer, or of a norm, whose gain is its other tensor
    enum mc_axis axis[MC_PARAM_DIMS];
};

enum mc_init { MC_INIT_NORMAL, MC_INIT_ZERO, MC_INIT_ONE };

struct mc_param {
    char name[MC_PARAM_NAME]; // as transformers writes it
    struct mc_place is;
    // Of a linear layer whose output is that of a sublayer: how many bytes of its name, from the
    // start, name the sublayer; else 0.
    int sublayer_name_len;
    int rank;                   // 1 or 2
    int64_t dim[MC_PARAM_DIMS]; // [out, in] of a linear layer; dim[1] of a vector: 0
    size_t n, at;               // elements; offset in the block, in floats
    bool decay;                 // weight decay applies: not to biases and norms
    double rate;                // factor on the learning rate
    int64_t pad_row;            // row of an embedding that gets no gradient, or -1
    enum mc_init init;
    double init_scale; // standard deviation of MC_INIT_NORMAL, value of MC_INIT_ONE
};

// Whether it is the matrix of a linear layer: neither a table of embeddings nor one of biases.
bool mc_param_is_linear(const struct mc_param *p);
static inline bool mc_param_in_head(const struct mc_param *p) {
    return p->is.block == MC_BLOCK_HEAD;
}
// In the task's head, or in that of a masked language model, which tasks pass over.
static inline bool mc_param_in_any_head(const struct mc_param *p) {
    return mc_param_in_head(p) || p->is.block == MC_BLOCK_MLM;
}
bool mc_param_same_shape(const struct mc_param *p, const struct mc_param *q);
// Whether it has these dimensions, dim[rank].
bool mc_param_has_shape(const struct mc_param *p, int rank, const uint64_t *dim);
// MC_ERR_INPUT, "tensor NAME is not [dim0, dim1]", unless it is such a matrix.
int mc_param_check_shape(const struct mc_param *p, int64_t dim0, int64_t dim1,
                         struct mc_error *e) MC_MUST_USE;
bool mc_place_same(const struct mc_place *a, const struct mc_place *b);

struct mc_table {
    struct mc_param *p;
    int n, cap;
    size_t size; // floats of a block
    double std;  // of the parameters added from here on, where they are drawn
    struct mc_names names;
};

void mc_table_release(struct mc_table *t);
// Append a parameter, behind the last one in the block, and return its index; MC_ERR_INPUT: a name
// that is too long, a size that overflows. dim1 = 0: a vector.
int mc_table_add(struct mc_table *t, const struct mc_place *is, int64_t dim0, int64_t dim1,
                 struct mc_error *e, const char *name, ...) MC_MUST_USE MC_PRINTF(6, 7);
// One that is like another, name and all; and the same with other dimensions.
int mc_table_add_like(struct mc_table *t, const struct mc_param *p, struct mc_error *e) MC_MUST_USE;
int mc_table_add_shaped(struct mc_table *t, const struct mc_param *p, int64_t dim0, int64_t dim1,
                        struct mc_error *e) MC_MUST_USE;
int mc_table_find(const struct mc_table *t, const char *name); // index, or -1
// MC_ERR_NUM, with tensor and element, unless the floats w[n] that stand at `from` in the block are
// finite.
int mc_table_check_finite(const struct mc_table *t, const float *w, size_t from, size_t n,
                          struct mc_error *e) MC_MUST_USE;
// Whether two tables have the same tensors in the same places: a plan of one serves the other.
bool mc_table_same(const struct mc_table *a, const struct mc_table *b);
// Fills *to with a copy, which mc_table_release empties.
int mc_table_copy(struct mc_table *to, const struct mc_table *from, struct mc_error *e) MC_MUST_USE;

#endif

// Architectures: what a configuration (config.json) says, the tensors and the network that follow
// from it, and where a network is read.
#ifndef MC_ARCH_H
#define MC_ARCH_H

#include <stdbool.h>

#include "mc/buf.h"
#include "mc/param.h"
#include "mc/plan.h"

struct mc_arch;

// What a configuration says of the function that is computed; absent keys have transformers'
// defaults.
struct mc_config {
    const struct mc_arch *arch;
    int hidden, layers, heads, inter, vocab, positions, types, pad_id;
    bool pads_positions; // positions are counted from pad_id, over what is no padding
    enum mc_act act;
    double eps, init_range;
    double drop_hidden, drop_attention, drop_classifier;
    // text to text
    int key_size, decoder_layers; // columns of a head; `layers` are the encoder's
    int buckets, max_distance;    // of relative positions
    int start_id, end_id;         // before the first token that is written; the last
    bool gated, untied, scales_logits;
    bool mlm; // it has the head of a masked language model; no config.json says so
};

// Where a network is read and what ends it: the rows whose outputs count, and the loss there.
struct mc_readout {
    enum mc_space_id rows;
    bool head; // the outputs are those of a head of labels: the model must have one
    // The outputs are logits over the vocabulary, never whole: mc_plan_vocabulary_loss; loss is
    // NULL.
    bool vocabulary;
    void (*loss)(struct mc_plan *p, const struct mc_config *c, mc_val outputs);
};
// Cross-entropy of a head's outputs at the first position, square error of its one output there,
// cross-entropy of every token of the targets.
extern const struct mc_readout mc_readout_classes, mc_readout_number, mc_readout_targets;
// Pre-training: chosen tokens and, of a text-to-text model, the targets, by a softmax over the
// vocabulary.
extern const struct mc_readout mc_readout_masked, mc_readout_spans;

struct mc_tied {
    const char *name, *to; // a tensor that files may store as a copy of another one
    bool may_differ;       // where it differs, it is a tensor of its own
    bool mlm;              // of the head of a masked language model
};

// An architecture: a row of mc_architectures, which is a file in lib/model/. Its functions return 0
// or an error: MC_ERR_INPUT for a configuration that it cannot compute.
struct mc_arch {
    const char *type;          // model_type of config.json
    bool text_to_text;         // it writes tokens and has no classification head
    const char *class_name;    // transformers' class with a classification head, or that writes
    const char *base_class;    // ... without
    const char *prefix;        // of the body's tensors: "bert."
    const char *head;          // prefix of the head's tensors: "classifier."
    const char *head_out;      // the head's tensor whose rows are the outputs; NULL: it has none
    const char *mlm;           // prefix of those of the head of a masked language model; NULL: none
    const char *mlm_class;     // transformers' class with that head
    const char *unique_prefix; // how names of tensors begin that no other architecture has
    const char *const *dropped; // prefixes of tensors that are passed over; NULL ends them
    const struct mc_tied *tied; // or NULL; a row without a name ends them
    // Reads a config.json, a json_t of jansson, into *c, which is zero but for arch.
    int (*config)(struct mc_config *c, const void *json, struct mc_error *e);
    // Sets the keys of a config.json that follow from *c; *changed tells. NULL: there are none.
    int (*update_json)(const struct mc_config *c, void *json, bool *changed, struct mc_error *e);
    // Appends the lines of mc_config_lines.
    int (*lines)(const struct mc_config *c, struct mc_buf *out, struct mc_error *e);
    // Appends the tensors, the head's last; n_labels 0: without a head of labels.
    int (*table)(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e);
    // The network up to the outputs at the rows that are read, then the loss. Its slots are the
    // rows of `table`; dropout rates are those of *c.
    void (*plan)(const struct mc_config *c, const struct mc_readout *at, struct mc_plan *p);
    int (*max_len)(const struct mc_config *c); // of a sequence, special tokens included
    // The name that a tensor, or one of a method beside it, shares with its like in other layers;
    // NULL: its own.
    void (*kind)(const struct mc_param *p, char out[MC_PARAM_NAME]);
};

extern const struct mc_arch *const mc_architectures[]; // NULL behind the last
// The architecture of a model_type. MC_ERR_INPUT, with a list of the known ones: none.
int mc_arch_find(const char *type, const struct mc_arch **out, struct mc_error *e) MC_MUST_USE;
// The architecture that a tensor's name alone tells, or NULL.
const struct mc_arch *mc_arch_of_tensor(const char *name);

// Names of a tensor's group: "embeddings", "layer.3", in a network of two stacks "encoder.3" and
// "decoder.3", "encoder.final", "pooler", "head", of a method's own "method"; and of its kind.
// Returns out.
const char *mc_group_name(const struct mc_config *c, const struct mc_place *is,
                          char out[MC_GROUP_NAME]);
const char *mc_kind_name(const struct mc_config *c, const struct mc_param *p,
                         char out[MC_PARAM_NAME]);

// --- config.json, as text; MC_ERR_INPUT where it is none or says what cannot be computed
int mc_config_parse(struct mc_config *c, const char *text, struct mc_error *e) MC_MUST_USE;
// Appends the lines "key=value", sorted by key, of what changes the function: part of a digest.
int mc_config_lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// *has_type: whether it has a model_type.
int mc_config_has_type(const char *text, bool *has_type, struct mc_error *e) MC_MUST_USE;
// Appends text with one key more, or with another value of it: a JSON string, or a number where
// `number`.
int mc_config_put(const char *text, const char *key, const char *value, bool number,
                  struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Appends text with the type of the weights, "float32", where it names one (dtype, torch_dtype).
int mc_config_dtype(const char *text, const char *dtype, struct mc_buf *out,
                    struct mc_error *e) MC_MUST_USE;
// Appends text with architectures, num_labels, id2label, label2id and problem_type for these
// labels, and with what follows from *c; the same text when nothing changes. MC_ERR_INPUT also: a
// label that is not UTF-8.
int mc_config_set_labels(const struct mc_config *c, const char *text, char *const *labels,
                         int n_labels, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;

#endif

// A model: configuration, labels, metadata, and its parameters as one block over the architecture's
// table.
#ifndef MC_MODEL_H
#define MC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/param.h"
#include "mc/plan.h"
#include "mc/stream.h"

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
};

struct mc_model {
    struct mc_config config;
    struct mc_doc meta;          // metadata alone: mc.config, mc.labels, mc.provenance, ...
    struct mc_table table;       // of what is stored: every tensor, or those of a delta
    float *w;                    // [table.size]
    struct mc_model *base;       // of a delta: the complete model under it, held; else NULL
    int holders;                 // of a model of mc_model_new: each drops it once
    char **labels;               // in output order
    char ***by_name;             // the same, sorted by name
    int n_labels;                // 0: no head
    char digest[MC_DIGEST_TEXT]; // set by mc_model_digest
};

// Where a network is read and what ends it: the rows whose outputs count, and the loss there.
struct mc_readout {
    enum mc_space_id rows;
    void (*loss)(struct mc_plan *p, const struct mc_config *c, mc_val outputs);
};
// Cross-entropy of a head's outputs at the first position, square error of its one output there,
// cross-entropy of every token of the targets.
extern const struct mc_readout mc_readout_classes, mc_readout_number, mc_readout_targets;

struct mc_tied {
    const char *name, *to; // a stored tensor that is another one once more
    bool may_differ;       // then it is one of its own
};

// An architecture: a row of mc_architectures, which is a file in lib/model/.
struct mc_arch {
    const char *type;           // model_type of config.json
    bool text_to_text;          // it writes tokens and has no classification head
    const char *class_name;     // transformers' class with a classification head, or that writes
    const char *base_class;     // ... without
    const char *prefix;         // of the body's tensors: "bert."
    const char *head;           // prefix of the head's tensors: "classifier."
    const char *head_out;       // the head's tensor whose rows are the outputs; NULL: it has none
    const char *own;            // how names of tensors begin that no other architecture has
    const char *const *dropped; // prefixes of tensors that are passed over; NULL ends them
    const struct mc_tied *tied; // or NULL; a row without a name ends them
    int (*config)(struct mc_config *c, const void *json, struct mc_error *e);
    // Brings the keys of a config.json into line with *c; NULL: nothing to do.
    int (*fit)(const struct mc_config *c, void *json, bool *changed, struct mc_error *e);
    int (*lines)(const struct mc_config *c, struct mc_buf *out, struct mc_error *e);
    int (*table)(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e);
    // The network up to the outputs at the rows that are read, then the loss; dropout rates as given.
    void (*plan)(const struct mc_config *drop, const struct mc_readout *at, struct mc_plan *p);
    int (*max_len)(const struct mc_config *c); // of a sequence, special tokens included
    // The name that a tensor, or one of a method beside it, shares with its like in other layers;
    // NULL: its own.
    void (*kind)(const struct mc_param *p, char out[MC_PARAM_NAME]);
};

// Names of a tensor's group: "embeddings", "layer.3", in a network of two stacks "encoder.3" and
// "decoder.3", "encoder.final", "pooler", "head", of a method's own "method"; and of its kind.
// Returns out.
const char *mc_group_name(const struct mc_config *c, const struct mc_place *is,
                          char out[MC_GROUP_NAME]);
const char *mc_kind_name(const struct mc_config *c, const struct mc_param *p,
                         char out[MC_PARAM_NAME]);

extern const struct mc_arch *const mc_architectures[]; // NULL behind the last
// The architecture of a model_type, or an error that lists the known ones.
int mc_arch_find(const char *type, const struct mc_arch **out, struct mc_error *e) MC_MUST_USE;
// The architecture that a tensor's name alone tells, or NULL.
const struct mc_arch *mc_arch_of_tensor(const char *name);

// --- deltas: some tensors over a complete model
// What a network is computed from: the tensors of the architecture, then those that a method adds.
struct mc_view {
    struct mc_table table;
    float **w;   // [table.n] where each lies: in the model, or in the base of a delta
    int *stored; // [table.n] its row among the tensors that the model stores, or -1
    int n_arch;  // the first rows, which are the architecture's
};
int mc_view_init(struct mc_view *v, const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
void mc_view_release(struct mc_view *v);
// A delta without tensors over a base that is held from here on; its metadata are the base's, with
// mc.base and mc.method (JSON). Tensors are added to m->table, then mc_delta_alloc makes m->w.
int mc_delta_init(struct mc_model *m, struct mc_model *base, char *const *labels, int n_labels,
                   const char *method, struct mc_error *e) MC_MUST_USE;
int mc_delta_alloc(struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// From the metadata in m->meta: config and labels of a delta over a base that is held from here on;
// no tensors. A config of another function than the base's is an error that names the difference.
int mc_delta_from_meta(struct mc_model *m, struct mc_model *base,
                            struct mc_error *e) MC_MUST_USE;
// That a delta of n tensors is not larger than any method makes one over this base.
int mc_delta_check_size(const struct mc_model *base, int n, struct mc_error *e) MC_MUST_USE;
// The architecture's name of a stored tensor: what PEFT puts before it is left out.
const char *mc_delta_plain_name(const char *name);
// The place of what a method adds beside a tensor of the network.
struct mc_place mc_place_beside(const struct mc_place *is);

// --- config.json
int mc_config_parse(struct mc_config *c, const char *text, struct mc_error *e) MC_MUST_USE;
// The sorted key=value lines of what changes the function.
int mc_config_lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Whether a config.json says what model it is of (model_type); *has_type.
int mc_config_has_type(const char *text, bool *has_type, struct mc_error *e) MC_MUST_USE;
// text with one key more, or with another value of it: a JSON string, or a number where `number`.
int mc_config_put(const char *text, const char *key, const char *value, bool number,
                  struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// text with the type of the weights, "float32", where it names one (dtype, torch_dtype).
int mc_config_dtype(const char *text, const char *dtype, struct mc_buf *out,
                    struct mc_error *e) MC_MUST_USE;
// text with architectures, num_labels, id2label, label2id and problem_type for these labels; the
// same text when nothing changes.
int mc_config_set_labels(const struct mc_config *c, const char *text, char *const *labels, int n_labels,
                  struct mc_buf *out, struct mc_error *e) MC_MUST_USE;

// --- life
// An empty model that the caller holds. Whoever keeps a pointer to it holds it too; the last one
// that drops it frees it. Not for two threads at the same time. NULL is dropped without effect.
struct mc_model *mc_model_new(struct mc_error *e);
void mc_model_hold(struct mc_model *m);
void mc_model_drop(struct mc_model *m);
// Empties a model; what it is a delta over is dropped.
void mc_model_release(struct mc_model *m);
// From the metadata in m->meta (mc.config, mc.labels): config, labels and table; w is allocated, or
// kept where its size stays. Errors name what is missing.
int mc_model_from_meta(struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// A copy of everything but the weights, which are allocated.
int mc_model_init_like(struct mc_model *to, const struct mc_model *from, struct mc_error *e) MC_MUST_USE;
// Sets mc.labels, and mc.config to fit; the head's tensors are added behind the others, not yet
// drawn.
int mc_model_set_labels(struct mc_model *m, char *const *labels, int n_labels,
                        struct mc_error *e) MC_MUST_USE;
// Draws parameter i as transformers initialises it: N(0, std), std < 0: the table's, for matrices
// and embeddings (padding row 0), 0 for biases, a constant for norms. A pure function of seed and
// the tensor's name.
void mc_model_draw(struct mc_model *m, int i, uint64_t seed, double std);
// The same of a tensor that another name is drawn by.
void mc_model_draw_as(struct mc_model *m, int i, const char *name, uint64_t seed);
// Draws all tensors of the head.
void mc_model_draw_head(struct mc_model *m, uint64_t seed);
// Adds N(0, sd) to every weight; a pure function of seed and the tensors' names.
void mc_model_perturb(struct mc_model *m, uint64_t seed, double sd);
// Digest of contents into m->digest.
int mc_model_digest(struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// Appends the lines of a text, each once, where it first stands: what two models have in common is
// not told twice.
int mc_provenance_unique(const char *text, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Appends a line to mc.provenance.
int mc_meta_add_provenance(struct mc_doc *meta, const char *line, struct mc_error *e) MC_MUST_USE;
// Removes what places a document on a path: what is made of a point stands on none.
int mc_meta_leave_path(struct mc_doc *meta, struct mc_error *e) MC_MUST_USE;
// Writes a whole stream of one document, m with `line` appended to its provenance. path, level: as
// mc_writer_open.
int mc_model_write_file(struct mc_model *m, const char *line, const char *path, int level,
                        struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;
// The plan: for training (dropout < 0: the config's rates), evaluation, or decoding as well.
enum mc_plan_use { MC_TO_TRAIN, MC_TO_EVALUATE, MC_TO_DECODE };
// v: the model's view, which the plan borrows; edit: of the method, or NULL; at: where it is read,
// NULL: mc_readout_of. What is stored trains.
const struct mc_readout *mc_readout_of(const struct mc_model *m);
int mc_model_plan(const struct mc_model *m, const struct mc_view *v,
                  const struct mc_plan_edit *edit, const struct mc_readout *at, enum mc_plan_use use, double dropout,
                  enum mc_precision precision, struct mc_plan *p, struct mc_error *e) MC_MUST_USE;
// The output of that name, or -1.
int mc_model_find_label(const struct mc_model *m, const char *name);
// A delta's keys and values before those of a sequence, a row for each; PEFT's name.
#define MC_PROMPT "prompt_embeddings"
// The longest sequence the model takes, special tokens included and behind a prefix; about INT_MAX:
// any.
int mc_model_max_len(const struct mc_model *m);

// --- streams
// Reads the document whose header is *d. Refused: another kind, tensors that do not match the
// table, values that are not finite.
int mc_model_read(struct mc_model *m, struct mc_reader *r, const struct mc_doc *d,
                  struct mc_error *e) MC_MUST_USE;
// Writes a document; values that are not finite are MC_ERR_NUM, and nothing is written.
int mc_model_write(const struct mc_model *m, struct mc_writer *w, struct mc_error *e) MC_MUST_USE;

// The models of several files, one after the other ("-" or no file: standard input). Points alone;
// documents of other roles are passed over.
struct mc_models {
    char *const *path;
    int n_paths, at;
    struct mc_pool *pool;
    struct mc_reader *r;
    struct mc_doc doc;
    bool every_role;
    const atomic_bool *stop;  // as of mc_reader_open_until; set before the first call, or NULL
    int64_t index;            // of the model last read, counted over all files
    const char *base_path;    // of deltas whose base is not in the stream, or NULL
    struct mc_model *file_base; // the base there, held; set before the first call: it is not read
    struct mc_handed {        // a model that was handed out, held
        struct mc_model *m;
        char digest[MC_DIGEST_TEXT]; // or empty: not asked for yet
        bool serves;                 // deltas may stand over it
        bool stays;                  // held to the end
    } *handed;                       // oldest first
    int n_handed;
    bool has_first, forgot; // the first that serves stays; another one was let go
};
void mc_models_init(struct mc_models *s, char *const *path, int n_paths, struct mc_pool *pool);
// 1 with the next model in *m, which the caller drops, 0 at the end. Errors name the file and the
// document. Until the models are closed nobody changes them: a delta may stand over one. A delta's
// base is searched among documents of role `base`, bases that deltas had, and, points of a path
// (mc.t) aside, the first complete model and those that somebody held when the document before this
// was read; then in the file base_path.
int mc_models_next(struct mc_models *s, struct mc_model **m, struct mc_error *e) MC_MUST_USE;
void mc_models_release(struct mc_models *s);
// The one complete model of a file, with its digest, held for the caller, who drops it; of role
// `base` too.
int mc_base_load(struct mc_model **base, const char *path, struct mc_pool *pool,
                 struct mc_error *e) MC_MUST_USE;
// "FILE: document N" of the model last read, for messages.
const char *mc_models_where(const struct mc_models *s, char *out, size_t n);
// Reads exactly one model from a file, held for the caller; more is an error, but for the base
// before its delta. base: the file of a delta's base, or NULL.
int mc_model_load(struct mc_model **m, const char *path, const char *base, struct mc_pool *pool,
                  struct mc_error *e) MC_MUST_USE;

#endif

// A model: configuration, labels, metadata, and its parameters as one block over a table. Its life;
// drawing its weights; its digest, provenance and plan; reading and writing one document. Deltas
// over a model: mc/delta.h; the models of a stream: mc/model_stream.h.
#ifndef MC_MODEL_H
#define MC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/arch.h"
#include "mc/stream.h"

struct mc_view;

struct mc_model {
    struct mc_config config;
    struct mc_doc meta;          // metadata alone: mc.config, mc.labels, mc.provenance, ...
    struct mc_table table;       // of what is stored: every tensor, or those of a delta
    float *w;                    // [table.size]
    struct mc_model *base;       // of a delta: the complete model under it, held; else NULL
    int holders;                 // of a model of mc_model_new: each drops it once
    char **labels;               // [n_labels], in output order
    char ***by_name;             // [n_labels], the same, sorted by name
    int n_labels;                // 0: no head
    char digest[MC_DIGEST_TEXT]; // set by mc_model_digest
};

// --- life
// An empty model that the caller holds. Whoever keeps a pointer to it holds it too; the last one
// that drops it frees it. Not for two threads at the same time. NULL is dropped without effect.
struct mc_model *mc_model_new(struct mc_error *e);
// One that the caller holds and that takes over what *from has, which is empty then, whether or not
// there was memory; NULL: MC_ERR_MEM.
struct mc_model *mc_model_moved(struct mc_model *from, struct mc_error *e);
void mc_model_hold(struct mc_model *m);
void mc_model_drop(struct mc_model *m);
// Empties a model; what it is a delta over is dropped.
void mc_model_release(struct mc_model *m);
// Makes the complete model that m->meta describes (mc.config, mc.labels): sets config, labels and
// table and allocates w, or keeps it where its size stays; a head, the last of the tensors, may
// come or go; config.mlm stays. MC_ERR_INPUT: no mc.config, or one of no known model.
int mc_model_from_meta(struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// Fills *to with a copy of everything but the weights, which are allocated and zero.
int mc_model_init_like(struct mc_model *to, const struct mc_model *from,
                       struct mc_error *e) MC_MUST_USE;
// Sets mc.labels, and in mc.config what follows from them; the head's tensors are added behind the
// others, not yet drawn. MC_ERR_INPUT: labels for a text-to-text model, or not UTF-8.
int mc_model_set_labels(struct mc_model *m, char *const *labels, int n_labels,
                        struct mc_error *e) MC_MUST_USE;
// Gives a complete model the head of a masked language model, not yet drawn, or takes that away;
// architectures of mc.config follows where there are no labels. MC_ERR_INPUT: an architecture
// without one.
int mc_model_set_mlm(struct mc_model *m, bool has, struct mc_error *e) MC_MUST_USE;
// The output of the label of that name, from 0, or -1.
int mc_model_find_label(const struct mc_model *m, const char *name);
// The longest sequence the model takes, in tokens, special ones included and behind a prefix; about
// INT_MAX: any.
int mc_model_max_len(const struct mc_model *m);

// --- weights from a seed
// Draws parameter i as transformers initialises it: N(0, std), std < 0: the table's, for matrices
// and embeddings (padding row 0), 0 for biases, a constant for norms. A pure function of seed and
// the tensor's name.
void mc_model_draw(struct mc_model *m, int i, uint64_t seed, double std);
// The same with the numbers of a tensor of another name.
void mc_model_draw_as(struct mc_model *m, int i, const char *name, uint64_t seed);
// Draws all tensors of a block: of the head, of the head of a masked language model.
void mc_model_draw_block(struct mc_model *m, enum mc_block block, uint64_t seed);
// Adds N(0, sd) to every weight; a pure function of seed and the tensors' names.
void mc_model_perturb(struct mc_model *m, uint64_t seed, double sd);

// --- contents and past
// Digest of contents into m->digest.
int mc_model_digest(struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// Appends the lines of a text, each once, where it first stands: what two models have in common is
// not told twice.
int mc_provenance_unique(const char *text, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Appends a line to mc.provenance.
int mc_meta_add_provenance(struct mc_doc *meta, const char *line, struct mc_error *e) MC_MUST_USE;
// Removes mc.t and mc.curve, which place a document on a path: what is made of a point is no point.
int mc_meta_leave_path(struct mc_doc *meta, struct mc_error *e) MC_MUST_USE;

// --- the network
// Where a network of this model is read when nobody says: mc_readout_targets of a text-to-text one,
// mc_readout_number of one output, else mc_readout_classes.
const struct mc_readout *mc_readout_of(const struct mc_model *m);
// A plan is for training (dropout < 0: the config's rates), for evaluation, or for decoding as
// well.
enum mc_plan_use { MC_TO_TRAIN, MC_TO_EVALUATE, MC_TO_DECODE };
// Builds and compiles *p over the view v of m (mc/delta.h), which the plan borrows. edit: of the
// tuning method, or NULL; at: where it is read, NULL: mc_readout_of. What the model stores trains.
// MC_ERR_INPUT: no head where it is read by one, no outputs there, or a tensor that does not fit
// its place; *p is released by the caller in any case.
int mc_model_plan(const struct mc_model *m, const struct mc_view *v,
                  const struct mc_plan_edit *edit, const struct mc_readout *at,
                  enum mc_plan_use use, double dropout, enum mc_precision precision,
                  struct mc_plan *p, struct mc_error *e) MC_MUST_USE;

// --- one document of a stream
// Reads the complete model whose header is *d. MC_ERR_INPUT: a document of another kind, tensors
// that are not those of its mc.config; MC_ERR_NUM: values that are not finite; and what
// mc_reader_data returns. Memory for the weights is allocated only once names and shapes have been
// checked.
int mc_model_read(struct mc_model *m, struct mc_reader *r, const struct mc_doc *d,
                  struct mc_error *e) MC_MUST_USE;
// Writes a complete model or a delta; values that are not finite are MC_ERR_NUM, and nothing is
// written then.
int mc_model_write(const struct mc_model *m, struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
// Writes a whole stream of one document, m with `line` appended to its provenance. path, level: as
// mc_writer_open.
int mc_model_write_file(struct mc_model *m, const char *line, const char *path, int level,
                        struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;

#endif

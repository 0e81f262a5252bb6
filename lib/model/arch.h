// The architectures, and helpers for reading a configuration. Private to lib/model.
#ifndef MC_MODEL_ARCH_H
#define MC_MODEL_ARCH_H

#include "mc/json.h"
#include "mc/model.h"

extern const struct mc_arch mc_arch_bert, mc_arch_roberta, mc_arch_t5;

// What BERT and RoBERTa share (encoder.c). Defaults of transformers for a config without the keys;
// the tensors of embeddings and layers, their names behind `body`, then those of a dense map and of
// the outputs; the plan up to the last layer's output at the rows that are read, and from there to
// the head's outputs.
int mc_encoder_config(struct mc_config *c, const json_t *o, int vocab, int pad_id,
                      struct mc_error *e) MC_MUST_USE;
int mc_encoder_lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
int mc_encoder_table(const struct mc_config *c, const char *body, struct mc_table *t,
                     struct mc_error *e) MC_MUST_USE;
int mc_encoder_dense(const struct mc_config *c, enum mc_block block, const char *name,
                     struct mc_table *t, struct mc_error *e) MC_MUST_USE;
int mc_encoder_classifier(const struct mc_config *c, int n_labels, const char *name,
                          struct mc_table *t, struct mc_error *e) MC_MUST_USE;
mc_val mc_encoder_plan(const struct mc_config *c, enum mc_space_id rows, struct mc_plan *p);
mc_val mc_encoder_outputs(const struct mc_config *c, mc_val x, struct mc_plan *p);
void mc_encoder_kind(const struct mc_param *p, char out[MC_PARAM_NAME]);

// Numbers and words of a configuration: the default where the key is absent or null; an error names
// key and value.
int mc_json_int(const json_t *o, const char *key, int fallback, int min, int max, int *out,
                struct mc_error *e) MC_MUST_USE;
int mc_json_real(const json_t *o, const char *key, double fallback, double min, double max,
                 double *out, struct mc_error *e) MC_MUST_USE;
int mc_json_word(const json_t *o, const char *key, const char *fallback, const char **out,
                 struct mc_error *e) MC_MUST_USE;
int mc_json_act(const json_t *o, const char *key, const char *fallback, enum mc_act *out,
                struct mc_error *e) MC_MUST_USE;
bool mc_act_find(const char *name, enum mc_act *out);
const char *mc_act_name(enum mc_act a);
// Replaces a key's value, of which the reference is taken, where it differs; *changed tells.
int mc_json_put(json_t *o, const char *key, json_t *v, bool *changed,
                struct mc_error *e) MC_MUST_USE;

// mc_model_from_meta in two steps: all but the weights (*had: the floats there are), then room for
// them.
int mc_model_table_from_meta(struct mc_model *m, size_t *had, struct mc_error *e) MC_MUST_USE;
int mc_model_resize(struct mc_model *m, size_t had, struct mc_error *e) MC_MUST_USE;
// What a delta's digest holds beside its tensors and its configuration.
int mc_delta_lines(const struct mc_doc *meta, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// The document of a delta whose header is *d, over its base.
int mc_delta_read(struct mc_model *m, struct mc_model *base, struct mc_reader *r,
                  const struct mc_doc *d, struct mc_error *e) MC_MUST_USE;
// The bases of a stream's deltas (bases.c). _read: the document at hand, of role `base`, becomes
// one; _take: a model to read the next document into, held for the caller; _give: a model that goes
// to the caller, and whether it serves as a base; _find: the base with this digest, borrowed.
int mc_models_read_base(struct mc_models *s, struct mc_error *e) MC_MUST_USE;
int mc_models_take_spare(struct mc_models *s, struct mc_model **out, struct mc_error *e) MC_MUST_USE;
int mc_models_remember(struct mc_models *s, struct mc_model *m, bool serves,
                  struct mc_error *e) MC_MUST_USE;
int mc_models_find_base(struct mc_models *s, const char *want, struct mc_model **out,
                  struct mc_error *e) MC_MUST_USE;
void mc_models_forget_all(struct mc_models *s);
// The table's row of a tensor of a document, tried at `hint` first; an error names what does not
// fit.
int mc_model_find_tensor(const struct mc_model *m, const struct mc_tensor *t, int hint, int *slot,
                   struct mc_error *e) MC_MUST_USE;

#endif

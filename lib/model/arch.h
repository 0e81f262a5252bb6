// The architectures, and what their files share: BERT's encoder, and reading a configuration.
// Private to lib/model.
#ifndef MC_MODEL_ARCH_H
#define MC_MODEL_ARCH_H

#include "mc/arch.h"
#include "mc/json.h"

extern const struct mc_arch mc_arch_bert, mc_arch_roberta, mc_arch_t5;

// --- what BERT and RoBERTa share (encoder.c)
// The keys, with defaults of transformers for those that are absent; the lines of what changes the
// function.
int mc_encoder_config(struct mc_config *c, const json_t *o, int vocab, int pad_id,
                      struct mc_error *e) MC_MUST_USE;
int mc_encoder_update_json(const struct mc_config *c, void *json, bool *changed,
                           struct mc_error *e) MC_MUST_USE;
int mc_encoder_lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Append the tensors of embeddings and layers, their names behind `body`; those of a dense layer
// [hidden, hidden]; those of the outputs [n_labels, hidden].
int mc_encoder_table(const struct mc_config *c, const char *body, struct mc_table *t,
                     struct mc_error *e) MC_MUST_USE;
int mc_encoder_dense(const struct mc_config *c, enum mc_block block, const char *name,
                     struct mc_table *t, struct mc_error *e) MC_MUST_USE;
int mc_encoder_classifier(const struct mc_config *c, int n_labels, const char *name,
                          struct mc_table *t, struct mc_error *e) MC_MUST_USE;
// The tensors of the head of a masked language model, their names behind `prefix`: a bias over the
// vocabulary, a dense layer and a norm.
int mc_encoder_mlm_table(const struct mc_config *c, const char *prefix, const char *dense,
                         const char *norm, struct mc_table *t, struct mc_error *e) MC_MUST_USE;
// The plan up to the last layer's output at the rows that are read; from there, through the dense
// layer of a block and the classifier, to the outputs; or through the head of a masked language
// model and the token embeddings to the loss.
mc_val mc_encoder_plan(const struct mc_config *c, enum mc_space_id rows, struct mc_plan *p);
mc_val mc_encoder_outputs(const struct mc_config *c, mc_val x, enum mc_block dense,
                          struct mc_plan *p);
void mc_encoder_mlm(const struct mc_config *c, mc_val x, enum mc_act act, struct mc_plan *p);
void mc_encoder_kind(const struct mc_param *p, char out[MC_PARAM_NAME]);

// --- numbers and words of a configuration (config_values.c)
// The default where the key is absent or null. MC_ERR_INPUT, with key and value: another type, or
// outside of min and max.
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

#endif

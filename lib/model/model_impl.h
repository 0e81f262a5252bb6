// What the files of lib/model share of a model that is being made and read. Private to lib/model.
#ifndef MC_MODEL_IMPL_H
#define MC_MODEL_IMPL_H

#include "mc/delta.h"
#include "mc/model.h"

// mc_model_from_meta in two steps: sets config, labels and table, and *had to the floats that w
// has; then makes w of the table's size and keeps its first floats.
// Before: config.mlm as the tensors of a document tell.
void mc_model_find_mlm(struct mc_model *m, const struct mc_doc *d);
int mc_model_table_from_meta(struct mc_model *m, size_t *had, struct mc_error *e) MC_MUST_USE;
int mc_model_resize(struct mc_model *m, size_t had, struct mc_error *e) MC_MUST_USE;
// The table's row of a tensor of a document, tried at `hint` first. MC_ERR_INPUT: none has its name
// and shape, or it is not F32.
int mc_model_find_tensor(const struct mc_model *m, const struct mc_tensor *t, int hint, int *slot,
                         struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT: the first always, of a tensor of another shape than its config gives it; the second
// where it is not F32.
int mc_model_other_shape(const char *name, struct mc_error *e);
int mc_model_check_type(const struct mc_tensor *t, struct mc_error *e) MC_MUST_USE;
// What a document says that it is: a delta; of a role, that of none being "point".
bool mc_is_delta(const struct mc_doc *d);
bool mc_has_role(const struct mc_doc *d, const char *role);
// The digest of a delta's base, borrowed from its metadata. MC_ERR_INPUT: there is none.
int mc_delta_base(const struct mc_doc *d, const char **digest, struct mc_error *e) MC_MUST_USE;
// The name in the text of mc.method: 1 with it in out, 0 if there is none. MC_ERR_INPUT: not JSON.
int mc_delta_method_name(const char *text, char out[MC_PARAM_NAME], struct mc_error *e) MC_MUST_USE;
// Appends what a delta's digest holds beside its tensors and its configuration; nothing for another
// document.
int mc_delta_lines(const struct mc_doc *meta, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Reads the document of a delta whose header is *d, over its base; errors as of mc_model_read.
int mc_delta_read(struct mc_model *m, struct mc_model *base, struct mc_reader *r,
                  const struct mc_doc *d, struct mc_error *e) MC_MUST_USE;

#endif

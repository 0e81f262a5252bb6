// The models that a stream holds (held_models.c). Private to lib/model.
#ifndef MC_HELD_MODELS_H
#define MC_HELD_MODELS_H

#include "mc/model_stream.h"

// The document at hand, of role `base`, is read and held to the end.
int mc_models_read_base(struct mc_models *s, struct mc_error *e) MC_MUST_USE;
// A model to read the next document into, held for the caller: one that nobody but the stream held,
// or a new one.
int mc_models_take_spare(struct mc_models *s, struct mc_model **out,
                         struct mc_error *e) MC_MUST_USE;
// Holds a model that goes to the caller, and notes whether it may be a base.
int mc_models_hold(struct mc_models *s, struct mc_model *m, bool may_be_base,
                   struct mc_error *e) MC_MUST_USE;
// The base with this digest, borrowed. MC_ERR_INPUT: none is held, nor is it in the file base_path.
int mc_models_find_base(struct mc_models *s, const char *want, struct mc_model **out,
                        struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT: a file that should hold one model holds none (n 0) or several.
int mc_not_one_model(const char *file, int n, const char *advice, struct mc_error *e);
// Drops all.
void mc_models_drop_all(struct mc_models *s);

#endif

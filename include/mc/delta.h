// Deltas: some tensors over a complete model, its base, which several deltas may share; and views,
// the tensors that a network is computed from wherever they lie.
#ifndef MC_DELTA_H
#define MC_DELTA_H

#include "mc/model.h"

// The tensors of the architecture, then those that a method adds.
struct mc_view {
    struct mc_table table;
    float **w;   // [table.n] where each lies: in the model, or in the base of a delta
    int *stored; // [table.n] its row among the tensors that the model stores, or -1
    int n_arch;  // the first rows, which are the architecture's
};
// The view of a complete model or of a delta, whose weights it borrows. MC_ERR_INPUT: a tensor of
// the network is neither in the delta nor in its base, or has another shape than the config gives
// it.
int mc_view_init(struct mc_view *v, const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
void mc_view_release(struct mc_view *v);
// Appends the head of a masked language model that a delta's base has: the delta's network, which
// is a task's, has none. Nothing for a complete model, or where there is none.
int mc_view_add_mlm(struct mc_view *v, const struct mc_model *m, struct mc_error *e) MC_MUST_USE;

// Fills *m with a delta without tensors over a base that is held from here on; its metadata are the
// base's, with mc.kind, mc.base (base->digest must be set) and mc.method (JSON). Tensors are then
// added to m->table; after the last, mc_delta_alloc allocates m->w[table.size], zero.
int mc_delta_init(struct mc_model *m, struct mc_model *base, char *const *labels, int n_labels,
                  const char *method, struct mc_error *e) MC_MUST_USE;
int mc_delta_alloc(struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// From the metadata in m->meta: config and labels of a delta over a base that is held from here on;
// no tensors. MC_ERR_INPUT: a config of another function than the base's; the error names the
// difference.
int mc_delta_from_meta(struct mc_model *m, struct mc_model *base, struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT where n tensors are more than any method stores over this base.
int mc_delta_check_size(const struct mc_model *base, int n, struct mc_error *e) MC_MUST_USE;

// The text of a delta's mc.method, borrowed. MC_ERR_INPUT: there is none.
int mc_delta_method_text(const struct mc_model *m, const char **text,
                         struct mc_error *e) MC_MUST_USE;
// The architecture's name of a stored tensor: what PEFT puts before it is left out.
const char *mc_delta_plain_name(const char *name);
// The place of what a method adds beside a tensor of the network.
struct mc_place mc_place_beside(const struct mc_place *is);
// The one tensor of prefix tuning, under PEFT's name: keys and values before those of a sequence, a
// row for each token of the prefix.
#define MC_PROMPT "prompt_embeddings"

#endif

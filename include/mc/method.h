// Tuning methods: full, or a delta of some kind over a base. The classes of methods, their options,
// new deltas, plans with a method's tensors in them, folding, and what is trained in place of what
// is stored.
#ifndef MC_METHOD_H
#define MC_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/delta.h"
#include "mc/gemm.h"
#include "mc/option.h"

struct mc_method_class;

// A linear layer that has a rank and an alpha of its own.
struct mc_layer_rank {
    char *layer; // its name, without ".weight"
    int rank;
    double alpha;
};

// A method with its parameters; which of them count is the class's matter.
struct mc_method {
    const struct mc_method_class *cls; // NULL: full tuning
    int rank, bottleneck, prefix_len;
    double alpha, dropout, init_std;
    char **targets; // [n_targets] names of linear layers, or their ends behind a dot
    int n_targets;
    int *part; // [n_parts] of a prefix's rows: the one that each layer reads; NULL: layer by layer
    int n_parts;
    bool rslora;                 // scale alpha/sqrt(r)
    struct mc_layer_rank *ranks; // [n_ranks]
    int n_ranks;
    void *own;  // [cls->own_size] parameters that the fields above do not have; or NULL
    char *text; // as JSON, mc.method; NULL for full
    // Set by mc_method_look_up, per slot of a view: of a linear layer, the slots of the method's
    // two tensors beside it, or -1.
    int *down, *up;
    int tensor; // slot of the class's tensor that stands beside no linear layer, or -1
    struct mc_plan_edit edit;
};

// Tensors that are trained in place of the class's own tensor while a new delta is trained: what
// they make of it is stored. u, du: blocks over their table t.
struct mc_reparam_class {
    // Appends them to t and returns their number; draws the weights w of number i.
    int (*table)(const struct mc_method *h, const struct mc_model *delta, struct mc_table *t,
                 struct mc_error *e);
    void (*draw)(const struct mc_table *t, int i, float *w, uint64_t seed);
    size_t (*work)(const struct mc_table *t); // floats that forward leaves in work for backward
    // The stored tensor from u; du, which is replaced, from the gradient of the stored tensor.
    void (*forward)(const struct mc_table *t, const float *u, struct mc_gemm *g, float *work,
                    float *stored);
    void (*backward)(const struct mc_table *t, const float *u, struct mc_gemm *g, float *work,
                     const float *dstored, float *du);
};

// An option of a method's own (a text names linear layers), and its place in struct mc_method.
struct mc_method_option {
    struct mc_option is;
    size_t at;    // of an int, of a double, of `targets`
    bool own;     // in mc_method's `own`, not in struct mc_method itself
    bool further; // it may change while a delta is trained further
};

// A method: a row of mc_methods, which is a file in lib/method/. A function that is NULL is not
// needed.
//
// A delta of a method has three kinds of tensors: two beside each linear layer that `names` names
// (down[r, in or out] and up[out, r]: LoRA's A and B, the two layers of an adapter); one, `tensor`,
// that stands beside no linear layer; and tensors with names of the architecture's, which take the
// place of the base's. Behind them is the head.
struct mc_method_class {
    const char *name;
    const struct mc_method_option *options;
    int n_options;
    size_t own_size;         // bytes of mc_method's `own`, zero before options or `read` set them
    const char *before_head; // what PEFT puts before the names of the head's tensors, or NULL

    // --- a new delta
    // Fills parameters that nobody gave and that depend on the base.
    int (*defaults)(struct mc_method *h, const struct mc_model *base, struct mc_error *e);
    // Appends the method's tensors to a delta's table, in the order of the base's. MC_ERR_USAGE:
    // the method has no place in this base, or a parameter is wrong for it.
    int (*table)(const struct mc_method *h, struct mc_model *delta, struct mc_error *e);
    // Draws one of them, w[p->n]; those with names of the base's are copied instead.
    void (*draw)(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed);
    const struct mc_reparam_class *reparam; // NULL: trained as it is stored

    // --- its two tensors beside a linear layer
    // Their names, if the method has them beside this layer. Every linear layer of the body for
    // which it returns true has both in every delta, unless stores_instead and a delta stores that
    // layer whole in their place.
    bool (*names)(const struct mc_method *h, const struct mc_param *layer, char down[MC_PARAM_NAME],
                  char up[MC_PARAM_NAME]);
    bool stores_instead;
    // MC_ERR_INPUT where they cannot be those of this layer; NULL: building a plan tells.
    int (*check_pair)(const struct mc_method *h, const struct mc_param *layer,
                      const struct mc_param *down, const struct mc_param *up, struct mc_error *e);
    // What takes the place of the layer's output y, from its input x and the slots of the two.
    mc_val (*linear)(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int down,
                     int up);
    // Why weights cannot be folded, or NULL where they can: then `fold` adds what the two, with
    // values a and b, make of the layer's w[out, in]; without it tensors replace their namesakes
    // alone.
    const char *unfoldable;
    void (*fold)(const struct mc_method *h, const struct mc_param *layer,
                 const struct mc_param *down, const float *a, const float *b, float *w);
    // Where scale * up[out, r] down[r, in] is added to a layer: that scale; and in *out the method
    // that holds the products of two side by side at scale 1. It borrows a's lists and the names of
    // layers of both; out->ranks is the caller's to free.
    double (*scale)(const struct mc_method *h, const struct mc_param *down);
    int (*join)(struct mc_method *out, const struct mc_method *a, const struct mc_method *b,
                struct mc_error *e);

    // --- its one tensor beside none
    const char *tensor; // its name, or NULL
    // MC_ERR_INPUT where its shape is wrong.
    int (*check_tensor)(const struct mc_method *h, const struct mc_model *m,
                        const struct mc_param *p, struct mc_error *e);
    // The column in it where the keys of a layer begin, `width` of them, its values behind.
    int (*prefix)(const struct mc_method *h, int layer, int64_t width);

    // --- parameters to and from mc.method
    // Appends ",\"key\":value" for each; reads them from a json_t of jansson, MC_ERR_INPUT where
    // they are missing or wrong.
    int (*write)(const struct mc_method *h, struct mc_buf *out, struct mc_error *e);
    int (*read)(struct mc_method *h, const void *json, struct mc_error *e);
};
extern const struct mc_method_class mc_method_lora, mc_method_adapter, mc_method_prefix,
    mc_method_bitfit, mc_method_head;

extern const struct mc_method_class *const mc_methods[]; // NULL behind the last

// The names of all methods, "full|...", as a choice of an option.
enum { MC_METHOD_CHOICES = 128 };
const char *mc_method_choices(char out[MC_METHOD_CHOICES]);
// The class of a name, NULL for "full" and for what is none.
const struct mc_method_class *mc_method_find(const char *name);

// The options of all classes, with their values.
enum { MC_METHOD_OPTIONS = 32 };
struct mc_method_value {
    const struct mc_method_class *cls;
    const struct mc_method_option *of;
    struct mc_option_value is;
};
struct mc_method_options {
    struct mc_method_value v[MC_METHOD_OPTIONS];
    int n;
};
// Every value its fallback, none given.
void mc_method_options_init(struct mc_method_options *o);
// MC_ERR_USAGE: one is given that is another method's than this, or (NULL) one that a delta trained
// further cannot change.
int mc_method_options_check(const struct mc_method_options *o, const char *method,
                            struct mc_error *e) MC_MUST_USE;
// Sets the parameters of a new delta's method, h->cls; of one that is trained further, those that
// may change, MC_ERR_USAGE for others that are given.
int mc_method_options_new(const struct mc_method_options *o, struct mc_method *h,
                          struct mc_error *e) MC_MUST_USE;
int mc_method_options_further(const struct mc_method_options *o, struct mc_method *h, bool *changed,
                              struct mc_error *e) MC_MUST_USE;

// Fills *h with the method of a delta, from its mc.method; of a complete model: full. MC_ERR_INPUT:
// no mc.method, or not one that is known.
int mc_method_of(struct mc_method *h, const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
void mc_method_release(struct mc_method *h);
// Allocates h->own, where its class has one and it is not there yet.
int mc_method_alloc_own(struct mc_method *h, struct mc_error *e) MC_MUST_USE;
// Whether m is of this method, with the same parameters.
bool mc_method_is(const struct mc_method *h, const struct mc_model *m);
// Appends mc.method of it, as JSON.
int mc_method_text(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Sets h->down, up and tensor for a delta m and its view v. MC_ERR_INPUT: a tensor of the method is
// missing or has the wrong shape, or the delta has one that is neither the method's nor in the
// place of one of the architecture's.
int mc_method_look_up(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                      struct mc_error *e) MC_MUST_USE;
// The same of a whole delta, for the errors alone: are its tensors those of its method?
int mc_method_check(const struct mc_model *delta, struct mc_error *e) MC_MUST_USE;
// Fills *delta with a new delta over a base (base->digest must be set), held from here on: h's
// tensors, drawn from the seed, then the head, the base's own or, where it has none or new_head
// asks, drawn with these labels. MC_ERR_USAGE: parameters that are wrong for this base.
int mc_method_init_delta(struct mc_method *h, struct mc_model *delta, struct mc_model *base,
                         char *const *labels, int n_labels, bool new_head, uint64_t seed,
                         struct mc_error *e) MC_MUST_USE;
// mc_model_plan with the method's edits; h must outlive the building alone.
int mc_method_plan(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                   const struct mc_readout *at, enum mc_plan_use use, double dropout,
                   enum mc_precision precision, struct mc_plan *p, struct mc_error *e) MC_MUST_USE;
// The complete model that computes the same, held for the caller; keep_mlm: with the head of a
// masked language model that the base has. MC_ERR_INPUT: a complete model, or a method that no
// complete model computes; the error says why.
int mc_method_fold(struct mc_model **out, const struct mc_model *delta, bool keep_mlm,
                   struct mc_error *e) MC_MUST_USE;
// An mc_whole_by_fn: mc-fold, where it folds the delta's method.
const char *mc_method_whole_by(const struct mc_doc *delta);

// What is trained of a new delta whose method has a reparametrisation: its tensors, then those of
// the delta that are trained as they are stored.
struct mc_reparam {
    const struct mc_reparam_class *cls;
    struct mc_table table;
    int n_parts;      // tensors of the reparametrisation, the first of the table
    size_t stored_at; // where in the delta's block the tensor is that they make
    float *w, *grad;  // [table.size]
    float *work;      // [cls->work(&table)]
    struct mc_gemm *gemm;
};
// Draws the reparametrisation from the seed; delta is one of h, which is borrowed no longer than
// the call.
int mc_reparam_init(struct mc_reparam *r, const struct mc_method *h, const struct mc_model *delta,
                    uint64_t seed, struct mc_error *e) MC_MUST_USE;
void mc_reparam_release(struct mc_reparam *r);
// delta->w from r->w; then r->grad from grad[delta->table.size], in which the gradient is that of
// delta->w. An error is one of the library that multiplies (mc_gemm_check).
int mc_reparam_forward(struct mc_reparam *r, struct mc_model *delta,
                       struct mc_error *e) MC_MUST_USE;
int mc_reparam_backward(struct mc_reparam *r, const struct mc_model *delta, float *grad,
                        struct mc_error *e) MC_MUST_USE;

#endif

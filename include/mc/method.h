// Tuning methods: full, or a delta of some kind over a base.
#ifndef MC_METHOD_H
#define MC_METHOD_H

#include "mc/gemm.h"
#include "mc/model.h"

struct mc_method_class;

// A linear map that has a rank and an alpha of its own.
struct mc_layer_rank {
    char *map; // its name, without ".weight"
    int rank;
    double alpha;
};

// A method with its parameters; which of them count is the class's matter.
struct mc_method {
    const struct mc_method_class *cls;
    int rank, bottleneck, prefix_len;
    double alpha, dropout, init_std;
    char **targets; // names of linear maps, or their ends behind a dot
    int n_targets;
    int *part; // of a prefix's rows: the one that each layer reads; NULL: layer by layer
    int n_parts;
    bool rslora;              // scale alpha/sqrt(r)
    struct mc_layer_rank *maps; // [n_ranks]
    int n_ranks;
    char *text; // as JSON, mc.method; NULL for full
    // per slot of a view, while a plan is built from it: the method's tensors beside it, or -1
    int *first, *second;
    int tensor; // slot of the class's own tensor, or -1
    struct mc_plan_edit edit;
};

// Tensors that a new delta's training moves in place of one that is stored.
struct mc_reparam_class {
    // Appends them and returns their number; draws number i.
    int (*table)(const struct mc_method *h, const struct mc_model *delta, struct mc_table *t,
                 struct mc_error *e);
    void (*draw)(const struct mc_table *t, int i, float *w, uint64_t seed);
    size_t (*work)(const struct mc_table *t); // floats that forward leaves for backward
    // The stored tensor from the block u, and the gradient of u from that of the stored tensor.
    void (*forward)(const struct mc_table *t, const float *u, struct mc_gemm *g, float *work,
                    float *stored);
    void (*backward)(const struct mc_table *t, const float *u, struct mc_gemm *g, float *work,
                     const float *dstored, float *du);
};

// An option of a method's own: a number or names of linear maps, and its place in struct mc_method.
enum mc_method_type { MC_METHOD_WHOLE, MC_METHOD_REAL, MC_METHOD_TARGETS };
struct mc_method_option {
    const char *name, *arg, *help; // "--rank", "R"
    enum mc_method_type type;
    size_t at;
    double fallback, min, max; // of a number
    bool above, below;         // the bounds are open
    bool further;              // it may change while a delta is trained further
};

// A method: a row of mc_methods, which is a file in lib/method/.
struct mc_method_class {
    const char *name;
    const struct mc_method_option *options;
    int n_options;
    const char *before_head; // what PEFT puts before the names of the head's tensors, or NULL
    // Parameters that the base decides, where no option does; or NULL.
    int (*settle)(struct mc_method *h, const struct mc_model *base, struct mc_error *e);
    // Appends the method's tensors to a delta's table, in the order of the base's; their weights
    // are drawn by `draw` once there is room. An error names what is missing.
    int (*table)(const struct mc_method *h, struct mc_model *delta, struct mc_error *e);
    void (*draw)(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed);
    // The names of the method's tensors beside a linear map, of which the first two are
    // looked up for `linear`; NULL: it edits no map. A map of the body has them in every delta, but
    // for one stored whole in their place, where the method allows it.
    bool stores_instead;
    bool (*names)(const struct mc_method *h, const struct mc_param *map, char first[MC_PARAM_NAME],
                  char second[MC_PARAM_NAME]);
    mc_val (*linear)(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int first,
                     int second);
    // A tensor of the method that stands beside no map, its shape judged by `suits`, and the column
    // in it where a layer's keys and values of this width begin; or NULL.
    const char *tensor;
    int (*suits)(const struct mc_method *h, const struct mc_model *m, const struct mc_param *p,
                 struct mc_error *e);
    int (*prefix)(const struct mc_method *h, int layer, int64_t width);
    const struct mc_reparam_class *reparam; // or NULL: trained as it is stored
    // Parameters to and from JSON text.
    int (*write)(const struct mc_method *h, struct mc_buf *out, struct mc_error *e);
    int (*read)(struct mc_method *h, const void *json, struct mc_error *e);
    // Why weights cannot be folded, or NULL where they can.
    const char *unfoldable;
    // Whether the two tensors beside a map can be those of one, or NULL: building a plan tells.
    int (*fits)(const struct mc_method *h, const struct mc_param *map, const struct mc_param *first,
                const struct mc_param *second, struct mc_error *e);
    // Adds what the delta makes of linear map w[out, in]; NULL: tensors replace their namesakes.
    // `first` describes the values a.
    void (*fold)(const struct mc_method *h, const struct mc_param *first, const float *a,
                 const float *b, int64_t out, float *w);
    // Where `scale` times the product second[out, r] first[r, in] is added to a map: that scale;
    // and in *out the method that holds the products of two side by side at scale 1. It borrows a's
    // lists and the names of maps of both; out->maps is the caller's to free.
    double (*scale)(const struct mc_method *h, const struct mc_param *first);
    int (*join)(struct mc_method *out, const struct mc_method *a, const struct mc_method *b,
                struct mc_error *e);
};
extern const struct mc_method_class mc_method_lora, mc_method_adapter, mc_method_prefix,
    mc_method_bitfit, mc_method_head;

extern const struct mc_method_class *const mc_methods[]; // NULL behind the last

// The names of all methods, "full|...", as a choice of an option.
enum { MC_METHOD_CHOICES = 128 };
const char *mc_method_choices(char out[MC_METHOD_CHOICES]);
// The class of a name, NULL for "full" and for what is none.
const struct mc_method_class *mc_method_find(const char *name);

// The options of all classes, with their values: `given` says that one is not the default.
enum { MC_METHOD_OPTIONS = 32 };
struct mc_method_value {
    const struct mc_method_class *cls;
    const struct mc_method_option *of;
    bool given;
    int64_t whole;
    double real;
    const char *names; // separated by commas, or NULL
};
struct mc_method_options {
    struct mc_method_value v[MC_METHOD_OPTIONS];
    int n;
};
void mc_method_options_init(struct mc_method_options *o);
// Refused: one that is given and another method's than this, or (NULL) one that a delta trained
// further cannot change.
int mc_method_options_check(const struct mc_method_options *o, const char *method,
                            struct mc_error *e) MC_MUST_USE;
// The parameters of a new delta's method; of one that is trained further, those that may change.
int mc_method_options_new(const struct mc_method_options *o, struct mc_method *h,
                          struct mc_error *e) MC_MUST_USE;
int mc_method_options_further(const struct mc_method_options *o, struct mc_method *h, bool *changed,
                              struct mc_error *e) MC_MUST_USE;

// The method of a model, from its mc.method; of a complete one: full.
int mc_method_of(struct mc_method *h, const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
bool mc_method_is(const struct mc_method *h, const struct mc_model *m);
// mc.method of it, as JSON.
int mc_method_text(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Sets first, second and tensor: the method's tensors beside every map of the view, and the one
// that stands alone. One that is neither, and takes no place of the architecture's, is an error; so
// is one that is missing.
int mc_method_look_up(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                      struct mc_error *e) MC_MUST_USE;
// Whether a delta's tensors are those of its method.
int mc_method_check(const struct mc_model *delta, struct mc_error *e) MC_MUST_USE;
void mc_method_release(struct mc_method *h);
// A new delta over a base: h's tensors, drawn from the seed, then the head, the base's own or,
// where it has none or new_head asks, drawn with these labels.
int mc_method_init_delta(struct mc_method *h, struct mc_model *delta, struct mc_model *base,
                    char *const *labels, int n_labels, bool new_head, uint64_t seed,
                    struct mc_error *e) MC_MUST_USE;
// mc_model_plan with the method's edits; h must outlive the building alone.
int mc_method_plan(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                   const struct mc_readout *at, enum mc_plan_use use, double dropout,
                   enum mc_precision precision, struct mc_plan *p, struct mc_error *e) MC_MUST_USE;
// The trained block of a delta that begins, where its method does not train what it stores: the
// reparametrisation, then the delta's other tensors.
struct mc_reparam {
    const struct mc_reparam_class *cls;
    struct mc_table table;
    int n_parts;     // tensors of the reparametrisation
    size_t own;      // place of what they make in the delta's block
    float *w, *grad; // over the table
    float *work;
    struct mc_gemm *gemm;
};
int mc_reparam_init(struct mc_reparam *r, const struct mc_method *h, const struct mc_model *delta,
                    uint64_t seed, struct mc_error *e) MC_MUST_USE;
void mc_reparam_release(struct mc_reparam *r);
// delta->w from r->w; then r->grad from the gradient over the delta's table.
int mc_reparam_forward(struct mc_reparam *r, struct mc_model *delta,
                       struct mc_error *e) MC_MUST_USE;
int mc_reparam_backward(struct mc_reparam *r, const struct mc_model *delta, float *grad,
                        struct mc_error *e) MC_MUST_USE;

// The complete model that computes the same, held for the caller; an error says why there is none.
int mc_method_fold(struct mc_model **out, const struct mc_model *delta,
                   struct mc_error *e) MC_MUST_USE;

#endif

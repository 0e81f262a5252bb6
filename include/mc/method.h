// Tuning methods: full, or a delta of some kind over a base.
#ifndef MC_METHOD_H
#define MC_METHOD_H

#include "mc/model.h"

struct mc_method_class;

// A method with its parameters; which of them count is the class's matter.
struct mc_method {
    const struct mc_method_class *cls;
    int rank, bottleneck;
    double alpha, dropout, init_std;
    char **targets; // last components of the names of linear maps
    int n_targets;
    char *text; // as JSON, mc.method; NULL for full
    // per slot of a view, while a plan is built from it: the method's tensors beside it, or -1
    int *first, *second;
    const struct mc_view *view;
    struct mc_plan_edit edit;
};

// One row of the table of methods; a new one is a file in lib/tune/ and a row there.
struct mc_method_class {
    const char *name;
    // Appends the method's tensors to a delta's table, in the order of the base's; their weights
    // are drawn by `draw` once there is room. An error names what is missing.
    int (*table)(const struct mc_method *h, struct mc_model *delta, struct mc_error *e);
    void (*draw)(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed);
    // The names of the method's tensors beside the linear map NAME, of which the first two are
    // looked up for `linear`; NULL: it edits no map.
    bool (*names)(const struct mc_method *h, const char *map, char first[MC_PARAM_NAME],
                  char second[MC_PARAM_NAME]);
    // Whether two tensors of these shapes, of rank 2, go beside the map.
    bool (*fits)(const struct mc_method *h, const struct mc_param *map,
                 const struct mc_param *first, const struct mc_param *second);
    mc_val (*linear)(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int first,
                     int second);
    // Parameters to and from JSON text.
    int (*write)(const struct mc_method *h, struct mc_buf *out, struct mc_error *e);
    int (*read)(struct mc_method *h, const void *json, struct mc_error *e);
    // Why weights cannot be folded, or NULL where they can.
    const char *unfoldable;
    // Adds what the delta makes of linear map w[out, in], whose first tensor is `p`; NULL: tensors
    // replace their namesakes.
    void (*fold)(const struct mc_method *h, const struct mc_param *p, const float *first,
                 const float *second, int64_t out, int64_t in, float *w);
    // Where `scale` times the product second[out, r] first[r, in] is added to a map: that scale;
    // and the method, with a's lists, that holds the products of two side by side at scale 1.
    double (*scale)(const struct mc_method *h, const struct mc_param *first);
    struct mc_method (*joined)(const struct mc_method *a, const struct mc_method *b);
};
extern const struct mc_method_class mc_method_lora, mc_method_adapter, mc_method_bitfit,
    mc_method_head;

// The class of a name: NULL for "full" and for what is none.
const struct mc_method_class *mc_method_find(const char *name);
// The method of a model, from its mc.method; of a complete one: full.
int mc_method_of(struct mc_method *h, const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
bool mc_method_is(const struct mc_method *h, const struct mc_model *m);
void mc_method_release(struct mc_method *h);
// The text of mc.method.
int mc_method_text(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Sets h->first and h->second of a delta's view. Refused: a tensor that is missing, that belongs to
// no map, or of another shape than its map asks for.
int mc_method_look_up(struct mc_method *h, const struct mc_view *v, struct mc_error *e) MC_MUST_USE;
// A new delta over a base: h's tensors, drawn from the seed, then the head, the base's own or,
// where it has none or new_head asks, drawn with these labels.
int mc_method_begin(struct mc_method *h, struct mc_model *delta, struct mc_model *base,
                    char *const *labels, int n_labels, bool new_head, uint64_t seed,
                    struct mc_error *e) MC_MUST_USE;
// mc_model_plan with the method's edits; h must outlive the building alone.
int mc_method_plan(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                   enum mc_plan_use use, double dropout, enum mc_precision precision,
                   struct mc_plan *p, struct mc_error *e) MC_MUST_USE;
// The complete model that computes the same; an error says why there is none.
int mc_method_fold(struct mc_model *out, const struct mc_model *delta,
                   struct mc_error *e) MC_MUST_USE;

#endif

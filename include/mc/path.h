// Paths between models: the grid of points, the kinds of path, and the points as documents.
#ifndef MC_PATH_H
#define MC_PATH_H

#include "mc/compare.h"
#include "mc/option.h"

// Points of a path, in the order given. t within 1e-12 of 0 or 1 is 0 or 1.
struct mc_grid {
    double *t;
    int n;
};
// n >= 2 equidistant points from `from` to `to`; or the list of --at, each point once: MC_ERR_USAGE
// for what is no number and for a point given twice.
int mc_grid_even(struct mc_grid *g, int n, double from, double to, struct mc_error *e) MC_MUST_USE;
int mc_grid_list(struct mc_grid *g, const char *at, struct mc_error *e) MC_MUST_USE;
void mc_grid_release(struct mc_grid *g);

// Where the head of every point is: where the point is, or at the first or the last end.
enum mc_head_rule { MC_HEAD_MIX, MC_HEAD_0, MC_HEAD_1 };

// --- options of kinds
// Those of all kinds with their values, each option once: first --kind and --space, which choose
// the row, then the kinds' own. Of the chosen kind's own all are `given` once it is chosen. Not to
// be copied: the first two point into it.
enum { MC_PATH_OPTIONS = 32, MC_PATH_CHOICES = 256 };
struct mc_path_options {
    struct mc_option_value v[MC_PATH_OPTIONS];
    int n;
    struct mc_option kind, space;
    char kinds[MC_PATH_CHOICES], spaces[MC_PATH_CHOICES];
};
struct mc_path_kind;
void mc_path_options_init(struct mc_path_options *o);
// How many of the options choose the row: the first of them.
enum { MC_PATH_CHOOSING = 2 };
// The row that the values choose. MC_ERR_USAGE: there is none of that kind and space; an option is
// given that is another kind's.
int mc_path_options_choose(struct mc_path_options *o, const struct mc_path_kind **kind,
                           struct mc_error *e) MC_MUST_USE;
// The value of an option that is one of the chosen kind's.
const struct mc_option_value *mc_path_options_get(const struct mc_path_options *o,
                                                  const struct mc_option *of);

// --- kinds
// Where on a path.
struct mc_spot {
    double t; // 0: the first end, 1: the last
};

// What is alike in points: metadata (mc.t and mc.curve aside) and tensors.
struct mc_path_shape {
    struct mc_doc meta;
    struct mc_table table;
    int body; // tensors before the head: the first of the table
};

struct mc_path {
    const struct mc_path_kind *kind; // set by the caller, as what follows
    const struct mc_path_options *options;
    struct mc_model *const
        *end; // [n_ends], digests set; kept and not changed until the path closes
    int n_ends;
    enum mc_head_rule head;
    const char *provenance; // the line of the program

    void *own; // the kind's; set by its `open`
    // Set by its `open` to that of the points between the ends, by `go` to that of the point.
    const struct mc_path_shape *shape;
    float *work;
};

// A kind of path: a row of mc_path_kinds, which is a file in lib/path/.
struct mc_path_kind {
    const char *name;                       // of --kind and mc.curve
    const char *space;                      // of --space: what of a delta moves
    const struct mc_option *const *options; // its own, NULL behind the last; or NULL: none
    int least_ends, most_ends;              // how many; most_ends 0: any number
    // Whether a model can be end number k, from 0, with an error that says why not; NULL: any.
    int (*takes)(const struct mc_model *end, int k, struct mc_error *e);
    // From p->end to p->own and p->shape. MC_ERR_INPUT: ends between which there is no such path.
    int (*open)(struct mc_path *p, struct mc_error *e);
    // Goes to a point, of which the spans that follow are; NULL: all points have the same shape.
    int (*go)(struct mc_path *p, const struct mc_spot *at, struct mc_error *e);
    // Floats from..to of a tensor of the point's shape, at a place that is the point's or, for the
    // head, that of an end: computed into out[to - from], which is returned; or, without computing,
    // where an end has them. At an end they are the end's.
    const float *(*span)(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out);
    // Appends members of the object mc.curve, each with a comma behind; NULL: none of its own.
    int (*curve)(const struct mc_path *p, const struct mc_spot *at, struct mc_buf *out,
                 struct mc_error *e);
    void (*close)(struct mc_path *p); // frees p->own, also of an `open` that failed; not where NULL
};
extern const struct mc_path_kind mc_path_line, mc_path_lora_product;
extern const struct mc_path_kind *const mc_path_kinds[]; // NULL behind the last

// Opens the path between p->end, as many as the kind takes. After an error, too, mc_path_close
// follows. Errors are the kind's, and MC_ERR_MEM.
int mc_path_open(struct mc_path *p, struct mc_error *e) MC_MUST_USE;
// Writes point i of the grid as a document, its floats computed as they are written. MC_ERR_NUM: a
// computed one is not finite.
int mc_path_write(struct mc_path *p, const struct mc_grid *g, int i, struct mc_writer *w,
                  struct mc_error *e) MC_MUST_USE;
void mc_path_close(struct mc_path *p);

// --- for kinds between two models of one network
// Two models with the same tensors, but for heads of other labels where one end's head is chosen,
// and the shape of the points between them.
struct mc_path_pair {
    const struct mc_model *a, *b;
    struct mc_model *own_b; // b with its labels in a's order, or NULL
    struct mc_path_shape shape;
};
// MC_ERR_INPUT: other architectures, configurations, tokenizers, methods, tensors; other labels,
// unless one end's head is chosen. Labels of the same names in another order are matched: b's head
// is reordered. After an error, too, mc_path_pair_close follows.
int mc_path_pair_open(struct mc_path_pair *x, const struct mc_model *a, const struct mc_model *b,
                      enum mc_head_rule head, const char *provenance,
                      struct mc_error *e) MC_MUST_USE;
void mc_path_pair_close(struct mc_path_pair *x);
// A span of the straight line between them, as the kind's `span` gives it: a + t (b - a) in
// float32.
const float *mc_path_pair_line(const struct mc_path_pair *x, int tensor, size_t from, size_t to,
                               double t, float *out);

#endif

// Paths through parameter space: where their points are, the kinds of path, and the points as
// documents.
#ifndef MC_PATH_H
#define MC_PATH_H

#include "mc/compare.h"
#include "mc/curve.h"
#include "mc/groups.h"
#include "mc/option.h"
#include "mc/path_inputs.h"

// --- where the points are
// Where on a path: t, or x and y where it has two axes; what it has not is nan.
struct mc_spot {
    double t, x, y;
};
// The spot at t, and one at x, y.
struct mc_spot mc_spot_at(double t);
struct mc_spot mc_spot_on(double x, double y);

// Spots in the order given. t within 1e-12 of 0 or 1 is 0 or 1; so are x and y.
struct mc_grid {
    struct mc_spot *at;
    int n;
};
// n >= 2 equidistant points of an axis, both ends included.
struct mc_range {
    int n;
    double from, to;
};
// The points of 1 axis or, y in the outer loop, of 2; or the list of --at, each point once.
// MC_ERR_USAGE: a range of no length, more points than can be counted; what is no number, a point
// given twice.
int mc_grid_even(struct mc_grid *g, int axes, const struct mc_range *r,
                 struct mc_error *e) MC_MUST_USE;
int mc_grid_list(struct mc_grid *g, const char *at, struct mc_error *e) MC_MUST_USE;
void mc_grid_release(struct mc_grid *g);

// Where the head of every point is: where the point is, or at one of the two ends.
enum mc_head_rule { MC_HEAD_MIX, MC_HEAD_0, MC_HEAD_1 };

// One group of tensors after the other goes along the path, the others stay at an end.
struct mc_moves {
    enum mc_group_by by;
    int rest;                                               // the end where the others are, 0 or 1
    enum { MC_MOVES_ONE, MC_MOVES_UP, MC_MOVES_DOWN } grow; // the group; all up to it; from it on
};

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
    char n_help[MC_PATH_CHOICES], from_help[MC_PATH_CHOICES], to_help[MC_PATH_CHOICES];
};
struct mc_path_kind;
// The first row's kind is the one of two models when nobody names another.
void mc_path_options_init(struct mc_path_options *o);
// How many of the options choose the row: the first of them.
enum { MC_PATH_CHOOSING = 2 };
// The row that the values choose. MC_ERR_USAGE: there is none of that kind and space; an option is
// given that is another kind's.
int mc_path_options_choose(struct mc_path_options *o, const struct mc_path_kind **kind,
                           struct mc_error *e) MC_MUST_USE;
// The row of a curve that documents make; --kind becomes its name. MC_ERR_USAGE: --kind was given,
// or an option that is not its own.
int mc_path_options_choose_curve(struct mc_path_options *o, const char *curve,
                                 const struct mc_path_kind **kind, struct mc_error *e) MC_MUST_USE;
// The value of an option that is one of the chosen kind's.
const struct mc_option_value *mc_path_options_get(const struct mc_path_options *o,
                                                  const struct mc_option *of);

// --- kinds
// What is alike in points: metadata (mc.t and mc.curve aside) and tensors.
struct mc_path_shape {
    struct mc_doc meta;
    struct mc_table table;
    int body; // tensors before the head: the first of the table
};

// Models of one network, and the shape of points between them. Their heads are put in the order of
// the points' labels, unless the points have one end's head.
enum { MC_FRAME_MADE = 2 };
struct mc_path_frame {
    struct mc_model *const *m; // [n] borrowed
    int n;
    float **head;                     // [n] a head of its own, or NULL: that of m
    const float *made[MC_FRAME_MADE]; // blocks that a kind adds: numbers n, n + 1
    struct mc_path_shape shape;
};
// What a frame is made of.
struct mc_path_ends {
    struct mc_model *const *m;
    int n;    // the first of them are ends, whose metadata the points have
    int more; // models behind them that must be of the same network too
    int last; // number of the end that MC_HEAD_1 means
    enum mc_head_rule head;
    bool mixed_alone;                    // the program has no option that takes one end's head
    const struct mc_path_inputs *inputs; // where heads lie of models without weights; or NULL
    const char *provenance;              // the line of the program
};
// MC_ERR_INPUT: other architectures, configurations, tokenizers, methods, tensors; other labels,
// unless one end's head is chosen. *d: how two ends differ, where they do. After an error, too,
// mc_path_frame_close follows.
int mc_path_frame_open(struct mc_path_frame *f, const struct mc_path_ends *of,
                       struct mc_difference *d, struct mc_error *e) MC_MUST_USE;
void mc_path_frame_close(struct mc_path_frame *f);
// A tensor of model or block k; its weights are in memory.
const float *mc_path_frame_tensor(const struct mc_path_frame *f, int k, int tensor);
// A span of the straight line between models 0 and 1, as a kind's `span` gives it: a + t (b - a) in
// float32.
const float *mc_path_frame_line(const struct mc_path_frame *f, int tensor, size_t from, size_t to,
                                double t, float *out);

struct mc_lengths;
struct mc_path {
    // Set by the caller.
    const struct mc_path_kind *kind;
    const struct mc_path_options *options;
    struct mc_model *const *end; // [n_ends + n_more], digests set; kept until the path closes
    int n_ends, n_more;          // more: models beside the path, of the same network
    struct mc_path_inputs
        *inputs; // which reads ends whose weights are not in memory; NULL: all are
    const struct mc_grid *grid;
    const struct mc_moves *moves; // NULL: all tensors move
    enum mc_head_rule head;
    const char *from, *to; // of mc.curve; NULL: the digests of the ends
    const char *provenance;
    struct mc_pool *pool; // NULL: the calling thread alone

    void *own; // the kind's; set by its `open`
    struct mc_path_frame frame;
    // Set by mc_path_open, or by an `open` of its own to that of the points between the ends, by
    // `go` to that of the point.
    const struct mc_path_shape *shape;
    int n_blocks; // that points are sums of: the ends, and what `open` adds to the frame
    struct mc_groups groups;
    struct mc_lengths *lengths;
    double *s; // [grid->n] of group s_group, or NULL: not measured
    int s_group;
    double *weight;       // [n_blocks], for one tensor at a time
    const float **addend; // [threads, n_blocks]
    float *work;
};

// A kind of path: a row of mc_path_kinds, which is a file in lib/path/.
struct mc_path_kind {
    const char *name;                       // of --kind and mc.curve
    const char *in_words;                   // behind "a", in messages; NULL: its name
    const char *space;                      // of --space: what of a delta moves
    const struct mc_option *const *options; // its own, NULL behind the last; or NULL: none
    int least_ends, most_ends;              // how many; most_ends 0: any number
    int in_memory;         // how many weights a point needs at a time; 0: those of all ends
    int last;              // number of the end that is `to` and --head 1; 0: the last
    struct mc_range range; // of the grid where nobody names another
    int (*axes)(const struct mc_path_options *options); // 1 or 2; NULL: 1
    bool bounded;                                       // t is in 0..1
    bool by_groups;                        // groups may move alone: a tensor hangs on its own spot
    bool measured;                         // points have a place s by the length of the path
    const struct mc_curve_shape *controls; // documents of this curve make it; or NULL
    bool controls_alone;                   // and --kind does not name it
    // Whether a model can be end number k, from 0, with an error that says why not; NULL: any.
    int (*takes)(const struct mc_model *end, int k, struct mc_error *e);
    // What stands behind the error where ends differ so, or NULL.
    const char *(*advice)(const struct mc_path *p, const struct mc_difference *d);
    // Whether points have other tensors than the ends: `open` then makes p->shape, without a frame.
    bool reshapes;
    // Makes p->own; NULL: nothing to make. MC_ERR_INPUT: ends between which there is no such path.
    int (*open)(struct mc_path *p, struct mc_error *e);
    // Goes to a point, of which the spans that follow are; NULL: nothing to do.
    int (*go)(struct mc_path *p, const struct mc_spot *at, struct mc_error *e);
    // A tensor at a spot is the sum of weight[k] times that of block k, in double; where one weight
    // is 1 and the others are 0 it is a copy. NULL: only `span` says what it is.
    void (*weigh)(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight);
    // Floats from..to of a tensor of the point's shape where they are not that sum, at a spot that
    // is the point's, an end's where the tensor does not move, or for the head that of an end:
    // computed into out[to - from], which is returned; or, without computing, where an end has
    // them. At an end they are the end's. NULL: the sum.
    const float *(*span)(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out);
    // Appends members of the object mc.curve, each with a comma behind; NULL: none of its own.
    int (*curve)(const struct mc_path *p, const struct mc_spot *at, struct mc_buf *out,
                 struct mc_error *e);
    void (*close)(struct mc_path *p); // frees p->own, also of an `open` that failed; not where NULL
};
extern const struct mc_path_kind mc_path_line, mc_path_lora_product, mc_path_chain, mc_path_bezier,
    mc_path_slerp, mc_path_plane, mc_path_random;
extern const struct mc_path_kind *const mc_path_kinds[]; // NULL behind the last
int mc_path_axes(const struct mc_path_kind *k, const struct mc_path_options *o);
// MC_ERR_USAGE: a grid that this kind does not go to; groups that it does not move alone.
int mc_path_fits(const struct mc_path_kind *k, const struct mc_grid *g, bool groups,
                 struct mc_error *e) MC_MUST_USE;

// Opens the path between p->end, as many as the kind takes. After an error, too, mc_path_close
// follows. Errors are the kind's, and MC_ERR_MEM.
int mc_path_open(struct mc_path *p, struct mc_error *e) MC_MUST_USE;
// How many documents it writes: the grid, once for every group that moves.
int mc_path_count(const struct mc_path *p);
// Writes document i, its floats computed as they are written. MC_ERR_NUM: a computed one is not
// finite.
int mc_path_write(struct mc_path *p, int i, struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
void mc_path_close(struct mc_path *p);

// --- the plane
// A model's foot on the plane, its distance from it, and the lengths of the plane's two units.
struct mc_projection {
    int model;
    double x, y, distance, unit_x, unit_y;
};
// v[n_ends + n_more], of every model in order; the path is an open plane.
void mc_path_project(const struct mc_path *p, struct mc_projection *v);
// Writes them as a table, whole, to a file.
int mc_path_write_projections(const struct mc_path *p, const char *file,
                              struct mc_error *e) MC_MUST_USE;

// --- lengths, for kinds
// Squared L2 distances between models of the frame, tensor by tensor, in double. Measures those of
// pairs i < j with need[i * n + j], and the squared norms of need[i * n + i], n = frame.n, as far
// as they are not known yet; models that are not in memory are read.
int mc_path_measure(struct mc_path *p, const bool *need, struct mc_error *e) MC_MUST_USE;
// That of models i and j, which was measured; i = j: the model's squared norm.
double mc_path_squared(const struct mc_path *p, int tensor, int i, int j);
// The same over all tensors that move.
double mc_path_squared_all(const struct mc_path *p, int i, int j);
// Measures what the lengths of a path over the grid hang on; and sets p->s for a group: the lengths
// of the chords over the grid in order of t, added up from its smallest.
int mc_path_measure_grid(struct mc_path *p, struct mc_error *e) MC_MUST_USE;
int mc_path_set_s(struct mc_path *p, int group, struct mc_error *e) MC_MUST_USE;
void mc_lengths_free(struct mc_lengths *l);

// Where a tensor is while a group moves and the path is at a spot.
struct mc_spot mc_path_tensor_spot(const struct mc_path *p, int group, int tensor,
                                   const struct mc_spot *at);
// Whether a tensor goes along the path: not a head that stays at an end.
bool mc_path_moves(const struct mc_path *p, int tensor);

#endif

// Training of points between two models: the bends of a curve (mc/curve.h) whose ends stay, or how
// far each group of tensors is on its way from the one to the other. What the loop of training
// (mc/train.h) moves of them, and the documents that come of it.
#ifndef MC_CURVE_TRAINING_H
#define MC_CURVE_TRAINING_H

#include "mc/curve.h"
#include "mc/groups.h"
#include "mc/path.h"
#include "mc/trainable.h"

// --- ends
// Two models of one network, held; b's head is in the order of a's labels.
struct mc_curve_ends {
    struct mc_model *a, *b;
    char from[MC_DIGEST_TEXT], to[MC_DIGEST_TEXT]; // their digests, as they were read
    struct mc_doc meta;                            // what points between them say of themselves
};
// One model of each file, as mc_models_load. MC_ERR_INPUT: what mc_path_frame_open refuses, and
// heads of other labels. After an error, too, mc_curve_ends_close follows.
int mc_curve_ends_open(struct mc_curve_ends *x, char *const path[2], const char *base,
                       struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;
void mc_curve_ends_close(struct mc_curve_ends *x);
// A model of their network, held for the caller, whose metadata is what both share and their past;
// weights zero.
int mc_curve_ends_point(const struct mc_curve_ends *x, struct mc_model **point,
                        struct mc_error *e) MC_MUST_USE;

// --- curves
enum { MC_CURVE_MOST = 64 }; // models of a curve

// What is trained: mc_trainable_curve, over a point of the ends as the model. Moves the bends; a
// pass reads the point at a t that is drawn from seed_t, step and pass; looks are at look_t.
struct mc_curve_source {
    const struct mc_curve_shape *shape;
    const struct mc_model *a, *b;
    int n_bends;     // up to MC_CURVE_MOST - 2
    int t_per_batch; // of every batch of an update
    double noise;    // added to bends on the segment: standard deviation, 0: none
    uint64_t seed_noise, seed_t;
    const double *look_t; // [n_looks], at least one
    int n_looks;
};
extern const struct mc_trainable_class mc_trainable_curve;
// The t of a pass, uniform in [0, 1).
double mc_curve_draw(uint64_t seed, int64_t step, int64_t pass);
// Writes the curve: end, bends, end. point: the model that was trained, with the metadata of bends;
// trained: over it; line: provenance of the ends, which are changed.
int mc_curve_write(struct mc_curve_ends *x, const struct mc_model *point,
                   const struct mc_trainable *trained, const char *line, struct mc_writer *w,
                   struct mc_error *e) MC_MUST_USE;

// --- mixtures
// What is trained: mc_trainable_mix, over a point of the ends. Group g of the point is
// a + t (b - a), t = sigmoid(w_g); moves w.
struct mc_mix_source {
    const struct mc_model *a, *b;
    enum mc_group_by by;
    double sd; // w begins as N(0, sd), by the groups' names
    uint64_t seed;
};
extern const struct mc_trainable_class mc_trainable_mix;
// Writes the point.
int mc_mix_write(const struct mc_curve_ends *x, struct mc_model *point,
                 const struct mc_trainable *trained, struct mc_writer *w,
                 struct mc_error *e) MC_MUST_USE;

#endif

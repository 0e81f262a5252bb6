// The parts of a point's block that threads take one by one, where a point is made of other models
// or its gradient is taken apart. Private to lib/path.
#ifndef MC_POINT_PARTS_H
#define MC_POINT_PARTS_H

#include "mc/trainable.h"

struct mc_part {
    size_t at, n; // of the block
    int tensor;
};
// Those of all tensors: first of what every pass reads whole, then of what is read by rows.
struct mc_parts {
    struct mc_part *v;
    int n_dense, n;
};
// Once the trainable's rows are known.
int mc_parts_init(struct mc_parts *p, const struct mc_trainable *t, struct mc_error *e) MC_MUST_USE;
void mc_parts_release(struct mc_parts *p);
// What of the block a pass touches: parts 0..n_dense-1, then the rows that are touched.
size_t mc_parts_of_pass(const struct mc_parts *p, const struct mc_trainable *t);
// The tensor of number i of these.
int mc_parts_tensor(const struct mc_parts *p, const struct mc_trainable *t, size_t i);

// fn for every part, in threads, with its number: of the whole block, or of what a pass touches.
typedef void mc_part_fn(void *ctx, const struct mc_part *part, size_t number);
void mc_parts_run(const struct mc_parts *p, const struct mc_trainable *t, struct mc_pool *pool,
                  bool whole, mc_part_fn *fn, void *ctx);

#endif

// Paths between models: the grid of points, and the models on the straight line.
#ifndef MC_PATH_H
#define MC_PATH_H

#include "mc/compare.h"

// Points of a path, in the order given. t within 1e-12 of 0 or 1 is 0 or 1.
struct mc_grid {
    double *t;
    int n;
};
// n >= 2 equidistant points from `from` to `to`; or the list of --at, each
// point once.
int mc_grid_even(struct mc_grid *g, int n, double from, double to, struct mc_error *e) MC_MUST_USE;
int mc_grid_list(struct mc_grid *g, const char *at, struct mc_error *e) MC_MUST_USE;
void mc_grid_release(struct mc_grid *g);

enum mc_head_rule { MC_HEAD_MIX, MC_HEAD_0, MC_HEAD_1 };

// The straight line from a to b. Refused: other architectures, configurations, tokenizers, tensor
// sets; other labels, unless one end's head is chosen. Labels of the same names in another order
// are matched: b's head is reordered.
struct mc_line {
    const struct mc_model *a, *b;
    struct mc_model *own_b; // b with its labels in a's order, or NULL
    enum mc_head_rule head;
    bool product;          // mc.curve tells it: products move, not tensors
    struct mc_doc meta;    // of every point, t and curve aside
    struct mc_table table; // of the points
    size_t body;           // floats before the head
    float *work;
};
// Digests of a and b must be set. line: the provenance line of the tool.
int mc_line_init(struct mc_line *l, struct mc_model *a, struct mc_model *b, enum mc_head_rule head,
                 const char *line, struct mc_error *e) MC_MUST_USE;
void mc_line_release(struct mc_line *l);
// Writes point i of the grid: a copy of an end at t = 0 and 1, else a + t (b - a) in float32,
// computed as it is written.
int mc_line_write(struct mc_line *l, const struct mc_grid *g, int i, struct mc_writer *w,
                  struct mc_error *e) MC_MUST_USE;

// The line between the products of two LoRA deltas of one base (Hu et al. 2022):
//   W(t) = W0 + (1 - t) s0 B0 A0 + t s1 B1 A1,
// carried as a LoRA delta of rank r0 + r1 and scale 1: A = [A0; A1], B = [(1 - t) s0 B0, t s1 B1],
// dropout and targets those of a. The points at 0 and 1 are the ends as they are; what else they
// store moves as on a line. Ranks and scales may differ; refused: what mc_line refuses, other
// methods, products beside other maps.
struct mc_product {
    struct mc_model wide[2];  // a delta of rank r0 + r1 that is an end's product, and its head
    struct mc_model other[2]; // the tensors of an end, with the other end's head
    struct mc_line inner, at[2];
};
int mc_product_init(struct mc_product *p, struct mc_model *a, struct mc_model *b,
                    enum mc_head_rule head, const char *line, struct mc_error *e) MC_MUST_USE;
void mc_product_release(struct mc_product *p);
int mc_product_write(struct mc_product *p, const struct mc_grid *g, int i, struct mc_writer *w,
                     struct mc_error *e) MC_MUST_USE;

#endif

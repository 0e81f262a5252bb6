// Trainables: what an optimizer moves, and how that becomes the weights that a forward pass reads.
#ifndef MC_TRAINABLE_H
#define MC_TRAINABLE_H

#include "mc/method.h"
#include "mc/optim.h"

struct mc_trainable_class;

// The model's weights are functions of a block w over a table of its own; where they are the same
// block, `seen` is `grad`.
//
// An update: mc_trainable_touch for every row of an embedding that the examples read;
// mc_trainable_forward, after which the model's weights are those of this update; the pass writes
// seen; mc_trainable_backward makes grad of it; the optimizer moves w. Rows that were touched are
// the only ones of embeddings that a pass adds to, and they are 0 before it.
struct mc_trainable {
    // Set by the caller, as what follows. NULL: the first that serves.
    const struct mc_trainable_class *cls;
    const void *source;             // what a class that is named makes the weights of; borrowed
    struct mc_model *m;             // whose weights are read
    const struct mc_method *method; // of m; borrowed, as m
    bool new_delta;                 // m is a new delta, which is drawn from the seed
    uint64_t seed;

    struct mc_table *table; // of what is moved
    float *w, *grad;        // over it
    float *seen;            // the gradient over m->table
    void *own;              // the class's

    struct mc_optim *optim;
    struct mc_touched { // rows of `seen`, where it is not `grad`
        size_t at, n;
    } * touched;
    size_t n_touched, cap_touched;
};

// A trainable: a row of mc_trainables, which is a file in lib/train/, or one that a program names.
struct mc_trainable_class {
    const char *name;
    // Whether it trains such a model where nobody names a class; what the caller sets is set.
    bool (*serves)(const struct mc_trainable *t);
    // Sets table, w, grad and seen; the weights are those that training starts from.
    int (*open)(struct mc_trainable *t, struct mc_error *e);
    void (*close)(struct mc_trainable *t);
    // The model's weights from w, as update number step reads them; NULL: they are w. And grad from
    // seen, after that pass.
    int (*forward)(struct mc_trainable *t, int64_t step, struct mc_error *e);
    int (*backward)(struct mc_trainable *t, int64_t step, struct mc_error *e);
    // Number k, from 0, of the tensors of the table of which a row has a gradient only where the
    // same row of the model's tensor i has one; -1 behind the last. Only such a tensor is moved by
    // rows.
    int (*by_rows)(const struct mc_trainable *t, int i, int k);
};
extern const struct mc_trainable_class mc_trainable_stored, mc_trainable_reparam;
extern const struct mc_trainable_class *const mc_trainables[]; // NULL behind the last

// What the caller sets must be set.
int mc_trainable_open(struct mc_trainable *t, struct mc_error *e) MC_MUST_USE;
void mc_trainable_close(struct mc_trainable *t);
// Which tensors of the table are moved by rows, where those of the model marked here are read by
// rows alone. by_rows[t->table->n] and read[t->m->table.n].
void mc_trainable_rows(const struct mc_trainable *t, const bool *read, bool *by_rows);
// A row of the model's tensor i is read by the update at hand; i < 0: none.
int mc_trainable_touch(struct mc_trainable *t, int i, int64_t row, struct mc_error *e) MC_MUST_USE;
// The weights are ready for the pass of update number step. All rows that were touched are up to
// date.
int mc_trainable_forward(struct mc_trainable *t, struct mc_pool *pool, int64_t step,
                         struct mc_error *e) MC_MUST_USE;
int mc_trainable_backward(struct mc_trainable *t, int64_t step, struct mc_error *e) MC_MUST_USE;
// All of the model's weights as they are after `step` updates, before anybody else reads them.
int mc_trainable_catch_up(struct mc_trainable *t, struct mc_pool *pool, int64_t step,
                          struct mc_error *e) MC_MUST_USE;

#endif

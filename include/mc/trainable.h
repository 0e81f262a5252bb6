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
// mc_trainable_ready; for every pass mc_trainable_forward, after which the model's weights are
// those that this pass reads, the pass, which writes seen, and mc_trainable_backward, which adds to
// grad what it makes of it; the optimizer moves w. Rows that were touched are the only ones of
// embeddings that a pass adds to, and they are 0 before it, unless an earlier pass of the update
// has added to the same place (in_grad).
struct mc_pass {
    int64_t step;      // the update, from 0
    int64_t number, n; // which pass of it, from 0, of how many
};

struct mc_trainable {
    // Set by the caller, as what follows. NULL: the first that serves.
    const struct mc_trainable_class *cls;
    const void *source;             // what a class that is named makes the weights of; borrowed
    struct mc_model *m;             // whose weights are read
    const struct mc_method *method; // of m; borrowed, as m
    bool new_delta;                 // m is a new delta, which is drawn from the seed
    uint64_t seed;
    int64_t n_batches; // of an update, at most

    struct mc_table *table; // of what is moved
    float *w, *grad;        // over it
    float *seen;            // the gradient over m->table
    bool in_grad;           // seen lies in grad: the passes of an update add up there
    int passes;             // of each batch of an update, with weights of their own; 0: one pass of
                            // the whole update
    int looks;              // an evaluation is the mean over so many sets of weights; 1 unless set
    void *own;              // the class's

    double share; // factor on the losses of the pass at hand; 1 unless forward sets it
    struct mc_optim *optim;
    bool *rows;         // [m->table.n]: read by rows alone
    struct mc_touched { // those rows of the update at hand, in m's block; ascending, each once,
        size_t at, n;   // when it is ready
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
    // The model's weights from w, as this pass reads them: what is read by rows alone, in the rows
    // that are touched; NULL: they are w. And grad from seen, after that pass: set by the first
    // pass of an update, added to by the others.
    int (*forward)(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                   struct mc_error *e);
    int (*backward)(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                    struct mc_error *e);
    // All of the model's weights from w, for look number `look`; NULL: they are w.
    int (*whole)(struct mc_trainable *t, struct mc_pool *pool, int look, struct mc_error *e);
    // A column of its own behind those of the table of training, or NULL, and the cell of an update
    // of so many passes, appended to out.
    const char *column;
    int (*cell)(const struct mc_trainable *t, int64_t step, int64_t n_passes, struct mc_buf *out,
                struct mc_error *e);
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
int mc_trainable_rows(struct mc_trainable *t, const bool *read, bool *by_rows,
                      struct mc_error *e) MC_MUST_USE;
// A row of the model's tensor i is read by the update at hand; i < 0: none.
int mc_trainable_touch(struct mc_trainable *t, int i, int64_t row, struct mc_error *e) MC_MUST_USE;
// All rows that were touched are up to date, and 0 in grad.
void mc_trainable_ready(struct mc_trainable *t, struct mc_pool *pool);
int mc_trainable_forward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                         struct mc_error *e) MC_MUST_USE;
int mc_trainable_backward(struct mc_trainable *t, struct mc_pool *pool, const struct mc_pass *at,
                          struct mc_error *e) MC_MUST_USE;
// w and all of the model's weights of a look as they are after the updates so far, before anybody
// else reads them.
int mc_trainable_catch_up(struct mc_trainable *t, struct mc_pool *pool, int look,
                          struct mc_error *e) MC_MUST_USE;

#endif

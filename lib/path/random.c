// Random directions from a model, filter-normalised (Li et al. 2018): standard normals keyed by
// seed, tensor name and element, each row of a matrix scaled to the norm of the model's row, a
// vector as a whole. What is 0 in the model, a row or a vector, stays 0: it does not move.
#include <math.h>
#include <stdlib.h>

#include "mc/path.h"
#include "mc/rng.h"

static const struct mc_option DIMS = {.name = "--dims",
                                      .arg = "D",
                                      .help = "random directions: 1, or 2 for a plane",
                                      .type = MC_OPTION_CHOICE,
                                      .choices = "1|2",
                                      .word = "1"};
static const struct mc_option SEED = {.name = "--seed",
                                      .arg = "S",
                                      .help = "of random directions; the second has S + 1",
                                      .type = MC_OPTION_WHOLE,
                                      .max = 9e15};
static const struct mc_option *const OPTIONS[] = {&SEED, &DIMS, NULL};

static int axes(const struct mc_path_options *o) {
    return mc_path_options_get(o, &DIMS)->text[0] == '2' ? 2 : 1;
}

enum { RUN = 1 << 16 }; // floats of a task, or one row
struct piece {
    int tensor;
    size_t from, to, row; // floats of the tensor, whole rows
};
struct own {
    float *direction[MC_FRAME_MADE];
    int n_directions;
};
struct work {
    const struct mc_path *p;
    struct own *own;
    struct piece *piece;
    uint64_t seed;
};

// Every normal takes four draws, so that those of any element can be reached.
enum { DRAWS = 4 };

static void draw_row(struct mc_rng *r, const float *w, size_t n, float *out) {
    struct mc_rng again = *r;
    double own = 0, drawn = 0;
    for (size_t i = 0; i < n; i++) {
        double z = mc_rng_normal(r);
        drawn += z * z;
        own += (double)w[i] * (double)w[i];
    }
    double scale = drawn > 0 ? sqrt(own) / sqrt(drawn) : 0;
    for (size_t i = 0; i < n; i++) out[i] = (float)(scale * mc_rng_normal(&again));
}

static void draw_piece(void *ctx, int task, int thread) {
    struct work *x = ctx;
    const struct piece *t = &x->piece[task];
    const struct mc_param *q = &x->p->shape->table.p[t->tensor];
    const float *w = mc_path_frame_tensor(&x->p->frame, 0, t->tensor);
    (void)thread;
    for (int k = 0; k < x->own->n_directions; k++) {
        struct mc_rng r;
        mc_rng_init_named(&r, x->seed + (uint64_t)k, MC_RNG_DIRECTION, q->name);
        r.at = DRAWS * (uint64_t)t->from;
        for (size_t i = t->from; i < t->to; i += t->row)
            draw_row(&r, w + i, t->row, x->own->direction[k] + q->at + i);
    }
}

// Cuts what moves into runs of rows; returns how many.
static int cut(const struct mc_path *p, struct piece *out) {
    int n = 0;
    for (int i = 0; i < p->shape->table.n; i++) {
        const struct mc_param *q = &p->shape->table.p[i];
        size_t row = q->rank == 1 ? q->n : (size_t)q->dim[1],
               run = row < RUN ? RUN / row * row : row;
        for (size_t from = 0; mc_path_moves(p, i) && from < q->n; from += run) {
            size_t to = q->n - from < run ? q->n : from + run;
            if (out) out[n] = (struct piece){i, from, to, row};
            n++;
        }
    }
    return n;
}

static int draw(struct mc_path *p, struct own *own, struct mc_error *e) {
    int n = cut(p, NULL);
    struct work x = {.p = p,
                     .own = own,
                     .piece = mc_new((size_t)n, sizeof *x.piece, e),
                     .seed = (uint64_t)mc_path_options_get(p->options, &SEED)->whole};
    if (!x.piece) return MC_ERR_MEM;
    cut(p, x.piece);
    mc_pool_run(p->pool, n, draw_piece, &x);
    free(x.piece);
    return 0;
}

static int open(struct mc_path *p, struct mc_error *e) {
    struct own *own = p->own = mc_new(1, sizeof *own, e);
    if (!own) return MC_ERR_MEM;
    own->n_directions = axes(p->options);
    for (int k = 0; k < own->n_directions; k++) {
        p->frame.made[k] = own->direction[k] = mc_new_floats(p->shape->table.size, e);
        if (!own->direction[k]) return MC_ERR_MEM;
    }
    p->n_blocks = 1 + own->n_directions;
    return draw(p, own, e);
}

static void close(struct mc_path *p) {
    struct own *own = p->own;
    for (int k = 0; k < MC_FRAME_MADE; k++) mc_free_floats(own->direction[k]);
    free(own);
}

static void weigh(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight) {
    bool plane = ((const struct own *)p->own)->n_directions == 2;
    (void)tensor;
    weight[0] = 1;
    weight[1] = plane ? at->x : at->t;
    if (plane) weight[2] = at->y;
}

const struct mc_path_kind mc_path_random = {.name = "random",
                                            .in_words = "random direction",
                                            .space = "factor",
                                            .options = OPTIONS,
                                            .least_ends = 1,
                                            .most_ends = 1,
                                            .range = {21, -1, 1},
                                            .axes = axes,
                                            .open = open,
                                            .weigh = weigh,
                                            .close = close};

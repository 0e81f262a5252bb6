// A path kind that a test adds, in this one file and one row: a parabola between two models, that
// leaves the line by --height times their difference where t is a half. And a row for a word that
// --kind refuses as not supported yet where no row has it.
#include <stdlib.h>

#include "mc/path.h"

static const struct mc_option HEIGHT = {.name = "--height",
                                        .arg = "X",
                                        .help = "of the parabola",
                                        .type = MC_OPTION_REAL,
                                        .fallback = .25,
                                        .max = 10};
static const struct mc_option *const OPTIONS[] = {&HEIGHT, NULL};

static double height(const struct mc_path *p) {
    return mc_path_options_get(p->options, &HEIGHT)->real;
}

static int open(struct mc_path *p, struct mc_error *e) {
    struct mc_path_pair *x = p->own = mc_new(1, sizeof *x, e);
    if (!x) return MC_ERR_MEM;
    p->shape = &x->shape;
    return mc_path_pair_open(x, p->end[0], p->end[1], p->head, p->provenance, e);
}

static void close(struct mc_path *p) {
    mc_path_pair_close(p->own);
    free(p->own);
}

static const float *span(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out) {
    double t = at->t;
    bool end = t == 0 || t == 1;
    return mc_path_pair_line(p->own, tensor, from, to, end ? t : t + 4 * height(p) * t * (1 - t),
                             out);
}

static const float *straight(const struct mc_path *p, int tensor, size_t from, size_t to,
                             const struct mc_spot *at, float *out) {
    return mc_path_pair_line(p->own, tensor, from, to, at->t, out);
}

static int curve(const struct mc_path *p, const struct mc_spot *at, struct mc_buf *out,
                 struct mc_error *e) {
    (void)at;
    return mc_buf_printf(out, e, "\"height\":%.9g,", height(p));
}

static const struct mc_path_kind parabola = {.name = "parabola",
                                             .space = "factor",
                                             .options = OPTIONS,
                                             .least_ends = 2,
                                             .most_ends = 2,
                                             .open = open,
                                             .span = span,
                                             .curve = curve,
                                             .close = close};
static const struct mc_path_kind plane = {.name = "plane",
                                          .space = "factor",
                                          .least_ends = 2,
                                          .most_ends = 2,
                                          .open = open,
                                          .span = straight,
                                          .close = close};
const struct mc_path_kind *const mc_path_kinds[] = {&mc_path_line, &mc_path_lora_product, &parabola,
                                                    &plane, NULL};

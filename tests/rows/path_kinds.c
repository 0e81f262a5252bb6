// Path kinds that a test adds, in this one file and one row each: a parabola between two models,
// that leaves the line by --height times their difference where t is a half; and a fan, from the
// first of three models to points on the line between the others, on two axes, by weights alone.
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

static double on_line(const struct mc_path *p, double t) {
    return t == 0 || t == 1 ? t : t + 4 * height(p) * t * (1 - t);
}

static const float *span(const struct mc_path *p, int tensor, size_t from, size_t to,
                         const struct mc_spot *at, float *out) {
    return mc_path_frame_line(&p->frame, tensor, from, to, on_line(p, at->t), out);
}

static void weigh(const struct mc_path *p, int tensor, const struct mc_spot *at, double *weight) {
    (void)tensor;
    weight[1] = on_line(p, at->t);
    weight[0] = 1 - weight[1];
}

static int curve(const struct mc_path *p, const struct mc_spot *at, struct mc_buf *out,
                 struct mc_error *e) {
    (void)at;
    return mc_buf_printf(out, e, "\"height\":%.9g,", height(p));
}

static int axes(const struct mc_path_options *o) {
    (void)o;
    return 2;
}

static void weigh_fan(const struct mc_path *p, int tensor, const struct mc_spot *at,
                      double *weight) {
    (void)p;
    (void)tensor;
    weight[0] = 1 - at->x;
    weight[1] = at->x * (1 - at->y);
    weight[2] = at->x * at->y;
}

static const struct mc_path_kind parabola = {.name = "parabola",
                                             .space = "factor",
                                             .options = OPTIONS,
                                             .least_ends = 2,
                                             .most_ends = 2,
                                             .range = {26, 0, 1},
                                             .by_groups = true,
                                             .measured = true,
                                             .weigh = weigh,
                                             .span = span,
                                             .curve = curve};
static const struct mc_path_kind fan = {.name = "fan",
                                        .space = "factor",
                                        .least_ends = 3,
                                        .most_ends = 3,
                                        .range = {3, 0, 1},
                                        .axes = axes,
                                        .weigh = weigh_fan};
const struct mc_path_kind *const mc_path_kinds[] = {&mc_path_line, &mc_path_lora_product, &parabola,
                                                    &fan, NULL};

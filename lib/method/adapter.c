// Adapters (Houlsby et al. 2019): f + up(swish(down f)) in place of a sublayer's output f, without
// biases, down[bottleneck, H] and up[H, bottleneck]. They stand inside the residual connection: the
// result is what is added to the residual stream.
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "mc/json.h"
#include "mc/method.h"
#include "mc/rng.h"

// An adapter stands behind the linear layer whose output is that of a sublayer, and is named after
// the sublayer.
static bool names(const struct mc_method *h, const struct mc_param *layer, char down[MC_PARAM_NAME],
                  char up[MC_PARAM_NAME]) {
    (void)h;
    int n = layer->sublayer_name_len;
    const char *of = layer->name;
    return n > 0 &&
           snprintf(down, MC_PARAM_NAME, "%.*s.adapter.down.weight", n, of) < MC_PARAM_NAME &&
           snprintf(up, MC_PARAM_NAME, "%.*s.adapter.up.weight", n, of) < MC_PARAM_NAME;
}

static int table(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    const struct mc_model *base = d->base;
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        char down[MC_PARAM_NAME], up[MC_PARAM_NAME];
        if (!names(h, p, down, up)) continue;
        const struct mc_place beside = mc_place_beside(&p->is);
        MC_TRY(mc_table_add(&d->table, &beside, h->bottleneck, p->dim[0], e, "%s", down));
        MC_TRY(mc_table_add(&d->table, &beside, p->dim[0], h->bottleneck, e, "%s", up));
    }
    return 0;
}

static void draw(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed) {
    struct mc_rng r;
    mc_rng_init_named(&r, seed, MC_RNG_INIT, p->name);
    for (size_t i = 0; i < p->n; i++) w[i] = (float)(h->init_std * mc_rng_normal(&r));
}

static int check_pair(const struct mc_method *h, const struct mc_param *layer,
                      const struct mc_param *down, const struct mc_param *up, struct mc_error *e) {
    MC_TRY(mc_param_check_shape(down, h->bottleneck, layer->dim[0], e));
    return mc_param_check_shape(up, layer->dim[0], h->bottleneck, e);
}

static mc_val linear(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int down,
                     int up) {
    (void)h;
    (void)x;
    mc_val z = mc_plan_act(p, mc_plan_linear(p, y, down, -1), -1, MC_ACT_SWISH);
    return mc_plan_add(p, mc_plan_linear(p, z, up, -1), y, 0);
}

static int write(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    return mc_buf_printf(out, e, ",\"bottleneck\":%d,\"init_std\":%.15g", h->bottleneck,
                         h->init_std);
}

static int read(struct mc_method *h, const void *json, struct mc_error *e) {
    json_int_t b = json_integer_value(json_object_get(json, "bottleneck"));
    h->init_std = json_number_value(json_object_get(json, "init_std"));
    if (b < 1 || b > 1 << 20)
        return mc_fail(e, MC_ERR_INPUT, "mc.method: no bottleneck of adapters");
    h->bottleneck = (int)b;
    return 0;
}

static const struct mc_method_option OPTIONS[] = {
    {{"--bottleneck", "B", "of adapters", MC_OPTION_WHOLE, .fallback = 12, .min = 1, .max = 65536},
     .at = offsetof(struct mc_method, bottleneck)},
    {{"--init-std", "X", "standard deviation of new adapters", MC_OPTION_REAL, .fallback = .02,
      .max = INFINITY, .above = true},
     .at = offsetof(struct mc_method, init_std)}};

const struct mc_method_class mc_method_adapter = {
    .name = "adapter",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
    .table = table,
    .draw = draw,
    .names = names,
    .check_pair = check_pair,
    .linear = linear,
    .unfoldable = "what they add is no linear map",
    .write = write,
    .read = read,
};

// LoRA (Hu et al. 2022): y + scale B A x in place of the output y = W x + b of the linear layers
// that the targets name, A[r, in] and B[out, r]; the scale is alpha/r, or alpha/sqrt(r)
// (Kalajdzievski 2023). Tensors have PEFT's names. A is `down` and B is `up` of struct mc_method.
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/json.h"
#include "mc/method.h"
#include "mc/rng.h"

#define BEFORE "base_model.model."
#define BEHIND_A ".lora_A.weight"

// Whether a target is a layer's name, or its end behind a dot.
static bool matches(const char *target, const char *layer) {
    size_t n = strlen(layer), k = strlen(target);
    return k <= n && strcmp(layer + n - k, target) == 0 && (k == n || layer[n - k - 1] == '.');
}

// The name of the layer that a tensor is of: without ".weight".
static void layer_name(const char *name, char layer[MC_PARAM_NAME]) {
    size_t n = strlen(name), end = strlen(".weight");
    bool cut = n > end && strcmp(name + n - end, ".weight") == 0;
    snprintf(layer, MC_PARAM_NAME, "%.*s", (int)(cut ? n - end : n), name);
}

// Whether a tensor is of a layer that is a target, and the layer's name.
static bool is_target(const struct mc_method *h, const char *name, char layer[MC_PARAM_NAME]) {
    layer_name(name, layer);
    for (int i = 0; i < h->n_targets; i++)
        if (matches(h->targets[i], layer)) return true;
    return false;
}

static bool names(const struct mc_method *h, const struct mc_param *p, char a[MC_PARAM_NAME],
                  char b[MC_PARAM_NAME]) {
    char layer[MC_PARAM_NAME];
    if (!is_target(h, p->name, layer)) return false;
    int n = snprintf(a, MC_PARAM_NAME, BEFORE "%s" BEHIND_A, layer);
    return n < MC_PARAM_NAME &&
           snprintf(b, MC_PARAM_NAME, BEFORE "%s.lora_B.weight", layer) < MC_PARAM_NAME;
}

// Rank and alpha of the layer whose A has that name.
static struct mc_layer_rank rank_of(const struct mc_method *h, const char *a) {
    size_t before = strlen(BEFORE), n = strlen(a) - before - strlen(BEHIND_A);
    for (int i = 0; i < h->n_ranks; i++)
        if (strncmp(a + before, h->ranks[i].layer, n) == 0 && !h->ranks[i].layer[n])
            return h->ranks[i];
    return (struct mc_layer_rank){.rank = h->rank, .alpha = h->alpha};
}

static double scale(const struct mc_method *h, const struct mc_param *a) {
    struct mc_layer_rank own = rank_of(h, a->name);
    return own.alpha / (h->rslora ? sqrt(own.rank) : own.rank);
}

static int check_pair(const struct mc_method *h, const struct mc_param *layer,
                      const struct mc_param *a, const struct mc_param *b, struct mc_error *e) {
    int rank = rank_of(h, a->name).rank;
    if (!mc_param_is_linear(layer))
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: %s is no linear map", a->name, layer->name);
    MC_TRY(mc_param_check_shape(a, rank, layer->dim[1], e));
    return mc_param_check_shape(b, layer->dim[0], rank, e);
}

// Whether it is the matrix of a linear layer outside of all heads, and the layer's name.
static bool body_layer(const struct mc_param *p, char layer[MC_PARAM_NAME]) {
    if (!mc_param_is_linear(p) || mc_param_in_any_head(p)) return false;
    layer_name(p->name, layer);
    return true;
}

// The error of a target without a layer: it lists what names of layers end in.
static int no_target(const struct mc_model *base, const char *target, struct mc_error *e) {
    char known[256] = "";
    for (int i = 0; i < base->table.n; i++) {
        char layer[MC_PARAM_NAME], pattern[MC_PARAM_NAME + 4];
        if (!body_layer(&base->table.p[i], layer)) continue;
        const char *dot = strrchr(layer, '.'), *last = dot ? dot + 1 : layer;
        snprintf(pattern, sizeof pattern, " %s,", last);
        if (!strstr(known, pattern) && strlen(known) + strlen(pattern) < sizeof known)
            strcat(known, pattern);
    }
    size_t n = strlen(known);
    if (n) known[n - 1] = 0;
    return mc_fail(e, MC_ERR_USAGE, "--targets: '%s' matches no linear map; there are%s", target,
                   known);
}

// MC_ERR_USAGE unless every target of a new delta names a layer.
static int check_targets(const struct mc_method *h, const struct mc_model *base,
                         struct mc_error *e) {
    for (int k = 0; k < h->n_targets; k++) {
        bool found = false;
        for (int i = 0; !found && i < base->table.n; i++) {
            char layer[MC_PARAM_NAME];
            found = body_layer(&base->table.p[i], layer) && matches(h->targets[k], layer);
        }
        if (!found) return no_target(base, h->targets[k], e);
    }
    return 0;
}

static int table(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    const struct mc_model *base = d->base;
    MC_TRY(check_targets(h, base, e));
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        char layer[MC_PARAM_NAME], a[MC_PARAM_NAME], b[MC_PARAM_NAME];
        if (!body_layer(p, layer) || !names(h, p, a, b)) continue;
        int rank = rank_of(h, a).rank;
        const struct mc_place beside = mc_place_beside(&p->is);
        MC_TRY(mc_table_add(&d->table, &beside, rank, p->dim[1], e, "%s", a));
        MC_TRY(mc_table_add(&d->table, &beside, p->dim[0], rank, e, "%s", b));
    }
    return 0;
}

// A is uniform in +-1/sqrt(in), as PEFT draws it; B is zero, so that a new delta changes nothing.
static void draw(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed) {
    (void)h;
    struct mc_rng r;
    bool a = strstr(p->name, ".lora_A.") != NULL;
    double bound = 1 / sqrt((double)p->dim[1]);
    mc_rng_init_named(&r, seed, MC_RNG_INIT, p->name);
    for (size_t i = 0; i < p->n; i++) w[i] = a ? (float)(bound * (2 * mc_rng_uniform(&r) - 1)) : 0;
}

static const struct mc_layer_rank *find_rank(const struct mc_method *h, const char *layer) {
    for (int i = 0; i < h->n_ranks; i++)
        if (strcmp(h->ranks[i].layer, layer) == 0) return &h->ranks[i];
    return NULL;
}

static int join(struct mc_method *out, const struct mc_method *a, const struct mc_method *b,
                struct mc_error *e) {
    *out = *a;
    out->rank += b->rank;
    out->alpha = out->rank;
    out->rslora = false;
    out->n_ranks = 0;
    const struct mc_method *const of[2] = {a, b};
    if (!(out->ranks = mc_new((size_t)(a->n_ranks + b->n_ranks), sizeof *out->ranks, e)))
        return MC_ERR_MEM;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < of[k]->n_ranks; i++) {
            char *layer = of[k]->ranks[i].layer;
            if (find_rank(out, layer)) continue;
            const struct mc_layer_rank *own[2] = {find_rank(a, layer), find_rank(b, layer)};
            int rank = (own[0] ? own[0]->rank : a->rank) + (own[1] ? own[1]->rank : b->rank);
            out->ranks[out->n_ranks++] = (struct mc_layer_rank){layer, rank, rank};
        }
    return 0;
}

static mc_val linear(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int a,
                     int b) {
    mc_val u = mc_plan_linear(p, mc_plan_dropout(p, x, (float)h->dropout), a, -1);
    u = mc_plan_scale(p, u, (float)scale(h, &p->table->p[a]));
    return mc_plan_add(p, mc_plan_linear(p, u, b, -1), y, 0);
}

static void fold(const struct mc_method *h, const struct mc_param *layer,
                 const struct mc_param *down, const float *a, const float *b, float *w) {
    int64_t rank = down->dim[0], out = layer->dim[0], in = layer->dim[1];
    double by = scale(h, down);
    for (int64_t i = 0; i < out; i++)
        for (int64_t j = 0; j < in; j++) {
            double s = 0;
            for (int64_t k = 0; k < rank; k++) s += (double)b[i * rank + k] * (double)a[k * in + j];
            w[i * in + j] = (float)((double)w[i * in + j] + by * s);
        }
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Targets are a set: they are written sorted, none twice.
static int write_targets(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    char **sorted = mc_new((size_t)h->n_targets, sizeof *sorted, e);
    if (!sorted) return MC_ERR_MEM;
    int rc = 0;
    for (int i = 0; i < h->n_targets; i++) sorted[i] = h->targets[i];
    qsort(sorted, (size_t)h->n_targets, sizeof *sorted, by_bytes);
    for (int i = 0; rc == 0 && i < h->n_targets; i++) {
        if (i && strcmp(sorted[i], sorted[i - 1]) == 0) continue;
        if (i) rc = mc_buf_add(out, ",", 1, e);
        if (rc == 0) rc = mc_json_string(out, sorted[i], e);
    }
    free(sorted);
    return rc;
}

static int write(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, ",\"r\":%d,\"alpha\":%.15g,\"dropout\":%.15g,\"targets\":[",
                         h->rank, h->alpha, h->dropout));
    MC_TRY(write_targets(h, out, e));
    MC_TRY(mc_buf_printf(out, e, "]%s", h->rslora ? ",\"rslora\":true" : ""));
    for (int i = 0; i < h->n_ranks; i++) {
        const struct mc_layer_rank *own = &h->ranks[i];
        MC_TRY(mc_buf_printf(out, e, "%s", i ? "," : ",\"maps\":{"));
        MC_TRY(mc_json_string(out, own->layer, e));
        MC_TRY(mc_buf_printf(out, e, ":{\"r\":%d,\"alpha\":%.15g}", own->rank, own->alpha));
    }
    return h->n_ranks ? mc_buf_add(out, "}", 1, e) : 0;
}

static bool read_scale(const json_t *o, int *rank, double *alpha) {
    json_int_t r = json_integer_value(json_object_get(o, "r"));
    *alpha = json_number_value(json_object_get(o, "alpha"));
    *rank = r < 1 || r > 1 << 20 ? 0 : (int)r;
    return *rank && *alpha > 0;
}

static int read_ranks(struct mc_method *h, json_t *ranks, struct mc_error *e) {
    size_t n = json_object_size(ranks);
    const char *name;
    json_t *v;
    if (n == 0) return 0;
    if (!(h->ranks = mc_new(n, sizeof *h->ranks, e))) return MC_ERR_MEM;
    json_object_foreach(ranks, name, v) {
        struct mc_layer_rank *own = &h->ranks[h->n_ranks];
        if (!read_scale(v, &own->rank, &own->alpha))
            return mc_fail(e, MC_ERR_INPUT, "mc.method: no rank and alpha of %s", name);
        if (!(own->layer = mc_strdup(name, e))) return MC_ERR_MEM;
        h->n_ranks++;
    }
    return 0;
}

static int read(struct mc_method *h, const void *json, struct mc_error *e) {
    const json_t *o = json, *list = json_object_get(o, "targets"), *v;
    h->dropout = json_number_value(json_object_get(o, "dropout"));
    h->rslora = json_is_true(json_object_get(o, "rslora"));
    size_t n = json_array_size(list), i;
    if (!read_scale(o, &h->rank, &h->alpha) || !(h->dropout >= 0 && h->dropout < 1) || n == 0)
        return mc_fail(e, MC_ERR_INPUT, "mc.method: no rank, alpha, dropout and targets of lora");
    if (!(h->targets = mc_new(n, sizeof *h->targets, e))) return MC_ERR_MEM;
    json_array_foreach((json_t *)list, i, v) {
        const char *s = json_string_value(v);
        if (!s) return mc_fail(e, MC_ERR_INPUT, "mc.method: a target that is no name");
        if (!(h->targets[h->n_targets++] = mc_strdup(s, e))) return MC_ERR_MEM;
    }
    return read_ranks(h, json_object_get(o, "maps"), e);
}

static bool has_target(const struct mc_method *h, const char *name) {
    for (int i = 0; i < h->n_targets; i++)
        if (strcmp(h->targets[i], name) == 0) return true;
    return false;
}

// Where --targets was not given: what the names of the layers of queries and values end in.
static int default_targets(struct mc_method *h, const struct mc_model *base, struct mc_error *e) {
    if (h->n_targets) return 0;
    if (!(h->targets = mc_new((size_t)base->table.n, sizeof *h->targets, e))) return MC_ERR_MEM;
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        char layer[MC_PARAM_NAME];
        bool wanted = p->is.role == MC_ROLE_QUERY || p->is.role == MC_ROLE_VALUE;
        if (!wanted || !body_layer(p, layer)) continue;
        const char *dot = strrchr(layer, '.'), *last = dot ? dot + 1 : layer;
        if (has_target(h, last)) continue;
        if (!(h->targets[h->n_targets] = mc_strdup(last, e))) return MC_ERR_MEM;
        h->n_targets++;
    }
    return 0;
}

static const struct mc_method_option OPTIONS[] = {
    {{"--rank", "R", "of lora", MC_OPTION_WHOLE, .fallback = 10, .min = 1, .max = 65536},
     .at = offsetof(struct mc_method, rank)},
    {{"--alpha", "X", "of lora: products are scaled by alpha / rank", MC_OPTION_REAL,
      .fallback = 16, .max = INFINITY, .above = true},
     .at = offsetof(struct mc_method, alpha)},
    {{"--targets", "A,B,...",
      "lora's linear maps, by name or what stands behind a dot; default: query,value, T5 q,v",
      .type = MC_OPTION_TEXT},
     .at = offsetof(struct mc_method, targets)},
    {{"--lora-dropout", "P", "of lora's input; also of a delta that is trained further",
      MC_OPTION_REAL, .max = 1, .below = true},
     .at = offsetof(struct mc_method, dropout),
     .further = true}};

const struct mc_method_class mc_method_lora = {
    .name = "lora",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
    .before_head = BEFORE,
    .defaults = default_targets,
    .table = table,
    .draw = draw,
    .names = names,
    .stores_instead = true,
    .check_pair = check_pair,
    .linear = linear,
    .fold = fold,
    .scale = scale,
    .join = join,
    .write = write,
    .read = read,
};

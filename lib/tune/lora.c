// LoRA (Hu et al. 2022): y + alpha/r B A x beside the linear maps whose last name is a target;
// PEFT's names.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mc/json.h"
#include "mc/method.h"
#include "mc/rng.h"

#define BEFORE "base_model.model."

// The map's name without ".weight", if its last component is a target and it is not in the head.
static bool is_target(const struct mc_method *h, const char *name, char map[MC_PARAM_NAME]) {
    size_t n = strlen(name), end = strlen(".weight");
    if (n <= end || strcmp(name + n - end, ".weight") != 0) return false;
    snprintf(map, MC_PARAM_NAME, "%.*s", (int)(n - end), name);
    const char *dot = strrchr(map, '.'), *last = dot ? dot + 1 : map;
    for (int i = 0; i < h->n_targets; i++)
        if (strcmp(last, h->targets[i]) == 0) return true;
    return false;
}

static bool names(const struct mc_method *h, const char *name, char a[MC_PARAM_NAME],
                  char b[MC_PARAM_NAME]) {
    char map[MC_PARAM_NAME];
    if (!is_target(h, name, map)) return false;
    int n = snprintf(a, MC_PARAM_NAME, BEFORE "%s.lora_A.weight", map);
    return n < MC_PARAM_NAME &&
           snprintf(b, MC_PARAM_NAME, BEFORE "%s.lora_B.weight", map) < MC_PARAM_NAME;
}

// The last names that linear maps of the body have, for an error.
static int no_target(const struct mc_model *base, struct mc_error *e) {
    char known[256] = "";
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        char map[MC_PARAM_NAME], pattern[MC_PARAM_NAME + 4];
        if (p->kind != MC_PARAM_MATRIX || strcmp(p->group, "head") == 0) continue;
        snprintf(map, sizeof map, "%.*s", (int)(strlen(p->name) - strlen(".weight")), p->name);
        const char *dot = strrchr(map, '.'), *last = dot ? dot + 1 : map;
        snprintf(pattern, sizeof pattern, " %s,", last);
        if (!strstr(known, pattern) && strlen(known) + strlen(pattern) < sizeof known)
            strcat(known, pattern);
    }
    size_t n = strlen(known);
    if (n) known[n - 1] = 0;
    return mc_fail(e, MC_ERR_USAGE, "--targets match no linear map; there are%s", known);
}

static int table(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    const struct mc_model *base = d->base;
    int found = 0;
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_param *p = &base->table.p[i];
        char a[MC_PARAM_NAME], b[MC_PARAM_NAME];
        if (p->kind != MC_PARAM_MATRIX || strcmp(p->group, "head") == 0) continue;
        if (!names(h, p->name, a, b)) continue;
        MC_TRY(mc_table_add(&d->table, MC_PARAM_MATRIX, h->rank, p->dim[1], p->group, e, "%s", a));
        MC_TRY(mc_table_add(&d->table, MC_PARAM_MATRIX, p->dim[0], h->rank, p->group, e, "%s", b));
        found++;
    }
    return found ? 0 : no_target(base, e);
}

// A uniform in +-1/sqrt(in), as PEFT draws it; B zero.
static void draw(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed) {
    (void)h;
    struct mc_rng r;
    bool a = strstr(p->name, ".lora_A.") != NULL;
    double bound = 1 / sqrt((double)p->dim[1]);
    mc_rng_init(&r, seed, MC_RNG_INIT, XXH32(p->name, strlen(p->name), 0));
    for (size_t i = 0; i < p->n; i++) w[i] = a ? (float)(bound * (2 * mc_rng_uniform(&r) - 1)) : 0;
}

static bool fits(const struct mc_method *h, const struct mc_param *map, const struct mc_param *a,
                 const struct mc_param *b) {
    return a->dim[0] == h->rank && a->dim[1] == map->dim[1] && b->dim[0] == map->dim[0] &&
           b->dim[1] == a->dim[0];
}

// What the product of a map is scaled by, told by the map's A.
static double scale(const struct mc_method *h, const struct mc_param *a) {
    (void)a;
    return h->alpha / h->rank;
}

static struct mc_method joined(const struct mc_method *a, const struct mc_method *b) {
    struct mc_method h = *a;
    h.rank += b->rank;
    h.alpha = h.rank;
    return h;
}

static mc_val linear(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int a,
                     int b) {
    mc_val u = mc_plan_linear(p, mc_plan_dropout(p, x, (float)h->dropout), a, -1);
    u = mc_plan_scale(p, u, (float)scale(h, &p->table->p[a]));
    return mc_plan_add(p, mc_plan_linear(p, u, b, -1), y, 0);
}

static void fold(const struct mc_method *h, const struct mc_param *p, const float *a,
                 const float *b, int64_t out, int64_t in, float *w) {
    double by = scale(h, p);
    int64_t r = p->dim[0];
    for (int64_t i = 0; i < out; i++)
        for (int64_t j = 0; j < in; j++) {
            double s = 0;
            for (int64_t k = 0; k < r; k++) s += (double)b[i * r + k] * (double)a[k * in + j];
            w[i * in + j] = (float)((double)w[i * in + j] + by * s);
        }
}

static int write(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, ",\"r\":%d,\"alpha\":%.15g,\"dropout\":%.15g,\"targets\":[",
                         h->rank, h->alpha, h->dropout));
    for (int i = 0; i < h->n_targets; i++) {
        if (i) MC_TRY(mc_buf_add(out, ",", 1, e));
        MC_TRY(mc_json_string(out, h->targets[i], e));
    }
    return mc_buf_add(out, "]", 1, e);
}

static int read(struct mc_method *h, const void *json, struct mc_error *e) {
    const json_t *o = json, *list = json_object_get(o, "targets"), *v;
    json_int_t r = json_integer_value(json_object_get(o, "r"));
    h->alpha = json_number_value(json_object_get(o, "alpha"));
    h->dropout = json_number_value(json_object_get(o, "dropout"));
    size_t n = json_array_size(list), i;
    if (r < 1 || r > 1 << 20 || !(h->alpha > 0) || !(h->dropout >= 0 && h->dropout < 1) || n == 0)
        return mc_fail(e, MC_ERR_INPUT, "mc.method: no rank, alpha, dropout and targets of lora");
    h->rank = (int)r;
    if (!(h->targets = mc_new(n, sizeof *h->targets, e))) return MC_ERR_MEM;
    json_array_foreach((json_t *)list, i, v) {
        const char *s = json_string_value(v);
        if (!s) return mc_fail(e, MC_ERR_INPUT, "mc.method: a target that is no name");
        if (!(h->targets[h->n_targets++] = mc_strdup(s, e))) return MC_ERR_MEM;
    }
    return 0;
}

const struct mc_method_class mc_method_lora = {.name = "lora",
                                               .table = table,
                                               .draw = draw,
                                               .names = names,
                                               .fits = fits,
                                               .linear = linear,
                                               .write = write,
                                               .read = read,
                                               .fold = fold,
                                               .scale = scale,
                                               .joined = joined};

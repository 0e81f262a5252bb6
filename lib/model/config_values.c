// Numbers and words of a config.json: read with their defaults and bounds, and replaced.
#include <string.h>

#include "arch.h"

int mc_json_int(const json_t *o, const char *key, int fallback, int min, int max, int *out,
                struct mc_error *e) {
    const json_t *v = json_object_get(o, key);
    bool given = v && !json_is_null(v);
    json_int_t x = given ? json_integer_value(v) : fallback;
    if (given && !json_is_integer(v)) x = (json_int_t)min - 1;
    if (x < min || x > max) // a default too: its bounds may come from other keys
        return mc_fail(e, MC_ERR_INPUT, "config: %s%s is no whole number from %d to %d", key,
                       given ? "" : ", by default,", min, max);
    *out = (int)x;
    return 0;
}

int mc_json_real(const json_t *o, const char *key, double fallback, double min, double max,
                 double *out, struct mc_error *e) {
    const json_t *v = json_object_get(o, key);
    *out = fallback;
    if (!v || json_is_null(v)) return 0;
    double x = json_number_value(v);
    if (!json_is_number(v) || !(x >= min && x <= max))
        return mc_fail(e, MC_ERR_INPUT, "config: %s is no number from %g to %g", key, min, max);
    *out = x;
    return 0;
}

int mc_json_word(const json_t *o, const char *key, const char *fallback, const char **out,
                 struct mc_error *e) {
    const json_t *v = json_object_get(o, key);
    *out = fallback;
    if (!v || json_is_null(v)) return 0;
    if (!json_is_string(v)) return mc_fail(e, MC_ERR_INPUT, "config: %s is no string", key);
    *out = json_string_value(v);
    return 0;
}

static const struct {
    const char *name;
    enum mc_act act;
} ACT[] = {
    {"gelu", MC_ACT_GELU},
    {"gelu_new", MC_ACT_GELU_NEW},
    {"gelu_pytorch_tanh", MC_ACT_GELU_NEW},
    {"relu", MC_ACT_RELU},
};

const char *mc_act_name(enum mc_act a) {
    for (size_t i = 0; i < sizeof ACT / sizeof *ACT; i++)
        if (ACT[i].act == a) return ACT[i].name;
    return "?";
}

bool mc_act_find(const char *name, enum mc_act *out) {
    for (size_t i = 0; i < sizeof ACT / sizeof *ACT; i++)
        if (strcmp(ACT[i].name, name) == 0) {
            *out = ACT[i].act;
            return true;
        }
    return false;
}

int mc_json_act(const json_t *o, const char *key, const char *fallback, enum mc_act *out,
                struct mc_error *e) {
    const char *name;
    MC_TRY(mc_json_word(o, key, fallback, &name, e));
    if (mc_act_find(name, out)) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "config: %s '%s' is not known (known: gelu, gelu_new, gelu_pytorch_tanh, relu)",
                   key, name);
}

int mc_json_put(json_t *o, const char *key, json_t *v, bool *changed, struct mc_error *e) {
    bool same = v && json_equal(json_object_get(o, key), v);
    *changed |= !same;
    if (same) {
        json_decref(v);
        return 0;
    }
    return json_object_set_new(o, key, v) == 0 ? 0 : mc_fail(e, MC_ERR_MEM, "no memory");
}

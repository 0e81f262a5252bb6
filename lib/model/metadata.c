// What the metadata of a document say that it is: a delta or not, its role, its base and method.
#include <stdio.h>
#include <string.h>

#include "mc/json.h"
#include "model_impl.h"

bool mc_is_delta(const struct mc_doc *d) {
    const char *kind = mc_doc_get(d, "mc.kind");
    return kind && strcmp(kind, "delta") == 0;
}

bool mc_has_role(const struct mc_doc *d, const char *role) {
    const char *is = mc_doc_get(d, "mc.role");
    return strcmp(is ? is : "point", role) == 0;
}

int mc_delta_base(const struct mc_doc *d, const char **digest, struct mc_error *e) {
    *digest = mc_doc_get(d, "mc.base");
    if (!*digest) return mc_fail(e, MC_ERR_INPUT, "a delta that names no base (mc.base)");
    if (mc_is_digest(*digest)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "a delta whose mc.base is no digest");
}

int mc_delta_method_text(const struct mc_model *m, const char **text, struct mc_error *e) {
    *text = mc_doc_get(&m->meta, "mc.method");
    return *text ? 0 : mc_fail(e, MC_ERR_INPUT, "a delta without its method (mc.method)");
}

int mc_delta_method_name(const char *text, char out[MC_PARAM_NAME], struct mc_error *e) {
    json_error_t je;
    json_t *o;
    if (mc_json_load(&o, text, strlen(text), 0, MC_JSON_CONFIG, &je, e) < 0)
        return mc_fail_in(e, "mc.method");
    const char *name = json_string_value(json_object_get(o, "name"));
    snprintf(out, MC_PARAM_NAME, "%s", name ? name : "");
    json_decref(o);
    return name != NULL;
}

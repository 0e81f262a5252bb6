// JSON files of a tokenizer's directory, and strict readers of their values.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tok.h"

enum { MAX_BYTES = 1 << 28 };

bool tok_has_file(const char *dir, const char *name) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

int tok_json_load(const char *dir, const char *name, json_t **out, struct mc_error *e) {
    *out = NULL;
    struct mc_buf path = {0}, text = {0};
    int rc = mc_buf_printf(&path, e, "%s/%s", dir, name);
    if (rc < 0) goto done;
    if (access(path.p, F_OK) != 0 && errno == ENOENT) goto done;
    MC_TRY_DONE(mc_buf_read_file(&text, path.p, MAX_BYTES, e));
    json_error_t je;
    rc = mc_json_load(out, text.p, text.n, JSON_DECODE_INT_AS_REAL, MC_JSON_LONG, &je, e);
    if (rc < 0)
        mc_fail_in(e, "%s", path.p);
    else if (!json_is_object(*out))
        rc = mc_fail(e, MC_ERR_INPUT, "%s: no JSON object", path.p);
    if (rc < 0) {
        json_decref(*out);
        *out = NULL;
    }
done:
    mc_buf_release(&path);
    mc_buf_release(&text);
    return rc;
}

bool tok_json_int(const json_t *j, int64_t lo, int64_t hi, int64_t *out) {
    if (!json_is_number(j)) return false;
    double v = json_number_value(j);
    if (!(v >= (double)lo && v <= (double)hi) || v != floor(v)) return false;
    *out = (int64_t)v;
    return true;
}

int tok_json_bool(const json_t *o, const char *key, bool def, const char *where, bool *out,
                  struct mc_error *e) {
    const json_t *v = json_object_get(o, key);
    *out = v ? json_is_true(v) : def;
    if (v && !json_is_boolean(v))
        return mc_fail(e, MC_ERR_INPUT, "%s: %s is neither true nor false", where, key);
    return 0;
}

const char *tok_json_str(const json_t *o, const char *key) {
    return json_string_value(json_object_get(o, key));
}

int tok_json_type(const char *part, const json_t *o, const char *want, struct mc_error *e) {
    const char *type = tok_json_str(o, "type");
    if (type && strcmp(type, want) == 0) return 0;
    if (!type) type = !o || json_is_null(o) ? "null" : "of no type";
    return mc_fail(e, MC_ERR_INPUT, "%s %s is not supported", part, type);
}

// config.json as text: parsed, and changed so that it says what the tensors and labels are. A text
// that needs no change is passed on byte for byte. Also the search in the table of architectures.
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "mc/utf8.h"

int mc_arch_find(const char *type, const struct mc_arch **out, struct mc_error *e) {
    char known[256] = "";
    for (int i = 0; mc_architectures[i]; i++) {
        if (strcmp(mc_architectures[i]->type, type) == 0) {
            *out = mc_architectures[i];
            return 0;
        }
        strncat(known, i ? ", " : "", sizeof known - strlen(known) - 1);
        strncat(known, mc_architectures[i]->type, sizeof known - strlen(known) - 1);
    }
    return mc_fail(e, MC_ERR_INPUT, "config: model_type '%s' is not known (known: %s)", type,
                   known);
}

static bool begins_with(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

const struct mc_arch *mc_arch_of_tensor(const char *name) {
    for (int i = 0; mc_architectures[i]; i++)
        if (begins_with(name, mc_architectures[i]->unique_prefix)) return mc_architectures[i];
    return NULL;
}

static json_t *load(const char *text, struct mc_error *e) {
    json_error_t je;
    json_t *o;
    if (mc_json_load(&o, text, strlen(text), JSON_REJECT_DUPLICATES, MC_JSON_CONFIG, &je, e) < 0) {
        mc_fail_in(e, "config");
        return NULL;
    }
    if (json_is_object(o)) return o;
    mc_fail(e, MC_ERR_INPUT, "config: line 1: not an object");
    json_decref(o);
    return NULL;
}

int mc_config_parse(struct mc_config *c, const char *text, struct mc_error *e) {
    *c = (struct mc_config){0};
    json_t *o = load(text, e);
    if (!o) return e->code;
    const char *type;
    int rc;
    MC_TRY_DONE(mc_json_word(o, "model_type", NULL, &type, e));
    if (!type) {
        rc = mc_fail(e, MC_ERR_INPUT, "config: no model_type (bert, roberta or t5)");
        goto done;
    }
    MC_TRY_DONE(mc_arch_find(type, &c->arch, e));
    rc = c->arch->config(c, o, e);
done:
    json_decref(o);
    return rc;
}

int mc_config_lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) {
    return c->arch->lines(c, out, e);
}

// Sets problem_type where it stands and is another than that of the head: transformers chooses the
// loss by it.
static int set_problem_type(json_t *o, int n, bool *changed, struct mc_error *e) {
    const char *is = json_string_value(json_object_get(o, "problem_type"));
    const char *want = n == 1 ? "regression" : "single_label_classification";
    return is && strcmp(is, want) != 0
               ? mc_json_put(o, "problem_type", json_string(want), changed, e)
               : 0;
}

static int set_labels(const struct mc_config *c, json_t *o, char *const *labels, int n,
                      bool *changed, struct mc_error *e) {
    MC_TRY(mc_json_put(o, "architectures",
                       json_pack("[s]", n        ? c->arch->class_name
                                        : c->mlm ? c->arch->mlm_class
                                                 : c->arch->base_class),
                       changed, e));
    if (c->arch->update_json) MC_TRY(c->arch->update_json(c, o, changed, e));
    if (n == 0) return 0;
    json_t *id2label = json_object(), *label2id = json_object();
    bool full = true;
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        full &= json_object_set_new(id2label, id, json_string(labels[i])) == 0 &&
                json_object_set_new(label2id, labels[i], json_integer(i)) == 0;
    }
    if (!full) {
        json_decref(id2label);
        json_decref(label2id);
        for (int i = 0; i < n; i++)
            if (!mc_utf8_name(labels[i], strlen(labels[i])))
                return mc_fail(e, MC_ERR_INPUT, "label '%s' is not UTF-8", labels[i]);
        return mc_fail(e, MC_ERR_MEM, "no memory");
    }
    // num_labels is written only where it stood: transformers derives it from id2label
    if (json_object_get(o, "num_labels"))
        MC_TRY(mc_json_put(o, "num_labels", json_integer(n), changed, e));
    MC_TRY(mc_json_put(o, "id2label", id2label, changed, e));
    MC_TRY(mc_json_put(o, "label2id", label2id, changed, e));
    return set_problem_type(o, n, changed, e);
}

static int dump(const json_t *o, struct mc_buf *out, struct mc_error *e) {
    char *s = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(16));
    int rc = s ? mc_buf_add(out, s, strlen(s), e) : mc_fail(e, MC_ERR_MEM, "no memory");
    free(s);
    return rc;
}

int mc_config_has_type(const char *text, bool *has_type, struct mc_error *e) {
    json_t *o = load(text, e);
    if (!o) return e->code;
    const json_t *type = json_object_get(o, "model_type");
    *has_type = type && !json_is_null(type);
    json_decref(o);
    return 0;
}

int mc_config_dtype(const char *text, const char *dtype, struct mc_buf *out, struct mc_error *e) {
    static const char *const keys[] = {"dtype", "torch_dtype"};
    json_t *o = load(text, e);
    if (!o) return e->code;
    bool changed = false;
    int rc = 0;
    for (int i = 0; rc == 0 && i < 2; i++) {
        const json_t *v = json_object_get(o, keys[i]);
        if (v && !json_is_null(v)) rc = mc_json_put(o, keys[i], json_string(dtype), &changed, e);
    }
    if (rc == 0) rc = changed ? dump(o, out, e) : mc_buf_add(out, text, strlen(text), e);
    json_decref(o);
    return rc;
}

int mc_config_put(const char *text, const char *key, const char *value, bool number,
                  struct mc_buf *out, struct mc_error *e) {
    json_t *o = load(text, e);
    if (!o) return e->code;
    bool changed = false;
    int rc = mc_json_put(o, key, number ? json_integer(atoll(value)) : json_string(value), &changed,
                         e);
    if (rc == 0) rc = dump(o, out, e);
    json_decref(o);
    return rc;
}

int mc_config_set_labels(const struct mc_config *c, const char *text, char *const *labels,
                         int n_labels, struct mc_buf *out, struct mc_error *e) {
    json_t *o = load(text, e);
    if (!o) return e->code;
    bool changed = false;
    int rc = set_labels(c, o, labels, n_labels, &changed, e);
    if (rc == 0) rc = changed ? dump(o, out, e) : mc_buf_add(out, text, strlen(text), e);
    json_decref(o);
    return rc;
}

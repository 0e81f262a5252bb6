// The head of a directory's model: whether it is one for classes or for one number, as config.json
// tells by its class and problem type, and the names of its outputs.
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "mc/json.h"
#include "mc/num.h"
#include "mc/tokens.h"

static int load(const struct import *x, const char *config, json_t **o, struct mc_error *e) {
    json_error_t je;
    int rc = mc_json_load(o, config, strlen(config), 0, MC_JSON_CONFIG, &je, e);
    return rc < 0 ? mc_fail_in(e, "%s/config.json", x->dir) : 0;
}

// Whether the loss of a problem type is that which a head of n outputs has here: the squared error
// of one, the cross entropy of more.
static bool problem_fits(const char *type, int64_t n) {
    if (!type) return true;
    return strcmp(type, n == 1 ? "regression" : "single_label_classification") == 0;
}

int mc_import_judge_head(struct import *x, const char *config, struct mc_error *e) {
    const struct mc_arch *a = x->m->config.arch;
    json_t *o;
    MC_TRY(load(x, config, &o, e));
    const char *class = json_string_value(json_array_get(json_object_get(o, "architectures"), 0));
    const char *problem = json_string_value(json_object_get(o, "problem_type"));
    if (class) snprintf(x->class_name, sizeof x->class_name, "%s", class);
    bool known = !class || strcmp(class, a->class_name) == 0 || strcmp(class, a->base_class) == 0;
    if (!a->text_to_text && !known)
        snprintf(x->other_task, sizeof x->other_task, "a %s's", x->class_name);
    else if (x->head_rows && !problem_fits(problem, x->head_rows))
        snprintf(x->other_task, sizeof x->other_task, "of problem_type %.60s, %lld outputs",
                 problem, (long long)x->head_rows);
    json_decref(o);
    bool has_head = x->head_rows || (x->in_body && x->beside_body && !x->m->config.mlm);
    if (x->other_task[0] && has_head)
        mc_note(x->log, "%s: its head is %s: left out%s", x->dir, x->other_task,
                x->o->n_labels ? ""
                : x->has_mlm   ? " (--keep-heads keeps it; --labels A,B,... draws one for classes)"
                               : " (--labels A,B,... draws one for classes)");
    if (x->other_task[0]) x->head_rows = 0;
    return 0;
}

// A name may be written as a number, or true and false.
static char *label_text(const json_t *v, struct mc_error *e) {
    char number[32];
    if (json_is_string(v)) return mc_strdup(json_string_value(v), e);
    if (json_is_boolean(v)) return mc_strdup(json_is_true(v) ? "true" : "false", e);
    snprintf(number, sizeof number, json_is_integer(v) ? "%.0f" : "%.9g", json_number_value(v));
    return mc_strdup(number, e);
}

static bool is_name(const json_t *v) {
    return json_is_string(v) || json_is_number(v) || json_is_boolean(v);
}

static int config_labels(const struct import *x, const char *config, int n, char **out,
                         struct mc_error *e) {
    json_t *o;
    MC_TRY(load(x, config, &o, e));
    const json_t *map = json_object_get(o, "id2label");
    int rc = 0, named = (int)json_object_size(map);
    for (int i = 0; i < n; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        if (!is_name(json_object_get(map, key)) && named == n) named = -1;
    }
    if (named > 0 && named != n)
        mc_note(x->log,
                "%s/config.json: id2label names %d, the head has %d output%s: LABEL_0, ... "
                "(--labels names them)",
                x->dir, named, n, mc_s(n));
    if (named < 0)
        mc_note(x->log,
                "%s/config.json: id2label does not name outputs 0 to %d: LABEL_0, ... "
                "(--labels names them)",
                x->dir, n - 1);
    for (int i = 0; rc == 0 && i < n; i++) {
        char key[16], name[32];
        snprintf(key, sizeof key, "%d", i);
        snprintf(name, sizeof name, "LABEL_%d", i);
        out[i] = named == n ? label_text(json_object_get(map, key), e) : mc_strdup(name, e);
        if (!out[i]) rc = MC_ERR_MEM;
    }
    json_decref(o);
    return rc;
}

int mc_import_labels(struct import *x, const char *config, struct mc_error *e) {
    const struct mc_import *o = x->o;
    if (x->head_rows == 0) return mc_model_set_labels(x->m, o->labels, o->n_labels, e);
    if (x->head_rows > 1 << 20)
        return mc_fail(e, MC_ERR_INPUT, "%s: a head of %lld outputs", x->dir,
                       (long long)x->head_rows);
    int n = (int)x->head_rows;
    if (o->n_labels && o->n_labels != n)
        return mc_fail(e, MC_ERR_INPUT, "%s: --labels names %d, the head has %d output%s", x->dir,
                       o->n_labels, n, mc_s(n));
    if (o->n_labels) return mc_model_set_labels(x->m, o->labels, n, e);
    char **names = mc_new((size_t)n, sizeof *names, e);
    if (!names) return MC_ERR_MEM;
    int rc = config_labels(x, config, n, names, e);
    if (rc == 0 && (rc = mc_model_set_labels(x->m, names, n, e)) == MC_ERR_INPUT)
        mc_fail_in(e, "%s/config.json: id2label (--labels names the outputs)", x->dir);
    mc_labels_free(names, n);
    return rc;
}

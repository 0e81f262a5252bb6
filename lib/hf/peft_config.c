// adapter_config.json of PEFT: read, checked key by key, and which modules of a model it means.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <math.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dir.h"
#include "peft.h"

// --- reading

// Keys that are read here, and keys that do not change what the adapter computes: they tell of
// training, of how it began, of the hub.
static const char *const LORA_KEY[] = {"peft_type",
                                       "task_type",
                                       "r",
                                       "lora_alpha",
                                       "lora_dropout",
                                       "use_rslora",
                                       "bias",
                                       "target_modules",
                                       "exclude_modules",
                                       "rank_pattern",
                                       "alpha_pattern",
                                       "modules_to_save",
                                       "layers_pattern",
                                       "init_lora_weights",
                                       "layers_to_transform",
                                       "inference_mode",
                                       "auto_mapping",
                                       "base_model_name_or_path",
                                       "revision",
                                       "peft_version",
                                       "fan_in_fan_out", // of a Conv1D, which no model here has
                                       "megatron_core",
                                       "eva_config",
                                       "qalora_group_size",
                                       "runtime_config",
                                       NULL};
static const char *const PREFIX_KEY[] = {"peft_type",
                                         "task_type",
                                         "num_virtual_tokens",
                                         "token_dim",
                                         "num_layers",
                                         "num_attention_heads",
                                         "num_transformer_submodules",
                                         "encoder_hidden_size",
                                         "prefix_projection", // what is stored is its result
                                         "modules_to_save",
                                         "init_weights",
                                         "inference_mode",
                                         "auto_mapping",
                                         "base_model_name_or_path",
                                         "revision",
                                         "peft_version",
                                         NULL};

static bool is_empty(const json_t *v) {
    return !v || json_is_null(v) || json_is_false(v) ||
           (json_is_string(v) && *json_string_value(v) == 0) ||
           (json_is_array(v) && json_array_size(v) == 0) ||
           (json_is_object(v) && json_object_size(v) == 0);
}

static int check_keys(const struct mc_peft *c, const char *const *known, struct mc_error *e) {
    const char *key;
    json_t *v;
    json_object_foreach(c->o, key, v) {
        bool ours = is_empty(v);
        for (int i = 0; !ours && known[i]; i++) ours = strcmp(key, known[i]) == 0;
        if (!ours) return mc_fail_file(e, MC_ERR_INPUT, c->path, "%s is not supported", key);
    }
    return 0;
}

static int bad(const struct mc_peft *c, const char *key, const char *what, struct mc_error *e) {
    return mc_fail_file(e, MC_ERR_INPUT, c->path, "%s is %s", key, what);
}

static int read_number(const struct mc_peft *c, const char *key, double least, double *out,
                       struct mc_error *e) {
    const json_t *v = json_object_get(c->o, key);
    if (v && !json_is_number(v)) return bad(c, key, "no number", e);
    if (v) *out = json_number_value(v);
    return *out >= least && isfinite(*out) ? 0 : bad(c, key, "out of range", e);
}

static int read_count(const struct mc_peft *c, const char *key, int *out, struct mc_error *e) {
    const json_t *v = json_object_get(c->o, key);
    json_int_t n = v ? json_integer_value(v) : *out;
    if (n < 1 || n > 1 << 20) return bad(c, key, "no count", e);
    *out = (int)n;
    return 0;
}

// Nothing, a string, or a list of them.
static int check_names(const struct mc_peft *c, const char *key, struct mc_error *e) {
    const json_t *v = json_object_get(c->o, key);
    size_t i;
    bool fine = !v || json_is_null(v) || json_is_string(v) || json_is_array(v);
    for (i = 0; json_is_array(v) && i < json_array_size(v); i++)
        fine = fine && json_is_string(json_array_get(v, i));
    return fine ? 0 : bad(c, key, "neither a string nor a list of strings", e);
}

// Some ways to begin a LoRA subtract its first product from the base's weights: those are refused.
static int check_start(const struct mc_peft *c, struct mc_error *e) {
    static const char *const fine[] = {"gaussian", "orthogonal", "eva", "mica"};
    const char *s = json_string_value(json_object_get(c->o, "init_lora_weights"));
    if (!s) return 0;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (strcmp(s, fine[i]) == 0) return 0;
    return mc_fail_file(e, MC_ERR_INPUT, c->path,
                        "init_lora_weights '%s' is not supported: it changes the base's weights",
                        s);
}

static int read_lora(struct mc_peft *c, struct mc_error *e) {
    static const char *const names[] = {"target_modules", "exclude_modules", "modules_to_save",
                                        "layers_pattern"};
    MC_TRY(check_keys(c, LORA_KEY, e));
    c->rank = 8; // PEFT's defaults
    c->alpha = 8;
    MC_TRY(read_count(c, "r", &c->rank, e));
    MC_TRY(read_number(c, "lora_alpha", 0, &c->alpha, e));
    MC_TRY(read_number(c, "lora_dropout", 0, &c->dropout, e));
    if (c->alpha <= 0) return bad(c, "lora_alpha", "0", e);
    if (c->dropout >= 1) return bad(c, "lora_dropout", "not below 1", e);
    c->rslora = json_is_true(json_object_get(c->o, "use_rslora"));
    const json_t *bias = json_object_get(c->o, "bias");
    if (bias && (!json_is_string(bias) || strcmp(json_string_value(bias), "none") != 0))
        return mc_fail_file(e, MC_ERR_INPUT, c->path, "bias '%s' is not supported",
                            json_is_string(bias) ? json_string_value(bias) : "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) MC_TRY(check_names(c, names[i], e));
    if (is_empty(json_object_get(c->o, "target_modules")))
        return mc_fail_file(e, MC_ERR_INPUT, c->path, "no target_modules");
    return check_start(c, e);
}

static int read_prefix(struct mc_peft *c, struct mc_error *e) {
    MC_TRY(check_keys(c, PREFIX_KEY, e));
    MC_TRY(check_names(c, "modules_to_save", e));
    return read_count(c, "num_virtual_tokens", &c->n_virtual, e);
}

int mc_peft_read(struct mc_peft *c, const char *path, const char *text, struct mc_error *e) {
    *c = (struct mc_peft){.path = path};
    json_error_t je;
    int rc = mc_json_load(&c->o, text, strlen(text), JSON_REJECT_DUPLICATES, MC_JSON_ADAPTER, &je,
                          e);
    if (rc < 0) return mc_fail_in_file(e, "%s", path);
    const char *type = json_string_value(json_object_get(c->o, "peft_type")),
               *task = json_string_value(json_object_get(c->o, "task_type"));
    c->classifies = task && strcmp(task, "SEQ_CLS") == 0;
    if (!type) return mc_fail_file(e, MC_ERR_INPUT, path, "no peft_type");
    if (strcmp(type, "LORA") == 0) {
        c->method = "lora";
        return read_lora(c, e);
    }
    if (strcmp(type, "PREFIX_TUNING") == 0) {
        c->method = "prefix";
        return read_prefix(c, e);
    }
    return mc_fail_file(e, MC_ERR_INPUT, path,
                        "peft_type %s is not supported (LORA, PREFIX_TUNING)", type);
}

void mc_peft_release(struct mc_peft *c) {
    json_decref(c->o);
    *c = (struct mc_peft){0};
}

// --- patterns: Python's regular expressions

// Steps of a match, and bytes of a pattern: those that people write for names of modules need some
// hundred of either; the next nested repetition would take hours.
enum { STEPS = 20000, PATTERN_MAX = 4096 };

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *bounds;
};

static void drop_pattern(struct pattern *p) {
    pcre2_match_context_free(p->bounds);
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
}

// From the start of a name as re.match, or all of it as re.fullmatch.
static int make_pattern(struct pattern *p, const struct mc_peft *c, const char *key,
                        const char *text, bool whole, struct mc_error *e) {
    int code = 0;
    PCRE2_SIZE at;
    uint32_t how = PCRE2_ANCHORED | PCRE2_UTF | PCRE2_UCP | (whole ? PCRE2_ENDANCHORED : 0);
    *p = (struct pattern){0};
    if (strlen(text) > PATTERN_MAX)
        return mc_fail_file(e, MC_ERR_INPUT, c->path, "%s: a pattern of %zu bytes", key,
                            strlen(text));
    p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, how, &code, &at, NULL);
    if (!p->code && code == PCRE2_ERROR_HEAP_FAILED) return mc_fail(e, MC_ERR_MEM, "no memory");
    if (!p->code)
        return mc_fail_file(e, MC_ERR_INPUT, c->path, "%s: '%s' is no pattern", key, text);
    p->match = pcre2_match_data_create_from_pattern(p->code, NULL);
    p->bounds = pcre2_match_context_create(NULL);
    if (p->bounds) pcre2_set_match_limit(p->bounds, STEPS);
    if (p->match && p->bounds) return 0;
    drop_pattern(p);
    return mc_fail(e, MC_ERR_MEM, "no memory");
}

static int match_pattern(const struct pattern *p, const struct mc_peft *c, const char *key,
                         const char *name, bool *yes, struct mc_error *e) {
    int rc = pcre2_match(p->code, (PCRE2_SPTR)name, strlen(name), 0, 0, p->match, p->bounds);
    *yes = rc >= 0;
    if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH) return 0;
    if (rc == PCRE2_ERROR_NOMEMORY) return mc_fail(e, MC_ERR_MEM, "no memory");
    return mc_fail_file(e, MC_ERR_INPUT, c->path, "%s: a pattern %s", key,
                        rc == PCRE2_ERROR_MATCHLIMIT ? "takes too many steps"
                                                     : "cannot be matched");
}

// Adds to hit the names that before, pattern, after match.
static int mark_matches(const struct mc_peft *c, const char *key, const char *before,
                        const char *pattern, const char *after, bool whole, const char *const *name,
                        int n, bool *hit, struct mc_error *e) {
    struct mc_buf text = {0};
    struct pattern p = {0};
    int rc = mc_buf_printf(&text, e, "%s%s%s", before, pattern, after);
    if (rc == 0) rc = make_pattern(&p, c, key, text.p, whole, e);
    mc_buf_release(&text);
    MC_TRY(rc);
    for (int i = 0; rc == 0 && i < n; i++) {
        bool yes;
        rc = match_pattern(&p, c, key, name[i], &yes, e);
        if (rc == 0 && yes) hit[i] = true;
    }
    drop_pattern(&p);
    return rc;
}

// --- which modules

// The k-th of a list of strings, or a string alone; NULL behind the last.
static const char *string_at(const json_t *v, size_t k) {
    return json_is_array(v) ? json_string_value(json_array_get(v, k))
           : k == 0         ? json_string_value(v)
                            : NULL;
}

static bool has_end(const char *name, const char *end) {
    size_t n = strlen(name), k = strlen(end);
    return mc_hf_ends_with(name, end) && (n == k || name[n - k - 1] == '.');
}

// Names that end with one of a list, or that a pattern matches whole.
static int choose_names(const struct mc_peft *c, const char *key, const char *const *name, int n,
                        bool *hit, struct mc_error *e) {
    const json_t *v = json_object_get(c->o, key);
    const char *s;
    if (json_is_string(v))
        return mark_matches(c, key, "", string_at(v, 0), "", true, name, n, hit, e);
    for (size_t k = 0; (s = string_at(v, k)); k++)
        for (int i = 0; i < n; i++)
            if (has_end(name[i], s)) hit[i] = true;
    return 0;
}

// The numbers of the layers that the names are in, by the first pattern that matches; -1: none.
static int find_layers(const struct mc_peft *c, const char *before, const char *pattern,
                       const char *const *name, int n, int *layer, struct mc_error *e) {
    struct mc_buf text = {0};
    struct pattern p = {0};
    int rc = mc_buf_printf(&text, e, "%s%s\\.(?P<idx>\\d+)\\.", before, pattern);
    if (rc == 0) rc = make_pattern(&p, c, "layers_pattern", text.p, false, e);
    mc_buf_release(&text);
    MC_TRY(rc);
    for (int i = 0; rc == 0 && i < n; i++) {
        bool yes;
        PCRE2_UCHAR digits[16];
        PCRE2_SIZE size = sizeof digits;
        rc = match_pattern(&p, c, "layers_pattern", name[i], &yes, e);
        if (rc < 0 || !yes || layer[i] >= 0) continue;
        if (pcre2_substring_copy_byname(p.match, (PCRE2_SPTR) "idx", digits, &size) == 0)
            layer[i] = (int)strtol((char *)digits, NULL, 10);
    }
    drop_pattern(&p);
    return rc;
}

static bool has_layer(const json_t *wanted, int layer) {
    if (json_is_integer(wanted)) return json_integer_value(wanted) == layer;
    for (size_t k = 0; k < json_array_size(wanted); k++)
        if (json_integer_value(json_array_get(wanted, k)) == layer) return true;
    return false;
}

// Takes back what layers_to_transform leaves out.
static int keep_layers(const struct mc_peft *c, const char *const *name, int n, bool *yes,
                       struct mc_error *e) {
    const json_t *wanted = json_object_get(c->o, "layers_to_transform"),
                 *patterns = json_object_get(c->o, "layers_pattern");
    if (!json_is_integer(wanted) && is_empty(wanted)) return 0;
    int *layer = mc_new((size_t)n, sizeof *layer, e);
    if (!layer) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) layer[i] = -1;
    int rc = is_empty(patterns) ? find_layers(c, ".*?\\.", "[^.]*", name, n, layer, e) : 0;
    const char *s;
    for (size_t k = 0; rc == 0 && !is_empty(patterns) && (s = string_at(patterns, k)); k++)
        rc = find_layers(c, "(?:^|.*?\\.)", s, name, n, layer, e);
    for (int i = 0; i < n; i++) yes[i] = yes[i] && layer[i] >= 0 && has_layer(wanted, layer[i]);
    free(layer);
    return rc;
}

// Takes back what exclude_modules names and what modules_to_save stores.
static int leave_out(const struct mc_peft *c, const char *const *name, int n, bool *yes,
                     struct mc_error *e) {
    bool *out = mc_new((size_t)n, sizeof *out, e);
    if (!out) return MC_ERR_MEM;
    const json_t *saved = json_object_get(c->o, "modules_to_save");
    int rc = is_empty(json_object_get(c->o, "exclude_modules"))
                 ? 0
                 : choose_names(c, "exclude_modules", name, n, out, e);
    const char *s;
    for (size_t k = 0; rc == 0 && (s = string_at(saved, k)); k++)
        rc = mark_matches(c, "modules_to_save", "(^|.*\\.)", s, "($|\\..*)", false, name, n, out,
                          e);
    if (rc == 0 && c->classifies)
        rc = mark_matches(c, "modules_to_save", "(^|.*\\.)", "(classifier|score)", "($|\\..*)",
                          false, name, n, out, e);
    for (int i = 0; i < n; i++) yes[i] = yes[i] && !out[i];
    free(out);
    return rc;
}

static bool all_linear(const json_t *v) {
    return json_is_string(v) && strcasecmp(json_string_value(v), "all-linear") == 0;
}

int mc_peft_targets(const struct mc_peft *c, const char *const *module, const bool *linear, int n,
                    bool *yes, struct mc_error *e) {
    if (all_linear(json_object_get(c->o, "target_modules")))
        for (int i = 0; i < n; i++) yes[i] = linear[i];
    else
        MC_TRY(choose_names(c, "target_modules", module, n, yes, e));
    MC_TRY(keep_layers(c, module, n, yes, e));
    return leave_out(c, module, n, yes, e);
}

const json_t *mc_peft_target_list(const struct mc_peft *c) {
    const json_t *v = json_object_get(c->o, "target_modules"),
                 *layers = json_object_get(c->o, "layers_to_transform");
    bool narrowed = json_is_integer(layers) || (layers && !is_empty(layers)) ||
                    !is_empty(json_object_get(c->o, "exclude_modules"));
    return json_is_array(v) && !narrowed ? v : NULL;
}

static bool is_saved(const struct mc_peft *c, const char *module) {
    const json_t *saved = json_object_get(c->o, "modules_to_save");
    const char *s;
    for (size_t k = 0; (s = string_at(saved, k)); k++)
        if (mc_hf_ends_with(module, s)) return true;
    return c->classifies &&
           (mc_hf_ends_with(module, "classifier") || mc_hf_ends_with(module, "score"));
}

bool mc_peft_saves(const struct mc_peft *c, const char *module) {
    char part[MC_PARAM_NAME]; // the module, and those it is within
    for (size_t i = 0;; i++) {
        if (module[i] && module[i] != '.') continue;
        snprintf(part, sizeof part, "%.*s", (int)i, module);
        if (is_saved(c, part)) return true;
        if (!module[i]) return false;
    }
}

// --- ranks

// Sets value[i] of the names that a pattern matches, the first one first.
static int apply_patterns(const struct mc_peft *c, const char *key, const char *const *name, int n,
                          double *value, struct mc_error *e) {
    json_t *map = json_object_get(c->o, key);
    bool *hit = mc_new((size_t)n, sizeof *hit, e), *done = mc_new((size_t)n, sizeof *done, e);
    int rc = hit && done ? 0 : MC_ERR_MEM;
    if (rc == 0 && map && !json_is_null(map) && !json_is_object(map))
        rc = bad(c, key, "no object", e);
    for (void *at = json_object_iter(map); at && rc == 0; at = json_object_iter_next(map, at)) {
        const char *pattern = json_object_iter_key(at);
        double x = json_number_value(json_object_iter_value(at));
        for (int i = 0; i < n; i++) hit[i] = false;
        rc = x > 0 && isfinite(x)
                 ? mark_matches(c, key, "(.*\\.)?(", pattern, ")$", false, name, n, hit, e)
                 : mc_fail_file(e, MC_ERR_INPUT, c->path, "%s: the value of '%s' is not above 0",
                                key, pattern);
        for (int i = 0; rc == 0 && i < n; i++) {
            if (hit[i] && !done[i]) value[i] = x;
            done[i] = done[i] || hit[i];
        }
    }
    free(hit);
    free(done);
    return rc;
}

int mc_peft_ranks(const struct mc_peft *c, const char *const *module, int n, int *rank,
                  double *alpha, struct mc_error *e) {
    double *r = mc_new((size_t)n, sizeof *r, e);
    if (!r) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) {
        r[i] = c->rank;
        alpha[i] = c->alpha;
    }
    int rc = apply_patterns(c, "rank_pattern", module, n, r, e);
    if (rc == 0) rc = apply_patterns(c, "alpha_pattern", module, n, alpha, e);
    for (int i = 0; rc == 0 && i < n; i++) {
        if (r[i] != floor(r[i]) || r[i] > 1 << 20) rc = bad(c, "rank_pattern", "no rank", e);
        rank[i] = rc == 0 ? (int)r[i] : 0;
    }
    free(r);
    return rc;
}

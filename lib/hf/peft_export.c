// Deltas as directories that PEFT loads: its adapter_config.json beside the tensors under its
// names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dir.h"
#include "mc/method.h"
#include "peft_prefix.h"

struct export {
    const struct mc_model *m;
    struct mc_model spread; // m as PEFT reads a prefix; its table and weights are its own
    struct mc_method h;
    struct mc_view v;
    bool head; // all of the head's tensors are stored
    struct mc_buf config;
};

// A name without its last n characters.
static void without_end(const char *name, size_t n, char out[MC_PARAM_NAME]) {
    snprintf(out, MC_PARAM_NAME, "%.*s", (int)(strlen(name) - n), name);
}

static void module_of(const char *name, char out[MC_PARAM_NAME]) {
    const char *dot = strrchr(name, '.');
    without_end(name, dot ? strlen(dot) : 0, out);
}

// --- lists of names

static int open_list(struct mc_buf *out, const char *key, struct mc_error *e) {
    return mc_buf_printf(out, e, "  \"%s\": [", key);
}

static int add_name(struct mc_buf *out, const char *name, struct mc_error *e) {
    if (out->p[out->n - 1] != '[') MC_TRY(mc_buf_add(out, ", ", 2, e));
    return mc_json_string(out, name, e);
}

static int close_list(struct mc_buf *out, struct mc_error *e) {
    return mc_buf_add(out, "],\n", 3, e);
}

// --- modules stored whole

// PEFT stores a module with all of its tensors or none.
static int check_module(const struct export *x, int i, struct mc_error *e) {
    const struct mc_table *t = &x->v.table;
    char module[MC_PARAM_NAME], other[MC_PARAM_NAME];
    module_of(t->p[i].name, module);
    for (int k = 0; k < x->v.n_arch; k++) {
        module_of(t->p[k].name, other);
        if (x->v.stored[k] < 0 && strcmp(module, other) == 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "tensor %s is in the delta and %s is not: PEFT stores whole modules",
                           t->p[i].name, t->p[k].name);
    }
    if (x->h.down && x->h.down[i] >= 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "tensor %s is in the delta and has a LoRA: PEFT has no such", t->p[i].name);
    return 0;
}

static void find_head(struct export *x) {
    int n = 0, stored = 0;
    for (int i = 0; i < x->v.n_arch; i++) {
        if (!mc_param_in_head(&x->v.table.p[i])) continue;
        n++;
        stored += x->v.stored[i] >= 0;
    }
    x->head = n > 0 && stored == n && !x->m->config.arch->text_to_text;
}

static int write_modules(struct export *x, struct mc_error *e) {
    const struct mc_table *t = &x->v.table;
    const struct mc_arch *arch = x->m->config.arch;
    char module[MC_PARAM_NAME], last[MC_PARAM_NAME] = "";
    MC_TRY(open_list(&x->config, "modules_to_save", e));
    for (int i = 0; i < x->v.n_arch; i++) {
        if (x->v.stored[i] < 0) continue;
        MC_TRY(check_module(x, i, e));
        if (x->head && mc_param_in_head(&t->p[i]))
            without_end(arch->head, 1, module); // without its dot
        else
            module_of(t->p[i].name, module);
        if (strcmp(module, last) != 0) MC_TRY(add_name(&x->config, module, e));
        strcpy(last, module);
    }
    return close_list(&x->config, e);
}

// --- LoRA

// Whether a target also names layers without a LoRA; for PEFT the layers are then named one by one.
static bool names_more(const struct export *x) {
    char a[MC_PARAM_NAME], b[MC_PARAM_NAME];
    for (int i = 0; i < x->v.n_arch; i++)
        if (x->v.stored[i] < 0 && x->h.down[i] < 0 &&
            x->h.cls->names(&x->h, &x->v.table.p[i], a, b))
            return true;
    return false;
}

static int write_targets(struct export *x, struct mc_error *e) {
    MC_TRY(open_list(&x->config, "target_modules", e));
    bool whole = names_more(x);
    for (int i = 0; !whole && i < x->h.n_targets; i++)
        MC_TRY(add_name(&x->config, x->h.targets[i], e));
    for (int i = 0; whole && i < x->v.n_arch; i++) {
        char module[MC_PARAM_NAME];
        if (x->h.down[i] < 0) continue;
        module_of(x->v.table.p[i].name, module);
        MC_TRY(add_name(&x->config, module, e));
    }
    return close_list(&x->config, e);
}

// What layers have of their own: a pattern that is a whole name matches that name alone.
static int write_own(struct export *x, const char *key, bool rank, struct mc_error *e) {
    MC_TRY(mc_buf_printf(&x->config, e, "  \"%s\": {", key));
    int n = 0;
    for (int i = 0; i < x->h.n_ranks; i++) {
        const struct mc_layer_rank *own = &x->h.ranks[i];
        double value = rank ? own->rank : own->alpha;
        if (value == (rank ? x->h.rank : x->h.alpha)) continue;
        if (n++) MC_TRY(mc_buf_add(&x->config, ", ", 2, e));
        MC_TRY(mc_json_string(&x->config, own->layer, e));
        MC_TRY(mc_buf_printf(&x->config, e, ": %.15g", value));
    }
    return mc_buf_add(&x->config, "},\n", 3, e);
}

static int write_lora(struct export *x, struct mc_error *e) {
    MC_TRY(mc_method_look_up(&x->h, x->m, &x->v, e));
    MC_TRY(mc_buf_printf(&x->config, e,
                         "  \"r\": %d,\n  \"lora_alpha\": %.15g,\n  \"lora_dropout\": %.15g,\n"
                         "  \"use_rslora\": %s,\n  \"bias\": \"none\",\n"
                         "  \"fan_in_fan_out\": false,\n  \"init_lora_weights\": true,\n",
                         x->h.rank, x->h.alpha, x->h.dropout, x->h.rslora ? "true" : "false"));
    MC_TRY(write_targets(x, e));
    MC_TRY(write_own(x, "rank_pattern", true, e));
    return write_own(x, "alpha_pattern", false, e);
}

// --- prefixes

static int write_prefix(struct export *x, struct mc_error *e) {
    const struct mc_config *c = &x->m->config;
    bool decoder = c->arch->text_to_text;
    int parts;
    MC_TRY(mc_method_look_up(&x->h, x->m, &x->v, e));
    if (decoder && c->heads * c->key_size != c->hidden)
        return mc_fail(e, MC_ERR_INPUT,
                       "PEFT has no prefix where heads of %d columns, %d of them, are not the "
                       "model's %d",
                       c->key_size, c->heads, c->hidden);
    MC_TRY(mc_peft_spread(x->m, &x->h, &x->spread, &parts, e));
    x->m = &x->spread;
    return mc_buf_printf(&x->config, e,
                         "  \"num_virtual_tokens\": %d,\n  \"token_dim\": %d,\n"
                         "  \"num_layers\": %d,\n  \"num_attention_heads\": %d,\n"
                         "  \"num_transformer_submodules\": %d,\n"
                         "  \"encoder_hidden_size\": %d,\n  \"prefix_projection\": false,\n",
                         x->h.prefix_len, c->hidden, parts, c->heads, decoder ? 2 : 1, c->hidden);
}

// --- the directory

static const struct {
    const char *method, *type;
    int (*write)(struct export *x, struct mc_error *e);
} TYPE[] = {{"lora", "LORA", write_lora}, {"prefix", "PREFIX_TUNING", write_prefix}};
enum { TYPES = sizeof TYPE / sizeof *TYPE };

// SEQ_CLS makes PEFT look for a head that is stored.
static const char *task_of(const struct export *x) {
    if (x->m->config.arch->text_to_text) return "\"SEQ_2_SEQ_LM\"";
    return x->head ? "\"SEQ_CLS\"" : "null";
}

static int write_config(struct export *x, struct mc_error *e) {
    int k = 0;
    while (k < TYPES && strcmp(TYPE[k].method, x->h.cls->name) != 0) k++;
    if (k == TYPES)
        return mc_fail(e, MC_ERR_INPUT, "PEFT has no such method as %s", x->h.cls->name);
    MC_TRY(mc_view_init(&x->v, x->m, e));
    find_head(x);
    MC_TRY(mc_buf_printf(&x->config, e,
                         "{\n  \"peft_type\": \"%s\",\n  \"task_type\": %s,\n"
                         "  \"base_model_name_or_path\": null,\n",
                         TYPE[k].type, task_of(x)));
    MC_TRY(TYPE[k].write(x, e));
    MC_TRY(write_modules(x, e));
    return mc_buf_printf(&x->config, e, "  \"inference_mode\": true\n}\n");
}

int mc_hf_export_peft(const struct mc_model *m, const char *dir, const char *tokenizer,
                      enum mc_dtype dtype, struct mc_error *e) {
    struct export x = {.m = m};
    MC_TRY(mc_method_of(&x.h, m, e));
    int rc = x.h.cls ? write_config(&x, e)
                     : mc_fail(e, MC_ERR_INPUT, "a complete model: --peft writes deltas");
    const struct mc_hf_files files = {.config_name = "adapter_config.json",
                                      .config = x.config.p,
                                      .weights = "adapter_model.safetensors",
                                      .labels = mc_doc_get(&m->meta, "mc.labels"),
                                      .base = mc_doc_get(&m->meta, "mc.base")};
    if (rc == 0) rc = mc_hf_write(x.m, dir, &files, tokenizer, dtype, e);
    mc_buf_release(&x.config);
    mc_view_release(&x.v);
    mc_table_release(&x.spread.table);
    mc_free_floats(x.spread.w);
    mc_method_release(&x.h);
    return rc;
}

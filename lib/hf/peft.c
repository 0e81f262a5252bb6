// A directory of PEFT to a delta over a base: which tensor belongs to which layer, ranks and
// alphas, the head, and what is missing or has no place.
#include "peft.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "mc/method.h"
#include "mc/num.h"
#include "mc/tokens.h"
#include "peft_prefix.h"

static const char CONFIG[] = "adapter_config.json", WEIGHTS[] = "adapter_model.safetensors",
                  PICKLED[] = "adapter_model.bin", WEIGHT[] = ".weight", END_A[] = ".lora_A.weight",
                  END_B[] = ".lora_B.weight";

// What a document has for a tensor of the architecture: numbers of its tensors, or -1.
struct place {
    int a, b, whole;
    bool linear, targeted;
    char layer[MC_PARAM_NAME]; // its name without the last component
    const char *module; // as the adapter's model names it: without the body's prefix, if bare
    int rank;
    double alpha;
};

struct adapter {
    struct mc_model *m, *base;
    struct mc_import *o;
    const char *dir;
    struct mc_peft c;
    struct mc_digest *digest; // of what is read
    struct mc_weights w;
    char path[MC_HF_PATH]; // of the weights
    const char *before;    // what PEFT puts before a name
    bool bare;             // its model is the body alone
    int prompt;            // number of the prefix, or -1
    struct mc_table whole; // the architecture's tensors, with this head
    struct place *at;      // [whole.n]
    char **labels;
    int n_labels;
    int *slot; // of the document's tensors, in the delta
};

bool mc_hf_is_peft(const char *dir) {
    char path[MC_HF_PATH];
    struct mc_error ignored;
    return mc_hf_path(dir, CONFIG, path, &ignored) == 0 && access(path, F_OK) == 0;
}

// --- the files

// Safetensors where both are there, as PEFT.
static int open_weights(struct adapter *x, struct mc_error *e) {
    MC_TRY(mc_hf_path(x->dir, WEIGHTS, x->path, e));
    if (access(x->path, F_OK) != 0) MC_TRY(mc_hf_path(x->dir, PICKLED, x->path, e));
    if (access(x->path, F_OK) != 0)
        return mc_fail_file(e, MC_ERR_INPUT, x->dir, "no %s in it", WEIGHTS);
    MC_TRY(mc_weights_open(&x->w, x->path, e));
    int rc = mc_delta_check_size(x->base, x->w.d.n_tensors, e);
    return rc < 0 ? mc_fail_in(e, "%s", x->path) : 0;
}

// Files of mc-export name their base; PEFT's own do not.
static int check_base(const struct adapter *x, struct mc_error *e) {
    const char *want = mc_doc_get(&x->w.d, "mc.base");
    if (!want || strcmp(want, x->base->digest) == 0) return 0;
    return mc_fail(e, MC_ERR_INPUT, "an adapter over the base %s, not %s (--base)", want,
                   x->base->digest);
}

// --- labels

static const struct mc_arch *arch_of(const struct adapter *x) { return x->base->config.arch; }

// The outputs of the head that is stored, or of the base's.
static int count_outputs(const struct adapter *x, int *n, struct mc_error *e) {
    const char *head = arch_of(x)->head_out;
    *n = x->base->n_labels;
    for (int i = 0; head && i < x->w.d.n_tensors; i++) {
        const struct mc_tensor *t = &x->w.d.tensor[i];
        if (strcmp(mc_delta_plain_name(t->name), head) != 0) continue;
        if (t->rank != 2 || t->dim[0] < 1 || t->dim[0] > 1 << 20)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s has no shape of a head's", t->name);
        *n = (int)t->dim[0];
    }
    if (*n || arch_of(x)->text_to_text) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: neither the adapter nor its base has a head (mc-import --labels gives the "
                   "base one)",
                   x->dir);
}

static int copy_labels(struct adapter *x, char *const *names, int n, struct mc_error *e) {
    if (!(x->labels = mc_new((size_t)n, sizeof *x->labels, e))) return MC_ERR_MEM;
    for (; x->n_labels < n; x->n_labels++) {
        char name[32];
        snprintf(name, sizeof name, "LABEL_%d", x->n_labels);
        x->labels[x->n_labels] = mc_strdup(names ? names[x->n_labels] : name, e);
        if (!x->labels[x->n_labels]) return MC_ERR_MEM;
    }
    return 0;
}

// --labels, those of the file where one of ours was kept, the base's; LABEL_0, ... as transformers
// names what has no name.
static int choose_labels(struct adapter *x, struct mc_error *e) {
    int n, n_kept = 0;
    char **kept = NULL;
    if (arch_of(x)->text_to_text && x->o->n_labels)
        return mc_fail(e, MC_ERR_USAGE, "--labels: a text-to-text model has none");
    MC_TRY(count_outputs(x, &n, e));
    if (x->o->n_labels && x->o->n_labels != n)
        return mc_fail_file(e, MC_ERR_INPUT, x->dir, "--labels names %d, the head has %d output%s",
                            x->o->n_labels, n, mc_s(n));
    if (x->o->n_labels) return copy_labels(x, x->o->labels, n, e);
    const char *text = mc_doc_get(&x->w.d, "mc.labels");
    if (text && n) MC_TRY(mc_labels_parse(text, &kept, &n_kept, e));
    int rc;
    if (n_kept == n)
        rc = copy_labels(x, kept, n, e);
    else if (x->base->n_labels == n || x->base->n_labels == 0)
        rc = copy_labels(x, x->base->labels, n, e);
    else
        rc = mc_fail_file(e, MC_ERR_INPUT, x->dir,
                          "a head of %d output%s, the base has %d (--labels)", n, mc_s(n),
                          x->base->n_labels);
    mc_labels_free(kept, n_kept);
    return rc;
}

// --- what each tensor is

static int set_once(int *at, int i, const struct mc_tensor *t, struct mc_error *e) {
    if (*at >= 0) return mc_fail(e, MC_ERR_INPUT, "tensor %s is there twice", t->name);
    *at = i;
    return 0;
}

// The head of a masked language model is no part of what an adapter is over.
static bool is_tied(const struct mc_arch *a, const char *name) {
    for (const struct mc_tied *k = a->tied; k && k->name; k++)
        if (!k->mlm && strcmp(k->to, name) == 0) return true;
    return false;
}

static int place_whole(struct adapter *x, const char *name, int i, struct mc_error *e) {
    const struct mc_tensor *t = &x->w.d.tensor[i];
    int k = mc_table_find(&x->whole, name);
    for (const struct mc_tied *tied = arch_of(x)->tied; k < 0 && tied && tied->name; tied++)
        if (!tied->mlm && strcmp(tied->name, name) == 0)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s: it is tied to %s and cannot be replaced",
                           t->name, tied->to);
    if (k < 0)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s is none of a %s adapter's over a %s model",
                       t->name, x->c.method, arch_of(x)->type);
    if (is_tied(arch_of(x), name))
        return mc_fail(e, MC_ERR_INPUT,
                       "tensor %s: others are tied to it and it cannot be replaced", t->name);
    const struct mc_param *p = &x->whole.p[k];
    if (!mc_param_has_shape(p, t->rank, t->dim))
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: another shape than the base's %s", t->name,
                       p->name);
    return set_once(&x->at[k].whole, i, t, e);
}

// A or B of a layer, if the name ends so.
static int place_part(struct adapter *x, const char *name, const char *end, int i, bool *found,
                      struct mc_error *e) {
    const struct mc_tensor *t = &x->w.d.tensor[i];
    char layer[MC_PARAM_NAME * 2];
    *found = mc_hf_ends_with(name, end);
    if (!*found) return 0;
    snprintf(layer, sizeof layer, "%.*s%s", (int)(strlen(name) - strlen(end)), name, WEIGHT);
    int k = mc_table_find(&x->whole, layer);
    if (k < 0 || !x->at[k].linear)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: the base has no linear map of that name",
                       t->name);
    if (t->rank != 2 || t->dim[0] < 1 || t->dim[0] > 1 << 20 || t->dim[1] < 1 ||
        t->dim[1] > 1 << 20)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s has no shape of a LoRA's", t->name);
    return set_once(end == END_A ? &x->at[k].a : &x->at[k].b, i, t, e);
}

static int place_tensor(struct adapter *x, int i, struct mc_error *e) {
    const struct mc_tensor *t = &x->w.d.tensor[i];
    bool lora = strcmp(x->c.method, "lora") == 0, found = false;
    if (!lora && strcmp(t->name, MC_PROMPT) == 0) return set_once(&x->prompt, i, t, e);
    size_t n = strlen(x->before);
    char name[MC_PARAM_NAME * 2] = "";
    if (strncmp(t->name, x->before, n) == 0) {
        mc_hf_canonical(arch_of(x), t->name + n, name);
        if (strlen(name) > strlen(t->name + n)) x->bare = true;
    }
    if (strstr(name, ".modules_to_save.") || strstr(name, ".original_module."))
        return mc_fail(e, MC_ERR_INPUT,
                       "tensor %s: of modules_to_save, one within another is not supported",
                       t->name);
    if (strstr(name, ".lora_embedding_"))
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: LoRA of an embedding is not supported",
                       t->name);
    if (lora) MC_TRY(place_part(x, name, END_A, i, &found, e));
    if (lora && !found) MC_TRY(place_part(x, name, END_B, i, &found, e));
    return found ? 0 : place_whole(x, name, i, e);
}

static int place_tensors(struct adapter *x, struct mc_error *e) {
    struct mc_config without_mlm = x->base->config;
    without_mlm.mlm = false;
    MC_TRY(arch_of(x)->table(&without_mlm, x->n_labels, &x->whole, e));
    if (!(x->at = mc_new((size_t)x->whole.n, sizeof *x->at, e))) return MC_ERR_MEM;
    for (int i = 0; i < x->whole.n; i++) {
        const struct mc_param *p = &x->whole.p[i];
        struct place *at = &x->at[i];
        const char *dot = strrchr(p->name, '.');
        *at = (struct place){.a = -1, .b = -1, .whole = -1};
        at->linear = mc_param_is_linear(p);
        snprintf(at->layer, sizeof at->layer, "%.*s", (int)(dot - p->name), p->name);
    }
    for (int i = 0; i < x->w.d.n_tensors; i++) MC_TRY(place_tensor(x, i, e));
    const char *body = arch_of(x)->prefix;
    for (int i = 0; i < x->whole.n; i++) {
        struct place *at = &x->at[i];
        bool in_body = x->bare && strncmp(at->layer, body, strlen(body)) == 0;
        at->module = at->layer + (in_body ? strlen(body) : 0);
    }
    return 0;
}

static int check_saved(const struct adapter *x, struct mc_error *e) {
    for (int i = 0; i < x->whole.n; i++)
        if (x->at[i].whole < 0 && mc_peft_saves(&x->c, x->at[i].module))
            return mc_fail(e, MC_ERR_INPUT, "tensor %s%s is missing, of modules_to_save", x->before,
                           x->whole.p[i].name);
    return 0;
}

// --- LoRA: the config and the tensors must speak of the same layers

static int check_map(const struct adapter *x, const struct place *at, struct mc_error *e) {
    bool a = at->a >= 0, b = at->b >= 0;
    if (a != b)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s%s%s is missing", x->before, at->module,
                       a ? END_B : END_A);
    if (a && !at->targeted)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: target_modules does not mean its map",
                       x->w.d.tensor[at->a].name);
    if (at->targeted && !a)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s%s%s is missing, of target_modules", x->before,
                       at->module, END_A);
    if (a && at->whole >= 0)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: its map has a LoRA and is stored whole",
                       x->w.d.tensor[at->whole].name);
    return 0;
}

// What the config says of every tensor, by its module.
static int ask_config(struct adapter *x, struct mc_error *e) {
    size_t n = (size_t)x->whole.n;
    const char **module = mc_new(n, sizeof *module, e);
    bool *linear = mc_new(n, sizeof *linear, e), *yes = mc_new(n, sizeof *yes, e);
    int *rank = mc_new(n, sizeof *rank, e);
    double *alpha = mc_new(n, sizeof *alpha, e);
    int rc = module && linear && yes && rank && alpha ? 0 : MC_ERR_MEM;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        module[i] = x->at[i].module;
        linear[i] = x->at[i].linear && x->whole.p[i].is.role != MC_ROLE_OUTPUT_EMBEDDING;
    }
    if (rc == 0) rc = mc_peft_targets(&x->c, module, linear, x->whole.n, yes, e);
    if (rc == 0) rc = mc_peft_ranks(&x->c, module, x->whole.n, rank, alpha, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        x->at[i].targeted = yes[i] && x->at[i].linear;
        x->at[i].rank = rank[i];
        x->at[i].alpha = alpha[i];
    }
    free(module);
    free(linear);
    free(yes);
    free(rank);
    free(alpha);
    return rc;
}

// mc.method of a LoRA: its targets are those of the config where they are a plain list, else the
// names of all layers that have one.
static int set_targets(struct adapter *x, struct mc_method *h, struct mc_error *e) {
    const json_t *list = mc_peft_target_list(&x->c);
    size_t n = list ? json_array_size(list) : (size_t)x->whole.n;
    if (!(h->targets = mc_new(n, sizeof *h->targets, e))) return MC_ERR_MEM;
    for (size_t i = 0; i < n; i++) {
        if (!list && x->at[i].a < 0) continue;
        const char *s = list ? json_string_value(json_array_get(list, i)) : x->at[i].layer;
        h->targets[h->n_targets++] = (char *)(uintptr_t)s;
    }
    return 0;
}

static int lora_text(struct adapter *x, struct mc_buf *out, struct mc_error *e) {
    struct mc_method h = {.cls = mc_method_find("lora"),
                          .rank = x->c.rank,
                          .alpha = x->c.alpha,
                          .dropout = x->c.dropout,
                          .rslora = x->c.rslora};
    MC_TRY(ask_config(x, e));
    for (int i = 0; i < x->whole.n; i++) MC_TRY(check_map(x, &x->at[i], e));
    h.ranks = mc_new((size_t)x->whole.n, sizeof *h.ranks, e);
    int rc = h.ranks ? set_targets(x, &h, e) : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < x->whole.n; i++) {
        struct place *at = &x->at[i];
        if (at->a >= 0 && (at->rank != h.rank || at->alpha != h.alpha))
            h.ranks[h.n_ranks++] = (struct mc_layer_rank){at->layer, at->rank, at->alpha};
    }
    if (rc == 0) rc = mc_method_text(&h, out, e);
    free(h.targets); // the names are others'
    free(h.ranks);
    return rc;
}

// --- prefixes

static int check_size(const struct adapter *x, const char *key, int want, struct mc_error *e) {
    const json_t *v = json_object_get(x->c.o, key);
    if (!v || json_is_null(v) || json_integer_value(v) == want) return 0;
    return mc_fail_file(e, MC_ERR_INPUT, x->c.path, "%s is not the base's, %d", key, want);
}

static int prefix_text(struct adapter *x, struct mc_buf *out, struct mc_error *e) {
    const struct mc_config *c = &x->base->config;
    bool decoder = c->arch->text_to_text;
    int layers = mc_peft_layers(c), parts = layers;
    if (decoder && c->heads * c->key_size != c->hidden)
        return mc_fail_file(e, MC_ERR_INPUT, x->c.path,
                            "token_dim: the base's heads are wider than its rows");
    MC_TRY(check_size(x, "token_dim", c->hidden, e));
    MC_TRY(check_size(x, "num_attention_heads", c->heads, e));
    MC_TRY(check_size(x, "num_transformer_submodules", decoder ? 2 : 1, e));
    if (x->prompt < 0) return mc_fail(e, MC_ERR_INPUT, "tensor %s is missing", MC_PROMPT);
    const struct mc_tensor *t = &x->w.d.tensor[x->prompt];
    // of a T5 PEFT takes the encoder's layers, or as many as it is told; the decoder's need a part
    if (decoder && t->rank == 2 && t->dim[1] / (2 * (uint64_t)c->hidden) >= (uint64_t)layers &&
        t->dim[1] <= INT_MAX)
        parts = (int)(t->dim[1] / (2 * (uint64_t)c->hidden));
    MC_TRY(check_size(x, "num_layers", parts, e));
    uint64_t cols = 2 * (uint64_t)parts * (uint64_t)c->hidden;
    if (t->rank != 2 || t->dim[0] != (uint64_t)x->c.n_virtual || t->dim[1] != cols)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s is not [%d, %llu]", MC_PROMPT, x->c.n_virtual,
                       (unsigned long long)cols);
    struct mc_method h = {.cls = mc_method_find("prefix"), .prefix_len = x->c.n_virtual};
    if (decoder && !(h.part = mc_new((size_t)layers, sizeof *h.part, e))) return MC_ERR_MEM;
    for (int i = 0; decoder && i < layers; i++) h.part[h.n_parts++] = mc_peft_part(c, i, parts);
    int rc = mc_method_text(&h, out, e);
    free(h.part);
    return rc;
}

// --- the delta

static int add(struct adapter *x, int i, const char *name, const char *end,
               const struct mc_place *is, struct mc_error *e) {
    const struct mc_tensor *t = &x->w.d.tensor[i];
    x->slot[i] = mc_table_add(&x->m->table, is, (int64_t)t->dim[0],
                              t->rank == 2 ? (int64_t)t->dim[1] : 0, e, "%s%s%s",
                              i == x->prompt ? "" : x->before, name, end);
    return x->slot[i] < 0 ? x->slot[i] : 0;
}

// The method's tensors in the order of the base's, then those stored whole, the head last.
static int add_tensors(struct adapter *x, struct mc_error *e) {
    if (!(x->slot = mc_new((size_t)x->w.d.n_tensors, sizeof *x->slot, e))) return MC_ERR_MEM;
    const struct mc_place alone = {.block = MC_BLOCK_METHOD};
    if (x->prompt >= 0) MC_TRY(add(x, x->prompt, MC_PROMPT, "", &alone, e));
    for (int i = 0; i < x->whole.n; i++) {
        const struct place *at = &x->at[i];
        if (at->a < 0) continue;
        const struct mc_place beside = mc_place_beside(&x->whole.p[i].is);
        MC_TRY(add(x, at->a, at->layer, END_A, &beside, e));
        MC_TRY(add(x, at->b, at->layer, END_B, &beside, e));
    }
    for (int i = 0; i < x->whole.n; i++)
        if (x->at[i].whole >= 0)
            MC_TRY(add(x, x->at[i].whole, x->whole.p[i].name, "", &x->whole.p[i].is, e));
    return mc_delta_alloc(x->m, e);
}

static int read_tensors(struct adapter *x, struct mc_error *e) {
    for (int i = 0; i < x->w.d.n_tensors; i++) {
        const struct mc_param *p = &x->m->table.p[x->slot[i]];
        MC_TRY(mc_hf_data(x->digest, &x->w, i, p->n, x->m->w + p->at, e));
    }
    return mc_weights_end(&x->w, e);
}

static int check_tokenizer(struct adapter *x, struct mc_error *e) {
    const char *dir = x->o->tokenizer               ? x->o->tokenizer
                      : mc_hf_has_tokenizer(x->dir) ? x->dir
                                                    : NULL;
    if (!dir) return 0;
    MC_TRY(mc_hf_set_tokenizer(x->m, dir, e));
    const char *want = mc_doc_get(&x->base->meta, "mc.tokenizer");
    if (!want || strcmp(want, mc_doc_get(&x->m->meta, "mc.tokenizer")) == 0) return 0;
    return mc_fail_file(e, MC_ERR_INPUT, dir, "not the tokenizer of the base");
}

static int build_delta(struct adapter *x, struct mc_error *e) {
    struct mc_buf text = {0};
    int rc = check_base(x, e);
    if (rc == 0) rc = choose_labels(x, e);
    if (rc == 0) rc = place_tensors(x, e);
    if (rc == 0) rc = check_saved(x, e);
    if (rc == 0) rc = (strcmp(x->c.method, "lora") == 0 ? lora_text : prefix_text)(x, &text, e);
    if (rc == 0) rc = mc_delta_init(x->m, x->base, x->labels, x->n_labels, text.p, e);
    mc_buf_release(&text);
    if (rc == 0) rc = mc_meta_leave_path(&x->m->meta, e);
    if (rc == 0) rc = mc_doc_set(&x->m->meta, "mc.step", NULL, e);
    if (rc == 0) rc = add_tensors(x, e);
    if (rc == 0) rc = read_tensors(x, e);
    if (rc == 0 && x->prompt >= 0) rc = mc_peft_gather(x->m, e);
    return rc == 0 ? mc_method_check(x->m, e) : rc;
}

static int import(struct adapter *x, const char *path, const char *text, struct mc_error *e) {
    MC_TRY(mc_peft_read(&x->c, path, text, e));
    x->before = strcmp(x->c.method, "lora") == 0 ? "base_model.model." : "base_model.";
    MC_TRY(open_weights(x, e));
    int rc = build_delta(x, e);
    if (rc == MC_ERR_INPUT) mc_fail_in_file(e, "%s", x->path);
    return rc < 0 ? rc : check_tokenizer(x, e);
}

int mc_hf_import_peft(struct mc_model *m, const char *dir, struct mc_model *base,
                      struct mc_import *o, struct mc_error *e) {
    *m = (struct mc_model){0};
    struct adapter x = {.m = m, .base = base, .o = o, .dir = dir, .prompt = -1};
    struct mc_buf text = {0};
    char path[MC_HF_PATH];
    o->n_drawn = 0;
    o->drawn_std = 0;
    int rc = mc_hf_path(dir, CONFIG, path, e);
    if (rc == 0) rc = mc_hf_text(path, &text, e);
    if (rc == 0 && !(x.digest = mc_digest_new(e))) rc = MC_ERR_MEM;
    if (rc == 0) mc_digest_data(x.digest, text.p, text.n);
    if (rc == 0) rc = import(&x, path, text.p, e);
    if (x.digest) mc_digest_end(x.digest, o->digest);
    mc_peft_release(&x.c);
    mc_weights_close(&x.w);
    mc_table_release(&x.whole);
    mc_labels_free(x.labels, x.n_labels);
    free(x.at);
    free(x.slot);
    mc_buf_release(&text);
    if (rc < 0) mc_model_release(m);
    return rc;
}

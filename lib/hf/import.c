// A Hugging Face directory to a model: which files hold the weights, whose tensor is which row of
// the table, what is tied, what is missing and drawn.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import.h"
#include "mc/json.h"

enum { INDEX_MAX = 1 << 28, PATH_LEN = MC_HF_PATH };

static int path_of(const struct import *x, const char *file, char out[PATH_LEN],
                   struct mc_error *e) {
    return mc_hf_path(x->dir, file, out, e);
}

// --- which files

static const char *shard_name(const void *of, int i) {
    return ((const struct import *)of)->shard[i];
}

static int add_shard(struct import *x, const char *name, struct mc_error *e) {
    if (mc_names_find(&x->shards, x, shard_name, name) >= 0) return 0;
    if (strchr(name, '/'))
        return mc_fail(e, MC_ERR_INPUT, "%s: the index names '%s', a path", x->dir, name);
    char **p = mc_resize(x->shard, (size_t)x->n_shards + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    x->shard = p;
    if (!(x->shard[x->n_shards] = mc_strdup(name, e))) return MC_ERR_MEM;
    x->n_shards++;
    return mc_names_add(&x->shards, x, shard_name, e);
}

static int read_index(struct import *x, const char *path, struct mc_error *e) {
    json_error_t je;
    json_t *o = NULL;
    struct mc_buf text = {0};
    int rc = mc_buf_read_file(&text, path, INDEX_MAX, e);
    if (rc == 0 &&
        (rc = mc_json_load(&o, text.p, text.n, JSON_REJECT_DUPLICATES, MC_JSON_LONG, &je, e)) < 0)
        mc_fail_in(e, "%s", path);
    mc_buf_release(&text);
    MC_TRY(rc);
    const char *key;
    json_t *v, *map = json_object_get(o, "weight_map");
    if (!json_is_object(map)) rc = mc_fail(e, MC_ERR_INPUT, "%s: no weight_map", path);
    if (rc == 0) json_object_foreach(map, key, v) {
            if (rc == 0 && !json_is_string(v))
                rc = mc_fail(e, MC_ERR_INPUT, "%s: %s: no file name", path, key);
            if (rc == 0) rc = add_shard(x, json_string_value(v), e);
        }
    json_decref(o);
    return rc;
}

// The first that is there, in transformers' order.
static int find_shards(struct import *x, struct mc_error *e) {
    static const char *const file[] = {"model.safetensors", "pytorch_model.bin"};
    for (int i = 0; i < 2; i++) {
        char path[PATH_LEN], index[80];
        snprintf(index, sizeof index, "%s.index.json", file[i]);
        MC_TRY(path_of(x, file[i], path, e));
        if (access(path, F_OK) == 0) return add_shard(x, file[i], e);
        MC_TRY(path_of(x, index, path, e));
        if (access(path, F_OK) == 0) return read_index(x, path, e);
    }
    return mc_fail(e, MC_ERR_INPUT, "%s: no %s and no %s in it, nor an index of one", x->dir,
                   file[0], file[1]);
}

// --- names

// Tensors of other uses of the same body, and buffers that are no parameters; of a head for another
// task, whatever stands outside the body.
static bool dropped(const struct import *x, const char *name) {
    const struct mc_arch *a = x->m->config.arch;
    if (x->other_task[0] && *a->prefix && strncmp(name, a->prefix, strlen(a->prefix)) != 0)
        return true;
    for (const char *const *p = a->dropped; *p; p++)
        if (strncmp(name, *p, strlen(*p)) == 0) return true;
    return mc_hf_ends_with(name, "position_ids");
}

// --- tensors

static int check_shape(const struct mc_tensor *t, const struct mc_param *p, struct mc_error *e) {
    if (mc_param_has_shape(p, t->rank, t->dim)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "tensor %s: another shape than the config gives %s", t->name,
                   p->name);
}

static int take_tensor(struct import *x, struct mc_weights *w, int i, int slot,
                       struct mc_error *e) {
    const struct mc_param *p = &x->m->table.p[slot];
    const struct mc_tensor *t = &w->d.tensor[i];
    MC_TRY(check_shape(t, p, e));
    if (x->have[slot])
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: %s is there twice", t->name, p->name);
    x->have[slot] = true;
    return mc_hf_data(x->digest, w, i, p->n, x->m->w + p->at, e);
}

// --- tied tensors: one stored once more under another name

static int count_tied(const struct mc_arch *a) {
    int n = 0;
    while (a->tied && a->tied[n].name) n++;
    return n;
}

// Whether a tied tensor is one of a head that is left out.
static bool left_out(const struct import *x, const struct mc_tied *t) {
    return t->mlm && !x->m->config.mlm;
}

static int find_tied(const struct import *x, const char *name) {
    const struct mc_arch *a = x->m->config.arch;
    for (int k = 0; k < count_tied(a); k++)
        if (strcmp(a->tied[k].name, name) == 0 && !left_out(x, &a->tied[k])) return k;
    return -1;
}

static int take_tied(struct import *x, struct mc_weights *w, int i, int k, struct mc_error *e) {
    const struct mc_tensor *t = &w->d.tensor[i];
    const struct mc_param *p =
        &x->m->table.p[mc_table_find(&x->m->table, x->m->config.arch->tied[k].to)];
    MC_TRY(check_shape(t, p, e));
    if (x->beside[k]) return mc_fail(e, MC_ERR_INPUT, "tensor %s is there twice", t->name);
    if (!(x->beside[k] = mc_new_floats(p->n, e))) return MC_ERR_MEM;
    return mc_hf_data(x->digest, w, i, p->n, x->beside[k], e);
}

// The model's shape with or without the tensor as one of its own.
static int set_untied(struct import *x, bool untied, struct mc_error *e) {
    struct mc_model *m = x->m;
    m->config.untied = untied;
    MC_TRY(mc_model_set_labels(m, NULL, 0, e));
    bool *have = mc_resize(x->have, (size_t)m->table.n, sizeof *have, e);
    if (!have) return MC_ERR_MEM;
    x->have = have;
    if (untied) have[m->table.n - 1] = true;
    return 0;
}

// What a stored tied tensor is: dropped where it equals the tensor it is tied to; taken for that
// one where that one is missing and the config does not say that they are two; a row of its own
// where the config lets it differ.
static int resolve_tied(struct import *x, struct mc_error *e) {
    struct mc_model *m = x->m;
    for (int k = 0; k < count_tied(m->config.arch); k++) {
        const struct mc_tied *tied = &m->config.arch->tied[k];
        if (left_out(x, tied)) continue;
        int own = mc_table_find(&m->table, tied->name), to = mc_table_find(&m->table, tied->to);
        size_t bytes = m->table.p[to].n * sizeof *m->w;
        float *w = m->w + m->table.p[to].at, *data = own < 0 ? x->beside[k] : NULL;
        if (own >= 0 && x->have[own]) data = m->w + m->table.p[own].at;
        if (own < 0 && data && !x->have[to]) {
            memcpy(w, data, bytes);
            x->have[to] = true;
        }
        bool differs = data && memcmp(w, data, bytes) != 0;
        if (data && !differs) mc_detail(x->log, "%s: dropped, equal to %s", tied->name, tied->to);
        if (own >= 0 && !data)
            mc_note(x->log, "%s: no %s, which its config says is untied: tied to %s", x->dir,
                    tied->name, tied->to);
        if (own >= 0 && !differs) MC_TRY(set_untied(x, false, e));
        if (own >= 0 || !differs) continue;
        if (!tied->may_differ)
            return mc_fail(e, MC_ERR_INPUT, "%s: tensor %s differs from %s, which it is tied to",
                           x->dir, tied->name, tied->to);
        MC_TRY(set_untied(x, true, e));
        memcpy(m->w + m->table.p[m->table.n - 1].at, data, bytes);
    }
    return 0;
}

// What the names and shapes of a shard tell: the architecture, where config.json does not; the
// head's size.
static int look_at_names(struct import *x, struct mc_weights *w, struct mc_error *e) {
    (void)e;
    const struct mc_arch *a = x->m->config.arch;
    for (int i = 0; i < w->d.n_tensors; i++) {
        const struct mc_tensor *t = &w->d.tensor[i];
        char name[MC_PARAM_NAME * 2];
        const struct mc_arch *own = mc_arch_of_tensor(t->name);
        x->ambiguous |= own && x->told && own != x->told;
        if (own) x->told = own;
        if (!a) continue;
        mc_hf_canonical(a, t->name, name);
        bool body = strncmp(t->name, a->prefix, strlen(a->prefix)) == 0;
        x->has_mlm |= a->mlm && strncmp(t->name, a->mlm, strlen(a->mlm)) == 0;
        x->in_body |= body;
        x->beside_body |= !body;
        if (a->head_out && strcmp(name, a->head_out) == 0 && t->rank == 2)
            x->head_rows = (int64_t)t->dim[0];
    }
    return 0;
}

static int read_tensors(struct import *x, struct mc_weights *w, struct mc_error *e) {
    const struct mc_arch *a = x->m->config.arch;
    for (int i = 0; i < w->d.n_tensors; i++) {
        const struct mc_tensor *t = &w->d.tensor[i];
        char name[MC_PARAM_NAME * 2];
        mc_hf_canonical(a, t->name, name);
        bool other_head = x->other_task[0] && strncmp(t->name, a->head, strlen(a->head)) == 0;
        int slot = other_head ? -1 : mc_table_find(&x->m->table, name), tied = find_tied(x, name);
        if (slot >= 0) {
            MC_TRY(take_tensor(x, w, i, slot, e));
        } else if (tied >= 0) {
            MC_TRY(take_tied(x, w, i, tied, e));
        } else if (dropped(x, t->name) || (!x->other_task[0] && dropped(x, name))) {
            mc_detail(x->log, "%s: dropped", t->name);
            MC_TRY(mc_weights_data(w, i, NULL, e));
        } else {
            return mc_fail(e, MC_ERR_INPUT, "tensor %s is none of a %s model's%s%s", t->name,
                           a->type, x->class_name[0] ? "; config.json says it is a " : "",
                           x->class_name);
        }
    }
    return 0;
}

typedef int shard_fn(struct import *x, struct mc_weights *w, struct mc_error *e);

static int each_shard(struct import *x, shard_fn *fn, bool whole, struct mc_error *e) {
    for (int i = 0; i < x->n_shards; i++) {
        char path[PATH_LEN];
        struct mc_weights w;
        MC_TRY(path_of(x, x->shard[i], path, e));
        int rc = mc_weights_open(&w, path, e);
        if (rc == 0) rc = fn(x, &w, e);
        if (rc == 0 && whole) rc = mc_weights_end(&w, e);
        if (rc < 0) mc_fail_in_file(e, "%s", path);
        mc_weights_close(&w);
        MC_TRY(rc);
    }
    return 0;
}

// --- what is missing

static int draw_missing(struct import *x, struct mc_error *e) {
    struct mc_model *m = x->m;
    double std = x->o->init_std;
    x->o->drawn_std = std >= 0 ? std : m->config.init_range;
    x->o->n_drawn = 0;
    for (int i = 0; i < m->table.n; i++) {
        if (x->have[i]) continue;
        const struct mc_param *p = &m->table.p[i];
        bool head = mc_param_in_head(p) && x->head_rows == 0;
        bool pooler = p->is.block == MC_BLOCK_POOLER;
        if (!head && !pooler)
            return mc_fail(e, MC_ERR_INPUT, "%s: tensor %s is missing%s%s", x->dir, p->name,
                           x->class_name[0] ? "; config.json says it is a " : "", x->class_name);
        if (pooler && x->head_rows)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: tensor %s is missing, but the head that reads it is there", x->dir,
                           p->name);
        (head ? mc_detail : mc_note)(x->log, "%s: %s: drawn from --seed-init %llu", x->dir, p->name,
                                     (unsigned long long)x->o->seed_init);
        mc_model_draw(m, i, x->o->seed_init, std);
        x->o->n_drawn++;
    }
    return 0;
}

// The architecture by --model-type or by the tensors' names, where config.json has no model_type.
static int add_type(struct import *x, struct mc_buf *text, struct mc_error *e) {
    bool has;
    const char *type = x->o->model_type;
    int rc = mc_config_has_type(text->p, &has, e);
    if (rc < 0) return mc_fail_in(e, "%s/config.json", x->dir);
    if (has) return 0;
    if (!type) {
        MC_TRY(each_shard(x, look_at_names, false, e));
        if (x->told && !x->ambiguous) type = x->told->type;
    }
    if (!type)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s/config.json: no model_type, and the tensors' names fit several: say "
                       "--model-type bert, roberta or t5",
                       x->dir);
    mc_note(x->log, "%s/config.json: no model_type: %s", x->dir, type);
    struct mc_buf with = {0};
    rc = mc_config_put(text->p, "model_type", type, false, &with, e);
    mc_buf_release(text);
    *text = with;
    return rc;
}

// What transformers 5 keeps in generation_config.json.
static int add_generation(struct import *x, struct mc_buf *text, struct mc_error *e) {
    char path[PATH_LEN];
    struct mc_buf g = {0}, with = {0};
    json_error_t je;
    json_t *o = NULL, *have = NULL;
    static const char key[] = "decoder_start_token_id";
    int rc;
    if (!x->m->config.arch->text_to_text) return 0;
    MC_TRY(path_of(x, "generation_config.json", path, e));
    if (access(path, F_OK) != 0) return 0;
    MC_TRY_DONE(mc_hf_text(path, &g, e));
    MC_TRY_DONE(mc_json_load(&have, text->p, text->n, 0, MC_JSON_LONG, &je, e));
    if ((rc = mc_json_load(&o, g.p, g.n, 0, MC_JSON_LONG, &je, e)) < 0) {
        mc_fail_in(e, "%s", path);
        goto done;
    }
    const json_t *v = json_object_get(o, key);
    if (json_is_integer(json_object_get(have, key)) || !json_is_integer(v)) goto done;
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)json_integer_value(v));
    MC_TRY_DONE(mc_config_put(text->p, key, id, true, &with, e));
    mc_buf_release(text);
    *text = with;
    with = (struct mc_buf){0};
    if ((rc = mc_config_parse(&x->m->config, text->p, e)) < 0) mc_fail_in(e, "%s", path);
done:
    json_decref(o);
    json_decref(have);
    mc_buf_release(&g);
    mc_buf_release(&with);
    return rc;
}

static int check_type(const struct import *x, struct mc_error *e) {
    const char *is = x->m->config.arch->type, *asked = x->o->model_type;
    if (!asked || strcmp(asked, is) == 0) return 0;
    return mc_fail(e, MC_ERR_USAGE, "--model-type %s: %s/config.json says %s", asked, x->dir, is);
}

static int import(struct import *x, struct mc_buf *text, struct mc_error *e) {
    struct mc_model *m = x->m;
    MC_TRY(find_shards(x, e));
    MC_TRY(add_type(x, text, e));
    int rc = mc_config_parse(&m->config, text->p, e);
    if (rc < 0) return mc_fail_in(e, "%s/config.json", x->dir);
    MC_TRY(check_type(x, e));
    MC_TRY(add_generation(x, text, e));
    MC_TRY(mc_doc_set(&m->meta, "mc.config", text->p, e));
    MC_TRY(each_shard(x, look_at_names, false, e));
    m->config.mlm = x->has_mlm && x->o->keep_heads;
    if (x->o->keep_heads && !x->has_mlm)
        mc_note(x->log,
                m->config.arch->mlm
                    ? "%s: --keep-heads: no head of a masked language model in it, so the model "
                      "has none; mc-pretrain draws one"
                    : "%s: --keep-heads: a %s has no head of a masked language model",
                x->dir, m->config.arch->type);
    MC_TRY(mc_import_judge_head(x, text->p, e));
    MC_TRY(mc_import_labels(x, text->p, e));
    x->have = mc_new((size_t)m->table.n, sizeof *x->have, e);
    x->beside = mc_new((size_t)count_tied(m->config.arch), sizeof *x->beside, e);
    if (!x->have || !x->beside) return MC_ERR_MEM;
    MC_TRY(each_shard(x, read_tensors, true, e));
    MC_TRY(resolve_tied(x, e));
    MC_TRY(draw_missing(x, e));
    const char *tokenizer = x->o->tokenizer               ? x->o->tokenizer
                            : mc_hf_has_tokenizer(x->dir) ? x->dir
                                                          : NULL;
    return tokenizer ? mc_hf_set_tokenizer(m, tokenizer, e) : 0;
}

int mc_hf_import(struct mc_model *m, const char *dir, struct mc_import *o, const struct mc_log *log,
                 struct mc_error *e) {
    *m = (struct mc_model){0};
    struct import x = {.m = m, .o = o, .log = log, .dir = dir};
    struct mc_buf text = {0};
    char path[PATH_LEN];
    if (access(dir, F_OK) != 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: no such directory (a model's, with config.json and model.safetensors, "
                       "is needed; nothing is downloaded)",
                       dir);
    struct stat st;
    if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: a file, not a directory (a stream, .st.gz, is imported already)", dir);
    int rc = path_of(&x, "config.json", path, e);
    if (rc == 0) rc = mc_hf_text(path, &text, e);
    if (rc == 0 && !(x.digest = mc_digest_new(e))) rc = MC_ERR_MEM;
    if (rc == 0) mc_digest_data(x.digest, text.p, text.n);
    if (rc == 0) rc = import(&x, &text, e);
    if (x.digest) mc_digest_end(x.digest, o->digest);
    for (int i = 0; i < x.n_shards; i++) free(x.shard[i]);
    free(x.shard);
    mc_names_release(&x.shards);
    free(x.have);
    for (int k = 0; x.beside && k < count_tied(m->config.arch); k++) mc_free_floats(x.beside[k]);
    free(x.beside);
    mc_buf_release(&text);
    if (rc < 0) mc_model_release(m);
    return rc;
}

int mc_hf_init(struct mc_model *m, const char *config, struct mc_import *o, struct mc_error *e) {
    *m = (struct mc_model){0};
    struct mc_buf text = {0};
    struct mc_digest *g = NULL;
    int rc;
    MC_TRY_DONE(mc_hf_text(config, &text, e));
    MC_TRY_DONE((g = mc_digest_new(e)) ? 0 : MC_ERR_MEM);
    mc_digest_data(g, text.p, text.n);
    mc_digest_end(g, o->digest);
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.config", text.p, e));
    if ((rc = mc_config_parse(&m->config, text.p, e)) < 0) {
        mc_fail_in(e, "%s", config);
        goto done;
    }
    MC_TRY_DONE(mc_model_set_labels(m, o->labels, o->n_labels, e));
    for (int i = 0; i < m->table.n; i++) mc_model_draw(m, i, o->seed_init, -1);
    if (o->tokenizer) rc = mc_hf_set_tokenizer(m, o->tokenizer, e);
done:
    mc_buf_release(&text);
    if (rc < 0) mc_model_release(m);
    return rc;
}

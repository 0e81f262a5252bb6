// Opening the directory of a tokenizer. tokenizer.json says everything; but transformers rebuilds
// some classes from the vocabulary and tokenizer_config.json alone, and then both must say the
// same, or the ids would not be its ids.
#include "mc/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tok.h"

static const struct tok_kind *const kinds[] = {&tok_wordpiece, &tok_bpe, &tok_unigram};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

// Classes that take tokenizer.json as it is.
static const char *const generic[] = {"PreTrainedTokenizerFast", "TokenizersBackend", NULL};

static bool in_list(const char *const *list, const char *s, size_t n) {
    for (; *list; list++)
        if (strlen(*list) == n && memcmp(*list, s, n) == 0) return true;
    return false;
}

static const char *class_name(const struct tok_config *c) {
    const char *name = tok_json_str(c->tokenizer, "tokenizer_class");
    return name ? name : tok_json_str(c->config, "tokenizer_class");
}

// Whether transformers builds this tokenizer from its vocabulary and configuration (*built), as
// AutoTokenizer decides: by tokenizer_class of tokenizer_config.json or config.json, else by the
// type of the model.
static int find_class(const struct mc_tokenizer *t, const struct tok_config *c, bool *built,
                      struct mc_error *e) {
    const struct tok_kind *k = t->kind;
    const char *name = class_name(c);
    const char *file = json_object_get(c->tokenizer, "tokenizer_class") ? "tokenizer_config.json"
                                                                        : "config.json";
    *built = false;
    if (name) {
        size_t n = strlen(name);
        if (in_list(generic, name, n)) return 0;
        if (n > 4 && strcmp(name + n - 4, "Fast") == 0) n -= 4;
        *built = in_list(k->classes, name, n);
        if (*built) return 0;
        return mc_fail(e, MC_ERR_INPUT, "%s/%s: tokenizer class %s is not supported", c->dir, file,
                       name);
    }
    const char *type = tok_json_str(c->config, "model_type");
    for (int i = 0; type && i < N_KINDS; i++)
        if (in_list(kinds[i]->model_types, type, strlen(type))) {
            if (kinds[i] != k)
                return mc_fail(e, MC_ERR_INPUT,
                               "%s/config.json and %s disagree: model type %s and a %s tokenizer",
                               c->dir, t->source, type, k->name);
            *built = true;
        }
    return 0;
}

// Sets the number of ids. They may leave gaps, but arrays by id must not be far larger than the
// vocabulary.
static int set_size(struct mc_tokenizer *t, struct mc_error *e) {
    enum { GAPS = 1 << 16 };
    const struct tok_vocab *v = t->kind->vocab(t->model);
    int32_t max = v->max_id;
    for (int i = 0; i < t->added.n; i++)
        if (t->added.v[i].id > max) max = t->added.v[i].id;
    if (max > 2 * ((int64_t)v->n + t->added.n) + GAPS)
        return mc_fail(e, MC_ERR_INPUT, "id %d is far beyond a vocabulary of %d pieces", max, v->n);
    t->size = max + 1;
    return 0;
}

static int read_added(struct mc_tokenizer *t, const json_t *list, struct mc_error *e) {
    int32_t next = t->kind->vocab(t->model)->n;
    size_t i;
    json_t *o;
    json_array_foreach((json_t *)list, i, o) {
        struct tok_added a;
        int64_t id;
        MC_TRY(tok_added_from_json(&a, o, "added_tokens", e));
        if (!tok_json_int(json_object_get(o, "id"), 0, INT32_MAX - 1, &id))
            return mc_fail(e, MC_ERR_INPUT, "added token '%s' has no id", a.text);
        if (tok_added_find(&t->added, a.text))
            return mc_fail(e, MC_ERR_INPUT, "added token '%s' stands twice", a.text);
        a.id = t->kind->id(t->model, a.text, strlen(a.text));
        if (a.id < 0) a.id = next;
        if (a.id != id)
            return mc_fail(e, MC_ERR_INPUT, "added token '%s' has id %lld, but gets %d", a.text,
                           (long long)id, a.id);
        if (a.id >= next) next = a.id + 1;
        MC_TRY(tok_added_push(&t->added, &a, e));
    }
    return 0;
}

static int read_json(struct mc_tokenizer *t, const json_t *root, struct mc_error *e) {
    const json_t *model = json_object_get(root, "model");
    const char *type = tok_json_str(model, "type");
    for (int i = 0; i < N_KINDS; i++)
        if (type ? strcmp(kinds[i]->name, type) == 0
                 : json_object_get(model, kinds[i]->own_key) != NULL)
            t->kind = kinds[i];
    if (!t->kind)
        return mc_fail(e, MC_ERR_INPUT, "tokenizer model %s is not supported",
                       type ? type : "of no type");
    MC_TRY(t->kind->from_json(t, root, e));
    MC_TRY(read_added(t, json_object_get(root, "added_tokens"), e));
    MC_TRY(set_size(t, e));
    return tok_template_json(t, json_object_get(root, "post_processor"), e);
}

// What tokenizer.json says of decoding; a class has a decoder of its own.
static const char *json_decoder(const json_t *o) {
    const char *type = tok_json_str(o, "type"), *mark = tok_json_str(o, "replacement"),
               *scheme = tok_json_str(o, "prepend_scheme");
    if (type && strcmp(type, "ByteLevel") == 0) return "byte-level";
    bool keeps = json_is_false(json_object_get(o, "add_prefix_space")) ||
                 (scheme && strcmp(scheme, "never") == 0); // the first space
    bool space = type && strcmp(type, "Metaspace") == 0 && mark && strcmp(mark, TOK_SPACE) == 0;
    return space && !keeps ? "metaspace" : NULL;
}

static void set_decoder(struct mc_tokenizer *t, const struct tok_config *c, const char *name) {
    static const char metaspace[] = "metaspace";
    bool clean = json_is_true(json_object_get(c->tokenizer, "clean_up_tokenization_spaces"));
    if (name && clean && strcmp(name, metaspace) == 0) name = "metaspace-clean";
    t->decoder = name;
}

static int check_template(const struct mc_tokenizer *t, const struct tok_config *c,
                          struct mc_error *e) {
    struct mc_tokenizer k = *t;
    k.single = k.pair = (struct tok_template){0};
    int rc = t->kind->class_template(&k, c, e);
    if (rc == 0 &&
        !(tok_template_equal(&k.single, &t->single) && tok_template_equal(&k.pair, &t->pair)))
        rc = mc_fail(
            e, MC_ERR_INPUT,
            "%s/tokenizer_config.json and tokenizer.json disagree: post_processor and the class's "
            "special tokens",
            c->dir);
    tok_template_free(&k.single);
    tok_template_free(&k.pair);
    return rc;
}

// Whether transformers gives the template's token types to the model: model_input_names says so,
// else the class; generic classes give none.
static bool gives_types(const struct tok_config *c, bool built) {
    const json_t *inputs = json_object_get(c->tokenizer, "model_input_names"), *v;
    const char *name = class_name(c);
    size_t i;
    if (!json_is_array(inputs)) return built && !(name && strncmp(name, "DistilBert", 10) == 0);
    json_array_foreach((json_t *)inputs, i, v) {
        const char *s = json_string_value(v);
        if (s && strcmp(s, "token_type_ids") == 0) return true;
    }
    return false;
}

static void drop_types(struct tok_template *p) {
    for (int i = 0; i < p->n; i++) p->item[i].type = 0;
}

static int open_json(struct mc_tokenizer *t, const json_t *root, const struct tok_config *c,
                     bool *types, struct mc_error *e) {
    t->source = "tokenizer.json";
    if (read_json(t, root, e) < 0) return mc_fail_in(e, "%s/tokenizer.json", c->dir);
    bool built;
    MC_TRY(find_class(t, c, &built, e));
    *types = gives_types(c, built);
    MC_TRY(t->kind->check(t, c, built, e));
    MC_TRY(tok_config_check_added(t, c, built, e));
    set_decoder(t, c, built ? t->kind->decoder : json_decoder(json_object_get(root, "decoder")));
    return built ? check_template(t, c, e) : 0;
}

static int open_files(struct mc_tokenizer *t, const struct tok_config *c, bool *types,
                      struct mc_error *e) {
    for (int i = 0; i < N_KINDS; i++) {
        if (!tok_has_file(c->dir, kinds[i]->vocab_file)) continue;
        if (t->kind)
            return mc_fail(e, MC_ERR_INPUT, "%s: no tokenizer.json, but both %s and %s", c->dir,
                           t->kind->vocab_file, kinds[i]->vocab_file);
        t->kind = kinds[i];
    }
    if (!t->kind) {
        if (access(c->dir, F_OK) != 0)
            return mc_fail_errno(e, "%s: cannot open (a tokenizer is a directory)", c->dir);
        if (access(c->dir, X_OK) != 0)
            return mc_fail_errno(e, "%s: cannot open (a tokenizer is a directory)", c->dir);
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: no tokenizer.json, vocab.txt, vocab.json or spiece.model", c->dir);
    }
    bool built;
    t->source = t->kind->vocab_file;
    MC_TRY(find_class(t, c, &built, e));
    const char *type = tok_json_str(c->config, "model_type");
    if (!built && (type || tok_json_str(c->tokenizer, "tokenizer_class")))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: no tokenizer.json, and its class or model type does not read %s",
                       c->dir, t->source);
    *types = gives_types(c, true);
    MC_TRY(t->kind->from_files(t, c, e));
    MC_TRY(tok_config_added(t, c, e));
    set_decoder(t, c, t->kind->decoder);
    if (set_size(t, e) < 0) return mc_fail_in(e, "%s/%s", c->dir, t->source);
    return t->kind->class_template(t, c, e);
}

// Positions of the model that tokens get: RoBERTa counts them from behind that of padding.
static int read_max_len(struct mc_tokenizer *t, const struct tok_config *c, struct mc_error *e) {
    const json_t *v = json_object_get(c->config, "max_position_embeddings");
    const char *type = tok_json_str(c->config, "model_type");
    if (!v || json_is_null(v) ||
        (t->kind->no_limit && type && in_list(t->kind->model_types, type, strlen(type))))
        return 0;
    if (!tok_json_int(v, 1, INT32_MAX, &t->max_len))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s/config.json: max_position_embeddings is no number of positions", c->dir);
    if (!type || strcmp(type, "roberta") != 0) return 0;
    int64_t pad = 1;
    const json_t *p = json_object_get(c->config, "pad_token_id");
    if ((p && !tok_json_int(p, 0, INT32_MAX, &pad)) || pad + 1 >= t->max_len)
        return mc_fail(e, MC_ERR_INPUT, "%s/config.json: pad_token_id leaves no positions", c->dir);
    t->max_len -= pad + 1;
    return 0;
}

static int added_by_text(const void *a, const void *b) {
    return strcmp((*(const struct tok_added *const *)a)->text,
                  (*(const struct tok_added *const *)b)->text);
}

static int feed_added(const struct mc_tokenizer *t, XXH3_state_t *h, struct mc_error *e) {
    const struct tok_added **v = mc_new((size_t)t->added.n, sizeof *v, e);
    if (!v) return MC_ERR_MEM;
    for (int i = 0; i < t->added.n; i++) v[i] = &t->added.v[i];
    qsort(v, (size_t)t->added.n, sizeof *v, added_by_text);
    for (int i = 0; i < t->added.n; i++) {
        tok_digest_text(h, v[i]->text, v[i]->n);
        tok_digest_int(h, v[i]->id);
        tok_digest_int(h, v[i]->single_word | v[i]->lstrip << 1 | v[i]->rstrip << 2 |
                              v[i]->normalized << 3);
    }
    free(v);
    return 0;
}

static int make_digest(struct mc_tokenizer *t, struct mc_error *e) {
    XXH3_state_t *h = XXH3_createState();
    if (!h) return mc_fail(e, MC_ERR_MEM, "no memory");
    XXH3_128bits_reset(h);
    tok_digest_text(h, t->kind->name, strlen(t->kind->name));
    int rc = t->kind->digest(t->model, h, e);
    if (rc == 0) rc = feed_added(t, h, e);
    const struct tok_template *const p[] = {&t->single, &t->pair};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < p[k]->n; i++) {
            tok_digest_int(h, p[k]->item[i].id);
            tok_digest_int(h, p[k]->item[i].type);
        }
    if (t->cut_left) tok_digest_text(h, "left", 4);
    XXH128_canonical_t c;
    XXH128_canonicalFromHash(&c, XXH3_128bits_digest(h));
    for (int i = 0; i < 16; i++) snprintf(t->digest + 2 * i, 3, "%02x", c.digest[i]);
    XXH3_freeState(h);
    return rc;
}

static int open_all(struct mc_tokenizer *t, const char *dir, struct mc_error *e) {
    struct tok_config c;
    json_t *root = NULL;
    bool types = false;
    struct stat st;
    if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
        return mc_fail(e, MC_ERR_INPUT, "%s: a file; a tokenizer is a directory", dir);
    MC_TRY(tok_config_load(&c, dir, e));
    int rc;
    MC_TRY_DONE(tok_json_load(dir, "tokenizer.json", &root, e));
    MC_TRY_DONE(root ? open_json(t, root, &c, &types, e) : open_files(t, &c, &types, e));
    if (!types) {
        drop_types(&t->single);
        drop_types(&t->pair);
    }
    t->cut_left = c.cut_left;
    tok_config_named(t, &c);
    MC_TRY_DONE(read_max_len(t, &c, e));
    MC_TRY_DONE(tok_finder_build(&t->raw, t, false, e));
    MC_TRY_DONE(tok_finder_build(&t->norm, t, true, e));
    rc = make_digest(t, e);
done:
    json_decref(root);
    tok_config_release(&c);
    return rc;
}

int mc_tokenizer_open(struct mc_tokenizer **out, const char *dir, struct mc_error *e) {
    *out = NULL;
    struct mc_tokenizer *t = mc_new(1, sizeof *t, e);
    if (!t) return MC_ERR_MEM;
    int rc = open_all(t, dir, e);
    if (rc < 0)
        mc_tokenizer_close(t);
    else
        *out = t;
    return rc;
}

void mc_tokenizer_close(struct mc_tokenizer *t) {
    if (!t) return;
    if (t->kind) t->kind->free(t->model);
    tok_finder_free(&t->raw);
    tok_finder_free(&t->norm);
    tok_added_free(&t->added);
    tok_template_free(&t->single);
    tok_template_free(&t->pair);
    free(t);
}

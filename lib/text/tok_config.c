// What tokenizer_config.json and its companions say of added tokens, and what transformers makes of
// them: the declared list first, then named special tokens that it lacks, then the additional ones.
#include <stdlib.h>
#include <string.h>

#include "tok.h"

static const char *const named[TOK_NAMED] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                             "pad_token", "cls_token", "mask_token"};

int tok_config_load(struct tok_config *c, const char *dir, struct mc_error *e) {
    *c = (struct tok_config){.dir = dir};
    int rc = tok_json_load(dir, "tokenizer_config.json", &c->tokenizer, e);
    if (rc == 0) rc = tok_json_load(dir, "config.json", &c->config, e);
    if (rc == 0) rc = tok_json_load(dir, "special_tokens_map.json", &c->special_map, e);
    if (rc == 0) rc = tok_json_load(dir, "added_tokens.json", &c->added, e);
    if (rc == 0 && json_is_true(json_object_get(c->tokenizer, "split_special_tokens")))
        rc = mc_fail(e, MC_ERR_INPUT,
                     "%s/tokenizer_config.json: split_special_tokens is not supported", dir);
    const char *side = tok_json_str(c->tokenizer, "truncation_side");
    c->cut_left = side && strcmp(side, "left") == 0;
    if (rc < 0) tok_config_release(c);
    return rc;
}

void tok_config_release(struct tok_config *c) {
    json_decref(c->tokenizer);
    json_decref(c->config);
    json_decref(c->special_map);
    json_decref(c->added);
    *c = (struct tok_config){0};
}

// The declared list of tokenizer_config.json; with one, special_tokens_map.json and
// added_tokens.json do not count.
static const json_t *declared(const struct tok_config *c) {
    return json_object_get(c->tokenizer, "added_tokens_decoder");
}

static const json_t *special_value(const struct tok_config *c, const char *key) {
    const json_t *v = declared(c) ? NULL : json_object_get(c->special_map, key);
    return v ? v : json_object_get(c->tokenizer, key);
}

static const char *content_of(const json_t *v) {
    return json_is_object(v) ? tok_json_str(v, "content") : json_string_value(v);
}

const char *tok_config_special(const struct tok_config *c, const struct tok_kind *k,
                               const char *key) {
    const json_t *v = special_value(c, key);
    return v ? content_of(v) : k->default_special(key);
}

// A name that the configuration leaves to the kind counts where it is a special token.
void tok_config_named(struct mc_tokenizer *t, const struct tok_config *c) {
    for (int i = 0; i < TOK_NAMED; i++) {
        const char *s = tok_config_special(c, t->kind, named[i]);
        const struct tok_added *a = s ? tok_added_find(&t->added, s) : NULL;
        bool counts = s && (special_value(c, named[i]) || (a && a->special));
        t->named[i] = counts ? mc_tokenizer_id(t, s) : -1;
    }
}

int tok_config_ends(const struct mc_tokenizer *t, const struct tok_config *c, int32_t *cls,
                    int32_t *sep, struct mc_error *e) {
    const char *const key[] = {"cls_token", "sep_token"};
    int32_t *const id[] = {cls, sep};
    for (int i = 0; i < 2; i++) {
        const char *s = tok_config_special(c, t->kind, key[i]);
        *id[i] = s ? mc_tokenizer_id(t, s) : -1;
        if (*id[i] < 0)
            return mc_fail(e, MC_ERR_INPUT, "%s/tokenizer_config.json: no %s", c->dir, key[i]);
    }
    return 0;
}

// Adds a special token, a string or an object, to the list unless it is there.
static int take_special(struct tok_added_list *l, const json_t *v, const char *where,
                        struct mc_error *e) {
    struct tok_added a = {.id = -1, .text = (char *)content_of(v), .special = true};
    if (!a.text || !*a.text)
        return mc_fail(e, MC_ERR_INPUT, "%s: a special token that is no text", where);
    if (tok_added_find(l, a.text)) return 0;
    if (json_is_object(v)) {
        MC_TRY(tok_json_bool(v, "single_word", false, where, &a.single_word, e));
        MC_TRY(tok_json_bool(v, "lstrip", false, where, &a.lstrip, e));
        MC_TRY(tok_json_bool(v, "rstrip", false, where, &a.rstrip, e));
        MC_TRY(tok_json_bool(v, "normalized", false, where, &a.normalized, e));
    }
    return tok_added_push(l, &a, e);
}

static int take_list(struct tok_added_list *l, const json_t *v, const char *where,
                     struct mc_error *e) {
    if (!v || json_is_null(v)) return 0;
    if (!json_is_array(v))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: additional special tokens that are no list are not supported", where);
    size_t i;
    json_t *o;
    json_array_foreach((json_t *)v, i, o) MC_TRY(take_special(l, o, where, e));
    return 0;
}

static bool is_named(const char *key) {
    for (int i = 0; i < TOK_NAMED; i++)
        if (strcmp(key, named[i]) == 0) return true;
    return false;
}

// Puts into `tokens` the values of keys like image_token, which name tokens of one model alone;
// with any_key those of all keys.
static int put_own(json_t *tokens, const json_t *o, bool any_key, struct mc_error *e) {
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)o, key, v) {
        size_t n = strlen(key);
        bool token = n > 6 && strcmp(key + n - 6, "_token") == 0 && content_of(v);
        if (!any_key && (!token || is_named(key))) continue;
        if (json_object_set(tokens, key, v) < 0) return mc_fail(e, MC_ERR_MEM, "no memory");
    }
    return 0;
}

// The tokens of one model, special ones: those of an object `extra_special_tokens`, which
// transformers 5 writes as `model_specific_special_tokens`, and those under keys of their own. What
// comes first is added first; of two under one key the last counts.
static int take_own(struct tok_added_list *l, const struct tok_config *c, const json_t *map,
                    const char *where, struct mc_error *e) {
    static const char extra[] = "extra_special_tokens", own[] = "model_specific_special_tokens";
    const json_t *objects = json_object_get(c->tokenizer, extra);
    json_t *tokens = json_object();
    int rc = tokens ? 0 : mc_fail(e, MC_ERR_MEM, "no memory");
    if (rc == 0) rc = put_own(tokens, c->tokenizer, false, e);
    if (rc == 0) rc = put_own(tokens, map, false, e);
    if (rc == 0) rc = put_own(tokens, json_object_get(c->tokenizer, own), true, e);
    if (rc == 0) rc = put_own(tokens, objects, true, e);
    if (rc == 0) rc = put_own(tokens, json_object_get(map, extra), true, e);
    const char *key;
    json_t *v;
    json_object_foreach(tokens, key, v) if (rc == 0) rc = take_special(l, v, where, e);
    json_decref(tokens);
    return rc;
}

// The additional special tokens under `extra_special_tokens`, an object or a list, and under the
// old key, which counts where the new one holds no list. class: whose class adds more, or NULL.
static int take_extras(struct tok_added_list *l, const struct tok_config *c,
                       const struct mc_tokenizer *class, const char *where, struct mc_error *e) {
    static const char extra[] = "extra_special_tokens", additional[] = "additional_special_tokens";
    const json_t *first = json_object_get(c->tokenizer, extra);
    const json_t *old = json_object_get(c->tokenizer, additional);
    const json_t *map = declared(c) ? NULL : c->special_map;
    MC_TRY(take_own(l, c, map, where, e));
    if (json_is_object(first)) first = NULL;
    bool empty = !first || json_is_null(first) ||
                 (json_is_array(first) && json_array_size(first) == 0);
    MC_TRY(take_list(l, empty ? old : first, where, e));
    const json_t *more = json_object_get(map, extra);
    if (json_is_object(more)) more = NULL;
    MC_TRY(take_list(l, more, where, e));
    // the old key of special_tokens_map.json counts only where no other key names any list
    if (first || old || more) return 0;
    const json_t *last = json_object_get(map, additional);
    if (!class || !class->kind->class_extras) return take_list(l, last, where, e);
    struct tok_added_list given = {0};
    int rc = take_list(&given, last, where, e);
    if (rc == 0) rc = class->kind->class_extras(class, l, &given, c, e);
    tok_added_free(&given);
    return rc;
}

static int take_declared(struct tok_added_list *l, const json_t *list, const char *where,
                         struct mc_error *e) {
    const char *key;
    json_t *o;
    json_object_foreach((json_t *)list, key, o) {
        struct tok_added a;
        MC_TRY(tok_added_from_json(&a, o, where, e));
        char *end;
        long id = strtol(key, &end, 10);
        if (*end || !*key || id < 0 || id > INT32_MAX)
            return mc_fail(e, MC_ERR_INPUT, "%s: added_tokens_decoder: '%s' is no id", where, key);
        a.id = (int32_t)id;
        MC_TRY(tok_added_push(l, &a, e));
    }
    return tok_added_sort(l, e);
}

static int take_legacy(struct tok_added_list *l, const struct tok_config *c,
                       const struct tok_added_list *special, const char *where,
                       struct mc_error *e) {
    const char *key;
    json_t *o;
    json_object_foreach(c->added, key, o) {
        int64_t id;
        if (!*key || !tok_json_int(o, 0, INT32_MAX, &id))
            return mc_fail(e, MC_ERR_INPUT, "%s: added_tokens.json: '%s' has no id", where, key);
        if (tok_added_find(l, key)) continue;
        bool is_special = tok_added_find(special, key);
        struct tok_added a = {.text = (char *)key,
                              .id = (int32_t)id,
                              .normalized = !is_special,
                              .special = is_special};
        MC_TRY(tok_added_push(l, &a, e));
    }
    return tok_added_sort(l, e);
}

static int take_named(struct tok_added_list *l, const struct tok_config *c,
                      const struct tok_kind *k, bool defaults, const char *where,
                      struct mc_error *e) {
    for (int i = 0; i < TOK_NAMED; i++) {
        const json_t *v = special_value(c, named[i]);
        const char *def = v || !defaults ? NULL : k->default_special(named[i]);
        if (v && !json_is_null(v)) MC_TRY(take_special(l, v, where, e));
        if (!def || tok_added_find(l, def)) continue;
        struct tok_added a = {.text = (char *)def, .id = -1, .special = true};
        MC_TRY(tok_added_push(l, &a, e));
    }
    return 0;
}

// The list that transformers ends up with. base: the added tokens of tokenizer.json, or NULL.
static int gather(struct tok_added_list *out, const struct tok_config *c,
                  const struct mc_tokenizer *t, const struct tok_added_list *base, bool built,
                  const char *where, struct mc_error *e) {
    const struct tok_kind *k = t->kind;
    struct tok_added_list special = {0};
    int rc = 0;
    if (declared(c)) {
        MC_TRY_DONE(take_declared(out, declared(c), where, e));
    } else {
        MC_TRY_DONE(take_named(&special, c, k, built, where, e));
        MC_TRY_DONE(take_extras(&special, c, NULL, where, e));
        for (int i = 0; base && i < base->n; i++) MC_TRY_DONE(tok_added_push(out, &base->v[i], e));
        MC_TRY_DONE(take_legacy(out, c, &special, where, e));
    }
    MC_TRY_DONE(take_named(out, c, k, built, where, e));
    MC_TRY_DONE(take_extras(out, c, built ? t : NULL, where, e));
done:
    tok_added_free(&special);
    return rc;
}

int tok_config_added(struct mc_tokenizer *t, const struct tok_config *c, struct mc_error *e) {
    char where[512];
    snprintf(where, sizeof where, "%s/tokenizer_config.json", c->dir);
    MC_TRY(gather(&t->added, c, t, NULL, true, where, e));
    int32_t next = t->kind->vocab(t->model)->n;
    for (int i = 0; i < t->added.n; i++) {
        struct tok_added *a = &t->added.v[i];
        int32_t id = t->kind->id(t->model, a->text, a->n);
        if (id < 0) id = next;
        if (a->id >= 0 && a->id != id)
            return mc_fail(e, MC_ERR_INPUT, "%s: added token '%s' has id %d, but %s makes it %d",
                           where, a->text, a->id, t->source, id);
        a->id = id;
        if (id >= next) next = id + 1;
    }
    return 0;
}

static int disagree(const char *where, const char *token, const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s and tokenizer.json disagree: added token '%s': %s", where,
                   token, what);
}

int tok_config_check_added(const struct mc_tokenizer *t, const struct tok_config *c, bool built,
                           struct mc_error *e) {
    if (!built && !c->tokenizer) return 0;
    char where[512];
    snprintf(where, sizeof where, "%s/tokenizer_config.json", c->dir);
    struct tok_added_list want = {0};
    int rc = 0;
    MC_TRY_DONE(gather(&want, c, t, &t->added, built, where, e));
    for (int i = 0; i < want.n; i++) {
        const struct tok_added *w = &want.v[i], *a = tok_added_find(&t->added, w->text);
        const char *what = NULL;
        if (!a)
            what = "not in tokenizer.json";
        else if (w->id >= 0 && w->id != a->id)
            what = "different ids";
        else if (w->single_word != a->single_word || w->lstrip != a->lstrip ||
                 w->rstrip != a->rstrip || w->normalized != a->normalized)
            what = "different flags";
        if (what) {
            rc = disagree(where, w->text, what, e);
            goto done;
        }
    }
    for (int i = 0; built && i < t->added.n; i++)
        if (!tok_added_find(&want, t->added.v[i].text)) {
            rc = disagree(where, t->added.v[i].text, "only in tokenizer.json", e);
            goto done;
        }
done:
    tok_added_free(&want);
    return rc;
}

// Where special tokens stand: the post-processors TemplateProcessing, BertProcessing and
// RobertaProcessing of tokenizer.json.
#include <stdlib.h>
#include <string.h>

#include "tok.h"

int tok_template_add(struct tok_template *p, int32_t id, int64_t type, struct mc_error *e) {
    void *v = mc_resize(p->item, (size_t)p->n + 1, sizeof *p->item, e);
    if (!v) return MC_ERR_MEM;
    p->item = v;
    p->item[p->n].id = id;
    p->item[p->n].type = (uint8_t)type;
    p->n++;
    p->n_special += id >= 0;
    return 0;
}

void tok_template_free(struct tok_template *p) {
    free(p->item);
    *p = (struct tok_template){0};
}

bool tok_template_equal(const struct tok_template *a, const struct tok_template *b) {
    if (a->n != b->n) return false;
    for (int i = 0; i < a->n; i++)
        if (a->item[i].id != b->item[i].id || a->item[i].type != b->item[i].type) return false;
    return true;
}

int tok_template_bert(struct mc_tokenizer *t, int32_t cls, int32_t sep, struct mc_error *e) {
    const int32_t item[] = {cls, TOK_SEQ_A, sep, TOK_SEQ_B, sep};
    for (int i = 0; i < 5; i++) {
        if (i < 3) MC_TRY(tok_template_add(&t->single, item[i], 0, e));
        MC_TRY(tok_template_add(&t->pair, item[i], i >= 3, e));
    }
    return 0;
}

int tok_template_roberta(struct mc_tokenizer *t, int32_t cls, int32_t sep, struct mc_error *e) {
    const int32_t item[] = {cls, TOK_SEQ_A, sep, sep, TOK_SEQ_B, sep};
    for (int i = 0; i < 6; i++) {
        if (i < 3) MC_TRY(tok_template_add(&t->single, item[i], 0, e));
        MC_TRY(tok_template_add(&t->pair, item[i], 0, e));
    }
    return 0;
}

static int bad(const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "post_processor: %s", what);
}

static int add_special(struct tok_template *p, const json_t *table, const char *name, int64_t type,
                       int32_t size, struct mc_error *e) {
    const json_t *ids = json_object_get(json_object_get(table, name), "ids");
    if (!json_is_array(ids))
        return mc_fail(e, MC_ERR_INPUT, "post_processor: special token '%s' has no ids", name);
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)ids, i, v) {
        int64_t id;
        if (!tok_json_int(v, 0, size - 1, &id))
            return mc_fail(e, MC_ERR_INPUT,
                           "post_processor: special token '%s' has an id beyond the vocabulary",
                           name);
        MC_TRY(tok_template_add(p, (int32_t)id, type, e));
    }
    return 0;
}

static int read_items(struct tok_template *p, const json_t *list, const json_t *table, bool pair,
                      int32_t size, struct mc_error *e) {
    if (!json_is_array(list)) return bad(pair ? "no list 'pair'" : "no list 'single'", e);
    int seen[2] = {0, 0};
    size_t i;
    json_t *o;
    json_array_foreach((json_t *)list, i, o) {
        const json_t *special = json_object_get(o, "SpecialToken"),
                     *seq = json_object_get(o, "Sequence");
        const json_t *it = special ? special : seq;
        const char *name = tok_json_str(it, "id");
        int64_t type;
        if (!name || !tok_json_int(json_object_get(it, "type_id"), 0, 255, &type))
            return bad("an item that is not understood", e);
        if (special) {
            MC_TRY(add_special(p, table, name, type, size, e));
        } else if (strcmp(name, "A") == 0 || strcmp(name, "B") == 0) {
            seen[*name - 'A']++;
            MC_TRY(tok_template_add(p, *name == 'A' ? TOK_SEQ_A : TOK_SEQ_B, type, e));
        } else {
            return bad("a sequence that is neither A nor B", e);
        }
    }
    if (seen[0] != 1 || seen[1] != pair)
        return bad("a template that does not hold each text once", e);
    return 0;
}

// ["[SEP]", 102]
static int read_end(const json_t *post, const char *key, int32_t size, int32_t *out,
                    struct mc_error *e) {
    int64_t id;
    if (!tok_json_int(json_array_get(json_object_get(post, key), 1), 0, size - 1, &id))
        return mc_fail(e, MC_ERR_INPUT, "post_processor: %s has no id of the vocabulary", key);
    *out = (int32_t)id;
    return 0;
}

int tok_template_json(struct mc_tokenizer *t, const json_t *post, struct mc_error *e) {
    const char *type = tok_json_str(post, "type");
    if (type && strcmp(type, "TemplateProcessing") == 0) {
        const json_t *table = json_object_get(post, "special_tokens");
        MC_TRY(read_items(&t->single, json_object_get(post, "single"), table, false, t->size, e));
        return read_items(&t->pair, json_object_get(post, "pair"), table, true, t->size, e);
    }
    bool roberta = type && strcmp(type, "RobertaProcessing") == 0;
    if (roberta || (type && strcmp(type, "BertProcessing") == 0)) {
        int32_t cls = 0, sep = 0;
        MC_TRY(read_end(post, "cls", t->size, &cls, e));
        MC_TRY(read_end(post, "sep", t->size, &sep, e));
        return (roberta ? tok_template_roberta : tok_template_bert)(t, cls, sep, e);
    }
    return mc_fail(e, MC_ERR_INPUT, "post_processor %s is not supported", type ? type : "null");
}

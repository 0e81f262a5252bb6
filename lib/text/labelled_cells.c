// Records to cells: tabs, CSV by RFC 4180, JSON objects by their keys.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labelled.h"

void labelled_cells_release(struct labelled_cells *c) {
    free(c->v);
    json_decref(c->json);
    *c = (struct labelled_cells){0};
}

int labelled_add_cell(struct labelled_cells *c, const char *p, size_t n, struct mc_error *e) {
    if (c->n == c->cap) {
        int cap = c->cap ? 2 * c->cap : 8;
        struct labelled_cell *v = mc_resize(c->v, (size_t)cap, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        c->v = v;
        c->cap = cap;
    }
    c->v[c->n++] = (struct labelled_cell){p, n};
    return 0;
}

int labelled_cut_tsv(struct labelled_cells *c, struct mc_buf *text, struct mc_error *e) {
    char *p = text->p, *end = text->p + text->n;
    c->n = 0;
    for (;;) {
        char *tab = memchr(p, '\t', (size_t)(end - p));
        char *stop = tab ? tab : end;
        *stop = 0;
        MC_TRY(labelled_add_cell(c, p, (size_t)(stop - p), e));
        if (!tab) return 0;
        p = tab + 1;
    }
}

// One cell from *p, unquoted in place; *p then stands behind it, at a comma or at the end. *stop:
// its end.
static int csv_cell(char **p, char *end, char **stop, struct mc_error *e) {
    char *q = *p, *w = *p;
    if (q == end || *q != '"') {
        while (q < end && *q != ',' && *q != '"') q++;
        if (q < end && *q == '"')
            return mc_fail(e, MC_ERR_INPUT, "a quote inside a cell that does not begin with one");
        *p = *stop = q;
        return 0;
    }
    for (q++;; *w++ = *q++) {
        if (q == end) return mc_fail(e, MC_ERR_INPUT, "a quote that is not closed");
        if (*q != '"') continue;
        if (q + 1 < end && q[1] == '"')
            q++;
        else
            break;
    }
    q++;
    if (q < end && *q != ',') return mc_fail(e, MC_ERR_INPUT, "text behind a closing quote");
    *stop = w;
    *p = q;
    return 0;
}

int labelled_cut_csv(struct labelled_cells *c, struct mc_buf *text, struct mc_error *e) {
    char *p = text->p, *end = text->p + text->n;
    c->n = 0;
    for (;;) {
        char *begin = p, *stop = p;
        MC_TRY(csv_cell(&p, end, &stop, e));
        bool more = p < end;
        *stop = 0; // the comma, or what the quotes leave free
        MC_TRY(labelled_add_cell(c, begin, (size_t)(stop - begin), e));
        if (!more) return 0;
        p++;
    }
}

static int json_answers(struct labelled_cells *c, const char *key, const json_t *list,
                        struct mc_error *e) {
    size_t i;
    json_t *v;
    if (json_array_size(list) == 0)
        return mc_fail(e, MC_ERR_INPUT, "the list '%s' holds no answer", key);
    json_array_foreach((json_t *)list, i, v) {
        if (!json_is_string(v))
            return mc_fail(e, MC_ERR_INPUT, "an element of '%s' is no string", key);
        MC_TRY(labelled_add_cell(c, json_string_value(v), json_string_length(v), e));
    }
    return 0;
}

static int json_cell(struct labelled_cells *c, const struct labelled_columns *k, const char *key,
                     bool label, struct mc_error *e) {
    json_t *v = json_object_get(c->json, key);
    if (label && k->answers && json_is_array(v)) return json_answers(c, key, v, e);
    if (json_is_string(v))
        return labelled_add_cell(c, json_string_value(v), json_string_length(v), e);
    if (label && json_is_integer(v)) {
        int n = snprintf(c->number, sizeof c->number, "%lld", (long long)json_integer_value(v));
        return labelled_add_cell(c, c->number, (size_t)n, e);
    }
    if (label && json_is_boolean(v)) {
        const char *word = json_is_true(v) ? "true" : "false";
        return labelled_add_cell(c, word, strlen(word), e);
    }
    double x = json_real_value(v);
    if (label && c->reals && json_is_real(v) && fabs(x) < 0x1p53 && x == floor(x)) {
        int n = snprintf(c->number, sizeof c->number, "%.0f", x);
        return labelled_add_cell(c, c->number, (size_t)n, e);
    }
    if (label && k->number && json_is_real(v)) {
        int n = snprintf(c->number, sizeof c->number, "%.17g", x);
        return labelled_add_cell(c, c->number, (size_t)n, e);
    }
    if (!v) return mc_fail(e, MC_ERR_INPUT, "no key '%s'", key);
    return mc_fail(e, MC_ERR_INPUT, "the value of '%s' is no string%s", key,
                   !label       ? ""
                   : k->answers ? ", no list of strings, no whole number, true or false"
                   : k->number  ? " and no number"
                   : json_is_real(v)
                       ? ", no whole number, true or false: a number to predict is --regression"
                       : ", no whole number, true or false");
}

int labelled_cut_json(struct labelled_cells *c, struct mc_buf *text, struct labelled_columns *k,
                      struct mc_error *e) {
    json_error_t je;
    json_decref(c->json);
    c->n = 0;
    int rc = mc_json_load(&c->json, text->p, text->n, JSON_REJECT_DUPLICATES, MC_JSON_ROW, &je, e);
    // a number may be too large in a key that nobody asked for
    c->reals = rc == MC_ERR_INPUT && json_error_code(&je) == json_error_numeric_overflow;
    if (c->reals)
        rc = mc_json_load(&c->json, text->p, text->n,
                          JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, MC_JSON_ROW, &je, e);
    if (rc == MC_ERR_INPUT) return mc_fail(e, rc, "not JSON: %s", je.text);
    if (rc < 0) return rc;
    if (!json_is_object(c->json)) return mc_fail(e, MC_ERR_INPUT, "no JSON object");
    for (int i = 0; i < k->n_texts; i++) MC_TRY(json_cell(c, k, k->name[i], false, e));
    return k->label < 0 ? 0 : json_cell(c, k, k->name[MC_LABELLED_TEXTS], true, e);
}

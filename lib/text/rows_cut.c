#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

void rows_cells_release(struct rows_cells *c) {
    free(c->v);
    json_decref(c->json);
    *c = (struct rows_cells){0};
}

void rows_columns_release(struct rows_columns *c) {
    for (int i = 0; i < MC_ROWS_TEXTS + 1; i++) free(c->name[i]);
    *c = (struct rows_columns){0};
}

int rows_add_cell(struct rows_cells *c, const char *p, size_t n, struct mc_error *e) {
    if (c->n == c->cap) {
        int cap = c->cap ? 2 * c->cap : 8;
        struct rows_cell *v = mc_resize(c->v, (size_t)cap, sizeof *v, e);
        if (!v) return MC_ERR_MEM;
        c->v = v;
        c->cap = cap;
    }
    c->v[c->n++] = (struct rows_cell){p, n};
    return 0;
}

int rows_cut_tsv(struct rows_cells *c, struct mc_buf *text, struct mc_error *e) {
    char *p = text->p, *end = text->p + text->n;
    c->n = 0;
    for (;;) {
        char *tab = memchr(p, '\t', (size_t)(end - p));
        char *stop = tab ? tab : end;
        *stop = 0;
        MC_TRY(rows_add_cell(c, p, (size_t)(stop - p), e));
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

int rows_cut_csv(struct rows_cells *c, struct mc_buf *text, struct mc_error *e) {
    char *p = text->p, *end = text->p + text->n;
    c->n = 0;
    for (;;) {
        char *begin = p, *stop = p;
        MC_TRY(csv_cell(&p, end, &stop, e));
        bool more = p < end;
        *stop = 0; // the comma, or what the quotes leave free
        MC_TRY(rows_add_cell(c, begin, (size_t)(stop - begin), e));
        if (!more) return 0;
        p++;
    }
}

static int json_answers(struct rows_cells *c, const char *key, const json_t *list,
                        struct mc_error *e) {
    size_t i;
    json_t *v;
    if (json_array_size(list) == 0)
        return mc_fail(e, MC_ERR_INPUT, "the list '%s' holds no answer", key);
    json_array_foreach((json_t *)list, i, v) {
        if (!json_is_string(v))
            return mc_fail(e, MC_ERR_INPUT, "an element of '%s' is no string", key);
        MC_TRY(rows_add_cell(c, json_string_value(v), json_string_length(v), e));
    }
    return 0;
}

static int json_cell(struct rows_cells *c, const struct rows_columns *k, const char *key,
                     bool label, struct mc_error *e) {
    json_t *v = json_object_get(c->json, key);
    if (label && k->answers && json_is_array(v)) return json_answers(c, key, v, e);
    if (json_is_string(v)) return rows_add_cell(c, json_string_value(v), json_string_length(v), e);
    if (label && json_is_integer(v)) {
        int n = snprintf(c->number, sizeof c->number, "%lld", (long long)json_integer_value(v));
        return rows_add_cell(c, c->number, (size_t)n, e);
    }
    double x = json_real_value(v);
    if (label && c->reals && json_is_real(v) && fabs(x) < 0x1p53 && x == floor(x)) {
        int n = snprintf(c->number, sizeof c->number, "%.0f", x);
        return rows_add_cell(c, c->number, (size_t)n, e);
    }
    if (label && k->number && json_is_real(v)) {
        int n = snprintf(c->number, sizeof c->number, "%.17g", x);
        return rows_add_cell(c, c->number, (size_t)n, e);
    }
    if (!v) return mc_fail(e, MC_ERR_INPUT, "no key '%s'", key);
    return mc_fail(e, MC_ERR_INPUT, "the value of '%s' is no string%s", key,
                   !label       ? ""
                   : k->answers ? ", no list of strings and no whole number"
                   : k->number  ? " and no number"
                                : " and no whole number");
}

int rows_cut_json(struct rows_cells *c, struct mc_buf *text, struct rows_columns *k,
                  struct mc_error *e) {
    json_error_t je;
    json_decref(c->json);
    c->n = 0;
    int rc = mc_json_load(&c->json, text->p, text->n, JSON_REJECT_DUPLICATES, &je, e);
    // a number may be too large in a key that nobody asked for
    c->reals = rc == MC_ERR_INPUT && json_error_code(&je) == json_error_numeric_overflow;
    if (c->reals)
        rc = mc_json_load(&c->json, text->p, text->n,
                          JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &je, e);
    if (rc == MC_ERR_INPUT) return mc_fail(e, rc, "not JSON: %s", je.text);
    if (rc < 0) return rc;
    if (!json_is_object(c->json)) return mc_fail(e, MC_ERR_INPUT, "no JSON object");
    for (int i = 0; i < k->n_texts; i++) MC_TRY(json_cell(c, k, k->name[i], false, e));
    return k->label < 0 ? 0 : json_cell(c, k, k->name[MC_ROWS_TEXTS], true, e);
}

static int copy_name(char **to, const char *s, size_t n, struct mc_error *e) {
    if (!(*to = mc_new(n + 1, 1, e))) return MC_ERR_MEM;
    memcpy(*to, s, n);
    return 0;
}

int rows_names(struct rows_columns *k, const struct mc_rows_options *o, struct mc_error *e) {
    k->label = -1;
    k->answers = o->answers;
    k->number = o->number;
    bool json = o->format == MC_ROWS_JSONL;
    const char *text = o->text ? o->text : json ? "text" : NULL;
    for (const char *p = text; p;) {
        size_t n = strcspn(p, ",");
        if (n == 0) return mc_fail(e, MC_ERR_USAGE, "--text: an empty column name");
        if (k->n_names == MC_ROWS_TEXTS)
            return mc_fail(e, MC_ERR_USAGE, "--text: at most two columns");
        MC_TRY(copy_name(&k->name[k->n_names++], p, n, e));
        p = p[n] ? p + n + 1 : NULL;
    }
    const char *label = o->no_label ? NULL : o->label ? o->label : json ? "label" : NULL;
    if (label) MC_TRY(copy_name(&k->name[MC_ROWS_TEXTS], label, strlen(label), e));
    if (!json) return 0;
    k->n_texts = k->n_names;
    for (int i = 0; i < k->n_texts; i++) k->text[i] = i;
    k->label = label ? k->n_texts : -1;
    k->n = k->n_texts + (label != NULL);
    return 0;
}

static int find_column(const struct rows_cells *c, const char *name, int *out, struct mc_error *e) {
    int seen = 0;
    for (int i = 0; i < c->n; i++)
        if (strcmp(c->v[i].p, name) == 0) {
            *out = i;
            seen++;
        }
    if (seen == 0) return mc_fail(e, MC_ERR_INPUT, "no column '%s' in the header", name);
    return seen == 1
               ? 0
               : mc_fail(e, MC_ERR_INPUT, "column '%s' stands more than once in the header", name);
}

// The text columns are those that are left beside the label.
static int texts_by_position(struct rows_columns *k, int n, struct mc_error *e) {
    for (int i = 0; i < n; i++) {
        if (i == k->label) continue;
        if (k->n_texts == MC_ROWS_TEXTS) {
            k->n_texts = 0;
            return mc_fail(e, MC_ERR_INPUT, "%d columns: more than two texts%s (name them: --text)",
                           n, k->label < 0 ? "" : " and a label");
        }
        k->text[k->n_texts++] = i;
    }
    if (k->n_texts == 0) return mc_fail(e, MC_ERR_INPUT, "%d column: no text beside the label", n);
    k->n = n;
    return 0;
}

static int too_few(int n, int want, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%d column%s: no answer (%d at least)", n, n == 1 ? "" : "s",
                   want);
}

// Columns without names: the texts come first, then the answers.
static int answers_by_position(struct rows_columns *k, const struct rows_cells *c,
                               const struct mc_rows_options *o, struct mc_error *e) {
    if (c->n <= o->n_texts) return too_few(c->n, o->n_texts + 1, e);
    k->label = o->n_texts;
    return texts_by_position(k, k->label + 1, e);
}

int rows_read_header(struct rows_columns *k, const struct rows_cells *c,
                     const struct mc_rows_options *o, struct mc_error *e) {
    if (o->answers && !o->text && !o->label) return answers_by_position(k, c, o, e);
    if (!o->no_label) {
        k->label = c->n - 1;
        if (o->label) MC_TRY(find_column(c, o->label, &k->label, e));
    }
    k->n = o->answers ? k->label + 1 : c->n;
    if (!o->text) return texts_by_position(k, k->n, e);
    for (int i = 0; i < k->n_names; i++) {
        MC_TRY(find_column(c, k->name[i], &k->text[i], e));
        if (k->text[i] == k->label)
            return mc_fail(e, MC_ERR_INPUT,
                           "column '%s' is both text and label (name the label: --label)",
                           k->name[i]);
        if (k->text[i] >= k->n)
            return mc_fail(e, MC_ERR_INPUT,
                           "column '%s' is text, but stands among the answers, behind the label",
                           k->name[i]);
    }
    k->n_texts = k->n_names;
    return 0;
}

int rows_check_count(struct rows_columns *k, const struct rows_cells *c,
                     const struct mc_rows_options *o, struct mc_error *e) {
    if (k->n == 0) {
        if (o->answers) return answers_by_position(k, c, o, e);
        k->label = o->no_label ? -1 : c->n - 1;
        return texts_by_position(k, c->n, e);
    }
    if (c->n == k->n || (o->answers && c->n > k->n)) return 0;
    if (o->answers) return too_few(c->n, k->n, e);
    return mc_fail(e, MC_ERR_INPUT, "%d column%s, the first row has %d", c->n, c->n == 1 ? "" : "s",
                   k->n);
}

bool rows_is_label(const struct rows_cell *c) {
    static const char word[] = "label";
    if (c->n != 5) return false;
    for (int i = 0; i < 5; i++)
        if ((c->p[i] | 0x20) != word[i]) return false;
    return true;
}

// Cells to columns: which of them are texts, and which is the label, by name or by position.
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "labelled.h"

#include "mc/num.h"

void labelled_columns_release(struct labelled_columns *c) {
    for (int i = 0; i < MC_LABELLED_TEXTS + 1; i++) {
        free(c->name[i]);
        free(c->found[i]);
    }
    *c = (struct labelled_columns){0};
}

static int copy_name(char **to, const char *s, size_t n, struct mc_error *e) {
    if (!(*to = mc_new(n + 1, 1, e))) return MC_ERR_MEM;
    memcpy(*to, s, n);
    return 0;
}

int labelled_names(struct labelled_columns *k, const struct mc_labelled_options *o,
                   struct mc_error *e) {
    k->label = -1;
    k->answers = o->answers;
    k->number = o->number;
    bool json = o->format == MC_LABELLED_JSONL;
    const char *text = o->text ? o->text : json ? "text" : NULL;
    for (const char *p = text; p;) {
        size_t n = strcspn(p, ",");
        if (n == 0) return mc_fail(e, MC_ERR_USAGE, "--text: an empty column name");
        if (k->n_names == MC_LABELLED_TEXTS)
            return mc_fail(e, MC_ERR_USAGE, "--text: at most two columns");
        MC_TRY(copy_name(&k->name[k->n_names++], p, n, e));
        p = p[n] ? p + n + 1 : NULL;
    }
    const char *label = o->no_label ? NULL : o->label ? o->label : json ? "label" : NULL;
    if (label) MC_TRY(copy_name(&k->name[MC_LABELLED_TEXTS], label, strlen(label), e));
    if (!json) return 0;
    k->n_texts = k->n_names;
    for (int i = 0; i < k->n_texts; i++) k->text[i] = i;
    k->label = label ? k->n_texts : -1;
    k->n = k->n_texts + (label != NULL);
    return 0;
}

static int find_column(const struct labelled_cells *c, const char *name, int *out,
                       struct mc_error *e) {
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
static int texts_by_position(struct labelled_columns *k, int n, struct mc_error *e) {
    for (int i = 0; i < n; i++) {
        if (i == k->label) continue;
        if (k->n_texts == MC_LABELLED_TEXTS) {
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
    return mc_fail(e, MC_ERR_INPUT, "%d column%s: no answer (%d at least)", n, mc_s(n), want);
}

// Columns without names: the texts come first, then the answers.
static int answers_by_position(struct labelled_columns *k, const struct labelled_cells *c,
                               const struct mc_labelled_options *o, struct mc_error *e) {
    if (c->n <= o->n_texts) return too_few(c->n, o->n_texts + 1, e);
    k->label = o->n_texts;
    return texts_by_position(k, k->label + 1, e);
}

bool labelled_is_label(const struct labelled_cell *c) { return strcasecmp(c->p, "label") == 0; }

// Names that tables give to a column of row numbers; the empty name is one of them.
static bool counts_rows(const char *name) {
    static const char *const names[] = {"", "id", "idx", "index", "guid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0) return true;
    return strncasecmp(name, "Unnamed:", 8) == 0;
}

bool labelled_looks_header(const struct labelled_cells *c) {
    bool label = false, number = false;
    for (int i = 0; i < c->n; i++) {
        label |= labelled_is_label(&c->v[i]);
        number |= counts_rows(c->v[i].p);
    }
    return c->n > 1 && (labelled_is_label(&c->v[c->n - 1]) || (label && number));
}

// Without --label: the column of that name, wherever it stands, else the last.
static int find_label(struct labelled_columns *k, const struct labelled_cells *c,
                      struct mc_error *e) {
    k->label = -1;
    for (int i = 0; i < c->n; i++) {
        if (!labelled_is_label(&c->v[i])) continue;
        if (k->label >= 0)
            return mc_fail(e, MC_ERR_INPUT,
                           "two columns are named label: say which is meant with --label");
        k->label = i;
    }
    if (k->label < 0) k->label = c->n - 1;
    return 0;
}

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), k = strlen(end);
    return n > k && strcasecmp(s + n - k, end) == 0;
}

// Other names of columns of numbers, which number rows or what rows are about. Unlike row numbers
// they may be meant as labels.
static bool is_number(const char *name) {
    static const char *const names[] = {"uid", "uuid", "qid", "pid", "rowid", "row", "level_0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0) return true;
    return ends_with(name, "_id") || ends_with(name, " id") || ends_with(name, "_idx") ||
           ends_with(name, "_index") || strncmp(name, "__index_level_", 14) == 0;
}

// Whether a column is called as labels are: "labels", "gold_label", "label_text".
static bool names_labels(const char *name) {
    return strcasecmp(name, "label") == 0 || strcasecmp(name, "labels") == 0 ||
           strncasecmp(name, "label_", 6) == 0 || ends_with(name, "_label");
}

// Refuses a column that would be taken for text or label because of its place alone and whose name
// says that it is a row's number, or, for a text, that it holds labels.
static int check_names(const struct labelled_columns *k, const struct labelled_cells *c,
                       const struct mc_labelled_options *o, struct mc_error *e) {
    for (int i = 0; i < k->n_texts + (k->label >= 0); i++) {
        bool label = i == k->n_texts;
        if (label ? o->label != NULL : o->text != NULL) continue;
        const char *name = c->v[label ? k->label : k->text[i]].p;
        if (counts_rows(name) || (!label && !names_labels(name) && is_number(name)))
            return mc_fail(e, MC_ERR_INPUT,
                           "column '%s' numbers the rows and is no %s: name the columns, --text A "
                           "or --text A,B%s",
                           name, label ? "label" : "text", o->no_label ? "" : " and --label C");
        if (!label && names_labels(name))
            return mc_fail(e, MC_ERR_INPUT,
                           "column '%s' would be text: name the text columns with --text%s", name,
                           o->no_label || o->label ? "" : ", the label with --label");
    }
    return 0;
}

static int texts_by_name(struct labelled_columns *k, const struct labelled_cells *c,
                         struct mc_error *e) {
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

static int choose_columns(struct labelled_columns *k, const struct labelled_cells *c,
                          const struct mc_labelled_options *o, struct mc_error *e) {
    if (o->answers && !o->text && !o->label) return answers_by_position(k, c, o, e);
    if (o->label)
        MC_TRY(find_column(c, o->label, &k->label, e));
    else if (!o->no_label)
        MC_TRY(find_label(k, c, e));
    k->n = o->answers ? k->label + 1 : c->n;
    return o->text ? texts_by_name(k, c, e) : texts_by_position(k, k->n, e);
}

int labelled_read_header(struct labelled_columns *k, const struct labelled_cells *c,
                         const struct mc_labelled_options *o, struct mc_error *e) {
    MC_TRY(choose_columns(k, c, o, e));
    MC_TRY(check_names(k, c, o, e));
    for (int i = 0; i < k->n_texts + (k->label >= 0); i++) {
        bool label = i == k->n_texts;
        const struct labelled_cell *v = &c->v[label ? k->label : k->text[i]];
        MC_TRY(copy_name(&k->found[label ? MC_LABELLED_TEXTS : i], v->p, v->n, e));
    }
    return 0;
}

// "text 'sentence'", or the column's number where it has no name.
static int describe(const char *what, const char *name, int column, struct mc_buf *out,
                    struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, "%s%s ", out->n ? ", " : "", what));
    return name ? mc_buf_printf(out, e, "'%s'", name)
                : mc_buf_printf(out, e, "column %d", column + 1);
}

int labelled_describe(const struct labelled_columns *k, bool keys, struct mc_buf *out,
                      struct mc_error *e) {
    char *const *name = keys ? k->name : k->found;
    for (int i = 0; i < k->n_texts; i++) MC_TRY(describe("text", name[i], k->text[i], out, e));
    if (k->label < 0) return 0;
    return describe(k->answers  ? "answers from"
                    : k->number ? "number"
                                : "label",
                    name[MC_LABELLED_TEXTS], k->label, out, e);
}

// A file that is read in the wrong format has one column: says so.
static const char *other_format(const struct labelled_cells *c,
                                const struct mc_labelled_options *o) {
    if (o->format != MC_LABELLED_TSV || c->n != 1) return "";
    if (*c->v[0].p == '{') return " (JSON lines? say --format jsonl)";
    return strchr(c->v[0].p, ',') ? " (CSV? say --format csv)" : "";
}

int labelled_check_count(struct labelled_columns *k, const struct labelled_cells *c,
                         const struct mc_labelled_options *o, struct mc_error *e) {
    if (k->n == 0) {
        if (o->answers) return answers_by_position(k, c, o, e);
        k->label = o->no_label ? -1 : c->n - 1;
        int rc = texts_by_position(k, c->n, e);
        const char *hint = rc < 0 ? other_format(c, o) : "";
        return *hint ? mc_fail(e, rc, "%d column: no text beside the label%s", c->n, hint) : rc;
    }
    if (c->n == k->n || (o->answers && c->n > k->n)) return 0;
    if (o->answers) return too_few(c->n, k->n, e);
    return mc_fail(e, MC_ERR_INPUT, "%d column%s, the first row has %d", c->n, mc_s(c->n), k->n);
}

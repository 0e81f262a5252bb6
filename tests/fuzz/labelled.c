// Labelled text: rows that are accepted are written in the other formats, and read back the same.
#include <string.h>

#include "fuzz.h"
#include "mc/labelled.h"
#include "mc/tokens.h"
#include "mc/utf8.h"

// Rows as CSV with every cell quoted, and as JSON lines; their labels, and as a token set.
struct copy {
    struct mc_buf csv, json, labels;
    struct mc_tokens_builder set;
};

static void add_csv(struct mc_buf *b, const char *s, const char *end) {
    struct mc_error e;
    FUZZ_OK(mc_buf_add(b, "\"", 1, &e), &e);
    for (; *s; s++) {
        if (*s == '"') FUZZ_OK(mc_buf_add(b, s, 1, &e), &e);
        FUZZ_OK(mc_buf_add(b, s, 1, &e), &e);
    }
    FUZZ_OK(mc_buf_printf(b, &e, "\"%s", end), &e);
}

static void add_json(struct mc_buf *b, const char *key, const char *s, const char *end) {
    struct mc_error e;
    FUZZ_OK(mc_buf_printf(b, &e, "\"%s\":", key), &e);
    FUZZ_OK(mc_json_string(b, s, &e), &e);
    FUZZ_OK(mc_buf_printf(b, &e, "%s", end), &e);
}

// Answers as cells, and as a list.
static void add_answers(struct copy *c, const struct mc_row *r) {
    struct mc_error e;
    FUZZ_OK(mc_buf_printf(&c->json, &e, "\"y\":["), &e);
    for (const char *p = r->answers, *next; p < r->answers + r->answers_len; p = next) {
        next = p + strlen(p) + 1;
        bool last = next == r->answers + r->answers_len;
        add_csv(&c->csv, p, last ? "\n" : ",");
        FUZZ_OK(mc_json_string(&c->json, p, &e), &e);
        FUZZ_OK(mc_buf_printf(&c->json, &e, last ? "]}\n" : ","), &e);
    }
}

static void add_row(struct copy *c, const struct mc_row *r) {
    static const char *const key[] = {"a", "b"};
    struct mc_error e;
    FUZZ_OK(mc_buf_add(&c->json, "{", 1, &e), &e);
    for (int i = 0; i < r->n_texts; i++) {
        bool last = i + 1 == r->n_texts && !r->label;
        add_csv(&c->csv, r->text[i], last ? "\n" : ",");
        add_json(&c->json, key[i], r->text[i], last ? "}\n" : ",");
    }
    if (!r->label) return;
    if (r->answers) {
        add_answers(c, r);
    } else {
        add_csv(&c->csv, r->label, "\n");
        add_json(&c->json, "y", r->label, "}\n");
    }
    FUZZ_OK(mc_buf_add(&c->labels, r->label, strlen(r->label) + 1, &e), &e);
    const int32_t id = 1;
    const uint8_t type = 0;
    FUZZ_OK(mc_tokens_builder_add(&c->set, &id, &type, 1, r->line, r->label, &e), &e);
}

static void check_row(const struct mc_row *r, int64_t after, int n_texts) {
    FUZZ_CHECK(r->line > after && r->n_texts >= 1 && r->n_texts <= MC_LABELLED_TEXTS);
    FUZZ_CHECK(n_texts == 0 || n_texts == r->n_texts);
    for (int i = 0; i < r->n_texts; i++) {
        FUZZ_CHECK(strlen(r->text[i]) == r->text_len[i]);
        FUZZ_CHECK(mc_utf8_check(r->text[i], r->text_len[i]) == r->text_len[i]);
    }
    if (r->label) FUZZ_CHECK(mc_utf8_name(r->label, strlen(r->label)));
}

static void check_answers(const struct mc_row *r) {
    const char *p = r->answers, *end = p + r->answers_len;
    FUZZ_CHECK(r->label && strcmp(p, r->label) == 0);
    for (; p < end; p += strlen(p) + 1) FUZZ_CHECK(mc_utf8_name(p, strlen(p)));
    FUZZ_CHECK(p == end);
}

// All rows, bad ones left out as --skip-bad does; the number of texts, 0 without rows.
static int read_rows(const char *path, const struct mc_labelled_options *o, struct copy *c,
                     int *n_bad, struct mc_error *e) {
    struct mc_labelled *r;
    struct mc_row row;
    struct mc_error bad;
    MC_TRY(mc_labelled_open(&r, path, o, e));
    int rc, n_texts = 0;
    int64_t line = 0;
    *n_bad = 0;
    while ((rc = mc_labelled_next(r, &row, &bad)) != 0) {
        if (rc == 1) {
            check_row(&row, line, n_texts);
            FUZZ_CHECK(o->no_label == !row.label && o->answers == (row.answers != NULL));
            if (row.answers) check_answers(&row);
            n_texts = row.n_texts;
            line = row.line;
            add_row(c, &row);
            continue;
        }
        if ((*n_bad)++ == 0) *e = bad;
        if (!mc_labelled_recoverable(r)) break;
    }
    mc_labelled_close(r);
    return n_texts;
}

static void release(struct copy *c) {
    mc_buf_release(&c->csv);
    mc_buf_release(&c->json);
    mc_buf_release(&c->labels);
    mc_tokens_builder_release(&c->set);
}

static void same_bytes(const struct mc_buf *a, const struct mc_buf *b) {
    FUZZ_CHECK(a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
}

static void reread(const struct copy *c, const struct mc_buf *text,
                   const struct mc_labelled_options *o) {
    char path[FUZZ_PATH];
    struct mc_error e;
    struct copy back = {.csv = {0}};
    int bad;
    FUZZ_OK(read_rows(fuzz_file(path, "in2", text->p, text->n), o, &back, &bad, &e), &e);
    if (bad) fprintf(stderr, "%s\n", e.text);
    FUZZ_CHECK(bad == 0);
    same_bytes(&c->csv, &back.csv);
    same_bytes(&c->json, &back.json);
    release(&back);
}

// The set has the labels in its own order, and under its numbers those that were read.
static void check_set(struct copy *c) {
    struct mc_error e;
    struct mc_tokens t;
    FUZZ_OK(mc_tokens_builder_finish(&c->set, &t, &e), &e);
    const char *label = c->labels.p;
    for (int i = 0; i < t.n_labels; i++)
        FUZZ_CHECK(i == 0 || strcmp(t.label_names[i - 1], t.label_names[i]) < 0);
    for (int64_t i = 0; t.labels && i < t.n; i++, label += strlen(label) + 1)
        FUZZ_CHECK(strcmp(t.label_names[t.labels[i]], label) == 0);
    mc_tokens_release(&t);
}

static int one_way(const char *path, const struct mc_labelled_options *o, struct mc_error *e) {
    struct copy c = {.csv = {0}};
    int bad, n_texts = read_rows(path, o, &c, &bad, e);
    if (n_texts > 0) {
        struct mc_buf csv = {0}; // under a header, as a row may look like one
        const char *head = n_texts == 1 ? "a" : "a,b";
        FUZZ_OK(mc_buf_printf(&csv, e, "%s%s\n%s", head, o->no_label ? "" : ",y", c.csv.p), e);
        reread(&c, &csv,
               &(struct mc_labelled_options){.format = MC_LABELLED_CSV,
                                             .header = true,
                                             .no_label = o->no_label,
                                             .answers = o->answers,
                                             .n_texts = n_texts});
        mc_buf_release(&csv);
        reread(&c, &c.json,
               &(struct mc_labelled_options){.format = MC_LABELLED_JSONL,
                                             .no_label = o->no_label,
                                             .answers = o->answers,
                                             .text = head,
                                             .label = o->no_label ? NULL : "y"});
        if (!o->no_label) check_set(&c);
    }
    release(&c);
    return n_texts < 0 ? n_texts : bad ? e->code : 0;
}

// Accepted where any way of reading labels accepts it whole; answers and numbers forgive more.
static int all_ways(const struct mc_labelled_options *o, int n_ways, const uint8_t *p, size_t n,
                    struct mc_error *e) {
    char path[FUZZ_PATH];
    struct mc_error other;
    fuzz_file(path, "in", p, n);
    int rc = one_way(path, &o[0], e);
    for (int i = 1; i < n_ways; i++)
        if (one_way(path, &o[i], &other) == 0 && !o[i].answers && !o[i].number) rc = 0;
    return rc;
}

static int table(enum mc_labelled_format f, const uint8_t *p, size_t n, struct mc_error *e) {
    const struct mc_labelled_options o[] = {
        {.format = f},
        {.format = f, .header = true},
        {.format = f, .no_label = true},
        {.format = f, .text = "a,b", .label = "y"},
        {.format = f, .text = "b", .no_label = true},
        {.format = f, .answers = true, .n_texts = 1},
        {.format = f, .answers = true, .header = true, .n_texts = 2},
        {.format = f, .answers = true, .text = "a", .label = "y"},
    };
    return all_ways(o, 8, p, n, e);
}

int fuzz_tsv(const uint8_t *p, size_t n, struct mc_error *e) {
    return table(MC_LABELLED_TSV, p, n, e);
}

int fuzz_csv(const uint8_t *p, size_t n, struct mc_error *e) {
    return table(MC_LABELLED_CSV, p, n, e);
}

int fuzz_jsonl(const uint8_t *p, size_t n, struct mc_error *e) {
    const struct mc_labelled_options o[] = {
        {.format = MC_LABELLED_JSONL},
        {.format = MC_LABELLED_JSONL, .no_label = true},
        {.format = MC_LABELLED_JSONL, .text = "a,b", .label = "y"},
        {.format = MC_LABELLED_JSONL, .answers = true},
        {.format = MC_LABELLED_JSONL, .number = true},
    };
    return all_ways(o, 5, p, n, e);
}

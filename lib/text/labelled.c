// Reading labelled text, a row at a time: a record (a line; in CSV more than one where quotes hold
// newlines) is gathered whole, checked, cut into cells (labelled_cells.c), and the cells are told
// apart as texts and label (labelled_columns.c).
#include "mc/labelled.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <xxhash.h>

#include "mc/utf8.h"
#include "labelled.h"

enum { CHUNK = 1 << 16 };

struct mc_labelled {
    struct mc_labelled_options o;
    char *name;
    int fd;
    bool close_fd, at_end, recoverable, pending; // pending: the record in `text` was read by open
    bool any;                                    // a row, good or bad, has been seen
    char *chunk;
    size_t at, n;
    int64_t next_line, line; // of what comes next; of the record
    struct mc_buf text;      // the record without its line end
    struct labelled_cells cells;
    struct labelled_columns cols;
    struct mc_buf answers; // of the row, where they are asked for
    XXH3_state_t *hash;
};

// --- bytes

static int read_chunk(struct mc_labelled *r, struct mc_error *e) {
    ssize_t k;
    do k = read(r->fd, r->chunk, CHUNK);
    while (k < 0 && errno == EINTR);
    if (k < 0) return mc_fail_errno(e, "%s: cannot read", r->name);
    r->at = 0;
    r->n = (size_t)k;
    r->at_end = k == 0;
    XXH3_128bits_update(r->hash, r->chunk, r->n);
    return 0;
}

// Appends what is up to and with the next newline; *got tells whether there was anything.
static int add_line(struct mc_labelled *r, bool *got, bool *newline, struct mc_error *e) {
    *got = *newline = false;
    while (!*newline) {
        if (r->at == r->n && !r->at_end) MC_TRY(read_chunk(r, e));
        if (r->at_end) break;
        const char *p = r->chunk + r->at, *nl = memchr(p, '\n', r->n - r->at);
        size_t k = nl ? (size_t)(nl - p) + 1 : r->n - r->at;
        if (r->text.n + k > MC_LABELLED_MAX_BYTES)
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: a row of over %d bytes%s", r->name,
                           (long long)r->line, MC_LABELLED_MAX_BYTES,
                           r->o.format == MC_LABELLED_CSV ? " (a quote that is not closed?)" : "");
        MC_TRY(mc_buf_add(&r->text, p, k, e));
        r->at += k;
        *got = true;
        *newline = nl != NULL;
    }
    if (*got) r->next_line++;
    return 0;
}

enum csv_state { CSV_START, CSV_BARE, CSV_QUOTED, CSV_CLOSED };

// Where in a cell the reader stands behind p[0..n). A quote opens only at the start of a cell.
static enum csv_state csv_walk(enum csv_state s, const char *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (s == CSV_QUOTED)
            s = p[i] == '"' ? CSV_CLOSED : CSV_QUOTED;
        else if (p[i] == '"' && s != CSV_BARE)
            s = CSV_QUOTED;
        else
            s = p[i] == ',' ? CSV_START : CSV_BARE;
    }
    return s;
}

// The next record into r->text: 1, or 0 at the end.
static int next_record(struct mc_labelled *r, struct mc_error *e) {
    r->text.n = 0;
    r->line = r->next_line;
    bool got, newline;
    MC_TRY(add_line(r, &got, &newline, e));
    if (!got) return 0;
    if (r->line == 1 && r->text.n >= 3 && memcmp(r->text.p, "\xef\xbb\xbf", 3) == 0) {
        memmove(r->text.p, r->text.p + 3, r->text.n - 3);
        r->text.n -= 3;
        if (r->text.n == 0 && !newline) return 0; // a byte order mark and nothing else
    }
    if (r->o.format == MC_LABELLED_CSV) {
        enum csv_state s = CSV_START;
        size_t from = 0;
        for (;;) {
            s = csv_walk(s, r->text.p + from, r->text.n - from);
            from = r->text.n;
            if (s != CSV_QUOTED || !newline) break;
            MC_TRY(add_line(r, &got, &newline, e));
        }
    }
    if (newline) r->text.n--;
    if (newline && r->text.n && r->text.p[r->text.n - 1] == '\r') r->text.n--;
    r->text.p[r->text.n] = 0;
    return 1;
}

// --- rows

static int bad_row(struct mc_labelled *r, struct mc_error *e) {
    r->recoverable = e->code == MC_ERR_INPUT;
    return mc_fail_in(e, "%s: line %lld", r->name, (long long)r->line);
}

static int check_bytes(const struct mc_buf *t, struct mc_error *e) {
    size_t bad = mc_utf8_check(t->p, t->n);
    const char *nul = memchr(t->p, 0, t->n);
    if (nul && (size_t)(nul - t->p) < bad)
        return mc_fail(e, MC_ERR_INPUT, "byte %zu: a NUL byte", (size_t)(nul - t->p) + 1);
    if (bad < t->n) return mc_fail(e, MC_ERR_INPUT, "byte %zu: not valid UTF-8", bad + 1);
    return 0;
}

static int cut_record(struct mc_labelled *r, struct mc_error *e) {
    MC_TRY(check_bytes(&r->text, e));
    switch (r->o.format) {
    case MC_LABELLED_TSV: return labelled_cut_tsv(&r->cells, &r->text, e);
    case MC_LABELLED_CSV: return labelled_cut_csv(&r->cells, &r->text, e);
    case MC_LABELLED_JSONL: return labelled_cut_json(&r->cells, &r->text, &r->cols, e);
    case MC_LABELLED_PLAIN: break;
    }
    r->cells.n = 0;
    return labelled_add_cell(&r->cells, r->text.p, r->text.n, e);
}

// Labels and answers become cells of tables: they may be neither empty nor have control characters.
static int check_cell(const char *s, const char *what, struct mc_error *e) {
    if (!*s) return mc_fail(e, MC_ERR_INPUT, "empty %s", what);
    if (s[mc_utf8_plain(s)]) return mc_fail(e, MC_ERR_INPUT, "a control character in the %s", what);
    return 0;
}

static int add_answers(struct mc_labelled *r, struct mc_row *row, struct mc_error *e) {
    r->answers.n = 0;
    for (int i = r->cols.label; i < r->cells.n; i++) {
        const struct labelled_cell *c = &r->cells.v[i];
        MC_TRY(check_cell(c->p, "answer", e));
        MC_TRY(mc_buf_add(&r->answers, c->p, c->n + 1, e)); // with its NUL
    }
    row->answers = r->answers.p;
    row->answers_len = r->answers.n;
    return 0;
}

static int make_row(struct mc_labelled *r, struct mc_row *row, struct mc_error *e) {
    MC_TRY(cut_record(r, e));
    MC_TRY(labelled_check_count(&r->cols, &r->cells, &r->o, e));
    *row = (struct mc_row){.line = r->line, .n_texts = r->cols.n_texts};
    for (int i = 0; i < r->cols.n_texts; i++) {
        row->text[i] = r->cells.v[r->cols.text[i]].p;
        row->text_len[i] = r->cells.v[r->cols.text[i]].n;
    }
    if (r->cols.label < 0) return 0;
    row->label = r->cells.v[r->cols.label].p;
    if (r->o.answers) return add_answers(r, row, e);
    return check_cell(row->label, "label", e);
}

int mc_labelled_next(struct mc_labelled *r, struct mc_row *row, struct mc_error *e) {
    r->recoverable = false;
    if (!r->pending) {
        int rc = next_record(r, e);
        if (rc < 0) return rc;
        if (rc == 0) return r->any ? 0 : mc_fail(e, MC_ERR_INPUT, "%s: no rows", r->name);
    }
    r->pending = false;
    r->any = true;
    return make_row(r, row, e) < 0 ? bad_row(r, e) : 1;
}

int mc_labelled_describe(const struct mc_labelled *r, struct mc_buf *out, struct mc_error *e) {
    return labelled_describe(&r->cols, r->o.format == MC_LABELLED_JSONL, out, e);
}

bool mc_labelled_recoverable(const struct mc_labelled *r) { return r->recoverable; }
const char *mc_labelled_name(const struct mc_labelled *r) { return r->name; }

void mc_labelled_digest(const struct mc_labelled *r, char out[MC_DIGEST_TEXT]) {
    XXH128_canonical_t c;
    XXH128_canonicalFromHash(&c, XXH3_128bits_digest(r->hash));
    for (int i = 0; i < 16; i++) snprintf(out + 2 * i, 3, "%02x", c.digest[i]);
}

// --- opening

// Reads the header, or looks whether the first row is one that nobody declared.
static int read_first(struct mc_labelled *r, struct mc_error *e) {
    bool table = r->o.format == MC_LABELLED_TSV || r->o.format == MC_LABELLED_CSV;
    bool header = table && (r->o.header || r->o.text || r->o.label);
    int rc = next_record(r, e);
    if (rc < 0) return rc;
    if (rc == 0) return mc_fail(e, MC_ERR_INPUT, "%s: no rows", r->name);
    if (r->text.n >= 2 && memcmp(r->text.p, "\x1f\x8b", 2) == 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: compressed by gzip, not text (text: zcat FILE | mc-tokenize ...; a "
                       "token set is made already)",
                       r->name);
    MC_TRY(mc_no_pointer(r->name, r->text.p, r->text.n, e));
    r->pending = true;
    if (!table) return 0;
    struct mc_buf whole = {0}; // cutting changes the record, and it is cut again when it is taken
    MC_TRY(mc_buf_add(&whole, r->text.p, r->text.n, e));
    rc = cut_record(r, e);
    bool looks = rc == 0 && labelled_looks_header(&r->cells);
    if (header) {
        if (rc == 0) rc = labelled_read_header(&r->cols, &r->cells, &r->o, e);
        r->pending = false;
    }
    memcpy(r->text.p, whole.p, whole.n);
    mc_buf_release(&whole);
    if (header) return rc < 0 ? bad_row(r, e) : 0;
    if (rc < 0 && rc != MC_ERR_INPUT) return rc;
    if (looks) {
        mc_fail(e, MC_ERR_INPUT,
                "%s cell is the word label: if this row names the columns, say --header",
                labelled_is_label(&r->cells.v[r->cells.n - 1]) ? "the last" : "a");
        return bad_row(r, e);
    }
    return 0; // a bad first row is reported when it is taken
}

static int check_options(const struct mc_labelled_options *o, struct mc_error *e) {
    if (o->no_label && (o->label || o->answers))
        return mc_fail(e, MC_ERR_USAGE, "%s and no label contradict each other",
                       o->label ? "a label column" : "answers");
    if (o->format == MC_LABELLED_PLAIN && (o->header || o->text || o->label))
        return mc_fail(e, MC_ERR_USAGE, "plain text has no columns");
    if (o->format == MC_LABELLED_JSONL && o->header)
        return mc_fail(e, MC_ERR_USAGE, "JSON lines have no header");
    return 0;
}

static int open_all(struct mc_labelled *r, const char *path, struct mc_error *e) {
    bool in = !path || strcmp(path, "-") == 0;
    if (!(r->name = mc_strdup(in ? "standard input" : path, e)) ||
        !(r->chunk = mc_new(CHUNK, 1, e)))
        return MC_ERR_MEM;
    if (!(r->hash = XXH3_createState())) return mc_fail(e, MC_ERR_MEM, "no memory");
    XXH3_128bits_reset(r->hash);
    MC_TRY(check_options(&r->o, e));
    MC_TRY(labelled_names(&r->cols, &r->o, e));
    r->fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0) return mc_fail_errno(e, "%s: cannot open", path);
    r->close_fd = !in;
    return read_first(r, e);
}

int mc_labelled_open(struct mc_labelled **out, const char *path,
                     const struct mc_labelled_options *o, struct mc_error *e) {
    *out = NULL;
    struct mc_labelled *r = mc_new(1, sizeof *r, e);
    if (!r) return MC_ERR_MEM;
    r->o = *o;
    r->next_line = 1;
    r->fd = -1;
    if (o->format == MC_LABELLED_PLAIN) r->o.no_label = true;
    int rc = open_all(r, path, e);
    if (rc < 0)
        mc_labelled_close(r);
    else
        *out = r;
    return rc;
}

enum mc_labelled_format mc_labelled_format_of(const char *name, enum mc_labelled_format other) {
    static const struct {
        const char *end;
        enum mc_labelled_format format;
    } known[] = {{".tsv", MC_LABELLED_TSV},
                 {".csv", MC_LABELLED_CSV},
                 {".json", MC_LABELLED_JSONL},
                 {".jsonl", MC_LABELLED_JSONL},
                 {".ndjson", MC_LABELLED_JSONL}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
        if (strcasecmp(dot, known[i].end) == 0) return known[i].format;
    return other;
}

static const char *const FORMAT_WORD[] = {[MC_LABELLED_TSV] = "tsv", "csv", "jsonl"};

enum mc_labelled_format mc_labelled_format_named(const char *word) {
    int f = MC_LABELLED_JSONL;
    while (f > MC_LABELLED_TSV && strcmp(FORMAT_WORD[f], word) != 0) f--;
    return (enum mc_labelled_format)f;
}

const char *mc_labelled_format_word(const char *name) {
    return FORMAT_WORD[mc_labelled_format_of(name, MC_LABELLED_TSV)];
}

void mc_labelled_close(struct mc_labelled *r) {
    if (!r) return;
    if (r->close_fd) close(r->fd);
    free(r->name);
    free(r->chunk);
    mc_buf_release(&r->text);
    labelled_cells_release(&r->cells);
    labelled_columns_release(&r->cols);
    mc_buf_release(&r->answers);
    if (r->hash) XXH3_freeState(r->hash);
    free(r);
}

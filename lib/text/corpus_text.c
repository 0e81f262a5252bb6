// Plain text cut into documents, a line or a paragraph each. Bytes are appended to the text of a
// batch as they are read; the document in hand is the end of that text, from doc_at on. What is
// done depends on the text alone, never on where a read ended.
#include "corpus_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BATCH = 1 << 22,      // bytes of text that end a batch
    BATCH_DOCS = 1 << 18, // and documents that do
    FIRST = 64,           // bytes that are looked at before anything is taken
};

struct corpus_text {
    char *name;
    int fd;
    bool close_fd, at_end, paragraphs;
    bool held;  // a carriage return that the last read ended with
    bool solid; // the line has more than white space
    bool open;  // bytes of a line were taken whose end was not seen
    char *chunk;
    size_t at, n, step;
    size_t doc_at;          // where the document in hand begins
    size_t line_at;         // where its last line begins, the newline before it included
    struct mc_buf rest;     // the document in hand, between two batches
    int64_t line, doc_line; // in hand; where the document began
    int64_t doc_byte;       // bytes of that line before it
    int64_t bytes, size;
    bool behind; // what is in hand is the rest of a document
};

static bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool all_blank(const char *p, size_t n) {
    size_t i = 0;
    while (i < n && blank(p[i])) i++;
    return i == n;
}

void corpus_batch_release(struct corpus_batch *b) {
    mc_buf_release(&b->text);
    free(b->doc);
    *b = (struct corpus_batch){0};
}

// --- bytes

// At least so many bytes, fewer only at the end.
static int read_chunk(struct corpus_text *t, size_t least, struct mc_error *e) {
    t->at = t->n = 0;
    while (!t->at_end && t->n < least) {
        ssize_t k = read(t->fd, t->chunk + t->n, t->step);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return mc_fail_errno(e, "%s: cannot read", t->name);
        t->at_end = k == 0;
        t->n += (size_t)k;
    }
    t->bytes += (int64_t)t->n;
    return 0;
}

static int check_first(struct corpus_text *t, struct mc_error *e) {
    MC_TRY(read_chunk(t, FIRST, e));
    if (t->n >= 2 && memcmp(t->chunk, "\x1f\x8b", 2) == 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: compressed by gzip, not text (text: zcat FILE | mc-tokenize ...; a "
                       "token set is made already)",
                       t->name);
    MC_TRY(mc_no_pointer(t->name, t->chunk, t->n, e));
    if (t->n >= 3 && memcmp(t->chunk, "\xef\xbb\xbf", 3) == 0) t->at = 3;
    return 0;
}

// --- documents

// more: the document goes on at `end`. White space makes no paragraph.
static int add_doc(struct corpus_text *t, struct corpus_batch *b, size_t end, bool more,
                   struct mc_error *e) {
    size_t n = end - t->doc_at;
    bool behind = t->behind;
    t->behind = more;
    if (n == 0) return 0;
    if (t->paragraphs && !behind && all_blank(b->text.p + t->doc_at, n)) {
        t->behind = false;
        return 0;
    }
    if (b->n == b->cap) {
        int cap = b->cap ? 2 * b->cap : 1024;
        struct corpus_doc *doc = mc_resize(b->doc, (size_t)cap, sizeof *doc, e);
        if (!doc) return MC_ERR_MEM;
        b->doc = doc;
        b->cap = cap;
    }
    b->doc[b->n++] = (struct corpus_doc){t->doc_at, n, t->doc_line, t->doc_byte, behind, more};
    return 0;
}

// How good a cut before byte i is. Before a plain space ids are those of the whole: the piece begins
// with the space that some tokenizers put before a text that has none. White space outside of ASCII
// before it may be one word with it. 0: in the middle of a word or of white space.
static int cut_rank(const char *p, size_t i) {
    if (!blank(p[i]) || blank(p[i - 1])) return 0;
    return p[i] != ' ' ? 1 : (unsigned char)p[i - 1] >= 0x80 ? 2 : 3;
}

// Where a document that begins at p and has more than MC_CORPUS_TEXT bytes is cut into pieces: at
// the last of the best places that leave at least half of these, else between two code points.
static size_t cut_of(const char *p) {
    size_t best = 0;
    int rank = 0;
    for (size_t i = MC_CORPUS_TEXT; i > MC_CORPUS_TEXT / 2 && rank < 3; i--)
        if (cut_rank(p, i) > rank) {
            rank = cut_rank(p, i);
            best = i;
        }
    if (rank) return best;
    size_t i = MC_CORPUS_TEXT;
    while (i > MC_CORPUS_TEXT - 3 && ((unsigned char)p[i] & 0xc0) == 0x80) i--;
    return i;
}

static int cut_long(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    while (b->text.n - t->doc_at > MC_CORPUS_TEXT) {
        size_t k = cut_of(b->text.p + t->doc_at);
        MC_TRY(add_doc(t, b, t->doc_at + k, true, e));
        for (size_t i = 0; i < k; i++) {
            bool newline = b->text.p[t->doc_at + i] == '\n';
            t->doc_line += newline;
            t->doc_byte = newline ? 0 : t->doc_byte + 1;
        }
        t->doc_at += k;
    }
    return 0;
}

static int end_doc(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    MC_TRY(add_doc(t, b, b->text.n, false, e));
    t->doc_at = t->line_at = b->text.n;
    t->doc_line = t->line;
    t->doc_byte = 0;
    return 0;
}

// Bytes of the line in hand.
static int add_bytes(struct corpus_text *t, struct corpus_batch *b, const char *p, size_t n,
                     struct mc_error *e) {
    if (n == 0) return 0;
    if (!t->open && t->paragraphs && b->text.n > t->doc_at)
        MC_TRY(mc_buf_add(&b->text, "\n", 1, e));
    t->open = true;
    if (!t->solid) t->solid = !all_blank(p, n);
    MC_TRY(mc_buf_add(&b->text, p, n, e));
    return cut_long(t, b, e);
}

static int end_line(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    bool ends = !t->paragraphs || !t->solid;
    if (t->paragraphs && !t->solid)
        b->text.n = t->line_at > t->doc_at ? t->line_at : t->doc_at; // the blank line is no text
    t->line++;
    t->open = t->solid = false;
    if (ends) return end_doc(t, b, e);
    t->line_at = b->text.n;
    return 0;
}

// What is at hand up to the end of a line, or of what was read.
static int take_some(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    const char *p = t->chunk + t->at, *nl = memchr(p, '\n', t->n - t->at);
    size_t n = nl ? (size_t)(nl - p) : t->n - t->at;
    t->at += n + (nl != NULL);
    if (t->held && !(nl && n == 0)) MC_TRY(add_bytes(t, b, "\r", 1, e));
    t->held = false;
    if (n > 0 && p[n - 1] == '\r') { // part of the line's end, if a newline follows
        n--;
        t->held = !nl;
    }
    MC_TRY(add_bytes(t, b, p, n, e));
    return nl ? end_line(t, b, e) : 0;
}

static int finish(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    if (t->held) MC_TRY(add_bytes(t, b, "\r", 1, e));
    t->held = false;
    if (t->open) MC_TRY(end_line(t, b, e));
    return b->text.n > t->doc_at ? end_doc(t, b, e) : 0;
}

// The document in hand goes from one batch to the next.
static int begin_batch(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    b->n = 0;
    b->text.n = 0;
    MC_TRY(mc_buf_add(&b->text, t->rest.p, t->rest.n, e));
    t->line_at -= t->doc_at < t->line_at ? t->doc_at : t->line_at;
    t->doc_at = 0;
    return 0;
}

int corpus_text_next(struct corpus_text *t, struct corpus_batch *b, struct mc_error *e) {
    MC_TRY(begin_batch(t, b, e));
    while (t->doc_at < BATCH && b->n < BATCH_DOCS) {
        if (t->at == t->n && !t->at_end) MC_TRY(read_chunk(t, 1, e));
        if (t->at == t->n && t->at_end) {
            MC_TRY(finish(t, b, e));
            break;
        }
        MC_TRY(take_some(t, b, e));
    }
    t->rest.n = 0;
    MC_TRY(mc_buf_add(&t->rest, b->text.p + t->doc_at, b->text.n - t->doc_at, e));
    return b->n > 0;
}

const char *corpus_text_name(const struct corpus_text *t) { return t->name; }
int64_t corpus_text_bytes(const struct corpus_text *t) { return t->bytes; }
int64_t corpus_text_size(const struct corpus_text *t) { return t->size; }

// --- opening

static int open_all(struct corpus_text *t, const char *path, struct mc_error *e) {
    bool in = !path || strcmp(path, "-") == 0;
    if (!(t->name = mc_strdup(in ? "standard input" : path, e)) ||
        !(t->chunk = mc_new(t->step + FIRST, 1, e)))
        return MC_ERR_MEM;
    t->fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (t->fd < 0) return mc_fail_errno(e, "%s: cannot open", path);
    t->close_fd = !in;
    struct stat st;
    if (fstat(t->fd, &st) == 0 && S_ISREG(st.st_mode)) t->size = (int64_t)st.st_size;
    return check_first(t, e);
}

int corpus_text_open(struct corpus_text **out, const char *path, bool paragraphs, size_t step,
                     struct mc_error *e) {
    *out = NULL;
    struct corpus_text *t = mc_new(1, sizeof *t, e);
    if (!t) return MC_ERR_MEM;
    t->fd = -1;
    t->line = t->doc_line = 1;
    t->paragraphs = paragraphs;
    t->step = step;
    int rc = open_all(t, path, e);
    if (rc < 0)
        corpus_text_close(t);
    else
        *out = t;
    return rc;
}

void corpus_text_close(struct corpus_text *t) {
    if (!t) return;
    if (t->close_fd) close(t->fd);
    free(t->name);
    free(t->chunk);
    mc_buf_release(&t->rest);
    free(t);
}

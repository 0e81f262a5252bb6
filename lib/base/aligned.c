// Tables for a terminal.
#include "mc/aligned.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mc/num.h"
#include "mc/utf8.h"

enum { GAP = 2, BEFORE = 4, CELL = 32 }; // characters: before the decimals, sign and point too

struct cell {
    const char *p;
    size_t n;
};

// Cell k of the line at p, which ends at end; without a cell k it is empty.
static struct cell cell_of(const char *p, const char *end, int k) {
    for (; k > 0 && p; k--) {
        p = memchr(p, '\t', (size_t)(end - p));
        if (p) p++;
    }
    if (!p) return (struct cell){end, 0};
    const char *tab = memchr(p, '\t', (size_t)(end - p));
    return (struct cell){p, (size_t)((tab ? tab : end) - p)};
}

static const char *end_of(const char *line, const char *end) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    return stop ? stop : end;
}

static int characters(struct cell c) {
    int n = 0;
    for (size_t i = 0; i < c.n; i++) n += ((unsigned char)c.p[i] & 0xc0) != 0x80;
    return n;
}

static bool number_of(struct cell c, double *x) {
    char text[CELL];
    if (c.n == 0 || c.n >= sizeof text) return false;
    memcpy(text, c.p, c.n);
    text[c.n] = 0;
    return mc_parse_cell(text, x);
}

// What stands for a number: its decimals, or three digits where these would show little of it.
static struct cell short_number(const struct mc_aligned_column *k, struct cell c, char text[CELL]) {
    double x;
    if (k->text || !number_of(c, &x)) return c;
    if (isnan(x)) return (struct cell){"", 0};
    if (k->decimals == 0 && x == trunc(x)) return c;
    bool fits = x == 0 || (fabs(x) >= 1e-3 && fabs(x) < 1e5);
    int n = k->decimals == 0 ? snprintf(text, CELL, "%.6g", x)
            : fits           ? snprintf(text, CELL, "%.*f", k->decimals, x)
                             : snprintf(text, CELL, "%.2e", x);
    return (struct cell){text, (size_t)n};
}

// Looks at the column's cells in all lines: what it holds, and how wide it is.
static bool measure(struct mc_aligned_column *k, const char *lines, const char *end) {
    bool any = false;
    double x;
    for (const char *p = lines, *stop; p < end; p = stop + 1) {
        stop = end_of(p, end);
        struct cell c = cell_of(p, stop, k->at);
        bool number = number_of(c, &x), empty = c.n == 0 || (number && isnan(x));
        any |= !empty;
        k->text |= !empty && !number;
    }
    for (const char *p = lines, *stop; p < end; p = stop + 1) {
        char text[CELL];
        stop = end_of(p, end);
        int width = characters(short_number(k, cell_of(p, stop, k->at), text));
        if (width > k->width) k->width = width;
    }
    int least = k->text || !k->decimals ? 0 : k->decimals + BEFORE;
    if (k->width < least) k->width = least;
    return any;
}

static int column_at(const char *head, const char *end, const char *name) {
    int at = 0;
    for (const char *p = head; p; at++) {
        struct cell c = cell_of(p, end, 0);
        if (c.n == strlen(name) && memcmp(c.p, name, c.n) == 0) return at;
        p = c.p + c.n < end ? c.p + c.n + 1 : NULL;
    }
    return -1;
}

static int add_padded(struct mc_buf *out, struct cell c, int width, bool left, struct mc_error *e) {
    int pad = width - characters(c);
    if (pad < 0) pad = 0;
    return left ? mc_buf_printf(out, e, "%.*s%*s", (int)c.n, c.p, pad, "")
                : mc_buf_printf(out, e, "%*s%.*s", pad, "", (int)c.n, c.p);
}

static int add_line(struct mc_aligned *a, const char *p, const char *stop, bool head,
                    struct mc_buf *out, struct mc_error *e) {
    for (int i = 0; i < a->n; i++) {
        const struct mc_aligned_column *k = &a->column[i];
        char text[CELL];
        struct cell c = cell_of(p, stop, k->at);
        if (!head) c = short_number(k, c, text);
        if (i) MC_TRY(mc_buf_printf(out, e, "%*s", GAP, ""));
        MC_TRY(add_padded(out, c, k->width, k->text, e));
    }
    while (out->n && out->p[out->n - 1] == ' ') out->n--;
    return mc_buf_add(out, "\n", 1, e);
}

static void choose(struct mc_aligned *a, const char *head, const char *stop, const char *lines,
                   const char *end) {
    for (int i = 0; a->shown[i].name && a->n < MC_ALIGNED_COLUMNS; i++) {
        struct mc_aligned_column k = {.at = column_at(head, stop, a->shown[i].name),
                                      .width = (int)strlen(a->shown[i].name),
                                      .decimals = a->shown[i].decimals};
        if (k.at >= 0 && measure(&k, lines, end)) a->column[a->n++] = k;
    }
}

int mc_aligned_add(struct mc_aligned *a, const char *tsv, size_t n, struct mc_buf *out,
                   struct mc_error *e) {
    const char *p = tsv, *end = tsv + n, *stop;
    if (n == 0) return 0;
    if (a->n == 0) {
        stop = end_of(p, end);
        const char *lines = stop < end ? stop + 1 : end;
        choose(a, p, stop, lines, end);
        MC_TRY(add_line(a, p, stop, true, out, e));
        p = lines;
    }
    for (; p < end; p = stop + 1) {
        stop = end_of(p, end);
        MC_TRY(add_line(a, p, stop, false, out, e));
    }
    return 0;
}

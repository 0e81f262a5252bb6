// Growing buffers of bytes, and whole files in them.
#include "mc/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/utf8.h"

int mc_buf_reserve(struct mc_buf *b, size_t n, struct mc_error *e) {
    if (b->cap - b->n > n) return 0;
    size_t cap = b->cap ? b->cap : 256;
    while (cap - b->n <= n) {
        if (cap > (size_t)1 << 62) return mc_fail(e, MC_ERR_MEM, "a buffer of over 2^62 bytes");
        cap *= 2;
    }
    char *p = mc_resize(b->p, cap, 1, e);
    if (!p) return MC_ERR_MEM;
    b->p = p;
    b->cap = cap;
    b->p[b->n] = 0;
    return 0;
}

int mc_buf_add(struct mc_buf *b, const void *p, size_t n, struct mc_error *e) {
    MC_TRY(mc_buf_reserve(b, n, e));
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = 0;
    return 0;
}

int mc_buf_printf(struct mc_buf *b, struct mc_error *e, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    int rc = mc_buf_reserve(b, (size_t)n, e);
    if (rc == 0) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
    return rc;
}

int mc_buf_cell(struct mc_buf *b, const char *text, struct mc_error *e) {
    for (;;) {
        size_t n = mc_utf8_plain(text);
        MC_TRY(mc_buf_add(b, text, n, e));
        text += n;
        if (!*text) return 0;
        char escaped[MC_UTF8_ESCAPED];
        text += mc_utf8_escape(text, escaped);
        MC_TRY(mc_buf_printf(b, e, "%s", escaped));
    }
}

void mc_buf_release(struct mc_buf *b) {
    free(b->p);
    *b = (struct mc_buf){0};
}

int mc_no_pointer(const char *path, const char *p, size_t n, struct mc_error *e) {
    static const char start[] = "version https://git-lfs";
    if (n < sizeof start - 1 || memcmp(p, start, sizeof start - 1) != 0) return 0;
    return mc_fail_file(e, MC_ERR_INPUT, path,
                        "a pointer of Git LFS, not the file itself (git lfs pull fetches it)");
}

int mc_buf_read_file(struct mc_buf *b, const char *path, size_t max, struct mc_error *e) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        mc_fail_errno(e, "cannot open");
        return mc_fail_in_file(e, "%s", path);
    }
    int rc = 0;
    for (;;) {
        MC_TRY_DONE(mc_buf_reserve(b, 1 << 16, e));
        size_t k = fread(b->p + b->n, 1, 1 << 16, f);
        b->n += k;
        b->p[b->n] = 0;
        if (b->n > max) {
            rc = mc_fail_file(e, MC_ERR_INPUT, path, "larger than %zu bytes", max);
            goto done;
        }
        if (k == 0) break;
    }
    if (ferror(f)) {
        mc_fail_errno(e, "cannot read");
        rc = mc_fail_in_file(e, "%s", path);
    } else {
        rc = mc_no_pointer(path, b->p, b->n, e);
    }
done:
    fclose(f);
    return rc;
}

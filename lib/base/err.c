// Errors as one printable line; allocations that tell when memory runs out.
#define _GNU_SOURCE // madvise, program_invocation_short_name
#include "mc/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mc/utf8.h"

enum { LINE = 64, LARGE = 4 << 20 }; // bytes: of a cache line; of a block worth large pages
enum { PATH = 8192, LONG = 16384 };  // of a name; of a message before its middle is cut

void mc_one_line(char *s) {
    char escaped[MC_UTF8_ESCAPED];
    for (s += mc_utf8_plain(s); *s; s += mc_utf8_plain(s)) {
        int n = mc_utf8_escape(s, escaped);
        memset(s, '?', (size_t)n);
    }
}

// A text that is too long loses its middle: the file stands at its start, what is wrong at its end.
static void set_text(struct mc_error *e, const char *text) {
    size_t n = strlen(text), most = sizeof e->text - 1, half = (most - 5) / 2;
    if (n <= most)
        memcpy(e->text, text, n + 1);
    else
        snprintf(e->text, sizeof e->text, "%.*s ... %s", (int)half, text, text + n - half);
    mc_one_line(e->text);
    e->names_file = false;
}

// file, behind: NULL where there is none.
static void MC_PRINTF(3, 0)
    print(struct mc_error *e, const char *file, const char *fmt, va_list ap, const char *behind) {
    char text[LONG] = "";
    if (file) snprintf(text, PATH, "%s: ", file);
    size_t n = strlen(text);
    vsnprintf(text + n, sizeof text - sizeof e->text - n, fmt, ap);
    n = strlen(text);
    snprintf(text + n, sizeof text - n, "%s%s", behind ? ": " : "", behind ? behind : "");
    set_text(e, text);
}

int mc_fail(struct mc_error *e, int code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    print(e, NULL, fmt, ap, NULL);
    va_end(ap);
    e->code = code;
    return code;
}

int mc_fail_file(struct mc_error *e, int code, const char *file, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    print(e, file, fmt, ap, NULL);
    va_end(ap);
    e->code = code;
    e->names_file = true;
    return code;
}

int mc_fail_errno(struct mc_error *e, const char *fmt, ...) {
    int err = errno;
    va_list ap;
    va_start(ap, fmt);
    print(e, NULL, fmt, ap, strerror(err));
    va_end(ap);
    e->code = MC_ERR_IO;
    return MC_ERR_IO;
}

static void MC_PRINTF(2, 0) put_before(struct mc_error *e, const char *fmt, va_list ap) {
    char inner[sizeof e->text];
    memcpy(inner, e->text, sizeof inner);
    print(e, NULL, fmt, ap, inner);
}

int mc_fail_in(struct mc_error *e, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    put_before(e, fmt, ap);
    va_end(ap);
    return e->code;
}

int mc_fail_in_file(struct mc_error *e, const char *fmt, ...) {
    if (e->names_file) return e->code;
    va_list ap;
    va_start(ap, fmt);
    put_before(e, fmt, ap);
    va_end(ap);
    e->names_file = true;
    return e->code;
}

static void (*_Atomic at_death)(void);

void mc_at_death(void (*fn)(void)) { atomic_store(&at_death, fn); }

void mc_die(const char *text) {
    static atomic_flag dying = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&dying)) pause(); // another thread is at it
    char line[256];
    snprintf(line, sizeof line, "%s: error: %s\n", program_invocation_short_name, text);
    (void)!write(STDERR_FILENO, line, strlen(line));
    void (*fn)(void) = atomic_load(&at_death);
    if (fn) fn();
    _exit(1);
}

void *mc_new(size_t n, size_t size, struct mc_error *e) {
    void *p = calloc(n ? n : 1, size);
    if (!p) mc_fail(e, MC_ERR_MEM, "no memory for %zu x %zu bytes", n, size);
    return p;
}

void *mc_resize(void *p, size_t n, size_t size, struct mc_error *e) {
    size_t bytes;
    void *q = NULL;
    if (!__builtin_mul_overflow(n ? n : 1, size, &bytes)) q = realloc(p, bytes);
    if (!q) mc_fail(e, MC_ERR_MEM, "no memory for %zu x %zu bytes", n, size);
    return q;
}

char *mc_strdup(const char *s, struct mc_error *e) {
    size_t n = strlen(s) + 1;
    char *p = mc_new(n, 1, e);
    if (p) memcpy(p, s, n);
    return p;
}

// Large pages for a large block, where the system has them: a fault for each 4 KiB was a tenth of a
// short training run.
static void in_large_pages(uintptr_t first, size_t bytes) {
#ifdef MADV_HUGEPAGE
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    if (bytes >= LARGE) (void)madvise((void *)(first / page * page), bytes, MADV_HUGEPAGE);
#else
    (void)first, (void)bytes;
#endif
}

// calloc hands out large blocks as pages, large ones then, that cost nothing until they are
// touched, but not at the start of a cache line; the block's own address stands before the first
// float.
float *mc_new_floats(size_t n, struct mc_error *e) {
    size_t extra = LINE / sizeof(float) + sizeof(void *) / sizeof(float);
    void *block = n <= SIZE_MAX - extra ? calloc(n + extra, sizeof(float)) : NULL;
    if (!block) {
        mc_fail(e, MC_ERR_MEM, "no memory for %zu x %zu bytes", n, sizeof(float));
        return NULL;
    }
    uintptr_t first = ((uintptr_t)block + sizeof block + LINE - 1) / LINE * LINE;
    ((void **)first)[-1] = block;
    in_large_pages(first, n * sizeof(float));
    return (float *)first;
}

void mc_free_floats(float *p) {
    if (p) free(((void **)p)[-1]);
}

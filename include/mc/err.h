// Errors as values: a function returns 0 or a negative enum mc_err and leaves one printable line in
// *e; one that returns a pointer returns NULL then. Every function that takes a struct mc_error may
// fail with MC_ERR_MEM, which the headers therefore do not repeat.
#ifndef MC_ERR_H
#define MC_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum mc_err {
    MC_ERR_INPUT = -1, // what was read is wrong or does not fit
    MC_ERR_IO = -2,    // the system refused a read, a write, a rename
    MC_ERR_MEM = -3,   // no memory
    MC_ERR_USAGE = -4, // the command line is wrong: exit 2
    MC_ERR_NUM = -5,   // a number that must be finite is not
    MC_ERR_PIPE = -6,  // who reads standard output has left
};

// The first error of an operation, ready to print: "FILE: place: what is wrong".
struct mc_error {
    int code;
    bool names_file; // the text begins with the name of the file that is wrong
    char text[1024];
};

#define MC_MUST_USE __attribute__((warn_unused_result))
#define MC_PRINTF(a, b) __attribute__((format(printf, a, b)))

// Control characters of a text become '?', so that it stays one line and commands no terminal.
void mc_one_line(char *s);
// Fills *e and returns code. Control characters in the text become '?', so that it stays one line.
int mc_fail(struct mc_error *e, int code, const char *fmt, ...) MC_PRINTF(3, 4);
// As mc_fail with MC_ERR_IO, and the meaning of errno appended.
int mc_fail_errno(struct mc_error *e, const char *fmt, ...) MC_PRINTF(2, 3);
// As mc_fail, with "FILE: " before the text: who reads a file names it.
int mc_fail_file(struct mc_error *e, int code, const char *file, const char *fmt, ...)
    MC_PRINTF(4, 5);
// Puts "context: " before the text of an error that passes upwards; returns its code.
int mc_fail_in(struct mc_error *e, const char *fmt, ...) MC_PRINTF(2, 3);
// The same with a context that begins with the name of a file, unless the text begins with one
// already.
int mc_fail_in_file(struct mc_error *e, const char *fmt, ...) MC_PRINTF(2, 3);

// For where a library leaves no way to return: prints "PROGRAM: error: TEXT", calls what
// mc_at_death was given last, and exits with 1. From any thread.
void mc_die(const char *text) __attribute__((noreturn));
// fn takes back what must not stay behind (temporary files); it may be called from any thread, and
// must call nothing that waits or allocates.
void mc_at_death(void (*fn)(void));

// Forwards a failure to the caller.
#define MC_TRY(expr)                                                                               \
    do {                                                                                           \
        int mc_try_rc = (expr);                                                                    \
        if (mc_try_rc < 0) return mc_try_rc;                                                       \
    } while (0)

// The same in a function with one exit: sets its rc and goes to done.
#define MC_TRY_DONE(expr)                                                                          \
    do {                                                                                           \
        rc = (expr);                                                                               \
        if (rc < 0) goto done;                                                                     \
    } while (0)

// calloc and realloc of n elements that fill *e; NULL on overflow or failure. n = 0 gives a pointer
// too.
void *mc_new(size_t n, size_t size, struct mc_error *e) MC_MUST_USE;
void *mc_resize(void *p, size_t n, size_t size, struct mc_error *e) MC_MUST_USE;
// A copy of s that the caller frees.
char *mc_strdup(const char *s, struct mc_error *e) MC_MUST_USE;
// n floats, zero, at the start of a cache line; pages of a large block are real only once touched.
// Released by mc_free_floats alone.
float *mc_new_floats(size_t n, struct mc_error *e) MC_MUST_USE;
void mc_free_floats(float *p);

#endif

// jansson's parser drops the bytes of a string for which its buffer could not grow, and goes on:
// after any allocation that failed, what it returns is not to be believed. Its allocator can be
// replaced but is given no context, hence a flag for each thread.
#include "mc/json.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local bool ran_out;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *allocate(size_t n) {
    void *p = malloc(n);
    if (!p) ran_out = true;
    return p;
}

static void set_allocator(void) { json_set_alloc_funcs(allocate, free); }

int mc_json_load(json_t **out, const char *text, size_t n, size_t flags, json_error_t *je,
                 struct mc_error *e) {
    pthread_once(&once, set_allocator);
    ran_out = false;
    *out = json_loadb(text, n, flags, je);
    if (*out && !ran_out) return 0;
    json_decref(*out);
    *out = NULL;
    if (ran_out) return mc_fail(e, MC_ERR_MEM, "no memory for JSON of %zu bytes", n);
    return mc_fail(e, MC_ERR_INPUT, "line %d: %s", je->line, je->text);
}

// jansson's parser drops the bytes of a string for which its buffer cannot grow, and goes on: to a
// wrong value, or beyond its buffer in search of the closing quote that it dropped. So after one
// allocation that failed all others of the same parse fail too, among them the one that it makes
// before it decodes a string, and nothing that it returns is believed. Its allocator can be
// replaced but is given no context, hence a flag for each thread.
#include "mc/json.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local bool parsing, ran_out;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *allocate(size_t n) {
    void *p = parsing && ran_out ? NULL : malloc(n);
    if (!p) ran_out = true;
    return p;
}

static void set_allocator(void) { json_set_alloc_funcs(allocate, free); }

int mc_json_load(json_t **out, const char *text, size_t n, size_t flags, json_error_t *je,
                 struct mc_error *e) {
    pthread_once(&once, set_allocator);
    ran_out = false;
    parsing = true;
    *out = json_loadb(text, n, flags, je);
    parsing = false;
    if (*out && !ran_out) return 0;
    json_decref(*out);
    *out = NULL;
    if (ran_out) return mc_fail(e, MC_ERR_MEM, "no memory for JSON of %zu bytes", n);
    return mc_fail(e, MC_ERR_INPUT, "line %d: %s", je->line, je->text);
}

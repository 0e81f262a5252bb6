// Reading JSON: whole texts through jansson, without a wrong value where memory runs out, and
// objects member by member without it.
//
// jansson's parser drops the bytes of a string for which its buffer cannot grow, and goes on: to a
// wrong value, or beyond its buffer in search of the closing quote that it dropped. So after one
// allocation that failed all others of the same parse fail too, among them the one that it makes
// before it decodes a string, and nothing that it returns is believed. Its allocator can be
// replaced but is given no context, hence a flag for each thread.
#include "mc/json.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool parsing, ran_out;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *allocate(size_t n) {
    void *p = parsing && ran_out ? NULL : malloc(n);
    if (!p) ran_out = true;
    return p;
}

static void set_allocator(void) { json_set_alloc_funcs(allocate, free); }

// The end of a string that begins at p, or NULL.
static const char *string_end(const char *p, const char *end) {
    for (p++; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == '"')
            return p + 1;
    }
    return NULL;
}

// Whether a text has more than `most` values: its opening brackets and its commas outside strings
// are counted, of which each begins at most one.
static bool too_many(const char *p, const char *end, int64_t most) {
    for (int64_t n = 1; p && p < end;) {
        if (*p == '"') {
            p = string_end(p, end);
            continue;
        }
        n += *p == '{' || *p == '[' || *p == ',';
        if (n > most) return true;
        p++;
    }
    return false;
}

int mc_json_load(json_t **out, const char *text, size_t n, size_t flags, int64_t most,
                 json_error_t *je, struct mc_error *e) {
    *out = NULL;
    *je = (json_error_t){.line = 1};
    if (too_many(text, text + n, most)) {
        strcpy(je->text, "too many values");
        return mc_fail(e, MC_ERR_INPUT, "more than %lld values", (long long)most);
    }
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

// --- an object, member by member

static const char *skip_space(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) p++;
    return p;
}

// The end of the value that begins at p, by its brackets and quotes alone; NULL where it has none.
static const char *value_end(const char *p, const char *end) {
    if (*p == '"') return string_end(p, end);
    if (*p != '{' && *p != '[') {
        while (p < end && !strchr(" \t\n\r,:]}", *p)) p++;
        return p;
    }
    int64_t depth = 0;
    while (p < end) {
        if (*p == '"') {
            if (!(p = string_end(p, end))) return NULL;
            continue;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p++;
        if (depth == 0) return p;
    }
    return NULL;
}

// Decodes the key between quotes that begins at p into *key. Keys are plain ASCII in all files but
// hostile ones: only those with escapes or other bytes are given to jansson.
static int read_key(const char *p, const char *end, struct mc_buf *key, struct mc_error *e) {
    bool plain = true;
    for (const char *q = p + 1; q < end - 1; q++)
        plain &= (unsigned char)*q >= 32 && (unsigned char)*q < 127 && *q != '\\';
    key->n = 0;
    if (plain) return mc_buf_add(key, p + 1, (size_t)(end - p) - 2, e);
    json_t *v;
    json_error_t je;
    MC_TRY(mc_json_load(&v, p, (size_t)(end - p), JSON_DECODE_ANY, MC_JSON_FEW, &je, e));
    int rc = mc_buf_add(key, json_string_value(v), json_string_length(v), e);
    json_decref(v);
    return rc;
}

static int unexpected(const char *text, const char *at, const char *want, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "byte %zu: %s expected", (size_t)(at - text), want);
}

static int members(const char *text, const char *end, mc_json_member_fn *fn, void *ctx,
                   struct mc_buf *key, struct mc_error *e) {
    const char *p = skip_space(text, end);
    if (p == end || *p != '{') return unexpected(text, p, "'{'", e);
    p = skip_space(p + 1, end);
    bool first = true;
    for (;; first = false) {
        if (first && p < end && *p == '}') break;
        if (p == end || *p != '"') return unexpected(text, p, "a key", e);
        const char *stop = string_end(p, end);
        if (!stop) return unexpected(text, p, "a key that ends", e);
        MC_TRY(read_key(p, stop, key, e));
        p = skip_space(stop, end);
        if (p == end || *p != ':') return unexpected(text, p, "':'", e);
        p = skip_space(p + 1, end);
        stop = p < end ? value_end(p, end) : NULL;
        if (!stop || stop == p) return unexpected(text, p, "a value", e);
        MC_TRY(fn(ctx, key->p, p, (size_t)(stop - p), e));
        p = skip_space(stop, end);
        if (p < end && *p == '}') break;
        if (p == end || *p != ',') return unexpected(text, p, "',' or '}'", e);
        p = skip_space(p + 1, end);
    }
    p = skip_space(p + 1, end);
    return p == end ? 0 : unexpected(text, p, "the end", e);
}

int mc_json_members(const char *text, size_t n, mc_json_member_fn *fn, void *ctx,
                    struct mc_error *e) {
    struct mc_buf key = {0};
    int rc = members(text, text + n, fn, ctx, &key, e);
    mc_buf_release(&key);
    return rc;
}

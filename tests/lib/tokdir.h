// What the tests of tokenizers share: a directory of files, opening and refusing it, ids as text.
#ifndef MC_TEST_TOKDIR_H
#define MC_TEST_TOKDIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/pool.h"
#include "mc/tokenizer.h"

static uint8_t most_type; // of the tokens of ids()

static inline char *make_dir(void **state) {
    static char dir[64];
    strcpy(dir, "/tmp/mc-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    *state = dir;
    return dir;
}

static inline void put_bytes(const char *dir, const char *name, const void *p, size_t n) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

// text NULL: removes it
static inline void put(const char *dir, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (text)
        put_bytes(dir, name, text, strlen(text));
    else
        unlink(path);
}

static inline int tear_down(void **state) {
    static const char *const names[] = {"vocab.txt",        "vocab.json",
                                        "merges.txt",       "spiece.model",
                                        "tokenizer.json",   "tokenizer_config.json",
                                        "config.json",      "special_tokens_map.json",
                                        "added_tokens.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) put(*state, names[i], NULL);
    return rmdir(*state);
}

static inline struct mc_tokenizer *open_dir(const char *dir) {
    struct mc_error e = {0};
    struct mc_tokenizer *t;
    if (mc_tokenizer_open(&t, dir, &e) < 0) fail_msg("%s", e.text);
    return t;
}

// The directory is refused, in a message that names it, the file and the word.
static inline void refused(const char *dir, const char *file, const char *word) {
    struct mc_error e = {0};
    struct mc_tokenizer *t;
    assert_int_equal(mc_tokenizer_open(&t, dir, &e), MC_ERR_INPUT);
    assert_null(t);
    if (!strstr(e.text, word) || !strstr(e.text, file) || !strstr(e.text, dir))
        fail_msg("no '%s', '%s' or directory in: %s", file, word, e.text);
}

// The ids of a text (and a second one) as "0 5 2"; no type is above most_type.
static inline const char *ids(const struct mc_tokenizer *t, const char *a, const char *b,
                              int64_t max_len) {
    static char out[4096];
    struct mc_encoding x = {0};
    struct mc_error e = {0};
    if (mc_tokenizer_encode(t, a, strlen(a), b, b ? strlen(b) : 0, max_len, &x, &e) < 0)
        fail_msg("%s", e.text);
    size_t n = 0;
    out[0] = 0;
    for (int64_t i = 0; i < x.n; i++) {
        n += (size_t)snprintf(out + n, sizeof out - n, i ? " %d" : "%d", x.ids[i]);
        assert_true(x.types[i] <= most_type);
    }
    mc_encoding_release(&x);
    return out;
}

// What encoding refuses: a pair within fewer tokens than its special ones, and bytes that are no
// UTF-8.
static inline void refuses_texts(const struct mc_tokenizer *t, int64_t too_few) {
    struct mc_encoding x = {0};
    struct mc_error e;
    assert_int_equal(mc_tokenizer_encode(t, "a", 1, "b", 1, too_few, &x, &e), MC_ERR_USAGE);
    assert_int_equal(mc_tokenizer_encode(t, "a\xff", 2, NULL, 0, 0, &x, &e), MC_ERR_INPUT);
    mc_encoding_release(&x);
}

struct shared {
    const struct mc_tokenizer *t;
    const char *text;
    int64_t sum[64];
};

static inline void encode_task(void *ctx, int task, int thread) {
    (void)thread;
    struct shared *s = ctx;
    struct mc_encoding x = {0};
    struct mc_error e;
    for (int i = 0; i < 200; i++)
        if (mc_tokenizer_encode(s->t, s->text, strlen(s->text), NULL, 0, 0, &x, &e) == 0)
            s->sum[task] += x.ids[i % 4];
    mc_encoding_release(&x);
}

// The same ids in every thread.
static inline void same_in_threads(const char *dir, const char *text) {
    struct mc_error e;
    struct mc_tokenizer *t = open_dir(dir);
    struct mc_pool *p = mc_pool_new(4, &e);
    struct shared s = {.t = t, .text = text};
    mc_pool_run(p, 64, encode_task, &s);
    for (int i = 1; i < 64; i++) assert_int_equal(s.sum[i], s.sum[0]);
    assert_true(s.sum[0] > 0);
    mc_pool_free(p);
    mc_tokenizer_close(t);
}

#endif

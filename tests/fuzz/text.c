// Tokenizer directories, and texts through them.
#include <string.h>

#include "fuzz.h"
#include "mc/detokenize.h"
#include "mc/tokenizer.h"
#include "mc/utf8.h"

static const char *const texts[] = {
    "",
    "a b, abc!",
    "  \t[CLS] [MASK]x\xc3\xa9 e\xcc\x81\xcc\xa3 \xe4\xb8\xad\xe6\x96\x87",
    "it's  <mask> 12\xc2\xb2\xc2\xa0 a</s>",
    "\xef\xbf\xbd\xe2\x80\x8b\xf0\x9f\x98\x80\xc4\xb0\xef\xac\x81 ##b",
    "\xe2\x96\x81\x61\x62  a\xe2\x96\x81<extra_id_0> \xe2\x91\xa0\xcc\x81\r\n",
    "\xf0\x9f\x98\x80\xe2\x80\x8d\xc2\xa9\xcc\x81",
};
enum { N_TEXTS = sizeof texts / sizeof *texts, SIDE_FILES = 4, TEXT_PART = SIDE_FILES + 1 };
enum { SIZE_MAX_DECODED = 1 << 16 };

static void check_encoding(const struct mc_tokenizer *t, const char *a, size_t na, const char *b,
                           size_t nb, struct mc_encoding *x) {
    struct mc_error e;
    int special = mc_tokenizer_n_special(t, b != NULL);
    FUZZ_OK(mc_tokenizer_encode(t, a, na, b, nb, 0, x, &e), &e);
    FUZZ_CHECK(x->n == x->n_full && x->n >= special);
    int64_t full = x->n;
    for (int64_t max = special + 1; max <= special + 4; max++) {
        FUZZ_OK(mc_tokenizer_encode(t, a, na, b, nb, max, x, &e), &e);
        FUZZ_CHECK(x->n == (full < max ? full : max) && x->n_full == full);
        for (int64_t i = 0; i < x->n; i++)
            FUZZ_CHECK(x->ids[i] >= 0 && x->ids[i] < mc_tokenizer_size(t));
    }
}

// The pieces are as many as there are ids, and all of them in a row decode to UTF-8.
static void check_decoding(const struct mc_tokenizer *t) {
    int32_t n = mc_tokenizer_size(t);
    const char *decoder = mc_tokenizer_decoder(t);
    if (n > SIZE_MAX_DECODED) return;
    struct mc_buf text = {0}, out = {0};
    struct mc_error e;
    FUZZ_OK(mc_tokenizer_pieces(t, &text, &e), &e);
    const char **piece = malloc((size_t)n * sizeof *piece), *s = text.p;
    int32_t *id = malloc((size_t)n * sizeof *id);
    FUZZ_CHECK(piece && id);
    for (int32_t i = 0; i < n; i++, s += strlen(s) + 1) {
        piece[i] = s;
        id[i] = i;
    }
    FUZZ_CHECK(s == text.p + text.n);
    if (decoder) {
        FUZZ_OK(mc_detokenize(decoder, piece, id, n, n, &out, &e), &e);
        FUZZ_CHECK(mc_utf8_check(out.p, out.n) == out.n);
    }
    free(piece);
    free(id);
    mc_buf_release(&text);
    mc_buf_release(&out);
}

static void check_tokenizer(const struct mc_tokenizer *t, const char *dir, const uint8_t *text,
                            size_t n) {
    struct mc_error e;
    struct mc_tokenizer *again;
    struct mc_encoding x = {0};
    FUZZ_CHECK(mc_tokenizer_size(t) > 0 && mc_tokenizer_max_len(t) >= 0);
    const char *s = (const char *)text;
    for (int i = 0; i < N_TEXTS; i++) {
        const char *pair = texts[(i + 1) % N_TEXTS];
        check_encoding(t, texts[i], strlen(texts[i]), NULL, 0, &x);
        check_encoding(t, texts[i], strlen(texts[i]), pair, strlen(pair), &x);
    }
    if (n && mc_utf8_check(s, n) == n) {
        check_encoding(t, s, n, NULL, 0, &x);
        check_encoding(t, s, n / 2 * (mc_utf8_check(s, n / 2) == n / 2), s, n, &x);
    }
    mc_encoding_release(&x);
    check_decoding(t);
    FUZZ_OK(mc_tokenizer_open(&again, dir, &e), &e);
    FUZZ_CHECK(strcmp(mc_tokenizer_digest(t), mc_tokenizer_digest(again)) == 0);
    mc_tokenizer_close(again);
}

static int open_and_check(const uint8_t *text, size_t n, struct mc_error *e) {
    struct mc_tokenizer *t;
    MC_TRY(mc_tokenizer_open(&t, fuzz_dir(), e));
    check_tokenizer(t, fuzz_dir(), text, n);
    mc_tokenizer_close(t);
    return 0;
}

// Parts: the main file, the files beside it (an empty part: no file), a text.
static int run_beside(const char *main_file, const char *const side[SIDE_FILES], const uint8_t *p,
                      size_t n, struct mc_error *e) {
    char path[FUZZ_PATH];
    const uint8_t *part;
    size_t k;
    fuzz_part(p, n, 0, &part, &k);
    fuzz_file(path, main_file, part, k);
    for (int i = 0; i < SIDE_FILES; i++) {
        bool there = fuzz_part(p, n, i + 1, &part, &k) && k > 0;
        fuzz_file(path, side[i], there ? part : NULL, k);
    }
    if (!fuzz_part(p, n, TEXT_PART, &part, &k)) k = 0;
    int rc = open_and_check(part, k, e);
    for (int i = 0; i < SIDE_FILES; i++) fuzz_file(path, side[i], NULL, 0);
    fuzz_file(path, main_file, NULL, 0);
    return rc;
}

static int run(const char *main_file, const uint8_t *p, size_t n, struct mc_error *e) {
    static const char *const side[SIDE_FILES] = {"tokenizer_config.json", "config.json",
                                                 "special_tokens_map.json", "added_tokens.json"};
    return run_beside(main_file, side, p, n, e);
}

int fuzz_tokenizer(const uint8_t *p, size_t n, struct mc_error *e) {
    return run("tokenizer.json", p, n, e);
}

int fuzz_vocab(const uint8_t *p, size_t n, struct mc_error *e) { return run("vocab.txt", p, n, e); }

// vocab.json, merges.txt, tokenizer_config.json, special_tokens_map.json, tokenizer.json, a text.
int fuzz_merges(const uint8_t *p, size_t n, struct mc_error *e) {
    static const char *const side[SIDE_FILES] = {"merges.txt", "tokenizer_config.json",
                                                 "special_tokens_map.json", "tokenizer.json"};
    return run_beside("vocab.json", side, p, n, e);
}

// tokenizer_config.json, special_tokens_map.json, tokenizer.json, a text; spiece.model is what is
// left, separators and all.
int fuzz_spiece(const uint8_t *p, size_t n, struct mc_error *e) {
    enum { SIDE = 3, MODEL = SIDE + 1 };
    static const char *const side[SIDE] = {"tokenizer_config.json", "special_tokens_map.json",
                                           "tokenizer.json"};
    static const char model[] = "spiece.model";
    char path[FUZZ_PATH];
    const uint8_t *part, *text;
    size_t k, n_text;
    if (!fuzz_part(p, n, MODEL, &part, &k)) return mc_fail(e, MC_ERR_INPUT, "not all parts");
    fuzz_file(path, model, part, (size_t)(p + n - part));
    for (int i = 0; i < SIDE; i++) {
        fuzz_part(p, n, i, &part, &k);
        fuzz_file(path, side[i], k > 0 ? part : NULL, k);
    }
    fuzz_part(p, n, SIDE, &text, &n_text);
    int rc = open_and_check(text, n_text, e);
    for (int i = 0; i < SIDE; i++) fuzz_file(path, side[i], NULL, 0);
    fuzz_file(path, model, NULL, 0);
    return rc;
}

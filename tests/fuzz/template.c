// Templates of text to text: a source, a target, two texts, each ended by the byte 0x1e.
#include <string.h>

#include "fuzz.h"
#include "mc/template.h"
#include "mc/utf8.h"

enum { PARTS = 4, TEXT_MAX = 300 };

// Byte-level BPE of a few pieces: merges across a space, a word that is one piece, special tokens.
static struct mc_tokenizer *open_small(void) {
    static const char vocab[] =
        "{\"<s>\":0,\"<pad>\":1,\"</"
        "s>\":2,\"<unk>\":3,\"a\":4,\"b\":5,\"c\":6,\"\xc4\xa0\":7,\"ab\":8,"
        "\"\xc4\xa0"
        "ab\":9,\"abc\":10,\"{\":11,\"}\":12,\"1\":13,\"\xc3\x83\":14,\"\xc2\xa9\":15,\"<mask>\":"
        "16}";
    static const char merges[] = "a b\n\xc4\xa0 ab\nab c\n";
    char path[FUZZ_PATH];
    struct mc_error e;
    struct mc_tokenizer *t;
    fuzz_file(path, "vocab.json", vocab, sizeof vocab - 1);
    fuzz_file(path, "merges.txt", merges, sizeof merges - 1);
    FUZZ_OK(mc_tokenizer_open(&t, fuzz_dir(), &e), &e);
    fuzz_file(path, "vocab.json", NULL, 0);
    fuzz_file(path, "merges.txt", NULL, 0);
    return t;
}

// Every length: what is left fits, or the template alone does not, which is then so for less too.
static void check_source(struct mc_template *p, const struct mc_tokenizer *t,
                         const char *const text[2]) {
    static const char *const none[2] = {"", ""};
    const size_t len[2] = {strlen(text[0]), strlen(text[1])}, zero[2] = {0, 0};
    struct mc_encoding x = {0};
    struct mc_error e;
    FUZZ_OK(mc_template_encode(p, t, none, zero, 0, &x, &e), &e);
    int64_t least = x.n;
    FUZZ_OK(mc_template_encode(p, t, text, len, 0, &x, &e), &e);
    int64_t full = x.n;
    for (int64_t max = 1; max <= full + 1 && max < 40; max++) {
        int rc = mc_template_encode(p, t, text, len, max, &x, &e);
        FUZZ_CHECK(rc == (max < least && max < full ? MC_ERR_INPUT : 0));
        if (rc == 0) FUZZ_CHECK(x.n <= max && x.n_full == full && (max < full || x.n == full));
    }
    mc_encoding_release(&x);
}

// Labels are the two texts, where they differ and can be names.
static void check_target(struct mc_template *p, const struct mc_tokenizer *t,
                         const char *const text[2]) {
    struct mc_error e;
    struct mc_tokens_builder c = {0};
    struct mc_tokens set;
    struct mc_encoding x = {0};
    const uint8_t type = 0;
    const int32_t id = 0;
    if (strcmp(text[0], text[1]) == 0) return;
    for (int i = 0; i < 2; i++) {
        if (!mc_utf8_name(text[i], strlen(text[i]))) goto done;
        FUZZ_OK(mc_template_answer(p, t, text[i], 0, &x, &e), &e);
        FUZZ_OK(mc_tokens_builder_add(&c, &id, &type, 1, i + 1, text[i], &e), &e);
        FUZZ_OK(mc_tokens_builder_target(&c, x.ids, x.n, &e), &e);
    }
    FUZZ_OK(mc_tokens_builder_finish(&c, &set, &e), &e);
    int rc = mc_template_finish(p, t, 0, &set, &e);
    FUZZ_CHECK(rc == 0 || rc == MC_ERR_INPUT);
    for (int64_t i = 0; rc == 0 && i < 2; i++) { // as a reader would check it
        const int64_t *a = set.target_offset + i, *b = set.label_target_offset + set.labels[i];
        FUZZ_CHECK(a[1] - a[0] == b[1] - b[0] &&
                   memcmp(set.target_ids + a[0], set.label_target_ids + b[0],
                          (size_t)(a[1] - a[0]) * sizeof id) == 0);
    }
    mc_tokens_release(&set);
done:
    mc_tokens_builder_release(&c);
    mc_encoding_release(&x);
}

int fuzz_template(const uint8_t *p, size_t n, struct mc_error *e) {
    char part[PARTS][TEXT_MAX + 1];
    for (int i = 0; i < PARTS; i++) {
        const uint8_t *s;
        size_t k;
        if (!fuzz_part(p, n, i, &s, &k) || k > TEXT_MAX || memchr(s, 0, k) ||
            mc_utf8_check((const char *)s, k) < k)
            return mc_fail(e, MC_ERR_INPUT, "no four short texts");
        if (k) memcpy(part[i], s, k);
        part[i][k] = 0;
    }
    struct mc_template source, target = {0};
    MC_TRY(mc_template_source(&source, part[0], e));
    int rc = mc_template_target(&target, part[1], e);
    if (rc == 0) {
        struct mc_tokenizer *t = open_small();
        const char *const text[2] = {part[2], part[3]};
        check_source(&source, t, text);
        check_target(&target, t, text);
        mc_tokenizer_close(t);
    }
    mc_template_release(&source);
    mc_template_release(&target);
    return rc;
}

// Damage: a model stream and a token stream cut at every byte and with every bit flipped; members
// lost, repeated, swapped; claims of size that nothing follows.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../../lib/io/codec.h"
#include "../../lib/io/member.h"
#include "files.h"
#include "mc/hf.h"
#include "mc/tokens.h"

static const char CONFIG[] =
    "{\"model_type\":\"bert\",\"hidden_size\":4,\"num_hidden_layers\":1,\"num_attention_heads\":2,"
    "\"intermediate_size\":4,"
    "\"vocab_size\":8,\"max_position_embeddings\":8,\"type_vocab_size\":2,\"hidden_act\":\"gelu\"}";

static void make_model(struct mc_model *m, uint64_t seed) {
    char config[80], *labels[] = {"no", "yes"};
    snprintf(config, sizeof config, "%s.json", path);
    FILE *f = fopen(config, "w");
    assert_non_null(f);
    fputs(CONFIG, f);
    fclose(f);
    struct mc_import how = {.labels = labels, .n_labels = 2, .seed_init = seed};
    if (mc_hf_init(m, config, &how, &e) < 0) fail_msg("%s", e.text);
    unlink(config);
}

static struct bytes model_stream(int level, int n_models) {
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, level, NULL, &e), 0);
    for (int i = 0; i < n_models; i++) {
        struct mc_model m = {0};
        make_model(&m, (uint64_t)i);
        assert_int_equal(mc_model_write(&m, w, &e), 0);
        mc_model_release(&m);
    }
    assert_int_equal(mc_writer_close(w, &e), 0);
    return slurp(path);
}

static struct bytes token_stream(int level) {
    struct mc_tokens_builder c = {0};
    struct mc_tokens t;
    struct mc_writer *w;
    for (int i = 0; i < 60; i++) {
        const int32_t ids[] = {2, 100 + i % 7, 5 + i, 3};
        const uint8_t types[] = {0, 0, 1, 1};
        assert_int_equal(
            mc_tokens_builder_add(&c, ids, types, 2 + i % 3, i + 1, i % 2 ? "yes" : "no", &e), 0);
    }
    assert_int_equal(mc_tokens_builder_finish(&c, &t, &e), 0);
    assert_int_equal(mc_writer_open(&w, path, level, NULL, &e), 0);
    assert_int_equal(mc_tokens_write(&t, w, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
    mc_tokens_release(&t);
    return slurp(path);
}

// Cut at every byte, then every bit flipped: refused, or, where no meaning hangs on the bit, read
// with the same digest.
static void every_damage(struct bytes b, const char *what) {
    char want[MC_DIGEST_TEXT], got[8][MC_DIGEST_TEXT];
    assert_int_equal(read_all(NULL, got, 1), 1);
    strcpy(want, got[0]);
    int fd = open(path, O_RDWR);
    for (size_t k = b.n; k-- > 0;) {
        assert_int_equal(ftruncate(fd, (off_t)k), 0);
        refused(NULL);
    }
    spill(b.p, b.n);
    int harmless = 0;
    for (size_t bit = 0; bit < 8 * b.n; bit++) {
        uint8_t x = b.p[bit / 8] ^ (uint8_t)(1 << bit % 8);
        assert_int_equal(pwrite(fd, &x, 1, (off_t)(bit / 8)), 1);
        int64_t n = read_all(NULL, got, 8);
        if (n >= 0 && (n != 1 || strcmp(got[0], want) != 0))
            fail_msg("%s: bit %zu of byte %zu: accepted with other contents", what, bit % 8,
                     bit / 8);
        if (n < 0 && strncmp(e.text, path, strlen(path)) != 0) fail_msg("no file in: %s", e.text);
        harmless += n >= 0;
        assert_int_equal(pwrite(fd, b.p + bit / 8, 1, (off_t)(bit / 8)), 1);
    }
    close(fd);
    print_message("# %s: %zu bytes, %d of %zu flipped bits change nothing\n", what, b.n, harmless,
                  8 * b.n);
    assert_true(harmless < 64);
    assert_int_equal(read_all(NULL, got, 1), 1);
    free(b.p);
}

static void model_stored(void **state) {
    (void)state;
    every_damage(model_stream(0, 1), "model, level 0");
}

static void model_deflated(void **state) {
    (void)state;
    every_damage(model_stream(1, 1), "model, level 1");
}

static void tokens_stored(void **state) {
    (void)state;
    every_damage(token_stream(0), "tokens, level 0");
}

static void tokens_deflated(void **state) {
    (void)state;
    every_damage(token_stream(6), "tokens, level 6");
}

enum { MODELS = 4 };

// A stream of members in another order: their numbers, ended by -1.
static void arrange(const struct bytes *b, const size_t *at, int n, const int *which) {
    struct bytes out = {NULL, 0};
    for (; *which >= 0; which++) {
        size_t end = *which + 1 < n ? at[*which + 1] : b->n;
        append(&out, b->p + at[*which], end - at[*which]);
    }
    spill(out.p, out.n);
    free(out.p);
}

static void members_moved(void **state) {
    (void)state;
    struct bytes b = model_stream(1, MODELS);
    size_t at[16];
    int n = members(&b, at, 16);
    assert_int_equal(n, MODELS + 1);
    struct mc_pool *pool = mc_pool_new(3, &e);
    const int all[] = {0, 1, 2, 3, 4, -1};
    char d[8][MC_DIGEST_TEXT];
    arrange(&b, at, n, all);
    assert_int_equal(read_all(pool, d, 8), MODELS);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            int lost[8], twice[8], swapped[8], a = 0, t = 0;
            for (int j = 0; j < n; j++) {
                if (j != i) lost[a++] = j;
                twice[t++] = j;
                if (j == i) twice[t++] = k; // member k again behind member i
                swapped[j] = j == i ? k : j == k ? i : j;
            }
            lost[a] = twice[t] = swapped[n] = -1;
            for (int threads = 0; threads < 2; threads++) {
                struct mc_pool *p = threads ? pool : NULL;
                arrange(&b, at, n, lost);
                refused(p);
                // the end record twice is a second, empty stream; anything else repeated is refused
                arrange(&b, at, n, twice);
                if (i != n - 1 || k != n - 1) refused(p);
                arrange(&b, at, n, swapped);
                if (i != k) refused(p);
            }
        }
    for (int cut = 0; cut < n; cut++) { // at a member's edge
        spill(b.p, at[cut]);
        refused(pool);
    }
    mc_pool_free(pool);
    free(b.p);
}

static void other_end_record(void **state) {
    (void)state;
    struct bytes a = model_stream(0, 1), b = token_stream(0), both = model_stream(0, 2);
    struct bytes x = {NULL, 0};
    append(&x, a.p, a.n - 62);
    append(&x, b.p + b.n - 62, 62);
    spill(x.p, x.n);
    refused(NULL);
    memcpy(x.p + x.n - 62, both.p + both.n - 62, 62);
    spill(x.p, x.n);
    refused(NULL);
    // right bytes and hash, wrong number of documents, CRC mended
    memcpy(x.p + x.n - 62, a.p + a.n - 62, 62);
    x.p[x.n - 62 + 16] = 2;
    mc_put_u32(x.p + x.n - 62 + 48, mc_crc32(0, x.p + x.n - 62, 48));
    spill(x.p, x.n);
    refused(NULL);
    free(x.p);
    free(a.p);
    free(b.p);
    free(both.p);
}

static void trailing(void **state) {
    (void)state;
    static const char *const tail[] = {"x", "\0", "\x1f\x8b",
                                       "\x1f\x8b\x08\x04 and more than a prefix of it"};
    for (int i = 0; i < 4; i++) {
        struct bytes b = model_stream(1, 1);
        append(&b, tail[i], i == 1 ? 1 : strlen(tail[i]));
        spill(b.p, b.n);
        refused(NULL);
        free(b.p);
    }
    spill("", 0);
    refused(NULL);
}

// A stream whose payload is the given bytes, members and end record in order.
static void hostile(const void *payload, size_t n, uint64_t docs) {
    struct bytes b = {NULL, 0};
    uint8_t h[MC_DATA_HEAD], end[MC_END_HEAD + MC_END_BODY], *packed = malloc(mc_deflate_bound(n)),
                                                             t[8];
    size_t body;
    assert_int_equal(mc_deflate(0, payload, n, packed, &body, &e), 0);
    mc_member_put(h, &(struct mc_member){(uint32_t)(MC_DATA_HEAD + body + MC_TRAILER), 0});
    append(&b, h, sizeof h);
    append(&b, packed, body);
    mc_put_u32(t, mc_crc32(0, payload, n));
    mc_put_u32(t + 4, (uint32_t)n);
    append(&b, t, 8);
    mc_end_put(end, &(struct mc_end){docs, n, XXH3_128bits(payload, n)});
    append(&b, end, sizeof end);
    spill(b.p, b.n);
    free(b.p);
    free(packed);
}

static void with_length(uint64_t claimed, const char *json, bool bare) {
    uint8_t p[4096];
    size_t n = strlen(json);
    mc_put_u64(p, claimed);
    memcpy(p + 8, json, n);
    if (bare)
        spill(p, 8 + n);
    else
        hostile(p, 8 + n, 1);
}

static void claims(void) {
    static const uint64_t length[] = {100000001,  90000000,          1 << 20, 4096,
                                      UINT64_MAX, (uint64_t)1 << 63, 0,       1};
    const char *json = "{\"__metadata__\":{\"mc.format\":\"1\"}}";
    for (int bare = 0; bare < 2; bare++) {
        for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
            with_length(length[i], json, bare);
            refused(NULL);
        }
        // data that are claimed and do not come: 8 TB, and half a GB
        const char *huge = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1099511627776,2],\"data_offsets\":"
                           "[0,8796093022208]}}";
        with_length(strlen(huge), huge, bare);
        refused(NULL);
        const char *half =
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[134217728],\"data_offsets\":[0,536870912]}}";
        with_length(strlen(half), half, bare);
        refused(NULL);
        const char *tokens =
            "{\"__metadata__\":{\"mc.format\":\"1\",\"mc.kind\":\"tokens\"},"
            "\"ids\":{\"dtype\":\"I32\",\"shape\":[134217728],\"data_offsets\":[0,536870912]},"
            "\"lines\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[536870912,536870920]},"
            "\"offsets\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[536870920,536870936]},"
            "\"types\":{\"dtype\":\"U8\",\"shape\":[134217728],\"data_offsets\":[536870936,"
            "671088664]}}";
        struct mc_tokens t;
        with_length(strlen(tokens), tokens, bare);
        e.text[0] = 0;
        assert_true(mc_tokens_read(&t, path, NULL, &e) < 0);
        assert_non_null(strstr(e.text, path));
        assert_null(strstr(e.text, "memory"));
    }
}

// In a process that may not have the memory claimed, and does not come to use it.
static void nothing_allocated(void **state) {
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
#if !defined(__SANITIZE_ADDRESS__)
        FILE *f = fopen("/proc/self/statm", "r");
        unsigned long pages = 0;
        if (f && fscanf(f, "%lu", &pages) == 1 && pages) {
            rlim_t now = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
            setrlimit(RLIMIT_AS, &(struct rlimit){now + (32 << 20), now + (32 << 20)});
        }
        if (f) fclose(f);
#endif
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        claims();
        getrusage(RUSAGE_SELF, &after);
        _exit(after.ru_maxrss - before.ru_maxrss < 64 << 10 ? 0 : 3);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

// Two documents in one member, and a document that goes on behind an end record.
static void edges(void **state) {
    (void)state;
    const char *doc = "\x2a\0\0\0\0\0\0\0{\"__metadata__\":{\"mc.format\":\"1\"}}        ";
    uint8_t two[100];
    memcpy(two, doc, 50);
    memcpy(two + 50, doc, 50);
    hostile(two, 50, 1);
    assert_int_equal(read_all(NULL, NULL, 0), 1);
    hostile(two, 100, 2);
    refused(NULL);
    struct bytes a = model_stream(0, 1);
    struct bytes x = {NULL, 0};
    hostile(a.p + 32 + 5, 500, 1); // begins well, ends inside
    struct bytes b = slurp(path);
    append(&x, b.p, b.n);
    append(&x, a.p, a.n);
    spill(x.p, x.n);
    refused(NULL);
    free(a.p);
    free(b.p);
    free(x.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_stored),  cmocka_unit_test(model_deflated),
        cmocka_unit_test(tokens_stored), cmocka_unit_test(tokens_deflated),
        cmocka_unit_test(members_moved), cmocka_unit_test(other_end_record),
        cmocka_unit_test(trailing),      cmocka_unit_test(nothing_allocated),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

// Streams: the example of docs/format.md byte by byte, round trips at every level and number of
// threads, other envelopes.
#include <zlib.h>

#include "files.h"

enum { BIG = 5 << 18 }; // floats: more than four blocks

static float *big;

// Documents of several sizes, the second larger than a block; names and values depend on first.
static void write_docs(const char *to, int level, struct mc_pool *pool, int first, int n) {
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, to, level, pool, &e), 0);
    for (int i = first; i < first + n; i++) {
        struct mc_doc d = {0};
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        uint64_t dim[2] = {i == 1 ? BIG : (uint64_t)i, 1};
        assert_int_equal(mc_doc_set(&d, "mc.format", "1", &e), 0);
        assert_int_equal(mc_doc_set(&d, "mc.step", name, &e), 0);
        assert_int_equal(mc_doc_add(&d, name, MC_F32, 2, dim, &e), 0);
        assert_int_equal(mc_doc_add(&d, "one", MC_F32, 0, dim, &e), 0);
        assert_int_equal(mc_writer_doc(w, &d, &e), 0);
        for (uint64_t at = 0, step = 1; at < dim[0];
             at += step, step = step * 3 + 1) { // pieces of odd sizes
            if (step > dim[0] - at) step = dim[0] - at;
            assert_int_equal(mc_writer_data(w, big + at, step * 4, &e), 0);
        }
        assert_int_equal(mc_writer_data(w, big + i, 4, &e), 0);
        mc_doc_release(&d);
    }
    assert_int_equal(mc_writer_close(w, &e), 0);
}

static void check_docs(struct mc_pool *pool, int first, int n, bool checked) {
    struct mc_reader *r;
    struct mc_doc d = {0};
    assert_int_equal(mc_reader_open(&r, path, pool, &e), 0);
    assert_int_equal(mc_reader_checked(r), checked);
    float *got = malloc(BIG * 4);
    for (int i = first; i < first + n; i++) {
        if (mc_reader_next(r, &d, &e) != 1) fail_msg("%s", e.text);
        assert_int_equal(mc_reader_index(r), i - first);
        assert_int_equal(d.n_tensors, 2);
        if (i % 3 == 2) continue; // its data are skipped
        uint64_t k = d.tensor[0].bytes / 4;
        assert_int_equal(k, i == 1 ? BIG : i);
        assert_int_equal(mc_reader_data(r, got, k * 4, &e), 0);
        assert_memory_equal(got, big, k * 4);
        if (i % 3 == 1) continue; // the rest of it
        assert_int_equal(mc_reader_data(r, got, 4, &e), 0);
        assert_memory_equal(got, big + i, 4);
    }
    if (mc_reader_next(r, &d, &e) != 0) fail_msg("%s", e.text);
    free(got);
    mc_doc_release(&d);
    mc_reader_close(r);
}

static const uint8_t example[] = {
    0x1f, 0x8b, 0x08, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x14, 0x00, 0x4d, 0x43, 0x10, 0x00,
    0xad, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x6c, 0x39, 0x2f, 0x2b,
    0x01, 0x80, 0x00, 0x7f, 0xff, 0x70, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7b, 0x22, 0x5f,
    0x5f, 0x6d, 0x65, 0x74, 0x61, 0x64, 0x61, 0x74, 0x61, 0x5f, 0x5f, 0x22, 0x3a, 0x7b, 0x22, 0x6d,
    0x63, 0x2e, 0x66, 0x6f, 0x72, 0x6d, 0x61, 0x74, 0x22, 0x3a, 0x22, 0x31, 0x22, 0x2c, 0x22, 0x6d,
    0x63, 0x2e, 0x6b, 0x69, 0x6e, 0x64, 0x22, 0x3a, 0x22, 0x6d, 0x6f, 0x64, 0x65, 0x6c, 0x22, 0x7d,
    0x2c, 0x22, 0x77, 0x22, 0x3a, 0x7b, 0x22, 0x64, 0x74, 0x79, 0x70, 0x65, 0x22, 0x3a, 0x22, 0x46,
    0x33, 0x32, 0x22, 0x2c, 0x22, 0x73, 0x68, 0x61, 0x70, 0x65, 0x22, 0x3a, 0x5b, 0x32, 0x5d, 0x2c,
    0x22, 0x64, 0x61, 0x74, 0x61, 0x5f, 0x6f, 0x66, 0x66, 0x73, 0x65, 0x74, 0x73, 0x22, 0x3a, 0x5b,
    0x30, 0x2c, 0x38, 0x5d, 0x7d, 0x7d, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x00, 0x00, 0x80,
    0x3f, 0x00, 0x00, 0x00, 0xbf, 0x11, 0x79, 0x81, 0x27, 0x80, 0x00, 0x00, 0x00, 0x1f, 0x8b, 0x08,
    0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x28, 0x00, 0x4d, 0x45, 0x24, 0x00, 0x01, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0xd3, 0xf2,
    0x48, 0xb2, 0x9f, 0x14, 0x8d, 0xb3, 0x2a, 0x36, 0x6f, 0xab, 0x8d, 0xd8, 0xe5, 0x15, 0x2b, 0xe5,
    0xcf, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static void worked_example(void **state) {
    (void)state;
    struct mc_writer *w;
    struct mc_doc d = {0};
    const float v[] = {1, -0.5f};
    const uint64_t dim[] = {2};
    assert_int_equal(mc_doc_set(&d, "mc.kind", "model", &e), 0);
    assert_int_equal(mc_doc_set(&d, "mc.format", "1", &e), 0);
    assert_int_equal(mc_doc_add(&d, "w", MC_F32, 1, dim, &e), 0);
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    assert_int_equal(mc_writer_doc(w, &d, &e), 0);
    assert_int_equal(mc_writer_data(w, v, sizeof v, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
    mc_doc_release(&d);
    struct bytes b = slurp(path);
    assert_int_equal(b.n, sizeof example);
    assert_memory_equal(b.p, example, b.n);
    free(b.p);
}

// Its digest, of the tensor alone.
static void worked_digest(void **state) {
    (void)state;
    struct mc_tensor t = {.name = (char *)"w", .dtype = MC_F32, .rank = 1, .dim = {2}};
    const float v[] = {1, -0.5f};
    char out[MC_DIGEST_TEXT];
    struct mc_digest *g = mc_digest_new(&e);
    mc_digest_tensor(g, &t);
    mc_digest_data(g, v, sizeof v);
    mc_digest_end(g, out);
    assert_string_equal(out, "7009c7910017ad81ce814f213f15785c");
}

static void round_trips(void **state) {
    (void)state;
    struct bytes plain = {NULL, 0};
    for (int level = 0; level <= 9; level++) {
        if (level > 4 && level < 9) continue; // time: zlib's levels differ in nothing else
        struct bytes one = {NULL, 0};
        for (int threads = 1; threads <= 4; threads *= 2) {
            struct mc_pool *pool = mc_pool_new(threads, &e);
            write_docs(path, level, threads == 1 ? NULL : pool, 0, 5);
            struct bytes b = slurp(path);
            if (threads == 1)
                one = b;
            else {
                if (b.n != one.n || memcmp(b.p, one.p, b.n) != 0)
                    fail_msg("level %d: other bytes from %d threads than from 1", level, threads);
                free(b.p);
            }
            check_docs(pool, 0, 5, true);
            check_docs(NULL, 0, 5, true);
            mc_pool_free(pool);
        }
        if (level == 0)
            plain = one;
        else {
            assert_true(one.n < plain.n);
            free(one.p);
        }
    }
    free(plain.p);
}

// All levels with a small document; zlib alone reads the whole file as one gzip file of several
// members.
static void zlib_reads_ours(void **state) {
    (void)state;
    for (int level = 0; level <= 9; level++) {
        write_docs(path, level, NULL, 2, 4);
        check_docs(NULL, 2, 4, true);
        gzFile f = gzopen(path, "rb");
        uint8_t all[4096];
        int n = gzread(f, all, sizeof all);
        assert_true(n > 0);
        assert_int_equal(gzclose(f), Z_OK);
        int at = 0;
        for (int i = 2; i < 6; i++) {
            uint64_t head;
            memcpy(&head, all + at, 8);
            assert_int_equal((8 + head) % 8, 0);
            at += 8 + (int)head;
            assert_memory_equal(all + at, big, 4 * (size_t)i);
            at += 4 * i + 4;
        }
        assert_int_equal(at, n);
    }
}

static void concatenated(void **state) {
    (void)state;
    write_docs(path, 1, NULL, 0, 3);
    struct bytes a = slurp(path);
    write_docs(path, 0, NULL, 3, 2);
    struct bytes b = slurp(path);
    append(&a, b.p, b.n);
    spill(a.p, a.n);
    check_docs(NULL, 0, 5, true);
    struct mc_pool *pool = mc_pool_new(3, &e);
    check_docs(pool, 0, 5, true);
    mc_pool_free(pool);
    free(a.p);
    free(b.p);
    // a stream of no documents is whole
    write_docs(path, 0, NULL, 0, 0);
    check_docs(NULL, 0, 0, true);
    struct bytes none = slurp(path);
    assert_int_equal(none.n, 62);
    free(none.p);
}

// One document, as a plain file.
static struct bytes plain_document(int i) {
    write_docs(path, 0, NULL, i, 1);
    gzFile f = gzopen(path, "rb");
    struct bytes b = {malloc(BIG * 4 + 4096), 0};
    b.n = (size_t)gzread(f, b.p, BIG * 4 + 4096);
    assert_int_equal(gzclose(f), Z_OK);
    return b;
}

static void plain_safetensors(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct bytes b = plain_document(i);
        spill(b.p, b.n);
        check_docs(NULL, i, 1, false);
        if (i == 1) {
            free(b.p);
            continue;
        }
        for (size_t k = 0; k < b.n; k++) { // cut at every byte
            spill(b.p, k);
            refused(NULL);
        }
        append(&b, "x", 1);
        spill(b.p, b.n);
        refused(NULL);
        free(b.p);
    }
}

static void add_gzip(struct bytes *to, const uint8_t *p, size_t n, int level) {
    uint8_t *out = malloc(n + n / 8 + 256);
    z_stream s = {.next_in = (uint8_t *)(uintptr_t)p,
                  .avail_in = (uInt)n,
                  .next_out = out,
                  .avail_out = (uInt)(n + n / 8 + 256)};
    gz_header h = {.name = (Bytef *)(uintptr_t) "model.safetensors",
                   .extra = (Bytef *)(uintptr_t) "ab\2\0xy",
                   .extra_len = 6};
    assert_int_equal(deflateInit2(&s, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflateSetHeader(&s, &h), Z_OK);
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    append(to, out, s.total_out);
    deflateEnd(&s);
    free(out);
}

static void plain_gzip(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct bytes b = plain_document(i), z = {NULL, 0}, many = {NULL, 0};
        add_gzip(&z, b.p, b.n, 6);
        spill(z.p, z.n);
        check_docs(NULL, i, 1, false);
        size_t step = b.n / 5 + 1;
        for (size_t at = 0; at < b.n; at += step)
            add_gzip(&many, b.p + at, b.n - at < step ? b.n - at : step, 1);
        add_gzip(&many, b.p, 0, 1); // an empty member at the end
        spill(many.p, many.n);
        check_docs(NULL, i, 1, false);
        for (size_t k = 0; i == 3 && k < z.n; k++) {
            spill(z.p, k);
            refused(NULL);
        }
        append(&z, "x", 1);
        spill(z.p, z.n);
        refused(NULL);
        free(b.p);
        free(z.p);
        free(many.p);
    }
}

// Members of ours written by another program: same header, body by zlib at any level.
static void members_of_others(void **state) {
    (void)state;
    struct bytes b = plain_document(3);
    for (int level = 0; level <= 9; level++) {
        write_docs(path, 0, NULL, 3, 1);
        struct bytes ours = slurp(path), mine = {NULL, 0}, z = {NULL, 0};
        size_t at[4];
        assert_int_equal(members(&ours, at, 4), 2);
        uint8_t out[4096];
        z_stream s = {
            .next_in = b.p, .avail_in = (uInt)b.n, .next_out = out, .avail_out = sizeof out};
        assert_int_equal(deflateInit2(&s, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
        uint32_t n = (uint32_t)s.total_out, len = 32 + n + 8, crc, size = (uint32_t)b.n;
        deflateEnd(&s);
        append(&mine, ours.p, 32);
        memcpy(mine.p + 16, &len, 4);
        crc = (uint32_t)crc32(0, mine.p, 28);
        memcpy(mine.p + 28, &crc, 4);
        append(&mine, out, n);
        crc = (uint32_t)crc32(0, b.p, (uInt)b.n);
        append(&mine, &crc, 4);
        append(&mine, &size, 4);
        append(&mine, ours.p + at[1], 62);
        spill(mine.p, mine.n);
        check_docs(NULL, 3, 1, true);
        free(ours.p);
        free(mine.p);
        free(z.p);
    }
    free(b.p);
}

static void writers_duties(void **state) {
    (void)state;
    struct mc_writer *w;
    struct mc_doc d = {0};
    const uint64_t dim[] = {2};
    spill("old", 3);
    assert_int_equal(mc_doc_add(&d, "w", MC_F32, 1, dim, &e), 0);
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    assert_int_equal(mc_writer_doc(w, &d, &e), 0);
    assert_true(mc_writer_data(w, big, 12, &e) < 0); // too much
    assert_int_equal(mc_writer_data(w, big, 4, &e), 0);
    assert_true(mc_writer_doc(w, &d, &e) < 0); // too little before the next
    assert_true(mc_writer_close(w, &e) < 0);   // and at the end
    struct bytes b = slurp(path);
    assert_int_equal(b.n, 3); // the old file stands
    free(b.p);
    assert_int_equal(mc_writer_open(&w, "/dev/full", 0, NULL, &e), 0);
    assert_int_equal(mc_writer_doc(w, &d, &e), 0);
    assert_int_equal(mc_writer_data(w, big, 8, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), MC_ERR_IO);
    assert_non_null(strstr(e.text, "/dev/full"));
    mc_doc_release(&d);
}

static int make_big(void **state) {
    big = malloc(BIG * 4);
    uint32_t x = 7;
    for (int i = 0; i < BIG; i++) big[i] = (float)((x = x * 1664525 + 1013904223) >> 16);
    return set_up(state);
}

static int free_big(void **state) {
    free(big);
    return tear_down(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example), cmocka_unit_test(worked_digest),
        cmocka_unit_test(round_trips),    cmocka_unit_test(zlib_reads_ours),
        cmocka_unit_test(concatenated),   cmocka_unit_test(plain_safetensors),
        cmocka_unit_test(plain_gzip),     cmocka_unit_test(members_of_others),
        cmocka_unit_test(writers_duties),
    };
    return cmocka_run_group_tests(tests, make_big, free_big);
}

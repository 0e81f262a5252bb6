// Deflate and CRC-32: what one library writes the other reads, at every level.
#include <zlib.h>

#include "../../lib/io/codec.h"
#include "files.h"

enum { N_MAX = 1 << 20 };

static uint8_t *raw, *packed, *back;

static int make_room(void **state) {
    (void)state;
    raw = malloc(N_MAX);
    back = malloc(N_MAX);
    packed = malloc(mc_deflate_bound(N_MAX));
    return raw && back && packed ? 0 : -1;
}

static int give_back(void **state) {
    (void)state;
    free(raw);
    free(back);
    free(packed);
    return 0;
}

// kind 0: zeros, 1: text that repeats, 2: noise
static void fill(int kind, size_t n) {
    uint32_t x = 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        raw[i] = (uint8_t)(kind == 0   ? 0
                           : kind == 1 ? "the cat sat on the mat. "[i % 24] + (x >> 31)
                                       : x >> 24);
    }
}

static size_t zlib_inflate(size_t n) {
    z_stream s = {.next_in = packed, .avail_in = (uInt)n, .next_out = back, .avail_out = N_MAX};
    assert_int_equal(inflateInit2(&s, -15), Z_OK);
    assert_int_equal(inflate(&s, Z_FINISH), Z_STREAM_END);
    assert_int_equal(s.avail_in, 0);
    size_t out = s.total_out;
    inflateEnd(&s);
    return out;
}

static size_t zlib_deflate(int level, size_t n) {
    z_stream s = {.next_in = raw,
                  .avail_in = (uInt)n,
                  .next_out = packed,
                  .avail_out = (uInt)mc_deflate_bound(N_MAX)};
    assert_int_equal(deflateInit2(&s, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    size_t out = s.total_out;
    deflateEnd(&s);
    return out;
}

static const size_t SIZE[] = {1, 2, 65534, 65535, 65536, 131070, 300001, N_MAX};

static void both_ways(void **state) {
    (void)state;
    for (int level = 0; level <= 9; level++)
        for (size_t k = 0; k < sizeof SIZE / sizeof *SIZE; k++)
            for (int kind = 0; kind < 3; kind++) {
                size_t n = SIZE[k], m, got;
                if (n > 70000 && level > 3 && level < 9) continue; // time
                fill(kind, n);
                assert_int_equal(mc_deflate(level, raw, n, packed, &m, &e), 0);
                assert_true(m <= mc_deflate_bound(n));
                assert_int_equal(zlib_inflate(m), n);
                assert_memory_equal(raw, back, n);
                memset(back, 0xaa, n);
                assert_int_equal(mc_inflate(packed, m, back, N_MAX, &got, &e), 0);
                assert_int_equal(got, n);
                assert_memory_equal(raw, back, n);
                m = zlib_deflate(level, n);
                memset(back, 0xaa, n);
                assert_int_equal(mc_inflate(packed, m, back, N_MAX, &got, &e), 0);
                assert_int_equal(got, n);
                assert_memory_equal(raw, back, n);
            }
}

static void stored_blocks(void **state) {
    (void)state;
    size_t m;
    fill(2, 65536);
    assert_int_equal(mc_deflate(0, raw, 65536, packed, &m, &e), 0);
    assert_int_equal(m, 65536 + 10);
    const uint8_t first[] = {0, 0xff, 0xff, 0, 0}, second[] = {1, 1, 0, 0xfe, 0xff};
    assert_memory_equal(packed, first, 5);
    assert_memory_equal(packed + 5 + 65535, second, 5);
}

// Level 1 deflates text and stores what hardly shrinks; level 2 deflates both.
static void worth_it(void **state) {
    (void)state;
    size_t one, two;
    fill(1, N_MAX);
    assert_int_equal(mc_deflate(1, raw, N_MAX, packed, &one, &e), 0);
    assert_true(one < N_MAX / 2);
    fill(2, N_MAX);
    for (size_t i = 3; i < N_MAX; i += 4) raw[i] = (uint8_t)(0x3c + raw[i] % 2); // as weights lie
    assert_int_equal(mc_deflate(2, raw, N_MAX, packed, &two, &e), 0);
    assert_true(two < N_MAX);
    fill(2, N_MAX);
    assert_int_equal(mc_deflate(1, raw, N_MAX, packed, &one, &e), 0);
    uint8_t *stored = malloc(mc_deflate_bound(N_MAX));
    assert_int_equal(mc_deflate(0, raw, N_MAX, stored, &two, &e), 0);
    assert_int_equal(one, two);
    assert_memory_equal(packed, stored, one);
    free(stored);
}

static void damage(void **state) {
    (void)state;
    size_t n = 3000, m, got;
    fill(1, n);
    for (int level = 0; level <= 9; level += 3) {
        assert_int_equal(mc_deflate(level, raw, n, packed, &m, &e), 0);
        for (size_t k = 0; k < m; k++)
            assert_true(mc_inflate(packed, k, back, N_MAX, &got, &e) < 0);
        packed[m] = 0; // a byte too many
        assert_true(mc_inflate(packed, m + 1, back, N_MAX, &got, &e) < 0);
        assert_true(mc_inflate(packed, m, back, n - 1, &got, &e) < 0); // no room
        assert_int_equal(mc_inflate(packed, m, back, n, &got, &e), 0);
    }
    for (size_t i = 0; i < 100000; i += 7) { // noise never writes past its room
        fill(2, i % 500 + 1);
        raw[0] = (uint8_t)i;
        raw[1] = (uint8_t)(i >> 8);
        int rc = mc_inflate(raw, i % 500 + 1, back, 4096, &got, &e);
        assert_true(rc < 0 || got <= 4096);
    }
}

static void crc(void **state) {
    (void)state;
    assert_int_equal(mc_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(mc_crc32(mc_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(mc_crc32(0, "", 0), 0);
    fill(2, 100000);
    for (size_t n = 1; n < 100000; n = n * 3 + 1)
        assert_int_equal(mc_crc32(0, raw, n), crc32(0, raw, (uInt)n));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways), cmocka_unit_test(stored_blocks), cmocka_unit_test(worth_it),
        cmocka_unit_test(damage),    cmocka_unit_test(crc),
    };
    return cmocka_run_group_tests(tests, make_room, give_back);
}

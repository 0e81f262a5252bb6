// Headers of documents: what is written is read back, and every header that lies is refused.
#include "files.h"

static struct mc_doc d;

static int parse(const char *json) { return mc_doc_parse(&d, json, strlen(json), &e); }

static void bad(const char *json, const char *word) {
    e.text[0] = 0;
    int rc = parse(json);
    if (rc >= 0) fail_msg("accepted: %s", json);
    assert_int_equal(rc, MC_ERR_INPUT);
    if (!strstr(e.text, word)) fail_msg("no '%s' in: %s", word, e.text);
    assert_null(d.meta);
    assert_null(d.tensor);
}

// A header with one tensor x of the given parts.
static void bad_tensor(const char *dtype, const char *shape, const char *span, const char *word) {
    char text[512];
    snprintf(text, sizeof text, "{\"x\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}", dtype,
             shape, span);
    bad(text, word);
}

static void round_trip(void **state) {
    (void)state;
    struct mc_doc a = {0};
    assert_int_equal(mc_doc_set(&a, "z", "last", &e), 0);
    assert_int_equal(mc_doc_set(&a, "mc.kind", "model", &e), 0);
    assert_int_equal(
        mc_doc_set(&a, "hard", "tab\t quote\" slash\\ line\n bell\a \xc3\xa9 \xf0\x9f\x98\x80", &e),
        0);
    assert_int_equal(mc_doc_set(&a, "gone", "x", &e), 0);
    assert_int_equal(mc_doc_set(&a, "gone", NULL, &e), 0);
    assert_int_equal(mc_doc_set(&a, "z", "replaced", &e), 0);
    uint64_t dim[MC_DIMS] = {2, 3, 1, 1, 1, 1, 1, 1};
    uint64_t bytes = 0;
    for (int t = 0; t < MC_DTYPES; t++) {
        assert_int_equal(mc_doc_add(&a, mc_dtype_name((enum mc_dtype)t), (enum mc_dtype)t,
                                    t % (MC_DIMS + 1), dim, &e),
                         0);
        bytes += a.tensor[t].bytes;
    }
    uint64_t zero[2] = {0, 7};
    assert_int_equal(mc_doc_add(&a, "empty", MC_F32, 2, zero, &e), 0);
    assert_int_equal(a.data_bytes, bytes);
    struct mc_buf head = {0};
    assert_int_equal(mc_buf_add(&head, "abc", 3, &e),
                     0); // the header's padding counts from its own start
    assert_int_equal(mc_doc_header(&a, &head, &e), 0);
    assert_int_equal((head.n - 3) % 8, 0);
    uint64_t n = 0;
    for (int i = 0; i < 8; i++) n |= (uint64_t)(uint8_t)head.p[3 + i] << 8 * i;
    assert_int_equal(n, head.n - 11);
    assert_int_equal(mc_doc_parse(&d, head.p + 11, n, &e), 0);
    assert_int_equal(d.n_meta, 3);
    assert_string_equal(mc_doc_get(&d, "hard"), mc_doc_get(&a, "hard"));
    assert_string_equal(mc_doc_get(&d, "z"), "replaced");
    assert_null(mc_doc_get(&d, "gone"));
    assert_int_equal(d.n_tensors, a.n_tensors);
    assert_int_equal(d.data_bytes, bytes);
    for (int i = 0; i < a.n_tensors; i++) {
        int k = mc_doc_find(&d, a.tensor[i].name);
        assert_true(k >= 0);
        assert_int_equal(d.tensor[k].dtype, a.tensor[i].dtype);
        assert_int_equal(d.tensor[k].rank, a.tensor[i].rank);
        assert_int_equal(d.tensor[k].at, a.tensor[i].at);
        assert_int_equal(d.tensor[k].bytes, a.tensor[i].bytes);
        assert_memory_equal(d.tensor[k].dim, a.tensor[i].dim,
                            sizeof dim[0] * (size_t)a.tensor[i].rank);
    }
    assert_int_equal(mc_doc_find(&d, "nothing"), -1);
    mc_buf_release(&head);
    mc_doc_release(&a);
    mc_doc_release(&d);
}

static void order(void **state) {
    (void)state;
    // any order in the text; tensors of no bytes anywhere
    assert_int_equal(parse("{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]},"
                           "\"none\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[4,4]},"
                           "\"a\":{\"data_offsets\":[0,4],\"shape\":[],\"dtype\":\"F32\"}}  "),
                     0);
    assert_int_equal(d.n_tensors, 3);
    assert_string_equal(d.tensor[0].name, "a");
    assert_string_equal(d.tensor[2].name, "b");
    assert_int_equal(d.data_bytes, 7);
    mc_doc_release(&d);
    assert_int_equal(parse("{}"), 0);
    assert_int_equal(d.n_tensors, 0);
    mc_doc_release(&d);
}

static void not_json(void **state) {
    (void)state;
    bad("", "{");
    bad(" {}", "{");
    bad("[]", "{");
    bad("{", "header");
    bad("{}x", "header");
    bad("{}{}", "header");
    bad("{\"a\":\xff}", "header");
    bad("{\"__metadata__\":{\"a\":\"\xc3\"}}", "header");
    bad("{\"__metadata__\":{\"a\":\"\\u0000\"}}", "header");
    bad("{\"__metadata__\":{\"a\":\"\\ud800\"}}", "header");
    bad("{\"a\":NaN}", "header");
    assert_true(mc_doc_parse(&d, "{}\0", 3, &e) < 0);
    for (int object = 0; object < 2; object++) { // nested a million deep
        size_t n = 1000000;
        char *s = malloc(5 * n + 8);
        strcpy(s, "{\"a\":");
        for (size_t i = 0; i < n; i++)
            strcpy(s + 5 + (object ? 5 : 1) * i, object ? "{\"a\":" : "[");
        bad(s, "header");
        free(s);
    }
}

static void duplicates(void **state) {
    (void)state;
    const char *x = "\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}";
    char text[512];
    snprintf(text, sizeof text, "{%s,%s}", x, x);
    bad(text, "duplicate");
    bad("{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,1]}}",
        "duplicate");
    bad("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", "duplicate");
    bad("{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"1\"}}", "duplicate"); // the same once decoded
    bad("{\"__metadata__\":{},\"__metadata__\":{}}", "duplicate");
}

static void metadata(void **state) {
    (void)state;
    bad("{\"__metadata__\":[]}", "__metadata__");
    bad("{\"__metadata__\":\"a\"}", "__metadata__");
    bad("{\"__metadata__\":null}", "__metadata__");
    bad("{\"__metadata__\":{\"a\":1}}", "metadata a");
    bad("{\"__metadata__\":{\"a\":null}}", "metadata a");
    bad("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", "metadata a");
}

static void shapes(void **state) {
    (void)state;
    bad_tensor("\"F32\"", "[9223372036854775807]", "[0,4]", "overflow");
    bad_tensor("\"F32\"", "[9223372036854775808]", "[0,4]",
               "header"); // 2^63: no integer of JSON's readers
    bad_tensor("\"F32\"", "[18446744073709551616]", "[0,4]", "header");
    bad_tensor("\"F32\"", "[4294967296,4294967296]", "[0,0]", "overflow"); // 2^64 wraps to 0
    bad_tensor("\"F32\"", "[2147483648,2147483648,4]", "[0,0]", "overflow");
    bad_tensor("\"U8\"", "[9223372036854775807,2]", "[0,18]", "overflow");
    bad_tensor("\"F32\"", "[-1]", "[0,4]", "whole number");
    bad_tensor("\"F32\"", "[1.0]", "[0,4]", "whole number");
    bad_tensor("\"F32\"", "[1e0]", "[0,4]", "whole number");
    bad_tensor("\"F32\"", "[\"1\"]", "[0,4]", "whole number");
    bad_tensor("\"F32\"", "[true]", "[0,4]", "whole number");
    bad_tensor("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]", "dimensions");
    bad_tensor("\"F32\"", "1", "[0,4]", "tensor x");
    bad_tensor("\"F31\"", "[1]", "[0,4]", "dtype");
    bad_tensor("7", "[1]", "[0,4]", "dtype");
    bad_tensor("\"F32\"", "[2]", "[0,4]", "4 bytes");
    bad("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", "tensor x");
    bad("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", "tensor x");
    bad("{\"x\":[]}", "tensor x");
    bad("{\"x\":null}", "tensor x");
}

static void offsets(void **state) {
    (void)state;
    bad_tensor("\"F32\"", "[1]", "[4,0]", "span");
    bad_tensor("\"F32\"", "[1]", "[-4,0]", "span");
    bad_tensor("\"F32\"", "[1]", "[0.0,4]", "span");
    bad_tensor("\"F32\"", "[1]", "[0,4.0]", "span");
    bad_tensor("\"F32\"", "[1]", "[0]", "span");
    bad_tensor("\"F32\"", "[1]", "[0,4,8]", "span");
    bad_tensor("\"F32\"", "[1]", "[0,null]", "span");
    bad_tensor("\"F32\"", "[1]", "{}", "tensor x");
    bad_tensor("\"F32\"", "[1]", "[4,8]", "gap");
    bad_tensor("\"F32\"", "[0]", "[9223372036854775807,9223372036854775807]", "gap");
    char text[512];
    for (int at = 0; at < 8; at++) {
        snprintf(text, sizeof text,
                 "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                 "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%d,%d]}}",
                 at, at + 4);
        if (at != 4) bad(text, at < 4 ? "an overlap" : "a gap");
    }
    // together past 2^63
    bad("{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807],\"data_offsets\":[0,"
        "9223372036854775807]},"
        "\"b\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[9223372036854775807,"
        "9223372036854775816]}}",
        "header");
}

static void sums(void **state) {
    (void)state;
    struct mc_doc a = {0};
    uint64_t dim[9] = {INT64_MAX, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_int_equal(mc_doc_add(&a, "x", MC_F32, 1, dim, &e), MC_ERR_INPUT);
    assert_int_equal(mc_doc_add(&a, "x", MC_U8, 9, dim, &e), MC_ERR_INPUT);
    assert_int_equal(mc_doc_add(&a, "x", MC_U8, 1, dim, &e), 0);
    assert_int_equal(mc_doc_add(&a, "y", MC_U8, 1, dim, &e), 0);
    dim[0] = 2;
    assert_int_equal(mc_doc_add(&a, "z", MC_U8, 1, dim, &e), MC_ERR_INPUT); // 2^64
    mc_doc_release(&a);
}

// What nobody could read is not written.
static void not_utf8(void **state) {
    (void)state;
    struct mc_doc a = {0};
    struct mc_buf b = {0};
    assert_int_equal(mc_doc_set(&a, "mc.task", "a\xc3\xa9", &e), 0);
    assert_int_equal(mc_doc_header(&a, &b, &e), 0);
    assert_int_equal(mc_doc_set(&a, "mc.task", "a\xc3", &e), 0);
    assert_int_equal(mc_doc_header(&a, &b, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "mc.task"));
    mc_buf_release(&b);
    mc_doc_release(&a);
}

// Every prefix and every flipped bit of a header: parsed or refused, never worse; and memory is
// given back.
static void mutations(void **state) {
    (void)state;
    const char *good = "{\"__metadata__\":{\"mc.kind\":\"model\",\"k\":\"\\u00e9\\n\"},"
                       "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                       "\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[24,32]}} ";
    size_t n = strlen(good);
    for (size_t k = 0; k + 1 < n; k++) assert_true(mc_doc_parse(&d, good, k, &e) < 0);
    char *s = malloc(n);
    memcpy(s, good, n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        s[bit / 8] ^= (char)(1 << bit % 8);
        if (mc_doc_parse(&d, s, n, &e) == 0) {
            uint64_t sum = 0;
            for (int i = 0; i < d.n_tensors; i++) {
                assert_int_equal(d.tensor[i].at, sum);
                sum += d.tensor[i].bytes;
            }
            mc_doc_release(&d);
        }
        s[bit / 8] ^= (char)(1 << bit % 8);
    }
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(order),    cmocka_unit_test(not_json),
        cmocka_unit_test(duplicates), cmocka_unit_test(metadata), cmocka_unit_test(shapes),
        cmocka_unit_test(offsets),    cmocka_unit_test(sums),     cmocka_unit_test(mutations),
        cmocka_unit_test(not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

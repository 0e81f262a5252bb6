// Ids back to text: both decoders, and the pieces that a tokenizer hands them.

#include "tokdir.h"
#include "mc/detokenize.h"

#define SPACE "\xe2\x96\x81"

static const char *decode(const char *decoder, const char *const *piece, int n_pieces,
                          const int32_t *id, int n) {
    static char text[256];
    struct mc_buf out = {0};
    struct mc_error e = {0};
    assert_int_equal(mc_buf_add(&out, ">", 1, &e), 0); // what is there stays
    if (mc_detokenize(decoder, piece, id, n, n_pieces, &out, &e) < 0) fail_msg("%s", e.text);
    snprintf(text, sizeof text, "%s", out.p + 1);
    assert_int_equal(strlen(text), out.n - 1);
    mc_buf_release(&out);
    return text;
}

static void metaspace(void **state) {
    (void)state;
    static const char *const piece[] = {"",  SPACE "a", "b",   SPACE, (SPACE "c" SPACE "d"),
                                        ".", "'",       "n't", "s"};
#define DECODE(name, ...)                                                                          \
    decode(name, piece, 9, (int32_t[]){__VA_ARGS__},                                               \
           (int)(sizeof(int32_t[]){__VA_ARGS__} / sizeof(int32_t)))
    assert_string_equal(DECODE("metaspace", 1, 2, 1), "ab a");
    assert_string_equal(DECODE("metaspace", 0, 0, 1, 0, 1), "a a"); // the first that is kept
    assert_string_equal(DECODE("metaspace", 4, 4), "cd c d"); // all of the first piece's vanish
    assert_string_equal(DECODE("metaspace", 3, 3, 1), "  a");
    assert_string_equal(DECODE("metaspace", 2, 9, 100, 1, 3, 5), "b a ."); // ids beyond the pieces
    assert_string_equal(DECODE("metaspace", 0), "");
    assert_string_equal(DECODE("metaspace-clean", 1, 3, 5, 3, 5, 3, 6, 3, 1), "a..' a");
    assert_string_equal(DECODE("metaspace-clean", 1, 3, 7, 3, 6, 8, 3, 6, 3), "an't's'");
    struct mc_buf out = {0};
    struct mc_error e;
    int32_t bad = -1;
    assert_int_equal(mc_detokenize("metaspace", piece, &bad, 1, 9, &out, &e), MC_ERR_INPUT);
    bad = 1;
    assert_int_equal(mc_detokenize("space", piece, &bad, 1, 9, &out, &e), MC_ERR_INPUT);
    assert_int_equal(mc_detokenize("metaspace", piece, NULL, 0, 9, &out, &e), 0);
    assert_string_equal(out.p, "");
    mc_buf_release(&out);
#undef DECODE
}

static void byte_level(void **state) {
    (void)state;
    // letters for: space a, C3 A9, C3, E2 82, F0 90 80, ED A0 80, FF, and text of no letters
    static const char *const piece[] = {"",
                                        "\xc4\xa0\x61",
                                        "\xc3\x83\xc2\xa9",
                                        "\xc3\x83",
                                        "\xc3\xa2\xc4\xa4",
                                        "\xc3\xb0\xc4\xb2\xc4\xa2",
                                        "\xc3\xad\xc5\x82\xc4\xa2",
                                        "\xc3\xbf",
                                        "\xe4\xb8\xad \xc4\xa0"};
#define BAD "\xef\xbf\xbd"
#define DECODE(...)                                                                                \
    decode("byte-level", piece, 9, (int32_t[]){__VA_ARGS__},                                       \
           (int)(sizeof(int32_t[]){__VA_ARGS__} / sizeof(int32_t)))
    assert_string_equal(DECODE(1, 0, 2, 1), " a\xc3\xa9 a");
    assert_string_equal(DECODE(3, 1), BAD " a"); // a lead byte alone
    assert_string_equal(DECODE(4, 1), BAD " a"); // a code point begun is one mark
    assert_string_equal(DECODE(5), BAD);
    assert_string_equal(DECODE(6), BAD BAD BAD); // a surrogate: each byte
    assert_string_equal(DECODE(7, 7, 3), BAD BAD BAD);
    assert_string_equal(DECODE(8), "\xe4\xb8\xad \xc4\xa0"); // no byte for one: the piece as it is
#undef DECODE
}

static int set_up(void **state) {
    put(make_dir(state), "vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\n##b\n");
    return 0;
}

// Texts of ids 0..size-1: special ones empty, added ones as written, gaps empty.
static void pieces(void **state) {
    put(*state, "vocab.txt", NULL);
    put(*state, "tokenizer.json",
        "{\"added_tokens\": [{\"id\": 0, \"content\": \"<s>\", \"special\": true}, {\"id\": 5, "
        "\"content\": \"<x>\", \"special\": false}], \"pre_tokenizer\": {\"type\": \"ByteLevel\", "
        "\"add_prefix_space\": false}, \"decoder\": {\"type\": \"ByteLevel\"}, \"post_processor\": "
        "{\"type\": \"RobertaProcessing\", \"cls\": [\"<s>\", 0], \"sep\": [\"<s>\", 0]}, "
        "\"model\": {\"type\": \"BPE\", \"vocab\": {\"<s>\": 0, \"a\": 1, \"\xc4\xa0\": 4, \"b\": "
        "2, \"<x>\": 5}, \"merges\": []}}");
    struct mc_tokenizer *t = open_dir(*state);
    struct mc_buf out = {0};
    struct mc_error e;
    assert_int_equal(mc_tokenizer_pieces(t, &out, &e), 0);
    static const char want[] = "\0a\0b\0\0\xc4\xa0\0<x>";
    assert_int_equal(out.n, sizeof want);
    assert_memory_equal(out.p, want, sizeof want);
    assert_string_equal(mc_tokenizer_decoder(t), "byte-level");
    mc_tokenizer_close(t);
    mc_buf_release(&out);
}

static void no_decoder(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_null(mc_tokenizer_decoder(t));
    mc_tokenizer_close(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metaspace),
        cmocka_unit_test(byte_level),
        cmocka_unit_test_setup_teardown(pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_decoder, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
